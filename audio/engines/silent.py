"""A voice that says nothing, for exactly as long as the plan estimates: for tests of everything behind it."""

import numpy as np

from audio.codec import Samples
from audio.engines import Abilities, Engine
from audio.mp3 import SAMPLE_RATE_HZ
from audio.timeline import speech_ms


class SilentEngine(Engine):
    """Silence of the estimated length."""

    def __init__(self, *, locale: str = "en-US") -> None:
        self.abilities = Abilities(name="silent", version="1", voice=locale, rates=(0.25, 4.0), audible=False)

    def _speak(self, text: str, rate: float) -> Samples:
        return np.zeros(round(speech_ms(text) / rate * SAMPLE_RATE_HZ / 1000), np.float32)
