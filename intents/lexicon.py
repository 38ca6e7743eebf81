"""Words to meanings: the lexicon of concepts and what is denied, supposed, over, or said of somebody else.

A concept is a set of phrases that mean one thing to us ("numb", "asleep", "no feeling"). In a phrase
`word*` stands
for every word that begins so, `..` for up to three words, and `my` for whoever's. Articles, possessives
and words
like "really" may stand between its words.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from intents.plain import one_apostrophe, plain

_STOPS = ".;:!?\n\u2026"
_PIECES = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.;:!?\n\u2026]+|,|\s-+\s|[\u2013\u2014]")
_LONGEST_VARIANT_WORDS = 4
MAX_GAP = 3
"""How many words `..` can stand for."""
SENTENCE = 2
"""The gap before a word that opens a sentence; a comma makes 1."""


class Token(NamedTuple):
    """A word in plain form, as it was said, and what parts it from the word before."""

    form: str
    said: str
    gap: int


class Hit(NamedTuple):
    """A concept that is said from `start` to before `end`."""

    concept: str
    start: int
    end: int


class Phrase(NamedTuple):
    """A phrase of the lexicon, word by word."""

    concept: str
    words: tuple[str, ...]


def tokens(text: str) -> list[Token]:
    """The words of a text in plain form."""
    found: list[Token] = []
    gap = SENTENCE
    for said in _PIECES.findall(one_apostrophe(text)):
        if not said[0].isalnum():
            gap = max(gap, SENTENCE if said[0] in _STOPS else 1)
            continue
        for index, form in enumerate(plain(said)):
            found.append(Token(form, "" if index else said, gap))
            gap = 0
    return found


def set_right(
    words: Sequence[Token], variants: Mapping[str, Sequence[str]], taken: Collection[int] = ()
) -> list[Token]:
    """The words with what recognisers and regions make of words set right; `taken` words alone stay."""
    kept: list[Token] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_VARIANT_WORDS, len(words) - at), 0, -1):
            span = words[at : at + length]
            standard = variants.get(" ".join(word.form for word in span))
            if standard and not any(word.gap for word in span[1:]) and (length > 1 or at not in taken):
                said = " ".join(word.said for word in span if word.said)
                kept.append(Token(standard[0], said, span[0].gap))
                kept += [Token(form, "", 0) for form in standard[1:]]
                at += length
                break
        else:
            kept.append(words[at])
            at += 1
    return kept


class Lexicon:
    """All phrases of a language, found by their first word."""

    def __init__(
        self,
        concepts: Mapping[str, Iterable[str]],
        *,
        masking: str,
        owners: Collection[str],
        skipped: Collection[str],
    ) -> None:
        """What stands inside a phrase of the concept `masking` ("killing me") is not counted.

        Any of the `owners` is meant by `my`; `skipped` words may stand between the words of a phrase.
        """
        self._masking, self._owners, self._skipped = masking, owners, skipped
        self._exact: dict[str, list[Phrase]] = {}
        self._begun: dict[str, list[Phrase]] = {}
        for concept, phrases in concepts.items():
            for phrase in phrases:
                words = phrase_words(phrase)
                if not words:
                    continue
                first = words[0]
                if first[-1] == "*":
                    self._begun.setdefault(first[:2], []).append(Phrase(concept, words))
                else:
                    for one in owners if first == "my" else (first,):
                        self._exact.setdefault(one, []).append(Phrase(concept, words))

    def hits(self, words: Sequence[Token]) -> list[Hit]:
        """Every concept that is said, in order."""
        found: set[Hit] = set()
        for start, word in enumerate(words):
            for phrase in (*self._exact.get(word.form, ()), *self._begun.get(word.form[:2], ())):
                if (end := self._end(phrase.words, words, start)) is not None:
                    found.add(Hit(phrase.concept, start, end))
        masks = [hit for hit in found if hit.concept == self._masking]
        return sorted(
            (
                hit
                for hit in found
                if hit.concept == self._masking
                or not any(mask.start <= hit.start and hit.end <= mask.end for mask in masks)
            ),
            key=lambda hit: (hit.start, -hit.end),
        )

    def _end(self, parts: Sequence[str], words: Sequence[Token], start: int) -> int | None:
        """Where a phrase ends that starts there; None if it does not. It reaches over no full stop."""
        at, gap = start, 0
        for index, part in enumerate(parts):
            if part == "..":
                gap = MAX_GAP
                continue
            while True:
                if at >= len(words) or (at > start and words[at].gap == SENTENCE):
                    return None
                form = words[at].form
                if self._fits(part, form):
                    at += 1
                    gap = 0
                    break
                if index and (gap or form in self._skipped) and not words[at].gap:
                    gap -= 1 if gap and form not in self._skipped else 0
                    at += 1
                    continue
                return None
        return at

    def _fits(self, part: str, form: str) -> bool:
        if part[-1] == "*":
            return form.startswith(part[:-1])
        return part == form or (part == "my" and form in self._owners)


@lru_cache(maxsize=16384)
def phrase_words(phrase: str) -> tuple[str, ...]:
    """The words of a lexicon phrase in plain form, marks kept."""
    words: list[str] = []
    for word in phrase.split():
        words += (
            [word]
            if word == ".."
            else [f"{form}*" for form in plain(word[:-1])]
            if word[-1] == "*"
            else plain(word)
        )
    return tuple(words)
