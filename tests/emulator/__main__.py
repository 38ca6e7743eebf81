"""Serve the skill as its operator does, and let an emulator play it: `python -m tests.emulator`.

The emulator cannot sign, so its requests pass a small proxy that signs them with the tests' own authority:
every check of the service is on. `make verify-model` installs what this needs.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from intents.content import load_content
from skill.clips import ClipStore
from tests.skill.clips import fill
from tests.skill.service import ROOT, SKILL_ID, authority, settings_with_amazon
from tests.skill.test_gunicorn import Service, connected

HOME = "https://back.example.org"
PLAYED = tuple(f"knees_to_chest/{dose}-{side}-100" for dose in ("1", "start") for side in ("right", "left"))
"""What must be there for it to be played straight through."""

HERE = Path(__file__).parent
MODELS = ROOT / "skill-package" / "interactionModels" / "custom"


@contextmanager
def signing(port: int) -> Iterator[str]:
    """The address of a proxy that signs what it passes on to the service."""

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with connected(port) as post:
                answer = post(body, authority().headers(body))
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing of each request."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/alexa"
        finally:
            server.shutdown()
            thread.join()


def main() -> int:
    """Play every locale; the emulator's exit code."""
    node = shutil.which("node")
    if node is None:
        sys.stderr.write("This needs Node.js 20 or later with npm (on Debian: apt install nodejs npm).\n")
        return 1
    with tempfile.TemporaryDirectory() as folder, settings_with_amazon(Path(folder)) as amazon:
        clips, content = Path(folder) / "clips", load_content()
        for words in content.languages.values():
            for locale in words.locales:
                fill(ClipStore(clips), content, *PLAYED, locale=locale)
        service = Service(Path(folder), {**amazon, "PUBLIC_URL": HOME, "GENTLE_BACK_CLIPS": str(clips)})
        try:
            service.wait()
            with signing(service.port) as url:
                command = [node, str(HERE / "play.js"), url, SKILL_ID, str(MODELS)]
                return subprocess.run(command, check=False).returncode  # noqa: S603 - our own words
        finally:
            service.stop()


if __name__ == "__main__":
    sys.exit(main())
