"""Conversations by text: understood by our own engine, asked and answered as Alexa would do it.

TextConversation    one person with one device, as the command line and the text API have it
OpenConversations   those of the text API that are open, in the memory of this process alone
"""

import hashlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from audio.ssml import write_ssml
from audio.timeline import Line, lay_out
from intents.alexa import Conversation, Outcome
from intents.content import Content
from intents.envelope import build
from intents.grammar import Heard
from skill.memory import MemoryStore
from skill.store import SqliteStore

SILENCE = "Silence"
"""Stands for the intent where nothing was said: a device would play the reprompt by itself."""
IDLE_MS = 15 * 60 * 1000
"""So long an open conversation waits for its next turn (design, invariant 8)."""
MOST_OPEN = 2_000
"""Beyond it the one that was idle longest is dropped: some 10 kB each, so 20 MB."""
_OPENS = frozenset({"alexa", "open", "start", "launch"})


class TextConversation:
    """Keeps a session open and echoes its attributes, as a device does. One turn at a time."""

    def __init__(
        self,
        content: Content,
        conversation: Conversation,
        *,
        locale: str,
        user_id: str,
        now_ms: Callable[[], int],
    ) -> None:
        self.locale = locale
        self.user_id = user_id
        self._content = content
        self._language = content.language(locale)
        self._understanding = content.understanding(locale)
        self._conversation = conversation
        self._now_ms = now_ms
        self._session_id: str | None = None
        self._attributes: Mapping[str, Any] = {}
        self._last: Outcome | None = None
        self._is_silent = False

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for; else the next text begins a new session."""
        return self._session_id is not None

    def launches(self) -> Outcome:
        """Open the skill without a word more; a session that was open is left."""
        self._session_id = None
        return self._send("LaunchRequest", {})

    def hears(self, text: str) -> Outcome:
        """One turn. An empty text is silence, answered with the reprompt, and when it goes on with the end.

        Silence where nothing is open opens the skill.
        """
        if text:
            self._is_silent = False
            if self.is_opening(text):
                return self.launches()
            heard = self.reads(text)
            return self._send(heard.intent, heard.slots, guess=heard.did_you_mean)
        was_silent, self._is_silent = self._is_silent, True
        if self._last is None or not self.is_open:
            return self.launches()
        return self._gives_up(self._last) if was_silent else _reprompted(self._last)

    def reads(self, text: str) -> Heard:
        """What a text means today, in answer to the open question."""
        last = self._last.reply if self.is_open and self._last else None
        asked = self._content.asked(last.question if last else None)
        return self._understanding.read(text, today=self._conversation.today(self.locale), asked=asked)

    def _gives_up(self, last: Outcome) -> Outcome:
        """The session ends as on a device that heard nothing twice: without a word."""
        self._send("SessionEndedRequest", {})
        return _spoken(last, lines=(), name="SessionEndedRequest")

    def is_opening(self, text: str) -> bool:
        """Whether this is "Alexa, open gentle back", which on a device never reaches us as words."""
        words = "".join(c if c.isalpha() else " " for c in text.lower()).split()
        name = self._language.invocation.split()
        return words[-len(name) :] == name and set(words[: -len(name)]) <= _OPENS

    def _send(self, name: str, slots: Mapping[str, Any], *, guess: Heard | None = None) -> Outcome:
        is_new = self._session_id is None
        if self._session_id is None:
            self._session_id, self._attributes = f"text.{uuid.uuid4()}", {}
        envelope = build(
            name,
            slots,
            language=self._language,
            locale=self.locale,
            session_id=self._session_id,
            user_id=self.user_id,
            is_new=is_new,
            now_ms=self._now_ms(),
            attributes=self._attributes,
        )
        self._last = outcome = self._conversation.respond(envelope, guess=guess)
        if outcome.json["response"].get("shouldEndSession", True):
            self._session_id, self._attributes = None, {}
        else:
            self._attributes = outcome.json.get("sessionAttributes") or {}
        return outcome


def _reprompted(last: Outcome) -> Outcome:
    """The last answer's reprompt as an answer of its own; the question stays open."""
    text = last.reply.reprompt if last.reply else None
    return _spoken(last, lines=(Line(text=text or "", kind="ask"),), name=SILENCE)


def _spoken(last: Outcome, *, lines: tuple[Line, ...], name: str) -> Outcome:
    """What a device says by itself after an answer, in the shape of an answer; no lines close."""
    if last.turn is None or last.reply is None:
        raise ValueError("nothing was said before")
    timeline = lay_out(lines)
    speech = {"type": "SSML", "ssml": write_ssml(timeline)}
    response: dict[str, Any] = {"outputSpeech": speech, "shouldEndSession": not lines}
    reply = replace(last.reply, lines=lines, triage=None, card=None)
    if lines:
        response["reprompt"] = {"outputSpeech": speech}
    else:
        reply = replace(reply, question=None, reprompt=None)
    return Outcome(
        json={"version": "1.0", "response": response},
        turn=replace(last.turn, name=name, slots={}),
        reply=reply,
        timeline=timeline,
    )


class _Held:
    """An open conversation with what guards it."""

    def __init__(self, conversation: TextConversation) -> None:
        self.conversation = conversation
        self.turn = threading.Lock()
        """Held during a turn: two tabs at once take turns."""
        self.used_at_ms = 0


class OpenConversations:
    """The text API's conversations by their id; safe in many threads of one process.

    One that is closed is gone; one that was idle for 15 minutes, too, when the next turn of anybody comes.
    """

    def __init__(
        self, content: Content, store: SqliteStore, *, now_ms: Callable[[], int], country: str | None
    ) -> None:
        """`store` remembers those who give a name; of all others nothing outlasts their conversation."""
        self._content = content
        self._now_ms = now_ms
        self._unnamed = MemoryStore()
        self._talk_named, self._talk_unnamed = (
            Conversation(content, kept, now_ms=now_ms, country=country, woken=False)
            for kept in (store, self._unnamed)
        )
        self._lock = threading.Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def turn(
        self, text: str | None, conversation_id: str | None, *, locale: str, user_id: str | None
    ) -> tuple[str, Outcome]:
        """One turn of the conversation with this id; where none is open, of a new one with a new id.

        Locale and person are those with which a conversation began. `text` None opens the skill (anew).

        Returns:
            The conversation's id, and what is answered.
        """
        held = self._find(conversation_id)
        if conversation_id is not None and held is not None:
            with held.turn:
                # It may have been closed by the turn that this one waited for.
                if held.conversation.is_open:
                    return conversation_id, self._answer(conversation_id, held, text)
        conversation_id, held = str(uuid.uuid4()), _Held(self._begin(locale, user_id))
        with held.turn:
            return conversation_id, self._answer(conversation_id, held, text)

    def _begin(self, locale: str, user_id: str | None) -> TextConversation:
        # Hashed: it may be somebody's name. The prefix keeps text callers away from Alexa's households.
        name = uuid.uuid4().hex if user_id is None else hashlib.sha256(user_id.encode()).hexdigest()
        return TextConversation(
            self._content,
            self._talk_unnamed if user_id is None else self._talk_named,
            locale=locale,
            user_id=f"text.{name}",
            now_ms=self._now_ms,
        )

    def _answer(self, conversation_id: str, held: _Held, text: str | None) -> Outcome:
        conversation = held.conversation
        outcome = conversation.launches() if text is None else conversation.hears(text)
        with self._lock:
            held.used_at_ms = self._now_ms()
            self._held[conversation_id] = held
            self._held.move_to_end(conversation_id)
            if not conversation.is_open:
                self._drop(conversation_id)
            elif len(self._held) > MOST_OPEN:
                self._drop(next(iter(self._held)))
        return outcome

    def _find(self, conversation_id: str | None) -> _Held | None:
        """The conversation with this id, after the idle ones, which stand first, were dropped."""
        idle_since_ms = self._now_ms() - IDLE_MS
        with self._lock:
            while self._held and next(iter(self._held.values())).used_at_ms <= idle_since_ms:
                self._drop(next(iter(self._held)))
            return self._held.get(conversation_id) if conversation_id else None

    def _drop(self, conversation_id: str) -> None:
        self._unnamed.forget(self._held.pop(conversation_id).conversation.user_id)
