"""Whole conversations, one a file: what is said or sent, and what must be answered."""

from pathlib import Path

import pytest

from intents.content import Content
from tests.actor import speech
from tests.intents.scripts import FILES, actor_of, read, take


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_dialogue(content: Content, path: Path) -> None:
    dialogue = read(path)
    actor = actor_of(content, dialogue)
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
    assert len(FILES) >= 120
