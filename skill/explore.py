"""Looks for ways to break the rules: random conversations under the eyes of a witness."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from intents.content import Content
from intents.proof.actions import (
    OFTEN,
    PLAYER_EVENTS,
    PLAYER_WORDS,
    STRAIGHT,
    Action,
    actions,
    likely,
    resolved,
)
from skill.anybody import WAITS_MS, Does, Player, Step


class Chooser:
    """Chooses steps by a seed."""

    def __init__(self, content: Content, random: Random) -> None:
        self._content = content
        self._random = random
        self._actions = actions(content)

    def steps(self, player: Player, count: int) -> Iterator[Step]:
        """So many steps, each fitting where the player is by then."""
        boldness = self._random.choice((0.1, 0.25, 0.6))
        if self._random.random() < STREAMING:
            for step in self._into_a_stream(player):
                yield step
                count -= 1
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
        if player.is_playing and random.random() < STREAMING:
            return Step(does="plays", action=random.choice(PLAYER_EVENTS), at_ms=random.randrange(60_000))
        if player.has_played and player.question is None and random.random() < STREAMING:
            does = random.choice(("ask", "interrupt"))
            words = PLAYER_WORDS if random.random() < TRYING else OFTEN
            return Step(does=does, action=random.choice(words), at_ms=at_ms)
        if random.random() < boldness:
            return Step(does="ask", action=self._any(), at_ms=at_ms)
        return Step(does="ask", action=random.choice(likely(self._content, player.question)), at_ms=at_ms)

    def _into_a_stream(self, player: Player) -> Iterator[Step]:
        """Somebody with nothing to report, until something plays straight through, or it leads elsewhere."""
        exercise = self._random.choice(sorted(self._content.numbers.exercises))
        wishes = (("StartExerciseIntent", resolved(exercise=exercise)), ("StartRoutineIntent", ()))
        yield Step(does="ask", action=STRAIGHT)
        yield Step(does="ask", action=self._random.choice(wishes))
        for _ in range(LONGEST_WAY):
            if player.question is None:
                return
            yield Step(does="ask", action=likely(self._content, player.question)[0])

    def _any(self) -> Action:
        """Any action: first an intent, then its slots, so that a type with many values is not met most."""
        if self._random.random() < TRYING:
            return self._random.choice(OFTEN)
        name = self._random.choice(sorted({name for name, _ in self._actions}))
        return self._random.choice([action for action in self._actions if action[0] == name])


# --- exploring ---

EPISODE_STEPS: Final = 60
LONGEST_WAY: Final = 12
"""Steps from a wish to its exercise."""
STREAMING: Final = 0.4
"""How often it is about what plays straight through."""
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
        _enter(found, content, script, broken or player.finish())
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
    return kind(what) in map(kind, broken + player.finish())


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
