import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from intents.content import Content
from skill.app import create_app
from skill.openapi import COMMITTED, generated
from skill.text_api import DOCUMENT_PATH, MAX_BODY_BYTES, PATH
from tests.actor import START_MS
from tests.conftest import Golden
from tests.skill.service import SKILL_ID

TOKEN = "a-token-of-some-length"
MEMBERS = {"intent", "slots", "triage", "guiding", "question", "ssml", "reprompt", "clock", "alexa", "asks"}
MINUTE_MS = 60_000


VISITORS = count(1)


def visit(app: Flask) -> FlaskClient:
    """A client of this machine with an address of its own, since turns are counted by address."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = f"127.1.{next(VISITORS) // 250}.{next(VISITORS) % 250}"
    return client


class Clock:
    def __init__(self) -> None:
        self.now_ms = START_MS


class Talk:
    """Somebody who talks to the text API, and listens to each answer to its end."""

    def __init__(self, app: Flask, clock: Clock, **members: object) -> None:
        self.client = visit(app)
        self.clock = clock
        self.members = members
        self.conversation_id: str | None = None

    def says(self, text: str | None, *, after_ms: int | None = None) -> dict[str, Any]:
        response = post(self.client, {"text": text, "conversation_id": self.conversation_id, **self.members})
        assert response.status_code == 200, response.data
        answer: dict[str, Any] = response.get_json()
        check(answer)
        self.conversation_id = answer["conversation_id"]
        clock = answer["gentle_back"]["clock"]
        length_ms = clock[-1]["start_ms"] + clock[-1]["length_ms"] if clock else 0
        self.clock.now_ms += length_ms + 3_500 if after_ms is None else after_ms
        return answer

    def is_cleared(self, exercise: str) -> dict[str, Any]:
        for text in (exercise, "no", "no", "no", "no", "no", "two", "no", "no"):
            self.says(text)
        return self.says("floor")


def post(client: FlaskClient, message: object, **headers: str) -> TestResponse:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    sent = {
        "Content-Type": "application/json",
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }
    return client.post(PATH, data=body, headers=sent)


def check(answer: Mapping[str, Any]) -> None:
    """Every answer has the shape of the design, and its parts agree."""
    assert set(answer) == {"conversation_id", "continue_conversation", "response", "gentle_back"}
    response, ours = answer["response"], answer["gentle_back"]
    assert set(response) == {"response_type", "language", "data", "speech", "card"}
    assert response["card"] == {}
    assert set(response["speech"]["plain"]) == {"speech", "extra_data"}
    assert set(ours) - {"audio_url"} == MEMBERS
    missed = ours["intent"] == "AMAZON.FallbackIntent"
    assert response["response_type"] == ("error" if missed else "query_answer")
    assert response["data"] == ({"code": "no_intent_match"} if missed else {})
    assert answer["continue_conversation"] == (ours["question"] is not None)
    assert ours["alexa"]["response"]["shouldEndSession"] != answer["continue_conversation"]
    assert ours["ssml"].startswith("<speak>")
    assert ours["ssml"] == ours["alexa"]["response"]["outputSpeech"]["ssml"]
    assert response["speech"]["plain"]["speech"] == " ".join(
        cue["text"] for cue in ours["clock"] if cue["text"]
    )
    ends = [cue["start_ms"] + cue["length_ms"] for cue in ours["clock"]]
    assert [cue["start_ms"] for cue in ours["clock"]] == [0, *ends][: len(ends)]
    if not answer["continue_conversation"]:
        assert ours["reprompt"] is None


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Flask:
    """For tests to which it does not matter whom others talked about."""
    return make(tmp_path_factory.mktemp("shared"), clock)


def make(folder: Path, clock: Clock, **settings: str) -> Flask:
    environ = {"GENTLE_BACK_COUNTRY": "US", "DATABASE_URL": f"sqlite:///{folder}/people.db", **settings}
    return create_app(environ, now_ms=lambda: clock.now_ms)


def in_production(folder: Path, clock: Clock, **settings: str) -> Flask:
    return make(folder, clock, GENTLE_BACK_ENV="production", ALEXA_SKILL_ID=SKILL_ID, **settings)


@pytest.fixture
def talk(app: Flask, clock: Clock) -> Talk:
    return Talk(app, clock)


def test_null_opens_the_skill(talk: Talk) -> None:
    answer = talk.says(None)
    assert answer["gentle_back"]["intent"] == "LaunchRequest"
    assert answer["gentle_back"]["question"] == "launch"
    assert answer["continue_conversation"] is True


def test_a_first_message_with_text_is_a_one_shot(talk: Talk) -> None:
    answer = talk.says("how should I lift a box")
    assert answer["gentle_back"]["slots"] == {"topic": "lifting"}
    assert answer["continue_conversation"] is False
    assert answer["gentle_back"]["question"] is None
    assert answer["response"]["language"] == "en-US"


def test_a_whole_session_of_rolling_goes_through(talk: Talk) -> None:
    warm_up = talk.is_cleared("guide me through rolling")
    assert warm_up["gentle_back"]["guiding"] is True
    questions = [talk.says(text)["gentle_back"]["question"] for text in ("the same", "no")]
    rolling = talk.says("no")
    assert questions[0] == "rolling_today"
    assert rolling["gentle_back"]["guiding"] is True
    assert {cue["kind"] for cue in rolling["gentle_back"]["clock"]} >= {"say", "move", "count", "rest", "ask"}
    assert talk.says("better")["gentle_back"]["question"] == "rest_or_up"
    assert talk.says("help me up")["gentle_back"]["question"] == "are_you_up"
    assert talk.says("I'm up")["continue_conversation"] is False


def test_who_interrupts_is_found_on_the_clock(talk: Talk) -> None:
    talk.is_cleared("guide me through knee rocking")
    talk.says("repeat", after_ms=60_000)
    paused = talk.says("pause")["gentle_back"]
    assert (paused["question"], paused["guiding"]) == ("paused", False)
    assert talk.says("go on")["gentle_back"]["guiding"] is True


def test_a_sound_by_itself_stands_on_the_clock_and_not_in_the_words(talk: Talk) -> None:
    talk.says(None)
    talk.says("just the bell")
    page = talk.is_cleared("guide me through knee rocking")
    assert page["gentle_back"]["guiding"] is True
    bells = [cue for cue in page["gentle_back"]["clock"] if not cue["text"]]
    assert 0 < len(bells) == page["gentle_back"]["ssml"].count('<audio src="soundbank://') <= 5
    assert all(cue["length_ms"] > 0 for cue in bells)
    assert "  " not in page["response"]["speech"]["plain"]["speech"]


def test_silence_is_answered_with_the_reprompt_and_then_with_the_end(talk: Talk) -> None:
    asked = talk.says("guide me through rolling")["gentle_back"]
    first = talk.says("")
    assert first["response"]["speech"]["plain"]["speech"] == asked["reprompt"]
    assert first["gentle_back"]["question"] == asked["question"]
    assert first["continue_conversation"] is True
    second = talk.says("")
    assert second["response"]["speech"]["plain"]["speech"] == ""
    assert second["gentle_back"]["clock"] == []
    assert second["continue_conversation"] is False


def test_silences_count_only_in_a_row(talk: Talk) -> None:
    talk.says("guide me through rolling")
    talk.says("")
    assert talk.says("no")["gentle_back"]["question"] == "legs"
    assert talk.says("")["continue_conversation"] is True


def test_silence_never_clears_a_question(talk: Talk) -> None:
    talk.says("guide me through rolling")
    assert talk.says("")["gentle_back"]["question"] == "saddle"
    assert talk.says("no")["gentle_back"]["question"] == "legs"


def test_silence_where_nothing_is_open_opens_the_skill(talk: Talk) -> None:
    assert talk.says("")["gentle_back"]["intent"] == "LaunchRequest"
    assert talk.says("")["continue_conversation"] is False


def test_a_closed_conversation_goes_on_as_a_new_one(talk: Talk) -> None:
    closed = talk.says("how should I lift a box")["conversation_id"]
    again = talk.says("how should I sit")
    assert again["conversation_id"] != closed
    assert again["gentle_back"]["slots"] == {"topic": "sitting"}


@pytest.mark.parametrize("name", ["unknown", "", "<b>", "x" * 9_000, "é\N{PILE OF POO}"])
def test_an_unknown_conversation_is_a_new_one_with_a_new_id(talk: Talk, name: str) -> None:
    talk.conversation_id = name
    answer = talk.says("no")
    assert answer["conversation_id"] != name
    assert answer["gentle_back"]["question"] == "launch"


def test_the_id_stays_while_the_conversation_is_open(talk: Talk) -> None:
    first = talk.says(None)["conversation_id"]
    assert talk.says("guide me through rolling")["conversation_id"] == first
    assert talk.says(None)["conversation_id"] == first


def test_fifteen_idle_minutes_end_a_conversation(talk: Talk) -> None:
    first = talk.says("guide me through rolling", after_ms=15 * MINUTE_MS - 1)["conversation_id"]
    assert talk.says("no", after_ms=15 * MINUTE_MS)["conversation_id"] == first
    answer = talk.says("no")
    assert answer["conversation_id"] != first
    assert answer["gentle_back"]["question"] == "launch", "an answer from long ago must not count"


def test_a_clearance_is_gone_with_its_conversation(talk: Talk) -> None:
    talk.is_cleared("guide me through knee rocking")
    talk.clock.now_ms += 15 * MINUTE_MS
    assert talk.says("go on")["gentle_back"]["guiding"] is False


def test_what_was_not_understood_has_home_assistants_code(talk: Talk) -> None:
    talk.says(None)
    answer = talk.says("colourless green ideas sleep furiously")
    assert answer["response"]["response_type"] == "error"
    assert answer["continue_conversation"] is True


def test_an_emergency_is_answered_at_once_and_closed(talk: Talk) -> None:
    talk.is_cleared("guide me through knee rocking")
    answer = talk.says("i can't feel between my legs")
    assert answer["gentle_back"]["triage"] == "emergency"
    assert "nine one one" in answer["response"]["speech"]["plain"]["speech"]
    assert "911" in answer["gentle_back"]["alexa"]["response"]["card"]["title"]
    assert answer["continue_conversation"] is False


@pytest.mark.parametrize(
    ("language", "spoken", "number"),
    [
        (None, "en-US", "nine one one"),
        ("en-GB", "en-GB", "nine nine nine"),
        ("en_gb", "en-GB", "nine nine nine"),
        ("en", "en", "your local emergency number"),
        ("de-DE", "en-US", "one one two"),
        ("xx", "en-US", "your local emergency number"),
    ],
)
def test_the_language_picks_words_and_its_region_the_number(
    tmp_path: Path, clock: Clock, language: str | None, spoken: str, number: str
) -> None:
    talk = Talk(make(tmp_path, clock, GENTLE_BACK_COUNTRY=""), clock, language=language)
    answer = talk.says("i can't feel between my legs")
    assert answer["response"]["language"] == spoken
    assert number in answer["response"]["speech"]["plain"]["speech"]


def test_nobody_is_told_to_wake_a_device_that_is_not_there(talk: Talk, content: Content) -> None:
    page = talk.is_cleared("guide me through rolling")
    texts = [cue["text"] for cue in page["gentle_back"]["clock"]]
    assert "To interrupt, say, it hurts." in texts
    assert content.language("en-US").wake.strip() not in json.dumps(page)


def test_a_named_person_is_remembered_by_a_hash(tmp_path: Path, clock: Clock) -> None:
    app = make(tmp_path, clock)
    first, second, other = (Talk(app, clock, user_id=name) for name in ("Anna", "Anna", "Bert"))
    assert "I'm Gentle Back" in first.says(None)["gentle_back"]["ssml"]
    assert "I'm Gentle Back" not in second.says(None)["gentle_back"]["ssml"]
    assert "I'm Gentle Back" in other.says(None)["gentle_back"]["ssml"]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Anna" not in stored
    assert b"text." in stored


def test_of_others_nothing_is_stored_or_outlasts_the_conversation(tmp_path: Path, clock: Clock) -> None:
    app = make(tmp_path, clock)
    before = (tmp_path / "people.db").read_bytes()
    for _ in range(2):
        talk = Talk(app, clock)
        assert "I'm Gentle Back" in talk.says(None)["gentle_back"]["ssml"]
        talk.is_cleared("guide me through knee rocking")
        talk.says("stop")
    wal = tmp_path / "people.db-wal"
    assert (tmp_path / "people.db").read_bytes() == before
    assert not wal.exists() or b"text." not in wal.read_bytes()


def test_two_tabs_at_once_take_turns(app: Flask, clock: Clock) -> None:
    talk = Talk(app, clock)
    talk.says("guide me through rolling")
    ready = threading.Barrier(8)

    def says_no() -> Any:
        ready.wait(10)
        return post(visit(app), {"text": "no", "conversation_id": talk.conversation_id}).get_json()

    with ThreadPoolExecutor(8) as threads:
        answers = [future.result() for future in [threads.submit(says_no) for _ in range(8)]]
    asked = [answer["gentle_back"]["question"] for answer in answers]
    # Five answers of no lead to the pain number, which no "no" answers.
    assert sorted(asked) == sorted(["legs", "fall", "chest", "illness", "pain", "pain", "pain", "pain"])


TEXTS = {
    "white space": " \t\n ",
    "other scripts": "спина болит 背中が痛い ظهري يؤلمني",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "control characters": "help\x00\x07\x1b[31m me \x7f up",
    "a zero-width joiner and marks": "no\u200d\u0301\u202e",
    "an emoji": "\N{FACE WITH THERMOMETER}" * 50,
    "nearly the limit": "no " * 5_000,
    "one long word": "n" * 16_000,
    "numbers": "9" * 5_000,
    "quotes": "'; DROP TABLE person; --\"",
    "placeholders": "{number} {0.__class__} %s",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in TEXTS.items()])
def test_any_text_gets_a_spoken_way_on(app: Flask, clock: Clock, text: str) -> None:
    talk = Talk(app, clock)
    talk.says("guide me through rolling")
    answer = talk.says(text)
    assert answer["continue_conversation"] is True
    assert answer["response"]["speech"]["plain"]["speech"]
    assert answer["gentle_back"]["guiding"] is False


def test_markup_comes_back_as_json_that_no_browser_takes_for_a_page(app: Flask) -> None:
    response = post(visit(app), {"text": "i can't feel my <b>toes</b>", "conversation_id": "<script>"})
    assert response.mimetype == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert b"<" not in response.data


REFUSED: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "JSON", "application/json"),
    "no JSON": (b"text=no", "JSON", "application/json"),
    "half a JSON": (b'{"text": "no"', "JSON", "application/json"),
    "a byte that is no UTF-8": (b'{"text": "\xff"}', "JSON", "application/json"),
    "half a surrogate pair": (b'{"text": "\\ud800"}', "JSON", "application/json"),
    "nested too deeply": (b'{"text": ' + b"[" * 16_000, "JSON", "application/json"),
    "a list": (b"[]", "object", "application/json"),
    "null": (b"null", "object", "application/json"),
    "no text": (b"{}", "text", "application/json"),
    "a number for text": (b'{"text": 1}', "text", "application/json"),
    "not a number": (b'{"text": NaN}', "text", "application/json"),
    "a list for text": (b'{"text": ["no"]}', "text", "application/json"),
    "a number for the conversation": (
        b'{"text": "no", "conversation_id": 1}',
        "conversation_id",
        "application/json",
    ),
    "an object for the person": (b'{"text": "no", "user_id": {}}', "user_id", "application/json"),
    "a flag for the language": (b'{"text": "no", "language": true}', "language", "application/json"),
    "no language tag": (b'{"text": "no", "language": "<b>"}', "language", "application/json"),
    "a language of another script": (
        '{"text": "no", "language": "日本"}'.encode(),
        "language",
        "application/json",
    ),
}


@pytest.mark.parametrize(
    ("body", "named", "kind"), [pytest.param(*sent, id=name) for name, sent in REFUSED.items()]
)
def test_bad_json_is_refused_with_what_is_wrong(app: Flask, body: bytes, named: str, kind: str) -> None:
    response = post(visit(app), body, Content_Type=kind)
    assert response.status_code == 400
    assert set(response.get_json()) == {"message"}
    assert named in response.get_json()["message"]
    assert "<b>" not in response.get_json()["message"]


def test_unknown_members_are_ignored(app: Flask) -> None:
    assert post(visit(app), {"text": None, "agent_id": "x", "device": [1]}).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_only_json_is_taken(app: Flask, kind: str) -> None:
    assert post(visit(app), {"text": "no"}, Content_Type=kind).status_code == 415


def test_a_charset_beside_the_type_does_no_harm(app: Flask) -> None:
    kind = "application/json; charset=utf-8"
    assert post(visit(app), {"text": "no"}, Content_Type=kind).status_code == 200


@pytest.mark.parametrize("length", [MAX_BODY_BYTES + 1, 100_000, 1_500_000])
def test_a_long_body_is_refused(app: Flask, length: int) -> None:
    response = post(visit(app), {"text": "x" * length})
    assert response.status_code == 413
    assert str(MAX_BODY_BYTES) in response.get_json()["message"]


def test_the_longest_body_is_taken(app: Flask) -> None:
    body = json.dumps({"text": ""}).encode()
    longest = body[:-2] + b"n" * (MAX_BODY_BYTES - len(body)) + body[-2:]
    assert len(longest) == MAX_BODY_BYTES
    assert post(visit(app), longest).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(app: Flask, method: str) -> None:
    assert visit(app).open(PATH, method=method).status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Host": "back.example.org"},
        {"Authorization": "Bearer wrong-but-long-enough"},
    ],
)
def test_from_elsewhere_only_with_the_token(app: Flask, headers: dict[str, str]) -> None:
    response = post(visit(app), {"text": None}, **headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert visit(app).get(DOCUMENT_PATH, headers={"Host": "elsewhere"}).status_code == 401


def test_in_production_always_the_token(tmp_path: Path, clock: Clock) -> None:
    client = in_production(tmp_path, clock, GENTLE_BACK_TOKEN=TOKEN).test_client()
    assert post(client, {"text": None}).status_code == 401
    assert post(client, {"text": None}, Authorization="Bearer wrong").status_code == 401
    assert post(client, {"text": None}, Authorization=f"Bearer {TOKEN}").status_code == 200
    assert (
        post(client, {"text": None}, Authorization=f"bearer {TOKEN}", Host="back.example.org").status_code
        == 200
    )


def test_in_production_without_a_token_nobody_comes_in(tmp_path: Path, clock: Clock) -> None:
    client = in_production(tmp_path, clock).test_client()
    assert post(client, {"text": None}).status_code == 401
    assert post(client, {"text": None}, Authorization="Bearer ").status_code == 401


def test_the_text_api_does_not_weaken_alexa(tmp_path: Path, clock: Clock) -> None:
    client = in_production(tmp_path, clock, GENTLE_BACK_TOKEN=TOKEN, GENTLE_BACK_PAGE="on").test_client()
    body = b'{"version":"1.0","session":{},"request":{"type":"LaunchRequest"}}'
    response = client.post("/alexa", data=body, headers={"Authorization": f"Bearer {TOKEN}"})
    assert (response.status_code, response.data) == (400, b"")


def test_many_processes_do_not_lose_conversations_but_say_so(tmp_path: Path, clock: Clock) -> None:
    response = post(make(tmp_path, clock, WEB_CONCURRENCY="2").test_client(), {"text": None})
    assert response.status_code == 503
    assert "WEB_CONCURRENCY=1" in response.get_json()["message"]


def test_too_many_turns_at_once_have_to_wait(app: Flask) -> None:
    client = visit(app)
    # Refusals are quick, so that they come within the second.
    statuses = [post(client, b"").status_code for _ in range(20)]
    assert statuses == [400] * 20
    responses = [post(client, b"") for _ in range(60)]
    last = responses[-1]
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) >= 1
    assert post(client, b"", Host="elsewhere").status_code == 429, "guessing tokens is slow"


def test_the_openapi_document_is_what_the_shapes_are(golden: Golden) -> None:
    golden.check(COMMITTED, json.dumps(generated(), indent=2) + "\n")


def test_the_openapi_document_is_served(app: Flask) -> None:
    served = visit(app).get(DOCUMENT_PATH)
    assert served.mimetype == "application/json"
    assert served.get_json() == generated()
    assert set(served.get_json()["paths"]) == {PATH, DOCUMENT_PATH}
