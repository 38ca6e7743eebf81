"""From words to a finished clip: spoken, trimmed, brought to loudness, mixed with its sound, encoded."""

import numpy as np

from audio.clips import GAP_MS, Recording
from audio.codec import Samples, decode_clip, encode
from audio.engines import Engine
from audio.errors import EngineError
from audio.mastering import MAX_TRUE_PEAK_DB, TARGET_LUFS, level, loudness_lufs, trim, true_peak_db
from audio.mp3 import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ, Clip
from audio.sounds import make_sound
from audio.timeline import MS_PER_SENTENCE, ends_sentence

TOLERANCE_LU = 0.4
_ATTEMPTS = 6
# Where the first attempt begins: limiting and encoding take about that much loudness, and encoding adds up to
# 1.5 dB to the peaks (measured); the attempts after it go by what they find.
_LOSS_LU, _FIRST_CEILING_DB = 0.75, -3.5
# Other meters read up to 0.1 dB more than ours (measured).
_MARGIN_DB = 0.2


def record(recording: Recording, engine: Engine, rate: float = 1.0) -> Clip:
    """Make the clip of a recording.

    Its voice has -16 LUFS and a true peak below -2 dB, both measured on what a decoder gives back.

    Raises:
        EngineError: The voice did not speak, or its sound cannot be brought to that loudness.
    """
    if not recording.text:
        return encode(_mixed(np.zeros(0, np.float32), recording))
    spoken = engine.say(recording.text, rate)
    if not engine.abilities.audible:
        return encode(_mixed(spoken, recording))
    spoken = trim(spoken)
    gain_db, ceiling_db = TARGET_LUFS + _LOSS_LU - loudness_lufs(spoken), _FIRST_CEILING_DB
    for _ in range(_ATTEMPTS):
        voice = level(spoken, gain_db, ceiling_db)
        clip = encode(voice)
        heard = decode_clip(clip)
        off_lu, peak_db = TARGET_LUFS - loudness_lufs(heard), true_peak_db(heard)
        if abs(off_lu) <= TOLERANCE_LU and peak_db < MAX_TRUE_PEAK_DB - _MARGIN_DB:
            if recording.sound is None:
                return clip
            clip = encode(_mixed(voice, recording))
            peak_db = true_peak_db(decode_clip(clip))
            if peak_db < MAX_TRUE_PEAK_DB - _MARGIN_DB:
                return clip
        ceiling_db -= max(0.0, peak_db - MAX_TRUE_PEAK_DB + 2 * _MARGIN_DB)
        gain_db += off_lu
    raise EngineError(
        f"{engine.abilities.name}: {recording.text!r} stays {off_lu:+.1f} LU from {TARGET_LUFS} LUFS "
        f"with a true peak of {peak_db:.1f} dB"
    )


def _mixed(voice: Samples, recording: Recording) -> Samples:
    """The voice with its recording's sound, as long as the whole cue without the gap to the next."""
    if recording.sound is None:
        return voice
    words = len(voice)
    if recording.lasts_ms is not None:
        whole_ms = recording.lasts_ms
    else:
        breath_ms = MS_PER_SENTENCE if ends_sentence(recording.text) else 0
        whole_ms = round(words * 1000 / SAMPLE_RATE_HZ) + breath_ms + recording.pause_ms
    # Rounded down to whole frames, or a phase would become longer than its number says.
    length = max(words, (whole_ms - GAP_MS) // FRAME_MS * FRAME_SAMPLES)
    out = make_sound(recording.sound, length, words)
    out[:words] += voice
    return out
