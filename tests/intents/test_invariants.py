"""The design's invariants, for any sequence of requests: explored, not exemplified.

A shorter script that breaks a rule is found by `gentle-back explore`, and here by hypothesis.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from audio.timeline import Line, lay_out
from intents.alexa import Outcome
from intents.content import Content, load_content
from intents.proof.actions import (
    OFTEN,
    PLAYER_EVENTS,
    PLAYER_WORDS,
    STRAIGHT,
    Action,
    Slots,
    actions,
    likely,
    resolved,
)
from intents.proof.listener import FIRST, Asked, View
from intents.proof.speaker import Planned, Speaker, Stretch, plays_in
from intents.proof.witness import Witness
from skill.anybody import WAITS_MS, Player, Step
from skill.explore import explore
from tests.actor import Actor

CONTENT = load_content()
ACTIONS = actions(CONTENT)
NAMES = sorted({name for name, _ in ACTIONS})
THOROUGH = 10 if os.environ.get("CI") else 1
HOUR_MS = 60 * 60 * 1000

# An intent first, then its slots, so that a type with many values is not met most.
any_action = st.sampled_from(OFTEN) | st.sampled_from(NAMES).flatmap(
    lambda name: st.sampled_from([action for action in ACTIONS if action[0] == name])
)
any_time = st.none() | st.integers(0, 130_000)


class Anybody(RuleBasedStateMachine):
    """One person with two devices, who does anything at any time."""

    turns = 0
    states: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.player = Player(CONTENT)

    def play(self, step: Step) -> None:
        broken = self.player.play(step)
        assert not broken

    @rule(action=any_action, at_ms=any_time)
    def asks(self, action: Action, at_ms: int | None) -> None:
        self.play(Step(does="ask", action=action, at_ms=at_ms))

    @rule(times=st.integers(1, 4), which=st.integers(0, 5), at_ms=any_time)
    def leads_on(self, times: int, which: int, at_ms: int | None) -> None:
        for _ in range(times):
            choices = likely(CONTENT, self.player.question)
            self.play(Step(does="ask", action=choices[which % len(choices)], at_ms=at_ms))

    @rule(exercise=st.sampled_from(sorted(CONTENT.numbers.exercises)))
    def has_nothing_to_report(self, exercise: str) -> None:
        self.play(Step(does="ask", action=("StartExerciseIntent", resolved(exercise=exercise))))
        for _ in range(10):
            if self.player.question in {*CONTENT.screening.questions, "surface"}:
                self.play(Step(does="ask", action=likely(CONTENT, self.player.question)[0]))

    @rule(slots=st.sampled_from(((), resolved(hedge="no"))))
    def doubts(self, slots: Slots) -> None:
        for _ in range(2):
            self.play(Step(does="ask", action=("NotSureIntent", slots)))

    @rule(does=st.sampled_from(("open", "leave", "again", "switch")))
    def does(self, does: Any) -> None:
        self.play(Step(does=does))

    @rule(action=any_action)
    def is_late(self, action: Action) -> None:
        self.play(Step(does="late", action=action))

    @rule(exercise=st.sampled_from(sorted(CONTENT.numbers.exercises)))
    def likes_it_straight_through(self, exercise: str) -> None:
        self.play(Step(does="ask", action=STRAIGHT))
        self.has_nothing_to_report(exercise)

    @rule(
        does=st.sampled_from(("ask", "interrupt")),
        action=st.sampled_from((*PLAYER_WORDS, *OFTEN)),
        at_ms=any_time,
    )
    def speaks_into_it(self, does: Any, action: Action, at_ms: int | None) -> None:
        self.play(Step(does=does, action=action, at_ms=at_ms))

    @rule(action=st.sampled_from(PLAYER_EVENTS), at_ms=st.integers(0, 60_000))
    def plays_on(self, action: Action, at_ms: int) -> None:
        self.play(Step(does="plays", action=action, at_ms=at_ms))

    @rule(at_ms=st.sampled_from(WAITS_MS))
    def waits(self, at_ms: int) -> None:
        self.play(Step(does="wait", at_ms=at_ms))

    def teardown(self) -> None:
        Anybody.turns += self.player.turns
        Anybody.states |= self.player.states
        assert not self.player.finish()


def test_invariants_hold_for_every_sequence(record_property: Callable[[str, Any], None]) -> None:
    Anybody.turns, Anybody.states = 0, set()
    run_state_machine_as_test(
        Anybody,
        settings=settings(
            max_examples=40 * THOROUGH,
            stateful_step_count=30,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
    record_property("turns of anybody, watched", Anybody.turns)
    record_property("states reached by anybody", len(Anybody.states))


def test_invariants_hold_on_random_ways(
    content: Content, record_property: Callable[[str, Any], None]
) -> None:
    found = explore(content, seed=20261122, turns=2_000 * THOROUGH)
    assert not {what: list(map(str, steps)) for what, steps in found.violations.items()}
    record_property("turns on random ways, watched", found.turns)
    record_property("states reached on random ways", len(found.states))


@pytest.mark.parametrize("surface", ["floor", "bed"])
@pytest.mark.parametrize("exercise", sorted(CONTENT.numbers.exercises))
def test_every_exercise_is_guided_only_where_it_may_be(exercise: str, surface: str) -> None:
    player = Player(CONTENT)
    wish = ("StartExerciseIntent", resolved(exercise=exercise))
    broken = player.play(Step(does="ask", action=wish))
    while player.question in {*CONTENT.screening.questions, "surface"}:
        answers = likely(CONTENT, player.question)
        nothing = ("SurfaceIntent", resolved(surface=surface)) if player.question == "surface" else answers[0]
        broken += player.play(Step(does="ask", action=nothing))
    assert not broken
    guided = player.question == "page_check"
    assert guided == (surface in CONTENT.numbers.exercises[exercise].surfaces)


# --- the witness would see it ---


def guided(content: Content) -> Outcome:
    """A page of knee rocking."""
    return Actor(content).is_cleared("knee_rocking")


def lifting(content: Content) -> Outcome:
    """A page of the pelvic lift."""
    actor = Actor(content)
    actor.is_cleared("pelvic_lift")
    return actor.has_nothing_to_report(actor.says("no"))


def opened(content: Content) -> Outcome:
    return Actor(content).opens()


def stopped(content: Content) -> Outcome:
    actor = Actor(content)
    actor.opens()
    return actor.says("stop")


def alarmed(content: Content) -> Outcome:
    return Actor(content).asks("ReportSymptomIntent", symptom="saddle_numbness")


def saying(*texts: str) -> Callable[[Content], Outcome]:
    """A launch that says something else."""

    def outcome(content: Content) -> Outcome:
        found = opened(content)
        found.timeline = lay_out(tuple(Line(text=text) for text in texts))
        return found

    return outcome


def with_response(**changes: Any) -> Callable[[Content], Outcome]:
    def outcome(content: Content) -> Outcome:
        found = opened(content)
        found.json = {**found.json, "response": {**found.json["response"], **changes}}
        return found

    return outcome


def keeping(**attributes: Any) -> Callable[[Content], Outcome]:
    def outcome(content: Content) -> Outcome:
        found = opened(content)
        found.json = {**found.json, "sessionAttributes": attributes}
        return found

    return outcome


def playing(content: Content) -> Outcome:
    """Knee rocking straight through."""
    actor = Actor(content, speaker=Speaker(Planned(content)))
    actor.says("play it straight through")
    return actor.is_cleared("knee_rocking")


def playing_something_else(content: Content) -> Outcome:
    """Rolling, as if there were a file of it."""
    found = playing(content)
    stream = plays_in(found.json["response"])[0]["audioItem"]["stream"]
    stream["url"] = stream["url"].replace("knee_rocking", "back_rolling")
    return found


def playing_for_somebody(content: Content) -> Outcome:
    found = playing(content)
    plays_in(found.json["response"])[0]["audioItem"]["stream"]["token"] = "fever of anna"
    return found


CLEARED: dict[str, Any] = {"answered": FIRST, "surface": "floor", "pain": 2, "question": "surface"}
BREAKS: dict[str, tuple[Callable[[Content], Outcome], dict[str, Any], str, dict[str, str]]] = {
    "(1) guided although not answered": (guided, {"surface": "floor"}, "SurfaceIntent", {}),
    "(1) guided although not answered: ['bones']": (
        guided,
        {**CLEARED, "answered": FIRST - {"bones"}},
        "SurfaceIntent",
        {},
    ),
    "(1) guided what was not done before": (
        guided,
        {**CLEARED, "answered": {"since_saddle", "since_legs", "since_ill", "news", "pain"}},
        "SurfaceIntent",
        {},
    ),
    "(1) guided knee_rocking of which is left: no": (
        guided,
        {**CLEARED, "forms": {"knee_rocking": "no"}},
        "SurfaceIntent",
        {},
    ),
    "(1) guided knee_rocking of which is left: easier": (
        guided,
        {**CLEARED, "forms": {"knee_rocking": "easier"}},
        "SurfaceIntent",
        {},
    ),
    "(1) guided although not answered: ['bones', 'chest', 'fall'": (playing, {}, "AMAZON.ResumeIntent", {}),
    "(1) played knee_rocking at four or five": (playing, {**CLEARED, "small": True}, "SurfaceIntent", {}),
    "(1) plays what there is not": (playing_something_else, CLEARED, "SurfaceIntent", {}),
    "(2) what plays goes on behind it": (opened, {"streaming": True}, "LaunchRequest", {}),
    "(4) guided after an end: emergency": (playing, {**CLEARED, "ended": "emergency"}, "SurfaceIntent", {}),
    "(6) stop does not stop what plays": (stopped, {"streaming": True}, "AMAZON.StopIntent", {}),
    "(8) a token that says something else": (playing_for_somebody, CLEARED, "SurfaceIntent", {}),
    "(2) an emergency is not answered": (opened, {}, "ReportSymptomIntent", {"symptom": "fainting"}),
    "(2) an emergency is not answered: ['cauda_equina']": (
        opened,
        {"question": "saddle"},
        "AMAZON.YesIntent",
        {},
    ),
    "(2) an emergency is not answered: ['chest_or_faint']": (
        opened,
        {"question": "chest", "unsure": True},
        "NotSureIntent",
        {},
    ),
    "(2) something for today is not answered": (opened, {}, "ReportSymptomIntent", {"symptom": "fever"}),
    "(2) guided although we asked back": (guided, {**CLEARED, "asked_back": True}, "SurfaceIntent", {}),
    "(2) fallback does not say what needs a call": (opened, {"guiding": True}, "AMAZON.FallbackIntent", {}),
    "(3) AMAZON.HelpIntent does not keep the question": (
        opened,
        {"question": "fall"},
        "AMAZON.HelpIntent",
        {},
    ),
    "(4) guided after an end: urgent": (guided, {**CLEARED, "ended": "urgent"}, "SurfaceIntent", {}),
    "(4) guided after an end: pain": (guided, CLEARED, "RatePainIntent", {"score": "7"}),
    "(4) guided although pain is not sorted": (guided, {**CLEARED, "in_pain": True}, "SurfaceIntent", {}),
    "(5) ['pelvic_lift'] on something else than the floor": (
        lifting,
        {**CLEARED, "surface": "bed", "answered": FIRST | {"age_or_thinners"}},
        "SurfaceIntent",
        {},
    ),
    "(6) stop does not close": (opened, {}, "AMAZON.StopIntent", {}),
    "(6) stop does not stop": (stopped, {"guiding": True}, "AMAZON.StopIntent", {}),
    "(6) closes without the way up": (stopped, {"lying": True}, "AMAZON.StopIntent", {}),
    "(6) a reprompt without the way up": (opened, {"lying": True}, "LaunchRequest", {}),
    "(6) a question and an open session do not go together": (
        with_response(shouldEndSession=True),
        {},
        "LaunchRequest",
        {},
    ),
    "(7) says 'safe'": (saying("It is safe."), {}, "LaunchRequest", {}),
    "(8) 'answers' is kept in the session": (keeping(answers=[]), {}, "LaunchRequest", {}),
    "(8) 'fever' is kept in the session, in 'last'": (keeping(last=["x", "fever"]), {}, "LaunchRequest", {}),
    "(9) card is empty": (with_response(card={"title": "", "content": ""}), {}, "LaunchRequest", {}),
    "(9) lasts": (saying("word " * 1_000), {}, "LaunchRequest", {}),
    "(10) no way up": (opened, {}, "GetUpIntent", {}),
    "(10) no resting pose": (opened, {}, "RestingPoseIntent", {}),
    "(10) on the back before the pregnancy question": (
        saying("Lie on your back, knees bent."),
        {},
        "RestingPoseIntent",
        {},
    ),
}


def watched(
    witness: Witness, outcome: Outcome, view: Mapping[str, Any], name: str, slots: Mapping[str, str]
) -> list[str]:
    assert outcome.turn
    asked = Asked(name=name, slots=slots, now_ms=outcome.turn.now_ms)
    _, broken = witness.watch(View(**view), asked, outcome, {})
    return broken


def a_witness(content: Content) -> Witness:
    return Witness(content, country=content.language("en-US").countries["US"])


@pytest.mark.parametrize("broken", BREAKS)
def test_the_witness_would_see_it(content: Content, broken: str) -> None:
    make, view, name, slots = BREAKS[broken]
    found = watched(a_witness(content), make(content), view, name, slots)
    assert [one for one in found if one.startswith(broken)], found


@pytest.mark.parametrize(
    ("make", "view", "name", "slots"),
    [
        (guided, CLEARED, "SurfaceIntent", {"surface": "floor"}),
        (playing, CLEARED, "SurfaceIntent", {"surface": "floor"}),
        (opened, {}, "LaunchRequest", {}),
        (stopped, {}, "AMAZON.StopIntent", {}),
        (alarmed, {}, "ReportSymptomIntent", {"symptom": "saddle_numbness"}),
    ],
)
def test_the_witness_sees_nothing_where_nothing_is_broken(
    content: Content,
    make: Callable[[Content], Outcome],
    view: Mapping[str, Any],
    name: str,
    slots: Mapping[str, str],
) -> None:
    assert watched(a_witness(content), make(content), view, name, slots) == []


def test_the_witness_would_see_an_alarm_without_its_number(content: Content) -> None:
    outcome = alarmed(content)
    assert outcome.timeline
    outcome.timeline = lay_out(
        tuple(Line(text=cue.text.replace("nine one one", "us")) for cue in outcome.timeline.cues)
    )
    found = watched(a_witness(content), outcome, {}, "ReportSymptomIntent", {})
    assert [one.partition(":")[0] for one in found] == [
        "(2) the number is not in the first two sentences",
        "(2) the number is not at the end",
    ]


def test_the_witness_would_see_what_is_played_on_when_its_half_hour_is_over(content: Content) -> None:
    witness, outcome = a_witness(content), playing(content)
    assert outcome.turn
    began_ms = outcome.turn.now_ms
    for later_ms, view, is_broken in (
        (0, View(**CLEARED), False),
        (29 * 60_000, View(), False),
        (31 * 60_000, View(), True),
    ):
        asked = Asked(name="AMAZON.ResumeIntent", now_ms=began_ms + later_ms)
        _, broken = witness.watch(view, asked, outcome, {})
        assert bool(broken) == is_broken, broken


def test_the_witness_would_see_what_is_played_on_after_an_alarm(content: Content) -> None:
    witness, outcome, alarm = a_witness(content), playing(content), alarmed(content)
    assert outcome.turn
    asked = Asked(name="SurfaceIntent", now_ms=outcome.turn.now_ms)
    assert witness.watch(View(**CLEARED), asked, outcome, {})[1] == []
    report = Asked(name="ReportSymptomIntent", slots={"symptom": "saddle_numbness"}, now_ms=asked.now_ms + 1)
    assert witness.watch(View(), report, alarm, {})[1] == []
    play = Asked(name="PlaybackController.PlayCommandIssued", now_ms=asked.now_ms + 2)
    outcome.timeline = None
    outcome.json = {"response": {"directives": outcome.json["response"]["directives"]}}
    assert any(broken.startswith("(1) guided") for broken in witness.told(play, outcome, {}))


def test_the_witness_would_see_a_word_to_a_player(content: Content) -> None:
    asked = Asked(name="AudioPlayer.PlaybackStopped", now_ms=1)
    broken = a_witness(content).told(asked, playing(content), {})
    assert "(9) something was said where nothing may be" in broken
    assert "(9) AudioPlayer.PlaybackStopped is answered with 'outputSpeech'" in broken
    assert "(9) AudioPlayer.PlaybackStopped is answered with AudioPlayer.Play" in broken


def test_the_witness_would_see_too_much_of_a_track_within_an_hour(content: Content) -> None:
    witness, length_ms = a_witness(content), Planned(content).named("knee_rocking/10min-100").length_ms
    stretch = Stretch(track="knee_rocking/10min-100", from_ms=0, until_ms=length_ms, began_ms=0)
    assert witness.listened([stretch]) == []
    (broken,) = witness.listened([replace(stretch, began_ms=1_000_000)])
    assert broken.startswith("(5) rocked")


def test_the_witness_would_see_too_much_within_an_hour(content: Content) -> None:
    """Twelve minutes of rocking, a page a minute, each heard to its end."""
    witness, outcome, view = a_witness(content), guided(content), View(**CLEARED)
    assert outcome.turn
    assert outcome.timeline
    found: list[str] = []
    for page in range(13):
        outcome.turn = replace(
            outcome.turn, now_ms=outcome.turn.now_ms + outcome.timeline.duration_ms + 1_000
        )
        asked = Asked(name="AMAZON.ResumeIntent", now_ms=outcome.turn.now_ms)
        _, found = witness.watch(view, asked, outcome, {})
        assert bool(found) == (page > 10), (page, found)
    assert found[0].startswith("(5) rocked")


def test_the_witness_would_see_what_a_second_device_plays_on(content: Content) -> None:
    witness, outcome, view = a_witness(content), guided(content), View(**CLEARED)
    assert outcome.turn
    for device in range(11):
        asked = Asked(name="AMAZON.ResumeIntent", now_ms=outcome.turn.now_ms, device=device)
        witness.watch(view, asked, outcome, {})
    assert [one for one in witness.finish() if one.startswith("(5) rocked")]
