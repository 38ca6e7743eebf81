"""Rendered clips on disk: named by what is heard, written whole or not at all, checked when they are read."""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from audio.errors import FrameError
from audio.mp3 import Clip

LOG = logging.getLogger("gentle_back")

_MAGIC = b"GBC1"
_DIGEST_BYTES = hashlib.sha256().digest_size
_VOICES = "voices.json"


class ClipStoreError(Exception):
    """The folder of clips cannot be used; the text says why."""


class ClipStore:
    """Clips by their address, and which voice speaks for a locale."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._voices: tuple[object, Mapping[str, str]] = (None, {})

    def read(self, address: str) -> Clip | None:
        """The clip; None if it has not been rendered, or is not what was written."""
        try:
            found = self._path(address).read_bytes()
        except OSError:
            return None
        data = found[len(_MAGIC) + _DIGEST_BYTES :]
        if found[: -len(data) or None] != _MAGIC + hashlib.sha256(data).digest():
            LOG.warning("clips: %s is damaged; render again", address)
            return None
        try:
            return Clip(data)
        except FrameError as error:
            LOG.warning("clips: %s: %s; render again", address, error)
            return None

    def write(self, address: str, clip: Clip) -> None:
        """Keep a clip; whoever reads meanwhile finds the old one, or this one whole.

        Raises:
            ClipStoreError: It cannot be written.
        """
        self._replace(self._path(address), _MAGIC + hashlib.sha256(clip.data).digest() + clip.data)

    def voice(self, locale: str) -> str | None:
        """The identity of the voice that speaks for a locale; None if none has been rendered."""
        return self.voices().get(locale)

    def voices(self) -> Mapping[str, str]:
        """The voice of each locale, as it stands on disk now."""
        path = self._folder / _VOICES
        try:
            found = path.stat()
        except OSError:
            return {}
        stamp = (found.st_mtime_ns, found.st_ino)
        if self._voices[0] != stamp:
            try:
                table = json.loads(path.read_bytes())
            except (OSError, ValueError):
                table = None
            known = table if isinstance(table, dict) else {}
            self._voices = (stamp, {str(name): str(voice) for name, voice in known.items()})
        return self._voices[1]

    def speak_with(self, locale: str, voice: str) -> None:
        """From now on this voice speaks for the locale.

        Raises:
            ClipStoreError: It cannot be written.
        """
        table = json.dumps({**self.voices(), locale: voice}, indent=1, sort_keys=True)
        self._replace(self._folder / _VOICES, table.encode())

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Hold the folder for rendering; gives False at once if somebody else does.

        Raises:
            ClipStoreError: The folder cannot be written to.
        """
        with _readable_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / ".lock").open("a")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _path(self, address: str) -> Path:
        return self._folder / address[:2] / f"{address}.clip"

    def _replace(self, path: Path, data: bytes) -> None:
        part = path.with_name(f".{path.name}.{os.getpid()}")
        with _readable_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.write_bytes(data)
                part.replace(path)
            finally:
                with suppress(OSError):
                    part.unlink()


@contextmanager
def _readable_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ClipStoreError(f"{path}: {error.strerror}") from error
