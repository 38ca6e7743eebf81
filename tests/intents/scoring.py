"""How well a table of utterances is understood: kind, intent, slots, open question, utterance, tab-separated.

The intent "-" is out of scope; slots are `name=value;name=value`. Nothing is learned from such a table.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from intents.content import Content
from intents.grammar import Heard
from intents.understand import FALLBACK, REPORT, Understanding

QUESTIONS: Final = {
    "-": None,
    "screening": "saddle",
    "number": "pain",
    "which exercise": "which",
    "which side": "rest_longer",
    "surface": "surface",
    "better same worse": "page_check",
    "ready": "ready",
    "are you up": "are_you_up",
    "rest or get up": "rest_or_up",
    "go on": "go_on_there",
    "launch": "launch",
    "reminder time": "remind_when",
}
WEDNESDAY: Final = date(2026, 11, 25)


class Line(NamedTuple):
    """One utterance and what it means."""

    kind: str
    intent: str
    slots: str
    question: str
    utterance: str


@dataclass
class Score:
    """What came of a table."""

    counts: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def share(self, of: str, all_: str) -> float:
        """One count as a share of another."""
        return self.counts[of] / max(1, self.counts[all_])

    def __str__(self) -> str:
        count = self.counts
        out = f"{count['accepted']} of {count['out of scope']} out of scope"
        lines = [
            f"understood at once      {self.share('at once', 'in scope'):.3f}  (of {count['in scope']})",
            f"... or did you mean     {self.share('met', 'in scope'):.3f}",
            f"acted on a wrong intent {self.share('wrong', 'in scope'):.3f}",
            f"right slots             {self.share('slots', 'at once'):.3f}  (given the intent)",
            f"false accepts           {self.share('accepted', 'out of scope'):.3f}  ({out})",
            f"asked out of scope      {self.share('asked', 'out of scope'):.3f}",
            f"missed emergencies      {count['missed']} of {count['emergencies']}",
        ]
        lines += [
            f"  {kind:8} {found['at once']}/{found['in scope']} at once, {found['met']} with did you mean"
            for kind, found in self.by_kind.items()
            if found["in scope"]
        ]
        return "\n".join(lines)


def read_table(path: Path) -> list[Line]:
    """The lines of a table."""
    return [Line(*line.split("\t")) for line in path.read_text(encoding="utf-8").splitlines() if line]


def score(content: Content, understanding: Understanding, lines: list[Line]) -> Score:
    """Read every utterance, and count."""
    found = Score()
    for line in lines:
        heard = understanding.read(
            line.utterance, today=WEDNESDAY, asked=content.asked(QUESTIONS[line.question])
        )
        outcomes = set(_outcomes(content, line, heard))
        found.counts.update(outcomes)
        found.by_kind.setdefault(line.kind, Counter()).update(outcomes)
        if outcomes - {"emergencies"} not in ({"in scope", "at once", "met", "slots"}, {"out of scope"}):
            found.errors.append(_told(line, heard, outcomes))
    return found


def _told(line: Line, heard: Heard, outcomes: set[str]) -> str:
    slots = {name: slot.value for name, slot in heard.slots.items()}
    guess = f" (did you mean {heard.did_you_mean.intent})" if heard.did_you_mean else ""
    came_of_it = "/".join(sorted(outcomes - {"in scope", "out of scope", "emergencies", "met"}))
    return (
        f"{came_of_it:9} {heard.confidence:.2f} {heard.intent} {slots}{guess}"
        f" <- {line.intent} {line.slots} [{line.question}] {line.utterance}"
    )


def _outcomes(content: Content, line: Line, heard: Heard) -> list[str]:
    if line.intent in {"-", FALLBACK}:
        asks = heard.did_you_mean is not None or _asks_back(heard)
        accepted = heard.intent != FALLBACK and not asks
        return ["out of scope", *(["accepted"] if accepted else []), *(["asked"] if asks else [])]
    outcomes = ["in scope"]
    wanted = dict(part.split("=", 1) for part in line.slots.split(";")) if line.slots not in {"-", ""} else {}
    if (symptom := wanted.get("symptom")) and content.screening.advice[symptom].level == "emergency":
        outcomes.append("emergencies")
        report = heard.report
        alarmed = report and (report.level == "emergency" or report.asks is not None)
        outcomes += [] if alarmed else ["missed"]
    if heard.intent == line.intent:
        right = {name: slot.value for name, slot in heard.slots.items()}.items() >= wanted.items()
        return [*outcomes, "at once", "met", *(["slots"] if right else [])]
    guess = heard.did_you_mean
    if (guess and guess.intent == line.intent) or (symptom and _asks_back(heard)):
        return [*outcomes, "met"]
    return [*outcomes, "refused" if heard.intent == FALLBACK else "wrong"]


def _asks_back(heard: Heard) -> bool:
    return heard.intent == REPORT and heard.report is not None and heard.report.asks is not None
