from typing import get_args

import numpy as np
import pytest

from audio.mastering import true_peak_db
from audio.mp3 import SAMPLE_RATE_HZ
from audio.sounds import make_sound
from audio.timeline import Sound

SECOND = SAMPLE_RATE_HZ
SOUNDS: tuple[Sound, ...] = get_args(Sound)


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("length", [0, 1, 1_000, 3 * SECOND, 10 * SECOND])
def test_a_sound_is_as_long_as_asked_soft_and_the_same_every_time(sound: Sound, length: int) -> None:
    made = make_sound(sound, length, 0)
    assert (len(made), made.dtype.name) == (length, "float32")
    assert np.array_equal(made, make_sound(sound, length, 0))
    assert true_peak_db(made) < -10


@pytest.mark.parametrize("sound", SOUNDS)
def test_a_sound_begins_and_ends_without_a_click(sound: Sound) -> None:
    made = make_sound(sound, 4 * SECOND, SECOND // 2)
    assert np.abs(made).max() > 0.005
    assert abs(made[0]) < 0.002
    assert abs(made[-1]) < 0.002


def test_ticks_count_on_at_whole_seconds_where_the_words_have_ended() -> None:
    ticks = make_sound("tick", 4 * SECOND, int(1.2 * SECOND))
    sounding = {int(at) for at in np.flatnonzero(np.abs(ticks) > 0.02) * 10 // SECOND}
    assert sounding == {20, 30}


def test_breath_rises_and_falls() -> None:
    def crossings(part: np.ndarray) -> int:
        return int(np.count_nonzero(np.diff(np.sign(part))))

    rising, falling = (make_sound(sound, 4 * SECOND, 0) for sound in ("breath_in", "breath_out"))
    assert crossings(rising[:SECOND]) < crossings(rising[-SECOND:])
    assert crossings(falling[:SECOND]) > crossings(falling[-SECOND:])


def test_a_bell_waits_for_the_words() -> None:
    assert not make_sound("chime", 4 * SECOND, SECOND)[:SECOND].any()
