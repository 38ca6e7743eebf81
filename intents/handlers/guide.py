"""Guided exercise: from a wish through the questions to pages, and from page to page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from audio.content import Surface
from audio.page import blocks
from audio.timeline import Line, Mark, lay_out
from intents import plan
from intents.handlers import alarm, comfort, screening
from intents.turn import BEGINNING, Place, Reply, Turn, Wish

SURFACES: dict[str, Surface] = {"floor": "floor", "mat": "floor", "bed": "bed", "sofa": "bed"}
"""A mat counts as the floor; a sofa is as soft as a bed. Chair and standing are neither."""
MAX_DIGITS = 4
"""A count of more digits is not one."""


def start(turn: Turn) -> Reply:
    """StartExerciseIntent: which one, how much, where; then the questions, then the first page."""
    exercise = turn.value("exercise")
    if exercise is None:
        unknown = "exercise" in turn.slots
        return (
            alarm.declined(turn)
            if turn.closed
            else _which(turn, *((turn.say("not_known"),) if unknown else ()))
        )
    surface = turn.value("surface")
    turn = turn.with_dialogue(misses=0, last=None)
    if surface:
        turn = turn.with_dialogue(surface=SURFACES.get(surface))
    if turn.closed:
        return alarm.declined(turn)
    wish = Wish(
        exercise=exercise,
        repetitions=_count(turn.value("count")),
        duration_ms=_duration_ms(turn.value("duration")),
    )
    turn = turn.with_dialogue(wish=wish)
    if turn.dialogue.surface == "bed" and "bed" not in turn.content.numbers.exercises[exercise].surfaces:
        return turn.ask("offer_bed", turn.say("not_on_bed"))
    words = turn.language.exercises[exercise]
    if words.differs and turn.slots["exercise"].heard.lower() in words.differs_from:
        return turn.ask("lift_confirm", Line(text=words.differs))
    return proceed(turn)


def _which(turn: Turn, *lines: Line) -> Reply:
    return turn.ask("which", *lines)


def proceed(turn: Turn, *lines: Line) -> Reply:
    """Go on with the wish: whatever still has to be asked first, else the first page."""
    wish = turn.dialogue.wish
    if turn.closed:
        return alarm.declined(turn)
    if wish is None:
        return turn.ask("launch", *lines)
    exercise = turn.content.numbers.exercises[wish.exercise]
    words = turn.language.exercises[wish.exercise]
    clearance = turn.dialogue.clearance
    if clearance is None:
        return screening.begin(turn, "first", *lines, *_limit_named(turn, wish), turn.say("preface"))
    if not clearance.allows(wish.exercise):
        turn = turn.with_dialogue(wish=None)
        if clearance.small:
            return turn.ask("which_small", *lines, turn.say("only_small"))
        return turn.ask("rest_or_up", *lines, turn.say("not_today"))
    surface = turn.dialogue.surface
    if surface is None:
        return turn.ask("surface", *lines)
    if surface not in exercise.surfaces:
        return turn.ask("offer_bed", *lines, turn.say("not_on_bed"))
    if wish.resumes:
        return _resume_saved(turn, *lines)
    made = plan.make_plan(turn, wish, small=clearance.small)
    if not made.pages:
        enough = turn.say("limit_reached", exercise=words.name)
        return turn.with_dialogue(wish=None).ask("rest_or_up", *lines, enough)
    gate = _open_gate(turn, wish.exercise)
    if gate and not exercise.warm_up:
        return screening.begin(turn, gate, *lines, turn.say(f"{gate}_gate"))
    opening = _opening(turn, wish, made)
    place = Place(exercise=wish.exercise, version=turn.version, pages=made.pages, page=0)
    return speak(turn, place, *lines, *opening)


def speak(turn: Turn, place: Place, *lines: Line) -> Reply:
    """Speak the place's page: position and stop rule where they are due, the guided cues, then the question.

    The place and the dose are in the reply's person, which is saved before the response leaves. Every page
    of guidance comes through here, so here the limits hold: what exceeds this hour's sum is not spoken.
    """
    over = plan.over_limit(turn.person, place, turn.content.numbers, turn.now_ms)
    if over is not None:
        enough = turn.say("limit_reached", exercise=turn.language.exercises[over].name)
        feet = turn.move("feet_down") if turn.guiding else ()
        return turn.with_person(place=None).with_dialogue(wish=None).ask("rest_or_up", *feet, enough)
    opening = lines
    if not turn.dialogue.briefed:
        opening = (*lines, *turn.move("position"), *turn.move("stop_rule"))
    guided = plan.page_lines(turn, place)
    between = place.page + 1 < len(place.pages) and place.pages[place.page][-1].exercise == place.exercise
    rest = (turn.say("breathe", pause_ms=plan.REST_BETWEEN_MS, kind="rest"),) if between else ()
    sent_at_ms = turn.now_ms + lay_out(opening).duration_ms
    person = plan.charge(turn.person, place.pages[place.page], place.start, sent_at_ms)
    turn = turn.with_dialogue(briefed=True, lying=True, round=None, misses=0)
    turn = replace(turn, person=replace(person, place=replace(place, sent_at_ms=sent_at_ms)))
    return turn.ask("page_check", *opening, *guided, *rest)


def answer_safety(turn: Turn, given: screening.Answer | int) -> Reply:
    """An answer to a safety question; a finished round goes on to what was wished for."""
    name = turn.dialogue.round
    result = screening.answer(turn, given)
    if isinstance(result, Reply):
        return result
    if name == "first":
        return proceed(result, result.say("cleared"))
    place = result.person.place
    if name == "rolling" and place:
        return _following(result, place, result.say("next_roll"))
    return proceed(result)


def surface(turn: Turn) -> Reply:
    """SurfaceIntent: floor, bed, or neither."""
    value = turn.value("surface")
    if value is None:
        return turn.ask_again()
    turn = turn.with_dialogue(surface=SURFACES.get(value), misses=0)
    if turn.dialogue.question != "surface":
        return turn.ask_again(turn.say("ready_go"))
    return proceed(turn, turn.say("ready_go")) if turn.dialogue.surface else turn.ask("floor_alone")


def floor_alone(turn: Turn, given: screening.Answer) -> Reply:
    """Whether somebody can get down and up alone; if not, the bed, for what may be done there."""
    if given == "unsure" and not turn.dialogue.rephrased:
        return turn.ask("floor_alone", rephrase=True)
    if given == "yes":
        turn = turn.with_dialogue(surface="floor", lying=True)
        return turn.ask("ready", turn.say("ways_down"), *turn.move("way_down"))
    wish = turn.dialogue.wish
    turn = turn.with_dialogue(surface="bed")
    if wish and "bed" not in turn.content.numbers.exercises[wish.exercise].surfaces:
        return turn.ask("offer_bed", turn.say("not_on_bed"))
    return turn.ask("ready", turn.say("bed_first", pause_ms=10_000))


def ready(turn: Turn) -> Reply:
    """ReadyIntent: lying down, up, or done with what was asked for."""
    match turn.dialogue.question:
        case "ready":
            return proceed(turn, turn.say("ready_go"))
        case "are_you_up":
            return comfort.up(turn)
        case "paused" | "more":
            return resume(turn)
        case _:
            return turn.ask_again()


def offer_bed(turn: Turn, given: screening.Answer) -> Reply:
    """Knee rocking on the bed in place of what needs the floor."""
    if given != "yes":
        return turn.with_dialogue(wish=None).ask("launch")
    wish = Wish(exercise="knee_rocking")
    return proceed(turn.with_dialogue(wish=wish, surface="bed"), turn.say("ready_go"))


def lift_confirm(turn: Turn, given: screening.Answer) -> Reply:
    """After hearing how it differs from the bridge."""
    return proceed(turn) if given == "yes" else turn.with_dialogue(wish=None).ask("launch")


def not_worse(turn: Turn, said: str = "good") -> Reply:
    """Better or the same after a page: the next page, the checks before rolling, or the end."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask("launch")
    turn = turn.with_dialogue(
        warm=turn.dialogue.warm or place.pages[place.page][-1].exercise != place.exercise
    )
    if not plan.is_over(place) and turn.guiding:
        place = replace(place, start=_end_of(place))
    gate = _open_gate(turn, place.exercise)
    if plan.next_page(place) is not None and gate:
        kept = turn.with_dialogue(wish=Wish(exercise=place.exercise)).with_person(place=place)
        return screening.begin(kept, gate, kept.say(f"{gate}_gate"))
    return _following(turn, place, turn.say(said))


def _following(turn: Turn, place: Place, *lines: Line) -> Reply:
    """The next page; or, when there is none, more within the limits, or rest and the way up."""
    following = plan.next_page(place)
    if following is not None:
        is_last = following.page + 1 == len(following.pages)
        rolls = following.exercise != place.pages[place.page][-1].exercise
        said = lines if rolls else (turn.say("part_last" if is_last else "part_next"),)
        return speak(turn, following, *said)
    finished = {**turn.person.finished, place.exercise: turn.now_ms}
    turn = turn.with_person(place=None, finished=finished).with_dialogue(wish=None)
    words = turn.language.exercises[place.exercise]
    exercise = turn.content.numbers.exercises[place.exercise]
    left = plan.allowance(turn.person, place.exercise, exercise, turn.now_ms)
    small = turn.dialogue.clearance is None or turn.dialogue.clearance.small
    if exercise.warm_up or small or left < 1:
        return turn.ask("rest_or_up", *lines, turn.say("enough", exercise=words.name))
    turn = turn.with_dialogue(wish=Wish(exercise=place.exercise))
    return turn.ask("more", turn.say("offer_more", more=words.more))


def more(turn: Turn, *, repeated: bool = False) -> Reply:
    """A further page of the same exercise: a little more than before, within the limits."""
    wish = turn.dialogue.wish
    if wish is None or turn.dialogue.clearance is None or turn.closed:
        return alarm.declined(turn) if turn.closed else turn.ask("launch")
    exercise = turn.content.numbers.exercises[wish.exercise]
    left = plan.allowance(turn.person, wish.exercise, exercise, turn.now_ms)
    if left < 1:
        name = turn.language.exercises[wish.exercise].name
        return turn.ask("rest_or_up", turn.say("limit_reached", exercise=name))
    before = [done.repetitions for done in turn.person.ledger if done.exercise == wish.exercise]
    step = 0 if repeated else exercise.dose.step
    amount = min(left, exercise.dose.page, max(exercise.dose.start, before[-1] + step if before else 0))
    pages = (blocks(wish.exercise, exercise, amount, again=True),)
    place = Place(exercise=wish.exercise, version=turn.version, pages=pages, page=0)
    return speak(turn, place, turn.say("ready_go"))


def resume(turn: Turn) -> Reply:
    """ResumeIntent, "go on": the next thing that is due, by where the conversation stands."""
    question = turn.dialogue.question
    place = turn.person.place
    if turn.closed:
        return alarm.declined(turn)
    if question == "more" or (question == "rest_or_up" and place is None and turn.dialogue.wish):
        return more(turn)
    if turn.guiding and place and plan.is_over(place):
        return not_worse(turn)
    if turn.dialogue.clearance and place:
        return _resume_saved(turn)
    if place and (question in {None, "launch"}):
        turn = turn.with_dialogue(wish=Wish(exercise=place.exercise, resumes=True))
        return proceed(turn)
    if question in {None, "launch"}:
        return turn.ask("launch", turn.say("no_place"))
    if question in {"lift_confirm", "offer_bed"}:
        return offer_bed(turn, "yes") if question == "offer_bed" else lift_confirm(turn, "yes")
    return turn.ask_again()


def _resume_saved(turn: Turn, *lines: Line) -> Reply:
    place = turn.person.place
    wish = turn.dialogue.wish
    if place is None:
        return turn.ask("launch", *lines, turn.say("no_place"))
    if place.version != turn.version or not turn.dialogue.clearance:
        fresh = turn.with_person(place=None).with_dialogue(wish=Wish(exercise=place.exercise))
        return proceed(fresh, *lines, turn.say("changed"))
    if wish and wish.resumes:
        turn = turn.with_dialogue(wish=None)
    if plan.is_over(place):
        return not_worse(turn.with_dialogue(question=None))
    needed = {block.exercise for block in place.pages[place.page]}
    if not all(turn.dialogue.clearance and turn.dialogue.clearance.allows(name) for name in needed):
        return turn.with_person(place=None).ask("which_small", *lines, turn.say("only_small"))
    gate = _open_gate(turn, place.exercise) if place.exercise in needed else None
    if gate:
        kept = turn.with_dialogue(wish=Wish(exercise=place.exercise, resumes=True))
        return screening.begin(kept, gate, *lines, kept.say(f"{gate}_gate"))
    return _again(turn, place, *lines, turn.say("from_place"))


def start_over(turn: Turn) -> Reply:
    """StartOverIntent: the exercise from its first page; the hour's sum goes on counting."""
    place = turn.person.place
    if screening.is_open(turn):
        return turn.ask_again()
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again(turn.say("no_place")) if not turn.closed else alarm.declined(turn)
    return _again(turn, replace(place, page=0, start=BEGINNING), turn.say("ready_go"))


def forward(turn: Turn) -> Reply:
    """NextIntent: the next block or page; the warm-up before rolling cannot be skipped."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None or screening.is_open(turn):
        return turn.ask_again() if not turn.closed else alarm.declined(turn)
    page = place.pages[place.page]
    if place.start.block + 1 < len(page) and not plan.is_over(place):
        return _again(turn, replace(place, start=Mark(place.start.block + 1, 0)), turn.say("ready_go"))
    if not plan.is_over(place) and page[-1].exercise != place.exercise:
        return turn.ask_again(*alarm.stop_moving(turn), turn.say("warm_up_stays"))
    return not_worse(turn)


def back(turn: Turn) -> Reply:
    """PreviousIntent: the block before, or the page before; the hour's sum goes on counting."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None or screening.is_open(turn):
        return turn.ask_again() if not turn.closed else alarm.declined(turn)
    block = min(place.start.block, len(place.pages[place.page]) - 1)
    if block > 0:
        return _again(turn, replace(place, start=Mark(block - 1, 0)), turn.say("ready_go"))
    if place.page == 0:
        return _again(turn, replace(place, start=BEGINNING), turn.say("nothing_before"))
    return _again(turn, replace(place, page=place.page - 1, start=BEGINNING), turn.say("ready_go"))


def repeat_page(turn: Turn) -> Reply:
    """Repeat while guiding: the block that was going on, or the page if it is over."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again()
    whole = plan.is_over(place)
    again = replace(place, start=Mark(0 if whole else place.start.block, 0))
    return _again(turn, again, turn.say("ready_go"))


def pause(turn: Turn) -> Reply:
    """Pause in a page: feet down and rest, as long as wanted; the place is kept."""
    return turn.ask("paused", turn.say("pause"), *turn.move("feet_down"), *turn.move("waiting"))


def _again(turn: Turn, place: Place, *lines: Line) -> Reply:
    """Speak a page that was planned before, unless its content has changed since."""
    if place.version != turn.version:
        return _resume_saved(turn)
    return speak(turn, place, *lines)


def _end_of(place: Place) -> Mark:
    page = place.pages[place.page]
    return Mark(len(page) - 1, page[-1].repetitions)


def _open_gate(turn: Turn, exercise_id: str) -> str | None:
    """The round of questions that this exercise needs and that has not been answered yet."""
    clearance = turn.dialogue.clearance
    gates = turn.content.numbers.exercises[exercise_id].gates
    return next((gate for gate in gates if clearance is None or not clearance.has_passed(gate)), None)


def _opening(turn: Turn, wish: Wish, made: plan.Plan) -> tuple[Line, ...]:
    """How much it will be, in a sentence or two; nothing for a plain first time."""
    words = turn.language.exercises[wish.exercise]
    warm = (turn.say("warm_up"),) if made.pages[0][-1].exercise != wish.exercise else ()
    if made.held_back:
        first_time = wish.exercise not in turn.person.finished
        start_words = words.start_dose[0].upper() + words.start_dose[1:]
        small = (
            turn.say("small_first", start=start_words)
            if first_time
            else turn.say("small_today", start=words.start_dose)
        )
        more_later = (
            () if turn.dialogue.clearance and turn.dialogue.clearance.small else (turn.say("add_more"),)
        )
        return (small, *more_later, *warm)
    if len(made.pages) > 1 and wish.duration_ms and not warm:
        minutes = round(wish.duration_ms / 60_000)
        asked = turn.phrase("minutes", count=_word(turn, minutes).capitalize())
        parts = _word(turn, len(made.pages))
        return (turn.say("parts", asked=asked, exercise=words.name, parts=parts),)
    return warm


def _limit_named(turn: Turn, wish: Wish) -> tuple[Line, ...]:
    """Whoever asks for more than the limit hears the limit before anything else."""
    exercise = turn.content.numbers.exercises[wish.exercise]
    words = turn.language.exercises[wish.exercise]
    over = (wish.repetitions or 0) > exercise.dose.session
    minutes = (wish.duration_ms or 0) // 60_000
    limit_ms = exercise.dose.session * exercise.repetition_ms * max(1, len(exercise.sides))
    if over:
        asked = _word(turn, wish.repetitions or 0).capitalize()
    elif (wish.duration_ms or 0) > limit_ms:
        asked = turn.phrase("minutes", count=_word(turn, minutes).capitalize())
    else:
        return ()
    limit = words.limit[0].upper() + words.limit[1:]
    return (
        turn.say("asked_too_much", asked=asked, limit=limit),
        turn.say("small_today", start=words.start_dose),
    )


_word: Callable[[Turn, int], str] = screening.number_word

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
