"""Everything that is said and decided, as data: read once at start, checked whole."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter

from audio.content import Many, Numbers, load_numbers, name_of, read_toml, validate
from audio.errors import ContentError
from intents import checks, patterns, sayings, vectors
from intents.grammar import Grammar, IntentWords
from intents.hunch import Ear, load
from intents.patterns import SymptomRules, SymptomWords
from intents.ranking import LIGHT, PIECES, LazyRanking
from intents.regions import with_regions
from intents.shapes import (
    MEANT,
    AdviceWords,
    Answer,
    Country,
    ExerciseWords,
    Language,
    Lines,
    NeverSay,
    Page,
    Phrase,
    QuestionWords,
    Region,
    SafetyQuestion,
    Samples,
    Screening,
    Step,
    StoreWords,
)
from intents.symptoms import SymptomMatcher
from intents.understand import Asked, Expectations, Understanding

HERE = Path(__file__).parent
DEFAULT_LOCALE = "en-US"
Item = TypeVar("Item")


class Content:
    """All content of the skill, loaded and checked; shared by every request and never changed."""

    def __init__(
        self,
        numbers: Numbers,
        screening: Screening,
        symptoms: SymptomRules,
        languages: Mapping[str, Language],
        ears: Mapping[str, Ear],
        *,
        expects: Mapping[str, Many[str]],
        rankings: Mapping[str, LazyRanking],
    ) -> None:
        self.numbers = numbers
        self.screening = screening
        self.expects = expects
        self.languages = languages
        self._by_locale = {locale: words for words in languages.values() for locale in words.locales}
        self._matchers = {
            name: SymptomMatcher(words.symptoms, words.types["Symptom"], symptoms, screening, ears.get(name))
            for name, words in languages.items()
        }
        self._understanding = {
            name: Understanding(
                Grammar(
                    {
                        intent: IntentWords(found.slots, found.samples)
                        for intent, found in words.intents.items()
                    },
                    words.types,
                ),
                self._matchers[name],
                rankings.get(name),
                Expectations(expects, words.replies),
            )
            for name, words in languages.items()
        }
        self._versions = {
            (name, exercise): _hash(numbers.exercises[exercise], words.exercises[exercise])
            for name, words in languages.items()
            for exercise in numbers.exercises
        }

    def language(self, locale: str) -> Language:
        """The words for a locale; for one we do not serve, those of en-US."""
        return self._by_locale.get(locale) or self._by_locale[DEFAULT_LOCALE]

    def understanding(self, locale: str) -> Understanding:
        """What turns text into an intent, for a locale."""
        return self._understanding[self._name(locale)]

    def warm_up(self) -> None:
        """Read what free text needs, the sentence model and what was learned; else the first text waits."""
        for understanding in self._understanding.values():
            understanding.read("good morning to you")

    def asked(self, question: str | None) -> Asked | None:
        """An open question, as far as it matters for understanding."""
        if question is None:
            return None
        rule = self.screening.questions.get(question)
        ladder = {"ladder_leg": "yes_no", "ladder_both": "yes_no", "ladder_number": "number"}.get(question)
        return Asked(question, kind=rule.answer if rule else ladder)

    def matcher(self, locale: str) -> SymptomMatcher:
        """What finds reports of symptoms in free text, for a locale."""
        return self._matchers[self._name(locale)]

    def versions(self, locale: str) -> Mapping[str, str]:
        """Exercise → what changes whenever its numbers or words change: guards the saved place."""
        name = self._name(locale)
        return {exercise: self._versions[name, exercise] for exercise in self.numbers.exercises}

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
    screening = _read(folder / "screening.toml", TypeAdapter(Screening), problems)
    symptoms = _read(folder / "symptoms.toml", TypeAdapter(SymptomRules), problems)
    expects = _read(folder / "expects.toml", TypeAdapter(dict[str, Many[str]]), problems)
    languages: dict[str, Language] = {}
    folders = sorted(path for path in (folder / "languages").iterdir() if path.is_dir())
    for found in folders:
        missing: set[str] = set()
        words = _load_language(found, problems, missing)
        if words is not None:
            languages[found.name] = words
            misfits = checks.disagreements(words, numbers, screening, missing)
            problems.extend(f"{found.name}/{misfit}" for misfit in misfits)
            if not missing & {"intents.toml", "types.toml", "questions.toml"}:
                unlike = sayings.misfits(words, expects)
                problems.extend(f"{found.name}/{misfit}" for misfit in unlike)
            if symptoms and "symptoms.toml" not in missing:
                unlike = patterns.word_misfits(words.symptoms, symptoms)
                problems.extend(f"{found.name}/symptoms.toml: {misfit}" for misfit in unlike)
            if symptoms and screening and "types.toml" not in missing:
                reportable = words.types.get("Symptom", {})
                unlike = patterns.misfits(symptoms, reportable, screening.advice)
                problems.extend(f"symptoms.toml: {misfit}" for misfit in unlike)
    served = {locale for words in languages.values() for locale in words.locales}
    if DEFAULT_LOCALE not in served and len(languages) == len(folders):
        problems.append(f"languages/: no language.toml lists {DEFAULT_LOCALE!r} in locales")
    if screening:
        problems.extend(f"screening.toml: {problem}" for problem in checks.loose_ends(screening, numbers))
    if problems or numbers is None or screening is None or symptoms is None or expects is None:
        raise ContentError(problems)
    asking_back = {name: _asking_back(words) for name, words in languages.items()}
    meant = {
        f"{MEANT}{name}": SafetyQuestion(yes=Step(finding=name), sources=("design 6",))
        for name in screening.advice
    }
    questions = {
        name: rule
        for name, rule in meant.items()
        if any(name in asked.questions for asked in asking_back.values())
    }
    screening = screening.model_copy(update={"questions": {**screening.questions, **questions}})
    models = {found.name: vectors.load(found / PIECES) for found in folders}
    ears = {found.name: load(found, models[found.name]) for found in folders if found.name in languages}
    rankings = {
        found.name: LazyRanking(found, models[found.name]) for found in folders if (found / LIGHT).exists()
    }
    return Content(numbers, screening, symptoms, asking_back, ears, expects=expects, rankings=rankings)


def _read(path: Path, shape: TypeAdapter[Item], problems: list[str]) -> Item | None:
    """What stands in a file; None if it has problems."""
    before = len(problems)
    data = read_toml(path, problems)
    return validate(shape, data, name_of(path), problems) if len(problems) == before else None


def _asking_back(words: Language) -> Language:
    """The language with the questions that ask back about a symptom: "do you mean …?"."""
    asked = {
        f"{MEANT}{name}": QuestionWords(
            ask=words.phrases["meant_ask"][0].format(meant=advice.meant),
            rephrase=words.phrases["meant_rephrase"][0].format(meant=advice.meant),
        )
        for name, advice in words.advice.items()
        if advice.meant
    }
    return words.model_copy(update={"questions": {**words.questions, **asked}})


def _load_language(folder: Path, problems: list[str], unread: set[str]) -> Language | None:
    """The words of a language; files with problems are noted in `unread` and count as empty."""

    def part(name: str, shape: TypeAdapter[Item]) -> Item | dict[str, object]:
        path = folder / f"{name}.toml"
        found = _read(path, shape, problems)
        if found is None:
            unread.add(path.name)
        return {} if found is None else found

    head = part("language", TypeAdapter(dict[str, object]))
    parts = {
        "exercises": part("exercises", TypeAdapter(dict[str, ExerciseWords])),
        "moves": part("moves", TypeAdapter(dict[str, dict[str, str]])),
        "phrases": part("phrases", TypeAdapter(dict[str, Phrase])),
        "questions": part("questions", TypeAdapter(dict[str, QuestionWords])),
        "advice": part("advice", TypeAdapter(dict[str, AdviceWords])),
        "brief": part("brief", TypeAdapter(dict[str, str])),
        "tips": part("tips", TypeAdapter(dict[str, Answer])),
        "subjects": part("subjects", TypeAdapter(dict[str, Answer])),
        "countries": part("countries", TypeAdapter(dict[str, Country])),
        "never_say": part("never_say", TypeAdapter(dict[str, NeverSay])),
        "intents": part("intents", TypeAdapter(dict[str, Samples])),
        "types": part("types", TypeAdapter(dict[str, dict[str, Many[str]]])),
        "guesses": part("guesses", TypeAdapter(dict[str, dict[str, str]])),
        "replies": part("replies", TypeAdapter(dict[str, dict[str, dict[str, Lines]]])),
        "heard": part("heard", TypeAdapter(dict[str, dict[str, Lines]])),
        "pages": part("pages", TypeAdapter(dict[str, Page])),
        # An empty one, where the file has problems of its own, is never looked into.
        "store": part("store", TypeAdapter(StoreWords)) or StoreWords.model_construct(),
        "symptoms": part("symptoms", TypeAdapter(SymptomWords)) or SymptomWords.model_construct(),
    }
    regions = part("regions", TypeAdapter(dict[Annotated[str, Field(pattern="^regions$")], Many[Region]]))
    if "language.toml" in unread:
        return None
    tables: dict[str, object] = {**head, **parts, **regions}
    words = validate(TypeAdapter(Language), tables, f"{folder.name}/language.toml", problems)
    return with_regions(words) if words else None


def _hash(*found: object) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()[:12]
