"""The whole routine, fitted to a time: which steps, how much of each, and what is left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from audio.page import NORMAL_PACE, Page, blocks, measure
from intents import plan
from intents.turn import Turn

ORDER = ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift", "back_rolling")
"""The seed's sequence: set-up, knees to chest, rocking, lifts for those whom they suit, rolling last."""
OPTIONAL = ("pelvic_lift", "back_rolling", "abdominal_brace")
"""What is left out first where the time is short."""
WITHIN = 0.05
"""How near the planned time comes to the asked one, where doses allow it; a tenth is promised (design 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """Pages of several exercises, and what is not among them."""

    pages: tuple[Page, ...]
    lasts_ms: int
    """From the first cue to the last, rests between pages included."""
    left_out: tuple[str, ...]
    """Steps for which the asked time is too short."""
    not_today: tuple[str, ...]
    """Steps that are not cleared, do not fit where one lies, or were done enough within this hour."""


def make_routine(turn: Turn, duration_ms: int | None) -> Routine:
    """Plan the routine: starting doses, and more of what was finished before, until the time is filled.

    Gates and this hour's sum hold; a step never goes below its starting dose. Without a duration: every
    step with its starting dose.
    """
    steps = {name: _start(turn, name) for name in ORDER if _may(turn, name)}
    left_out = []
    for name in OPTIONAL:
        if duration_ms is not None and name in steps and _lasts_ms(turn, steps) > duration_ms * (1 + WITHIN):
            del steps[name]
            left_out.append(name)
    if duration_ms is not None:
        steps = _filled(turn, steps, duration_ms)
    return Routine(
        pages=tuple(_pages(turn, steps)),
        lasts_ms=_lasts_ms(turn, steps),
        left_out=tuple(left_out),
        not_today=tuple(name for name in ORDER if not _may(turn, name)),
    )


def _may(turn: Turn, name: str) -> bool:
    """Whether a step is cleared, fits where one lies, and has anything left of this hour's sum."""
    clearance, exercise = turn.dialogue.clearance, turn.content.numbers.exercises[name]
    cleared = clearance is not None and clearance.form(name) != "no"
    lies = turn.dialogue.surface is not None and turn.dialogue.surface in exercise.surfaces
    return cleared and lies and plan.allowance(turn, name) >= 1


def _start(turn: Turn, name: str) -> int:
    return min(plan.form_of(turn, name).dose.start, plan.allowance(turn, name))


def _most(turn: Turn, name: str) -> int:
    """How much of a step there may be: beyond the starting dose only of what was finished before."""
    exercise = turn.content.numbers.exercises[name]
    grows = name in turn.person.finished and not plan.small(turn) and not plan.is_easier(turn, name)
    if not grows:
        return _start(turn, name)
    most = exercise.dose.page if exercise.warm_up else plan.hour_left(turn, name)
    pace = turn.person.pace_percent
    return most * NORMAL_PACE // pace if exercise.is_limited_by_time and pace > NORMAL_PACE else most


def _filled(turn: Turn, steps: Mapping[str, int], duration_ms: int) -> dict[str, int]:
    """More of whatever has grown least, until the time is filled or nothing may grow."""
    filled = dict(steps)
    most = {name: _most(turn, name) for name in filled}
    while _lasts_ms(turn, filled) < duration_ms * (1 - WITHIN):
        open_ = [name for name in filled if filled[name] < most[name]]
        if not open_:
            break
        name = min(open_, key=lambda step: filled[step] / most[step])
        grown = {**filled, name: filled[name] + 1}
        if _lasts_ms(turn, grown) > duration_ms * (1 + WITHIN):
            break
        filled = grown
    return filled


def _pages(turn: Turn, steps: Mapping[str, int]) -> Iterator[Page]:
    for name, amount in steps.items():
        form, easier = plan.form_of(turn, name), plan.is_easier(turn, name)
        count = ceil(amount / form.dose.page)
        for page in range(count):
            repetitions = amount * (page + 1) // count - amount * page // count
            yield blocks(name, form, repetitions, again=page > 0, easier=easier)


def _lasts_ms(turn: Turn, steps: Mapping[str, int]) -> int:
    pages = list(_pages(turn, steps))
    pace, holds = turn.person.pace_percent, turn.holds
    timelines = (
        measure(page, turn.content.numbers, turn.cues, pace_percent=pace, holds=holds) for page in pages
    )
    return sum(timeline.duration_ms for timeline in timelines) + plan.REST_BETWEEN_MS * max(0, len(pages) - 1)
