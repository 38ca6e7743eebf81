"""From a wish for exercise, through the questions, to its first page."""

from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from audio.content import Surface
from audio.timeline import Line
from intents import plan, progress
from intents.handlers import alarm, comfort, pages, player, routine, screening
from intents.place import is_finished, is_over
from intents.routine import ORDER
from intents.state import Wish
from intents.turn import Reply, Turn

SURFACES: dict[str, Surface] = {"floor": "floor", "mat": "floor", "bed": "bed", "sofa": "bed"}
"""A mat counts as the floor; a sofa is as soft as a bed. Chair and standing are neither."""
LADDER = {"ladder_leg", "ladder_both", "ladder_number"}
"""Questions that sort pain: only an answer leads on from them."""
OFF_THE_FLOOR = {"chair", "sofa", "standing"}
"""Where somebody is who has got up."""
PLACELESS = {None, "launch", "which", "which_left", "which_tip", "go_on_there"}
"""Open questions to which "go on" can only mean an exercise that was left."""
MAX_DIGITS = 4
"""A count of more digits is not one."""
SECONDS_BELOW = 120
"""A shorter time is spoken in seconds, unless it is a minute."""


def start(turn: Turn) -> Reply:
    """StartExerciseIntent: which one, how much, where; then the questions, then the first page."""
    exercise, surface = turn.value("exercise"), turn.value("surface")
    if surface:
        turn = turn.with_dialogue(surface=SURFACES.get(surface))
    elif turn.dialogue.question == "are_you_up":  # who was getting up may be anywhere by now
        turn = turn.with_dialogue(surface=None)
    if exercise is None:
        unknown = (turn.say("not_known"),) if "exercise" in turn.slots else ()
        return alarm.declined(turn) if turn.closed else turn.ask("which", *unknown)
    if turn.dialogue.question == "are_you_up":
        turn = turn.with_dialogue(briefed=False)
    turn = turn.with_dialogue(misses=0, last=None)
    if turn.closed:
        return alarm.declined(turn)
    wish = Wish(
        exercise=exercise,
        repetitions=_count(turn.value("count")),
        duration_ms=_duration_ms(turn.value("duration")),
    )
    limit = _limit_named(turn, wish)
    turn = turn.with_dialogue(wish=wish)
    if screening.is_open(turn):
        return turn.ask_again(*limit, turn.say("ready_go"))
    if turn.dialogue.surface == "bed" and "bed" not in turn.content.numbers.exercises[exercise].surfaces:
        return turn.ask("offer_bed", turn.say("not_on_bed"))
    words = turn.language.exercises[exercise]
    if words.differs and turn.slots["exercise"].heard.lower() in words.differs_from:
        return turn.ask("lift_confirm", Line(text=words.differs))
    return proceed(turn, *limit)


def start_routine(turn: Turn) -> Reply:
    """StartRoutineIntent: the whole sequence, fitted to the time that was asked for."""
    turn = turn.with_dialogue(misses=0, last=None)
    if turn.closed:
        return alarm.declined(turn)
    duration_ms = _duration_ms(turn.value("duration"))
    wish = Wish(exercise=ORDER[0], duration_ms=duration_ms, routine=True)
    turn = turn.with_dialogue(wish=wish)
    return turn.ask_again(turn.say("ready_go")) if screening.is_open(turn) else proceed(turn)


def proceed(turn: Turn, *lines: Line) -> Reply:
    """Go on with the wish: whatever still has to be asked first, else the first page."""
    wish = turn.dialogue.wish
    if wish is None or turn.closed:
        return alarm.declined(turn) if turn.closed else turn.ask("launch", *lines)
    exercise = turn.content.numbers.exercises[wish.exercise]
    clearance = turn.dialogue.clearance
    if turn.waits_for:
        return turn.ask(turn.waits_for, *lines)
    if clearance is None:
        return screening.begin(turn, screening.first_round(turn), *lines)
    if _needs_gates(turn):
        return screening.begin(turn, "gates", *lines)
    if clearance.form(wish.exercise) == "no" and not wish.routine:
        return pages.not_today(turn, *lines)
    surface = turn.dialogue.surface
    if surface is None:
        return turn.ask("surface", *lines)
    if wish.routine and not wish.resumes:
        return routine.begin(turn, wish, *lines)
    if surface not in exercise.surfaces and not wish.routine:
        return turn.ask("offer_bed", *lines, turn.say("not_on_bed"))
    if not wish.resumes:
        return _first_page(turn, wish, *lines)
    if turn.person.place is None and turn.person.stream is not None:
        instead = Wish(exercise=wish.exercise, routine=wish.routine)
        return player.go_on(turn, *lines) or proceed(turn.with_dialogue(wish=instead), *lines)
    return pages.resume_saved(turn, *lines)


def _first_page(turn: Turn, wish: Wish, *lines: Line) -> Reply:
    """What comes right before an exercise, if anything is due, else its first page."""
    made = plan.make_plan(turn, wish)
    if not made.pages:
        return pages.enough_for_now(turn, wish.exercise, *lines)
    gate = pages.open_gate(turn, wish.exercise)
    if gate and not turn.content.numbers.exercises[wish.exercise].warm_up:
        return screening.begin(turn, gate, *lines)
    step = _step_to_offer(turn, wish)
    if step:
        more = turn.language.exercises[wish.exercise].more
        said = turn.say("step_up_why", more=more) if step > 0 else turn.say("step_back_why")
        return turn.ask("step_up" if step > 0 else "step_back", *lines, said)
    turn, excuse = player.excuse(turn, wish.exercise)
    opening = _opening(turn, wish, made)
    turn = progress.begun(turn.with_dialogue(offered=False), wish.exercise)
    named = _amount_named(turn, wish) if made.held_back else ()
    played = player.begin(turn, wish, _repetitions(made, wish.exercise), *lines, *excuse, *named)
    if played:
        return played
    lines = (*lines, *excuse)
    return pages.speak(turn, pages.new_place(turn, wish.exercise, made.pages), *lines, *opening)


def _repetitions(made: plan.Plan, exercise_id: str) -> int:
    """How many repetitions a side are planned of an exercise, in all of its pages."""
    blocks = [block for page in made.pages for block in page if block.exercise == exercise_id]
    return sum(block.repetitions for block in blocks if block.side == blocks[0].side)


def _needs_gates(turn: Turn) -> bool:
    """Whether what is wished for was left out by the short round, and two more questions may clear it."""
    wish, clearance = turn.dialogue.wish, turn.dialogue.clearance
    if wish is None or clearance is None:
        return False
    if not clearance.has_passed("returning") or clearance.has_passed("gates"):
        return False
    small = turn.content.screening.pain.small
    return any(
        clearance.form(name) == "no"
        and turn.dialogue.left.limits.get(name) != "no"
        and (not clearance.small or name in small)
        for name in (ORDER if wish.routine else (wish.exercise,))
    )


def answer_safety(turn: Turn, given: screening.Answer | int) -> Reply:
    """An answer to a safety question; a finished round goes on to what was wished for."""
    result = screening.answer(turn, given)
    if isinstance(result, Reply):
        return result
    return _after_round(result)


def _after_round(done: screening.Done) -> Reply:
    """What was wished for, now that the questions are answered; after a check on its own the menu."""
    turn, lines = done.turn, done.lines
    if turn.closed:
        return alarm.declined(turn)
    if turn.content.screening.rounds[done.name].clears != "gate":
        found = turn.dialogue.left.level != "none"
        if not _needs_gates(turn):
            lines = (*lines, turn.say("check_soon" if found else "cleared"))
        return proceed(turn, *lines) if turn.dialogue.wish else turn.ask("launch", *lines)
    place, wish = turn.person.place, turn.dialogue.wish
    if place and wish and not wish.routine and place.exercise == wish.exercise and is_over(place):
        clearance = turn.dialogue.clearance
        if place.routine:
            return pages.following(turn, place, *lines)
        if clearance and not clearance.covers(wish.exercise, easier=True):
            return pages.not_today(turn, *lines)
        return pages.following(turn, place, *lines, *_amount_named(turn, wish))
    return proceed(turn, *lines)


def check(turn: Turn) -> Reply:
    """SafetyCheckIntent: everything that is worth asking, then what it comes to."""
    if screening.is_open(turn) and turn.dialogue.round == "full":
        return turn.ask_again()
    stop = alarm.stop_moving(turn) if turn.guiding else ()
    return screening.begin(turn, "full", *stop)


def surface(turn: Turn) -> Reply:
    """SurfaceIntent: floor, bed, or neither."""
    value = turn.value("surface")
    if value is None:
        return turn.ask_again()
    if turn.dialogue.question == "are_you_up" and value in OFF_THE_FLOOR:
        return comfort.up(turn)
    return _lies_on(turn.with_dialogue(surface=SURFACES.get(value), misses=0))


def upright(turn: Turn) -> Reply:
    """Standing or sitting, said where we asked for floor or bed."""
    return _lies_on(turn.with_dialogue(surface=None, misses=0))


def _lies_on(turn: Turn) -> Reply:
    if turn.dialogue.question == "offer_bed" and turn.dialogue.surface == "floor":
        return proceed(turn, turn.say("ready_go"))
    if turn.dialogue.question != "surface":
        on_floor = turn.dialogue.surface == "floor" and turn.dialogue.question in PLACELESS
        return turn.ask_again(turn.say("help_more") if on_floor else turn.say("ready_go"))
    return proceed(turn, turn.say("ready_go")) if turn.dialogue.surface else turn.ask("floor_alone")


def floor_alone(turn: Turn, given: screening.Answer) -> Reply:
    """Whether somebody can get down and up alone; if not, the bed, for what may be done there."""
    if given == "unsure" and not turn.dialogue.rephrased:
        return turn.ask("floor_alone", rephrase=True)
    if given == "yes":
        turn = turn.with_dialogue(surface="floor", lying=True)
        return turn.ask("ready", turn.say("ways_down"), *turn.move("way_down"))
    wish = turn.dialogue.wish
    if wish and "bed" not in turn.content.numbers.exercises[wish.exercise].surfaces:
        return turn.ask("offer_bed", turn.say("not_on_bed"))
    return turn.with_dialogue(surface="bed").ask("ready", turn.say("bed_first", pause_ms=10_000))


def ready(turn: Turn) -> Reply:
    """ReadyIntent: lying down, up, or done with what was asked for."""
    match turn.dialogue.question:
        case "ready":
            return proceed(turn.with_dialogue(lying=True), turn.say("ready_go"))
        case "are_you_up":
            return comfort.up(turn)
        case "paused":
            return resume(turn)
        case "rest_or_up" | "rest_longer":
            return comfort.farewell(turn)
        case "page_check" | "more":
            return turn.with_person(place=None).with_dialogue(wish=None).ask("rest_or_up")
        case _:
            return turn.ask_again()


def offer_bed(turn: Turn, given: screening.Answer) -> Reply:
    """Knee rocking on the bed in place of what needs the floor."""
    if given != "yes":
        return turn.with_dialogue(wish=None).ask("launch")
    is_there = turn.dialogue.surface == "bed"
    turn = turn.with_dialogue(wish=Wish(exercise="knee_rocking"), surface="bed")
    if is_there or turn.dialogue.clearance is None:
        return proceed(turn, turn.say("ready_go"))
    return turn.ask("ready", turn.say("use_bed", pause_ms=10_000))


def lift_confirm(turn: Turn, given: screening.Answer) -> Reply:
    """After hearing how it differs from the bridge."""
    return proceed(turn) if given == "yes" else turn.with_dialogue(wish=None).ask("launch")


def resume(turn: Turn) -> Reply:
    """ResumeIntent, "go on": the next thing that is due, by where the conversation stands."""
    question = turn.dialogue.question
    place = turn.person.place
    if question == "are_you_up":
        return comfort.get_up(turn)
    if screening.is_open(turn) or question in LADDER:
        return turn.ask_again()
    if turn.closed:
        return alarm.declined(turn)
    match question:
        case "more":
            return pages.more(turn)
        case "ready":
            return ready(turn)
        case "offer_bed":
            return offer_bed(turn, "yes")
        case "lift_confirm":
            return lift_confirm(turn, "yes")
        case "page_check" if not turn.mid_page:
            return pages.not_worse(turn)
    if place is not None and turn.dialogue.clearance:
        return pages.resume_saved(turn)
    if place is None or is_finished(place):
        return _resume_stream(turn) or _nowhere(turn)
    return proceed(turn.with_dialogue(wish=Wish(exercise=place.exercise, resumes=True)))


def _nowhere(turn: Turn) -> Reply:
    """There is nothing to go on with."""
    if turn.dialogue.question == "paused":
        return turn.ask("rest_or_up")
    known = turn.dialogue.question in PLACELESS
    return turn.ask_again(turn.say("no_place")) if known else turn.ask_again()


def _resume_stream(turn: Turn) -> Reply | None:
    """On with what was played straight through: at once while it is cleared, else after the questions."""
    stream = turn.person.stream
    if stream is None or stream.over or turn.dialogue.question not in PLACELESS:
        return None
    if turn.waits_for:
        return turn.ask_again()
    by_parts = turn.dialogue.by_parts or stream.failed
    played = None if by_parts else player.resume(turn)
    wish = Wish(exercise=stream.exercise, resumes=True, routine=bool(stream.parts))
    return played or proceed(turn.with_dialogue(wish=wish))


def start_over(turn: Turn) -> Reply:
    """StartOverIntent: the exercise from its first page; one left on another day, from the questions on."""
    place = turn.person.place
    if place is not None and turn.dialogue.question == "go_on_there":
        return proceed(turn.with_dialogue(wish=Wish(exercise=place.exercise)))
    return pages.start_over(turn)


def _step_to_offer(turn: Turn, wish: Wish) -> int:
    """A step up or back to offer before this wish: never where an amount was asked for, or on a small day."""
    asked = wish.repetitions is not None or wish.duration_ms is not None
    if asked or turn.dialogue.offered or plan.small(turn) or plan.is_easier(turn, wish.exercise):
        return 0
    return progress.offered_step(turn, wish.exercise)


def answer_step(turn: Turn, given: screening.Answer) -> Reply:
    """Yes takes the offered step; no, or not sure, keeps everything as it is."""
    wish = turn.dialogue.wish
    if wish is None:
        return turn.ask("launch")
    step = progress.offered_step(turn, wish.exercise) if given == "yes" else 0
    turn = progress.answered(turn, wish.exercise, step=step).with_dialogue(offered=True)
    return proceed(turn, turn.say("ready_go"))


def _opening(turn: Turn, wish: Wish, made: plan.Plan) -> tuple[Line, ...]:
    """How much it will be, where more was asked for than we begin with, or it comes in parts."""
    words = turn.language.exercises[wish.exercise]
    if made.pages[0][-1].exercise != wish.exercise:
        return (turn.say("warm_up"),)
    if made.held_back:
        stays_small = turn.dialogue.clearance is not None and turn.dialogue.clearance.small
        return (*_amount_named(turn, wish), *(() if stays_small else (turn.say("add_more"),)))
    if len(made.pages) > 1 and wish.duration_ms:
        parts = turn.number(len(made.pages))
        if made.shortened:
            return (turn.say("parts_left", parts=parts),)
        if made.capped:
            return (turn.say("parts_limit", limit=_capitalised(words.limit), parts=parts),)
        asked = _capitalised(_asked(turn, wish))
        return (turn.say("parts", asked=asked, exercise=words.name, parts=parts),)
    return ()


def _amount_named(turn: Turn, wish: Wish) -> tuple[Line, ...]:
    """What was asked for, where it is more than we begin with, and the dose with which we begin."""
    exercise = turn.content.numbers.exercises[wish.exercise]
    a_repetition_ms = exercise.repetition_ms * max(1, len(exercise.sides))
    asked_ms = wish.duration_ms or (wish.repetitions or 0) * a_repetition_ms
    grown = wish.exercise in turn.person.finished
    if asked_ms <= exercise.dose.start * a_repetition_ms or (grown and exercise.warm_up):
        return ()
    start_dose = _capitalised(turn.language.exercises[wish.exercise].start_dose)
    key = "small_today" if grown else "small_first"
    return (turn.say(key, asked=_asked(turn, wish), start=start_dose),)


def _limit_named(turn: Turn, wish: Wish) -> tuple[Line, ...]:
    """Whoever asks for more than the limit hears the limit before anything else."""
    if not plan.is_over_largest(turn.content.numbers.exercises[wish.exercise], wish):
        return ()
    limit = turn.language.exercises[wish.exercise].limit
    return (turn.say("asked_too_much", asked=_capitalised(_asked(turn, wish)), limit=limit),)


def _asked(turn: Turn, wish: Wish) -> str:
    """The asked amount in words: "five minutes", "thirty seconds", "ten"."""
    if wish.duration_ms is None:
        return turn.number(wish.repetitions or 0)
    seconds, minutes = round(wish.duration_ms / 1000), round(wish.duration_ms / 60_000)
    if seconds < SECONDS_BELOW and seconds != 60 * minutes:
        return turn.phrase("seconds", count=turn.number(seconds))
    return turn.phrase("minute") if minutes == 1 else turn.phrase("minutes", count=turn.number(minutes))


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


_DURATION = TypeAdapter(timedelta)


def _duration_ms(value: str | None) -> int | None:
    """An ISO 8601 duration, as Alexa sends it, in milliseconds; None for anything else."""
    if value is None:
        return None
    try:
        asked = _DURATION.validate_python(value)
    except ValidationError:
        return None
    return max(0, round(asked.total_seconds() * 1000)) or None


def _count(value: str | None) -> int | None:
    """A count as Alexa sends it, in digits; None for anything else."""
    return int(value) if value and value.isdecimal() and len(value) <= MAX_DIGITS and int(value) > 0 else None
