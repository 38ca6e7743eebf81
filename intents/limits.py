"""What the platform allows in a response: checked on every one that leaves."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from audio.ssml import MAX_BREAK_MS, MAX_SSML_CHARACTERS

# Request and response reference: "total size of your response cannot exceed 120 KB"; read strictly.
MAX_RESPONSE_BYTES = 120_000
# Amazon's page on cards: title and content together.
MAX_CARD_CHARACTERS = 8000

# Skill connections: the session is suspended or ends; what has to last goes into the directive's token.
HANDS_OVER = "Connections.SendRequest"

# The tags that audio.ssml writes; anything else in a response is a slip.
_TAGS = {"speak", "break"}
_BREAK = re.compile(r"(\d+)ms")


class ResponseError(Exception):
    """A response that the platform would refuse; the text lists why."""


def problems(response: Mapping[str, Any]) -> list[str]:
    """Everything about a spoken response (`version`, `response`, …) that the platform would refuse."""
    return list(_problems(response))


def size(response: Mapping[str, Any]) -> int:
    """How many bytes a response has, as it is sent."""
    return len(json.dumps(response, ensure_ascii=False).encode())


def _problems(envelope: Mapping[str, Any]) -> Iterator[str]:
    found = size(envelope)
    if found > MAX_RESPONSE_BYTES:
        yield f"response has {found} bytes; at most {MAX_RESPONSE_BYTES}"
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
