"""While exercising: how long is left, slower and faster, easier and harder, longer and shorter."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from audio.page import NORMAL_PACE, measure
from audio.timeline import Line
from intents import plan
from intents.handlers import alarm, pages, player, screening
from intents.place import is_over
from intents.state import Place, Wish
from intents.turn import Reply, Turn

FASTEST, SLOWEST = 80, 160
"""How far one exercise can go from its normal pace, in percent of its time."""
PACE_STEP = 20
LEARNED_STEP = 5
"""How much of it is remembered for the next time: a pace is learned slowly."""
LEARNED_MOST = 140
HALF_MINUTE_MS = 30_000
TEN_SECONDS_MS = 10_000
IN_SECONDS_BELOW_MS = 50_000


def time_left(turn: Turn) -> Reply:
    """TimeLeftIntent: about how long it is to the end, and then on from there."""
    place = turn.person.place
    if screening.is_open(turn):
        return turn.ask_again()
    if place is None or turn.closed:
        return turn.ask_again(turn.say("nothing_left"))
    said = turn.say("time_left", time=spoken_time(turn, left_ms(turn, place)))
    if turn.mid_page:
        return pages.speak(turn, place, said, turn.say("from_place"))
    return turn.ask_again(said)


def left_ms(turn: Turn, place: Place) -> int:
    """How long the rest of a place's pages takes, rests between them included."""
    numbers, pace, total_ms = turn.content.numbers, place.pace_percent, 0
    if not is_over(place):
        page = place.pages[place.page]
        total_ms = measure(page, numbers, turn.cues, place.start, pace_percent=pace).duration_ms
    for page in place.pages[place.page + 1 :]:
        total_ms += measure(page, numbers, turn.cues, pace_percent=pace).duration_ms + plan.REST_BETWEEN_MS
    return total_ms


def spoken_time(turn: Turn, time_ms: int) -> str:
    """A time as people say it: "twenty seconds", "a minute and a half", "three minutes"."""
    if time_ms < IN_SECONDS_BELOW_MS:
        seconds = max(1, round(time_ms / TEN_SECONDS_MS)) * 10
        return turn.phrase("seconds", count=turn.number(seconds))
    minutes, half = divmod(round(time_ms / HALF_MINUTE_MS), 2)
    key = "minute" if minutes == 1 else "minutes"
    return turn.phrase(f"{key}_half" if half else key, count=turn.number(minutes))


def adjust(turn: Turn) -> Reply:
    """AdjustExerciseIntent: change what is going on, and go on from the last checkpoint."""
    change = ADJUSTMENTS.get(turn.value("adjustment") or "")
    if change is None or screening.is_open(turn) or turn.waits_for:
        return turn.ask_again()
    return alarm.declined(turn) if turn.closed else change(turn)


def _paced(turn: Turn, percent: int) -> Reply:
    """Slower or faster: at once in what is going on, and a little of it the next time."""
    said = turn.say("slower" if percent > 0 else "faster")
    turn = learn_pace(turn, LEARNED_STEP if percent > 0 else -LEARNED_STEP)
    place = turn.person.place
    if place is None and turn.streaming:
        played = player.at_pace(turn, 1 if percent > 0 else -1, said)
        if played:
            return played
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again(said)
    pace = max(FASTEST, min(SLOWEST, place.pace_percent + percent))
    return _go_on(turn, replace(place, pace_percent=pace), said)


def learn_pace(turn: Turn, percent: int) -> Turn:
    """Remember a little more, or less, time for the next exercise."""
    pace = max(FASTEST, min(LEARNED_MOST, turn.person.pace_percent + percent))
    return turn.with_person(pace_percent=pace)


def normal_pace(turn: Turn) -> Turn:
    """Forget what was learned about the pace."""
    place = turn.person.place
    reset = turn.with_person(pace_percent=NORMAL_PACE)
    return reset.with_person(place=replace(place, pace_percent=NORMAL_PACE)) if place else reset


def _go_on(turn: Turn, place: Place, *said: Line) -> Reply:
    """The changed place: spoken from its checkpoint where a page was going on, else kept for going on."""
    if turn.mid_page:
        return pages.speak(turn, place, *said)
    return turn.with_person(place=place).ask_again(*said)


def _easier(turn: Turn) -> Reply:
    """The easier form for the rest of the session; where there is none, half of what is left."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again(turn.say("easier_next"))
    is_warm_up = place.pages[place.page][-1].exercise != place.exercise
    if plan.is_easier(turn, place.exercise):
        return _halve(turn, place, turn.say("easiest"))
    if is_warm_up or turn.content.numbers.exercises[place.exercise].easier is None:
        return _halve(turn, place, turn.say("half_of_it"))
    eased = turn.with_left(turn.dialogue.left.limited({place.exercise: "easier"}))
    made = plan.make_plan(eased, Wish(exercise=place.exercise)).pages
    if not made:
        return pages.enough_for_now(eased, place.exercise)
    new = replace(pages.new_place(eased, place.exercise, made), whole=False)
    return _go_on(eased, new, *(alarm.feet_down(turn) if turn.mid_page else ()), eased.say("easier_form"))


def _harder(turn: Turn) -> Reply:
    """More is added page by page, when somebody says go on and is not worse; never in the middle of one."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again(turn.say("harder_how"))
    return _go_on(turn, place, turn.say("harder_how"))


def _longer(turn: Turn) -> Reply:
    """One page more behind those that are left, where this hour's sum has room for it."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again(turn.say("harder_how"))
    last = place.pages[-1]
    room = plan.allowance(turn, place.exercise, place.pace_percent) - last[-1].repetitions
    if room < 1 or plan.small(turn) or turn.content.numbers.exercises[place.exercise].warm_up:
        limit = turn.language.exercises[place.exercise].limit
        return _go_on(turn, place, turn.say("no_longer", limit=limit))
    added = tuple(replace(block, repetitions=min(block.repetitions, room), again=True) for block in last)
    return _go_on(turn, replace(place, pages=(*place.pages, added)), turn.say("longer"))


def _shorter(turn: Turn) -> Reply:
    """Half of what is left of this page, and nothing after it."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again()
    return _halve(turn, place, turn.say("half_of_it"))


def _halve(turn: Turn, place: Place, said: Line) -> Reply:
    page = place.pages[place.page]
    cut = tuple(
        replace(block, repetitions=_halved(block.repetitions, _done(place, index)))
        for index, block in enumerate(page)
    )
    is_warm_up = page[-1].exercise != place.exercise  # then the page that it warms up for stays
    kept = (*place.pages[: place.page], cut, *(place.pages[place.page + 1 :] if is_warm_up else ()))
    return _go_on(turn, replace(place, pages=kept, whole=False), said)


def _done(place: Place, index: int) -> int:
    if index < place.start.block:
        return place.pages[place.page][index].repetitions
    return place.start.repetitions if index == place.start.block else 0


def _halved(repetitions: int, done: int) -> int:
    """At least one more, where any was left."""
    return done + (repetitions - done + 1) // 2


ADJUSTMENTS: Final[dict[str, Callable[[Turn], Reply]]] = {
    "slower": lambda turn: _paced(turn, PACE_STEP),
    "faster": lambda turn: _paced(turn, -PACE_STEP),
    "easier": _easier,
    "harder": _harder,
    "longer": _longer,
    "shorter": _shorter,
}
