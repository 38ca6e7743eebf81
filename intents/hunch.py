"""A hunch about what a text reports: how much it sounds like reports of each symptom, or like none.

Learned from written reports (`tests/intents/learn_hunch.py`), over words, parts of words, and what the rules
see in them. Alone it is linear and pure Python. With the sentence model it is linear over the same, plus how
near the sentence is to each report it learned from, both learned together.
"""

import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple, TypedDict

from intents.clauses import Utterance
from intents.ranking import softmax, weigh
from intents.vectors import ModelError, SentenceModel

LOG = logging.getLogger("gentle_back")

NOTHING: Final = "-"
"""The class of what reports nothing."""
LIGHT, SENTENCES = "hunch.json", "hunch.npz"
"""What is read, in a language's folder."""
SHARPNESS: Final = 8.0
"""How much a higher sum counts for more: the shares are those of exp(8 * sum)."""
STRANGE: Final = 0.3
"""How much a text speaks for nothing, if none of its words stands in what was learned from."""
MAX_CHARACTERS: Final = 600
"""Nobody reports a symptom in more; the beginning of a longer text is enough for a hunch."""

_WORD = re.compile(r"[\w']+")


def features(text: str, utterance: Utterance) -> Iterator[str]:
    """What a text is compared by: one to three words in a row, three to five letters of a word, and concepts.

    A concept counts with whether it is meant, and with each other that is meant in its clause.
    """
    words = _WORD.findall(text[:MAX_CHARACTERS].lower().replace("\u2019", "'"))
    for length in (1, 2, 3):
        for at in range(len(words) - length + 1):
            yield " ".join(words[at : at + length])
    for word in words:
        edged = f"_{word}_"
        for length in (3, 4, 5):
            for at in range(len(edged) - length + 1):
                yield f"~{edged[at : at + length]}"
    clauses: dict[int, set[str]] = {}
    for said in utterance.said:
        yield f"#{said.concept}/{said.state}"
        if said.state == "meant":
            clauses.setdefault(said.clause, set()).add(said.concept)
        else:
            yield f"#/{said.state}"
    for concepts in clauses.values():
        for pair in combinations(sorted(concepts), 2):
            yield f"#{'+'.join(pair)}"
    for mark in utterance.marks:
        yield f"#{mark}"


class Hunch(NamedTuple):
    """How probable each symptom is, and NOTHING; together 1."""

    shares: Mapping[str, float]
    strange: float
    """The share of its words that stand in nothing that was learned from."""
    by_sentence: bool
    """Whether the sentence model had its say."""


class Learned(TypedDict):
    """What was learned: a generated file."""

    classes: list[str]
    bias: list[float]
    rarity: dict[str, float]
    """By feature: how rare it is."""
    weights: dict[str, list[int]]
    """By feature: the number of a class and how much it speaks for it, in thousandths, and so on."""


class Sentences:
    """What was learned over sentence vectors, read at the first text; threads may share it."""

    def __init__(self, model: SentenceModel, path: Path) -> None:
        self._model = model
        self._path = path
        self._lock = threading.Lock()

    @cached_property
    def _learned(self) -> dict[str, Any] | None:
        import numpy as np  # noqa: PLC0415 - comes with the model

        try:
            self._model.vectors([""])
            with np.load(self._path) as found:
                learned = dict(found)
        except (ModelError, ImportError) as error:
            LOG.warning("the sentence model is not used: %s", error)
            return None
        near = learned["near"].astype(np.float32)
        learned["near"] = near / np.linalg.norm(near, axis=1, keepdims=True)
        learned["axes"] = learned["axes"].astype(np.float32)
        for name in ("pull", "linear"):
            learned[name] = learned[name].astype(np.float32) * learned[f"{name}_scale"]
        return learned

    def sums(self, text: str, weighed: Sequence[tuple[int, float]]) -> list[float] | None:
        """One sum a class; `weighed` are the numbers of the features and their values."""
        with self._lock:
            learned = self._learned
        if learned is None:
            return None
        import numpy as np  # noqa: PLC0415 - likewise

        vector = self._model.vector(text)
        # einsum, because the threads of "@" wait for each other longer than so little takes.
        short = np.einsum("d,da", vector - learned["middle"], learned["axes"])
        short /= np.linalg.norm(short) or 1.0
        likeness = np.exp(2 * np.einsum("sa,a", learned["near"], short) - 2)
        sums = learned["bias"] + np.einsum("s,sc", likeness, learned["pull"])
        if weighed:
            numbers, values = zip(*weighed, strict=True)
            sums += np.einsum("f,fc", np.array(values, dtype=np.float32), learned["linear"][list(numbers)])
        found: list[float] = sums.tolist()
        return found


class Ear:
    """Has hunches. Reading keeps nothing."""

    def __init__(self, learned: Learned, sentences: Sentences | None = None) -> None:
        """Without `sentences` the light part hears alone."""
        self._classes = learned["classes"]
        self._bias = learned["bias"]
        self._rarity = learned["rarity"]
        self._weights = learned["weights"]
        self._numbers = {name: number for number, name in enumerate(self._rarity)}
        self._sentences = sentences

    def hunch(self, text: str, utterance: Utterance) -> Hunch:
        """What a text sounds like."""
        values = weigh(Counter(features(text, utterance)), self._rarity)
        sums = None
        if self._sentences:
            weighed = [(self._numbers[name], value) for name, value in values.items()]
            sums = self._sentences.sums(text, weighed)
        by_sentence = sums is not None
        if sums is None:
            sums = list(self._bias)
            for name, value in values.items():
                weights = self._weights.get(name, ())
                for at in range(0, len(weights), 2):
                    sums[weights[at]] += value * weights[at + 1] / 1000
        words = _WORD.findall(text[:MAX_CHARACTERS].lower())
        strange = sum(word not in self._rarity for word in words) / max(1, len(words))
        sums[self._classes.index(NOTHING)] += STRANGE * strange
        shares = softmax([SHARPNESS * total for total in sums])
        return Hunch(dict(zip(self._classes, shares, strict=True)), strange, by_sentence)


def load(folder: Path, model: SentenceModel | None) -> Ear:
    """Read what was learned for the language of that folder."""
    learned = json.loads((folder / LIGHT).read_text(encoding="utf-8"))
    return Ear(learned, Sentences(model, folder / SENTENCES) if model else None)
