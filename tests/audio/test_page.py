import pytest

from audio.content import Exercise, load_numbers
from audio.page import Block, Cues, blocks, guided_lines
from audio.permit import NotPermittedError, Permit
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
