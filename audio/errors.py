"""The errors of this package.

AudioError
├── ContentError   content files that do not hold what they must
├── EngineError    a voice that did not speak
└── FrameError     bytes that are not the MP3 frames that we cut and join
"""

from collections.abc import Iterable


class AudioError(Exception):
    """Root of the errors of this package."""


class ContentError(AudioError):
    """Content is missing, unreadable or contradictory; the message lists every problem, one a line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class EngineError(AudioError):
    """A voice did not speak: the text says which and why."""


class FrameError(AudioError):
    """These bytes are no frames of ours, or do not fit where they should go."""
