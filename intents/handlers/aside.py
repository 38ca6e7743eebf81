"""Questions that come in between: what waits meanwhile, and the way back to it."""

from typing import Final

from audio.timeline import Line
from intents.handlers import advice
from intents.turn import Reply, Turn

QUESTIONS: Final = frozenset({"forget_all", "forget_then", "remind_when", "remind_agree", "remind_delete"})
"""They do not wait for each other: another one takes the place of the first."""


def leave(turn: Turn) -> Turn:
    """Note which question waits; in a page of guidance that is whether to go on."""
    question = turn.dialogue.question
    waits = "paused" if turn.mid_page else turn.dialogue.aside if question in QUESTIONS else question
    return turn.with_dialogue(aside=waits)


def back(turn: Turn, *lines: Line) -> Reply:
    """Say the lines, then the question that waited; a one-shot is closed."""
    waits = turn.dialogue.aside or "launch"
    turn = turn.with_dialogue(question=waits, aside=None, forgets=None, schedule=None, reminder_ids=())
    return advice.answered(turn, *lines)
