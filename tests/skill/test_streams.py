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
from intents.tracks import all_tracks
from skill import streams
from skill.clips import ClipStore
from skill.library import Library
from skill.streams import PublicFiles, audio_routes, version_of
from tests.skill.clips import fill

NAME = "abdominal_brace/2-100"
PATH = f"/audio/en-US/{NAME}.mp3"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    content = load_content()
    store = ClipStore(tmp_path_factory.mktemp("clips"))
    fill(store, content, NAME)
    return Library(content, store)


@pytest.fixture(scope="module")
def client(library: Library) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    app.register_blueprint(audio_routes(library))
    with app.test_client() as found:
        yield found


@pytest.fixture(scope="module")
def version(library: Library) -> str:
    session = library.find("en-US", NAME)
    assert session is not None
    return version_of(session)


@pytest.fixture(scope="module")
def url(version: str) -> str:
    return f"{PATH}?v={version}"


@pytest.fixture(scope="module")
def whole(client: FlaskClient, url: str) -> bytes:
    return bytes(client.get(url).data)


def test_a_whole_file_says_how_long_it_is_before_its_first_byte(
    client: FlaskClient, library: Library, url: str
) -> None:
    response = client.get(url)
    session = library.find("en-US", NAME)
    assert session is not None
    assert response.status_code == 200
    assert response.content_length == len(response.data) == session.mp3.size
    assert response.mimetype == "audio/mpeg"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert re.fullmatch(r'"[0-9a-f]{32}"', response.headers["ETag"])


@given(data=st.data())
def test_any_range_is_the_slice_of_the_whole(
    client: FlaskClient, url: str, whole: bytes, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(whole) - 1))
    stop = data.draw(st.integers(start, len(whole) + 1_000))
    response = client.get(url, headers={"Range": f"bytes={start}-{stop}"})
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
    client: FlaskClient, url: str, whole: bytes, *, header: str, start: int, stop: int | None
) -> None:
    response = client.get(url, headers={"Range": header})
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
    client: FlaskClient, url: str, whole: bytes, header: str
) -> None:
    response = client.get(url, headers={"Range": header})
    assert (response.status_code, response.data) == (200, whole)
    assert "Content-Range" not in response.headers


def test_a_range_behind_the_end_cannot_be_satisfied(client: FlaskClient, url: str, whole: bytes) -> None:
    response = client.get(url, headers={"Range": f"bytes={len(whole)}-"})
    assert (response.status_code, response.data) == (416, b"")
    assert response.headers["Content-Range"] == f"bytes */{len(whole)}"


@pytest.mark.parametrize("header", [{}, {"Range": "bytes=10-19"}], ids=str)
def test_head_says_the_same_as_get_without_a_body_or_a_range(
    client: FlaskClient, url: str, whole: bytes, header: dict[str, str]
) -> None:
    response = client.head(url, headers=header)
    assert (response.status_code, response.data) == (200, b"")
    assert response.content_length == len(whole)


def test_if_range_continues_the_same_version_only(
    client: FlaskClient, url: str, whole: bytes, version: str
) -> None:
    def part(condition: str) -> int:
        headers = {"Range": "bytes=10-19", "If-Range": condition}
        response = client.get(url, headers=headers)
        assert response.data == (whole[10:20] if response.status_code == 206 else whole)
        return response.status_code

    assert part(f'"{version}"') == 206
    assert part(f'W/"{version}"') == 200
    assert part('"another"') == 200
    assert part("Sun, 22 Nov 2026 08:00:00 GMT") == 200


@pytest.mark.parametrize("kind", ["mp3", "vtt"])
def test_what_is_known_already_is_not_sent_again(
    client: FlaskClient, url: str, version: str, kind: str
) -> None:
    path = url.replace(".mp3", f".{kind}")
    for condition in (f'"{version}"', f'W/"{version}"', f'"x", "{version}"', "*"):
        response = client.get(path, headers={"If-None-Match": condition})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == f'"{version}"'
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_file_is_kept_for_a_year_and_the_listing_is_asked_for_again(client: FlaskClient, url: str) -> None:
    assert client.get(url).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/audio/en-US").headers["Cache-Control"] == "no-cache"


def test_the_listing_names_what_can_be_heard_and_where(
    client: FlaskClient, library: Library, url: str
) -> None:
    session = library.find("en-US", NAME)
    assert session is not None
    assert client.get("/audio/en-US").json == {
        "locale": "en-US",
        "files": [
            {
                "exercise": "abdominal_brace",
                "variant": "2-100",
                "title": "Belly tightening, two breaths, for adults with a sore lower back.",
                "length_ms": session.mp3.duration_ms,
                "mp3": url,
                "vtt": url.replace(".mp3", ".vtt"),
            }
        ],
    }
    assert client.get("/audio/en-US?pace=100&holds=count").json == client.get("/audio/en-US").json
    for query in ("pace=120", "holds=bell"):
        assert client.get(f"/audio/en-US?{query}").json == {"locale": "en-US", "files": []}
    for query in ("pace=90", "pace=0", "holds=drums"):
        assert client.get(f"/audio/en-US?{query}").status_code == 404
    assert client.get("/audio/en-GB").json == {"locale": "en-GB", "files": []}
    assert client.get("/audio/de-DE").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        PATH,
        f"{PATH}?v=stale",
        f"{PATH}?v=",
        "/audio/en-US/abdominal_brace/start-100.mp3",
        "/audio/en-US/back_rolling-5.mp3",
        "/audio/en-US/abdominal_brace/2-100.wav",
        "/audio/de-DE/abdominal_brace/2-100.mp3",
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


def test_captions_lie_beside(client: FlaskClient, url: str) -> None:
    response = client.get(url.replace(".mp3", ".vtt"))
    assert response.mimetype == "text/vtt"
    text = response.get_data(as_text=True)
    assert text.startswith("WEBVTT\n\n00:00:00.024 --> ")
    assert "Stop if pain climbs, or runs down your leg." in text
    assert client.get(f"/audio/en-US/{NAME}.vtt?v=stale").status_code == 404


def test_who_listens_never_takes_the_last_thread(
    library: Library, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MAX_LISTENERS", 2)
    app = Flask(__name__)
    app.register_blueprint(audio_routes(library))
    client = app.test_client()
    first, second = client.get(url), client.get(url, headers={"Range": "bytes=0-9"})
    refused = client.get(url)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert client.head(url).status_code == 200
    first.close()
    again = client.get(url)
    assert again.status_code == 200
    again.close()
    second.close()
    assert client.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_nothing_is_rendered_and_nothing_is_served_at_first(content: Content, tmp_path: Path) -> None:
    app = Flask(__name__)
    app.register_blueprint(audio_routes(Library(content, ClipStore(tmp_path / "none"))))
    assert app.test_client().get(PATH).status_code == 404


def test_the_conversation_gets_the_address_by_which_the_world_reaches_us(
    content: Content, library: Library, version: str
) -> None:
    files = PublicFiles(library, "https://back.example.org/gentle")
    track = all_tracks(content.numbers)[NAME]
    for locale in ("en-US", "de-DE", ""):
        file = files.find(locale, track)
        assert file is not None
        assert file.url == f"https://back.example.org/gentle{PATH}?v={version}"
        assert file.captions.startswith("WEBVTT")
    assert files.find("en-GB", track) is None
