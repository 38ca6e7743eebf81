"""Learn the rankers from the samples: `make learn` (needs scikit-learn and the extra `understand`).

Writes ranker.json and sentences.npz of each language. With `--leave-out` it writes nothing and prints how
well samples are understood that were left out of the learning, a quarter at a time.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from intents import content, ranking, vectors  # noqa: E402 - found by the line above
from intents.ranking import features, weigh  # noqa: E402 - likewise
from intents.samples import Labelled  # noqa: E402 - likewise
from tests.intents.learning import learned_from  # noqa: E402 - likewise

AXES = 96
"""So many of the 384 dimensions are kept for the nearest samples: as good, a quarter the size."""
KEPT = 60_000
"""So many weights of the light ranker are kept, those that weigh most."""
RARE = 2
"""A feature that stands in fewer samples is kept only if it is a word."""
CAREFUL = 20.0
"""The inverse strength of regularisation of both linear parts."""


def learn_light(samples: Sequence[Labelled], classes: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The light ranker's weights."""
    counted = [Counter(features(sample.text)) for sample in samples]
    seen = Counter(name for found in counted for name in found)
    rarity = {
        name: round(float(np.log(len(samples) / count)) + 1, 3)
        for name, count in sorted(seen.items())
        if count >= RARE or (name[0] != "~" and " " not in name)
    }
    maker = DictVectorizer(dtype=np.float32)
    matrix: csr_matrix = maker.fit_transform([weigh(found, rarity) for found in counted])
    model = _fit(matrix, _labels(samples, classes))
    weights = np.round(model.coef_ * 1000).astype(int)
    least = np.sort(np.abs(weights), axis=None)[-min(KEPT, weights.size)]
    names = maker.get_feature_names_out()
    kept: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        strong = np.flatnonzero(np.abs(weights[:, column]) >= max(1, least))
        if len(strong):
            kept[name] = [int(n) for label in strong for n in (label, weights[label, column])]
    return {
        "classes": [list(name) for name in classes],
        "bias": [round(float(b), 3) for b in model.intercept_],
        "rarity": {name: rarity[name] for name in sorted(rarity)},
        "weights": kept,
    }


def learn_sentences(
    samples: Sequence[Labelled], classes: Sequence[tuple[str, str]], rows: Any
) -> dict[str, Any]:
    """What the sentence ranker reads; `rows` are the samples' vectors."""
    labels = _labels(samples, classes)
    order = np.argsort(labels, kind="stable")
    model = _fit(rows, labels)
    scale = np.abs(model.coef_).max() / 127
    axes = PCA(AXES, random_state=0).fit(rows)
    short = axes.transform(rows[order])
    short /= np.linalg.norm(short, axis=1, keepdims=True)
    return {
        "head": np.round(model.coef_.T / scale).astype(np.int8),
        "head_scale": np.float32(scale),
        "bias": model.intercept_.astype(np.float32),
        "axes": axes.components_.T.astype(np.float16),
        "middle": axes.mean_.astype(np.float32),
        "samples": np.round(short / np.abs(short).max() * 127).astype(np.int8),
        "labels": labels[order].astype(np.int16),
    }


def _labels(samples: Sequence[Labelled], classes: Sequence[tuple[str, str]]) -> Any:
    number = {name: at for at, name in enumerate(classes)}
    return np.array([number[sample.intent, sample.value] for sample in samples])


def _fit(matrix: Any, labels: Any) -> LogisticRegression:
    """Classes with few samples weigh more, though not as much as those with many."""
    weights = 1 / np.sqrt(np.bincount(labels)[labels])
    return LogisticRegression(C=CAREFUL, max_iter=250).fit(
        matrix, labels, sample_weight=weights / weights.mean()
    )


def main() -> None:
    """Learn and write, or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leave-out", action="store_true")
    leave_out = parser.parse_args().leave_out
    found = content.load_content()
    for name, words in found.languages.items():
        folder = content.HERE / "languages" / name
        samples = learned_from(words)
        classes = sorted({(sample.intent, sample.value) for sample in samples})
        model = vectors.load(folder / ranking.PIECES)
        if model is None:
            sys.exit("This needs the extra `understand`: make run installs it.")
        rows = model.vectors([sample.text for sample in samples])
        if leave_out:
            _measure(samples, classes, rows, model)
            continue
        light = learn_light(samples, classes)
        light = {"digest": ranking.digest(samples), **light}
        text = json.dumps(light, ensure_ascii=False, separators=(",", ":"))
        (folder / ranking.LIGHT).write_text(text + "\n", encoding="utf-8")
        np.savez_compressed(folder / ranking.SENTENCES, **learn_sentences(samples, classes, rows))
        print(f"{name}: {len(samples)} samples, {len(classes)} meanings")  # noqa: T201 - a script


def _measure(
    samples: Sequence[Labelled], classes: Sequence[tuple[str, str]], rows: Any, model: vectors.SentenceModel
) -> None:
    parts = np.random.default_rng(0).integers(0, 4, len(samples))
    right = Counter[str]()
    for part in range(4):
        kept = [sample for sample, at in zip(samples, parts, strict=True) if at != part]
        left = [sample for sample, at in zip(samples, parts, strict=True) if at == part]
        known = sorted({(sample.intent, sample.value) for sample in kept})
        light = ranking.LightRanker(learn_light(kept, known))
        learned = learn_sentences(kept, known, rows[parts != part])
        both = ranking.Ranking(light, ranking.SentenceRanker(model, learned, known))
        for name, ranked in (("light", ranking.Ranking(light)), ("with the model", both)):
            right[name] += sum(ranked.rank(sample.text)[0].intent == sample.intent for sample in left)
    for name, count in right.items():
        print(f"{name}: {count / len(samples):.3f} of {len(samples)} left out, {len(classes)} meanings")  # noqa: T201


if __name__ == "__main__":
    main()
