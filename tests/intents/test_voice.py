"""How it sounds: one breath a sentence, times within their budgets, and nothing that must not be said."""

import re
from collections.abc import Callable

import pytest

from audio.timeline import speech_ms
from intents import never_say, readability
from intents.checks import texts
from intents.content import Content, load_content
from tests.actor import ANSWER_MS, Actor, speech

WORDS = load_content().language("en-US")
TEXTS = [pytest.param(text, id=f"{file}:{key}") for file, key, text in texts(WORDS)]


ANSWERS = [
    *(part for table in (WORDS.tips, WORDS.subjects) for answer in table.values() for part in answer.say),
    *(part for exercise in WORDS.exercises.values() for part in exercise.describe),
]
LONG_FILLS = {
    "number": "your local emergency number",
    "urgent": "your doctor or local urgent care",
    "choices": "knees to chest, knee rocking, or rolling",
    "few": "knees to chest, or knee rocking",
}
"""The longest of what is filled in where nobody knows the country."""


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_easy_to_follow_with_the_longest_fills(text: str) -> None:
    for name, fill in LONG_FILLS.items():
        text = text.replace(f"{{{name}}}", fill)
    assert readability.problems(text) == []


@pytest.mark.parametrize("part", ANSWERS)
def test_a_part_of_an_answer_has_three_sentences_at_most(part: str) -> None:
    assert len(readability.sentences(part)) <= readability.MAX_SENTENCES


def test_the_whole_reads_like_the_early_school_years() -> None:
    whole = " ".join(text for _, key, text in texts(WORDS) if not key.endswith((".title", ".name")))
    assert readability.grade(whole) < 5


@pytest.mark.parametrize(
    ("sentence", "choices"),
    [
        ("Say go on, rest, or help me up.", 3),
        ("Say go on, repeat, next, or pause.", 4),
        ("Would you like an exercise, a resting position, or a tip?", 3),
        ("Say yes or no.", 2),
        ("Your head and shoulders stay heavy.", 0),
    ],
)
def test_choices_are_counted(sentence: str, choices: int) -> None:
    assert readability.count_choices(sentence) == choices


def test_a_hard_text_is_named_for_what_makes_it_hard() -> None:
    hard = "Transcutaneous electrical neurostimulation intercepts nociceptive information. " * 8
    assert readability.problems(hard)[0].startswith("reads like grade")
    assert readability.problems("word " * 21)[0].startswith("21 words in one breath")
    assert readability.problems("Say a, b, c, or d.")[0].startswith("4 choices")


@pytest.mark.parametrize("rule", WORDS.never_say)
def test_what_must_never_be_said_is_caught_and_what_may_be_is_not(rule: str) -> None:
    """Each rule with its own two examples; that no text breaks one is checked at every start."""
    found = WORDS.never_say[rule]
    assert [name for name, _ in never_say.found(found.says, {rule: found})] == [rule]
    assert not list(never_say.found(found.may_say, {rule: found}))


@pytest.mark.parametrize("text", TEXTS)
def test_no_figures_and_no_markup_in_words(text: str) -> None:
    digits_are_for_screens = "{digits}" in text
    assert digits_are_for_screens or not re.search(r"[0-9<>&*_\[\]]", text)


def test_the_questions_keep_their_budget(content: Content) -> None:
    """75 s of our speech, 110 s with answers, first movement within 2:15 of asking."""
    actor = Actor(content)
    actor.opens()
    asked = actor.says("guide me through rolling")
    assert asked.turn is not None
    outcomes = [asked, *(actor.says("no") for _ in range(5)), actor.says("three")]
    outcomes += [actor.says("no")]
    spoken_ms = sum(outcome.timeline.duration_ms for outcome in outcomes if outcome.timeline)
    actor.says("no")
    page = actor.says("on the floor")
    assert page.turn is not None
    assert page.timeline is not None
    first_ms = next(cue.start_ms for cue in page.timeline.cues if cue.guided)
    assert spoken_ms <= 75_000
    assert spoken_ms + 8 * ANSWER_MS <= 110_000
    assert page.turn.now_ms + first_ms - asked.turn.now_ms <= 135_000


def test_the_short_round_keeps_its_budget(
    content: Content, record_property: Callable[[str, object], None]
) -> None:
    """Walkthrough 1b: the questions of somebody who comes back take about half a minute of our speech."""
    record_property("ms to ask who comes back", spoken_ms(content, "returning"))
    assert spoken_ms(content, "returning") <= 45_000


def test_the_full_check_takes_as_long_as_it_says(
    content: Content, record_property: Callable[[str, object], None]
) -> None:
    """It promises about twenty-five questions and four minutes, answers included."""
    questions = content.screening.rounds["full"].questions
    total_ms = spoken_ms(content, "full") + ANSWER_MS * len(questions)
    record_property("ms of a full check", total_ms)
    assert 20 <= len(questions) <= 30
    assert 210_000 <= total_ms <= 270_000


def spoken_ms(content: Content, name: str) -> int:
    """How long we speak in a round in which everything is answered with no."""
    words = content.language("en-US")
    round_ = content.screening.rounds[name]
    asked = [
        question for question in round_.questions if content.screening.questions[question].only_after is None
    ]
    texts_said = [words.phrases[round_.opens][0], *(words.questions[question].ask for question in asked)]
    texts_said += [words.phrases[mark][0] for mark in round_.marks.values()]
    return sum(speech_ms(text) for text in texts_said)


@pytest.mark.parametrize(
    "exercise", ["abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift", "back_rolling"]
)
def test_a_first_page_is_between_half_a_minute_and_two(content: Content, exercise: str) -> None:
    actor = Actor(content)
    page = actor.is_cleared(exercise)
    if not (page.timeline and page.timeline.guided):
        page = actor.says("no")  # the question right before lifting
    assert page.timeline is not None
    assert page.timeline.guided
    assert 30_000 <= page.timeline.duration_ms <= 120_000


@pytest.mark.parametrize("minutes", [2, 3, 4, 5, 6, 8, 10])
@pytest.mark.parametrize("exercise", ["knee_rocking", "knees_to_chest", "abdominal_brace"])
def test_an_asked_duration_is_kept_within_a_tenth(content: Content, exercise: str, minutes: int) -> None:
    """From the first guided cue to the last, rests included; questions and answers are not exercise."""
    actor = Actor(content)
    actor.is_cleared(exercise)
    actor.says("better")
    actor.leaves()
    actor.now_ms += 2 * 60 * 60 * 1000
    actor.is_cleared(exercise)
    actor.leaves()
    actor.now_ms += 2 * 60 * 60 * 1000
    asked = actor.asks("StartExerciseIntent", exercise=exercise, duration=f"PT{minutes}M")
    outcome = actor.has_nothing_to_report(asked)
    guided_ms = 0
    parts = 0
    while outcome.timeline and outcome.timeline.guided:
        parts += 1
        cues = [cue for cue in outcome.timeline.cues if cue.guided or cue.text == "Breathe."]
        guided_ms += sum(cue.length_ms for cue in cues)
        assert outcome.timeline.duration_ms <= 135_000
        assert "is more than I guide" not in speech(outcome)
        outcome = actor.says("the same")
    limit_ms = (
        content.numbers.exercises[exercise].session_limit * content.numbers.exercises[exercise].repetition_ms
    )
    if minutes * 60_000 <= limit_ms:
        assert abs(guided_ms - minutes * 60_000) <= minutes * 6_000, f"{guided_ms / 1000} s in {parts} parts"
    else:
        assert guided_ms <= limit_ms * 1.6, "more than the hour's sum of repetitions"
