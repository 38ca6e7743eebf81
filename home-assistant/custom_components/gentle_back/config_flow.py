"""Asks where Gentle Back runs, and for its token."""

from http import HTTPStatus
from typing import Any

import voluptuous as vol
from aiohttp import ClientError
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.helpers.aiohttp_client import async_get_clientsession

SCHEMA = vol.Schema({vol.Required(CONF_URL): str, vol.Required(CONF_TOKEN): str})


class GentleBackConfigFlow(ConfigFlow, domain="gentle_back"):
    """One step: address and token, tried before they are kept."""

    VERSION = 1

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
