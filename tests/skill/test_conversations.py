from pathlib import Path

import pytest

from intents.alexa import Conversation, Outcome
from intents.content import Content
from skill.conversations import MOST_OPEN, SILENCE, OpenConversations, TextConversation
from skill.store import SqliteStore
from tests.actor import START_MS, speech


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    found = SqliteStore(tmp_path / "people.db")
    found.prepare()
    return found


@pytest.fixture
def talk(content: Content, store: SqliteStore) -> TextConversation:
    conversation = Conversation(content, store, now_ms=lambda: START_MS, country="US", strict=True)
    return TextConversation(content, conversation, locale="en-US", user_id="u", now_ms=lambda: START_MS)


def question(outcome: Outcome) -> str | None:
    assert outcome.reply is not None
    return outcome.reply.question


def name(outcome: Outcome) -> str:
    assert outcome.turn is not None
    return outcome.turn.name


def test_a_session_stays_open_until_its_last_word(talk: TextConversation) -> None:
    assert not talk.is_open
    talk.hears("guide me through rolling")
    assert talk.is_open
    talk.hears("stop")
    assert not talk.is_open


@pytest.mark.parametrize("text", ["open gentle back", "Alexa, open Gentle Back!", "launch gentle back"])
def test_opening_by_name_begins_anew(talk: TextConversation, text: str) -> None:
    talk.hears("guide me through rolling")
    assert question(talk.hears(text)) == "launch"


def test_a_first_answer_without_a_session_answers_nothing(talk: TextConversation) -> None:
    assert question(talk.hears("yes")) == "launch"


def test_silence_says_the_reprompt_and_then_nothing(talk: TextConversation) -> None:
    asked = talk.hears("guide me through rolling")
    first = talk.hears("")
    assert asked.reply is not None
    assert (name(first), speech(first), question(first)) == (SILENCE, asked.reply.reprompt, "saddle")
    second = talk.hears("")
    assert (name(second), speech(second), question(second)) == ("SessionEndedRequest", "", None)
    assert not talk.is_open


def test_an_emergency_is_not_said_twice_by_silence(talk: TextConversation) -> None:
    talk.hears("i can't feel between my legs")
    assert not talk.is_open
    assert name(talk.hears("")) == "LaunchRequest"


@pytest.fixture
def open_ones(content: Content, store: SqliteStore) -> OpenConversations:
    return OpenConversations(content, store, now_ms=lambda: START_MS, country="US")


def test_the_one_that_is_idle_longest_makes_room(open_ones: OpenConversations) -> None:
    def asks(conversation_id: str | None) -> str:
        return open_ones.turn("help", conversation_id, locale="en-US", user_id=None)[0]

    first, second = asks(None), asks(None)
    assert asks(first) == first
    for _ in range(MOST_OPEN - 1):
        asks(None)
    assert asks(first) == first
    assert asks(second) != second


def test_what_is_kept_of_the_unnamed_goes_with_their_conversation(open_ones: OpenConversations) -> None:
    conversation_id, _ = open_ones.turn(None, None, locale="en-US", user_id=None)
    assert len(open_ones._unnamed._rows) == 1
    open_ones.turn("stop", conversation_id, locale="en-US", user_id=None)
    assert open_ones._unnamed._rows == {}
    assert len(open_ones._held) == 0
