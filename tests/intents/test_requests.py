"""Every request type of the platform is dealt with on purpose."""

import logging
from collections.abc import Callable

import pytest
from ask_sdk_model import Request

from intents.alexa import Conversation, empty
from intents.alexa.requests import REQUESTS
from intents.content import Content
from skill.store import SqliteStore
from tests.skill.service import Envelope, read_envelopes

ENVELOPES = read_envelopes()


def with_kind(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "make",
        [
            pytest.param(make, id=name)
            for name, make in ENVELOPES.items()
            if REQUESTS.get(make()["request"]["type"], "unknown") in kinds
        ],
    )


@pytest.fixture
def conversation(content: Content) -> Conversation:
    return Conversation(content, SqliteStore.in_memory(), now_ms=lambda: 1_800_000_000_000, strict=True)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, "gentle_back")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "gentle_back"]


def test_every_type_that_the_sdk_knows_has_its_line() -> None:
    assert set(REQUESTS) == set(Request.discriminator_value_class_map)
    assert {make()["request"]["type"] for make in ENVELOPES.values()} > set(REQUESTS)


@with_kind("ignore")
def test_what_we_do_not_offer_is_passed_over(
    conversation: Conversation, said: Callable[[], list[str]], make: Callable[[], Envelope]
) -> None:
    assert conversation.respond(make()).json == empty()
    assert said() == []


@with_kind("log")
def test_a_reported_failure_is_logged_by_its_kind_without_its_message(
    conversation: Conversation, said: Callable[[], list[str]], make: Callable[[], Envelope]
) -> None:
    envelope = make()
    assert conversation.respond(envelope).json == empty()
    (line,) = said()
    assert line.startswith(f"reported by Alexa: {envelope['request']['type']}, ")
    assert ", unknown" not in line
    for message in ("could not be", "no room", "not found", "shouldEndSession", "no such index"):
        assert message not in line


@with_kind("play")
def test_a_player_that_plays_nothing_of_ours_is_told_nothing(
    conversation: Conversation, said: Callable[[], list[str]], make: Callable[[], Envelope]
) -> None:
    envelope = make()
    response = conversation.respond(envelope).json["response"]
    is_pause = envelope["request"]["type"] == "PlaybackController.PauseCommandIssued"
    stop = [
        {"type": "AudioPlayer.Stop"},
        {"type": "AudioPlayer.ClearQueue", "clearBehavior": "CLEAR_ALL"},
    ]
    assert response == ({"directives": stop} if is_pause else {})
    assert len(said()) == (envelope["request"]["type"] == "AudioPlayer.PlaybackFailed")


@with_kind("keep")
def test_only_a_session_that_ended_in_an_error_is_logged(
    conversation: Conversation, said: Callable[[], list[str]], make: Callable[[], Envelope]
) -> None:
    envelope = make()
    assert conversation.respond(envelope).json == empty()
    is_error = envelope["request"]["reason"] == "ERROR"
    assert said() == (
        ["reported by Alexa: SessionEndedRequest, INVALID_RESPONSE, of request unknown"] if is_error else []
    )


@with_kind("unknown")
def test_a_type_of_tomorrow_is_passed_over_and_named_in_the_log(
    conversation: Conversation, said: Callable[[], list[str]], make: Callable[[], Envelope]
) -> None:
    envelope = make()
    assert conversation.respond(envelope).json == empty()
    assert said() == [f"unknown request type: {envelope['request']['type']}"]


@with_kind("answer")
def test_launch_intent_and_an_asked_permission_are_answered(
    conversation: Conversation, make: Callable[[], Envelope]
) -> None:
    envelope = make()
    answer = conversation.respond(envelope).json
    if envelope["request"].get("name", "AskFor") == "AskFor":
        assert answer["response"]["outputSpeech"]["ssml"]
    else:
        assert answer == empty()
