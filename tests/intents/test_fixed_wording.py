"""Screening, stop rules and emergency texts are fixed: a change shows here, to be read by its reviewer."""

from pathlib import Path

from intents.content import Content
from tests.conftest import Golden

HERE = Path(__file__).parent / "golden"
FIXED_PHRASES = (
    "preface",
    "rolling_gate",
    "lifting_gate",
    "screening_reprompt",
    "number_reprompt",
    "cleared",
    "pain_high",
    "only_small",
    "up_guard",
    "up_guard_else",
    "stuck",
    "help_call",
    "missed_guiding",
    "missed_guiding_else",
    "missed_guiding_again",
    "missed_call",
    "symptom_missed",
    "trouble",
    "worse_stop",
    "stop_moving",
    "seen_today",
    "no_exercise_urgent",
    "no_exercise_soon",
    "no_lifting",
    "stream_how",
    "stream_signs",
)


def test_fixed_wording(content: Content, golden: Golden) -> None:
    words = content.language("en-US")
    lines: list[str] = []
    for name in content.screening.questions:
        question = words.questions[name]
        lines += [f"{name}: {question.ask}", f"{name}, rephrased: {question.rephrase}"]
    alarms = [key for key in words.phrases if key.startswith(("alarm_", "other_", "check_", "preface_"))]
    marks = {mark for round_ in content.screening.rounds.values() for mark in round_.marks.values()}
    for key in (*FIXED_PHRASES, *alarms, *sorted(marks)):
        (only,) = words.phrases[key]
        lines.append(f"{key}: {only}")
    for name, advice in content.screening.advice.items():
        entry = words.advice[name]
        said = " ".join(filter(None, (entry.because, entry.also, entry.say)))
        lines.append(f"{name} ({advice.level}): {said}")
    lines += [
        f"{name}: {text}" for move in ("stop_rule", "feet_down") for name, text in words.moves[move].items()
    ]
    files = ("track_rule", "track_rest", "export_signs", "export_rest")
    lines += [f"{move}.{name}: {text}" for move in files for name, text in words.moves[move].items()]
    for name, exercise in words.exercises.items():
        lines += [f"{name}, as a file, not for: {exercise.track.not_for}"] if exercise.track else []
    lines += [f"{name}: {row.number} / {row.digits} / {row.urgent}" for name, row in words.countries.items()]
    golden.check(HERE / "fixed_wording.txt", "\n".join(lines) + "\n")


def test_one_one_one_is_an_emergency_in_new_zealand_and_advice_in_britain(content: Content) -> None:
    rows = content.language("en-US").countries
    assert rows["NZ"].number == "one one one"
    assert rows["GB"].urgent == "one one one"
    assert rows["GB"].number == "nine nine nine"
