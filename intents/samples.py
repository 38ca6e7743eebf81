"""What the rankers learn from: samples with their slots filled, and how people say things besides."""

from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Final, NamedTuple

from intents.shapes import Language

ANY: Final = "any"
"""Stands in heard.toml where the main slot is not said."""
MAIN_SLOT: Final[Mapping[str, str]] = {
    "StartExerciseIntent": "exercise",
    "DescribeExerciseIntent": "exercise",
    "SurfaceIntent": "surface",
    "RestingPoseIntent": "side",
    "GetTipIntent": "topic",
    "ReportPainIntent": "change",
    "AdjustExerciseIntent": "adjustment",
    "AskAboutIntent": "subject",
    "SetModeIntent": "mode",
    "NotSureIntent": "hedge",
}
"""By intent: the slot whose value a ranker tells, too, even where no synonym of it is said."""


def main_slot(intent: str) -> str | None:
    """The slot on which an intent turns: a value that is told, or the number of a pain."""
    return "score" if intent == "RatePainIntent" else MAIN_SLOT.get(intent)


_FILLED: Final[Mapping[str, tuple[str, ...]]] = {
    "AMAZON.NUMBER": ("five", "three", "seven", "ten", "two", "twelve", "six", "eight", "four"),
    "AMAZON.DURATION": ("ten minutes", "five minutes", "thirty seconds", "half an hour", "twenty minutes"),
    "AMAZON.TIME": ("eight", "half past seven", "nine in the evening", "ten thirty", "noon"),
    "AMAZON.DATE": ("yesterday", "today", "monday", "last week"),
    "AMAZON.SearchQuery": ("my left foot", "my leg", "my legs", "my toes", "my back"),
}
_DRAWS: Final = 6
"""So many fillings of a sample with a slot of ours are learned from; each value is drawn equally often."""


_ASIDE_EACH: Final = 5
"""Of so many utterances, one is also learned from with an aside before it, and one with an aside after."""


class Labelled(NamedTuple):
    """An utterance, its intent, and the value of its main slot (ANY where it is not said)."""

    text: str
    intent: str
    value: str = ANY


def labelled(words: Language) -> Iterator[Labelled]:
    """Every utterance of a language with its meaning; the same in the same order each time."""
    for intent, found in words.intents.items():
        main = MAIN_SLOT.get(intent)
        drawn = {name: cycle(_fillings(words, slot_type)) for name, slot_type in found.slots.items()}
        for sample in found.samples:
            slots = [name for name in found.slots if f"{{{name}}}" in sample]
            ours = any(found.slots[name] in words.types for name in slots)
            for _ in range(_DRAWS if ours else 2 if slots else 1):
                text, value = sample, ANY
                for name in slots:
                    phrase, id_ = next(drawn[name])
                    text = text.replace(f"{{{name}}}", phrase)
                    value = id_ if name == main else value
                yield Labelled(text, intent, value)
        if main and f"{{{main}}}" in found.samples:
            for id_, phrases in words.types[found.slots[main]].items():
                yield from (Labelled(phrase, intent, id_) for phrase in phrases)
    before, after = cycle(words.asides_before or ("",)), cycle(words.asides_after or ("",))
    for intent, values in words.heard.items():
        for value, texts in values.items():
            for number, text in enumerate(texts):
                yield Labelled(text, intent, value)
                if number % _ASIDE_EACH == 0:
                    yield Labelled(f"{next(before)} {text}", intent, value)
                elif number % _ASIDE_EACH == 1:
                    yield Labelled(f"{text} {next(after)}", intent, value)


def _fillings(words: Language, slot_type: str) -> list[tuple[str, str]]:
    """What a slot is filled with, and what it stands for: the values in turn, each by its next name."""
    if slot_type not in words.types:
        return [(phrase, ANY) for phrase in _FILLED[slot_type]]
    values = words.types[slot_type]
    return [
        (phrases[at], id_)
        for at in range(max(map(len, values.values())))
        for id_, phrases in values.items()
        if at < len(phrases)
    ]
