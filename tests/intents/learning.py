"""What the rankers learn from: the language's samples, and written reports of symptoms, meant and denied."""

from pathlib import Path

from intents.samples import Labelled, labelled
from intents.shapes import Language
from intents.understand import FALLBACK, REPORT


def learned_from(words: Language) -> list[Labelled]:
    """Every labelled utterance once. The reports are those of the hunch; never held_out.tsv."""
    return list(dict.fromkeys([*labelled(words), *_reports()]))


REPORTS = Path(__file__).parent / "reports"
WRITTEN = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def written() -> list[list[str]]:
    """The rows of the written reports to learn from: kind, symptoms, level, about whom, text."""
    return [
        line.split("\t")
        for name in WRITTEN
        for line in (REPORTS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    ]


def _reports() -> list[Labelled]:
    rows = written()
    meant = [Labelled(row[-1], REPORT) for row in rows if row[1] != "-"]
    # What is denied is no report, and no answer to a question that has more parts.
    return meant + [Labelled(row[-1], FALLBACK) for row in rows if row[0] == "negated"]
