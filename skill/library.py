"""The files that can be heard now: plans made from clips, kept as long as clips and voice stay the same."""

from collections.abc import Iterator

from audio.clips import Recording, Session, assemble, recordings_of
from audio.mp3 import Clip
from audio.page import NORMAL_PACE, Holds
from intents.content import Content
from intents.tracks import Track, every_file, title_of, track_lines
from skill.clips import ClipStore


class Library:
    """Every track in every locale that is served; the enumeration bounds what is kept in memory."""

    def __init__(self, content: Content, store: ClipStore) -> None:
        self._content = content
        self._store = store
        self._tracks = every_file(content.numbers)
        self._locales = {locale for words in content.languages.values() for locale in words.locales}
        self._clips: dict[str, Clip] = {}
        self._sessions: dict[tuple[str, str, str], Session] = {}

    @property
    def locales(self) -> frozenset[str]:
        """Where there can be files at all."""
        return frozenset(self._locales)

    def found(
        self, locale: str, pace_percent: int = NORMAL_PACE, holds: Holds = "count"
    ) -> Iterator[tuple[Track, Session]]:
        """What of a locale can be heard by itself now, in this pace and with this sound of holds."""
        for name, track in self._tracks.items():
            wanted = (track.pace_percent, track.holds, track.leads_on) == (pace_percent, holds, False)
            session = self.find(locale, name) if wanted else None
            if session is not None:
                yield track, session

    def title(self, locale: str, track: Track) -> str:
        """How a file names itself."""
        return title_of(track, self._content.language(locale))

    def find(self, locale: str, name: str) -> Session | None:
        """A track as a file; None if there is none of that name, or its clips are not rendered yet."""
        track = self._tracks.get(name)
        if track is None or locale not in self._locales or (voice := self._store.voice(locale)) is None:
            return None
        if voice not in {known for _, _, known in self._sessions}:
            self._forget_other_voices()
        found = self._sessions.get((locale, name, voice))
        if found is None and (found := self._assemble(track, locale, voice)) is not None:
            self._sessions[locale, name, voice] = found
        return found

    def voice(self, locale: str) -> str | None:
        """Who speaks for a locale, or else for its language; None if nobody has been rendered."""
        first = self._content.language(locale).locales[0]
        return self._store.voice(locale) or self._store.voice(first)

    def clip(self, recording: Recording, voice: str) -> Clip | None:
        """A rendered clip, read from disk once; None if it is not there yet."""
        address = recording.address(voice)
        clip = self._clips.get(address) or self._store.read(address)
        if clip is not None:
            self._clips[address] = clip
        return clip

    def _assemble(self, track: Track, locale: str, voice: str) -> Session | None:
        lines = track_lines(track, self._content.numbers, self._content.language(locale))
        clips = {}
        for recording in recordings_of(lines):
            clip = self.clip(recording, voice)
            if clip is None:
                return None
            clips[recording] = clip
        return assemble(lines, clips)

    def _forget_other_voices(self) -> None:
        """A voice that is new here may have taken another's place: nothing of that one is kept for ever."""
        spoken = set(self._store.voices().values())
        if any(voice not in spoken for _, _, voice in self._sessions):
            self._sessions = {key: found for key, found in self._sessions.items() if key[2] in spoken}
            self._clips.clear()
