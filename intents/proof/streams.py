"""What a careful listener knows of streams: which one was cleared, at which dose, and until when."""

from dataclasses import dataclass, field
from typing import Final

from intents.content import Content
from intents.proof.played import Repetition, Spoken
from intents.proof.speaker import Planned, Stretch
from intents.tracks import REST, Track, every_file

CARRIED_MS: Final = 30 * 60 * 1000
"""So long a stream carries the clearance under which it began (design 5, invariant 1)."""


@dataclass(slots=True)
class Streams:
    """The stream that was cleared last, if nothing has ended its clearance."""

    content: Content
    files: Planned = field(init=False)
    _tracks: dict[str, Track] = field(init=False)
    _cleared: tuple[str, str, int] | None = None

    def __post_init__(self) -> None:
        self.files = Planned(self.content)
        self._tracks = dict(every_file(self.content.numbers))

    def track(self, name: str) -> Track | None:
        """The track of that name, if there can be one."""
        return self._tracks.get(name)

    def begins(self, track: Track, now_ms: int) -> None:
        """A track is played under the clearance of an open session."""
        self._cleared = (track.exercise, track.dose, now_ms + CARRIED_MS)

    def carries(self, track: Track, now_ms: int) -> bool:
        """Whether the clearance of the last stream covers a track."""
        if self._cleared is None:
            return False
        exercise, dose, until_ms = self._cleared
        return (track.exercise, track.dose) == (exercise, dose) and now_ms < until_ms

    def ends(self) -> None:
        """Something was reported that ends it."""
        self._cleared = None

    def whole(self, track: Track, now_ms: int) -> Spoken:
        """A track as somebody hears it who hears all of it."""
        length_ms = self.files.named(track.name).length_ms
        return self._spoken(Stretch(track=track.name, from_ms=0, until_ms=length_ms, began_ms=now_ms))

    def heard(self, stretch: Stretch) -> Spoken:
        """What was heard of a track."""
        return self._spoken(stretch)

    def _spoken(self, stretch: Stretch) -> Spoken:
        name = stretch.track.partition("/")[0]
        if name == REST:
            return Spoken(texts=(), guides=False, sent_ms=stretch.began_ms)
        count = self.files.named(stretch.track).repetitions(stretch.from_ms, stretch.until_ms)
        length_ms = self.content.numbers.exercises[name].repetition_ms
        one = Repetition(exercise=name, start_ms=0, length_ms=length_ms)
        return Spoken(
            texts=(),
            guides=True,
            forms=frozenset({(name, False)}),
            repetitions=(one,) * count,
            sent_ms=stretch.began_ms,
            length_ms=stretch.until_ms - stretch.from_ms,
        )
