"""Everything that is said and decided, as data: read once at start, checked whole."""

import hashlib
import string
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from audio.content import Data, Exercise, Many, Numbers, Step, load_numbers, name_of, read_toml, validate
from audio.errors import ContentError
from audio.timeline import speech_ms
from intents.understand import IntentWords, Understanding

HERE = Path(__file__).parent
DEFAULT_LOCALE = "en-US"

Level = Literal["emergency", "urgent", "soon", "none"]
Item = TypeVar("Item")


def _variants(value: object) -> object:
    return [value] if isinstance(value, str) else value


# A phrase is one text, or variants of one meaning.
Phrase = Annotated[Many[str], BeforeValidator(_variants), Field(min_length=1)]


class ExerciseWords(Data):
    """The words of one exercise."""

    name: str
    describe: str
    start_dose: str
    limit: str
    more: str
    differs: str | None = None
    """How it differs from another exercise by whose name it is asked for; said before it starts."""
    differs_from: Many[str] = ()
    """The names of that other exercise."""
    cues: Mapping[str, str]


class QuestionWords(Data):
    """A question that can be open."""

    ask: str
    rephrase: str | None = None
    reprompt: str | None = None
    marker: str | None = None


class Country(Data):
    """Whom to call: spoken number, the same in digits for cards, and the line for advice today."""

    number: str
    digits: str
    urgent: str
    members: Many[str] = ()
    """Countries that share this row, by their two letters."""


class AdviceWords(Data):
    """What is said for an outcome: `because` for emergencies, `say` for all others."""

    because: str | None = None
    say: str | None = None


class Tip(Data):
    """One answer about everyday life."""

    title: str
    say: str


class Language(Data):
    """All words of one language."""

    invocation: str
    """The name by which the skill is opened."""
    locales: Many[str]
    exercises: Mapping[str, ExerciseWords]
    moves: Mapping[str, Mapping[str, str]]
    phrases: Mapping[str, Phrase]
    questions: Mapping[str, QuestionWords]
    advice: Mapping[str, AdviceWords]
    tips: Mapping[str, Tip]
    countries: Mapping[str, Country]
    intents: Mapping[str, "Samples"]
    types: Mapping[str, Mapping[str, Many[str]]]
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


class SafetyQuestion(Data):
    """What an answer leads to: `yes` names an outcome, `items` are asked one by one before `otherwise`."""

    answer: Literal["yes_no", "number"] = "yes_no"
    yes: str | None = None
    items: Many[str] = ()
    otherwise: str | None = None
    sources: Annotated[Many[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        whole = bool(self.yes) != bool(self.items and self.otherwise)
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


class Content:
    """All content of the skill, loaded and checked; shared by every request and never changed."""

    def __init__(self, numbers: Numbers, screening: Screening, languages: Mapping[str, Language]) -> None:
        self.numbers = numbers
        self.screening = screening
        self.languages = languages
        self._by_locale = {locale: words for words in languages.values() for locale in words.locales}
        self._understanding = {
            name: Understanding(
                {intent: IntentWords(found.slots, found.samples) for intent, found in words.intents.items()},
                words.types,
                [name for name, advice in screening.advice.items() if advice.level == "emergency"],
            )
            for name, words in languages.items()
        }
        self._versions = {
            name: _hash(numbers.exercises, words.exercises, words.moves) for name, words in languages.items()
        }

    def language(self, locale: str) -> Language:
        """The words for a locale; for one we do not serve, those of en-US."""
        return self._by_locale.get(locale) or self._by_locale[DEFAULT_LOCALE]

    def understanding(self, locale: str) -> Understanding:
        """What turns text into an intent, for a locale."""
        return self._understanding[self._name(locale)]

    def version(self, locale: str) -> str:
        """Changes whenever an exercise's numbers or words change: guards the saved place."""
        return self._versions[self._name(locale)]

    def _name(self, locale: str) -> str:
        language = self.language(locale)
        return next(name for name, words in self.languages.items() if words is language)


def load_content(folder: Path = HERE, numbers_folder: Path | None = None) -> Content:
    """Read all content.

    Raises:
        ContentError: With every problem of every file, one a line: file, key, what would be right.
    """
    problems: list[str] = []
    try:
        numbers = load_numbers(numbers_folder) if numbers_folder else load_numbers()
    except ContentError as error:
        problems.extend(error.problems)
        numbers = None
    path = folder / "screening.toml"
    data = read_toml(path, problems)
    screening = validate(TypeAdapter(Screening), data, name_of(path), problems) if data else None
    languages = {
        found.name: words
        for found in sorted((folder / "languages").iterdir())
        if found.is_dir() and (words := _load_language(found, problems))
    }
    if not any(DEFAULT_LOCALE in words.locales for words in languages.values()) and not problems:
        problems.append(f"languages/: no language.toml lists {DEFAULT_LOCALE!r} in locales")
    for name, words in languages.items():
        if numbers and screening:
            problems.extend(f"{name}/{problem}" for problem in _disagreements(words, numbers, screening))
    if screening:
        problems.extend(f"screening.toml: {problem}" for problem in _loose_ends(screening, numbers))
    if problems or numbers is None or screening is None:
        raise ContentError(problems)
    return Content(numbers, screening, languages)


def _load_language(folder: Path, problems: list[str]) -> Language | None:
    def part(name: str, shape: TypeAdapter[Item]) -> Item | None:
        path = folder / f"{name}.toml"
        before = len(problems)
        data = read_toml(path, problems)
        return validate(shape, data, name_of(path), problems) if len(problems) == before else None

    before = len(problems)
    head = part("language", TypeAdapter(dict[str, object]))
    parts = {
        "exercises": part("exercises", TypeAdapter(dict[str, ExerciseWords])),
        "moves": part("moves", TypeAdapter(dict[str, dict[str, str]])),
        "phrases": part("phrases", TypeAdapter(dict[str, Phrase])),
        "questions": part("questions", TypeAdapter(dict[str, QuestionWords])),
        "advice": part("advice", TypeAdapter(dict[str, AdviceWords])),
        "tips": part("tips", TypeAdapter(dict[str, Tip])),
        "countries": part("countries", TypeAdapter(dict[str, Country])),
        "intents": part("intents", TypeAdapter(dict[str, Samples])),
        "types": part("types", TypeAdapter(dict[str, dict[str, Many[str]]])),
    }
    if len(problems) > before or head is None:
        return None
    if "unknown" not in (parts["countries"] or {}):
        problems.append(f"{folder.name}/countries.toml: unknown: must be there, for people elsewhere")
        return None
    return validate(TypeAdapter(Language), {**head, **parts}, f"{folder.name}/language.toml", problems)


def _disagreements(words: Language, numbers: Numbers, screening: Screening) -> Iterator[str]:
    """Where words and numbers do not fit each other."""
    yield from _differences("exercises.toml", words.exercises, numbers.exercises, "audio/exercises/")
    yield from _differences("moves.toml", words.moves, numbers.moves, "audio/moves/")
    yield from _differences("advice.toml", words.advice, screening.advice, "screening.toml")
    for name in sorted(screening.questions.keys() - words.questions.keys()):
        yield f"questions.toml: {name}: missing; screening.toml asks it"
    for name, exercise in numbers.exercises.items():
        if name in words.exercises:
            where = f"exercises.toml: {name}.cues"
            yield from _cue_problems(where, words.exercises[name].cues, exercise)
    for name, move in numbers.moves.items():
        if name in words.moves:
            yield from _step_problems(f"moves.toml: {name}", words.moves[name], move.step)
    for name, advice in screening.advice.items():
        wanted = "because" if advice.level == "emergency" else "say"
        if name in words.advice and not getattr(words.advice[name], wanted):
            yield f"advice.toml: {name}: must have {wanted!r}, because its level is {advice.level}"
    for file, key, text in texts(words):
        for field in sorted(_fields(text) - FILLS.get(f"{file}:{key}", FILLS["*"])):
            yield f"{file}: {key}: has {{{field}}}, which nothing fills in"


def _loose_ends(screening: Screening, numbers: Numbers | None) -> Iterator[str]:
    """Ids that lead nowhere."""
    for name, rule in screening.questions.items():
        for key, ids, known in (
            ("items", rule.items, screening.questions),
            ("yes", (rule.yes,), screening.advice),
            ("otherwise", (rule.otherwise,), screening.advice),
        ):
            for found in ids:
                if found is not None and found not in known:
                    yield f"questions.{name}.{key}: is {found!r}, which is defined nowhere"
    for name, asked in screening.rounds.items():
        for question in sorted(set(asked) - screening.questions.keys()):
            yield f"rounds.{name}: is {question!r}, which is defined nowhere"
    if numbers:
        gates = {gate for exercise in numbers.exercises.values() for gate in exercise.gates}
        for gate in sorted(gates - screening.rounds.keys()):
            yield f"rounds.{gate}: missing; an exercise names it in gates"
        for name in screening.pain.small:
            if name not in numbers.exercises:
                yield f"pain.small: is {name!r}; must be one of {', '.join(numbers.exercises)}"


def _differences(file: str, words: Iterable[str], numbers: Iterable[str], other: str) -> Iterator[str]:
    have, need = set(words), set(numbers)
    for name in sorted(need - have):
        yield f"{file}: {name}: missing; {other} has it"
    for name in sorted(have - need):
        yield f"{file}: {name}: nothing has this id in {other}"


def _cue_problems(where: str, cues: Mapping[str, str], exercise: Exercise) -> Iterator[str]:
    announcements = [step for step in (exercise.halfway, exercise.last) if step]
    steps = [*exercise.enter, *exercise.again, *announcements, *exercise.leave, *exercise.stop]
    used: set[str] = set()
    for cue in [step.cue for step in steps] + [phase.cue for phase in exercise.phases]:
        wordings = {cue} if cue in cues else {f"{cue}.{side}" for side in exercise.sides}
        used |= wordings
        for missing in sorted(wordings - cues.keys()) or ([] if wordings else [cue]):
            yield f"{where}.{missing}: missing; the exercise's numbers name it"
    for phase in exercise.phases:
        for name in (phase.cue, f"{phase.cue}_first", f"{phase.cue}_last"):
            used.add(name)
            if name in cues and speech_ms(cues[name]) > phase.lasts_ms:
                needed = f"takes {speech_ms(cues[name])} ms to say; must fit into {phase.lasts_ms} ms"
                yield f"{where}.{name}: {needed}"
    for unused in sorted(cues.keys() - used):
        yield f"{where}.{unused}: nothing uses it"


def _step_problems(where: str, words: Mapping[str, str], steps: Iterable[Step]) -> Iterator[str]:
    cues = {step.cue for step in steps}
    for missing in sorted(cues - words.keys()):
        yield f"{where}.{missing}: missing; the move's numbers name it"
    for unused in sorted(name for name in words if name.partition(".")[0] not in cues):
        yield f"{where}.{unused}: nothing uses it"


# What the handlers fill in: everywhere the country's words, and in some phrases more.
COUNTRY_FILLS = frozenset({"number", "digits", "urgent"})
FILLS: Mapping[str, frozenset[str]] = {
    "*": COUNTRY_FILLS,
    "phrases.toml:hello_place": frozenset({"exercise"}),
    "phrases.toml:screening_reprompt": frozenset({"ask"}),
    "phrases.toml:number_reprompt": frozenset({"ask"}),
    "phrases.toml:number_heard": frozenset({"score"}),
    "phrases.toml:small_first": frozenset({"asked", "start"}),
    "phrases.toml:small_today": frozenset({"asked", "start"}),
    "phrases.toml:parts_limit": frozenset({"limit", "parts"}),
    "phrases.toml:next_roll": frozenset({"rolls", "seconds"}),
    "phrases.toml:asked_too_much": frozenset({"asked", "limit"}),
    "phrases.toml:seconds": frozenset({"count"}),
    "phrases.toml:minutes": frozenset({"count"}),
    "phrases.toml:parts": frozenset({"asked", "exercise", "parts"}),
    "phrases.toml:limit_reached": frozenset({"exercise"}),
    "phrases.toml:offer_more": frozenset({"more"}),
    "phrases.toml:enough": frozenset({"exercise"}),
    "phrases.toml:alarm_call": frozenset({"number", "because"}),
}


def texts(words: Language) -> Iterator[tuple[str, str, str]]:
    """Every text that can be spoken, as (file, key, text)."""
    for name, found in words.exercises.items():
        for key in ("name", "describe", "start_dose", "limit", "more", "differs"):
            if text := getattr(found, key):
                yield "exercises.toml", f"{name}.{key}", text
        yield from (("exercises.toml", f"{name}.cues.{cue}", text) for cue, text in found.cues.items())
    for name, cues in words.moves.items():
        yield from (("moves.toml", f"{name}.{cue}", text) for cue, text in cues.items())
    for name, variants in words.phrases.items():
        yield from (("phrases.toml", name, text) for text in variants)
    for file, table, keys in (
        ("questions.toml", words.questions, ("ask", "rephrase", "reprompt", "marker")),
        ("advice.toml", words.advice, ("because", "say")),
        ("tips.toml", words.tips, ("title", "say")),
    ):
        for name, entry in table.items():
            yield from ((file, f"{name}.{key}", text) for key in keys if (text := getattr(entry, key)))


def _fields(text: str) -> set[str]:
    try:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    except ValueError:
        return {text}  # unbalanced braces: nothing can fill that in


def _hash(*tables: Mapping[str, object]) -> str:
    return hashlib.sha256(repr([sorted(table.items()) for table in tables]).encode()).hexdigest()[:12]
