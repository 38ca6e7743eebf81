"""What plays straight through: files as they are handed in, what is remembered of a stream, and the device.

A stream plays with its session closed. What is stored of it says which exercise, at which dose, was cleared
when it began, until when, and where it is: nothing about health (design 5, invariants 1 and 8).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from audio.content import Surface
from audio.page import NORMAL_PACE, Holds
from audio.permit import NotPermittedError, Permit
from audio.timeline import GUIDANCE, Timeline
from intents.tracks import Track, rest_tracks


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

    @property
    def length_ms(self) -> int:
        """From its beginning to the end of its last cue."""
        return self.lead_ms + self.timeline.duration_ms

    @property
    def guided_ms(self) -> tuple[int, int]:
        """From where to where it guides: between the words that it opens and ends with."""
        guided = [cue for cue in self.timeline.cues if cue.mark is not None]
        return guided[0].start_ms + self.lead_ms, guided[-1].start_ms + guided[-1].length_ms + self.lead_ms

    def cue_before(self, offset_ms: int) -> int:
        """Where the cue begins that is being said at an offset: from there one can go on."""
        starts = (cue.start_ms + self.lead_ms for cue in self.timeline.cues if cue.text)
        return max((start for start in starts if start <= offset_ms), default=0)

    def repetitions(self, from_ms: int = 0, until_ms: int | None = None) -> int:
        """How many repetitions begin between two offsets, both included; to its end, if none is given."""
        return sum(
            1
            for start_ms in self._repetitions_ms()
            if start_ms >= from_ms and (until_ms is None or start_ms <= until_ms)
        )

    def begins_ms(self, repetition: int) -> int:
        """Where a repetition begins, from 1, or else the last one; 0 is the beginning of it all."""
        starts = [0, *self._repetitions_ms()]
        return starts[min(repetition, len(starts) - 1)]

    def _repetitions_ms(self) -> Iterator[int]:
        before = None
        for cue in self.timeline.cues:
            if cue.kind in GUIDANCE and cue.mark is not None and cue.mark != before:
                yield cue.start_ms + self.lead_ms
            before = cue.mark if cue.kind in GUIDANCE else None


class Files(Protocol):
    """The files that are served to everybody."""

    def find(self, locale: str, track: Track) -> File | None:
        """The file of a track in a locale; None where it is not rendered yet."""


# --- tokens ---

_PREFIX: Final = "gb1."
_TOKEN: Final = re.compile(r"([a-z_]{1,40})/([a-z0-9-]{1,40}) ([0-9a-f]{1,64}) ([0-9]) ([0-9]{1,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What comes back with everything that a device tells of a track: no person, nothing about health."""

    track: str
    """The track's name."""
    version: str
    """The file's."""
    step: int
    """Which track of its programme it is, from 0."""
    at_ms: int
    """When it was sent to the device: tells it from the same track sent before."""

    @property
    def exercise(self) -> str:
        """Whose track it is."""
        return self.track.partition("/")[0]

    def to_text(self) -> str:
        """One opaque word, below the platform's 1,024 characters."""
        text = f"{self.track} {self.version} {self.step} {self.at_ms}"
        return _PREFIX + urlsafe_b64encode(text.encode()).decode()


def token_from_text(text: object) -> Token | None:
    """What `to_text` wrote; None for anything else."""
    if not isinstance(text, str) or not text.startswith(_PREFIX):
        return None
    try:
        found = urlsafe_b64decode(text.removeprefix(_PREFIX)).decode()
    except (Base64Error, UnicodeError, ValueError):
        return None
    match = _TOKEN.fullmatch(found)
    if match is None:
        return None
    exercise, variant, version, step, at_ms = match.groups()
    token = Token(track=f"{exercise}/{variant}", version=version, step=int(step), at_ms=int(at_ms))
    return token if token.to_text() == text else None


# --- what is remembered ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An exercise of a routine, and how much of it: minutes or repetitions a side, as in `Track`."""

    exercise: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What plays straight through, or did last, as it is stored with its person."""

    exercise: str
    """What plays now; in a routine, one of its parts."""
    amount: int
    """The dose of it that was cleared: minutes or repetitions a side, as in `Track`."""
    parts: tuple[Part, ...] = ()
    """All that was cleared, in order, where it is a routine."""
    pace_percent: int = NORMAL_PACE
    """That of its files (`tracks.PACES`)."""
    until_ms: int
    """Until when that clearance lasts; 0 if something has ended it."""
    surface: Surface
    step: int = 0
    """The track that plays: one a side of each exercise."""
    at_ms: int
    """When it was sent, which names its entry in the ledger."""
    version: str
    holds: Holds = "count"
    """What is heard in its holds and repetitions."""
    from_ms: int = 0
    """Where in it the playing began."""
    offset_ms: int = 0
    """Where to go on: the beginning of a cue."""
    playing: bool = True
    stopped_ms: int | None = None
    """When it stopped: told to, or by the device's own report."""
    hushed: bool = False
    """Whether we told it to stop. A device that never heard that goes on after an interruption."""
    ahead: Token | None = None
    """What stands in the device's queue behind it."""
    loops: bool = False
    whole: bool = True
    """Whether nothing of the exercise was skipped: only then it counts as finished."""
    over: bool = False
    """Whether it was heard to its end."""
    failed: bool = False
    """Whether the device could not play it."""

    @property
    def exercises(self) -> tuple[str, ...]:
        """Everything that was cleared for it, in order."""
        return tuple(part.exercise for part in self.parts) or (self.exercise,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """What a device tells of its player."""

    token: Token | None
    """None where it is not ours."""
    offset_ms: int = 0
    sounding: bool = False
    """Whether it plays, or has only been interrupted by somebody's voice."""
    stopped: bool = False
    """Whether it says that it has stopped: for good, or because somebody speaks."""


# --- what a device is told ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play a track now; or, with `after`, once that one is over. Only with a permit for its exercise.

    A long rest is help, not guidance: it has no exercise and needs none.
    """

    file: File
    token: Token
    exercise: str | None
    title: str
    permit: Permit | None
    offset_ms: int = 0
    after: Token | None = None

    def __post_init__(self) -> None:
        rests = self.exercise is None and self.token.track in rest_tracks()
        if not rests and not (self.permit and self.exercise and self.permit.allows(self.exercise)):
            raise NotPermittedError(self.exercise or self.token.track)


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop playing; the queue is emptied, too."""


@dataclass(frozen=True, slots=True)
class Unqueue:
    """What plays goes on; nothing follows it."""


Directive = Play | Stop | Unqueue
