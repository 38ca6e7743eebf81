"""From free text to an intent: the grammar of the sample utterances, with reports of symptoms heard first.

Words are compared in a plain form in which spellings fall together: "can't", "cannot" and "can not"; "15" and
"fifteen"; "has" and "is" (because of "'s"). Samples, synonyms and utterances are brought into it alike.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from intents import amounts
from intents.plain import one_apostrophe, plain
from intents.symptoms import Report, SymptomMatcher

FALLBACK = "AMAZON.FallbackIntent"
REPORT = "ReportSymptomIntent"
QUERY = "AMAZON.SearchQuery"
TIME = "AMAZON.TIME"
DATE = "AMAZON.DATE"
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


@dataclass(frozen=True, slots=True)
class IntentWords:
    """An intent's slots (name → type) and its sample utterances."""

    slots: Mapping[str, str]
    samples: tuple[str, ...]


class _Word(NamedTuple):
    form: str
    said: str
    """As it was said; empty for the second word of a contraction."""


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


def _words(text: str) -> list[_Word]:
    """The words of a text without fillers and echoes ("stop stop").

    "Not really" keeps its words, and so does "a bit" alone.
    """
    words = [
        _Word(form, "" if index else said.strip('.,;:!?"()'))
        for said in text.split()
        for index, form in enumerate(plain(said))
    ]
    words = [word for at, word in enumerate(words) if not at or word.form != words[at - 1].form]
    kept: list[_Word] = []
    at = 0
    while at < len(words):
        filler = _length(words[at : at + 3], _FILLERS)
        if not filler or (at + filler == len(words) and kept and kept[-1].form == "not"):
            kept += words[at : at + (filler or 1)]
        at += filler or 1
    return kept or words


def _phrase(words: Iterable[_Word]) -> str:
    return " ".join(word.form for word in words)


def _said(words: Iterable[_Word]) -> str:
    return " ".join(word.said for word in words if word.said)


def _length(words: Sequence[_Word], phrases: Collection[str], *, last: bool = False) -> int:
    """How many of the first (or last) words are one of the phrases; 0 if they are none."""
    lengths = range(min(5, len(words)), 0, -1)
    return next((n for n in lengths if _phrase(words[-n:] if last else words[:n]) in phrases), 0)


class _Lexicon:
    """Phrases in plain form with what they stand for."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = phrases
        self.longest = max((phrase.count(" ") + 1 for phrase in phrases), default=0)

    def at(self, words: Sequence[_Word], start: int) -> Iterator[tuple[int, str]]:
        """Where the phrases end that start there, and their values, the longest first."""
        for end in range(min(len(words), start + self.longest), start, -1):
            if (value := self.phrases.get(_phrase(words[start:end]))) is not None:
                yield end, value


class _Times(_Lexicon):
    """Times of day, with the part of the day where it is said after them."""

    _PARTS = _Lexicon(amounts.PARTS_OF_THE_DAY)

    def at(self, words: Sequence[_Word], start: int) -> Iterator[tuple[int, str]]:
        for end, value in super().at(words, start):
            for later, part in self._PARTS.at(words, end):
                yield later, amounts.time_of_day(value, [part])
            yield end, value


_PLAIN_LEADS = frozenset(_phrase(_words(lead)) for lead in _LEADS)
_BUILT_IN = {
    "AMAZON.NUMBER": _Lexicon(amounts.numbers()),
    "AMAZON.DURATION": _Lexicon(amounts.durations()),
    TIME: _Times(amounts.times()),
    DATE: _Lexicon(amounts.days()),
}


class Understanding:
    """Turns text into intents and slots, for one language. Reading keeps nothing."""

    def __init__(
        self,
        intents: Mapping[str, IntentWords],
        types: Mapping[str, Mapping[str, tuple[str, ...]]],
        matcher: SymptomMatcher | None = None,
    ) -> None:
        """`matcher` finds symptoms in any text."""
        self._matcher = matcher
        self._slots = {name: intent.slots for name, intent in intents.items()}
        self._types = dict(_BUILT_IN)
        for name, values in types.items():
            self._types[name] = _Lexicon(
                {_phrase(_words(phrase)): value for value, phrases in values.items() for phrase in phrases}
            )
        self._literal: dict[str, str] = {}
        self._templates: dict[str, list[_Template]] = {}
        for name, sample in ((name, sample) for name, intent in intents.items() for sample in intent.samples):
            self._add(name, sample)

    def _add(self, intent: str, sample: str) -> None:
        pieces = re.split(r"({\w+})", sample)
        parts = [
            part
            for i, piece in enumerate(pieces)
            for part in ([piece] if i % 2 else _phrase(_words(piece)).split())
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

    def read(self, text: str, *, today: date | None = None) -> Heard:
        """Understand one utterance: an emergency first, then the samples, then other symptoms in it.

        What fits nothing is refused: AMAZON.FallbackIntent without slots. `today` is where the person is.
        """
        report = self._matcher.read(text) if self._matcher else None
        text = re.sub(r"(?<=\d) ?/ ?(?=\d)", " out of ", one_apostrophe(text))
        words = _words(re.sub(r"[.;:!?\n]+", " ", text))
        heard = self._by_samples(words) if len(words) <= MAX_WORDS else None
        if report and self._decides(report, heard):
            return _reported(report, text)
        return self._on_the_calendar(heard, words, today) if heard else Heard(FALLBACK)

    def _decides(self, report: Report, heard: Heard | None) -> bool:
        """Whether a report counts for more than what the samples say."""
        if heard is None or (report.symptom and report.level == "emergency" and not report.by_ear):
            return True
        return heard.intent == REPORT and "symptom" not in heard.slots

    def _on_the_calendar(self, heard: Heard, words: Iterable[_Word], today: date | None) -> Heard:
        """The same with times of day and dates as Alexa gives them."""
        slots = dict(heard.slots)
        for name, slot in heard.slots.items():
            slot_type = self._slots[heard.intent][name]
            if slot_type == TIME and slot.value:
                value = amounts.time_of_day(slot.value, {word.form for word in words})
                slots[name] = replace(slot, value=value)
            elif slot_type == DATE and slot.value:
                slots[name] = replace(slot, value=amounts.day_of(slot.value, today) if today else None)
        return replace(heard, slots=slots)

    def _by_samples(self, words: Sequence[_Word]) -> Heard | None:
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
        self, intent: str, parts: Sequence[str], words: Sequence[_Word], at: int
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

    def _values(self, slot_type: str, words: Sequence[_Word], at: int) -> Iterator[tuple[int, str]]:
        """Where values of a type that start there can end, and what they stand for."""
        if slot_type == QUERY:
            yield from ((end, _said(words[at:end])) for end in range(len(words), at, -1))
            return
        yield from self._types[slot_type].at(words, at)
        if words[at].form in _DETERMINERS:
            yield from self._types[slot_type].at(words, at + 1)


def _without_politeness(words: Sequence[_Word]) -> Iterator[Sequence[_Word]]:
    """The words, then what is left without what people say before and after them, the longest first."""
    starts, ends = [0], [len(words)]
    while lead := _length(words[starts[-1] :], _PLAIN_LEADS):
        starts.append(starts[-1] + lead)
    while trail := _length(words[: ends[-1]], _TRAILS, last=True):
        ends.append(ends[-1] - trail)
    spans = [(start, end) for start in starts for end in ends if start < end]
    yield from (words[start:end] for start, end in sorted(spans, key=lambda span: span[0] - span[1]))


def _reported(report: Report, text: str) -> Heard:
    """A report as the intent: its symptom's id, or the words where there is none to act on."""
    if report.symptom:
        return Heard(REPORT, {"symptom": Slot(report.symptom, report.heard)}, report)
    return Heard(REPORT, {"words": Slot(text, text)}, report)
