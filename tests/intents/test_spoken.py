"""Every entry of the content is spoken in some dialogue, and every request that we answer is sent in one."""

import re
from collections.abc import Iterator, Mapping

import pytest

from intents import readability, tracks
from intents.alexa import Outcome
from intents.checks import texts
from intents.content import Content, load_content
from intents.routes import ROUTES
from intents.shapes import MEANT
from tests.actor import speech
from tests.intents.scripts import FILES, play

CONTENT = load_content()
WORDS = CONTENT.language("en-US")
# What no dialogue can reach, with the reason. A dialogue that does reach it makes this list wrong.
OUT_OF_REACH = {
    "phrases.toml: trouble": "said when a handler fails (tests/intents/test_keeping.py, tests/skill)",
    "phrases.toml: changed": "said after a release that changed an exercise (tests/intents/test_keeping.py)",
    "questions.toml: carry_on_here.ask": "asked where two devices are used at once (test_two_devices.py)",
    "questions.toml: carry_on_here.reprompt": "likewise",
    "exercises.toml: back_rolling.more": "rolling is never offered again at once",
    "phrases.toml: chapter_before": "the title of a file's chapter (test_tracks.py)",
    "phrases.toml: sheet_note": "printed, not said (tests/skill/test_export.py)",
}


def outcomes_of(content: Content) -> Iterator[Outcome]:
    for path in FILES:
        yield from play(content, path)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return list(outcomes_of(CONTENT))


@pytest.fixture(scope="module")
def spoken(outcomes: list[Outcome]) -> str:
    """All that is said, reprompted and shown in all dialogues."""
    return "\n".join(map(everything, outcomes))


def everything(outcome: Outcome) -> str:
    assert outcome.reply is not None
    card = outcome.reply.card
    shown = (card.title, card.text) if card else ()
    return " ".join((speech(outcome), outcome.reply.reprompt or "", *shown))


def pattern(text: str) -> re.Pattern[str]:
    """Finds a text of the content where it is said, whatever fills its braces."""
    return re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(text)), re.IGNORECASE)


def waits_for_the_matcher(file: str, key: str) -> bool:
    """What only reports in free words lead to: asking back, gates that are told, and combinations."""
    if key.startswith(MEANT) or (file == "advice.toml" and key.endswith(".meant")):
        return True
    if file == "phrases.toml" or file != "advice.toml":
        return False
    questions = CONTENT.screening.questions
    asked = {name for name, rule in questions.items() if not name.startswith(MEANT)}
    found = {
        finding
        for name in asked
        for finding in (questions[name].yes.finding, questions[name].no.finding, questions[name].otherwise)
    }
    reported = WORDS.types["Symptom"].keys()
    said_elsewhere = {"leg_pain_spreading", "not_cleared"}
    return key.partition(".")[0] not in found | reported | said_elsewhere


def entries() -> Mapping[str, list[str]]:
    """Each entry with its wordings: one of the variants of a phrase is enough."""
    found: dict[str, list[str]] = {}
    for file, key, text in texts(WORDS):
        in_files = tracks.fills(file, key) is not None and not key.startswith("position.")
        if not key.endswith(".title") and not in_files and not waits_for_the_matcher(file, key):
            found.setdefault(f"{file}: {key}", []).append(text)
    return found


ENTRIES = entries()


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_is_spoken_in_a_dialogue(spoken: str, name: str) -> None:
    is_spoken = any(pattern(text).search(spoken) for text in ENTRIES[name])
    assert is_spoken == (name not in OUT_OF_REACH)


def test_every_route_is_taken_in_a_dialogue(outcomes: list[Outcome]) -> None:
    taken = {outcome.turn.name for outcome in outcomes if outcome.turn}
    assert ROUTES.keys() - taken == {"SessionEndedRequest"}  # the only one that is answered with silence


def test_every_question_is_open_in_a_dialogue(outcomes: list[Outcome]) -> None:
    asked = {outcome.reply.question for outcome in outcomes if outcome.reply}
    questions = {name for name in WORDS.questions if not name.startswith(MEANT)}
    assert questions - asked == {"carry_on_here"}


# --- how it sounds ---


def test_every_answer_of_every_dialogue_is_easy_to_follow(outcomes: list[Outcome]) -> None:
    found = {problem for outcome in outcomes for problem in readability.problems(everything(outcome))}
    assert sorted(found) == []


def test_an_open_question_ends_each_answer_that_stays_open_and_none_that_closes(
    outcomes: list[Outcome],
) -> None:
    for outcome in outcomes:
        assert outcome.reply is not None
        last = outcome.reply.lines[-1]
        assert (last.kind == "ask") == (outcome.reply.question is not None), speech(outcome)


def test_a_new_session_that_asks_for_an_answer_is_closed_without_a_reprompt(content: Content) -> None:
    answers = {"GetTipIntent", "AskAboutIntent", "DescribeExerciseIntent", "SetModeIntent", "WhyIntent"}
    answers |= {"ProgressIntent", "KnownDataIntent"}
    one_shots = [
        outcome
        for outcome in outcomes_of(content)
        if outcome.turn and outcome.turn.is_new and outcome.turn.name in answers
        if outcome.turn.slots or outcome.turn.name in {"ProgressIntent", "KnownDataIntent", "WhyIntent"}
    ]
    assert len(one_shots) > 10
    for outcome in one_shots:
        assert outcome.json["response"]["shouldEndSession"] is True
        assert "reprompt" not in outcome.json["response"]
