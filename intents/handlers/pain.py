"""Pain while moving: the fixed ladder (clinical D2), the number, and reported symptoms."""

from audio.timeline import Line
from intents import plan, playing
from intents.handlers import advice, alarm, comfort, pages, screening, start
from intents.place import cut_to, is_over, warms_up_for
from intents.shapes import MEANT, rank
from intents.symptoms import Report
from intents.turn import Reply, Turn
from intents.understand import REPORT

MAX_DIGITS = 3
AMBER_REPETITIONS = 2
"""How many more repetitions there are at four or five before we ask again (clinical D1)."""
LEG_PAIN = "leg_pain_one_side"
NARROWER = {"pregnancy": "after_birth", "recent_surgery": "spine_injection"}
"""By symptom: the condition that says more exactly what was reported, where it was named."""


def report_pain(turn: Turn) -> Reply:
    """ReportPainIntent: better and the same go on; worse, or that it hurts, stops first and asks after."""
    change = turn.value("change")
    if change is None:
        return turn.ask_again()
    hurts = change in {"worse", "present"}
    first = turn.dialogue.clearance is None and not (hurts and turn.dialogue.streamed)
    if screening.is_open(turn) and first:
        none_now = change == "gone" and asks_number(turn)
        return start.answer_safety(turn, 0) if none_now else turn.ask_again(turn.say("answer_yes_no"))
    if hurts:
        return _hurts(turn, worse=change == "worse")
    if turn.elsewhere:
        return turn.ask_again()
    if turn.guiding:
        return finish_easy(turn) if change == "gone" else pages.not_worse(turn)
    if turn.dialogue.question in start.LADDER:
        return turn.ask_again()
    return turn.ask_again(turn.say("good"))


def _hurts(turn: Turn, *, worse: bool) -> Reply:
    """It hurts, or hurts more: the ladder in and after guidance; else time, rest, or what sorts it."""
    turn = alarm.hold_stream(turn)
    if turn.dialogue.clearance is not None and turn.dialogue.question != "are_you_up":
        return ladder(turn)
    if turn.dialogue.streamed and turn.dialogue.question != "are_you_up":
        # Without a first number every number would end guidance (`is_red`), so none is asked for.
        feet = alarm.feet_down(turn)
        shut = alarm.shut_guidance(playing.silenced(turn), urgent=False)
        return shut.ask("ladder_leg", turn.say("worse_stop"), *feet)
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
        turn = turn.with_dialogue(clearance=clearance.suspend(), wish=None, round=None, last=None, warmed=())
        warmed = warms_up_for(place, turn.content.numbers) if place else set()
        if warmed:
            turn = turn.with_left(turn.dialogue.left.limited(dict.fromkeys(warmed, "no")))
            turn = turn.with_person(place=None)
    return turn.ask("ladder_leg", turn.say("worse_stop"), *feet)


def ladder_leg(turn: Turn, given: screening.Answer) -> Reply:
    """Down a leg, numb or weak: that ends the bending moves; else the number, if it is not known yet."""
    if given == "unsure" and not turn.dialogue.rephrased:
        return turn.ask("ladder_leg", rephrase=True)
    if given == "no":
        return finish_resting(turn) if turn.closed else turn.ask("ladder_number")
    return leg_pain(turn)


def leg_pain(turn: Turn, *lines: Line) -> Reply:
    """Pain has gone down a leg: that ends the bending moves; is it both legs, weak or numb?"""
    shut = alarm.shut_guidance(turn, urgent=False)
    return shut.ask("ladder_both", *lines, shut.say("ladder_leg_yes"))


def ladder_both(turn: Turn, given: screening.Answer) -> Reply:
    """Both legs, weak or numb: on as the second safety question; else rest, and whom to see."""
    if given == "unsure" and not turn.dialogue.rephrased:
        return turn.ask("ladder_both", rephrase=True)
    if given == "no":
        said = Line(text=turn.fill(turn.language.advice["leg_pain_spreading"].say or ""))
        turn_over = turn.move("rest_side")[:1]
        return turn.ask("rest_or_up", *turn_over, said, triage="soon")
    return turn.with_dialogue(round="first", left=turn.dialogue.left.new_group()).ask("legs_both")


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
    exercises = turn.content.numbers.exercises
    turn = turn.with_dialogue(clearance=clearance and clearance.resumed(), last=None)
    turn = turn.with_left(turn.dialogue.left.kept_small(exercises, None if calm else rule.small))
    clearance = turn.dialogue.clearance
    if place and not (clearance and clearance.covers(place.exercise, easier=True)):
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
    if number >= rule.small_from:
        turn = alarm.hold_stream(turn)
    clearance, known = turn.dialogue.clearance, turn.dialogue.pain is not None
    if (
        clearance is None
        and not turn.closed
        and (number >= rule.rest_from or (known and is_red(turn, number)))
    ):
        return comfort.rest_only(turn, turn.say("pain_high"))
    if clearance is not None and is_red(turn, number):
        feet = alarm.feet_down(turn)
        shut = alarm.shut_guidance(turn, urgent=False)
        return shut.ask("ladder_leg", turn.say("worse_stop"), *feet)
    if number >= rule.small_from and (known or clearance is not None):
        turn = turn.with_left(turn.dialogue.left.kept_small(turn.content.numbers.exercises, rule.small))
    if screening.is_open(turn):
        return turn.ask_again(turn.say("answer_yes_no"))
    if turn.dialogue.question in start.LADDER:
        return turn.ask_again()
    if clearance is not None and clearance.suspended:
        return turn.ask("ladder_leg")
    if clearance is not None and number >= rule.small_from:
        return smaller(turn, number)
    return pages.not_worse(turn) if turn.guiding else turn.ask_again()


def asks_number(turn: Turn) -> bool:
    """Whether the open safety question wants a number."""
    rule = turn.content.screening.questions.get(turn.dialogue.question or "")
    return rule is not None and rule.answer == "number"


def report_symptom(turn: Turn) -> Reply:
    """ReportSymptomIntent, at any moment: an emergency is answered first and at once.

    Words in which nothing is found stop guidance, name what needs a call, and are sorted like pain.
    """
    report = heard_report(turn)
    return _elsewhere(turn, report) or (act(turn, report) if report else _not_known(turn))


def heard_report(turn: Turn) -> Report | None:
    """What the words of the turn's slots report; what Alexa resolved counts where they say no more.

    Alexa keeps the words of a carrier phrase and drops what carried them ("i can't feel {words}"), so each
    carrier is tried, unless the words are a sentence already: the most serious reading decides.
    """
    matcher = turn.content.matcher(turn.locale)
    symptom, words = turn.slots.get("symptom"), turn.slots.get("words")
    advice = turn.content.screening.advice
    texts = [slot.heard for slot in turn.slots.values() if slot.value is None or slot in (symptom, words)]
    carried: list[str] = []
    if words and not turn.language.sentence.begins(words.heard) and not (symptom and symptom.value):
        carriers = [s for s in turn.language.intents[REPORT].samples if "{words}" in s]
        carried = [sample.replace("{words}", words.heard) for sample in carriers]
    found = [report for text in texts if (report := matcher.read(text, turn.dialogue.question))]
    own = set(words.heard.lower().split()) if words else set()
    found += [
        report
        for text in carried
        if (report := matcher.seen(text)) and own & set(report.heard.lower().split())
    ]
    worst = max(found, key=lambda report: (rank(report.level), report.symptom is not None), default=None)
    if symptom is None or symptom.value is None or symptom.value not in advice:
        return worst
    gates = worst.gates if worst else ()
    resolved = Report(
        symptom=symptom.value, level=advice[symptom.value].level, heard=symptom.heard, gates=gates
    )
    more = (
        worst
        and worst.symptom
        and (worst.symptom == symptom.value or rank(worst.level) > rank(resolved.level))
    )
    return worst if more else resolved


def _elsewhere(turn: Turn, report: Report | None) -> Reply | None:
    """The answer where nothing worse is reported than pain in a part of the body that is not ours."""
    harmless = report is None or not (rank(report.level) or report.asks or report.about == "other")
    heard = " ".join(slot.heard for slot in turn.slots.values())
    if turn.dialogue.clearance or screening.is_open(turn) or not harmless:
        return None
    if not advice.names_other_place(turn, heard):
        return None
    for gate in report.gates if report else ():
        turn = alarm.note(turn, gate)
    return advice.answered(turn, turn.say("out_of_scope"))


def in_other_words(turn: Turn) -> Reply | None:
    """The answer where a slot that resolved to nothing holds a symptom; None where it holds none."""
    unresolved = any(slot.value is None for slot in turn.slots.values())
    report = heard_report(turn) if unresolved and turn.name != REPORT else None
    alarms = report is not None and (report.asks is not None or rank(report.level) > 0)
    return act(turn, report) if report and alarms else None


def act(turn: Turn, report: Report) -> Reply:
    """Act on what was reported: ask back where it is unsure, else advise by its level."""
    if report.about == "self":
        turn = alarm.hold_stream(turn)
    gates = [name for name in report.gates if report.about == "self"]
    for gate in gates:
        turn = alarm.note(turn, gate)
    if report.asks:
        if turn.dialogue.asked_back == f"{MEANT}{report.asks}":
            return start.answer_safety(turn, "unsure")
        return screening.ask_back(turn, report.asks)
    symptom = report.symptom or (gates[-1] if gates else None)
    if symptom is None:
        return turn.ask_again()
    if report.about == "other":
        emergency = report.level == "emergency"
        return alarm.emergency_of_other(turn) if emergency else alarm.advice_of_other(turn, report.level)
    advice = turn.content.screening.advice
    if rank(report.level) > rank(advice[symptom].level):
        return alarm.outcome(turn, f"combined_{report.level}")
    if symptom == "stranded":
        return _stranded(turn, report)
    if NARROWER.get(symptom) in gates:
        return alarm.outcome(turn, NARROWER[symptom])
    if symptom == LEG_PAIN and turn.dialogue.question in {"ladder_leg", "page_check"}:
        return leg_pain(turn, *(alarm.stop_moving(turn) if turn.guiding else ()))
    return alarm.outcome(turn, symptom)


def _stranded(turn: Turn, report: Report) -> Reply:
    """Stuck: in the middle of getting up it goes on from there; else it is an emergency."""
    if report.heard.lower() in turn.language.cannot:
        return _cannot(turn)
    return comfort.stuck(turn) if turn.dialogue.question == "are_you_up" else alarm.outcome(turn, "stranded")


def _not_known(turn: Turn) -> Reply:
    turn = alarm.hold_stream(turn)
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
