"""Reminders as the conversation sees them: when, and what can go wrong. Who sets them is told to it.

ReminderError            what the service did not do; its text is for the log, and holds nothing personal
├── NoPermissionError    the person has not allowed the skill to set reminders
├── NotSupportedError    the device has no reminders
├── TooManyError         there is no room for one more
├── RefusedError         the service did not accept the request; `code` is the service's own
└── UnreachableError     no answer in time, or none that can be read: what was asked for may have been done
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Protocol

PERMISSION: Final = "alexa::alerts:reminders:skill:readwrite"
"""What a person allows, by Amazon's name."""

_TOKEN: Final = re.compile(r"(daily|weekdays)((?: (?:[01][0-9]|2[0-3]):[0-5][0-9])+)", re.ASCII)


class ReminderError(Exception):
    """A reminder could not be set, listed or deleted."""


class NoPermissionError(ReminderError):
    """The person has not allowed the skill to set reminders."""


class NotSupportedError(ReminderError):
    """The device has no reminders."""


class TooManyError(ReminderError):
    """There is no room for one more."""


class RefusedError(ReminderError):
    """The service did not accept the request; `code` says why in its own words."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class UnreachableError(ReminderError):
    """No answer in time, or none that can be read. What was asked for may have been done all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Times of day, in the device's own zone, on every day or on weekdays only."""

    times: tuple[str, ...]
    """`HH:MM`, ascending, at least one."""
    weekdays: bool = False

    @property
    def gap_minutes(self) -> int | None:
        """How far the times lie apart; None where there is one only, or not all are equally far."""
        minutes = [int(time[:2]) * 60 + int(time[3:]) for time in self.times]
        gaps = {later - earlier for earlier, later in pairwise(minutes)}
        return gaps.pop() if len(gaps) == 1 else None

    def to_token(self) -> str:
        """One line that comes back while the session does not."""
        return " ".join(("weekdays" if self.weekdays else "daily", *self.times))


def schedule_from_token(token: str) -> Schedule | None:
    """What `to_token` wrote; None for anything else."""
    found = _TOKEN.fullmatch(token)
    return Schedule(times=tuple(found[2].split()), weekdays=found[1] == "weekdays") if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReminder:
    """A reminder that somebody has agreed to."""

    schedule: Schedule
    text: str
    """What is said then."""
    locale: str
    requested_at: str
    """The time of asking, ISO 8601, local and without offset; so is the next."""
    first_day: str
    """A day on which it may go off, `YYYY-MM-DD`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A reminder that is set."""

    reminder_id: str
    schedule: Schedule | None
    """None where it has a form that is not ours."""


class Reminders(Protocol):
    """The reminders that this skill has set for one person. Each method can raise every `ReminderError`."""

    def create(self, wanted: NewReminder) -> None:
        """Set one more."""

    def find_all(self) -> tuple[Reminder, ...]:
        """Those that are set, without those that are over."""

    def delete(self, reminder_id: str) -> None:
        """Delete one; that it is gone already is no error."""


OpenReminders = Callable[[str, str], Reminders | None]
"""From a request's API endpoint and access token to the reminders of its person; None for a foreign endpoint.

The token stays in what is returned, for as long as the request takes.
"""


class Once:
    """Each call is made once, and its outcome kept: a turn that is computed anew sets no second reminder."""

    def __init__(self, reminders: Reminders) -> None:
        self._reminders = reminders
        self._outcomes: dict[object, Any] = {}

    def create(self, wanted: NewReminder) -> None:
        """As `Reminders.create`, the first time."""
        # The clock may have gone on since the first attempt: the same times are the same reminder.
        self._once(("create", wanted.schedule), lambda: self._reminders.create(wanted))

    def find_all(self) -> tuple[Reminder, ...]:
        """As `Reminders.find_all`, the first time."""
        found: tuple[Reminder, ...] = self._once("find_all", self._reminders.find_all)
        return found

    def delete(self, reminder_id: str) -> None:
        """As `Reminders.delete`, the first time."""
        self._once(("delete", reminder_id), lambda: self._reminders.delete(reminder_id))

    def _once(self, key: object, call: Callable[[], Any]) -> Any:
        if key not in self._outcomes:
            try:
                self._outcomes[key] = call()
            except ReminderError as error:
                self._outcomes[key] = error
        outcome = self._outcomes[key]
        if isinstance(outcome, ReminderError):
            raise outcome
        return outcome
