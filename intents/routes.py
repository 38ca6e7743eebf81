"""The table of contents: what can be asked, and the function that answers it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from audio.timeline import lay_out
from intents import place, playing
from intents.handlers import (
    adjust,
    advice,
    alarm,
    comfort,
    guesses,
    memory,
    pages,
    pain,
    playback,
    reminders,
    start,
    talk,
)
from intents.history import remember
from intents.sound import Stop
from intents.state import LEDGER_MS, Said
from intents.turn import Handler, Reply, Turn

ROUTES: Final[Mapping[str, Handler]] = {
    "LaunchRequest": talk.launch,
    "SessionEndedRequest": talk.session_ended,
    "StartExerciseIntent": start.start,
    "DescribeExerciseIntent": advice.describe_exercise,
    "ListExercisesIntent": advice.list_exercises,
    "SurfaceIntent": start.surface,
    "RestingPoseIntent": comfort.resting_pose,
    "GetTipIntent": advice.get_tip,
    "GetUpIntent": comfort.get_up,
    "SafetyCheckIntent": start.check,
    "StartRoutineIntent": start.start_routine,
    "TimeLeftIntent": adjust.time_left,
    "AskAboutIntent": advice.ask_about,
    "WhyIntent": talk.why,
    "SetModeIntent": memory.set_mode,
    "ProgressIntent": memory.progress,
    "KnownDataIntent": memory.known,
    "DeleteMyDataIntent": memory.forget,
    "SetReminderIntent": reminders.set_reminder,
    "ListRemindersIntent": reminders.list_reminders,
    "DeleteReminderIntent": reminders.delete,
    "Connections.Response.AskFor": reminders.permitted,
    "AdjustExerciseIntent": memory.adjust,
    "ReadyIntent": start.ready,
    "RatePainIntent": pain.rate_pain,
    "ReportPainIntent": pain.report_pain,
    "ReportSymptomIntent": pain.report_symptom,
    "NotSureIntent": talk.not_sure,
    "AMAZON.YesIntent": talk.yes,
    "AMAZON.NoIntent": talk.no,
    "AMAZON.HelpIntent": talk.help_,
    "AMAZON.StopIntent": talk.stop,
    "AMAZON.CancelIntent": talk.stop,
    "AMAZON.NavigateHomeIntent": talk.stop,
    "AMAZON.RepeatIntent": talk.repeat,
    "AMAZON.LoopOnIntent": talk.repeat,
    "AMAZON.LoopOffIntent": talk.loop_off,
    "AMAZON.ShuffleOnIntent": talk.in_order,
    "AMAZON.ShuffleOffIntent": talk.in_order,
    "AMAZON.NextIntent": talk.forward,
    "AMAZON.PreviousIntent": pages.back,
    "AMAZON.PauseIntent": talk.pause,
    "AMAZON.ResumeIntent": talk.resume,
    "AMAZON.StartOverIntent": start.start_over,
    "AMAZON.FallbackIntent": talk.fallback,
    **playback.EVENTS,
}


SILENCING: Final = frozenset({"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"})
"""What stops a stream although it is answered and closed at once."""

GOES_ON: Final = frozenset(
    {
        "AMAZON.YesIntent",
        "AMAZON.NoIntent",
        "AMAZON.ResumeIntent",
        "AMAZON.NextIntent",
        "AMAZON.PreviousIntent",
        "AMAZON.RepeatIntent",
        "AMAZON.StartOverIntent",
        "ReadyIntent",
        "NotSureIntent",
        "TimeLeftIntent",
        "AdjustExerciseIntent",
    }
)
"""Requests that go on with an exercise: after it went on elsewhere they are asked first whether to, here."""


def answer(turn: Turn) -> Reply:
    """Answer a turn: bring the place up to date first, then the route's handler; unknown names fall back."""
    turn = playing.settle(turn)
    if turn.name in playback.EVENTS:
        return _noted(turn, playback.EVENTS[turn.name](turn))
    return _hushed(turn, _answered(turn))


def _answered(turn: Turn) -> Reply:
    stream = turn.person.stream
    if turn.streaming or (turn.is_new and playing.may_go_on(turn)):
        on_bed = stream is not None and stream.surface == "bed"
        turn = turn.with_dialogue(lying=True, streamed=True, surface="bed" if on_bed else None)
    settled = place.settle(turn)
    if playback.is_meant(settled):
        return _noted(turn, playback.WORDS[turn.name](settled))
    meant = guesses.settle(settled)
    if isinstance(meant, Reply):
        return _noted(turn, meant, talk.to_repeat(settled, meant))
    settled = meant
    if settled.elsewhere and settled.name in GOES_ON:
        return _noted(turn, settled.ask("carry_on_here"))
    reply = (
        guesses.ask(settled)
        or pain.in_other_words(settled)
        or advice.out_of_scope(settled)
        or ROUTES.get(settled.name, talk.fallback)(settled)
    )
    return _noted(turn, _feet_first(settled, reply), talk.to_repeat(settled, reply))


def _hushed(turn: Turn, reply: Reply) -> Reply:
    """What plays, or may go on by itself, is stopped by everything but a short answer behind which it may."""
    silences = turn.name in SILENCING and turn.is_new and turn.player is not None and turn.player.token
    stays = reply.question is None and reply.triage is None
    may_sound = turn.streaming or (turn.is_new and playing.may_go_on(turn))
    if reply.audio is not None or not (silences or (may_sound and not stays)):
        return reply
    held = playing.silenced(replace(turn, person=reply.person)).person
    return replace(
        reply, audio=Stop(), person=remember(reply.person, held, turn.content.numbers, turn.now_ms)
    )


def _noted(turn: Turn, reply: Reply, said: Said = ()) -> Reply:
    """The reply with what it changes in what is kept: the history, and what "repeat" and fallback go by."""
    before, after = turn.dialogue, replace(reply.dialogue, said=said)
    if turn.name in ROUTES and turn.name != "AMAZON.FallbackIntent":
        after = replace(after, misses=0)
    if after.question != before.question and after.last == before.last:
        after = replace(after, last=None, told=0)
    person = reply.person
    ledger = tuple(done for done in person.ledger if abs(turn.now_ms - done.at_ms) < LEDGER_MS)
    if ledger != person.ledger:
        person = replace(person, ledger=ledger)
    person = remember(turn.person, person, turn.content.numbers, turn.now_ms)
    return replace(reply, dialogue=after, person=person)


def _feet_first(turn: Turn, reply: Reply) -> Reply:
    """After a page that was cut short, the feet come down before anything else is said.

    Not where the reply says so itself, where it goes on with the same movement, or in an emergency.
    """
    before, after = turn.person.place, reply.person.place
    if before is None or not before.legs_up or reply.triage == "emergency":
        return reply
    goes_on = any(line.guided for line in reply.lines)
    same = after is not None and (after.pages, after.page, after.start) == (
        before.pages,
        before.page,
        before.start,
    )
    if goes_on and same:
        return reply
    feet = alarm.feet_down(turn)
    person = reply.person
    if after is not None and not goes_on:
        person = replace(person, place=replace(after, legs_up=False))
    said = {line.text for line in reply.lines}
    says_so = said & {turn.phrase(key) for key in ("help_rest", "missed_guiding")}
    if says_so or all(line in reply.lines for line in feet):
        return replace(reply, person=person)
    if after is not None and goes_on:
        opening_ms = after.opening_ms + lay_out(feet).duration_ms
        person = replace(person, place=replace(after, opening_ms=opening_ms))
    return replace(reply, lines=(*feet, *reply.lines), person=person)
