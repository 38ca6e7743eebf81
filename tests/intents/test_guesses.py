"""Where a text is not clear, we ask whether the guess was meant."""

import pytest

from intents.content import Content, load_content
from intents.grammar import Heard, Slot
from intents.handlers import guesses
from intents.samples import main_slot
from intents.state import dialogue_from_json
from intents.understand import FALLBACK
from tests.actor import Actor

CONTENT = load_content()
ROCKING = Heard(
    "StartExerciseIntent",
    {"exercise": Slot("knee_rocking", "that"), "duration": Slot("PT5M", "five minutes")},
)
TIP = Heard("GetTipIntent", {"topic": Slot("lifting", "the scuttle")})


def asked_about(guess: Heard, *, actor: Actor | None = None) -> Actor:
    """Somebody whom we just asked whether that was meant."""
    actor = actor or Actor(CONTENT)
    if actor.session_id is None:
        actor.opens()
    actor.sends(FALLBACK, {}, guess=guess)
    return actor


def question(actor: Actor) -> str | None:
    assert actor.last is not None
    assert actor.last.reply is not None
    return actor.last.reply.question


def said(actor: Actor) -> str:
    assert actor.last is not None
    assert actor.last.timeline is not None
    return " ".join(cue.text for cue in actor.last.timeline.cues)


def test_we_ask_whether_it_was_meant() -> None:
    actor = asked_about(ROCKING)
    assert question(actor) == guesses.QUESTION
    assert said(actor) == "I think you said: an exercise, knee rocking. Is that right?"


def test_yes_does_it() -> None:
    actor = asked_about(TIP)
    actor.says("yes")
    assert "Stand close" in said(actor)
    assert question(actor) == "launch"


def test_yes_keeps_what_was_said_with_it() -> None:
    outcome = asked_about(ROCKING).says("yes please")
    assert outcome.reply is not None
    wish = outcome.reply.dialogue.wish
    assert wish is not None
    assert (wish.exercise, wish.duration_ms) == ("knee_rocking", 300_000)
    assert outcome.reply.question == "saddle"


@pytest.mark.parametrize("no", ["no", "not sure"])
def test_no_asks_for_other_words_and_the_question_before(no: str) -> None:
    actor = asked_about(TIP)
    actor.says(no)
    assert question(actor) == "launch"
    assert "other words" in said(actor)


def test_repeat_asks_again() -> None:
    actor = asked_about(TIP)
    actor.says("repeat that")
    assert question(actor) == guesses.QUESTION
    actor.says("yes")
    assert "Stand close" in said(actor)


def test_anything_else_is_heard_as_if_we_had_not_asked() -> None:
    actor = asked_about(ROCKING)
    actor.says("give me a tip about sitting")
    assert question(actor) == "launch"
    stopped = asked_about(ROCKING)
    stopped.says("stop")
    assert question(stopped) is None
    alarmed = asked_about(ROCKING)
    outcome = alarmed.says("i can't feel between my legs")
    assert outcome.reply is not None
    assert outcome.reply.triage == "emergency"


def test_a_safety_question_waits_for_no_guess() -> None:
    actor = Actor(CONTENT)
    actor.opens()
    actor.asks("StartExerciseIntent", exercise="knee_rocking")
    assert question(actor) == "saddle"
    asked_about(TIP, actor=actor)
    assert question(actor) == "saddle"
    actor.says("yes")
    assert "emergency" in said(actor)


def test_the_third_miss_in_a_row_is_helped_otherwise() -> None:
    actor = asked_about(TIP)
    actor.says("no")
    for _ in range(2):
        actor.sends(FALLBACK, {}, guess=TIP)
        actor.sends(FALLBACK, {})
    asked_about(TIP, actor=actor)
    assert question(actor) != guesses.QUESTION


def test_without_words_there_is_no_guess() -> None:
    actor = Actor(CONTENT)
    actor.opens()
    actor.sends(FALLBACK, {})
    assert question(actor) == "launch"


@pytest.mark.parametrize(
    "intent", ["AMAZON.StopIntent", "AMAZON.HelpIntent", "ReportSymptomIntent", "ReportPainIntent"]
)
def test_what_must_not_wait_is_never_asked_about(intent: str) -> None:
    assert intent not in CONTENT.language("en-US").guesses
    actor = asked_about(Heard(intent))
    assert question(actor) == "launch"


def test_a_guess_of_another_release_counts_as_nothing(content: Content) -> None:
    words = content.language("en-US")
    kept = {"question": guesses.QUESTION, "guess": {"intent": "BakeIntent", "slots": {}, "before": None}}
    assert dialogue_from_json(kept, "s", content, words).guess is None
    kept["guess"] = {"intent": "GetTipIntent", "slots": {}, "before": guesses.QUESTION}
    assert dialogue_from_json(kept, "s", content, words).question is None


def test_every_guess_can_be_named() -> None:
    """Every meaning that a ranker knows, unless it is never asked about."""
    actor = Actor(CONTENT)
    words = CONTENT.language("en-US")
    for intent, named in words.guesses.items():
        slot = main_slot(intent)
        values = words.types[words.intents[intent].slots[slot]] if slot else ()
        assert named.keys() >= {"any"} or "each" in named or set(named) == set(values)
        for value in values if "each" in named else ():
            actor.leaves()
            asked_about(Heard(intent, {str(slot): Slot(value, value)}), actor=actor)
            assert question(actor) == guesses.QUESTION, value
