"""Every request type of the platform, and what we do with it.

Only a launch and an intent may be answered with speech, and the device's player with what it shall do. All
others get the empty answer, each for its reason:
what we do not offer (screens, purchases, lists, messages) cannot have been asked of us, and what reports a
failure is logged, because nobody else would notice.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final, Literal

LOG = logging.getLogger("gentle_back")

Doing = Literal["answer", "play", "keep", "forget", "log", "ignore"]
"""Answer with speech; with what the player shall do; keep the place; forget the household; log what failed;
nothing."""

REQUESTS: Final[Mapping[str, Doing]] = {
    "LaunchRequest": "answer",
    "IntentRequest": "answer",
    # No speech may follow; a reason of ERROR is logged, too.
    "SessionEndedRequest": "keep",
    "AlexaSkillEvent.SkillDisabled": "forget",
    # Failures that the platform or the device reports about us.
    "System.ExceptionEncountered": "log",
    "Alexa.Presentation.APL.RuntimeError": "log",
    "Alexa.Presentation.APLA.RuntimeError": "log",
    "Alexa.Presentation.HTML.RuntimeError": "log",
    "Alexa.DataStore.Error": "log",
    "Alexa.DataStore.PackageManager.InstallationError": "log",
    # The manifest does not offer us for requests without our name: an empty answer means "cannot fulfil".
    "CanFulfillIntentRequest": "ignore",
    # Only of a permission that we asked for (`may_speak`): no purchase or task of another skill is begun.
    "Connections.Response": "answer",
    "Connections.Request": "ignore",
    "SessionResumedRequest": "ignore",
    "Alexa.Authorization.Grant": "ignore",
    # Nothing is kept of an account, a permission or a subscription; enabling begins with the first launch.
    "AlexaSkillEvent.SkillEnabled": "ignore",
    "AlexaSkillEvent.SkillAccountLinked": "ignore",
    "AlexaSkillEvent.SkillPermissionAccepted": "ignore",
    "AlexaSkillEvent.SkillPermissionChanged": "ignore",
    "AlexaSkillEvent.NotificationSubscriptionChanged": "ignore",
    "AlexaSkillEvent.ProactiveSubscriptionChanged": "ignore",
    # A reminder is asked for and listed at its source; what becomes of it needs nothing from us.
    "Reminders.ReminderCreated": "ignore",
    "Reminders.ReminderDeleted": "ignore",
    "Reminders.ReminderStarted": "ignore",
    "Reminders.ReminderStatusChanged": "ignore",
    "Reminders.ReminderUpdated": "ignore",
    # The device's player and its buttons: no speech may follow; a failure is logged, too.
    "AudioPlayer.PlaybackStarted": "play",
    "AudioPlayer.PlaybackNearlyFinished": "play",
    "AudioPlayer.PlaybackFinished": "play",
    "AudioPlayer.PlaybackStopped": "play",
    "AudioPlayer.PlaybackFailed": "play",
    "PlaybackController.PlayCommandIssued": "play",
    "PlaybackController.PauseCommandIssued": "play",
    "PlaybackController.NextCommandIssued": "play",
    "PlaybackController.PreviousCommandIssued": "play",
    # No screen, list, widget, game, advertisement or device of ours.
    "Alexa.Presentation.APL.UserEvent": "ignore",
    "Alexa.Presentation.APL.LoadIndexListData": "ignore",
    "Alexa.Presentation.APL.LoadTokenListData": "ignore",
    "Alexa.Presentation.APLT.UserEvent": "ignore",
    "Alexa.Presentation.HTML.Message": "ignore",
    "Display.ElementSelected": "ignore",
    "Alexa.DataStore.PackageManager.UpdateRequest": "ignore",
    "Alexa.DataStore.PackageManager.UsagesInstalled": "ignore",
    "Alexa.DataStore.PackageManager.UsagesRemoved": "ignore",
    "AlexaHouseholdListEvent.ItemsCreated": "ignore",
    "AlexaHouseholdListEvent.ItemsDeleted": "ignore",
    "AlexaHouseholdListEvent.ItemsUpdated": "ignore",
    "AlexaHouseholdListEvent.ListCreated": "ignore",
    "AlexaHouseholdListEvent.ListDeleted": "ignore",
    "AlexaHouseholdListEvent.ListUpdated": "ignore",
    "Alexa.Advertisement.AdCompleted": "ignore",
    "Alexa.Advertisement.AdNotRendered": "ignore",
    "Alexa.Advertisement.ReadyToEnqueueAudio": "ignore",
    "CustomInterfaceController.EventsReceived": "ignore",
    "CustomInterfaceController.Expired": "ignore",
    "GameEngine.InputHandlerEvent": "ignore",
    "Messaging.MessageReceived": "ignore",
    # Dialog management by the platform is not used.
    "Dialog.API.Invoked": "ignore",
    "Dialog.InputRequest": "ignore",
}

SPEAKING: Final = frozenset(name for name, doing in REQUESTS.items() if doing == "answer")
"""The only request types that we answer with speech; no other type may get more than an empty answer."""
PLAYING: Final = frozenset(name for name, doing in REQUESTS.items() if doing == "play")
"""The requests of the device's player and of its buttons."""
FAILED: Final = "AudioPlayer.PlaybackFailed"
CONNECTED: Final = "Connections.Response"
ASKED: Final = "AskFor"
"""The name under which a permission is asked for, and the answer comes back."""
DISABLED: Final = next(name for name, doing in REQUESTS.items() if doing == "forget")
"""The request that asks us to forget: worth reading even with a bad member."""
MOST_CHARACTERS = 60


def may_speak(kind: object, name: object) -> bool:
    """Whether a request of this type, and of this name where it has one, is answered with speech."""
    return kind in SPEAKING and (kind != CONNECTED or name == ASKED)


def may_play(kind: object) -> bool:
    """Whether a request of this type may be answered with directives for the player, and nothing else."""
    return kind in PLAYING


def note_failure(request: Mapping[str, Any]) -> None:
    """Log what the platform reports as failed, and types that are new to us; never words that were said."""
    name = _plain(request.get("type"))
    doing = REQUESTS.get(name)
    if doing is None:
        LOG.info("unknown request type: %s", name or "none")
    elif doing == "log" or name == FAILED or (doing == "keep" and request.get("reason") == "ERROR"):
        cause = _plain(_member(request, "cause", "requestId")) or "unknown"
        LOG.warning("reported by Alexa: %s, %s, of request %s", name, _kinds(request), cause)


def _kinds(request: Mapping[str, Any]) -> str:
    """The kinds of the failure; its message could quote somebody, and stays out."""
    errors = request.get("errors")
    found = errors if isinstance(errors, list) else [request.get("error")]
    kinds = [error.get("type") or error.get("reason") for error in found if isinstance(error, dict)]
    return ", ".join(filter(None, map(_plain, kinds))) or "unknown"


def _member(request: Mapping[str, Any], outer: str, inner: str) -> object:
    found = request.get(outer)
    return found.get(inner) if isinstance(found, dict) else None


def _plain(value: object) -> str:
    """Letters, digits and a few marks: what may go into a log."""
    return (
        "".join(c for c in value if c.isalnum() or c in "._-")[:MOST_CHARACTERS]
        if isinstance(value, str)
        else ""
    )
