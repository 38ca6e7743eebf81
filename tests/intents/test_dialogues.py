"""Whole conversations, one a file: what is said or sent, and what must be answered."""

from pathlib import Path

import pytest

from intents.content import Content
from tests.actor import speech
from tests.intents.scripts import FILES, actor_of, read, take, told

TOLD = ("plays", "queues", "from_ms", "stops", "unqueues")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_dialogue(content: Content, path: Path) -> None:
    dialogue = read(path)
    actor = actor_of(content, dialogue)
    for number, turn in enumerate(dialogue["turn"], 1):
        outcome = take(actor, turn)
        is_spoken = "playback" not in turn and "button" not in turn
        where = f"{dialogue['title']}, turn {number}: {speech(outcome) if is_spoken else ''}"
        assert told(outcome) == {key: turn[key] for key in TOLD if key in turn}, where
        if not is_spoken:
            assert outcome.timeline is None, where
            continue
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
        assert outcome.reply.asks_permission == turn.get("asks_permission"), where
        if "reminders" in turn:
            assert actor.reminders is not None
            assert [one.to_token() for one in actor.reminders.schedules] == turn["reminders"], where
        if "reprompt" in turn:
            assert turn["reprompt"] in (outcome.reply.reprompt or ""), where


def test_there_are_dialogues() -> None:
    assert len(FILES) >= 120
