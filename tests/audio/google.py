"""A server that answers in Google's place, in the shape of its replies."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

# An MPEG-2 layer III frame as the service sends it: 64 kbit/s, 24 kHz, mono; 192 bytes.
FRAME = b"\xff\xf3\x84\xc4" + bytes(188)
BLOCK_PAGE = b"<!doctype html><title>Sorry...</title><p>unusual traffic from your computer network"
LONG = (
    "Lower both knees slowly to the left as far as it is comfortable. Breathe out and let your shoulders go."
)

Answer = Callable[[BaseHTTPRequestHandler, str], None]


def sends(body: bytes, status: int = 200) -> Answer:
    def answer(request: BaseHTTPRequestHandler, text: str) -> None:  # noqa: ARG001
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def speaks(audio: bytes) -> Answer:
    """The shape of batchexecute: a guard line, then the length and the envelope of the remote call."""
    inner = json.dumps([base64.b64encode(audio).decode("ascii")])
    call = json.dumps([["wrb.fr", "jQ1olc", inner, None, None, None, "generic"]], separators=(",", ":"))
    return sends(f")]}}'\n\n{len(call)}\n{call}\n".encode())


class Google:
    """Answers the first request as the first answer says, and so on; the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [speaks(FRAME)]
        self.requests: list[Any] = []
        self.texts: list[str] = []
        self.gives_up = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
                ((_, arguments, _, _),) = json.loads(parse_qs(form)["f.req"][0])[0]
                text, language, *_ = json.loads(arguments)
                service.texts.append(text)
                service.requests.append((self.path, language))
                answers = service.answers
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                answer(self, text)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def is_slow(self, _request: BaseHTTPRequestHandler, _text: str) -> None:
        """Say nothing until the test is over."""
        self.gives_up.wait(10)


@contextmanager
def running() -> Iterator[Google]:
    """The service, until the test is over."""
    service = Google()
    thread = threading.Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.gives_up.set()
        service.server.shutdown()
        thread.join()
        service.server.server_close()
