"""A timeline as SSML: the only place that writes tags, within the limits of Alexa by construction."""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from xml.sax.saxutils import escape

from audio.timeline import Cue, Sound, Timeline

# "length 9503 exceeds allowed size of 8000 characters": the platform counts the tags, too.
MAX_SSML_CHARACTERS = 8000
# Amazon's SSML reference, "break": up to 10 seconds; longer pauses are chained.
MAX_BREAK_MS = 10_000

# Amazon's SSML reference, "audio": no more than five files in a response.
MAX_SOUNDS = 5
# Of Amazon's own sound library, which needs no hosting; the lengths are approximate.
SOUND_LIBRARY: Mapping[Sound, tuple[str, int]] = {
    "chime": ("soundbank://soundlibrary/musical/amzn_sfx_bell_short_chime_01", 1_500),
    "hush": ("soundbank://soundlibrary/nature/amzn_sfx_ocean_wave_1x_01", 2_500),
}

# Characters that XML 1.0 does not allow at all, escaped or not.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SpeechTooLongError(ValueError):
    """The timeline does not fit into one response of the platform."""


def write_ssml(timeline: Timeline) -> str:
    """Write a timeline as one `<speak>` element: its words escaped, each pause as breaks of at most 10 s.

    A sound that stands alone is one of the platform's; beyond the fifth it is a pause.

    Raises:
        SpeechTooLongError: More than 8,000 characters.
    """
    ssml = f"<speak>{' '.join(_parts(timeline))}</speak>"
    if len(ssml) > MAX_SSML_CHARACTERS:
        raise SpeechTooLongError(f"{len(ssml)} characters of SSML; at most {MAX_SSML_CHARACTERS}")
    return ssml


def plain(text: str) -> str:
    """Remove what no XML may hold, escape what it must."""
    return escape(_ILLEGAL.sub("", text))


def _parts(timeline: Timeline) -> Iterator[str]:
    sounds = 0
    for cue in timeline.cues:
        found = None if cue.text or cue.sound is None else SOUND_LIBRARY.get(cue.sound)
        if found and sounds < MAX_SOUNDS:
            sounds += 1
            address, lasts_ms = found
            yield f'<audio src="{address}"/>'
            yield from _breaks(max(0, cue.pause_ms - lasts_ms))
        else:
            yield _write(cue)


def _write(cue: Cue) -> str:
    return " ".join(part for part in (plain(cue.text), *_breaks(cue.pause_ms)) if part)


def _breaks(pause_ms: int) -> list[str]:
    """Equal parts, so that no break is a stub."""
    parts = math.ceil(pause_ms / MAX_BREAK_MS)
    ends = [pause_ms * part // parts for part in range(parts + 1)] if parts else []
    return [f'<break time="{end - start}ms"/>' for start, end in pairwise(ends)]
