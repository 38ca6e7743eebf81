"""The embedded voice: hibari, whose "heart" lies in its package. Nothing is fetched, nobody is asked."""

from importlib.metadata import version

import numpy as np
from hibari import Hibari

from audio.codec import Samples
from audio.engines import Abilities, Engine
from audio.errors import EngineError
from audio.mastering import trim
from audio.mp3 import SAMPLE_RATE_HZ
from audio.timeline import MS_PER_SENTENCE

# hibari speaks 216 words a minute of its own; at this setting it takes 0.95 of the time that the plan
# allows for everything we say, and 0.96 for the exercises' cues (measured; a test holds it within 15 %).
PLANNED_SPEED = 0.75
# hibari's own limits, as factors of that.
_SLOWEST, _FASTEST = 0.5 / PLANNED_SPEED, 2.0 / PLANNED_SPEED
# Fixes the noise in the voice: the same text sounds the same on the same machine.
_SEED = 0


class EmbeddedEngine(Engine):
    """Speaks American English, whatever the locale."""

    def __init__(self, *, locale: str = "en-US") -> None:
        if not locale.startswith("en"):
            raise EngineError(f"embedded: no voice for {locale!r}; it speaks English only")
        self.abilities = Abilities(
            name="embedded", version=version("hibari-tts"), voice="heart", rates=(_SLOWEST, _FASTEST)
        )
        self._hibari = Hibari(voice="heart", threads=1)

    def _speak(self, text: str, rate: float) -> Samples:
        """Sentence by sentence: hibari leaves 0.6 s and more between them, the plan a quarter of a second."""
        try:
            sentences = [
                trim(np.asarray(sentence, np.float32))
                for sentence in self._hibari.stream(text, speed=rate * PLANNED_SPEED, seed=_SEED)
            ]
        except Exception as error:  # a model, not a library with errors of its own
            raise EngineError(f"embedded: {type(error).__name__} while speaking {text!r}") from error
        if not sentences:
            return np.zeros(0, np.float32)
        gap = np.zeros(SAMPLE_RATE_HZ * MS_PER_SENTENCE // 1000, np.float32)
        spaced = [piece for sentence in sentences for piece in (sentence, gap)]
        return np.concatenate(spaced[:-1])
