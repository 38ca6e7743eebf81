"""Where somebody is in a page: snapped back, never forward, and what that leaves in the ledger."""

import shutil
from pathlib import Path

import pytest

import audio.content
from intents.content import Content, load_content
from intents.state import BEGINNING, Place
from skill.store import SqliteStore
from tests.actor import Actor, speech

DAY_MS = 24 * 60 * 60 * 1000
CHANGED = "That exercise has changed since. We start it from the beginning."


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


# --- a release that changes an exercise ---


@pytest.fixture
def released(tmp_path: Path, request: pytest.FixtureRequest) -> Content:
    """The content of a later release, in which one exercise has a longer pause."""
    for folder in ("exercises", "moves"):
        shutil.copytree(audio.content.HERE / folder, tmp_path / folder)
    path = tmp_path / "exercises" / f"{request.param}.toml"
    path.write_text(path.read_text().replace("pause_ms = 2000", "pause_ms = 2500"))
    return load_content(numbers_folder=tmp_path)


def goes_on_after(actor: Actor, released: Content) -> Actor:
    """The same person on the next day, with the later release."""
    later = Actor(released, actor.store)
    later.now_ms, later.sessions = actor.now_ms + DAY_MS, 100
    opened = later.opens()
    assert "Last time we stopped partway through" in speech(opened)
    later.has_nothing_to_report(later.says("yes"))
    return later


@pytest.fixture
def actor(content: Content) -> Actor:
    store = SqliteStore.in_memory()
    store.prepare()
    return Actor(content, store)


@pytest.mark.parametrize("released", ["knee_rocking"], indirect=True)
def test_an_exercise_that_has_changed_meanwhile_is_begun_again_and_that_is_said(
    actor: Actor, released: Content
) -> None:
    actor.is_cleared("knee_rocking")
    actor.asks("AMAZON.StopIntent", at_ms=60_000)
    assert place_of(actor).start != BEGINNING
    later = goes_on_after(actor, released)
    assert later.last
    assert CHANGED in speech(later.last)
    assert place_of(later).start == BEGINNING
    assert CHANGED not in speech(later.says("the same"))


@pytest.mark.parametrize("released", ["pelvic_lift"], indirect=True)
def test_another_exercise_that_has_changed_changes_nothing(actor: Actor, released: Content) -> None:
    actor.is_cleared("knee_rocking")
    actor.asks("AMAZON.StopIntent", at_ms=60_000)
    start = place_of(actor).start
    later = goes_on_after(actor, released)
    assert later.last
    assert CHANGED not in speech(later.last)
    assert place_of(later).start == start != BEGINNING


@pytest.mark.parametrize("released", ["knees_to_chest"], indirect=True)
def test_in_a_routine_only_that_step_is_begun_again(actor: Actor, released: Content) -> None:
    actor.has_nothing_to_report(actor.asks("StartRoutineIntent"))
    actor.says("the same")
    actor.asks("AMAZON.StopIntent", at_ms=25_000)
    before = place_of(actor)
    assert before.exercise == "knees_to_chest"
    assert before.start != BEGINNING
    later = goes_on_after(actor, released)
    assert later.last
    assert CHANGED in speech(later.last)
    place = place_of(later)
    assert (place.exercise, place.start, place.routine) == ("knees_to_chest", BEGINNING, True)
    assert [page[-1].exercise for page in place.pages] == [page[-1].exercise for page in before.pages]
    assert "Next, knee rocking." in speech(later.says("the same"))
