"""A recogniser that others wrote hears what was meant: PocketSphinx with a grammar of all that files say."""

import re
from collections.abc import Callable

import av
import numpy as np
import pytest
from pocketsphinx import Config, Decoder

from audio.clips import Recording, recordings_of
from audio.codec import Samples, decode_clip
from audio.engines import Engine, make_engine
from audio.mp3 import FRAME_SAMPLES, SAMPLE_RATE_HZ, Clip
from audio.recording import record
from audio.timeline import Words
from intents.content import Content
from intents.tracks import all_tracks, export_chapters, most, programme, track_lines
from skill.clips import ClipStore
from skill.library import Library
from verify.conftest import LOCALE, PAGES, fixed_texts, page

NEEDED = 0.98
_RATE_HZ = 16_000
# Words that its dictionary lacks, in its own alphabet.
_PRONUNCIATIONS = {"pinches": "P IH N CH IH Z", "thinners": "TH IH N ER Z"}


def words_of(text: str) -> str:
    """A text as the grammar has it."""
    return " ".join(re.findall(r"[a-z']+", text.lower().replace("-", " ")))


def said_in_files(content: Content, _: ClipStore) -> list[Words]:
    numbers, words = content.numbers, content.language(LOCALE)
    lines = [line for track in all_tracks(numbers).values() for line in track_lines(track, numbers, words)]
    for name, exercise in numbers.exercises.items():
        for amount in range(1, most(exercise) + 1):
            parts = export_chapters(programme(numbers, name, amount), numbers, words)
            lines += [line for part in parts for line in part.lines]
    return lines


def said_on_pages_only(content: Content, store: ClipStore) -> list[Words]:
    library = Library(content, store)
    lines = [line for name in PAGES for line in page(name, content, library)[0]]
    lines += [Words(text=text) for text in fixed_texts(content)]
    elsewhere = {line.text for line in said_in_files(content, store)}
    return [line for line in lines if line.text not in elsewhere]


@pytest.mark.parametrize("said", [said_in_files, said_on_pages_only])
def test_nearly_every_cue_is_understood(
    content: Content,
    store: ClipStore,
    figures: list[str],
    said: Callable[[Content, ClipStore], list[Words]],
) -> None:
    """Each text once, among all others of its kind."""
    voice = store.voice(LOCALE) or ""
    recordings = {found.text: found for found in recordings_of(said(content, store)) if found.text}.values()
    decoder = _decoder(sorted({words_of(found.text) for found in recordings}))
    engine = make_engine("embedded", LOCALE)
    missed = []
    for recording in recordings:
        clip = store.read(recording.address(voice))
        assert clip is not None, f"{recording} is not rendered: run `make clips`"
        heard = _recognised(decoder, _words_in(recording, clip, engine))
        if heard != words_of(recording.text):
            missed.append(f"{recording.text!r} was heard as {heard!r}")
    share = 1 - len(missed) / len(recordings)
    figures += [f"words {said.__name__}: {share:.1%} of {len(recordings)} texts understood", *missed]
    assert share >= NEEDED, "\n".join(missed)


def test_noise_is_not_taken_for_a_cue(content: Content) -> None:
    words = content.language(LOCALE)
    decoder = _decoder(sorted({words_of(text) for text in words.moves["way_up"].values()}))
    noise = np.random.default_rng(0).normal(0, 0.05, 48_000).astype(np.float32)
    assert _recognised(decoder, noise) == ""


def _words_in(recording: Recording, clip: Clip, engine: Engine) -> Samples:
    """The clip as far as the words go, with what sounds under them: a recogniser takes a tone for speech."""
    samples = decode_clip(clip)
    if recording.sound is None:
        return samples
    return samples[: record(Recording(text=recording.text), engine).frames * FRAME_SAMPLES]


def _decoder(texts: list[str]) -> Decoder:
    decoder = Decoder(Config(loglevel="FATAL"))
    for word, phones in _PRONUNCIATIONS.items():
        decoder.add_word(word, phones, update=True)
    unknown = {word for text in texts for word in text.split() if not decoder.lookup_word(word)}
    if unknown:
        pytest.fail(f"words that the recogniser does not know: {', '.join(sorted(unknown))}")
    rules = " | ".join(f"({text})" for text in texts)
    decoder.add_jsgf_string("cues", f"#JSGF V1.0; grammar cues; public <cue> = {rules};")
    decoder.activate_search("cues")
    return decoder


def _recognised(decoder: Decoder, samples: Samples) -> str:
    quiet = np.zeros(SAMPLE_RATE_HZ // 4, np.float32)
    frame = av.AudioFrame.from_ndarray(np.concatenate((quiet, samples, quiet))[None, :], "fltp", "mono")
    frame.sample_rate = SAMPLE_RATE_HZ
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE_HZ)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    data = b"".join(part.to_ndarray().tobytes() for part in parts)
    decoder.start_utt()
    decoder.process_raw(data, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return re.sub(r"\(\d+\)", "", found.hypstr) if found else ""
