"""The service as its operator runs it: the Procfile's own words, with the operator's clips."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
START_S = 30


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    port: int
    process: int
    """The id of gunicorn's master."""

    @property
    def url(self) -> str:
        """Its address on this machine."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def service(folder: Path, **settings: str) -> Iterator[Service]:
    """Serve until the block is left; database and log lie in `folder`.

    Raises:
        TimeoutError: It does not answer after half a minute, or has ended; the text is its log.
    """
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    environ = {**os.environ, "PORT": str(port), "DATABASE_URL": f"sqlite:///{folder}/people.db", **settings}
    environ["PATH"] = f"{BIN}:{environ['PATH']}"
    line = (ROOT / "Procfile").read_text(encoding="utf-8").removeprefix("web: ")
    command = [shutil.which("sh") or "sh", "-c", f"exec {line}"]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out)  # noqa: S603
    try:
        deadline = time.monotonic() + START_S
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(log.read_text(encoding="utf-8"))
            time.sleep(0.05)
        yield Service(port, process.pid)
    finally:
        process.terminate()
        process.wait(START_S)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
