"""The audio routes: files that are put together while they are sent, with ranges (RFC 9110, section 14).

`audio_routes` serves exercises under addresses that can be kept; `page_routes` the answers given lately.
"""

import threading
from typing import Literal

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.http import quote_etag

from audio.captions import write_vtt
from audio.clips import LEAD_MS, Session
from audio.page import NORMAL_PACE
from intents.content import DEFAULT_LOCALE
from intents.sound import File
from intents.tracks import PACES, Track
from intents.turn import HOLDS
from skill.library import Library
from skill.page_audio import PageAudio

MAX_LISTENERS = 240
"""Of one worker process: below its number of threads, so that whoever talks to the skill always finds one."""
RETRY_AFTER_S = 10
Listeners = threading.BoundedSemaphore
_FOR_EVER = "public, max-age=31536000, immutable"  # RFC 8246: under its version a file never changes
_ETAG_CHARACTERS = 32


def version_of(session: Session) -> str:
    """Names a file's bytes: the `v` of its address, and its entity tag."""
    return session.mp3.digest[:_ETAG_CHARACTERS]


def address_of(locale: str, track: Track, session: Session, kind: Literal["mp3", "vtt"] = "mp3") -> str:
    """Where a file is served: below the service's own address."""
    return f"/audio/{locale}/{track.name}.{kind}?v={version_of(session)}"


class PublicFiles:
    """The library as the conversation may have it: with the address by which the world reaches us."""

    def __init__(self, library: Library, public_url: str) -> None:
        self._library = library
        self._public_url = public_url

    def find(self, locale: str, track: Track) -> File | None:
        """The file of a track; in a locale that is not served, the default one's."""
        locale = locale if locale in self._library.locales else DEFAULT_LOCALE
        session = self._library.find(locale, track.name)
        if session is None:
            return None
        return File(
            url=self._public_url + address_of(locale, track, session),
            version=version_of(session),
            timeline=session.timeline,
            lead_ms=LEAD_MS,
            captions=write_vtt(session.timeline, LEAD_MS),
        )


def audio_routes(library: Library) -> Blueprint:
    """`/audio/<locale>/<exercise>/<variant>.mp3` and `.vtt`, each with its `?v=`; `/audio/<locale>`: all.

    Without its version, or under another one, a file is not found: what is cached under an address never
    changes.
    """
    routes = Blueprint("audio", __name__)
    listeners = Listeners(MAX_LISTENERS)

    @routes.get("/audio/<locale>")
    def listing(locale: str) -> Response:
        """What can be heard there now, in `?pace=` and with `?holds=`: title, length and addresses."""
        pace = request.args.get("pace", NORMAL_PACE, type=int)
        holds = HOLDS.get(request.args.get("holds", "count"))
        if locale not in library.locales or pace not in PACES or holds is None:
            abort(404)
        files = [
            {
                "exercise": track.exercise,
                "variant": track.variant,
                "title": library.title(locale, track),
                "length_ms": session.mp3.duration_ms,
                "mp3": address_of(locale, track, session),
                "vtt": address_of(locale, track, session, "vtt"),
            }
            for track, session in library.found(locale, pace, holds)
        ]
        response = jsonify(locale=locale, files=files)
        response.headers["Cache-Control"] = "no-cache"
        return response

    @routes.get("/audio/<locale>/<exercise>/<variant>.mp3")
    def mp3(locale: str, exercise: str, variant: str) -> Response:
        """The whole file, or the one range of it that was asked for."""
        return _mp3(_found(library, locale, f"{exercise}/{variant}"), listeners)

    @routes.get("/audio/<locale>/<exercise>/<variant>.vtt")
    def vtt(locale: str, exercise: str, variant: str) -> Response:
        """Its captions."""
        return _vtt(_found(library, locale, f"{exercise}/{variant}"))

    return routes


def page_routes(pages: PageAudio) -> Blueprint:
    """`/audio/pages/<name>.mp3` and `.vtt`: an answer of the text API, for as long as it is kept."""
    routes = Blueprint("page_audio", __name__)
    listeners = Listeners(MAX_LISTENERS)

    @routes.get("/audio/pages/<name>.mp3")
    def mp3(name: str) -> Response:
        """The whole answer, or the one range of it that was asked for."""
        return _mp3(_kept(pages, name), listeners)

    @routes.get("/audio/pages/<name>.vtt")
    def vtt(name: str) -> Response:
        """Its captions."""
        return _vtt(_kept(pages, name))

    return routes


def _mp3(session: Session, listeners: Listeners) -> Response:
    response = _versioned(session, "audio/mpeg")
    response.headers["Accept-Ranges"] = "bytes"
    if _is_known(session):
        response.status_code = 304
        return response
    size = session.mp3.size
    start, stop = 0, size
    span = _range(session)
    if span is not None:
        start, stop = span
        if start >= stop:
            response.status_code = 416
            response.headers["Content-Range"] = f"bytes */{size}"
            response.headers["Cache-Control"] = "no-cache"
            return response
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    if request.method == "GET":
        if not listeners.acquire(blocking=False):
            return Response(status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
        response.call_on_close(listeners.release)
    response.response = session.mp3.read(start, stop)
    response.content_length = stop - start
    return response


def _vtt(session: Session) -> Response:
    response = _versioned(session, "text/vtt")
    if _is_known(session):
        response.status_code = 304
        return response
    response.set_data(write_vtt(session.timeline, LEAD_MS))
    return response


def _kept(pages: PageAudio, name: str) -> Session:
    session = pages.find(name)
    if session is None:
        abort(404)
    return session


def _versioned(session: Session, mimetype: str) -> Response:
    """An answer that says which version it belongs to, and how long it may be kept."""
    response = Response(mimetype=mimetype)
    response.headers["ETag"] = quote_etag(version_of(session))
    response.headers["Cache-Control"] = _FOR_EVER if "v" in request.args else "no-cache"
    return response


def _found(library: Library, locale: str, name: str) -> Session:
    session = library.find(locale, name)
    if session is None or request.args.get("v") != version_of(session):
        abort(404)
    return session


def _is_known(session: Session) -> bool:
    """Whether the client has these very bytes already."""
    return request.if_none_match.contains_weak(version_of(session))


def _range(session: Session) -> tuple[int, int] | None:
    """The one range that was asked for, empty if there is nothing in it; None means the whole file.

    So do several ranges, other units, what cannot be read (RFC 9110, 14.2 allows it), and a range of a
    version that is no more.
    """
    wanted, condition = request.range, request.headers.get("If-Range")
    if request.method != "GET" or wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    if condition is not None and condition != quote_etag(version_of(session)):
        return None
    ((start, stop),) = wanted.ranges
    size = session.mp3.size
    if start < 0:
        return max(0, size + start), size
    return start, size if stop is None else min(stop, size)
