import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.ssml import MAX_SSML_CHARACTERS, SpeechTooLongError, write_ssml
from audio.timeline import Line, lay_out

BELL = '<audio src="soundbank://soundlibrary/musical/amzn_sfx_bell_short_chime_01"/>'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (Line(text="Breathe in.", pause_ms=2_500), 'Breathe in. <break time="2500ms"/>'),
        (Line(text="Rest.", pause_ms=10_000), 'Rest. <break time="10000ms"/>'),
        (Line(text="Rest.", pause_ms=10_001), 'Rest. <break time="5000ms"/> <break time="5001ms"/>'),
        (Line(text="Tea & <break/> \x00cake"), "Tea &amp; &lt;break/&gt; cake"),
        (Line(text="", pause_ms=500), '<break time="500ms"/>'),
        (Line(text="", pause_ms=2_500, sound="chime"), f'{BELL} <break time="1000ms"/>'),
        (Line(text="", pause_ms=1_000, sound="chime"), BELL),
        (Line(text="", pause_ms=1_000, sound="tick"), '<break time="1000ms"/>'),
        (Line(text="In.", pause_ms=1_000, sound="hush"), 'In. <break time="1000ms"/>'),
    ],
)
def test_ssml_as_written_by_hand(line: Line, expected: str) -> None:
    assert write_ssml(lay_out([line])) == f"<speak>{expected}</speak>"


@given(st.lists(st.tuples(st.text(max_size=40), st.integers(0, 60_000)), min_size=1, max_size=20))
def test_any_text_and_pause_is_well_formed_and_within_limits(given_lines: list[tuple[str, int]]) -> None:
    timeline = lay_out([Line(text=text, pause_ms=pause_ms) for text, pause_ms in given_lines])
    ssml = write_ssml(timeline)
    root = ET.fromstring(ssml)
    breaks_ms = [int(element.attrib["time"].removesuffix("ms")) for element in root.iter("break")]
    assert all(0 < length_ms <= 10_000 for length_ms in breaks_ms)
    assert sum(breaks_ms) == sum(cue.pause_ms for cue in timeline.cues)
    assert not re.search(r"<(?!/?speak|break )", ssml)


def test_the_sixth_sound_of_a_response_is_a_pause() -> None:
    ssml = write_ssml(lay_out([Line(text="", pause_ms=2_000, sound="chime") for _ in range(6)]))
    assert ssml.count("<audio") == 5
    assert ssml.endswith('<break time="2000ms"/></speak>')


def test_too_long_for_one_response_is_an_error_not_a_surprise() -> None:
    with pytest.raises(SpeechTooLongError, match="8000"):
        write_ssml(lay_out([Line(text="x" * MAX_SSML_CHARACTERS)]))
