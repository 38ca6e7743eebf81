"""How times are said, what a reminder holds, and what comes of Alexa's question where nothing fits."""

from dataclasses import replace

import pytest

from intents.content import Content
from intents.grammar import Slot
from intents.handlers.reminders import at_work
from intents.reminders import NewReminder, schedule_from_token
from tests.actor import Actor, speech
from tests.reminders import Diary

ANY = NewReminder(schedule=at_work(60), text="x", locale="en-US", requested_at="x", first_day="x")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("daily 00:00", "Every day, at midnight."),
        ("daily 00:30", "Every day, at half past twelve at night."),
        ("daily 01:00", "Every day, at one in the morning."),
        ("daily 11:59", "Every day, at eleven fifty-nine in the morning."),
        ("daily 12:00", "Every day, at noon."),
        ("daily 12:05", "Every day, at twelve oh five in the afternoon."),
        ("daily 17:10", "Every day, at five ten in the afternoon."),
        ("daily 18:00", "Every day, at six in the evening."),
        ("daily 21:45", "Every day, at nine forty-five in the evening."),
        ("daily 22:00", "Every day, at ten at night."),
        ("weekdays 09:00", "On weekdays, at nine in the morning."),
        ("weekdays 09:00 09:07", "On weekdays, two times."),
        ("daily 09:00 10:00 12:00", "Every day, three times."),
        (
            "daily 09:00 10:30 12:00",
            "Every day, every hour and a half, from nine in the morning to noon.",
        ),
    ],
)
def test_a_schedule_is_said_in_words(content: Content, token: str, words: str) -> None:
    schedule = schedule_from_token(token)
    assert schedule is not None
    diary = Diary(wanted={"one": replace(ANY, schedule=schedule)})
    assert words in speech(Actor(content, reminders=diary).asks("ListRemindersIntent"))


@pytest.mark.parametrize(
    ("interval", "times"),
    [
        ("PT1H", "10:00 11:00 12:00 13:00 14:00 15:00 16:00 17:00"),
        ("PT1H30M", "10:30 12:00 13:30 15:00 16:30"),
        ("PT4H", "13:00 17:00"),
    ],
)
def test_breaks_lie_within_the_working_day(content: Content, interval: str, times: str) -> None:
    diary = Diary()
    actor = Actor(content, reminders=diary)
    actor.asks("SetReminderIntent", interval=interval)
    actor.says("yes")
    assert [schedule.to_token() for schedule in diary.schedules] == [f"weekdays {times}"]


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        *(("time", value) for value in ("25:00", "8", "MORNING", "now", "08:00:99")),
        *(("interval", value) for value in ("PT9H", "PT0S", "-PT1H", "often")),
    ],
)
def test_what_is_no_time_is_asked_for_again(content: Content, slot: str, value: str) -> None:
    slots = {slot: Slot(value=value, heard=value)}
    outcome = Actor(content, reminders=Diary()).sends("SetReminderIntent", slots)
    assert outcome.reply is not None
    assert outcome.reply.question == "remind_when"
    assert "I didn't get when." in speech(outcome)


@pytest.mark.parametrize("interval", ["P1D", "P2D", "P1W", "PT12H"])
def test_every_so_many_days_is_every_day_and_said_so(content: Content, interval: str) -> None:
    """Weeks and other days are not offered; nothing is set that was not said back and agreed to."""
    diary = Diary()
    actor = Actor(content, reminders=diary)
    asked = actor.asks("SetReminderIntent", interval=interval)
    assert asked.reply is not None
    assert asked.reply.question == "remind_when"
    assert ("I can do every day" in speech(asked)) == (interval != "P1D")
    offered = actor.asks("SetReminderIntent", interval=interval, time="08:00")
    assert "Every day, at eight in the morning." in speech(offered)
    actor.says("yes")
    assert [schedule.to_token() for schedule in diary.schedules] == ["daily 08:00"]


def test_a_reminder_says_nothing_of_backs_or_health_and_begins_tomorrow(content: Content) -> None:
    diary = Diary()
    actor = Actor(content, locale="en-GB", country="GB", reminders=diary)
    actor.asks("SetReminderIntent", time="08:00:00")
    actor.says("yes")
    (wanted,) = diary.wanted.values()
    assert (wanted.text, wanted.locale) == ("Time to move a little.", "en-GB")
    assert (wanted.requested_at[:10], wanted.first_day) == ("2027-01-15", "2027-01-16")


def test_a_token_that_is_not_ours_leads_back_to_the_question_when(content: Content) -> None:
    outcome = permission_asked(content).grants("ACCEPTED", token="something else")
    assert outcome.reply is not None
    assert outcome.reply.question == "remind_when"


def test_a_permission_without_access_sets_nothing(content: Content) -> None:
    actor = permission_asked(content)
    actor.reminders = None  # the request comes without endpoint and token
    assert "I can't do reminders here." in speech(actor.grants("ACCEPTED"))


def permission_asked(content: Content) -> Actor:
    actor = Actor(content, reminders=Diary(permitted=False))
    actor.asks("SetReminderIntent", time="08:00")
    actor.says("yes")
    return actor
