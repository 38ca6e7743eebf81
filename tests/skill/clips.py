"""Clips without a voice, for everything that only puts them together."""

from audio.clips import GAP_MS, Recording, recordings_of
from audio.timeline import speech_ms
from intents.checks import texts
from intents.content import Content
from intents.tracks import all_tracks, track_lines
from skill.clips import ClipStore
from tests.audio.sound import clip_of

VOICE = "test 1 nobody 1"


def fill(store: ClipStore, content: Content, *names: str, locale: str = "en-US", voice: str = VOICE) -> None:
    """Everything that these tracks say, as long as estimated, told apart by their frames."""
    tracks = all_tracks(content.numbers)
    for name in names:
        lines = track_lines(tracks[name], content.numbers, content.language(locale))
        for mark, recording in enumerate(recordings_of(lines), start=1):
            whole_ms = recording.lasts_ms or speech_ms(recording.text) + recording.pause_ms
            clip = clip_of(whole_ms - GAP_MS if recording.sound else whole_ms, mark % 255 + 1)
            store.write(recording.address(voice), clip)
    store.speak_with(locale, voice)


def fill_fixed(store: ClipStore, content: Content, *, locale: str = "en-US", voice: str = VOICE) -> None:
    """Every text that never changes, as somebody hears it who has no device to wake."""
    found = (text.replace("{wake}", "") for _, _, text in texts(content.language(locale)))
    for mark, text in enumerate(dict.fromkeys(text for text in found if "{" not in text), start=1):
        clip = clip_of(speech_ms(text), mark % 255 + 1)
        store.write(Recording(text=text).address(voice), clip)
    store.speak_with(locale, voice)
