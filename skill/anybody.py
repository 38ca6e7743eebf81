"""Anybody: one person with two devices, played step by step under the eyes of a witness."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from intents.alexa import Conversation, Outcome
from intents.content import Content
from intents.envelope import build
from intents.grammar import Slot
from intents.proof.actions import Action
from intents.proof.listener import Asked, View
from intents.proof.speaker import Planned, Speaker
from intents.proof.witness import Witness
from skill.memory import OneRow, Watched
from skill.store import SqliteStore

START_MS: Final = 1_800_000_000_000
ANSWER_MS: Final = 3_500
RETRY_MS: Final = 700
"""A request that was not answered in time is sent again so much later."""
LOCALE: Final = "en-US"
COUNTRY: Final = "US"
HOUR_MS: Final = 60 * 60 * 1000
WAITS_MS: Final = (10 * 60 * 1000, HOUR_MS, 26 * HOUR_MS, 40 * 24 * HOUR_MS)
IDLE_MS: Final = 15 * 60 * 1000
"""No session of any channel stays open for longer without a word."""

Does = Literal["ask", "open", "leave", "again", "late", "switch", "wait", "plays", "interrupt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens.

    ask: a request of the session that is open on the device, or of a new one. open: a launch. leave: silence,
    until the platform ends the session. again: the last request once more, as it was. late: a request of the
    session before the open one. switch: to the other device. wait: nothing, for `at_ms`. plays: the device's
    player reports something, or one of its buttons is pressed. interrupt: as ask, from a device that reports
    that it stops for the voice, and that it goes on after it.
    """

    does: Does
    action: Action = ("LaunchRequest", ())
    at_ms: int | None = None
    """So long after the last response began; None: when all of it has been heard."""

    def __str__(self) -> str:
        name, slots = self.action
        said = " ".join(f"{key}={slot.value or '?' + repr(slot.heard)}" for key, slot in slots)
        after = "" if self.at_ms is None else f" (after {self.at_ms / 1000:.1f} s)"
        words = f"{name} {said}".rstrip() if self.does in {"ask", "late", "plays", "interrupt"} else ""
        return f"{self.does if self.does != 'ask' else ''} {words}".strip() + after


@dataclass(slots=True)
class Sitting:
    """A session as a device holds it."""

    session_id: str
    view: View
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_new: bool = True


@dataclass(slots=True)
class Device:
    """One device: its player, its session, the one before, and what was sent last."""

    speaker: Speaker
    sitting: Sitting | None = None
    before: Sitting | None = None
    sent: tuple[Sitting, Asked, Mapping[str, Any]] | None = None
    """The session as it was, the request, and its envelope."""
    answered_ms: int = 0
    length_ms: int = 0


class Player:
    """Plays steps of one person on two devices, watched by a witness."""

    def __init__(
        self, content: Content, store: SqliteStore | OneRow | None = None, *, user_id: str = "explorer"
    ) -> None:
        """Without a store, one in memory."""
        self._user_id = user_id
        self._content = content
        self._language = content.language(LOCALE)
        self._files = Planned(content)
        self._store = Watched(SqliteStore.in_memory() if store is None else store)
        self._conversation = Conversation(
            content,
            self._store,
            now_ms=lambda: self.now_ms,
            country=COUNTRY,
            files=self._files,
            strict=True,
        )
        self.witness = Witness(content, locale=LOCALE, country=self._language.countries[COUNTRY])
        self.now_ms = START_MS
        self._devices = [Device(Speaker(self._files)), Device(Speaker(self._files))]
        self._at = 0
        self._sessions = 0
        self.states: set[str] = set()
        self.turns = 0

    @property
    def question(self) -> str | None:
        """The question that is open on the device at hand."""
        sitting = self._device.sitting
        return sitting.view.question if sitting else None

    @property
    def guiding_ms(self) -> int:
        """How long what is being said there takes, if it guides."""
        sitting = self._device.sitting
        return self._device.length_ms if sitting and sitting.view.guiding else 0

    @property
    def is_playing(self) -> bool:
        """Whether something plays straight through on the device at hand."""
        return self._device.speaker.plays

    @property
    def has_played(self) -> bool:
        """Whether something of ours was the last that played there."""
        return bool(self._device.speaker.stream)

    @property
    def _device(self) -> Device:
        return self._devices[self._at]

    def play(self, step: Step) -> list[str]:
        """Do a step; every rule that its response breaks."""
        device = self._device
        match step.does:
            case "switch":
                self._at = 1 - self._at
                return []
            case "wait":
                self.now_ms += step.at_ms or 0
                if (step.at_ms or 0) >= IDLE_MS:
                    self._devices = [Device(device.speaker) for device in self._devices]
                return self._listen()
            case "plays":
                broken = self._report(device, step.action[0], step.at_ms or 0)
                device.speaker.told |= step.action[0] in (
                    "AudioPlayer.PlaybackStopped",
                    "AudioPlayer.PlaybackFailed",
                )
                return broken
            case "interrupt":
                return self._interrupt(device, step)
            case "open":
                self._put_away(device)
                return self._send(device, self._new(), step)
            case "leave":
                return self._leave(device)
            case "again":
                if device.sent is None:
                    return []
                self.now_ms += RETRY_MS
                sitting, asked, envelope = device.sent
                return self._respond(device, sitting, replace(asked, now_ms=self.now_ms), envelope)
            case "late":
                return self._send(device, device.before, step) if device.before else []
            case _:
                return self._send(device, device.sitting or self._new(), step)

    def remember(self) -> object:
        """Everything as it is now, the store apart."""
        return self._copy((self.now_ms, self._devices, self._at, self._sessions, self.witness))

    def recall(self, moment: Any) -> None:
        """Everything as it was at a moment that was remembered; as often as one likes."""
        self.now_ms, self._devices, self._at, self._sessions, self.witness = self._copy(moment)

    def _copy(self, state: object) -> Any:
        """A deep copy, but for the content, which nobody changes."""
        content = self._content
        shared = (content, content.numbers, content.screening, self._language, self._files)
        return deepcopy(state, {id(one): one for one in shared})

    def finish(self) -> list[str]:
        """Everything is heard to its end; what that breaks."""
        self.now_ms += HOUR_MS
        return self._listen() + self.witness.finish()

    def _listen(self) -> list[str]:
        """What plays goes on until now; what that breaks."""
        broken: list[str] = []
        for device in self._devices:
            device.speaker.goes_on(self.now_ms)
            broken += self.witness.listened(device.speaker.heard)
            device.speaker.heard.clear()
        return broken

    def _interrupt(self, device: Device, step: Step) -> list[str]:
        """Somebody speaks into what plays: it stops for that, and goes on after it unless told not to."""
        broken: list[str] = []
        if device.speaker.plays and device.sitting is None:
            self.now_ms = max(self.now_ms, device.answered_ms + device.length_ms + (step.at_ms or 0))
            broken += self._listen()
            broken += self._report(device, "AudioPlayer.PlaybackStopped", 0)
        broken += self._send(device, device.sitting or self._new(), replace(step, at_ms=0))
        if device.sitting is None and device.speaker.resumes(self.now_ms + device.length_ms):
            broken += self._report(device, "AudioPlayer.PlaybackStarted", device.length_ms)
        return broken

    def _report(self, device: Device, name: str, after_ms: int) -> list[str]:
        """The device's player reports something, or one of its buttons is pressed."""
        speaker = device.speaker
        ends = name == "AudioPlayer.PlaybackFinished" and speaker.plays
        now_ms = self.now_ms + 1 + after_ms
        self.now_ms = max(self.now_ms + 1, speaker.ends_ms()) if ends else now_ms
        if name == "AudioPlayer.PlaybackStopped":
            speaker.stops(self.now_ms)
        state = speaker.state(self.now_ms)
        request = {
            "type": name,
            "token": state.get("token", "gb1.unknown"),
            "offsetInMilliseconds": state["offsetInMilliseconds"],
            "error": {"type": "MEDIA_ERROR_UNKNOWN", "message": ""},
            "currentPlaybackState": state,
        }
        if ends:
            speaker.finishes()
        envelope = self._envelope("LaunchRequest", {}, self._new(), speaker)
        del envelope["session"]
        envelope["request"] |= request
        outcome = self._conversation.respond(envelope)
        self.turns += 1
        if name == "AudioPlayer.PlaybackFailed":
            speaker.stops(self.now_ms)
        speaker.obeys(outcome.json["response"].get("directives", ()), self.now_ms)
        asked = Asked(name=name, now_ms=self.now_ms, device=self._at)
        return self.witness.told(asked, outcome, self._store.kept) + self._listen()

    def _envelope(
        self, name: str, slots: Mapping[str, Slot], sitting: Sitting, speaker: Speaker
    ) -> dict[str, Any]:
        envelope = build(
            name,
            slots,
            language=self._language,
            locale=LOCALE,
            session_id=sitting.session_id,
            user_id=self._user_id,
            is_new=sitting.is_new,
            now_ms=self.now_ms,
            attributes=sitting.attributes,
        )
        envelope["context"]["System"]["device"]["supportedInterfaces"] = {"AudioPlayer": {}}
        envelope["context"]["AudioPlayer"] = speaker.state(self.now_ms)
        return envelope

    def _new(self) -> Sitting:
        self._sessions += 1
        return Sitting(session_id=f"session.{self._sessions}", view=self.witness.new_session())

    def _put_away(self, device: Device) -> None:
        if device.sent and device.sitting:
            device.before = device.sent[0]
        device.sitting = None

    def _leave(self, device: Device) -> list[str]:
        sitting = device.sitting
        if sitting is None:
            return []
        self.now_ms = max(self.now_ms, device.answered_ms + device.length_ms + 16_000)
        broken = self._send(device, sitting, Step(does="ask", action=("SessionEndedRequest", ()), at_ms=0))
        device.sitting, device.before = None, sitting
        return broken

    def _send(self, device: Device, sitting: Sitting, step: Step) -> list[str]:
        after_ms = device.length_ms + ANSWER_MS if step.at_ms is None else step.at_ms
        self.now_ms = max(self.now_ms + 1, device.answered_ms + after_ms)
        broken = self._listen()
        name, slots = step.action
        if sitting.is_new:
            plays = device.speaker.plays or device.speaker.interrupted
            view = self.witness.new_session()
            sitting.view = replace(view, streaming=plays, lying=plays, guiding=plays)
        asked = Asked(
            name=name,
            slots={key: slot.value for key, slot in slots if slot.value is not None},
            now_ms=self.now_ms,
            device=self._at,
        )
        envelope = self._envelope(name, dict(slots), sitting, device.speaker)
        return broken + self._respond(device, sitting, asked, envelope)

    def _respond(
        self, device: Device, sitting: Sitting, asked: Asked, envelope: Mapping[str, Any]
    ) -> list[str]:
        outcome = self._conversation.respond(envelope)
        self.turns += 1
        view, broken = self.witness.watch(sitting.view, asked, outcome, self._store.kept)
        device.sent = (sitting, asked, envelope)
        device.answered_ms = self.now_ms
        device.length_ms = outcome.timeline.duration_ms if outcome.timeline else 0
        directives = outcome.json["response"].get("directives", ())
        device.speaker.obeys(directives, self.now_ms, device.length_ms)
        attributes = outcome.json.get("sessionAttributes") or {}
        if outcome.json["response"].get("shouldEndSession", True):
            device.sitting, device.before = None, sitting
        else:
            device.sitting = Sitting(
                session_id=sitting.session_id, view=view, attributes=attributes, is_new=False
            )
        self.states.add(_state(attributes, outcome))
        return broken


def _state(attributes: Mapping[str, Any], outcome: Outcome) -> str:
    """What tells states of a conversation apart: what the session keeps and where the person is."""
    kept = {
        name: value for name, value in attributes.items() if name not in {"misses", "who", "forgets", "said"}
    }
    if isinstance(kept.get("clearance"), dict):
        kept["clearance"] = {**kept["clearance"], "session": ""}
    place = outcome.reply.person.place if outcome.reply else None
    where = (place.exercise, place.page, place.start.block, len(place.pages)) if place else None
    return json.dumps([kept, where], sort_keys=True)
