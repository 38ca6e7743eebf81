"""Reports of symptoms in free speech, judged on reports that their own author and others have written.

`held_out.tsv` was written before the matcher, by somebody else. Nothing was learned from it; thresholds were
chosen on its totals. `blind.tsv` and `blind_two.tsv` were written by people who knew neither samples nor
rules; nothing was learned from them, but the balance between questions and alarms was chosen on their totals.
When they were first judged, 1 of 200 emergencies was neither answered nor asked back about in the first, 4 of
240 in the second. What was missed has been looked at since: because of it, parts of a sentence are heard by
themselves, too.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import hunch, vectors
from intents.content import load_content
from intents.patterns import SymptomRules
from intents.shapes import rank
from intents.symptoms import Report, SymptomMatcher

CONTENT = load_content()
MATCHER = CONTENT.matcher("en-US")
REPORTS = Path(__file__).parent / "reports"
FOLDER = REPORTS.parents[2] / "intents" / "languages" / "en"
ENGLISH = CONTENT.language("en-US")
RULES = SymptomRules.model_validate(
    tomllib.loads((FOLDER.parents[1] / "symptoms.toml").read_text(encoding="utf-8"))
)
ALONE = SymptomMatcher(
    ENGLISH.symptoms, ENGLISH.types["Symptom"], RULES, CONTENT.screening, hunch.load(FOLDER, None)
)
"""As where the sentence model is not installed."""
Recorder = Callable[[str, object], None]


def rows(name: str) -> list[list[str]]:
    lines = (REPORTS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines]


def outcome(report: Report | None) -> str:
    if report is None or (report.symptom is None and report.asks is None):
        return "nothing"
    return "asked" if report.asks else report.level


def judged(matcher: SymptomMatcher, name: str, level: str) -> dict[str, float]:
    """How reports of a level are answered, as shares."""
    texts = [row[4] for row in rows(name) if row[2] == level]
    counted = Counter(outcome(matcher.read(text)) for text in texts)
    return {
        key: counted[key] / len(texts) for key in ("emergency", "urgent", "soon", "asked", "none", "nothing")
    }


# What is reached, a little below: of emergencies unanswered, emergencies asked back about, false alarms and
# needless questions on what is harmless or negated. From the first three it has learned.
BOUNDS = {
    ("first", "sentences"): (0.0, 0.01, 0.01, 0.04),
    ("second", "sentences"): (0.01, 0.01, 0.02, 0.08),
    ("third", "sentences"): (0.0, 0.01, 0.01, 0.06),
    ("held_out", "sentences"): (0.011, 0.1, 0.02, 0.12),
    ("held_out", "alone"): (0.03, 0.1, 0.03, 0.15),
    ("blind", "sentences"): (0.0, 0.06, 0.02, 0.12),
    ("blind_two", "sentences"): (0.01, 0.1, 0.025, 0.16),
}


@pytest.mark.parametrize(("name", "ear"), BOUNDS)
def test_emergencies_are_answered_or_asked_back_about(name: str, ear: str, record_property: Recorder) -> None:
    if ear == "sentences" and vectors.load(FOLDER / "wordpieces.txt") is None:
        pytest.skip("the extra `understand` is not installed")
    matcher = MATCHER if ear == "sentences" else ALONE
    missed, asked, false, needless = BOUNDS[name, ear]
    found = judged(matcher, name, "emergency")
    silent = found["nothing"] + found["none"]
    where = f"{name}, {ear}"
    record_property(f"emergencies of 1000 unanswered in {where}", round(1000 * silent))
    record_property(f"emergencies of 1000 asked back about in {where}", round(1000 * found["asked"]))
    harmless = judged(matcher, name, "-")
    alarms = harmless["emergency"] + harmless["urgent"] + harmless["soon"]
    record_property(f"false alarms of 1000 harmless in {where}", round(1000 * alarms))
    record_property(f"needless questions of 1000 harmless in {where}", round(1000 * harmless["asked"]))
    assert silent <= missed
    assert found["asked"] <= asked
    assert alarms <= false
    assert harmless["asked"] <= needless


@pytest.mark.parametrize("level", ["urgent", "soon"])
def test_lesser_reports_are_mostly_heard(level: str, record_property: Recorder) -> None:
    found = judged(MATCHER, "held_out", level)
    record_property(f"{level} of 1000 in held_out unheard", round(1000 * (found["nothing"] + found["none"])))
    assert found["nothing"] + found["none"] <= 0.1


def test_who_is_meant_and_which_symptom(record_property: Recorder) -> None:
    heard = [(row, MATCHER.read(row[4])) for row in rows("held_out") if row[2] != "-"]
    found = [(row, report) for row, report in heard if report and report.symptom]
    about = sum(report.about == row[3] for row, report in found) / len(found)
    symptom = sum(report.symptom in row[1].split("|") for row, report in found) / len(found)
    record_property("right symptoms of 1000 in held_out", round(1000 * symptom))
    assert about >= 0.97
    assert symptom >= 0.8


@pytest.mark.parametrize(
    ("text", "symptom", "about"),
    [
        ("I can't feel my bum", "saddle_numbness", "self"),
        ("i don't have any trouble peeing but my legs are weak", "both_legs_weak", "self"),
        ("my husband can't move his legs", "cannot_move_legs", "other"),
        ("my mum can't feel her legs", "cannot_move_legs", "other"),
        ("no well my foot's a bit numb", "numb_leg_or_foot", "self"),
        ("chess pain", "chest_pain", "self"),
        ("i can't get up", "stranded", "self"),
        ("my legs won't do what i say", "both_legs_weak", "self"),
        ("i had cancer ten years ago", "cancer_history_new_pain", "self"),
    ],
)
def test_what_is_said_is_heard(text: str, symptom: str, about: str) -> None:
    report = MATCHER.read(text)
    assert report
    assert (report.symptom or report.asks, report.about) == (symptom, about)


@pytest.mark.parametrize(
    "text",
    [
        "no numbness",
        "this is killing me",
        "i need a pee",
        "the tap is leaking",
        "yes",
        "no",
        "three",
        "knee rocking",
        "",
    ],
)
def test_what_is_no_report_is_none(text: str) -> None:
    report = MATCHER.read(text)
    assert report is None or rank(report.level) == 0
    assert report is None or report.asks is None


def test_two_together_weigh_more() -> None:
    report = MATCHER.read("i've had cancer and now i'm unsteady when i walk")
    assert report
    assert report.level == "emergency"


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    MATCHER.read(text)


@pytest.mark.parametrize(
    "text", ["a" * 8_000, "my leg is numb " * 600, "<speak>numb</speak>", "не чувствую ног", "\x00\x07"]
)
def test_long_and_strange_texts_are_read(text: str) -> None:
    MATCHER.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "now and then",
        "hmm well",
        "and so on",
        "it is what it is",
        "there you go",
        "up and down",
        "down there",
    ],
)
def test_words_that_say_nothing_ask_nothing(text: str) -> None:
    report = MATCHER.read(text)
    assert report is None or (rank(report.level), report.asks) == (0, None)


@pytest.mark.parametrize(
    "text",
    [
        "is numbness dangerous",
        "what does weakness in a leg mean",
        "why do you ask about my bladder",
        "lower my leg slowly",
        "lift both legs together",
        "my legs are shaking a bit from the bridge",
        "i can feel it in my bum, lovely stretch",
        "i need a wee, hang on",
        "no numbness, no weakness, nothing",
        "my legs aren't weak",
        "i never had chest pain",
        "i'm dead on my feet after that shift",
    ],
)
def test_talk_while_exercising_alarms_nobody(text: str) -> None:
    report = MATCHER.read(text)
    assert report is None or (rank(report.level), report.asks) == (0, None)


@pytest.mark.parametrize(
    "text", ["numb", "tingling", "it went numb", "my legs feel funny", "i feel funny down there"]
)
def test_a_word_that_may_alarm_is_reported_or_asked_back_about(text: str) -> None:
    report = MATCHER.read(text)
    assert report
    assert report.asks or rank(report.level) > 0


def test_both_parts_of_what_was_learned_belong_together() -> None:
    learned = json.loads((FOLDER / "hunch.json").read_text(encoding="utf-8"))
    assert learned["weights"].keys() <= learned["rarity"].keys()
    classes = len(learned["classes"])
    assert len(learned["bias"]) == classes
    assert set(learned["classes"]) - {"-"} <= CONTENT.screening.advice.keys()
    numpy = pytest.importorskip("numpy")
    with numpy.load(FOLDER / "hunch.npz") as found:
        assert found["linear"].shape == (len(learned["rarity"]), classes)
        assert found["pull"].shape == (len(found["near"]), classes)
        assert found["axes"].shape[1] == found["near"].shape[1]
