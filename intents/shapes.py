"""The shapes of the conversation's content: words of a language, and the safety questions."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from audio.content import Data, Many
from intents.patterns import SymptomWords

# A text that says something.
Text = Annotated[str, Field(pattern=r"\S")]

Level = Literal["emergency", "urgent", "soon", "none"]


def _lines(value: object) -> object:
    return value.split("\n")[:-1] if isinstance(value, str) else value


def _variants(value: object) -> object:
    return [value] if isinstance(value, str) else value


# A phrase is one text, or variants of one meaning.
Phrase = Annotated[Many[Text], BeforeValidator(_variants), Field(min_length=1)]
# Utterances, one a line.
Lines = Annotated[Many[Text], BeforeValidator(_lines), Field(min_length=1)]
# A longer text in parts: the first stands by itself, the others follow when more is wanted.
Parts = Annotated[Many[Text], BeforeValidator(_variants), Field(min_length=1)]


class SentenceWords(Data):
    """How a sentence of its own begins."""

    joined: Many[Text]
    """Subject and verb in one word."""
    subjects: Many[Text]
    verbs: Many[Text]

    def begins(self, text: str) -> bool:
        """Whether a text begins like a sentence: its verb stands at most three words behind its subject."""
        first, *rest = re.findall(r"[\w']+", text.lower())[:5] or [""]
        return first in self.joined or (first in self.subjects and not set(rest).isdisjoint(self.verbs))


class TrackWords(Data):
    """What a file of an exercise says of itself: title and for whom it is not."""

    one: Text
    many: Text
    """With `{count}`, and `{side}` where the exercise has sides."""
    not_for: Text
    right: Text | None = None
    left: Text | None = None


class ExerciseWords(Data):
    """The words of one exercise."""

    name: Text
    describe: Parts
    start_dose: Text
    limit: Text
    more: Text
    differs: Text | None = None
    """How it differs from another exercise by whose name it is asked for; said before it starts."""
    differs_from: Many[str] = ()
    """The names of that other exercise."""
    track: TrackWords | None = None
    """For the exercises that may be a file."""
    cues: Mapping[str, Text]
    easier: Mapping[str, Text] = {}
    """The cues of its easier form."""


class QuestionWords(Data):
    """A question that can be open."""

    ask: Text
    rephrase: Text | None = None
    reprompt: Text | None = None
    yes_words: Many[str] = ()
    """What somebody says instead of yes: words of the question that are true of them."""
    why: Text | None = None
    """The answer to "why do you ask?"; one of a group serves the questions under it, too."""


class Country(Data):
    """Whom to call: spoken number, the same in digits for cards, and the line for advice today."""

    number: Text
    digits: Text
    urgent: Text
    zone: ZoneInfo
    """Where it is one and the same day for most of its people: for "yesterday"."""
    members: Many[str] = ()
    """Countries that share this row, by their two letters."""


class NeverSay(Data):
    """Words that must never be said, with an example that is caught and one that is let through."""

    pattern: Text
    """A regular expression for whole words, in any case."""
    only_in: Many[Text] = ()
    """Phrases inside which they may stand, because there they are denied."""
    says: Text
    may_say: Text


class AdviceWords(Data):
    """What is said for an outcome: `because` for emergencies, `say` for all others."""

    because: Text | None = None
    also: Text | None = None
    """One more sentence of an emergency, before the number is said again."""
    say: Text | None = None
    meant: Text | None = None
    """How it is asked back about: "Do you mean {meant}?" For symptoms that alarm."""


class Answer(Data):
    """What is said about a topic of everyday life, or a subject that people ask about."""

    title: Text
    say: Parts


class StoreWords(Data):
    """What stands in Alexa's skill store; `{invocation}` is filled in."""

    name: Text
    summary: Text
    description: Text
    disclaimer: Text
    """Ends the description."""
    examples: Annotated[Many[Text], Field(min_length=1)]
    keywords: Many[Text] = ()
    testing: Text
    """How a reviewer tries the skill."""


class Section(Data):
    """A part of a page."""

    heading: Text
    texts: Annotated[Many[Text], Field(min_length=1)]
    """One a paragraph; `{disclaimer}` is the store's."""


class Page(Data):
    """A page to read."""

    title: Text
    sections: Annotated[Many[Section], Field(min_length=1)]


class Language(Data):
    """All words of one language."""

    invocation: Text
    """The name by which the skill is opened."""
    wake: Text
    """What is said to a device before anything else, where there is one."""
    locales: Many[str]
    exercises: Mapping[str, ExerciseWords]
    moves: Mapping[str, Mapping[str, Text]]
    phrases: Mapping[str, Phrase]
    brief: Mapping[str, Text]
    """What is said in place of a phrase to somebody who likes it short."""
    questions: Mapping[str, QuestionWords]
    advice: Mapping[str, AdviceWords]
    never_say: Mapping[str, NeverSay]
    tips: Mapping[str, Answer]
    subjects: Mapping[str, Answer]
    countries: Mapping[str, Country]
    intents: Mapping[str, "Samples"]
    """With what is said in all its regions."""
    types: Mapping[str, Mapping[str, Many[Text]]]
    """Likewise."""
    asides_before: Many[Text] = ()
    asides_after: Many[Text] = ()
    """What people say around what they want."""
    heard: Mapping[str, Mapping[str, Lines]] = {}
    """How people say things beyond the samples: by intent and value of its main slot; Alexa never sees it."""
    guesses: Mapping[str, Mapping[str, Text]] = {}
    """By intent and value of its main slot ("any", "each"): how we ask whether it was meant."""
    replies: Mapping[str, Mapping[str, Mapping[str, Lines]]] = {}
    """By question, or kind of safety question: what has a meaning only in answer to it; then as `heard`."""
    regions: Many["Region"] = ()
    other_places: Many[str] = ()
    """Words for parts of the body that are not our business."""
    symptoms: SymptomWords
    store: StoreWords
    pages: Mapping[str, Page]
    sentence: SentenceWords
    cannot: Many[str] = ()
    """Ways to say no more than "I can't", which mean being stranded only where rising was asked for."""


class Elicitation(Data):
    """How a slot that was left out is asked for, and what people then say."""

    ask: Annotated[Many[Text], Field(min_length=1)]
    samples: Annotated[Many[Text], Field(min_length=1)]


class Samples(Data):
    """An intent's slots (name → type) and sample utterances."""

    slots: Mapping[str, str] = {}
    samples: Many[str] = ()
    elicit: Mapping[str, Elicitation] = {}
    """By slot: what Alexa may be told to ask for."""


class Region(Data):
    """What is said in some regions besides: samples by intent, and phrases by type and id."""

    locales: Annotated[Many[Text], Field(min_length=1)]
    samples: Mapping[str, Many[Text]] = {}
    types: Mapping[str, Mapping[str, Many[Text]]] = {}


class PainRule(Data):
    """Where the pain number steers (clinical D1)."""

    rest_from: Annotated[int, Field(ge=1, le=10)]
    small_from: Annotated[int, Field(ge=1, le=10)]
    small: Many[str]
    rise_stops: Annotated[int, Field(ge=1, le=10)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.small_from >= self.rest_from:
            raise ValueError("small_from must be below rest_from")
        return self


class Step(Data):
    """Where an answer to a safety question leads: what it finds, and what is asked next."""

    finding: str | None = None
    """An id of the advice; it is said at once."""
    ask: str | None = None
    """The next question of the same group."""
    round: str | None = None
    """A longer round that begins instead of the rest of this one."""
    settles: bool = False
    """Whether what is to be seen within days was seen, and is unchanged (clinical B2)."""


class SafetyQuestion(Data):
    """A safety question, and where its answers lead. A "no" that says nothing else goes on with the round."""

    answer: Literal["yes_no", "number"] = "yes_no"
    yes: Step = Step()
    no: Step = Step()
    otherwise: str | None = None
    """What a yes to a group finds when then none of its items fits."""
    skippable: bool = False
    only_after: Level | None = None
    """Asked only where this is the level found so far."""
    sources: Annotated[Many[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.answer == "yes_no" and self.yes == Step():
            raise ValueError("a yes must lead somewhere: finding, ask, round, or settles")
        return self


class Round(Data):
    """Questions that belong together, and what they clear."""

    questions: Annotated[Many[str], Field(min_length=1)]
    clears: Literal["all", "finished", "gate"]
    opens: str
    """The phrase before its first question."""
    marks: Mapping[str, str] = {}
    """Phrases before other questions."""
    thorough: bool = False
    """Whether it goes on after a finding as long as something worse can be found, and sums up at its end."""


Form = Literal["no", "easier", "full"]
"""What is left of an exercise."""


class Condition(Data):
    """A row of exercise by condition (clinical B3); an exercise that is not named stays as it is."""

    leaves: Mapping[str, Literal["no", "easier"]]
    sources: Annotated[Many[str], Field(min_length=1)]


class Combined(Data):
    """Findings that weigh more together (clinical B2)."""

    soon_is_urgent_from: Annotated[int, Field(ge=2)]
    emergency: Many[Many[str]]
    urgent: Many[Many[str]]


class Advice(Data):
    """What an outcome does to the session."""

    level: Level
    closes: bool | None = None
    still: bool = False
    condition: str | None = None
    """The row of the conditions that it puts into force."""

    @property
    def closes_guidance(self) -> bool:
        """Whether guided exercise ends for this session."""
        return self.level != "none" if self.closes is None else self.closes


class Screening(Data):
    """The safety questions as structure."""

    pain: PainRule
    offer: Many[str]
    """The exercises in the order in which we name them when somebody may choose."""
    combined: Combined
    rounds: Mapping[str, Round]
    questions: Mapping[str, SafetyQuestion]
    conditions: Mapping[str, Condition]
    advice: Mapping[str, Advice]

    def group_of(self, question: str, round_name: str) -> str:
        """The question of the round under which this one is asked."""
        return next(
            (asked for asked in self.rounds[round_name].questions if question in self.under(asked)), question
        )

    def under(self, question: str) -> set[str]:
        """A question and everything that can be asked because of its answer."""
        found: set[str] = set()
        open_ends = [question]
        while open_ends:
            name = open_ends.pop()
            if name not in found:
                found.add(name)
                rule = self.questions[name]
                open_ends += [step.ask for step in (rule.yes, rule.no) if step.ask]
        return found

    def worst(self, question: str) -> Level:
        """The highest level that this question, or one under it, can find."""
        rules = [self.questions[name] for name in self.under(question)]
        findings = [
            finding
            for rule in rules
            for finding in (rule.yes.finding, rule.no.finding, rule.otherwise)
            if finding
        ]
        return max((self.advice[finding].level for finding in findings), key=rank, default="none")


LEVELS: Final[tuple[Level, ...]] = ("none", "soon", "urgent", "emergency")


def rank(level: Level) -> int:
    """How serious a level is; more is worse."""
    return LEVELS.index(level)


MEANT = "meant_"
"""What the id of the question begins with that asks back about a symptom: `meant_fever`."""
