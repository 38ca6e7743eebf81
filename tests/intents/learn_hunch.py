"""Learn the hunch from the written reports: `make hunch` (needs scikit-learn; the skill does not).

Reads reports/first.tsv, second.tsv and third.tsv, never held_out.tsv; writes intents/languages/en/hunch.json.
"""

import json
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from intents.hunch import features  # noqa: E402 - found by the line above
from intents.shapes import LEVELS  # noqa: E402 - likewise

KEPT = 14_000
"""So many features, those that weigh most, are kept."""
COMMAND = 0.5
"""What a command weighs, a report being 1."""
PROFILE = 60
"""So many features tell one symptom from the others."""


def main() -> None:
    rows = [
        line.rstrip("\n").split("\t")
        for name in ("first", "second", "third")
        for line in (Path(__file__).parent / "reports" / f"{name}.tsv")
        .read_text(encoding="utf-8")
        .splitlines()
    ]
    # What people say besides: a command is no report.
    samples = tomllib.loads((ROOT / "intents/languages/en/intents.toml").read_text(encoding="utf-8"))
    commands = sorted(
        sample
        for name, found in samples.items()
        if name != "ReportSymptomIntent"
        for sample in found.get("samples", [])
        if "{" not in sample
    )
    elsewhere = Path(__file__).parent / "reports" / "elsewhere.txt"
    commands += elsewhere.read_text(encoding="utf-8").splitlines()
    weight = [1.0] * len(rows) + [COMMAND] * len(commands)
    rows += [["command", "-", "-", "self", command] for command in commands]
    vectors = TfidfVectorizer(analyzer=lambda text: list(features(text)), sublinear_tf=True)
    matrix = vectors.fit_transform([row[4] for row in rows])
    levels = ["none" if row[2] == "-" else row[2] for row in rows]
    learned = LogisticRegression(C=20, max_iter=500).fit(matrix, levels, sample_weight=weight)
    order = [list(learned.classes_).index(level) for level in LEVELS]
    weights = learned.coef_[order]
    names = vectors.get_feature_names_out()
    force = abs(weights).max(axis=0) * vectors.idf_
    kept = sorted(range(len(names)), key=lambda index: -force[index])[:KEPT]
    by_symptom: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row[1] != "-" and row[2] != "-":
            by_symptom[row[1].split("|")[0]].append(index)
    average = matrix.mean(axis=0).A1
    symptoms = {}
    kept_set = set(kept)
    for symptom, found in sorted(by_symptom.items()):
        profile = matrix[found].mean(axis=0).A1 - average
        best = sorted(kept_set, key=lambda index: -profile[index])[:PROFILE]
        size = float((profile[best] ** 2).sum() ** 0.5)
        symptoms[symptom] = {names[index]: round(float(profile[index]) / size, 3) for index in sorted(best)}
    written = {
        "rarity": {names[index]: round(float(vectors.idf_[index]), 2) for index in sorted(kept)},
        "weights": {names[index]: [round(float(w), 2) for w in weights[:, index]] for index in sorted(kept)},
        "bias": [round(float(bias), 3) for bias in learned.intercept_[order]],
        "symptoms": symptoms,
    }
    path = ROOT / "intents" / "languages" / "en" / "hunch.json"
    path.write_text(json.dumps(written, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
