"""Permission to guide: the one thing that turns words into a guided cue."""

from abc import ABC, abstractmethod


class Permit(ABC):
    """Proof that guidance is allowed. Only the conversation's safety module has a kind of it."""

    __slots__ = ()

    @abstractmethod
    def allows(self, exercise: str, *, easier: bool = False) -> bool:
        """Whether this exercise may be guided now, in its full or in its easier form."""


class NotPermittedError(Exception):
    """Guided cues were asked for without a permit that covers them."""
