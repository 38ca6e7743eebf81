"""What Alexa takes as an interaction model: each rule a function that yields what breaks it.

Sources: the Skill Management API's specification (npm ask-smapi-model 1.24.0, spec.json), messages of the
developer console, and the certification requirements for the invocation name. The counts of intents, values
and bytes are known from secondary sources only.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

Model = Mapping[str, Any]
"""The value of "interactionModel" in a model's file."""

QUERY = "AMAZON.SearchQuery"
BUILT_IN_TYPES = frozenset(
    {
        "AMAZON.NUMBER",
        "AMAZON.DURATION",
        "AMAZON.TIME",
        "AMAZON.DATE",
        "AMAZON.FOUR_DIGIT_NUMBER",
        "AMAZON.ORDINAL",
        "AMAZON.DayOfWeek",
        QUERY,
    }
)
REQUIRED = ("Help", "Stop", "Cancel", "Fallback", "NavigateHome")
WITH_AUDIO = ("Pause", "Resume")
BUILT_IN_INTENTS = frozenset(
    f"AMAZON.{name}Intent"
    for name in (
        *REQUIRED,
        *WITH_AUDIO,
        *("Yes", "No", "Next", "Previous", "Repeat", "StartOver"),
        *("LoopOn", "LoopOff", "ShuffleOn", "ShuffleOff"),
        *("ScrollUp", "ScrollDown", "ScrollLeft", "ScrollRight", "PageUp", "PageDown", "More", "Select"),
    )
)
# Certification requirements for the invocation name, rules 3 to 6.
ARTICLES = frozenset("the a an for to of about up by at off with".split())  # noqa: SIM905 - reads best so
LAUNCH_WORDS = frozenset("run start play resume use launch ask open tell load begin enable".split())  # noqa: SIM905
CONNECTING_WORDS = frozenset("to from in using with about for that by if and whether".split())  # noqa: SIM905
WAKE_WORDS = frozenset("alexa amazon echo computer ziggy skill app".split())  # noqa: SIM905
SENSITIVITIES = frozenset({"LOW", "MEDIUM", "HIGH"})

MAX_NAME_CHARACTERS = 50
MAX_INTENTS = 250
MAX_VALUES = 50_000
MAX_PHRASE_CHARACTERS = 140
MAX_SYNONYMS = 100
MAX_BYTES = 1_500_000


class Finding(NamedTuple):
    """What the platform would refuse: in which file, by which rule, and what it is."""

    file: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what} [{self.rule}]"


def findings(file: str, content: Mapping[str, Any], *, plays_audio: bool) -> Iterator[Finding]:
    """Everything that breaks a rule in one model; `plays_audio` if the manifest declares AUDIO_PLAYER."""
    model: Model = content["interactionModel"]
    for rule, check in RULES.items():
        yield from (Finding(file, rule, what) for what in check(model))
    if plays_audio:
        missing = _missing(model, WITH_AUDIO)
        yield from (
            Finding(file, "audio-intents", f"{name}: missing; AUDIO_PLAYER needs it") for name in missing
        )


# --- the invocation name ---


def _invocation_words(model: Model) -> Iterator[str]:
    name = model["languageModel"]["invocationName"]
    if len(name.split()) < 2:  # noqa: PLR2004 - rule 1
        yield f"invocation name {name!r}: must have two or more words"


def _invocation_article(model: Model) -> Iterator[str]:
    words = model["languageModel"]["invocationName"].split()
    if len(words) == 2:  # noqa: PLR2004 - rule 3
        yield from _taken(words, ARTICLES, "must not be in a name of two words")


def _invocation_launch(model: Model) -> Iterator[str]:
    yield from _taken(model["languageModel"]["invocationName"].split(), LAUNCH_WORDS, "is said before a name")


def _invocation_connecting(model: Model) -> Iterator[str]:
    words = model["languageModel"]["invocationName"].split()
    yield from _taken(words, CONNECTING_WORDS, "joins a name with a request")


def _invocation_wake(model: Model) -> Iterator[str]:
    yield from _taken(model["languageModel"]["invocationName"].split(), WAKE_WORDS, "is Alexa's own")


def _invocation_characters(model: Model) -> Iterator[str]:
    name = model["languageModel"]["invocationName"]
    if not all((c.isalpha() and c == c.lower()) or c in " '." for c in name):
        yield f"invocation name {name!r}: must be lower-case letters, spaces, apostrophes and periods"


def _invocation_length(model: Model) -> Iterator[str]:
    name = model["languageModel"]["invocationName"]
    if not 2 <= len(name) <= MAX_NAME_CHARACTERS:  # noqa: PLR2004 - rule 9
        yield f"invocation name {name!r}: must have 2 to {MAX_NAME_CHARACTERS} characters"


def _taken(words: Iterable[str], taken: frozenset[str], why: str) -> Iterator[str]:
    yield from (f"invocation name: {word!r} {why}" for word in words if word in taken)


# --- intents and their samples ---


def _intents(model: Model) -> list[Mapping[str, Any]]:
    return list(model["languageModel"]["intents"])


def _samples(model: Model) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """Every sample with its intent and that intent's slots (name → type), those of elicitation included."""
    for intent in _intents(model):
        slots = {slot["name"]: slot["type"] for slot in intent.get("slots", ())}
        yield from ((intent["name"], slots, sample) for sample in intent.get("samples", ()))
        for slot in intent.get("slots", ()):
            yield from ((intent["name"], slots, sample) for sample in slot.get("samples", ()))


def _slots_of(sample: str) -> list[str]:
    return re.findall(r"{(.*?)}", sample)


def _sample_characters(model: Model) -> Iterator[str]:
    for intent, _, sample in _samples(model):
        bare = re.sub(r"{[A-Za-z_]+}", "", sample)
        if not sample.strip() or not all(c.isalpha() or c in " .'_-" for c in bare):
            yield (
                f"{intent}: {sample!r} must be letters, spaces, periods, apostrophes, hyphens and {{slots}}; "
                "numbers are spelt out"
            )


def _sample_slots(model: Model) -> Iterator[str]:
    for intent, slots, sample in _samples(model):
        for slot, times in Counter(_slots_of(sample)).items():
            if slot not in slots:
                yield f"{intent}: {sample!r} has {{{slot}}}, which the intent does not declare"
            if times > 1:
                yield f"{intent}: {sample!r} has {{{slot}}} more than once"


def _sample_once(model: Model) -> Iterator[str]:
    where: dict[str, str] = {}
    for intent in _intents(model):
        for sample in intent.get("samples", ()):
            other = where.setdefault(_folded(sample), intent["name"])
            if other != intent["name"]:
                yield f"{intent['name']}: {sample!r} stands under {other}, too"
        for sample, times in Counter(map(_folded, intent.get("samples", ()))).items():
            if times > 1:
                yield f"{intent['name']}: {sample!r} stands there {times} times"


def _folded(sample: str) -> str:
    return " ".join(sample.lower().split())


def _search_query(model: Model) -> Iterator[str]:
    for intent, slots, sample in _samples(model):
        found = _slots_of(sample)
        if not any(slots.get(slot) == QUERY for slot in found):
            continue
        if len(found) > 1:
            yield f"{intent}: {sample!r} has another slot beside one of {QUERY}"
        if not re.sub(r"{.*?}", "", sample).strip():
            yield f"{intent}: {sample!r} has no words around a slot of {QUERY}"


def _intent_names(model: Model) -> Iterator[str]:
    names = [intent["name"] for intent in _intents(model)]
    for name in names:
        if name.startswith("AMAZON."):
            if name not in BUILT_IN_INTENTS:
                yield f"{name}: is no built-in intent"
        elif not _NAME.fullmatch(name):
            yield f"{name}: must be letters and underscores, a letter first"
    yield from (f"{name}: stands there {times} times" for name, times in Counter(names).items() if times > 1)


_NAME = re.compile("[A-Za-z][A-Za-z_]*")


def _slot_names(model: Model) -> Iterator[str]:
    for intent in _intents(model):
        for slot in intent.get("slots", ()):
            if intent["name"].startswith("AMAZON."):
                yield f"{intent['name']}.{slot['name']}: a built-in intent takes no slots"
            if not _NAME.fullmatch(slot["name"]):
                yield f"{intent['name']}.{slot['name']}: must be letters and underscores, a letter first"


def _has_samples(model: Model) -> Iterator[str]:
    for intent in _intents(model):
        if not intent.get("samples") and not intent["name"].startswith("AMAZON."):
            yield f"{intent['name']}: must have samples"


def _required_intents(model: Model) -> Iterator[str]:
    yield from (f"{name}: missing; every skill needs it" for name in _missing(model, REQUIRED))


def _missing(model: Model, needed: Iterable[str]) -> Iterator[str]:
    have = {intent["name"] for intent in _intents(model)}
    yield from (name for short in needed if (name := f"AMAZON.{short}Intent") not in have)


# --- types ---


def _types(model: Model) -> dict[str, list[Mapping[str, Any]]]:
    return {found["name"]: list(found["values"]) for found in model["languageModel"].get("types", ())}


def _slot_types(model: Model) -> Iterator[str]:
    known = _types(model).keys() | BUILT_IN_TYPES
    used = {slot["type"] for intent in _intents(model) for slot in intent.get("slots", ())}
    yield from (f"{name}: is used, and is neither built in nor defined" for name in sorted(used - known))
    yield from (f"{name}: is defined, and no slot uses it" for name in sorted(_types(model).keys() - used))


def _type_values(model: Model) -> Iterator[str]:
    for name, values in _types(model).items():
        if not values:
            yield f"{name}: must have values"
        for value in values:
            phrases = _phrases(value)
            if len(phrases) - 1 > MAX_SYNONYMS:
                yield f"{name}.{value['id']}: has {len(phrases) - 1} synonyms; must be at most {MAX_SYNONYMS}"
            for phrase in phrases:
                if not phrase.strip() or len(phrase) > MAX_PHRASE_CHARACTERS:
                    right = f"must have 1 to {MAX_PHRASE_CHARACTERS} characters"
                    yield f"{name}.{value['id']}: {phrase!r} {right}"


def _type_phrases_once(model: Model) -> Iterator[str]:
    for name, values in _types(model).items():
        ids = Counter(value["id"] for value in values)
        yield from (f"{name}.{id_}: stands there {times} times" for id_, times in ids.items() if times > 1)
        where: dict[str, str] = {}
        for value in values:
            for phrase in _phrases(value):
                if (key := _folded(phrase)) in where:
                    yield f"{name}.{value['id']}: {phrase!r} stands under {where[key]}, too"
                where[key] = value["id"]


def _phrases(value: Mapping[str, Any]) -> list[str]:
    return [value["name"]["value"], *value["name"].get("synonyms", ())]


# --- dialog ---


def _prompts(model: Model) -> Iterator[str]:
    have = {prompt["id"]: prompt.get("variations", ()) for prompt in model.get("prompts", ())}
    asked: set[str] = set()
    for intent in model.get("dialog", {}).get("intents", ()):
        for part in (intent, *intent.get("slots", ())):
            asked |= set(part.get("prompts", {}).values())
    yield from (f"prompt {name}: is asked for, and not defined" for name in sorted(asked - have.keys()))
    yield from (f"prompt {name}: is defined, and not asked for" for name in sorted(have.keys() - asked))
    yield from (
        f"prompt {name}: must have a variation" for name, variations in have.items() if not variations
    )


def _dialog_slots(model: Model) -> Iterator[str]:
    declared = {
        intent["name"]: {slot["name"]: slot["type"] for slot in intent.get("slots", ())}
        for intent in _intents(model)
    }
    for intent in model.get("dialog", {}).get("intents", ()):
        slots = {slot["name"]: slot["type"] for slot in intent.get("slots", ())}
        if slots != declared.get(intent["name"]):
            yield f"dialog {intent['name']}: must repeat the intent's slots and types"
        for slot in intent.get("slots", ()):
            if slot.get("elicitationRequired") and "elicitation" not in slot.get("prompts", {}):
                yield f"dialog {intent['name']}.{slot['name']}: is elicited without a prompt"


# --- the whole ---


def _sensitivity(model: Model) -> Iterator[str]:
    configured = model["languageModel"].get("modelConfiguration", {})
    level = configured.get("fallbackIntentSensitivity", {}).get("level", "LOW")
    if level not in SENSITIVITIES:
        yield f"fallback sensitivity: is {level!r}; must be one of {', '.join(sorted(SENSITIVITIES))}"


def _limits(model: Model) -> Iterator[str]:
    values = sum(map(len, _types(model).values()))
    size = len(json.dumps({"interactionModel": model}, ensure_ascii=False).encode())
    for what, found, most in (
        ("intents", len(_intents(model)), MAX_INTENTS),
        ("slot values", values, MAX_VALUES),
        ("bytes", size, MAX_BYTES),
    ):
        if found > most:
            yield f"has {found} {what}; must be at most {most}"


RULES: Final[Mapping[str, Callable[[Model], Iterator[str]]]] = {
    "invocation-words": _invocation_words,
    "invocation-article": _invocation_article,
    "invocation-launch": _invocation_launch,
    "invocation-connecting": _invocation_connecting,
    "invocation-wake": _invocation_wake,
    "invocation-characters": _invocation_characters,
    "invocation-length": _invocation_length,
    "sample-characters": _sample_characters,
    "sample-slots": _sample_slots,
    "sample-once": _sample_once,
    "search-query": _search_query,
    "intent-names": _intent_names,
    "slot-names": _slot_names,
    "intent-samples": _has_samples,
    "required-intents": _required_intents,
    "slot-types": _slot_types,
    "type-values": _type_values,
    "type-phrases-once": _type_phrases_once,
    "prompts": _prompts,
    "dialog-slots": _dialog_slots,
    "fallback-sensitivity": _sensitivity,
    "limits": _limits,
}
