"""The shapes of the conversation's content: words of a language, and the safety questions."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from audio.content import Data, Many

# A text that says something.
Text = Annotated[str, Field(pattern=r"\S")]

Level = Literal["emergency", "urgent", "soon", "none"]


def _variants(value: object) -> object:
    return [value] if isinstance(value, str) else value


# A phrase is one text, or variants of one meaning.
Phrase = Annotated[Many[Text], BeforeValidator(_variants), Field(min_length=1)]


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
    describe: Text
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


class QuestionWords(Data):
    """A question that can be open."""

    ask: Text
    rephrase: Text | None = None
    reprompt: Text | None = None
    marker: Text | None = None


class Country(Data):
    """Whom to call: spoken number, the same in digits for cards, and the line for advice today."""

    number: Text
    digits: Text
    urgent: Text
    members: Many[str] = ()
    """Countries that share this row, by their two letters."""


class AdviceWords(Data):
    """What is said for an outcome: `because` for emergencies, `say` for all others."""

    because: Text | None = None
    also: Text | None = None
    """One more sentence of an emergency, before the number is said again."""
    say: Text | None = None


class Tip(Data):
    """One answer about everyday life."""

    title: Text
    say: Text


class Language(Data):
    """All words of one language."""

    invocation: Text
    """The name by which the skill is opened."""
    locales: Many[str]
    exercises: Mapping[str, ExerciseWords]
    moves: Mapping[str, Mapping[str, Text]]
    phrases: Mapping[str, Phrase]
    questions: Mapping[str, QuestionWords]
    advice: Mapping[str, AdviceWords]
    tips: Mapping[str, Tip]
    countries: Mapping[str, Country]
    intents: Mapping[str, "Samples"]
    types: Mapping[str, Mapping[str, Many[Text]]]
    cannot: Many[str] = ()
    """Ways to say no more than "I can't", which mean being stranded only where rising was asked for."""


class Samples(Data):
    """An intent's slots (name → type) and sample utterances."""

    slots: Mapping[str, str] = {}
    samples: Many[str] = ()


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


class SafetyQuestion(Data):
    """What an answer leads to: `yes` names an outcome, `items` are asked one by one before `otherwise`."""

    answer: Literal["yes_no", "number"] = "yes_no"
    yes: str | None = None
    items: Many[str] = ()
    otherwise: str | None = None
    sources: Annotated[Many[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        one, other = bool(self.yes), bool(self.items or self.otherwise)
        whole = one != other and bool(self.items) == bool(self.otherwise)
        if self.answer == "yes_no" and not whole:
            raise ValueError("must have either yes, or items and otherwise")
        return self


class Advice(Data):
    """What an outcome does to the session."""

    level: Level
    closes: bool | None = None
    still: bool = False
    only_this: bool = False

    @property
    def closes_guidance(self) -> bool:
        """Whether guided exercise ends for this session."""
        return self.level != "none" if self.closes is None else self.closes


class Screening(Data):
    """The safety questions as structure."""

    pain: PainRule
    rounds: Mapping[str, Annotated[Many[str], Field(min_length=1)]]
    questions: Mapping[str, SafetyQuestion]
    advice: Mapping[str, Advice]

    def parent_of(self, question: str) -> str | None:
        """The question under which this one stands as an item."""
        return next((name for name, rule in self.questions.items() if question in rule.items), None)
