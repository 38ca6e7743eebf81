"""Pages of guidance: speaking one, and going from one to the next, back, or on after a break."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from audio.page import Counting, Page, blocks
from audio.timeline import Line, Mark, lay_out
from intents import plan, progress
from intents.handlers import alarm, screening
from intents.place import at_page, end_of, is_over, next_page, send, warms_up_for
from intents.state import BEGINNING, Place, Wish, easier_key
from intents.turn import Reply, Turn


def new_place(turn: Turn, exercise: str, pages: tuple[Page, ...]) -> Place:
    """The beginning of these pages, at this person's pace."""
    return Place(
        exercise=exercise,
        version=turn.version,
        pages=pages,
        page=0,
        pace_percent=turn.person.pace_percent,
        counting=counting_of(turn),
    )


COUNTING: Final[Mapping[str, Counting]] = {"loud_count": "all", "silent": "none"}


def counting_of(turn: Turn) -> Counting:
    """Which repetitions this person likes to be counted."""
    return COUNTING.get(turn.person.preferences.get("holds", ""), "first")


def speak(turn: Turn, place: Place, *lines: Line) -> Reply:
    """Speak the place's page: position and stop rule where they are due, the guided cues, then the question.

    Every page of guidance comes through here, so here the rules hold: pain that was reported is sorted first,
    the surface fits, and what exceeds this hour's sum is not spoken. A page whose content has changed since
    it was planned is planned anew. The place and the dose are in the reply's person, which is saved before
    the response leaves.
    """
    if turn.waits_for:
        return turn.ask(turn.waits_for)
    if place.version != turn.version:
        made = plan.make_plan(turn, Wish(exercise=place.exercise))
        place = new_place(turn, place.exercise, made.pages)
        lines = (turn.say("changed"),)
    if not place.pages:
        return enough_for_now(turn, place.exercise)
    page = place.pages[place.page]
    clearance = turn.dialogue.clearance
    if clearance and not all(clearance.covers(block.exercise, easier=block.easier) for block in page):
        return _in_easier_form(turn, place, *lines)
    names = {block.exercise for block in page}
    if not all(turn.is_warm_for(name) for name in names):
        place = replace(place, pages=plan.make_plan(turn, Wish(exercise=place.exercise)).pages, page=0)
        return speak(turn, replace(place, start=BEGINNING), turn.say("warm_up"))
    for gate in filter(None, (open_gate(turn, name) for name in names)):
        kept = turn.with_dialogue(wish=Wish(exercise=place.exercise, resumes=True)).with_person(place=place)
        return screening.begin(kept, gate)
    surface = turn.dialogue.surface
    if surface is None or any(
        surface not in turn.content.numbers.exercises[block.exercise].surfaces for block in page
    ):
        return _elsewhere(turn, place)
    fitted = plan.fitted(turn, place)
    if fitted is None:
        return enough_for_now(turn, plan.spent(turn, place) or place.exercise)
    place, page = fitted, fitted.pages[fitted.page]
    briefing = () if turn.dialogue.briefed else (*turn.move("position"), *turn.move("stop_rule"))
    opening = (*lines, *briefing)
    guided = plan.page_lines(turn, place)
    between = next_page(place) is not None and (place.routine or page[-1].exercise == place.exercise)
    rest = (turn.say("breathe", pause_ms=plan.REST_BETWEEN_MS, kind="rest"),) if between else ()
    turn = turn.with_dialogue(briefed=True, lying=True, round=None, misses=0, page_ms=turn.now_ms)
    sent = send(turn, place, lay_out(opening).duration_ms)
    return sent.ask("page_check", *opening, *guided, *rest)


def _elsewhere(turn: Turn, place: Place) -> Reply:
    """The surface is not known, or does not fit what comes: ask, or offer what may be done on a bed."""
    if turn.dialogue.surface is None:
        wish = Wish(exercise=place.exercise, resumes=True)
        return turn.with_dialogue(wish=wish).with_person(place=place).ask("surface")
    wish = Wish(exercise=place.exercise)
    return turn.with_dialogue(wish=wish).with_person(place=None).ask("offer_bed", turn.say("not_on_bed"))


def _in_easier_form(turn: Turn, place: Place, *lines: Line) -> Reply:
    """A page that is not covered as it was planned: anew in its easier form, if that one is left."""
    if not plan.is_easier(turn, place.exercise) or any(block.easier for block in place.pages[place.page]):
        return not_today(turn, *lines)
    pages = plan.make_plan(turn, Wish(exercise=place.exercise)).pages
    return speak(turn, new_place(turn, place.exercise, pages), *lines, turn.say("easier_form"))


def not_today(turn: Turn, *lines: Line) -> Reply:
    """What was wanted is left out today: what there is instead."""
    clearance = turn.dialogue.clearance
    left_out = turn.with_person(place=None).with_dialogue(wish=None)
    why = turn.say("only_small" if clearance and clearance.small else "not_today")
    return left_out.ask("which_left", *lines, why)


def enough_for_now(turn: Turn, exercise: str, *lines: Line) -> Reply:
    """This hour's sum is used up: rest or the way up."""
    enough = turn.say("limit_reached", exercise=turn.language.exercises[exercise].name)
    done = turn.with_person(place=None).with_dialogue(wish=None)
    return done.ask("rest_or_up", *lines, enough)


def not_worse(turn: Turn, said: str = "good") -> Reply:
    """Better or the same: the rest of a page that was interrupted, the next one, or the end.

    Before rolling come its checks; the warm-up before it counts only once it has been heard to its end.
    """
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask("launch")
    if turn.mid_page:
        return speak(turn, place, turn.say(said), turn.say("from_place"))
    done = {block.exercise for block in place.pages[place.page]}
    heard = turn.guiding and (is_over(place) or place.unclocked)
    if heard and warms_up_for(place, turn.content.numbers) - done:
        turn = turn.with_dialogue(warmed=tuple(sorted(done.union(turn.dialogue.warmed))))
    place = replace(place, start=end_of(place))
    turn = turn.with_person(place=place)
    coming = next_page(place)
    gate = open_gate(turn, coming.exercise) if coming else None
    if coming is not None and gate:
        wish = turn.dialogue.wish or Wish(exercise=coming.exercise)
        return screening.begin(turn.with_dialogue(wish=replace(wish, exercise=place.exercise)), gate)
    return following(turn, place, turn.say(said))


def following(turn: Turn, place: Place, *lines: Line) -> Reply:
    """The next page; or, when there is none, more within the limits, or rest and the way up."""
    coming = next_page(place)
    if coming is not None and coming.routine:
        return _next_step(turn, place, coming, *lines)
    if coming is not None:
        if coming.exercise != place.pages[place.page][-1].exercise:
            return speak(turn, coming, *lines, _rolls(turn, coming))
        is_last = next_page(coming) is None
        return speak(turn, coming, turn.say("part_last" if is_last else "part_next"))
    turn = _finished(turn, place).with_person(place=None).with_dialogue(wish=None)
    if place.routine:
        return turn.ask("rest_or_up", *lines, turn.say("routine_done"))
    words = turn.language.exercises[place.exercise]
    if turn.content.numbers.exercises[place.exercise].warm_up or plan.allowance(turn, place.exercise) < 1:
        return turn.ask("rest_or_up", *lines, turn.say("enough", exercise=words.name))
    turn = turn.with_dialogue(wish=Wish(exercise=place.exercise))
    return turn.ask("more", turn.say("offer_more", more=words.more))


def _finished(turn: Turn, place: Place) -> Turn:
    """Enter the page's exercise as finished, if nothing of it was skipped or made easier."""
    is_easier = place.pages[place.page][-1].easier
    key = easier_key(place.exercise) if is_easier else place.exercise
    if not place.whole:
        return turn
    done = turn.with_person(finished={**turn.person.finished, key: turn.now_ms})
    return done if is_easier else progress.finished(done, place.exercise)


def _next_step(turn: Turn, place: Place, coming: Place, *lines: Line) -> Reply:
    """The next page of the routine; a step that is left out today is passed over, and said."""
    clearance = turn.dialogue.clearance
    while coming is not None:
        if coming.exercise != place.exercise:
            turn = _finished(turn, place)
            coming = replace(coming, whole=True)
        covered = clearance and all(
            clearance.covers(block.exercise, easier=block.easier) for block in coming.pages[coming.page]
        )
        if covered and plan.allowance(turn, coming.exercise, coming.pace_percent) >= 1:
            break
        name = turn.language.exercises[coming.exercise].name
        lines = (*lines, turn.say("step_left_out", exercise=name))
        place = replace(coming, whole=False)
        following_page = next_page(coming)
        if following_page is None:
            done = turn.with_person(place=None).with_dialogue(wish=None)
            return done.ask("rest_or_up", *lines, turn.say("routine_done"))
        coming = following_page
    if coming.exercise == place.exercise:
        return speak(turn, coming, turn.say("part_next"))
    name = turn.language.exercises[coming.exercise].name
    if turn.content.numbers.exercises[coming.exercise].warm_up:
        return speak(turn, coming, *lines, _rolls(turn, coming))
    return speak(turn, coming, *lines, turn.say("next_step", exercise=name))


def _rolls(turn: Turn, coming: Place) -> Line:
    """How many and how long, right before the page after a warm-up."""
    block = coming.pages[coming.page][0]
    exercise = turn.content.numbers.exercises[block.exercise]
    seconds = block.repetitions * exercise.repetition_ms // 1000
    rolls = turn.number(block.repetitions).capitalize()
    return turn.say("next_roll", rolls=rolls, seconds=turn.phrase("seconds", count=turn.number(seconds)))


def more(turn: Turn, *, repeated: bool = False) -> Reply:
    """A further page of the same exercise: a little more than before, within the limits."""
    wish = turn.dialogue.wish
    if turn.closed:
        return alarm.declined(turn)
    if wish is None or turn.dialogue.clearance is None:
        return turn.ask("launch")
    left = plan.allowance(turn, wish.exercise)
    if left < 1:
        return enough_for_now(turn, wish.exercise)
    form, easier = plan.form_of(turn, wish.exercise), plan.is_easier(turn, wish.exercise)
    exercise, pace = turn.content.numbers.exercises[wish.exercise], turn.person.pace_percent
    before = [
        plan.at_pace(exercise, done.repetitions, pace)
        for done in turn.person.ledger
        if done.exercise == wish.exercise
    ]
    step = 0 if repeated else form.dose.step
    amount = min(left, form.dose.page, before[-1] + step if before else form.dose.start)
    pages = (blocks(wish.exercise, form, amount, again=True, easier=easier),)
    return speak(turn, new_place(turn, wish.exercise, pages), turn.say("ready_go"))


def resume_saved(turn: Turn, *lines: Line) -> Reply:
    """Go on from the saved place: its page from the checkpoint, or what follows if the page was over."""
    place, clearance = turn.person.place, turn.dialogue.clearance
    if place is None or clearance is None:
        return turn.ask("launch", *lines, turn.say("no_place"))
    turn = turn.with_dialogue(wish=None)
    if turn.waits_for:
        return turn.ask(turn.waits_for, *lines)
    main = place.pages[place.page if place.routine else -1]
    if not all(clearance.covers(block.exercise, easier=block.easier) for block in main):
        return not_today(turn, *lines)
    if place.version == turn.version and is_over(place):
        return not_worse(turn)
    return speak(turn, place, *lines, turn.say("from_place"))


def _not_here(turn: Turn) -> Reply | None:
    """The answer to next, previous and start over where there is no page to go to."""
    if turn.dialogue.question == "are_you_up":
        return turn.ask_again()
    if turn.closed:
        return alarm.declined(turn)
    if screening.is_open(turn) or turn.person.place is None or turn.dialogue.clearance is None:
        return turn.ask_again()
    return None


def skip(turn: Turn) -> Reply:
    """Skip a question that may be skipped: it finds nothing then, and clears nothing else."""
    result = screening.answer(turn, "no")
    return result if isinstance(result, Reply) else turn.ask_again()


def start_over(turn: Turn) -> Reply:
    """StartOverIntent: the exercise from its first page; the hour's sum goes on counting."""
    place = turn.person.place
    if (instead := _not_here(turn)) or place is None:
        return instead or turn.ask_again()
    return speak(turn, at_page(place, 0), turn.say("ready_go"))


def forward(turn: Turn) -> Reply:
    """NextIntent: the next block or page; the warm-up before rolling cannot be skipped."""
    place = turn.person.place
    rule = turn.content.screening.questions.get(turn.dialogue.question or "")
    if rule and rule.skippable:
        return skip(turn)
    if (instead := _not_here(turn)) or place is None:
        return instead or turn.ask_again()
    page = place.pages[place.page]
    if not is_over(place) and page[-1].exercise != place.exercise:
        return turn.ask("paused", *alarm.stop_moving(turn), turn.say("warm_up_stays"))
    if not is_over(place):
        place = replace(place, whole=False)
        if place.start.block + 1 < len(page):
            return speak(turn, replace(place, start=Mark(place.start.block + 1, 0)), turn.say("ready_go"))
    return not_worse(replace(turn.with_person(place=place), mid_page=False), "ready_go")


def back(turn: Turn) -> Reply:
    """PreviousIntent: the block before, or the page before; the hour's sum goes on counting."""
    place = turn.person.place
    if (instead := _not_here(turn)) or place is None:
        return instead or turn.ask_again()
    if place.start.block > 0:
        return speak(turn, replace(place, start=Mark(place.start.block - 1, 0)), turn.say("ready_go"))
    if place.page == 0:
        return speak(turn, replace(place, start=BEGINNING), turn.say("nothing_before"))
    return speak(turn, at_page(place, place.page - 1), turn.say("ready_go"))


def repeat_page(turn: Turn) -> Reply:
    """Repeat while guiding: the block that was going on, or the page if it is over."""
    place = turn.person.place
    if place is None or turn.dialogue.clearance is None:
        return turn.ask_again()
    start = Mark(place.start.block, 0) if turn.mid_page else BEGINNING
    return speak(turn, replace(place, start=start), turn.say("ready_go"))


def pause(turn: Turn) -> Reply:
    """Pause in a page: feet down and rest, as long as wanted; the place is kept."""
    return turn.ask("paused", *alarm.feet_down(turn), turn.say("pause"), *turn.move("waiting"))


def open_gate(turn: Turn, exercise_id: str) -> str | None:
    """The round of questions that this exercise needs and that has not been answered yet."""
    clearance = turn.dialogue.clearance
    gates = turn.content.numbers.exercises[exercise_id].gates
    return next((gate for gate in gates if clearance is None or not clearance.has_passed(gate)), None)
