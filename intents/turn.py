"""One turn of the conversation: what came in, what goes out, and what is kept between turns.

A handler is a function from `Turn` to `Reply`, both plain values; the SDK is known in intents/alexa only.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Final, Literal, get_args

from pydantic import ConfigDict, TypeAdapter, ValidationError

from audio.content import Side, Surface
from audio.page import NORMAL_PACE, Holds, Page
from audio.timeline import Kind, Line, Mark
from intents.content import Content
from intents.grammar import Heard, Slot
from intents.reminders import Reminders, Schedule
from intents.safety import Clearance, Left
from intents.shapes import Country, Language, Level
from intents.sound import Directive, Files, Play, Player, Stream

BEGINNING = Mark(0, 0)

RETURNING_MS = 28 * 24 * 60 * 60 * 1000
"""So long after an exercise was finished its person is asked the short round of questions (design 5)."""

MAX_CHOICES = 3

HOLDS: Final[Mapping[str, Holds]] = {name: name for name in get_args(Holds)}

LEDGER_MS = 60 * 60 * 1000
"""Doses count against the same sum for this long (design, invariant 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for, kept while questions come first."""

    exercise: str
    repetitions: int | None = None
    duration_ms: int | None = None
    resumes: bool = False
    """Whether it is the saved place that should go on."""
    routine: bool = False
    """Whether it is the whole routine; `exercise` then only stands for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody is in an exercise: enough to go on, even on another day. Nothing about health."""

    exercise: str
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of its exercises; a resume of one under another version starts it again."""
    pages: tuple[Page, ...]
    page: int
    start: Mark = BEGINNING
    """The checkpoint from which the page was spoken."""
    sent_at_ms: int | None = None
    """When the response with the page was made; None while it is not being spoken."""
    opening_ms: int = 0
    """How long that response talks before the page's first guided cue."""
    session: str = ""
    """The session in which it was spoken last: another one does not go on from it unasked."""
    unclocked: bool = False
    """Whether the answer came sooner than anybody could have listened: typed or scripted."""
    pace_percent: int = NORMAL_PACE
    """How slowly its pages are spoken; more is slower."""
    holds: Holds = "count"
    """What is heard in its holds and repetitions."""
    variety: int = 0
    """Which of the words that mean the same its first page has; the next page has the next."""
    routine: bool = False
    """Whether the pages are those of the routine: then `exercise` is the one of the page."""
    whole: bool = True
    """Whether nothing of it was skipped, made easier, or cut: only then it counts as finished."""
    legs_up: bool = False
    """Whether the page was cut short, so that the feet have to come down before anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """So many repetitions, begun at that time: an entry of the ledger for dose limits.

    Where the limit is a time, they are those of the normal pace.
    """

    exercise: str
    repetitions: int
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far somebody is with an exercise: steps above its starting dose, and how the last sessions went."""

    level: int = 0
    whole: int = 0
    """Sessions in a row in which the planned dose was done."""
    missed: int = 0
    """Sessions in a row in which it was not."""
    open: bool = False
    """Whether the last session has begun and was not done to its end (yet)."""
    at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What somebody did of one exercise, in one form, without an hour between: for "how am I doing"."""

    exercise: str
    easier: bool = False
    repetitions: int
    duration_ms: int
    at_ms: int
    """When it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is stored of somebody: preferences, what was exercised, where to resume. Never health answers."""

    version: int = 0
    """Of the stored row, for detecting that another device wrote meanwhile."""
    met: bool = False
    finished: Mapping[str, int] = field(default_factory=dict)
    """Exercise → when it was last finished (ms); its easier form has an entry of its own (`easier_key`)."""
    ledger: tuple[Done, ...] = ()
    pace_percent: int = NORMAL_PACE
    """How slowly exercises are guided, learned from how often "slower" or "more time" is said."""
    progress: Mapping[str, Progress] = field(default_factory=dict)
    place: Place | None = None
    seen_ms: int | None = None
    """When they last opened us."""
    history: tuple[Sitting, ...] = ()
    """What they did, the oldest first; no more than `intents.history.MOST`."""
    preferences: Mapping[str, str] = field(default_factory=dict)
    """Kind of preference → what they chose (`intents.handlers.memory.MODES`)."""
    stream: Stream | None = None
    """What plays straight through, or did last; a page takes its place, and the other way round."""
    knows_no_stream: bool = False
    """Whether they were told that nothing can be played straight through where they are."""
    listener: str | None = None
    """In the household's row: the person who plays, because a player's requests do not say who that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What we asked about with "did you mean ...?". Never about health."""

    intent: str
    slots: Mapping[str, str] = field(default_factory=dict)
    """Filled slots: ids and values."""
    before: str | None = None
    """The question that was open when we asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """What is kept while the session is open, in Alexa's session attributes. Never answers about health.

    Whether guidance is closed, and whether that was for a reason to be seen today, is part of the
    clearance's state; the first pain number is kept because the traffic light needs it (design, invariant 8).
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(arbitrary_types_allowed=True)  # Clearance

    question: str | None = None
    round: str | None = None
    """The round of safety questions that is going on."""
    rephrased: bool = False
    left: Left = field(default_factory=Left)
    """What the answers so far leave of this session."""
    asked_back: str | None = None
    """The question that asks back about a symptom, until it is answered: guidance waits for it."""
    before: str | None = None
    """The question that was open when we asked back."""
    clearance: Clearance | None = None
    closed: Literal["urgent", "other"] | None = None
    pain: int | None = None
    wish: Wish | None = None
    surface: Surface | None = None
    lying: bool = False
    """Whether the person has lain down for us, so that every closing response names the way up."""
    pose: str | None = None
    """The resting pose that was offered last."""
    offered: bool = False
    """Whether a step up or back was offered before the wish, and answered."""
    briefed: bool = False
    """Whether the stop rule has been said."""
    rested: bool = False
    """Whether more quiet was asked for in the pose that is held."""
    warmed: tuple[str, ...] = ()
    """What of a warm-up was heard to its end, and made nothing worse."""
    page_ms: int | None = None
    """When the last page of this session was sent: a request from before that comes late."""
    misses: int = 0
    last: tuple[str, str | None] | None = None
    """Intent and main slot of what was said last, while the question behind it is open: for "repeat"."""
    told: int = 0
    """How many of its parts have been said, where it comes in parts."""
    guess: Guess | None = None
    """What we asked about because we were not sure to have understood."""
    aside: str | None = None
    """The question that was open when we asked whether to forget something."""
    forgets: tuple[date, date] | None = None
    """The first and last day of what is to be forgotten, once that is confirmed."""
    schedule: Schedule | None = None
    """When to remind, once that is agreed to."""
    reminder_ids: tuple[str, ...] = ()
    """The reminders to delete, once that is confirmed."""
    streamed: bool = False
    """Whether this session interrupted a stream, so that pain is pain while exercising."""
    by_parts: bool = False
    """Whether this session goes part by part, whatever is preferred: the last stream did not play."""


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
        """Whether the last thing we said was a page of guidance, or a stream plays."""
        return self.dialogue.question == "page_check" or self.streaming

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


def easier_key(exercise: str) -> str:
    """The entry of an exercise's easier form among what was finished."""
    return f"{exercise}:easier"


Handler = Callable[[Turn], Reply]

_DURATION = TypeAdapter(timedelta)
_PERSON = TypeAdapter(Person)
_DIALOGUE: TypeAdapter[Dialogue] = TypeAdapter(Dialogue)


def person_to_json(person: Person) -> dict[str, Any]:
    """What is stored, as JSON values."""
    return dict(_PERSON.dump_python(person, mode="json"))


def person_from_json(data: object) -> Person:
    """What was stored; junk, or the shape of another release, counts as nobody yet (the version is kept)."""
    try:
        return _PERSON.validate_python(data)
    except ValidationError:
        version = data.get("version") if isinstance(data, dict) else None
        return Person(version=version if isinstance(version, int) else 0)


def dialogue_to_json(dialogue: Dialogue) -> dict[str, Any]:
    """The session attributes."""
    found = _DIALOGUE.dump_python(dialogue, mode="json", exclude={"clearance"}, exclude_defaults=True)
    return {**found, **({"clearance": dialogue.clearance.to_json()} if dialogue.clearance else {})}


def dialogue_from_json(data: object, session_id: str, content: Content, language: Language) -> Dialogue:
    """The session attributes as they came back; anything that is not ours counts as a new dialogue.

    That includes questions and exercises of another release.
    """
    if not isinstance(data, dict):
        return Dialogue()
    try:
        dialogue = _DIALOGUE.validate_python(
            {key: data[key] for key in data if key not in {"clearance", "who", "kept"}}
        )
    except ValidationError:
        return Dialogue()
    wish = dialogue.wish
    known = dialogue.question is None or dialogue.question in language.questions
    known &= dialogue.round is None or dialogue.round in content.screening.rounds
    guess = dialogue.guess
    known &= guess is None or (guess.intent in language.guesses and guess.before != "did_you_mean")
    noted = (dialogue.asked_back, dialogue.before, dialogue.aside, guess and guess.before)
    known &= all(question is None or question in language.questions for question in noted)
    known &= wish is None or wish.exercise in content.numbers.exercises
    if not known:
        return Dialogue()
    return replace(dialogue, clearance=Clearance.restore(data.get("clearance"), session_id))
