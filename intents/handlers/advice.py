"""Answers: tips for every day, what an exercise is like, what there is."""

from audio.timeline import Line
from intents.handlers import alarm, comfort, start
from intents.turn import Reply, Turn

NO_LIFTING = {"lifting", "carrying"}
"""Declined after an urgent finding (design, "After an alarm")."""
UPRIGHT = {"standing", "sitting"}
"""Topics by whose names people answer "on the floor, or on a bed?"."""


def get_tip(turn: Turn) -> Reply:
    """GetTipIntent: one answer; as a one-shot it is answered and closed."""
    topic = turn.value("topic")
    if turn.dialogue.question == "surface" and topic in UPRIGHT:
        return start.upright(turn)
    if topic is None or topic not in turn.language.tips:
        return turn.ask("which_tip", *((turn.say("no_tip"),) if "topic" in turn.slots else ()))
    return _tip(turn, topic)


def describe_exercise(turn: Turn) -> Reply:
    """DescribeExerciseIntent: what it is like, in words, without pauses."""
    exercise = turn.value("exercise")
    if exercise is None:
        return turn.ask("which", *((turn.say("not_known"),) if "exercise" in turn.slots else ()))
    return _describe(turn, exercise)


def list_exercises(turn: Turn) -> Reply:
    """ListExercisesIntent: all five, then which one."""
    turn = turn.with_dialogue(last=("ListExercisesIntent", None), misses=0)
    if turn.closed:
        return alarm.declined(turn)
    if turn.dialogue.question in {None, "launch", "go_on_there", "which", "which_left", "which_tip"}:
        return turn.ask("which", turn.say("list"))
    return _answered(turn, turn.say("list"))


def again(turn: Turn, intent: str, value: str | None) -> Reply:
    """The last answer once more."""
    match intent:
        case "GetTipIntent" if value:
            return _tip(turn, value)
        case "DescribeExerciseIntent" if value:
            return _describe(turn, value)
        case "ListExercisesIntent":
            return list_exercises(turn)
        case "GetUpIntent":
            return comfort.get_up(turn)
        case _:
            return comfort.rest_longer(turn)


def _tip(turn: Turn, topic: str) -> Reply:
    if turn.urgent and topic in NO_LIFTING:
        return turn.ask_again(*alarm.urgent_first(turn), turn.say("no_lifting"))
    said = Line(text=turn.language.tips[topic].say)
    return _answered(turn.with_dialogue(last=("GetTipIntent", topic)), *alarm.urgent_first(turn), said)


def _describe(turn: Turn, exercise: str) -> Reply:
    said = Line(text=turn.language.exercises[exercise].describe)
    described = turn.with_dialogue(last=("DescribeExerciseIntent", exercise))
    return _answered(described, *alarm.urgent_first(turn), said)


def _answered(turn: Turn, *lines: Line) -> Reply:
    """A complete answer: closed where it was a one-shot, else the open question again."""
    if turn.is_new:
        return turn.close(*lines)
    turn = turn.with_dialogue(misses=0)
    if turn.mid_page:
        return turn.ask("paused", *lines)
    return turn.ask("launch", *lines) if turn.dialogue.question == "which_tip" else turn.ask_again(*lines)
