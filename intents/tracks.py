"""Exercises played straight through: which files there are, and what each says from first word to last.

A file can be fetched outside a conversation, where nobody can be asked anything (design, invariant 1). So it
opens with the stop rule and for whom it is not, holds no number to call, and there is none of an exercise
that has to be tried out first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, get_args

from audio.content import Exercise, Numbers, Side
from audio.page import NORMAL_PACE, Block, Cues, Holds, file_words
from audio.timeline import Words, lay_out
from intents.shapes import Language

MINUTE_MS = 60_000
A_TENTH = 0.1
"""So near a file comes to the time by whose name it goes (design 4)."""
MOVES = frozenset(
    (
        "position",
        "track_rule",
        "track_rest",
        "track_side",
        "track_next",
        "track_end",
        "track_resting",
        "track_breath",
        "export_signs",
        "export_rest",
        "export_end",
    )
)
"""What files say besides titles, warnings and the exercises' own cues."""
PACES = (80, 100, 120, 140)
"""In which paces there are files: bounded, because each is a file of its own (`audio.page.NORMAL_PACE`)."""
_FILLS = {"one": frozenset({"side"}), "many": frozenset({"count", "side"})}
_OPENING_PAUSE_MS = 500
REST: Final = "rest"
"""Stands where other files have their exercise."""
REST_MINUTES: Final = (10, 20)
_SOFT_BREATHS: Final = 5
"""So many breaths are heard after one that is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One file: an exercise, how much of it, and on which side."""

    exercise: str
    amount: int
    """Minutes where the exercise goes by time, else repetitions (on this side)."""
    dose: str
    """The amount by its name: `start` for the starting dose, else `5min`, or `7` repetitions."""
    side: Side | None = None
    leads_on: bool = False
    """Whether another exercise comes after it, as in the routine: then it does not end with the way up."""
    pace_percent: int = NORMAL_PACE
    """One of `PACES`."""
    holds: Holds = "count"
    """What is heard in its holds and repetitions."""

    @property
    def variant(self) -> str:
        """`<dose>[-<side>][-next]-<pace>[-<holds>]`: `start-100`, `5-next-120`, `5min-100-bell`."""
        side = (self.side,) if self.side else ()
        leads_on = ("next",) if self.leads_on else ()
        holds = (self.holds.replace("_", "-"),) if self.holds != "count" else ()
        return "-".join((self.dose, *side, *leads_on, str(self.pace_percent), *holds))

    @property
    def name(self) -> str:
        """As it stands in addresses: `<exercise>/<variant>`."""
        return f"{self.exercise}/{self.variant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of a file that somebody takes along."""

    title: str
    lines: tuple[Words, ...]


def all_tracks(numbers: Numbers, holds: Holds = "count") -> Mapping[str, Track]:
    """Every file of an exercise that there can be, by its name; each sound of holds makes others."""
    tracks = (
        track
        for name, exercise in numbers.exercises.items()
        for pace_percent in PACES
        for amount in range(1, most(exercise, pace_percent) + 1)
        for leads_on in (False, True)
        for track in programme(numbers, name, amount, pace_percent, holds, leads_on=leads_on)
    )
    return {track.name: track for track in tracks}


def every_file(numbers: Numbers) -> Mapping[str, Track]:
    """Every file that there can be, by its name: of exercises with each sound of holds, of long rests."""
    return {
        name: track
        for tracks in (*(all_tracks(numbers, holds) for holds in get_args(Holds)), rest_tracks())
        for name, track in tracks.items()
    }


def rest_tracks() -> Mapping[str, Track]:
    """The files of long rests, by their names: help, not guidance, so nobody has to be cleared for one."""
    tracks = (Track(exercise=REST, amount=minutes, dose=f"{minutes}min") for minutes in REST_MINUTES)
    return {track.name: track for track in tracks}


def rest_track(minutes: float) -> Track:
    """The file of a rest that comes nearest to an asked time."""
    return min(rest_tracks().values(), key=lambda track: abs(track.amount - minutes))


def nearest_pace(pace_percent: int) -> int:
    """The pace of files that comes nearest; the slower of two."""
    return min(PACES, key=lambda pace: (abs(pace - pace_percent), -pace))


def most(exercise: Exercise, pace_percent: int = NORMAL_PACE) -> int:
    """The largest amount of an exercise as files: what a session allows, or nothing.

    Where it goes by time, a quick pace comes to an end of the repetitions before one of the time.
    """
    if exercise.track is None:
        return 0
    if exercise.timed:
        time_ms = exercise.dose.session * exercise.repetition_ms
        return min(time_ms, time_ms * pace_percent // NORMAL_PACE) // MINUTE_MS
    return exercise.dose.session


def start_amount(exercise: Exercise) -> int:
    """The starting dose as an amount: in minutes where the exercise goes by time."""
    dose = exercise.dose.start
    return max(1, dose * exercise.repetition_ms // MINUTE_MS) if exercise.timed else dose


def programme(
    numbers: Numbers,
    exercise_id: str,
    amount: int,
    pace_percent: int = NORMAL_PACE,
    holds: Holds = "count",
    *,
    leads_on: bool = False,
) -> tuple[Track, ...]:
    """The files that together are so much of an exercise: one, or one a side."""
    exercise = numbers.exercises[exercise_id]
    dose = f"{amount}min" if exercise.timed else str(amount)
    if amount == start_amount(exercise):
        dose = "start"
    sides = exercise.sides or (None,)
    return tuple(
        Track(
            exercise=exercise_id,
            amount=amount,
            dose=dose,
            side=side,
            leads_on=leads_on and side == sides[-1],
            pace_percent=pace_percent,
            holds=holds,
        )
        for side in sides
    )


def track_lines(track: Track, numbers: Numbers, words: Language) -> tuple[Words, ...]:
    """Everything that a file says, as a speaker plays it: it names the wake word."""
    if track.exercise == REST:
        return _rest_lines(track, numbers, words)
    exercise = numbers.exercises[track.exercise]
    is_last = not exercise.sides or track.side == exercise.sides[-1]
    opening = _opening(track, numbers, words)
    sets = _sets(track, numbers, words)
    follows = "track_next" if track.leads_on else "track_end"
    end = _move(follows if is_last else "track_side", numbers, words)
    return (*opening, *_with_rests(sets, _move("track_rest", numbers, words)), *end)


def _rest_lines(track: Track, numbers: Numbers, words: Language) -> tuple[Words, ...]:
    """Slow breaths, one in a few with its words, and then the way up: about so many minutes in all."""
    said = _move("track_breath", numbers, words)
    soft = tuple(replace(line, text="") for line in said)
    breaths = (*said, *soft * _SOFT_BREATHS)
    opening, end = _move("track_resting", numbers, words), _move("track_end", numbers, words)
    left_ms = track.amount * MINUTE_MS - lay_out((*opening, *end)).duration_ms
    often = round(left_ms / lay_out(breaths).duration_ms)
    return (*opening, *breaths * often, *end)


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
        begins = track is not first and index == 1
        titled = (Words(text=title_of(track, words), pause_ms=_OPENING_PAUSE_MS),) if begins else ()
        side = f"{titles[f'chapter_{track.side}']}, " if track.side else ""
        part = titles["chapter_set"].format(count=index)
        after = rest if number < len(parts) else ()
        yield Chapter(title=f"{side}{part}", lines=(*titled, *lines, *after))
    yield Chapter(title=titles["chapter_end"], lines=_move("export_end", numbers, words))


def sheet_note(words: Language) -> str:
    """What stands below everything that somebody prints."""
    return words.phrases["sheet_note"][0]


_CHAPTERS = ("chapter_before", "chapter_set", "chapter_right", "chapter_left", "chapter_end")


def _opening(track: Track, numbers: Numbers, words: Language, *before: Words) -> tuple[Words, ...]:
    """Title, stop rule, for whom it is not, what else comes before, and the position."""
    found = words.exercises[track.exercise].track
    if found is None:
        raise ValueError(f"{track.exercise} is never a file")
    return (
        Words(text=title_of(track, words), pause_ms=_OPENING_PAUSE_MS),
        *_move("track_rule", numbers, words),
        Words(text=found.not_for, pause_ms=_OPENING_PAUSE_MS),
        *before,
        *_move("position", numbers, words),
    )


def title_of(track: Track, words: Language) -> str:
    """How a file names itself: what it is, how much of it, and for whom."""
    if track.exercise == REST:
        return words.moves["track_resting"]["title"]
    found = words.exercises[track.exercise].track
    if found is None:
        raise ValueError(f"{track.exercise} is never a file")
    names = words.phrases["numbers"]
    count = names[track.amount] if track.amount < len(names) else str(track.amount)
    side = {"right": found.right, "left": found.left}[track.side] if track.side else None
    text = found.one if track.amount == 1 else found.many
    return text.format(count=count, side=side)


def _sets(track: Track, numbers: Numbers, words: Language) -> list[tuple[Words, ...]]:
    """The guided cues, set by set."""
    amounts = _amounts(track, numbers, words)
    return [
        _set(track, numbers, words, amount, again=index > 0, halfway=len(amounts) == 1)
        for index, amount in enumerate(amounts)
    ]


def _set(
    track: Track, numbers: Numbers, words: Language, amount: int, *, again: bool, halfway: bool
) -> tuple[Words, ...]:
    def cues(exercise: str, _easier: bool) -> Cues:  # noqa: FBT001 - the shape that pages want
        return words.exercises[exercise].cues

    block = Block(track.exercise, amount, track.side, again=again)
    return file_words(
        (block,), numbers, cues, pace_percent=track.pace_percent, halfway=halfway, holds=track.holds
    )


def _amounts(track: Track, numbers: Numbers, words: Language) -> tuple[int, ...]:
    """Repetitions a set; by time, so that the first cue to the last, rests included, come nearest to it."""
    exercise = numbers.exercises[track.exercise]
    if not exercise.timed:
        return _shared(track.amount, _sets_for(track.amount, exercise))
    asked_ms = track.amount * MINUTE_MS
    rest_ms = lay_out(_move("track_rest", numbers, words)).duration_ms

    @cache
    def set_ms(amount: int, *, again: bool) -> int:
        return lay_out(_set(track, numbers, words, amount, again=again, halfway=False)).duration_ms

    def off_ms(amounts: tuple[int, ...]) -> int:
        guided_ms = sum(set_ms(amount, again=index > 0) for index, amount in enumerate(amounts))
        return abs(guided_ms + rest_ms * (len(amounts) - 1) - asked_ms)

    def shared(more_sets: int) -> Iterator[tuple[int, ...]]:
        for repetitions in range(1 + more_sets, exercise.dose.session + 1):
            yield _shared(repetitions, _sets_for(repetitions, exercise) + more_sets)

    best = min(shared(0), key=off_ms)
    # One set more can be longer than the time that is left: then shorter sets fill it.
    return best if off_ms(best) <= asked_ms * A_TENTH else min((best, *shared(1)), key=off_ms)


def _sets_for(repetitions: int, exercise: Exercise) -> int:
    """As few sets as may be."""
    in_a_row = exercise.track.in_a_row if exercise.track else repetitions
    return -(-repetitions // in_a_row)


def _shared(repetitions: int, sets: int) -> tuple[int, ...]:
    """Repetitions shared out evenly."""
    return tuple(repetitions * (index + 1) // sets - repetitions * index // sets for index in range(sets))


def _with_rests(sets: list[tuple[Words, ...]], rest: tuple[Words, ...]) -> Iterator[Words]:
    for index, lines in enumerate(sets):
        if index:
            yield from rest
        yield from lines


def _move(name: str, numbers: Numbers, words: Language) -> tuple[Words, ...]:
    return tuple(
        Words(text=words.moves[name][step.cue], pause_ms=step.pause_ms, kind=step.kind, sound=step.sound)
        for step in numbers.moves[name].step
    )


def fills(file: str, key: str) -> frozenset[str] | None:
    """What is filled into a text of files; None for every other text.

    Never a number to call, because the same file is heard in many countries.
    """
    if file == "exercises.toml" and ".track." in key:
        return _FILLS.get(key.rpartition(".")[2], frozenset())
    return frozenset() if file == "moves.toml" and key.partition(".")[0] in MOVES else None


def misfits(words: Language, numbers: Numbers) -> Iterator[str]:
    """Titles and warnings of files: there for exactly the exercises that may be one, with count and side."""
    for name in sorted(numbers.exercises.keys() & words.exercises.keys()):
        where = f"exercises.toml: {name}.track"
        track, exercise = words.exercises[name].track, numbers.exercises[name]
        if (track is None) != (exercise.track is None):
            said = "missing; the exercise may be a file" if track is None else "the exercise is never a file"
            yield f"{where}: {said}"
        if track is None:
            continue
        sided = {"side"} if exercise.sides else set[str]()
        for key, needed in (("one", sided), ("many", sided | {"count"})):
            for field in sorted(needed):
                if f"{{{field}}}" not in getattr(track, key):
                    yield f"{where}.{key}: must have {{{field}}}"
        for side in exercise.sides:
            if getattr(track, side) is None:
                yield f"{where}.{side}: missing; the exercise has sides"
