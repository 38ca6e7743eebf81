"""Whether words, numbers, safety questions and code fit each other: no misfit is left for a turn to find."""

import re
import string
from collections.abc import Collection, Iterable, Iterator, Mapping

from audio.content import Form, Numbers, Step
from audio.page import FASTEST, NORMAL_PACE, variants_of
from audio.timeline import speech_ms
from intents import never_say, regions, tracks
from intents.contract import BUILT_IN_TYPES, PAGES, PHRASES, QUESTIONS, SURFACES, TURN_FILLS
from intents.shapes import Language, Screening


def disagreements(
    words: Language, numbers: Numbers | None, screening: Screening | None, unread: Collection[str] = ()
) -> Iterator[str]:
    """Where a language's words do not fit the numbers, the safety questions, or what handlers say.

    Files that could not be read (`unread`), numbers or safety questions with problems of their own do not
    keep the rest from being compared.
    """
    for problem in _disagreements(words, numbers, screening):
        file = problem.partition(":")[0]
        needs = (
            {file}
            | ({"tips.toml"} if ": Topic." in problem else set())
            | ({"subjects.toml"} if ": Subject." in problem else set())
            | ({"phrases.toml"} if problem.startswith("brief.toml") else set())
        )
        needs |= {"intents.toml", "types.toml"} if file == "regions.toml" else set()
        if not needs & set(unread):
            yield problem


def _disagreements(words: Language, numbers: Numbers | None, screening: Screening | None) -> Iterator[str]:
    if "unknown" not in words.countries:
        yield "countries.toml: unknown: must be there, for people elsewhere"
    if numbers:
        yield from _differences("exercises.toml", words.exercises, numbers.exercises, "audio/exercises/")
        yield from _differences("moves.toml", words.moves, numbers.moves, "audio/moves/")
        yield from _differences("types.toml", words.types.get("Exercise", ()), numbers.exercises, "Exercise")
        yield from tracks.misfits(words, numbers)
        for name in numbers.exercises.keys() & words.exercises.keys():
            found, exercise = words.exercises[name], numbers.exercises[name]
            yield from _cue_problems(f"exercises.toml: {name}.cues", found.cues, exercise)
            if exercise.easier:
                yield from _cue_problems(f"exercises.toml: {name}.easier", found.easier, exercise.easier)
        for name in numbers.moves.keys() & words.moves.keys():
            yield from _step_problems(f"moves.toml: {name}", words.moves[name], numbers.moves[name].step)
    asked, said = set(QUESTIONS), set(PHRASES)
    if screening:
        asked |= screening.questions.keys()
        for round_ in screening.rounds.values():
            said |= {round_.opens, *round_.marks.values()}
        yield from _advice_problems(words, screening)
    yield from _differences("questions.toml", words.questions, asked, "screening.toml", both=bool(screening))
    yield from _differences("phrases.toml", words.phrases, said, "what is said", both=bool(screening))
    yield from _differences("types.toml", words.types.get("Topic", ()), words.tips, "Topic")
    yield from _differences("types.toml", words.types.get("Subject", ()), words.subjects, "Subject")
    for name in sorted(words.brief.keys() - words.phrases.keys()):
        yield f"brief.toml: {name}: nothing has this id in phrases.toml"
    yield from _differences("types.toml", words.types.get("Surface", ()), SURFACES, "Surface")
    yield from _sample_problems(words)
    yield from regions.misfits(words)
    yield from _differences("pages.toml", words.pages, PAGES, "what is served")
    yield from _page_problems(words)
    yield from _placeholder_problems(words)
    yield from _never_say_problems(words)


def _advice_problems(words: Language, screening: Screening) -> Iterator[str]:
    yield from _differences("advice.toml", words.advice, screening.advice, "screening.toml")
    for name, advice in screening.advice.items():
        wanted = "because" if advice.level == "emergency" else "say"
        if name in words.advice and not getattr(words.advice[name], wanted):
            yield f"advice.toml: {name}: must have {wanted!r}, because its level is {advice.level}"
    for name in words.types.get("Symptom", ()):
        if name not in screening.advice:
            yield f"types.toml: Symptom.{name}: nothing has this id in screening.toml"
        elif screening.advice[name].level != "none" and name in words.advice and not words.advice[name].meant:
            yield f"advice.toml: {name}: must have 'meant', because it can be asked back about"


def _sample_problems(words: Language) -> Iterator[str]:
    """Samples whose slots are not declared, and slots whose types are not known."""
    for intent, found in words.intents.items():
        for slot, slot_type in found.slots.items():
            if slot_type not in BUILT_IN_TYPES | words.types.keys():
                yield f"intents.toml: {intent}.slots.{slot}: is {slot_type!r}; must be a type of types.toml"
        for slot in sorted(found.elicit.keys() - found.slots.keys()):
            yield f"intents.toml: {intent}.elicit.{slot}: nothing; slots do not declare it"
        for sample in found.samples:
            for slot in re.findall(r"{(.*?)}", sample):
                if slot not in found.slots:
                    yield f"intents.toml: {intent}: {sample!r} has {{{slot}}}, which slots do not declare"


def _page_problems(words: Language) -> Iterator[str]:
    """What store and pages have in braces beyond what is filled in."""
    fills = {"store.toml": {"invocation"}, "pages.toml": {"disclaimer"}}
    for file, key, text in _to_read(words):
        for field in sorted(_fields(text) - fills[file]) if key != "disclaimer" else ():
            yield f"{file}: {key}: has {{{field}}}, which nothing fills in"


def _to_read(words: Language) -> Iterator[tuple[str, str, str]]:
    """Every text that can be read in the skill store and on pages, as (file, key, text)."""
    for key, value in words.store.__dict__.items():
        yield "store.toml", key, value if isinstance(value, str) else " / ".join(value)
    for name, page in words.pages.items():
        for section in page.sections:
            yield from (("pages.toml", name, text) for text in (section.heading, *section.texts))


def _placeholder_problems(words: Language) -> Iterator[str]:
    for file, key, text in texts(words):
        own = PHRASES.get(key, frozenset()) if file in {"phrases.toml", "brief.toml"} else frozenset()
        in_track = tracks.fills(file, key)
        known = TURN_FILLS | own if in_track is None else in_track
        for field in sorted(_fields(text) - known):
            yield f"{file}: {key}: has {{{field}}}, which nothing fills in"


def _never_say_problems(words: Language) -> Iterator[str]:
    if not words.never_say:
        yield "never_say.toml: must hold a rule, or nothing guards what is said"
    broken = list(never_say.problems(words.never_say))
    yield from broken
    rows = ((f"{name}.urgent", row.urgent) for name, row in words.countries.items())
    filled_in = (("countries.toml", key, text) for key, text in rows)
    for file, key, text in () if broken else (*texts(words), *_to_read(words), *filled_in):
        for rule, said in never_say.found(text, words.never_say):
            yield f"{file}: {key}: says {said!r}, which must never be said (never_say.toml: {rule})"


def loose_ends(screening: Screening, numbers: Numbers | None) -> Iterator[str]:
    """Ids that lead nowhere, and questions that lead back to themselves."""
    named = [
        *((f"questions.{name}.otherwise", rule.otherwise) for name, rule in screening.questions.items()),
        *(("combined.emergency", one) for together in screening.combined.emergency for one in together),
        *(("combined.urgent", one) for together in screening.combined.urgent for one in together),
    ]
    asked = [
        (name, one) for name, found in screening.rounds.items() for one in (*found.questions, *found.marks)
    ]
    steps = [
        (f"questions.{name}.{answer}", name, step)
        for name, rule in screening.questions.items()
        for answer, step in (("yes", rule.yes), ("no", rule.no))
    ]
    ends = [
        *((where, found, screening.advice) for where, found in named),
        *((f"rounds.{name}", one, screening.questions) for name, one in asked),
        *((f"{where}.finding", step.finding, screening.advice) for where, _, step in steps),
        *((f"{where}.ask", step.ask, screening.questions) for where, _, step in steps),
        *((f"{where}.round", step.round, screening.rounds) for where, _, step in steps),
        *(
            (f"advice.{name}.condition", found.condition, screening.conditions)
            for name, found in screening.advice.items()
        ),
    ]
    loose = [(where, found) for where, found, known in ends if found is not None and found not in known]
    yield from (f"{where}: is {found!r}, which is defined nowhere" for where, found in loose)
    for where, name, step in () if loose else steps:
        if step.ask and name in screening.under(step.ask):
            yield f"{where}.ask: is {step.ask!r}, which leads back to {name}"
    if numbers:
        yield from _exercise_ends(screening, numbers)


def _exercise_ends(screening: Screening, numbers: Numbers) -> Iterator[str]:
    """Where the safety questions and the exercises do not fit each other."""
    gates = {gate for exercise in numbers.exercises.values() for gate in exercise.gates}
    for gate in sorted(gates - screening.rounds.keys()):
        yield f"rounds.{gate}: missing; an exercise names it in gates"
    choice = ", ".join(numbers.exercises)
    for key, names in (("pain.small", screening.pain.small), ("offer", screening.offer)):
        for name in names:
            if name not in numbers.exercises:
                yield f"{key}: is {name!r}; must be one of {choice}"
    for name, condition in screening.conditions.items():
        for exercise, form in condition.leaves.items():
            if exercise not in numbers.exercises:
                yield f"conditions.{name}: is {exercise!r}; must be one of {choice}"
            elif form == "easier" and numbers.exercises[exercise].easier is None:
                yield f"conditions.{name}.{exercise}: is 'easier'; must be 'no', it has no easier form"


def _differences(
    file: str, words: Iterable[str], wanted: Iterable[str], other: str, *, both: bool = True
) -> Iterator[str]:
    """Ids that one side has and the other has not; `other` is a file, or the table within this file."""
    have, need = set(words), set(wanted)
    table = f"{other}." if "." not in other and "/" not in other and " " not in other else ""
    for name in sorted(need - have):
        yield f"{file}: {table}{name}: missing; {other} has it"
    for name in sorted(have - need) if both else ():
        yield f"{file}: {table}{name}: nothing has this id in {other}"


def _cue_problems(where: str, cues: Mapping[str, str], exercise: Form) -> Iterator[str]:
    announcements = [step for step in (exercise.halfway, exercise.last) if step]
    steps = [*exercise.enter, *exercise.again, *announcements, *exercise.leave, *exercise.stop]
    used: set[str] = set()
    for cue in [step.cue for step in steps] + [phase.cue for phase in exercise.phases]:
        wordings = {cue} if cue in cues else {f"{cue}.{side}" for side in exercise.sides}
        used |= wordings
        for missing in sorted(wordings - cues.keys()) or ([] if wordings else [cue]):
            yield f"{where}.{missing}: missing; the exercise's numbers name it"
    for phase in exercise.phases:
        shortest_ms = phase.lasts_ms * FASTEST // NORMAL_PACE
        for name in (phase.cue, f"{phase.cue}_first", f"{phase.cue}_last", f"{phase.cue}_loud"):
            used.add(name)
            if name in cues and speech_ms(cues[name]) >= shortest_ms:
                needed = f"takes {speech_ms(cues[name])} ms to say; must fit into {shortest_ms} ms"
                yield f"{where}.{name}: {needed}"
    for step in steps:
        names = variants_of(step.cue, cues)
        used |= set(names)
        lengths = {name: speech_ms(cues[name]) for name in names}
        for name in names[1:]:
            if lengths[name] != lengths[step.cue]:
                needed = f"takes {lengths[name]} ms to say; must be {lengths[step.cue]} ms, like {step.cue}"
                yield f"{where}.{name}: {needed}"
    for unused in sorted(cues.keys() - used):
        yield f"{where}.{unused}: nothing uses it"


def _step_problems(where: str, words: Mapping[str, str], steps: Iterable[Step]) -> Iterator[str]:
    cues = {step.cue for step in steps}
    for missing in sorted(cues - words.keys()):
        yield f"{where}.{missing}: missing; the move's numbers name it"
    for unused in sorted(name for name in words if name.partition(".")[0] not in cues):
        yield f"{where}.{unused}: nothing uses it"


def texts(words: Language) -> Iterator[tuple[str, str, str]]:
    """Every text that can be spoken, as (file, key, text)."""
    for name, found in words.exercises.items():
        short = {key: getattr(found, key) for key in ("name", "start_dose", "limit", "more", "differs")}
        if found.track:
            short |= {f"track.{key}": text for key, text in found.track}
        yield from (("exercises.toml", f"{name}.{key}", text) for key, text in short.items() if text)
        yield from _parts("exercises.toml", f"{name}.describe", found.describe)
        for form, spoken in (("cues", found.cues), ("easier", found.easier)):
            yield from (("exercises.toml", f"{name}.{form}.{cue}", text) for cue, text in spoken.items())
    for name, cues in words.moves.items():
        yield from (("moves.toml", f"{name}.{cue}", text) for cue, text in cues.items())
    for name, variants in words.phrases.items():
        yield from (("phrases.toml", name, text) for text in variants)
    for file, table, keys in (
        ("questions.toml", words.questions, ("ask", "rephrase", "reprompt", "why")),
        ("advice.toml", words.advice, ("because", "also", "say", "meant")),
    ):
        for name, entry in table.items():
            yield from ((file, f"{name}.{key}", text) for key in keys if (text := getattr(entry, key)))
    for file, answers in (("tips.toml", words.tips), ("subjects.toml", words.subjects)):
        for name, answer in answers.items():
            yield file, f"{name}.title", answer.title
            yield from _parts(file, f"{name}.say", answer.say)
    yield from (("brief.toml", key, text) for key, text in words.brief.items())


def _parts(file: str, key: str, parts: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    yield from ((file, f"{key}.{at}", part) for at, part in enumerate(parts))


def _fields(text: str) -> set[str]:
    """What stands in a text's braces; anything but a plain name is more than we fill in."""
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        return {text}  # unbalanced braces
    return {
        f"{field}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}"
        for _, field, spec, conversion in parsed
        if field is not None
    }
