from typing import Any

import pytest

from intents.limits import problems


def response(ssml: str = "<speak>Hi.</speak>", **changes: Any) -> dict[str, Any]:
    body = {"outputSpeech": {"type": "SSML", "ssml": ssml}, "shouldEndSession": True, **changes}
    return {"version": "1.0", "response": {key: value for key, value in body.items() if value is not None}}


def reprompt(ssml: str) -> dict[str, Any]:
    return {"outputSpeech": {"type": "SSML", "ssml": ssml}}


OPEN: dict[str, Any] = {"shouldEndSession": False}
ASKS: dict[str, Any] = {"directives": [{"type": "Connections.SendRequest", "name": "AskFor"}]}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (response(f"<speak>{'x' * 8_000}</speak>"), "outputSpeech has 8015 characters"),
        (response("<speak>a & b</speak>"), "not well-formed"),
        (response("<speak></speak>"), "says nothing"),
        (response('<speak>Hi. <break time="10001ms"/></speak>'), "a break of '10001ms'"),
        (response('<speak>Hi. <break time="0ms"/></speak>'), "a break of '0ms'"),
        (response('<speak>Hi. <break strength="loud"/></speak>'), "a break of None"),
        (response("<speak>Hi. <audio/></speak>"), "a tag 'audio'"),
        (response(shouldEndSession=None), "shouldEndSession is missing"),
        (response(reprompt=reprompt("<speak>Hm.</speak>")), "a closed session has a reprompt"),
        (response(**OPEN), "an open session has no reprompt"),
        (response("<speak>Are you up?</speak>"), "a closed session asks something"),
        (response(**OPEN, reprompt=reprompt("<speak>a < b</speak>")), "reprompt is not well-formed"),
        (response(card={"title": "", "content": ""}), "card is empty"),
        (response(card={"title": "x" * 4_000, "content": "x" * 4_001}), "longer than 8000"),
        (response(card={"type": "AskForPermissionsConsent", "permissions": []}), "asks for no permission"),
        (response(**OPEN, **ASKS, reprompt=reprompt("<speak>Hm.</speak>")), "the session stays open"),
        ({**response(), "sessionAttributes": {"x": "y" * 120_000}}, "at most 120000"),
    ],
)
def test_what_the_platform_refuses_is_found(answer: dict[str, Any], expected: str) -> None:
    assert any(expected in problem for problem in problems(answer)), problems(answer)


@pytest.mark.parametrize(
    "answer",
    [
        response('<speak>Rest. <break time="10000ms"/></speak>'),
        response("<speak>Up?</speak>", **OPEN, reprompt=reprompt("<speak>Are you up?</speak>")),
        response(card={"title": "Call 911 now", "content": "Now."}),
        response(card={"type": "AskForPermissionsConsent", "permissions": ["alexa::x"]}),
        response(**ASKS),
    ],
)
def test_what_the_platform_allows_passes(answer: dict[str, Any]) -> None:
    assert problems(answer) == []
