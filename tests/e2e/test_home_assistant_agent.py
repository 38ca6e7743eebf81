"""The agent in Home Assistant itself, against our own service: what is said, and what is played.

Home Assistant wants an environment of its own: `make verify-home-assistant` makes one.
"""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

pytest.importorskip("homeassistant", reason="needs Home Assistant: make verify-home-assistant installs it")
from homeassistant import bootstrap, loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.components.conversation import async_converse
from homeassistant.config_entries import ConfigEntries, ConfigEntry, ConfigEntryState
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component

ROOT = Path(__file__).parents[2]
# Home Assistant runs on a Python of its own; our service on ours.
PYTHON = ROOT / ".venv" / "bin" / "python"
TOKEN = "only-for-home-assistant-here"
PLAYER = "media_player.bedroom"
CLEARED = ["guide me through knee rocking", *["no"] * 5, "three", "no", "no", "on the floor"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of our service, with every clip rendered by the engine that says nothing."""
    clips = tmp_path_factory.mktemp("clips")
    env = {**os.environ, "GENTLE_BACK_CLIPS": str(clips), "GENTLE_BACK_COUNTRY": "US"}
    env |= {"GENTLE_BACK_TOKEN": TOKEN, "PYTHONPATH": ""}
    gentle_back = [str(PYTHON), "-c", "from skill.commands import main; main()"]
    render = [*gentle_back, "render", "--engine", "silent", "--locale", "en-US"]
    subprocess.run(render, env=env, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own words
    with subprocess.Popen(  # noqa: S603 - likewise
        [PYTHON, "-m", "tests.e2e.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
        cwd=ROOT,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


class House:
    """Home Assistant with our agent, and with a player that notes what it is told."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.played: list[tuple[str, str | None]] = []
        self.is_broken = False
        self._conversation_id: str | None = None
        hass.states.async_set(PLAYER, "idle")
        for name in ("play_media", "media_stop"):
            hass.services.async_register("media_player", name, self._plays)

    async def _plays(self, call: ServiceCall) -> None:
        if self.is_broken:
            raise HomeAssistantError("no power")
        assert call.data["entity_id"] in (PLAYER, [PLAYER])
        self.played.append((call.service, call.data.get("media_content_id")))

    @property
    def agent(self) -> str:
        found = (state.entity_id for state in self.hass.states.async_all("conversation"))
        return next(str(entity_id) for entity_id in found if "gentle_back" in entity_id)

    async def hears(self, text: str) -> dict[str, Any]:
        result = await async_converse(
            self.hass, text, self._conversation_id, Context(), language="en-US", agent_id=self.agent
        )
        self._conversation_id = result.conversation_id
        found: dict[str, Any] = result.as_dict()
        return found

    async def is_guided(self) -> dict[str, Any]:
        """The answer with which an exercise begins."""
        for text in CLEARED:
            answer = await self.hears(text)
        return answer


@asynccontextmanager
async def house(folder: Path, url: str, **options: str) -> AsyncIterator[House]:
    (folder / "custom_components").symlink_to(ROOT / "home-assistant" / "custom_components")
    hass = HomeAssistant(str(folder))
    hass.config.skip_pip = True
    hass.config.country = "US"
    loader.async_setup(hass)
    hass.config_entries = ConfigEntries(hass, {})
    await bootstrap.async_load_base_functionality(hass)
    hass.auth = await auth_manager_from_config(hass, [], [])
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    entry = ConfigEntry(
        version=1,
        minor_version=1,
        domain="gentle_back",
        title="Gentle Back",
        data={"url": url, "token": TOKEN},
        options=options,
        source="user",
        unique_id=None,
        discovery_keys=MappingProxyType({}),
        subentries_data=(),
    )
    await hass.config_entries.async_add(entry)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    try:
        yield House(hass)
    finally:
        await hass.async_stop(force=True)


def speech(answer: dict[str, Any]) -> str:
    said: str = answer["response"]["speech"]["plain"]["speech"]
    return said


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_without_a_player_everything_is_said(tmp_path: Path, service: str) -> None:
    async def story() -> None:
        async with house(tmp_path, service) as home:
            answer = await home.is_guided()
            assert "knees bent" in speech(answer)
            assert answer["continue_conversation"] is True
            assert home.played == []

    run(story())


def test_a_guiding_answer_is_played_and_nothing_said_beside_it(tmp_path: Path, service: str) -> None:
    async def story() -> None:
        async with house(tmp_path, service, media_player=PLAYER) as home:
            asked = await home.hears(CLEARED[0])
            assert "Eight questions" in speech(asked)
            assert asked["continue_conversation"] is True
            assert home.played == []
            for text in CLEARED[1:]:
                answer = await home.hears(text)
            [(service_name, played)] = home.played
            assert service_name == "play_media"
            assert played is not None
            assert played.startswith(f"{service}/audio/pages/")
            assert speech(answer) == ""
            assert "knees bent" in answer["response"]["card"]["simple"]["content"]
            assert answer["continue_conversation"] is False, "a microphone would hear the player"

            # The conversation is open all the same: whoever speaks interrupts, and is heard.
            paused = await home.hears("pause")
            assert home.played[1:] == [("media_stop", None)]
            assert "Say go on" in speech(paused)
            assert paused["continue_conversation"] is True
            assert speech(await home.hears("go on")) == ""
            closed = await home.hears("stop")
            assert [name for name, _ in home.played[2:]] == ["play_media", "media_stop"]
            assert "foot" in speech(closed)
            assert closed["continue_conversation"] is False

    run(story())


@pytest.mark.parametrize("trouble", ["broken", "unavailable", "gone"])
def test_a_player_that_fails_silences_nobody(tmp_path: Path, service: str, trouble: str) -> None:
    async def story() -> None:
        async with house(tmp_path, service, media_player=PLAYER) as home:
            home.is_broken = trouble == "broken"
            if trouble == "unavailable":
                home.hass.states.async_set(PLAYER, "unavailable")
            elif trouble == "gone":
                home.hass.states.async_remove(PLAYER)
            answer = await home.is_guided()
            assert "knees bent" in speech(answer)
            assert answer["continue_conversation"] is True

    run(story())


def test_the_player_is_chosen_in_the_options(tmp_path: Path, service: str) -> None:
    async def story() -> None:
        async with house(tmp_path, service) as home:
            entries = home.hass.config_entries
            [entry] = entries.async_entries("gentle_back")
            form = await entries.options.async_init(entry.entry_id)
            assert form["type"] == "form"
            done = await entries.options.async_configure(form["flow_id"], {"media_player": PLAYER})
            assert done["type"] == "create_entry"
            assert entry.options == {"media_player": PLAYER}
            await home.is_guided()
            assert [name for name, _ in home.played] == ["play_media"]
            form = await entries.options.async_init(entry.entry_id)
            [field] = form["data_schema"].schema
            assert field.description == {"suggested_value": PLAYER}
            await entries.options.async_configure(form["flow_id"], {})
            assert entry.options == {}

    run(story())


def test_a_service_that_is_gone_is_said(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path, "http://127.0.0.1:9", media_player=PLAYER) as home:
            answer = await home.hears("guide me through knee rocking")
            assert "can't reach" in speech(answer)
            assert home.played == []

    run(story())
