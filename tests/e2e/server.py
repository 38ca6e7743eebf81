"""The service for a browser, with a clock that its driver moves.

Prints its address; each line of standard input is milliseconds to move the conversations' clock on by, and is
answered by a line once it has moved.
"""

import os
import sys
import tempfile
import threading
import time

from werkzeug.serving import make_server

from skill.app import create_app
from skill.settings import PREFIXES


class Clock:
    """Time that passes by itself, and faster when told to."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_ms


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        settings = {name: value for name, value in os.environ.items() if name.startswith(PREFIXES)}
        kept = {"DATABASE_URL": f"sqlite:///{folder}/people.db"}
        app = create_app({"GENTLE_BACK_CLIPS": f"{folder}/clips", **settings, **kept}, now_ms=clock.now_ms)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _tell(f"http://127.0.0.1:{server.port}")
        for line in sys.stdin:
            clock.ahead_ms += int(line)
            _tell("moved")
        server.shutdown()


if __name__ == "__main__":
    main()
