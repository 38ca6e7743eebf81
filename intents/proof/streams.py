"""What a careful listener knows of streams: which one was cleared, at which dose, and until when."""

from dataclasses import dataclass, field
from typing import Final

from audio.page import NORMAL_PACE
from intents.content import Content
from intents.proof.listener import Asked, View
from intents.proof.played import Repetition, Spoken
from intents.proof.speaker import Planned, Stretch
from intents.tracks import REST, Track

CARRIED_MS: Final = 30 * 60 * 1000
"""So long a stream carries the clearance under which it began (design 5, invariant 1)."""


@dataclass(slots=True)
class Streams:
    """The stream that was cleared last, if nothing has ended its clearance."""

    content: Content
    files: Planned = field(init=False)
    began: tuple[View, Asked] | None = None
    """What was known when it began, and the request that began it."""
    _doses: dict[str, str] = field(default_factory=dict)
    """Exercises that were played under its clearance, each at its dose."""
    _is_routine: bool = False

    def __post_init__(self) -> None:
        self.files = Planned(self.content)

    def track(self, name: str) -> Track | None:
        """The track of that name, if there can be one."""
        return self.files.tracks.get(name)

    def begins(self, track: Track, view: View, asked: Asked) -> None:
        """A track is played under the clearance of an open session."""
        goes_on = self._is_routine and track.exercise in self._doses
        self._is_routine = track.leads_on or goes_on
        self._doses = {track.exercise: track.dose}
        self.began = (view, asked)

    def carries(self, track: Track, now_ms: int, *, was_cleared: bool) -> bool:
        """Whether the clearance of the last stream covers a track.

        It does for the dose that was played; in a routine also for another exercise, where that `was_cleared`
        by what was known when it began.
        """
        if self.began is None or now_ms >= self.began[1].now_ms + CARRIED_MS:
            return False
        self._is_routine |= track.leads_on
        if was_cleared and self._is_routine:
            self._doses.setdefault(track.exercise, track.dose)
        return self._doses.get(track.exercise) == track.dose

    def ends(self) -> None:
        """Something was reported that ends it."""
        self.began = None

    def whole(self, track: Track, now_ms: int) -> Spoken:
        """A track as somebody hears it who hears all of it."""
        length_ms = self.files.named(track.name).length_ms
        return self._spoken(Stretch(track=track.name, from_ms=0, until_ms=length_ms, began_ms=now_ms))

    def heard(self, stretch: Stretch) -> Spoken:
        """What was heard of a track."""
        return self._spoken(stretch)

    def _spoken(self, stretch: Stretch) -> Spoken:
        track = self.files.tracks[stretch.track]
        name = track.exercise
        if name == REST:
            return Spoken(texts=(), guides=False, sent_ms=stretch.began_ms)
        count = self.files.named(stretch.track).repetitions(stretch.from_ms, stretch.until_ms)
        length_ms = self.content.numbers.exercises[name].repetition_ms * track.pace_percent // NORMAL_PACE
        one = Repetition(exercise=name, start_ms=0, length_ms=length_ms)
        return Spoken(
            texts=(),
            guides=True,
            forms=frozenset({(name, False)}),
            repetitions=(one,) * count,
            sent_ms=stretch.began_ms,
            length_ms=stretch.until_ms - stretch.from_ms,
        )
