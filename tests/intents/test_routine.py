"""The routine: the seed's sequence, fitted to the asked time, within gates, doses and rests."""

import pytest

from audio.page import Holds
from intents.alexa import Outcome
from intents.content import Content
from intents.routine import ORDER
from intents.turn import HOLDS
from tests.actor import Actor, speech

HOURS_MS = 2 * 60 * 60 * 1000
ANSWERS = {"page_check": "the same", "rolling_today": "no", "age_or_thinners": "no"}


def has_done_everything(actor: Actor) -> None:
    for name in ORDER:
        actor.is_cleared(name)
        while actor.last and actor.last.reply and actor.last.reply.question in ANSWERS:
            actor.says(ANSWERS[actor.last.reply.question])
        actor.leaves()
        actor.now_ms += HOURS_MS


def routine(actor: Actor, minutes: int | None) -> Outcome:
    if minutes is None:
        return actor.has_nothing_to_report(actor.asks("StartRoutineIntent"))
    return actor.has_nothing_to_report(actor.asks("StartRoutineIntent", duration=f"PT{minutes}M"))


def guided_to_the_end(actor: Actor, outcome: Outcome) -> tuple[int, list[str]]:
    """How long all of it was guided, rests included, and which exercises, page by page."""
    total_ms, names = 0, []
    while outcome.reply and outcome.timeline and outcome.reply.question in ANSWERS:
        if outcome.timeline.guided:
            assert outcome.reply.person.place
            names.append(outcome.reply.person.place.exercise)
            cues = [cue for cue in outcome.timeline.cues if cue.guided or cue.text == "Breathe."]
            total_ms += sum(cue.length_ms for cue in cues)
        outcome = actor.says(ANSWERS[outcome.reply.question])
    return total_ms, names


@pytest.mark.parametrize("minutes", [3, 4, 5, 6, 8, 10, 12, 15, 20])
def test_it_takes_as_long_as_asked_within_a_tenth(content: Content, minutes: int) -> None:
    actor = Actor(content)
    has_done_everything(actor)
    total_ms, names = guided_to_the_end(actor, routine(actor, minutes))
    assert abs(total_ms - minutes * 60_000) <= minutes * 6_000
    assert sorted(set(names), key=ORDER.index) == list(dict.fromkeys(names)), "out of order"


@pytest.mark.parametrize("holds", HOLDS)
def test_whatever_is_heard_in_holds_takes_no_time_that_was_not_asked_for(
    content: Content, holds: Holds
) -> None:
    actor = Actor(content)
    has_done_everything(actor)
    actor.opens()
    actor.asks("SetModeIntent", mode=holds)
    total_ms, _ = guided_to_the_end(actor, routine(actor, 10))
    assert abs(total_ms - 600_000) <= 60_000


def test_the_first_time_every_step_has_its_starting_dose_and_the_time_is_said(actor: Actor) -> None:
    first = routine(actor, 10)
    assert "It comes to about six minutes, in five parts" in speech(first)
    total_ms, names = guided_to_the_end(actor, first)
    assert names == list(ORDER)
    assert 330_000 <= total_ms <= 390_000


def test_a_short_time_leaves_out_what_is_optional_and_says_so(actor: Actor) -> None:
    first = routine(actor, 3)
    assert "For that time I leave out pelvic lifts, rolling, and belly tightening." in speech(first)
    _, names = guided_to_the_end(actor, first)
    assert names == ["knees_to_chest", "knee_rocking"]


def test_gates_hold_in_the_routine(actor: Actor) -> None:
    """Weak bones: easier forms, no lifts, no rolling; and on a bed nothing that needs the floor."""
    outcome = actor.asks("StartRoutineIntent", duration="PT5M")
    while outcome.reply and outcome.reply.question != "surface":
        question = outcome.reply.question
        yes = question in {"bones", "weak_bones"}
        outcome = actor.says("two" if question == "pain" else "yes" if yes else "no")
    outcome = actor.says("on a bed")
    assert "We leave pelvic lifts, and rolling out today." in speech(outcome)
    assert outcome.reply
    place = outcome.reply.person.place
    assert place
    assert all(block.easier for page in place.pages for block in page)
    assert [page[0].exercise for page in place.pages] == ["abdominal_brace", "knees_to_chest", "knee_rocking"]


def test_pain_down_a_leg_leaves_the_lift_in_its_easier_form_and_the_rest_is_said(actor: Actor) -> None:
    """The seed's variant for leg pain: thighs held up, hips down."""
    actor.asks("ReportSymptomIntent", symptom="leg_pain_one_side")
    outcome = routine(actor, 5)
    assert outcome.reply
    place = outcome.reply.person.place
    assert place
    assert [(page[0].exercise, page[0].easier) for page in place.pages][-1] == ("pelvic_lift", True)
    assert "rolling out today" in speech(outcome)


def test_a_step_that_its_own_question_leaves_out_is_passed_over_and_said(actor: Actor) -> None:
    outcome = routine(actor, None)
    said = []
    for _ in range(12):
        assert outcome.reply
        if outcome.reply.question not in {*ANSWERS, "rolling_leg"}:
            break
        answer = {"rolling_today": "yes", "rolling_leg": "no"}.get(outcome.reply.question, "the same")
        outcome = actor.says("no" if outcome.reply.question == "age_or_thinners" else answer)
        said.append(speech(outcome))
    assert "We leave rolling out today." in said[-1]
    assert "That's the whole routine." in said[-1]


def test_worse_in_the_middle_switches_off_the_rolling_to_come(actor: Actor) -> None:
    routine(actor, None)
    actor.says("the same")
    actor.says("worse")
    actor.says("no")
    actor.says("three")
    outcome = actor.says("guide me through rolling")
    assert outcome.timeline
    assert not outcome.timeline.guided
    assert "back_rolling" not in speech(outcome)


def test_the_way_back_goes_to_the_step_before(actor: Actor) -> None:
    routine(actor, None)
    second = actor.says("the same")
    assert "Next, knees to chest." in speech(second)
    back = actor.asks("AMAZON.PreviousIntent", at_ms=10_000)
    assert back.reply
    assert back.reply.person.place
    assert back.reply.person.place.exercise == "abdominal_brace"
    again = actor.asks("AMAZON.StartOverIntent", at_ms=10_000)
    assert again.reply
    assert again.reply.person.place
    assert again.reply.person.place.page == 0


def test_a_routine_left_halfway_is_offered_another_day(actor: Actor) -> None:
    routine(actor, None)
    actor.says("the same")
    actor.leaves()
    actor.now_ms += HOURS_MS
    assert "partway through knees to chest" in speech(actor.opens())
    actor.says("yes")
    assert actor.last
    outcome = actor.has_nothing_to_report(actor.last)
    assert outcome.timeline
    assert outcome.timeline.guided
    assert outcome.reply
    assert outcome.reply.person.place
    assert outcome.reply.person.place.routine


def test_once_guidance_is_closed_there_is_no_routine(actor: Actor) -> None:
    actor.opens()
    actor.asks("ReportSymptomIntent", symptom="fever")
    assert "No guided exercises today." in speech(actor.asks("StartRoutineIntent"))


def test_asked_for_in_the_middle_of_the_questions_it_waits_for_them(actor: Actor) -> None:
    actor.asks("StartExerciseIntent", exercise="knee_rocking")
    outcome = actor.asks("StartRoutineIntent", duration="PT5M")
    assert outcome.reply
    assert outcome.reply.question == "saddle"
    first = actor.has_nothing_to_report(outcome)
    assert "parts, with short rests" in speech(first)
