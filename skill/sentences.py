"""What people say, as Home Assistant's custom sentences: for its own matcher, or anybody's with hassil."""

import re
from collections.abc import Mapping
from typing import Any

from intents.shapes import Language

LEAD = "<gentle_back>"
"""Before each sentence: "ask gentle back ...". Without it, "stop" is taken from the rest of the house."""
MOST = 100
"""The largest number that is listed for AMAZON.NUMBER."""


def custom_sentences(name: str, words: Language) -> dict[str, Any]:
    """All samples and types of a language, as `custom_sentences/<name>/gentle_back.yaml` holds them.

    Intents have the names of our model, and slots resolve to our ids. Numbers are a range; durations, times,
    dates and free words are wildcards, which hassil gives as they were heard.
    """
    intents = {
        intent: {"data": [{"sentences": [_sentence(sample, found.slots) for sample in found.samples]}]}
        for intent, found in words.intents.items()
        if found.samples
    }
    used = {slot_type for found in words.intents.values() for slot_type in found.slots.values()}
    return {
        "language": name,
        "intents": intents,
        "lists": {_list(slot_type): _values(slot_type, words) for slot_type in sorted(used)},
        "expansion_rules": {LEAD.strip("<>"): f"(ask|tell) {words.invocation} [to|for|about|that]"},
    }


def _sentence(sample: str, slots: Mapping[str, str]) -> str:
    spoken = re.sub(r"{(\w+)}", lambda slot: f"{{{_list(slots[slot[1]])}:{slot[1]}}}", sample)
    return f"{LEAD} {spoken}"


def _list(slot_type: str) -> str:
    """A name that is nobody else's: lists are shared between all sentences of a house."""
    return f"gentle_back_{slot_type.removeprefix('AMAZON.').lower()}"


def _values(slot_type: str, words: Language) -> dict[str, Any]:
    if slot_type == "AMAZON.NUMBER":
        return {"range": {"from": 0, "to": MOST}}
    if slot_type not in words.types:
        return {"wildcard": True}
    return {
        "values": [
            {"in": phrase, "out": id_}
            for id_, phrases in words.types[slot_type].items()
            for phrase in phrases
        ]
    }
