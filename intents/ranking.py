"""Which meaning a text has most probably: rankers that were learned from the samples, behind one interface.

LightRanker      pure Python: linear weights over words, neighbouring words and parts of words
SentenceRanker   by the direction of the sentence's vector: linear weights, and the nearest samples
Ranking          what both say together; without the sentence model, the light one alone

What was learned is generated (`make learn`) and read at the first text: Alexa's way in never waits for it.
"""

import hashlib
import json
import logging
import math
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from intents.plain import one_apostrophe, plain
from intents.samples import Labelled
from intents.vectors import ModelError, SentenceModel

LOG = logging.getLogger("gentle_back")

SHARPNESS: Final = 20.0
"""How much nearer samples count for more: the shares are those of exp(20 * cosine)."""
LEAST: Final = 1e-6
"""No ranker rules a meaning out alone."""
LIGHT, SENTENCES, PIECES = "ranker.json", "sentences.npz", "wordpieces.txt"
"""What is read, in a language's folder."""

Shares = Sequence[float]
"""How probable each of the classes is, from 0 to 1."""


class Guess(NamedTuple):
    """A meaning: an intent and how probable it is; the value of its main slot, and how probable of those."""

    intent: str
    share: float
    value: str
    value_share: float


class Ranker(Protocol):
    """Tells how probable each class is. Reading keeps nothing."""

    @property
    def classes(self) -> Sequence[tuple[str, str]]:
        """Intent and value of the main slot."""
        ...

    def shares(self, text: str) -> Shares:
        """One share a class."""
        ...


def _words(text: str) -> list[str]:
    """The words of a text in plain form."""
    return [form for said in one_apostrophe(text).split() for form in plain(said)]


def features(text: str) -> Iterator[str]:
    """What a text is compared by: one to three words in a row, and two to five letters of a word."""
    words = ["<", *_words(text), ">"]
    for length in (1, 2, 3):
        for at in range(len(words) - length + 1):
            yield " ".join(words[at : at + length])
    for word in words[1:-1]:
        edged = f"_{word}_"
        for length in (2, 3, 4, 5):
            for at in range(len(edged) - length + 1):
                yield f"~{edged[at : at + length]}"


def weigh(counted: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    """The features that are known, weighed by how rare they are; together of length 1."""
    values = {name: (1 + math.log(count)) * rarity[name] for name, count in counted.items() if name in rarity}
    length = math.sqrt(sum(value * value for value in values.values())) or 1.0
    return {name: value / length for name, value in values.items()}


def softmax(sums: Sequence[float]) -> list[float]:
    """Shares that add up to 1."""
    highest = max(sums)
    found = [math.exp(total - highest) for total in sums]
    total = sum(found)
    return [share / total for share in found]


def digest(samples: Iterable[Labelled]) -> str:
    """Changes whenever what was learned from does."""
    return hashlib.sha256("\n".join("\t".join(sample) for sample in samples).encode()).hexdigest()


class LightRanker:
    """Linear weights over features of the text."""

    def __init__(self, learned: Mapping[str, Any]) -> None:
        """`learned`: classes, bias, and by feature its rarity and its weights by class, in thousandths."""
        self.classes: Sequence[tuple[str, str]] = [(intent, value) for intent, value in learned["classes"]]
        self._bias = learned["bias"]
        self._rarity: Mapping[str, float] = learned["rarity"]
        self._weights: Mapping[str, Sequence[int]] = learned["weights"]

    def shares(self, text: str) -> Shares:
        """One share a class."""
        sums = list(self._bias)
        for name, value in weigh(Counter(features(text)), self._rarity).items():
            weights = self._weights.get(name, ())
            for at in range(0, len(weights), 2):
                sums[weights[at]] += value * weights[at + 1] / 1000
        return softmax(sums)


class SentenceRanker:
    """By the vector of the sentence: linear weights over it, and the nearest sample of each class."""

    def __init__(
        self, model: SentenceModel, learned: Mapping[str, Any], classes: Sequence[tuple[str, str]]
    ) -> None:
        """`learned`: the arrays of sentences.npz; `classes` in the order of their numbers."""
        import numpy as np  # noqa: PLC0415 - comes with the model

        self._numpy = np
        self.classes = classes
        self._model = model
        self._head = learned["head"].astype(np.float32) * learned["head_scale"]
        self._bias = learned["bias"]
        self._axes, self._middle = learned["axes"].astype(np.float32), learned["middle"]
        samples = learned["samples"].astype(np.float32)
        self._samples = samples / np.linalg.norm(samples, axis=1, keepdims=True)
        # The samples stand by class, so that the nearest of each is a maximum over a stretch.
        self._starts = np.searchsorted(learned["labels"], np.arange(len(classes)))

    def shares(self, text: str) -> Shares:
        """One share a class."""
        np = self._numpy
        vector = self._model.vector(text)
        # einsum, because the threads of "@" wait for each other longer than so little takes.
        linear = np.array(softmax((np.einsum("d,dc", vector, self._head) + self._bias).tolist()))
        short = np.einsum("d,da", vector - self._middle, self._axes)
        short /= np.linalg.norm(short) or 1.0
        nearest = np.maximum.reduceat(np.einsum("sa,a", self._samples, short), self._starts)
        near = np.array(softmax((SHARPNESS * nearest).tolist()))
        shares: list[float] = np.sqrt((linear + LEAST) * (near + LEAST)).tolist()
        return shares


def together(*rankers: tuple[Shares, float]) -> list[float]:
    """The weighted geometric mean of shares, adding up to 1."""
    weight = sum(weight for _, weight in rankers)
    means = [
        math.exp(
            sum(weight * math.log(share + LEAST) for share, (_, weight) in zip(found, rankers, strict=True))
            / weight
        )
        for found in zip(*(shares for shares, _ in rankers), strict=True)
    ]
    total = sum(means)
    return [mean / total for mean in means]


class Ranking:
    """What the rankers say together."""

    def __init__(self, light: Ranker, sentences: Ranker | None = None) -> None:
        self.classes = light.classes
        self._light = light
        self._sentences = sentences

    @property
    def has_model(self) -> bool:
        """Whether the sentence model is there."""
        return self._sentences is not None

    def rank(self, text: str, favour: Mapping[tuple[str, str], float] | None = None) -> list[Guess]:
        """Every intent, the most probable first. `favour`: how much more probable some classes are now."""
        shares: Sequence[float] = self._light.shares(text)
        if self._sentences:
            shares = together((shares, 1.0), (self._sentences.shares(text), 2.0))
        if favour:
            shares = [share * favour.get(name, 1.0) for name, share in zip(self.classes, shares, strict=True)]
            total = sum(shares)
            shares = [share / total for share in shares]
        by_intent: dict[str, list[tuple[float, str]]] = {}
        for (intent, value), share in zip(self.classes, shares, strict=True):
            by_intent.setdefault(intent, []).append((share, value))
        found = []
        for intent, values in by_intent.items():
            share = sum(part for part, _ in values)
            most, value = max(values)
            found.append(Guess(intent, share, value, most / (share or 1.0)))
        return sorted(found, key=lambda guess: -guess.share)


class LazyRanking:
    """A language's ranking, read when the first text needs it."""

    def __init__(self, folder: Path, model: SentenceModel | None) -> None:
        self._folder = folder
        self._model = model
        self._lock = threading.Lock()

    def get(self) -> Ranking:
        """The ranking; threads may share it."""
        with self._lock:
            return self._ranking

    @cached_property
    def _ranking(self) -> Ranking:
        light = LightRanker(json.loads((self._folder / LIGHT).read_text(encoding="utf-8")))
        if self._model is None:
            return Ranking(light)
        import numpy as np  # noqa: PLC0415 - comes with the model

        try:
            self._model.vectors([""])
            with np.load(self._folder / SENTENCES) as learned:
                return Ranking(light, SentenceRanker(self._model, dict(learned), light.classes))
        except (ModelError, ImportError) as error:
            LOG.warning("the sentence model is not used: %s", error)
            return Ranking(light)
