"""Pace: more time for everybody who wants it, the same on both sides, within the same limits."""

from dataclasses import replace

import pytest

from audio.page import MAX_SILENCE_MS, NORMAL_PACE, blocks, measure
from intents.content import Content, load_content
from intents.handlers.adjust import FASTEST, LEARNED_MOST, SLOWEST
from intents.state import Person, Place
from tests.actor import Actor

CONTENT = load_content()
WORDS = CONTENT.language("en-US").exercises
FORMS = [
    (name, easier)
    for name, exercise in CONTENT.numbers.exercises.items()
    for easier in (False, True)
    if not easier or exercise.easier
]
PACES = range(FASTEST, SLOWEST + 1, 20)


def cues(name: str, easier: bool) -> dict[str, str]:  # noqa: FBT001 - the shape audio.page wants
    return dict(WORDS[name].easier if easier else WORDS[name].cues)


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize(("name", "easier"), FORMS)
def test_both_sides_get_the_same_time_at_every_pace(name: str, *, easier: bool, pace: int) -> None:
    form = CONTENT.numbers.form(name, easier=easier)
    page = blocks(name, form, 4, easier=easier)
    timeline = measure(page, CONTENT.numbers, cues, pace_percent=pace)
    moved = [
        sum(
            cue.length_ms
            for cue in timeline.cues
            if cue.kind in {"hold", "count"} and cue.mark and cue.mark.block == index
        )
        for index in range(len(page))
    ]
    assert len(set(moved)) == 1


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize(("name", "easier"), FORMS)
def test_a_count_is_said_before_the_next_cue_and_never_long_before(
    name: str, *, easier: bool, pace: int
) -> None:
    form = CONTENT.numbers.form(name, easier=easier)
    page = blocks(name, form, form.dose.page, easier=easier)
    for cue in measure(page, CONTENT.numbers, cues, pace_percent=pace).cues:
        assert cue.length_ms >= cue.speech_ms
        if cue.kind in {"hold", "count"}:
            assert cue.pause_ms <= MAX_SILENCE_MS


def at_pace(actor: Actor, percent: int) -> Place:
    outcome = actor.is_cleared("knee_rocking")
    while outcome.reply and outcome.reply.person.place and outcome.reply.person.place.pace_percent < percent:
        outcome = actor.asks("AdjustExerciseIntent", at_ms=41_000, adjustment="slower")
    assert outcome.reply
    assert outcome.reply.person.place
    return outcome.reply.person.place


def test_slower_goes_on_from_the_same_place_at_once(actor: Actor) -> None:
    place = at_pace(actor, 120)
    assert place.pace_percent == 120
    assert place.start.repetitions >= 1


def test_a_pace_is_learned_slowly_and_within_bounds(actor: Actor) -> None:
    actor.opens()
    paces = []
    for _ in range(12):
        outcome = actor.asks("AdjustExerciseIntent", adjustment="slower")
        assert outcome.reply
        paces.append(outcome.reply.person.pace_percent)
    assert paces[0] == NORMAL_PACE + 5
    assert paces[-1] == LEARNED_MOST
    for _ in range(20):
        outcome = actor.asks("AdjustExerciseIntent", adjustment="faster")
    assert outcome.reply
    assert outcome.reply.person.pace_percent == FASTEST


@pytest.mark.parametrize("name", ["knee_rocking", "back_rolling"])
def test_a_slower_pace_leaves_fewer_repetitions_where_the_limit_is_a_time(
    content: Content, name: str
) -> None:
    """Rolling: 30 s a set and a minute within the hour; rocking: ten minutes. At any pace."""
    exercise = content.numbers.exercises[name]
    actor = Actor(content)
    actor.opens()
    for _ in range(8):
        actor.asks("AdjustExerciseIntent", adjustment="slower")
    outcome = actor.is_cleared(name)
    moved_ms = 0
    for _ in range(40):
        assert outcome.timeline
        assert outcome.reply
        page_ms = sum(
            cue.length_ms
            for cue in outcome.timeline.cues
            if cue.kind == "count" and cue.text in set(WORDS[name].cues.values())
        )
        if name == "back_rolling" and "Back." in {cue.text for cue in outcome.timeline.cues}:
            assert page_ms <= exercise.dose.page * exercise.repetition_ms
        moved_ms += page_ms
        answers = {"page_check": "the same", "more": "go on", "rolling_today": "no", "age_or_thinners": "no"}
        if outcome.reply.question not in answers:
            break
        outcome = actor.says(answers[outcome.reply.question])
    assert 0 < moved_ms <= exercise.dose.session * exercise.repetition_ms


def test_what_was_made_easier_or_skipped_does_not_count_as_finished(actor: Actor) -> None:
    actor.is_cleared("knee_rocking")
    actor.asks("AdjustExerciseIntent", at_ms=40_000, adjustment="shorter")
    outcome = actor.says("the same")
    assert outcome.reply
    assert outcome.reply.person.finished == {}
    fresh = replace(Person(), met=True)
    assert fresh.pace_percent == NORMAL_PACE
