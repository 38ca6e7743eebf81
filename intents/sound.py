"""Files of sound as the conversation sees them: what they hold, and where. Who serves them is told to it."""

from dataclasses import dataclass
from typing import Protocol

from audio.timeline import Timeline
from intents.tracks import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A track that can be played now."""

    url: str
    """Where anybody finds it: `https://…`."""
    version: str
    """Names its bytes: with other bytes it is another."""
    timeline: Timeline
    """As long as its clips make it, from its first cue on."""
    lead_ms: int
    """Where in the file its first cue begins."""
    captions: str
    """WebVTT."""


class Files(Protocol):
    """The files that are served to everybody."""

    def find(self, locale: str, track: Track) -> File | None:
        """The file of a track in a locale; None where it is not rendered yet."""
