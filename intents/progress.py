"""A step up after two whole sessions, a step back after two that were not, two back after a week off.

Stored is only whether the planned dose was done without "easier", skipping or an early stop (design,
invariant 8). A step is offered, never imposed.
"""

from dataclasses import replace

from audio.content import Exercise
from intents.state import Progress
from intents.turn import Turn

IN_A_ROW = 2
"""So many sessions, whole or not, before a step is offered."""
WEEK_MS = 7 * 24 * 60 * 60 * 1000
WEEK_OFF_STEPS = -2


def of(turn: Turn, exercise_id: str) -> Progress:
    """How far this person is with an exercise."""
    return turn.person.progress.get(exercise_id, Progress())


def offered_step(turn: Turn, exercise_id: str) -> int:
    """How many steps up (or back, below 0) to offer before the next session; 0 for none."""
    progress = of(turn, exercise_id)
    missed = progress.missed + progress.open
    if progress.level and progress.at_ms and turn.now_ms - progress.at_ms >= WEEK_MS:
        step = WEEK_OFF_STEPS
    elif missed >= IN_A_ROW:
        step = -1
    elif progress.whole >= IN_A_ROW and not progress.open:
        step = 1
    else:
        return 0
    exercise = turn.content.numbers.exercises[exercise_id]
    return max(0, min(_highest(exercise), progress.level + step)) - progress.level


def answered(turn: Turn, exercise_id: str, *, step: int) -> Turn:
    """After the answer to an offer: the step taken, or not; either way two sessions begin anew."""
    level = of(turn, exercise_id).level + step
    return _with(turn, exercise_id, Progress(level=level, at_ms=turn.now_ms))


def begun(turn: Turn, exercise_id: str) -> Turn:
    """A session of this exercise begins; one before it that is still open was not whole."""
    progress = of(turn, exercise_id)
    missed = progress.missed + 1 if progress.open else progress.missed
    whole = 0 if progress.open else progress.whole
    new = replace(progress, open=True, missed=missed, whole=whole, at_ms=turn.now_ms)
    return _with(turn, exercise_id, new)


def finished(turn: Turn, exercise_id: str) -> Turn:
    """The planned dose was done."""
    progress = of(turn, exercise_id)
    new = replace(progress, open=False, missed=0, whole=progress.whole + 1, at_ms=turn.now_ms)
    return _with(turn, exercise_id, new)


def planned(turn: Turn, exercise_id: str) -> int:
    """The repetitions a side of a session for which no amount was asked."""
    exercise = turn.content.numbers.exercises[exercise_id]
    return min(exercise.dose.start + of(turn, exercise_id).level * exercise.grows, exercise.largest)


def _highest(exercise: Exercise) -> int:
    return -(-(exercise.largest - exercise.dose.start) // exercise.grows)


def _with(turn: Turn, exercise_id: str, progress: Progress) -> Turn:
    return turn.with_person(progress={**turn.person.progress, exercise_id: progress})
