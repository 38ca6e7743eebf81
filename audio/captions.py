"""A timeline as WebVTT captions (W3C, "WebVTT: The Web Video Text Tracks Format")."""

from audio.timeline import Timeline

_HOUR_MS, _MINUTE_MS, _SECOND_MS = 3_600_000, 60_000, 1_000


def write_vtt(timeline: Timeline, shift_ms: int = 0) -> str:
    """One caption a cue that has words, shown until the next one; times are moved by `shift_ms`."""
    captions = [
        f"{_clock(cue.start_ms + shift_ms)} --> {_clock(cue.start_ms + cue.length_ms + shift_ms)}\n"
        f"{_escape(cue.text)}\n"
        for cue in timeline.cues
        if cue.text
    ]
    return "\n".join(("WEBVTT\n", *captions))


def _clock(at_ms: int) -> str:
    hours, rest = divmod(at_ms, _HOUR_MS)
    minutes, rest = divmod(rest, _MINUTE_MS)
    return f"{hours:02}:{minutes:02}:{rest // _SECOND_MS:02}.{rest % _SECOND_MS:03}"


def _escape(text: str) -> str:
    """The three characters that mean something in a caption."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
