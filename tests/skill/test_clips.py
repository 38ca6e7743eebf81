import hashlib
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from skill.clips import ClipStore, ClipStoreError
from tests.audio.sound import clip_of

ADDRESS = "ab" + "0" * 62


@pytest.fixture
def store(tmp_path: Path) -> ClipStore:
    return ClipStore(tmp_path / "clips")


def kept(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "clips").glob("*/*.clip")
    return path


def test_a_clip_is_read_as_it_was_written(store: ClipStore) -> None:
    assert store.read(ADDRESS) is None
    store.write(ADDRESS, clip_of(500))
    assert store.read(ADDRESS) == clip_of(500)
    store.write(ADDRESS, clip_of(700))
    assert store.read(ADDRESS) == clip_of(700)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[:10],
        lambda data: data[:-1],
        lambda data: data[:-144],
        lambda data: data + bytes(144),
        lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:],
        lambda data: b"XXXX" + data[4:],
        lambda _: b"<!doctype html>",
    ],
)
def test_a_damaged_clip_counts_as_missing_and_the_log_says_so(
    store: ClipStore, tmp_path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    store.write(ADDRESS, clip_of(500))
    path = kept(tmp_path)
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING, "gentle_back"):
        assert store.read(ADDRESS) is None
    assert f"{ADDRESS} is damaged; render again" in caplog.text


def test_frames_of_another_kind_count_as_missing(
    store: ClipStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.write(ADDRESS, clip_of(500))
    other = b"\xff\xfb\x90\x00" * 36 * 4
    kept(tmp_path).write_bytes(b"GBC1" + hashlib.sha256(other).digest() + other)
    assert store.read(ADDRESS) is None
    assert "frame 0 begins with" in caplog.text


def test_who_reads_while_a_clip_is_replaced_goes_on_with_the_old_one(
    store: ClipStore, tmp_path: Path
) -> None:
    store.write(ADDRESS, clip_of(500))
    with kept(tmp_path).open("rb", buffering=0) as reading:
        start = reading.read(100)
        store.write(ADDRESS, clip_of(700, mark=2))
        assert (start + reading.read()).endswith(clip_of(500).data)


def test_nothing_half_written_is_left_behind(store: ClipStore, tmp_path: Path) -> None:
    store.write(ADDRESS, clip_of(500))
    path = kept(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ClipStoreError, match=r"\.clip: "):
        store.write(ADDRESS, clip_of(500))
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = ClipStore(tmp_path / "file" / "clips")
    with pytest.raises(ClipStoreError, match="file/clips"):
        store.write(ADDRESS, clip_of(500))
    with pytest.raises(ClipStoreError, match="file/clips"), store.alone():
        pass
    assert store.read(ADDRESS) is None
    assert store.voice("en-US") is None


def test_each_locale_has_the_voice_that_was_given_to_it_last(store: ClipStore, tmp_path: Path) -> None:
    assert store.voices() == {}
    store.speak_with("en-US", "heart")
    other_process = ClipStore(tmp_path / "clips")
    assert other_process.voice("en-US") == "heart"
    store.speak_with("en-GB", "google")
    store.speak_with("en-US", "nobody")
    assert other_process.voices() == {"en-US": "nobody", "en-GB": "google"}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff"])
def test_a_broken_table_of_voices_is_nobodys(store: ClipStore, tmp_path: Path, text: str) -> None:
    store.speak_with("en-US", "heart")
    (tmp_path / "clips" / "voices.json").write_bytes(text.encode("latin-1"))
    assert store.voices() == {}
    store.speak_with("en-US", "heart")
    assert store.voice("en-US") == "heart"


def test_only_one_renders_at_a_time(store: ClipStore, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from skill.clips import ClipStore\n"
        "with ClipStore(pathlib.Path(sys.argv[1])).alone() as free: print(free)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "clips")]
    root = Path(__file__).parents[2]

    def other() -> str:
        found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603
        return found.stdout

    with store.alone() as is_free:
        assert is_free
        assert other() == "False\n"
    assert other() == "True\n"
