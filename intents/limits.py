"""What the platform allows in a response: checked on every one that leaves."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from audio.ssml import MAX_BREAK_MS, MAX_SOUNDS, MAX_SSML_CHARACTERS, SOUND_LIBRARY

# Request and response reference: "total size of your response cannot exceed 120 KB"; read strictly.
MAX_RESPONSE_BYTES = 120_000
# Amazon's page on cards: title and content together.
MAX_CARD_CHARACTERS = 8000

# Skill connections: the session is suspended or ends; what has to last goes into the directive's token.
HANDS_OVER = "Connections.SendRequest"

# AudioPlayer interface reference; the limits stand in the request and response reference.
PLAY, STOP, CLEAR = "AudioPlayer.Play", "AudioPlayer.Stop", "AudioPlayer.ClearQueue"
MAX_TOKEN_CHARACTERS = 1_024
MAX_URL_CHARACTERS = 8_000
MAY_RETURN: Mapping[str, frozenset[str]] = {
    "AudioPlayer.PlaybackStarted": frozenset({STOP, CLEAR}),
    "AudioPlayer.PlaybackFinished": frozenset({STOP, CLEAR}),
    "AudioPlayer.PlaybackNearlyFinished": frozenset({PLAY, STOP, CLEAR}),
    "AudioPlayer.PlaybackFailed": frozenset({PLAY, STOP, CLEAR}),
    "AudioPlayer.PlaybackStopped": frozenset(),
    "PlaybackController.PlayCommandIssued": frozenset({PLAY, STOP, CLEAR}),
    "PlaybackController.PauseCommandIssued": frozenset({PLAY, STOP, CLEAR}),
    "PlaybackController.NextCommandIssued": frozenset({PLAY, STOP, CLEAR}),
    "PlaybackController.PreviousCommandIssued": frozenset({PLAY, STOP, CLEAR}),
}
"""What each request of the device's player may be answered with; every other type that is silent: nothing."""

# The tags that audio.ssml writes; anything else in a response is a slip.
_TAGS = {"speak", "break", "audio"}
_SOUNDS = {address for address, _ in SOUND_LIBRARY.values()}
_BREAK = re.compile(r"(\d+)ms")


class ResponseError(Exception):
    """A response that the platform would refuse; the text lists why."""


def problems(response: Mapping[str, Any]) -> list[str]:
    """Everything about a spoken response (`version`, `response`, …) that the platform would refuse."""
    return list(_problems(response))


def unspoken_problems(response: Mapping[str, Any], request_type: str) -> list[str]:
    """The same for an answer to a request that may not be answered with speech, by the request's type."""
    return list(_unspoken(response["response"], request_type))


def _unspoken(response: Mapping[str, Any], request_type: str) -> Iterator[str]:
    yield from _size_problems(response)
    allowed = MAY_RETURN.get(request_type, frozenset())
    yield from (f"{request_type} is answered with {name!r}" for name in response if name != "directives")
    for directive in response.get("directives", ()):
        if directive.get("type") not in allowed:
            yield f"{request_type} is answered with {directive.get('type')}"
    yield from _player_problems(response.get("directives", ()))


def size(response: Mapping[str, Any]) -> int:
    """How many bytes a response has, as it is sent."""
    return len(json.dumps(response, ensure_ascii=False).encode())


def _size_problems(response: Mapping[str, Any]) -> Iterator[str]:
    found = size(response)
    if found > MAX_RESPONSE_BYTES:
        yield f"response has {found} bytes; at most {MAX_RESPONSE_BYTES}"


def _player_problems(directives: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with what the device's player is told."""
    plays = [directive for directive in directives if directive.get("type") == PLAY]
    if len(plays) > 1:
        yield f"{len(plays)} {PLAY}; at most one in a response"
    for directive in plays:
        yield from _play_problems(directive)
    for directive in directives:
        behavior = directive.get("clearBehavior")
        if directive.get("type") == CLEAR and behavior not in {"CLEAR_ENQUEUED", "CLEAR_ALL"}:
            yield f"{CLEAR} has a clearBehavior of {behavior!r}"


def _play_problems(directive: Mapping[str, Any]) -> Iterator[str]:
    behavior = directive.get("playBehavior")
    stream = directive.get("audioItem", {}).get("stream", {})
    if behavior not in {"REPLACE_ALL", "ENQUEUE", "REPLACE_ENQUEUED"}:
        yield f"{PLAY} has a playBehavior of {behavior!r}"
    if (behavior == "ENQUEUE") != bool(stream.get("expectedPreviousToken")):
        yield f"{PLAY} needs expectedPreviousToken with ENQUEUE, and only with that"
    url, token, offset_ms = stream.get("url", ""), stream.get("token", ""), stream.get("offsetInMilliseconds")
    if not url.startswith("https://") or len(url) > MAX_URL_CHARACTERS:
        yield f"{PLAY} has no address that starts with https:// and has {MAX_URL_CHARACTERS} at most"
    if not 0 < len(token) <= MAX_TOKEN_CHARACTERS:
        yield f"{PLAY} has a token of {len(token)} characters; 1 to {MAX_TOKEN_CHARACTERS}"
    if not isinstance(offset_ms, int) or offset_ms < 0:
        yield f"{PLAY} has an offset of {offset_ms!r}"


def _problems(envelope: Mapping[str, Any]) -> Iterator[str]:
    yield from _size_problems(envelope)
    response = envelope["response"]
    speech = response.get("outputSpeech", {}).get("ssml", "")
    yield from _ssml_problems("outputSpeech", speech)
    reprompt = response.get("reprompt", {}).get("outputSpeech", {}).get("ssml")
    if reprompt is not None:
        yield from _ssml_problems("reprompt", reprompt)
    ends = response.get("shouldEndSession")
    if not isinstance(ends, bool):
        yield "shouldEndSession is missing: the microphone would depend on the device"
    hands_over = any(one.get("type") == HANDS_OVER for one in response.get("directives", ()))
    if hands_over and not ends:
        yield f"{HANDS_OVER} hands over, and the session stays open"
    yield from _player_problems(response.get("directives", ()))
    if any(one.get("type") == PLAY for one in response.get("directives", ())) and not ends:
        yield f"{PLAY} with an open session: it would be paused to listen"
    if ends and reprompt is not None:
        yield "a closed session has a reprompt"
    if ends is False and reprompt is None:
        yield "an open session has no reprompt"
    asks = speech.removesuffix("</speak>").rstrip().endswith("?")
    if ends and asks:
        yield "a closed session asks something"
    card = response.get("card")
    if card and card.get("type") == "AskForPermissionsConsent":
        if not card.get("permissions"):
            yield "card asks for no permission"
    elif card and not 0 < len(card.get("title", "")) + len(card.get("content", "")) <= MAX_CARD_CHARACTERS:
        yield f"card is empty or longer than {MAX_CARD_CHARACTERS} characters"


def _ssml_problems(where: str, ssml: str) -> Iterator[str]:
    if len(ssml) > MAX_SSML_CHARACTERS:
        yield f"{where} has {len(ssml)} characters; at most {MAX_SSML_CHARACTERS}"
    try:
        root = ET.fromstring(ssml)  # noqa: S314 - our own output, not something received
    except ET.ParseError as error:
        yield f"{where} is not well-formed: {error}"
        return
    if root.tag != "speak" or not "".join(root.itertext()).strip():
        yield f"{where} says nothing"
    for element in root.iter():
        if element.tag not in _TAGS:
            yield f"{where} has a tag {element.tag!r}"
        elif element.tag == "break":
            time = _BREAK.fullmatch(element.get("time", ""))
            if not time or not 0 < int(time[1]) <= MAX_BREAK_MS:
                yield f"{where} has a break of {element.get('time')!r}"
        elif element.tag == "audio" and element.get("src") not in _SOUNDS:
            yield f"{where} has a sound {element.get('src')!r}"
    sounds = sum(1 for _ in root.iter("audio"))
    if sounds > MAX_SOUNDS:
        yield f"{where} has {sounds} sounds; at most {MAX_SOUNDS}"
