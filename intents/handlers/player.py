"""Played straight through: how a stream begins, and how it goes on.

It begins with the same questions, gates and doses as a page of guidance. While it plays its session is
closed, so it carries the clearance under which it began, for half an hour.
"""

from dataclasses import replace
from typing import Final

from audio.permit import Permit
from audio.timeline import Line
from intents import playing
from intents.handlers import comfort, pages, screening
from intents.safety import STREAM_MS, carried
from intents.sound import File, Part, Play, Stream, Token
from intents.state import Wish
from intents.tracks import MINUTE_MS, PACES, most
from intents.turn import Reply, Turn

STRAIGHT: Final = "straight_through"
INTO_PLACE_MS: Final = 8_000
"""Time for taking the position again before a stream goes on."""


def is_preferred(turn: Turn) -> bool:
    """Whether this person likes exercises straight through, and this session has no reason against it."""
    return turn.person.preferences.get("player") == STRAIGHT and not turn.dialogue.by_parts


def can_play(turn: Turn, exercise_id: str) -> bool:
    """Whether there is a player, an address for the world, and the exercise's smallest file."""
    return playing.repetitions_of(turn, exercise_id, 1) > 0


def excuse(turn: Turn, *exercises: str) -> tuple[Turn, tuple[Line, ...]]:
    """Why it goes part by part although it is liked otherwise: said once, unless the exercises are why."""
    stream = turn.person.stream
    if not is_preferred(turn):
        return turn, ()
    if stream is not None and stream.failed:
        return turn.with_dialogue(by_parts=True), (turn.say("stream_failed"),)
    suited = [name for name in exercises if playing.suits(turn, name)]
    if not suited:
        return turn, (turn.say("stream_by_parts"),)
    if any(can_play(turn, name) for name in suited) or turn.person.knows_no_stream:
        return turn, ()
    return turn.with_person(knows_no_stream=True), (turn.say("stream_not_here"),)


def begin(turn: Turn, wish: Wish, repetitions: int, *lines: Line) -> Reply | None:
    """Play an exercise from its first word; `repetitions` a side are what a session would guide.

    Speech comes first: how to pause and stop it, and the signs with the country's number, which no file
    holds. None where nothing of it may be played, or nothing can.
    """
    may = is_preferred(turn) and playing.suits(turn, wish.exercise) and can_play(turn, wish.exercise)
    amount = _amount(turn, wish, repetitions) if may else 0
    if amount < 1:
        return None
    part = Part(exercise=wish.exercise, amount=amount)
    return begin_parts(turn, (part,), *lines, amount_said(turn, part))


def begin_parts(turn: Turn, parts: tuple[Part, ...], *lines: Line) -> Reply | None:
    """Play exercises one after the other, the signs said behind `lines`; None where that may not be."""
    surface = turn.dialogue.surface
    permits = [_permit(turn, part.exercise) for part in parts]
    gates = [pages.open_gate(turn, part.exercise) for part in parts]
    if not permits or surface is None or permits[0] is None or not all(permits) or any(gates):
        return None
    first, *more = parts
    stream = Stream(
        exercise=first.exercise,
        amount=first.amount,
        parts=parts if more else (),
        pace_percent=playing.pace_of(turn),
        until_ms=turn.now_ms + STREAM_MS,
        surface=surface,
        at_ms=0,
        version="",
    )
    turn = playing.silenced(turn).with_person(place=None, knows_no_stream=False)
    return _play(turn, stream, permits[0], *lines, *_how(turn))


def _permit(turn: Turn, exercise_id: str) -> Permit | None:
    """A clearance of this open session for the full form, or the one that the stream still carries."""
    if turn.closed or turn.waits_for:
        return None
    clearance = turn.dialogue.clearance
    if clearance is not None:
        is_cleared = clearance.belongs_to(turn.session_id) and clearance.allows(exercise_id)
        return clearance if is_cleared else None
    found = carried(turn.person.stream, turn.now_ms)
    return found if found and found.allows(exercise_id) else None


def _amount(turn: Turn, wish: Wish, repetitions: int) -> int:
    """How much to play, in the exercise's own unit: what was planned, within this hour's sum."""
    exercise = turn.content.numbers.exercises[wish.exercise]
    wanted = repetitions
    if exercise.timed:
        grown = wish.duration_ms is not None and wish.exercise in turn.person.finished
        time_ms = (wish.duration_ms or 0) if grown else repetitions * exercise.repetition_ms
        wanted = max(1, round(time_ms / MINUTE_MS))
    return playing.within(turn, wish.exercise, wanted)


def amount_said(turn: Turn, part: Part) -> Line:
    """How much of an exercise is played."""
    exercise, amount = turn.content.numbers.exercises[part.exercise], part.amount
    often = turn.language.phrases["often"]
    if exercise.timed:
        said = turn.phrase("minute" if amount == 1 else "minutes", count=turn.number(amount))
    elif amount <= len(often):
        said = often[amount - 1]
    else:
        said = turn.phrase("many_times", count=turn.number(amount))
    said = turn.phrase("stream_sides", times=said) if exercise.sides else said
    return turn.say("stream_start", amount=said[0].upper() + said[1:])


def _how(turn: Turn) -> tuple[Line, ...]:
    elsewhere = (turn.say("alarm_elsewhere"),) if turn.country_is_guess else ()
    return (turn.say("stream_how"), turn.say("stream_signs"), *elsewhere)


def _play(turn: Turn, stream: Stream, permit: Permit, *lines: Line) -> Reply | None:
    """Play a stream's step from where it stands, and enter it into the ledger; then the session is closed.

    None where it cannot be played, or is more than is left of this hour's sum.
    """
    file = playing.file_at(turn, stream, stream.step)
    if file is None:
        return None
    from_ms = stream.offset_ms if file.version == stream.version else 0
    count = file.repetitions(from_ms)
    if count and not playing.fits(turn, stream, count):
        return None
    stream = replace(
        stream,
        at_ms=max(turn.now_ms, stream.at_ms + 1),
        version=file.version,
        from_ms=from_ms,
        offset_ms=from_ms,
        playing=True,
        stopped_ms=None,
        hushed=False,
        ahead=None,
        over=False,
        failed=False,
    )
    turn = playing.counting(turn, stream, count, stream.at_ms)
    turn = playing.begun(turn.with_person(stream=stream))
    return replace(turn.close(*lines), audio=directive(turn, stream, file, permit))


def directive(turn: Turn, stream: Stream, file: File, permit: Permit, after: Token | None = None) -> Play:
    """Play the track at which a stream stands; or, with `after`, once that one is over."""
    token = playing.token_of(turn, stream)
    if token is None:
        raise ValueError(f"no track {stream.step} of {stream.exercise}")
    name = turn.language.exercises[stream.exercise].name
    return Play(
        file=file,
        token=token,
        exercise=stream.exercise,
        title=name[0].upper() + name[1:],
        permit=permit,
        offset_ms=stream.from_ms,
        after=after,
    )


def answered(turn: Turn, *lines: Line) -> Reply:
    """A short answer; what plays goes on behind it. Where nothing plays it names the way up."""
    stream = turn.person.stream
    goes_on = turn.streaming and stream is not None and not stream.over
    return turn.close(*lines, *(() if goes_on else comfort.way_up_in_short(turn)))


def resume(turn: Turn) -> Reply | None:
    """Go on from the last cue, within what was cleared; None where the questions come first."""
    turn = playing.silenced(turn)
    stream = turn.person.stream
    if stream is None or stream.over:
        return None
    permit = _permit(turn, stream.exercise)
    if permit is None or playing.file_at(turn, stream, stream.step) is None:
        return None
    said = turn.say("stream_resume", pause_ms=INTO_PLACE_MS)
    return _play(turn, stream, permit, said) or enough(turn, stream)


def go_on(turn: Turn, *lines: Line) -> Reply | None:
    """Go on with the stream after the questions, under their clearance; None where it has to be by parts."""
    stream, surface = turn.person.stream, turn.dialogue.surface
    if stream is None or stream.over or turn.dialogue.clearance is None or surface is None:
        return None
    kept, left_out = _still_cleared(turn, stream)
    if kept is None or turn.dialogue.by_parts or playing.file_at(turn, kept, kept.step) is None:
        return None
    gate = next((gate for name in kept.exercises if (gate := pages.open_gate(turn, name))), None)
    if gate:
        return screening.begin(turn, gate, *lines)
    stream, permit = kept, _permit(turn, kept.exercise)
    if permit is None:
        return None
    lines = (*lines, *(turn.say("step_left_out", exercise=name) for name in left_out))
    renewed = replace(stream, until_ms=turn.now_ms + STREAM_MS, surface=surface)
    said = (*lines, *_how(turn), turn.say("stream_resume", pause_ms=INTO_PLACE_MS))
    return _play(turn, renewed, permit, *said) or enough(turn, stream)


def at_pace(turn: Turn, steps: int, *lines: Line) -> Reply | None:
    """Go on slower (`steps` above 0) or faster, from the repetition that was going on.

    None where nothing plays, its clearance is over, or there is no such file.
    """
    turn = playing.silenced(turn)
    stream = turn.person.stream
    permit = carried(stream, turn.now_ms)
    if stream is None or permit is None or stream.over:
        return None
    place = PACES.index(stream.pace_percent) + steps if stream.pace_percent in PACES else -1
    if not 0 <= place < len(PACES):
        return resume(turn)
    before = playing.file_at(turn, stream, stream.step)
    paced = replace(stream, pace_percent=PACES[place])
    numbers = turn.content.numbers.exercises[stream.exercise]
    file = playing.file_at(turn, paced, stream.step)
    if before is None or file is None or stream.amount > most(numbers, paced.pace_percent):
        return None
    offset_ms = file.begins_ms(before.repetitions(0, stream.offset_ms))
    moved = replace(paced, version=file.version, offset_ms=offset_ms)
    said = turn.say("stream_resume", pause_ms=INTO_PLACE_MS)
    return _play(turn, moved, permit, *lines, said)


def _still_cleared(turn: Turn, stream: Stream) -> tuple[Stream | None, tuple[str, ...]]:
    """What is left of a stream under the clearance of this session, and the names of what is not.

    A routine goes on without an exercise that may not be played today; None where nothing is left of it.
    """
    exercises, surface = turn.content.numbers.exercises, turn.dialogue.surface
    kept = {
        name
        for name in stream.exercises
        if playing.suits(turn, name) and surface in exercises[name].surfaces and _permit(turn, name)
    }
    tracks = playing.tracks_of(turn, stream)
    coming = [step for step in range(stream.step, len(tracks)) if tracks[step].exercise in kept]
    if not coming:
        return None, ()
    if len(kept) == len(stream.exercises):
        return stream, ()
    names = dict.fromkeys(track.exercise for track in tracks[stream.step :] if track.exercise not in kept)
    less = replace(stream, parts=tuple(part for part in stream.parts if part.exercise in kept))
    step = sum(1 for track in tracks[: coming[0]] if track.exercise in kept)
    found = replace(less, step=step) if coming[0] == stream.step else playing.at_step(turn, less, step)
    return found, tuple(turn.language.exercises[name].name for name in names)


def moved(turn: Turn, step: int, *lines: Line, whole: bool = True) -> Reply:
    """Play one of the tracks from its beginning, within what was cleared; else that is declined."""
    before, turn = turn, playing.silenced(turn)
    stream = turn.person.stream
    begins = playing.at_step(turn, stream, step) if stream else None
    permit = _permit(turn, begins.exercise) if begins else None
    if stream is None or begins is None or permit is None:
        return answered(before, before.say("stream_ask"))
    stays = whole and begins.exercise == stream.exercise
    begins = replace(begins, whole=stays or playing.begins_part(turn, stream, step))
    return _play(turn, begins, permit, *lines) or enough(before, begins)


def not_kept(turn: Turn) -> Reply:
    """What plays has to be remembered: where that cannot be, nothing does."""
    return turn.close(turn.say("stream_gone"), *comfort.way_up_in_short(turn))


def enough(turn: Turn, stream: Stream) -> Reply:
    """It cannot be played, or this hour's sum is used up."""
    if playing.file_at(turn, stream, stream.step) is None:
        return answered(turn, turn.say("stream_gone"))
    name = turn.language.exercises[stream.exercise].name
    return answered(turn, turn.say("limit_reached", exercise=name))
