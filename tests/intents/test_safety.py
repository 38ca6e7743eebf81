import ast
from pathlib import Path
from typing import Any

import pytest

from audio.permit import NotPermittedError, Permit
from audio.timeline import Line
from intents.content import load_content
from intents.safety import Clearance, Left, grant
from intents.shapes import MEANT
from intents.state import dialogue_from_json
from tests.actor import Actor, speech

CONTENT = load_content()
EXERCISES = ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift", "back_rolling")
ROOT = Path(__file__).parents[2]


def clearance(pain: int = 2, left: Left | None = None, session: str = "here") -> Clearance:
    whole: Any = dict.fromkeys(EXERCISES, "full")
    granted = grant(session, whole, CONTENT.screening, left=left or Left(), pain=pain)
    assert granted is not None
    return granted


def test_a_low_number_clears_every_exercise() -> None:
    assert all(clearance(pain).allows(exercise) for exercise in EXERCISES for pain in (0, 3))
    assert not clearance(0).small


@pytest.mark.parametrize("pain", [4, 5])
def test_four_and_five_clear_little_and_only_the_starting_dose(pain: int) -> None:
    allowed = {exercise for exercise in EXERCISES if clearance(pain).allows(exercise)}
    assert allowed == {"knees_to_chest", "knee_rocking"}
    assert clearance(pain).small


@pytest.mark.parametrize("pain", [6, 10])
def test_from_six_on_nothing_is_cleared(pain: int) -> None:
    whole: Any = dict.fromkeys(EXERCISES, "full")
    assert grant("here", whole, CONTENT.screening, left=Left(), pain=pain) is None


def test_nothing_is_cleared_after_a_finding_that_ends_guidance() -> None:
    whole: Any = dict.fromkeys(EXERCISES, "full")
    left = Left().with_finding(CONTENT.screening.advice["fever"], CONTENT.screening)
    assert grant("here", whole, CONTENT.screening, left=left, pain=0) is None


@pytest.mark.parametrize(
    ("finding", "full", "easier"),
    [
        ("weak_bones", set(), {"abdominal_brace", "knees_to_chest", "knee_rocking"}),
        ("hip_or_fusion", {"abdominal_brace"}, set()),
        ("age_or_thinners", {"abdominal_brace", "knees_to_chest", "knee_rocking"}, {"pelvic_lift"}),
        ("leg_pain_one_side", set(), {"pelvic_lift"}),
        ("eye_trouble", {"abdominal_brace", "knees_to_chest", "knee_rocking"}, set()),
        ("steroid_use", set(), {"abdominal_brace", "knees_to_chest", "knee_rocking"}),
        ("recent_surgery", set(), set()),
    ],
)
def test_a_condition_leaves_what_its_row_says(finding: str, full: set[str], easier: set[str]) -> None:
    left = Left().with_finding(CONTENT.screening.advice[finding], CONTENT.screening)
    granted = clearance(left=left)
    assert {name for name in EXERCISES if granted.allows(name)} == full
    assert {name for name in EXERCISES if granted.allows(name, easier=True)} == full | easier


def test_of_two_conditions_the_stricter_holds_and_none_is_undone() -> None:
    screening = CONTENT.screening
    left = Left().with_finding(screening.advice["weak_bones"], screening)
    both = left.with_finding(screening.advice["hip_or_fusion"], screening)
    assert both == Left(limits=both.limits)  # neither closes guidance, nor has a level of its own
    assert clearance(left=both).form("abdominal_brace") == "easier"
    assert clearance(left=both).form("knee_rocking") == "no"
    assert clearance(left=both.new_round()).form("knee_rocking") == "no"


def test_three_findings_for_the_next_days_are_one_for_today() -> None:
    screening = CONTENT.screening
    left = Left()
    levels = []
    for finding in ("constant_pain", "pain_on_coughing", "steadily_worse"):
        left = left.with_finding(screening.advice[finding], screening)
        levels.append(left.level)
    assert levels == ["soon", "soon", "urgent"]


def test_nobody_makes_a_clearance_without_the_questions() -> None:
    with pytest.raises(TypeError, match="grant"):
        Clearance(key=object(), session_id="here", forms={"back_rolling": "full"}, small=False)


def test_a_clearance_changes_only_to_less() -> None:
    whole = clearance()
    less = whole.under(Left(limits={"back_rolling": "no", "pelvic_lift": "easier"}))
    assert not less.covers("back_rolling", easier=True)
    assert not less.covers("pelvic_lift")
    assert less.covers("pelvic_lift", easier=True)
    assert less.under(Left()) == less
    assert not whole.suspend().allows("knee_rocking")
    assert whole.suspend().covers("knee_rocking")
    assert whole.suspend().resumed() == whole


def test_a_clearance_is_worth_nothing_in_another_session() -> None:
    kept = clearance().passing("rolling").to_json()
    assert Clearance.restore(kept, "here") == clearance().passing("rolling")
    assert Clearance.restore(kept, "elsewhere") is None
    assert clearance().belongs_to("here")
    assert not clearance().belongs_to("elsewhere")


@pytest.mark.parametrize(
    "forged",
    [
        None,
        True,
        "all",
        [],
        {},
        {"session": "here"},
        {"session": "here", "forms": ["back_rolling"], "passed": [], "small": False, "suspended": False},
        {"session": "here", "forms": {"x": "double"}, "passed": [], "small": False, "suspended": False},
        {"session": "here", "forms": {"x": "full"}, "passed": [1], "small": False, "suspended": False},
        {"session": "here", "forms": {"x": "full"}, "passed": [], "small": 0, "suspended": False},
        {"session": 1, "forms": {"x": "full"}, "passed": [], "small": False, "suspended": False},
    ],
)
def test_what_is_not_ours_is_no_clearance(forged: object) -> None:
    assert Clearance.restore(forged, "here") is None
    attributes = {"clearance": forged}
    assert dialogue_from_json(attributes, "here", CONTENT, CONTENT.language("en-US")).clearance is None


@pytest.mark.parametrize("kind", ["hold", "count"])
def test_a_hold_or_a_count_cannot_be_said_without_a_permit(kind: Any) -> None:
    with pytest.raises(NotPermittedError, match="permit"):
        Line(text="Toward you.", kind=kind)
    assert Line(text="Toward you.", kind=kind, permit=clearance()).guided


def test_only_the_safety_module_has_a_kind_of_permit() -> None:
    """No class of the product but the clearances is a permit, and only `safety.py` constructs one."""
    kinds, makers = set(), set()
    for package in ("audio", "intents", "skill"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and any(
                    "Permit" in ast.unparse(base) for base in node.bases
                ):
                    kinds.add((path.name, node.name))
                if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                    "Clearance",
                    "StreamClearance",
                    "grant",
                }:
                    makers.add((path.name, ast.unparse(node.func)))
    assert kinds == {("safety.py", "Clearance"), ("safety.py", "StreamClearance")}
    assert makers == {
        ("safety.py", "Clearance"),
        ("safety.py", "StreamClearance"),
        ("screening.py", "grant"),
    }
    assert issubclass(Clearance, Permit)


def test_a_later_check_reopens_nothing(actor: Actor) -> None:
    """It may raise what was found before, never lower it."""
    actor.asks("ReportSymptomIntent", symptom="fever")
    actor.has_nothing_to_report(actor.asks("SafetyCheckIntent"))
    asked = actor.asks("StartExerciseIntent", exercise="knee_rocking")
    assert asked.reply
    assert asked.timeline
    assert asked.reply.question == "rest_or_up"
    assert "talk to a doctor today" in speech(asked)


@pytest.mark.parametrize("first", [None, "GetUpIntent", "AMAZON.HelpIntent"])
@pytest.mark.parametrize("then", ["StartExerciseIntent", "StartRoutineIntent"])
def test_nothing_is_guided_until_a_question_about_a_symptom_is_answered(
    actor: Actor, first: str | None, then: str
) -> None:
    actor.is_cleared("knee_rocking")
    asked_back = actor.says("my legs are a bit wobbly").summary()["question"]
    assert asked_back.startswith(MEANT)
    if first:
        actor.asks(first)
    slots = {"exercise": "knees_to_chest"} if then == "StartExerciseIntent" else {}
    found = actor.asks(then, at_ms=None, **slots).summary()
    assert found["question"] == asked_back
    assert not {"hold", "count"} & {cue["kind"] for cue in found["clock"]}
