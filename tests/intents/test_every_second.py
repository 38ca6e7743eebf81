"""A virtual clock: every page of every exercise interrupted at its seconds, by every control word.

In the ordinary run at every tenth second, with CI=1 at all of them.
"""

import os
import random
from collections.abc import Callable
from copy import deepcopy

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
    actor = Actor(content)
    outcome = actor.is_cleared(exercise)
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
    """A request that comes again, at the same moment and with the same attributes: one dose, one history."""
    shelf = Shelf()
    actor = Actor(content, shelf)
    actor.is_cleared("knee_rocking")
    before = actor.now_ms, actor.last, deepcopy(actor.attributes), actor.session_id
    first = actor.asks("ReportPainIntent", at_ms=200_000, change="same")
    kept = deepcopy(shelf.kept)
    actor.now_ms, actor.last, actor.attributes, actor.session_id = before
    second = actor.asks("ReportPainIntent", at_ms=200_000, change="same")
    assert first.reply
    assert second.reply
    assert second.timeline
    assert not second.timeline.guided
    for name in ("ledger", "finished", "history", "progress"):
        assert kept[name] == shelf.kept[name]
    check_doses(content, second)
