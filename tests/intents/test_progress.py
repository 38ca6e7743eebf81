"""Steps up and back from session to session: offered, never imposed."""

import pytest

from intents.alexa import Outcome
from intents.state import Progress
from tests.actor import Actor, speech

DAY_MS = 24 * 60 * 60 * 1000
ENOUGH = ("rest_or_up", "more")


def session(actor: Actor, exercise: str = "knee_rocking", *, whole: bool = True, step: str = "") -> Outcome:
    """One session on the next day; returns its first page (after the answer to an offer, if one is made)."""
    actor.leaves()
    actor.now_ms += DAY_MS
    outcome = actor.is_cleared(exercise)
    if step:
        assert outcome.reply
        assert outcome.reply.question in {"step_up", "step_back"}
        outcome = actor.says(step)
    first = outcome
    if not whole:
        actor.says("stop", at_ms=40_000)
        return first
    while outcome.reply and outcome.reply.question == "page_check":
        outcome = actor.says("the same")
    return first


def repetitions(outcome: Outcome) -> int:
    assert outcome.reply
    place = outcome.reply.person.place
    assert place
    return sum(block.repetitions for page in place.pages for block in page)


def progress(actor: Actor, exercise: str = "knee_rocking") -> Progress:
    assert actor.last
    assert actor.last.reply
    return actor.last.reply.person.progress[exercise]


def test_two_whole_sessions_offer_a_step_up(actor: Actor) -> None:
    session(actor)
    assert repetitions(session(actor)) == 10
    actor.leaves()
    actor.now_ms += DAY_MS
    offer = actor.is_cleared("knee_rocking")
    assert "You've done all of it twice now. We could do another minute, if you like." in speech(offer)
    assert repetitions(actor.says("yes")) == 20
    assert progress(actor).level == 1


def test_a_no_keeps_everything_as_it_is_and_two_sessions_begin_anew(actor: Actor) -> None:
    session(actor)
    session(actor)
    assert repetitions(session(actor, step="no")) == 10
    assert progress(actor).level == 0
    assert repetitions(session(actor)) == 10
    assert repetitions(session(actor, step="yes")) == 20


def test_one_that_was_not_whole_keeps_the_step(actor: Actor) -> None:
    session(actor)
    session(actor, whole=False)
    assert repetitions(session(actor)) == 10
    assert progress(actor).level == 0


def test_two_that_were_not_whole_offer_a_step_back(actor: Actor) -> None:
    session(actor)
    session(actor)
    session(actor, step="yes")
    session(actor, whole=False)
    session(actor, whole=False)
    actor.leaves()
    actor.now_ms += DAY_MS
    offer = actor.is_cleared("knee_rocking")
    assert offer.reply
    assert offer.reply.question == "step_back"
    assert repetitions(actor.says("yes")) == 10


@pytest.mark.parametrize("answer", ["yes", "no", "not sure"])
def test_a_week_off_offers_two_steps_back(actor: Actor, answer: str) -> None:
    for step in ("", "", "yes", "", "yes"):
        session(actor, step=step)
    assert progress(actor).level == 2
    actor.now_ms += 8 * DAY_MS
    actor.leaves()
    offer = actor.is_cleared("knee_rocking")
    assert offer.reply
    assert offer.reply.question == "step_back"
    assert repetitions(actor.says(answer)) == (10 if answer == "yes" else 30)


def test_what_was_asked_for_is_done_without_an_offer(actor: Actor) -> None:
    session(actor)
    session(actor)
    actor.leaves()
    actor.now_ms += DAY_MS
    asked = actor.asks("StartExerciseIntent", exercise="knee_rocking", duration="PT2M")
    outcome = actor.has_nothing_to_report(asked)
    assert outcome.timeline
    assert outcome.timeline.guided


def test_what_was_made_easier_is_not_whole(actor: Actor) -> None:
    actor.is_cleared("knee_rocking")
    actor.asks("AdjustExerciseIntent", at_ms=40_000, adjustment="easier")
    actor.says("the same")
    assert progress(actor) == Progress(open=True, at_ms=progress(actor).at_ms)


def test_steps_end_at_the_limit(actor: Actor) -> None:
    for step in ("", "", *("yes", "") * 6, "yes", "", "", ""):
        first = session(actor, "abdominal_brace", step=step)
    assert progress(actor, "abdominal_brace").level == 7
    assert repetitions(first) == 10


def test_nothing_of_it_is_about_health(actor: Actor) -> None:
    session(actor)
    assert set(Progress.__dataclass_fields__) == {"level", "whole", "missed", "open", "at_ms"}
