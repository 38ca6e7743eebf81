from pathlib import Path

import pytest

from intents.content import Content, load_content
from tests.actor import Actor


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
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, (
            f"{path.name} differs: `pytest --regold`, read the diff"
        )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(rewrite=bool(request.config.getoption("--regold")))
