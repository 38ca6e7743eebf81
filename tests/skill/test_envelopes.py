"""Requests that others captured or documented: in the folder that ENVELOPES names, if there is one."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skill.app import create_app
from tests.skill.service import (
    ROOT,
    SKILL_ID,
    Envelope,
    Post,
    authority,
    in_process,
    now,
    send,
    settings_with_amazon,
)

FOLDER = Path(os.environ.get("ENVELOPES") or ROOT.parent / "shared" / "requests")
FILES = sorted(FOLDER.rglob("*.json"))
every_file = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: str(path.relative_to(FOLDER).with_suffix(""))
)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("amazon")
    with settings_with_amazon(folder) as amazon:
        yield in_process(create_app({**amazon, "DATABASE_URL": f"sqlite:///{folder}/people.db"}))


def for_us(envelope: Envelope) -> Envelope:
    """The envelope as if sent to our skill just now; the rest of it stays as it was found."""
    envelope.setdefault("request", {})["timestamp"] = now()
    holders = [envelope.get("session"), (envelope.get("context") or {}).get("System")]
    known = [holder for holder in holders if isinstance(holder, dict)]
    if not known:
        known = [envelope.setdefault("context", {}).setdefault("System", {})]
    for holder in known:
        holder["application"] = {**(holder.get("application") or {}), "applicationId": SKILL_ID}
    return envelope


def test_there_are_envelopes_of_others() -> None:
    if not FILES:
        pytest.skip(f"no envelopes of others: {FOLDER} holds no .json (name a folder in ENVELOPES)")
    assert len({json.loads(path.read_bytes())["request"]["type"] for path in FILES}) > 1


if FILES:

    @every_file
    @pytest.mark.parametrize("is_signed", [False, True], ids=["unsigned", "signed"])
    def test_an_envelope_as_it_was_found_is_refused(post: Post, path: Path, *, is_signed: bool) -> None:
        body = path.read_bytes()
        answer = post(body, authority().headers(body) if is_signed else {})
        assert (answer.status, answer.body) == (400, b"")

    @every_file
    def test_an_envelope_for_us_is_answered_as_its_type_may_be(post: Post, path: Path) -> None:
        found: Any = json.loads(path.read_bytes())
        send(post, for_us(found)).check(found["request"].get("type"), found["request"].get("name"))
