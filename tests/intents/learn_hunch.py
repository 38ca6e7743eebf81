"""Learn the hunch from the written reports: `make learn` (needs scikit-learn and the extra `understand`).

Reads the reports but held_out.tsv; writes hunch.json and hunch.npz of English. Kernel ridge regression: the
likeness of two texts is that of their features (linear) plus, with the sentence model, that of their vectors.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.feature_extraction import DictVectorizer

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from intents.content import DEFAULT_LOCALE, load_content  # noqa: E402 - found by the line above
from intents.hunch import LIGHT, NOTHING, SENTENCES, features  # noqa: E402 - likewise
from intents.ranking import PIECES, weigh  # noqa: E402 - likewise
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
"""What a command weighs, a report being 1."""


def main() -> None:
    """Learn, and write."""
    content = load_content()
    folder = ROOT / "intents" / "languages" / "en"
    rows = [(row[4], row[1].split("|")[0] if row[2] != "-" else NOTHING, 1.0) for row in written()]
    # What people say besides: a command is no report.
    rows += [(text, NOTHING, COMMAND) for text in _commands(content.language(DEFAULT_LOCALE))]
    matcher = content.matcher(DEFAULT_LOCALE)
    counted = [Counter(features(text, matcher.take_apart(text))) for text, _, _ in rows]
    seen = Counter(name for found in counted for name in found)
    rarity = {
        name: round(float(np.log((1 + len(rows)) / (1 + count))) + 1, 2)
        for name, count in sorted(seen.items())
        if count >= RARE
    }
    classes = sorted({label for _, label, _ in rows})
    wanted = np.array([[label == name for name in classes] for _, label, _ in rows], dtype=np.float64)
    careful = CAREFUL / np.array([weight for _, _, weight in rows])
    # Every feature has its column, in the order of their rarity.
    maker = DictVectorizer(dtype=np.float64).fit([dict.fromkeys(rarity, 1.0)])
    matrix: Any = maker.transform([weigh(found, rarity) for found in counted])
    middle = wanted.mean(axis=0)
    linear = (matrix @ matrix.T).toarray()
    weights = matrix.T @ np.linalg.solve(linear + np.diag(careful), wanted - middle)
    (folder / LIGHT).write_text(
        json.dumps(_light(classes, middle, rarity, weights), ensure_ascii=False, separators=(",", ":")) + "\n",
        encoding="utf-8",
    )
    model = load(folder / PIECES)
    if model is None:
        raise SystemExit("the extra `understand` is not installed")
    vectors = model.vectors([text for text, _, _ in rows])
    pca = PCA(AXES, random_state=0).fit(vectors)
    axes = pca.components_.T.astype(np.float16)
    short = (vectors - pca.mean_) @ axes.astype(np.float32)
    short /= np.linalg.norm(short, axis=1, keepdims=True)
    near, near_scale = _small(short)
    short = near.astype(np.float64) * near_scale
    short /= np.linalg.norm(short, axis=1, keepdims=True)
    likeness = np.exp(2 * short @ short.T - 2)
    pull = np.linalg.solve(linear + likeness + np.diag(careful), wanted - middle)
    stored: dict[str, Any] = {"bias": middle.astype(np.float32), "middle": pca.mean_.astype(np.float32)}
    stored |= {"axes": axes, "near": near}
    stored["pull"], stored["pull_scale"] = _small(pull)
    stored["linear"], stored["linear_scale"] = _small(matrix.T @ pull)
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
    samples = {
        sample
        for name, intent in words.intents.items()
        if name != "ReportSymptomIntent"
        for sample in intent.samples
        if "{" not in sample
    }
    return sorted(samples) + (REPORTS / "elsewhere.txt").read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    main()
