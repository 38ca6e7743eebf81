import numpy as np
import pytest

from audio.codec import Samples
from audio.mastering import fade, level, loudness_lufs, trim, true_peak_db
from audio.mp3 import SAMPLE_RATE_HZ


def sine(hertz: float, *, level_db: float = 0.0, seconds: float = 4.0, phase: float = 0.0) -> Samples:
    at = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return np.asarray(10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * at + phase), np.float32)


QUIET = np.zeros(2 * SAMPLE_RATE_HZ, np.float32)


@pytest.mark.parametrize("level_db", [0.0, -20.0, -33.0])
def test_a_full_sine_of_997_hertz_has_three_units_less_than_its_peak(level_db: float) -> None:
    """ITU-R BS.1770-4, annex 1: 0 dB FS at 997 Hz in one channel reads -3.01 LKFS."""
    assert loudness_lufs(sine(997, level_db=level_db)) == pytest.approx(level_db - 3.01, abs=0.05)


def test_the_weighting_lowers_deep_sound_and_lifts_high_sound() -> None:
    """The filters' curve in BS.1770-4, figures 2 and 4."""
    middle = loudness_lufs(sine(997))
    assert loudness_lufs(sine(40)) == pytest.approx(middle - 6.1, abs=1.5)
    assert loudness_lufs(sine(6_000)) == pytest.approx(middle + 3.3, abs=0.5)


def test_silence_and_what_is_far_quieter_do_not_count() -> None:
    loud = sine(997, level_db=-20)
    assert loudness_lufs(np.concatenate((QUIET, loud, QUIET))) == pytest.approx(loudness_lufs(loud), abs=0.4)
    faint = sine(997, level_db=-50, seconds=20)
    assert loudness_lufs(np.concatenate((faint, loud))) == pytest.approx(loudness_lufs(loud), abs=0.4)


def test_silence_has_no_loudness_and_a_short_word_has() -> None:
    assert loudness_lufs(QUIET) == float("-inf")
    assert loudness_lufs(QUIET[:0]) == float("-inf")
    assert loudness_lufs(sine(997, level_db=-20, seconds=0.3)) == pytest.approx(-23, abs=0.3)


def test_the_true_peak_is_found_between_the_samples() -> None:
    between = sine(SAMPLE_RATE_HZ / 4, phase=np.pi / 4)
    assert np.abs(between).max() == pytest.approx(0.7071, abs=0.001)
    assert true_peak_db(fade(between, 500)) == pytest.approx(0.0, abs=0.2)
    assert true_peak_db(QUIET) == float("-inf")
    assert true_peak_db(QUIET[:0]) == float("-inf")


@pytest.mark.parametrize("gain_db", [-6.0, 0.0, 9.0, 20.0])
def test_peaks_are_pressed_down_to_the_ceiling_and_nothing_else_is_touched(gain_db: float) -> None:
    burst = np.concatenate(
        (sine(220, level_db=-30), sine(220, level_db=-6, seconds=0.5), sine(220, level_db=-30))
    )
    out = level(burst, gain_db, -3.5)
    assert len(out) == len(burst)
    assert true_peak_db(out) <= -3.4
    quiet = slice(0, SAMPLE_RATE_HZ)
    assert true_peak_db(out[quiet]) == pytest.approx(min(-30 + gain_db, -3.5), abs=0.2)


def test_the_limiter_never_clicks() -> None:
    burst = np.concatenate((sine(220, level_db=-30), sine(220, level_db=0, seconds=0.5), QUIET))
    jump = np.abs(np.diff(level(burst, 12.0, -3.5))).max()
    assert jump < 1.5 * np.abs(np.diff(sine(220, level_db=-3.5))).max()


def test_quiet_ends_are_cut_but_not_the_fading_of_a_word() -> None:
    word = fade(sine(220, level_db=-10, seconds=1.0), 2_000)
    hiss = np.random.default_rng(0).normal(0, 1e-4, len(QUIET)).astype(np.float32)
    cut = trim(np.concatenate((hiss, word, hiss)))
    assert len(word) - 2_000 < len(cut) < len(word) + 0.1 * SAMPLE_RATE_HZ
    assert abs(cut[0]) < 1e-4
    assert abs(cut[-1]) < 1e-4


@pytest.mark.parametrize("samples", [QUIET, QUIET[:7], QUIET[:0]], ids=len)
def test_nothing_is_left_as_it_is(samples: Samples) -> None:
    assert len(trim(samples)) == len(samples)
    assert len(fade(samples.copy(), 100)) == len(samples)
