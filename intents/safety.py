"""Clearance: proof that somebody answered the safety questions in this open session.

Guided cues cannot be made without one (audio.page asks it for each exercise), and only `grant` makes it.
"""

from collections.abc import Iterable
from typing import Any

from intents.content import Screening

_KEY = object()


class Clearance:
    """Which exercises may be guided in this session, and whether only at their starting dose."""

    __slots__ = ("_exercises", "_passed", "_session_id", "small")

    def __init__(
        self, *, key: object, session_id: str, exercises: Iterable[str], small: bool, passed: Iterable[str]
    ) -> None:
        if key is not _KEY:
            raise TypeError("a clearance comes from the safety questions only: use grant()")
        self._session_id = session_id
        self._exercises = frozenset(exercises)
        self._passed = frozenset(passed)
        self.small = small
        """Whether nothing goes beyond its starting dose today."""

    def allows(self, exercise: str) -> bool:
        """Whether this exercise may be guided."""
        return exercise in self._exercises

    def has_passed(self, gate: str) -> bool:
        """Whether this round of questions has been answered in this session."""
        return gate in self._passed

    def passing(self, gate: str) -> "Clearance":
        """The same, with a further round of questions answered with no."""
        return self._changed(passed=self._passed | {gate})

    def without(self, exercise: str) -> "Clearance":
        """The same, with one exercise switched off."""
        return self._changed(exercises=self._exercises - {exercise})

    def to_json(self) -> dict[str, Any]:
        """For the session attributes."""
        return {
            "session": self._session_id,
            "exercises": sorted(self._exercises),
            "small": self.small,
            "passed": sorted(self._passed),
        }

    @classmethod
    def restore(cls, data: object, session_id: str) -> "Clearance | None":
        """The clearance of this very session, from its attributes; None for anything else."""
        match data:
            case {
                "session": str(session),
                "exercises": [*exercises],
                "small": bool(small),
                "passed": [*passed],
            } if session == session_id:
                return cls(key=_KEY, session_id=session_id, exercises=exercises, small=small, passed=passed)
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clearance) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self._session_id, self._exercises, self._passed, self.small))

    def _changed(
        self, exercises: frozenset[str] | None = None, passed: frozenset[str] | None = None
    ) -> "Clearance":
        return Clearance(
            key=_KEY,
            session_id=self._session_id,
            exercises=self._exercises if exercises is None else exercises,
            small=self.small,
            passed=self._passed if passed is None else passed,
        )


def grant(session_id: str, exercises: Iterable[str], screening: Screening, pain: int) -> Clearance | None:
    """The clearance of somebody who answered every question of the first round with no, and this number.

    None from the number on at which nothing but rest is offered.
    """
    if pain >= screening.pain.rest_from:
        return None
    small = pain >= screening.pain.small_from
    allowed = set(exercises) & set(screening.pain.small) if small else set(exercises)
    return Clearance(key=_KEY, session_id=session_id, exercises=allowed, small=small, passed=())
