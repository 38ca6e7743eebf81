"""Voices behind one interface: text in, mono sound at 24 kHz out, used when audio is rendered ahead only."""

import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from audio.codec import Samples
from audio.errors import EngineError
from audio.mastering import QUIETEST_DB, true_peak_db

ENGINES = {
    "embedded": ("audio.engines.embedded", "EmbeddedEngine"),
    "gtts": ("audio.engines.google", "GoogleEngine"),
    "silent": ("audio.engines.silent", "SilentEngine"),
}
"""Name → module and class. A module is imported only when its engine is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What an engine declares; asked for anything else, it refuses before it begins."""

    name: str
    """Its name in `ENGINES`."""
    version: str
    """Of the program or service that speaks, as far as it tells."""
    voice: str
    """Which of its voices this is."""
    rates: tuple[float, float]
    """The slowest and the fastest pace. 1 is the pace of the plan, about 150 words a minute."""
    audible: bool = True

    def identity(self, rate: float) -> str:
        """Names everything about the voice that a clip depends on."""
        return f"{self.name} {self.version} {self.voice} {rate:g}"


class Engine(ABC):
    """A voice. Whatever it asks for goes wrong with `EngineError`, and nothing else."""

    abilities: Abilities

    def say(self, text: str, rate: float = 1.0) -> Samples:
        """The text spoken: mono, 24 kHz, full scale ±1, with whatever silence the voice leaves around it.

        Raises:
            EngineError: Nothing to say, a pace that the engine does not have, or no sound came.
        """
        name = self.abilities.name
        if not any(character.isalnum() for character in text):
            raise EngineError(f"{name}: nothing to say in {text!r}")
        slowest, fastest = self.abilities.rates
        if not slowest <= rate <= fastest:
            raise EngineError(f"{name}: has no rate {rate:g}; must be from {slowest:g} to {fastest:g}")
        samples = np.asarray(self._speak(text, rate), np.float32)
        if self.abilities.audible and not true_peak_db(samples) > QUIETEST_DB:
            raise EngineError(f"{name}: no sound came for {text!r}")
        return samples

    @abstractmethod
    def _speak(self, text: str, rate: float) -> Samples:
        """The text as sound; text and rate have been checked."""


def make_engine(name: str, locale: str) -> Engine:
    """The engine of that name, speaking for that locale.

    Raises:
        EngineError: There is none, what it needs is not installed, or it does not speak there.
    """
    if name not in ENGINES:
        raise EngineError(f"no engine {name!r}; must be one of {', '.join(ENGINES)}")
    module, kind = ENGINES[name]
    try:
        engine = getattr(importlib.import_module(module), kind)(locale=locale)
    except ImportError as error:
        raise EngineError(
            f"{name}: {error.name} is missing; install the extra: gentle-back[render]"
        ) from error
    if not isinstance(engine, Engine):
        raise TypeError(f"{kind} is no engine")
    return engine
