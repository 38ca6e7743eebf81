"""What an answer or a report leads to: the emergency response, advice for today or for days, or nothing."""

from dataclasses import replace

from audio.page import Block
from audio.timeline import Line
from intents.shapes import Level
from intents.turn import Card, Reply, Turn

PAUSE_MS = 1000


def outcome(turn: Turn, advice_id: str) -> Reply:
    """Act on something reported. Guidance stops first, and an emergency is answered at once.

    Emergency: one closed response, nothing asked. Anything that ends guidance: the advice, then help with
    resting or getting up. Else: the advice, then the open question again.
    """
    level = turn.content.screening.advice[advice_id].level
    if level == "emergency":
        return emergency(turn, advice_id)
    stop = stop_moving(turn) if turn.guiding else ()
    had_place = turn.person.place is not None
    turn = note(turn, advice_id)
    said = say_advice(turn, advice_id)
    triage = max_level(turn, level)
    if turn.dialogue.left.closes:
        shut = shut_guidance(turn, urgent=triage == "urgent")
        today = (shut.say("seen_today"),) if triage == "urgent" and level != "urgent" else ()
        until = (shut.say(f"no_exercise_{triage}"),) if triage else ()
        return shut.ask("rest_or_up", *stop, said, *today, *until, triage=triage)
    if stop or (had_place and turn.person.place is None):
        return turn.ask("paused" if turn.person.place else "rest_or_up", *stop, said, triage=triage)
    return turn.ask_again(said, triage=triage)


def max_level(turn: Turn, level: Level) -> Level | None:
    """The level on which a response acts: what this finding adds up to with those before it."""
    found = "urgent" if turn.dialogue.left.level == "urgent" and level != "none" else level
    return found if found != "none" else None


def note(turn: Turn, advice_id: str) -> Turn:
    """Enter a finding: what it leaves of the exercises, and whether it ends guidance.

    A condition that leaves no exercise at all ends it, too. A saved place that is left out is forgotten;
    a routine goes on with what is left.
    """
    screening = turn.content.screening
    left = turn.dialogue.left.with_finding(screening.advice[advice_id], screening)
    if all(left.limits.get(name) == "no" for name in turn.content.numbers.exercises):
        left = left.closed()
    turn = turn.with_left(left)
    place = turn.person.place
    if place and not place.routine and left.limits.get(place.exercise, "full") != "full":
        turn = turn.with_person(place=None)
    return turn


def say_advice(turn: Turn, advice_id: str) -> Line:
    """The advice of a finding that is no emergency."""
    return Line(text=turn.fill(turn.language.advice[advice_id].say or ""))


def emergency(turn: Turn, advice_id: str) -> Reply:
    """Stop; the number in the first two sentences and again at the end; closed, nothing asked.

    On card and screen the number stands in digits.
    """
    still = turn.content.screening.advice[advice_id].still
    words = turn.language.advice[advice_id]
    because = words.because or ""
    also = (Line(text=turn.fill(words.also)),) if words.also else ()
    active = turn.dialogue.clearance is not None or turn.streaming
    before = (turn.say("alarm_still" if still else "alarm_stop"),) if active or still else ()
    lines = (
        *before,
        turn.say("alarm_call", because=because),
        *_mobile(turn),
        turn.say("alarm_wait", pause_ms=PAUSE_MS),
        turn.say("alarm_alone"),
        turn.say("alarm_position_still" if still else "alarm_position"),
        turn.say("alarm_over"),
        *also,
        *_number_again(turn),
    )
    shut = shut_guidance(turn, urgent=True)
    return shut.close(*lines, triage="emergency", card=_card(turn, "alarm_card_text"))


def emergency_of_other(turn: Turn) -> Reply:
    """Somebody else needs help now: whom to call for them. This person's own place is kept."""
    active = turn.dialogue.clearance is not None or turn.streaming
    before = (turn.say("alarm_stop"),) if active else ()
    lines = (
        *before,
        turn.say("alarm_other"),
        *_mobile(turn),
        turn.say("alarm_alone", pause_ms=PAUSE_MS),
        turn.say("alarm_other_stay"),
        *_number_again(turn),
    )
    return turn.close(*lines, triage="emergency", card=_card(turn, "alarm_other_card_text"))


def advice_of_other(turn: Turn, level: Level) -> Reply:
    """Somebody else should be seen: when; then this person's conversation goes on."""
    triage = level if level != "none" else None
    said = turn.say(f"other_{level}")
    if turn.guiding:
        return turn.ask("paused", *stop_moving(turn), said, triage=triage)
    return turn.ask_again(said, triage=triage)


def _known(turn: Turn) -> bool:
    return turn.country is not turn.language.countries["unknown"]


def _mobile(turn: Turn) -> tuple[Line, ...]:
    return () if _known(turn) else (turn.say("alarm_mobile"),)


def _number_again(turn: Turn) -> tuple[Line, ...]:
    """The number once more at the end; after a guess with what holds elsewhere."""
    if not _known(turn):
        return (turn.say("alarm_again_unknown"),)
    elsewhere = (turn.say("alarm_elsewhere"),) if turn.country_is_guess else ()
    return (*elsewhere, turn.say("alarm_again"))


def _card(turn: Turn, text: str) -> Card:
    return Card(title=turn.phrase("alarm_card_title"), text=turn.phrase(text))


def shut_guidance(turn: Turn, *, urgent: bool) -> Turn:
    """Close guidance for the rest of the session, and end a stream; a level is never lowered."""
    urgent = urgent or turn.urgent
    shut = turn.with_dialogue(
        clearance=None,
        closed="urgent" if urgent else "other",
        wish=None,
        round=None,
        asked_back=None,
        before=None,
    )
    return shut.with_person(place=None, stream=None)


def hold_stream(turn: Turn) -> Turn:
    """The clearance that a stream carries ends: before it goes on, the questions come."""
    stream = turn.person.stream
    return turn.with_person(stream=replace(stream, until_ms=0)) if stream else turn


def declined(turn: Turn) -> Reply:
    """The answer to a wish for exercise once guidance is closed."""
    return turn.ask("rest_or_up", *urgent_first(turn), turn.say("no_exercise_soon"))


def urgent_first(turn: Turn) -> tuple[Line, ...]:
    """The advice to be seen today, with which everything begins after an urgent finding."""
    return (turn.say("seen_today"),) if turn.urgent else ()


def stop_moving(turn: Turn) -> tuple[Line, ...]:
    """Stop moving, one foot down and then the other."""
    return (turn.say("stop_moving"), *feet_down(turn))


def feet_down(turn: Turn) -> tuple[Line, ...]:
    """One foot down and then the other; before that whatever the exercise that was going on needs first."""
    place = turn.person.place
    page = place.pages[place.page] if place else ()
    block = page[min(place.start.block, len(page) - 1)] if place and page else None
    stream = turn.person.stream if turn.streaming else None
    if block is None and stream and stream.exercise in turn.content.numbers.exercises:
        block = Block(stream.exercise, stream.amount)
    form = turn.content.numbers.form(block.exercise, easier=block.easier) if block else None
    cues = turn.cues(block.exercise, easier=block.easier) if block else {}
    steps = form.stop if form else ()
    first = tuple(Line(text=cues[step.cue], kind=step.kind, pause_ms=step.pause_ms) for step in steps)
    return (*first, *turn.move("feet_down"))
