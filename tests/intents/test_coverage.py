"""Every statement of the seed document is answered: by which content, and in which dialogue it is spoken."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from intents.checks import texts
from intents.content import load_content
from tests.conftest import Golden
from tests.intents.scripts import FOLDER, play, read
from tests.intents.test_spoken import everything, pattern

DOCS = Path(__file__).parents[2] / "docs"
CONTENT = load_content()
STATEMENTS: dict[str, dict[str, Any]] = tomllib.loads((DOCS / "coverage.toml").read_text(encoding="utf-8"))
TEXTS: dict[str, list[str]] = {}
for file, key, text in texts(CONTENT.language("en-US")):
    TEXTS.setdefault(f"{file.removesuffix('.toml')}.{key}", []).append(text)


def test_the_table_has_all_127_statements() -> None:
    assert list(STATEMENTS) == [f"S{number:02d}" for number in range(1, 128)]


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_is_spoken_in_its_dialogues(name: str) -> None:
    statement = STATEMENTS[name]
    spoken = " ".join(
        everything(outcome)
        for dialogue in statement["dialogues"]
        for outcome in play(CONTENT, FOLDER / f"{dialogue}.toml")
    )
    for key in statement["content"]:
        assert any(pattern(text).search(spoken) for text in TEXTS[key]), f"{key} is not spoken"


def test_the_page_is_made_from_the_table(golden: Golden) -> None:
    golden.check(DOCS / "coverage.md", page())


def page() -> str:
    lines = [
        "# Coverage: what becomes of each statement of the seed document",
        "",
        "Made from `coverage.toml` by `pytest --regold`; not to be edited. Ids: the clinical review.",
        "",
        "| Id | The seed says | We say | Spoken in |",
        "|---|---|---|---|",
    ]
    for name, statement in STATEMENTS.items():
        said = " … ".join(f"{TEXTS[key][0]} (`{key}`)" for key in statement["content"])
        where = ", ".join(f"`{dialogue}`" for dialogue in statement["dialogues"])
        lines.append(f"| {name} | {statement['seed']} | {said} | {where} |")
    titles = [f"- `{d}`: {read(FOLDER / f'{d}.toml')['title']}" for d in sorted(_dialogues())]
    return "\n".join([*lines, "", "## The dialogues", "", *titles]) + "\n"


def _dialogues() -> set[str]:
    return {dialogue for statement in STATEMENTS.values() for dialogue in statement["dialogues"]}
