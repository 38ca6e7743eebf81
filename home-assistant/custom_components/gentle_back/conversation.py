"""The agent: each sentence is a turn of our text API, whose answer is said.

A guiding answer is played instead, where a media player is chosen: its file has the pauses that the speech of
Home Assistant has not.
"""

import logging
from collections import OrderedDict
from dataclasses import fields
from http import HTTPStatus
from typing import Any, Literal

from aiohttp import ClientError, ClientTimeout
from homeassistant.components.conversation import ConversationEntity, ConversationInput, ConversationResult
from homeassistant.components.media_player import (
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    SERVICE_PLAY_MEDIA,
    MediaType,
)
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_TOKEN,
    CONF_URL,
    MATCH_ALL,
    SERVICE_MEDIA_STOP,
    STATE_UNAVAILABLE,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.intent import IntentResponse, IntentResponseErrorCode, IntentResponseType
from homeassistant.util.ulid import ulid_now
from voluptuous import Invalid

from .const import CONF_MEDIA_PLAYER

LOG = logging.getLogger(__name__)

TIMEOUT = ClientTimeout(total=8)
MOST_OPEN = 50
UNREACHABLE = (
    "I can't reach Gentle Back. Rest where you are. In an emergency, call your local emergency number."
)
# Home Assistant listens again by itself since 2025.4; before, it has to be woken for each answer.
GOES_ON = any(field.name == "continue_conversation" for field in fields(ConversationResult))


async def async_setup_entry(_: HomeAssistant, entry: ConfigEntry, add: AddEntitiesCallback) -> None:
    """Add the one agent of an entry."""
    add([GentleBackAgent(entry)])


class GentleBackAgent(ConversationEntity):
    """Talks to one Gentle Back. What is open there is known here by its id alone."""

    _attr_name = "Gentle Back"

    def __init__(self, entry: ConfigEntry) -> None:
        self._attr_unique_id = entry.entry_id
        self._entry = entry
        self._url = f"{entry.data[CONF_URL]}/api/conversation/process"
        self._headers = {"Authorization": f"Bearer {entry.data[CONF_TOKEN]}"}
        self._ids: OrderedDict[str, str] = OrderedDict()
        """Home Assistant's id of a conversation → ours."""
        self._playing: str | None = None
        """The player to which the answer before was given."""

    @property
    def supported_languages(self) -> list[str] | Literal["*"]:
        """All: what is not spoken is answered in English."""
        return MATCH_ALL

    async def async_process(self, user_input: ConversationInput) -> ConversationResult:
        """One turn. Whoever speaks interrupts what is played."""
        conversation_id = user_input.conversation_id or ulid_now()
        await self._stop(user_input.context)
        response = IntentResponse(language=user_input.language)
        goes_on = False
        try:
            answer = await self._turn(user_input, self._ids.get(conversation_id))
        except (ClientError, TimeoutError, ValueError):
            response.async_set_error(IntentResponseErrorCode.UNKNOWN, UNREACHABLE)
        else:
            speech = answer["response"]["speech"]["plain"]["speech"]
            response = IntentResponse(language=answer["response"]["language"])
            if answer["response"]["response_type"] == "error":
                response.async_set_error(IntentResponseErrorCode.NO_INTENT_MATCH, speech)
            else:
                response.response_type = IntentResponseType.QUERY_ANSWER
                await self._play(answer["gentle_back"], user_input.context)
                # Nothing is said beside what is played; it can be read.
                response.async_set_speech("" if self._playing else speech)
                if self._playing:
                    response.async_set_card("Gentle Back", speech)
            is_open = answer["continue_conversation"]
            # A microphone that opens now would hear the player.
            goes_on = is_open and not self._playing
            self._ids.pop(conversation_id, None)
            if is_open:
                self._ids[conversation_id] = answer["conversation_id"]
                if len(self._ids) > MOST_OPEN:
                    self._ids.popitem(last=False)
        more = {"continue_conversation": goes_on} if GOES_ON else {}
        return ConversationResult(response=response, conversation_id=conversation_id, **more)

    async def _play(self, answer: dict[str, Any], context: Context) -> None:
        """Give a guiding answer's file to the chosen player, if there are both."""
        player = self._entry.options.get(CONF_MEDIA_PLAYER)
        url = answer.get("audio_url")
        if player and url and answer["guiding"]:
            media = {ATTR_MEDIA_CONTENT_ID: url, ATTR_MEDIA_CONTENT_TYPE: MediaType.MUSIC}
            if await self._call(SERVICE_PLAY_MEDIA, player, context, media):
                self._playing = player

    async def _stop(self, context: Context) -> None:
        player, self._playing = self._playing, None
        if player:
            await self._call(SERVICE_MEDIA_STOP, player, context)

    async def _call(
        self, service: str, player: str, context: Context, data: dict[str, Any] | None = None
    ) -> bool:
        """Whether the player did it. One that is gone or broken must not silence an answer."""
        state = self.hass.states.get(player)
        if state is None or state.state == STATE_UNAVAILABLE:
            LOG.warning("%s is not there", player)
            return False
        try:
            await self.hass.services.async_call(
                MEDIA_PLAYER, service, data, blocking=True, context=context, target={ATTR_ENTITY_ID: player}
            )
        except (HomeAssistantError, Invalid) as error:
            LOG.warning("%s of %s: %s", service, player, error)
            return False
        return True

    async def _turn(self, user_input: ConversationInput, conversation_id: str | None) -> dict[str, Any]:
        message = {
            "text": user_input.text,
            "conversation_id": conversation_id,
            "language": self._locale(user_input.language),
            # A voice in the room has none: then nothing is remembered, and everything is asked.
            "user_id": user_input.context.user_id,
        }
        session = async_get_clientsession(self.hass)
        async with session.post(self._url, json=message, headers=self._headers, timeout=TIMEOUT) as response:
            if response.status != HTTPStatus.OK:
                raise ValueError(response.status)
            return dict(await response.json())

    def _locale(self, language: str) -> str:
        """With the country of the house, which picks the emergency number."""
        name = language.partition("-")[0]
        return f"{name}-{self.hass.config.country}" if self.hass.config.country else language
