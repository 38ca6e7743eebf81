"""A device that plays streams, as far as a skill notices it; and files that nobody had to render."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from audio.captions import write_vtt
from audio.timeline import lay_out
from intents.content import Content
from intents.sound import File
from intents.tracks import Track, every_file, track_lines

HOME: Final = "https://back.example.org"
LEAD_MS: Final = 24


class Planned:
    """Every track as long as estimated, without its sound."""

    def __init__(self, content: Content, *, only: str | None = None, voice: str = "nobody") -> None:
        """With `only`, that exercise's tracks and no others; another voice makes other files of them."""
        self._content = content
        self.tracks = every_file(content.numbers)
        self.only = only
        self.voice = voice
        self._found: dict[tuple[str, str, str], File] = {}

    def __deepcopy__(self, _memo: object) -> "Planned":
        """Itself: there are thousands of tracks, and nobody changes one."""
        return self

    def find(self, locale: str, track: Track) -> File | None:
        """The file of a track."""
        if self.only is not None and track.exercise != self.only:
            return None
        key = (locale, track.name, self.voice)
        if key not in self._found:
            self._found[key] = self._make(locale, track)
        return self._found[key]

    def named(self, name: str, locale: str = "en-US") -> File:
        """The file of the track of that name."""
        return self.find(locale, self.tracks[name]) or self._make(locale, self.tracks[name])

    def _make(self, locale: str, track: Track) -> File:
        timeline = lay_out(track_lines(track, self._content.numbers, self._content.language(locale)))
        version = hashlib.sha256(f"{self.voice} {track.name}".encode()).hexdigest()[:32]
        return File(
            url=f"{HOME}/audio/{locale}/{track.name}.mp3?v={version}",
            version=version,
            timeline=timeline,
            lead_ms=LEAD_MS,
            captions=write_vtt(timeline, LEAD_MS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """So much of a track was heard."""

    track: str
    from_ms: int
    until_ms: int
    began_ms: int
    """When, on the clock."""


@dataclass(slots=True)
class Speaker:
    """Its player: what plays since when, and what stands in the queue."""

    files: Planned
    stream: Mapping[str, Any] = field(default_factory=dict)
    """As the directive has it."""
    queue: list[Mapping[str, Any]] = field(default_factory=list)
    activity: str = "IDLE"
    began_ms: int = 0
    from_ms: int = 0
    """Where it stood when it began, or stopped."""
    told: bool = False
    """Whether it was told to stop, or stopped for good; else it goes on after an interruption."""
    heard: list[Stretch] = field(default_factory=list)
    """What was heard since somebody looked last."""

    @property
    def track(self) -> str | None:
        """The name of the track that plays, or did last."""
        return track_in(self.stream) if self.stream else None

    @property
    def plays(self) -> bool:
        """Whether there is sound."""
        return self.activity == "PLAYING"

    @property
    def interrupted(self) -> bool:
        """Whether it stopped for a voice only."""
        return self.activity == "STOPPED" and not self.told

    @property
    def length_ms(self) -> int:
        """Of the track that plays."""
        return self.files.named(self.track).length_ms if self.track else 0

    def offset_ms(self, now_ms: int) -> int:
        """Where in its track it is."""
        moved_ms = max(0, now_ms - self.began_ms) if self.plays else 0
        return min(self.from_ms + moved_ms, max(self.length_ms, self.from_ms))

    def ends_ms(self) -> int:
        """When what plays is over."""
        return self.began_ms + max(0, self.length_ms - self.from_ms)

    def state(self, now_ms: int) -> dict[str, Any]:
        """As it stands beside every request."""
        token = {"token": self.stream["token"]} if self.stream else {}
        return {"playerActivity": self.activity, "offsetInMilliseconds": self.offset_ms(now_ms), **token}

    def goes_on(self, now_ms: int) -> None:
        """Until now, without a word to anybody: to the end of what plays, and on with the queue."""
        while self.plays and self.ends_ms() <= now_ms:
            self.finishes()

    def finishes(self) -> None:
        """The track is over: the queue's next begins, or there is silence."""
        ended_ms = self.ends_ms()
        self._close(self.length_ms)
        self.activity, self.from_ms = "FINISHED", self.length_ms
        if self.queue:
            self._begin(self.queue.pop(0), ended_ms)

    def obeys(self, directives: Iterable[Mapping[str, Any]], now_ms: int, speech_ms: int = 0) -> None:
        """Do as it is told: what is played begins behind the speech."""
        for directive in directives:
            match directive:
                case {"type": "AudioPlayer.Play", "playBehavior": "ENQUEUE", "audioItem": {"stream": stream}}:
                    last = self.queue[-1] if self.queue else self.stream
                    if last and stream["expectedPreviousToken"] == last["token"]:
                        self.queue.append(stream)
                case {"type": "AudioPlayer.Play", "audioItem": {"stream": stream}}:
                    self.queue.clear()
                    self.stops(now_ms)
                    self._begin(stream, now_ms + speech_ms)
                case {"type": "AudioPlayer.Stop"}:
                    self.stops(now_ms)
                    self.told = True
                case {"type": "AudioPlayer.ClearQueue"}:
                    self.queue.clear()

    def stops(self, now_ms: int) -> None:
        """Silence."""
        if self.plays:
            offset_ms = self.offset_ms(now_ms)
            self._close(offset_ms)
            self.from_ms, self.activity = offset_ms, "STOPPED"

    def resumes(self, now_ms: int) -> bool:
        """Go on after an interruption, unless it was told to stop."""
        if not self.interrupted:
            return False
        self.activity, self.began_ms = "PLAYING", now_ms
        return True

    def _begin(self, stream: Mapping[str, Any], now_ms: int) -> None:
        self.stream, self.activity, self.told = stream, "PLAYING", False
        self.began_ms, self.from_ms = now_ms, stream["offsetInMilliseconds"]

    def _close(self, until_ms: int) -> None:
        if self.track is not None:
            self.heard.append(
                Stretch(track=self.track, from_ms=self.from_ms, until_ms=until_ms, began_ms=self.began_ms)
            )


def track_in(stream: Mapping[str, Any]) -> str:
    """The track's name in a stream's address."""
    return str(stream["url"]).partition("/audio/")[2].partition("/")[2].partition(".mp3")[0]


def plays_in(response: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every directive to play something, of a response's inner part."""
    return [one for one in response.get("directives", ()) if one["type"] == "AudioPlayer.Play"]


def is_stopped_by(response: Mapping[str, Any]) -> bool:
    """Whether a response's inner part stops what plays."""
    return any(one["type"] == "AudioPlayer.Stop" for one in response.get("directives", ()))
