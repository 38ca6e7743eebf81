import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.timeline import Mark, Words, lay_out, speech_ms

lines = st.lists(
    st.builds(
        Words,
        text=st.sampled_from(["", "Breathe in.", "Toward you,", "One. Two? Three!"]),
        pause_ms=st.integers(0, 30_000),
        lasts_ms=st.none() | st.integers(0, 20_000),
        mark=st.none() | st.builds(Mark, st.integers(0, 3), st.integers(0, 20)),
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("", 0),
        ("Breathe", 400),
        ("Breathe in.", 1_050),
        ("Better, the same, or worse?", 2_250),
        ("Call nine one one now: it's an emergency.", 3_450),
        ("At 2.5 seconds", 1_200),
    ],
)
def test_speech_takes_four_tenths_a_word_and_a_quarter_a_sentence(text: str, expected_ms: int) -> None:
    assert speech_ms(text) == expected_ms


@given(lines)
def test_cues_follow_each_other_without_gap_or_overlap(given_lines: list[Words]) -> None:
    timeline = lay_out(given_lines)
    end_ms = 0
    for cue in timeline.cues:
        assert cue.start_ms == end_ms
        assert cue.pause_ms >= 0
        end_ms += cue.length_ms
    assert timeline.duration_ms == end_ms == sum(line.length_ms for line in given_lines)


@given(lines, st.integers(-1_000, 400_000))
def test_an_interruption_snaps_back_and_never_forward(given_lines: list[Words], elapsed_ms: int) -> None:
    timeline = lay_out(given_lines)
    mark = timeline.mark_at(elapsed_ms)
    begun = [cue for cue in timeline.cues if cue.mark is not None and cue.start_ms <= elapsed_ms]
    assert mark == (begun[-1].mark if begun else None)


def test_a_phase_lasts_as_long_as_it_says_words_included() -> None:
    (cue,) = lay_out([Words(text="Toward you.", kind="count", lasts_ms=3_000)]).cues
    assert (cue.speech_ms, cue.pause_ms, cue.length_ms) == (1_050, 1_950, 3_000)
