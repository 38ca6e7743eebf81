"""The safety questions: one round after another, until a finding, a refusal, or a clearance."""

from dataclasses import replace
from typing import Literal

from audio.timeline import Line
from intents.handlers import alarm, comfort
from intents.safety import grant
from intents.turn import Reply, Turn

Answer = Literal["yes", "no", "unsure"]
NUMBERS = range(11)


def begin(turn: Turn, name: str, *lines: Line) -> Reply:
    """Ask the first question of a round."""
    turn = turn.with_dialogue(round=name)
    return _ask(turn, turn.content.screening.rounds[name][0], *lines)


def is_open(turn: Turn) -> bool:
    """Whether the open question is one of the safety questions."""
    return turn.dialogue.question in turn.content.screening.questions


def answer(turn: Turn, given: Answer | int) -> Reply | Turn:
    """Take an answer to the open safety question.

    Returns:
        The next reply; or the turn with a clearance (or with a passed round), when the round is done.
    """
    question = turn.dialogue.question or ""
    rule = turn.content.screening.questions[question]
    if rule.answer == "number":
        return _number(turn, given)
    if isinstance(given, int):
        return turn.ask_again(turn.say("answer_yes_no"))
    if given == "no":
        return _after_no(turn, question)
    if given == "unsure" and not turn.dialogue.rephrased:
        return turn.ask(question, rephrase=True)
    if rule.items:
        return _ask(turn, rule.items[0])
    advice_id = rule.yes or ""
    advice = turn.content.screening.advice[advice_id]
    wish = turn.dialogue.wish
    if advice.only_this and wish and turn.dialogue.clearance:
        said = Line(text=turn.fill(turn.language.advice[advice_id].say or ""))
        without = turn.with_dialogue(
            clearance=turn.dialogue.clearance.without(wish.exercise), wish=None, round=None
        ).with_person(place=None)
        return without.ask("rest_or_up", said)
    return alarm.outcome(turn, advice_id)


def _ask(turn: Turn, question: str, *lines: Line) -> Reply:
    marker = turn.language.questions[question].marker
    return turn.ask(question, *lines, *((Line(text=marker),) if marker else ()))


def _after_no(turn: Turn, question: str) -> Reply | Turn:
    """The next item under the same question, or what follows when none fits; else the next of the round."""
    screening = turn.content.screening
    parent = screening.parent_of(question)
    if parent is not None:
        rule = screening.questions[parent]
        following = rule.items[rule.items.index(question) + 1 :]
        return _ask(turn, following[0]) if following else alarm.outcome(turn, rule.otherwise or "")
    return _next(turn, question)


def _next(turn: Turn, question: str, *lines: Line) -> Reply | Turn:
    name = turn.dialogue.round or "first"
    asked = turn.content.screening.rounds[name]
    following = asked[asked.index(question) + 1 :]
    if following:
        return _ask(turn, following[0], *lines)
    clearance = turn.dialogue.clearance
    if name == "first":
        if turn.dialogue.pain is None:  # cannot be, and if it is: ask from the beginning
            return begin(turn, name)
        granted = grant(
            turn.session_id, turn.content.numbers.exercises, turn.content.screening, turn.dialogue.pain
        )
        return turn.with_dialogue(clearance=granted, round=None, question=None)
    return turn.with_dialogue(clearance=clearance and clearance.passing(name), round=None, question=None)


def _number(turn: Turn, given: Answer | int) -> Reply | Turn:
    if not isinstance(given, int):
        if given == "unsure" and turn.dialogue.rephrased:
            return alarm.outcome(turn, "not_cleared")
        return turn.ask(turn.dialogue.question or "", turn.say("number_range"), rephrase=given == "unsure")
    if given not in NUMBERS:
        return turn.ask_again(turn.say("number_range"))
    heard = turn.say("number_heard", score=turn.number(given).capitalize())
    if given >= turn.content.screening.pain.rest_from:
        return comfort.rest_only(turn, heard, turn.say("pain_high"))
    question = turn.dialogue.question or ""
    return _next(replace(turn, dialogue=replace(turn.dialogue, pain=given)), question, heard)
