"""Pain while moving: the fixed ladder (clinical D2), the number, and reported symptoms."""

from audio.timeline import Line
from intents.handlers import alarm, comfort, pages, screening, start
from intents.turn import Reply, Turn


def report_pain(turn: Turn) -> Reply:
    """ReportPainIntent: better and the same go on; worse, or that it hurts, stops first and asks after."""
    change = turn.value("change")
    if screening.is_open(turn) or change is None:
        return turn.ask_again()
    if turn.dialogue.question == "are_you_up":
        return comfort.stuck(turn) if change in {"worse", "present"} else comfort.waiting(turn)
    guided = turn.guiding or turn.dialogue.question in {"paused", "more"}
    if change in {"worse", "present"}:
        if guided or turn.dialogue.clearance:
            return ladder(turn)
        return turn.ask("ladder_leg", turn.say("worse_words")) if change == "worse" else _hurts(turn)
    if turn.guiding:
        return finish_easy(turn) if change == "gone" else pages.not_worse(turn)
    if turn.dialogue.question in {"ladder_leg", "ladder_both", "ladder_number"}:
        return turn.ask_again()
    return turn.ask_again(turn.say("good"))


def _hurts(turn: Turn) -> Reply:
    return turn.ask("rest_or_up" if turn.dialogue.lying else "launch", turn.say("how_are_you"))


def finish_easy(turn: Turn) -> Reply:
    """The pain is gone: stop while it feels easy."""
    turn = turn.with_person(place=None).with_dialogue(wish=None)
    return turn.ask("rest_or_up", turn.say("pain_none"))


def ladder(turn: Turn) -> Reply:
    """Stop, one foot down and then the other, then the question that sorts."""
    return turn.ask("ladder_leg", turn.say("worse_stop"), *turn.move("feet_down"))


def ladder_leg(turn: Turn, given: screening.Answer) -> Reply:
    """Down a leg, numb or weak: that ends the bending moves; else the number."""
    if given == "unsure" and not turn.dialogue.rephrased:
        return turn.ask("ladder_leg", rephrase=True)
    if given == "no":
        return turn.ask("ladder_number")
    shut = alarm.shut_guidance(turn, urgent=False)
    return shut.ask("ladder_both", shut.say("ladder_leg_yes"))


def ladder_both(turn: Turn, given: screening.Answer) -> Reply:
    """Both legs, weak or numb: on as the second safety question; else rest, and whom to see."""
    if given == "unsure" and not turn.dialogue.rephrased:
        return turn.ask("ladder_both", rephrase=True)
    if given == "no":
        said = Line(text=turn.fill(turn.language.advice["leg_pain_spreading"].say or ""))
        turn_over = turn.move("rest_side")[:1]
        return turn.ask("rest_or_up", *turn_over, said, triage="soon")
    return turn.with_dialogue(round="first").ask("legs_both")


def ladder_number(turn: Turn, given: screening.Answer | int) -> Reply:
    """Six or more, or a rise of two: guidance ends with rest. Else smaller, or a rest first."""
    if not isinstance(given, int):
        if given == "unsure" and not turn.dialogue.rephrased:
            return turn.ask("ladder_number", rephrase=True)
        if given == "unsure":
            return _finish(turn)
        return turn.ask_again(turn.say("number_range"))
    if given not in screening.NUMBERS:
        return turn.ask_again(turn.say("number_range"))
    rule = turn.content.screening.pain
    before = turn.dialogue.pain
    if given >= rule.rest_from or before is None or given - before >= rule.rise_stops:
        return _finish(turn)
    calm = given < rule.small_from
    lines = (turn.say("go_smaller"),) if calm else (turn.say("rest_first"), *turn.move("quiet"))
    return turn.ask("paused", *lines)


def _finish(turn: Turn) -> Reply:
    shut = alarm.shut_guidance(turn, urgent=False)
    return shut.ask("rest_longer", shut.say("up_too_much"), *shut.move("rest_side"))


def rate_pain(turn: Turn) -> Reply:
    """RatePainIntent: a number counts where one was asked for, or right after a page."""
    value = turn.value("score")
    number = int(value) if value and value.lstrip("-").isdecimal() and len(value) <= 4 else None  # noqa: PLR2004
    if number is None:
        return turn.ask_again(turn.say("number_range"))
    if screening.is_open(turn):
        return start.answer_safety(turn, number)
    if turn.dialogue.question == "ladder_number":
        return ladder_number(turn, number)
    if turn.guiding:
        if number not in screening.NUMBERS:
            return turn.ask_again(turn.say("number_range"))
        before = turn.dialogue.pain if turn.dialogue.pain is not None else 0
        rule = turn.content.screening.pain
        if number >= rule.rest_from or number - before >= rule.rise_stops:
            return ladder(turn)
        return pages.not_worse(turn)
    return turn.ask_again()


def _in_words(turn: Turn) -> str | None:
    """A symptom that our own understanding finds in the free words."""
    if "words" not in turn.slots:
        return None
    heard = turn.content.understanding(turn.locale).read(turn.slots["words"].heard)
    return heard.slots["symptom"].value if "symptom" in heard.slots else None


def report_symptom(turn: Turn) -> Reply:
    """ReportSymptomIntent, at any moment: an emergency is answered first and at once.

    Words that resolve to no symptom stop guidance, and name what needs a call.
    """
    symptom = turn.value("symptom") or _in_words(turn)
    if symptom is None or symptom not in turn.content.screening.advice:
        stop = alarm.stop_moving(turn) if turn.guiding else ()
        return turn.ask_again(*stop, turn.say("symptom_missed"))
    if symptom == "stranded" and turn.dialogue.question == "are_you_up":
        return comfort.stuck(turn)
    return alarm.outcome(turn, symptom)
