from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.clips import GAP_MS, Recording, assemble, recording_of, recordings_of
from audio.mp3 import FRAME_MS, LEAD_FRAMES, Clip
from audio.timeline import Words
from tests.audio.sound import clip_of

PHASE = Words(text="Toward you.", kind="count", lasts_ms=3_000, sound="tick")
LINES = (
    Words(text="Knee rocking."),
    Words(text="Hold behind your thighs, right,", pause_ms=3_000),
    Words(text="then left.", pause_ms=3_000),
    PHASE,
    PHASE,
    Words(text="Rest.", pause_ms=10_000, sound="hush"),
    Words(text="", pause_ms=500),
)
CLIPS = {
    Recording(text="Knee rocking."): clip_of(960),
    Recording(text="Hold behind your thighs, right,"): clip_of(1_440),
    Recording(text="then left."): clip_of(600),
    Recording(text="Toward you.", sound="tick", lasts_ms=3_000): clip_of(2_928),
    Recording(text="Rest.", sound="hush", pause_ms=10_000): clip_of(10_776),
}


def test_each_clip_that_lines_need_is_named_once() -> None:
    assert tuple(recordings_of(LINES)) == tuple(CLIPS)


def test_without_a_sound_pauses_are_silence_and_the_clip_is_the_words() -> None:
    first, second = Words(text="Rest.", pause_ms=1), Words(text="Rest.", lasts_ms=5_000)
    assert recording_of(first) == recording_of(second) == Recording(text="Rest.")
    assert recording_of(Words(text="", pause_ms=100)) is None


def test_a_sound_without_words_is_a_clip() -> None:
    assert recording_of(Words(text="", pause_ms=900, sound="chime")) == Recording(
        text="", sound="chime", pause_ms=900
    )


def test_pauses_are_as_written_and_phases_as_long_as_their_numbers() -> None:
    timeline = assemble(LINES, CLIPS).timeline
    assert [cue.start_ms for cue in timeline.cues] == [
        0,
        1_210,  # 960 of words, 250 of breath at the sentence's end
        1_210 + 1_440 + GAP_MS + 3_000,  # no sentence ends: the least gap, then the pause
        1_210 + 1_440 + GAP_MS + 3_000 + 850 + 3_000,
        1_210 + 1_440 + GAP_MS + 3_000 + 850 + 3_000 + 3_000,
        1_210 + 1_440 + GAP_MS + 3_000 + 850 + 3_000 + 6_000,
        1_210 + 1_440 + GAP_MS + 3_000 + 850 + 3_000 + 6_000 + 10_776 + GAP_MS,
    ]
    assert timeline.cues[3].length_ms == 3_000
    assert timeline.cues[5].pause_ms == 10_000


def test_the_file_has_each_clip_at_the_nearest_frame_and_is_as_long_as_its_timeline() -> None:
    session = assemble(LINES, CLIPS)
    assert abs(session.mp3.duration_ms - session.timeline.duration_ms) <= 3 * FRAME_MS
    whole = b"".join(session.mp3.read())
    for cue, line in zip(session.timeline.cues, LINES, strict=True):
        recording = recording_of(line)
        if recording:
            frame = round(cue.start_ms / FRAME_MS) + LEAD_FRAMES
            data = CLIPS[recording].data
            assert whole[(frame - 1) * 144 : (frame - 1) * 144 + len(data)] == data


def test_a_clip_longer_than_its_phase_moves_what_follows() -> None:
    slow = {**CLIPS, Recording(text="Toward you.", sound="tick", lasts_ms=3_000): clip_of(3_600)}
    cues = assemble(LINES, slow).timeline.cues
    assert cues[4].start_ms - cues[3].start_ms == 3_600 + GAP_MS


def test_a_missing_clip_is_an_error() -> None:
    with pytest.raises(KeyError):
        assemble(LINES, {})


@given(
    st.lists(
        st.builds(
            Words,
            text=st.sampled_from(["", "Rest.", "right,", "One. Two."]),
            pause_ms=st.integers(0, 5_000),
            lasts_ms=st.none() | st.integers(0, 5_000),
        ),
        max_size=20,
    ),
    st.dictionaries(
        st.sampled_from(["Rest.", "right,", "One. Two."]), st.integers(1, 4_000).map(clip_of), min_size=3
    ),
)
def test_whatever_the_lengths_clips_fit_and_onsets_are_within_half_a_frame(
    lines: list[Words], clips: dict[str, Clip]
) -> None:
    session = assemble(lines, {Recording(text=text): clip for text, clip in clips.items()})
    end_ms = 0
    for cue in session.timeline.cues:
        assert cue.start_ms == end_ms
        end_ms += cue.length_ms
    assert session.mp3.frames * FRAME_MS >= end_ms


@pytest.mark.parametrize(
    "change", [{"text": "Away."}, {"sound": "hush"}, {"lasts_ms": 2_000}, {"pause_ms": 1}], ids=str
)
def test_the_address_changes_with_what_is_heard(change: dict[str, str | int]) -> None:
    recording = Recording(text="Toward you.", sound="tick", lasts_ms=3_000)
    changed = replace(recording, **change)  # type: ignore[arg-type]  # one field of several types at a time
    assert recording.address("a voice") == recording.address("a voice")
    assert changed.address("a voice") != recording.address("a voice")
    assert recording.address("another") != recording.address("a voice")
