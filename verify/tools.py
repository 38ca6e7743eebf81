"""Running programs that others wrote."""

import subprocess
from pathlib import Path


def tool(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; what it says is judged by whoever called.

    Raises:
        AssertionError: It failed.
    """
    words = [str(word) for word in command]
    found = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    assert found.returncode == 0, f"{' '.join(words)}\n{found.stderr}"
    return found
