"""Exercises played straight through: which files there are, and what each says from first word to last.

A file can be fetched outside a conversation, where nobody can be asked anything (design, invariant 1). So it
opens with the stop rule and for whom it is not, holds no number to call, and there is none of an exercise
that has to be tried out first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from audio.content import Exercise, Numbers, Side
from audio.page import Block, guided_lines
from audio.timeline import Line, lay_out
from intents.shapes import Language

MINUTE_MS = 60_000
_OPENING_PAUSE_MS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The name of one file: an exercise, how much of it, and on which side."""

    exercise: str
    amount: int
    """Minutes where the exercise goes by time, else repetitions (on this side)."""
    side: Side | None = None

    @property
    def name(self) -> str:
        """As it stands in addresses."""
        return "-".join((self.exercise, str(self.amount), *((self.side,) if self.side else ())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of a file that somebody takes along."""

    title: str
    lines: tuple[Line, ...]


class _FilePermit:
    """Permits what may be a file at all; every file opens with the words that nobody could be asked."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def allows(self, exercise: str) -> bool:
        """Whether there may be a file of this exercise."""
        return self._numbers.exercises[exercise].track is not None


def all_tracks(numbers: Numbers) -> Mapping[str, Track]:
    """Every file that there can be, by its name."""
    tracks = (
        track
        for name, exercise in numbers.exercises.items()
        for amount in range(1, most(exercise) + 1)
        for track in programme(numbers, name, amount)
    )
    return {track.name: track for track in tracks}


def most(exercise: Exercise) -> int:
    """The largest amount of an exercise as files: what a session allows, or nothing."""
    if exercise.track is None:
        return 0
    if exercise.timed:
        return exercise.dose.session * exercise.repetition_ms // MINUTE_MS
    return exercise.dose.session


def programme(numbers: Numbers, exercise_id: str, amount: int) -> tuple[Track, ...]:
    """The files that together are so much of an exercise: one, or one a side."""
    sides = numbers.exercises[exercise_id].sides or (None,)
    return tuple(Track(exercise=exercise_id, amount=amount, side=side) for side in sides)


def track_lines(track: Track, numbers: Numbers, words: Language) -> tuple[Line, ...]:
    """Everything that a file says, as a speaker plays it: it names the wake word."""
    exercise = numbers.exercises[track.exercise]
    is_last = not exercise.sides or track.side == exercise.sides[-1]
    opening = _opening(track, numbers, words)
    sets = _sets(track, numbers, words)
    end = _move("track_end" if is_last else "track_side", numbers, words)
    return (*opening, *_with_rests(sets, _move("track_rest", numbers, words)), *end)


def export_chapters(tracks: tuple[Track, ...], numbers: Numbers, words: Language) -> Iterator[Chapter]:
    """One file for all sides, as somebody takes it along: it names the signs that need a doctor instead."""
    titles = {key: words.phrases[key][0] for key in _CHAPTERS}
    first, *_ = tracks
    signs = _move("export_signs", numbers, words)
    rest = _move("export_rest", numbers, words)
    yield Chapter(title=titles["chapter_before"], lines=_opening(first, numbers, words, *signs))
    parts = [
        (track, index, lines)
        for track in tracks
        for index, lines in enumerate(_sets(track, numbers, words), start=1)
    ]
    for number, (track, index, lines) in enumerate(parts, start=1):
        titled = () if track is first or index > 1 else (_title(track, words),)
        side = f"{titles[f'chapter_{track.side}']}, " if track.side else ""
        part = titles["chapter_set"].format(count=index)
        after = rest if number < len(parts) else ()
        yield Chapter(title=f"{side}{part}", lines=(*titled, *lines, *after))
    yield Chapter(title=titles["chapter_end"], lines=_move("export_end", numbers, words))


def sheet_note(words: Language) -> str:
    """What stands below everything that somebody prints."""
    return words.phrases["sheet_note"][0]


_CHAPTERS = ("chapter_before", "chapter_set", "chapter_right", "chapter_left", "chapter_end")


def _opening(track: Track, numbers: Numbers, words: Language, *before: Line) -> tuple[Line, ...]:
    """Title, stop rule, for whom it is not, what else comes before, and the position."""
    found = words.exercises[track.exercise].track
    if found is None:
        raise ValueError(f"{track.exercise} is never a file")
    return (
        _title(track, words),
        *_move("track_rule", numbers, words),
        Line(text=found.not_for, pause_ms=_OPENING_PAUSE_MS),
        *before,
        *_move("position", numbers, words),
    )


def _title(track: Track, words: Language) -> Line:
    found = words.exercises[track.exercise].track
    if found is None:
        raise ValueError(f"{track.exercise} is never a file")
    names = words.phrases["numbers"]
    count = names[track.amount] if track.amount < len(names) else str(track.amount)
    side = {"right": found.right, "left": found.left}[track.side] if track.side else None
    text = found.one if track.amount == 1 else found.many
    return Line(text=text.format(count=count, side=side), pause_ms=_OPENING_PAUSE_MS)


def _sets(track: Track, numbers: Numbers, words: Language) -> list[tuple[Line, ...]]:
    """The guided cues, set by set."""
    cues = {track.exercise: words.exercises[track.exercise].cues}
    permit = _FilePermit(numbers)
    amounts = _amounts(track, numbers, words)
    return [
        guided_lines(
            (Block(track.exercise, amount, track.side, again=index > 0),),
            numbers,
            cues,
            permit,
            halfway=len(amounts) == 1,
        )
        for index, amount in enumerate(amounts)
    ]


def _amounts(track: Track, numbers: Numbers, words: Language) -> tuple[int, ...]:
    """Repetitions a set; by time, so that the first cue to the last, rests included, come nearest to it."""
    exercise = numbers.exercises[track.exercise]
    if not exercise.timed:
        return _shared(track.amount, exercise)
    asked_ms = track.amount * MINUTE_MS
    rest_ms = lay_out(_move("track_rest", numbers, words)).duration_ms
    cues = {track.exercise: words.exercises[track.exercise].cues}

    @cache
    def set_ms(amount: int, *, again: bool) -> int:
        block = Block(track.exercise, amount, track.side, again=again)
        lines = guided_lines((block,), numbers, cues, _FilePermit(numbers), halfway=False)
        return lay_out(lines).duration_ms

    def off_ms(repetitions: int) -> int:
        amounts = _shared(repetitions, exercise)
        guided_ms = sum(set_ms(amount, again=index > 0) for index, amount in enumerate(amounts))
        return abs(guided_ms + rest_ms * (len(amounts) - 1) - asked_ms)

    return _shared(min(range(1, exercise.dose.session + 1), key=off_ms), exercise)


def _shared(repetitions: int, exercise: Exercise) -> tuple[int, ...]:
    """Repetitions shared out evenly among as few sets as may be."""
    in_a_row = exercise.track.in_a_row if exercise.track else repetitions
    sets = -(-repetitions // in_a_row)
    return tuple(repetitions * (index + 1) // sets - repetitions * index // sets for index in range(sets))


def _with_rests(sets: list[tuple[Line, ...]], rest: tuple[Line, ...]) -> Iterator[Line]:
    for index, lines in enumerate(sets):
        if index:
            yield from rest
        yield from lines


def _move(name: str, numbers: Numbers, words: Language) -> tuple[Line, ...]:
    return tuple(
        Line(text=words.moves[name][step.cue], pause_ms=step.pause_ms, kind=step.kind, sound=step.sound)
        for step in numbers.moves[name].step
    )
