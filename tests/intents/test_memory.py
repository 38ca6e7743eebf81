"""What is remembered of somebody, and that it can be forgotten."""

from datetime import date
from typing import Any

import pytest

from intents.content import Content
from intents.handlers.memory import MODES, find_span
from intents.history import MOST, remember
from intents.state import LEDGER_MS, Done, Person, Sitting, dialogue_from_json, person_to_json
from intents.turn import local_day
from skill.store import SqliteStore
from tests.actor import START_MS, Actor, speech

SUNDAY = date(2026, 11, 22)
DAY_MS = 24 * 60 * 60 * 1000


def done(exercise: str, repetitions: int, at_ms: int) -> Done:
    return Done(exercise=exercise, repetitions=repetitions, at_ms=at_ms)


def person(actor: Actor) -> Person:
    assert actor.last
    assert actor.last.reply
    return actor.last.reply.person


# --- the history ---


def test_an_interrupted_page_counts_only_what_had_begun(actor: Actor) -> None:
    actor.is_cleared("knee_rocking")
    (whole,) = person(actor).history
    actor.says("stop", at_ms=45_000)
    (part,) = person(actor).history
    assert 0 < part.repetitions < whole.repetitions
    assert part.duration_ms * whole.repetitions == whole.duration_ms * part.repetitions


def test_pages_of_one_sitting_are_one_entry_and_forms_are_told_apart(content: Content) -> None:
    before = Person()
    first = Person(ledger=(done("knee_rocking", 10, START_MS),))
    after = remember(before, first, content.numbers, START_MS)
    later = START_MS + 5 * 60_000
    more = Person(ledger=(*first.ledger, done("knee_rocking", 4, later)), history=after.history)
    (sitting,) = remember(after, more, content.numbers, later).history
    assert (sitting.repetitions, sitting.at_ms, sitting.easier) == (14, START_MS, False)


def test_what_leaves_the_ledger_because_its_hour_is_over_stays_in_the_history(content: Content) -> None:
    full = Person(ledger=(done("knee_rocking", 10, START_MS),))
    known = remember(Person(), full, content.numbers, START_MS)
    over = Person(history=known.history)
    assert remember(known, over, content.numbers, START_MS + LEDGER_MS).history == known.history
    assert remember(known, over, content.numbers, START_MS + 1).history == ()


def test_what_was_forgotten_does_not_come_back_from_the_ledger(content: Content) -> None:
    ledger = (done("knee_rocking", 10, START_MS),)
    assert remember(Person(ledger=ledger), Person(ledger=ledger), content.numbers, START_MS).history == ()


def test_the_history_is_bounded(content: Content) -> None:
    old = tuple(
        Sitting(exercise="knee_rocking", repetitions=1, duration_ms=6000, at_ms=day * DAY_MS)
        for day in range(MOST)
    )
    after = Person(ledger=(done("knee_rocking", 10, START_MS),), history=old)
    history = remember(Person(history=old), after, content.numbers, START_MS).history
    assert len(history) == MOST
    assert history[-1].at_ms == START_MS
    assert history[0] == old[1]


def test_nothing_in_what_is_stored_is_about_health(actor: Actor) -> None:
    actor.opens()
    actor.is_cleared("knee_rocking", pain="three")
    actor.says("it's getting worse", at_ms=60_000)
    actor.says("no")
    actor.says("seven")
    stored = person_to_json(person(actor))
    assert set(stored) == {
        *("version", "met", "finished", "ledger", "pace_percent", "progress", "place", "seen_ms"),
        *("history", "preferences", "stream", "knows_no_stream", "listener"),
    }
    assert set(stored["history"][0]) == {"exercise", "easier", "repetitions", "duration_ms", "at_ms"}


# --- preferences ---


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_is_kept_as_one_preference_of_its_kind(actor: Actor, mode: str) -> None:
    actor.opens()
    actor.asks("SetModeIntent", mode=mode)
    actor.opens()
    assert person(actor).preferences == {MODES[mode]: mode}


def test_the_modes_are_those_of_the_language(content: Content) -> None:
    assert set(content.language("en-US").types["Mode"]) == set(MODES)


# --- days ---


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("2026-11-21", ("2026-11-21", "2026-11-21")),
        ("2026-11-22", ("2026-11-22", "2026-11-22")),
        ("2026-11-23", ("2026-11-16", "2026-11-16")),  # "Monday", as Alexa resolves it ahead
        ("2027-01-01", ("2027-01-01", "2027-01-01")),
        ("2026-W47", ("2026-11-16", "2026-11-22")),
        ("2026-W47-WE", ("2026-11-21", "2026-11-22")),
        ("2026-10", ("2026-10-01", "2026-10-31")),
        ("2026-12", ("2026-12-01", "2026-12-31")),
        ("2026-11-XX", ("2026-11-01", "2026-11-30")),
        ("2026", ("2026-01-01", "2026-12-31")),
        ("2026-W60", None),
        ("2026-13", None),
        ("0000", None),
        ("2026-02-30", None),
        ("2026-WI", None),
        ("PRESENT_REF", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_as_alexa_sends_them(value: str, span: tuple[str, str] | None) -> None:
    expected = span and tuple(map(date.fromisoformat, span))
    assert find_span(value, SUNDAY) == expected


def test_a_day_is_that_of_the_country(content: Content) -> None:
    countries = content.language("en-US").countries
    at_ms = 1_800_000_000_000  # 2027-01-15, 08:00 in London
    assert {name: local_day(at_ms, row).day for name, row in countries.items()} == {
        **dict.fromkeys(("unknown", "GB", "IE", "EU", "IN", "AU", "NZ"), 15),
        **dict.fromkeys(("US", "CA"), 15),
    }
    late_ms = at_ms + 6 * 60 * 60 * 1000  # 14:00 in London, 01:00 in Sydney
    assert local_day(late_ms, countries["AU"]).day == 16
    assert local_day(late_ms, countries["US"]).day == 15


# --- forgetting ---


def rows(actor: Actor) -> int:
    assert isinstance(actor.store, SqliteStore)
    with actor.store._use() as connection:
        return int(connection.execute("SELECT count(*) FROM person").fetchone()[0])


def test_forget_me_leaves_no_row_behind(actor: Actor) -> None:
    actor.opens()
    actor.says("keep it brief")
    assert rows(actor) == 1
    actor.says("forget me")
    assert rows(actor) == 1
    actor.says("yes")
    assert rows(actor) == 0


def test_what_counts_against_this_hour_outlives_forget_me_and_nothing_else_does(actor: Actor) -> None:
    actor.opens()
    actor.is_cleared("knee_rocking")
    actor.says("better")
    actor.says("forget me")
    actor.says("yes")
    kept = person_to_json(person(actor))
    empty = person_to_json(Person())
    assert [name for name in kept if kept[name] != empty[name] and name != "version"] == ["ledger"]
    assert {done.exercise for done in person(actor).ledger} == {"knee_rocking"}


def test_an_hour_later_forget_me_leaves_nothing(actor: Actor) -> None:
    actor.opens()
    actor.is_cleared("knee_rocking")
    actor.says("stop")
    actor.now_ms += LEDGER_MS
    actor.says("forget me")
    outcome = actor.says("yes")
    assert "this hour" not in speech(outcome)
    assert rows(actor) == 0


def test_this_hours_sum_is_gone_when_somebody_comes_back_after_it(actor: Actor) -> None:
    actor.is_cleared("knee_rocking")
    actor.says("stop")
    assert person(actor).ledger
    actor.now_ms += LEDGER_MS
    actor.opens()
    assert not person(actor).ledger
    assert person(actor).history


@pytest.mark.parametrize("intent", ["GetUpIntent", "LaunchRequest", "GetTipIntent", "AMAZON.FallbackIntent"])
def test_what_was_not_confirmed_is_not_forgotten(actor: Actor, intent: str) -> None:
    actor.opens()
    actor.says("keep it brief")
    actor.says("forget me")
    actor.sends(intent, {})
    assert person(actor).preferences == {"length": "brief"}


@pytest.mark.parametrize("forgets", [["2027-01-15"], ["x", "y"], "all", 7, {"a": 1}])
def test_attributes_that_are_not_ours_forget_nothing(content: Content, forgets: Any) -> None:
    found = dialogue_from_json(
        {"question": "forget_then", "forgets": forgets}, "here", content, content.language("en-US")
    )
    assert found.question is None


def test_a_question_of_another_release_is_not_gone_back_to(content: Content) -> None:
    data = {"question": "forget_all", "aside": "gone"}
    assert dialogue_from_json(data, "here", content, content.language("en-US")).question is None


@pytest.mark.parametrize(
    "report",
    [
        *("my back is stiff", "i've had this pain for seven weeks", "the pain is seven", "i'm tired"),
        *("it's a mild ache", "i have a new hip", "my husband has a fever"),
    ],
)
def test_what_answers_a_report_is_not_kept_for_repeat(actor: Actor, report: str) -> None:
    actor.says("which exercises are there")
    assert actor.attributes["said"]
    answer = actor.says(report)
    assert answer.turn is not None
    assert answer.turn.name.startswith(("Report", "Rate")), answer.turn.name
    assert "said" not in actor.attributes


@pytest.mark.parametrize("answers", [["yes", "no", "no"], ["no", "no", "no", "no", "no", "two", "no", "yes"]])
def test_what_answers_a_safety_question_is_not_kept_for_repeat(actor: Actor, answers: list[str]) -> None:
    """After weight loss, or bones, what is said tells what was answered."""
    actor.says("start knee rocking")
    for answer in answers:
        actor.says(answer)
        assert "said" not in actor.attributes


@pytest.mark.parametrize(
    "said", [[["Hello.", 0, "hold"]], [["Hello."]], "hello", [["Hello.", "0", "say", 1]]]
)
def test_what_is_not_ours_is_not_said_again(content: Content, said: Any) -> None:
    data = {"question": "launch", "said": said}
    assert dialogue_from_json(data, "here", content, content.language("en-US")).question is None
