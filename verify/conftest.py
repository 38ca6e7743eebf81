"""Real sessions in the voice that `make clips` has rendered."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from audio.clips import Recording, Session, recording_of
from audio.codec import Samples
from audio.mp3 import Clip
from audio.timeline import Cue, Words
from intents.content import Content, load_content
from intents.tracks import all_tracks, track_lines
from skill.clips import ClipStore
from skill.library import Library
from skill.settings import read_settings
from verify.tools import tool

LOCALE = "en-US"
# One of each exercise, both sides, and the longest file that there is.
NAMES = (
    "knee_rocking-10",
    "knee_rocking-1",
    "knees_to_chest-7-right",
    "knees_to_chest-7-left",
    "abdominal_brace-10",
    "pelvic_lift-15",
)


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
def store() -> ClipStore:
    found = ClipStore(read_settings(os.environ).clips)
    assert found.voice(LOCALE), "no clips: run `make clips` first"
    return found


@pytest.fixture(scope="session", params=NAMES)
def sample(
    request: pytest.FixtureRequest,
    content: Content,
    store: ClipStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Sample:
    return make_sample(request.param, content, store, tmp_path_factory.mktemp("session"))


def make_sample(name: str, content: Content, store: ClipStore, folder: Path) -> Sample:
    """One session, written to a file and decoded."""
    session = Library(content, store).find(LOCALE, name)
    assert session is not None, f"{name} is not rendered whole: run `make clips`"
    lines = track_lines(all_tracks(content.numbers)[name], content.numbers, content.language(LOCALE))
    voice = store.voice(LOCALE) or ""
    recordings = {recording for line in lines if (recording := recording_of(line))}
    clips = {found: clip for found in recordings if (clip := store.read(found.address(voice)))}
    path = folder / f"{name}.mp3"
    path.write_bytes(b"".join(session.mp3.read()))
    tool("ffmpeg", "-v", "error", "-i", path, "-f", "f32le", folder / "heard.raw")
    heard = np.fromfile(folder / "heard.raw", np.float32)
    return Sample(name, session, lines, clips, path, heard)
