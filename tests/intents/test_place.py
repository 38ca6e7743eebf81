"""Where somebody is in a page: snapped back, never forward, and what that leaves in the ledger."""

import pytest

from intents.content import Content
from intents.turn import Place
from tests.actor import Actor


def place_of(actor: Actor) -> Place:
    assert actor.last
    assert actor.last.reply
    assert actor.last.reply.person.place
    return actor.last.reply.person.place


@pytest.mark.parametrize("delay_ms", [0, 1_000, 2_000])
def test_a_device_that_begins_late_is_allowed_for(content: Content, delay_ms: int) -> None:
    """Half a second into the third rock: where the device began later, that was still the second."""
    actor = Actor(content, start_delay_ms=delay_ms)
    page = actor.is_cleared("knee_rocking")
    assert page.timeline
    third = next(cue for cue in page.timeline.cues if cue.mark and cue.mark.repetitions == 2)
    actor.asks("AMAZON.PauseIntent", at_ms=third.start_ms + 500)
    assert place_of(actor).start.repetitions == (2 if delay_ms == 0 else 1)
    assert actor.last
    assert actor.last.reply
    assert [done.repetitions for done in actor.last.reply.person.ledger] == [3], "what may have begun counts"


def test_what_was_only_opened_is_said_again_where_the_device_began_late(content: Content) -> None:
    actor = Actor(content, start_delay_ms=2_000)
    page = actor.is_cleared("knee_rocking")
    assert page.timeline
    first = next(cue for cue in page.timeline.cues if cue.guided)
    actor.asks("AMAZON.PauseIntent", at_ms=first.start_ms + 1_000)
    outcome = actor.says("go on")
    assert outcome.reply
    assert any("One rule." in line.text for line in outcome.reply.lines)


def test_who_answers_the_question_has_heard_the_page(content: Content) -> None:
    """The longest delay that may be set is shorter than the question."""
    for exercise in content.numbers.exercises:
        actor = Actor(content, start_delay_ms=2_000)
        page = actor.is_cleared(exercise)
        assert page.timeline
        outcome = actor.says("the same", at_ms=page.timeline.duration_ms)
        assert outcome.reply
        assert not any("where we were" in line.text for line in outcome.reply.lines)
