"""Whatever stands in a slot is answered: never an exception, never given back, never markup."""

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents import limits
from intents.alexa import Conversation
from intents.content import Content, load_content
from intents.envelope import build
from intents.grammar import Slot
from skill.store import SqliteStore
from tests.actor import START_MS, Actor

CONTENT = load_content()
LANGUAGE = CONTENT.language("en-US")
MARK = "quincunx"
"""Stands in every odd text, and in nothing that we say."""
TEXTS = (
    "",
    " ",
    "?",
    f"{MARK} " * 880,  # about 8,000 characters
    MARK * 1_000,
    f"<speak>{MARK}</speak>",
    f'<break time="10s"/>{MARK}',
    f"</speak><audio src='https://{MARK}'/>",
    f"<![CDATA[{MARK}]]>&{MARK};",
    f"{{number}} {MARK} {{0.__class__}} %s",
    f"у меня болит спина {MARK}",  # noqa: RUF001 - other scripts are the point
    f"背中が痛い {MARK}",
    f"ظهري يؤلمني {MARK}",
    f"\u202e\u0000\ud83e\uddb4\u200b{MARK}",
    f"'; DROP TABLE person; -- {MARK}",
)
odd_texts = st.sampled_from(TEXTS) | st.text(max_size=60)


def known(slot_type: str) -> list[str]:
    return list(LANGUAGE.types.get(slot_type, ())) or ["PT5M", "7", "2027-01-01"]


def slot_of(name: str, slot_type: str) -> st.SearchStrategy[dict[str, Any]]:
    """A slot as no device should send it: resolved to several values, to unknown ids, to nothing, or half."""
    values = st.lists(st.sampled_from([*known(slot_type), MARK, ""]), max_size=3)
    codes = st.sampled_from(["ER_SUCCESS_MATCH", "ER_SUCCESS_NO_MATCH", "ER_ERROR_TIMEOUT"])
    authority = st.builds(
        lambda ids, code: {
            "authority": f"amzn1.er-authority.{slot_type}",
            "status": {"code": code},
            "values": [{"value": {"name": MARK, "id": id_}} for id_ in ids],
        },
        values,
        codes,
    )
    resolutions = st.builds(lambda found: {"resolutionsPerAuthority": found}, st.lists(authority, max_size=2))
    return st.fixed_dictionaries(
        {"name": st.just(name)},
        optional={
            "value": odd_texts | st.sampled_from(known(slot_type)),
            "confirmationStatus": st.sampled_from(["NONE", "CONFIRMED", "DENIED"]),
            "resolutions": resolutions | st.none(),
            "slotValue": st.just({"type": "Simple", "value": MARK}),
        },
    )


@st.composite
def intents(draw: st.DrawFn) -> dict[str, Any]:
    """An intent with any of its slots odd, or missing, and sometimes one that it has not."""
    name = draw(st.sampled_from(sorted(LANGUAGE.intents)))
    types = LANGUAGE.intents[name].slots
    slots = {slot: draw(slot_of(slot, slot_type)) for slot, slot_type in types.items() if draw(st.booleans())}
    if draw(st.booleans()):
        slots[MARK] = draw(slot_of(MARK, "AMAZON.SearchQuery"))
    return {"name": name, "confirmationStatus": "NONE", "slots": slots}


def envelope(intent: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    found = build(
        "AMAZON.HelpIntent",
        language=LANGUAGE,
        locale="en-US",
        session_id="session.1",
        user_id="somebody",
        is_new=not attributes,
        now_ms=START_MS + 1_000_000,
        attributes=attributes,
    )
    found["request"]["intent"] = dict(intent)
    return found


def check(answer: Mapping[str, Any]) -> None:
    """Speech that the platform takes, in which nothing is given back."""
    assert limits.problems(answer) == []
    response = answer["response"]
    for part in (response, response.get("reprompt", {})):
        ssml = part.get("outputSpeech", {}).get("ssml", "<speak/>")
        assert {element.tag for element in ET.fromstring(ssml).iter()} <= {"speak", "break", "audio"}
    assert MARK not in json.dumps(answer, ensure_ascii=False)


def conversation() -> Conversation:
    """Strict: what would be logged in production is raised."""
    store = SqliteStore.in_memory()
    store.prepare()
    return Conversation(CONTENT, store, now_ms=lambda: START_MS + 1_000_000, country="US", strict=True)


def attributes_of(*said: str) -> dict[str, Any]:
    """What the session keeps after this was said."""
    actor = Actor(CONTENT)
    for text in said:
        actor.says(text)
    return dict(actor.attributes)


NO_REPORT = ("no", "no", "no", "no", "no", "two", "no", "no")
PLACES = {
    "at the beginning": {},
    "at the menu": attributes_of("open gentle back"),
    "in the questions": attributes_of("guide me through knee rocking"),
    "at the number": attributes_of("guide me through knee rocking", *NO_REPORT[:5]),
    "while rocking": attributes_of("guide me through knee rocking", *NO_REPORT, "on the floor"),
    "when it hurts": attributes_of("guide me through knee rocking", *NO_REPORT, "on the floor", "it hurts"),
    "while getting up": attributes_of("help me up"),
}


@settings(max_examples=300)
@given(st.sampled_from(sorted(PLACES)), intents())
def test_any_slots_are_answered_and_not_given_back(place: str, intent: dict[str, Any]) -> None:
    outcome = conversation().respond(envelope(intent, PLACES[place]))
    assert outcome.reply
    check(outcome.json)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize(
    "name", ["ReportSymptomIntent", "StartExerciseIntent", "GetTipIntent", "SetModeIntent"]
)
def test_odd_words_are_answered_and_not_given_back(name: str, text: str) -> None:
    for slot, slot_type in LANGUAGE.intents[name].slots.items():
        found = {"name": slot, "value": text, "confirmationStatus": "NONE"}
        intent = {"name": name, "confirmationStatus": "NONE", "slots": {slot: found}}
        assert slot_type
        check(conversation().respond(envelope(intent, PLACES["while rocking"])).json)


def test_of_several_values_the_first_known_one_counts() -> None:
    ids = [MARK, "knee_rocking", "back_rolling"]
    values = [{"value": {"name": "x", "id": id_}} for id_ in ids]
    authority = {"authority": "a", "status": {"code": "ER_SUCCESS_MATCH"}, "values": values}
    slot = {
        "name": "exercise",
        "value": MARK,
        "confirmationStatus": "NONE",
        "resolutions": {"resolutionsPerAuthority": [authority]},
    }
    intent = {"name": "DescribeExerciseIntent", "confirmationStatus": "NONE", "slots": {"exercise": slot}}
    outcome = conversation().respond(envelope(intent, {}))
    assert outcome.turn
    assert outcome.turn.slots == {"exercise": Slot(value="knee_rocking", heard=MARK)}
    check(outcome.json)


@settings(max_examples=200)
@given(odd_texts)
def test_any_text_is_understood_as_something(text: str) -> None:
    heard = CONTENT.understanding("en-US").read(text)
    assert heard.intent in LANGUAGE.intents
    outcome = Actor(CONTENT).sends(heard.intent, heard.slots)
    check(outcome.json)


def test_the_mark_would_be_seen(content: Content) -> None:
    answer = dict(Actor(content).opens().json)
    check(answer)
    with pytest.raises(AssertionError):
        check({**answer, "sessionAttributes": {"last": MARK}})
