"""A guess is asked about: yes does it, no asks for other words, anything else counts as if we had not asked.

Only for text that we understood ourselves; what Alexa does not understand comes without words.
"""

from dataclasses import replace
from typing import Final

from intents.grammar import Heard, Slot
from intents.handlers import alarm, screening
from intents.handlers.talk import CONFIRMS, repeat
from intents.samples import ANY, main_slot
from intents.state import Guess
from intents.turn import Reply, Turn

QUESTION: Final = "did_you_mean"
MOST_MISSES: Final = 2
"""After so many misses in a row a guess is no help any more."""


def ask(turn: Turn) -> Reply | None:
    """Ask whether the guess was meant; None where there is none, or another question must not wait for it."""
    waiting = turn.dialogue.question
    if turn.guess is None or screening.is_open(turn) or turn.waits_for or waiting in CONFIRMS:
        return None
    meant = _words(turn, turn.guess)
    if meant is None or turn.dialogue.misses >= MOST_MISSES:
        return None
    stop = alarm.stop_moving(turn) if turn.guiding else ()
    guess = Guess(
        intent=turn.guess.intent,
        slots={name: slot.value for name, slot in turn.guess.slots.items() if slot.value is not None},
        before="paused" if turn.guiding else waiting,
    )
    missed = turn.with_dialogue(guess=guess, misses=turn.dialogue.misses + 1)
    return missed.ask(QUESTION, *stop, turn.say("guess", meant=meant))


def settle(turn: Turn) -> Turn | Reply:
    """The turn as it is meant after we asked: what was guessed, or with the question before it open again."""
    guess = turn.dialogue.guess
    if turn.dialogue.question != QUESTION or guess is None:
        return turn
    before = turn.with_dialogue(question=guess.before, guess=None)
    if turn.name == "AMAZON.YesIntent":
        slots = {name: Slot(value, value) for name, value in guess.slots.items()}
        return replace(before, name=guess.intent, slots=slots)
    if turn.name in {"AMAZON.NoIntent", "NotSureIntent"}:
        return before.ask_again(turn.say("words_again"))
    if turn.name == "AMAZON.RepeatIntent":
        return repeat(turn)
    return before


def _words(turn: Turn, heard: Heard) -> str | None:
    """How a guess is named."""
    named = turn.language.guesses.get(heard.intent, {})
    slot = main_slot(heard.intent)
    value = heard.slots[slot].value if slot and slot in heard.slots else None
    if value is None or value in named:
        return named.get(value or ANY)
    return named["each"].format(name=_name(turn, value)) if "each" in named else None


def _name(turn: Turn, value: str) -> str:
    words = turn.language
    if value in words.exercises:
        return words.exercises[value].name
    answers = words.tips if value in words.tips else words.subjects
    title = answers[value].title
    return title[:1].lower() + title[1:]
