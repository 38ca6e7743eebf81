"""What somebody did, kept for as long as they like: from the ledger of this hour to a short history."""

from collections import Counter
from dataclasses import replace

from audio.content import Numbers
from intents.state import LEDGER_MS, Person, Sitting

MOST = 100
"""So many entries are kept; then the oldest go."""


def remember(before: Person, after: Person, numbers: Numbers, now_ms: int) -> Person:
    """The person after a turn, with what that turn added to the ledger, or took out of it, in the history.

    Only changes count, so what was forgotten on request does not come back from the ledger.
    """
    changes = _sums(after)
    changes.subtract(_sums(before))
    history = list(after.history)
    for (exercise, at_ms), repetitions in changes.items():
        is_over = abs(now_ms - at_ms) >= LEDGER_MS  # then it left the ledger because its hour is over
        if repetitions > 0 or (repetitions < 0 and not is_over):
            _enter(history, exercise, at_ms, repetitions, numbers, easier=_is_easier(exercise, after, before))
    kept = tuple(sitting for sitting in history if sitting.repetitions > 0)[-MOST:]
    return after if kept == after.history else replace(after, history=kept)


def _sums(person: Person) -> Counter[tuple[str, int]]:
    sums: Counter[tuple[str, int]] = Counter()
    for done in person.ledger:
        sums[done.exercise, done.at_ms] += done.repetitions
    return sums


def _is_easier(exercise: str, *people: Person) -> bool:
    """Whether the page that is or was being spoken has the exercise in its easier form."""
    places = [person.place for person in people if person.place]
    blocks = [block for place in places for block in place.pages[place.page] if block.exercise == exercise]
    return bool(blocks) and blocks[0].easier


def _enter(
    history: list[Sitting], exercise: str, at_ms: int, repetitions: int, numbers: Numbers, *, easier: bool
) -> None:
    """Add to the sitting that this belongs to, or begin one."""
    for index in reversed(range(len(history))):
        found = history[index]
        near = found.exercise == exercise and abs(at_ms - found.at_ms) < LEDGER_MS
        if near and (found.easier == easier or repetitions < 0):
            history[index] = _counting(found, found.repetitions + repetitions, numbers)
            return
    if repetitions > 0:
        begun = Sitting(exercise=exercise, easier=easier, repetitions=0, duration_ms=0, at_ms=at_ms)
        history.append(_counting(begun, repetitions, numbers))


def _counting(sitting: Sitting, repetitions: int, numbers: Numbers) -> Sitting:
    form = numbers.form(sitting.exercise, easier=sitting.easier)
    return replace(sitting, repetitions=repetitions, duration_ms=max(0, repetitions) * form.repetition_ms)
