"""Who may use what is not for everybody: a caller on this machine, or one with the token."""

import hmac
import ipaddress
from collections.abc import Mapping

_OUR_NAMES = frozenset({"localhost", "127.0.0.1"})
_FORWARDED = ("forwarded", "x-forwarded-")


class Access:
    """Decides by address and headers."""

    def __init__(self, *, token: str | None, local: bool) -> None:
        """`local`: whether callers on this machine need no token (never so in production)."""
        self._token = token
        self._local = local

    def allows(self, peer: str | None, headers: Mapping[str, str]) -> bool:
        """Whether a request may pass. A wrong token never does, so that whoever set it finds out."""
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._token is not None and _same(given.strip(), self._token)
        return self._local and is_local(peer, headers)


def is_local(peer: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine: no proxy in between, and by a name that only it has.

    The name keeps web pages of others out: a name of theirs can be made to point here, but stays in `Host`.
    """
    if any(name.lower().startswith(_FORWARDED) for name in headers):
        return False
    name = headers.get("Host", "").lower()
    host, separator, port = name.rpartition(":")
    if separator and port.isdecimal():
        name = host
    return name in _OUR_NAMES and _is_loopback(peer or "")


def _is_loopback(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
