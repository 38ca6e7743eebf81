"""Where somebody is in a page: estimated from the clock, snapped back to a checkpoint, never forward."""

from dataclasses import replace

from audio.content import Numbers
from audio.page import Page, measure
from audio.timeline import Mark, Timeline
from intents.plan import counted
from intents.state import BEGINNING, LEDGER_MS, Done, Place
from intents.turn import Turn

HEARD_MS = 3_000
"""Nobody who listens answers a page sooner. What comes sooner was typed or scripted: it is taken as an answer
after the page, and the whole page counts as done."""


GOING_ON = {"page_check", "paused", "more"}
"""Open questions of somebody who is in the middle of an exercise."""


def send(turn: Turn, place: Place, opening_ms: int) -> Turn:
    """Note that the place's page is being spoken from now on, and enter all of it into the ledger."""
    exercises = turn.content.numbers.exercises
    entries = tuple(
        Done(
            exercise=block.exercise,
            repetitions=counted(exercises[block.exercise], repetitions, place.pace_percent),
            at_ms=turn.now_ms,
        )
        for index, block in enumerate(place.pages[place.page])
        if index >= place.start.block
        and (
            repetitions := block.repetitions - (place.start.repetitions if index == place.start.block else 0)
        )
        > 0
    )
    recent = tuple(done for done in turn.person.ledger if abs(turn.now_ms - done.at_ms) < LEDGER_MS)
    sent = replace(
        place,
        sent_at_ms=turn.now_ms,
        opening_ms=opening_ms,
        session=turn.session_id,
        unclocked=False,
        legs_up=False,
    )
    return turn.with_person(ledger=recent + entries, place=sent, stream=None)


def settle(turn: Turn) -> Turn:
    """Bring the place up to date: how far the page that was being spoken has come by now.

    What was not reached is taken out of the ledger (a repetition that had begun counts as done). A place in
    an exercise that is no more is dropped; one that another session has taken over is not gone on with
    unasked (the newest request owns the place, design 5).
    """
    place = turn.person.place
    if place is None:
        return turn
    if not _is_known(place, turn.content.numbers):
        return turn.with_person(place=None)
    if turn.dialogue.question in GOING_ON and place.session not in {"", turn.session_id}:
        return replace(turn.with_dialogue(question="carry_on_here", rephrased=False), elsewhere=True)
    if place.sent_at_ms is not None:
        turn = _stopped(turn, place, place.sent_at_ms)
        place = turn.person.place or place
    is_page = turn.dialogue.question == "page_check"
    return replace(turn, mid_page=is_page and not is_over(place) and not place.unclocked)


def _stopped(turn: Turn, place: Place, sent_at_ms: int) -> Turn:
    """The page as far as it was spoken; snapped back, with only what had begun in the ledger."""
    stopped = replace(place, sent_at_ms=None)
    elapsed_ms = turn.now_ms - sent_at_ms
    typed = elapsed_ms < HEARD_MS and turn.dialogue.page_ms == sent_at_ms
    if place.version != turn.version or typed:
        return turn.with_person(place=replace(stopped, unclocked=True))
    page = place.pages[place.page]
    exercises = turn.content.numbers.exercises
    timeline = measure(
        page,
        turn.content.numbers,
        turn.cues,
        place.start,
        pace_percent=place.pace_percent,
        counting=place.counting,
    )
    guided_ms = elapsed_ms - place.opening_ms
    if guided_ms < 0:  # position and stop rule were not heard to their end
        turn = turn.with_dialogue(briefed=False)
    cut = guided_ms < timeline.duration_ms
    mark = timeline.mark_at(guided_ms) or place.start
    reached = _snapped(mark, page) if cut else end_of(place)
    sent = {(block.exercise, sent_at_ms) for block in page}
    kept = tuple(done for done in turn.person.ledger if (done.exercise, done.at_ms) not in sent)
    begun = tuple(
        Done(
            exercise=block.exercise,
            repetitions=counted(exercises[block.exercise], count, place.pace_percent),
            at_ms=sent_at_ms,
        )
        for index, block in enumerate(page)
        if (count := _begun(timeline, index, guided_ms)) > 0
    )
    block = page[min(reached.block, len(page) - 1)]
    form = turn.content.numbers.form(block.exercise, easier=block.easier)
    lifts = any(step.kind == "move" for step in form.leave)
    reached_place = replace(stopped, start=reached, legs_up=cut and lifts and guided_ms >= 0)
    plays_on = place.session != turn.session_id  # nobody told the other device to stop
    ledger = turn.person.ledger if plays_on else kept + begun
    return turn.with_person(ledger=ledger, place=reached_place)


def end_of(place: Place) -> Mark:
    """The checkpoint behind the last repetition of the page."""
    page = place.pages[place.page]
    return Mark(len(page) - 1, page[-1].repetitions)


def is_over(place: Place) -> bool:
    """Whether the checkpoint stands behind the last repetition of its page."""
    return (place.start.block, place.start.repetitions) >= (end_of(place).block, end_of(place).repetitions)


def next_page(place: Place) -> Place | None:
    """The beginning of the page that follows, if there is one."""
    return at_page(place, place.page + 1) if place.page + 1 < len(place.pages) else None


def at_page(place: Place, index: int) -> Place:
    """The beginning of one of a place's pages."""
    exercise = place.pages[index][-1].exercise if place.routine else place.exercise
    return replace(place, exercise=exercise, page=index, start=BEGINNING, sent_at_ms=None)


def warms_up_for(place: Place, numbers: Numbers) -> set[str]:
    """The exercises still to come, or going on, for which the pages before them warm up."""
    names = {block.exercise for page in place.pages[place.page :] for block in page}
    return {name for name in names | {place.exercise} if numbers.exercises[name].warm_up}


def cut_to(place: Place, repetitions: int) -> Place:
    """The place with no more than so many repetitions to come, and no further page."""
    page, index = place.pages[place.page], min(place.start.block, len(place.pages[place.page]) - 1)
    block = page[index]
    most = min(block.repetitions, place.start.repetitions + repetitions)
    cut = (*page[:index], replace(block, repetitions=most))
    return replace(place, pages=(*place.pages[: place.page], cut))


def is_finished(place: Place) -> bool:
    """Whether nothing of the place's pages is left."""
    return is_over(place) and next_page(place) is None


def _is_known(place: Place, numbers: Numbers) -> bool:
    """Whether all exercises of a place are there, in their forms: a release may have taken one away."""
    exercises = numbers.exercises
    blocks = [block for page in place.pages for block in page]
    return place.exercise in exercises and all(
        block.exercise in exercises and (not block.easier or exercises[block.exercise].easier)
        for block in blocks
    )


def _snapped(mark: Mark, page: Page) -> Mark:
    """A block whose repetitions are done has its end behind it: on to the beginning of the next."""
    if mark.repetitions >= page[mark.block].repetitions and mark.block + 1 < len(page):
        return Mark(mark.block + 1, 0)
    return mark


def _begun(timeline: Timeline, block: int, elapsed_ms: int) -> int:
    """How many repetitions of a block had begun by then."""
    marks = {
        cue.mark
        for cue in timeline.cues
        if cue.kind in {"count", "hold"} and cue.start_ms <= elapsed_ms and cue.mark is not None
    }
    return sum(1 for mark in marks if mark.block == block)
