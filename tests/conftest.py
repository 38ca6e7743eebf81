from pathlib import Path

import pytest
from hypothesis import settings

from intents.content import Content, load_content
from tests.actor import Actor

# The same examples on every run, so that a red test is about the change at hand. New ones are looked for with
# `pytest --hypothesis-profile=explore`.
settings.register_profile("default", max_examples=150, derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=5_000, deadline=None)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regold", action="store_true", help="write golden files anew; then read their diff")


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content()


@pytest.fixture
def actor(content: Content) -> Actor:
    return Actor(content)


class Golden:
    """Compares text with a file that a person has read."""

    def __init__(self, *, rewrite: bool) -> None:
        self._rewrite = rewrite

    def check(self, path: Path, text: str) -> None:
        if self._rewrite:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, (
            f"{path.name} differs: `pytest --regold`, read the diff"
        )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(rewrite=bool(request.config.getoption("--regold")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests counted (`record_property`), summed up by name."""
    counted: dict[str, int] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            counted[name] = counted.get(name, 0) + int(value)
    for name, value in counted.items():
        terminalreporter.write_line(f"{value:,} {name}")
