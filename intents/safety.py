"""Clearance: proof that somebody answered the safety questions in this open session.

Guided cues cannot be made without one (audio.page asks it for each exercise), and only `grant` makes it.
"""

from collections.abc import Iterable
from typing import Any

from intents.shapes import Screening

_KEY = object()


class Clearance:
    """Which exercises may be guided in this session, and whether only at their starting dose."""

    __slots__ = ("_exercises", "_passed", "_session_id", "small", "suspended")

    def __init__(
        self,
        *,
        key: object,
        session_id: str,
        exercises: Iterable[str],
        passed: Iterable[str] = (),
        small: bool,
        suspended: bool = False,
    ) -> None:
        if key is not _KEY:
            raise TypeError("a clearance comes from the safety questions only: use grant()")
        self._session_id = session_id
        self._exercises = frozenset(exercises)
        self._passed = frozenset(passed)
        self.small = small
        """Whether nothing goes beyond its starting dose today."""
        self.suspended = suspended
        """Whether pain was reported and has not been sorted yet: until then nothing may be guided."""

    def allows(self, exercise: str) -> bool:
        """Whether this exercise may be guided now."""
        return not self.suspended and exercise in self._exercises

    def covers(self, exercise: str) -> bool:
        """Whether this exercise belongs to it at all, suspended or not."""
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

    def suspend(self) -> "Clearance":
        """The same, but nothing may be guided until the pain has been sorted."""
        return self._changed(suspended=True)

    def restricted(self, to: Iterable[str] | None = None) -> "Clearance":
        """The same after the pain has been sorted: nothing beyond the starting doses, and only these."""
        kept = self._exercises if to is None else self._exercises & frozenset(to)
        return self._changed(exercises=kept, suspended=False, small=True)

    def to_json(self) -> dict[str, Any]:
        """For the session attributes."""
        return {
            "session": self._session_id,
            "exercises": sorted(self._exercises),
            "passed": sorted(self._passed),
            "small": self.small,
            "suspended": self.suspended,
        }

    @classmethod
    def restore(cls, data: object, session_id: str) -> "Clearance | None":
        """The clearance of this very session, from its attributes; None for anything else."""
        match data:
            case {
                "session": str(session),
                "exercises": [*exercises],
                "passed": [*passed],
                "small": bool(small),
                "suspended": bool(suspended),
            } if session == session_id and all(isinstance(name, str) for name in (*exercises, *passed)):
                return cls(
                    key=_KEY,
                    session_id=session_id,
                    exercises=exercises,
                    passed=passed,
                    small=small,
                    suspended=suspended,
                )
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clearance) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self._session_id, self._exercises, self._passed, self.small, self.suspended))

    def _changed(self, **changes: Any) -> "Clearance":
        kept = {
            "exercises": self._exercises,
            "passed": self._passed,
            "small": self.small,
            "suspended": self.suspended,
        }
        return Clearance(key=_KEY, session_id=self._session_id, **{**kept, **changes})


def grant(session_id: str, exercises: Iterable[str], screening: Screening, pain: int) -> Clearance | None:
    """The clearance of somebody who answered every question of the first round with no, and this number.

    None from the number on at which nothing but rest is offered.
    """
    if pain >= screening.pain.rest_from:
        return None
    small = pain >= screening.pain.small_from
    allowed = set(exercises) & set(screening.pain.small) if small else set(exercises)
    return Clearance(key=_KEY, session_id=session_id, exercises=allowed, small=small)
