"""Which concepts together are which symptom: the table that holds for every language, and its check."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from audio.content import Data, Many
from intents.clauses import MARKS, SMALL, Said

MAX_SPAN_WORDS = 16
"""How far apart the concepts of one report may stand."""

Phrases = Annotated[Many[Annotated[str, Field(pattern=r"\S")]], Field(min_length=1)]


class SymptomRules(Data):
    """Patterns of concepts by symptom, and what kinds of concepts there are."""

    gates: Many[str]
    """Conditions that switch exercises off, each a concept of its own."""
    neutral: Many[str]
    """Concepts that nobody denies alone: parts of the body, times, sides."""
    lasting: Many[str]
    """Concepts that count though they are over ("I fainted, I'm fine now")."""
    patterns: Mapping[str, Phrases]


class SymptomWords(Data):
    """A language's words for the concepts (see `intents.lexicon` for how phrases are written)."""

    variants: Mapping[str, Phrases]
    """What regions and recognisers make of words that they can only be."""
    sounds: Mapping[str, Phrases]
    """What recognisers make of words that has a meaning of its own: tried where nothing is found."""
    grammar: Mapping[str, Phrases]
    """Small words by their work (`intents.clauses.Small`)."""
    marks: Mapping[str, Phrases]
    gates: Mapping[str, Phrases]
    concepts: Mapping[str, Phrases]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Concepts that together are a symptom: groups of alternatives; each group stands in one clause."""

    symptom: str
    groups: tuple[tuple[frozenset[str], ...], ...]
    without: frozenset[str]
    """Concepts that must not stand in the clause."""

    @property
    def concepts(self) -> frozenset[str]:
        """Every concept that it names."""
        return frozenset().union(self.without, *(names for group in self.groups for names in group))


def parse(symptom: str, text: str) -> Pattern:
    """A pattern as it is written: `leg|foot numb -effort & fever`."""
    groups = [[term for term in group.split() if term[0] != "-"] for group in text.split("&")]
    return Pattern(
        symptom,
        tuple(tuple(frozenset(term.split("|")) for term in group) for group in groups),
        frozenset(term[1:] for term in text.split() if term[0] == "-"),
    )


def evidence(
    pattern: Pattern, clauses: Sequence[Mapping[str, Sequence[Said]]], neutral: Collection[str]
) -> list[Said] | None:
    """The concepts that make a pattern; None if it is not there."""
    found: list[Said] = []
    for group in pattern.groups:
        ways = (_chosen(group, clause, neutral) for clause in clauses if not pattern.without & clause.keys())
        chosen = next((way for way in ways if way), None)
        if chosen is None:
            return None
        found += chosen
    return found


def _chosen(
    group: Sequence[frozenset[str]], clause: Mapping[str, Sequence[Said]], neutral: Collection[str]
) -> list[Said] | None:
    """A concept for each part of a group, close to each other and none out of the words of another."""
    chosen: list[Said] = []
    for names in group:
        hits = [
            hit
            for name in names
            for hit in clause.get(name, ())
            if not any(_same_words(hit, other, neutral) for other in chosen)
        ]
        if not hits:
            return None
        anchor = chosen[-1].start if chosen else 0
        chosen.append(min(hits, key=lambda hit: abs(hit.start - anchor)))
    span = max(hit.end for hit in chosen) - min(hit.start for hit in chosen)
    return chosen if span <= MAX_SPAN_WORDS else None


def _same_words(one: Said, other: Said, neutral: Collection[str]) -> bool:
    """Whether two concepts are read out of the same words (a part may stand inside a complaint's phrase)."""
    overlap = one.start < other.end and other.start < one.end
    return overlap and (one.concept in neutral) == (other.concept in neutral)


def misfits(rules: SymptomRules, symptoms: Collection[str], findings: Collection[str]) -> Iterator[str]:
    """Where the rules do not fit the symptoms that can be reported and the findings that there are."""
    for name in sorted(rules.patterns.keys() ^ set(symptoms)):
        where = "must name no symptom that cannot be reported" if name in rules.patterns else "missing"
        yield f"patterns.{name}: {where}"
    for name in sorted(set(rules.gates) - set(findings)):
        yield f"gates: is {name!r}, which is no finding of screening.toml"


def word_misfits(words: SymptomWords, rules: SymptomRules) -> Iterator[str]:
    """Where a language's words do not fit the rules."""
    patterns = [parse(name, text) for name, texts in rules.patterns.items() for text in texts]
    named = frozenset().union(*(pattern.concepts for pattern in patterns))
    for table, have, need in (
        ("concepts", words.concepts.keys(), named),
        ("gates", words.gates.keys(), rules.gates),
        ("marks", words.marks.keys(), MARKS),
        ("grammar", words.grammar.keys(), SMALL),
    ):
        for name in sorted(set(need) - set(have)):
            yield f"{table}.{name}: missing"
        for name in sorted(set(have) - set(need)):
            yield f"{table}.{name}: nothing uses it"
    for name in sorted((set(rules.neutral) | set(rules.lasting)) - words.concepts.keys()):
        yield f"concepts.{name}: missing; neutral or lasting names it"
