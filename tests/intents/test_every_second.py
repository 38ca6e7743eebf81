"""A virtual clock: every page of every exercise interrupted at its seconds, by every control word.

In the ordinary run a seeded tenth of the seconds, and all of them for rolling with CI=1.
"""

import os
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import pytest

from audio.page import measure
from audio.timeline import Mark
from intents.alexa import Outcome
from intents.content import Content
from intents.place import HEARD_MS
from intents.turn import Place
from tests.actor import Actor, speech
from tests.shelf import Shelf

Recorder = Callable[[str, object], None]
EXERCISES = ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift", "back_rolling")
ANSWERS = {"page_check": "the same", "rolling_today": "no", "age_or_thinners": "no", "more": "go on"}
# What keeps the place, and what is expected of it.
KEEPS = [
    ("TimeLeftIntent", {}),
    ("AMAZON.PauseIntent", {}),
    ("AMAZON.ResumeIntent", {}),
    ("AMAZON.HelpIntent", {}),
    ("AMAZON.FallbackIntent", {}),
    ("GetTipIntent", {"topic": "lifting"}),
    ("AdjustExerciseIntent", {"adjustment": "slower"}),
    ("AdjustExerciseIntent", {"adjustment": "faster"}),
    ("AdjustExerciseIntent", {"adjustment": "harder"}),
    ("ReportPainIntent", {"change": "better"}),
]
CHANGES = [
    ("AMAZON.RepeatIntent", {}),
    ("AMAZON.NextIntent", {}),
    ("AMAZON.PreviousIntent", {}),
    ("AMAZON.StartOverIntent", {}),
    ("AdjustExerciseIntent", {"adjustment": "easier"}),
    ("AdjustExerciseIntent", {"adjustment": "shorter"}),
    ("AdjustExerciseIntent", {"adjustment": "longer"}),
    ("AMAZON.StopIntent", {}),
    ("ReportPainIntent", {"change": "worse"}),
    ("ReportSymptomIntent", {"symptom": "saddle_numbness"}),
    ("GetUpIntent", {}),
]


@dataclass
class Moment:
    """A page that has just begun, to be interrupted as often as one likes."""

    actor: Actor
    shelf: Shelf
    begun: Outcome

    def __post_init__(self) -> None:
        self._state = deepcopy((self.shelf.kept, self.actor.attributes, self.actor.session_id))
        self._now_ms = self.actor.now_ms

    def interrupted(self, name: str, slots: dict[str, str], at_ms: int) -> Outcome:
        """What is answered to a request so long after the page began; then as if nothing had been."""
        self.shelf.kept, self.actor.attributes, self.actor.session_id = deepcopy(self._state)
        self.actor.now_ms, self.actor.last = self._now_ms, self.begun
        return self.actor.asks(name, at_ms=at_ms, **slots)

    def rewind(self) -> None:
        self.shelf.kept, self.actor.attributes, self.actor.session_id = deepcopy(self._state)
        self.actor.now_ms, self.actor.last = self._now_ms, self.begun


def pages_of(content: Content, exercise: str) -> Iterator[Moment]:
    """Every page of a session with one exercise, as it begins; at most four."""
    shelf = Shelf()
    actor = Actor(content, shelf)
    outcome = actor.is_cleared(exercise)
    found = 0
    while outcome.reply and outcome.timeline and found < 4:
        if outcome.timeline.guided:
            found += 1
            moment = Moment(actor, shelf, outcome)
            yield moment
            moment.rewind()
        if outcome.reply.question not in ANSWERS:
            break
        outcome = actor.says(ANSWERS[outcome.reply.question])


def reached(content: Content, place: Place, at_ms: int) -> Mark:
    """The last checkpoint that had begun by then."""
    words = content.language("en-US").exercises
    timeline = measure(
        place.pages[place.page],
        content.numbers,
        lambda name, easier: words[name].easier if easier else words[name].cues,
        place.start,
        pace_percent=place.pace_percent,
    )
    return timeline.mark_at(at_ms - place.opening_ms) or place.start


def seconds_of(exercise: str, duration_ms: int) -> list[int]:
    every = range(HEARD_MS // 1000, duration_ms // 1000)
    if os.environ.get("CI") and exercise == "back_rolling":
        return list(every)
    return sorted(random.Random(exercise).sample(every, len(every) // 10))


def is_spent(content: Content, outcome: Outcome, exercise: str) -> bool:
    """Whether a side has no further repetition left of this hour's sum: begun ones count as done."""
    assert outcome.reply
    done = sum(one.repetitions for one in outcome.reply.person.ledger if one.exercise == exercise)
    numbers = content.numbers.exercises[exercise]
    return numbers.session_limit - done < max(1, len(numbers.sides))


def check_doses(content: Content, outcome: Outcome) -> None:
    assert outcome.reply
    for name, exercise in content.numbers.exercises.items():
        done = sum(one.repetitions for one in outcome.reply.person.ledger if one.exercise == name)
        assert done <= exercise.session_limit, name


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_interruption_keeps_the_place_within_one_checkpoint(
    content: Content, exercise: str, record_property: Recorder
) -> None:
    cases = 0
    for moment in pages_of(content, exercise):
        assert moment.begun.reply
        assert moment.begun.timeline
        before = moment.begun.reply.person.place
        assert before
        for second in seconds_of(exercise, moment.begun.timeline.duration_ms):
            mark = reached(content, before, second * 1000)
            for name, slots in KEEPS:
                outcome = moment.interrupted(name, slots, second * 1000)
                assert outcome.reply
                assert outcome.timeline
                place = outcome.reply.person.place
                check_doses(content, outcome)
                cases += 1
                if place is None or place.page != before.page:
                    last = Mark(len(before.pages[before.page]) - 1, before.pages[before.page][-1].repetitions)
                    assert mark == last or is_spent(content, outcome, exercise), (name, second)
                    continue
                expected = {(mark.block, mark.repetitions)}
                if mark.repetitions == before.pages[before.page][mark.block].repetitions:
                    expected.add((mark.block + 1, 0))  # that block was done: on with the next
                assert (place.start.block, place.start.repetitions) in expected, (name, second)
    record_property("interruptions", cases)
    assert cases > 50


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_control_word_is_answered_within_the_rules(
    content: Content, exercise: str, record_property: Recorder
) -> None:
    cases = 0
    for moment in pages_of(content, exercise):
        assert moment.begun.timeline
        for second in seconds_of(exercise, moment.begun.timeline.duration_ms):
            for name, slots in CHANGES:
                outcome = moment.interrupted(name, slots, second * 1000)
                assert outcome.reply
                assert outcome.timeline
                check_doses(content, outcome)
                cases += 1
                if name == "AMAZON.StopIntent":
                    assert outcome.reply.question is None
                    assert "push up with your hands" in speech(outcome)
                if name in {"ReportSymptomIntent", "AMAZON.StopIntent", "ReportPainIntent", "GetUpIntent"}:
                    assert not outcome.timeline.guided
                if outcome.timeline.guided:
                    assert outcome.reply.question == "page_check"
    record_property("control words", cases)
    assert cases > 50


@pytest.mark.parametrize("exercise", EXERCISES)
def test_going_on_after_every_interruption_never_passes_the_dose(content: Content, exercise: str) -> None:
    """Interrupted again and again, and gone on with each time, to the end."""
    for moment in list(pages_of(content, exercise))[:1]:
        moment.rewind()
        actor = moment.actor
        outcome = moment.begun
        chance = random.Random(exercise)
        for _ in range(120):
            assert outcome.reply
            assert outcome.timeline
            check_doses(content, outcome)
            question = outcome.reply.question or ""
            if question not in {*ANSWERS, "paused"}:
                break
            if question == "page_check" and chance.random() < 0.7:
                at_ms = chance.randrange(HEARD_MS, outcome.timeline.duration_ms)
                name, slots = chance.choice(
                    [*KEEPS, ("AMAZON.RepeatIntent", {}), ("AMAZON.StartOverIntent", {})]
                )
                outcome = actor.asks(name, at_ms=at_ms, **slots)
            else:
                outcome = actor.says(ANSWERS.get(question, "go on"))


def test_a_request_twice_guides_nothing_twice(content: Content) -> None:
    """Alexa repeats a request that was answered late: the same moment, the same answer, one dose."""
    for moment in pages_of(content, "knee_rocking"):
        first = moment.interrupted("ReportPainIntent", {"change": "same"}, 200_000)
        kept = deepcopy(moment.shelf.kept)
        moment.actor.now_ms, moment.actor.last = moment._now_ms, moment.begun
        moment.actor.attributes, moment.actor.session_id = deepcopy(moment._state[1:])
        second = moment.actor.asks("ReportPainIntent", at_ms=200_000, change="same")
        assert first.reply
        assert second.reply
        assert kept["ledger"] == moment.shelf.kept["ledger"]
        check_doses(content, second)
        break
