"""Asks where Gentle Back runs, and for its token; in the options, what plays exercises."""

from http import HTTPStatus
from typing import Any

import voluptuous as vol
from aiohttp import ClientError
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER
from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig

from .const import CONF_MEDIA_PLAYER

SCHEMA = vol.Schema({vol.Required(CONF_URL): str, vol.Required(CONF_TOKEN): str})
OPTIONS = vol.Schema(
    {vol.Optional(CONF_MEDIA_PLAYER): EntitySelector(EntitySelectorConfig(domain=MEDIA_PLAYER))}
)


class GentleBackConfigFlow(ConfigFlow, domain="gentle_back"):
    """One step: address and token, tried before they are kept."""

    VERSION = 1

    @staticmethod
    @callback
    def async_get_options_flow(_: ConfigEntry) -> OptionsFlow:
        """The options."""
        return GentleBackOptionsFlow()

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the form, or keep what it was given."""
        errors = {}
        if user_input is not None:
            url = user_input[CONF_URL].rstrip("/")
            headers = {"Authorization": f"Bearer {user_input[CONF_TOKEN]}"}
            session = async_get_clientsession(self.hass)
            try:
                async with session.get(f"{url}/api/openapi.json", headers=headers) as response:
                    is_in = response.status == HTTPStatus.OK
            except (ClientError, ValueError):
                errors["base"] = "cannot_connect"
            else:
                if is_in:
                    data = {CONF_URL: url, CONF_TOKEN: user_input[CONF_TOKEN]}
                    return self.async_create_entry(title="Gentle Back", data=data)
                errors["base"] = "invalid_auth"
        return self.async_show_form(step_id="user", data_schema=SCHEMA, errors=errors)


class GentleBackOptionsFlow(OptionsFlow):
    """One step: the player that exercises are played by; none, and they are said without their pauses."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the form, or keep what it was given."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        schema = self.add_suggested_values_to_schema(OPTIONS, self.config_entry.options)
        return self.async_show_form(step_id="init", data_schema=schema)
