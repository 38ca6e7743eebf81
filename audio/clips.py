"""Which clips a stretch of guidance needs, under which address each is kept, and how they become one file."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from audio.mp3 import FRAME_MS, LEAD_FRAMES, TAIL_FRAMES, Clip, VirtualMp3, frame_at
from audio.timeline import MS_PER_SENTENCE, Sound, Timeline, Words, ends_sentence, lay_out

PROFILE = "mp3 24 kHz mono 48 kbit/s, -16 LUFS; 1"
"""How clips are made. Whoever changes what a clip sounds like counts it up, and every clip is made anew."""

GAP_MS = (LEAD_FRAMES + TAIL_FRAMES + 1) * FRAME_MS
"""The least time from the end of one clip's sound to the next: a frame of each, and one for rounding."""
LEAD_MS = LEAD_FRAMES * FRAME_MS
"""Where in a file its first cue begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a clip holds. With a sound it is as long as its whole cue, because frames cannot overlap."""

    text: str
    sound: Sound | None = None
    lasts_ms: int | None = None
    """With a sound: how long words and sound last together."""
    pause_ms: int = 0
    """With a sound: how long it goes on after the words, where `lasts_ms` does not say."""

    def address(self, voice: str) -> str:
        """The name of its clip in this voice: changes with everything that changes what is heard."""
        parts = json.dumps([PROFILE, voice, *asdict(self).values()])
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of guidance as a file, with its plan."""

    timeline: Timeline
    """As long as the clips make it; the file runs `LEAD_MS` behind it."""
    mp3: VirtualMp3


def recording_of(line: Words) -> Recording | None:
    """The clip that a line needs; none if it has neither words nor sound."""
    if line.sound is not None:
        pause_ms = line.pause_ms if line.lasts_ms is None else 0
        return Recording(text=line.text, sound=line.sound, lasts_ms=line.lasts_ms, pause_ms=pause_ms)
    return Recording(text=line.text) if line.text else None


def recordings_of(lines: Iterable[Words]) -> Iterator[Recording]:
    """Every clip that the lines need, each once, in order."""
    yield from dict.fromkeys(found for line in lines if (found := recording_of(line)) is not None)


def assemble(lines: Iterable[Words], clips: Mapping[Recording, Clip]) -> Session:
    """Make one file: each cue's clip at its time on the frame grid, silence between them.

    Raises:
        KeyError: A clip that the lines need is not among `clips`.
    """
    placed = tuple(lines)
    needed = tuple(recording_of(line) for line in placed)
    heard = tuple(clips[recording] if recording else None for recording in needed)
    timeline = lay_out(placed, map(_spoken_ms, placed, heard))
    found = (
        (frame_at(cue.start_ms) + LEAD_FRAMES, clip)
        for cue, clip in zip(timeline.cues, heard, strict=True)
        if clip is not None
    )
    frames = LEAD_FRAMES + frame_at(timeline.duration_ms) + TAIL_FRAMES
    return Session(timeline, VirtualMp3(found, frames))


def _spoken_ms(line: Words, clip: Clip | None) -> int:
    """How long a line's words take in this clip, with the breath or the gap after them."""
    if clip is None:
        return 0
    if line.sound is not None:
        return clip.sound_ms + GAP_MS - (line.pause_ms if line.lasts_ms is None else 0)
    return clip.sound_ms + (MS_PER_SENTENCE if ends_sentence(line.text) else GAP_MS)
