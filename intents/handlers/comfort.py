"""Resting poses and the way up: help, not guidance. No clearance needed, from any state."""

from dataclasses import replace
from typing import Final

from audio.content import Side
from audio.timeline import Line
from intents import playing
from intents.handlers import alarm
from intents.sound import Play, Token
from intents.tracks import MINUTE_MS, rest_track, title_of
from intents.turn import Reply, Turn

POSES: Final = ("rest_back", "rest_side", "rest_towel")
"""The resting poses, in turn: the back with its knees over blankets, the side, the back with a towel."""

LONG_FROM_MS: Final = 5 * MINUTE_MS
"""A rest of so long is played, where that can be."""


def resting_pose(turn: Turn) -> Reply:
    """A resting pose with breath cues and quiet, then: longer, or get up?

    On the side, unless the pregnancy question has been answered in this session: then the poses take turns. A
    long time that is named is played where that can be; else the quiet comes in parts, and that is said.
    """
    value, asked_ms = turn.value("side"), turn.duration_ms or 0
    side: Side | None = "left" if value == "left" else "right" if value == "right" else None
    pose = "rest_side" if side else _next_pose(turn)
    rests = turn.dialogue.question == "rest_longer" and side is None
    if asked_ms >= LONG_FROM_MS:
        lines = () if rests else turn.move(pose, side)[:-1]  # the quiet at its end is what is played
        played = _played(turn, asked_ms, *lines)
        if played:
            return played
    said = (turn.say("rest_parts"),) if asked_ms >= LONG_FROM_MS else ()
    return rest_longer(turn, *said) if rests else _in_pose(turn, pose, side, *said)


def other_pose(turn: Turn) -> Reply:
    """Another pose than the one that was offered; where only the side may be, the other side."""
    pose = _next_pose(turn)
    if pose != turn.dialogue.pose:
        return _in_pose(turn, pose, None)
    first, *others = turn.move(pose)
    over = replace(first, text=turn.phrase("rest_other_side"))
    return turn.with_dialogue(rested=False).ask("rest_longer", *alarm.urgent_first(turn), over, *others)


def _next_pose(turn: Turn) -> str:
    if turn.dialogue.clearance is None:
        return "rest_side"
    before = turn.dialogue.pose
    return POSES[(POSES.index(before) + 1) % len(POSES)] if before in POSES else POSES[0]


def _in_pose(turn: Turn, pose: str, side: Side | None, *lines: Line) -> Reply:
    turn = turn.with_dialogue(pose=pose, lying=True, rested=False)
    return turn.ask("rest_longer", *alarm.urgent_first(turn), *lines, *turn.move(pose, side))


def _played(turn: Turn, asked_ms: int, *lines: Line) -> Reply | None:
    """Soft breathing for about so long, as a stream; None where none can be played."""
    track = rest_track(asked_ms / MINUTE_MS)
    file = turn.files.find(turn.locale, track) if turn.files else None
    if file is None:
        return None
    minutes = turn.phrase("minutes", count=turn.number(track.amount))
    said = turn.say("rest_played", minutes=minutes[0].upper() + minutes[1:])
    turn = playing.silenced(turn).with_person(stream=None).with_dialogue(lying=True)
    token = Token(track=track.name, version=file.version, step=0, at_ms=turn.now_ms)
    title = title_of(track, turn.language)
    closed = turn.close(*alarm.urgent_first(turn), *lines, said)
    return replace(closed, audio=Play(file=file, token=token, exercise=None, title=title, permit=None))


def rest_only(turn: Turn, *lines: Line) -> Reply:
    """Nothing but rest for this session: guidance is closed, and the pose on the side offered."""
    shut = alarm.shut_guidance(turn, urgent=False).with_dialogue(lying=True)
    return shut.ask("rest_longer", *lines, *shut.move("rest_side"))


def rest_longer(turn: Turn, *lines: Line) -> Reply:
    """More quiet in the same pose: half a minute, and from the second time on two, or a stream."""
    played = _played(turn, LONG_FROM_MS) if turn.dialogue.rested else None
    if played:
        return played
    name = "quiet_long" if turn.dialogue.rested else "quiet"
    rested = turn.with_dialogue(rested=True)
    return rested.ask("rest_longer", *alarm.urgent_first(turn), *lines, *turn.move(name))


def get_up(turn: Turn) -> Reply:
    """The way up, with "more time" as often as wanted; it ends only with "I'm up".

    The guard comes first, as a statement, unless the person has been answering us on the floor just now.
    """
    known = turn.dialogue.briefed and not turn.urgent
    guard = () if known else (turn.say("up_guard", pause_ms=1000), turn.say("up_guard_else"))
    way = "way_up_bed" if turn.dialogue.surface == "bed" else "way_up"
    turn = turn.with_dialogue(lying=True, misses=0)
    return turn.ask("are_you_up", *guard, *turn.move(way))


def up(turn: Turn) -> Reply:
    """Well done, and goodbye."""
    return turn.with_dialogue(lying=False).close(turn.say("up_done"))


def stuck(turn: Turn) -> Reply:
    """Somebody who cannot get up: whom to call, then as much time as wanted. That ends guidance."""
    turn = alarm.shut_guidance(turn, urgent=True)
    return turn.ask("are_you_up", turn.say("stuck", pause_ms=1000), *turn.move("waiting"), triage="emergency")


def waiting(turn: Turn, *lines: Line) -> Reply:
    """Twenty seconds, as often as wanted, then the open question again."""
    return turn.ask_again(*lines, *turn.move("waiting"))


def farewell(turn: Turn) -> Reply:
    """Done, and neither rest nor help wanted: the way up in one sentence."""
    return turn.close(turn.say("bye_done"), *way_up_in_short(turn), turn.say("bye_up"))


def way_up_in_short(turn: Turn) -> tuple[Line, ...]:
    """The way up in one sentence, for everything that closes after somebody has lain down."""
    if not turn.dialogue.lying:
        return ()
    return (turn.say("way_up_bed_short" if turn.dialogue.surface == "bed" else "way_up_short"),)
