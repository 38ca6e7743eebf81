"""Looks for ways to break the rules: random conversations under the eyes of a witness."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final, Literal

from intents.alexa import Conversation, Outcome
from intents.content import Content
from intents.envelope import build
from intents.proof.actions import OFTEN, Action, actions, likely
from intents.proof.listener import Asked, View
from intents.proof.witness import Witness
from skill.memory import Watched
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

Does = Literal["ask", "open", "leave", "again", "late", "switch", "wait"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens.

    ask: a request of the session that is open on the device, or of a new one. open: a launch. leave: silence,
    until the platform ends the session. again: the last request once more, as it was. late: a request of the
    session before the open one. switch: to the other device. wait: nothing, for `at_ms`.
    """

    does: Does
    action: Action = ("LaunchRequest", ())
    at_ms: int | None = None
    """So long after the last response began; None: when all of it has been heard."""

    def __str__(self) -> str:
        name, slots = self.action
        said = " ".join(f"{key}={slot.value or '?' + repr(slot.heard)}" for key, slot in slots)
        after = "" if self.at_ms is None else f" (after {self.at_ms / 1000:.1f} s)"
        words = f"{name} {said}".rstrip() if self.does in {"ask", "late"} else ""
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
    """One device: its session, the one before, and what was sent last."""

    sitting: Sitting | None = None
    before: Sitting | None = None
    sent: tuple[Sitting, Asked, Mapping[str, Any]] | None = None
    """The session as it was, the request, and its envelope."""
    answered_ms: int = 0
    length_ms: int = 0


class Player:
    """Plays steps of one person on two devices, watched by a witness."""

    def __init__(
        self, content: Content, store: SqliteStore | None = None, *, user_id: str = "explorer"
    ) -> None:
        """Without a store, one in memory."""
        self._user_id = user_id
        self._content = content
        self._language = content.language(LOCALE)
        self._store = Watched(SqliteStore.in_memory() if store is None else store)
        self._conversation = Conversation(
            content, self._store, now_ms=lambda: self.now_ms, country=COUNTRY, strict=True
        )
        self.witness = Witness(content, locale=LOCALE, country=self._language.countries[COUNTRY])
        self.now_ms = START_MS
        self._devices = [Device(), Device()]
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
                    self._devices = [Device(), Device()]
                return []
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
        name, slots = step.action
        asked = Asked(
            name=name,
            slots={key: slot.value for key, slot in slots if slot.value is not None},
            now_ms=self.now_ms,
            device=self._at,
        )
        envelope = build(
            name,
            dict(slots),
            language=self._language,
            locale=LOCALE,
            session_id=sitting.session_id,
            user_id=self._user_id,
            is_new=sitting.is_new,
            now_ms=self.now_ms,
            attributes=sitting.attributes,
        )
        return self._respond(device, sitting, asked, envelope)

    def _respond(
        self, device: Device, sitting: Sitting, asked: Asked, envelope: Mapping[str, Any]
    ) -> list[str]:
        outcome = self._conversation.respond(envelope)
        self.turns += 1
        view, broken = self.witness.watch(sitting.view, asked, outcome, self._store.kept)
        device.sent = (sitting, asked, envelope)
        device.answered_ms = self.now_ms
        device.length_ms = outcome.timeline.duration_ms if outcome.timeline else 0
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
    kept = {name: value for name, value in attributes.items() if name not in {"misses", "who", "forgets"}}
    if isinstance(kept.get("clearance"), dict):
        kept["clearance"] = {**kept["clearance"], "session": ""}
    place = outcome.reply.person.place if outcome.reply else None
    where = (place.exercise, place.page, place.start.block, len(place.pages)) if place else None
    return json.dumps([kept, where], sort_keys=True)


class Chooser:
    """Chooses steps by a seed."""

    def __init__(self, content: Content, random: Random) -> None:
        self._content = content
        self._random = random
        self._actions = actions(content)

    def steps(self, player: Player, count: int) -> Iterator[Step]:
        """So many steps, each fitting where the player is by then."""
        boldness = self._random.choice((0.1, 0.25, 0.6))
        for _ in range(count):
            yield self._step(player, boldness)

    def _step(self, player: Player, boldness: float) -> Step:
        random = self._random
        chance = random.random()
        if chance < boldness * 0.25:
            does: Does = random.choice(("open", "leave", "again", "again", "late", "switch", "wait"))
            at_ms = random.choice(WAITS_MS) if does == "wait" else None
            return Step(
                does=does,
                action=random.choice(self._actions) if does == "late" else ("LaunchRequest", ()),
                at_ms=at_ms,
            )
        at_ms = random.randrange(130_000) if random.random() < boldness else None
        if random.random() < boldness:
            return Step(does="ask", action=self._any(), at_ms=at_ms)
        return Step(does="ask", action=random.choice(likely(self._content, player.question)), at_ms=at_ms)

    def _any(self) -> Action:
        """Any action: first an intent, then its slots, so that a type with many values is not met most."""
        if self._random.random() < TRYING:
            return self._random.choice(OFTEN)
        name = self._random.choice(sorted({name for name, _ in self._actions}))
        return self._random.choice([action for action in self._actions if action[0] == name])


# --- exploring ---

EPISODE_STEPS: Final = 60
TRYING: Final = 0.5
"""How often it is what tries the rules most."""


@dataclass(slots=True)
class Found:
    """What an exploration found."""

    turns: int = 0
    states: set[str] = field(default_factory=set)
    violations: dict[str, list[Step]] = field(default_factory=dict)
    """What was broken → the shortest script that was found for it."""

    def report(self) -> Iterator[str]:
        """For people: what it came to, then each violation with its script."""
        yield f"{self.turns:,} turns, {len(self.states):,} states, {len(self.violations):,} violations"
        for violation, script in self.violations.items():
            yield f"\n{violation}"
            yield from (f"  {step}" for step in script)


def explore(content: Content, *, seed: int, turns: int) -> Found:
    """Play random conversations, each of a new person, until so many turns were answered."""
    found = Found()
    random = Random(seed)
    while found.turns < turns:
        player, script, broken = Player(content), [], []
        for step in Chooser(content, random).steps(player, EPISODE_STEPS):
            script.append(step)
            broken = _play(player, step)
            if broken:
                break
        _enter(found, content, script, broken or player.witness.finish())
        found.turns += player.turns
        found.states |= player.states
    return found


def _enter(found: Found, content: Content, script: Sequence[Step], broken: Iterable[str]) -> None:
    known = {kind(violation) for violation in found.violations}
    for violation in broken:
        if kind(violation) not in known:
            known.add(kind(violation))
            found.violations[violation] = shorten(content, script, violation)


def _play(player: Player, step: Step) -> list[str]:
    """What a step breaks; an exception is a violation, too."""
    try:
        return player.play(step)
    except Exception as error:  # noqa: BLE001 - whatever a turn raises is what we look for
        return [f"{type(error).__name__}: {error}"]


def kind(violation: str) -> str:
    """A violation without its particulars: the same rule broken in the same way."""
    rule, _, rest = violation.partition(" ")
    return f"{rule} {re.sub('[0-9]', '', rest.partition(':')[0])}"


def breaks(content: Content, script: Iterable[Step], what: str) -> bool:
    """Whether a script breaks a rule in that way."""
    player = Player(content)
    broken = [one for step in script for one in _play(player, step)]
    return kind(what) in map(kind, broken + player.witness.finish())


def shorten(content: Content, script: Sequence[Step], what: str) -> list[Step]:
    """A script that breaks the same rule with as few steps as leaving out finds."""
    kept: list[Step] = []
    fewer = list(script)
    while len(fewer) != len(kept):  # what could not be left out before may be, once something else is
        kept, fewer = fewer, _left_out(content, fewer, what)
    for at, step in enumerate(kept):
        if step.at_ms is not None and step.does != "wait":
            simpler = [*kept[:at], replace(step, at_ms=None), *kept[at + 1 :]]
            kept = simpler if breaks(content, simpler, what) else kept
    return kept


def _left_out(content: Content, script: Sequence[Step], what: str) -> list[Step]:
    """The script without each half, quarter, pair and single step that it does not need."""
    kept = list(script)
    size = max(1, len(kept) // 2)
    while size:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + size :]
            if breaks(content, fewer, what):
                kept = fewer
            else:
                at += 1 if size == 2 else size  # noqa: PLR2004 - pairs such as there and back
        size //= 2
    return kept
