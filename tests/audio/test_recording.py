import numpy as np
import pytest

from audio.clips import GAP_MS, Recording
from audio.codec import decode_clip
from audio.engines import make_engine
from audio.errors import EngineError
from audio.mastering import loudness_lufs, true_peak_db
from audio.mp3 import FRAME_MS
from audio.recording import TOLERANCE_LU, record
from audio.timeline import speech_ms
from tests.audio.sound import ToneEngine

TEXT = "Let your knees rock, small and lazy."


@pytest.mark.parametrize("level", [0.003, 0.05, 0.9])
def test_whatever_the_voice_its_clip_has_the_loudness_of_all_and_no_clipping(level: float) -> None:
    heard = decode_clip(record(Recording(text=TEXT), ToneEngine(level=level)))
    assert abs(loudness_lufs(heard) + 16) <= TOLERANCE_LU
    assert true_peak_db(heard) < -2


def test_the_words_begin_with_the_clip() -> None:
    heard = decode_clip(record(Recording(text=TEXT), ToneEngine()))
    assert np.abs(heard[: 24 * 30]).max() > 0.1


def test_a_rate_makes_it_longer_or_shorter() -> None:
    slow, fast = (record(Recording(text=TEXT), ToneEngine(), rate) for rate in (0.5, 2.0))
    assert slow.sound_ms == pytest.approx(4 * fast.sound_ms, rel=0.1)


@pytest.mark.parametrize("sound", ["tick", "breath_in", "breath_out", "hush", "chime"])
@pytest.mark.parametrize("lasts_ms", [3_000, 4_500, 5_500])
def test_with_a_sound_a_clip_fills_its_phase_up_to_the_gap(sound: str, lasts_ms: int) -> None:
    recording = Recording(text="In.", sound=sound, lasts_ms=lasts_ms)  # type: ignore[arg-type]  # any of them
    clip = record(recording, ToneEngine())
    assert lasts_ms - GAP_MS - FRAME_MS < clip.sound_ms <= lasts_ms - GAP_MS
    assert true_peak_db(decode_clip(clip)) < -2


def test_with_a_sound_a_clip_goes_on_through_the_pause() -> None:
    words = record(Recording(text="Rest."), ToneEngine())
    clip = record(Recording(text="Rest.", sound="hush", pause_ms=6_000), ToneEngine())
    assert clip.sound_ms == pytest.approx(words.sound_ms + 250 + 6_000 - GAP_MS, abs=2 * FRAME_MS)
    last_second = decode_clip(clip)[-24_000:]
    assert np.abs(last_second).max() > 0.003


def test_words_are_never_cut_to_fit() -> None:
    clip = record(Recording(text=TEXT, sound="tick", lasts_ms=1_000), ToneEngine())
    assert clip.sound_ms > 2_000


def test_a_sound_alone_needs_no_voice() -> None:
    engine = ToneEngine()
    clip = record(Recording(text="", sound="chime", pause_ms=2_500), engine)
    assert clip.sound_ms == (2_500 - GAP_MS) // FRAME_MS * FRAME_MS
    assert engine.texts == []


def test_the_silent_engine_is_exact() -> None:
    clip = record(Recording(text=TEXT), make_engine("silent", "en-US"))
    assert clip.sound_ms == -(-speech_ms(TEXT) // FRAME_MS) * FRAME_MS
    assert not decode_clip(clip).any()


def test_a_voice_that_cannot_be_brought_to_loudness_is_an_error() -> None:
    class Cracks(ToneEngine):
        """One crack and near silence: pressed down, nothing is left."""

        def _speak(self, text: str, rate: float) -> np.ndarray:
            samples = super()._speak(text, rate) * np.float32(1e-4)
            samples[24_000::9_000] = 1.0
            return samples

    with pytest.raises(EngineError, match=r"tone: .* stays .* LU from -16.0 LUFS"):
        record(Recording(text=TEXT), Cracks())
