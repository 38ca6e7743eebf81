"""What of an exercise has been played to a person, by its words: how much of what, when, on which device."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from audio.timeline import GUIDANCE
from intents.alexa import Outcome
from intents.content import Content

HOUR_MS: Final = 60 * 60 * 1000
LATELY_MS: Final = 28 * 24 * HOUR_MS
TYPED_MS: Final = 3_000
"""Sooner answers than this are typed: they count as given after the page."""
# Design 5, invariant 5; the others' limits stand with their exercises.
SET_MS: Final = 30_000
SETS: Final = 2
LIFTS: Final = 15
ROCKING_MS: Final = 10 * 60 * 1000

FormId = tuple[str, bool]
"""An exercise, and whether it is its easier form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """One repetition, from the beginning of the response in which it is."""

    exercise: str
    start_ms: int
    length_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A response as a listener takes it."""

    texts: tuple[str, ...]
    guides: bool
    forms: frozenset[FormId] = frozenset()
    repetitions: tuple[Repetition, ...] = ()
    sent_ms: int = 0
    length_ms: int = 0

    @property
    def words(self) -> str:
        """All of them, without pauses."""
        return " ".join(self.texts)

    @property
    def guided_ms(self) -> int:
        """When its last repetition is over."""
        return max((one.start_ms + one.length_ms for one in self.repetitions), default=self.length_ms)

    def whole(self, elapsed_ms: float) -> frozenset[str]:
        """The exercises whose repetitions are all over by then."""
        going_on = {one.exercise for one in self.repetitions if one.start_ms + one.length_ms > elapsed_ms}
        return frozenset(self.counted().keys() - going_on)

    def lasts_ms(self, exercise: str) -> int:
        """How long its repetitions of an exercise last together."""
        return sum(one.length_ms for one in self.repetitions if one.exercise == exercise)

    def counted(self) -> dict[str, int]:
        """How many repetitions of which exercise."""
        found: dict[str, int] = {}
        for repetition in self.repetitions:
            found[repetition.exercise] = found.get(repetition.exercise, 0) + 1
        return found


@dataclass(slots=True)
class Played:
    """What was played to one person on all of their devices."""

    content: Content
    locale: str
    _only_in: Mapping[str, FormId] = field(init=False)
    """Texts that stand in one form of one exercise and nowhere else."""
    _begins: Mapping[str, str] = field(init=False)
    """Text with which a repetition begins → its exercise."""
    _phases: Mapping[str, str] = field(init=False)
    _playing: dict[int, Spoken] = field(default_factory=dict)
    _heard: list[Spoken] = field(default_factory=list)
    """Pages, each as far as it was heard."""
    _sent: list[Spoken] = field(default_factory=list)
    _ended: dict[int, frozenset[str]] = field(default_factory=dict)
    """What was heard to its end of the last page on a device."""
    _done: dict[FormId, int] = field(default_factory=dict)
    """When something of a form was heard last, or its page answered by typing."""

    def __post_init__(self) -> None:
        words = self.content.language(self.locale)
        elsewhere = {text for move in words.moves.values() for text in move.values()}
        elsewhere |= {text for variants in words.phrases.values() for text in variants}
        stands: dict[str, set[FormId]] = {}
        begins: dict[str, str] = {}
        phases: dict[str, str] = {}
        for name, exercise in self.content.numbers.exercises.items():
            for easier, form in ((False, exercise), (True, exercise.easier)):
                if form is None:
                    continue
                cues = words.exercises[name].easier if easier else words.exercises[name].cues
                said_at_stop = {step.cue for step in form.stop}
                for cue, text in cues.items():
                    if cue not in said_at_stop and text not in elsewhere:
                        stands.setdefault(text, set()).add((name, easier))
                    plain = cue.partition(".")[0]
                    for suffix in ("_first", "_last", "_loud"):
                        plain = plain.removesuffix(suffix)
                    if plain in {phase.cue for phase in form.phases}:
                        phases[text] = name
                        if plain == form.phases[0].cue:
                            begins[text] = name
        self._only_in = {text: next(iter(found)) for text, found in stands.items() if len(found) == 1}
        self._begins, self._phases = begins, phases

    def read(self, outcome: Outcome, now_ms: int) -> Spoken:
        """A response by its words and its clock."""
        clock: list[dict[str, Any]] = outcome.summary()["clock"]
        length_ms = sum(cue["length_ms"] for cue in clock)
        forms = frozenset(self._only_in[cue["text"]] for cue in clock if cue["text"] in self._only_in)
        guides = bool(forms) or any(cue["kind"] in GUIDANCE for cue in clock)
        return Spoken(
            texts=tuple(cue["text"] for cue in clock),
            guides=guides,
            forms=forms,
            repetitions=tuple(self._repetitions(clock)),
            sent_ms=now_ms,
            length_ms=length_ms,
        )

    def _repetitions(self, clock: list[dict[str, Any]]) -> Iterator[Repetition]:
        begun: dict[str, Any] | None = None
        length_ms = 0
        for cue in clock:
            is_phase = cue["kind"] in GUIDANCE and cue["text"] in self._phases
            if begun and (not is_phase or cue["text"] in self._begins):
                yield self._repetition(begun, length_ms)
                begun = None
            if is_phase and cue["text"] in self._begins:
                begun, length_ms = cue, 0
            length_ms += cue["length_ms"] if is_phase else 0
        if begun:
            yield self._repetition(begun, length_ms)

    def _repetition(self, cue: Mapping[str, Any], length_ms: int) -> Repetition:
        exercise = self._begins[cue["text"]]
        return Repetition(exercise=exercise, start_ms=cue["start_ms"], length_ms=length_ms)

    def begins(self, device: int, spoken: Spoken) -> None:
        """A page is being spoken on a device from now on."""
        self._playing[device] = spoken
        self._sent.append(spoken)

    def interrupted(self, device: int, now_ms: int) -> tuple[frozenset[str], list[str]]:
        """A request came on a device, which ends what it was speaking.

        Returns:
            The exercises of its last page that were heard to their end, and the limits that are broken.
        """
        broken: list[str] = []
        for other, spoken in list(self._playing.items()):
            elapsed_ms = now_ms - spoken.sent_ms
            to_end = elapsed_ms >= spoken.guided_ms
            if other != device and not to_end:
                continue
            del self._playing[other]
            broken += self._hear(spoken, elapsed_ms)
            typed = elapsed_ms < TYPED_MS
            if typed or any(one.start_ms < elapsed_ms for one in spoken.repetitions):
                self._done |= dict.fromkeys(spoken.forms, spoken.sent_ms)
            if other == device:
                self._ended[device] = spoken.whole(math.inf if typed else elapsed_ms)
        return self._ended.get(device, frozenset()), broken

    def streams(self, spoken: Spoken) -> None:
        """A track is sent to a device."""
        self._sent.append(spoken)

    def listened(self, spoken: Spoken) -> list[str]:
        """So much of a track was heard; which limits that breaks."""
        if spoken.repetitions:
            self._done |= dict.fromkeys(spoken.forms, spoken.sent_ms)
        return self._hear(spoken, spoken.length_ms)

    def finish(self) -> list[str]:
        """Everything that is being spoken is heard to its end; which limits that breaks."""
        broken = [
            problem for spoken in self._playing.values() for problem in self._hear(spoken, spoken.length_ms)
        ]
        self._playing.clear()
        return broken

    def _hear(self, spoken: Spoken, elapsed_ms: int) -> list[str]:
        begun = tuple(found for found in spoken.repetitions if found.start_ms < elapsed_ms)
        if not begun:
            return []
        self._heard.append(replace(spoken, repetitions=begun))
        return list(self._over_limits(spoken.sent_ms))

    def _over_limits(self, until_ms: int) -> Iterator[str]:
        hour = [page for page in self._heard if 0 <= until_ms - page.sent_ms < HOUR_MS]
        counts: dict[str, int] = {}
        lengths: dict[str, list[int]] = {}
        for page in hour:
            for name, count in page.counted().items():
                counts[name] = counts.get(name, 0) + count
                lengths.setdefault(name, []).append(page.lasts_ms(name))
        rolled = lengths.get("back_rolling", [])
        if len(rolled) > SETS or any(length_ms > SET_MS for length_ms in rolled):
            yield f"rolled {rolled} ms within an hour"
        if counts.get("pelvic_lift", 0) > LIFTS:
            yield f"{counts['pelvic_lift']} lifts within an hour"
        if sum(lengths.get("knee_rocking", ())) > ROCKING_MS:
            yield f"rocked {sum(lengths['knee_rocking'])} ms within an hour"
        for name, count in counts.items():
            most = self.content.numbers.exercises[name].session_limit
            if count > most and name != "knee_rocking":
                yield f"{count} of {name} within an hour; the most is {most}"

    def ever(self) -> frozenset[str]:
        """The exercises that have been done at all."""
        return frozenset(name for name, _ in self._done)

    def cleared_by_habit(self, now_ms: int) -> set[FormId]:
        """What the short round may clear: what was done lately, its easier form, and what warms up for it."""
        done = {form for form, at_ms in self._done.items() if now_ms - at_ms < LATELY_MS}
        warm = {part.exercise for name, _ in done for part in self.content.numbers.exercises[name].warm_up}
        whole = {name for name, easier in done if not easier} | warm
        return done | {(name, easier) for name in whole for easier in (False, True)}

    def grows_too_fast(self, spoken: Spoken, known: Collection[str], *, added: bool) -> Iterator[str]:
        """Where the first page of something new holds more than the starting dose, or another too much more.

        What is `added` after "go on" is one step above the last page; where the dose is a time, a page that
        lasts no longer holds no more.
        """
        hour = [page for page in self._sent if 0 <= spoken.sent_ms - page.sent_ms < HOUR_MS]
        for name, count in spoken.counted().items():
            exercise = self.content.numbers.exercises[name]
            form = exercise.easier if (name, True) in spoken.forms and exercise.easier else exercise
            sides = max(1, len(form.sides))
            before = max((page.counted().get(name, 0) for page in hour), default=0)
            most = max(form.dose.start * sides, before + form.dose.step * sides)
            if before and not added:
                most = form.dose.page * sides
            longest_ms = max((page.lasts_ms(name) for page in hour), default=0) + form.repetition_ms
            same_time = exercise.is_limited_by_time and spoken.lasts_ms(name) <= longest_ms
            if name not in known and count > most and not same_time:
                yield f"{count} of {name} where {most} are the most"
