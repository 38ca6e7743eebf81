import json

import pytest

from intents.content import Content
from intents.safety import Clearance, grant

EXERCISES = ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift", "back_rolling")


def granted(content: Content, pain: int) -> Clearance:
    clearance = grant("session", EXERCISES, content.screening, pain)
    assert clearance is not None
    return clearance


@pytest.mark.parametrize("pain", [0, 1, 2, 3])
def test_a_low_number_clears_everything(content: Content, pain: int) -> None:
    clearance = granted(content, pain)
    assert all(clearance.allows(exercise) for exercise in EXERCISES)
    assert not clearance.small


@pytest.mark.parametrize("pain", [4, 5])
def test_four_and_five_clear_one_knee_and_rocking_at_their_first_dose(content: Content, pain: int) -> None:
    clearance = granted(content, pain)
    assert {exercise for exercise in EXERCISES if clearance.allows(exercise)} == {
        "knees_to_chest",
        "knee_rocking",
    }
    assert clearance.small


@pytest.mark.parametrize("pain", [6, 7, 10])
def test_six_clears_nothing(content: Content, pain: int) -> None:
    assert grant("session", EXERCISES, content.screening, pain) is None


def test_nobody_else_can_make_one() -> None:
    with pytest.raises(TypeError, match="safety questions only"):
        Clearance(key=object(), session_id="session", exercises=EXERCISES, small=False, passed=())


def test_it_comes_back_in_its_own_session_only(content: Content) -> None:
    clearance = granted(content, 2).passing("rolling").without("pelvic_lift")
    data = json.loads(json.dumps(clearance.to_json()))
    assert Clearance.restore(data, "session") == clearance
    assert Clearance.restore(data, "another") is None


@pytest.mark.parametrize(
    "data",
    [
        None,
        "yes",
        [],
        {},
        {"session": "session"},
        {"session": "session", "exercises": "all", "small": 0, "passed": [], "suspended": False},
    ],
)
def test_junk_is_no_clearance(data: object) -> None:
    assert Clearance.restore(data, "session") is None


def test_it_names_no_health_answer(content: Content) -> None:
    assert set(granted(content, 5).to_json()) == {"session", "exercises", "small", "passed", "suspended"}
