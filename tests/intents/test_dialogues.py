"""Whole conversations, one a file: what is said or sent, and what must be answered."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from intents.alexa import Outcome
from intents.content import Content
from tests.actor import Actor, speech

FILES = sorted((Path(__file__).parent / "dialogues").glob("*.toml"))


def take(actor: Actor, turn: dict[str, Any]) -> Outcome:
    at_ms = turn.get("at_ms")
    match turn:
        case {"say": str(text)}:
            return actor.says(text, at_ms=at_ms)
        case {"intent": str(intent)}:
            return actor.asks(intent, at_ms=at_ms, **turn.get("slots", {}))
        case {"cleared": str(exercise)}:
            return actor.is_cleared(exercise, pain=turn.get("pain", "two"))
        case _:
            actor.now_ms += turn.get("later_ms", 0)
            return actor.opens()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_dialogue(content: Content, path: Path) -> None:
    dialogue = tomllib.loads(path.read_text(encoding="utf-8"))
    actor = Actor(
        content, locale=dialogue.get("locale", "en-US"), country=dialogue.get("country", "US") or None
    )
    for number, turn in enumerate(dialogue["turn"], 1):
        outcome = take(actor, turn)
        where = f"{dialogue['title']}, turn {number}: {speech(outcome)}"
        for words in turn.get("hears", []):
            assert words in speech(outcome), where
        for words in turn.get("not", []):
            assert words not in speech(outcome), where
        assert outcome.reply is not None
        assert outcome.timeline is not None
        if "asked" in turn:
            assert (outcome.reply.question or "closed") == turn["asked"], where
        if "triage" in turn:
            assert (outcome.reply.triage or "none") == turn["triage"], where
        assert outcome.timeline.guided == turn.get("guiding", False), where
        if "card" in turn:
            assert outcome.reply.card is not None, where
            assert turn["card"] in outcome.reply.card.title
        if "reprompt" in turn:
            assert turn["reprompt"] in (outcome.reply.reprompt or ""), where


def test_there_are_dialogues() -> None:
    assert len(FILES) > 10
