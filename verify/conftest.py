"""Real sessions, and real answers of the text API, in the voice that `make clips` has rendered."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from audio.clips import Recording, Session, recording_of
from audio.codec import Samples
from audio.engines import make_engine
from audio.mp3 import Clip
from audio.timeline import Cue, Words
from intents.checks import texts
from intents.content import Content, load_content
from intents.tracks import all_tracks, track_lines
from skill.clips import ClipStore
from skill.conversations import OpenConversations
from skill.library import Library
from skill.page_audio import PageAudio
from skill.rendering import render
from skill.settings import read_settings
from skill.store import SqliteStore
from verify.tools import tool

LOCALE = "en-US"
# One of each exercise, both sides, the longest file that there is, every pace, and one that leads on.
NAMES = (
    "knee_rocking/10min-100",
    "knee_rocking/start-100",
    "knee_rocking/3min-140",
    "knees_to_chest/7-right-100",
    "knees_to_chest/7-left-100",
    "abdominal_brace/10-100",
    "abdominal_brace/start-next-80",
    "pelvic_lift/15-100",
    "pelvic_lift/start-120",
)
_CLEARED = ("no", "no", "no", "no", "no", "two", "no", "no", "floor")
# The first page of each, and one that has no guidance in it: name → what is said until it comes.
PAGES = {
    "page of belly tightening": ("belly tightening", *_CLEARED),
    "page of knees to chest": ("knees to chest", *_CLEARED),
    "page of knee rocking": ("knee rocking", *_CLEARED),
    "page of rest": ("how can I rest", "on my side"),
}


_NOW_MS = 1_800_000_000_000
_FIGURES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for figure in config.stash[_FIGURES]:
        terminalreporter.write_line(figure)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[str]:
    """What was measured: a line here is a line at the end of the report."""
    return request.config.stash[_FIGURES]


@dataclass(frozen=True, slots=True)
class Sample:
    """A session with everything to judge it by."""

    name: str
    session: Session
    lines: tuple[Words, ...]
    clips: dict[Recording, Clip]
    path: Path
    """The MP3, as any client gets it."""
    heard: Samples
    """What ffmpeg decodes."""

    @property
    def cues(self) -> Iterator[tuple[Cue, Clip]]:
        """Each cue that is heard, with its clip."""
        for cue, line in zip(self.session.timeline.cues, self.lines, strict=True):
            if (recording := recording_of(line)) is not None:
                yield cue, self.clips[recording]


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content()


@pytest.fixture(scope="session")
def store(content: Content) -> ClipStore:
    """The operator's clips; what pages say, which `make verify` does not wait for whole, is rendered here."""
    found = ClipStore(read_settings(os.environ).clips)
    assert found.voice(LOCALE), "no clips: run `make clips` first"
    lines = [line for name in PAGES for line in lines_of_page(name, content)]
    wanted = {line.text for line in lines if line.text}.union(fixed_texts(content))
    made = render(
        [Recording(text=text) for text in sorted(wanted)], make_engine("embedded", LOCALE), 1.0, found
    )
    assert not made.failed
    return found


@pytest.fixture(scope="session", params=(*NAMES, *PAGES))
def sample(
    request: pytest.FixtureRequest,
    content: Content,
    store: ClipStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Sample:
    name, library = request.param, Library(content, store)
    if name in PAGES:
        lines, session = page(name, content, library)
    else:
        session = library.find(LOCALE, name)
        lines = track_lines(all_tracks(content.numbers)[name], content.numbers, content.language(LOCALE))
    assert session is not None, f"{name} is not rendered whole: run `make clips`"
    voice = store.voice(LOCALE) or ""
    recordings = {recording for line in lines if (recording := recording_of(line))}
    clips = {found: clip for found in recordings if (clip := store.read(found.address(voice)))}
    folder = tmp_path_factory.mktemp("session")
    path = folder / "session.mp3"
    path.write_bytes(b"".join(session.mp3.read()))
    tool("ffmpeg", "-v", "error", "-i", path, "-f", "f32le", folder / "heard.raw")
    heard = np.fromfile(folder / "heard.raw", np.float32)
    return Sample(name, session, lines, clips, path, heard)


def page(name: str, content: Content, library: Library) -> tuple[tuple[Words, ...], Session | None]:
    """An answer by text as it is heard, with its file: a sound that has no clip in that pace is left out."""
    voice, lines = library.voice(LOCALE) or "", lines_of_page(name, content)

    def heard(line: Words) -> Words:
        recording = recording_of(line)
        return line if recording and library.clip(recording, voice) else replace(line, sound=None)

    kept = PageAudio(library, now_ms=lambda: _NOW_MS).keep(lines, LOCALE)
    return tuple(map(heard, lines)), kept[1] if kept else None


def lines_of_page(name: str, content: Content) -> tuple[Words, ...]:
    """What is answered to the last of what is said."""
    now_ms = _NOW_MS
    people = SqliteStore.in_memory()
    people.prepare()
    talk = OpenConversations(content, people, now_ms=lambda: now_ms, country="US")
    known, outcome = None, None
    for text in PAGES[name]:
        known, outcome = talk.turn(text, known, locale=LOCALE, user_id=None)
        now_ms += 2 * 60 * 1000
    assert outcome is not None
    assert outcome.reply is not None
    return outcome.reply.lines


def fixed_texts(content: Content) -> tuple[str, ...]:
    """All that pages of exercises, moves and poses may say, but for what is filled in."""
    found = texts(content.language(LOCALE))
    return tuple(
        text for file, _, text in found if file in {"exercises.toml", "moves.toml"} and "{" not in text
    )
