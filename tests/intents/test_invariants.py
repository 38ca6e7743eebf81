"""The design's invariants, for any sequence of requests: explored, not exemplified."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intents import never_say
from intents.alexa import Outcome
from intents.content import Content
from tests.actor import Actor, speech

EXERCISES = ["abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift", "back_rolling"]
FIRST_ROUND = {"saddle", "legs", "fall", "chest", "illness", "pain", "pregnancy", "bones"}
RETURNING_ROUND = {"since_saddle", "since_legs", "since_ill", "news", "pain"}
GATES = {"pregnancy", "bones"}
HOUR_MS = 60 * 60 * 1000

# One action: an intent with its slots, or a whole clearing conversation. Listed often: what leads deep.
Action = tuple[str, tuple[tuple[str, str], ...]]
plain_actions = st.sampled_from(
    [
        ("LaunchRequest", ()),
        ("AMAZON.YesIntent", ()),
        ("AMAZON.NoIntent", ()),
        ("NotSureIntent", ()),
        ("ReadyIntent", ()),
        ("AMAZON.ResumeIntent", ()),
        ("AMAZON.RepeatIntent", ()),
        ("AMAZON.StartOverIntent", ()),
        ("AMAZON.NextIntent", ()),
        ("AMAZON.PreviousIntent", ()),
        ("AMAZON.PauseIntent", ()),
        ("AMAZON.HelpIntent", ()),
        ("AMAZON.FallbackIntent", ()),
        ("NobodyKnowsThisIntent", ()),
        ("AMAZON.StopIntent", ()),
        ("AMAZON.CancelIntent", ()),
        ("AMAZON.NavigateHomeIntent", ()),
        ("GetUpIntent", ()),
        ("ListExercisesIntent", ()),
        ("RestingPoseIntent", ()),
        ("RestingPoseIntent", (("side", "left"),)),
        ("GetTipIntent", (("topic", "lifting"),)),
        ("GetTipIntent", ()),
        ("DescribeExerciseIntent", (("exercise", "back_rolling"),)),
        ("AskAboutIntent", (("subject", "causes"),)),
        ("AskAboutIntent", ()),
        ("WhyIntent", ()),
        ("SetModeIntent", (("mode", "brief"),)),
        ("ProgressIntent", ()),
        ("KnownDataIntent", ()),
        ("DeleteMyDataIntent", ()),
        ("DeleteMyDataIntent", (("date", "2027-01-15"),)),
        ("SurfaceIntent", (("surface", "floor"),)),
        ("SurfaceIntent", (("surface", "bed"),)),
        ("SurfaceIntent", (("surface", "standing"),)),
        ("ReportPainIntent", (("change", "better"),)),
        ("ReportPainIntent", (("change", "same"),)),
        ("ReportPainIntent", (("change", "worse"),)),
        ("ReportPainIntent", (("change", "present"),)),
        ("ReportPainIntent", (("change", "gone"),)),
        ("ReportSymptomIntent", (("symptom", "saddle_numbness"),)),
        ("ReportSymptomIntent", (("symptom", "major_injury"),)),
        ("ReportSymptomIntent", (("symptom", "stranded"),)),
        ("ReportSymptomIntent", (("symptom", "fever"),)),
        ("ReportSymptomIntent", (("symptom", "leg_pain_one_side"),)),
        ("ReportSymptomIntent", (("symptom", "stiff_back"),)),
        ("ReportSymptomIntent", (("words", "something odd"),)),
        ("RatePainIntent", (("score", "2"),)),
        ("RatePainIntent", (("score", "5"),)),
        ("RatePainIntent", (("score", "9"),)),
        ("RatePainIntent", (("score", "99"),)),
    ]
)
starts = st.builds(
    lambda exercise, extra: ("StartExerciseIntent", (("exercise", exercise), *extra)),
    st.sampled_from(EXERCISES),
    st.sampled_from(
        [(), (("count", "100"),), (("duration", "PT45M"),), (("duration", "PT5M"),), (("surface", "bed"),)]
    ),
)
clearings = st.builds(lambda exercise: ("clear", (("exercise", exercise),)), st.sampled_from(EXERCISES))
rollings = st.just(("roll", (("exercise", "back_rolling"),)))
goings_on = st.sampled_from(
    [("ReportPainIntent", (("change", "same"),)), ("AMAZON.NoIntent", ()), ("AMAZON.ResumeIntent", ())]
)
actions = st.lists(
    st.tuples(
        st.one_of(plain_actions, starts, clearings, rollings, goings_on, goings_on),
        st.none() | st.integers(0, 130_000),
    ),
    max_size=25,
)


@dataclass
class Witness:
    """Watches a conversation from outside and knows nothing of how it is made."""

    content: Content
    actor: Actor
    session: str | None = None
    answered: set[str] = field(default_factory=set)
    open_question: str | None = None
    alarmed: bool = False
    lay_down: bool = False
    in_pain: bool = False
    warmed_up: bool = False
    gates: set[str] = field(default_factory=set)
    surface: str | None = None
    done: set[str] = field(default_factory=set)
    moves: list[tuple[int, str]] = field(default_factory=list)
    sets: list[tuple[int, str]] = field(default_factory=list)

    def send(self, name: str, slots: dict[str, str], at_ms: int | None) -> None:
        before = self.actor.last
        session_before = self.actor.session_id
        if name == "LaunchRequest":
            outcome = self.actor.opens()
        else:
            outcome = self.actor.asks(name, at_ms=at_ms, **slots)
        self._count_what_was_played(before)
        if session_before is None or name == "LaunchRequest":
            self.answered, self.open_question = set(), None
            self.alarmed = self.lay_down = self.in_pain = self.warmed_up = False
            self.surface, self.gates = None, set()
        self._note_answer(name, slots)
        self._note_gate(name)
        self._note_state(name, slots, before, at_ms)
        self.check(name, slots, outcome)
        assert outcome.reply is not None
        self.open_question = outcome.reply.question
        self.done = set(outcome.reply.person.finished)

    def exercises_in(self, outcome: Outcome) -> set[str]:
        """Which exercises are guided, by their words."""
        assert outcome.timeline is not None
        spoken = {cue.text for cue in outcome.timeline.cues if cue.kind in {"hold", "count"}}
        words = self.content.language("en-US").exercises
        warm_up = {"knees_to_chest", "knee_rocking"}
        found = {name for name, said in words.items() if spoken & set(said.cues.values())}
        return found - (warm_up if "back_rolling" in self.done else set())

    def _note_answer(self, name: str, slots: dict[str, str]) -> None:
        question = self.open_question
        score = int(slots.get("score", "99"))
        low_number = name == "RatePainIntent" and question == "pain" and score < 6
        if question in FIRST_ROUND | RETURNING_ROUND and (
            (name == "AMAZON.NoIntent" and question != "pain") or low_number
        ):
            self.answered.add(question)

    def _note_gate(self, name: str) -> None:
        if self.open_question in {"rolling_today", "age_or_thinners"} and name == "AMAZON.NoIntent":
            self.gates.add(self.open_question)

    def _note_state(
        self, name: str, slots: dict[str, str], before: Outcome | None, at_ms: int | None
    ) -> None:
        """What a careful listener knows: pain that was not sorted, the warm-up heard, where one lies."""
        if name in {"SurfaceIntent", "StartExerciseIntent"} and "surface" in slots:
            self.surface = slots["surface"]
        if self.open_question == "floor_alone" and name == "AMAZON.YesIntent":
            self.surface = "floor"
        hurts = name == "ReportPainIntent" and slots["change"] in {"worse", "present"}
        rising = self.open_question == "are_you_up" and slots.get("change") == "present"
        if hurts and self.lay_down and not rising:
            self.in_pain = self.open_question not in FIRST_ROUND
            self.warmed_up = self.warmed_up and not self.in_pain
        if name == "RatePainIntent" and 6 <= int(slots["score"]) <= 10:
            self.alarmed = self.alarmed or self.lay_down
        if name == "RatePainIntent" and self.open_question == "ladder_number" and int(slots["score"]) < 6:
            self.in_pain = False
        if before is not None and before.timeline is not None and self.open_question == "page_check":
            heard_all = at_ms is None or at_ms >= before.timeline.duration_ms or at_ms < 3_000
            is_warm_up = any(cue.text.startswith("Toward") for cue in before.timeline.cues)
            self.warmed_up = self.warmed_up or (heard_all and is_warm_up)

    def _count_what_was_played(self, before: Outcome | None) -> None:
        """Counts movements that had begun when the next request came."""
        if before is None or before.timeline is None or before.turn is None:
            return
        began_ms = before.turn.now_ms
        counted: dict[str, int] = {}
        for cue in before.timeline.cues:
            if cue.kind == "count" and began_ms + cue.start_ms < self.actor.now_ms:
                kind = {"Back.": "roll", "Toward": "rock", "Out,": "lift", "Breathe": "lift"}.get(
                    cue.text.split(" ")[0]
                )
                if kind and not (kind == "lift" and "lift" not in cue.text):
                    counted[kind] = counted.get(kind, 0) + 1
                    self.moves.append((began_ms + cue.start_ms, kind))
        self.sets.extend((began_ms, kind) for kind in counted)

    def within_the_hour(self, kind: str, of: list[tuple[int, str]]) -> int:
        """The most of a kind in any hour."""
        times = [at_ms for at_ms, found in of if found == kind]
        return max((sum(1 for t in times if at <= t < at + HOUR_MS) for at in times), default=0)

    def check(self, name: str, slots: dict[str, str], outcome: Outcome) -> None:
        assert outcome.reply is not None
        assert outcome.timeline is not None
        words = speech(outcome)
        closed = outcome.reply.question is None
        if outcome.timeline.guided:
            knows_me = self.answered >= RETURNING_ROUND and (self.answered >= GATES or bool(self.done))
            assert self.answered >= FIRST_ROUND or knows_me, (
                "guided without every question answered in this session"
            )
            if not self.answered >= GATES:
                assert self.exercises_in(outcome) <= self.done, "guided what was not finished before"
            assert not self.alarmed, "guided after an alarm"
            assert not self.in_pain, "guided although pain was not sorted"
            if any(cue.text == "Back." for cue in outcome.timeline.cues):
                assert self.warmed_up, "rolled without a warm-up"
                assert self.gates == {"rolling_today", "age_or_thinners"}, "rolled without its own questions"
                assert self.surface in {"floor", "mat"}, "rolled on something soft"
            if any("lift" in cue.text.lower() and cue.kind == "count" for cue in outcome.timeline.cues):
                assert "age_or_thinners" in self.gates, "lifted without its own question"
            self.lay_down = True
        if outcome.reply.triage in {"emergency", "urgent"}:
            self.alarmed = True
        symptom = slots.get("symptom")
        if symptom in {"saddle_numbness", "major_injury"}:
            assert closed
            first_two = words.split(". ")[:2]
            assert "nine one one" in " ".join(first_two)
            assert words.endswith("nine one one.")
            assert "?" not in words
        if name in {"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"}:
            assert closed
        if closed:
            assert "?" not in words
            assert outcome.reply.reprompt is None
            risen = name in {"ReadyIntent", "AMAZON.YesIntent"} and self.open_question == "are_you_up"
            if self.lay_down and not risen and outcome.reply.triage != "emergency":
                assert "push up with your hands" in words
        elif self.lay_down:
            assert "help me up" in (outcome.reply.reprompt or "").lower()
        self.check_privacy(outcome)
        reprompt = outcome.reply.reprompt or ""
        assert not list(never_say.found(f"{words} {reprompt}", self.content.language("en-US").never_say))

    def check_privacy(self, outcome: Outcome) -> None:
        """What is kept names no symptom, no finding and no answer."""
        kept = json.dumps([outcome.json.get("sessionAttributes"), person_of(outcome)])
        for advice in self.content.screening.advice.keys() - self.content.screening.questions.keys():
            assert f'"{advice}"' not in kept


def person_of(outcome: Outcome) -> object:
    from intents.turn import person_to_json  # noqa: PLC0415

    assert outcome.reply is not None
    return person_to_json(outcome.reply.person)


def run(content: Content, script: list[tuple[Action, int | None]], check: Callable[[Witness], None]) -> None:
    witness = Witness(content, Actor(content))
    for (name, slots), at_ms in script:
        if name in {"clear", "roll"}:
            witness.send("StartExerciseIntent", dict(slots), None)
            for _ in range(10):
                if witness.open_question == "pain":
                    witness.send("RatePainIntent", {"score": "2"}, None)
                elif witness.open_question in FIRST_ROUND | RETURNING_ROUND:
                    witness.send("AMAZON.NoIntent", {}, None)
            if witness.open_question == "surface":
                witness.send("SurfaceIntent", {"surface": "floor"}, None)
            for _ in range(3 if name == "roll" else 0):
                is_page = witness.open_question == "page_check"
                witness.send(
                    *(("ReportPainIntent", {"change": "same"}) if is_page else ("AMAZON.NoIntent", {})), None
                )
        else:
            witness.send(name, dict(slots), at_ms)
        check(witness)


def check_doses(witness: Witness) -> None:
    assert witness.within_the_hour("roll", witness.sets) <= 2
    assert witness.within_the_hour("roll", witness.moves) <= 20
    assert witness.within_the_hour("rock", witness.moves) <= 100
    assert witness.within_the_hour("lift", witness.moves) <= 15


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(actions)
def test_invariants_hold_for_every_sequence(
    content: Content, script: list[tuple[Action, int | None]]
) -> None:
    run(content, script, check_doses)


def test_the_witness_would_see_a_guided_cue_without_clearance(content: Content) -> None:
    witness = Witness(content, Actor(content))
    witness.send("StartExerciseIntent", {"exercise": "knee_rocking"}, None)
    for _ in range(5):
        witness.send("AMAZON.NoIntent", {}, None)
    witness.send("RatePainIntent", {"score": "2"}, None)
    for _ in range(2):
        witness.send("AMAZON.NoIntent", {}, None)
    witness.answered.clear()
    with pytest.raises(AssertionError, match="guided without"):
        witness.send("SurfaceIntent", {"surface": "floor"}, None)
