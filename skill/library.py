"""The files that can be heard now: plans made from clips, kept as long as clips and voice stay the same."""

from audio.clips import Session, assemble, recordings_of
from audio.mp3 import Clip
from intents.content import Content
from intents.tracks import Track, all_tracks, track_lines
from skill.clips import ClipStore


class Library:
    """Every track in every locale that is served; the enumeration bounds what is kept in memory."""

    def __init__(self, content: Content, store: ClipStore) -> None:
        self._content = content
        self._store = store
        self._tracks = all_tracks(content.numbers)
        self._locales = {locale for words in content.languages.values() for locale in words.locales}
        self._clips: dict[str, Clip] = {}
        self._sessions: dict[tuple[str, str, str], Session] = {}

    def track(self, name: str) -> Track | None:
        """The track of that name, if there can be one."""
        return self._tracks.get(name)

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

    def _assemble(self, track: Track, locale: str, voice: str) -> Session | None:
        lines = track_lines(track, self._content.numbers, self._content.language(locale))
        clips = {}
        for recording in recordings_of(lines):
            address = recording.address(voice)
            clip = self._clips.get(address) or self._store.read(address)
            if clip is None:
                return None
            clips[recording] = self._clips[address] = clip
        return assemble(lines, clips)

    def _forget_other_voices(self) -> None:
        """A voice that is new here may have taken another's place: nothing of that one is kept for ever."""
        spoken = set(self._store.voices().values())
        if any(voice not in spoken for _, _, voice in self._sessions):
            self._sessions = {key: found for key, found in self._sessions.items() if key[2] in spoken}
            self._clips.clear()
