"""The web service: every part meets here, and only here."""

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request

from audio.errors import ContentError
from intents.alexa import Conversation
from intents.content import DEFAULT_LOCALE, Content, load_content
from intents.contract import PAGES
from skill import pages
from skill.access import Access
from skill.clips import ClipStore
from skill.conversations import OpenConversations
from skill.library import Library
from skill.openapi import committed
from skill.page_audio import PageAudio
from skill.reminders import ReminderService
from skill.settings import WARM_UP, Settings, SettingsError, read_settings
from skill.store import SqliteStore, StoreError
from skill.streams import PublicFiles, audio_routes, page_routes
from skill.text_api import text_api
from skill.verify import (
    MAX_BODY_BYTES,
    CertificateSource,
    VerificationError,
    Verifier,
    load_roots,
)
from skill.web_page import web_page

LOG = logging.getLogger("gentle_back")


class StartError(SystemExit):
    """The service cannot start; its message lists every problem, and is all that the operator sees."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def create_app(environ: Mapping[str, str] | None = None, *, now_ms: Callable[[], int] = _now_ms) -> Flask:
    """Read settings and content, open the store, and build the application.

    `now_ms` is the clock of the conversations, in milliseconds since 1970.

    Raises:
        StartError: With all problems of settings and content at once.
    """
    settings, content = _start(os.environ if environ is None else environ)
    _log_to_stderr()
    store = SqliteStore(settings.database_path, today=lambda: datetime.now(UTC).date())
    try:
        store.prepare()
    except StoreError as error:
        raise StartError(f"Gentle Back cannot start; 1 to mend:\n  DATABASE_URL: {error}") from error
    clips = ClipStore(settings.clips)
    library = Library(content, clips)
    conversation = Conversation(
        content,
        store,
        now_ms=now_ms,
        country=settings.country,
        reminders=ReminderService(roots_pem=settings.trust_roots_pem, connect_to=settings.api_host),
        files=PublicFiles(library, settings.public_url) if settings.public_url else None,
        start_delay_ms=settings.start_delay_ms,
    )
    verifier = Verifier(
        skill_id=settings.skill_id,
        roots=load_roots(settings.trust_roots_pem),
        fetch=CertificateSource(roots_pem=settings.trust_roots_pem, connect_to=settings.certificate_host),
        now=lambda: datetime.now(UTC),
    )
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = None  # the verifier's own limit answers 400, not 413
    view = _alexa_view(verifier, conversation)
    app.add_url_rule("/alexa", view_func=view, methods=["POST"], provide_automatic_options=False)
    page_audio = PageAudio(library, now_ms=now_ms)
    app.register_blueprint(audio_routes(library))
    app.register_blueprint(page_routes(page_audio))
    for name in sorted(PAGES):
        app.add_url_rule(f"/{name}", name, _page_view(name, content))
    app.register_blueprint(
        text_api(
            content,
            OpenConversations(content, store, now_ms=now_ms, country=settings.country),
            access=Access(token=settings.token, local=settings.env == "development"),
            in_one_process=settings.workers == 1,
            audio=page_audio,
            base_url=settings.public_url,
            document=committed(),
        )
    )
    if settings.page:
        app.register_blueprint(web_page())
    app.extensions[WARM_UP] = content.warm_up
    return app


def _start(environ: Mapping[str, str]) -> tuple[Settings, Content]:
    problems: list[str] = []
    settings = content = None
    try:
        settings = read_settings(environ)
    except SettingsError as error:
        problems.extend(error.problems)
    try:
        content = load_content()
    except ContentError as error:
        problems.extend(error.problems)
    if settings is None or content is None:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise StartError(f"Gentle Back cannot start; {len(problems)} to mend:\n{listed}")
    return settings, content


def _alexa_view(verifier: Verifier, conversation: Conversation) -> Callable[[], Response]:
    def alexa() -> Response:
        """Verify the raw bytes, then answer; refusals are 400 without a word."""
        started = time.perf_counter()
        try:
            # Read before anything is refused: an answer over an unread body can be lost to a reset.
            body = request.stream.read(MAX_BODY_BYTES + 1)
        except Exception as error:  # noqa: BLE001 - each server has errors of its own for a broken body
            LOG.warning("alexa: refused: the body cannot be read: %s", type(error).__name__)
            return Response(status=400, headers={"Connection": "close"})
        try:
            envelope = verifier.verify(dict(request.headers), body)
        except VerificationError as error:
            LOG.warning("alexa: refused: %s", error)
            return Response(status=400)
        except Exception as error:  # noqa: BLE001 - whatever we did not think of is not verified either
            LOG.warning("alexa: refused: %s", type(error).__name__)
            return Response(status=400)
        outcome = conversation.respond(envelope)
        took_ms = (time.perf_counter() - started) * 1000
        LOG.info("alexa: %s in %.1f ms", _what(envelope), took_ms)
        text = json.dumps(outcome.json, ensure_ascii=False, separators=(",", ":"))
        return Response(text.encode("utf-8", "replace"), mimetype="application/json")

    return alexa


def _page_view(name: str, content: Content) -> Callable[[], Response]:
    """One of the pages that the skill store links to, in the language that the reader prefers."""
    made = {
        language: pages.html(words.pages[name], words, language)
        for language, words in content.languages.items()
    }
    default = next(
        language for language, words in content.languages.items() if DEFAULT_LOCALE in words.locales
    )

    def page() -> Response:
        language = request.accept_languages.best_match(made, default) or default
        headers = {**pages.HEADERS, "Content-Language": language}
        return Response(made[language], mimetype="text/html", headers=headers)

    return page


def _what(envelope: Mapping[str, Any]) -> str:
    """Request id and name for the log: nothing that a person said or is."""
    found = envelope.get("request")
    found = found if isinstance(found, dict) else {}
    intent = found.get("intent")
    name = intent.get("name") if isinstance(intent, dict) else found.get("type")
    return f"{_short(found.get('requestId'))} {_short(name)}"


def _short(value: object) -> str:
    return "".join(c for c in str(value)[:80] if c.isalnum() or c in "._-")


def _log_to_stderr() -> None:
    if not LOG.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        LOG.addHandler(handler)
        LOG.setLevel(logging.INFO)
