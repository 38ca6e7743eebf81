"""What an answer or a report leads to: the emergency response, advice for today or for days, or nothing."""

from audio.timeline import Line
from intents.turn import Card, Reply, Turn

PAUSE_MS = 1000


def outcome(turn: Turn, advice_id: str) -> Reply:
    """Act on an outcome of screening.toml. Guidance stops first, and an emergency is answered at once.

    Emergency: one closed response, nothing asked. Anything that closes guidance: the advice, then help with
    resting or getting up. Else: the advice, then the open question again.
    """
    advice = turn.content.screening.advice[advice_id]
    if advice.level == "emergency":
        return emergency(turn, advice_id)
    stop = stop_moving(turn) if turn.guiding else ()
    said = Line(text=turn.fill(turn.language.advice[advice_id].say or ""))
    triage = advice.level if advice.level != "none" else None
    if advice.closes_guidance:
        shut = shut_guidance(turn, urgent=advice.level == "urgent")
        until = (shut.say(f"no_exercise_{advice.level}"),) if triage else ()
        return shut.ask("rest_or_up", *stop, said, *until, triage=triage)
    if stop:
        return turn.ask("paused", *stop, said, triage=triage)
    return turn.ask_again(said, triage=triage)


def emergency(turn: Turn, advice_id: str) -> Reply:
    """Stop; the number in the first two sentences and again at the end; closed, nothing asked.

    On card and screen the number stands in digits.
    """
    still = turn.content.screening.advice[advice_id].still
    words = turn.language.advice[advice_id]
    because = words.because or ""
    also = (Line(text=turn.fill(words.also)),) if words.also else ()
    known = turn.country is not turn.language.countries["unknown"]
    active = turn.dialogue.clearance is not None
    before = (turn.say("alarm_still" if still else "alarm_stop"),) if active or still else ()
    elsewhere = (turn.say("alarm_elsewhere"),) if known and turn.country_is_guess else ()
    lines = (
        *before,
        turn.say("alarm_call", because=because),
        *(() if known else (turn.say("alarm_mobile"),)),
        turn.say("alarm_wait", pause_ms=PAUSE_MS),
        turn.say("alarm_alone"),
        turn.say("alarm_position_still" if still else "alarm_position"),
        turn.say("alarm_over"),
        *also,
        *elsewhere,
        turn.say("alarm_again" if known else "alarm_again_unknown"),
    )
    card = Card(title=turn.phrase("alarm_card_title"), text=turn.phrase("alarm_card_text"))
    return shut_guidance(turn, urgent=True).close(*lines, triage="emergency", card=card)


def shut_guidance(turn: Turn, *, urgent: bool) -> Turn:
    """Close guidance for the rest of the session; a level that was reached is never lowered."""
    urgent = urgent or turn.dialogue.closed == "urgent"
    shut = turn.with_dialogue(clearance=None, closed="urgent" if urgent else "other", wish=None, round=None)
    return shut.with_person(place=None)


def declined(turn: Turn) -> Reply:
    """The answer to a wish for exercise once guidance is closed."""
    return turn.ask("rest_or_up", *urgent_first(turn), turn.say("no_exercise_soon"))


def urgent_first(turn: Turn) -> tuple[Line, ...]:
    """The advice to be seen today, with which everything begins after an urgent finding."""
    return (turn.say("seen_today"),) if turn.dialogue.closed == "urgent" else ()


def stop_moving(turn: Turn) -> tuple[Line, ...]:
    """Stop moving, one foot down and then the other."""
    return (turn.say("stop_moving"), *feet_down(turn))


def feet_down(turn: Turn) -> tuple[Line, ...]:
    """One foot down and then the other; before that whatever the exercise that was going on needs first."""
    place = turn.person.place
    page = place.pages[place.page] if place else ()
    name = page[min(place.start.block, len(page) - 1)].exercise if place and page else None
    steps = turn.content.numbers.exercises[name].stop if name else ()
    words = turn.language.exercises[name].cues if name else {}
    first = tuple(Line(text=words[step.cue], kind=step.kind, pause_ms=step.pause_ms) for step in steps)
    return (*first, *turn.move("feet_down"))
