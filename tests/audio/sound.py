"""Sound for tests: frames without an encoder, and a tone in place of a voice."""

import io
from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from audio.codec import Samples
from audio.engines import Abilities, Engine
from audio.mp3 import FRAME_BYTES, FRAME_MS, HEADER, LEAD_FRAMES, SAMPLE_RATE_HZ, TAIL_FRAMES, Clip


def clip_of(sound_ms: int, mark: int = 1) -> Clip:
    """A clip of that length whose frames can be told from silence and from other marks."""
    frames = LEAD_FRAMES + -(-sound_ms // FRAME_MS) + TAIL_FRAMES
    fill = FRAME_BYTES - len(HEADER) - 1
    return Clip(
        b"".join(
            HEADER + b"\0" + bytes([mark]) + bytes(n % 256 for n in range(fill - 1)) for _ in range(frames)
        )
    )


def tone(seconds: float, *, hertz: float = 220.0, level: float = 0.1) -> Samples:
    """A sine with quiet before and after it, as a voice leaves it."""
    count = round(seconds * SAMPLE_RATE_HZ)
    wave = level * np.sin(2 * np.pi * hertz * np.arange(count) / SAMPLE_RATE_HZ)
    quiet = np.zeros(SAMPLE_RATE_HZ // 4)
    return np.concatenate((quiet, wave, quiet)).astype(np.float32)


def mp3_of(samples: Samples, bit_rate_bps: int = 64_000) -> bytes:
    """A file as a service may send it, with a reservoir and all."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ)
        context = stream.codec_context
        assert isinstance(context, AudioCodecContext)
        context.layout, context.bit_rate, context.format = "mono", bit_rate_bps, "fltp"
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[None, :]), format="fltp", layout="mono"
        )
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


class ToneEngine(Engine):
    """Hums so long as the text has letters, so loud as it is told."""

    def __init__(self, *, level: float = 0.1) -> None:
        self.abilities = Abilities(name="tone", version="1", voice=f"{level}", rates=(0.5, 2.0))
        self.texts: list[str] = []
        self._level = level

    def _speak(self, text: str, rate: float) -> Samples:
        self.texts.append(text)
        return tone(len(text) / 15 / rate, level=self._level)
