"""Whether words, numbers, safety questions and code fit each other: no misfit is left for a turn to find."""

import re
import string
from collections.abc import Collection, Iterable, Iterator, Mapping

from audio.content import Exercise, Numbers, Step
from audio.timeline import speech_ms
from intents.shapes import Language, Screening

# The contract between handlers and words: every phrase that is said, and what handlers fill in besides the
# country's numbers. A test compares it with the code.
PHRASES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "enough_easy",
            "add_more",
            "alarm_again",
            "alarm_again_unknown",
            "alarm_alone",
            "alarm_card_text",
            "alarm_card_title",
            "alarm_elsewhere",
            "alarm_mobile",
            "alarm_over",
            "alarm_position",
            "alarm_position_still",
            "alarm_still",
            "alarm_stop",
            "alarm_wait",
            "answer_yes_no",
            "bed_first",
            "breathe",
            "bye",
            "bye_done",
            "bye_up",
            "changed",
            "chapter_before",
            "chapter_end",
            "chapter_left",
            "chapter_right",
            "cleared",
            "from_place",
            "go_smaller",
            "good",
            "hello_again",
            "hello_first",
            "help_call",
            "help_guide",
            "help_more",
            "help_plain",
            "help_rest",
            "help_screening",
            "how_are_you",
            "ladder_leg_yes",
            "lifting_gate",
            "list",
            "minute",
            "missed",
            "missed_guiding",
            "missed_guiding_else",
            "missed_screening",
            "missed_twice",
            "no_exercise_soon",
            "no_exercise_urgent",
            "no_lifting",
            "no_place",
            "no_tip",
            "not_known",
            "not_on_bed",
            "not_today",
            "nothing_before",
            "number_range",
            "numbers",
            "only_small",
            "pain_high",
            "pain_none",
            "part_last",
            "part_next",
            "pause",
            "preface",
            "ready_go",
            "rest_done",
            "rest_first",
            "rise_hurts",
            "rolling_gate",
            "seen_today",
            "sheet_note",
            "stop_moving",
            "stuck",
            "symptom_missed",
            "trouble",
            "up_done",
            "up_guard",
            "up_guard_else",
            "up_too_much",
            "use_bed",
            "warm_up",
            "warm_up_stays",
            "way_up_bed_short",
            "way_up_short",
            "ways_down",
            "which_one",
            "worse_stop",
            "worse_words",
        ),
        frozenset(),
    ),
    "chapter_set": frozenset({"count"}),
    "hello_place": frozenset({"exercise"}),
    "screening_reprompt": frozenset({"ask"}),
    "number_reprompt": frozenset({"ask"}),
    "number_heard": frozenset({"score"}),
    "small_first": frozenset({"asked", "start"}),
    "small_today": frozenset({"asked", "start"}),
    "asked_too_much": frozenset({"asked", "limit"}),
    "seconds": frozenset({"count"}),
    "minutes": frozenset({"count"}),
    "parts": frozenset({"asked", "exercise", "parts"}),
    "parts_left": frozenset({"parts"}),
    "parts_limit": frozenset({"limit", "parts"}),
    "limit_reached": frozenset({"exercise"}),
    "offer_more": frozenset({"more"}),
    "enough": frozenset({"exercise"}),
    "alarm_call": frozenset({"because"}),
    "next_roll": frozenset({"rolls", "seconds"}),
}
# What files say besides the exercises' own cues: moves, and titles with what is filled in.
TRACK_MOVES = frozenset(
    (
        "position",
        "track_rule",
        "track_rest",
        "track_side",
        "track_end",
        "export_signs",
        "export_rest",
        "export_end",
    )
)
TRACK_FILLS = {"one": frozenset({"side"}), "many": frozenset({"count", "side"})}
# Every question that handlers ask besides those of screening.toml.
QUESTIONS = frozenset(
    (
        "are_you_up",
        "floor_alone",
        "go_on_there",
        "ladder_both",
        "ladder_leg",
        "ladder_number",
        "launch",
        "legs_both",
        "lift_confirm",
        "more",
        "offer_bed",
        "page_check",
        "paused",
        "ready",
        "rest_longer",
        "rest_or_up",
        "surface",
        "which",
        "which_small",
        "which_tip",
    )
)
COUNTRY_FILLS = frozenset({"number", "digits", "urgent"})
BUILT_IN_TYPES = frozenset({"AMAZON.NUMBER", "AMAZON.DURATION", "AMAZON.SearchQuery"})
SURFACES = frozenset({"floor", "mat", "bed", "sofa", "chair", "standing"})


def disagreements(
    words: Language, numbers: Numbers | None, screening: Screening | None, unread: Collection[str] = ()
) -> Iterator[str]:
    """Where a language's words do not fit the numbers, the safety questions, or what handlers say.

    Files that could not be read (`unread`), numbers or safety questions with problems of their own do not
    keep the rest from being compared.
    """
    for problem in _disagreements(words, numbers, screening):
        needs = {problem.partition(":")[0]} | ({"tips.toml"} if ": Topic." in problem else set())
        if not needs & set(unread):
            yield problem


def _disagreements(words: Language, numbers: Numbers | None, screening: Screening | None) -> Iterator[str]:
    if "unknown" not in words.countries:
        yield "countries.toml: unknown: must be there, for people elsewhere"
    if numbers:
        yield from _differences("exercises.toml", words.exercises, numbers.exercises, "audio/exercises/")
        yield from _differences("moves.toml", words.moves, numbers.moves, "audio/moves/")
        yield from _differences("types.toml", words.types.get("Exercise", ()), numbers.exercises, "Exercise")
        yield from _track_problems(words, numbers)
        for name in numbers.exercises.keys() & words.exercises.keys():
            where = f"exercises.toml: {name}.cues"
            yield from _cue_problems(where, words.exercises[name].cues, numbers.exercises[name])
        for name in numbers.moves.keys() & words.moves.keys():
            yield from _step_problems(f"moves.toml: {name}", words.moves[name], numbers.moves[name].step)
    asked = set(QUESTIONS)
    if screening:
        asked |= screening.questions.keys()
        yield from _advice_problems(words, screening)
    yield from _differences("questions.toml", words.questions, asked, "screening.toml", both=bool(screening))
    yield from _differences("phrases.toml", words.phrases, PHRASES, "what is said")
    yield from _differences("types.toml", words.types.get("Topic", ()), words.tips, "Topic")
    yield from _differences("types.toml", words.types.get("Surface", ()), SURFACES, "Surface")
    yield from _sample_problems(words)
    yield from _placeholder_problems(words)


def _advice_problems(words: Language, screening: Screening) -> Iterator[str]:
    yield from _differences("advice.toml", words.advice, screening.advice, "screening.toml")
    for name, advice in screening.advice.items():
        wanted = "because" if advice.level == "emergency" else "say"
        if name in words.advice and not getattr(words.advice[name], wanted):
            yield f"advice.toml: {name}: must have {wanted!r}, because its level is {advice.level}"
    for name in words.types.get("Symptom", ()):
        if name not in screening.advice:
            yield f"types.toml: Symptom.{name}: nothing has this id in screening.toml"


def _sample_problems(words: Language) -> Iterator[str]:
    """Samples whose slots are not declared, and slots whose types are not known."""
    for intent, found in words.intents.items():
        for slot, slot_type in found.slots.items():
            if slot_type not in BUILT_IN_TYPES | words.types.keys():
                yield f"intents.toml: {intent}.slots.{slot}: is {slot_type!r}; must be a type of types.toml"
        for sample in found.samples:
            for slot in re.findall(r"{(.*?)}", sample):
                if slot not in found.slots:
                    yield f"intents.toml: {intent}: {sample!r} has {{{slot}}}, which slots do not declare"


def _placeholder_problems(words: Language) -> Iterator[str]:
    for file, key, text in texts(words):
        own = PHRASES.get(key, frozenset()) if file == "phrases.toml" else frozenset()
        in_files = file == "moves.toml" and key.partition(".")[0] in TRACK_MOVES
        if file == "exercises.toml" and ".track." in key:
            own, in_files = TRACK_FILLS.get(key.rpartition(".")[2], frozenset()), True
        # The same file is heard in many countries: a number to call is never in it.
        known = own if in_files else COUNTRY_FILLS | own
        for field in sorted(_fields(text) - known):
            yield f"{file}: {key}: has {{{field}}}, which nothing fills in"


def _track_problems(words: Language, numbers: Numbers) -> Iterator[str]:
    """Titles and warnings of files: there for exactly the exercises that may be one, with count and side."""
    for name in sorted(numbers.exercises.keys() & words.exercises.keys()):
        where = f"exercises.toml: {name}.track"
        track, exercise = words.exercises[name].track, numbers.exercises[name]
        if (track is None) != (exercise.track is None):
            said = "missing; the exercise may be a file" if track is None else "the exercise is never a file"
            yield f"{where}: {said}"
        if track is None:
            continue
        needed = {"many": {"count"}, "one": set[str]()}
        for key, fills in needed.items():
            for field in sorted(fills | ({"side"} if exercise.sides else set())):
                if f"{{{field}}}" not in getattr(track, key):
                    yield f"{where}.{key}: must have {{{field}}}"
        for side in exercise.sides:
            if getattr(track, side) is None:
                yield f"{where}.{side}: missing; the exercise has sides"


def loose_ends(screening: Screening, numbers: Numbers | None) -> Iterator[str]:
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


def texts(words: Language) -> Iterator[tuple[str, str, str]]:
    """Every text that can be spoken, as (file, key, text)."""
    for name, found in words.exercises.items():
        for key in ("name", "describe", "start_dose", "limit", "more", "differs"):
            if text := getattr(found, key):
                yield "exercises.toml", f"{name}.{key}", text
        for key in ("one", "many", "not_for", "right", "left") if found.track else ():
            if text := getattr(found.track, key):
                yield "exercises.toml", f"{name}.track.{key}", text
        yield from (("exercises.toml", f"{name}.cues.{cue}", text) for cue, text in found.cues.items())
    for name, cues in words.moves.items():
        yield from (("moves.toml", f"{name}.{cue}", text) for cue, text in cues.items())
    for name, variants in words.phrases.items():
        yield from (("phrases.toml", name, text) for text in variants)
    for file, table, keys in (
        ("questions.toml", words.questions, ("ask", "rephrase", "reprompt", "marker")),
        ("advice.toml", words.advice, ("because", "also", "say")),
        ("tips.toml", words.tips, ("title", "say")),
    ):
        for name, entry in table.items():
            yield from ((file, f"{name}.{key}", text) for key in keys if (text := getattr(entry, key)))


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
