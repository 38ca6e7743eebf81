"""Decoders, a checker and a loudness meter on real sessions."""

import random
import re
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio.clips import LEAD_MS
from audio.codec import decode_clip
from audio.engines import make_engine
from audio.mp3 import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ
from intents.content import Content
from skill.clips import ClipStore
from skill.export import export
from verify.conftest import LOCALE, Sample
from verify.tools import tool

ENOUGH_CUES = 50
"""With fewer, phases that are whole frames long, and so are off by the same every time, look like a drift."""
PER_MS = SAMPLE_RATE_HZ // 1000


def test_every_decoder_finds_exactly_the_planned_samples(sample: Sample, tmp_path: Path) -> None:
    planned = sample.session.mp3.frames * FRAME_SAMPLES
    assert len(sample.heard) == planned
    out = tmp_path / "mpg123.wav"
    tool("mpg123", "--quiet", "--no-gapless", "--wav", out, sample.path)
    with wave.open(str(out)) as decoded:
        assert (decoded.getnframes(), decoded.getframerate(), decoded.getnchannels()) == (planned, 24_000, 1)


def test_nobody_warns_but_that_there_are_no_tags(sample: Sample, tmp_path: Path) -> None:
    said = tool("ffmpeg", "-v", "warning", "-i", sample.path, "-f", "null", "-").stderr
    said = re.sub(r"\[mp3 @ .*\] Estimating duration from bitrate, this may be inaccurate\n", "", said)
    assert said == ""
    assert tool("mpg123", "--quiet", "--wav", tmp_path / "x.wav", sample.path).stderr == ""
    report = tool("mp3val", sample.path).stdout
    warnings = [line for line in report.splitlines() if line.startswith("WARNING")]
    assert len(warnings) == 1
    assert warnings[0].endswith("No supported tags in the file")
    assert f"{sample.session.mp3.frames} MPEG frames (MPEG 2 Layer III), no tags, CBR" in report


def test_players_are_told_the_length_to_the_millisecond(sample: Sample) -> None:
    shown = tool(
        "ffprobe", "-v", "quiet", "-show_entries", "format=duration,bit_rate", "-of", "csv=p=0", sample.path
    ).stdout
    seconds, bits = shown.strip().split(",")
    assert round(float(seconds) * 1000) == sample.session.mp3.duration_ms
    assert bits == "48000"


def test_loudness_is_what_a_skill_may_have(sample: Sample, figures: list[str]) -> None:
    """Amazon, "Normalizing the Loudness of Audio Content": -19 to -9 LUFS, at most -2 dB true peak."""
    said = tool(
        "ffmpeg", "-hide_banner", "-nostats", "-i", sample.path, "-af", "ebur128=peak=true", "-f", "null", "-"
    )
    summary = said.stderr.rpartition("Summary:")[2]
    found = {name: float(value) for name, value in re.findall(r"\b(I|Peak):\s+(-?[\d.]+)", summary)}
    figures.append(f"loudness: {sample.name} {found['I']} LUFS, true peak {found['Peak']} dB")
    assert -18 <= found["I"] <= -15
    assert found["Peak"] <= -2.0


def test_cues_begin_when_planned_with_no_drift(sample: Sample, figures: list[str]) -> None:
    """By correlation with the clip: what is heard, and when, not only that something is."""
    off_ms, planned_ms = [], []
    for cue, clip in sample.cues:
        wanted = decode_clip(clip)[: SAMPLE_RATE_HZ // 2]
        at = (cue.start_ms + LEAD_MS) * PER_MS
        around = 20 * PER_MS
        stretch = sample.heard[max(0, at - around) : at + len(wanted) + around]
        scores = np.correlate(stretch, wanted, "valid")
        best = int(scores.argmax())
        found = stretch[best : best + len(wanted)]
        likeness = float(found @ wanted) / max(1e-9, float(np.linalg.norm(found) * np.linalg.norm(wanted)))
        assert likeness > 0.95, f"{cue.text!r} at {cue.start_ms} ms is not what is heard"
        off_ms.append((best - min(at, around)) / PER_MS)
        planned_ms.append(cue.start_ms)
    worst_ms, mean_ms = max(map(abs, off_ms)), sum(off_ms) / len(off_ms)
    figures.append(
        f"onsets: {sample.name} {len(off_ms)} cues, worst {worst_ms:.1f} ms, mean {mean_ms:.1f} ms"
    )
    assert worst_ms <= FRAME_MS / 2
    if len(off_ms) < ENOUGH_CUES:
        return
    half = len(off_ms) // 2
    assert abs(np.mean(off_ms[:half]) - np.mean(off_ms[half:])) <= FRAME_MS / 4
    slope = np.polyfit(planned_ms, off_ms, 1)[0] if len(off_ms) > 2 else 0.0
    assert abs(slope) * sample.session.timeline.duration_ms <= FRAME_MS / 2


def test_between_cues_there_is_digital_silence(sample: Sample) -> None:
    """From the end of a cue's clip to the beginning of the next one: no click, no hiss."""
    ends_ms = [(cue.start_ms, cue.start_ms + clip.sound_ms) for cue, clip in sample.cues]
    quiet = 0
    for (_, end_ms), (next_ms, _) in pairwise(ends_ms):
        start, stop = (end_ms + LEAD_MS + 3 * FRAME_MS) * PER_MS, (next_ms + LEAD_MS - 3 * FRAME_MS) * PER_MS
        if start < stop:
            quiet += stop - start
            assert not sample.heard[start:stop].any()
    assert quiet > 0


def test_a_resume_at_any_moment_goes_on_as_if_nothing_had_been(sample: Sample, tmp_path: Path) -> None:
    """Two frames after the place, a decoder that began there hears what the whole file has there."""
    choice = random.Random(7)
    for number in range(6):
        frame = choice.randrange(sample.session.mp3.frames - 3)
        path = tmp_path / f"{number}.mp3"
        path.write_bytes(b"".join(sample.session.mp3.read(frame * FRAME_BYTES)))
        tool("ffmpeg", "-v", "error", "-f", "mp3", "-i", path, "-f", "f32le", tmp_path / f"{number}.raw")
        rest = np.fromfile(tmp_path / f"{number}.raw", np.float32)
        whole = sample.heard[(frame + 2) * FRAME_SAMPLES :]
        assert len(rest[2 * FRAME_SAMPLES :]) == len(whole)
        assert np.abs(rest[2 * FRAME_SAMPLES :] - whole).max() < 1e-3


@pytest.mark.parametrize(("exercise", "amount"), [("knee_rocking", 5), ("knees_to_chest", 6)])
def test_what_is_taken_along_has_title_and_chapters_and_no_warning(
    content: Content, store: ClipStore, tmp_path: Path, exercise: str, amount: int
) -> None:
    engine = make_engine("embedded", LOCALE)
    files = export(content, content.language(LOCALE), exercise, amount, engine=engine, store=store)
    mp3, *_ = files.write(tmp_path)
    report = tool("mp3val", mp3).stdout
    assert "WARNING" not in report
    assert "+ID3v2, CBR" in report
    shown = tool("ffprobe", "-v", "warning", "-show_chapters", "-of", "compact", mp3)
    assert shown.stdout.count("tag:title=") >= 3
    tool("mpg123", "--quiet", "--wav", tmp_path / "x.wav", mp3)
