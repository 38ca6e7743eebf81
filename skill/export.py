"""A session to take along: sound with chapters, captions, and a page to print."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from pathlib import Path

from audio.captions import write_vtt
from audio.clips import LEAD_MS, Session, assemble, recordings_of
from audio.codec import tag
from audio.engines import Engine
from audio.timeline import Words, lay_out
from intents.content import Content
from intents.shapes import Language
from intents.tracks import MINUTE_MS, Chapter, export_chapters, most, programme, sheet_note
from skill.clips import ClipStore
from skill.rendering import render


class ExportError(Exception):
    """This cannot be taken along; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What is written, before it is written."""

    name: str
    mp3: bytes
    vtt: str
    page: str

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write three files of one name; gives their paths.

        Raises:
            OSError: One cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        contents = {"mp3": self.mp3, "vtt": self.vtt.encode(), "html": self.page.encode()}
        paths = []
        for kind, data in contents.items():
            paths.append(folder / f"{self.name}.{kind}")
            paths[-1].write_bytes(data)
        return tuple(paths)


def amount_for(
    content: Content, words: Language, exercise_id: str, minutes: int | None, repetitions: int | None
) -> int:
    """How much of an exercise is meant: in its own unit, minutes or repetitions.

    Raises:
        ExportError: There is no such file, or not that much of it.
    """
    exercises = content.numbers.exercises
    if exercise_id not in exercises:
        raise ExportError(f"no exercise {exercise_id!r}; must be one of {', '.join(exercises)}")
    exercise = exercises[exercise_id]
    largest = most(exercise)
    if not largest:
        raise ExportError(
            f"{exercise_id} is never a file: whether it suits today must be asked and tried first"
        )
    if exercise.timed:
        if repetitions is not None:
            raise ExportError(f"{exercise_id} goes by time: give --minutes")
        amount = minutes if minutes is not None else 1
    elif minutes is not None:
        amount = _nearest(content, words, exercise_id, minutes)
    else:
        amount = exercise.dose.start if repetitions is None else repetitions
    if not 1 <= amount <= largest:
        raise ExportError(f"{exercise_id}: {amount} is not possible; must be from 1 to {largest}")
    return amount


def _nearest(content: Content, words: Language, exercise_id: str, minutes: int) -> int:
    """The repetitions whose guidance comes nearest to so many minutes."""

    def off_ms(amount: int) -> int:
        tracks = programme(content.numbers, exercise_id, amount)
        parts = list(export_chapters(tracks, content.numbers, words))[1:-1]
        return abs(lay_out(line for part in parts for line in part.lines).duration_ms - minutes * MINUTE_MS)

    return min(range(1, most(content.numbers.exercises[exercise_id]) + 1), key=off_ms)


def export(
    content: Content, words: Language, exercise_id: str, amount: int, *, engine: Engine, store: ClipStore
) -> Files:
    """Put a session together from clips, rendering those that are missing.

    Raises:
        ExportError: A clip could not be made.
        ClipStoreError: A clip could not be written.
    """
    tracks = programme(content.numbers, exercise_id, amount)
    chapters = tuple(export_chapters(tracks, content.numbers, words))
    lines = [line for chapter in chapters for line in chapter.lines]
    recordings = tuple(recordings_of(lines))
    report = render(recordings, engine, 1.0, store)
    if report.failed:
        raise ExportError("\n".join(report.failed))
    voice = engine.abilities.identity(1.0)
    clips = {recording: store.read(recording.address(voice)) for recording in recordings}
    session = assemble(lines, {recording: clip for recording, clip in clips.items() if clip})
    title = chapters[0].lines[0].text
    unit = "minutes" if content.numbers.exercises[exercise_id].timed else "repetitions"
    return Files(
        name=f"{exercise_id}-{amount}-{unit}",
        mp3=tag(b"".join(session.mp3.read()), title, tuple(_spans(chapters, session))),
        vtt=write_vtt(session.timeline, LEAD_MS),
        page=_page(title, chapters, words),
    )


def _spans(chapters: Sequence[Chapter], session: Session) -> Iterator[tuple[str, int, int]]:
    """Title, start and end of each chapter in the file."""
    firsts = accumulate((len(chapter.lines) for chapter in chapters[:-1]), initial=0)
    starts = [session.timeline.cues[first].start_ms for first in firsts]
    for chapter, (start_ms, end_ms) in zip(
        chapters, pairwise([*starts, session.mp3.duration_ms]), strict=True
    ):
        yield chapter.title, start_ms, end_ms


def _page(title: str, chapters: Sequence[Chapter], words: Language) -> str:
    """What is said, on one sheet of paper; what repeats stands once, with how often."""
    parts = "".join(
        f"<h2>{html.escape(chapter.title)}</h2>\n<ol>\n{''.join(_items(chapter.lines))}</ol>\n"
        for chapter in chapters
    )
    return (
        f'<!doctype html>\n<html lang="{words.locales[0]}">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{html.escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{html.escape(title)}</h1>\n{parts}<p>{html.escape(sheet_note(words))}</p>\n</html>\n"
    )


_STYLE = (
    "body{font:1.1rem/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;break-after:avoid}li{break-inside:avoid}"
    "@media print{body{margin:0;max-width:none;font-size:12pt}}"
)


def _items(lines: Sequence[Words]) -> Iterator[str]:
    """One item a line; repetitions that say the same are one item."""
    spoken: list[str] = []
    for (_, is_repetition), group in groupby(lines, key=lambda line: (line.mark, line.lasts_ms is not None)):
        texts = [line.text for line in group]
        spoken += [" ".join(texts)] if is_repetition else texts
    for text, same in groupby(spoken):
        times = len(list(same))
        yield f"<li>{html.escape(text)}{f' &times; {times}' if times > 1 else ''}</li>\n"
