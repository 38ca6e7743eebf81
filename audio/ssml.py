"""A timeline as SSML: the only place that writes tags, within the limits of Alexa by construction."""

import math
import re
from itertools import pairwise
from xml.sax.saxutils import escape

from audio.timeline import Cue, Timeline

# "length 9503 exceeds allowed size of 8000 characters": the platform counts the tags, too.
MAX_SSML_CHARACTERS = 8000
# Amazon's SSML reference, "break": up to 10 seconds; longer pauses are chained.
MAX_BREAK_MS = 10_000

# Characters that XML 1.0 does not allow at all, escaped or not.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SpeechTooLongError(ValueError):
    """The timeline does not fit into one response of the platform."""


def write_ssml(timeline: Timeline) -> str:
    """Write a timeline as one `<speak>` element: its words escaped, each pause as breaks of at most 10 s.

    Raises:
        SpeechTooLongError: More than 8,000 characters.
    """
    ssml = f"<speak>{' '.join(_write(cue) for cue in timeline.cues)}</speak>"
    if len(ssml) > MAX_SSML_CHARACTERS:
        raise SpeechTooLongError(f"{len(ssml)} characters of SSML; at most {MAX_SSML_CHARACTERS}")
    return ssml


def plain(text: str) -> str:
    """Remove what no XML may hold, escape what it must."""
    return escape(_ILLEGAL.sub("", text))


def _write(cue: Cue) -> str:
    return " ".join(part for part in (plain(cue.text), *_breaks(cue.pause_ms)) if part)


def _breaks(pause_ms: int) -> list[str]:
    """Equal parts, so that no break is a stub."""
    parts = math.ceil(pause_ms / MAX_BREAK_MS)
    ends = [pause_ms * part // parts for part in range(parts + 1)] if parts else []
    return [f'<break time="{end - start}ms"/>' for start, end in pairwise(ends)]
