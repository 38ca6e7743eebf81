"""The exploration finds what is broken, and the shortest way there."""

import shutil
from pathlib import Path

import pytest

from intents.content import Content, load_content
from intents.grammar import Slot
from intents.proof.actions import resolved
from skill.anybody import Step
from skill.explore import breaks, explore, kind, shorten

ROOT = Path(__file__).parents[2]
NO = Step(does="ask", action=("AMAZON.NoIntent", ()))
# One wish, seven answers, one place; and one wish more, where the first was for what is left out.
SHORTEST = (9, 10)


@pytest.fixture
def without_bones(tmp_path: Path) -> Content:
    """Content that has lost a safety question."""
    for package in ("audio", "intents"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.py", "*.pyc"))
    path = tmp_path / "intents" / "screening.toml"
    text = path.read_text(encoding="utf-8")
    whole = '"illness", "pain", "pregnancy", "bones"]'
    assert text.count(whole) == 1
    text = text.replace(whole, '"illness", "pain", "pregnancy"]')
    path.write_text(
        text.replace('"two_more", bones = "last_question" }', '"two_more" }', 1), encoding="utf-8"
    )
    return load_content(tmp_path / "intents", tmp_path / "audio")


def test_a_lost_question_is_found_with_the_shortest_script(without_bones: Content) -> None:
    found = explore(without_bones, seed=1, turns=300)
    ((violation, script),) = found.violations.items()
    assert violation == "(1) guided although not answered: ['bones']"
    assert len(script) in SHORTEST, [str(step) for step in script]
    assert all(step.at_ms is None for step in script), "no time matters here"
    assert breaks(without_bones, script, violation)
    assert not any(
        breaks(without_bones, [*script[:at], *script[at + 1 :]], violation) for at in range(len(script))
    )
    first, _, *lines = list(found.report())
    assert first.endswith(" states, 1 violations")
    assert lines == [f"  {step}" for step in script]


def test_the_same_seed_finds_the_same(content: Content) -> None:
    one, other = (explore(content, seed=3, turns=100) for _ in range(2))
    assert (one.turns, one.states, one.violations) == (other.turns, other.states, {})
    assert explore(content, seed=4, turns=100).states != one.states


def test_a_script_that_breaks_nothing_is_not_shortened_to_something(content: Content) -> None:
    assert shorten(content, [NO, NO], "(1) guided") == [NO, NO]


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (NO, "AMAZON.NoIntent"),
        (
            Step(does="ask", action=("RatePainIntent", resolved(score="2")), at_ms=1_500),
            "RatePainIntent score=2 (after 1.5 s)",
        ),
        (
            Step(does="late", action=("SurfaceIntent", (("surface", Slot(value=None, heard="the attic")),))),
            "late SurfaceIntent surface=?'the attic'",
        ),
        (Step(does="wait", at_ms=3_600_000), "wait (after 3600.0 s)"),
        (Step(does="open"), "open"),
    ],
)
def test_a_step_says_what_to_do(step: Step, text: str) -> None:
    assert str(step) == text


def test_violations_of_one_kind_are_one() -> None:
    assert kind("(5) 16 lifts within an hour") == kind("(5) 20 lifts within an hour")
    assert kind("(5) rolled") != kind("(1) rolled")
