"""Guidance without a clearance is a type error: mypy reads this file, and refuses an ignore without need."""

import pytest

from audio.page import Block, guided_lines
from audio.permit import NotPermittedError
from audio.timeline import Line, Words, lay_out
from intents.content import Content
from intents.safety import Clearance, Left, grant
from intents.state import Dialogue, Person
from intents.turn import Reply


class Everything:
    """Looks like a permit, and is none."""

    def allows(self, exercise: str, *, easier: bool = False) -> bool:
        return bool(exercise) or easier


def test_no_clearance_is_no_permit(content: Content) -> None:
    page = (Block("knee_rocking", 3),)
    words = content.language("en-US").exercises
    with pytest.raises(AttributeError):
        guided_lines(page, content.numbers, lambda name, _: words[name].cues, None)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        guided_lines(page, content.numbers, lambda name, _: words[name].cues, "here")  # type: ignore[arg-type]


def test_what_looks_like_a_permit_is_none() -> None:
    with pytest.raises(NotPermittedError):
        Line(text="Toward you.", kind="count")
    with pytest.raises(NotPermittedError, match="Everything"):
        Line(text="Toward you.", permit=Everything())  # type: ignore[arg-type]


def test_a_clearance_needs_every_question_answered_and_a_number(content: Content) -> None:
    with pytest.raises(TypeError):
        grant("here", {"knee_rocking": "full"}, content.screening, left=Left())  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Clearance(session_id="here", forms={}, small=False)  # type: ignore[call-arg]


def test_what_was_measured_cannot_be_answered() -> None:
    measured = Words(text="Toward you.", kind="count", lasts_ms=3_000)
    assert not lay_out([measured]).guided
    with pytest.raises(TypeError, match="measured"):
        Reply(lines=(measured,), dialogue=Dialogue(), person=Person())  # type: ignore[arg-type]
