"""Where somebody is in a stream, and what of it counts: brought up to date by what the device tells."""

from dataclasses import replace
from typing import Final

from audio.page import Holds
from intents import plan, progress
from intents.safety import STREAM_MS
from intents.sound import File, Part, Stream, Token
from intents.state import LEDGER_MS, Done
from intents.tracks import Track, most, nearest_pace, programme, rest_tracks
from intents.turn import Turn

INTERRUPTED_MS: Final = 30_000
"""So soon after a device reports that it stopped comes the word that interrupted it."""


def tracks_of(turn: Turn, stream: Stream) -> tuple[Track, ...]:
    """The tracks of a stream: one an exercise, or one a side; none if one of its exercises is no more."""
    numbers = turn.content.numbers
    found = [numbers.exercises.get(name) for name in stream.exercises]
    if not all(exercise and exercise.track for exercise in found):
        return ()
    parts = stream.parts or (Part(exercise=stream.exercise, amount=stream.amount),)
    return tuple(
        track
        for part in parts
        for track in programme(
            numbers,
            part.exercise,
            part.amount,
            stream.pace_percent,
            stream.holds,
            leads_on=part is not parts[-1],
        )
    )


def at_step(turn: Turn, stream: Stream, step: int) -> Stream:
    """The stream at one of its tracks, from its beginning."""
    track = tracks_of(turn, stream)[step]
    return replace(stream, step=step, exercise=track.exercise, amount=track.amount, from_ms=0, offset_ms=0)


def begins_part(turn: Turn, stream: Stream, step: int) -> bool:
    """Whether a track is the first of its exercise."""
    tracks = tracks_of(turn, stream)
    return step == 0 or tracks[step - 1].exercise != tracks[step].exercise


def ends_part(turn: Turn, stream: Stream) -> bool:
    """Whether what plays is the last track of its exercise."""
    return is_last(turn, stream) or begins_part(turn, stream, stream.step + 1)


def file_at(turn: Turn, stream: Stream, step: int) -> File | None:
    """The file of one of its tracks, if it can be played here and now."""
    tracks = tracks_of(turn, stream)
    if turn.files is None or not 0 <= step < len(tracks):
        return None
    return turn.files.find(turn.locale, tracks[step])


def token_of(turn: Turn, stream: Stream) -> Token | None:
    """The token of what plays."""
    tracks = tracks_of(turn, stream)
    if not 0 <= stream.step < len(tracks):
        return None
    return Token(track=tracks[stream.step].name, version=stream.version, step=stream.step, at_ms=stream.at_ms)


def rests(turn: Turn) -> bool:
    """Whether the device tells of a long rest, which is no stream that could go on."""
    return (
        turn.player is not None and turn.player.token is not None and turn.player.token.track in rest_tracks()
    )


def is_last(turn: Turn, stream: Stream) -> bool:
    """Whether what plays is the last of its tracks."""
    return stream.step + 1 >= len(tracks_of(turn, stream))


def following(turn: Turn, stream: Stream) -> int | None:
    """The step that comes next: the other side, or the first again where it loops; None for the end."""
    if not is_last(turn, stream):
        return stream.step + 1
    return 0 if stream.loops else None


def suits(turn: Turn, exercise_id: str) -> bool:
    """Whether an exercise may be played at all: never rolling, its easier form, or on a day that stays small.

    There it must be asked how it goes.
    """
    has_file = bool(most(turn.content.numbers.exercises[exercise_id]))
    return has_file and not plan.is_easier(turn, exercise_id) and not plan.small(turn)


def pace_of(turn: Turn) -> int:
    """The pace of files that is nearest to this person's."""
    return nearest_pace(turn.person.pace_percent)


def holds_of(turn: Turn, *exercises: str) -> Holds:
    """What this person likes to hear in holds, if there are files of all these exercises with it."""
    liked = turn.holds
    return liked if all(_repetitions(turn, name, 1, liked) for name in exercises) else "count"


def within(turn: Turn, exercise_id: str, wanted: int) -> int:
    """So much of what is wanted of an exercise as this hour's sum leaves; 0 if nothing can be played."""
    room = plan.room(turn, exercise_id)
    amounts = range(min(wanted, most(turn.content.numbers.exercises[exercise_id], pace_of(turn))), 0, -1)
    return next((amount for amount in amounts if 0 < repetitions_of(turn, exercise_id, amount) <= room), 0)


def repetitions_of(turn: Turn, exercise_id: str, amount: int) -> int:
    """What so much of an exercise counts in the ledger, all sides together; 0 where it cannot be played."""
    repetitions = _repetitions(turn, exercise_id, amount, holds_of(turn, exercise_id))
    return plan.counted(turn.content.numbers.exercises[exercise_id], repetitions, pace_of(turn))


def _repetitions(turn: Turn, exercise_id: str, amount: int, holds: Holds) -> int:
    numbers, files, pace_percent = turn.content.numbers, turn.files, pace_of(turn)
    if files is None or not 0 < amount <= most(numbers.exercises[exercise_id], pace_percent):
        return 0
    tracks = programme(numbers, exercise_id, amount, pace_percent, holds)
    found = [files.find(turn.locale, track) for track in tracks]
    return sum(file.repetitions() for file in found if file) if all(found) else 0


def counts(turn: Turn, stream: Stream, repetitions: int) -> int:
    """What so many of a stream's repetitions count in the ledger."""
    return plan.counted(turn.content.numbers.exercises[stream.exercise], repetitions, stream.pace_percent)


def fits(turn: Turn, stream: Stream, repetitions: int) -> bool:
    """Whether so many more repetitions stay within this hour's sum."""
    return 0 < counts(turn, stream, repetitions) <= plan.room(turn, stream.exercise)


def counting(turn: Turn, stream: Stream, repetitions: int, at_ms: int) -> Turn:
    """The ledger with so much for what was sent then: all of it, until we hear how far it came."""
    key = (stream.exercise, at_ms)
    others = tuple(done for done in turn.person.ledger if (done.exercise, done.at_ms) != key)
    if not repetitions or abs(turn.now_ms - at_ms) >= LEDGER_MS:
        return turn.with_person(ledger=others)
    entry = Done(exercise=stream.exercise, repetitions=counts(turn, stream, repetitions), at_ms=at_ms)
    return turn.with_person(ledger=(*others, entry))


def settle(turn: Turn) -> Turn:
    """Bring the stream up to date with what the device says is playing.

    What it tells of another track than the one that we sent last, or queued behind it, comes late, from
    another device, or from nobody we know: it changes nothing. A voice interrupts what plays: the device may
    report it as stopped, and goes on by itself after a short answer.
    """
    stream, player = turn.person.stream, turn.player
    if stream is None or player is None or player.token is None:
        return turn
    if player.token == stream.ahead:
        turn = _advanced(turn, stream)
    elif may_go_on(turn) and not stream.hushed:
        return replace(turn, player=replace(player, sounding=True))
    return turn


def may_go_on(turn: Turn) -> bool:
    """Whether the device has stopped, but only just: for a voice perhaps, and then it goes on by itself.

    So it does after "stop", too, if that answer was lost. Of a stream that an alarm has ended, or that began
    on another device since, only the time is known at which it was sent.
    """
    stream, player = turn.person.stream, turn.player
    if player is None or player.token is None or not player.stopped:
        return False
    if stream is None or not is_current(turn):
        return 0 <= turn.now_ms - player.token.at_ms < STREAM_MS
    return stream.stopped_ms is not None and 0 <= turn.now_ms - stream.stopped_ms < INTERRUPTED_MS


def is_current(turn: Turn) -> bool:
    """Whether the device tells of the track that plays as far as we know."""
    stream, player = turn.person.stream, turn.player
    return stream is not None and player is not None and player.token == token_of(turn, stream)


def started(turn: Turn) -> Turn:
    """It goes on after an interruption, so what is left of the track counts again."""
    stream = turn.person.stream
    if stream is None or stream.playing or not is_current(turn):
        return turn
    file = file_at(turn, stream, stream.step)
    if file is not None and file.version == stream.version:
        turn = counting(turn, stream, file.repetitions(stream.from_ms), stream.at_ms)
    return turn.with_person(stream=replace(stream, playing=True, stopped_ms=None))


def silenced(turn: Turn) -> Turn:
    """The stream after it was told to stop, or to play something else: nothing stands behind it any more."""
    turn = unqueued(stopped(turn))
    stream = turn.person.stream
    return turn.with_person(stream=replace(stream, hushed=True)) if stream else turn


def stopped(turn: Turn) -> Turn:
    """The stream as far as it was heard: only what had begun counts."""
    stream, player = turn.person.stream, turn.player
    if stream is None or player is None or not stream.playing or not is_current(turn):
        return turn
    offset_ms = max(stream.from_ms, player.offset_ms)
    file = file_at(turn, stream, stream.step)
    if file is not None and file.version == stream.version:
        turn = counting(turn, stream, file.repetitions(stream.from_ms, offset_ms), stream.at_ms)
        offset_ms = file.cue_before(offset_ms)
    held = replace(stream, offset_ms=offset_ms, playing=False, stopped_ms=turn.now_ms)
    return turn.with_person(stream=held)


def unqueued(turn: Turn) -> Turn:
    """Nothing stands behind what plays any more."""
    stream = turn.person.stream
    if stream is None or stream.ahead is None:
        return turn
    return _without_ahead(turn, stream).with_person(stream=replace(stream, ahead=None))


def finished(turn: Turn) -> Turn:
    """The track was heard to its end: on to what follows, or all of it is done.

    One that we stopped, or whose device reported that it stopped, is not: what tells otherwise comes late.
    """
    stream = turn.person.stream
    if stream is None or not stream.playing:
        return turn
    if ends_part(turn, stream):
        turn = _done(turn, stream)
    if stream.ahead is not None:
        return _advanced(turn, stream)
    if is_last(turn, stream):
        return turn.with_person(stream=replace(stream, playing=False, over=True, offset_ms=0))
    # Nothing was queued, because the clearance or the hour's sum was used up: it may go on from there later.
    step = stream.step + 1
    after = replace(at_step(turn, stream, step), playing=False)
    return turn.with_person(stream=replace(after, whole=stream.whole or begins_part(turn, stream, step)))


def _done(turn: Turn, stream: Stream) -> Turn:
    """Enter the exercise as finished, if nothing of it was skipped."""
    if not stream.whole or stream.over:
        return turn
    done = turn.with_person(finished={**turn.person.finished, stream.exercise: turn.now_ms})
    # Whoever hears it again at once has not come for another session.
    is_first = progress.of(turn, stream.exercise).open
    return progress.finished(done, stream.exercise) if is_first else done


def _without_ahead(turn: Turn, stream: Stream) -> Turn:
    if stream.ahead is None:
        return turn
    return counting(turn, replace(stream, exercise=stream.ahead.exercise), 0, stream.ahead.at_ms)


def _advanced(turn: Turn, stream: Stream) -> Turn:
    """What stood behind it plays now."""
    ahead = stream.ahead
    if ahead is None or ahead.step >= len(tracks_of(turn, stream)):
        return turn
    begins = begins_part(turn, stream, ahead.step)
    stream = replace(
        at_step(turn, stream, ahead.step),
        at_ms=ahead.at_ms,
        version=ahead.version,
        playing=True,
        stopped_ms=None,
        ahead=None,
        whole=stream.whole or begins,
        over=False,
    )
    return begun(turn.with_person(stream=stream)) if begins else turn.with_person(stream=stream)


def begun(turn: Turn) -> Turn:
    """In a routine each exercise is a session of its own, which begins when it is its turn."""
    stream = turn.person.stream
    if stream is None or not stream.parts or progress.of(turn, stream.exercise).open:
        return turn
    finished_ms = turn.person.finished.get(stream.exercise)
    # Whoever hears it again at once has not come for another session.
    is_again = finished_ms is not None and turn.now_ms - finished_ms < LEDGER_MS
    return turn if is_again else progress.begun(turn, stream.exercise)
