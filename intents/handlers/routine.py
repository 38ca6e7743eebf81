"""The whole routine: how long it is, what is left out, and its first page, or all of it straight through."""

from collections.abc import Sequence
from dataclasses import replace

from audio.timeline import Line
from intents import progress
from intents.handlers import adjust, pages, player, screening
from intents.place import at_page
from intents.routine import ORDER, make_played, make_routine
from intents.state import Wish
from intents.turn import Reply, Turn

A_TENTH = 0.1
"""So near to the asked time a routine is of that time (design 4)."""


def begin(turn: Turn, wish: Wish, *lines: Line) -> Reply:
    """How long it will be and what is left out, then its first page; or all of it straight through."""
    turn, excuse = player.excuse(turn, *ORDER[ORDER.index(wish.exercise) :])
    played = _straight_through(turn, wish, *lines)
    if played:
        return played
    made = make_routine(turn, wish.duration_ms, wish.exercise)
    if not made.pages:
        return pages.enough_for_now(turn, wish.exercise, *lines)
    parts = len(made.pages)
    keys = ("routine_time", "routine_other_time")
    said = (_time(turn, keys, wish.duration_ms, made.lasts_ms, parts),) if parts > 1 else ()
    left_out = _left_out(turn, ("routine_without", made.left_out), ("step_left_out", made.not_today))
    place = at_page(replace(pages.new_place(turn, wish.exercise, made.pages), routine=True), 0)
    turn = progress.begun(turn, place.exercise)
    return pages.speak(turn.with_dialogue(wish=None), place, *lines, *excuse, *said, *left_out)


def _straight_through(turn: Turn, wish: Wish, *lines: Line) -> Reply | None:
    """All of it as a stream, where that is liked and can be; what it needs is asked first."""
    is_liked = player.is_preferred(turn)
    made = make_played(turn, wish.duration_ms, wish.exercise) if is_liked else None
    if made is None:
        return None
    gate = next((gate for part in made.parts if (gate := pages.open_gate(turn, part.exercise))), None)
    if gate:
        return screening.begin(turn, gate, *lines)
    if made.tracks > 1:
        keys = ("stream_routine_time", "stream_routine_other_time")
        said = _time(turn, keys, wish.duration_ms, made.lasts_ms, made.tracks)
    else:
        said = player.amount_said(turn, made.parts[0])
    left_out = _left_out(
        turn,
        ("routine_without", made.left_out),
        ("step_left_out", made.not_today),
        ("stream_without", made.asked),
    )
    return player.begin_parts(turn, made.parts, *lines, said, *left_out)


def _time(turn: Turn, keys: tuple[str, str], asked_ms: int | None, lasts_ms: int, parts: int) -> Line:
    """How long it will be, in how many parts: as asked, or else, by the second key, what it comes to."""
    asked_ms = asked_ms or lasts_ms
    as_asked = abs(asked_ms - lasts_ms) <= asked_ms * A_TENTH
    time = adjust.spoken_time(turn, asked_ms if as_asked else lasts_ms)
    if as_asked:
        return turn.say(keys[0], time=time[0].upper() + time[1:], parts=turn.number(parts))
    return turn.say(keys[1], time=time, parts=turn.number(parts))


def _left_out(turn: Turn, *why: tuple[str, Sequence[str]]) -> tuple[Line, ...]:
    """What is not in it: phrases that say why, each with its exercises."""
    return tuple(turn.say(key, exercises=_named(turn, exercises)) for key, exercises in why if exercises)


def _named(turn: Turn, exercises: Sequence[str]) -> str:
    """Exercises in one breath."""
    *first, last = (turn.language.exercises[name].name for name in exercises)
    return turn.phrase("and", first=", ".join(first), last=last) if first else last
