"""Where somebody is in a stream, and what of it counts: brought up to date by what the device tells."""

from dataclasses import replace
from typing import Final

from intents import plan, progress
from intents.safety import STREAM_MS
from intents.sound import File, Stream, Token
from intents.state import LEDGER_MS, Done
from intents.tracks import Track, programme, rest_tracks
from intents.turn import Turn

INTERRUPTED_MS: Final = 30_000
"""So soon after a device reports that it stopped comes the word that interrupted it."""


def tracks_of(turn: Turn, stream: Stream) -> tuple[Track, ...]:
    """The tracks of a stream: one, or one a side; none of an exercise that is no more."""
    exercise = turn.content.numbers.exercises.get(stream.exercise)
    if exercise is None or exercise.track is None:
        return ()
    return programme(turn.content.numbers, stream.exercise, stream.amount, stream.holds)


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


def fits(turn: Turn, stream: Stream, repetitions: int) -> bool:
    """Whether so many more repetitions stay within this hour's sum."""
    return 0 < repetitions <= plan.room(turn, stream.exercise)


def counting(turn: Turn, stream: Stream, repetitions: int, at_ms: int) -> Turn:
    """The ledger with so much for what was sent then: all of it, until we hear how far it came."""
    key = (stream.exercise, at_ms)
    others = tuple(done for done in turn.person.ledger if (done.exercise, done.at_ms) != key)
    entry = Done(exercise=stream.exercise, repetitions=repetitions, at_ms=at_ms)
    is_recent = abs(turn.now_ms - at_ms) < LEDGER_MS
    return turn.with_person(ledger=(*others, entry) if repetitions and is_recent else others)


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
        turn = turn.with_person(stream=_advanced(stream))
    elif may_go_on(turn) and not stream.hushed:
        return replace(turn, player=replace(player, sounding=True))
    return turn


def may_go_on(turn: Turn) -> bool:
    """Whether the device has stopped, but only just: for a voice perhaps, and then it goes on by itself.

    So it does after "stop", too, if that answer was lost. Of a stream that an alarm has ended only the
    time is known at which it was sent.
    """
    stream, player = turn.person.stream, turn.player
    if player is None or player.token is None or not player.stopped:
        return False
    if stream is None:
        return 0 <= turn.now_ms - player.token.at_ms < STREAM_MS
    just = stream.stopped_ms is not None and 0 <= turn.now_ms - stream.stopped_ms < INTERRUPTED_MS
    return just and is_current(turn)


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
    if is_last(turn, stream):
        turn = _done(turn, stream)
        if stream.ahead is None:
            return turn.with_person(stream=replace(stream, playing=False, over=True, offset_ms=0))
    if stream.ahead is not None:
        return turn.with_person(stream=_advanced(stream))
    # Nothing was queued, because the clearance or the hour's sum was used up: it may go on from there later.
    after = replace(stream, step=stream.step + 1, from_ms=0, offset_ms=0, playing=False)
    return turn.with_person(stream=after)


def _done(turn: Turn, stream: Stream) -> Turn:
    """Enter the exercise as finished, if nothing of it was skipped."""
    if not stream.whole or stream.over:
        return turn
    done = turn.with_person(finished={**turn.person.finished, stream.exercise: turn.now_ms})
    # Whoever hears it again at once has not come for another session.
    is_first = progress.of(turn, stream.exercise).open
    return progress.finished(done, stream.exercise) if is_first else done


def _without_ahead(turn: Turn, stream: Stream) -> Turn:
    return counting(turn, stream, 0, stream.ahead.at_ms) if stream.ahead else turn


def _advanced(stream: Stream) -> Stream:
    """What stood behind it plays now."""
    if stream.ahead is None:
        return stream
    return replace(
        stream,
        step=stream.ahead.step,
        at_ms=stream.ahead.at_ms,
        version=stream.ahead.version,
        from_ms=0,
        offset_ms=0,
        playing=True,
        stopped_ms=None,
        ahead=None,
        whole=stream.whole or stream.ahead.step == 0,
        over=False,
    )
