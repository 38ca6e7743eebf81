"""A timeline: ordered cues with start and length, and how long words take to say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal

from audio.permit import NotPermittedError, Permit

Kind = Literal["say", "move", "hold", "count", "rest", "ask"]
# Made by code (audio.sounds) and heard in files. Speech for a voice service has silence in their place,
# except where a sound stands alone: then it is one of the service's own (audio.ssml).
Sound = Literal["tick", "breath_in", "breath_out", "chime", "hush"]
GUIDANCE = frozenset({"hold", "count"})
"""What only an exercise has: a position held, a repetition counted."""

# One constant with its source: the design's estimate of Alexa's English voice, 150 words a minute plus
# a quarter of a second at the end of each sentence. Real voices are measured when audio is rendered.
MS_PER_WORD = 400
MS_PER_SENTENCE = 250

_SENTENCE_END = re.compile(r"[.?!](?=\s|$)")


def speech_ms(text: str) -> int:
    """Estimate how long a text takes to say, in milliseconds."""
    return len(text.split()) * MS_PER_WORD + len(_SENTENCE_END.findall(text)) * MS_PER_SENTENCE


@dataclass(frozen=True, slots=True)
class Mark:
    """A checkpoint: a place in a page to which one can go back."""

    block: int
    """Index of the block in its page."""
    repetitions: int
    """How many repetitions of that block are done when this cue begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words and the time after them, before they have a place in time. They can be measured, not answered.

    Give `pause_ms` for a pause after the words, or `lasts_ms` for the whole phase, words included.
    """

    text: str
    kind: Kind = "say"
    pause_ms: int = 0
    lasts_ms: int | None = None
    mark: Mark | None = None
    sound: Sound | None = None
    """What is heard under and after the words, until the line ends."""

    @property
    def length_ms(self) -> int:
        """Words and pause together, with the words as long as estimated."""
        return self.length_with(speech_ms(self.text))

    def length_with(self, spoken_ms: int) -> int:
        """Words of that length and the pause together; never shorter than the words."""
        return spoken_ms + self.pause_ms if self.lasts_ms is None else max(self.lasts_ms, spoken_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Words):
    """Words of a reply. A guided line carries the permit that allowed it; holds and counts always are."""

    permit: Permit | None = None

    def __post_init__(self) -> None:
        if self.kind in GUIDANCE and self.permit is None:
            raise NotPermittedError(f"a {self.kind} is guidance and needs a permit")
        if self.permit is not None and not isinstance(self.permit, Permit):
            raise NotPermittedError(f"{type(self.permit).__name__} is no permit")

    @property
    def guided(self) -> bool:
        """Whether this is a movement, hold or count of an exercise."""
        return self.permit is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One spoken instruction with its place in time, in milliseconds from the timeline's start."""

    text: str
    kind: Kind
    start_ms: int
    speech_ms: int
    length_ms: int
    guided: bool = False
    mark: Mark | None = None
    sound: Sound | None = None

    @property
    def pause_ms(self) -> int:
        """The silence after the words."""
        return self.length_ms - self.speech_ms


@dataclass(frozen=True, slots=True)
class Timeline:
    """Cues in order: the first starts at 0, none overlap, each begins where the one before ends."""

    cues: tuple[Cue, ...]
    duration_ms: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration_ms", sum(cue.length_ms for cue in self.cues))

    @property
    def guided(self) -> bool:
        """Whether any cue is a movement, hold or count of an exercise."""
        return any(cue.guided for cue in self.cues)

    def mark_at(self, elapsed_ms: int) -> Mark | None:
        """The last checkpoint that had begun after `elapsed_ms`: snapped back, never forward."""
        begun = [cue.mark for cue in self.cues if cue.mark is not None and cue.start_ms <= elapsed_ms]
        return begun[-1] if begun else None


def ends_sentence(text: str) -> bool:
    """Whether the voice takes its breath after these words."""
    return bool(_SENTENCE_END.search(text[-1:]))


def lay_out(lines: Iterable[Words], spoken_ms: Iterable[int] | None = None) -> Timeline:
    """Give each line its place in time. The same lines give the same timeline.

    `spoken_ms` is how long the words of each line take: estimated, unless clips of a voice were measured.
    """
    placed = tuple(lines)
    spoken = tuple(speech_ms(line.text) for line in placed) if spoken_ms is None else tuple(spoken_ms)
    lengths = tuple(line.length_with(words_ms) for line, words_ms in zip(placed, spoken, strict=True))
    starts = accumulate(lengths, initial=0)
    return Timeline(
        tuple(
            Cue(
                text=line.text,
                kind=line.kind,
                start_ms=start_ms,
                speech_ms=words_ms,
                length_ms=length_ms,
                guided=isinstance(line, Line) and line.guided,
                mark=line.mark,
                sound=line.sound,
            )
            # One more start than lines: the end.
            for line, start_ms, words_ms, length_ms in zip(placed, starts, spoken, lengths, strict=False)
        )
    )
