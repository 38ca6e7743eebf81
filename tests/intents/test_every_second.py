"""A virtual clock: every page of every exercise interrupted at its seconds, by every control word.

In the ordinary run at every tenth second, with CI=1 at all of them.
"""

import os
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import pytest

from intents.alexa import Outcome
from intents.content import Content
from intents.place import HEARD_MS
from skill.every_second import KEEPS, every_second
from tests.actor import Actor
from tests.shelf import Shelf

Recorder = Callable[[str, object], None]
EXERCISES = ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift", "back_rolling")
ANSWERS = {"page_check": "the same", "rolling_today": "no", "age_or_thinners": "no", "more": "go on"}


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


def check_doses(content: Content, outcome: Outcome) -> None:
    assert outcome.reply
    for name, exercise in content.numbers.exercises.items():
        done = sum(one.repetitions for one in outcome.reply.person.ledger if one.exercise == name)
        assert done <= exercise.session_limit, name


def test_every_interruption_keeps_the_rules_and_the_place_within_one_checkpoint(
    content: Content, record_property: Recorder
) -> None:
    found = every_second(content, every=1 if os.environ.get("CI") else 10)
    assert not {what: list(map(str, steps)) for what, steps in found.violations.items()}
    record_property("interruptions", found.cases)
    assert found.cases > 2_000
    assert found.pages > 2 * len(EXERCISES)


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
                again = (("AMAZON.RepeatIntent", ()), ("AMAZON.StartOverIntent", ()))
                name, slots = chance.choice((*KEEPS, *again))
                outcome = actor.sends(name, dict(slots), at_ms=at_ms)
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
