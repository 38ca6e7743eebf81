"""The whole routine, fitted to a time: which steps, how much of each, and what is left out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil

from audio.page import NORMAL_PACE, Page, blocks, measure
from intents import plan, playing
from intents.sound import File, Part
from intents.tracks import Track, programme, start_amount
from intents.tracks import most as most_of
from intents.turn import Turn

ORDER = ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift", "back_rolling")
"""The seed's sequence: set-up, knees to chest, rocking, lifts for those whom they suit, rolling last."""
OPTIONAL = ("pelvic_lift", "back_rolling", "abdominal_brace")
"""What is left out first where the time is short."""
WITHIN = 0.05
"""How near the planned time comes to the asked one, where doses allow it; a tenth is promised (design 4)."""
Steps = Mapping[str, int]
"""Exercises in order, and how much of each."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A routine to be played straight through."""

    parts: tuple[Part, ...]
    tracks: int
    """How many files it has: one an exercise, or one a side."""
    lasts_ms: int
    """From the first guided cue to the last, as files last."""
    left_out: tuple[str, ...]
    """Steps for which the asked time is too short."""
    not_today: tuple[str, ...]
    """Steps that are not cleared, do not fit where one lies, or were done enough within this hour."""
    asked: tuple[str, ...]
    """Steps in which somebody has to be asked in between."""


def make_routine(turn: Turn, duration_ms: int | None, first: str = ORDER[0]) -> Routine:
    """Plan the routine from its `first` exercise on, until the time is filled.

    Every step has its starting dose at least, and more of it only where it was finished before. Gates and
    this hour's sum hold. Without a duration: every step with its starting dose.
    """

    def lasts_ms(steps: Steps) -> int:
        return _lasts_ms(turn, steps)

    steps: Steps = {name: _start(turn, name) for name in _from(first) if _may(turn, name)}
    most = {name: _most(turn, name) for name in steps}
    steps, left_out = _fitted(steps, most, lasts_ms, duration_ms)
    return Routine(
        pages=tuple(_pages(turn, steps)),
        lasts_ms=lasts_ms(steps),
        left_out=left_out,
        not_today=_not_today(turn, first),
    )


def make_played(turn: Turn, duration_ms: int | None, first: str = ORDER[0]) -> Played | None:
    """Plan the routine as a stream: the same, without what is never played; None if nothing of it can be."""
    numbers, files, pace = turn.content.numbers, turn.files, playing.pace_of(turn)

    @cache
    def file_of(track: Track) -> File | None:
        return files.find(turn.locale, track) if files else None

    def tracks_of(steps: Steps) -> list[Track]:
        return [
            track
            for name, amount in steps.items()
            for track in programme(numbers, name, amount, pace, holds, leads_on=name != [*steps][-1])
        ]

    def lasts_ms(steps: Steps) -> int:
        found = [file for track in tracks_of(steps) if (file := file_of(track))]
        if not found:
            return 0
        before_ms, after_ms = found[0].guided_ms[0], found[-1].length_ms - found[-1].guided_ms[1]
        return sum(file.length_ms for file in found) - before_ms - after_ms

    named = [name for name in _from(first) if _may(turn, name)]
    asked = tuple(name for name in named if not playing.suits(turn, name))
    holds = playing.holds_of(turn, *(name for name in named if name not in asked))
    start = {name: playing.within(turn, name, start_amount(numbers.exercises[name])) for name in named}
    steps: Steps = {name: start[name] for name in named if name not in asked and start[name]}
    most = {name: playing.within(turn, name, _most_played(turn, name)) for name in steps}
    steps, left_out = _fitted(steps, most, lasts_ms, duration_ms)
    tracks = tracks_of(steps)
    if not tracks or not all(map(file_of, tracks)):
        return None
    parts = tuple(Part(exercise=name, amount=amount) for name, amount in steps.items())
    return Played(
        parts=parts,
        tracks=len(tracks),
        lasts_ms=lasts_ms(steps),
        left_out=left_out,
        not_today=_not_today(turn, first),
        asked=asked,
    )


def _not_today(turn: Turn, first: str) -> tuple[str, ...]:
    """What is named as left out where the whole begins; whoever is in the middle of it has heard that."""
    return tuple(name for name in ORDER if first == ORDER[0] and not _may(turn, name))


def _from(first: str) -> tuple[str, ...]:
    return ORDER[ORDER.index(first) :]


def _may(turn: Turn, name: str) -> bool:
    """Whether a step is cleared, fits where one lies, and has anything left of this hour's sum."""
    clearance, exercise = turn.dialogue.clearance, turn.content.numbers.exercises[name]
    cleared = clearance is not None and clearance.form(name) != "no"
    lies = turn.dialogue.surface is not None and turn.dialogue.surface in exercise.surfaces
    return cleared and lies and plan.allowance(turn, name) >= 1


def _start(turn: Turn, name: str) -> int:
    return min(plan.form_of(turn, name).dose.start, plan.allowance(turn, name))


def _grows(turn: Turn, name: str) -> bool:
    """Whether there may be more of a step than its starting dose: only of what was finished before."""
    return name in turn.person.finished and not plan.small(turn) and not plan.is_easier(turn, name)


def _most(turn: Turn, name: str) -> int:
    exercise = turn.content.numbers.exercises[name]
    if not _grows(turn, name):
        return _start(turn, name)
    most = exercise.dose.page if exercise.warm_up else plan.hour_left(turn, name)
    pace = turn.person.pace_percent
    return most * NORMAL_PACE // pace if exercise.is_limited_by_time and pace > NORMAL_PACE else most


def _most_played(turn: Turn, name: str) -> int:
    exercise = turn.content.numbers.exercises[name]
    return most_of(exercise) if _grows(turn, name) else start_amount(exercise)


def _fitted(
    steps: Steps, most: Steps, lasts_ms: Callable[[Steps], int], duration_ms: int | None
) -> tuple[Steps, tuple[str, ...]]:
    """Steps that last as long as asked, as near as it comes, and what is left out for it."""
    kept, left_out = dict(steps), []
    for name in OPTIONAL:
        if duration_ms is not None and name in kept and lasts_ms(kept) > duration_ms * (1 + WITHIN):
            del kept[name]
            left_out.append(name)
    filled = kept if duration_ms is None else _filled(kept, most, lasts_ms, duration_ms)
    return filled, tuple(left_out)


def _filled(steps: Steps, most: Steps, lasts_ms: Callable[[Steps], int], duration_ms: int) -> Steps:
    """More of whatever has grown least, until the time is filled or nothing may grow.

    A step of which the next bit would be too long stays as it is.
    """
    filled = dict(steps)
    growing = {name for name in filled if filled[name] < most[name]}
    while growing and lasts_ms(filled) < duration_ms * (1 - WITHIN):
        name = min((step for step in filled if step in growing), key=lambda step: filled[step] / most[step])
        grown = {**filled, name: filled[name] + 1}
        if lasts_ms(grown) > duration_ms * (1 + WITHIN):
            growing.remove(name)
            continue
        filled = grown
        if filled[name] == most[name]:
            growing.remove(name)
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
