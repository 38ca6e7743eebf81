"""Reminders to move: agreed to one by one, listed and deleted by voice. Nothing of them is stored here."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from audio.timeline import Line
from intents.handlers import alarm, aside
from intents.reminders import (
    NewReminder,
    NoPermissionError,
    NotSupportedError,
    RefusedError,
    Reminder,
    ReminderError,
    Reminders,
    Schedule,
    TooManyError,
    schedule_from_token,
)
from intents.turn import MAX_CHOICES, Reply, Turn

WORK_STARTS: Final = 9 * 60
WORK_ENDS: Final = 17 * 60
"""Breaks at work lie between these minutes of the day: the first one interval after the start."""
SHORTEST_MINUTES: Final = 30
"""A reminder that chimes more often would be in the way."""
HALF_A_DAY: Final = 12 * 60
"""From so many minutes on, an interval is no break at work: what it stands for is a time of day."""
DAY: Final = 24 * 60

PARTS_OF_DAY: Final = {"MO": "08:00", "AF": "14:00", "EV": "19:00", "NI": "21:00"}
"""What Alexa sends where only a part of the day was said, and the time that we propose then."""

_TIME: Final = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])(?::[0-5][0-9])?", re.ASCII)
_DURATION: Final = TypeAdapter(timedelta)
_HALF_PAST: Final = 30
_TWO_DIGITS: Final = 10
_NOON: Final = 12
# The hour with which each part of the day ends, in the order of the phrase `day_parts`; then night again.
_PARTS_END: Final = (1, _NOON, 18, 22)


# --- setting one ---


def set_reminder(turn: Turn) -> Reply:
    """SetReminderIntent: say back when, and ask; nothing is set without a yes."""
    if turn.reminders is None:
        return aside.back(aside.leave(turn), turn.say("remind_elsewhere"))
    turn = aside.leave(turn)
    schedule, lines = _wished(turn)
    if schedule is None:
        return turn.ask("remind_when", *alarm.urgent_first(turn), *lines)
    return _propose(turn, schedule, *lines)


def _propose(turn: Turn, schedule: Schedule, *lines: Line) -> Reply:
    when = Line(text=_sentence(spoken(turn, schedule)))
    asked = (*alarm.urgent_first(turn), *lines, turn.say("remind_offer"), when)
    return turn.with_dialogue(schedule=schedule).ask("remind_agree", *asked)


def _wished(turn: Turn) -> tuple[Schedule | None, tuple[Line, ...]]:
    """When somebody wants to be reminded, as far as it was understood, and what has to be said to that."""
    minutes = _minutes(turn.value("interval"))
    if "interval" in turn.slots and not (minutes and minutes >= HALF_A_DAY):
        if minutes is None or minutes > WORK_ENDS - WORK_STARTS:
            return None, (turn.say("remind_no_time"),)
        often = (turn.say("remind_often"),) if minutes < SHORTEST_MINUTES else ()
        return at_work(max(minutes, SHORTEST_MINUTES)), often
    daily = (turn.say("remind_daily"),) if minutes and minutes != DAY else ()
    if "time" in turn.slots:
        value = turn.value("time") or ""
        found = _TIME.fullmatch(PARTS_OF_DAY.get(value, value))
        return (Schedule(times=(found[1],)), daily) if found else (None, (turn.say("remind_no_time"),))
    return None, daily


def _minutes(value: str | None) -> int | None:
    """An interval in minutes, if it is one."""
    try:
        interval = _DURATION.validate_python(value)
    except ValidationError:
        return None
    minutes = int(interval.total_seconds()) // 60
    return minutes if minutes > 0 else None


def at_work(minutes: int) -> Schedule:
    """Breaks on weekdays, so many minutes apart."""
    found = range(WORK_STARTS + minutes, WORK_ENDS + 1, minutes)
    return Schedule(times=tuple(f"{at // 60:02d}:{at % 60:02d}" for at in found), weekdays=True)


def agree(turn: Turn, *, agreed: bool) -> Reply:
    """Whether to set the reminder that was said back."""
    schedule = turn.dialogue.schedule
    if not agreed or schedule is None or turn.reminders is None:
        return aside.back(turn, turn.say("remind_not"))
    return _set(turn, turn.reminders, schedule, may_ask=not _would_lose_something(turn))


def permitted(turn: Turn) -> Reply:
    """Alexa has asked for the permission: what was agreed to before is set, if it is granted."""
    turn = replace(turn, is_new=False)  # a session of its own for Alexa; for the person it goes on
    asked = turn.permission
    if asked is None or asked.outcome == "denied":
        return aside.back(turn, turn.say("remind_denied"))
    if asked.outcome != "accepted":
        return _ask_by_card(turn, has_card=asked.has_card)
    schedule = schedule_from_token(asked.token)
    if turn.reminders is None:
        return aside.back(turn, turn.say("remind_elsewhere"))
    if schedule is None:
        return turn.ask("remind_when")
    return _set(turn, turn.reminders, schedule, may_ask=False)


def _set(turn: Turn, reminders: Reminders, schedule: Schedule, *, may_ask: bool) -> Reply:
    """Set it; without permission, let Alexa ask for it (`may_ask`), or show a card."""
    local = datetime.fromtimestamp(turn.now_ms / 1000, UTC).astimezone(turn.country.zone)
    wanted = NewReminder(
        schedule=schedule,
        text=turn.phrase("remind_text"),
        locale=turn.locale,
        requested_at=local.strftime("%Y-%m-%dT%H:%M:%S.000"),
        first_day=(local.date() + timedelta(days=1)).isoformat(),
    )
    try:
        reminders.create(wanted)
    except NoPermissionError:
        if not may_ask:
            return _ask_by_card(turn)
        return turn.ask_permission(turn.say("remind_voice"), token=schedule.to_token())
    except RefusedError:
        if len(schedule.times) == 1:
            return aside.back(turn, turn.say("remind_refused"))
        return _propose(turn, Schedule(times=schedule.times[:1]), turn.say("remind_once"))
    except ReminderError as error:
        return aside.back(turn, _why(turn, error) or turn.say("remind_unsure"))
    return aside.back(turn, turn.say("remind_set"), Line(text=_sentence(spoken(turn, schedule))))


def _would_lose_something(turn: Turn) -> bool:
    """Whether leaving the session, as Alexa's own question does, costs answers or a place on the floor."""
    dialogue = turn.dialogue
    waits = dialogue.clearance or dialogue.round or dialogue.asked_back or dialogue.lying
    return bool(waits) or turn.closed


def _ask_by_card(turn: Turn, *, has_card: bool = False) -> Reply:
    reply = aside.back(turn, turn.say("remind_card"))
    return reply if has_card else reply.with_permission_card()


def _why(turn: Turn, error: ReminderError) -> Line | None:
    """What to say to a failure that nobody here can mend."""
    if isinstance(error, NotSupportedError):
        return turn.say("remind_no_device")
    return turn.say("remind_full") if isinstance(error, TooManyError) else None


# --- those that are set ---


def list_reminders(turn: Turn) -> Reply:
    """ListRemindersIntent: at most three, then how many more."""
    turn = aside.leave(turn)
    found = _find_all(turn)
    if isinstance(found, Reply):
        return found
    return aside.back(turn, *_listed(turn, found))


def delete(turn: Turn) -> Reply:
    """DeleteReminderIntent: say which there are, and ask."""
    turn = aside.leave(turn)
    found = _find_all(turn)
    if isinstance(found, Reply):
        return found
    lines = _listed(turn, found)
    if not found:
        return aside.back(turn, *lines)
    turn = turn.with_dialogue(reminder_ids=tuple(reminder.reminder_id for reminder in found))
    return turn.ask("remind_delete", *alarm.urgent_first(turn), *lines)


def confirm_delete(turn: Turn, *, agreed: bool) -> Reply:
    """Whether to delete what was listed."""
    if not agreed or turn.reminders is None:
        return aside.back(turn, turn.say("reminders_stay"))
    gone = 0
    try:
        for reminder_id in turn.dialogue.reminder_ids:
            turn.reminders.delete(reminder_id)
            gone += 1
    except NoPermissionError:
        return _ask_by_card(turn)
    except ReminderError as error:
        left = turn.say("reminders_left") if gone else turn.say("remind_silent")
        return aside.back(turn, _why(turn, error) or left)
    return aside.back(turn, turn.say("reminders_deleted"))


def _find_all(turn: Turn) -> tuple[Reminder, ...] | Reply:
    if turn.reminders is None:
        return aside.back(turn, turn.say("remind_elsewhere"))
    try:
        return turn.reminders.find_all()
    except NoPermissionError:
        return _ask_by_card(turn)
    except ReminderError as error:
        return aside.back(turn, _why(turn, error) or turn.say("remind_silent"))


def _listed(turn: Turn, found: tuple[Reminder, ...]) -> tuple[Line, ...]:
    if not found:
        return (turn.say("reminders_none"),)
    many = len(found) > 1
    count = turn.say("reminders_many", count=turn.number(len(found))) if many else turn.say("reminders_one")
    each = (Line(text=_sentence(spoken(turn, reminder.schedule))) for reminder in found[:MAX_CHOICES])
    more = len(found) - MAX_CHOICES
    return (count, *each, *((turn.say("reminders_more", count=turn.number(more)),) if more > 0 else ()))


# --- how it is said ---


def spoken(turn: Turn, schedule: Schedule | None) -> str:
    """When: "every day, at eight in the morning", "on weekdays, every hour, from ten … to five …"."""
    if schedule is None:
        return turn.phrase("when_unknown")
    days = turn.phrase("when_weekdays") if schedule.weekdays else turn.phrase("when_daily")
    first, last = schedule.times[0], schedule.times[-1]
    if first == last:
        return turn.phrase("when_once", days=days, time=spoken_time(turn, first))
    names = turn.language.types["Interval"].get(_iso(schedule.gap_minutes))
    if names is None:
        return turn.phrase("when_often", days=days, count=turn.number(len(schedule.times)))
    return turn.phrase(
        "when_spaced",
        days=days,
        interval=names[0],
        first=spoken_time(turn, first),
        last=spoken_time(turn, last),
    )


def _iso(minutes: int | None) -> str:
    """An interval as the ids of the type Interval write it."""
    hours, rest = divmod(minutes or 0, 60)
    return f"PT{f'{hours}H' if hours else ''}{f'{rest}M' if rest else ''}"


def spoken_time(turn: Turn, time: str) -> str:
    """A time of day in words, with the part of the day: "half past six in the evening"."""
    hour, minute = int(time[:2]), int(time[3:])
    if minute == 0 and hour % _NOON == 0:
        return turn.phrase("clock_noon") if hour else turn.phrase("clock_midnight")
    part = turn.language.phrases["day_parts"][sum(hour >= end for end in _PARTS_END) % len(_PARTS_END)]
    fills = {"hour": turn.number(hour % _NOON or _NOON), "part": part}
    if minute == 0:
        return turn.phrase("clock_full", **fills)
    if minute == _HALF_PAST:
        return turn.phrase("clock_half", **fills)
    key = "clock_first_minutes" if minute < _TWO_DIGITS else "clock_minutes"
    return turn.phrase(key, minute=turn.number(minute), **fills)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


CONFIRMS: Final = {"remind_agree": agree, "remind_delete": confirm_delete}
