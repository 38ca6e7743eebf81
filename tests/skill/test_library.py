from pathlib import Path

import pytest

from intents.content import Content
from skill.clips import ClipStore
from skill.library import Library
from tests.skill.clips import VOICE, fill

NAME = "abdominal_brace-2"


@pytest.fixture
def store(tmp_path: Path) -> ClipStore:
    return ClipStore(tmp_path)


@pytest.fixture
def library(content: Content, store: ClipStore) -> Library:
    return Library(content, store)


def test_a_track_is_there_once_all_of_its_clips_are(
    library: Library, store: ClipStore, content: Content, tmp_path: Path
) -> None:
    assert library.find("en-US", NAME) is None
    fill(store, content, NAME)
    *_, last = sorted(tmp_path.glob("*/*.clip"))
    data = last.read_bytes()
    last.unlink()
    assert library.find("en-US", NAME) is None
    last.write_bytes(data)
    session = library.find("en-US", NAME)
    assert session is not None
    assert session.mp3.duration_ms == pytest.approx(session.timeline.duration_ms, abs=72)


def test_a_track_is_planned_once(library: Library, store: ClipStore, content: Content) -> None:
    fill(store, content, NAME)
    assert library.find("en-US", NAME) is library.find("en-US", NAME)


@pytest.mark.parametrize(
    ("locale", "name"),
    [
        ("en-US", "back_rolling-5"),
        ("en-US", "abdominal_brace-11"),
        ("en-US", "abdominal_brace-02"),
        ("en-US", ""),
        ("de-DE", NAME),
        ("en-GB", NAME),
        ("../en-US", NAME),
    ],
)
def test_what_is_not_among_the_tracks_or_not_rendered_is_not_there(
    library: Library, store: ClipStore, content: Content, locale: str, name: str
) -> None:
    fill(store, content, NAME)
    assert library.find(locale, name) is None


def test_another_voice_takes_over_and_the_one_before_is_forgotten(
    library: Library, store: ClipStore, content: Content
) -> None:
    fill(store, content, NAME)
    before = library.find("en-US", NAME)
    fill(store, content, NAME, voice="another")
    after = library.find("en-US", NAME)
    assert before is not None
    assert after is not None
    assert after is not before
    assert {voice for _, _, voice in library._sessions} == {"another"}
    fill(store, content, NAME, voice=VOICE)
    assert library.find("en-US", NAME) is not None


def test_two_locales_may_have_voices_of_their_own(
    library: Library, store: ClipStore, content: Content
) -> None:
    fill(store, content, NAME)
    fill(store, content, NAME, locale="en-GB", voice="british")
    found = [library.find(locale, NAME) for locale in ("en-US", "en-GB", "en-US", "en-GB")]
    assert found[0] is found[2]
    assert found[1] is found[3]


def test_all_tracks_together_hold_each_clip_once(
    library: Library, store: ClipStore, content: Content
) -> None:
    names = [f"abdominal_brace-{count}" for count in range(1, 11)]
    fill(store, content, *names)
    sessions = [library.find("en-US", name) for name in names]
    assert all(sessions)
    assert len(library._clips) < 40
