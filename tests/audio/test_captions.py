from audio.captions import write_vtt
from audio.timeline import Line, lay_out


def test_captions_show_each_cue_until_the_next() -> None:
    timeline = lay_out(
        [Line(text="In & <out>.", pause_ms=1_000), Line(text="", pause_ms=3_600_000), Line(text="Rest.")]
    )
    assert write_vtt(timeline, 24) == (
        "WEBVTT\n"
        "\n"
        "00:00:00.024 --> 00:00:02.474\n"
        "In &amp; &lt;out&gt;.\n"
        "\n"
        "01:00:02.474 --> 01:00:03.124\n"
        "Rest.\n"
    )


def test_nothing_to_say_is_a_file_without_captions() -> None:
    assert write_vtt(lay_out([])) == "WEBVTT\n"
