"""What the answers leave of a session, and the clearance: proof that they were given, in this open session.

Guided cues cannot be made without a clearance (audio.page asks for a permit), and only `grant` makes one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, final

from pydantic import TypeAdapter, ValidationError

from audio.permit import Permit
from intents.shapes import Advice, Form, Level, Screening, rank
from intents.sound import Stream

_KEY: Final = object()
_FORMS: Final = TypeAdapter(dict[str, Literal["easier", "full"]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a session by what was said so far: coarse switches, never the answers themselves."""

    limits: Mapping[str, Form] = field(default_factory=dict)
    """What is left of exercises that are not left whole."""
    small: bool = False
    """Whether nothing goes beyond its starting dose today."""
    level: Level = "none"
    """The highest level found by the round that is going on."""
    soon: int = 0
    """How many findings of that round should be seen within days."""
    found: bool = False
    """Whether the group of questions that is open has found anything yet."""
    closes: bool = False
    """Whether something was found that ends guided exercise for this session."""

    def limited(self, leaves: Mapping[str, Form]) -> "Left":
        """The same, with a condition in force: the stricter of both holds for each exercise."""
        order = ("no", "easier", "full")
        stricter = {
            name: min(form, self.limits.get(name, "full"), key=order.index) for name, form in leaves.items()
        }
        return replace(self, limits={**self.limits, **stricter})

    def kept_small(self, exercises: Iterable[str], only: Iterable[str] | None = None) -> "Left":
        """The same, with nothing beyond the starting doses, and of all exercises only these."""
        out: dict[str, Form] = dict.fromkeys(set(exercises) - set(exercises if only is None else only), "no")
        return replace(self.limited(out), small=True)

    def with_finding(self, advice: Advice, screening: Screening) -> "Left":
        """The same after a finding: its level, its condition, and what several of them add up to."""
        soon = self.soon + (advice.level == "soon")
        level = max(self.level, advice.level, key=rank)
        if soon >= screening.combined.soon_is_urgent_from:
            level = max(level, "urgent", key=rank)
        left = self
        if advice.condition:
            left = left.limited(screening.conditions[advice.condition].leaves)
        closes = left.closes or advice.closes_guidance or level == "urgent"
        return replace(left, level=level, soon=soon, closes=closes)

    def closed(self) -> "Left":
        """The same, with guided exercise ended."""
        return replace(self, closes=True)

    def in_group(self) -> "Left":
        """The same after the open group of questions has found something: a report in between is not that."""
        return replace(self, found=True)

    def new_group(self) -> "Left":
        """The same at the beginning of a group of questions."""
        return replace(self, found=False)

    def new_round(self) -> "Left":
        """The same at the beginning of a round: what is switched off stays so, levels are found anew."""
        return Left(limits=self.limits, small=self.small)


@final
class Clearance(Permit):
    """Which exercises may be guided in this session, in which form, and whether only with a first dose."""

    __slots__ = ("_forms", "_passed", "_session_id", "small", "suspended")

    def __init__(
        self,
        *,
        key: object,
        session_id: str,
        forms: Mapping[str, Literal["easier", "full"]],
        passed: Iterable[str] = (),
        small: bool,
        suspended: bool = False,
    ) -> None:
        if key is not _KEY:
            raise TypeError("a clearance comes from the safety questions only: use grant()")
        self._session_id = session_id
        self._forms = dict(forms)
        self._passed = frozenset(passed)
        self.small = small
        """Whether nothing goes beyond its starting dose today."""
        self.suspended = suspended
        """Whether pain was reported and has not been sorted yet: until then nothing may be guided."""

    def allows(self, exercise: str, *, easier: bool = False) -> bool:
        """Whether this exercise may be guided now, in its full or in its easier form."""
        return not self.suspended and self.covers(exercise, easier=easier)

    def covers(self, exercise: str, *, easier: bool = False) -> bool:
        """Whether this form of the exercise belongs to it at all, suspended or not."""
        form = self._forms.get(exercise)
        return form == "full" or (easier and form == "easier")

    def form(self, exercise: str) -> Form:
        """What is left of an exercise."""
        return self._forms.get(exercise, "no")

    def belongs_to(self, session_id: str) -> bool:
        """Whether it was granted in this session."""
        return self._session_id == session_id

    @property
    def passed(self) -> frozenset[str]:
        """The rounds of questions that have been answered to their end in this session."""
        return self._passed

    def has_passed(self, gate: str) -> bool:
        """Whether this round of questions has been answered in this session."""
        return gate in self._passed

    def passing(self, gate: str) -> "Clearance":
        """The same, with a further round of questions answered to its end."""
        return self._changed(passed=self._passed | {gate})

    def under(self, left: Left) -> "Clearance":
        """The same under what is left now: never more than before."""
        return self._changed(forms=_under(self._forms, left.limits), small=self.small or left.small)

    def suspend(self) -> "Clearance":
        """The same, but nothing may be guided until the pain has been sorted."""
        return self._changed(suspended=True)

    def resumed(self) -> "Clearance":
        """The same after the pain has been sorted."""
        return self._changed(suspended=False)

    def to_json(self) -> dict[str, Any]:
        """For the session attributes."""
        return {
            "session": self._session_id,
            "forms": dict(sorted(self._forms.items())),
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
                "forms": dict(forms),
                "passed": [*passed],
                "small": bool(small),
                "suspended": bool(suspended),
            } if session == session_id and all(isinstance(name, str) for name in passed):
                try:
                    checked = _FORMS.validate_python(forms)
                except ValidationError:
                    return None
                return cls(
                    key=_KEY,
                    session_id=session_id,
                    forms=checked,
                    passed=passed,
                    small=small,
                    suspended=suspended,
                )
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clearance) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self._session_id, frozenset(self._forms.items()), self._passed, self.suspended))

    def _changed(self, **changes: Any) -> "Clearance":
        kept = {
            "forms": self._forms,
            "passed": self._passed,
            "small": self.small,
            "suspended": self.suspended,
        }
        return Clearance(key=_KEY, session_id=self._session_id, **{**kept, **changes})


STREAM_MS: Final = 30 * 60 * 1000
"""So long from its start a stream carries the clearance under which it began (design 5, invariant 1)."""


@final
class StreamClearance(Permit):
    """The clearance that a stream carries: for its own exercises, in full form, and nothing else."""

    __slots__ = ("_exercises",)

    def __init__(self, *, key: object, exercises: frozenset[str]) -> None:
        if key is not _KEY:
            raise TypeError("a stream's clearance comes from what began it only: use carried()")
        self._exercises = exercises

    def allows(self, exercise: str, *, easier: bool = False) -> bool:
        """Whether this exercise may go on."""
        return exercise in self._exercises and not easier


def carried(stream: Stream | None, now_ms: int) -> StreamClearance | None:
    """The clearance that a stream still carries; None once its time is over, or something has ended it."""
    if stream is None or not stream.until_ms - STREAM_MS <= now_ms < stream.until_ms:
        return None
    return StreamClearance(key=_KEY, exercises=frozenset(stream.exercises))


def _under(
    forms: Mapping[str, Literal["easier", "full"]], limits: Mapping[str, Form]
) -> dict[str, Literal["easier", "full"]]:
    """What limits leave of forms."""
    left: dict[str, Literal["easier", "full"]] = {}
    for name, form in forms.items():
        limit = limits.get(name, "full")
        if limit != "no":
            left[name] = form if limit == "full" else limit
    return left


def grant(
    session_id: str,
    forms: Mapping[str, Literal["easier", "full"]],
    screening: Screening,
    *,
    left: Left,
    pain: int,
) -> Clearance | None:
    """The clearance of somebody who answered every question of a round, with this pain number.

    Args:
        session_id: The open session; the clearance is worth nothing in another one.
        forms: What the round clears, if nothing was found.
        screening: Where the pain number steers.
        left: What the answers left.
        pain: From zero to ten.

    Returns:
        None after a finding that ends guidance, and from the number on at which nothing but rest is offered.
    """
    if left.closes or pain >= screening.pain.rest_from:
        return None
    if pain >= screening.pain.small_from:
        left = left.kept_small(forms, screening.pain.small)
    return Clearance(key=_KEY, session_id=session_id, forms=_under(forms, left.limits), small=left.small)
