import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio.errors import ContentError
from intents import contract
from intents.alexa.requests import PLAYING
from intents.content import Content, load_content
from intents.handlers import guesses, memory, talk
from intents.routes import ROUTES
from intents.shapes import LEVELS

ROOT = Path(__file__).parents[1]
PROBLEM = re.compile(r"[a-z_]+/?[a-z_/]*(\.toml)?: \S.*")

Break = dict[str, str]


def read_breaks() -> Iterator[tuple[str, Break]]:
    for path in sorted((Path(__file__).parent / "broken").glob("*.toml")):
        yield from tomllib.loads(path.read_text(encoding="utf-8")).items()


BREAKS = dict(read_breaks())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("audio", "intents"):
        for path in (p for p in (ROOT / package).rglob("*") if p.suffix in {".toml", ".json"}):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return tmp_path


def load(copy: Path) -> Content:
    return load_content(copy / "intents", copy / "audio")


def apply(copy: Path, found: Break) -> None:
    path = copy / found["file"]
    if "old" in found:
        before = path.read_text(encoding="utf-8")
        assert found["old"] in before, f"{found['file']} has changed: choose another text to break"
        path.write_text(before.replace(found["old"], found["new"], 1), encoding="utf-8")
    elif "new" in found:
        path.write_text(found["new"], encoding="utf-8")
    else:
        path.unlink()


def problems_of(copy: Path) -> tuple[str, ...]:
    with pytest.raises(ContentError) as caught:
        load(copy)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


def test_a_copy_of_the_content_is_the_content(copy: Path, content: Content) -> None:
    assert load(copy).versions("en-US") == content.versions("en-US")


@pytest.mark.parametrize(
    "found",
    [pytest.param(found, id=name) for name, found in BREAKS.items()],
)
def test_a_break_is_named_by_file_and_key_with_what_would_be_right(copy: Path, found: Break) -> None:
    apply(copy, found)
    problems = problems_of(copy)
    assert [problem for problem in problems if problem.startswith(found["says"])]
    assert [problem for problem in problems if not PROBLEM.fullmatch(problem)] == []


def test_a_problem_names_no_folder_of_the_machine(copy: Path) -> None:
    apply(copy, BREAKS["a missing file"])
    assert str(copy) not in "".join(problems_of(copy))


@pytest.mark.parametrize(
    "names",
    [
        ("a text for a number", "a phrase that is a number", "a yes that leads nowhere"),
        ("not TOML", "no words for people elsewhere", "an unknown question in a round"),
        ("an unknown surface", "a missing file", "pain beyond ten"),
        ("a missing cue", "an unbalanced brace", "an answer that leads to unknown advice"),
        ("an unknown surface", "an unknown placeholder", "an emergency without because"),
        ("a file of another encoding", "a missing phrase", "a sample with an unknown slot"),
    ],
    ids=" + ".join,
)
def test_three_breaks_in_three_files_are_all_named_at_once(copy: Path, names: tuple[str, ...]) -> None:
    breaks = [BREAKS[name] for name in names]
    assert len({found["file"] for found in breaks}) == 3
    for found in breaks:
        apply(copy, found)
    problems = problems_of(copy)
    for found in breaks:
        assert [problem for problem in problems if problem.startswith(found["says"])]


def test_one_break_is_one_problem(copy: Path) -> None:
    apply(copy, BREAKS["an unknown surface"])
    assert len(problems_of(copy)) == 1


def test_a_folder_without_exercises_is_a_problem(copy: Path) -> None:
    shutil.rmtree(copy / "audio" / "exercises")
    assert "exercises/: holds no .toml file; at least one must be there" in problems_of(copy)


def test_the_contract_names_exactly_what_handlers_say_and_ask() -> None:
    """Found in the code as it is written: phrases and questions by their literal names."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "intents").rglob("*.py")))
    code = code.replace((ROOT / "intents" / "contract.py").read_text(encoding="utf-8"), "")
    in_pieces = {"minute_half", "minutes_half"} | {
        f"{key}_{level}" for key in ("no_exercise", "check", "other") for level in LEVELS
    }
    in_pieces |= {f"mode_{mode}" for mode in memory.SERVED}
    for name in contract.PHRASES.keys() - in_pieces | contract.QUESTIONS:
        assert f'"{name}"' in code, f"nothing says {name}"
    said = set(re.findall(r'(?:say|phrase)\(\s*"([a-z_]+)"', code))
    assert said <= contract.PHRASES.keys()
    assert set(re.findall(r'\bask\(\s*"([a-z_]+)"', code)) <= contract.QUESTIONS


def test_every_question_has_an_answer_for_yes_and_no(content: Content) -> None:
    answered = talk.YES_NO.keys() | content.screening.questions.keys() | {guesses.QUESTION}
    assert answered == set(content.language("en-US").questions)


UNSPOKEN = {"Connections.Response.AskFor"}
"""Sent by Alexa, in answer to a question of its own."""


def test_every_route_has_utterances_and_every_intent_a_route(content: Content) -> None:
    routes = {name for name in ROUTES if not name.endswith("Request") and name not in UNSPOKEN | PLAYING}
    assert routes == set(content.language("en-US").intents)
