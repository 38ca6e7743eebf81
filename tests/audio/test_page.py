import re

import pytest

from audio.content import Exercise, load_numbers
from audio.page import Block, Cues, Holds, blocks, guided_lines
from audio.permit import NotPermittedError, Permit
from audio.ssml import MAX_SOUNDS
from audio.timeline import Line, Mark, lay_out
from intents.content import Content, load_content

NUMBERS = load_numbers()
CONTENT = load_content()


class Everything(Permit):
    def allows(self, exercise: str, *, easier: bool = False) -> bool:
        return bool(exercise)


class OnlyEasier(Permit):
    def allows(self, exercise: str, *, easier: bool = False) -> bool:
        return easier


def cues(exercise: str, easier: bool = False) -> Cues:  # noqa: FBT001, FBT002 - the shape audio.page wants
    words = CONTENT.language("en-US").exercises[exercise]
    return words.easier if easier else words.cues


def page_lines(content: Content, page: tuple[Block, ...], start: Mark | None = None) -> tuple[Line, ...]:
    return guided_lines(page, content.numbers, cues, Everything(), start)


@pytest.mark.parametrize("name", NUMBERS.exercises)
def test_without_a_permit_there_is_no_guided_cue(content: Content, name: str) -> None:
    page = blocks(name, NUMBERS.exercises[name], 3)
    with pytest.raises(NotPermittedError, match=name):
        guided_lines(page, content.numbers, cues, OnlyEasier())


@pytest.mark.parametrize("name", [name for name, found in NUMBERS.exercises.items() if found.easier])
def test_the_easier_form_needs_no_more_than_its_own_permit(content: Content, name: str) -> None:
    form = NUMBERS.form(name, easier=True)
    page = blocks(name, form, 2, easier=True)
    lines = guided_lines(page, content.numbers, cues, OnlyEasier())
    assert all(line.guided for line in lines)
    assert sum(line.kind in {"hold", "count"} for line in lines) == 2 * len(page) * len(form.phases)


def test_an_exercise_without_an_easier_form_has_none() -> None:
    with pytest.raises(KeyError, match="back_rolling"):
        NUMBERS.form("back_rolling", easier=True)


@pytest.mark.parametrize("name", NUMBERS.exercises)
@pytest.mark.parametrize("repetitions", [1, 2, 5, 10])
def test_each_repetition_lasts_exactly_as_its_phases_say(
    content: Content, name: str, repetitions: int
) -> None:
    exercise = content.numbers.exercises[name]
    lines = page_lines(content, blocks(name, exercise, repetitions))
    timed = [line for line in lines if line.lasts_ms is not None]
    sides = max(1, len(exercise.sides))
    assert len(timed) == repetitions * len(exercise.phases) * sides
    assert sum(line.length_ms for line in timed) == repetitions * exercise.repetition_ms * sides


def test_both_sides_get_equal_time_at_the_same_tempo(content: Content) -> None:
    exercise = content.numbers.exercises["knees_to_chest"]
    lines = page_lines(content, blocks("knees_to_chest", exercise, 4))
    by_side = {
        block: [line.lasts_ms for line in lines if line.mark and line.mark.block == block and line.lasts_ms]
        for block in (0, 1)
    }
    assert by_side[0] == by_side[1]
    assert len(by_side[0]) == 4 * len(exercise.phases)


@pytest.mark.parametrize("name", NUMBERS.exercises)
def test_going_on_from_any_checkpoint_plays_exactly_what_is_left(content: Content, name: str) -> None:
    exercise = content.numbers.exercises[name]
    page = blocks(name, exercise, 4)
    whole = page_lines(content, page)
    for mark in {line.mark for line in whole if line.mark is not None}:
        rest = page_lines(content, page, mark)
        left = sum(
            block.repetitions - (mark.repetitions if index == mark.block else 0)
            for index, block in enumerate(page)
            if index >= mark.block
        )
        assert sum(1 for line in rest if line.lasts_ms is not None) == left * len(exercise.phases)
        first, *_ = rest
        assert first.kind != "count", "a position is taken again before the counting"


@pytest.mark.parametrize("name", NUMBERS.exercises)
def test_a_page_ends_with_both_feet_down_and_no_movement_to_come(content: Content, name: str) -> None:
    lines = page_lines(content, blocks(name, content.numbers.exercises[name], 3))
    words = " ".join(line.text for line in lines[-4:]).lower()
    lifts_legs = name != "abdominal_brace"
    assert ("left" in words or "that foot" in words) == lifts_legs


def test_the_rocking_is_as_long_as_planned_to_the_millisecond(content: Content) -> None:
    timeline = lay_out(page_lines(content, (Block("knee_rocking", 10),)))
    rocks = [cue for cue in timeline.cues if cue.kind == "count"]
    assert sum(cue.length_ms for cue in rocks) == 60_000
    assert [cue.text for cue in rocks[:2]] == ["Toward you, two, three.", "And away, two, three."]
    assert [cue.text for cue in rocks[4:6]] == ["Toward you.", "And away."]


@pytest.mark.parametrize(("name", "exercise"), NUMBERS.exercises.items())
def test_doses_do_not_exceed_what_is_known_to_be_gentle(name: str, exercise: Exercise) -> None:
    """The limits of the design's invariant 5, written down a second time on purpose."""
    match name:
        case "back_rolling":
            assert exercise.dose.page * exercise.repetition_ms <= 30_000
            assert exercise.dose.start * exercise.repetition_ms == 15_000
            assert exercise.dose.sets == 2
            assert exercise.surfaces == ("floor",)
            assert exercise.warm_up
        case "pelvic_lift":
            assert exercise.dose.session <= 15
        case "knee_rocking":
            assert exercise.dose.session * exercise.repetition_ms <= 10 * 60_000
            assert exercise.dose.start * exercise.repetition_ms == 60_000


# --- what is heard in holds ---


def heard(page: tuple[Block, ...], holds: Holds, start: Mark | None = None) -> tuple[Line, ...]:
    return guided_lines(page, CONTENT.numbers, cues, Everything(), start, holds=holds)


@pytest.mark.parametrize(("holds", "sound"), [("bell", "chime"), ("breath", "hush")])
def test_a_sound_takes_the_place_of_halfway_and_last(holds: Holds, sound: str) -> None:
    lines = heard((Block("knee_rocking", 10),), holds)
    alone = [index for index, line in enumerate(lines) if not line.text]
    assert [lines[index].sound for index in alone] == [sound] * 4
    assert [lines[index + 1].text for index in alone] == [
        *("Toward you, two, three.", "Toward you.", "Toward you.", "Lower your right foot.")
    ]
    assert not {"Last one.", "Halfway. Let your jaw go soft."} & {line.text for line in lines}


@pytest.mark.parametrize("holds", ["bell", "breath"])
@pytest.mark.parametrize("easier", [False, True])
@pytest.mark.parametrize("name", NUMBERS.exercises)
def test_no_page_has_more_sounds_than_a_response_may_have(name: str, holds: Holds, *, easier: bool) -> None:
    exercise = NUMBERS.exercises[name]
    if easier and exercise.easier is None:
        return
    form = NUMBERS.form(name, easier=easier)
    warm_up = [
        block
        for part in exercise.warm_up
        for block in blocks(part.exercise, NUMBERS.exercises[part.exercise], part.repetitions)
    ]
    for page in (blocks(name, form, form.dose.page, easier=easier), tuple(warm_up)):
        assert sum(not line.text for line in heard(page, holds)) <= MAX_SOUNDS


@pytest.mark.parametrize("holds", ["bell", "breath"])
def test_nobody_waits_for_a_sound_with_the_head_up(holds: Holds) -> None:
    assert all(line.text for line in heard((Block("back_rolling", 5),), holds))


def test_resumed_before_the_last_one_rings_once_at_the_beginning_and_once_at_the_end() -> None:
    lines = heard((Block("knee_rocking", 10),), "bell", Mark(0, 9))
    assert sum(line.sound == "chime" for line in lines) == 2


def test_louder_counting_counts_every_repetition_and_no_counting_none() -> None:
    for name in ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift"):
        page = blocks(name, NUMBERS.exercises[name], 5, again=True)
        counted = [line.text for line in heard(page, "loud_count") if line.lasts_ms]
        assert all("two, three" in text for text in counted), name
        silent = [line for line in heard(page, "silent") if line.lasts_ms]
        assert not any("two" in line.text or line.sound for line in silent), name


def test_the_breath_is_heard_in_files_and_goes_out_on_the_effort() -> None:
    for name, exercise in NUMBERS.exercises.items():
        for easier in (False, True) if exercise.easier else (False,):
            form, words = NUMBERS.form(name, easier=easier), cues(name, easier)
            page = blocks(name, form, 1, easier=easier)
            sounds = [line.sound for line in heard(page, "breath") if line.lasts_ms]
            expected = [f"breath_{phase.breath}" if phase.breath else "hush" for phase in form.phases]
            assert sounds == expected * len(page)
            for phase in form.phases:
                said = {text for cue, text in words.items() if cue.partition("_")[0] == phase.cue}
                if phase.breath:
                    assert all(re.search(rf"\b{phase.breath}\b", text.lower()) for text in said), said
    effort = {"pelvic_lift": "lift", "abdominal_brace": "out"}
    for name, cue in effort.items():
        assert [p.breath for p in NUMBERS.exercises[name].phases if p.cue == cue] == ["out"]
