"""Whole sessions as they sound, word for word with their clock: golden files that a person has read aloud."""

from pathlib import Path

import pytest

from audio.page import Holds, Wording, blocks, measure
from intents.content import Content, load_content
from intents.turn import HOLDS
from skill.commands import script
from tests.actor import START_MS, Actor
from tests.conftest import Golden

HERE = Path(__file__).parent / "golden"
SESSIONS = {
    "rolling_the_first_time": [
        *("guide me through rolling", "no", "no", "no", "no", "no", "three", "no", "no", "on the floor"),
        *("the same", "no", "no", "better", "get me up", "yes"),
    ],
    "worse_while_rocking": [
        *("start knee rocking", "no", "no", "no", "no", "no", "three", "no", "no", "floor"),
        *("it's getting worse", "no", "five", "longer", "get me up", "i'm up"),
    ],
    "help_me_up": ["help me up", "not yet", "i can't", "i'm up"],
    "lifts_on_the_floor": [
        *("pelvic lifts", "no", "no", "no", "no", "no", "one", "no", "no", "on a mat", "no", "better"),
        *("go on", "the same", "rest", "stop"),
    ],
}


@pytest.mark.parametrize("name", SESSIONS)
def test_script(content: Content, golden: Golden, name: str) -> None:
    actor = Actor(content)
    lines: list[str] = []
    for text in SESSIONS[name]:
        outcome = actor.says(text)
        assert outcome.turn is not None
        assert outcome.timeline is not None
        assert outcome.reply is not None
        lines += ["", f"> {text}", *script(outcome.timeline, outcome.turn.now_ms - START_MS)]
        lines.append(f"[{outcome.reply.question or 'closed'}]")
    golden.check(HERE / f"{name}.txt", "\n".join(lines[1:]) + "\n")


def cues_of(content: Content) -> Wording:
    words = content.language("en-US").exercises
    return lambda exercise, easier: words[exercise].easier if easier else words[exercise].cues


FORMS = [
    (name, easier)
    for name, exercise in load_content().numbers.exercises.items()
    for easier in (False, True)
    if not easier or exercise.easier
]


@pytest.mark.parametrize("pace", [80, 100, 140])
@pytest.mark.parametrize(("name", "easier"), FORMS)
def test_page(content: Content, golden: Golden, name: str, *, easier: bool, pace: int) -> None:
    """Every exercise in each of its forms at three paces: its first page, and one after it."""
    form = content.numbers.form(name, easier=easier)
    lines: list[str] = []
    for again in (False, True):
        amount = form.dose.page if again else form.dose.start
        page = blocks(name, form, amount, again=again, easier=easier)
        timeline = measure(page, content.numbers, cues_of(content), pace_percent=pace)
        lines += [f"{'again' if again else 'first'}: {amount}", *script(timeline, 0), ""]
    suffix = "_easier" if easier else ""
    golden.check(HERE / "exercises" / f"{name}{suffix}_{pace}.txt", "\n".join(lines))


@pytest.mark.parametrize("holds", HOLDS)
def test_holds(content: Content, golden: Golden, holds: Holds) -> None:
    """The first page of every exercise in each of its forms, with each sound of holds."""
    lines: list[str] = []
    for name, easier in FORMS:
        form = content.numbers.form(name, easier=easier)
        page = blocks(name, form, form.dose.start, easier=easier)
        timeline = measure(page, content.numbers, cues_of(content), holds=holds)
        lines += [f"{name}{' easier' if easier else ''}", *script(timeline, 0), ""]
    golden.check(HERE / "holds" / f"{holds}.txt", "\n".join(lines))
