import pytest

from intents.content import Content, load_content
from tests.actor import Actor


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content()


@pytest.fixture
def actor(content: Content) -> Actor:
    return Actor(content)
