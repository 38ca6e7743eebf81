"""How easy a text is to follow by ear: sentences, choices, reading level.

The reading level is the Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59.
"""

import re

MAX_WORDS = 20
"""One breath: so many words a sentence at most."""
MAX_SENTENCES = 3
"""So many sentences has one part of an answer at most."""
MAX_CHOICES = 3
"""So many things one can choose from are named at once."""
MAX_GRADE = 8.0
"""The highest school grade for a text that is long enough to have one."""
GRADED_FROM_WORDS = 30
"""A shorter text has no grade of its own: one long word would decide it."""

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)
_OFFER = re.compile(r"\b(?:say|would you like)\b(?P<offer>.*)", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its mark."""
    return [found for found in re.split(r"(?<=[.?!])\s+", text.strip()) if found]


def count_words(sentence: str) -> int:
    """How many words a sentence has."""
    return len(sentence.split())


def count_choices(sentence: str) -> int:
    """How many things a sentence offers to say or to choose: "Say go on, rest, or help me up." has three."""
    offer = _OFFER.search(sentence)
    if offer is None:
        return 0
    return len([part for part in re.split(r",\s*(?:or\s+|and\s+)?|\s+or\s+", offer["offer"]) if part.strip()])


def count_syllables(word: str) -> int:
    """About how many syllables an English word has: groups of vowels, without a silent end."""
    word = re.sub(r"(?:[^laeiouy]es|ed|[^laeiouy]e)$", "", word.lower().replace("'", ""))
    return max(1, len(re.findall(r"[aeiouy]{1,2}", word)))


def is_graded(text: str) -> bool:
    """Whether a text is long enough to have a grade."""
    return len(_WORD.findall(text)) >= GRADED_FROM_WORDS


def grade(text: str) -> float:
    """The school grade in which a text is easy to read."""
    words = _WORD.findall(text)
    syllables = sum(map(count_syllables, words))
    return 0.39 * len(words) / max(1, len(sentences(text))) + 11.8 * syllables / max(1, len(words)) - 15.59


def problems(text: str) -> list[str]:
    """What makes a text hard to follow, one entry each."""
    found = [
        f"{count_words(sentence)} words in one breath; at most {MAX_WORDS}: {sentence!r}"
        for sentence in sentences(text)
        if count_words(sentence) > MAX_WORDS
    ]
    found += [
        f"{count_choices(sentence)} choices; at most {MAX_CHOICES}: {sentence!r}"
        for sentence in sentences(text)
        if count_choices(sentence) > MAX_CHOICES
    ]
    if is_graded(text) and grade(text) > MAX_GRADE:
        found.append(f"reads like grade {grade(text):.1f}; at most {MAX_GRADE:.0f}: {text!r}")
    return found
