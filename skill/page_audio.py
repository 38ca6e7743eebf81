"""An answer as a file with its real pauses, for players that would speak its plain text without any.

Made from clips that are rendered already, and only where all of them are: a page of guidance in the fixed
words of the content is; an answer with numbers of its own in it may not be. Kept in the memory of the one
process that holds the conversation, under a name that nobody can guess and that says nothing.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

from audio.clips import Recording, Session, assemble, recording_of, recordings_of
from audio.mp3 import Clip
from audio.timeline import Words
from skill.library import Library

KEPT_MS = 15 * 60 * 1000
"""As long as an open conversation waits for its next turn."""
MOST_KEPT = 200
"""Beyond it the oldest goes. A file is its plan and its clips, not its bytes: a minute takes some 100 kB."""
_NAME_BYTES = 16


class PageAudio:
    """The files of answers given lately."""

    def __init__(self, library: Library, *, now_ms: Callable[[], int]) -> None:
        self._library = library
        self._now_ms = now_ms
        self._kept: OrderedDict[str, tuple[int, Session]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, lines: Sequence[Words], locale: str) -> tuple[str, Session] | None:
        """The file's name and plan; None if there is nothing to hear, or a clip is not rendered."""
        voice = self._library.voice(locale)
        if voice is None:
            return None
        clips: dict[Recording, Clip] = {}
        heard = tuple(self._audible(line, voice, clips) for line in lines)
        if not clips or any(recording not in clips for recording in recordings_of(heard)):
            return None
        name, session = secrets.token_urlsafe(_NAME_BYTES), assemble(heard, clips)
        with self._lock:
            self._kept[name] = self._now_ms(), session
            while len(self._kept) > MOST_KEPT or self._is_old(next(iter(self._kept))):
                self._kept.popitem(last=False)
        return name, session

    def find(self, name: str) -> Session | None:
        """The file of that name, while it is kept."""
        with self._lock:
            if name not in self._kept or self._is_old(name):
                return None
            return self._kept[name][1]

    def _audible(self, line: Words, voice: str, clips: dict[Recording, Clip]) -> Words:
        """The line as its clip is there, which is noted; without its sound where no file has that pace."""
        for form in (line, replace(line, sound=None)):
            recording = recording_of(form)
            if recording is None or recording in clips:
                return form
            if clip := self._library.clip(recording, voice):
                clips[recording] = clip
                return form
        return line

    def _is_old(self, name: str) -> bool:
        return self._now_ms() - self._kept[name][0] > KEPT_MS
