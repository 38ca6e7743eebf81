"""The grammar of the sample utterances: what a text says word for word, and the slots that stand in it.

Words are compared in a plain form in which spellings fall together: "can't", "cannot" and "can not"; "15" and
"fifteen"; "has" and "is" (because of "'s"). Samples, synonyms and utterances are brought into it alike.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from intents import amounts
from intents.plain import plain
from intents.symptoms import Report

QUERY: Final = "AMAZON.SearchQuery"
NUMBER: Final = "AMAZON.NUMBER"
DURATION: Final = "AMAZON.DURATION"
TIME: Final = "AMAZON.TIME"
DATE: Final = "AMAZON.DATE"
INTERVAL: Final = "Interval"
"""Of our own types the one that is said anywhere in a sentence: how often."""
MAX_WORDS = 40
"""Longer texts are searched for symptoms only; a microphone of eight seconds hears less than that."""


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


@dataclass(frozen=True, slots=True)
class Slot:
    """A filled slot: what was said, and what it stands for.

    `value` is the id for our own types, digits for AMAZON.NUMBER, ISO 8601 for AMAZON.DURATION and DATE,
    `HH:MM` for AMAZON.TIME, the words themselves for AMAZON.SearchQuery, and None if the words could not be
    resolved (which Alexa sends; of ours only a date, if the reader was not told which day it is).
    """

    value: str | None
    heard: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What an utterance means."""

    intent: str
    slots: Mapping[str, Slot] = field(default_factory=dict)
    report: Report | None = None
    """What it reports, where it is a report of a symptom."""
    confidence: float = 1.0
    """How probable that is, from 0 to 1; of a refusal how probable the best guess was."""
    did_you_mean: "Heard | None" = None
    """Of a refusal: the guess that is worth a question."""

    def values(self, types: Mapping[str, str]) -> dict[str, str | int]:
        """The filled slots as plain values: numbers as numbers, everything else as text; `types` by slot."""
        return {
            name: int(slot.value) if types.get(name) == NUMBER and slot.value.isdecimal() else slot.value
            for name, slot in self.slots.items()
            if slot.value is not None
        }


@dataclass(frozen=True, slots=True)
class IntentWords:
    """An intent's slots (name → type) and its sample utterances."""

    slots: Mapping[str, str]
    samples: tuple[str, ...]


class Word(NamedTuple):
    """A word in its plain form."""

    form: str
    said: str
    """As it was said; empty for the second word of a contraction."""


class Found(NamedTuple):
    """A value that stands in a text: from which word to which, what it stands for, and what was said."""

    start: int
    end: int
    value: str
    said: str


class _Template(NamedTuple):
    intent: str
    parts: tuple[str, ...]
    literal: int
    """How many of the parts are words."""


# English, as the samples are; with a second language these tables move into the language's files.
_FILLERS = _phrases(
    "um, uh, er, erm, hmm, really, very, quite, just, completely, totally, a bit, a little, a little bit, "
    "kind of, sort of"
)
_LEADS = _phrases(
    "alexa, well, oh, so, okay, actually, right, sorry, please, let's, let us, can you, could you, "
    "would you, will you, can we, could we, can i, could i, may i, i want, i want to, i want you to, "
    "i need to, i need you to, i'd like, i'd like to, i'd like you to, ask gentle back to, "
    "ask gentle back for, tell gentle back to, can i have, i said"
)
_TRAILS = _phrases("please, thanks, thank you, alexa, now, then, for me")
_DETERMINERS = _phrases("the, a, an, my, some")


def words_of(text: str) -> list[Word]:
    """The words of a text without fillers and echoes ("stop stop").

    "Not really" keeps its words, and so does "a bit" alone.
    """
    words = [
        Word(form, "" if index else said.strip('.,;:!?"()'))
        for said in text.split()
        for index, form in enumerate(plain(said))
    ]
    words = [word for at, word in enumerate(words) if not at or word.form != words[at - 1].form]
    kept: list[Word] = []
    at = 0
    while at < len(words):
        filler = _length(words[at : at + 3], _FILLERS)
        if not filler or (at + filler == len(words) and kept and kept[-1].form == "not"):
            kept += words[at : at + (filler or 1)]
        at += filler or 1
    return kept or words


def _phrase(words: Iterable[Word]) -> str:
    return " ".join(word.form for word in words)


def _said(words: Iterable[Word]) -> str:
    return " ".join(word.said for word in words if word.said)


def _length(words: Sequence[Word], phrases: Collection[str], *, last: bool = False) -> int:
    """How many of the first (or last) words are one of the phrases; 0 if they are none."""
    lengths = range(min(5, len(words)), 0, -1)
    return next((n for n in lengths if _phrase(words[-n:] if last else words[:n]) in phrases), 0)


class _Lexicon:
    """Phrases in plain form with what they stand for."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = phrases
        self.longest = max((phrase.count(" ") + 1 for phrase in phrases), default=0)

    def at(self, words: Sequence[Word], start: int) -> Iterator[tuple[int, str]]:
        """Where the phrases end that start there, and their values, the longest first."""
        for end in range(min(len(words), start + self.longest), start, -1):
            if (value := self.phrases.get(_phrase(words[start:end]))) is not None:
                yield end, value


class _Times(_Lexicon):
    """Times of day, with the part of the day where it is said after them."""

    _PARTS = _Lexicon(amounts.PARTS_OF_THE_DAY)

    def at(self, words: Sequence[Word], start: int) -> Iterator[tuple[int, str]]:
        for end, value in super().at(words, start):
            for later, part in self._PARTS.at(words, end):
                yield later, amounts.time_of_day(value, [part])
            yield end, value


_PLAIN_LEADS = frozenset(_phrase(words_of(lead)) for lead in _LEADS)
_BUILT_IN = {
    NUMBER: _Lexicon(amounts.numbers()),
    DURATION: _Lexicon(amounts.durations()),
    TIME: _Times(amounts.times()),
    DATE: _Lexicon(amounts.days()),
}


class Grammar:
    """Samples and synonyms of one language. Reading keeps nothing."""

    def __init__(
        self, intents: Mapping[str, IntentWords], types: Mapping[str, Mapping[str, tuple[str, ...]]]
    ) -> None:
        """`types`: id → the phrases that stand for it, by slot type."""
        self._slots = {name: intent.slots for name, intent in intents.items()}
        self._types = dict(_BUILT_IN)
        for name, values in types.items():
            self._types[name] = _Lexicon(
                {_phrase(words_of(phrase)): value for value, phrases in values.items() for phrase in phrases}
            )
        self._literal: dict[str, str] = {}
        self._templates: dict[str, list[_Template]] = {}
        for name, sample in ((name, sample) for name, intent in intents.items() for sample in intent.samples):
            self._add(name, sample)

    def slots(self, intent: str) -> Mapping[str, str]:
        """The slots of an intent, with their types."""
        return self._slots.get(intent, {})

    def found(self, slot_type: str, words: Sequence[Word]) -> list["Found"]:
        """Everything of a type that stands in the words, the longest first come, none inside another."""
        found: list[Found] = []
        at = 0
        while at < len(words):
            end, value = next(self._types[slot_type].at(words, at), (0, ""))
            if end:
                found.append(Found(at, end, value, _said(words[at:end])))
            at = end or at + 1
        return found

    def _add(self, intent: str, sample: str) -> None:
        pieces = re.split(r"({\w+})", sample)
        parts = [
            part
            for i, piece in enumerate(pieces)
            for part in ([piece] if i % 2 else _phrase(words_of(piece)).split())
        ]
        kinds = [self._slots[intent][part[1:-1]] for part in parts if part[0] == "{"]
        if unknown := set(kinds) - {QUERY} - self._types.keys():
            raise ValueError(f"{intent}: {sample!r} has a slot of an unknown type: {', '.join(unknown)}")
        if not kinds:
            self._literal.setdefault(" ".join(parts), intent)
            return
        # Free words fit anything, so they come last.
        literal = len(parts) - len(kinds) - (MAX_WORDS if QUERY in kinds else 0)
        first = "" if parts[0][0] == "{" else parts[0]
        self._templates.setdefault(first, []).append(_Template(intent, tuple(parts), literal))

    def exactly(self, words: Sequence[Word]) -> Heard | None:
        """The sample that fits the words: the longest literal match, with the least politeness cut off."""
        for bare in _without_politeness(words):
            if intent := self._literal.get(_phrase(bare)):
                return Heard(intent)
            templates = self._templates.get(bare[0].form, []) + self._templates.get("", [])
            for template in sorted(templates, key=lambda found: -found.literal):
                slots = self._fill(template.intent, template.parts, bare, 0)
                if slots is not None:
                    return Heard(template.intent, slots)
        return None

    def _fill(
        self, intent: str, parts: Sequence[str], words: Sequence[Word], at: int
    ) -> dict[str, Slot] | None:
        """The slots with which the parts are exactly the words from there on; None if they are not."""
        if not parts or at == len(words):
            return {} if not parts and at == len(words) else None
        if parts[0][0] != "{":
            return self._fill(intent, parts[1:], words, at + 1) if parts[0] == words[at].form else None
        slot = parts[0][1:-1]
        for end, value in self._values(self._slots[intent][slot], words, at):
            if (rest := self._fill(intent, parts[1:], words, end)) is not None:
                return {slot: Slot(value, _said(words[at:end])), **rest}
        return None

    def _values(self, slot_type: str, words: Sequence[Word], at: int) -> Iterator[tuple[int, str]]:
        """Where values of a type that start there can end, and what they stand for."""
        if slot_type == QUERY:
            yield from ((end, _said(words[at:end])) for end in range(len(words), at, -1))
            return
        yield from self._types[slot_type].at(words, at)
        if words[at].form in _DETERMINERS:
            yield from self._types[slot_type].at(words, at + 1)


def _without_politeness(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The words, then what is left without what people say before and after them, the longest first."""
    starts, ends = [0], [len(words)]
    while lead := _length(words[starts[-1] :], _PLAIN_LEADS):
        starts.append(starts[-1] + lead)
    while trail := _length(words[: ends[-1]], _TRAILS, last=True):
        ends.append(ends[-1] - trail)
    spans = [(start, end) for start in starts for end in ends if start < end]
    yield from (words[start:end] for start, end in sorted(spans, key=lambda span: span[0] - span[1]))
