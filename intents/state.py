"""What is kept between turns: of a person, and of a conversation while it is open. No answers about health.

Both are stored as JSON; what cannot be read back counts as nothing kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from audio.content import Surface
from audio.page import NORMAL_PACE, Counting, Page
from audio.timeline import Mark
from intents.content import Content
from intents.reminders import Schedule
from intents.safety import Clearance, Left
from intents.shapes import Language
from intents.sound import Stream

BEGINNING = Mark(0, 0)

Said = tuple[tuple[str, int, Literal["say", "move"]], ...]
"""Texts, each with the pause after it, and what it is for."""

RETURNING_MS = 28 * 24 * 60 * 60 * 1000
"""So long after an exercise was finished its person is asked the short round of questions (design 5)."""

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
    version: str
    """Of the content; a resume under another version starts the exercise again."""
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
    counting: Counting = "first"
    """Which repetitions are counted aloud."""
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
    said: Said = ()
    """What was said before the open question, for "repeat". Never what answers a report."""
    last: tuple[str, str] | None = None
    """Intent and main slot of the answer told last, while the question behind it is open: for "more"."""
    told: int = 0
    """How many of its parts have been said."""
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


def easier_key(exercise: str) -> str:
    """The entry of an exercise's easier form among what was finished."""
    return f"{exercise}:easier"


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
