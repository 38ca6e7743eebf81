"""The page at `/`: its files, read once at the start, under a strict content-security policy."""

import hashlib
from pathlib import Path

from flask import Blueprint, Response, request

FOLDER = Path(__file__).with_name("page")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), screen-wake-lock=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def web_page() -> Blueprint:
    """`/` and the files that it loads, `/page/<name>`; nothing else can be asked for."""
    blueprint = Blueprint("page", __name__, static_folder=None)
    for path in sorted(path for path in FOLDER.iterdir() if path.suffix in _TYPES):
        address = "/" if path.name == "index.html" else f"/page/{path.name}"
        blueprint.add_url_rule(address, endpoint=path.name.replace(".", "_"), view_func=_File(path))
    return blueprint


class _File:
    """One file as a view."""

    def __init__(self, path: Path) -> None:
        self._body = path.read_bytes()
        self._type = _TYPES[path.suffix]
        self._tag = hashlib.sha256(self._body).hexdigest()[:16]

    def __call__(self) -> Response:
        response = Response(self._body, content_type=self._type)
        response.headers.update(_HEADERS)
        response.set_etag(self._tag)
        response.make_conditional(request)
        return response
