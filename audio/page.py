"""A page of guidance: blocks of exercises as lines, from any checkpoint on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from audio.content import Form, Numbers, Phase, Side, Step
from audio.permit import NotPermittedError, Permit
from audio.timeline import Line, Mark, Sound, Timeline, Words, lay_out, speech_ms

Cues = Mapping[str, str]
"""Cue name → words; a cue of a sided exercise stands as `cue.right` and `cue.left`."""
Wording = Callable[[str, bool], Cues]
"""The cues of an exercise, by its id and whether it is the easier form."""


@dataclass(frozen=True, slots=True)
class Block:
    """So many repetitions of one exercise, on one side where it has sides."""

    exercise: str
    repetitions: int
    side: Side | None = None
    again: bool = False
    """Whether the position is taken with the shorter words."""
    easier: bool = False
    """Whether it is done in its easier form."""


Page = tuple[Block, ...]

HALFWAY_FROM = 8
"""Below so many repetitions, "halfway" is no news."""

Holds = Literal["count", "loud_count", "bell", "breath", "silent"]
"""What is heard in holds and repetitions: the first few counted, all of them counted aloud, a bell or a soft
sound where something changes, or the movements and nothing else."""
SIGNALS: Mapping[Holds, Sound] = {"bell": "chime", "breath": "hush"}
"""What marks the beginning of each block, the middle, the last repetition, and the end."""
SIGNAL_MS = 2_500

NORMAL_PACE = 100
"""In percent of the time that the numbers give: more is slower."""
FASTEST, SLOWEST = 80, 160
"""How far one exercise can go from its normal pace."""
MAX_SILENCE_MS = 5_000
"""A slower pace makes no phase quieter than this: a cue comes at least so often."""


def blocks(
    exercise_id: str, form: Form, repetitions: int, *, again: bool = False, easier: bool = False
) -> Page:
    """One exercise as blocks: once, or once a side with equal repetitions."""
    sides = form.sides or (None,)
    return tuple(Block(exercise_id, repetitions, side, again, easier) for side in sides)


def guided_lines(
    page: Page,
    numbers: Numbers,
    wording: Wording,
    permit: Permit,
    start: Mark | None = None,
    *,
    pace_percent: int = NORMAL_PACE,
    holds: Holds = "count",
    variety: int = 0,
) -> tuple[Line, ...]:
    """Lay a page out as lines from a checkpoint on; every line carries the permit.

    `variety` picks among words that mean the same and last equally long, so that pages differ.
    Each line carries its checkpoint, too, so that an interruption can be snapped back to it. The pace
    stretches pauses and phases alike on both sides, never the words.

    Raises:
        NotPermittedError: The permit does not cover an exercise of the page.
    """
    start = start or Mark(0, 0)
    for block in page[start.block :]:
        if not permit.allows(block.exercise, easier=block.easier):
            raise NotPermittedError(block.exercise)
    return tuple(
        Line(
            text=words.text,
            kind=words.kind,
            pause_ms=words.pause_ms,
            lasts_ms=words.lasts_ms,
            mark=words.mark,
            sound=words.sound,
            permit=permit,
        )
        for words in _paced(
            _page_words(page, numbers, wording, start, holds=holds, variety=variety), pace_percent
        )
    )


def measure(
    page: Page,
    numbers: Numbers,
    wording: Wording,
    start: Mark | None = None,
    *,
    pace_percent: int = NORMAL_PACE,
    holds: Holds = "count",
    variety: int = 0,
) -> Timeline:
    """The page's timeline from a checkpoint on, to be measured: nothing of it can be answered."""
    return lay_out(
        _paced(
            _page_words(page, numbers, wording, start or Mark(0, 0), holds=holds, variety=variety),
            pace_percent,
        )
    )


def file_words(
    page: Page,
    numbers: Numbers,
    wording: Wording,
    *,
    pace_percent: int = NORMAL_PACE,
    halfway: bool,
    holds: Holds = "count",
) -> tuple[Words, ...]:
    """The page's words as a file says them: nobody can be answered with them.

    Without `halfway` the middle of a block is not announced: it may not be the middle of the whole.
    """
    said = _page_words(page, numbers, wording, Mark(0, 0), holds=holds, halfway=halfway)
    return tuple(_paced(said, pace_percent))


def _paced(page_words: Iterable[Words], pace_percent: int) -> Iterator[Words]:
    for words in page_words:
        if words.sound and not words.text:  # a sound is as long as it is
            yield words
            continue
        pause_ms = words.pause_ms * pace_percent // NORMAL_PACE
        lasts_ms = words.lasts_ms
        if lasts_ms is not None and pace_percent != NORMAL_PACE:
            longest_ms = max(lasts_ms, speech_ms(words.text) + MAX_SILENCE_MS)
            lasts_ms = min(lasts_ms * pace_percent // NORMAL_PACE, longest_ms)
        yield replace(words, pause_ms=pause_ms, lasts_ms=lasts_ms)


def _page_words(
    page: Page,
    numbers: Numbers,
    wording: Wording,
    start: Mark,
    *,
    holds: Holds,
    variety: int = 0,
    halfway: bool = True,
) -> Iterator[Words]:
    for index, block in enumerate(page):
        if index >= start.block:
            resumed = index == start.block and start.repetitions > 0
            yield from _block_words(
                index,
                replace(block, again=True) if resumed else block,
                numbers.form(block.exercise, easier=block.easier),
                wording(block.exercise, block.easier),
                start.repetitions if index == start.block else 0,
                holds=holds,
                halfway=halfway,
                variety=variety,
                ends=index == len(page) - 1,
            )


def _block_words(
    index: int,
    block: Block,
    form: Form,
    cues: Cues,
    done: int,
    *,
    holds: Holds,
    halfway: bool,
    variety: int,
    ends: bool,
) -> Iterator[Words]:
    signal = None if form.stop else SIGNALS.get(holds)  # nobody waits for a bell with the head up

    def step_words(step: Step, repetitions: int) -> Words:
        return Words(
            text=_varied(cues, step.cue, variety) or _text(cues, step.cue, block.side),
            kind=step.kind,
            pause_ms=step.pause_ms,
            mark=Mark(index, repetitions),
            sound=step.sound,
        )

    def sound(repetitions: int) -> Words:
        """What takes the place of words where something changes."""
        return Words(text="", pause_ms=SIGNAL_MS, mark=Mark(index, repetitions), sound=signal)

    for step in form.again if block.again else form.enter:
        yield step_words(step, done)
    if signal and done < block.repetitions:
        yield sound(done)
    for repetition in range(done, block.repetitions):
        is_last = repetition == block.repetitions - 1
        is_middle = block.repetitions >= HALFWAY_FROM and repetition == (block.repetitions + 1) // 2
        for step in (
            *((form.halfway,) if form.halfway and halfway and is_middle else ()),
            *((form.last,) if form.last and is_last and repetition else ()),
        ):
            if not signal:
                yield step_words(step, repetition)
            elif repetition > done:
                yield sound(repetition)
        is_introduced = not block.again and repetition - done < form.introduced
        for phase in form.phases:
            yield Words(
                text=_phase_text(cues, phase, block, holds, is_introduced=is_introduced, is_last=is_last),
                kind=phase.kind,
                lasts_ms=phase.lasts_ms,
                mark=Mark(index, repetition),
                sound=_phase_sound(phase, holds),
            )
    if signal and ends and done < block.repetitions:
        yield sound(block.repetitions)
    for step in form.leave:
        yield step_words(step, block.repetitions)


def _phase_text(
    cues: Cues, phase: Phase, block: Block, holds: Holds, *, is_introduced: bool, is_last: bool
) -> str:
    """Words of its own for the last repetition, longer ones for the first few, counted aloud if so liked."""
    if is_last and (last := cues.get(f"{phase.cue}_last")):
        return last
    first = cues.get(f"{phase.cue}_first")
    if first and is_introduced and holds != "silent":
        return first
    if holds == "loud_count" and (counted := cues.get(f"{phase.cue}_loud") or first):
        return counted
    return _text(cues, phase.cue, block.side)


def _phase_sound(phase: Phase, holds: Holds) -> Sound | None:
    """What is heard in files after the words: a count, the breath, or nothing."""
    if holds == "count":
        return phase.sound
    if holds == "breath":
        return _BREATHS[phase.breath] if phase.breath else "hush"
    return None


_BREATHS: Mapping[str, Sound] = {"in": "breath_in", "out": "breath_out"}


def _text(cues: Cues, cue: str, side: Side | None) -> str:
    return cues.get(f"{cue}.{side}") or cues[cue]


def variants_of(cue: str, cues: Cues) -> list[str]:
    """The names under which other words for a cue stand: `halfway`, `halfway_2`, and so on."""
    found = [cue] if cue in cues else []
    while f"{cue}_{len(found) + 1}" in cues:
        found.append(f"{cue}_{len(found) + 1}")
    return found


def _varied(cues: Cues, cue: str, variety: int) -> str | None:
    names = variants_of(cue, cues)
    return cues[names[variety % len(names)]] if names else None
