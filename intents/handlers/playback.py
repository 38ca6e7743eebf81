"""While a stream plays: a player's words, each in a session of its own, and what the device itself reports.

The device's requests may not be answered with a word.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from intents import playing
from intents.handlers import adjust, alarm, comfort, player
from intents.safety import carried
from intents.sound import Play, Stop, Unqueue
from intents.turn import Handler, Reply, Turn

# --- words while it plays, or after ---


def is_meant(turn: Turn) -> bool:
    """Whether a player's word is about the stream: the first word of a session, after a stream."""
    stream = turn.person.stream
    known = stream is not None and playing.tracks_of(turn, stream)
    has_player = turn.player is not None or turn.files is not None
    return turn.is_new and bool(known) and has_player and turn.name in WORDS


def _word_pause(turn: Turn) -> Reply:
    """Pause: silence, feet down, and how to go on."""
    turn = playing.silenced(turn)
    said = (*alarm.feet_down(turn), turn.say("stream_paused"))
    return replace(turn.close(*said, *comfort.way_up_in_short(turn)), audio=Stop())


def _word_next(turn: Turn) -> Reply:
    stream = turn.person.stream
    if stream is None or playing.is_last(turn, stream):
        return player.answered(turn, turn.say("stream_last"))
    return player.moved(turn, stream.step + 1, turn.say("ready_go"), whole=False)


def _word_previous(turn: Turn) -> Reply:
    stream = turn.person.stream
    if stream is None or stream.step == 0:
        return player.moved(turn, 0, turn.say("nothing_before"))
    return player.moved(turn, stream.step - 1, turn.say("ready_go"), whole=stream.whole)


def _word_repeat(turn: Turn) -> Reply:
    stream = turn.person.stream
    step = stream.step if stream and not stream.over else 0
    return player.moved(turn, step, turn.say("ready_go"), whole=stream.whole if stream else True)


def _word_start_over(turn: Turn) -> Reply:
    return player.moved(turn, 0, turn.say("ready_go"))


def _word_loop_on(turn: Turn) -> Reply:
    """Again and again within the dose; only of what somebody knows, because nobody asks how it goes."""
    stream = turn.person.stream
    if stream is None or not turn.person.finished.keys() >= set(stream.exercises):
        return player.answered(turn, turn.say("stream_once"))
    turn = turn.with_person(stream=replace(stream, loops=True))
    reply = player.answered(turn, turn.say("stream_loops"))
    if not (turn.streaming and playing.is_current(turn)):
        return reply
    return _queued(reply, turn) or reply


def _word_loop_off(turn: Turn) -> Reply:
    """Once, and no more: a repetition that stands in the queue leaves it."""
    stream = turn.person.stream
    if stream is None:
        return player.answered(turn, turn.say("loop_off"))
    turn = turn.with_person(stream=replace(stream, loops=False))
    if stream.ahead is None or stream.ahead.step != 0:
        return player.answered(turn, turn.say("loop_off"))
    turn = playing.unqueued(turn)
    return replace(player.answered(turn, turn.say("loop_off")), audio=Unqueue())


def _word_shuffle(turn: Turn) -> Reply:
    return player.answered(turn, turn.say("in_order"))


def _word_time_left(turn: Turn) -> Reply:
    """How long what plays, and what follows it, still lasts."""
    stream, device = turn.person.stream, turn.player
    if stream is None or device is None or not turn.streaming or not playing.is_current(turn):
        return player.answered(turn, turn.say("nothing_left"))
    files = [playing.file_at(turn, stream, step) for step in range(len(playing.tracks_of(turn, stream)))]
    left_ms = sum(file.length_ms for file in files[stream.step :] if file) - device.offset_ms
    return player.answered(turn, turn.say("time_left", time=adjust.spoken_time(turn, max(0, left_ms))))


def _queued(reply: Reply, turn: Turn) -> Reply | None:
    """The reply with what comes next put behind what plays; None where nothing does, or it stands there."""
    stream = turn.person.stream
    step = playing.following(turn, stream) if stream else None
    permit = carried(stream, turn.now_ms)
    if stream is None or step is None or permit is None or stream.ahead is not None or stream.over:
        return None
    file, after = playing.file_at(turn, stream, step), playing.token_of(turn, stream)
    if file is None or after is None:
        return None
    coming = playing.at_step(turn, stream, step)
    if not playing.fits(turn, coming, file.repetitions()):
        return None
    at_ms = max(turn.now_ms, stream.at_ms + 1)
    coming = replace(coming, at_ms=at_ms, version=file.version)
    play = player.directive(turn, coming, file, permit, after)
    turn = playing.counting(turn, coming, file.repetitions(), at_ms)
    turn = turn.with_person(stream=replace(stream, ahead=play.token))
    return replace(reply, audio=play, person=turn.person)


WORDS: Final[Mapping[str, Handler]] = {
    "AMAZON.PauseIntent": _word_pause,
    "AMAZON.NextIntent": _word_next,
    "AMAZON.PreviousIntent": _word_previous,
    "AMAZON.RepeatIntent": _word_repeat,
    "AMAZON.StartOverIntent": _word_start_over,
    "AMAZON.LoopOnIntent": _word_loop_on,
    "AMAZON.LoopOffIntent": _word_loop_off,
    "AMAZON.ShuffleOnIntent": _word_shuffle,
    "AMAZON.ShuffleOffIntent": _word_shuffle,
    "RepeatStepIntent": _word_repeat,
    "TimeLeftIntent": _word_time_left,
}
"""What a player's words do to a stream. Resume, stop and cancel mean the same as in every session."""


PLAYER_WORDS: Final = WORDS.keys() - {"TimeLeftIntent", "RepeatStepIntent"} | {
    "AMAZON.ResumeIntent",
    "AMAZON.StopIntent",
    "AMAZON.CancelIntent",
}
"""What can be said without our name while something of ours plays, or did last."""


# --- what the device reports, and its buttons ---


def _silent(turn: Turn) -> Reply:
    return turn.close()


def started(turn: Turn) -> Reply:
    """PlaybackStarted: one of ours that was told to stop, or nobody is cleared for, is stopped."""
    device, stream = turn.player, turn.person.stream
    is_ours = device is not None and device.token is not None
    ended = stream is None or (playing.is_current(turn) and (stream.hushed or not stream.until_ms))
    if is_ours and ended:
        return replace(_silent(playing.silenced(turn)), audio=Stop())
    return _silent(playing.started(turn))


def nearly_finished(turn: Turn) -> Reply:
    """PlaybackNearlyFinished: the next one behind it, once, within what was cleared."""
    silent = _silent(turn)
    return (_queued(silent, turn) or silent) if playing.is_current(turn) else silent


def finished(turn: Turn) -> Reply:
    """PlaybackFinished: what was done is entered."""
    return _silent(playing.finished(turn) if playing.is_current(turn) else turn)


def halted(turn: Turn) -> Reply:
    """PlaybackStopped: where it was; only what had begun counts."""
    return _silent(playing.stopped(turn))


def failed(turn: Turn) -> Reply:
    """PlaybackFailed: what the device could not play is offered part by part the next time."""
    stream = turn.person.stream
    if stream is None or not playing.is_current(turn):
        return _silent(turn)
    turn = playing.silenced(turn)
    stopped = turn.person.stream or stream
    return _silent(turn.with_person(stream=replace(stopped, failed=True, playing=False, ahead=None)))


def rested(turn: Turn) -> Reply:
    """What a device tells of a long rest changes nothing; its pause button ends it."""
    ends = turn.name == "PlaybackController.PauseCommandIssued"
    return replace(_silent(turn), audio=Stop()) if ends else _silent(turn)


def button_play(turn: Turn) -> Reply:
    """PlaybackController.PlayCommandIssued: on from the last cue, within what was cleared."""
    return _unspoken(player.resume(turn), turn)


def button_pause(turn: Turn) -> Reply:
    """PlaybackController.PauseCommandIssued."""
    return replace(_silent(playing.silenced(turn)), audio=Stop())


def button_next(turn: Turn) -> Reply:
    """PlaybackController.NextCommandIssued."""
    return _unspoken(_word_next(turn), turn)


def button_previous(turn: Turn) -> Reply:
    """PlaybackController.PreviousCommandIssued."""
    return _unspoken(_word_previous(turn), turn)


def _unspoken(reply: Reply | None, turn: Turn) -> Reply:
    """What a word would play, without a word; else nothing changes."""
    if reply is None or not isinstance(reply.audio, Play):
        return _silent(turn)
    return replace(reply, lines=(), card=None)


EVENTS: Final[Mapping[str, Handler]] = {
    "AudioPlayer.PlaybackStarted": started,
    "AudioPlayer.PlaybackNearlyFinished": nearly_finished,
    "AudioPlayer.PlaybackFinished": finished,
    "AudioPlayer.PlaybackStopped": halted,
    "AudioPlayer.PlaybackFailed": failed,
    "PlaybackController.PlayCommandIssued": button_play,
    "PlaybackController.PauseCommandIssued": button_pause,
    "PlaybackController.NextCommandIssued": button_next,
    "PlaybackController.PreviousCommandIssued": button_previous,
}
"""Requests of the device's player: none of them may be answered with a word."""
