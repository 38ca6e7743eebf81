"""What is kept of a person when stores fail, clocks are set back, and voices are recognised now and then."""

from collections.abc import Mapping
from typing import Any

import pytest
from ask_sdk_core.attributes_manager import AbstractPersistenceAdapter
from ask_sdk_model import RequestEnvelope

from intents.alexa.keeping import StaleAttributesError, StoreError
from intents.content import Content
from skill.memory import Watched
from skill.store import SqliteStore
from tests.actor import Actor, speech
from tests.reminders import Diary


class Unwritable(Watched):
    """Can be read, and never written."""

    def __init__(self) -> None:
        super().__init__(SqliteStore.in_memory())

    def save_attributes(self, request_envelope: RequestEnvelope, attributes: dict[str, Any]) -> None:
        raise StoreError("read-only")


class AlwaysStale(AbstractPersistenceAdapter):
    """Somebody else has always written first."""

    def get_attributes(self, request_envelope: RequestEnvelope) -> dict[str, Any]:
        return {"version": 1}

    def save_attributes(self, request_envelope: RequestEnvelope, attributes: Mapping[str, Any]) -> None:
        raise StaleAttributesError("written meanwhile")

    def delete_attributes(self, request_envelope: RequestEnvelope) -> None:
        raise StoreError("not here")


def pages_until_refused(actor: Actor, exercise: str) -> int:
    outcome = actor.is_cleared(exercise)
    if not (outcome.timeline and outcome.timeline.guided):
        outcome = actor.says("no")
    pages = 0
    while outcome.timeline and outcome.timeline.guided:
        pages += 1
        assert pages < 30
        actor.says("the same")
        outcome = actor.says("go on")
    return pages


@pytest.mark.parametrize("exercise", ["abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift"])
def test_a_store_that_cannot_be_written_changes_no_limit(content: Content, exercise: str) -> None:
    assert pages_until_refused(Actor(content, Unwritable()), exercise) == pages_until_refused(
        Actor(content), exercise
    )


def test_a_clock_that_is_set_back_does_not_empty_the_sum(content: Content) -> None:
    actor = Actor(content)
    assert pages_until_refused(actor, "pelvic_lift") == 3
    actor.now_ms -= 40 * 60 * 1000
    outcome = actor.asks("StartExerciseIntent", exercise="pelvic_lift")
    assert outcome.timeline is not None
    assert not outcome.timeline.guided


def test_an_emergency_is_answered_even_if_somebody_else_always_writes_first(content: Content) -> None:
    outcome = Actor(content, AlwaysStale()).says("i can't feel between my legs")
    assert "Call nine one one now" in speech(outcome)


def test_a_turn_that_is_computed_anew_sets_one_reminder(content: Content) -> None:
    diary = Diary()
    actor = Actor(content, AlwaysStale(), reminders=diary)
    actor.opens()
    actor.says("remind me at noon")
    assert "It's set" in speech(actor.says("yes"))
    assert diary.created == 1


def test_one_session_belongs_to_one_person_even_if_the_voice_is_recognised_only_later(
    content: Content,
) -> None:
    actor = Actor(content)
    actor.is_cleared("knee_rocking")
    assert actor.last is not None
    actor.person_id = "amzn1.ask.person.RECOGNISED"
    outcome = actor.says("the same")
    assert outcome.reply is not None
    assert outcome.reply.question == "more"
    actor.leaves()
    assert "I'm Gentle Back" in speech(actor.opens())


@pytest.mark.parametrize(
    ("words", "level"),
    [("between my legs", "emergency"), ("stuck on the floor", "emergency"), ("i can't get up", "emergency")],
)
def test_free_words_are_read_with_what_carried_them(content: Content, words: str, level: str) -> None:
    outcome = Actor(content).asks("ReportSymptomIntent", words=words)
    assert outcome.reply is not None
    assert outcome.reply.triage == level


def test_attributes_of_another_release_are_a_new_dialogue(content: Content) -> None:
    actor = Actor(content)
    actor.says("start knee rocking")
    actor.attributes = {**actor.attributes, "question": "asked_no_more"}
    outcome = actor.says("yes")
    assert outcome.reply is not None
    assert outcome.reply.question == "launch"
