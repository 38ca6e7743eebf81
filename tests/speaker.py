"""A device that plays streams, as far as a skill notices it; and files that nobody had to render."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audio.captions import write_vtt
from audio.clips import LEAD_MS
from audio.timeline import lay_out
from intents.content import Content
from intents.sound import File
from intents.tracks import Track, track_lines

HOME = "https://back.example.org"


class Planned:
    """Every track as long as estimated, without its sound."""

    def __init__(self, content: Content, *, only: str | None = None, voice: str = "nobody") -> None:
        """With `only`, that exercise's tracks and no others."""
        self.content = content
        self.only = only
        self.voice = voice
        self._found: dict[tuple[str, str, str], File] = {}

    def find(self, locale: str, track: Track) -> File | None:
        if self.only is not None and track.exercise != self.only:
            return None
        key = (locale, track.name, self.voice)
        if key not in self._found:
            self._found[key] = self._make(locale, track)
        return self._found[key]

    def _make(self, locale: str, track: Track) -> File:
        timeline = lay_out(track_lines(track, self.content.numbers, self.content.language(locale)))
        version = hashlib.sha256(f"{self.voice} {track.name}".encode()).hexdigest()[:32]
        return File(
            url=f"{HOME}/audio/{locale}/{track.name}.mp3?v={version}",
            version=version,
            timeline=timeline,
            lead_ms=LEAD_MS,
            captions=write_vtt(timeline, LEAD_MS),
        )


@dataclass(slots=True)
class Speaker:
    """Its player: what plays since when, and what stands in the queue."""

    stream: Mapping[str, Any] = field(default_factory=dict)
    """As the directive has it."""
    queue: list[Mapping[str, Any]] = field(default_factory=list)
    activity: str = "IDLE"
    began_ms: int = 0
    offset_ms: int = 0
    """Where it stood when it began, or stopped."""

    @property
    def track(self) -> str | None:
        """The name of the track that plays, or did last."""
        return named(self.stream) if self.stream else None

    def offset(self, now_ms: int) -> int:
        moved_ms = max(0, now_ms - self.began_ms) if self.activity == "PLAYING" else 0
        return self.offset_ms + moved_ms

    def state(self, now_ms: int) -> dict[str, Any]:
        """As it stands beside every request."""
        token = {"token": self.stream["token"]} if self.stream else {}
        return {"playerActivity": self.activity, "offsetInMilliseconds": self.offset(now_ms), **token}

    def obeys(self, directives: list[Mapping[str, Any]], now_ms: int) -> None:
        """Do as it is told; `now_ms` is when the speech before it is over."""
        for directive in directives:
            match directive:
                case {"type": "AudioPlayer.Play", "playBehavior": "ENQUEUE", "audioItem": {"stream": stream}}:
                    last = self.queue[-1] if self.queue else self.stream
                    if stream["expectedPreviousToken"] == last["token"]:
                        self.queue.append(stream)
                case {"type": "AudioPlayer.Play", "audioItem": {"stream": stream}}:
                    self.queue.clear()
                    self.begins(stream, now_ms)
                case {"type": "AudioPlayer.Stop"}:
                    self.offset_ms, self.activity = self.offset(now_ms), "STOPPED"
                case {"type": "AudioPlayer.ClearQueue"}:
                    self.queue.clear()

    def begins(self, stream: Mapping[str, Any], now_ms: int) -> None:
        self.stream, self.activity = stream, "PLAYING"
        self.began_ms, self.offset_ms = now_ms, stream["offsetInMilliseconds"]


def named(stream: Mapping[str, Any]) -> str:
    """The track's name in a stream's address."""
    return str(stream["url"]).partition("/audio/")[2].partition("/")[2].partition(".mp3")[0]
