"""Pain while moving: the fixed ladder (clinical D2), the number, and reported symptoms."""

from audio.timeline import Line
from intents.handlers import alarm, comfort, pages, screening, start
from intents.turn import Reply, Turn

MAX_DIGITS = 3


def report_pain(turn: Turn) -> Reply:
    """ReportPainIntent: better and the same go on; worse, or that it hurts, stops first and asks after."""
    change = turn.value("change")
    if screening.is_open(turn) or change is None:
        return turn.ask_again()
    if change in {"worse", "present"}:
        return _hurts(turn, worse=change == "worse")
    if turn.guiding:
        return finish_easy(turn) if change == "gone" else pages.not_worse(turn)
    if turn.dialogue.question in {"ladder_leg", "ladder_both", "ladder_number"}:
        return turn.ask_again()
    return turn.ask_again(turn.say("good"))


def _hurts(turn: Turn, *, worse: bool) -> Reply:
    """It hurts, or hurts more: the ladder in and after guidance; else time, rest, or what sorts it."""
    if turn.dialogue.clearance is not None and turn.dialogue.question != "are_you_up":
        return ladder(turn)
    if worse:
        return turn.ask("ladder_leg", turn.say("worse_words"))
    if turn.dialogue.question == "are_you_up":
        return comfort.waiting(turn, turn.say("rise_hurts"))
    return turn.ask("rest_or_up" if turn.dialogue.lying else "launch", turn.say("how_are_you"))


def finish_easy(turn: Turn) -> Reply:
    """The pain is gone: stop while it feels easy."""
    turn = turn.with_person(place=None).with_dialogue(wish=None)
    return turn.ask("rest_or_up", turn.say("pain_none"))


def ladder(turn: Turn) -> Reply:
    """Stop, one foot down and then the other, then the question that sorts.

    Until it is sorted nothing is guided. Worse in or after a warm-up switches off what it was to warm up for.
    """
    clearance, place = turn.dialogue.clearance, turn.person.place
    if clearance is not None:
        clearance = clearance.suspend()
        if place and turn.content.numbers.exercises[place.exercise].warm_up:
            clearance = clearance.without(place.exercise)
            turn = turn.with_person(place=None)
        turn = turn.with_dialogue(clearance=clearance, wish=None, round=None)
    return turn.ask("ladder_leg", turn.say("worse_stop"), *alarm.feet_down(turn))


def ladder_leg(turn: Turn, given: screening.Answer) -> Reply:
    """Down a leg, numb or weak: that ends the bending moves; else the number, if it is not known yet."""
    if given == "unsure" and not turn.dialogue.rephrased:
        return turn.ask("ladder_leg", rephrase=True)
    if given == "no":
        return finish_resting(turn) if turn.closed else turn.ask("ladder_number")
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
    """Six or more, or a rise of two: guidance ends with rest. Else smaller from here."""
    if not isinstance(given, int):
        if given == "unsure" and not turn.dialogue.rephrased:
            return turn.ask("ladder_number", rephrase=True)
        return finish_resting(turn) if given == "unsure" else turn.ask_again(turn.say("number_range"))
    if given not in screening.NUMBERS:
        return turn.ask_again(turn.say("number_range"))
    return finish_resting(turn) if is_red(turn, given) else smaller(turn, given)


def is_red(turn: Turn, number: int) -> bool:
    """Whether a number ends guidance (clinical D1); without a first number every one does."""
    rule, before = turn.content.screening.pain, turn.dialogue.pain
    return number >= rule.rest_from or before is None or number - before >= rule.rise_stops


def smaller(turn: Turn, number: int) -> Reply:
    """Still low: go on half as big, never beyond the starting doses; four and five rest a moment first."""
    clearance = turn.dialogue.clearance
    turn = turn.with_dialogue(clearance=clearance and clearance.restricted())
    calm = number < turn.content.screening.pain.small_from
    lines = (turn.say("go_smaller"),) if calm else (turn.say("rest_first"), *turn.move("quiet"))
    return turn.ask("paused" if turn.person.place else "rest_or_up", *lines)


def finish_resting(turn: Turn) -> Reply:
    """Guidance ends here, with rest on the side."""
    shut = alarm.shut_guidance(turn, urgent=False)
    return shut.ask("rest_longer", shut.say("up_too_much"), *shut.move("rest_side"))


def rate_pain(turn: Turn) -> Reply:
    """RatePainIntent: a number steers whenever it is said, most of all where one was asked for."""
    value = turn.value("score")
    number = int(value) if value and value.isdecimal() and len(value) <= MAX_DIGITS else None
    rule = turn.content.screening.pain
    if screening.is_open(turn) and number is not None and (number < rule.rest_from or asks_number(turn)):
        return start.answer_safety(turn, number)
    if number is None or number not in screening.NUMBERS:
        return turn.ask_again(turn.say("number_range"))
    if turn.dialogue.question == "ladder_number":
        return ladder_number(turn, number)
    if turn.dialogue.clearance is None:
        too_much = number >= rule.rest_from and not turn.closed
        return comfort.rest_only(turn, turn.say("pain_high")) if too_much else turn.ask_again()
    if is_red(turn, number):
        shut = alarm.shut_guidance(turn, urgent=False)
        return shut.ask("ladder_leg", turn.say("worse_stop"), *alarm.feet_down(turn))
    if number >= rule.small_from:
        return smaller(turn, number)
    return pages.not_worse(turn) if turn.guiding else turn.ask_again()


def asks_number(turn: Turn) -> bool:
    """Whether the open safety question wants a number."""
    rule = turn.content.screening.questions.get(turn.dialogue.question or "")
    return rule is not None and rule.answer == "number"


def report_symptom(turn: Turn) -> Reply:
    """ReportSymptomIntent, at any moment: an emergency is answered first and at once.

    Words that resolve to no symptom stop guidance, name what needs a call, and are sorted like pain.
    """
    symptom = turn.value("symptom") or _in_words(turn)
    if symptom is None or symptom not in turn.content.screening.advice:
        return _not_known(turn)
    if symptom == "stranded":
        if turn.slots["symptom"].heard.lower() in turn.language.cannot:
            return _cannot(turn)
        if turn.dialogue.question == "are_you_up":
            return comfort.stuck(turn)
    return alarm.outcome(turn, symptom)


def _in_words(turn: Turn) -> str | None:
    """A symptom that our own understanding finds in the free words."""
    if "words" not in turn.slots:
        return None
    heard = turn.content.understanding(turn.locale).read(turn.slots["words"].heard)
    return heard.slots["symptom"].value if "symptom" in heard.slots else None


def _not_known(turn: Turn) -> Reply:
    clearance = turn.dialogue.clearance
    if clearance is None or screening.is_open(turn):
        return turn.ask_again(turn.say("symptom_missed"))
    held = turn.with_dialogue(clearance=clearance.suspend(), wish=None, round=None)
    stop = alarm.stop_moving(turn) if turn.guiding else ()
    return held.ask("ladder_leg", *stop, turn.say("symptom_missed"))


def _cannot(turn: Turn) -> Reply:
    """A bare "I can't": of rising it calls for help, of getting down it is a no, of moving it is too hard."""
    if screening.is_open(turn):
        return turn.ask_again(turn.say("answer_yes_no"))
    match turn.dialogue.question:
        case "are_you_up":
            return comfort.stuck(turn)
        case "floor_alone":
            return start.floor_alone(turn, "no")
        case _:
            return ladder(turn) if turn.dialogue.clearance else turn.ask_again()
