"""Pages of guidance: speaking one, and going from one to the next, back, or on after a break."""

from dataclasses import replace

from audio.page import blocks
from audio.timeline import Line, Mark, lay_out
from intents import plan
from intents.handlers import alarm, screening
from intents.turn import BEGINNING, Place, Reply, Turn, Wish


def speak(turn: Turn, place: Place, *lines: Line) -> Reply:
    """Speak the place's page: position and stop rule where they are due, the guided cues, then the question.

    The place and the dose are in the reply's person, which is saved before the response leaves. Every page
    of guidance comes through here, so here the limits hold: what exceeds this hour's sum is not spoken. A
    page whose content has changed since it was planned is planned anew.
    """
    if place.version != turn.version:
        made = plan.make_plan(turn, Wish(exercise=place.exercise), small=False)
        place = Place(exercise=place.exercise, version=turn.version, pages=made.pages, page=0)
        lines = (turn.say("changed"),)
    if not place.pages:
        return _enough_for_now(turn, place.exercise)
    over = plan.over_limit(turn.person, place, turn.content.numbers, turn.now_ms)
    if over is not None:
        return _enough_for_now(turn, over)
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


def _enough_for_now(turn: Turn, exercise: str) -> Reply:
    """This hour's sum is used up: both feet down, and rest or the way up."""
    feet = turn.move("feet_down") if turn.guiding else ()
    enough = turn.say("limit_reached", exercise=turn.language.exercises[exercise].name)
    return turn.with_person(place=None).with_dialogue(wish=None).ask("rest_or_up", *feet, enough)


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
    gate = open_gate(turn, place.exercise)
    if plan.next_page(place) is not None and gate:
        kept = turn.with_dialogue(wish=Wish(exercise=place.exercise)).with_person(place=place)
        return screening.begin(kept, gate, kept.say(f"{gate}_gate"))
    return following(turn, place, turn.say(said))


def following(turn: Turn, place: Place, *lines: Line) -> Reply:
    """The next page; or, when there is none, more within the limits, or rest and the way up."""
    coming = plan.next_page(place)
    if coming is not None:
        is_last = coming.page + 1 == len(coming.pages)
        rolls = coming.exercise != place.pages[place.page][-1].exercise
        said = lines if rolls else (turn.say("part_last" if is_last else "part_next"),)
        return speak(turn, coming, *said)
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
        return _enough_for_now(turn, wish.exercise)
    before = [done.repetitions for done in turn.person.ledger if done.exercise == wish.exercise]
    step = 0 if repeated else exercise.dose.step
    amount = min(left, exercise.dose.page, max(exercise.dose.start, before[-1] + step if before else 0))
    pages = (blocks(wish.exercise, exercise, amount, again=True),)
    place = Place(exercise=wish.exercise, version=turn.version, pages=pages, page=0)
    return speak(turn, place, turn.say("ready_go"))


def resume_saved(turn: Turn, *lines: Line) -> Reply:
    """Go on from the saved place: its page from the checkpoint, or what follows if the page was over."""
    place, clearance = turn.person.place, turn.dialogue.clearance
    if place is None or clearance is None:
        return turn.ask("launch", *lines, turn.say("no_place"))
    turn = turn.with_dialogue(wish=None)
    if place.version == turn.version and plan.is_over(place):
        return not_worse(turn.with_dialogue(question=None))
    needed = {block.exercise for block in place.pages[place.page]}
    if not all(clearance.allows(name) for name in needed | {place.exercise}):
        return turn.with_person(place=None).ask("which_small", *lines, turn.say("only_small"))
    gate = open_gate(turn, place.exercise) if place.exercise in needed else None
    if gate:
        kept = turn.with_dialogue(wish=Wish(exercise=place.exercise, resumes=True))
        return screening.begin(kept, gate, *lines, kept.say(f"{gate}_gate"))
    return speak(turn, place, *lines, turn.say("from_place"))


def start_over(turn: Turn) -> Reply:
    """StartOverIntent: the exercise from its first page; the hour's sum goes on counting."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again(turn.say("no_place")) if not turn.closed else alarm.declined(turn)
    return speak(turn, replace(place, page=0, start=BEGINNING), turn.say("ready_go"))


def forward(turn: Turn) -> Reply:
    """NextIntent: the next block or page; the warm-up before rolling cannot be skipped."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again() if not turn.closed else alarm.declined(turn)
    page = place.pages[place.page]
    if place.start.block + 1 < len(page) and not plan.is_over(place):
        return speak(turn, replace(place, start=Mark(place.start.block + 1, 0)), turn.say("ready_go"))
    if not plan.is_over(place) and page[-1].exercise != place.exercise:
        return turn.ask_again(*alarm.stop_moving(turn), turn.say("warm_up_stays"))
    return not_worse(turn)


def back(turn: Turn) -> Reply:
    """PreviousIntent: the block before, or the page before; the hour's sum goes on counting."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again() if not turn.closed else alarm.declined(turn)
    block = min(place.start.block, len(place.pages[place.page]) - 1)
    if block > 0:
        return speak(turn, replace(place, start=Mark(block - 1, 0)), turn.say("ready_go"))
    if place.page == 0:
        return speak(turn, replace(place, start=BEGINNING), turn.say("nothing_before"))
    return speak(turn, replace(place, page=place.page - 1, start=BEGINNING), turn.say("ready_go"))


def repeat_page(turn: Turn) -> Reply:
    """Repeat while guiding: the block that was going on, or the page if it is over."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again()
    whole = plan.is_over(place)
    again = replace(place, start=Mark(0 if whole else place.start.block, 0))
    return speak(turn, again, turn.say("ready_go"))


def pause(turn: Turn) -> Reply:
    """Pause in a page: feet down and rest, as long as wanted; the place is kept."""
    return turn.ask("paused", turn.say("pause"), *turn.move("feet_down"), *turn.move("waiting"))


def _end_of(place: Place) -> Mark:
    page = place.pages[place.page]
    return Mark(len(page) - 1, page[-1].repetitions)


def open_gate(turn: Turn, exercise_id: str) -> str | None:
    """The round of questions that this exercise needs and that has not been answered yet."""
    clearance = turn.dialogue.clearance
    gates = turn.content.numbers.exercises[exercise_id].gates
    return next((gate for gate in gates if clearance is None or not clearance.has_passed(gate)), None)
