from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from intents.checks import PAGES
from intents.content import Content
from skill.app import create_app


class Reader(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder: Path = tmp_path_factory.mktemp("pages")
    with create_app({"DATABASE_URL": f"sqlite:///{folder}/people.db"}).test_client() as found:
        yield found


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_can_be_read_by_anybody_and_fetches_nothing(
    client: FlaskClient, content: Content, name: str
) -> None:
    answer = client.get(f"/{name}", headers={"Accept-Language": "de, en;q=0.5"})
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = Reader(answer.text)
    assert page.attributes["lang"] == answer.headers["Content-Language"] == "en"
    assert page.tags.count("h1") == page.tags.count("main") == page.tags.count("title") == 1
    assert not {"script", "img", "link", "iframe", "form"} & set(page.tags)
    assert not {"src", "href", "onclick", "style"} & page.attributes.keys()
    words = content.language("en-US").pages[name]
    assert page.tags.count("h2") == len(words.sections)
    assert page.tags.count("p") == sum(len(section.texts) for section in words.sections)
    assert "{" not in "".join(text for text in page.text if "color-scheme" not in text)


def test_the_terms_hold_the_disclaimer(client: FlaskClient, content: Content) -> None:
    assert content.language("en-US").store.disclaimer in Reader(client.get("/terms").text).text


def test_who_speaks_no_language_of_ours_gets_the_default(client: FlaskClient) -> None:
    assert client.get("/privacy", headers={"Accept-Language": "tlh"}).headers["Content-Language"] == "en"
    assert client.get("/privacy").status_code == 200


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_takes_nothing(client: FlaskClient, name: str) -> None:
    assert client.post(f"/{name}", data="hello").status_code == 405
    assert client.head(f"/{name}").data == b""
