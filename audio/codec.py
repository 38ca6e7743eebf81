"""MP3 to samples and samples to frames that stand alone, by FFmpeg's libraries through PyAV."""

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError
from numpy.typing import NDArray

from audio.errors import FrameError
from audio.mp3 import (
    BIT_RATE_BPS,
    FRAME_BYTES,
    FRAME_SAMPLES,
    LEAD_FRAMES,
    SAMPLE_RATE_HZ,
    TAIL_FRAMES,
    Clip,
    check_frames,
)

Samples = NDArray[np.float32]
"""Mono sound at 24 kHz, full scale ±1."""

# LAME delays by 576 samples and a decoder by 529 (LAME, "Technical FAQ", 1); so many zeros in front make the
# sound begin exactly with a frame.
_DELAY_SAMPLES = 576 + 529
_DELAY_FRAMES = -(-_DELAY_SAMPLES // FRAME_SAMPLES)
_PADDING_SAMPLES = _DELAY_FRAMES * FRAME_SAMPLES - _DELAY_SAMPLES


def encode(samples: Samples) -> Clip:
    """Encode sound, filled up with silence to whole frames, without a bit reservoir.

    Raises:
        FrameError: The encoder made frames that lean on others.
    """
    frames = -(-len(samples) // FRAME_SAMPLES)
    padded = np.zeros((frames + _DELAY_FRAMES + TAIL_FRAMES) * FRAME_SAMPLES, np.float32)
    padded[_PADDING_SAMPLES : _PADDING_SAMPLES + len(samples)] = samples
    encoder = AudioCodecContext.create("libmp3lame", "w")
    encoder.sample_rate = SAMPLE_RATE_HZ
    encoder.bit_rate = BIT_RATE_BPS
    encoder.layout = "mono"
    encoder.format = "fltp"
    encoder.options = {"reservoir": "0"}
    data = b"".join(_packets(encoder, padded))
    check_frames(data)
    first = _DELAY_FRAMES - LEAD_FRAMES
    last = _DELAY_FRAMES + frames + TAIL_FRAMES
    return Clip(data[first * FRAME_BYTES : last * FRAME_BYTES])


def decode(data: bytes) -> Samples:
    """Decode a file of any kind that FFmpeg knows.

    Raises:
        FrameError: It holds no sound that can be decoded.
    """
    try:
        with av.open(io.BytesIO(data), "r") as container:
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE_HZ)
            frames = [made for frame in container.decode(audio=0) for made in resampler.resample(frame)]
            frames += resampler.resample(None)
    except (FFmpegError, IndexError, ValueError) as error:
        raise FrameError(f"no sound that can be decoded: {error}") from error
    if not frames:
        raise FrameError("no sound that can be decoded: not one frame")
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


def decode_clip(clip: Clip) -> Samples:
    """A clip's sound as a decoder gives it back, without the frames around it."""
    start = LEAD_FRAMES * FRAME_SAMPLES
    return decode(clip.data)[start : start + clip.frames * FRAME_SAMPLES]


def tag(data: bytes, title: str, chapters: Sequence[tuple[str, int, int]]) -> bytes:
    """The same frames behind an ID3 tag: a title, and chapters as (title, start, end) in milliseconds."""
    out = io.BytesIO()
    # Version 3 is what players know; a Xing frame would be one frame more than the plan has.
    options = {"id3v2_version": "3", "write_xing": "0"}
    with av.open(out, "w", format="mp3", options=options) as container:
        stream = container.add_stream("mp3", rate=SAMPLE_RATE_HZ)
        stream.layout = "mono"
        container.metadata["title"] = title
        container.set_chapters(
            [
                {
                    "id": number,
                    "start": start_ms,
                    "end": end_ms,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": name},
                }
                for number, (name, start_ms, end_ms) in enumerate(chapters)
            ]
        )
        for index, start in enumerate(range(0, len(data), FRAME_BYTES)):
            packet = av.Packet(data[start : start + FRAME_BYTES])
            packet.stream = stream
            packet.time_base = Fraction(1, SAMPLE_RATE_HZ)
            packet.pts = packet.dts = index * FRAME_SAMPLES
            packet.duration = FRAME_SAMPLES
            container.mux(packet)
    return out.getvalue()


def _packets(encoder: AudioCodecContext, samples: Samples) -> Iterator[bytes]:
    for start in range(0, len(samples), FRAME_SAMPLES):
        piece = np.ascontiguousarray(samples[None, start : start + FRAME_SAMPLES])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = start
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        yield from (bytes(packet) for packet in encoder.encode(frame))
    yield from (bytes(packet) for packet in encoder.encode(None))
