"""The table of contents: what can be asked, and the function that answers it."""

from collections.abc import Mapping
from typing import Final

from intents import place
from intents.handlers import advice, comfort, pages, pain, start, talk
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
    "AMAZON.NextIntent": pages.forward,
    "AMAZON.PreviousIntent": pages.back,
    "AMAZON.PauseIntent": talk.pause,
    "AMAZON.ResumeIntent": start.resume,
    "AMAZON.StartOverIntent": pages.start_over,
    "AMAZON.FallbackIntent": talk.fallback,
}


def answer(turn: Turn) -> Reply:
    """Answer a turn: bring the place up to date first, then the route's handler; unknown names fall back."""
    return ROUTES.get(turn.name, talk.fallback)(place.settle(turn))
