"""Sounds made by code: what is heard between the words of a file."""

import numpy as np
from numpy.typing import NDArray

from audio.codec import Samples
from audio.mastering import fade
from audio.mp3 import SAMPLE_RATE_HZ
from audio.timeline import Sound

_TICK = SAMPLE_RATE_HZ * 90 // 1000
_CHIME = SAMPLE_RATE_HZ * 24 // 10
_AFTER_WORDS = SAMPLE_RATE_HZ * 150 // 1000
# Levels of peaks against full scale: the voice, at -16 LUFS, stays well in front.
_TICK_GAIN, _CHIME_GAIN, _BREATH_GAIN, _HUSH_GAIN = 0.10, 0.16, 0.035, 0.02
_LOW_HZ, _HIGH_HZ = 196.0, 294.0  # G3 and D4, a fifth


def make_sound(sound: Sound, length: int, words: int) -> Samples:
    """A sound of so many samples, to be mixed with words that end after `words` samples.

    Only the hush is under the words; everything else waits until they have been understood.
    """
    if length <= 0:
        return np.zeros(0, np.float32)
    start = words + _AFTER_WORDS if words else 0
    rest = max(0, length - start)
    made = {
        "tick": lambda: _ticks(length, start)[start:],
        "breath_in": lambda: _glide(rest, _LOW_HZ, _HIGH_HZ),
        "breath_out": lambda: _glide(rest, _HIGH_HZ, _LOW_HZ),
        "chime": lambda: _chime(rest),
        "hush": lambda: _hush(length),
    }[sound]()
    out = np.zeros(length)
    out[length - len(made) :] = made
    return out.astype(np.float32)


def _ticks(length: int, after: int) -> NDArray[np.float64]:
    """The count goes on where the words end it: a soft tick at each further second."""
    out = np.zeros(length)
    at = np.arange(_TICK) / SAMPLE_RATE_HZ
    wave = np.exp(-at * 60) * (np.sin(2 * np.pi * 660 * at) + 0.4 * np.sin(2 * np.pi * 1320 * at))
    tick = fade(wave.astype(np.float32), _TICK // 20) * _TICK_GAIN
    for start in range(SAMPLE_RATE_HZ, length - _TICK, SAMPLE_RATE_HZ):
        if start >= after:
            out[start : start + _TICK] = tick
    return out


def _glide(length: int, from_hz: float, to_hz: float) -> NDArray[np.float64]:
    """A faint tone that rises or falls as long as the breath: one hears how much of it is left."""
    way = np.arange(length) / max(1, length)
    phase = 2 * np.pi * np.cumsum(from_hz * (to_hz / from_hz) ** way) / SAMPLE_RATE_HZ
    return np.asarray((np.sin(phase) + 0.3 * np.sin(2 * phase)) * np.sin(np.pi * way) * _BREATH_GAIN)


def _chime(length: int) -> NDArray[np.float64]:
    """A small bell: five partials, none of them a multiple of another."""
    at = np.arange(min(length, _CHIME)) / SAMPLE_RATE_HZ
    bell = sum(
        weight * np.exp(-at * decay) * np.sin(2 * np.pi * 523.25 * ratio * at)
        for ratio, weight, decay in (
            (1, 1, 2),
            (2.76, 0.5, 3),
            (5.4, 0.25, 5),
            (8.93, 0.1, 8),
            (0.56, 0.4, 1.5),
        )
    )
    out = np.zeros(length)
    out[: len(at)] = fade(np.asarray(bell, np.float32), SAMPLE_RATE_HZ // 200) * _CHIME_GAIN / 2
    return out


def _hush(length: int) -> NDArray[np.float64]:
    """Soft noise with more depth than hiss, coming and going like slow breath; the same every time."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
    noise = np.fft.irfft(spectrum / (1 + (hertz / 300) ** 2), length)
    noise /= max(1e-9, float(np.abs(noise).max()))
    swell = 0.6 - 0.4 * np.cos(2 * np.pi * np.arange(length) / (5 * SAMPLE_RATE_HZ))
    return np.asarray(fade((noise * swell).astype(np.float32), SAMPLE_RATE_HZ // 2) * _HUSH_GAIN * 4)
