"""The verbs that make sound: `gentle-back render` and `gentle-back export`."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audio.clips import Recording
from audio.errors import EngineError
from intents.content import Content
from skill.clips import ClipStore, ClipStoreError
from skill.given import given_content, given_settings

if TYPE_CHECKING:
    from skill import rendering

_LOCALE = click.option("--locale", default="en-US", show_default=True, help="Whose words and accent.")
_ENGINE = click.option(
    "--engine",
    default="embedded",
    show_default=True,
    help="Who speaks: embedded, gtts (asks Google), silent.",
)


@click.command()
@_ENGINE
@click.option("--locale", "locales", multiple=True, help="For whom; may be repeated. Without: for everybody.")
@click.option("--rate", type=float, default=1.0, show_default=True, help="Pace; 1 is that of the plan.")
@click.option("--only-files", is_flag=True, help="Only what files say: a tenth of everything.")
@click.option("--while-running", type=int, metavar="PID", help="Stop when this process has ended.")
def render(
    *, engine: str, locales: tuple[str, ...], rate: float, only_files: bool, while_running: int | None
) -> None:
    """Render ahead what is not there yet: what files say, then every other text that never changes.

    Goes on where it stopped. Lists clips that could not be made, and then exits with 1.
    """
    with _studio():
        from skill import rendering  # noqa: PLC0415 - the extra, which the web service does not have

        content = given_content()
        served = [locale for words in content.languages.values() for locale in words.locales]
        if unknown := sorted(set(locales) - set(served)):
            raise click.UsageError(f"no locale {', '.join(unknown)}; must be one of {', '.join(served)}")
        store = ClipStore(given_settings().clips)
        is_whole = True
        with store.alone() as is_free:
            if not is_free:
                raise click.ClickException("another rendering is at work on these clips")
            for part in rendering.cast(content, engine, locales or served, rate):
                recordings = rendering.wanted(content, part.words, only_files=only_files)
                is_whole &= _render(
                    content, part, recordings, rate=rate, store=store, while_running=while_running
                )
    raise SystemExit(0 if is_whole else 1)


def _render(
    content: Content,
    part: "rendering.Cast",
    recordings: Sequence[Recording],
    *,
    rate: float,
    store: ClipStore,
    while_running: int | None,
) -> bool:
    """Render one voice with a progress bar, list what failed, and let it speak once it can say everything."""
    from skill import rendering  # noqa: PLC0415 - as above

    voice = part.engine.abilities.identity(rate)
    for locale in part.locales:
        if store.voice(locale) is None:
            store.speak_with(locale, voice)
    started_s = time.monotonic()
    with click.progressbar(recordings, label=voice) as bar:
        report = rendering.render(
            bar,
            part.engine,
            rate,
            store,
            goes_on=lambda: while_running is None or _is_running(while_running),
        )
    took_s = max(0.001, time.monotonic() - started_s)
    made_s = report.sound_ms / 1000
    click.echo(
        f"{voice}: {report.made} clips made, {report.kept} kept, {len(report.failed)} failed; "
        f"{made_s:.0f} s of sound, {made_s / took_s:.1f} times real time"
    )
    for problem in report.failed:
        click.echo(f"  {problem}", err=True)
    for note in rendering.slow_cues(content, part, rate, store):
        click.echo(f"  note: {note}", err=True)
    if not report.is_whole or report.failed:
        click.echo("Run it again to go on; what is made is kept.", err=True)
        return False
    for locale in part.locales:
        store.speak_with(locale, voice)
    return True


@click.command()
@click.argument("exercise")
@click.option("--minutes", type=int, help="How long; for an exercise by count, as near as it comes.")
@click.option("--repetitions", type=int, help="How many (on each side), for an exercise by count.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder for the files."
)
@_LOCALE
@_ENGINE
def export(
    *, exercise: str, minutes: int | None, repetitions: int | None, out: Path, locale: str, engine: str
) -> None:
    """Take EXERCISE along: an MP3 with chapters, captions (VTT) and a page to print (HTML).

    It opens with the stop rule, for whom it is not, and the signs that need a doctor instead. Rolling is
    never a file.
    """
    if minutes is not None and repetitions is not None:
        raise click.UsageError("--minutes and --repetitions: give one of them")
    with _studio():
        from audio.engines import make_engine  # noqa: PLC0415 - as above
        from skill import export as taking  # noqa: PLC0415 - as above

        content = given_content()
        words = content.language(locale)
        if locale not in words.locales:
            raise click.UsageError(f"no locale {locale}; must be one of {', '.join(words.locales)}")
        try:
            amount = taking.amount_for(content, words, exercise, minutes, repetitions)
        except taking.ExportError as error:
            raise click.UsageError(str(error)) from error
        store = ClipStore(given_settings().clips)
        try:
            files = taking.export(
                content, words, exercise, amount, engine=make_engine(engine, locale), store=store
            )
            paths = files.write(out)
        except (taking.ExportError, OSError) as error:
            raise click.ClickException(str(error)) from error
    for path in paths:
        click.echo(path)


@contextmanager
def _studio() -> Iterator[None]:
    """What can go wrong with voices and clips, as messages."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is missing; install requirements-render.txt, or the extra gentle-back[render]"
        ) from error
    except (EngineError, ClipStoreError) as error:
        raise click.ClickException(str(error)) from error


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
