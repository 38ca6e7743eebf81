"""Learn the hunch from the written reports: `make learn` (needs scikit-learn and the extra `understand`).

Reads the reports but held_out.tsv; writes hunch.json and hunch.npz of English. Kernel ridge regression: the
likeness of two texts is that of their features (linear) plus, with the sentence model, that of their vectors.
"""

import json
import re
import sys
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import solve
from sklearn.decomposition import PCA
from sklearn.feature_extraction import DictVectorizer

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from intents.content import DEFAULT_LOCALE, load_content  # noqa: E402 - found by the line above
from intents.hunch import LIGHT, NOTHING, SENTENCES, features  # noqa: E402 - likewise
from intents.ranking import PIECES, weigh  # noqa: E402 - likewise
from intents.understand import REPORT  # noqa: E402 - likewise
from intents.vectors import load  # noqa: E402 - likewise
from tests.intents.learning import REPORTS, written  # noqa: E402 - likewise

KEPT = 90_000
"""So many weights of the light part are kept, those that weigh most."""
RARE = 2
"""A feature that stands in fewer texts is not kept."""
AXES = 160
"""So many of the 384 dimensions are kept: as good, half the size."""
CAREFUL = 0.3
"""The strength of regularisation."""
COMMAND = 0.5
"""What a command, or a phrase that nobody wrote as a report, weighs; a report being 1."""
EVERY = 4
"""So much thinner than samples is what people say beyond them."""
RISING = "GetUpIntent"
"""Who wants up may be stranded: nothing to learn harmlessness from."""
DENIALS = (
    "no {}",
    "i don't have any {}",
    "i've never had {}",
    "there's no {} at all",
    "is {} dangerous",
    "what does {} mean",
    "i had {} years ago but it went away",
    "it isn't {}",
    "no {} no",
    "i haven't got {} or anything like it",
    "what if i get {}",
    "not {} thankfully",
)
"""How what the synonyms name is denied, asked about and over: each in its turn."""
NO_NAME = re.compile(
    r"\b(i|i'm|i've|my|it|it's|can't|cannot|won't|not?|nothing|is|are|am|was|has|have|had)\b"
)
"""What a synonym has that is a sentence, or denied itself."""


def main() -> None:
    """Learn, and write."""
    content = load_content()
    folder = ROOT / "intents" / "languages" / "en"
    rows = [(row[4], row[1].split("|")[0] if row[2] != "-" else NOTHING, 1.0) for row in written()]
    # What people say besides: a command is no report.
    words = content.language(DEFAULT_LOCALE)
    rows += [(text, NOTHING, COMMAND) for text in _commands(words)]
    alarming = {name for name, advice in content.screening.advice.items() if advice.level != "none"}
    synonyms = [(name, text) for name, found in words.types["Symptom"].items() for text in found]
    rows += [(text, name if name in alarming else NOTHING, COMMAND) for name, text in synonyms]
    names = [text for _, text in synonyms if not NO_NAME.search(text)]
    rows += [(way.format(text), NOTHING, COMMAND) for text, way in zip(names, cycle(DENIALS), strict=False)]
    rows = list({row[0].lower(): row for row in reversed(rows)}.values())
    matcher = content.matcher(DEFAULT_LOCALE)
    counted = [Counter(features(text, matcher.take_apart(text))) for text, _, _ in rows]
    seen = Counter(name for found in counted for name in found)
    rarity = {
        name: round(float(np.log((1 + len(rows)) / (1 + count))) + 1, 2)
        for name, count in sorted(seen.items())
        if count >= RARE
    }
    classes = sorted({label for _, label, _ in rows})
    wanted = np.array([[label == name for name in classes] for _, label, _ in rows], dtype=np.float32)
    careful = np.array([CAREFUL / weight for _, _, weight in rows], dtype=np.float32)
    # Every feature has its column, in the order of their rarity.
    maker = DictVectorizer(dtype=np.float32).fit([dict.fromkeys(rarity, 1.0)])
    matrix: Any = maker.transform([weigh(found, rarity) for found in counted])
    middle = wanted.mean(axis=0)
    linear = (matrix @ matrix.T).toarray()
    weights = matrix.T @ solve(linear + np.diag(careful), wanted - middle, assume_a="pos")
    model = load(folder / PIECES)
    if model is None:
        raise SystemExit("the extra `understand` is not installed")
    vectors = model.vectors([text for text, _, _ in rows])
    pca = PCA(AXES, random_state=0).fit(vectors)
    axes = pca.components_.T.astype(np.float16)
    short = (vectors - pca.mean_) @ axes.astype(np.float32)
    short /= np.linalg.norm(short, axis=1, keepdims=True)
    near, near_scale = _small(short)
    short = near.astype(np.float32) * near_scale
    short /= np.linalg.norm(short, axis=1, keepdims=True)
    likeness = np.exp(2 * short @ short.T - 2)
    pull = solve(linear + likeness + np.diag(careful), wanted - middle, assume_a="pos")
    stored: dict[str, Any] = {"bias": middle.astype(np.float32), "middle": pca.mean_.astype(np.float32)}
    stored |= {"axes": axes, "near": near}
    stored["pull"], stored["pull_scale"] = _small(pull)
    stored["linear"], stored["linear_scale"] = _small(matrix.T @ pull)
    light = json.dumps(_light(classes, middle, rarity, weights), ensure_ascii=False, separators=(",", ":"))
    (folder / LIGHT).write_text(f"{light}\n", encoding="utf-8")
    np.savez_compressed(folder / SENTENCES, **stored)


def _light(classes: list[str], bias: Any, rarity: dict[str, float], weights: Any) -> dict[str, Any]:
    """What the light part reads."""
    thousandths = np.round(weights * 1000).astype(int)
    least = max(1, np.sort(np.abs(thousandths), axis=None)[-min(KEPT, thousandths.size)])
    kept: dict[str, list[int]] = {}
    for name, row in zip(rarity, thousandths, strict=True):
        strong = np.flatnonzero(np.abs(row) >= least)
        if len(strong):
            kept[name] = [int(number) for label in strong for number in (label, row[label])]
    return {
        "classes": classes,
        "bias": [round(float(part), 4) for part in bias],
        "rarity": rarity,
        "weights": kept,
    }


def _small(values: Any) -> tuple[Any, Any]:
    """The values in a byte each, and what to multiply them by."""
    scale = np.float32(np.abs(values).max() / 127)
    return np.round(values / scale).astype(np.int8), scale


def _commands(words: Any) -> list[str]:
    """What is no report: samples, a part of what is said beyond them, and what is said to other skills."""
    samples = {
        sample
        for name, intent in words.intents.items()
        if name != REPORT
        for sample in intent.samples
        if "{" not in sample
    }
    beyond = [
        text
        for name, values in words.heard.items()
        if name not in {REPORT, RISING}
        for texts in values.values()
        for text in texts
        if "{" not in text
    ]
    elsewhere = (REPORTS / "elsewhere.txt").read_text(encoding="utf-8").splitlines()
    return sorted(samples) + beyond[::EVERY] + elsewhere


if __name__ == "__main__":
    main()
