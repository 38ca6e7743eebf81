from typing import Any

import pytest

from intents.limits import MAY_RETURN, problems, unspoken_problems


def response(ssml: str = "<speak>Hi.</speak>", **changes: Any) -> dict[str, Any]:
    body = {"outputSpeech": {"type": "SSML", "ssml": ssml}, "shouldEndSession": True, **changes}
    return {"version": "1.0", "response": {key: value for key, value in body.items() if value is not None}}


def reprompt(ssml: str) -> dict[str, Any]:
    return {"outputSpeech": {"type": "SSML", "ssml": ssml}}


BELL = '<audio src="soundbank://soundlibrary/musical/amzn_sfx_bell_short_chime_01"/>'
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
        (response("<speak>Hi. <prosody/></speak>"), "a tag 'prosody'"),
        (response("<speak>Hi. <audio/></speak>"), "a sound None"),
        (response('<speak>Hi. <audio src="http://elsewhere/a.mp3"/></speak>'), "a sound 'http://"),
        (response(f"<speak>Hi. {BELL * 6}</speak>"), "6 sounds; at most 5"),
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
        response(f"<speak>Rest. {BELL * 5}</speak>"),
        response("<speak>Up?</speak>", **OPEN, reprompt=reprompt("<speak>Are you up?</speak>")),
        response(card={"title": "Call 911 now", "content": "Now."}),
        response(card={"type": "AskForPermissionsConsent", "permissions": ["alexa::x"]}),
        response(**ASKS),
    ],
)
def test_what_the_platform_allows_passes(answer: dict[str, Any]) -> None:
    assert problems(answer) == []


# --- the device's player ---

STREAM: dict[str, Any] = {"url": "https://x.example/a.mp3", "token": "gb1.a", "offsetInMilliseconds": 0}
STOP: dict[str, Any] = {"type": "AudioPlayer.Stop"}


def play(behavior: str = "REPLACE_ALL", **changes: Any) -> dict[str, Any]:
    stream = {**STREAM, **changes}
    return {"type": "AudioPlayer.Play", "playBehavior": behavior, "audioItem": {"stream": stream}}


def clear(behavior: str | None) -> dict[str, Any]:
    return {"type": "AudioPlayer.ClearQueue", "clearBehavior": behavior}


@pytest.mark.parametrize(
    ("directives", "expected"),
    [
        ([play(), play()], "2 AudioPlayer.Play; at most one"),
        ([play("SOMETIME")], "a playBehavior of 'SOMETIME'"),
        ([play("ENQUEUE")], "needs expectedPreviousToken with ENQUEUE"),
        ([play(expectedPreviousToken="gb1.b")], "needs expectedPreviousToken with ENQUEUE, and only"),
        ([play(url="http://x.example/a.mp3")], "no address that starts with https://"),
        ([play(url="https://" + "x" * 8_000)], "has 8000 at most"),
        ([play(token="")], "a token of 0 characters"),
        ([play(token="x" * 1_025)], "a token of 1025 characters"),
        ([play(offsetInMilliseconds=-1)], "an offset of -1"),
        ([play(offsetInMilliseconds=None)], "an offset of None"),
        ([clear("CLEAR_SOME")], "a clearBehavior of 'CLEAR_SOME'"),
        ([clear(None)], "a clearBehavior of None"),
    ],
)
def test_what_a_player_would_not_take_is_found(directives: list[dict[str, Any]], expected: str) -> None:
    spoken = problems(response(directives=directives))
    unspoken = unspoken_problems(
        {"response": {"directives": directives}}, "PlaybackController.PlayCommandIssued"
    )
    assert any(expected in problem for problem in spoken), spoken
    assert any(expected in problem for problem in unspoken), unspoken


def test_nothing_plays_while_the_microphone_is_open() -> None:
    answer = response(
        "<speak>Up?</speak>", **OPEN, reprompt=reprompt("<speak>Up?</speak>"), directives=[play()]
    )
    assert problems(answer) == ["AudioPlayer.Play with an open session: it would be paused to listen"]
    assert problems(response(directives=[play()])) == []
    assert problems(response(directives=[STOP, clear("CLEAR_ALL")])) == []


@pytest.mark.parametrize("kind", MAY_RETURN)
def test_a_player_request_gets_only_what_it_may(kind: str) -> None:
    queued = play("ENQUEUE", expectedPreviousToken="gb1.b")
    for directive in (queued, STOP, clear("CLEAR_ENQUEUED"), {"type": "Dialog.Delegate"}):
        found = unspoken_problems({"response": {"directives": [directive]}}, kind)
        may = directive["type"] in MAY_RETURN[kind]
        assert found == ([] if may else [f"{kind} is answered with {directive['type']}"])


@pytest.mark.parametrize("kind", [*MAY_RETURN, "SessionEndedRequest"])
@pytest.mark.parametrize("member", ["outputSpeech", "card", "reprompt", "shouldEndSession"])
def test_a_silent_request_is_answered_without_a_word(kind: str, member: str) -> None:
    assert unspoken_problems({"response": {}}, kind) == []
    assert unspoken_problems({"response": {member: False}}, kind) == [f"{kind} is answered with {member!r}"]
