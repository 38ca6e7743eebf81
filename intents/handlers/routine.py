"""The whole routine: how long it will be, what is left out, and its first page."""

from dataclasses import replace

from audio.timeline import Line
from intents import progress
from intents.handlers import adjust, pages
from intents.place import at_page
from intents.routine import make_routine
from intents.state import Wish
from intents.turn import Reply, Turn

A_TENTH = 0.1
"""So near to the asked time a routine is of that time (design 4)."""


def begin(turn: Turn, wish: Wish, *lines: Line) -> Reply:
    """How long it will be and what is left out, then its first page."""
    made = make_routine(turn, wish.duration_ms)
    if not made.pages:
        return pages.enough_for_now(turn, wish.exercise, *lines)
    asked = wish.duration_ms or made.lasts_ms
    as_asked = abs(asked - made.lasts_ms) <= asked * A_TENTH
    time = adjust.spoken_time(turn, asked if as_asked else made.lasts_ms)
    parts = turn.number(len(made.pages))
    if as_asked:
        said = [turn.say("routine_time", time=time[0].upper() + time[1:], parts=parts)]
    else:
        said = [turn.say("routine_other_time", time=time, parts=parts)]
    if made.left_out:
        said.append(turn.say("routine_without", exercises=_named(turn, made.left_out)))
    if made.not_today:
        said.append(turn.say("step_left_out", exercise=_named(turn, made.not_today)))
    place = at_page(replace(pages.new_place(turn, wish.exercise, made.pages), routine=True), 0)
    turn = progress.begun(turn, place.exercise)
    return pages.speak(turn.with_dialogue(wish=None), place, *lines, *said)


def _named(turn: Turn, exercises: tuple[str, ...]) -> str:
    """Exercises in one breath."""
    *first, last = (turn.language.exercises[name].name for name in exercises)
    return turn.phrase("and", first=", ".join(first), last=last) if first else last
