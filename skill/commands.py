"""The verbs of `gentle-back`. Exit 0: done; 1: findings or a refusal; 2: wrong use or unreadable input."""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from audio.errors import ContentError
from audio.timeline import Timeline
from intents.alexa import Conversation, Outcome
from intents.alexa.keeping import StoreError
from intents.content import Content
from skill import check as checking
from skill import explore as exploring
from skill import package, studio
from skill.conversations import TextConversation
from skill.every_second import every_second
from skill.given import given_content, given_settings
from skill.manifest import load_parts
from skill.sentences import custom_sentences
from skill.settings import SettingsError, read_settings
from skill.store import SqliteStore

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
    content = given_content()
    talk = Talk(content, locale=locale, store=store, play_time=play_time)
    for outcome in talk.turns(texts or _lines(), implied_launch=True):
        _print(outcome, talk.started_ms(outcome), as_json=as_json)


@main.command()
def turn() -> None:
    """Answer one request envelope from standard input, unsigned, with nothing remembered."""
    content = given_content()
    try:
        payload = json.loads(sys.stdin.buffer.read())
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"standard input is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise click.UsageError("standard input is no request envelope: it must be a JSON object")
    conversation = Conversation(content, SqliteStore.in_memory(), now_ms=_now_ms, country=_country())
    click.echo(json.dumps(conversation.respond(payload).json, ensure_ascii=False, indent=2))


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
    content = given_content()
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
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The project's folder; the current one by default.",
)
@click.option("--states", type=click.IntRange(1), help="Reach responses from so many states only.")
def check(folder: Path, states: int | None) -> None:
    """Check content, model, manifest, and every response that can be reached; exit 1 on findings."""
    content = given_content()
    try:
        found = checking.check(content, load_parts(), folder, package.public_url_in(folder), states=states)
    except ContentError as error:
        raise click.UsageError(str(error)) from error
    for finding in found.findings:
        click.echo(finding)
    for line in found.figures.lines():
        click.echo(line)
    click.echo(f"{len(found.findings)} findings")
    raise SystemExit(1 if found.findings else 0)


@main.command()
@click.option("--locale", default="en-US", show_default=True, help="Whose words.")
def triage(locale: str) -> None:
    """What each line of standard input reports: one JSON object a line, written as the line is read."""
    matcher = given_content().matcher(locale)
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


@main.command()
@click.option("--locale", default="en-US", show_default=True, help="Whose words.")
@click.option("--question", help="The id of the open question, which decides readings.")
def understand(locale: str, question: str | None) -> None:
    """What each line of standard input means: one JSON object a line, written as the line is read.

    Where it asks instead of acting, `intent` is the refusal, `did_you_mean` the intent it asks about, and
    `slots` are those of that guess.
    """
    content = given_content()
    understanding = content.understanding(locale)
    if question is not None and question not in content.language(locale).questions:
        known = ", ".join(content.language(locale).questions)
        raise click.BadParameter(f"must be one of {known}", param_hint="--question")
    asked = content.asked(question)
    conversation = Conversation(content, SqliteStore.in_memory(), now_ms=_now_ms, country=_country())
    types = content.language(locale).intents
    for line in _lines():
        heard = understanding.read(line, today=conversation.today(locale), asked=asked)
        report, guess = heard.report, heard.did_you_mean
        meant = guess or heard
        found = {
            "utterance": line,
            "intent": heard.intent,
            "slots": meant.values(types[meant.intent].slots),
            "triage": report.level if report and report.symptom and report.level != "none" else None,
            "about": report.about if report else "self",
            "confidence": heard.confidence,
            "did_you_mean": guess and guess.intent,
        }
        click.echo(json.dumps(found, ensure_ascii=False))
        sys.stdout.flush()


@main.command()
@click.option("--locale", default="en-US", show_default=True, help="Whose words.")
def sentences(locale: str) -> None:
    """Print what people say as Home Assistant's custom sentences (JSON, which is YAML, too)."""
    content = given_content()
    words = content.language(locale)
    name = next(name for name, found in content.languages.items() if found is words)
    click.echo(json.dumps(custom_sentences(name, words), ensure_ascii=False, indent=1))


class Talk:
    """The command line's conversation, on the clock of somebody who answers at once or after listening."""

    def __init__(self, content: Content, *, locale: str, store: Path | None, play_time: bool) -> None:
        self._play_time = play_time
        self._clock_ms = _now_ms()
        self._began_ms: int | None = None
        kept = SqliteStore(store) if store else SqliteStore.in_memory()
        try:
            kept.prepare()
        except StoreError as error:
            raise click.UsageError(f"{store}: {error}") from error
        self._conversation = TextConversation(
            content,
            Conversation(content, kept, now_ms=self._now, country=_country()),
            locale=locale,
            user_id=USER,
            now_ms=self._now,
        )

    def turns(self, texts: Iterable[str], *, implied_launch: bool) -> Iterator[Outcome]:
        """One outcome a turn; after a closed session the next text opens a new one."""
        conversation = self._conversation
        for text in texts:
            if implied_launch and not (conversation.is_opening(text) or self._is_one_shot(text)):
                yield self._listened_to(conversation.launches())
            yield self._listened_to(conversation.hears(text))
            implied_launch = False
        if implied_launch:
            yield self._listened_to(conversation.launches())

    def started_ms(self, outcome: Outcome) -> int:
        """When an outcome's turn came, on the conversation's clock, which begins with the first."""
        at_ms = outcome.turn.now_ms if outcome.turn else self._clock_ms
        if self._began_ms is None:
            self._began_ms = at_ms
        return at_ms - self._began_ms

    def _is_one_shot(self, text: str) -> bool:
        return self._conversation.reads(text).intent in ONE_SHOTS

    def _listened_to(self, outcome: Outcome) -> Outcome:
        if self._play_time and outcome.timeline:
            self._clock_ms += outcome.timeline.duration_ms + ANSWER_MS
        return outcome

    def _now(self) -> int:
        return self._clock_ms if self._play_time else _now_ms()


@main.command()
@click.option("--seed", default=1, show_default=True, help="Another seed, other conversations.")
@click.option(
    "--turns", default=2_000, show_default=True, type=click.IntRange(min=1), help="At least so many."
)
@click.option("--every-second", "seconds", is_flag=True, help="Instead: interrupt each page at each second.")
def explore(seed: int, turns: int, *, seconds: bool) -> None:
    """Look for a way to break the rules: random conversations, watched. Exit 1 if a rule was broken.

    Prints turns, distinct states reached and violations; for each violation the shortest script found for it.
    With --every-second every page of every exercise is interrupted at every second by every control word
    (some minutes).
    """
    content = given_content()
    found = every_second(content) if seconds else exploring.explore(content, seed=seed, turns=turns)
    for line in found.report():
        click.echo(line)
    if found.violations:
        raise SystemExit(1)


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
    """What is said and when: `MM:SS.s  words`; each pause, and each sound by itself, on a line of its own."""
    for cue in timeline.cues:
        at = _clock(started_ms + cue.start_ms)
        if cue.sound and not cue.text:
            yield f"{at}  ({cue.sound} {cue.length_ms / 1000:.1f} s)"
            continue
        yield f"{at}  {cue.text}"
        if cue.pause_ms:
            yield f"{_clock(started_ms + cue.start_ms + cue.speech_ms)}  (pause {cue.pause_ms / 1000:.1f} s)"


def _clock(at_ms: int) -> str:
    tenths = round(at_ms / 100)
    return f"{tenths // 600:02d}:{tenths % 600 / 10:04.1f}"


def _country() -> str | None:
    return given_settings().country


def _lines() -> Iterator[str]:
    """Lines of standard input as they come."""
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace").rstrip("\r\n")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


main.add_command(studio.render)
main.add_command(studio.export)
