"""Alexa's interaction model of a locale, made from the same words as our own understanding."""

from collections.abc import Mapping
from typing import Any

from intents.regions import spoken_in
from intents.shapes import Language, Samples

# The least eager to reject: a wrongly refused symptom costs more than a wrongly taken word.
FALLBACK_SENSITIVITY = "LOW"


def interaction_model(words: Language, locale: str) -> dict[str, Any]:
    """The model as the file `interactionModels/custom/<locale>.json` of a skill package holds it.

    The first phrase of a value is its name, the others are synonyms; the ids are ours.
    """
    heard = spoken_in(words, locale)
    asked = {name: found for name, found in heard.intents.items() if found.elicit}
    model: dict[str, Any] = {
        "languageModel": {
            "invocationName": heard.invocation,
            "intents": [_intent(name, found) for name, found in heard.intents.items()],
            "types": [_type(name, ids) for name, ids in heard.types.items()],
            "modelConfiguration": {"fallbackIntentSensitivity": {"level": FALLBACK_SENSITIVITY}},
        }
    }
    if asked:
        model["dialog"] = {
            "delegationStrategy": "SKILL_RESPONSE",
            "intents": [_dialog(name, found) for name, found in asked.items()],
        }
        model["prompts"] = [
            {
                "id": _prompt_id(name, slot),
                "variations": [{"type": "PlainText", "value": text} for text in elicitation.ask],
            }
            for name, found in asked.items()
            for slot, elicitation in found.elicit.items()
        ]
    return {"interactionModel": model}


def _intent(name: str, found: Samples) -> dict[str, Any]:
    intent: dict[str, Any] = {"name": name}
    if found.slots:
        intent["slots"] = [
            {"name": slot, "type": slot_type}
            | ({"samples": list(found.elicit[slot].samples)} if slot in found.elicit else {})
            for slot, slot_type in found.slots.items()
        ]
    return {**intent, "samples": list(found.samples)}


def _type(name: str, ids: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {
        "name": name,
        "values": [
            {"id": id_, "name": {"value": first, "synonyms": list(others)}}
            for id_, (first, *others) in ids.items()
        ],
    }


def _dialog(name: str, found: Samples) -> dict[str, Any]:
    """Slots that a handler may have Alexa ask for; Alexa itself asks for none."""
    return {
        "name": name,
        "delegationStrategy": "SKILL_RESPONSE",
        "confirmationRequired": False,
        "prompts": {},
        "slots": [
            {
                "name": slot,
                "type": slot_type,
                "confirmationRequired": False,
                "elicitationRequired": slot in found.elicit,
                "prompts": {"elicitation": _prompt_id(name, slot)} if slot in found.elicit else {},
            }
            for slot, slot_type in found.slots.items()
        ],
    }


def _prompt_id(intent: str, slot: str) -> str:
    return f"Elicit.Slot.{intent}.{slot}"
