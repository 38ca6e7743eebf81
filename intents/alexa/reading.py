"""Reading what Alexa sends: envelopes, even with a bad member, and slots as ids."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Literal

from ask_sdk_core.exceptions import SerializationException
from ask_sdk_core.serialize import DefaultSerializer
from ask_sdk_model import IntentRequest, RequestEnvelope
from ask_sdk_model.interfaces.audioplayer import PlaybackFailedRequest
from ask_sdk_model.interfaces.connections import ConnectionsResponse

from intents.alexa.requests import ASKED, CONNECTED, DISABLED, PLAYING, SPEAKING
from intents.grammar import Slot
from intents.shapes import Language
from intents.sound import Player, token_from_text
from intents.turn import Permission

# What the SDK's deserialiser raises on JSON that is not as it expects: found by feeding it such JSON.
_UNREADABLE = (
    SerializationException,
    AttributeError,
    TypeError,
    ValueError,
    KeyError,
    OverflowError,
    RecursionError,
)
_SERIALIZER = DefaultSerializer()


def read_envelope(payload: Mapping[str, Any]) -> RequestEnvelope | None:
    """The SDK's models of an envelope; what we act on is read even with a bad member, without it.

    None for what the SDK cannot read: types that it does not know, mostly.
    """
    try:
        return _deserialize(payload)
    except _UNREADABLE:
        if type_of(payload) not in SPEAKING | PLAYING | {DISABLED}:
            return None
    try:
        return _deserialize(_without_bad_members(payload))
    except _UNREADABLE:
        return None


def request_of(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The envelope's request, empty if it has none."""
    request = payload.get("request")
    return request if isinstance(request, dict) else {}


def type_of(payload: Mapping[str, Any]) -> str:
    """The request's type; empty if it has none."""
    found = request_of(payload).get("type")
    return found if isinstance(found, str) else ""


def name_of(request: object) -> str:
    """A request's name in the table of contents: the intent's, else the type; asked permissions have one."""
    if isinstance(request, IntentRequest):
        return str(request.intent.name) if request.intent else "AMAZON.FallbackIntent"
    if isinstance(request, ConnectionsResponse) and request.name == ASKED:
        return f"{CONNECTED}.{ASKED}"
    return str(getattr(request, "object_type", None))


def read_slots(request: object, language: Language) -> dict[str, Slot]:
    """Filled slots, custom ones as ids: by Alexa's resolution, else by our own names and synonyms."""
    intent = request.intent if isinstance(request, IntentRequest) else None
    if intent is None or (samples := language.intents.get(str(intent.name))) is None:
        return {}
    found: dict[str, Slot] = {}
    for name, slot in (intent.slots or {}).items():
        heard = getattr(slot, "value", None)
        slot_type = samples.slots.get(name)
        if slot_type is None or not isinstance(heard, str) or not heard:
            continue
        if slot_type.startswith("AMAZON."):
            found[name] = Slot(value=None if heard == "?" else heard, heard=heard)
        else:
            ids = language.types[slot_type]
            value = next((id_ for id_ in _resolved(slot) if id_ in ids), None) or _named(ids, heard)
            found[name] = Slot(value=value, heard=heard)
    return found


def read_permission(request: object) -> Permission | None:
    """What came of Alexa's question for a permission; None for any other request."""
    if not isinstance(request, ConnectionsResponse):
        return None
    payload = request.payload or {}
    status = payload.get("status")
    is_put = request.status is None or str(request.status.code) == "200"
    return Permission(
        outcome=_OUTCOMES.get(status, "unanswered") if is_put and isinstance(status, str) else "unanswered",
        token=request.token or "",
        has_card=payload.get("isCardThrown") is True,
    )


_OUTCOMES: Mapping[str, Literal["accepted", "denied"]] = {"ACCEPTED": "accepted", "DENIED": "denied"}


def has_player(envelope: RequestEnvelope) -> bool:
    """Whether the device can play streams."""
    device = envelope.context.system.device if envelope.context and envelope.context.system else None
    known = device.supported_interfaces if device else None
    return known is not None and known.audio_player is not None


def read_player(envelope: RequestEnvelope) -> Player | None:
    """What the device tells of its player: in a request of the player's own, else beside every request."""
    request = envelope.request
    state = envelope.context.audio_player if envelope.context else None
    kind = str(getattr(request, "object_type", None))
    if isinstance(request, PlaybackFailedRequest):
        # What failed may have been buffered while another track plays: then nothing of it was heard.
        heard = request.current_playback_state
        offset_ms = heard.offset_in_milliseconds if heard and heard.token == request.token else 0
        return _player(request.token, offset_ms, sounding=False)
    if kind.startswith("AudioPlayer."):
        offset_ms = getattr(request, "offset_in_milliseconds", 0)
        return _player(getattr(request, "token", None), offset_ms, sounding=False)
    if state is None:
        return None
    activity = str(getattr(state.player_activity, "value", state.player_activity))
    found = _player(state.token, state.offset_in_milliseconds, sounding=activity in _SOUNDING)
    return replace(found, stopped=activity == "STOPPED")


_SOUNDING = frozenset({"PLAYING", "PAUSED", "BUFFER_UNDERRUN"})
"""PAUSED: interrupted by a voice, to go on by itself. STOPPED may be that, too (`playing.settle`)."""


def _player(token: object, offset_ms: object, *, sounding: bool) -> Player:
    found = token_from_text(token)
    heard_ms = offset_ms if isinstance(offset_ms, int) else 0
    return Player(token=found, offset_ms=max(0, heard_ms), sounding=sounding and found is not None)


def _named(ids: Mapping[str, tuple[str, ...]], heard: str) -> str | None:
    """The id that has these words among its names, where Alexa resolved nothing."""
    return next((id_ for id_, names in ids.items() if heard.lower() in (id_, *names)), None)


def _resolved(slot: Any) -> Iterator[str]:
    for authority in (slot.resolutions and slot.resolutions.resolutions_per_authority) or ():
        for wrapper in authority.values or ():
            if wrapper.value and wrapper.value.id:
                yield str(wrapper.value.id)


def _deserialize(payload: Mapping[str, Any]) -> RequestEnvelope:
    envelope = _SERIALIZER.deserialize(json.dumps(payload), RequestEnvelope)
    if not isinstance(envelope, RequestEnvelope) or envelope.request is None:
        raise SerializationException("no request")
    return envelope


def _without_bad_members(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope with only those members that the SDK can read, tried one by one."""
    kept: dict[str, Any] = {key: payload[key] for key in ("version",) if key in payload}
    for path, value in _members(payload):
        candidate = deepcopy(kept)
        _put(candidate, path, value)
        try:
            _deserialize(candidate)
        except _UNREADABLE:
            continue
        kept = candidate
    return kept


def _members(payload: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The envelope's members one by one, those first without which the rest means nothing."""
    request = request_of(payload)
    needed = ("type", "requestId", "timestamp")
    yield ("request",), {key: request[key] for key in needed if key in request}
    intent = request.get("intent")
    if isinstance(intent, dict):
        yield ("request", "intent"), {key: intent[key] for key in ("name",) if key in intent}
        slots = intent.get("slots")
        if isinstance(slots, dict):
            yield ("request", "intent", "slots"), {}
            yield from ((("request", "intent", "slots", name), slot) for name, slot in slots.items())
    yield from ((("request", key), request[key]) for key in request if key not in {*needed, "intent"})
    for part in ("session", "context"):
        members = payload.get(part)
        if isinstance(members, dict):
            yield (part,), {}
            for key, value in members.items():
                if key == "System" and isinstance(value, dict):
                    yield (part, key), {}
                    yield from (((part, key, inner), value[inner]) for inner in value)
                else:
                    yield (part, key), value


def _put(envelope: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        envelope = envelope.setdefault(key, {})
    envelope[path[-1]] = value
