"""One person with two devices: the newest request owns the place, the other asks before it goes on."""

import pytest

from intents.alexa import Outcome
from intents.content import Content
from skill.store import SqliteStore
from tests.actor import Actor, speech

GOES_ON = [
    ("AMAZON.YesIntent", {}),
    ("AMAZON.NoIntent", {}),
    ("AMAZON.ResumeIntent", {}),
    ("AMAZON.NextIntent", {}),
    ("AMAZON.RepeatIntent", {}),
    ("AMAZON.FallbackIntent", {}),
    ("ReportPainIntent", {"change": "same"}),
    ("TimeLeftIntent", {}),
    ("RepeatStepIntent", {}),
    ("AdjustExerciseIntent", {"adjustment": "slower"}),
]


def guided(outcome: Outcome) -> bool:
    assert outcome.timeline
    return outcome.timeline.guided


@pytest.fixture
def devices(content: Content) -> tuple[Actor, Actor]:
    """Rocking on the first, gone on with on the second."""
    store = SqliteStore.in_memory()
    store.prepare()
    first, second = Actor(content, store), Actor(content, store)
    first.is_cleared("knee_rocking")
    second.now_ms = first.now_ms + 20_000
    second.session_id, second.sessions = None, 100
    second.opens()
    second.says("yes")
    assert second.last
    assert guided(second.has_nothing_to_report(second.last))
    first.now_ms = second.now_ms + 20_000
    return first, second


@pytest.mark.parametrize(("name", "slots"), GOES_ON)
def test_the_other_device_is_asked_before_it_goes_on(
    devices: tuple[Actor, Actor], name: str, slots: dict[str, str]
) -> None:
    outcome = devices[0].asks(name, at_ms=0, **slots)
    assert not guided(outcome)
    assert speech(outcome).endswith("You went on with that on another device. Carry on here?")
    assert outcome.reply
    assert outcome.reply.question == "carry_on_here"
    assert guided(devices[0].says("yes"))


def test_after_a_no_the_other_device_keeps_its_place(devices: tuple[Actor, Actor]) -> None:
    first, second = devices
    first.says("go on", at_ms=0)
    assert not guided(first.says("no"))
    second.now_ms = first.now_ms
    assert guided(second.says("go on", at_ms=1_000))


def test_stop_help_pain_and_symptoms_are_answered_at_once(devices: tuple[Actor, Actor]) -> None:
    first, _ = devices
    assert "nine one one" in speech(first.says("help", at_ms=0))
    hurts = first.says("it hurts")
    assert hurts.reply
    assert hurts.reply.question == "ladder_leg"
    alarm = first.asks("ReportSymptomIntent", symptom="saddle_numbness")
    assert alarm.reply
    assert alarm.reply.triage == "emergency"


def test_both_count_against_the_same_sum(content: Content) -> None:
    """Rolling on one device and then on the other: two sets, and no third one anywhere."""
    store = SqliteStore.in_memory()
    store.prepare()
    rolled = 0
    first, second = Actor(content, store), Actor(content, store)
    second.sessions = 100
    for actor in (first, second, first, second):
        actor.now_ms = max(first.now_ms, second.now_ms) + 1_000
        actor.leaves()
        outcome = actor.is_cleared("back_rolling")
        for _ in range(4):
            assert outcome.timeline
            rolled += any(cue.text == "Back." for cue in outcome.timeline.cues)
            assert outcome.reply
            answers = {"page_check": "the same", "rolling_today": "no", "age_or_thinners": "no"}
            if outcome.reply.question not in answers:
                break
            outcome = actor.says(answers[outcome.reply.question])
    assert rolled == 2


def test_what_the_other_device_plays_on_counts(content: Content) -> None:
    """Nobody told the first device to stop, so its page counts to its end."""
    store = SqliteStore.in_memory()
    store.prepare()
    first, second = Actor(content, store), Actor(content, store)
    page = first.is_cleared("knee_rocking")
    assert page.timeline
    rocks = sum(cue.kind == "count" for cue in page.timeline.cues) // 2
    second.sessions, second.now_ms = 100, first.now_ms + 30_000
    opened = second.opens()
    assert opened.reply
    assert [done.repetitions for done in opened.reply.person.ledger] == [rocks]


def test_a_third_set_of_rolling_within_the_hour_is_refused(content: Content) -> None:
    actor = Actor(content)
    actor.is_cleared("back_rolling")
    for answer in ("the same", "no", "no"):  # the warm-up, and the two questions
        first = actor.says(answer)
    pages = [first]
    for _ in range(2):
        actor.says("the same")
        pages.append(actor.asks("StartExerciseIntent", exercise="back_rolling", count="3"))
    assert [guided(page) for page in pages] == [True, True, False]
    assert "enough" in speech(pages[2]) or "in an hour" in speech(pages[2])
