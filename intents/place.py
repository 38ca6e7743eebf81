"""Where somebody is in a page: estimated from the clock, snapped back to a checkpoint, never forward."""

from dataclasses import replace

from audio.page import Block, Page, guided_lines
from audio.timeline import Mark, lay_out
from intents.plan import Measuring, cue_words
from intents.turn import BEGINNING, LEDGER_MS, Done, Place, Turn

HEARD_MS = 3_000
"""Nobody who listens answers a page sooner. What comes sooner was typed or scripted: it is taken as an answer
after the page, and the whole page counts as done."""


def send(turn: Turn, place: Place, opening_ms: int) -> Turn:
    """Note that the place's page is being spoken from now on, and enter all of it into the ledger."""
    entries = tuple(
        Done(exercise=block.exercise, repetitions=repetitions, at_ms=turn.now_ms)
        for index, block in enumerate(place.pages[place.page])
        if index >= place.start.block
        and (
            repetitions := block.repetitions - (place.start.repetitions if index == place.start.block else 0)
        )
        > 0
    )
    recent = tuple(done for done in turn.person.ledger if 0 <= turn.now_ms - done.at_ms < LEDGER_MS)
    sent = replace(place, sent_at_ms=turn.now_ms, opening_ms=opening_ms)
    return turn.with_person(ledger=recent + entries, place=sent)


def settle(turn: Turn) -> Turn:
    """Bring the place up to date: how far the page that was being spoken has come by now.

    What was not reached is taken out of the ledger (a repetition that had begun counts as done).
    """
    place = turn.person.place
    if place is None or place.sent_at_ms is None:
        return turn
    stopped = replace(place, sent_at_ms=None)
    elapsed_ms = turn.now_ms - place.sent_at_ms
    if place.version != turn.version or elapsed_ms < HEARD_MS:
        return turn.with_person(place=stopped)
    page = place.pages[place.page]
    lines = guided_lines(page, turn.content.numbers, cue_words(turn), Measuring(), place.start)
    timeline = lay_out(lines)
    guided_ms = elapsed_ms - place.opening_ms
    if guided_ms >= timeline.duration_ms:
        reached = end_of(place)
    else:
        reached = _snapped(timeline.mark_at(guided_ms) or place.start, page)
    sent = {(block.exercise, place.sent_at_ms) for block in page}
    kept = tuple(done for done in turn.person.ledger if (done.exercise, done.at_ms) not in sent)
    begun = tuple(
        Done(exercise=block.exercise, repetitions=count, at_ms=place.sent_at_ms)
        for index, block in enumerate(page)
        if (count := _begun(index, block, place.start, reached)) > 0
    )
    settled = turn.with_person(ledger=kept + begun, place=replace(stopped, start=reached))
    return replace(settled, mid_page=settled.guiding and not is_over(replace(stopped, start=reached)))


def end_of(place: Place) -> Mark:
    """The checkpoint behind the last repetition of the page."""
    page = place.pages[place.page]
    return Mark(len(page) - 1, page[-1].repetitions)


def is_over(place: Place) -> bool:
    """Whether the checkpoint stands behind the last repetition of its page."""
    return (place.start.block, place.start.repetitions) >= (end_of(place).block, end_of(place).repetitions)


def next_page(place: Place) -> Place | None:
    """The beginning of the page that follows, if there is one."""
    if place.page + 1 >= len(place.pages):
        return None
    return replace(place, page=place.page + 1, start=BEGINNING, sent_at_ms=None)


def is_finished(place: Place) -> bool:
    """Whether nothing of the place's pages is left."""
    return is_over(place) and next_page(place) is None


def _snapped(mark: Mark, page: Page) -> Mark:
    """A block whose repetitions are done has its end behind it: on to the beginning of the next."""
    if mark.repetitions >= page[mark.block].repetitions and mark.block + 1 < len(page):
        return Mark(mark.block + 1, 0)
    return mark


def _begun(index: int, block: Block, start: Mark, reached: Mark) -> int:
    """How many repetitions of a block were begun between two checkpoints."""
    if not start.block <= index <= reached.block:
        return 0
    first = start.repetitions if index == start.block else 0
    if index < reached.block:
        return block.repetitions - first
    underway = 1 if reached != start else 0
    return max(0, min(block.repetitions, reached.repetitions + underway) - first)
