"""The download of a chain, over real TLS to a server on this machine that answers as Amazon's."""

import json
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import certifi
import pytest

from skill import verify
from skill.verify import CertificateSource, VerificationError, Verifier, load_roots
from tests.authority import CHAIN_HOST, CHAIN_URL, Authority, serve_tls

SKILL_ID = "amzn1.ask.skill.11111111-2222-3333-4444-555555555555"
TODAY = Authority("Today")  # OpenSSL asks the real clock


def answer_with(status: int = 200, body: bytes = b"the chain", **headers: str) -> Callable[..., None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return TODAY.tls_files(tmp_path_factory.mktemp("tls"))


def build_source(address: tuple[str, int], *, timeout_s: float = 10.0) -> CertificateSource:
    return CertificateSource(roots_pem=TODAY.root_pem, connect_to=address, timeout_s=timeout_s)


def test_a_chain_is_downloaded_under_amazons_name(tls_files: tuple[Path, Path]) -> None:
    asked: list[tuple[str, str | None]] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append((request.path, request.headers["Host"]))
        answer_with(body=TODAY.chain_pem)(request)

    with serve_tls(tls_files, answer) as address:
        assert build_source(address)(CHAIN_URL) == TODAY.chain_pem
    assert asked == [("/echo.api/echo-api-cert-test.pem", CHAIN_HOST)]


def test_a_download_and_a_verifier_fit_together(tls_files: tuple[Path, Path]) -> None:
    with serve_tls(tls_files, answer_with(body=TODAY.chain_pem)) as address:
        verifier = Verifier(
            skill_id=SKILL_ID,
            roots=load_roots(TODAY.root_pem),
            fetch=build_source(address),
            now=lambda: datetime.now(UTC),
        )
        request = {"type": "LaunchRequest", "timestamp": datetime.now(UTC).isoformat()}
        system = {"application": {"applicationId": SKILL_ID}}
        body = json.dumps({"request": request, "context": {"System": system}}).encode()
        assert verifier.verify(TODAY.headers(body), body)


def test_64_kib_are_downloaded(tls_files: tuple[Path, Path]) -> None:
    with serve_tls(tls_files, answer_with(body=bytes(65_536))) as address:
        assert len(build_source(address)(CHAIN_URL)) == 65_536


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(answer_with(404), "status 404", id="404"),
        pytest.param(answer_with(500), "status 500", id="500"),
        pytest.param(answer_with(206), "status 206", id="206"),
        pytest.param(answer_with(302, Location=CHAIN_URL), "status 302", id="redirect"),
        pytest.param(answer_with(body=bytes(65_537)), "longer than 65536", id="too long"),
        pytest.param(answer_with(Content_Length="99"), "IncompleteRead", id="cut off"),
        pytest.param(lambda request: request.wfile.write(b"Hello\r\n\r\n"), "BadStatusLine", id="not HTTP"),
        pytest.param(lambda _: None, "RemoteDisconnected", id="hung up"),
    ],
)
def test_any_other_answer_is_refused(
    tls_files: tuple[Path, Path], answer: Callable[..., None], reason: str
) -> None:
    asked = []

    def counted(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        answer(request)

    with serve_tls(tls_files, counted) as address, pytest.raises(VerificationError, match=reason):
        build_source(address)(CHAIN_URL)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "beginning",
    [b"HTTP/1.0 200 OK\r\nContent-Length: 9999\r\n\r\n", b"HTTP/1.0 200 OK\r\nContent-Type: "],
    ids=["body", "header"],
)
def test_a_slow_drip_ends_with_the_time_limit(tls_files: tuple[Path, Path], beginning: bytes) -> None:
    hung_up = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        try:
            request.wfile.write(beginning)
            for _ in range(500):  # far beyond the limit: 10 s
                request.wfile.write(b"x")
                hung_up.wait(0.02)
        except OSError:
            hung_up.set()

    begun = time.monotonic()
    with serve_tls(tls_files, drip) as address, pytest.raises(VerificationError, match=r"within 0\.3 s"):
        build_source(address, timeout_s=0.3)(CHAIN_URL)
    assert hung_up.is_set()
    assert time.monotonic() - begun < 5


def test_a_server_that_says_nothing_ends_with_the_time_limit() -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    with silent, pytest.raises(VerificationError, match=r"within 0\.1 s"):
        build_source(silent.getsockname(), timeout_s=0.1)(CHAIN_URL)


def test_a_refused_connection_is_a_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    with pytest.raises(VerificationError, match="refused"):
        build_source(address)(CHAIN_URL)


def test_a_server_with_another_name_is_refused(tmp_path: Path) -> None:
    files = TODAY.tls_files(tmp_path, name="127.0.0.1.test")
    with serve_tls(files, answer_with()) as address, pytest.raises(VerificationError, match="mismatch"):
        build_source(address)(CHAIN_URL)


@pytest.mark.parametrize("roots", [Path(certifi.where()).read_bytes(), None], ids=["others", "certifi's"])
def test_a_server_with_an_unknown_root_is_refused(tls_files: tuple[Path, Path], roots: bytes | None) -> None:
    with (
        serve_tls(tls_files, answer_with()) as address,
        pytest.raises(VerificationError, match="certificate"),
    ):
        CertificateSource(roots_pem=roots, connect_to=address)(CHAIN_URL)


def test_only_addresses_of_chains_are_downloaded() -> None:
    with pytest.raises(VerificationError, match="SignatureCertChainUrl"):
        build_source(("127.0.0.1", 9))("https://s3.amazonaws.com/echo.api/../x")


def test_a_download_has_two_and_a_half_seconds() -> None:
    assert verify.DOWNLOAD_TIMEOUT_S == 2.5
