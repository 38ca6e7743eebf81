"""The verbs of `gentle-back`. Exit 0: done; 1: findings or a refusal; 2: wrong use or unreadable input."""

import json
import os
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audio.clips import Recording
from audio.errors import ContentError, EngineError
from audio.timeline import Timeline
from intents.alexa import Conversation, Outcome
from intents.alexa.keeping import StoreError
from intents.content import Content, load_content
from intents.envelope import build
from skill import package
from skill.clips import ClipStore, ClipStoreError
from skill.manifest import load_parts
from skill.settings import Settings, SettingsError, read_settings
from skill.store import SqliteStore

if TYPE_CHECKING:
    from skill import rendering

ANSWER_MS = 3_500
"""What a spoken answer costs: reaction, words, recogniser and our reply (walkthrough, method)."""
USER = "amzn1.ask.account.local"


@click.group()
def main() -> None:
    """Gentle Back on the command line."""


@main.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a turn instead of the script.")
@click.option("--play-time", is_flag=True, help="Each turn comes when the answer before it has been played.")
@click.option("--locale", default="en-US", show_default=True, help="Whose words and emergency number.")
@click.option("--store", type=click.Path(dir_okay=False, path_type=Path), help="Remember in this file.")
def say(texts: tuple[str, ...], locale: str, store: Path | None, *, as_json: bool, play_time: bool) -> None:
    """Hold a conversation: each TEXT is one turn; without TEXT, one turn a line of standard input.

    It is opened first, unless the first TEXT asks for something. Prints what is said, and each pause, with
    its place on the conversation's clock.
    """
    content = _content()
    talk = Talk(content, locale=locale, store=store, play_time=play_time)
    for outcome in talk.turns(texts or _lines(), implied_launch=True):
        _print(outcome, talk.started_ms(outcome), as_json=as_json)


@main.command()
def turn() -> None:
    """Answer one request envelope from standard input, unsigned, with nothing remembered."""
    content = _content()
    try:
        payload = json.loads(sys.stdin.buffer.read())
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"standard input is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise click.UsageError("standard input is no request envelope: it must be a JSON object")
    conversation = Conversation(content, SqliteStore.in_memory(), now_ms=_now_ms, country=_country())
    click.echo(json.dumps(conversation.respond(payload).json, ensure_ascii=False, indent=2))


_LOCALE = click.option("--locale", default="en-US", show_default=True, help="Whose words and accent.")
_ENGINE = click.option(
    "--engine",
    default="embedded",
    show_default=True,
    help="Who speaks: embedded, gtts (asks Google), silent.",
)


@main.command()
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

        content = _content()
        served = [locale for words in content.languages.values() for locale in words.locales]
        if unknown := sorted(set(locales) - set(served)):
            raise click.UsageError(f"no locale {', '.join(unknown)}; must be one of {', '.join(served)}")
        store = ClipStore(_settings().clips)
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


@main.command()
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

        content = _content()
        words = content.language(locale)
        if locale not in words.locales:
            raise click.UsageError(f"no locale {locale}; must be one of {', '.join(words.locales)}")
        try:
            amount = taking.amount_for(content, words, exercise, minutes, repetitions)
        except taking.ExportError as error:
            raise click.UsageError(str(error)) from error
        store = ClipStore(_settings().clips)
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


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is missing or differs.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The project's folder; the current one by default.",
)
def model(folder: Path, *, check: bool) -> None:
    """Write the skill package: manifest, interaction models and icons, made from content and PUBLIC_URL.

    Without PUBLIC_URL the address in the manifest that is there stays.
    """
    content = _content()
    try:
        parts = load_parts()
        public_url = read_settings(os.environ).public_url or package.public_url_in(folder)
    except (ContentError, SettingsError) as error:
        raise click.UsageError(str(error)) from error
    files = package.build(content, parts, public_url)
    problems = [str(finding) for finding in package.findings(content, parts, files)]
    differing = package.differences(folder, files)
    if problems or (check and differing):
        click.echo("\n".join(problems + (differing if check else [])))
        raise SystemExit(1)
    if check:
        click.echo(f"{len(files)} files are current.")
        return
    try:
        package.write(folder, files)
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from error
    click.echo(f"{len(files)} files, {len(differing)} of them new or changed.")
    if public_url is None:
        click.echo(
            "The manifest has no address: set PUBLIC_URL and run this again before uploading.", err=True
        )


@main.command()
@click.option("--locale", default="en-US", show_default=True, help="Whose words.")
def triage(locale: str) -> None:
    """What each line of standard input reports: one JSON object a line, written as the line is read."""
    matcher = _content().matcher(locale)
    for line in _lines():
        report = matcher.read(line)
        level = report.level if report and report.symptom and report.level != "none" else None
        found = {
            "utterance": line,
            "symptom": report and report.symptom,
            "triage": level,
            "asks": report and report.asks,
            "about": report.about if report else "self",
        }
        click.echo(json.dumps(found, ensure_ascii=False))
        sys.stdout.flush()


class Talk:
    """One conversation by text: understood by our own engine, answered as Alexa would be."""

    def __init__(self, content: Content, *, locale: str, store: Path | None, play_time: bool) -> None:
        self._content = content
        self._locale = locale
        self._play_time = play_time
        self._clock_ms = self._began_ms = _now_ms()
        kept = SqliteStore(store) if store else SqliteStore.in_memory()
        try:
            kept.prepare()
        except StoreError as error:
            raise click.UsageError(f"{store}: {error}") from error
        self._conversation = Conversation(content, kept, now_ms=self._now, country=_country())
        self._session_id: str | None = None
        self._attributes: Mapping[str, Any] = {}

    def turns(self, texts: Iterable[str], *, implied_launch: bool) -> Iterator[Outcome]:
        """One outcome a turn; after a closed session the next text opens a new one."""
        understanding = self._content.understanding(self._locale)
        for text in texts:
            if self._opens(text):
                self._session_id, self._attributes = None, {}
                yield self._send("LaunchRequest", {})
            else:
                heard = understanding.read(text, today=self._conversation.today(self._locale))
                if implied_launch and heard.intent not in ONE_SHOTS:
                    yield self._send("LaunchRequest", {})
                yield self._send(heard.intent, heard.slots)
            implied_launch = False
        if implied_launch:
            yield self._send("LaunchRequest", {})

    def started_ms(self, outcome: Outcome) -> int:
        """When an outcome's turn came, on the conversation's clock."""
        return (outcome.turn.now_ms if outcome.turn else self._clock_ms) - self._began_ms

    def _opens(self, text: str) -> bool:
        """Whether this is "Alexa, open gentle back", which on a device never reaches us as words."""
        words = "".join(c if c.isalpha() else " " for c in text.lower()).split()
        name = self._content.language(self._locale).invocation.split()
        return words[-len(name) :] == name and set(words[: -len(name)]) <= {
            "alexa",
            "open",
            "start",
            "launch",
        }

    def _send(self, name: str, slots: Mapping[str, Any]) -> Outcome:
        is_new = self._session_id is None
        self._session_id = self._session_id or f"local.{uuid.uuid4()}"
        envelope = build(
            name,
            slots,
            language=self._content.language(self._locale),
            locale=self._locale,
            session_id=self._session_id,
            user_id=USER,
            is_new=is_new,
            now_ms=self._now(),
            attributes=self._attributes,
        )
        outcome = self._conversation.respond(envelope)
        if outcome.json["response"].get("shouldEndSession", True):
            self._session_id, self._attributes = None, {}
        else:
            self._attributes = outcome.json.get("sessionAttributes") or {}
        if self._play_time and outcome.timeline:
            self._clock_ms += outcome.timeline.duration_ms + ANSWER_MS
        return outcome

    def _now(self) -> int:
        return self._clock_ms if self._play_time else _now_ms()


# What somebody may say first without having opened the skill; anything else is said after a launch.
ONE_SHOTS = frozenset(
    {
        "StartExerciseIntent",
        "DescribeExerciseIntent",
        "ListExercisesIntent",
        "RestingPoseIntent",
        "GetTipIntent",
        "GetUpIntent",
        "ReportSymptomIntent",
        "ReportPainIntent",
    }
)


def _print(outcome: Outcome, started_ms: int, *, as_json: bool) -> None:
    if outcome.timeline is None:
        return
    if as_json:
        click.echo(json.dumps(outcome.summary(), ensure_ascii=False))
        return
    for line in script(outcome.timeline, started_ms):
        click.echo(line)
    click.echo()


def script(timeline: Timeline, started_ms: int) -> Iterator[str]:
    """What is said and when: `MM:SS.s  words`, and each pause on a line of its own."""
    for cue in timeline.cues:
        yield f"{_clock(started_ms + cue.start_ms)}  {cue.text}"
        if cue.pause_ms:
            yield f"{_clock(started_ms + cue.start_ms + cue.speech_ms)}  (pause {cue.pause_ms / 1000:.1f} s)"


def _clock(at_ms: int) -> str:
    tenths = round(at_ms / 100)
    return f"{tenths // 600:02d}:{tenths % 600 / 10:04.1f}"


def _content() -> Content:
    try:
        return load_content()
    except ContentError as error:
        click.echo(f"The content has problems:\n{error}", err=True)
        raise SystemExit(1) from error


def _settings() -> Settings:
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error


def _country() -> str | None:
    return _settings().country


def _lines() -> Iterator[str]:
    """Lines of standard input as they come."""
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace").rstrip("\r\n")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
