"""Imports point down only: skill → intents → audio; foreign libraries stay at their one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {"audio": {"audio"}, "intents": {"audio", "intents"}, "skill": {"audio", "intents", "skill"}}
# Library → the only files that may import it.
ONLY_IN = {
    "gtts": {"audio/engines/google.py"},
    "ask_sdk_core": {
        "intents/alexa/__init__.py",
        "intents/alexa/keeping.py",
        "intents/alexa/reading.py",
        "skill/memory.py",
        "skill/store.py",
    },
    "ask_sdk_model": {
        "intents/alexa/__init__.py",
        "intents/alexa/keeping.py",
        "intents/alexa/reading.py",
        "intents/alexa/writing.py",
        "skill/memory.py",
        "skill/store.py",
    },
    "flask": {"skill/app.py", "skill/streams.py", "skill/text_api.py", "skill/web_page.py"},
    "limits": {"skill/text_api.py"},
    "werkzeug": {"skill/streams.py"},
    "fcntl": {"skill/clips.py"},
    # The extra [render]; what the web service imports must not lead here (tests/skill/test_without_extra.py).
    "av": {"audio/codec.py"},
    "hibari": {"audio/engines/embedded.py"},
    "numpy": {
        "audio/codec.py",
        "audio/engines/__init__.py",
        "audio/engines/embedded.py",
        "audio/engines/silent.py",
        "audio/mastering.py",
        "audio/recording.py",
        "audio/sounds.py",
        "intents/hunch.py",
        "intents/ranking.py",
        "intents/vectors.py",
    },
    "cryptography": {"skill/verify.py", "skill/settings.py"},
    "sqlite3": {"skill/store.py"},
    "urllib3": {"skill/connection.py", "skill/reminders.py", "skill/verify.py"},
    "click": {"skill/commands.py", "skill/given.py", "skill/studio.py"},
    "onnxruntime": {"intents/vectors.py"},
}
# Network, disk, clock and environment belong to skill alone (content files are read by their loaders).
WORLD = {"os", "time", "socket", "http", "urllib", "urllib3", "requests", "sqlite3", "random", "secrets"}

FILES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield str(node.module)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down_and_foreign_libraries_stay_at_their_place(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    package = name.partition("/")[0]
    tops = {found.partition(".")[0] for found in imports(path)}
    assert not (tops & MAY_IMPORT.keys()) - MAY_IMPORT[package]
    assert not {top for top in tops if name not in ONLY_IN.get(top, {name})}
    if package != "skill" and name != "audio/engines/google.py":
        assert not tops & WORLD


def test_the_rules_would_catch_a_wrong_import(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import flask\nfrom skill.app import create_app\n", encoding="utf-8")
    assert set(imports(wrong)) == {"flask", "skill.app"}
