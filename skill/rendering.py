"""Rendering ahead: every clip that files need, then every other text that never changes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from audio.clips import GAP_MS, Recording, recording_of, recordings_of
from audio.engines import Engine, make_engine
from audio.errors import EngineError, FrameError
from audio.page import Cues, blocks, file_words
from audio.recording import record
from audio.timeline import Words
from intents.checks import texts
from intents.content import Content
from intents.shapes import Language
from intents.tracks import all_tracks, every_file, export_chapters, most, programme, track_lines
from intents.turn import HOLDS
from skill.clips import ClipStore

MAX_FAILURES_IN_A_ROW = 5
"""After so many, a service has had enough: going on would only make it angrier."""


@dataclass(slots=True)
class Report:
    """What came of one rendering."""

    made: int = 0
    kept: int = 0
    sound_ms: int = 0
    """How long the new clips are together."""
    failed: list[str] = field(default_factory=list)
    """One line a clip that could not be made."""
    is_whole: bool = True
    """Whether it came to the end of the list."""


def wanted(content: Content, words: Language, *, only_files: bool = False) -> tuple[Recording, ...]:
    """Every clip of a language, those of files first, or those of files only."""
    numbers = content.numbers
    lines = [line for track in every_file(numbers).values() for line in track_lines(track, numbers, words)]
    for name, exercise in numbers.exercises.items():
        for amount in range(1, most(exercise) + 1):
            tracks = programme(numbers, name, amount)
            lines += [line for part in export_chapters(tracks, numbers, words) for line in part.lines]
    if only_files:
        return tuple(recordings_of(lines))
    lines += _pages(content, words)
    # Said to a device that has to be woken, and where there is none, as on the page (`Turn.woken`).
    said = (text.replace("{wake}", wake) for _, _, text in texts(words) for wake in (words.wake, ""))
    fixed = (Recording(text=text) for text in said if "{" not in text)
    return tuple(dict.fromkeys((*recordings_of(lines), *fixed)))


def _pages(content: Content, words: Language) -> Iterator[Words]:
    """What pages of guidance hold besides words: each form at its own pace, with each sound of holds."""

    def wording(exercise: str, easier: bool) -> Cues:  # noqa: FBT001 - the shape audio.page wants
        return words.exercises[exercise].easier if easier else words.exercises[exercise].cues

    for name, exercise in content.numbers.exercises.items():
        for easier in (False, True) if exercise.easier else (False,):
            form = content.numbers.form(name, easier=easier)
            for again, holds in product((False, True), HOLDS.values()):
                page = blocks(name, form, form.dose.page, again=again, easier=easier)
                yield from file_words(page, content.numbers, wording, halfway=True, holds=holds)


def render(
    recordings: Iterable[Recording],
    engine: Engine,
    rate: float,
    store: ClipStore,
    *,
    goes_on: Callable[[], bool] = lambda: True,
) -> Report:
    """Make what is not there yet. Nothing is lost by stopping: the next time it goes on where it stopped.

    `goes_on` is asked before each clip.

    Raises:
        ClipStoreError: A clip cannot be written.
    """
    report = Report()
    voice = engine.abilities.identity(rate)
    failures = 0
    for recording in recordings:
        if failures == MAX_FAILURES_IN_A_ROW or not goes_on():
            report.is_whole = False
            break
        address = recording.address(voice)
        if store.read(address) is not None:
            report.kept += 1
        else:
            try:
                clip = record(recording, engine, rate)
            except (EngineError, FrameError) as error:
                report.failed.append(str(error))
                failures += 1
            else:
                store.write(address, clip)
                report.made += 1
                report.sound_ms += clip.sound_ms
                failures = 0
    return report


@dataclass(frozen=True, slots=True)
class Cast:
    """A voice with the locales for which it speaks, all with the same words."""

    engine: Engine
    words: Language
    locales: tuple[str, ...]


def cast(content: Content, engine: str, locales: Iterable[str], rate: float) -> tuple[Cast, ...]:
    """Who speaks where: a voice that is the same for several locales renders once.

    Raises:
        EngineError: There is no such engine, or it does not speak there.
    """
    found: dict[tuple[str, str], Cast] = {}
    for locale in locales:
        words = content.language(locale)
        made = make_engine(engine, locale)
        key = (made.abilities.identity(rate), words.locales[0])
        known = found.get(key)
        found[key] = (
            Cast(known.engine, words, (*known.locales, locale)) if known else Cast(made, words, (locale,))
        )
    return tuple(found.values())


def slow_cues(content: Content, part: Cast, rate: float, store: ClipStore) -> list[str]:
    """Cues that this voice does not get said within their shortest phase: there the movement waits for it."""
    voice = part.engine.abilities.identity(rate)
    tracks = all_tracks(content.numbers).values()
    lines = [line for track in tracks for line in track_lines(track, content.numbers, part.words)]
    lines += _pages(content, part.words)
    shortest: dict[str, tuple[int, Recording]] = {}
    for line in lines:
        recording = recording_of(line) if line.lasts_ms is not None else None
        if recording is None or line.lasts_ms is None:
            continue
        if line.text not in shortest or line.lasts_ms < shortest[line.text][0]:
            shortest[line.text] = (line.lasts_ms, recording)
    clips = ((text, has_ms, store.read(one.address(voice))) for text, (has_ms, one) in shortest.items())
    return [
        f"{text!r} takes {clip.sound_ms} ms; its phase has {has_ms} ms"
        for text, has_ms, clip in clips
        if clip and clip.sound_ms + GAP_MS > has_ms
    ]
