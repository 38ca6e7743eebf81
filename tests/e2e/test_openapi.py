"""What the OpenAPI document promises, tried by Schemathesis with what it allows and what it forbids."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from skill.text_api import DOCUMENT_PATH

pytestmark = pytest.mark.skipif(
    find_spec("schemathesis") is None, reason="needs schemathesis: make e2e installs it"
)


def test_the_service_keeps_what_its_openapi_document_promises() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        try:
            done = subprocess.run(  # noqa: S603 - our own words
                # Slower than the limit of turns, which is not what is tried here.
                [
                    *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}{DOCUMENT_PATH}"),
                    *("--rate-limit", "30/s", "--max-examples", "100", "--seed", "7"),
                ],
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            server.stdin.close()
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout
