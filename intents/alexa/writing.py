"""A reply as the response that Alexa gets."""

from ask_sdk_model import Directive as DirectiveModel
from ask_sdk_model import Response
from ask_sdk_model.interfaces.audioplayer import (
    AudioItem,
    AudioItemMetadata,
    CaptionData,
    CaptionType,
    ClearBehavior,
    ClearQueueDirective,
    PlayBehavior,
    PlayDirective,
    StopDirective,
)
from ask_sdk_model.interfaces.audioplayer import Stream as StreamModel
from ask_sdk_model.interfaces.connections import SendRequestDirective
from ask_sdk_model.ui import AskForPermissionsConsentCard, Card, Reprompt, SimpleCard, SsmlOutputSpeech

from audio.ssml import write_ssml
from audio.timeline import Line, Timeline, lay_out
from intents.alexa.requests import ASKED
from intents.reminders import PERMISSION
from intents.sound import Directive, Play, Stop
from intents.turn import Reply


def write(timeline: Timeline, reply: Reply) -> Response:
    """What is said, shown and played."""
    reprompt = None
    if reply.reprompt is not None:
        ssml = write_ssml(lay_out((Line(text=reply.reprompt),)))
        reprompt = Reprompt(output_speech=SsmlOutputSpeech(ssml=ssml))
    card: Card | None = SimpleCard(title=reply.card.title, content=reply.card.text) if reply.card else None
    if reply.asks_permission == "card":
        card = AskForPermissionsConsentCard(permissions=[PERMISSION])
    directives: list[DirectiveModel] = [*_asked(reply), *_played(reply.audio)]
    return Response(
        directives=directives or None,
        output_speech=SsmlOutputSpeech(ssml=write_ssml(timeline)),
        reprompt=reprompt,
        card=card,
        should_end_session=reply.question is None,
    )


def write_unspoken(reply: Reply) -> Response:
    """Only what the player is told: with no word, and without a word about the session."""
    return Response(directives=_played(reply.audio) or None)


def _asked(reply: Reply) -> list[SendRequestDirective]:
    """Let Alexa ask: "Set Up Voice Permissions for Reminders". The answer comes in a session of its own."""
    if reply.asks_permission != "voice":
        return []
    payload: dict[str, object] = {
        "@type": "AskForPermissionsConsentRequest",
        "@version": "1",
        "permissionScope": PERMISSION,
    }
    return [SendRequestDirective(name=ASKED, payload=payload, token=reply.token)]


def _played(audio: Directive | None) -> list[DirectiveModel]:
    match audio:
        case None:
            return []
        case Play():
            return [_play(audio)]
        case Stop():
            # Stopping alone leaves what stands in the queue.
            return [StopDirective(), ClearQueueDirective(clear_behavior=ClearBehavior.CLEAR_ALL)]
        case _:
            return [ClearQueueDirective(clear_behavior=ClearBehavior.CLEAR_ENQUEUED)]


def _play(audio: Play) -> PlayDirective:
    stream = StreamModel(
        url=audio.file.url,
        token=audio.token.to_text(),
        expected_previous_token=audio.after.to_text() if audio.after else None,
        offset_in_milliseconds=audio.offset_ms,
        caption_data=CaptionData(content=audio.file.captions, object_type=CaptionType.WEBVTT),
    )
    behavior = PlayBehavior.ENQUEUE if audio.after else PlayBehavior.REPLACE_ALL
    item = AudioItem(stream=stream, metadata=AudioItemMetadata(title=audio.title))
    return PlayDirective(play_behavior=behavior, audio_item=item)
