"""Answers of the text API as files: a whole page of guidance, heard by somebody else's player."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from audio.clips import GAP_MS, LEAD_MS, recording_of
from audio.mp3 import FRAME_MS, TAIL_FRAMES
from audio.page import SIGNAL_MS
from audio.timeline import Line
from intents.content import Content
from skill.app import create_app
from skill.clips import ClipStore
from skill.library import Library
from skill.page_audio import KEPT_MS, MOST_KEPT, PageAudio
from tests.actor import START_MS
from tests.audio.sound import clip_of
from tests.skill.clips import VOICE, fill_fixed

PATH = "/api/conversation/process"
TO_KNEE_ROCKING = ("knee rocking", "no", "no", "no", "no", "no", "two", "no", "no", "floor")


class Clock:
    now_ms = START_MS


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, content: Content) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    fill_fixed(ClipStore(folder), content)
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make(tmp_path: Path, clips: Path, clock: Clock, **settings: str) -> Flask:
    database = f"sqlite:///{tmp_path}/people.db"
    environ = {"GENTLE_BACK_CLIPS": str(clips), "DATABASE_URL": database, **settings}
    return create_app(environ, now_ms=lambda: clock.now_ms)


@pytest.fixture
def client(tmp_path: Path, clips: Path, clock: Clock) -> FlaskClient:
    return make(tmp_path, clips, clock).test_client()


def says(client: FlaskClient, clock: Clock, *texts: str) -> dict[str, Any]:
    """The last answer's `gentle_back`; each text is said a while after the answer before."""
    conversation_id, answer = None, {}
    for text in texts:
        message = {"text": text, "conversation_id": conversation_id}
        response = client.post(PATH, data=json.dumps(message), content_type="application/json")
        assert response.status_code == 200
        answer = response.get_json()
        conversation_id = answer["conversation_id"]
        clock.now_ms += 120_000
    ours: dict[str, Any] = answer["gentle_back"]
    return ours


def test_a_page_of_guidance_is_a_file_with_its_pauses(client: FlaskClient, clock: Clock) -> None:
    page = says(client, clock, *TO_KNEE_ROCKING)
    assert page["guiding"]
    url = urlsplit(page["audio_url"])
    assert (url.scheme, url.netloc) == ("http", "localhost")
    file = client.get(url.path)
    assert (file.status_code, file.mimetype) == (200, "audio/mpeg")
    ends_ms = page["clock"][-1]["start_ms"] + page["clock"][-1]["length_ms"]
    lasts_ms = len(file.data) // 144 * FRAME_MS
    assert abs(lasts_ms - LEAD_MS - TAIL_FRAMES * FRAME_MS - ends_ms) <= FRAME_MS
    assert any(cue["kind"] in {"hold", "count"} for cue in page["clock"])
    starts = [cue["start_ms"] for cue in page["clock"]]
    assert starts == sorted(starts)
    part = client.get(url.path, headers={"Range": "bytes=1440-2879"})
    assert (part.status_code, part.data) == (206, file.data[1440:2880])


def test_captions_lie_beside_it(client: FlaskClient, clock: Clock) -> None:
    page = says(client, clock, *TO_KNEE_ROCKING)
    captions = client.get(urlsplit(page["audio_url"]).path.replace(".mp3", ".vtt"))
    assert captions.mimetype == "text/vtt"
    said = captions.get_data(as_text=True)
    assert all(cue["text"] in said for cue in page["clock"] if cue["text"].isascii())


def test_the_world_is_told_the_address_it_knows(tmp_path: Path, clips: Path, clock: Clock) -> None:
    client = make(tmp_path, clips, clock, PUBLIC_URL="https://back.example.org").test_client()
    assert says(client, clock, "how should I lift a box")["audio_url"].startswith(
        "https://back.example.org/audio/pages/"
    )


def test_an_answer_with_a_number_to_call_is_no_file(client: FlaskClient, clock: Clock) -> None:
    assert "audio_url" not in says(client, clock, "i can't feel my bum")


def test_without_clips_there_is_no_file(tmp_path: Path, clock: Clock) -> None:
    client = make(tmp_path, tmp_path / "none", clock).test_client()
    assert "audio_url" not in says(client, clock, *TO_KNEE_ROCKING)


def test_one_clip_that_is_missing_is_enough(tmp_path: Path, content: Content, clock: Clock) -> None:
    store = ClipStore(tmp_path / "clips")
    fill_fixed(store, content)
    kept = PageAudio(Library(content, store), now_ms=lambda: clock.now_ms)
    known = content.language("en-US").phrases["pause"][0]
    assert kept.keep((Line(text=known),), "en-US")
    assert kept.keep((Line(text=known), Line(text="Nobody has recorded this.")), "en-US") is None
    assert kept.keep((Line(text=""),), "en-US") is None
    assert kept.keep((), "en-US") is None


def test_a_bell_is_heard_where_it_is_rendered_and_else_is_a_pause(
    tmp_path: Path, content: Content, clock: Clock
) -> None:
    store = ClipStore(tmp_path / "clips")
    fill_fixed(store, content)
    kept = PageAudio(Library(content, store), now_ms=lambda: clock.now_ms)
    line = Line(text=content.language("en-US").phrases["pause"][0])
    bell = Line(text="", pause_ms=SIGNAL_MS, sound="chime")
    heard = []
    for _ in range(2):
        found = kept.keep((line, bell, line), "en-US")
        assert found
        heard.append(found[1].mp3)
        recording = recording_of(bell)
        assert recording
        store.write(recording.address(VOICE), clip_of(SIGNAL_MS - GAP_MS, 7))
    assert heard[0].duration_ms == pytest.approx(heard[1].duration_ms, abs=72)
    assert heard[0].digest != heard[1].digest


def test_a_region_without_a_voice_hears_that_of_its_language(
    clips: Path, content: Content, clock: Clock
) -> None:
    kept = PageAudio(Library(content, ClipStore(clips)), now_ms=lambda: clock.now_ms)
    known = content.language("en-NZ").phrases["pause"][0]
    assert kept.keep((Line(text=known),), "en-NZ")


def test_it_is_gone_when_its_conversation_is(client: FlaskClient, clock: Clock) -> None:
    path = urlsplit(says(client, clock, "how should I lift a box")["audio_url"]).path
    clock.now_ms += KEPT_MS - 120_000
    assert client.get(path).status_code == 200
    clock.now_ms += 1
    assert client.get(path).status_code == 404
    assert client.get("/audio/pages/nothing.mp3").status_code == 404
    assert client.get("/audio/pages/nothing.vtt").status_code == 404


def test_the_oldest_goes_first(clips: Path, content: Content, clock: Clock) -> None:
    kept = PageAudio(Library(content, ClipStore(clips)), now_ms=lambda: clock.now_ms)
    known = content.language("en-US").phrases["pause"][0]
    names = [found[0] for _ in range(MOST_KEPT + 1) if (found := kept.keep((Line(text=known),), "en-US"))]
    assert kept.find(names[0]) is None
    assert all(kept.find(name) for name in names[1:])
