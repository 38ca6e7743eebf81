"""Pain while moving: the fixed ladder (clinical D2), the number, and reported symptoms."""

from audio.timeline import Line
from intents import plan
from intents.handlers import alarm, comfort, pages, screening, start
from intents.place import cut_to, is_over
from intents.turn import Reply, Turn

MAX_DIGITS = 3
AMBER_REPETITIONS = 2
"""How many more repetitions there are at four or five before we ask again (clinical D1)."""
LEG_SYMPTOMS = {"leg_pain_one_side", "numb_leg_or_foot", "foot_drop"}
"""Answers to "has the pain gone down a leg, or has anything gone numb or weak?" that say which."""


def report_pain(turn: Turn) -> Reply:
    """ReportPainIntent: better and the same go on; worse, or that it hurts, stops first and asks after."""
    change = turn.value("change")
    if change is None:
        return turn.ask_again()
    if screening.is_open(turn) and turn.dialogue.clearance is None:
        none_now = change == "gone" and asks_number(turn)
        return start.answer_safety(turn, 0) if none_now else turn.ask_again(turn.say("answer_yes_no"))
    if change in {"worse", "present"}:
        return _hurts(turn, worse=change == "worse")
    if turn.guiding:
        return finish_easy(turn) if change == "gone" else pages.not_worse(turn)
    if turn.dialogue.question in start.LADDER:
        return turn.ask_again()
    return turn.ask_again(turn.say("good"))


def _hurts(turn: Turn, *, worse: bool) -> Reply:
    """It hurts, or hurts more: the ladder in and after guidance; else time, rest, or what sorts it."""
    if turn.dialogue.clearance is not None and turn.dialogue.question != "are_you_up":
        return ladder(turn)
    if worse:
        clearance = turn.dialogue.clearance
        held = turn.with_dialogue(
            clearance=clearance and clearance.suspend(), wish=None, round=None, last=None
        )
        return held.ask("ladder_leg", turn.say("worse_words"))
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
    feet = alarm.feet_down(turn)
    if clearance is not None:
        clearance = clearance.suspend()
        if place and turn.content.numbers.exercises[place.exercise].warm_up:
            clearance = clearance.without(place.exercise)
            turn = turn.with_person(place=None)
        turn = turn.with_dialogue(clearance=clearance, wish=None, round=None, last=None)
    return turn.ask("ladder_leg", turn.say("worse_stop"), *feet)


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
    """Still low: go on half as big, never beyond the starting doses.

    Four and five rest a moment first; then two more repetitions, and only of what suits that number.
    """
    rule, clearance, place = turn.content.screening.pain, turn.dialogue.clearance, turn.person.place
    calm = number < rule.small_from
    restricted = clearance and clearance.restricted(None if calm else rule.small)
    turn = turn.with_dialogue(clearance=restricted, last=None)
    if place and not (restricted and restricted.covers(place.exercise)):
        place = None
    if place and not calm:
        place = cut_to(place, AMBER_REPETITIONS)
    goes_on = place is not None and not is_over(place) and plan.fitted(turn, place) is not None
    turn = turn.with_person(place=place if goes_on else None)
    if calm:
        return (
            turn.ask("paused", turn.say("go_smaller"))
            if goes_on
            else turn.ask("rest_or_up", turn.say("enough_easy"))
        )
    rest = turn.move("quiet")
    return turn.ask("paused", turn.say("rest_first"), *rest) if goes_on else turn.ask("rest_or_up", *rest)


def finish_resting(turn: Turn) -> Reply:
    """Guidance ends here, with rest on the side."""
    shut = alarm.shut_guidance(turn, urgent=False)
    return shut.ask("rest_longer", shut.say("up_too_much"), *shut.move("rest_side"))


def rate_pain(turn: Turn) -> Reply:
    """RatePainIntent: a number steers whenever it is said, most of all where one was asked for."""
    value = turn.value("score")
    number = int(value) if value and value.isdecimal() and len(value) <= MAX_DIGITS else None
    if number is not None and asks_number(turn):
        return start.answer_safety(turn, number)
    if number is None or number not in screening.NUMBERS:
        return turn.ask_again(turn.say("number_range"))
    if turn.dialogue.question == "ladder_number":
        return ladder_number(turn, number)
    rule = turn.content.screening.pain
    if turn.dialogue.clearance is None and number >= rule.rest_from and not turn.closed:
        return comfort.rest_only(turn, turn.say("pain_high"))
    if turn.dialogue.clearance is not None and is_red(turn, number):
        feet = alarm.feet_down(turn)
        shut = alarm.shut_guidance(turn, urgent=False)
        return shut.ask("ladder_leg", turn.say("worse_stop"), *feet)
    if turn.dialogue.clearance is not None and number >= rule.small_from:
        return smaller(turn, number)
    if turn.guiding:
        return pages.not_worse(turn)
    return turn.ask_again(*((turn.say("answer_yes_no"),) if screening.is_open(turn) else ()))


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
    if turn.dialogue.question == "ladder_leg" and symptom in LEG_SYMPTOMS:
        return ladder_leg(turn, "yes")
    if symptom == "stranded":
        said = turn.slots.get("symptom") or turn.slots["words"]
        if said.heard.lower() in turn.language.cannot:
            return _cannot(turn)
        if turn.dialogue.question == "are_you_up":
            return comfort.stuck(turn)
    return alarm.outcome(turn, symptom)


def _in_words(turn: Turn) -> str | None:
    """The most serious symptom that our own understanding finds in the free words.

    Alexa keeps the words and drops what carried them ("i can't feel {words}"), so every carrier is tried.
    """
    if "words" not in turn.slots:
        return None
    words, understanding = turn.slots["words"].heard, turn.content.understanding(turn.locale)
    carriers = [s for s in turn.language.intents[turn.name].samples if "{words}" in s]
    read = [understanding.read(sample.replace("{words}", words)) for sample in ("{words}", *carriers)]
    found = {heard.slots["symptom"].value for heard in read if "symptom" in heard.slots}
    order = list(turn.content.screening.advice)
    return min((value for value in found if value in order), key=order.index, default=None)


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
