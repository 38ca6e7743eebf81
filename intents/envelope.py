"""Request envelopes as Alexa sends them, for every other way in: command line, text channels, tests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from intents.grammar import Slot
from intents.shapes import Language

REQUEST_TYPES = frozenset({"LaunchRequest", "SessionEndedRequest"})


def build(
    name: str,
    slots: Mapping[str, Slot] | None = None,
    *,
    language: Language,
    locale: str,
    session_id: str,
    user_id: str,
    is_new: bool,
    now_ms: int,
    attributes: Mapping[str, Any] | None = None,
    application_id: str = "amzn1.ask.skill.local",
    request_id: str = "amzn1.echo-api.request.local",
) -> dict[str, Any]:
    """An envelope for a request type or an intent, with slots resolved to their ids as Alexa does it."""
    timestamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    request: dict[str, Any] = {"requestId": request_id, "timestamp": timestamp, "locale": locale}
    if name in REQUEST_TYPES:
        request |= {"type": name}
        if name == "SessionEndedRequest":
            request["reason"] = "USER_INITIATED"
    else:
        types = language.intents[name].slots if name in language.intents else {}
        filled = {key: _slot(key, types.get(key, ""), slot) for key, slot in (slots or {}).items()}
        intent = {"name": name, "confirmationStatus": "NONE", "slots": filled}
        request |= {"type": "IntentRequest", "dialogState": "COMPLETED", "intent": intent}
    application, user = {"applicationId": application_id}, {"userId": user_id}
    return {
        "version": "1.0",
        "session": {
            "new": is_new,
            "sessionId": session_id,
            "application": application,
            "attributes": dict(attributes or {}),
            "user": user,
        },
        "context": {
            "System": {
                "application": application,
                "user": user,
                "device": {"deviceId": "local", "supportedInterfaces": {}},
            }
        },
        "request": request,
    }


def _slot(name: str, slot_type: str, slot: Slot) -> dict[str, Any]:
    if slot_type.startswith("AMAZON."):
        value = slot.heard if slot.value is None else slot.value
        return {"name": name, "value": value, "confirmationStatus": "NONE"}
    status = {"code": "ER_SUCCESS_NO_MATCH" if slot.value is None else "ER_SUCCESS_MATCH"}
    authority: dict[str, Any] = {
        "authority": f"amzn1.er-authority.echo-sdk.local.{slot_type}",
        "status": status,
    }
    if slot.value is not None:
        authority["values"] = [{"value": {"name": slot.heard, "id": slot.value}}]
    return {
        "name": name,
        "value": slot.heard,
        "confirmationStatus": "NONE",
        "resolutions": {"resolutionsPerAuthority": [authority]},
    }
