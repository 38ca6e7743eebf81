"""The safety questions walked to every end: each answer class at each question, from each way in.

States are what the session and the store hold, and which questions a listener has heard answered. The rounds
of somebody new and of somebody who comes back are walked whole. The full check is too long for that: every
two such answers, with nothing to report at all other questions.
"""

import json
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest

from intents.alexa import Outcome
from intents.content import Content
from intents.grammar import Slot
from tests.actor import Actor, speech
from tests.shelf import Shelf

Action = tuple[str, tuple[tuple[str, str], ...]]
FIRST = frozenset({"saddle", "legs", "fall", "chest", "illness", "pain", "pregnancy", "bones"})
RETURNING = frozenset({"since_saddle", "since_legs", "since_ill", "news", "pain"})
GATES = frozenset({"pregnancy", "bones"})
ROLLING = frozenset({"rolling_today", "age_or_thinners"})
LIFTING = frozenset({"age_or_thinners"})
SEEN = frozenset({"illness"})
"""What a yes to "a doctor has seen it, and it is unchanged" settles: what was to be seen within days (B2)."""
PASSING = ("misses", "said", "last", "told")
"""What only counts or repeats: it changes no way through the questions."""
STOPS = {"AMAZON.StopIntent", "AMAZON.CancelIntent"}
ANSWERS: tuple[Action, ...] = (
    ("AMAZON.NoIntent", ()),
    ("AMAZON.YesIntent", ()),
    ("NotSureIntent", (("hedge", "no"),)),
    ("NotSureIntent", ()),
    ("RatePainIntent", (("score", "2"),)),
    ("RatePainIntent", (("score", "5"),)),
    ("RatePainIntent", (("score", "7"),)),
    ("RatePainIntent", (("score", "50"),)),
    ("ReportSymptomIntent", (("symptom", "saddle_numbness"),)),
    ("ReportSymptomIntent", (("symptom", "fever"),)),
    ("ReportSymptomIntent", (("symptom", "constant_pain"),)),
    ("ReportSymptomIntent", (("symptom", "pain_over_six_weeks"),)),
    ("ReportSymptomIntent", (("symptom", "stiff_back"),)),
    ("GetTipIntent", (("topic", "sitting"),)),
    ("StartExerciseIntent", (("exercise", "knee_rocking"),)),
    ("AMAZON.NextIntent", ()),
    ("AMAZON.ResumeIntent", ()),
    ("AMAZON.HelpIntent", ()),
    ("AMAZON.FallbackIntent", ()),
    ("AMAZON.StopIntent", ()),
    ("SessionEndedRequest", ()),
)
if os.environ.get("CI"):  # it takes exercises out, too: half as many states more
    ANSWERS += (("ReportSymptomIntent", (("symptom", "leg_pain_one_side"),)),)
CLEAN: tuple[Action, ...] = (("AMAZON.NoIntent", ()), ("RatePainIntent", (("score", "2"),)))
"""What somebody answers who has nothing to report."""
GOES_ON: tuple[Action, ...] = (
    ("SurfaceIntent", (("surface", "floor"),)),
    ("StartExerciseIntent", (("exercise", "knee_rocking"),)),
    ("AMAZON.ResumeIntent", ()),
    ("AMAZON.YesIntent", ()),
    ("ReadyIntent", ()),
)


def as_slots(slots: tuple[tuple[str, str], ...]) -> dict[str, Slot]:
    return {name: Slot(value=value, heard=value) for name, value in slots}


@dataclass(frozen=True)
class State:
    """Where a conversation is, and what its listener has heard answered."""

    attributes: str
    kept: str
    session_id: str
    question: str | None
    answered: frozenset[str]
    alarmed: bool
    strays: int = 0
    """How many answers on the way were others than those of somebody with nothing to report."""


@dataclass
class Walk:
    """All states that can be reached, and how often a path to an end leads through them."""

    content: Content
    shelf: Shelf
    actor: Actor
    known: set[str]
    most_strays: int | None = None
    states: set[State] = field(default_factory=set)
    transitions: int = 0
    guided: int = 0
    closed: int = 0
    after: dict[State, list[State]] = field(default_factory=dict)

    def begin(self, outcome: Outcome, answered: frozenset[str] = frozenset()) -> State:
        return self._state(outcome, answered, alarmed=False)

    def run(self, first: State) -> None:
        waiting = deque([first])
        self.states.add(first)
        while waiting:
            state = waiting.popleft()
            self.after[state] = []
            for action in self._actions(state):
                reached = self.step(state, action)
                if reached is None:
                    continue
                if self.most_strays is not None and reached != state and action not in CLEAN:
                    reached = replace(reached, strays=state.strays + 1)
                self.after[state].append(reached)
                if reached not in self.states:
                    self.states.add(reached)
                    waiting.append(reached)

    def _actions(self, state: State) -> tuple[Action, ...]:
        if state.question not in self.content.screening.questions:
            return GOES_ON
        return CLEAN if state.strays == self.most_strays else ANSWERS

    def step(self, state: State, action: Action) -> State | None:
        """One answer in a state: what it must and must not do. None where the walk ends."""
        name, slots = action
        self.transitions += 1
        self.shelf.kept = json.loads(state.kept)
        self.actor.attributes, self.actor.session_id = json.loads(state.attributes), state.session_id
        self.actor.last = None
        outcome = self.actor.sends(name, as_slots(slots))
        if name == "SessionEndedRequest":
            return None
        assert outcome.reply
        assert outcome.timeline
        answered = self._answered(state, action)
        reached = self._state(outcome, answered, alarmed=state.alarmed, strays=state.strays)
        self._check(state, action, outcome, reached)
        if outcome.timeline.guided:
            self.guided += 1
            return None
        if outcome.reply.question is None:
            self.closed += 1
            return None
        left = state.question not in self.content.screening.questions
        over = left and outcome.reply.question not in {*self.content.screening.questions, "surface"}
        return None if over else reached

    def _answered(self, state: State, action: Action) -> frozenset[str]:
        """Only a plain no, or a number below six where one was asked, clears a question.

        The group about bones ends with its last item: what was found on the way only takes exercises out.
        """
        name, slots = action
        question = "bones" if state.question == "told_not_to" else state.question or ""
        clears = name == "AMAZON.NoIntent" and question != "pain"
        clears |= name == "RatePainIntent" and question == "pain" and slots[0][1] in {"2", "5"}
        settled = SEEN if (question, name) == ("checked_before", "AMAZON.YesIntent") else frozenset()
        return state.answered | settled | ({question} if clears else frozenset())

    def _check(self, state: State, action: Action, outcome: Outcome, reached: State) -> None:
        name, slots = action
        assert outcome.reply
        assert outcome.timeline
        words = speech(outcome)
        if outcome.timeline.guided:
            knows = reached.answered >= RETURNING and (
                reached.answered >= GATES or "knee_rocking" in self.known
            )
            assert reached.answered >= FIRST or knows, (state, action)
            assert not state.alarmed, (state, action)
            counts = {cue.text for cue in outcome.timeline.cues if cue.kind == "count"}
            assert "Back." not in counts or reached.answered >= ROLLING, (state, action)
            assert not any("lift" in text for text in counts) or reached.answered >= LIFTING, (state, action)
        if slots == (("symptom", "saddle_numbness"),):
            assert outcome.reply.triage == "emergency"
        if outcome.reply.triage == "emergency":
            assert outcome.reply.question is None, (state, action)
            assert "nine one one" in " ".join(words.split(". ")[:2]), words
            assert words.endswith("nine one one."), words
            assert outcome.reply.card
            assert "911" in outcome.reply.card.title
        if name in STOPS:
            assert outcome.reply.question is None
        if outcome.reply.question is None:
            assert "?" not in words
            assert outcome.reply.reprompt is None
        if name in {"AMAZON.HelpIntent", "AMAZON.FallbackIntent"} and state.question in FIRST | RETURNING:
            assert outcome.reply.question == state.question, "help and fallback keep the question"
            assert name == "AMAZON.HelpIntent" or "nine one one" in words

    def _state(self, outcome: Outcome, answered: frozenset[str], *, alarmed: bool, strays: int = 0) -> State:
        assert outcome.reply
        attributes = {**(outcome.json.get("sessionAttributes") or {})}
        for name in PASSING:
            attributes.pop(name, None)
        alarmed |= outcome.reply.triage in {"urgent", "emergency"}
        return State(
            attributes=json.dumps(attributes, sort_keys=True),
            kept=json.dumps({k: v for k, v in self.shelf.kept.items() if k != "seen_ms"}, sort_keys=True),
            session_id=self.actor.session_id or "",
            question=outcome.reply.question,
            answered=answered & (FIRST | RETURNING | ROLLING),
            alarmed=alarmed,
            strays=strays,
        )

    def paths(self) -> int:
        """How many ways lead to an end without passing a state twice in a row, repetitions left out."""
        order: list[State] = []
        seen: set[State] = set()
        for first in self.states:
            stack: list[tuple[State, bool]] = [(first, False)]
            while stack:
                state, done = stack.pop()
                if done:
                    order.append(state)
                elif state not in seen:
                    seen.add(state)
                    stack.append((state, True))
                    stack += [
                        (reached, False) for reached in self.after.get(state, ()) if reached not in seen
                    ]
        count: dict[State, int] = {}
        for state in order:
            count[state] = 1 + sum(count.get(reached, 0) for reached in set(self.after.get(state, ())))
        return max(count.values())


def somebody_new(actor: Actor) -> Outcome:
    return actor.asks("StartExerciseIntent", exercise="knee_rocking")


def back_after_days(actor: Actor) -> None:
    actor.is_cleared("knee_rocking")
    actor.says("the same")
    actor.leaves()
    actor.now_ms += 3 * 24 * 60 * 60 * 1000


def somebody_who_comes_back(actor: Actor) -> Outcome:
    back_after_days(actor)
    return actor.asks("StartExerciseIntent", exercise="knee_rocking")


def something_new_for_who_comes_back(actor: Actor) -> Outcome:
    back_after_days(actor)
    return actor.asks("StartExerciseIntent", exercise="knees_to_chest")


def something_new_after_the_short_round(actor: Actor) -> Outcome:
    something_new_for_who_comes_back(actor)
    for answer in ("no", "no", "no", "no"):
        actor.says(answer)
    return actor.says("two")


def rolling(actor: Actor) -> Outcome:
    actor.is_cleared("back_rolling")
    return actor.says("the same")


def lifting(actor: Actor) -> Outcome:
    return actor.is_cleared("pelvic_lift")


def a_full_check(actor: Actor) -> Outcome:
    return actor.asks("SafetyCheckIntent")


@dataclass(frozen=True)
class Way:
    """A way into a round of questions, and what was answered before."""

    begins: Callable[[Actor], Outcome]
    round: str
    answered: frozenset[str] = frozenset()
    most_strays: int | None = None
    """Of all paths only those with so few answers of somebody who has something to report."""


WAYS_IN = {
    "somebody new": Way(somebody_new, "first"),
    "somebody who comes back": Way(somebody_who_comes_back, "returning"),
    "something new for who came back": Way(something_new_after_the_short_round, "gates", RETURNING),
    "rolling": Way(rolling, "rolling", FIRST),
    "lifting": Way(lifting, "lifting", FIRST),
    "a full check": Way(a_full_check, "full", most_strays=2),
}
if os.environ.get("CI"):
    WAYS_IN["something new for who comes back"] = Way(something_new_for_who_comes_back, "gates")


@cache
def walk(content: Content, way: Way) -> Walk:
    shelf = Shelf()
    actor = Actor(content, shelf)
    outcome = way.begins(actor)
    known = set(shelf.kept["finished"]) if "finished" in shelf.kept else set()
    found = Walk(content, shelf, actor, known, way.most_strays)
    found.run(found.begin(outcome, way.answered))
    return found


@pytest.mark.parametrize("name", WAYS_IN)
def test_no_path_through_the_questions_guides_without_their_answers(
    content: Content, name: str, record_property: Callable[[str, Any], None]
) -> None:
    found = walk(content, WAYS_IN[name])
    asked = {state.question for state in found.states}
    assert asked >= set(content.screening.rounds[WAYS_IN[name].round].questions) - {"checked_before"}
    assert found.guided or WAYS_IN[name].round == "full", "a check asks what to do next"
    assert found.closed
    record_property(f"states walked from {name}", len(found.states))
    record_property(f"answers given from {name}", found.transitions)
    record_property(f"paths from {name}", found.paths())


def test_every_round_is_walked(content: Content) -> None:
    walked = {way.round for way in WAYS_IN.values()}
    assert walked == set(content.screening.rounds)


def test_the_walk_would_see_a_question_that_nobody_answered(content: Content) -> None:
    found = walk(content, WAYS_IN["somebody new"])
    cleared = next(state for state in found.states if state.question == "surface" and state.answered >= FIRST)
    forged = State(**{**cleared.__dict__, "answered": frozenset({"pain"})})
    with pytest.raises(AssertionError):
        found.step(forged, GOES_ON[0])
