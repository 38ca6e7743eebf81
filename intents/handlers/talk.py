"""What the conversation itself needs: hello, yes and no, help, why, stop, repeat, what was not understood."""

from collections.abc import Callable
from typing import Final

from audio.timeline import Line
from intents.handlers import (
    adjust,
    advice,
    alarm,
    comfort,
    memory,
    pages,
    pain,
    reminders,
    screening,
    start,
)
from intents.handlers.screening import Answer
from intents.place import is_finished
from intents.readability import sentences
from intents.sound import Stream
from intents.state import Said
from intents.turn import Reply, Turn


def launch(turn: Turn) -> Reply:
    """Hello: the first time who this is, later and on the same day shorter; a launch never screens."""
    place, seen_ms = turn.person.place, turn.person.seen_ms
    today = seen_ms is not None and turn.day(seen_ms) == turn.day(turn.now_ms)
    hello = turn.say("hello_today" if today else "hello_again" if turn.person.met else "hello_first")
    turn = turn.with_person(met=True, seen_ms=turn.now_ms)
    stream = turn.person.stream
    if (
        place is None
        and stream is not None
        and not stream.over
        and stream.exercise in turn.language.exercises
    ):
        return _left_streaming(turn, stream, hello)
    if place is None or is_finished(place):
        return turn.with_person(place=None).ask("launch", hello)
    name = turn.language.exercises[place.exercise].name
    return turn.ask("go_on_there", hello, turn.say("hello_place", exercise=name))


def _left_streaming(turn: Turn, stream: Stream, hello: Line) -> Reply:
    """A stream that was not heard to its end; one that did not play goes on part by part."""
    name = turn.language.exercises[stream.exercise].name
    if not stream.failed:
        return turn.ask("go_on_there", hello, turn.say("hello_place", exercise=name))
    turn = turn.with_dialogue(by_parts=True)
    return turn.ask("go_on_there", hello, turn.say("stream_failed"))


def goodbye(turn: Turn) -> Reply:
    """Close; after somebody lay down for us with the way up, while moving with the feet first."""
    moving = alarm.stop_moving(turn) if turn.guiding else ()
    return turn.close(*moving, *comfort.way_up_in_short(turn), turn.say("bye"))


def _choice(turn: Turn, given: Answer) -> Reply:
    """Yes to a choice names nothing; no to all of it is goodbye."""
    return goodbye(turn) if given == "no" else turn.ask_again(turn.say("which_one"))


def _which_left(turn: Turn, given: Answer) -> Reply:
    """No to what is left is rest or the way up."""
    return turn.ask("rest_or_up") if given == "no" else turn.ask_again(turn.say("which_one"))


def _paused(turn: Turn, given: Answer) -> Reply:
    """No to going on leads to rest or the way up, not to more waiting."""
    if given == "yes":
        return start.resume(turn)
    return turn.ask("rest_or_up") if given == "no" else comfort.waiting(turn)


def _rest_or_up(turn: Turn, given: Answer) -> Reply:
    """Yes to "shall we rest, or get you up?" is the rest, which harms nobody."""
    if given == "no":
        return comfort.farewell(turn)
    return comfort.resting_pose(turn) if given == "yes" else turn.ask_again()


def _page_check(turn: Turn, given: Answer) -> Reply:
    """Answer to "Better, the same, or worse?": it has no yes; its rephrasing ("is it worse?") has."""
    if not turn.dialogue.rephrased:
        return turn.ask("page_check", rephrase=True)
    if given == "no":
        return pages.not_worse(turn)
    return pain.ladder(turn)


def _carry_on_here(turn: Turn, given: Answer) -> Reply:
    """After the exercise went on elsewhere: here only after yes; the other device keeps it after no."""
    if given == "yes":
        return start.resume(turn)
    return turn.ask("rest_or_up") if given == "no" else turn.ask_again()


def _enough(turn: Turn) -> Reply:
    return turn.with_dialogue(wish=None).ask("rest_or_up")


def _rested(turn: Turn, given: Answer) -> Reply:
    if given == "unsure":
        return turn.ask_again()
    return comfort.farewell(turn) if turn.closed else turn.ask("launch", turn.say("rest_done"))


def _confirming(confirm: Callable[..., Reply]) -> Callable[[Turn, Answer], Reply]:
    """Only a yes or a no decides whether something is forgotten, set or deleted."""

    def confirming(turn: Turn, given: Answer) -> Reply:
        return turn.ask_again() if given == "unsure" else confirm(turn, agreed=given == "yes")

    return confirming


CONFIRMS: Final[dict[str, Callable[..., Reply]]] = {**memory.CONFIRMS, **reminders.CONFIRMS}

# What yes, no and not sure mean to each open question that is not a safety question.
YES_NO: Final[dict[str, Callable[[Turn, Answer], Reply]]] = {
    "launch": _choice,
    "go_on_there": lambda turn, given: start.resume(turn) if given == "yes" else turn.ask("launch"),
    "which": _choice,
    "which_left": _which_left,
    "which_tip": _choice,
    "which_subject": _choice,
    "surface": lambda turn, given: turn.ask("floor_alone") if given == "no" else turn.ask_again(),
    "floor_alone": start.floor_alone,
    "ready": lambda turn, given: start.ready(turn) if given == "yes" else comfort.waiting(turn),
    "offer_bed": start.offer_bed,
    "lift_confirm": start.lift_confirm,
    "step_up": start.answer_step,
    "step_back": start.answer_step,
    "page_check": _page_check,
    "more": lambda turn, given: pages.more(turn) if given == "yes" else _enough(turn),
    "rest_or_up": _rest_or_up,
    "rest_longer": lambda turn, given: comfort.rest_longer(turn) if given == "yes" else _rested(turn, given),
    "paused": _paused,
    "carry_on_here": _carry_on_here,
    "are_you_up": lambda turn, given: comfort.up(turn) if given == "yes" else comfort.waiting(turn),
    "ladder_leg": pain.ladder_leg,
    "ladder_both": pain.ladder_both,
    "ladder_number": pain.ladder_number,
    "remind_when": lambda turn, given: (
        reminders.agree(turn, agreed=False) if given == "no" else turn.ask_again()
    ),
    **{question: _confirming(confirm) for question, confirm in CONFIRMS.items()},
}


def _answer(turn: Turn, given: Answer) -> Reply:
    if screening.is_open(turn):
        return start.answer_safety(turn, given)
    question = turn.dialogue.question
    if question is None:
        return turn.ask("launch")
    return YES_NO[question](turn, "unsure" if given == "hedged" else given)


def yes(turn: Turn) -> Reply:
    """Yes to the open question."""
    return _answer(turn, "yes")


def no(turn: Turn) -> Reply:
    """No to the open question."""
    return _answer(turn, "no")


def not_sure(turn: Turn) -> Reply:
    """Not sure, or a no that is not one ("I don't think so"): never clears anything."""
    return _answer(turn, "hedged" if turn.value("hedge") == "no" else "unsure")


EXERCISING: Final = frozenset({"page_check", "paused", "more"})
"""Open questions between two pages, beside those that a page itself leaves open."""


def help_(turn: Turn) -> Reply:
    """Help that knows where you are: what one can say, what needs a call, the open question again."""
    first, call, question = alarm.urgent_first(turn), turn.say("help_call"), turn.dialogue.question
    if screening.is_open(turn):
        answers = turn.say("help_number" if pain.asks_number(turn) else "help_answers")
        return turn.ask_again(*first, turn.say("help_screening"), answers)
    if question in {"remind_when", "remind_agree"}:
        return turn.ask_again(*first, turn.say("help_remind"))
    if question in CONFIRMS:
        return turn.ask_again(*first, turn.say("help_forget"))
    if question == "are_you_up":
        return turn.ask_again(*first, turn.say("help_up"), call)
    if turn.guiding or question in EXERCISING:
        guide = (turn.say("help_rest"), turn.say("help_guide"))
        return turn.ask_again(*first, *guide, call, turn.say("help_more"))
    if question in advice.MENU:
        return turn.ask_again(*first, turn.say("help_plain"), turn.say("help_more"), call)
    why = turn.language.questions[question or "launch"].why
    because = (Line(text=turn.fill(why)),) if why and not turn.closed else ()
    return turn.ask_again(*first, *because, _what_one_can_say(turn), call)


def why(turn: Turn) -> Reply:
    """WhyIntent: why we ask, why not more, why in this order, by where the conversation stands."""
    question = turn.dialogue.question or ""
    words = turn.language.questions
    asked = screening.is_open(turn)
    group = turn.content.screening.group_of(question, turn.dialogue.round or "first") if asked else question
    said = next((words[name].why for name in (question, group) if name in words and words[name].why), None)
    if turn.closed and question in {"rest_or_up", "rest_longer"}:
        return advice.answered(turn, turn.say("why_closed"))
    if said:
        return advice.answered(turn, Line(text=turn.fill(said)))
    return advice.answered(turn, turn.say("why_question" if asked else "why_plain"))


def resume(turn: Turn) -> Reply:
    """ResumeIntent, "go on", "more": the rest of what was being said, else what is due."""
    return advice.more(turn) or start.resume(turn)


def forward(turn: Turn) -> Reply:
    """NextIntent: likewise; while resting another pose."""
    if turn.dialogue.question == "rest_longer":
        return comfort.other_pose(turn)
    return advice.more(turn) or pages.forward(turn)


def stop(turn: Turn) -> Reply:
    """Stop and Cancel always stop: one closing response, no question."""
    return goodbye(turn)


def pause(turn: Turn) -> Reply:
    """Pause, "more time", "wait": feet down in a page, otherwise twenty seconds and the question again."""
    if turn.dialogue.question == "rest_longer":
        return comfort.rest_longer(turn)
    if turn.guiding:
        return pages.pause(turn)
    slower = adjust.learn_pace(turn, MORE_TIME_STEP) if turn.dialogue.question == "ready" else turn
    return comfort.waiting(slower)


MORE_TIME_STEP: Final = 2
"""How much slower, in percent, the next exercise becomes each time somebody needs more time to lie down."""


WAITS: Final = frozenset(
    {"AMAZON.FallbackIntent", "AMAZON.PauseIntent", "AMAZON.RepeatIntent", "AMAZON.LoopOnIntent"}
)
"""Requests whose answer says nothing new."""
STEPS: Final = frozenset({"ready", "are_you_up"})
"""Questions behind steps that are longer than what is remembered: help does not take their place."""
REPORTS: Final = frozenset({"ReportSymptomIntent", "ReportPainIntent", "RatePainIntent"})
ANSWERS: Final = frozenset({"AMAZON.YesIntent", "AMAZON.NoIntent", "NotSureIntent"})


def to_repeat(turn: Turn, reply: Reply) -> Said:
    """What "repeat" will say again: nothing that guides, nothing that answers a report."""
    lines = [line for line in reply.lines if line.kind != "ask"]
    quiet = [line for line in lines if line.kind == "rest"]
    if reply.question == "rest_longer" and quiet:
        return ()
    waits = turn.name in WAITS or lines == quiet
    if waits or (turn.name == "AMAZON.HelpIntent" and reply.question in STEPS):
        return turn.dialogue.said if reply.question == turn.dialogue.question else ()
    is_answer = turn.name in ANSWERS and (screening.is_open(turn) or turn.dialogue.question in start.LADDER)
    is_health = reply.triage != "emergency" and (reply.triage or turn.name in REPORTS or is_answer)
    if is_health or reply.question is None or any(line.guided for line in lines):
        return ()
    return tuple((line.text, line.pause_ms, "move" if line.kind == "move" else "say") for line in lines)


def repeat(turn: Turn) -> Reply:
    """Again: the block of the page, what was said before the open question, and that question."""
    question, said = turn.dialogue.question, turn.dialogue.said
    if turn.guiding:
        return pages.repeat_page(turn)
    if question == "more":
        return pages.more(turn, repeated=True)
    if question == "rest_longer" and not said:
        return comfort.rest_longer(turn)
    if question == "are_you_up" and not said:
        return comfort.get_up(turn)
    lines = [Line(text=text, pause_ms=pause_ms, kind=kind) for text, pause_ms, kind in said]
    return turn.ask_again(*(lines or alarm.urgent_first(turn)))


def loop_off(turn: Turn) -> Reply:
    """LoopOffIntent: nothing goes on by itself."""
    return advice.answered(turn, turn.say("loop_off"))


def in_order(turn: Turn) -> Reply:
    """ShuffleOn and ShuffleOff: the order stays."""
    return advice.answered(turn, turn.say("in_order"))


def session_ended(turn: Turn) -> Reply:
    """Nothing may be said any more; that the place is kept is the settling that came before."""
    return turn.close()


def fallback(turn: Turn) -> Reply:
    """Not understood: more concrete each time, then two ways out; the place is kept.

    In guidance and screening it first says what needs a call.
    """
    turn = turn.with_dialogue(misses=turn.dialogue.misses + 1)
    question = turn.dialogue.question
    again, often = turn.dialogue.misses > 1, turn.dialogue.misses > 2  # noqa: PLR2004 - the second, and the third time
    if screening.is_open(turn):
        how = (turn.say("number_range" if pain.asks_number(turn) else "answer_yes_no"),) if again else ()
        out = (turn.say("missed_screening_out"),) if often else ()
        return turn.ask_again(turn.say("missed_call"), *how, *out)
    out = (turn.say("help_up" if question == "are_you_up" else "missed_out"),)
    first = alarm.urgent_first(turn)
    if turn.guiding or question in EXERCISING:
        how = (turn.say("missed_guiding_again" if again else "missed_guiding_else"),)
        lines = (turn.say("missed_guiding"), *(out if often else how))
        return turn.ask_again(*lines) if turn.person.place is None else turn.ask("paused", *lines)
    if turn.dialogue.clearance is not None or turn.dialogue.lying:
        concrete = out if often else (_what_one_can_say(turn),) if again else ()
        return turn.ask_again(*first, turn.say("missed_call"), *concrete)
    if often:
        return turn.ask_again(*first, *out)
    if again:
        return turn.ask_again(*first, turn.say("missed_again"), _what_one_can_say(turn))
    return turn.ask_again(*first, turn.say("missed"))


def _what_one_can_say(turn: Turn) -> Line:
    """What the open question can be answered with: how its reprompt begins."""
    reprompt = turn.language.questions[turn.dialogue.question or "launch"].reprompt or ""
    return Line(text=next(s for s in sentences(turn.fill(reprompt)) if s.startswith("Say ")))


def apology(turn: Turn) -> Reply:
    """What is said when a handler failed: rest, and come again. Closed, with the way up where it is due."""
    way_up: tuple[Line, ...] = comfort.way_up_in_short(turn)
    return turn.close(turn.say("trouble"), turn.say("help_call"), *way_up)
