"""Reminders that are kept in memory, with what can go wrong at Amazon's as switches."""

from dataclasses import dataclass, field

from intents.reminders import (
    NewReminder,
    NoPermissionError,
    NotSupportedError,
    RefusedError,
    Reminder,
    ReminderError,
    Schedule,
    TooManyError,
    UnreachableError,
)


@dataclass
class Diary:
    """The reminders of one person. Everything works, unless a switch says otherwise."""

    permitted: bool = True
    has_device: bool = True
    answers: bool = True
    takes_several: bool = True
    takes_any: bool = True
    room: int = 20
    answers_deletions: int = 20
    """So many deletions are answered."""
    unreadable: int = 0
    """So many more there are whose times are of another form."""
    wanted: dict[str, NewReminder] = field(default_factory=dict)
    created: int = 0

    def create(self, wanted: NewReminder) -> None:
        self._check()
        if len(self.wanted) >= self.room:
            raise TooManyError("MAX_REMINDERS_EXCEEDED")
        if not self.takes_any or (len(wanted.schedule.times) > 1 and not self.takes_several):
            raise RefusedError("UNSUPPORTED_TRIGGER_RECURRENCE")
        self.created += 1
        self.wanted[f"reminder.{self.created}"] = wanted

    def find_all(self) -> tuple[Reminder, ...]:
        self._check()
        known = [Reminder(reminder_id=id_, schedule=one.schedule) for id_, one in self.wanted.items()]
        strange = [Reminder(reminder_id=f"strange.{n}", schedule=None) for n in range(self.unreadable)]
        return (*known, *strange)

    def delete(self, reminder_id: str) -> None:
        self._check()
        if self.answers_deletions <= 0:
            raise UnreachableError("TimeoutError")
        self.answers_deletions -= 1
        self.wanted.pop(reminder_id, None)

    @property
    def schedules(self) -> list[Schedule]:
        return [one.schedule for one in self.wanted.values()]

    def _check(self) -> None:
        failures: list[tuple[bool, ReminderError]] = [
            (self.answers, UnreachableError("TimeoutError")),
            (self.permitted, NoPermissionError("UNAUTHORIZED")),
            (self.has_device, NotSupportedError("DEVICE_NOT_SUPPORTED")),
        ]
        for works, error in failures:
            if not works:
                raise error
