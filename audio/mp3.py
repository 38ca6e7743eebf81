"""MP3 files as rows of frames: each lasts 24 ms in 144 bytes and leans on no other, so it can go anywhere.

MPEG-2 layer III, 24 kHz, mono, 48 kbit/s is what a skill may play (Amazon's pages on audio files). At these
numbers a frame is never padded (576 samples * 48,000 bit/s / 24,000 Hz / 8 = 144 bytes), so the length of a
file, the place of a moment in it and the moment of a place are plain multiplications, known before the first
byte is sent.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from audio.errors import FrameError

SAMPLE_RATE_HZ = 24_000
BIT_RATE_BPS = 48_000
FRAME_SAMPLES = 576
FRAME_BYTES = 144
FRAME_MS = 24

# ISO 13818-3, 2.4: MPEG-2 layer III without checksum; 48 kbit/s, 24 kHz, no padding; mono, original.
HEADER = bytes.fromhex("fff364c4")
# Behind the header stands main_data_begin, 8 bits in MPEG-2: how far back a frame's data starts. Zero is no
# further than the frame itself.
_MAIN_DATA_BEGIN = len(HEADER)
SILENCE = HEADER + bytes(FRAME_BYTES - len(HEADER))
"""A frame of digital silence: no granule has any data."""

# A decoder overlaps each frame with its neighbours, so what a clip sounds like depends on one frame on each
# side. Both belong to the clip, and its sound begins right after the first.
LEAD_FRAMES = 1
TAIL_FRAMES = 1

CHUNK_BYTES = 16_384
"""The most silence that is handed to the network at once."""
_QUIET = SILENCE * (CHUNK_BYTES // FRAME_BYTES + 2)


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of sound as frames, with one frame of room before it and one behind."""

    data: bytes = field(repr=False)
    digest: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_frames(self.data)
        object.__setattr__(self, "digest", hashlib.sha256(self.data).digest())
        if self.frames <= 0:
            raise FrameError(
                f"a clip of {len(self.data)} bytes has no sound between its first and last frame"
            )

    @property
    def frames(self) -> int:
        """How many frames the sound itself has."""
        return len(self.data) // FRAME_BYTES - LEAD_FRAMES - TAIL_FRAMES

    @property
    def sound_ms(self) -> int:
        """How long the sound itself is."""
        return self.frames * FRAME_MS


def check_frames(data: bytes) -> None:
    """Make sure that these bytes are whole frames of our kind, none of which leans on an earlier one.

    Raises:
        FrameError: They are not; the text says at which frame.
    """
    if len(data) % FRAME_BYTES:
        raise FrameError(f"{len(data)} bytes are not whole frames of {FRAME_BYTES}")
    for start in range(0, len(data), FRAME_BYTES):
        if data[start : start + len(HEADER)] != HEADER:
            found = data[start : start + len(HEADER)].hex()
            raise FrameError(f"frame {start // FRAME_BYTES} begins with {found}; must be {HEADER.hex()}")
        if data[start + _MAIN_DATA_BEGIN]:
            raise FrameError(f"frame {start // FRAME_BYTES} needs data of earlier frames")


class VirtualMp3:
    """A file that exists as a plan only: clips at their frames and silence between them.

    The clips' bytes are shared by all files; a file itself costs a few numbers a clip.
    """

    __slots__ = ("_clips", "_starts", "digest", "frames")

    def __init__(self, placed: Iterable[tuple[int, Clip]], frames: int) -> None:
        """`placed` names for each clip the frame at which its sound begins; `frames` is the whole length.

        Raises:
            FrameError: A clip does not fit before the next one, before the end, or behind the beginning.
        """
        ordered = sorted(placed, key=lambda item: item[0])
        self._starts = [frame - LEAD_FRAMES for frame, _ in ordered]
        self._clips = [clip.data for _, clip in ordered]
        self.frames = frames
        for start, data, until in zip(self._starts, self._clips, [*self._starts, frames][1:], strict=True):
            if start < 0 or start + len(data) // FRAME_BYTES > until:
                raise FrameError(f"the clip at frame {start} has no room until frame {until}")
        plan = hashlib.sha256(str(frames).encode())
        for frame, clip in ordered:
            plan.update(str(frame).encode() + clip.digest)
        self.digest = plan.hexdigest()
        """The same for the same bytes, and for no others."""

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.frames * FRAME_BYTES

    @property
    def duration_ms(self) -> int:
        """Length of the whole file."""
        return self.frames * FRAME_MS

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `stop`, piece by piece; finding the first takes a bisection.

        A clip that is wanted whole is given as it is, not copied.
        """
        stop = self.size if stop is None else min(stop, self.size)
        index = max(0, bisect_right(self._starts, start // FRAME_BYTES) - 1)
        for first, data in zip(self._starts[index:], self._clips[index:], strict=True):
            begin = first * FRAME_BYTES
            yield from _silence(start, min(begin, stop))
            start = max(start, min(begin, stop))
            if start >= stop:
                return
            part = data[start - begin : stop - begin]
            if part:
                yield part
                start += len(part)
        yield from _silence(start, stop)


def _silence(start: int, stop: int) -> Iterator[bytes]:
    """Silent frames as they lie between two places."""
    while start < stop:
        phase = start % FRAME_BYTES
        part = _QUIET[phase : phase + min(stop - start, CHUNK_BYTES)]
        yield part
        start += len(part)


def frame_at(ms: int) -> int:
    """The frame nearest to a moment: each moment is rounded on its own, so that no error adds up."""
    return (ms + FRAME_MS // 2) // FRAME_MS
