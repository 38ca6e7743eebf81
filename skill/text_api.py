"""`POST /api/conversation/process`: the conversation by text, in Home Assistant's shape."""

import json
import logging
import math
import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, request
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audio.timeline import Kind
from intents.alexa import Outcome
from intents.content import DEFAULT_LOCALE, Content
from intents.shapes import Level
from intents.understand import FALLBACK
from skill.access import Access
from skill.conversations import OpenConversations
from skill.page_audio import PageAudio

LOG = logging.getLogger("gentle_back")

PATH = "/api/conversation/process"
DOCUMENT_PATH = "/api/openapi.json"
MAX_BODY_BYTES = 16_384
TURNS_PER_SECOND = 40
"""By one address: a house full of people takes a few, scripts and tests take more (design: at least 20)."""
# Read and thrown away, so that a refusal is not lost to a reset; whoever sends more has to live with that.
_MAX_DRAINED_BYTES = 1_000_000


class Message(BaseModel):
    """One turn of somebody. Members that are not listed are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    text: str | None = Field(
        description='What was said. null opens the skill; "" is silence: the first is answered with the '
        "reprompt, a second in a row ends the conversation without a word."
    )
    conversation_id: str | None = Field(
        default=None,
        description="From the answer before. Absent, null, closed, unknown, or idle for 15 minutes: a new "
        "conversation begins, with a new id. If its first message has text, that is answered at once.",
    )
    language: Annotated[str, Field(pattern="^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")] | None = Field(
        default=None,
        description="BCP 47 tag; one that is not served is answered as en-US. Its region picks the emergency "
        "number, unless a setting does. Fixed when a conversation begins.",
        examples=["en-GB"],
    )
    user_id: str | None = Field(
        default=None,
        description="Names the person for what is remembered beyond this conversation: what was exercised "
        "and where to go on; never answers about health. Absent: nothing. Kept only as a hash.",
    )


class Answered(BaseModel):
    """Strict about itself: what is answered is checked as it leaves."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlainText(Answered):
    """The words alone, without pauses."""

    speech: str
    extra_data: None = None


class Speech(Answered):
    """Home Assistant's wrapping."""

    plain: PlainText


class Code(Answered):
    """Why a text was not acted on."""

    code: Literal["no_intent_match"]


class Nothing(Answered):
    """An empty object."""


class SpokenResponse(Answered):
    """Home Assistant's intent response."""

    response_type: Literal["query_answer", "error"]
    language: str
    data: Code | Nothing
    speech: Speech
    card: Nothing = Nothing()


class ClockCue(Answered):
    """One cue with its place in time; each begins where the one before ends."""

    start_ms: int
    length_ms: int = Field(description="Words and the pause after them.")
    kind: Kind
    text: str


class AlexaAnswer(Answered):
    """The same answer for Alexa."""

    version: str
    response: dict[str, Any]


class GentleBack(Answered):
    """What a player needs, and what was understood."""

    intent: str = Field(
        description="Name in the interaction model, LaunchRequest, SessionEndedRequest, or Silence."
    )
    slots: dict[str, str | int] = Field(description="Filled slots: ids, ISO 8601 durations, numbers.")
    triage: Level | None = Field(description="The level that this answer acts on.")
    guiding: bool = Field(description="Whether the answer holds a guided cue.")
    question: str | None = Field(description="Stable id of the open question.")
    asks: str | None = Field(description="Id of the symptom that this answer asks back about.")
    ssml: str
    reprompt: str | None = Field(description="What to say after a silence.")
    clock: list[ClockCue]
    alexa: AlexaAnswer
    audio_url: str | None = Field(
        default=None,
        description="This answer as MP3 with its real pauses, captions beside it under .vtt, for 15 minutes; "
        "`clock` is then that of the file. Absent while its clips are not rendered.",
    )


class Answer(Answered):
    """What is answered to a message."""

    conversation_id: str
    continue_conversation: bool = Field(description="Whether an answer is waited for.")
    response: SpokenResponse
    gentle_back: GentleBack


class Refusal(Answered):
    """Why a request was refused."""

    message: str


def text_api(
    content: Content,
    conversations: OpenConversations,
    *,
    access: Access,
    in_one_process: bool,
    audio: PageAudio,
    base_url: str | None,
    document: Mapping[str, Any],
) -> Blueprint:
    """The routes: the conversation, and the OpenAPI document that describes it.

    Open conversations live in one process; where there are several, nobody is answered. Answers are given
    as `audio` where they can be, under `base_url` or else under the address that the caller has for us.
    """
    blueprint = Blueprint("text_api", __name__)
    gate = _Gate(access)

    @blueprint.post(PATH, provide_automatic_options=False)
    def process() -> Response:
        """One turn."""
        started = time.perf_counter()
        body = _body()
        refusal = gate.refuses() or _refuse_shape(body)
        if refusal:
            return refusal
        try:
            message = Message.model_validate_json(body)
        except ValidationError as error:
            return _refuse(400, _reasons(error))
        if not in_one_process:
            return _refuse(503, "Conversations by text need one worker process: WEB_CONCURRENCY=1.")
        locale = locale_of(message.language)
        conversation_id, outcome = conversations.turn(
            message.text, message.conversation_id, locale=locale, user_id=message.user_id
        )
        answer = answer_of(outcome, conversation_id, language=spoken_language(content, locale))
        answer = _with_audio(answer, outcome, audio, locale, base_url or request.host_url)
        took_ms = (time.perf_counter() - started) * 1000
        LOG.info("text: %s in %.1f ms", answer.gentle_back.intent, took_ms)
        silent = None if answer.gentle_back.audio_url else {"gentle_back": {"audio_url"}}
        return _json(answer.model_dump(mode="json", exclude=silent))

    @blueprint.get(DOCUMENT_PATH, provide_automatic_options=False)
    def openapi() -> Response:
        """The description of this interface."""
        return gate.refuses() or _json(document)

    return blueprint


class _Gate:
    """Who may come in, and how often."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._rate = RateLimitItemPerSecond(TURNS_PER_SECOND)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def refuses(self) -> Response | None:
        """The refusal, if there is one. Wrong tokens count, too: guessing is slow."""
        peer = request.remote_addr or ""
        if not self._limiter.hit(self._rate, peer):
            reset_at_s = self._limiter.get_window_stats(self._rate, peer).reset_time
            wait_s = max(1, math.ceil(reset_at_s - time.time()))
            return _refuse(429, "Too many turns; wait a moment.", **{"Retry-After": str(wait_s)})
        if not self._access.allows(request.remote_addr, dict(request.headers)):
            message = "Send the token of this service: Authorization: Bearer <GENTLE_BACK_TOKEN>."
            return _refuse(401, message, **{"WWW-Authenticate": 'Bearer realm="gentle-back"'})
        return None


def answer_of(outcome: Outcome, conversation_id: str, *, language: str) -> Answer:
    """An outcome in Home Assistant's shape, to be spoken by whoever asked."""
    summary = outcome.summary()
    missed = summary["intent"] == FALLBACK
    return Answer.model_validate(
        {
            "conversation_id": conversation_id,
            "continue_conversation": summary["question"] is not None,
            "response": {
                "response_type": "error" if missed else "query_answer",
                "language": language,
                "data": {"code": "no_intent_match"} if missed else {},
                "speech": {
                    "plain": {"speech": " ".join(cue["text"] for cue in summary["clock"] if cue["text"])}
                },
            },
            "gentle_back": summary,
        }
    )


def _with_audio(answer: Answer, outcome: Outcome, audio: PageAudio, locale: str, base_url: str) -> Answer:
    """The same with its file and the file's clock, if it can be heard."""
    kept = audio.keep(outcome.reply.lines if outcome.reply else (), locale)
    if kept is None:
        return answer
    name, session = kept
    clock = [
        ClockCue(start_ms=cue.start_ms, length_ms=cue.length_ms, kind=cue.kind, text=cue.text)
        for cue in session.timeline.cues
    ]
    url = f"{base_url.rstrip('/')}/audio/pages/{name}.mp3"
    ours = answer.gentle_back.model_copy(update={"clock": clock, "audio_url": url})
    return answer.model_copy(update={"gentle_back": ours})


def locale_of(language: str | None) -> str:
    """A language tag as our locales are written; en-US where there is none."""
    if not language:
        return DEFAULT_LOCALE
    name, *rest = language.replace("_", "-").split("-")
    return "-".join([name.lower(), *(part.upper() if len(part) == len("US") else part for part in rest)])


def spoken_language(content: Content, locale: str) -> str:
    """The tag of what is really spoken: the one that was asked for, or en-US if we do not speak that."""
    ours = {served.partition("-")[0] for served in content.language(locale).locales}
    return locale if locale.partition("-")[0] in ours else DEFAULT_LOCALE


def _body() -> bytes:
    """The body, one byte longer than allowed if it is longer; empty if it cannot be read."""
    try:
        body: bytes = request.stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            request.stream.read(_MAX_DRAINED_BYTES)
    except Exception as error:  # noqa: BLE001 - each server has errors of its own for a broken body
        LOG.warning("text: the body cannot be read: %s", type(error).__name__)
        return b""
    return body


def _refuse_shape(body: bytes) -> Response | None:
    if len(body) > MAX_BODY_BYTES:
        return _refuse(413, f"The body is too long; at most {MAX_BODY_BYTES} bytes.")
    if request.mimetype != "application/json":
        return _refuse(415, "Send JSON, with Content-Type: application/json.")
    return None


def _reasons(error: ValidationError) -> str:
    """What is wrong, member by member, without quoting what was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(": ".join((*map(str, problem["loc"]), problem["msg"])) for problem in found)


def _refuse(status: int, message: str, **headers: str) -> Response:
    response = _json(Refusal(message=message).model_dump(), status)
    response.headers.update(headers)
    return response


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    """ASCII without "<", so that no browser can take it for a page; never kept: answers are about health."""
    text = json.dumps(value).replace("<", "\\u003c")
    response = Response(text, status, mimetype="application/json")
    response.headers.update({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
    return response
