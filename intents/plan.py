"""How much of an exercise, in which pages, and where in them somebody is.

Doses are counted in repetitions. Everything sent within the last hour counts against the same sum, whatever
it was called: again, start over, resume, a second device (design, invariant 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil

from audio.content import Exercise, Numbers
from audio.page import HALFWAY_FROM, Block, Page, Words, blocks, guided_lines
from audio.timeline import Line, Mark, Timeline, lay_out
from intents.turn import BEGINNING, LEDGER_MS, Done, Person, Place, Turn, Wish

TARGET_PAGE_MS = 105_000
"""A planned page of guided cues; with its opening and its question it stays below two minutes."""
REST_BETWEEN_MS = 8_000
"""The rest at the end of each page of a longer session (walkthrough 1g)."""


class _Measuring:
    """A permit for computing lengths: the lines made with it are counted and thrown away."""

    def allows(self, _exercise: str) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Pages to be guided, and how the asked amount fared."""

    pages: tuple[Page, ...]
    capped: bool
    """Whether more was asked for than the limit of the exercise."""
    held_back: bool
    """Whether it begins with the starting dose although more was asked for."""


def used(person: Person, exercise: str, now_ms: int) -> tuple[int, int]:
    """Repetitions and pages of an exercise within the last hour."""
    recent = [
        done.repetitions
        for done in person.ledger
        if done.exercise == exercise and 0 <= now_ms - done.at_ms < LEDGER_MS
    ]
    return sum(recent), len(recent)


def allowance(person: Person, exercise_id: str, exercise: Exercise, now_ms: int) -> int:
    """How many repetitions a side may still be guided in one page within this hour."""
    repetitions, sets = used(person, exercise_id, now_ms)
    if sets >= exercise.dose.sets * max(1, len(exercise.sides)):
        return 0
    left = (exercise.session_limit - repetitions) // max(1, len(exercise.sides))
    return max(0, min(left, exercise.dose.page))


def over_limit(person: Person, place: Place, numbers: Numbers, now_ms: int) -> str | None:
    """The exercise of which the rest of the page is more than may still be guided in this hour, if any."""
    wanted: dict[str, int] = {}
    for index, block in enumerate(place.pages[place.page]):
        if index >= place.start.block:
            skipped = place.start.repetitions if index == place.start.block else 0
            wanted[block.exercise] = max(wanted.get(block.exercise, 0), block.repetitions - skipped)
    over = (
        name for name, n in wanted.items() if n > allowance(person, name, numbers.exercises[name], now_ms)
    )
    return next(over, None)


def make_plan(turn: Turn, wish: Wish, *, small: bool) -> Plan:
    """Plan pages for a wish: the starting dose, or what was asked for where that was done before.

    Nothing goes beyond the limits; an empty plan means that this hour's sum is used up.
    """
    exercise = turn.content.numbers.exercises[wish.exercise]
    dose = exercise.dose
    words = {name: found.cues for name, found in turn.language.exercises.items()}
    asked = _asked(exercise, wish)
    repetitions, _ = used(turn.person, wish.exercise, turn.now_ms)
    left = max(0, dose.session - ceil(repetitions / max(1, len(exercise.sides))))
    grown = wish.exercise in turn.person.finished and not small
    wanted = min(asked, dose.session) if asked and grown else dose.start
    amounts: tuple[int, ...]
    if wish.duration_ms and grown:
        duration_ms = min(wish.duration_ms, exercise.session_limit * exercise.repetition_ms)
        amounts = _fill(wish.exercise, duration_ms, turn.content.numbers, words)
    else:
        pages = ceil(wanted / dose.page)
        amounts = tuple(wanted * (page + 1) // pages - wanted * page // pages for page in range(pages))
    pages_left = _within(amounts, left, allowance(turn.person, wish.exercise, exercise, turn.now_ms))
    warm_up = exercise.warm_up if pages_left and not turn.dialogue.warm else ()
    first = tuple(
        block
        for part in warm_up
        for block in blocks(part.exercise, turn.content.numbers.exercises[part.exercise], part.repetitions)
    )
    return Plan(
        pages=((first,) if first else ())
        + tuple(
            blocks(wish.exercise, exercise, amount, again=bool(i)) for i, amount in enumerate(pages_left)
        ),
        capped=bool(asked and asked > dose.session),
        held_back=bool(asked and asked > dose.start and not grown),
    )


def page_lines(turn: Turn, place: Place) -> tuple[Line, ...]:
    """The guided lines of the place's page, from its checkpoint on.

    Raises:
        NotPermittedError: There is no clearance in this session, or it does not cover the page.
    """
    clearance = turn.dialogue.clearance
    words = {name: found.cues for name, found in turn.language.exercises.items()}
    permit = clearance if clearance and not turn.closed else _NONE
    return guided_lines(place.pages[place.page], turn.content.numbers, words, permit, place.start)


class _Nothing:
    """No clearance: nothing is allowed."""

    def allows(self, _exercise: str) -> bool:
        return False


_NONE = _Nothing()


def charge(person: Person, page: Page, start: Mark, now_ms: int) -> Person:
    """Enter a page into the ledger as if all of it will be done; `settle` takes back what was not."""
    entries = tuple(
        Done(exercise=block.exercise, repetitions=repetitions, at_ms=now_ms)
        for index, block in enumerate(page)
        if index >= start.block
        and (repetitions := block.repetitions - (start.repetitions if index == start.block else 0)) > 0
    )
    recent = tuple(done for done in person.ledger if 0 <= now_ms - done.at_ms < LEDGER_MS)
    return replace(person, ledger=recent + entries)


def settle(turn: Turn) -> Turn:
    """Bring the place up to date: how far the page that was being spoken has come by now.

    The place is snapped back to the last checkpoint, never forward, and what was not reached is taken out of
    the ledger (a repetition that had begun counts as done).
    """
    place = turn.person.place
    if place is None or place.sent_at_ms is None or place.version != turn.version:
        return turn
    page = place.pages[place.page]
    words = {name: found.cues for name, found in turn.language.exercises.items()}
    timeline = lay_out(guided_lines(page, turn.content.numbers, words, _Measuring(), place.start))
    reached = _reached(timeline, turn.now_ms - place.sent_at_ms, place.start, page)
    ledger = tuple(
        done
        for done in turn.person.ledger
        if done.at_ms != place.sent_at_ms or done.exercise not in _names(page)
    )
    begun = tuple(
        Done(exercise=block.exercise, repetitions=count, at_ms=place.sent_at_ms)
        for index, block in enumerate(page)
        if (count := _begun(index, block, place.start, reached)) > 0
    )
    return turn.with_person(ledger=ledger + begun, place=replace(place, start=reached, sent_at_ms=None))


def is_over(place: Place) -> bool:
    """Whether the checkpoint stands behind the last repetition of its page."""
    page = place.pages[place.page]
    last = len(page) - 1
    return place.start.block > last or (
        place.start.block == last and place.start.repetitions >= page[last].repetitions
    )


def next_page(place: Place) -> Place | None:
    """The beginning of the page that follows, if there is one."""
    if place.page + 1 >= len(place.pages):
        return None
    return replace(place, page=place.page + 1, start=BEGINNING, sent_at_ms=None)


def _asked(exercise: Exercise, wish: Wish) -> int | None:
    if wish.duration_ms is not None:
        return max(1, round(wish.duration_ms / exercise.repetition_ms / max(1, len(exercise.sides))))
    return wish.repetitions


def _within(amounts: tuple[int, ...], left: int, page: int) -> tuple[int, ...]:
    """As much of each page as is left of this hour's sum."""
    kept: list[int] = []
    for amount in amounts:
        allowed = min(amount, page, left)
        if allowed < 1:
            break
        kept.append(allowed)
        left -= allowed
    return tuple(kept)


def _fill(
    exercise_id: str, duration_ms: int, numbers: Numbers, words: Mapping[str, Words]
) -> tuple[int, ...]:
    """Repetitions a page, so that the pages' guided cues and rests together last as asked."""
    exercise = numbers.exercises[exercise_id]
    count = max(1, ceil(duration_ms / (TARGET_PAGE_MS + REST_BETWEEN_MS)))
    a_repetition_ms = exercise.repetition_ms * max(1, len(exercise.sides))

    def around_ms(page_index: int) -> int:
        repetitions = HALFWAY_FROM  # enough for every announcement to be in
        page = blocks(exercise_id, exercise, repetitions, again=page_index > 0)
        lines = guided_lines(page, numbers, words, _Measuring())
        rest_ms = REST_BETWEEN_MS if page_index + 1 < count else 0
        return lay_out(lines).duration_ms - repetitions * a_repetition_ms + rest_ms

    amounts: list[int] = []
    gone_ms = 0
    for index in range(count):
        target_ms = duration_ms * (index + 1) // count - gone_ms
        overhead_ms = around_ms(index)
        amount = max(1, min(exercise.dose.page, round((target_ms - overhead_ms) / a_repetition_ms)))
        amounts.append(amount)
        gone_ms += overhead_ms + amount * a_repetition_ms
    return tuple(amounts)


def _reached(timeline: Timeline, elapsed_ms: int, start: Mark, page: Page) -> Mark:
    if elapsed_ms >= timeline.duration_ms:
        return Mark(len(page) - 1, page[-1].repetitions)
    mark = timeline.mark_at(elapsed_ms) or start
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
    underway = 1 if (reached.repetitions, index) != (start.repetitions, start.block) else 0
    return max(0, min(block.repetitions, reached.repetitions + underway) - first)


def _names(page: Page) -> set[str]:
    return {block.exercise for block in page}
