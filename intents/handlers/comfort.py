"""Resting poses and the way up: help, not guidance. No clearance needed, from any state."""

from dataclasses import replace
from typing import Final

from audio.content import Side
from audio.timeline import Line
from intents.handlers import alarm
from intents.turn import Reply, Turn

POSES: Final = ("rest_back", "rest_side", "rest_towel")
"""The resting poses, in turn: the back with its knees over blankets, the side, the back with a towel."""


def resting_pose(turn: Turn) -> Reply:
    """A resting pose with breath cues and quiet, then: longer, or get up?

    On the side, unless the pregnancy question has been answered in this session: then the poses take turns.
    """
    value = turn.value("side")
    if turn.dialogue.question == "rest_longer" and value is None:
        return rest_longer(turn)
    side: Side | None = "left" if value == "left" else "right" if value == "right" else None
    return _in_pose(turn, "rest_side" if side else _next_pose(turn), side)


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


def _in_pose(turn: Turn, pose: str, side: Side | None) -> Reply:
    turn = turn.with_dialogue(pose=pose, lying=True, rested=False)
    return turn.ask("rest_longer", *alarm.urgent_first(turn), *turn.move(pose, side))


def rest_only(turn: Turn, *lines: Line) -> Reply:
    """Nothing but rest for this session: guidance is closed, and the pose on the side offered."""
    shut = alarm.shut_guidance(turn, urgent=False).with_dialogue(lying=True)
    return shut.ask("rest_longer", *lines, *shut.move("rest_side"))


def rest_longer(turn: Turn) -> Reply:
    """More quiet in the same pose: half a minute, and from the second time on two minutes."""
    name = "quiet_long" if turn.dialogue.rested else "quiet"
    return turn.with_dialogue(rested=True).ask("rest_longer", *alarm.urgent_first(turn), *turn.move(name))


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
