"""Every page of every exercise, interrupted at every second by every control word, as if for the first time.

The witness watches each answer; and the place that is kept must be the last checkpoint that had been reached.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from audio.page import measure
from audio.timeline import Mark
from intents.content import Content
from intents.place import HEARD_MS
from intents.proof.actions import Action, likely, resolved
from intents.state import Place, person_from_json
from skill.anybody import LOCALE, Player, Step
from skill.memory import OneRow

KEEPS: Final[Sequence[Action]] = (
    ("TimeLeftIntent", ()),
    ("AMAZON.PauseIntent", ()),
    ("AMAZON.ResumeIntent", ()),
    ("AMAZON.HelpIntent", ()),
    ("AMAZON.FallbackIntent", ()),
    ("GetTipIntent", resolved(topic="lifting")),
    ("AdjustExerciseIntent", resolved(adjustment="slower")),
    ("AdjustExerciseIntent", resolved(adjustment="faster")),
    ("AdjustExerciseIntent", resolved(adjustment="harder")),
    ("ReportPainIntent", resolved(change="better")),
)
"""What keeps the place."""
CHANGES: Final[Sequence[Action]] = (
    ("AMAZON.RepeatIntent", ()),
    ("AMAZON.NextIntent", ()),
    ("AMAZON.PreviousIntent", ()),
    ("AMAZON.StartOverIntent", ()),
    ("AdjustExerciseIntent", resolved(adjustment="easier")),
    ("AdjustExerciseIntent", resolved(adjustment="shorter")),
    ("AdjustExerciseIntent", resolved(adjustment="longer")),
    ("AMAZON.StopIntent", ()),
    ("ReportPainIntent", resolved(change="worse")),
    ("ReportSymptomIntent", resolved(symptom="saddle_numbness")),
    ("GetUpIntent", ()),
)
"""What may change it, or ends it."""
MOST_PAGES: Final = 4
MOST_STEPS: Final = 40
"""To the last of them; a session that takes more asks for something else."""


@dataclass(slots=True)
class Interrupted:
    """What came of it."""

    pages: int = 0
    seconds: int = 0
    cases: int = 0
    violations: dict[str, list[Step]] = field(default_factory=dict)
    """What was broken → the script that led there."""

    def report(self) -> Iterator[str]:
        """For people: what it came to, then each violation with its script."""
        yield (
            f"{self.cases:,} interruptions at {self.seconds:,} seconds of {self.pages} pages, "
            f"{len(self.violations):,} violations"
        )
        for violation, script in self.violations.items():
            yield f"\n{violation}"
            yield from (f"  {step}" for step in script)


def every_second(content: Content, *, every: int = 1) -> Interrupted:
    """Interrupt each page of a session with each exercise; `every` tenth second only, if that is 10."""
    found = Interrupted()
    for exercise in content.numbers.exercises:
        _Session(content, exercise, found, every).play()
    return found


class _Session:
    """One session with an exercise, from the wish to the end, of somebody who has nothing to report."""

    def __init__(self, content: Content, exercise: str, found: Interrupted, every: int) -> None:
        self._content = content
        self._exercise = exercise
        self._found = found
        self._every = every
        self._row = OneRow()
        self._player = Player(content, self._row)
        self._script: list[Step] = []

    def play(self) -> None:
        pages = 0
        action: Action = ("StartExerciseIntent", resolved(exercise=self._exercise))
        while pages < MOST_PAGES and len(self._script) < MOST_STEPS:
            step = Step(does="ask", action=action)
            self._script.append(step)
            self._note(self._player.play(step), step)
            place = self._place()
            if self._player.guiding_ms and place:
                pages += 1
                self._interrupt(place, self._player.guiding_ms)
            if self._player.question is None:
                break
            action = likely(self._content, self._player.question)[0]
        self._found.pages += pages

    def _interrupt(self, before: Place, length_ms: int) -> None:
        moment = self._player.remember(), dict(self._row.row)
        for second in range(HEARD_MS // 1000, length_ms // 1000, self._every):
            self._found.seconds += 1
            reached = self._reached(before, second * 1000)
            for action in (*KEEPS, *CHANGES):
                step = Step(does="ask", action=action, at_ms=second * 1000)
                self._found.cases += 1
                self._note(self._player.play(step), step)
                if action in KEEPS and (wrong := self._misplaced(before, reached)):
                    self._note([f"(place) {action[0]}: {wrong}"], step)
                self._player.recall(moment[0])
                self._row.row = dict(moment[1])

    def _note(self, broken: Sequence[str], step: Step) -> None:
        for violation in broken:
            self._found.violations.setdefault(violation, [*self._script, step])

    def _place(self) -> Place | None:
        return person_from_json(dict(self._row.row)).place

    def _reached(self, place: Place, at_ms: int) -> Mark:
        """The last checkpoint that had begun by then."""
        words = self._content.language(LOCALE).exercises
        timeline = measure(
            place.pages[place.page],
            self._content.numbers,
            lambda name, easier: words[name].easier if easier else words[name].cues,
            place.start,
            pace_percent=place.pace_percent,
        )
        return timeline.mark_at(at_ms - place.opening_ms) or place.start

    def _misplaced(self, before: Place, reached: Mark) -> str | None:
        """Where the place that is kept now is not where it should be."""
        place, page = self._place(), before.pages[before.page]
        if place is None or place.page != before.page:
            at_end = reached == Mark(len(page) - 1, page[-1].repetitions)
            return None if at_end or self._is_spent() else "the place is lost"
        expected = {reached}
        if reached.repetitions == page[reached.block].repetitions:
            expected.add(Mark(reached.block + 1, 0))  # that block was done: on with the next
        return None if place.start in expected else f"at {place.start}, after {reached}"

    def _is_spent(self) -> bool:
        """Whether a side has no further repetition left of this hour's sum: begun ones count as done."""
        ledger = person_from_json(dict(self._row.row)).ledger
        done = sum(one.repetitions for one in ledger if one.exercise == self._exercise)
        exercise = self._content.numbers.exercises[self._exercise]
        return exercise.session_limit - done < max(1, len(exercise.sides))
