"""One HTTPS connection with one limit for everything that is done over it."""

import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from http.client import HTTPException
from socket import SHUT_RDWR, socket
from types import TracebackType
from typing import Final, Self, TypeVar

import certifi
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError

Result = TypeVar("Result")

NETWORK_ERRORS: Final = (HTTPError, HTTPException, OSError)
"""What goes wrong over a connection; `TimeoutError`, when the limit is reached, is one of them."""


@lru_cache(maxsize=2)
def tls_context(roots_pem: bytes | None) -> ssl.SSLContext:
    """TLS that checks certificate and name against `roots_pem` (ASCII), or with None certifi's."""
    # Not create_default_context: without data, that would trust the machine's own authorities.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(
        cadata=certifi.contents() if roots_pem is None else roots_pem.decode("ascii")
    )
    return context


class Connection:
    """A connection to `host`, made when it is first used; no redirect is followed, and nothing tried again.

    `connect_to` is an (address, port) to connect to instead; TLS checks the name `host` all the same. All
    that is run over it ends `limit_s` after the connection was entered.
    """

    def __init__(
        self, host: str, *, tls: ssl.SSLContext, limit_s: float, connect_to: tuple[str, int] | None = None
    ) -> None:
        address, port = connect_to or (host, 443)
        self._connection = HTTPSConnection(
            address, port, timeout=limit_s, ssl_context=tls, server_hostname=host
        )
        self._limit_s = limit_s
        # The connection forgets its own as soon as an answer says that it is the last.
        self._socket: socket | None = None
        # A socket's timeout starts anew with every byte, and looking up a name has none: only a thread that
        # can be left behind gives one limit for all of it.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="connection")

    def __enter__(self) -> Self:
        self._deadline = time.monotonic() + self._limit_s
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(SHUT_RDWR)  # wakes a thread left behind
        self._worker.submit(self._connection.close)
        self._worker.shutdown(wait=False)

    def run(self, step: Callable[[HTTPSConnection], Result]) -> Result:
        """What `step` returns.

        Raises:
            TimeoutError: The limit was reached.
            HTTPError, HTTPException, OSError: The connection failed.
        """

        def connected_step() -> Result:
            if self._connection.sock is None:
                self._connection.connect()
                self._socket = self._connection.sock
            return step(self._connection)

        return self._worker.submit(connected_step).result(max(0.0, self._deadline - time.monotonic()))
