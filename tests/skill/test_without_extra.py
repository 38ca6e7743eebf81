"""The web process serves files without numpy, without an encoder and without a voice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from intents.content import Content
from skill.clips import ClipStore
from tests.skill.clips import fill

ROOT = Path(__file__).parents[2]
EXTRA = ("numpy", "av", "hibari", "onnxruntime", "gtts", "requests")
SERVE = f"""
import sys
for name in {EXTRA}:
    sys.modules[name] = None
from skill.app import create_app
client = create_app().test_client()
response = client.get("/audio/en-US/abdominal_brace-2.mp3", headers={{"Range": "bytes=0-143"}})
print(response.status_code, len(response.data), client.post("/alexa").status_code)
"""
RENDER = f"""
import sys
for name in {EXTRA}:
    sys.modules[name] = None
from skill.commands import main
main()
"""


def run(code: str, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    ours = ("GENTLE_BACK_", "ALEXA_", "DATABASE_URL")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environ |= {
        "GENTLE_BACK_CLIPS": str(tmp_path / "clips"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/people.db",
    }
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)  # noqa: S603


def test_the_web_process_needs_no_voice(content: Content, tmp_path: Path) -> None:
    fill(ClipStore(tmp_path / "clips"), content, "abdominal_brace-2")
    found = run(SERVE, tmp_path)
    assert found.stdout == "206 144 400\n", found.stderr


@pytest.mark.parametrize("arguments", [("render",), ("export", "knee_rocking")])
def test_without_the_extra_commands_say_what_to_install(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    found = run(RENDER, tmp_path, *arguments)
    assert found.returncode == 1
    assert "is missing; install requirements-render.txt, or the extra gentle-back[render]" in found.stderr
    assert "Traceback" not in found.stderr
