"""A page of guidance: blocks of exercises as lines, from any checkpoint on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from audio.content import Exercise, Numbers, Phase, Side, Step
from audio.timeline import Line, Mark

Words = Mapping[str, str]
"""Cue name → words; a cue of a sided exercise stands as `cue.right` and `cue.left`."""


class Permit(Protocol):
    """Proof that guidance is allowed. The conversation's safety module is the only one to make it."""

    def allows(self, exercise: str) -> bool:
        """Whether this exercise may be guided now."""
        ...


class NotPermittedError(Exception):
    """Guided cues were asked for without a permit that covers them."""


@dataclass(frozen=True, slots=True)
class Block:
    """So many repetitions of one exercise, on one side where it has sides."""

    exercise: str
    repetitions: int
    side: Side | None = None
    again: bool = False
    """Whether the position is taken with the shorter words."""


Page = tuple[Block, ...]

HALFWAY_FROM = 8
"""Below so many repetitions, "halfway" is no news."""


def blocks(exercise_id: str, exercise: Exercise, repetitions: int, *, again: bool = False) -> Page:
    """One exercise as blocks: once, or once a side with equal repetitions."""
    sides = exercise.sides or (None,)
    return tuple(Block(exercise_id, repetitions, side, again) for side in sides)


def guided_lines(
    page: Page,
    numbers: Numbers,
    words: Mapping[str, Words],
    permit: Permit,
    start: Mark | None = None,
    *,
    halfway: bool = True,
) -> tuple[Line, ...]:
    """Lay a page out as lines from a checkpoint on; every line is marked as guided.

    Each line carries its checkpoint, so that an interruption can be snapped back to it. Without `halfway`,
    the middle of a block is not announced: it may not be the middle of the whole.

    Raises:
        NotPermittedError: The permit does not cover an exercise of the page.
    """
    start = start or Mark(0, 0)
    return tuple(
        line
        for index, block in enumerate(page)
        if index >= start.block
        for line in _block_lines(
            index,
            block if index > start.block or not start.repetitions else replace(block, again=True),
            _permitted(numbers, block.exercise, permit),
            words[block.exercise],
            start.repetitions if index == start.block else 0,
            halfway=halfway,
        )
    )


def _permitted(numbers: Numbers, exercise_id: str, permit: Permit) -> Exercise:
    if not permit.allows(exercise_id):
        raise NotPermittedError(exercise_id)
    return numbers.exercises[exercise_id]


def _block_lines(
    index: int, block: Block, exercise: Exercise, words: Words, done: int, *, halfway: bool
) -> Iterator[Line]:
    def step_line(step: Step, repetitions: int) -> Line:
        return Line(
            text=_text(words, step.cue, block.side),
            kind=step.kind,
            pause_ms=step.pause_ms,
            sound=step.sound,
            guided=True,
            mark=Mark(index, repetitions),
        )

    for step in exercise.again if block.again else exercise.enter:
        yield step_line(step, done)
    for repetition in range(done, block.repetitions):
        is_last = repetition == block.repetitions - 1
        if (
            halfway
            and exercise.halfway
            and block.repetitions >= HALFWAY_FROM
            and repetition == (block.repetitions + 1) // 2
        ):
            yield step_line(exercise.halfway, repetition)
        if exercise.last and is_last and repetition:
            yield step_line(exercise.last, repetition)
        for phase in exercise.phases:
            yield Line(
                text=_phase_text(words, phase, block, exercise, repetition - done, is_last=is_last),
                kind=phase.kind,
                lasts_ms=phase.lasts_ms,
                sound=phase.sound,
                guided=True,
                mark=Mark(index, repetition),
            )
    for step in exercise.leave:
        yield step_line(step, block.repetitions)


def _phase_text(
    words: Words, phase: Phase, block: Block, exercise: Exercise, spoken: int, *, is_last: bool
) -> str:
    """The longer words for the first repetitions after taking the position, words of its own for the last."""
    if is_last and (last := words.get(f"{phase.cue}_last")):
        return last
    if spoken < exercise.introduced and not block.again and (first := words.get(f"{phase.cue}_first")):
        return first
    return _text(words, phase.cue, block.side)


def _text(words: Words, cue: str, side: Side | None) -> str:
    return words.get(f"{cue}.{side}") or words[cue]
