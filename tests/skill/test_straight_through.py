"""From a wish over HTTP to the bytes that a device then fetches."""

from pathlib import Path
from typing import Any

import pytest

from intents.content import Content
from skill.app import create_app
from skill.clips import ClipStore
from tests.skill.clips import fill
from tests.skill.service import Caller, in_process, settings_with_amazon

HOME = "https://back.example.org/gentle"


@pytest.mark.parametrize("is_public", [True, False])
def test_a_device_is_sent_to_a_file_that_is_served(
    content: Content, tmp_path: Path, *, is_public: bool
) -> None:
    clips = tmp_path / "clips"
    fill(ClipStore(clips), content, "knee_rocking/start-100")
    settings = {"GENTLE_BACK_CLIPS": str(clips), "DATABASE_URL": f"sqlite:///{tmp_path}/people.db"}
    with settings_with_amazon(tmp_path) as amazon:
        app = create_app({**amazon, **settings, **({"PUBLIC_URL": HOME} if is_public else {})})
        caller = Caller(in_process(app), content.language("en-US"))
        caller.has_player = True
        caller.asks("SetModeIntent", mode="straight_through")
        caller.is_cleared("knee_rocking")
        answer = caller.asks("SurfaceIntent", surface="floor")
    directives: list[dict[str, Any]] = answer.json["response"].get("directives", [])
    assert answer.is_open != is_public
    assert bool(directives) == is_public
    for directive in directives:
        url = directive["audioItem"]["stream"]["url"]
        assert url.startswith(f"{HOME}/audio/en-US/knee_rocking/start-100.mp3?v=")
        file = app.test_client().get(url.removeprefix(HOME))
        assert file.status_code == 200
        assert file.headers["Cache-Control"].startswith("public")
        captions = app.test_client().get(url.removeprefix(HOME).replace(".mp3", ".vtt"))
        assert captions.get_data(as_text=True) == directive["audioItem"]["stream"]["captionData"]["content"]
