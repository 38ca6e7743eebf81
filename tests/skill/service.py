"""The skill as a service: settings with an Amazon of our own, and a client that signs as Alexa does."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from time import time_ns
from typing import Any

from flask import Flask

from intents import limits
from intents.alexa.requests import PLAYING
from intents.envelope import build
from intents.grammar import Slot
from intents.shapes import Language
from tests.authority import Authority, serve_tls

ROOT = Path(__file__).parents[2]
SKILL_ID = "amzn1.ask.skill.11111111-2222-4333-8444-555555555555"
OTHER_ID = "amzn1.ask.skill.99999999-2222-4333-8444-555555555555"
USER_ID = "amzn1.ask.account.AFTESTHOUSEHOLD"
SPEAKING = frozenset({"LaunchRequest", "IntentRequest"})
PERMISSION_ANSWER = ("Connections.Response", "AskFor")
SILENCE = b'{"version":"1.0","response":{}}'

Envelope = dict[str, Any]
Post = Callable[[bytes, Mapping[str, str]], "Answer"]


@cache
def authority() -> Authority:
    return Authority()


@contextmanager
def settings_with_amazon(folder: Path) -> Iterator[dict[str, str]]:
    """Settings for the service, while the chain of the test authority is served in place of Amazon's."""
    roots = folder / "roots.pem"
    roots.write_bytes(authority().root_pem)

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(authority().chain_pem)

    with serve_tls(authority().tls_files(folder), answer) as (host, port):
        yield {
            "ALEXA_SKILL_ID": SKILL_ID,
            "ALEXA_TRUST_ROOTS": str(roots),
            "ALEXA_CERTIFICATE_HOST": f"{host}:{port}",
            "GENTLE_BACK_COUNTRY": "US",
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    @property
    def ssml(self) -> str:
        return str(self.json["response"]["outputSpeech"]["ssml"])

    @property
    def words(self) -> str:
        """What is said, without pauses."""
        return " ".join(re.sub("<[^>]*>", " ", self.ssml).split())

    @property
    def pauses_ms(self) -> int:
        """All breaks together."""
        return sum(int(found) for found in re.findall(r'<break time="(\d+)ms"/>', self.ssml))

    @property
    def is_open(self) -> bool:
        return self.json["response"]["shouldEndSession"] is False

    @property
    def attributes(self) -> dict[str, Any]:
        found = self.json.get("sessionAttributes", {})
        assert isinstance(found, dict)
        return found

    def check_spoken(self) -> "Answer":
        """The same, if it is speech that the platform takes."""
        assert self.status == 200
        assert limits.problems(self.json) == []
        return self

    def check(self, request_type: object, name: object = None) -> "Answer":
        """The same, if it is what this type of request, of this name, may get."""
        if request_type in SPEAKING or (request_type, name) == PERMISSION_ANSWER:
            return self.check_spoken()
        if request_type in PLAYING:
            assert self.status == 200
            assert self.json.keys() == {"version", "response"}
            assert limits.unspoken_problems(self.json, str(request_type)) == []
            return self
        assert (self.status, self.body) == (200, SILENCE)
        return self


def in_process(app: Flask) -> Post:
    """Send through the application itself."""
    client = app.test_client()

    def post(body: bytes, headers: Mapping[str, str]) -> Answer:
        response = client.post("/alexa", data=body, headers=dict(headers))
        return Answer(response.status_code, response.data)

    return post


def send(post: Post, envelope: object) -> Answer:
    """Send an envelope as Alexa would: signed."""
    body = json.dumps(envelope).encode()
    return post(body, authority().headers(body))


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Caller:
    """Somebody with one device, which echoes what the session keeps."""

    def __init__(
        self, post: Post, language: Language, *, user_id: str = USER_ID, locale: str = "en-US"
    ) -> None:
        self.post = post
        self.language = language
        self.user_id = user_id
        self.locale = locale
        self.sessions = 0
        self.has_player = False
        self.is_new = True
        self.attributes: dict[str, Any] = {}

    def opens(self) -> Answer:
        """Alexa, open gentle back."""
        self.leaves()
        return self.asks("LaunchRequest")

    def leaves(self) -> None:
        """End the session without a word."""
        self.is_new, self.attributes = True, {}

    def asks(self, name: str, **slots: str) -> Answer:
        """Send a request type or an intent, whose slots are ids or values, and go on with the answer."""
        envelope = self.envelope(name, **slots)
        answer = send(self.post, envelope).check(envelope["request"]["type"])
        if answer.json["response"].get("shouldEndSession", True):
            self.leaves()
        else:
            self.is_new, self.attributes = False, answer.attributes
        return answer

    def envelope(self, name: str, **slots: str) -> Envelope:
        """The next envelope of this session."""
        self.sessions += self.is_new
        found = build(
            name,
            {key: Slot(value=value, heard=value) for key, value in slots.items()},
            language=self.language,
            locale=self.locale,
            session_id=f"amzn1.echo-api.session.{self.user_id}.{self.sessions}",
            user_id=self.user_id,
            is_new=self.is_new,
            now_ms=time_ns() // 1_000_000,
            attributes=self.attributes,
            application_id=SKILL_ID,
        )
        if self.has_player:
            found["context"]["System"]["device"]["supportedInterfaces"] = {"AudioPlayer": {}}
        return found

    def is_cleared(self, exercise: str) -> Answer:
        """Ask for an exercise, and answer every question with nothing to report; where to lie comes next."""
        self.asks("StartExerciseIntent", exercise=exercise)
        for _ in range(5):
            self.asks("AMAZON.NoIntent")
        self.asks("RatePainIntent", score="3")
        self.asks("AMAZON.NoIntent")
        return self.asks("AMAZON.NoIntent")


def from_show(request: Mapping[str, Any], *, in_session: bool) -> Envelope:
    """An envelope as a device with a screen sends it, filled where `request` leaves something out."""
    application = {"applicationId": SKILL_ID}
    user = {"userId": USER_ID, "permissions": {"scopes": {"alexa::alerts": {"status": "DENIED"}}}}
    session = {
        "new": False,
        "sessionId": "amzn1.echo-api.session.7f0c",
        "application": dict(application),
        "attributes": {},
        "user": dict(user),
    }
    system = {
        "application": application,
        "user": user,
        "unit": {"unitId": "amzn1.ask.unit.AFTEST"},
        "device": {
            "deviceId": "amzn1.ask.device.AFTEST",
            "supportedInterfaces": {
                "AudioPlayer": {},
                "Alexa.Presentation.APL": {"runtime": {"maxVersion": "2024.3"}},
            },
        },
        "apiEndpoint": "https://api.amazonalexa.com",
        "apiAccessToken": "a.token-of_Alexa",
    }
    viewport = {
        "type": "APL",
        "id": "main",
        "shape": "RECTANGLE",
        "dpi": 160,
        "presentationType": "STANDARD",
        "canRotate": False,
        "configuration": {
            "current": {
                "mode": "HUB",
                "video": {"codecs": ["H_264_42"]},
                "size": {"type": "DISCRETE", "pixelWidth": 1280, "pixelHeight": 800},
            }
        },
    }
    return {
        "version": "1.0",
        **({"session": session} if in_session else {}),
        "context": {
            "System": system,
            "AudioPlayer": {"offsetInMilliseconds": 0, "playerActivity": "IDLE"},
            "Viewports": [viewport],
            "Extensions": {"available": {}},
        },
        "request": {
            "requestId": "amzn1.echo-api.request.5e1f",
            "timestamp": now(),
            "locale": "en-US",
            **request,
        },
    }


def read_envelopes() -> dict[str, Callable[[], Envelope]]:
    """Makes an envelope of now, for each table of `envelopes/*.toml` by its name."""
    found: dict[str, Callable[[], Envelope]] = {}
    for path in sorted((Path(__file__).parent / "envelopes").glob("*.toml")):
        for name, request in tomllib.loads(path.read_text(encoding="utf-8")).items():
            typed = {"type": name.partition(": ")[0], **request}
            found[name] = partial(from_show, typed, in_session=path.stem == "in_session")
    return found
