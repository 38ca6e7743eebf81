"""Alexa's JSON to a turn and a reply back to JSON: the one edge that knows the SDK."""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ask_sdk_core.attributes_manager import AbstractPersistenceAdapter
from ask_sdk_core.dispatch_components import AbstractRequestHandler
from ask_sdk_core.handler_input import HandlerInput
from ask_sdk_core.serialize import DefaultSerializer
from ask_sdk_core.skill_builder import CustomSkillBuilder
from ask_sdk_model import RequestEnvelope, Response

from audio.timeline import Timeline, lay_out
from intents import limits
from intents.alexa.keeping import (
    StaleAttributesError,
    follow_listener,
    hold_on_to_person,
    load,
    newer,
    note_listener,
    save,
)
from intents.alexa.reading import (
    has_player,
    name_of,
    read_envelope,
    read_permission,
    read_player,
    read_slots,
    request_of,
    type_of,
)
from intents.alexa.requests import DISABLED, may_play, may_speak, note_failure
from intents.alexa.writing import write, write_unspoken
from intents.content import Content
from intents.grammar import Heard
from intents.handlers import playback, player, talk
from intents.reminders import Once, OpenReminders, Reminders
from intents.routes import ROUTES, answer
from intents.shapes import MEANT, Country, Language
from intents.sound import Files, Play
from intents.state import Dialogue, Person, dialogue_from_json, dialogue_to_json, person_to_json
from intents.turn import Reply, Turn, local_day

LOG = logging.getLogger("gentle_back")


def empty() -> dict[str, Any]:
    """The valid answer to everything that may not be answered with speech."""
    return {"version": "1.0", "response": {}}


ATTEMPTS = 8
"""How often a turn is computed anew because another device or worker wrote this person meanwhile."""


@dataclass(slots=True)
class Outcome:
    """What came of one request."""

    json: Mapping[str, Any] = field(default_factory=empty)
    """The response for Alexa, ready to be serialised."""
    turn: Turn | None = None
    reply: Reply | None = None
    """None where nothing was said."""
    timeline: Timeline | None = None
    insists: bool = False
    """Whether this is the last attempt: then somebody else's write does not stop the answer any more."""
    guess: Heard | None = None
    """What a text may have meant that was not understood."""
    reminders: Reminders | None = field(default=None, repr=False)
    """Those of the person who speaks, the same for every attempt."""

    def summary(self) -> dict[str, Any]:
        """The `gentle_back` object of the text channels: what was understood, said and asked, with its clock.

        Only for a request that was answered with speech.
        """
        if self.turn is None or self.reply is None or self.timeline is None:
            raise ValueError("nothing was said")
        response = self.json["response"]
        return {
            "intent": self.turn.name,
            "slots": self._slots(self.turn),
            "triage": self.reply.triage,
            "guiding": self.timeline.guided,
            "question": self.reply.question,
            "asks": self._asks_back(self.reply.question),
            "ssml": response["outputSpeech"]["ssml"],
            "reprompt": self.reply.reprompt,
            "clock": [
                {"start_ms": cue.start_ms, "length_ms": cue.length_ms, "kind": cue.kind, "text": cue.text}
                for cue in self.timeline.cues
            ],
            "alexa": {"version": self.json["version"], "response": response},
        }

    @staticmethod
    def _asks_back(question: str | None) -> str | None:
        """The symptom that is asked about because it may have been meant."""
        return question.removeprefix(MEANT) if question and question.startswith(MEANT) else None

    @staticmethod
    def _slots(turn: Turn) -> dict[str, str | int]:
        """The filled slots: ids and durations as text, numbers as numbers."""
        types = turn.language.intents[turn.name].slots if turn.name in turn.language.intents else {}
        return {
            name: int(slot.value)
            if types.get(name) == "AMAZON.NUMBER" and slot.value.isdecimal()
            else slot.value
            for name, slot in turn.slots.items()
            if slot.value is not None
        }


class Conversation:
    """The skill as a function from a request envelope to a response, both as JSON values.

    Requests come in verified; this class knows neither HTTP nor signatures.
    """

    def __init__(
        self,
        content: Content,
        store: AbstractPersistenceAdapter,
        *,
        now_ms: Callable[[], int],
        country: str | None = None,
        reminders: OpenReminders | None = None,
        files: Files | None = None,
        woken: bool = True,
        strict: bool = False,
    ) -> None:
        """What there is to talk with.

        `country` is the setting that picks the number to call; `reminders` opens those of a request, without
        it there are none; `files` can be played straight through, without it nothing can; `strict` (tests)
        raises what is logged. `woken`: whether people are told to say the
        device's name first; not where they type or tap.
        """
        self._content = content
        self._store = store
        self._now_ms = now_ms
        self._country = country
        self._woken = woken
        self._open_reminders = reminders
        self._files = files
        self._strict = strict
        self._serializer = DefaultSerializer()
        builder = CustomSkillBuilder(persistence_adapter=store)
        for name in ROUTES:
            builder.add_request_handler(_Route(self, name))
        builder.add_request_handler(_Forget(store))
        builder.add_request_handler(_Otherwise(self))
        self._skill = builder.create()

    def respond(self, payload: Mapping[str, Any], *, guess: Heard | None = None) -> Outcome:
        """Answer one envelope. Never raises for what a caller can send; a failing handler apologises.

        `guess` is what a text may have meant that was not understood; Alexa has no such thing. Every type
        that may not speak, and every type that the SDK does not know, gets the empty answer.
        """
        note_failure(request_of(payload))
        envelope = read_envelope(payload)
        if envelope is None:
            speaks = may_speak(type_of(payload), request_of(payload).get("name"))
            return self._apology(payload) if speaks else Outcome()
        speaks = _speaks(envelope)
        try:
            outcome = self._invoke(envelope, guess)
        except Exception as error:  # the one outermost place: somebody on the floor must get an answer
            if self._strict:
                raise
            _log_failure(error)
            return self._apology(payload) if speaks else Outcome()
        return outcome if speaks or may_play(type_of(payload)) else Outcome()

    def today(self, locale: str) -> date:
        """Which day it is for somebody who speaks to us in this locale: for "yesterday" in a text."""
        country, _ = find_country(self._content.language(locale), self._country, locale)
        return local_day(self._now_ms(), country)

    def _invoke(self, envelope: RequestEnvelope, guess: Heard | None) -> Outcome:
        outcome = Outcome(reminders=self._reminders_of(envelope))
        for attempt in range(ATTEMPTS):
            outcome = Outcome(insists=outcome.insists, reminders=outcome.reminders, guess=guess)
            try:
                response = self._skill.invoke(envelope, outcome)
            except StaleAttributesError:
                outcome.insists = attempt + 2 == ATTEMPTS
                continue
            outcome.json = self._to_json(response)
            if not _speaks(envelope):
                outcome.json = {**empty(), "response": outcome.json.get("response") or {}}
            self._check(outcome, envelope)
            return outcome
        raise StaleAttributesError("unreachable")

    def _reminders_of(self, envelope: RequestEnvelope) -> Reminders | None:
        system = envelope.context.system if envelope.context else None
        if self._open_reminders is None or system is None or not _speaks(envelope):
            return None
        endpoint, token = system.api_endpoint, system.api_access_token
        found = self._open_reminders(endpoint, token) if endpoint and token else None
        return Once(found) if found else None

    def _check(self, outcome: Outcome, envelope: RequestEnvelope) -> None:
        kind = None if _speaks(envelope) else str(getattr(envelope.request, "object_type", None))
        found = (
            limits.problems(outcome.json) if kind is None else limits.unspoken_problems(outcome.json, kind)
        )
        if found:
            raise limits.ResponseError("; ".join(found))

    def speak(self, handler_input: HandlerInput, name: str) -> Response:
        """Run one turn: read what is kept, answer, save before anything leaves, write the response."""
        outcome: Outcome = handler_input.context
        envelope = handler_input.request_envelope
        attributes = envelope.session.attributes if envelope.session else None
        who = hold_on_to_person(envelope)
        if not who and _is_about_player(envelope):
            who = follow_listener(envelope, self._store)
        kept = attributes.get("kept") if isinstance(attributes, dict) else None
        stored = load(handler_input)
        person = newer(stored, kept)
        turn = replace(self._turn(envelope, name, person), reminders=outcome.reminders, guess=outcome.guess)
        reply = answer(turn)
        if isinstance(reply.audio, Play) and not who:
            reply = replace(reply, person=replace(reply.person, listener=None))
        failed = save(handler_input, stored, reply.person, insists=outcome.insists)
        if failed and isinstance(reply.audio, Play):  # its session is closed, so nothing would know of it
            reply = player.not_kept(turn)
        if envelope.session is not None:
            keep = {"kept": person_to_json(reply.person)} if failed else {}
            closes = reply.question is None
            session = {} if closes else {**dialogue_to_json(reply.dialogue), **keep, "who": who}
            handler_input.attributes_manager.session_attributes = session
        if who and isinstance(reply.audio, Play):
            note_listener(envelope, self._store, who)
        elif who and turn.person.stream and not reply.person.stream:
            note_listener(envelope, self._store, None)
        outcome.turn, outcome.reply = turn, reply
        if not _speaks(envelope):
            return write_unspoken(reply)
        outcome.timeline = lay_out(reply.lines)
        return write(outcome.timeline, reply)

    def _turn(self, envelope: RequestEnvelope, name: str, person: Person) -> Turn:
        request, session = envelope.request, envelope.session
        known_session = session.session_id if session and session.session_id else None
        session_id = str(known_session or getattr(request, "request_id", ""))
        bare = self._bare_turn(name, session_id, str(getattr(request, "locale", None) or ""))
        is_new = session is None or session.new is not False
        dialogue = Dialogue()
        if session is not None and not is_new:
            dialogue = dialogue_from_json(session.attributes, session_id, self._content, bare.language)
        slots = read_slots(request, bare.language)
        return replace(
            bare,
            slots=slots,
            is_new=is_new,
            dialogue=dialogue,
            person=person,
            permission=read_permission(request),
            files=self._files if has_player(envelope) else None,
            player=read_player(envelope),
        )

    def _bare_turn(self, name: str, session_id: str, locale: str) -> Turn:
        """A turn of somebody of whom nothing is known."""
        language = self._content.language(locale)
        country, is_guess = find_country(language, self._country, locale)
        return Turn(
            name=name,
            session_id=session_id,
            now_ms=self._now_ms(),
            content=self._content,
            language=language,
            locale=locale,
            country=country,
            country_is_guess=is_guess,
            woken=self._woken,
            dialogue=Dialogue(),
            person=Person(),
        )

    def _to_json(self, model: object) -> dict[str, Any]:
        found = self._serializer.serialize(model)
        if not isinstance(found, dict):
            raise TypeError("the SDK serialised a response to something else than an object")
        return found

    def _apology(self, payload: Mapping[str, Any]) -> Outcome:
        """The spoken apology, made without the SDK's models, which may be what failed."""
        request = request_of(payload)
        bare = self._bare_turn(str(request.get("type")), "", str(request.get("locale") or ""))
        turn = bare.with_dialogue(lying=True)  # we cannot know; the way up harms nobody
        reply = talk.apology(turn)
        timeline = lay_out(reply.lines)
        response = self._to_json(write(timeline, reply))
        return Outcome(
            json={"version": "1.0", "response": response}, turn=turn, reply=reply, timeline=timeline
        )


class _Route(AbstractRequestHandler):
    """One line of the table of contents, as the SDK wants it."""

    def __init__(self, conversation: Conversation, name: str) -> None:
        self._conversation = conversation
        self._name = name

    def can_handle(self, handler_input: HandlerInput) -> bool:
        return name_of(handler_input.request_envelope.request) == self._name

    def handle(self, handler_input: HandlerInput) -> Response:
        return self._conversation.speak(handler_input, self._name)


class _Otherwise(AbstractRequestHandler):
    """Intents that we do not have fall back; types that may not speak stay silent."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def can_handle(self, handler_input: HandlerInput) -> bool:  # noqa: ARG002 - the SDK's interface
        return True

    def handle(self, handler_input: HandlerInput) -> Response:
        if _speaks(handler_input.request_envelope):
            return self._conversation.speak(handler_input, "AMAZON.FallbackIntent")
        return Response()


class _Forget(AbstractRequestHandler):
    """Disabling the skill deletes everything stored of that household."""

    def __init__(self, store: AbstractPersistenceAdapter) -> None:
        self._store = store

    def can_handle(self, handler_input: HandlerInput) -> bool:
        return name_of(handler_input.request_envelope.request) == DISABLED

    def handle(self, handler_input: HandlerInput) -> Response:
        self._store.delete_attributes(handler_input.request_envelope)
        return Response()


def _is_about_player(envelope: RequestEnvelope) -> bool:
    """Whether a device's player reports something of ours, or somebody says a player's word to it."""
    player, name = read_player(envelope), name_of(envelope.request)
    begins = envelope.session is None or envelope.session.new is not False
    is_word = begins and name in playback.PLAYER_WORDS
    return player is not None and player.token is not None and (is_word or name in playback.EVENTS)


def _speaks(envelope: RequestEnvelope) -> bool:
    request = envelope.request
    return may_speak(getattr(request, "object_type", None), getattr(request, "name", None))


def find_country(language: Language, setting: str | None, locale: str) -> tuple[Country, bool]:
    """Whom to call: by the setting, else by the locale's region (then it is a guess), else unknown.

    Never by language.
    """
    for code, is_guess in ((setting, False), (locale.partition("-")[2], True)):
        if code:
            for name, country in language.countries.items():
                if code == name or code in country.members:
                    return country, is_guess
    return language.countries["unknown"], False


def _log_failure(error: Exception) -> None:
    """Where it failed, without the message: it could quote what somebody said."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
    LOG.error("turn failed: %s at %s", type(error).__name__, where)
