"""What a text reports: placeholder until the matcher arrives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from intents.shapes import Advice, Level
from intents.understand import Understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a text reports."""

    symptom: str | None
    level: Level
    about: Literal["self", "other"] = "self"
    asks: str | None = None
    heard: str = ""
    gates: tuple[str, ...] = ()


class SymptomMatcher:
    def __init__(self, understanding: Understanding, advice: Mapping[str, Advice]) -> None:
        self._understanding = understanding
        self._advice = advice

    def read(self, text: str, topic: str | None = None) -> Report | None:
        slot = self._understanding.read(text).slots.get("symptom")
        if slot is None or slot.value is None or slot.value not in self._advice:
            return None
        return Report(symptom=slot.value, level=self._advice[slot.value].level, heard=slot.heard)
