"""How much of an exercise, in which pages, within the limits.

Doses are counted in repetitions. Everything sent within the last hour counts against the same sum, whatever
it was called: again, start over, resume, a second device (design, invariant 5).
"""

from dataclasses import dataclass, replace
from math import ceil

from audio.content import Exercise, Form, Numbers
from audio.page import HALFWAY_FROM, NORMAL_PACE, Page, Wording, blocks, guided_lines, measure
from audio.permit import NotPermittedError
from audio.timeline import Line
from intents import progress
from intents.state import LEDGER_MS, Place, Wish
from intents.turn import Turn

PAGE_MS = 118_000
"""The longest planned page, its opening included; with its question it stays about two minutes."""
OPENING_MS = 24_000
"""What comes before the first movement of a session: how much it will be, the position, the stop rule."""
REST_BETWEEN_MS = 8_000
"""The rest at the end of each page of a longer session (walkthrough 1g)."""
ENOUGH = 0.92
"""Fewer pages are better as long as they come so near to the asked time (within a tenth, design 4)."""
TIMED_FROM_MS = 60_000
"""An asked duration from here on includes taking the position and resting; a shorter one only moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Pages to be guided, and how the asked amount fared."""

    pages: tuple[Page, ...]
    capped: bool
    """Whether more was asked for than the limit of the exercise."""
    shortened: bool
    """Whether more was asked for than this hour still allows."""
    held_back: bool
    """Whether it begins with the starting dose although more was asked for."""


def is_easier(turn: Turn, exercise_id: str) -> bool:
    """Whether only the easier form of the exercise is left in this session."""
    clearance = turn.dialogue.clearance
    return clearance is not None and clearance.form(exercise_id) == "easier"


def form_of(turn: Turn, exercise_id: str) -> Form:
    """The exercise in the form in which it may be done in this session."""
    return turn.content.numbers.form(exercise_id, easier=is_easier(turn, exercise_id))


def page_lines(turn: Turn, place: Place) -> tuple[Line, ...]:
    """The guided lines of the place's page, from its checkpoint on.

    Raises:
        NotPermittedError: There is no clearance of this session, it does not cover the page, guidance is
            closed, or something waits for an answer.
    """
    clearance = turn.dialogue.clearance
    if clearance is None or not clearance.belongs_to(turn.session_id) or turn.closed or turn.waits_for:
        raise NotPermittedError(place.exercise)
    page = place.pages[place.page]
    return guided_lines(
        page,
        turn.content.numbers,
        turn.cues,
        clearance,
        place.start,
        pace_percent=place.pace_percent,
        counting=place.counting,
    )


def counted(exercise: Exercise, repetitions: int, pace_percent: int) -> int:
    """What repetitions count in the ledger: where the limit is a time, slower ones count more."""
    slower = exercise.is_limited_by_time and pace_percent > NORMAL_PACE
    return ceil(repetitions * pace_percent / NORMAL_PACE) if slower else repetitions


def at_pace(exercise: Exercise, counts: int, pace_percent: int) -> int:
    """How many repetitions at a pace count so much in the ledger: the other way round."""
    slower = exercise.is_limited_by_time and pace_percent > NORMAL_PACE
    return counts * NORMAL_PACE // pace_percent if slower else counts


def allowance(turn: Turn, exercise_id: str, pace_percent: int | None = None) -> int:
    """How many repetitions a side may still be guided in one page within this hour, at a pace."""
    exercise, form = turn.content.numbers.exercises[exercise_id], form_of(turn, exercise_id)
    if len(_recent(turn, exercise_id)) >= form.dose.sets * max(1, len(form.sides)):
        return 0
    most = min(hour_left(turn, exercise_id), form.dose.page)
    pace = turn.person.pace_percent if pace_percent is None else pace_percent
    return at_pace(exercise, most, pace)


def hour_left(turn: Turn, exercise_id: str) -> int:
    """How many repetitions a side are left of this hour's sum."""
    form = form_of(turn, exercise_id)
    sides = max(1, len(form.sides))
    return max(0, (_most(turn, form) - sum(_recent(turn, exercise_id))) // sides)


def room(turn: Turn, exercise_id: str) -> int:
    """How many repetitions are left of this hour's sum, all sides together."""
    return max(0, _most(turn, form_of(turn, exercise_id)) - sum(_recent(turn, exercise_id)))


def small(turn: Turn) -> bool:
    """Whether nothing goes beyond its starting dose in this session."""
    return turn.dialogue.clearance is not None and turn.dialogue.clearance.small


def _most(turn: Turn, form: Form) -> int:
    return form.dose.start * max(1, len(form.sides)) if small(turn) else form.session_limit


def _recent(turn: Turn, exercise_id: str) -> list[int]:
    return [
        done.repetitions
        for done in turn.person.ledger
        if done.exercise == exercise_id and abs(turn.now_ms - done.at_ms) < LEDGER_MS
    ]


def spent(turn: Turn, place: Place) -> str | None:
    """The exercise of the rest of the page of which nothing is left in this hour, if there is one."""
    rest = place.pages[place.page][place.start.block :]
    return next((block.exercise for block in rest if allowance(turn, block.exercise) < 1), None)


def fitted(turn: Turn, place: Place) -> Place | None:
    """The place with the rest of its page cut to what is left of this hour's sum; None if nothing is left."""
    page = []
    for index, block in enumerate(place.pages[place.page]):
        done = place.start.repetitions if index == place.start.block else 0
        left = (
            allowance(turn, block.exercise, place.pace_percent)
            if index >= place.start.block
            else block.repetitions
        )
        wanted = block.repetitions - done
        if wanted > 0 and left < 1:
            return None
        page.append(replace(block, repetitions=done + min(wanted, left)))
    return replace(place, pages=(*place.pages[: place.page], tuple(page), *place.pages[place.page + 1 :]))


def make_plan(turn: Turn, wish: Wish) -> Plan:
    """Plan pages for a wish: the starting dose, or what was asked for where that was done before.

    Nothing goes beyond the limits; an empty plan means that this hour's sum is used up.
    """
    exercise = turn.content.numbers.exercises[wish.exercise]
    easier = is_easier(turn, wish.exercise)
    form = form_of(turn, wish.exercise)
    dose = form.dose
    may_grow = wish.exercise in turn.person.finished and not small(turn) and not easier
    asked = _asked_repetitions(exercise, wish)
    capped = is_over_largest(exercise, wish)
    left = hour_left(turn, wish.exercise)
    shortened = may_grow and not capped and (asked or 0) > left
    if may_grow and is_timed(exercise, wish) and not shortened and (exercise.timed or not capped):
        amounts = _fill(wish, turn.content.numbers, turn.cues, turn.person.pace_percent)
    else:
        usual = progress.planned(turn, wish.exercise) if may_grow else dose.start
        wanted = min(asked or usual, exercise.largest if may_grow else dose.start, max(1, left))
        pages = ceil(wanted / dose.page)
        amounts = tuple(wanted * (page + 1) // pages - wanted * page // pages for page in range(pages))
    first: Page = ()
    kept = _within(amounts, allowance(turn, wish.exercise))
    for part in exercise.warm_up if kept and not turn.is_warm_for(wish.exercise) else ():
        part_easier = is_easier(turn, part.exercise)
        part_form = form_of(turn, part.exercise)
        first += blocks(part.exercise, part_form, part.repetitions, easier=part_easier)
    main = tuple(
        blocks(wish.exercise, form, amount, again=index > 0, easier=easier)
        for index, amount in enumerate(kept)
    )
    return Plan(
        pages=(first, *main) if first else main,
        capped=capped,
        shortened=shortened,
        held_back=bool(asked and asked > dose.start and not may_grow),
    )


def is_timed(exercise: Exercise, wish: Wish) -> bool:
    """Whether the asked duration runs from the first cue to the last; a roll's is that of the rolling."""
    return wish.duration_ms is not None and wish.duration_ms >= TIMED_FROM_MS and not exercise.warm_up


def is_over_largest(exercise: Exercise, wish: Wish) -> bool:
    """Whether more is asked for than the exercise's limit."""
    if wish.duration_ms is not None:
        return wish.duration_ms > exercise.largest * exercise.repetition_ms * max(1, len(exercise.sides))
    return (wish.repetitions or 0) > exercise.largest


def _asked_repetitions(exercise: Exercise, wish: Wish) -> int | None:
    if wish.duration_ms is not None:
        return max(1, round(wish.duration_ms / exercise.repetition_ms / max(1, len(exercise.sides))))
    return wish.repetitions


def _within(amounts: tuple[int, ...], left: int) -> tuple[int, ...]:
    """The pages that begin within this hour's sum; the first is cut to it, later ones when they come."""
    if left < 1:
        return ()
    return (min(amounts[0], left), *amounts[1:])


def _fill(wish: Wish, numbers: Numbers, wording: Wording, pace_percent: int) -> tuple[int, ...]:
    """Repetitions a page, so that the pages' guided cues and rests together last as asked."""
    exercise = numbers.exercises[wish.exercise]
    sides = max(1, len(exercise.sides))
    duration_ms = min(wish.duration_ms or 0, exercise.largest * exercise.repetition_ms * sides)
    count = ceil((duration_ms + OPENING_MS) / PAGE_MS)

    def length_ms(repetitions: int, *, again: bool) -> int:
        page = blocks(wish.exercise, exercise, repetitions, again=again)
        return measure(page, numbers, wording, pace_percent=pace_percent).duration_ms

    # With so many, every announcement is in.
    enough = HALFWAY_FROM + exercise.introduced
    a_repetition_ms = length_ms(enough + 1, again=True) - length_ms(enough, again=True)

    def around_ms(index: int) -> int:
        rest_ms = REST_BETWEEN_MS if index + 1 < count else 0
        return length_ms(enough, again=index > 0) - enough * a_repetition_ms + rest_ms

    while count * (around_ms(0) + exercise.dose.page * a_repetition_ms) < duration_ms * ENOUGH:
        count += 1
    # Only where the pages would get too long, the first gives its opening's time to the others.
    shift_ms = max(0, duration_ms // count + OPENING_MS - PAGE_MS) if count > 1 else 0
    amounts: list[int] = []
    gone_ms = 0
    for index in range(count):
        behind_ms = shift_ms * (count - 1 - index) // max(1, count - 1)
        until_ms = duration_ms * (index + 1) // count - behind_ms
        overhead_ms = around_ms(index)
        amount = max(1, min(exercise.dose.page, round((until_ms - gone_ms - overhead_ms) / a_repetition_ms)))
        amounts.append(amount)
        gone_ms += overhead_ms + amount * a_repetition_ms
    return tuple(amounts)
