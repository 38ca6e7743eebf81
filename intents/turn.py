"""One turn of the conversation: what came in and what goes out; what is kept between turns is in state.py.

A handler is a function from `Turn` to `Reply`, both plain values; the SDK is known in intents/alexa only.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from audio.content import Side
from audio.page import Holds, Page
from audio.timeline import Kind, Line
from intents.content import Content
from intents.grammar import Heard, Slot
from intents.reminders import Reminders
from intents.safety import Left
from intents.shapes import Country, Language, Level
from intents.sound import Directive, Files, Play, Player
from intents.state import Dialogue, Person, Place

MAX_CHOICES = 3

HOLDS: Final[Mapping[str, Holds]] = {name: name for name in get_args(Holds)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Title and text for screens and the companion app."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered. `question` None closes the session: then nothing is asked and nothing reprompted."""

    lines: tuple[Line, ...]
    dialogue: Dialogue
    person: Person
    question: str | None = None
    reprompt: str | None = None
    triage: Level | None = None
    card: Card | None = None
    asks_permission: Literal["voice", "card"] | None = None
    """How the permission to set reminders is asked for: by Alexa itself after this reply, or in the app."""
    token: str = ""
    """What comes back with the answer to Alexa's question."""
    audio: Directive | None = None
    """What the device's player is told."""

    def __post_init__(self) -> None:
        if (self.question is None) != (self.reprompt is None):
            raise ValueError("a question needs a reprompt, and only a question has one")
        if not all(isinstance(line, Line) for line in self.lines):
            raise TypeError("a reply is made of lines: words that were only measured cannot be answered")
        if self.question is None and any(line.kind == "ask" for line in self.lines):
            raise ValueError("a reply that closes the session asks nothing")
        if self.asks_permission == "voice" and self.question is not None:
            raise ValueError("while Alexa asks, our session is closed")
        if isinstance(self.audio, Play) and self.question is not None:
            raise ValueError("while something plays, our session is closed")

    def with_permission_card(self) -> "Reply":
        """The same, with a card in the app that asks for the permission."""
        return replace(self, asks_permission="card")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What came of Alexa's question for a permission."""

    outcome: Literal["accepted", "denied", "unanswered"]
    """Unanswered also where the question could not be put."""
    token: str
    """As it was sent with the request."""
    has_card: bool
    """Whether Alexa has put a card into the app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request as handlers see it, with everything they may use; they keep nothing themselves."""

    name: str
    """Intent name, or the request type where it is not an intent."""
    slots: Mapping[str, Slot] = field(default_factory=dict)
    is_new: bool = False
    """Whether this is the first request of the session (a one-shot, if it is an intent)."""
    session_id: str
    now_ms: int
    content: Content
    language: Language
    locale: str
    country: Country
    country_is_guess: bool
    """Whether the number follows from the locale, so that people elsewhere need a word more."""
    woken: bool = True
    """Whether the person speaks to a device that has to be woken by its name first."""
    start_delay_ms: int = 0
    """How long after our answer the device begins to speak it."""
    dialogue: Dialogue
    person: Person
    mid_page: bool = False
    """Whether a page of guidance was interrupted and the rest of it is still to come."""
    elsewhere: bool = False
    """Whether the exercise went on in another session since this one was answered."""
    reminders: Reminders | None = field(default=None, repr=False)
    """Those of the person who speaks; None where there can be none, as in text channels."""
    guess: Heard | None = None
    """Of a text that was not understood: what it may have meant."""
    permission: Permission | None = None
    """What came of Alexa's question, in the request that tells it."""
    files: Files | None = field(default=None, repr=False)
    """What can be played straight through here; None without a player, or without a public address."""
    player: Player | None = None
    """The device's player; None where it has none, or has not told."""

    def version_of(self, pages: tuple[Page, ...]) -> Mapping[str, str]:
        """The version of each exercise of some pages."""
        versions = self.content.versions(self.locale)
        names = {block.exercise for page in pages for block in page}
        return {name: version for name, version in versions.items() if name in names}

    def changed_since(self, place: Place) -> set[str]:
        """The exercises of a place's pages that were others when they were planned."""
        now = self.version_of(place.pages)
        return {name for name, version in now.items() if place.versions.get(name) != version}

    @property
    def guiding(self) -> bool:
        """Whether the last thing we said was a page of guidance, or a stream plays, or did just now."""
        return self.dialogue.question == "page_check" or (self.is_new and self.dialogue.streamed)

    @property
    def streaming(self) -> bool:
        """Whether this interrupts a stream: what we answer first, in a session of its own."""
        return self.is_new and self.player is not None and self.player.sounding

    @property
    def waits_for(self) -> str | None:
        """What has to be answered before anything is guided: a question asked back, or pain unsorted."""
        clearance = self.dialogue.clearance
        return self.dialogue.asked_back or ("ladder_leg" if clearance and clearance.suspended else None)

    @property
    def closed(self) -> bool:
        """Whether guidance is closed for the rest of the session."""
        return self.dialogue.closed is not None or self.dialogue.left.closes

    @property
    def urgent(self) -> bool:
        """Whether it is closed for something to be seen today."""
        found = self.dialogue.left.closes and self.dialogue.left.level == "urgent"
        return self.dialogue.closed == "urgent" or found

    def is_warm_for(self, exercise: str) -> bool:
        """Whether everything that must come before an exercise was done and made nothing worse."""
        parts = {part.exercise for part in self.content.numbers.exercises[exercise].warm_up}
        return parts <= set(self.dialogue.warmed)

    def value(self, slot: str) -> str | None:
        """A slot's resolved id or value, if it is filled with something known."""
        return self.slots[slot].value if slot in self.slots else None

    def fill(self, text: str, **fills: object) -> str:
        """A text of content with its braces filled; the country's numbers and the wake word always are."""
        country = self.country
        return text.format(
            number=country.number,
            digits=country.digits,
            urgent=country.urgent,
            wake=self.language.wake if self.woken else "",
            choices=self._choices(MAX_CHOICES) if "{choices}" in text else "",
            few=self._choices(MAX_CHOICES - 1) if "{few}" in text else "",
            **fills,
        )

    def _choices(self, most: int) -> str:
        """The exercises to choose from, so many at most: those that are left."""
        clearance = self.dialogue.clearance
        open_ = [
            name
            for name in self.content.screening.offer
            if self.dialogue.left.limits.get(name) != "no"
            and (clearance is None or clearance.form(name) != "no")
        ]
        names = [self.language.exercises[name].name for name in open_[:most]]
        if len(names) < 2:  # noqa: PLR2004 - one is no list
            return "".join(names)
        return self.phrase("or", first=", ".join(names[:-1]), last=names[-1])

    def cues(self, exercise: str, easier: bool = False) -> Mapping[str, str]:  # noqa: FBT001, FBT002 - audio.page calls it
        """The words of an exercise's cues, in its full or in its easier form."""
        words = self.language.exercises[exercise]
        return words.easier if easier else words.cues

    @property
    def duration_ms(self) -> int | None:
        """The duration that was named, from what Alexa sends (ISO 8601); None for anything else."""
        value = self.value("duration")
        if value is None:
            return None
        try:
            asked = _DURATION.validate_python(value)
        except ValidationError:
            return None
        return max(0, round(asked.total_seconds() * 1000)) or None

    @property
    def holds(self) -> Holds:
        """What this person likes to hear in holds and repetitions."""
        return HOLDS.get(self.person.preferences.get("holds", ""), "count")

    @property
    def brief(self) -> bool:
        """Whether this person likes it short."""
        return self.person.preferences.get("length") == "brief"

    def day(self, at_ms: int) -> date:
        """The day of a time, where this person probably is."""
        return local_day(at_ms, self.country)

    def phrase(self, key: str, **fills: object) -> str:
        """A phrase's text; one of its variants, the same for the same turn."""
        variants = self.language.phrases[key]
        if self.brief and key in self.language.brief:
            variants = (self.language.brief[key],)
        chosen = zlib.crc32(f"{self.session_id}{self.now_ms}{key}".encode()) % len(variants)
        return self.fill(variants[chosen], **fills)

    def say(self, key: str, *, pause_ms: int = 0, kind: Kind = "say", **fills: object) -> Line:
        """A phrase as a line."""
        return Line(text=self.phrase(key, **fills), pause_ms=pause_ms, kind=kind)

    def number(self, number: int) -> str:
        """A small number as a word, so that it is read as one; a larger one in figures."""
        words = self.language.phrases["numbers"]
        return words[number] if 0 <= number < len(words) else str(number)

    def move(self, name: str, side: Side | None = None) -> tuple[Line, ...]:
        """A move or pose as lines with its pauses."""
        words = self.language.moves[name]
        return tuple(
            Line(
                text=self.fill(words.get(f"{step.cue}.{side}") or words[step.cue]),
                pause_ms=step.pause_ms,
                kind=step.kind,
            )
            for step in self.content.numbers.moves[name].step
        )

    def with_dialogue(self, **changes: Any) -> "Turn":
        """The same turn with some of the dialogue changed."""
        return replace(self, dialogue=replace(self.dialogue, **changes))

    def with_left(self, left: Left) -> "Turn":
        """The same turn with less left of its session; the clearance follows."""
        clearance = self.dialogue.clearance
        return self.with_dialogue(left=left, clearance=clearance and clearance.under(left))

    def with_person(self, **changes: Any) -> "Turn":
        """The same turn with some of what is stored changed."""
        return replace(self, person=replace(self.person, **changes))

    def ask(self, question: str, *lines: Line, triage: Level | None = None, rephrase: bool = False) -> Reply:
        """Say the lines, then ask a question and keep the session open for its answer."""
        words = self.language.questions[question]
        text = words.rephrase if rephrase and words.rephrase else words.ask
        asked = Line(text=self.fill(text), kind="ask")
        dialogue = replace(self.dialogue, question=question, rephrased=rephrase)
        return Reply(
            lines=(*lines, asked),
            question=question,
            reprompt=self._reprompt(question),
            triage=triage,
            dialogue=dialogue,
            person=self.person,
        )

    def ask_again(self, *lines: Line, triage: Level | None = None) -> Reply:
        """Say the lines, then ask the open question once more, in the words in which it was asked."""
        open_question = self.dialogue.question or "launch"
        return self.ask(open_question, *lines, triage=triage, rephrase=self.dialogue.rephrased)

    def close(self, *lines: Line, triage: Level | None = None, card: Card | None = None) -> Reply:
        """Say the lines and close the session."""
        dialogue = replace(self.dialogue, question=None)
        return Reply(lines=lines, dialogue=dialogue, person=self.person, triage=triage, card=card)

    def ask_permission(self, *lines: Line, token: str) -> Reply:
        """Say the lines, then let Alexa ask for the permission to set reminders, which closes our session."""
        return replace(self.close(*lines), asks_permission="voice", token=token)

    def _reprompt(self, question: str) -> str:
        words = self.language.questions[question]
        if words.reprompt:
            text = self.fill(words.reprompt)
        else:
            is_number = self.content.screening.questions[question].answer == "number"
            key = "number_reprompt" if is_number else "screening_reprompt"
            text = self.phrase(key, ask=words.ask)
        way_up = self.language.phrases["help_more"][0]
        return f"{text} {way_up}" if self.dialogue.lying and "help me up" not in text else text


def local_day(at_ms: int, country: Country) -> date:
    """The day of a time in a country."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(country.zone).date()


Handler = Callable[[Turn], Reply]

_DURATION = TypeAdapter(timedelta)
