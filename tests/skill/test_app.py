import io
import json
import logging
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ask_sdk_model.request import Request
from flask import Flask

from audio.errors import ContentError
from intents.content import Content, load_content
from skill.app import StartError, create_app
from skill.store import SqliteStore
from skill.verify import MAX_BODY_BYTES
from tests.authority import CHAIN_URL, Authority
from tests.skill.service import (
    OTHER_ID,
    SILENCE,
    SKILL_ID,
    USER_ID,
    Answer,
    Caller,
    Envelope,
    Post,
    authority,
    from_show,
    in_process,
    read_envelopes,
    send,
    settings_with_amazon,
)

ENVELOPES = read_envelopes()
ABSENT: Any = object()
Sent = tuple[bytes, Mapping[str, str]]


@pytest.fixture(scope="module")
def amazon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with settings_with_amazon(tmp_path_factory.mktemp("amazon")) as found:
        yield found


@pytest.fixture(scope="module")
def app(amazon: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """For tests to which it does not matter what others stored."""
    database = tmp_path_factory.mktemp("shared") / "people.db"
    return create_app({**amazon, "DATABASE_URL": f"sqlite:///{database}"})


@pytest.fixture(scope="module")
def post(app: Flask) -> Post:
    return in_process(app)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "people.db"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for locks for a moment only."""
    monkeypatch.setattr("skill.app.SqliteStore", partial(SqliteStore, busy_timeout_s=0.05))


@pytest.fixture
def own_app(impatient: None, amazon: dict[str, str], database: Path) -> Flask:  # noqa: ARG001 - before the app
    return create_app({**amazon, "DATABASE_URL": f"sqlite:///{database}"})


@pytest.fixture
def caller(own_app: Flask, content: Content) -> Caller:
    return Caller(in_process(own_app), content.language("en-US"))


def launch(**request: Any) -> Envelope:
    return from_show({"type": "LaunchRequest", **request}, in_session=True)


def intent(name: str, **slots: Any) -> Envelope:
    return from_show({"type": "IntentRequest", "intent": {"name": name, "slots": slots}}, in_session=True)


def changed(envelope: Envelope, changes: Mapping[str, Any]) -> Envelope:
    """A copy with the member at each dotted path set, or left out where the value is `ABSENT`."""
    found = deepcopy(envelope)
    for path, value in changes.items():
        *parents, last = path.split(".")
        table = found
        for name in parents:
            table = table[name]
        if value is ABSENT:
            del table[last]
        else:
            table[last] = value
    return found


def ago(**delta: float) -> str:
    return (datetime.now(UTC) - timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


def rows(database: Path) -> dict[str, dict[str, Any]]:
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("SELECT person, attributes, version FROM person").fetchall()
    return {person: {**json.loads(attributes), "version": version} for person, attributes, version in found}


# --- what is refused ---


def signed(body: bytes) -> Sent:
    return body, authority().headers(body)


def signed_with(changes: Mapping[str, Any]) -> Callable[[], Sent]:
    return lambda: signed(json.dumps(changed(launch(), changes)).encode())


def signed_at(**delta: float) -> Callable[[], Sent]:
    return lambda: signed(json.dumps(launch(timestamp=ago(**delta))).encode())


def from_url(url: str) -> Callable[[], Sent]:
    def make() -> Sent:
        body = json.dumps(launch()).encode()
        return body, authority().headers(body, url=url)

    return make


def without(header: str) -> Callable[[], Sent]:
    def make() -> Sent:
        body, headers = signed(json.dumps(launch()).encode())
        return body, {name: value for name, value in headers.items() if name != header}

    return make


def tampered() -> Sent:
    body, headers = signed(json.dumps(launch(locale="en-US")).encode())
    return body.replace(b"en-US", b"en-GB"), headers


def signed_by_a_stranger() -> Sent:
    body, headers = signed(json.dumps(launch()).encode())
    return body, {**headers, "Signature-256": Authority("Stranger").sign(body)}


def with_headers(**changes: str) -> Callable[[], Sent]:
    def make() -> Sent:
        body, headers = signed(json.dumps(launch()).encode())
        return body, {**headers, **{name.replace("_", "-"): value for name, value in changes.items()}}

    return make


IN_CONTEXT = "context.System.application.applicationId"
IN_SESSION = "session.application.applicationId"
SENT: dict[str, tuple[Callable[[], Sent], int]] = {
    "signed": (lambda: signed(json.dumps(launch()).encode()), 200),
    "no header at all": (lambda: (json.dumps(launch()).encode(), {}), 400),
    "no signature": (without("Signature-256"), 400),
    "no address of a chain": (without("SignatureCertChainUrl"), 400),
    "tampered": (tampered, 400),
    "signed by a stranger": (signed_by_a_stranger, 400),
    "the old signature only": (with_headers(Signature_256=""), 400),
    "a signature that is not base64": (with_headers(Signature_256="§" * 20), 400),
    "a chain over HTTP": (from_url(CHAIN_URL.replace("https", "http")), 400),
    "a chain from elsewhere": (from_url("https://s3.example.org/echo.api/a.pem"), 400),
    "a chain from another folder": (from_url("https://s3.amazonaws.com/echo.api/../a.pem"), 400),
    "empty and unsigned": (lambda: (b"", {}), 400),
    "empty": (lambda: signed(b""), 400),
    "not JSON": (lambda: signed(b"open gentle back"), 400),
    "half of it": (lambda: signed(json.dumps(launch()).encode()[:-9]), 400),
    "null": (lambda: signed(b"null"), 400),
    "a list": (lambda: signed(json.dumps([launch()]).encode()), 400),
    "a form": (lambda: signed(b"request=LaunchRequest&version=1.0"), 400),
    "Latin-1": (lambda: signed(json.dumps(launch(locale="café"), ensure_ascii=False).encode("latin-1")), 400),
    "UTF-16": (lambda: signed(json.dumps(launch()).encode("utf-16")), 400),
    "10 MB": (lambda: signed(b"[" + b" " * 10_000_000 + b"]"), 400),
    "10 MB unsigned": (lambda: (b"\0" * 10_000_000, {}), 400),
    "a byte too long": (lambda: signed(json.dumps(launch()).encode().ljust(MAX_BODY_BYTES + 1)), 400),
    "as long as may be": (lambda: signed(json.dumps(launch()).encode().ljust(MAX_BODY_BYTES)), 200),
    "deeply nested lists": (lambda: signed(b"[" * 100_000), 400),
    "deeply nested objects": (lambda: signed(b'{"request":' * 20_000 + b"1" + b"}" * 20_000), 400),
    "no request": (signed_with({"request": ABSENT}), 400),
    "a request that is a text": (signed_with({"request": "LaunchRequest"}), 400),
    "a numeric time": (signed_with({"request.timestamp": 1_795_000_000_000}), 400),
    "a time that is none": (signed_with({"request.timestamp": "now"}), 400),
    "a time without a zone": (signed_with({"request.timestamp": "2026-11-22T09:10:11"}), 400),
    "no time": (signed_with({"request.timestamp": ABSENT}), 400),
    "three minutes old": (signed_at(minutes=3), 400),
    "three minutes early": (signed_at(minutes=-3), 400),
    "two minutes old": (signed_at(minutes=2), 200),
    "another skill": (signed_with({IN_CONTEXT: OTHER_ID, IN_SESSION: OTHER_ID}), 400),
    "another skill in the context": (signed_with({IN_CONTEXT: OTHER_ID}), 400),
    "another skill in the session": (signed_with({IN_SESSION: OTHER_ID}), 400),
    "a skill id in capitals": (signed_with({IN_CONTEXT: SKILL_ID.upper(), IN_SESSION: ABSENT}), 400),
    "a list of skill ids": (signed_with({IN_CONTEXT: [SKILL_ID], IN_SESSION: ABSENT}), 400),
    "a skill id in the session only": (signed_with({"context": ABSENT}), 200),
    "a skill id in the context only": (signed_with({"session": ABSENT}), 200),
    "no skill id": (signed_with({IN_CONTEXT: ABSENT, IN_SESSION: ABSENT}), 400),
    "neither context nor session": (signed_with({"context": ABSENT, "session": ABSENT}), 400),
}


@pytest.mark.parametrize(("make", "status"), SENT.values(), ids=SENT)
def test_only_what_amazon_signed_just_now_for_this_skill_is_answered(
    post: Post, make: Callable[[], Sent], status: int
) -> None:
    answer = post(*make())
    assert answer.status == status
    assert (answer.body == b"") == (status == 400)


def test_a_skill_event_may_come_an_hour_late_and_a_launch_may_not(post: Post) -> None:
    late = ENVELOPES["AlexaSkillEvent.SkillEnabled"]()
    assert send(post, changed(late, {"request.timestamp": ago(minutes=59)})).status == 200
    assert send(post, changed(late, {"request.timestamp": ago(minutes=61)})).status == 400


def test_without_a_skill_id_everything_is_refused(amazon: dict[str, str], database: Path) -> None:
    environ = {name: value for name, value in amazon.items() if name != "ALEXA_SKILL_ID"}
    post = in_process(create_app({**environ, "DATABASE_URL": f"sqlite:///{database}"}))
    answer = send(post, launch())
    assert (answer.status, answer.body) == (400, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_other_methods_are_not_allowed(app: Flask, method: str) -> None:
    body, headers = signed(json.dumps(launch()).encode())
    assert (
        app.test_client().open("/alexa", method=method, data=body, headers=dict(headers)).status_code == 405
    )


@pytest.mark.parametrize("path", ["/", "/alexa/", "/Alexa", "/alexa/..", "/%00"])
def test_there_is_nothing_at_other_addresses(app: Flask, path: str) -> None:
    body, headers = signed(json.dumps(launch()).encode())
    assert app.test_client().post(path, data=body, headers=dict(headers)).status_code == 404


@pytest.mark.parametrize(("is_complete", "status"), [(True, 200), (False, 400)])
def test_a_body_without_a_length_is_read_to_its_end(app: Flask, *, is_complete: bool, status: int) -> None:
    body, headers = signed(json.dumps(launch()).encode())
    response = app.test_client().post(
        "/alexa",
        input_stream=io.BytesIO(body if is_complete else body[:-1]),
        headers={**headers, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert response.status_code == status
    assert (response.data == b"") == (status == 400)


def test_what_amazon_signed_is_what_is_answered_whatever_the_content_type(post: Post) -> None:
    body, headers = signed(json.dumps(launch()).encode())
    for kind in ("", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        post(body, {**headers, "Content-Type": kind}).check_spoken()


def test_an_answer_is_compact_json_in_utf_8(app: Flask) -> None:
    body, headers = signed(json.dumps(launch()).encode())
    response = app.test_client().post("/alexa", data=body, headers=dict(headers))
    assert response.content_type == "application/json"
    assert response.data == json.dumps(response.json, separators=(",", ":"), ensure_ascii=False).encode()


# --- every type that Alexa can send ---


@pytest.mark.parametrize("make", ENVELOPES.values(), ids=ENVELOPES)
def test_launch_and_intent_are_answered_with_speech_and_all_others_with_silence(
    post: Post, make: Callable[[], Envelope]
) -> None:
    envelope = make()
    send(post, envelope).check(envelope["request"]["type"])


def test_every_type_that_the_sdk_knows_and_some_that_it_does_not_are_tried() -> None:
    tried = {make()["request"]["type"] for make in ENVELOPES.values()}
    assert tried > set(Request.discriminator_value_class_map)


@pytest.mark.parametrize(
    "kind",
    [
        *("", "launchrequest", "LaunchRequest ", "Intent", 5, None, True, ABSENT),
        ["LaunchRequest"],
        {"LaunchRequest": 1},
    ],
)
def test_a_type_that_is_none_gets_silence(post: Post, kind: object) -> None:
    send(post, changed(launch(), {"request.type": kind})).check(None)


@pytest.mark.parametrize(
    "name",
    ["OrderPizzaIntent", "AMAZON.SearchAction<object@WeatherForecast>", "", " ", "Ünïcödé", "x" * 9999],
)
def test_somebody_elses_intent_falls_back(post: Post, content: Content, name: str) -> None:
    answer = send(post, intent(name, pizza={"name": "pizza", "value": "salami"})).check_spoken()
    assert answer.is_open
    assert any(text in answer.words for text in content.language("en-US").phrases["missed"])


# --- a bad member ---


def rocking() -> Envelope:
    heard = {"name": "exercise", "value": "knee rocking", "confirmationStatus": "NONE"}
    return intent("DescribeExerciseIntent", exercise=heard)


SLOT = "request.intent.slots.exercise"
OTHERS_CLEARANCE = {
    "question": "surface",
    "wish": {"exercise": "back_rolling"},
    "clearance": {
        "session": "amzn1.echo-api.session.of.somebody.else",
        "exercises": ["back_rolling", "knees_to_chest", "knee_rocking"],
        "small": False,
        "passed": ["rolling"],
    },
}
BAD: dict[str, dict[str, Any]] = {
    "an activity that no player has": {"context.AudioPlayer.playerActivity": "DANCING"},
    "an offset that is no number": {"context.AudioPlayer.offsetInMilliseconds": {}},
    "a viewport without a type": {"context.Viewports": [{"id": "main", "shape": "ROUND"}]},
    "viewports that are no list": {"context.Viewports": "two"},
    "a unit that is no object": {"context.System.unit": [1]},
    "a place that is none": {"context.Geolocation": {"coordinate": "here", "timestamp": "now"}},
    "a dialog state of tomorrow": {"request.dialogState": "DAYDREAMING"},
    "an unknown locale": {"request.locale": "tlh-KL"},
    "a locale that is no text": {"request.locale": ["en-US"]},
    "half a surrogate pair for a locale": {"request.locale": "\ud83d"},
    "no locale": {"request.locale": ABSENT},
    "no request id": {"request.requestId": ABSENT},
    "no session": {"session": ABSENT},
    "a session that is null": {"session": None},
    "a session that is a list": {"session": []},
    "no id of the session": {"session.sessionId": ABSENT},
    "nobody in the session": {"session.user": ABSENT},
    "nobody at all": {"session.user": ABSENT, "context.System.user": ABSENT},
    "half a surrogate pair for a user": {"session.user.userId": "\ud83d", "context.System.user": ABSENT},
    "no context": {"context": ABSENT},
    "a context that is a text": {"context": "kitchen"},
    "no system": {"context.System": ABSENT},
    "no version": {"version": ABSENT},
    "no attributes": {"session.attributes": ABSENT},
    "attributes that are null": {"session.attributes": None},
    "attributes that are a list": {"session.attributes": ["saddle"]},
    "attributes that are a text": {"session.attributes": "saddle"},
    "attributes of another skill": {"session.attributes": {"cart": [1, 2], "question": 7, "pain": "high"}},
    "a question that we never ask": {"session.attributes": {"question": "which_pizza", "round": "dinner"}},
    "a clearance that is none": {"session.attributes": {"clearance": {"exercises": [{}], "session": 1}}},
    "somebody else's clearance": {"session.attributes": OTHERS_CLEARANCE},
    "something kept that is none": {"session.attributes": {"kept": {"version": "new", "place": 3}}},
    "a version kept that is huge": {"session.attributes": {"kept": {"version": 10**30}}},
}
BAD_SLOT: dict[str, dict[str, Any]] = {
    "a status code of tomorrow": {
        f"{SLOT}.resolutions": {"resolutionsPerAuthority": [{"status": {"code": "ER_PERHAPS"}}]}
    },
    "a confirmation of tomorrow": {f"{SLOT}.confirmationStatus": "SHRUGGED"},
    "resolutions that are a text": {f"{SLOT}.resolutions": "many"},
    "authorities without values": {f"{SLOT}.resolutions": {"resolutionsPerAuthority": [{}]}},
    "a resolved id that is not ours": {
        f"{SLOT}.resolutions": {"resolutionsPerAuthority": [{"values": [{"value": {"id": "salami"}}]}]}
    },
    "a slot that is null": {SLOT: None},
    "a value that is a number": {f"{SLOT}.value": 5},
    "slots that are a list": {"request.intent.slots": [1]},
    "an intent that is a text": {"request.intent": "DescribeExerciseIntent"},
    "an intent without a name": {"request.intent.name": ABSENT},
    "no intent": {"request.intent": ABSENT},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_a_launch_with_a_bad_member_is_answered_with_speech(post: Post, changes: dict[str, Any]) -> None:
    send(post, changed(launch(), changes)).check_spoken()


@pytest.mark.parametrize("changes", (BAD | BAD_SLOT).values(), ids=BAD | BAD_SLOT)
def test_an_intent_with_a_bad_member_is_answered_with_speech(post: Post, changes: dict[str, Any]) -> None:
    send(post, changed(rocking(), changes)).check_spoken()


@pytest.mark.parametrize("name", ["an activity that no player has", "a viewport without a type", "no locale"])
def test_what_was_asked_is_understood_in_spite_of_a_bad_member(post: Post, name: str) -> None:
    assert "hold behind both thighs" in send(post, changed(rocking(), BAD[name])).check_spoken().words


def test_somebody_elses_clearance_clears_nobody(caller: Caller) -> None:
    caller.is_cleared("knee_rocking")
    own = caller.envelope("SurfaceIntent", surface="floor")
    stolen = changed(own, {"session.sessionId": "amzn1.echo-api.session.of.somebody.else"})
    answer = send(caller.post, stolen).check_spoken()
    assert "Eight questions first" in answer.words
    assert "Toward you" not in answer.words
    assert "Toward you" in send(caller.post, own).check_spoken().words


def nested(depth: int) -> Any:
    found: Any = 1
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {"session.attributes": {"deep": nested(600)}},
        {"session.attributes": {"deep": nested(600)}, "context.AudioPlayer.playerActivity": "DANCING"},
    ],
    ids=["alone", "beside a bad member"],
)
def test_a_launch_that_is_nested_deeply_is_answered_with_speech(post: Post, changes: dict[str, Any]) -> None:
    send(post, changed(launch(), changes)).check_spoken()


# --- what is logged ---

LOGGED = re.compile(
    r"alexa: [A-Za-z0-9._-]{1,80} [A-Za-z0-9._-]{1,80} in \d+\.\d ms"
    r"|alexa: refused: [^{}]{1,200}"
    r"|store could not be (read|written): \w+"
    r"|turn failed: \w+ at \w+\.py:\d+"
    r"|unknown request type: [A-Za-z0-9._-]{1,60}"
    r"|reported by Alexa: [A-Za-z.]{1,60}, [A-Z_, ]{1,60}, of request [A-Za-z0-9._-]{1,60}"
)
SECRETS = ("AFTEST", "session.7f0c", "Exampleburg", "hurts", "3141", "a token", "six hundred")


def test_neither_who_nor_what_was_said_nor_any_score_is_logged(
    caller: Caller,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    caller.opens()
    caller.asks("StartExerciseIntent", exercise="Exampleburg")
    caller.is_cleared("knee_rocking")
    caller.asks("RatePainIntent", score="3141")
    caller.asks("ReportSymptomIntent", words="it hurts in Exampleburg", symptom="fever")
    caller.leaves()
    heard = {"name": "words", "value": "it hurts in Exampleburg", "confirmationStatus": "3141"}
    send(caller.post, intent("ReportSymptomIntent", words=heard)).check_spoken()
    send(caller.post, intent("Two\nLines" * 9)).check_spoken()
    for make in ENVELOPES.values():
        send(caller.post, make())
    for changes in ({IN_CONTEXT: USER_ID}, {"request.timestamp": "3141"}, {"request.timestamp": "it hurts"}):
        send(caller.post, changed(intent("RatePainIntent", score=heard), changes))
    body, headers = signed(json.dumps(intent("RatePainIntent", score=heard)).encode())
    caller.post(body + b" ", headers)
    caller.post(body, {**headers, "SignatureCertChainUrl": f"https://example.org/{USER_ID}"})

    def fails(*_: object) -> None:
        raise ValueError("it hurts in Exampleburg")

    monkeypatch.setattr("intents.alexa.answer", fails)
    send(caller.post, intent("ReportSymptomIntent", words=heard)).check_spoken()
    ours = [record.getMessage() for record in caplog.records if record.name == "gentle_back"]
    assert any("turn failed" in message for message in ours)
    assert any("refused" in message for message in ours)
    assert [message for message in ours if not LOGGED.fullmatch(message)] == []
    assert [secret for secret in SECRETS if secret in caplog.text] == []


# --- what is stored ---


def test_disabling_the_skill_deletes_the_rows_of_that_household_and_no_other(
    caller: Caller, database: Path
) -> None:
    caller.opens()
    somebody = {"context.System.person": {"personId": "amzn1.ask.person.AFTEST"}, "session.new": True}
    send(caller.post, changed(caller.envelope("LaunchRequest"), somebody)).check_spoken()
    caller.user_id = "amzn1.ask.account.NEIGHBOUR"
    caller.opens()
    assert rows(database).keys() == {USER_ID, "amzn1.ask.person.AFTEST", "amzn1.ask.account.NEIGHBOUR"}
    disabled = ENVELOPES["AlexaSkillEvent.SkillDisabled"]()
    assert send(caller.post, disabled).body == SILENCE
    assert rows(database).keys() == {"amzn1.ask.account.NEIGHBOUR"}
    assert send(caller.post, disabled).body == SILENCE


@pytest.mark.parametrize(
    "changes",
    [{"request.eventCreationTime": "now"}, {"context.AudioPlayer.playerActivity": "DANCING"}],
    ids=["a time that is none", "an activity that no player has"],
)
def test_disabling_the_skill_deletes_the_rows_in_spite_of_a_bad_member(
    caller: Caller, database: Path, changes: dict[str, Any]
) -> None:
    caller.opens()
    disabled = changed(ENVELOPES["AlexaSkillEvent.SkillDisabled"](), changes)
    assert send(caller.post, disabled).body == SILENCE
    assert rows(database) == {}


def test_a_place_in_an_exercise_that_is_no_more_does_not_shut_anybody_out(
    caller: Caller, database: Path
) -> None:
    caller.opens()
    page = [{"exercise": "gone", "repetitions": 3, "side": None, "again": False}]
    place = {"exercise": "gone", "version": "old", "pages": [page], "page": 0}
    with closing(sqlite3.connect(database)) as connection, connection:
        attributes = json.dumps({"met": True, "place": place})
        connection.execute("UPDATE person SET attributes = ?", (attributes,))
    assert caller.opens().is_open


Outage = Callable[[Path], Any]


@contextmanager
def locked(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def moved_away(database: Path, put: Callable[[Path], object]) -> Iterator[None]:
    away = database.with_name("away")
    away.mkdir()
    for path in database.parent.glob("people.db*"):
        path.rename(away / path.name)
    put(database)
    yield
    for path in database.parent.glob("people.db*"):
        path.rmdir() if path.is_dir() else path.unlink()
    for path in away.iterdir():
        path.rename(database.with_name(path.name))


OUTAGES: dict[str, Outage] = {
    "locked by somebody": locked,
    "a folder": partial(moved_away, put=Path.mkdir),
    "garbage": partial(moved_away, put=lambda path: path.write_bytes(b"garbage " * 4096)),
    "gone": partial(moved_away, put=lambda _: None),
}


@pytest.fixture
def elsewhere(own_app: Flask, content: Content) -> Caller:
    """Somebody whose every turn meets a thread that has not opened the database before."""
    here = in_process(own_app)

    def post(body: bytes, headers: Mapping[str, str]) -> Answer:
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(here, body, headers).result()

    return Caller(post, content.language("en-US"))


def goes_on_while_broken(caller: Caller) -> None:
    """From the last question to a guided page, and on: the session holds the place."""
    page = caller.asks("SurfaceIntent", surface="floor")
    assert "Toward you" in page.words
    assert page.attributes["kept"]["place"]["exercise"] == "knee_rocking"
    paused = caller.asks("AMAZON.PauseIntent")
    assert paused.attributes["kept"]["place"]["exercise"] == "knee_rocking"
    again = caller.asks("AMAZON.ResumeIntent")
    assert "Here's where we were" in again.words
    assert again.attributes["kept"]["place"]["exercise"] == "knee_rocking"


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES)
def test_somebody_new_is_guided_while_the_store_is_broken_and_written_back_after(
    elsewhere: Caller, database: Path, outage: Outage
) -> None:
    with outage(database):
        elsewhere.opens()
        elsewhere.is_cleared("knee_rocking")
        goes_on_while_broken(elsewhere)
    assert rows(database) == {}
    answer = elsewhere.asks("AMAZON.PauseIntent")
    assert "kept" not in answer.attributes
    assert rows(database)[USER_ID]["place"]["exercise"] == "knee_rocking"


@pytest.mark.parametrize(
    "outage",
    [pytest.param(outage, id=name) for name, outage in OUTAGES.items()],
)
def test_somebody_known_is_guided_while_the_store_is_broken_and_written_back_after(
    elsewhere: Caller, database: Path, outage: Outage
) -> None:
    elsewhere.opens()
    elsewhere.is_cleared("knee_rocking")
    with outage(database):
        goes_on_while_broken(elsewhere)
    assert rows(database)[USER_ID]["place"] is None
    answer = elsewhere.asks("AMAZON.PauseIntent")
    assert "kept" not in answer.attributes
    assert rows(database)[USER_ID]["place"]["exercise"] == "knee_rocking"


# --- the start ---


def broken_content(folder: Path) -> Path:
    shutil.copytree(
        Path(load_content.__code__.co_filename).parent, folder, ignore=shutil.ignore_patterns("*.py*")
    )
    countries = folder / "languages" / "en" / "countries.toml"
    countries.write_text(countries.read_text(encoding="utf-8").replace("[unknown]", "[nowhere]"))
    return folder


def test_the_start_lists_every_problem_of_settings_and_content_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = broken_content(tmp_path / "intents")
    monkeypatch.setattr("skill.app.load_content", partial(load_content, folder))
    with pytest.raises(StartError) as caught:
        create_app(
            {
                "GENTLE_BACK_ENV": "production",
                "ALEXA_TRUST_ROOTS": "roots.pem",
                "PORT": "eighty",
                "GENTLE_BACK_COUNTRY": "Narnia",
                "DATABASE_URL": f"sqlite:///{tmp_path}/people.db",
            }
        )
    message = str(caught.value)
    for name in (
        "ALEXA_SKILL_ID",
        "ALEXA_TRUST_ROOTS",
        "PORT",
        "GENTLE_BACK_COUNTRY",
        "en/countries.toml: unknown",
    ):
        assert len([line for line in message.splitlines() if line.startswith(f"  {name}")]) == 1
    assert "5 to mend" in message
    assert not (tmp_path / "people.db").exists()


def test_broken_content_alone_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = broken_content(tmp_path / "intents")
    with pytest.raises(ContentError):
        load_content(folder)
    monkeypatch.setattr("skill.app.load_content", partial(load_content, folder))
    with pytest.raises(StartError, match="1 to mend"):
        create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/people.db"})


def test_a_database_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="DATABASE_URL"):
        create_app({"DATABASE_URL": f"sqlite:///{tmp_path}"})
