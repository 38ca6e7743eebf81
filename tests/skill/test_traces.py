"""Health answers leave no trace: thousands of turns full of them, then a search through all that stands.

Later work adds what else it leaves to `PLACES`, and its own way in to `WAYS_IN`: a line each.
"""

import json
import logging
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from intents.content import Content
from intents.grammar import Slot
from intents.proof.actions import resolved
from skill.anybody import Player, Step
from skill.app import create_app
from skill.store import SqliteStore
from tests.actor import Actor
from tests.skill.service import Caller, Envelope, in_process, send, settings_with_amazon

SAID = (
    "it feels quince around my bottom when i wipe",
    "i wet myself on the quince",
    "my quince foot drags since tuesday",
    "i have had cancer of the quince",
    "chest pain like a quince",
    "i take warfarin for my quince",
)
"""Reports in words; each holds a word that nothing else says."""
TURNS = 6_000 if os.environ.get("CI") else 2_000
ODD = "quince"
ODD_SCORE = "7193"


@dataclass(frozen=True)
class Left:
    """What a way in leaves behind: a folder with its files, and what was logged and printed."""

    folder: Path
    logged: str
    printed: str


def files(left: Left) -> Iterator[tuple[str, bytes]]:
    for path in sorted(left.folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(left.folder)), path.read_bytes()


PLACES: tuple[Callable[[Left], Iterator[tuple[str, bytes]]], ...] = (
    files,  # the database, its -wal and -shm, and whatever else there is
    lambda left: iter([("the log", left.logged.encode())]),
    lambda left: iter([("what was printed", left.printed.encode())]),
)


def through_the_conversation(content: Content, folder: Path) -> int:
    """Thousands of turns of many people, on a real file."""
    store = SqliteStore(folder / "people.db")
    store.prepare()
    random, turns = Random(8), 0
    while turns < TURNS:
        player = Player(content, store, user_id=f"amzn1.ask.account.{turns}")
        for step in health(content, random, player):
            player.play(step)
        turns += player.turns
    return turns


def through_the_service(content: Content, folder: Path) -> int:
    """Hundreds of signed turns; and some that are refused, or cannot be read, but hold the same answers."""
    random, turns = Random(9), 0
    keys = folder.parent / f"{folder.name} keys"
    keys.mkdir()
    with settings_with_amazon(keys) as amazon:
        post = in_process(create_app({**amazon, "DATABASE_URL": f"sqlite:///{folder / 'people.db'}"}))
        for number in range(12):
            caller = Caller(post, content.language("en-US"), user_id=f"amzn1.ask.account.{number}")
            for name, slots in (*cleared("knee_rocking"), *(answer(content, random) for _ in range(40))):
                caller.asks(name, **slots)
                turns += 1
            for envelope in broken(caller):
                body = json.dumps(envelope).encode()
                post(body, {"Signature-256": "none", "SignatureCertChainUrl": "none"})
                send(post, envelope)
    return turns


WAYS_IN: Mapping[str, Callable[[Content, Path], int]] = {
    "the conversation": through_the_conversation,
    "the service": through_the_service,
}


# --- what is said ---


def answer(content: Content, random: Random) -> tuple[str, dict[str, str]]:
    """Something about one's health: a symptom, words, a number, a yes or a no."""
    symptoms = sorted(content.language("en-US").types["Symptom"])
    return random.choice(
        [
            ("ReportSymptomIntent", {"symptom": random.choice(symptoms)}),
            ("ReportSymptomIntent", {"words": random.choice(SAID)}),
            ("RatePainIntent", {"score": random.choice(("0", "3", "5", "8", ODD_SCORE))}),
            ("ReportPainIntent", {"change": random.choice(("worse", "present", "better", "gone"))}),
            ("SafetyCheckIntent", {}),
            ("StartExerciseIntent", {"exercise": random.choice(("knee_rocking", "pelvic_lift"))}),
            *[("AMAZON.YesIntent", {}), ("NotSureIntent", {}), ("NotSureIntent", {"hedge": "no"})],
            *[("AMAZON.NoIntent", {})] * 6,
        ]
    )


def cleared(exercise: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The way to a first page: something to store."""
    yield "StartExerciseIntent", {"exercise": exercise}
    yield from [("AMAZON.NoIntent", {})] * 5
    yield "RatePainIntent", {"score": "3"}
    yield from [("AMAZON.NoIntent", {})] * 2
    yield "SurfaceIntent", {"surface": "floor"}


def health(content: Content, random: Random, player: Player) -> Iterator[Step]:
    for name, slots in (*cleared(random.choice(sorted(content.numbers.exercises))),):
        yield Step(does="ask", action=(name, resolved(**slots)))
    for _ in range(60):
        if player.question in content.screening.questions and random.random() < 0.3:
            heard = random.choice(SAID)
            yield Step(does="ask", action=("SurfaceIntent", (("surface", Slot(value=None, heard=heard)),)))
        name, slots = answer(content, random)
        yield Step(does="ask", action=(name, resolved(**slots)))


def broken(caller: Caller) -> Iterator[Envelope]:
    """Requests that hold answers and that something is wrong with."""
    envelope = caller.envelope("ReportSymptomIntent", words=SAID[0])
    yield envelope
    yield {**envelope, "request": {**envelope["request"], "timestamp": SAID[1]}}
    yield {**envelope, "session": {**envelope["session"], "attributes": {"left": SAID[2]}}}
    yield {**envelope, "context": SAID[3]}


# --- the search ---


def traces(content: Content) -> re.Pattern[bytes]:
    """Every id of a symptom, finding, condition or safety question, and every odd word and number said."""
    screening = content.screening
    ids = {
        *screening.advice,
        *screening.questions,
        *screening.conditions,
        "symptom",
        "score",
        "words",
        "hedge",
    }
    names = "|".join(sorted(ids, key=len, reverse=True))
    return re.compile(rf"(?<![\w])(?:{names})(?![\w])|{ODD}|{ODD_SCORE}|warfarin|cancer|tuesday".encode())


def found(content: Content, left: Left) -> list[str]:
    pattern = traces(content)
    return [
        f"{where}: {hit[0].decode()}"
        for place in PLACES
        for where, data in place(left)
        for hit in pattern.finditer(data)
    ]


@pytest.mark.parametrize("way_in", WAYS_IN)
def test_no_answer_about_health_stands_anywhere(  # noqa: PLR0917 - fixtures
    content: Content,
    way_in: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, Any], None],
) -> None:
    folder = tmp_path / "stands"
    folder.mkdir()
    with caplog.at_level(logging.DEBUG):
        turns = WAYS_IN[way_in](content, folder)
    printed = "".join(capfd.readouterr())
    left = Left(folder, caplog.text, printed)
    assert found(content, left) == []
    assert b"knee_rocking" in b"".join(data for _, data in files(left)), "something was stored"
    assert way_in != "the service" or "alexa: " in left.logged
    record_property(f"turns full of health answers through {way_in}", turns)


@pytest.mark.parametrize("trace", ["fever", "since_saddle", ODD, ODD_SCORE, "weak_bones"])
def test_the_search_would_find_a_trace(content: Content, tmp_path: Path, trace: str) -> None:
    store = SqliteStore(tmp_path / "people.db")
    store.prepare()
    with closing(sqlite3.connect(tmp_path / "people.db")) as connection:
        connection.execute(
            "INSERT INTO person (person, user, attributes, version, used_on) VALUES ('p', 'u', ?, 1, ?)",
            (json.dumps({"last": [trace]}), "2027-01-01"),
        )
        connection.commit()
        assert found(content, Left(tmp_path, "", ""))
    assert found(content, Left(tmp_path / "nothing", f"turn {trace}.", "")) == [f"the log: {trace}"]
    assert found(content, Left(tmp_path / "nothing", "", trace)) == [f"what was printed: {trace}"]


# --- what cannot be searched for: that the same is stored, whatever was answered ---


def stored_after(content: Content, answers: Mapping[str, str], report: str) -> object:
    """What stands in the row of somebody who rocked, and gave these answers."""
    store = SqliteStore.in_memory()
    store.prepare()
    actor = Actor(content, store)
    actor.asks("ReportSymptomIntent", symptom=report)
    actor.leaves()
    actor.is_cleared("knee_rocking", pain=answers["pain"])
    actor.asks("ReportPainIntent", change=answers["change"])
    actor.asks("ReportSymptomIntent", symptom=report)
    actor.leaves()
    actor.now_ms = 1_900_000_000_000
    shown = actor.opens()
    assert shown.reply
    kept = json.loads(json.dumps(shown.reply.person, default=_members))
    return _without_times(kept)


def _members(value: Any) -> object:
    return {name: getattr(value, name) for name in value.__slots__}


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_times(inner) for key, inner in value.items() if not key.endswith("_ms")}
    if isinstance(value, list):
        return [_without_times(inner) for inner in value]
    return value if not (isinstance(value, int) and value > 1_000_000_000_000) else "a time"


def test_what_is_stored_is_the_same_whatever_was_answered(content: Content) -> None:
    """Of answers that lead the same way nobody can tell later which it was."""
    rows = {
        json.dumps(stored_after(content, {"pain": pain, "change": change}, report), sort_keys=True)
        for pain in ("zero", "one", "two", "three")
        for change in ("same", "better")
        for report in ("stiff_back", "tired", "nervous")
    }
    assert len(rows) == 1
