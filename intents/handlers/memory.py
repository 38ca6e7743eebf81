"""What is remembered of somebody: what they did, how they like it, and forgetting it again."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from audio.page import NORMAL_PACE
from audio.timeline import Line
from intents import playing
from intents.handlers import adjust as pace
from intents.handlers import advice, aside, comfort, pages, player, screening, start
from intents.place import is_over, next_page
from intents.routine import ORDER
from intents.state import LEDGER_MS, Done, Person, Sitting, Wish
from intents.turn import MAX_CHOICES, Reply, Turn

WEEK_DAYS = 7
LONG_AGO_DAYS = 60

# --- how they like it ---

MODES: Final[Mapping[str, str]] = {
    "brief": "length",
    "full": "length",
    "count": "holds",
    "loud_count": "holds",
    "bell": "holds",
    "breath": "holds",
    "silent": "holds",
    "straight_through": "player",
    "step_by_step": "player",
    "slow_speech": "speech",
    "normal_speech": "speech",
}
"""What can be chosen, and the kind of preference that it is: of each kind one holds."""
SERVED: Final = {"brief", "full", "count", "loud_count", "silent", "step_by_step", "normal_speech"}
"""What the conversation does by itself; the others are kept for a player that can."""


def set_mode(turn: Turn) -> Reply:
    """SetModeIntent: kept from now on; what we cannot do yet is said the first time."""
    mode = turn.value("mode")
    if mode is None or mode not in MODES:
        return advice.answered(turn, turn.say("no_mode"))
    known = turn.person.preferences.get(MODES[mode]) == mode
    turn = turn.with_person(preferences={**turn.person.preferences, MODES[mode]: mode})
    if mode == "normal_speech":
        turn = pace.normal_pace(turn)
    place = turn.person.place
    if place and MODES[mode] == "holds" and mode in SERVED:
        place = replace(place, counting=pages.counting_of(turn))
        turn = turn.with_person(place=place)
        if turn.mid_page:
            return pages.speak(turn, place, turn.say(f"mode_{mode}"))
    if mode == player.STRAIGHT:
        return _straight_through(turn)
    if mode in SERVED:
        return advice.answered(turn, turn.say(f"mode_{mode}"))
    return advice.answered(turn, turn.say("mode_noted" if known else "mode_later"))


def _straight_through(turn: Turn) -> Reply:
    """From now on, and what is going on or was wished for at once, unless something waits for an answer."""
    turn = turn.with_dialogue(by_parts=False)
    place, wish, clearance = turn.person.place, turn.dialogue.wish, turn.dialogue.clearance
    if turn.files is None:
        turn = turn.with_person(knows_no_stream=True)
        return advice.answered(turn, turn.say("stream_not_here"))
    if place and place.routine:
        place = next_page(place) if is_over(place) else place
        wish = Wish(exercise=place.exercise, routine=True) if place else None
    elif place and not (wish and wish.exercise == place.exercise and not wish.resumes):
        wish = Wish(exercise=place.exercise)
    busy = turn.closed or turn.waits_for or screening.is_open(turn) or turn.dialogue.question == "are_you_up"
    if clearance is None or wish is None or busy:
        return advice.answered(turn, turn.say("mode_straight_through"))
    rest = ORDER[ORDER.index(wish.exercise) :] if wish.routine else (wish.exercise,)
    if not any(playing.suits(turn, name) for name in rest):
        return advice.answered(turn, turn.say("stream_by_parts"))
    return start.proceed(turn.with_dialogue(wish=wish, offered=True))


def adjust(turn: Turn) -> Reply:
    """AdjustExerciseIntent; "shorter" while nothing is exercised is about how much we say."""
    if turn.value("adjustment") == "shorter" and turn.person.place is None and not turn.closed:
        preferences = {**turn.person.preferences, MODES["brief"]: "brief"}
        turn = turn.with_person(preferences=preferences)
        return advice.answered(turn, turn.say("mode_brief"))
    return pace.adjust(turn)


# --- what they did ---


def progress(turn: Turn) -> Reply:
    """ProgressIntent: what was done, how often and how long; nothing counts days without a gap."""
    done = _known_sittings(turn)
    if not done:
        return advice.answered(turn, turn.say("progress_none"))
    today = turn.day(turn.now_ms)
    week = [sitting for sitting in done if (today - turn.day(sitting.at_ms)).days < WEEK_DAYS]
    lines = []
    if week:
        days = len({turn.day(sitting.at_ms) for sitting in week})
        on = turn.phrase("one_day") if days == 1 else turn.phrase("days", count=turn.number(days))
        lines += [turn.say("progress_week", days=on, time=_time(turn, week))]
        lines += [turn.say("progress_often", exercises=_often(turn, week))]
    last = done[-1]
    when = _capitalised(_when(turn, turn.day(last.at_ms)))
    name = turn.language.exercises[last.exercise].name
    lines += [turn.say("progress_last", when=when, exercise=name, time=_time(turn, [last]))]
    return advice.answered(turn, *lines)


def _known_sittings(turn: Turn) -> list[Sitting]:
    """The history, without exercises of another release."""
    return [sitting for sitting in turn.person.history if sitting.exercise in turn.language.exercises]


def _time(turn: Turn, sittings: Iterable[Sitting]) -> str:
    return pace.spoken_time(turn, sum(sitting.duration_ms for sitting in sittings))


def _often(turn: Turn, sittings: Iterable[Sitting]) -> str:
    """The exercises done most, at most three, with how often."""
    counted = Counter(sitting.exercise for sitting in sittings).most_common(MAX_CHOICES)
    said = [
        turn.phrase("times", exercise=turn.language.exercises[name].name, times=_times(turn, count))
        for name, count in counted
    ]
    return _capitalised(_listed(turn, said))


def _times(turn: Turn, count: int) -> str:
    words = turn.language.phrases["often"]
    return words[count - 1] if count <= len(words) else turn.phrase("many_times", count=turn.number(count))


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _listed(turn: Turn, names: list[str]) -> str:
    if len(names) < 2:  # noqa: PLR2004 - one is no list
        return "".join(names)
    return turn.phrase("and", first=", ".join(names[:-1]), last=names[-1])


def _when(turn: Turn, day: date) -> str:
    """A day as people say it, seen from today."""
    ago = (turn.day(turn.now_ms) - day).days
    if ago <= 1:
        return turn.phrase("yesterday" if ago == 1 else "today")
    if ago < WEEK_DAYS:
        return turn.phrase("on_weekday", day=turn.language.phrases["weekdays"][day.weekday()])
    if ago < LONG_AGO_DAYS:
        return turn.phrase("days_ago", count=turn.number(ago))
    return turn.phrase("long_ago")


# --- everything that is stored ---


def known(turn: Turn) -> Reply:
    """KnownDataIntent: everything that is stored, and that answers about health are not."""
    stored = list(_stored(turn))
    said = [*stored, turn.say("known_forget")] if stored else [turn.say("known_nothing")]
    return advice.answered(turn, turn.say("known_health"), *said)


def _stored(turn: Turn) -> Iterator[Line]:
    person = turn.person
    if person.seen_ms is not None:
        yield turn.say("known_seen", when=_when(turn, turn.day(person.seen_ms)))
    elif person.met:
        yield turn.say("known_met")
    done = _known_sittings(turn)
    if done:
        first = _when(turn, turn.day(done[0].at_ms))
        count = (
            turn.phrase("one_entry")
            if len(done) == 1
            else turn.phrase("entries", count=turn.number(len(done)))
        )
        yield turn.say("known_history", count=count, when=first)
    names = sorted({name.partition(":")[0] for name in person.finished} & turn.language.exercises.keys())
    for at in range(0, len(names), MAX_CHOICES):
        spoken = [turn.language.exercises[name].name for name in names[at : at + MAX_CHOICES]]
        yield turn.say("known_finished", exercises=_listed(turn, spoken))
    far = sorted(person.progress.keys() & turn.language.exercises.keys())
    for at in range(0, len(far), MAX_CHOICES):
        spoken = [turn.language.exercises[name].name for name in far[at : at + MAX_CHOICES]]
        yield turn.say("known_progress", exercises=_listed(turn, spoken))
    if person.place:
        yield turn.say("known_place", exercise=turn.language.exercises[person.place.exercise].name)
    if person.stream and person.stream.exercise in turn.language.exercises:
        yield turn.say("known_stream", exercise=turn.language.exercises[person.stream.exercise].name)
    if person.knows_no_stream:
        yield turn.say("known_no_stream")
    if person.pace_percent != NORMAL_PACE:
        yield turn.say("known_pace_slower" if person.pace_percent > NORMAL_PACE else "known_pace_faster")
    for mode in person.preferences.values():
        yield turn.say("known_mode", mode=turn.language.types["Mode"][mode][0])
    if _recent(turn):
        yield turn.say("known_hour")


# --- forgetting ---


def forget(turn: Turn) -> Reply:
    """DeleteMyDataIntent: everything, or what was done at a time; asks once before it is gone."""
    turn = aside.leave(turn)
    if "date" not in turn.slots:
        return turn.ask("forget_all")
    span = find_span(turn.value("date") or "", turn.day(turn.now_ms))
    if span is None:
        return aside.back(turn, turn.say("no_date"))
    found = [sitting for sitting in _known_sittings(turn) if _is_in(turn, sitting.at_ms, span)]
    if not found and not _rest_in(turn, span):
        return aside.back(turn, turn.say("nothing_then"))
    turn = turn.with_dialogue(forgets=span)
    if not found:
        return turn.ask("forget_then", turn.say("forget_marks"))
    return turn.ask("forget_then", turn.say("forget_those", exercises=_often(turn, found)))


def confirm_all(turn: Turn, *, agreed: bool) -> Reply:
    """Whether to forget everything. What counts against this hour's limits stays until the hour is over."""
    if not agreed:
        return aside.back(turn, turn.say("kept"))
    hour = _recent(turn)
    gone = replace(turn, person=Person(version=turn.person.version, ledger=hour))
    stays = (gone.say("forgotten_hour"),) if hour else ()
    return gone.close(gone.say("forgotten_all"), *stays, *comfort.way_up_in_short(turn), gone.say("bye"))


def confirm_then(turn: Turn, *, agreed: bool) -> Reply:
    """Whether to forget what was done at a time."""
    span, person = turn.dialogue.forgets, turn.person
    if not agreed or span is None:
        return aside.back(turn, turn.say("kept"))
    history = tuple(sitting for sitting in person.history if not _is_in(turn, sitting.at_ms, span))
    finished = {name: at for name, at in person.finished.items() if not _is_in(turn, at, span)}
    progress = {
        name: far
        for name, far in person.progress.items()
        if far.at_ms is None or not _is_in(turn, far.at_ms, span)
    }
    seen_ms = person.seen_ms if person.seen_ms and not _is_in(turn, person.seen_ms, span) else None
    turn = turn.with_person(history=history, finished=finished, progress=progress, seen_ms=seen_ms)
    stays = (turn.say("forgotten_hour"),) if any(_is_in(turn, d.at_ms, span) for d in _recent(turn)) else ()
    return aside.back(turn, turn.say("forgotten"), *stays)


def _recent(turn: Turn) -> tuple[Done, ...]:
    """What counts against this hour's limits."""
    return tuple(done for done in turn.person.ledger if abs(turn.now_ms - done.at_ms) < LEDGER_MS)


def _is_in(turn: Turn, at_ms: int, span: tuple[date, date]) -> bool:
    return span[0] <= turn.day(at_ms) <= span[1]


def _rest_in(turn: Turn, span: tuple[date, date]) -> bool:
    """Whether anything but the history is from that time."""
    seen = [turn.person.seen_ms] if turn.person.seen_ms else []
    return any(_is_in(turn, at_ms, span) for at_ms in (*turn.person.finished.values(), *seen))


def find_span(value: str, today: date) -> tuple[date, date] | None:
    """The first and last day of what Alexa sends for a date; None for what is none, such as a season.

    A day that lies ahead is meant as the one a week before: "forget Monday" is about the past.
    """
    if match := re.fullmatch(r"(\d{4})-W(\d{2})(-WE)?", value):
        return _week(int(match[1]), int(match[2]), weekend=match[3] is not None)
    if match := re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-XX)?", value):
        return _month(int(match[1]), int(match[2]) if match[2] else None)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    if today < day <= today + timedelta(days=WEEK_DAYS):
        day -= timedelta(days=WEEK_DAYS)
    return day, day


def _week(year: int, week: int, *, weekend: bool) -> tuple[date, date] | None:
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        return None
    return (monday + timedelta(days=5 if weekend else 0), monday + timedelta(days=6))


def _month(year: int, month: int | None) -> tuple[date, date] | None:
    try:
        first = date(year, month or 1, 1)
        after = date(year + 1, 1, 1) if month in {None, 12} else date(year, (month or 1) + 1, 1)
    except ValueError:
        return None
    return first, after - timedelta(days=1)


CONFIRMS: Final[Mapping[str, Callable[..., Reply]]] = {"forget_all": confirm_all, "forget_then": confirm_then}
