"""The audio routes, as RFC 9110 has them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from intents.content import Content, load_content
from skill import streams
from skill.clips import ClipStore
from skill.library import Library
from skill.streams import audio_routes, version_of
from tests.skill.clips import fill

PATH = "/audio/en-US/abdominal_brace-2.mp3"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    content = load_content()
    store = ClipStore(tmp_path_factory.mktemp("clips"))
    fill(store, content, "abdominal_brace-2")
    return Library(content, store)


@pytest.fixture(scope="module")
def client(library: Library) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    app.register_blueprint(audio_routes(library))
    with app.test_client() as found:
        yield found


@pytest.fixture(scope="module")
def whole(client: FlaskClient) -> bytes:
    return bytes(client.get(PATH).data)


@pytest.fixture(scope="module")
def version(library: Library) -> str:
    session = library.find("en-US", "abdominal_brace-2")
    assert session is not None
    return version_of(session)


def test_a_whole_file_says_how_long_it_is_before_its_first_byte(
    client: FlaskClient, library: Library
) -> None:
    response = client.get(PATH)
    session = library.find("en-US", "abdominal_brace-2")
    assert session is not None
    assert response.status_code == 200
    assert response.content_length == len(response.data) == session.mp3.size
    assert response.mimetype == "audio/mpeg"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert re.fullmatch(r'"[0-9a-f]{32}"', response.headers["ETag"])


@given(data=st.data())
def test_any_range_is_the_slice_of_the_whole(client: FlaskClient, whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole) - 1))
    stop = data.draw(st.integers(start, len(whole) + 1_000))
    response = client.get(PATH, headers={"Range": f"bytes={start}-{stop}"})
    assert response.status_code == 206
    assert response.data == whole[start : stop + 1]
    last = min(stop, len(whole) - 1)
    assert response.headers["Content-Range"] == f"bytes {start}-{last}/{len(whole)}"
    assert response.content_length == len(response.data)


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=144-", 144, None),
        ("bytes=-144", -144, None),
        ("bytes=-99999999", 0, None),
        ("bytes = 10-19", 10, 20),
        ("BYTES=10-19", 10, 20),
    ],
)
def test_a_range_may_be_single_open_or_a_suffix(
    client: FlaskClient, whole: bytes, header: str, start: int, stop: int | None
) -> None:
    response = client.get(PATH, headers={"Range": header})
    assert response.status_code == 206
    assert response.data == whole[start:stop]


@pytest.mark.parametrize(
    "header",
    [
        "bytes=0-9,20-29",
        "bytes=5-3",
        "bytes=",
        "bytes=-",
        "bytes=x-y",
        "items=0-9",
        "0-9",
        "bytes=-0",
        "bytes",
    ],
)
def test_several_ranges_and_what_cannot_be_read_are_answered_as_a_whole(
    client: FlaskClient, whole: bytes, header: str
) -> None:
    response = client.get(PATH, headers={"Range": header})
    assert (response.status_code, response.data) == (200, whole)
    assert "Content-Range" not in response.headers


def test_a_range_behind_the_end_cannot_be_satisfied(client: FlaskClient, whole: bytes) -> None:
    response = client.get(PATH, headers={"Range": f"bytes={len(whole)}-"})
    assert (response.status_code, response.data) == (416, b"")
    assert response.headers["Content-Range"] == f"bytes */{len(whole)}"


@pytest.mark.parametrize("header", [{}, {"Range": "bytes=10-19"}], ids=str)
def test_head_says_the_same_as_get_without_a_body_or_a_range(
    client: FlaskClient, whole: bytes, header: dict[str, str]
) -> None:
    response = client.head(PATH, headers=header)
    assert (response.status_code, response.data) == (200, b"")
    assert response.content_length == len(whole)


def test_if_range_continues_the_same_version_only(client: FlaskClient, whole: bytes, version: str) -> None:
    def part(condition: str) -> int:
        headers = {"Range": "bytes=10-19", "If-Range": condition}
        response = client.get(PATH, headers=headers)
        assert response.data == (whole[10:20] if response.status_code == 206 else whole)
        return response.status_code

    assert part(f'"{version}"') == 206
    assert part(f'W/"{version}"') == 200
    assert part('"another"') == 200
    assert part("Sun, 22 Nov 2026 08:00:00 GMT") == 200


@pytest.mark.parametrize("path", [PATH, PATH.replace(".mp3", ".vtt")])
def test_what_is_known_already_is_not_sent_again(client: FlaskClient, version: str, path: str) -> None:
    for condition in (f'"{version}"', f'W/"{version}"', f'"x", "{version}"', "*"):
        response = client.get(path, headers={"If-None-Match": condition})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == f'"{version}"'
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_under_its_version_a_file_is_kept_for_a_year_else_asked_for_again(
    client: FlaskClient, version: str
) -> None:
    assert client.get(PATH).headers["Cache-Control"] == "no-cache"
    pinned = client.get(f"{PATH}?v={version}").headers["Cache-Control"]
    assert pinned == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        f"{PATH}?v=stale",
        f"{PATH}?v=",
        "/audio/en-US/abdominal_brace-3.mp3",
        "/audio/en-US/back_rolling-5.mp3",
        "/audio/en-US/abdominal_brace-2.wav",
        "/audio/de-DE/abdominal_brace-2.mp3",
        "/audio/en-US/..%2fvoices.json.mp3",
        "/audio/en-US/.mp3",
        "/audio/",
    ],
)
def test_anything_else_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.head(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_files_are_only_read(client: FlaskClient, method: str) -> None:
    assert client.open(PATH, method=method).status_code == 405


def test_captions_lie_beside(client: FlaskClient, version: str) -> None:
    response = client.get(f"{PATH.replace('.mp3', '.vtt')}?v={version}")
    assert response.mimetype == "text/vtt"
    text = response.get_data(as_text=True)
    assert text.startswith("WEBVTT\n\n00:00:00.024 --> ")
    assert "Stop if pain climbs, or runs down your leg." in text
    assert client.get("/audio/en-US/abdominal_brace-2.vtt?v=stale").status_code == 404


def test_who_listens_never_takes_the_last_thread(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_LISTENERS", 2)
    app = Flask(__name__)
    app.register_blueprint(audio_routes(library))
    client = app.test_client()
    first, second = client.get(PATH), client.get(PATH, headers={"Range": "bytes=0-9"})
    refused = client.get(PATH)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert client.head(PATH).status_code == 200
    first.close()
    again = client.get(PATH)
    assert again.status_code == 200
    again.close()
    second.close()
    assert client.get(PATH, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_nothing_is_rendered_and_nothing_is_served_at_first(content: Content, tmp_path: Path) -> None:
    app = Flask(__name__)
    app.register_blueprint(audio_routes(Library(content, ClipStore(tmp_path / "none"))))
    assert app.test_client().get(PATH).status_code == 404
