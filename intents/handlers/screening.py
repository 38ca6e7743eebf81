"""The safety questions: one round after another, until a finding, a refusal, or a clearance."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

from audio.timeline import Line
from intents.handlers import alarm, comfort
from intents.safety import Clearance, grant
from intents.shapes import MEANT, Level, Step, rank
from intents.state import RETURNING_MS, easier_key
from intents.turn import Reply, Turn

Answer = Literal["yes", "no", "hedged", "unsure"]
"""Hedged is a no that is not one: "I don't think so"."""
NUMBERS = range(11)


@dataclass(frozen=True, slots=True)
class Done:
    """A round that found nothing to end guidance: the turn with its clearance, and what it still says."""

    turn: Turn
    name: str
    lines: tuple[Line, ...] = ()


def begin(turn: Turn, name: str, *lines: Line) -> Reply:
    """Ask the first question of a round."""
    found = turn.content.screening.rounds[name]
    if turn.closed:
        turn = alarm.shut_guidance(turn, urgent=turn.urgent)
    turn = alarm.hold_stream(turn)
    turn = turn.with_dialogue(round=name, left=turn.dialogue.left.new_round())
    return _ask(turn, found.questions[0], *lines, turn.say(found.opens))


def first_round(turn: Turn) -> str:
    """The round for somebody without a clearance: the short one after an exercise finished lately."""
    return "returning" if finished_forms(turn) else "first"


def finished_forms(turn: Turn) -> Mapping[str, Literal["easier", "full"]]:
    """What this person has finished lately, in its fullest form, and what warms up for that."""
    lately = {name for name, at_ms in turn.person.finished.items() if abs(turn.now_ms - at_ms) < RETURNING_MS}
    forms: dict[str, Literal["easier", "full"]] = {}
    for name in turn.content.numbers.exercises:
        if name in lately:
            forms[name] = "full"
        elif easier_key(name) in lately:
            forms[name] = "easier"
    for name in list(forms):
        for part in turn.content.numbers.exercises[name].warm_up:
            forms.setdefault(part.exercise, "full")
    return forms


def is_open(turn: Turn) -> bool:
    """Whether the open question is one of the safety questions."""
    return turn.dialogue.question in turn.content.screening.questions


def answer(turn: Turn, given: Answer | int) -> Reply | Done:
    """Take an answer to the open safety question: the next reply, or the round that is done with it."""
    question = turn.dialogue.question or ""
    rule = turn.content.screening.questions[question]
    if rule.answer == "number":
        return _number(turn, given)
    if isinstance(given, int):
        return turn.ask_again(turn.say("answer_yes_no"))
    if given in {"unsure", "hedged"} and not turn.dialogue.rephrased:
        return turn.ask(question, rephrase=True)
    if given == "hedged" and turn.content.screening.worst(question) != "none":
        step = Step(finding="not_cleared")
    elif given == "no" or (rule.yes.settles and given != "yes"):
        step = rule.no
    else:
        step = rule.yes
    if question.startswith(MEANT):
        return _meant(turn, step)
    return _follow(turn, question, step, is_yes=step is not rule.no)


def ask_back(turn: Turn, symptom: str, *lines: Line) -> Reply:
    """Ask whether that symptom was meant; guidance waits until it is answered."""
    question = f"{MEANT}{symptom}"
    before = turn.dialogue.before if turn.dialogue.asked_back else turn.dialogue.question
    stop = alarm.stop_moving(turn) if turn.guiding else ()
    if turn.guiding:
        before = "paused"
    waiting = turn.with_dialogue(asked_back=question, before=before, misses=0)
    return waiting.ask(question, *lines, *stop)


def _meant(turn: Turn, step: Step) -> Reply:
    """Yes is the alarm; no goes on where it was."""
    sorted_ = turn.with_dialogue(asked_back=None, question=turn.dialogue.before, before=None)
    if step.finding:
        return alarm.outcome(sorted_, step.finding)
    return sorted_.ask_again(turn.say("ready_go"))


def _ask(turn: Turn, question: str, *lines: Line, triage: Level | None = None) -> Reply:
    """Ask a question of the round, behind its mark; the first one of a group begins a new group.

    Whoever was not sure about it in the round before hears it in those other words again, and once only.
    """
    round_ = turn.content.screening.rounds[turn.dialogue.round or "first"]
    if question in round_.questions:
        turn = turn.with_dialogue(left=turn.dialogue.left.new_group())
    mark = round_.marks.get(question)
    unsure = turn.dialogue.rephrased and turn.dialogue.question == question
    return turn.ask(question, *lines, *((turn.say(mark),) if mark else ()), triage=triage, rephrase=unsure)


def _follow(turn: Turn, question: str, step: Step, *lines: Line, is_yes: bool) -> Reply | Done:
    """Go where an answer leads: say what it finds, ask what is next in its group, or leave the group."""
    screening = turn.content.screening
    triage: Level | None = None
    if step.round:
        return begin(turn, step.round, *lines)
    if step.finding:
        if screening.advice[step.finding].level == "emergency":
            return alarm.emergency(turn, step.finding)
        turn = alarm.note(turn, step.finding)
        turn = turn.with_dialogue(left=turn.dialogue.left.in_group())
        triage = alarm.max_level(turn, screening.advice[step.finding].level)
        lines = (*lines, alarm.say_advice(turn, step.finding))
    if step.settles:
        left = turn.dialogue.left
        turn = turn.with_dialogue(left=replace(left, level="none", soon=0, closes=False))
    if step.ask:
        return _ask(turn, step.ask, *lines, triage=triage)
    group = screening.group_of(question, turn.dialogue.round or "first")
    otherwise = screening.questions[group].otherwise
    if otherwise and not turn.dialogue.left.found and (is_yes or question != group):
        return _follow(turn, group, Step(finding=otherwise), *lines, is_yes=True)
    return _next(turn, group, *lines, triage=triage)


def _next(turn: Turn, question: str, *lines: Line, triage: Level | None = None) -> Reply | Done:
    """The next question of the round that is due; or its end."""
    name = turn.dialogue.round or "first"
    round_ = turn.content.screening.rounds[name]
    if turn.dialogue.left.closes and not round_.thorough:
        return _conclude(turn, *lines)
    for following in round_.questions[round_.questions.index(question) + 1 :]:
        if _is_due(turn, following):
            return _ask(turn, following, *lines, triage=triage)
    return _conclude(turn, *lines) if turn.dialogue.left.closes else _cleared(turn, name, *lines)


def _is_due(turn: Turn, question: str) -> bool:
    """Whether a question of a round still matters: it may find something worse, or clears something."""
    screening, left = turn.content.screening, turn.dialogue.left
    only_after = screening.questions[question].only_after
    if only_after is not None:
        return left.level == only_after
    worst = screening.worst(question)
    adds_up = worst == "soon" and left.level == "soon"
    return not left.closes or adds_up or rank(worst) > rank(left.level)


def _conclude(turn: Turn, *lines: Line) -> Reply:
    """Something was found that ends guided exercise: what that means for today, then rest or the way up."""
    left = turn.dialogue.left
    thorough = turn.content.screening.rounds[turn.dialogue.round or "first"].thorough
    shut = alarm.shut_guidance(turn, urgent=left.level == "urgent")
    if left.level == "none":
        return shut.ask("rest_or_up", *lines)
    summary = (shut.say(f"check_{left.level}"),) if thorough else ()
    until = shut.say(f"no_exercise_{left.level}")
    return shut.ask("rest_or_up", *lines, *summary, until, triage=left.level)


def _cleared(turn: Turn, name: str, *lines: Line) -> Reply | Done:
    """The round is done, and nothing ends guidance: clear what it clears."""
    clearance, pain = turn.dialogue.clearance, turn.dialogue.pain
    if turn.content.screening.rounds[name].clears != "gate":
        if pain is None:  # cannot be, and if it is: ask from the beginning
            return begin(turn, "first")
        clearance = _granted(turn, name, pain)
    passed = clearance and clearance.passing(name)
    return Done(turn.with_dialogue(clearance=passed, round=None, question=None), name, lines)


def _granted(turn: Turn, name: str, pain: int) -> Clearance | None:
    """The clearance of a round. What was closed, or waits for an answer about pain, goes on doing so."""
    before = turn.dialogue.clearance
    whole: dict[str, Literal["easier", "full"]] = dict.fromkeys(turn.content.numbers.exercises, "full")
    clears = turn.content.screening.rounds[name].clears
    granted = (
        None
        if turn.closed
        else grant(
            turn.session_id,
            finished_forms(turn) if clears == "finished" else whole,
            turn.content.screening,
            left=turn.dialogue.left,
            pain=pain,
        )
    )
    if granted is None or before is None:
        return granted
    granted = granted.suspend() if before.suspended else granted
    return reduce(Clearance.passing, before.passed, granted)


def _number(turn: Turn, given: Answer | int) -> Reply | Done:
    question = turn.dialogue.question or ""
    if not isinstance(given, int):
        if given in {"unsure", "hedged"} and turn.dialogue.rephrased:
            return _follow(turn, question, Step(finding="not_cleared"), is_yes=True)
        return turn.ask(question, turn.say("number_range"), rephrase=given in {"unsure", "hedged"})
    if given not in NUMBERS:
        return turn.ask_again(turn.say("number_range"))
    heard = turn.say("number_heard", score=turn.number(given).capitalize())
    rule, first = turn.content.screening.pain, turn.dialogue.pain
    if given >= rule.rest_from or (first is not None and given - first >= rule.rise_stops):
        return comfort.rest_only(turn, heard, turn.say("pain_high"))
    if given >= rule.small_from:
        turn = turn.with_left(turn.dialogue.left.kept_small(turn.content.numbers.exercises, rule.small))
    return _next(turn.with_dialogue(pain=given if first is None else first), question, heard)
