import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from intents.content import Content
from intents.envelope import build
from skill.clips import ClipStore
from skill.commands import main

LINE = re.compile(r"\d\d:\d\d\.\d  (\(pause \d+\.\d s\)|[^ (].*)|")
SUMMARY = {"intent", "asks", "slots", "triage", "guiding", "question", "ssml", "reprompt", "clock", "alexa"}
NOTHING_TO_REPORT = ["no", "no", "no", "no", "no", "two", "no", "no", "floor"]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GENTLE_BACK_COUNTRY", "GENTLE_BACK_ENV", "PORT"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, arguments, input=text)


def turns(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_say_prints_words_and_pauses_with_their_clock() -> None:
    result = run("say", "help me up")
    assert result.exit_code == 0
    assert all(LINE.fullmatch(line) for line in result.stdout.splitlines())
    assert "00:00.0  If you fell hard" in result.stdout
    assert "(pause 8.0 s)" in result.stdout


def test_say_opens_first_unless_something_is_asked_for() -> None:
    assert [turn["intent"] for turn in turns(run("say", "--json", "what can you do"))] == [
        "LaunchRequest",
        "AMAZON.HelpIntent",
    ]
    assert [turn["intent"] for turn in turns(run("say", "--json", "how should I sit"))] == ["GetTipIntent"]
    assert [turn["intent"] for turn in turns(run("say", "--json", "Alexa, open gentle back"))] == [
        "LaunchRequest"
    ]


def test_say_without_text_is_one_turn_a_line() -> None:
    found = turns(run("say", "--json", text="start knee rocking\nno\n"))
    assert [turn["question"] for turn in found] == ["saddle", "legs"]


def test_say_with_nothing_at_all_says_hello() -> None:
    assert [turn["intent"] for turn in turns(run("say", "--json", text=""))] == ["LaunchRequest"]


def test_the_json_has_the_shape_of_the_text_channels() -> None:
    (tip,) = turns(run("say", "--json", "how should I lift a box"))
    assert set(tip) == SUMMARY
    assert tip["slots"] == {"topic": "lifting"}
    assert (tip["question"], tip["reprompt"], tip["guiding"], tip["triage"]) == (None, None, False, None)
    assert str(tip["ssml"]).startswith("<speak>")
    alexa = tip["alexa"]
    assert isinstance(alexa, dict)
    assert alexa["version"] == "1.0"
    assert alexa["response"]["shouldEndSession"] is True
    clock = tip["clock"]
    assert isinstance(clock, list)
    assert set(clock[0]) == {"start_ms", "length_ms", "kind", "text"}


def test_numbers_are_numbers_and_durations_are_iso() -> None:
    found = turns(run("say", "--json", "ten knee rocking", "no"))
    assert found[0]["slots"] == {"exercise": "knee_rocking", "count": 10}
    found = turns(run("say", "--json", "five minutes of knee rocking"))
    assert found[0]["slots"] == {"exercise": "knee_rocking", "duration": "PT5M"}


def test_with_play_time_a_page_is_heard_to_its_end() -> None:
    found = turns(run("say", "--json", "--play-time", "start knee rocking", *NOTHING_TO_REPORT, "same", "no"))
    assert [turn["guiding"] for turn in found][-3:] == [True, False, False]
    assert found[-2]["question"] == "more"


def test_a_person_is_remembered_in_the_store_that_is_named(tmp_path: Path) -> None:
    store = str(tmp_path / "people.db")
    (first,) = turns(run("say", "--json", "--store", store, "open gentle back"))
    (second,) = turns(run("say", "--json", "--store", store, "open gentle back"))
    assert "I'm Gentle Back" in str(first["ssml"])
    assert "I'm Gentle Back" not in str(second["ssml"])


def test_the_locale_picks_the_number() -> None:
    (turn,) = turns(run("say", "--json", "--locale", "en-GB", "i can't feel between my legs"))
    assert "nine nine nine" in str(turn["ssml"])
    assert turn["triage"] == "emergency"


def test_the_setting_picks_the_number_before_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENTLE_BACK_COUNTRY", "DE")
    (turn,) = turns(run("say", "--json", "i can't feel between my legs"))
    assert "one one two" in str(turn["ssml"])
    assert "elsewhere" not in str(turn["ssml"])


def test_turn_answers_one_envelope(content: Content) -> None:
    envelope = build(
        "LaunchRequest",
        language=content.language("en-US"),
        locale="en-US",
        session_id="s",
        user_id="u",
        is_new=True,
        now_ms=1_800_000_000_000,
    )
    result = run("turn", text=json.dumps(envelope))
    assert result.exit_code == 0
    assert "Gentle Back" in json.loads(result.stdout)["response"]["outputSpeech"]["ssml"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff", "[" * 100_000])
def test_turn_refuses_what_is_no_envelope_on_stderr(text: str) -> None:
    result = run("turn", text=text.encode("latin-1"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["say", "--no-such-option"],
        ["say", "--store", "/"],
        ["say", "--store", "/dev/null/people.db"],
    ],
)
def test_wrong_use_is_exit_code_two(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_wrong_setting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENTLE_BACK_COUNTRY", "Atlantis")
    result = run("say", "hello")
    assert result.exit_code == 2
    assert "GENTLE_BACK_COUNTRY" in result.stderr


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_verb_is_in_the_readme_and_has_help(verb: str) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"gentle-back {verb}" in readme
    assert main.commands[verb].help


def test_sentences_are_every_sample_by_name(content: Content) -> None:
    found = json.loads(run("sentences", "--locale", "en-GB").stdout)
    words = content.language("en-GB")
    assert found["language"] == "en"
    assert found["intents"].keys() == {name for name, intent in words.intents.items() if intent.samples}
    tips = found["intents"]["GetTipIntent"]["data"][0]["sentences"]
    assert "<gentle_back> {gentle_back_topic:topic}" in tips
    assert found["lists"]["gentle_back_number"] == {"range": {"from": 0, "to": 100}}
    assert {"in": "knee rocking", "out": "knee_rocking"} in found["lists"]["gentle_back_exercise"]["values"]


def test_silence_is_a_turn_of_the_command_line_too() -> None:
    asked, reprompted, ended = turns(run("say", "--json", "start knee rocking", "", ""))
    assert reprompted["question"] == asked["question"]
    assert (ended["question"], ended["clock"]) == (None, [])


def test_explore_prints_turns_states_and_violations() -> None:
    result = run("explore", "--seed", "7", "--turns", "100")
    assert result.exit_code == 0
    assert re.fullmatch(r"1\d\d turns, [1-9]\d* states, 0 violations\n", result.stdout)
    assert run("explore", "--seed", "7", "--turns", "100").stdout == result.stdout


def test_explore_wants_a_number_of_turns() -> None:
    assert run("explore", "--turns", "0").exit_code == 2


def test_understand_answers_every_line_with_an_object() -> None:
    result = run(
        "understand", text="do ten hip lifts\n\nwho won the cup\nremind me at 8am\ni can't feel my bottom\n"
    )
    lifts, blank, cup, reminder, numb = [json.loads(line) for line in result.stdout.splitlines()]
    assert lifts == {
        "utterance": "do ten hip lifts",
        "intent": "StartExerciseIntent",
        "slots": {"count": 10, "exercise": "pelvic_lift"},
        "triage": None,
        "about": "self",
        "confidence": 1.0,
        "did_you_mean": None,
    }
    assert blank["utterance"] == ""
    assert blank["intent"] == cup["intent"] == "AMAZON.FallbackIntent"
    assert reminder["slots"] == {"time": "08:00"}
    assert numb["triage"] == "emergency"
    assert 0 <= cup["confidence"] <= 1


def test_the_open_question_can_be_told() -> None:
    (said,) = run("understand", "--question", "pain", text="too\n").stdout.splitlines()
    assert json.loads(said)["slots"] == {"score": 2}
    refused = run("understand", "--question", "nowhere", text="too\n")
    assert (refused.exit_code, refused.stdout) == (2, "")


@pytest.fixture
def clips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ClipStore:
    monkeypatch.setenv("GENTLE_BACK_CLIPS", str(tmp_path / "clips"))
    return ClipStore(tmp_path / "clips")


def test_render_stops_with_the_process_it_works_for_and_goes_on_the_next_time(clips: ClipStore) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    result = run("render", "--engine", "silent", "--locale", "en-US", "--while-running", str(ended.pid))
    assert result.exit_code == 1
    assert "0 clips made" in result.stdout
    assert "Run it again to go on" in result.stderr
    assert clips.voice("en-US") == "silent 1 en-US 1"
    assert clips.voice("en-GB") is None


def test_render_waits_for_nobody(clips: ClipStore) -> None:
    with clips.alone():
        result = run("render", "--engine", "silent")
    assert result.exit_code == 1
    assert "another rendering is at work" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("render", "--locale", "de-DE"), 2, "no locale de-DE; must be one of en-US"),
        (("render", "--engine", "alexa"), 1, "no engine 'alexa'; must be one of embedded, gtts, silent"),
        (("render", "--engine", "silent", "--rate", "9"), 1, "has no rate 9; must be from 0.25 to 4"),
        (("export", "back_rolling"), 2, "is never a file"),
        (("export", "knee_rocking", "--minutes", "99"), 2, "must be from 1 to 10"),
        (("export", "knee_rocking", "--minutes", "1", "--repetitions", "1"), 2, "give one of them"),
        (("export", "knee_rocking", "--locale", "xx"), 2, "no locale xx"),
    ],
)
@pytest.mark.usefixtures("clips")
def test_what_cannot_be_rendered_is_refused(arguments: tuple[str, ...], exit_code: int, said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == exit_code
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("clips")
def test_export_writes_three_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("export", "abdominal_brace", "--repetitions", "1", "--engine", "silent", "--out", str(out))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        str(out / f"abdominal_brace-1-repetitions.{kind}") for kind in ("mp3", "vtt", "html")
    ]


@pytest.mark.usefixtures("clips")
def test_export_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run(
        "export",
        "abdominal_brace",
        "--repetitions",
        "1",
        "--engine",
        "silent",
        "--out",
        str(tmp_path / "file" / "x"),
    )
    assert result.exit_code == 1
    assert "Not a directory" in result.stderr
