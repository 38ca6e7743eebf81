"""A hunch about what the rules do not see: how much a text sounds like reports of each level.

Linear weights over words and parts of words, learned from written reports
(`tests/intents/learn_hunch.py`). Pure
Python, about a millisecond a text.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypedDict

from intents.shapes import LEVELS, Level

_WORD = re.compile(r"[\w']+")
MAX_CHARACTERS = 600
"""Nobody reports a symptom in more; the beginning of a longer text is enough for a hunch."""


STRANGE = 3.0
"""How much a text speaks for nothing at all, if none of its words stands in any report."""


def features(text: str) -> Iterator[str]:
    """What a text is compared by: one to three words in a row, and three to five letters of a word."""
    words = _WORD.findall(text[:MAX_CHARACTERS].lower().replace("\u2019", "'"))
    for length in (1, 2, 3):
        for at in range(len(words) - length + 1):
            yield " ".join(words[at : at + length])
    for word in words:
        edged = f"_{word}_"
        for length in (3, 4, 5):
            for at in range(len(edged) - length + 1):
                yield f"~{edged[at : at + length]}"


class Hunch(NamedTuple):
    """How likely each level is, from 0 to 1, and how much it sounds like each symptom."""

    levels: Mapping[Level, float]
    near: Mapping[str, float]


class Learned(TypedDict):
    """What was learned: a generated file, compared with its making in a test."""

    rarity: dict[str, float]
    """By feature: how rare it is."""
    weights: dict[str, list[float]]
    """By feature: how much it speaks for each of LEVELS."""
    bias: list[float]
    symptoms: dict[str, dict[str, float]]
    """By symptom: the features that tell it from the others."""


class Ear:
    """Has hunches. Reading keeps nothing."""

    def __init__(self, learned: Learned) -> None:
        self._rarity = learned["rarity"]
        self._weights = learned["weights"]
        self._bias = learned["bias"]
        self._symptoms = learned["symptoms"]

    def hunch(self, text: str) -> Hunch:
        """What a text sounds like."""
        counted = Counter(features(text))
        values = {
            name: (1 + math.log(count)) * rarity
            for name, count in counted.items()
            if (rarity := self._rarity.get(name)) is not None
        }
        length = math.sqrt(sum(value * value for value in values.values())) or 1.0
        sums = list(self._bias)
        for name, value in values.items():
            for index, weight in enumerate(self._weights.get(name, ())):
                sums[index] += weight * value / length
        words = _WORD.findall(text[:MAX_CHARACTERS].lower())
        strange = sum(word not in self._rarity for word in words) / max(1, len(words))
        sums[LEVELS.index("none")] += STRANGE * strange
        highest = max(sums)
        shares = [math.exp(total - highest) for total in sums]
        levels = {level: share / sum(shares) for level, share in zip(LEVELS, shares, strict=True)}
        near = {
            symptom: sum(weight * values.get(name, 0.0) for name, weight in profile.items())
            for symptom, profile in self._symptoms.items()
        }
        return Hunch(levels, near)


def load(path: Path) -> Ear:
    """Read what was learned."""
    return Ear(json.loads(path.read_text(encoding="utf-8")))
