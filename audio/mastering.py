"""Loudness as ITU-R BS.1770-4 measures it, and sound brought to one loudness without clipping."""

import numpy as np
from numpy.typing import NDArray

from audio.codec import Samples
from audio.mp3 import SAMPLE_RATE_HZ

# Amazon, "Normalizing the Loudness of Audio Content": a skill's audio lies between -19 and -9 LUFS, its true
# peak at -2 dBFS at most. In the louder half, voices of a wide range would need a limiter that one hears.
TARGET_LUFS = -16.0
MAX_TRUE_PEAK_DB = -2.0
QUIETEST_DB = -60.0
"""Below this peak there is no voice in what an engine gave."""

_OVERSAMPLING = 4  # BS.1770-4, annex 2
_BLOCK = int(0.4 * SAMPLE_RATE_HZ)
_HOP = _BLOCK // 4
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_DB = -0.691

# Ours: quieter than this below the loudest 5 ms is room, not speech; what fades keeps a little of its tail.
_SPEECH_DB = -45.0
_WINDOW = SAMPLE_RATE_HZ * 5 // 1000
_BEFORE = SAMPLE_RATE_HZ * 10 // 1000
_AFTER = SAMPLE_RATE_HZ * 40 // 1000
_FADE = SAMPLE_RATE_HZ * 5 // 1000
_LOOK_AHEAD = SAMPLE_RATE_HZ * 8 // 1000


def trim(samples: Samples) -> Samples:
    """Cut the near-silence that a voice leaves at both ends, so that words begin when their cue does."""
    count = len(samples) // _WINDOW
    if not count:
        return samples
    level = np.sqrt(np.mean(np.square(samples[: count * _WINDOW].reshape(count, _WINDOW)), axis=1))
    loud = np.flatnonzero(level > level.max() * _gain(_SPEECH_DB))
    if not len(loud):
        return samples
    start = max(0, int(loud[0]) * _WINDOW - _BEFORE)
    end = min(len(samples), (int(loud[-1]) + 1) * _WINDOW + _AFTER)
    return fade(samples[start:end].copy(), _FADE)


def fade(samples: Samples, length: int) -> Samples:
    """Raised-cosine edges of so many samples, in place: no click at either end."""
    length = min(length, len(samples) // 2)
    if length:
        edge = (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)).astype(np.float32)
        samples[:length] *= edge
        samples[-length:] *= edge[::-1]
    return samples


def loudness_lufs(samples: Samples) -> float:
    """Integrated loudness, gated. What is shorter than one block of 400 ms is taken as one block."""
    weighted = np.square(_k_weighted(samples))
    if len(weighted) <= _BLOCK:
        blocks = np.array([weighted.mean()]) if len(weighted) else np.zeros(1)
    else:
        sums = np.concatenate(([0.0], np.cumsum(weighted)))
        starts = np.arange(0, len(weighted) - _BLOCK + 1, _HOP)
        blocks = (sums[starts + _BLOCK] - sums[starts]) / _BLOCK
    blocks = blocks[_lufs(blocks) > _ABSOLUTE_GATE_LUFS]
    if len(blocks):
        blocks = blocks[_lufs(blocks) > _lufs(blocks.mean()) + _RELATIVE_GATE_LU]
    return float(_lufs(blocks.mean())) if len(blocks) else float("-inf")


def true_peak_db(samples: Samples) -> float:
    """The highest level between the samples, too."""
    peak = float(np.max(_envelope(samples), initial=0.0))
    return 20 * float(np.log10(peak)) if peak else float("-inf")


def level(samples: Samples, gain_db: float, ceiling_db: float) -> Samples:
    """Sound with that gain, and with its peaks pressed down to the ceiling without a click."""
    loud = samples * np.float32(_gain(gain_db))
    needed = np.minimum(1.0, _gain(ceiling_db) / np.maximum(_envelope(loud), 1e-9))
    lowest = _lowest(np.pad(needed, 2 * _LOOK_AHEAD, mode="edge"), 2 * _LOOK_AHEAD + 1)
    smooth = _average(_average(lowest, _LOOK_AHEAD + 1), _LOOK_AHEAD + 1)
    return (loud * smooth).astype(np.float32)


def _lowest(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The least of each so many neighbours, by doubling."""
    span = 1
    while span * 2 <= width:
        values = np.minimum(values[:-span], values[span:])
        span *= 2
    return np.minimum(values[: len(values) - (width - span)], values[width - span :])


def _average(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The mean of each so many neighbours."""
    sums: NDArray[np.float64] = np.concatenate((np.zeros(1), np.cumsum(values)))
    return (sums[width:] - sums[:-width]) / width


def _k_weighted(samples: Samples) -> NDArray[np.float64]:
    """The head's and the ear's weighting: a high shelf and a high pass (BS.1770-4, tables 1 and 2)."""
    size = _fft_size(len(samples) + SAMPLE_RATE_HZ // 4)  # the filter's ringing would wrap around
    spectrum = np.fft.rfft(samples, size)
    z = np.exp(-1j * np.linspace(0, np.pi, len(spectrum)))
    # The tables hold for 48 kHz; these are their analogue prototypes, as De Man (2018) gives them.
    k = np.tan(np.pi * 1681.974450955533 / SAMPLE_RATE_HZ)
    high, band, q = 10 ** (3.999843853973347 / 20), 0.4996667741545416, 0.7071752369554196
    shelf_b = (high + high**band * k / q + k * k, 2 * (k * k - high), high - high**band * k / q + k * k)
    shelf = _response(z, shelf_b, (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k))
    k, q = np.tan(np.pi * 38.13547087602444 / SAMPLE_RATE_HZ), 0.5003270373238773
    scale = 1 + k / q + k * k
    high_pass = _response(z, (1.0, -2.0, 1.0), (1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale))
    return np.asarray(np.fft.irfft(spectrum * shelf * high_pass, size)[: len(samples)])


def _response(
    z: NDArray[np.complex128], b: tuple[float, float, float], a: tuple[float, float, float]
) -> NDArray[np.complex128]:
    return np.asarray((b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z))


def _envelope(samples: Samples) -> NDArray[np.float64]:
    """For each sample the highest level from it to the next."""
    if not len(samples):
        return np.zeros(0)
    size = _fft_size(len(samples) + 64)  # the interpolation rings a little beyond the end
    fine = np.fft.irfft(np.fft.rfft(samples, size), size * _OVERSAMPLING) * _OVERSAMPLING
    return np.asarray(np.abs(fine).reshape(size, _OVERSAMPLING).max(axis=1)[: len(samples)])


def _fft_size(length: int) -> int:
    """The next power of two: transforms of other sizes can be slower by far."""
    return 1 << (length - 1).bit_length()


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_OFFSET_DB + 10 * np.log10(np.maximum(power, 1e-12)))


def _gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))
