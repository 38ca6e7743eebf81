"""Answers, in parts where they are long: tips, what helps and what does not, what an exercise is like."""

import re

from audio.timeline import Line
from intents.handlers import alarm, start
from intents.turn import Reply, Turn

NO_LIFTING = {"lifting", "carrying"}
"""Declined after an urgent finding (design, "After an alarm")."""
UPRIGHT = {"standing", "sitting"}
"""Topics by whose names people answer "on the floor, or on a bed?"."""
MENU = {None, "launch", "go_on_there", "which", "which_left", "which_tip", "which_subject"}
"""Open questions that a new wish may replace."""
NO_MORE = {"go_on_there", "ready", "offer_bed", "lift_confirm", "more", "page_check", "paused", "are_you_up"}
"""Open questions to which "go on" is an answer, so that it cannot ask for the rest of what was said."""


def get_tip(turn: Turn) -> Reply:
    """GetTipIntent: one answer; as a one-shot it is answered and closed."""
    topic = turn.value("topic")
    if turn.dialogue.question == "surface" and topic in UPRIGHT:
        return start.upright(turn)
    if topic is None or topic not in turn.language.tips:
        return _which(turn, "which_tip", *((turn.say("no_tip"),) if "topic" in turn.slots else ()))
    if turn.urgent and topic in NO_LIFTING:
        return answered(turn, turn.say("no_lifting"))
    return _tell(turn, "GetTipIntent", topic)


def ask_about(turn: Turn) -> Reply:
    """AskAboutIntent: medicines, treatments, tests, causes; never a diagnosis, a brand or a dose."""
    subject = turn.value("subject")
    if subject is None or subject not in turn.language.subjects:
        return _which(turn, "which_subject", *((turn.say("no_subject"),) if "subject" in turn.slots else ()))
    return _tell(turn, "AskAboutIntent", subject)


def describe_exercise(turn: Turn) -> Reply:
    """DescribeExerciseIntent: what it is like, in words, without pauses."""
    exercise = turn.value("exercise")
    if exercise is None:
        return _which(turn, "which", *((turn.say("not_known"),) if "exercise" in turn.slots else ()))
    return _tell(turn, "DescribeExerciseIntent", exercise)


def list_exercises(turn: Turn) -> Reply:
    """ListExercisesIntent: all five, then which one."""
    if turn.closed:
        return alarm.declined(turn)
    if turn.dialogue.question in MENU:
        return turn.ask("which", turn.say("list"))
    return answered(turn, turn.say("list"))


def out_of_scope(turn: Turn) -> Reply | None:
    """The answer where a slot that resolved to nothing names a part of the body that is not ours."""
    heard = " ".join(slot.heard for slot in turn.slots.values() if slot.value is None)
    return answered(turn, turn.say("out_of_scope")) if names_other_place(turn, heard) else None


def names_other_place(turn: Turn, heard: str) -> bool:
    """Whether words name a part of the body that is not ours."""
    words = "|".join(map(re.escape, turn.language.other_places))
    return bool(words and re.search(rf"\b(?:{words})\b", heard.lower()))


def more(turn: Turn) -> Reply | None:
    """The next part of what was said, or that this was all, where "more" can mean that; else None."""
    if not _can_go_on(turn):
        return None
    if turn.dialogue.last is None:
        return None
    intent, value = turn.dialogue.last
    told = turn.dialogue.told
    if told >= len(_parts(turn, intent, value)):
        return answered(turn, turn.say("no_more"))
    return _tell(turn, intent, value, told)


def answered(turn: Turn, *lines: Line) -> Reply:
    """A complete answer: closed where it was a one-shot, else the open question again.

    After an urgent finding it begins with the advice to be seen today.
    """
    lines = (*alarm.urgent_first(turn), *lines)
    if turn.is_new:
        return turn.close(*lines)
    if turn.mid_page:
        return turn.ask("paused", *lines)
    if turn.dialogue.question in {"which_tip", "which_subject"}:
        return turn.ask("launch", *lines)
    return turn.ask_again(*lines)


def _can_go_on(turn: Turn) -> bool:
    is_place = turn.person.place is not None and not turn.closed
    return turn.dialogue.question not in NO_MORE and not is_place


def _which(turn: Turn, question: str, *lines: Line) -> Reply:
    """Ask what is meant, where no other question waits for its answer."""
    if turn.mid_page or turn.dialogue.question not in MENU:
        return answered(turn, *(lines or (turn.say("which_later"),)))
    return turn.ask(question, *alarm.urgent_first(turn), *lines)


def _parts(turn: Turn, intent: str, value: str) -> tuple[str, ...]:
    words = turn.language
    match intent:
        case "GetTipIntent":
            return words.tips[value].say
        case "AskAboutIntent":
            return words.subjects[value].say
        case _:
            return words.exercises[value].describe


def _tell(turn: Turn, intent: str, value: str, part: int | None = None) -> Reply:
    """Say one part; asked for the same again, it is the next one, and after the last the first."""
    parts = _parts(turn, intent, value)
    if part is None:
        part = turn.dialogue.told if turn.dialogue.last == (intent, value) else 0
    part = part if part < len(parts) else 0
    turn = turn.with_dialogue(last=(intent, value), told=part + 1)
    said = Line(text=turn.fill(parts[part]))
    if part + 1 == len(parts) or turn.brief:
        return answered(turn, said)
    if turn.is_new:
        return answered(turn, said, turn.say("more_later"))
    return answered(turn, said, *((turn.say("more_now"),) if _can_go_on(turn) else ()))
