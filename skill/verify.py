"""Only what Amazon signed for this skill gets past here.

    VerificationError   the one error: the request is refused, for whatever reason

Nothing in here can be turned off: tests bring their own roots, not their own rules. Revocation is not looked
up (Amazon's own verifiers do not, either), but no verdict on a chain is kept for over a day.
"""

import base64
import json
import posixpath
import re
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import verification
from urllib3.connection import HTTPSConnection

from skill.connection import NETWORK_ERRORS, Connection, tls_context

# Names, addresses and time windows: "Host a Custom Skill as a Web Service" of the Alexa documentation, and
# verifier_constants.py and verifier.py of ask-sdk-webservice-support 1.3.3, Amazon's verifier.
URL_HEADER = "SignatureCertChainUrl"
SIGNATURE_HEADER = "Signature-256"  # plain "Signature" is over SHA-1, deprecated, and never looked at
CERTIFICATE_HOST = "s3.amazonaws.com"
CERTIFICATE_FOLDER = "/echo.api/"
SIGNER = "echo-api.amazon.com"
MAX_AGE = timedelta(seconds=150)
MAX_EVENT_AGE = timedelta(seconds=3600)
LATE_EVENTS = tuple(
    f"AlexaSkillEvent.Skill{what}"
    for what in ("Enabled", "Disabled", "PermissionChanged", "PermissionAccepted", "AccountLinked")
)

# Amazon names no limit for a request. A response may hold 120 kB ("Request and Response JSON Reference"), and
# its session attributes come back with the next request: twice that, and a little.
MAX_BODY_BYTES = 256_000

# Ours. Amazon's chains of four certificates are 6 kB, and Alexa waits 8 s for an answer.
MAX_CHAIN_BYTES = 65_536
DOWNLOAD_TIMEOUT_S = 2.5
CHAIN_KEPT = timedelta(days=1)
FAILURE_KEPT = timedelta(seconds=10)
MAX_KEPT = 32

_ORIGIN = f"https://{CERTIFICATE_HOST}"
# A list of what is allowed (RFC 3986 "pchar" without percent-encoding): no user, other port, query, fragment,
# space, backslash or %2e needs a rule of its own. ASCII, because U+017F is an "s" where case does not count.
_URL = re.compile(
    rf"(?i:https://{re.escape(CERTIFICATE_HOST)})(?::443)?(/[A-Za-z0-9._~!$&'()*+,;=:@/-]*)", re.ASCII
)
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_CHAIN_ERRORS = (
    verification.VerificationError,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    CryptographyDeprecationWarning,  # where warnings are errors
    UnsupportedAlgorithm,
    ValueError,
)


class VerificationError(Exception):
    """The request is not Alexa's, or not for this skill. The text is for the log; no personal data."""


def load_roots(pem: bytes | None) -> list[x509.Certificate]:
    """The certificate authorities to trust: those in `pem`, or with None certifi's.

    Raises:
        ValueError: `pem` holds no certificate, or one that cannot be read.
    """
    if pem is not None:
        return x509.load_pem_x509_certificates(pem)
    roots = []
    # Public authorities as old as the web do not all follow RFC 5280 (one has no positive serial number).
    # `cryptography` warns that it will refuse those: then one must go missing, not all of them.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for block in _PEM.findall(certifi.contents().encode("ascii")):
            with suppress(ValueError):
                roots.append(x509.load_pem_x509_certificate(block))
    return roots


def normalise_url(url: str) -> str:
    """The one spelling of a chain's address: lower-case host, no port, no dot segments.

    What is downloaded is what was checked, and remembered once. Queries, fragments, empty segments and
    percent-encoding are refused: Amazon's names need none.

    Raises:
        VerificationError: Amazon publishes no signing certificates there.
    """
    match = _URL.fullmatch(url)
    if match is None or "//" in match[1]:
        raise VerificationError(f"{URL_HEADER} is not a plain address on {_ORIGIN}")
    path = posixpath.normpath(match[1])
    if not path.startswith(CERTIFICATE_FOLDER):
        raise VerificationError(f"{URL_HEADER} does not lead below {CERTIFICATE_FOLDER}")
    return _ORIGIN + path


class CertificateSource:
    """Downloads certificate chains from Amazon: over HTTPS, status 200 only, no redirects, no second try.

    `roots_pem` are authorities for TLS instead of certifi's; `connect_to` is an (address, port) to connect to
    instead of Amazon's. Address, Host header and the name that TLS checks stay Amazon's with both.
    """

    def __init__(
        self,
        *,
        roots_pem: bytes | None = None,
        connect_to: tuple[str, int] | None = None,
        timeout_s: float = DOWNLOAD_TIMEOUT_S,
    ) -> None:
        self._tls = tls_context(roots_pem)
        self._connect_to = connect_to
        self._timeout_s = timeout_s

    def __call__(self, url: str) -> bytes:
        """The bytes at `url`; an error comes `timeout_s` after the call at the latest.

        Raises:
            VerificationError: No complete answer with status 200 and at most `MAX_CHAIN_BYTES` in time.
        """
        path = normalise_url(url).removeprefix(_ORIGIN)
        connection = Connection(
            CERTIFICATE_HOST, tls=self._tls, limit_s=self._timeout_s, connect_to=self._connect_to
        )
        try:
            with connection:
                return connection.run(partial(_get, path=path))
        except TimeoutError as error:
            raise VerificationError(f"{url}: no answer within {self._timeout_s} s") from error
        except NETWORK_ERRORS as error:
            raise VerificationError(f"{url}: download failed: {error!r}") from error


def _get(connection: HTTPSConnection, path: str) -> bytes:
    connection.request(
        "GET", path, headers={"Host": CERTIFICATE_HOST}, preload_content=False, decode_content=False
    )
    with closing(connection.getresponse()) as response:
        if response.status != 200:  # noqa: PLR2004
            raise VerificationError(f"{_ORIGIN}{path}: status {response.status}, not 200")
        content = b""
        # Only a read that finds nothing tells a complete answer from one that was cut off.
        while len(content) <= MAX_CHAIN_BYTES and (more := response.read(MAX_CHAIN_BYTES + 1)):
            content += more
    if len(content) > MAX_CHAIN_BYTES:
        raise VerificationError(f"{_ORIGIN}{path}: longer than {MAX_CHAIN_BYTES} bytes")
    return content


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What was found out about a chain: the key that may sign, or why not; and from when until when."""

    public_key: RSAPublicKey | None
    refusal: str = ""
    not_before: datetime
    not_after: datetime


class _Verdicts:
    """Remembers verdicts by normalised URL, for any number of threads.

    Good and bad are kept apart, so that made-up addresses cannot push out Amazon's.
    """

    def __init__(self, judge: Callable[[str], _Verdict], now: Callable[[], datetime]) -> None:
        self._judge = judge
        self._now = now
        self._changed = threading.Condition()
        self._loading: set[str] = set()
        self._good: OrderedDict[str, _Verdict] = OrderedDict()
        self._bad: OrderedDict[str, _Verdict] = OrderedDict()

    def public_key(self, url: str) -> RSAPublicKey:
        """The key that may sign: remembered, or downloaded by one thread while others wait for its result."""
        with self._changed:
            while (verdict := self._remembered(url)) is None and url in self._loading:
                self._changed.wait()
            if verdict is None:
                self._loading.add(url)
        if verdict is None:
            verdict = self._load(url)
        if verdict.public_key is None:
            raise VerificationError(verdict.refusal)
        return verdict.public_key

    def _remembered(self, url: str) -> _Verdict | None:
        now = self._now()
        for shelf in (self._good, self._bad):
            verdict = shelf.get(url)
            if verdict is not None and verdict.not_before <= now <= verdict.not_after:
                shelf.move_to_end(url)
                return verdict
        return None

    def _load(self, url: str) -> _Verdict:
        verdict = None
        try:
            verdict = self._judge(url)
        finally:  # whatever ends this thread, those who wait must wake up
            with self._changed:
                self._loading.discard(url)
                if verdict is not None:
                    shelf = self._bad if verdict.public_key is None else self._good
                    shelf[url] = verdict
                    shelf.move_to_end(url)
                    if len(shelf) > MAX_KEPT:
                        shelf.popitem(last=False)
                self._changed.notify_all()
        return verdict


def _judge(pem: bytes, store: verification.Store, now: datetime) -> _Verdict:
    """The key of the leaf, which comes first in `pem`, once a path from it to a root in `store` is found.

    A path is searched for, not walked: Amazon's chains end in a cross-signed certificate whose issuer has
    left the root stores. The verdict holds while every certificate of the path does, for a day at most.
    """
    try:
        leaf, *intermediates = x509.load_pem_x509_certificates(pem)
        policy = verification.PolicyBuilder().store(store).time(now)
        path = policy.build_server_verifier(x509.DNSName(SIGNER)).verify(leaf, intermediates)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        public_key = leaf.public_key()
    except _CHAIN_ERRORS as error:
        raise VerificationError(f"certificate chain refused: {error}") from error
    if SIGNER not in names.get_values_for_type(x509.DNSName):  # a path builder takes *.amazon.com as well
        raise VerificationError(f"certificate chain refused: its leaf does not name {SIGNER}")
    if not isinstance(public_key, RSAPublicKey):
        raise VerificationError("certificate chain refused: its leaf has no RSA key")
    return _Verdict(
        public_key=public_key,
        not_before=max(certificate.not_valid_before_utc for certificate in path),
        not_after=min(now + CHAIN_KEPT, *(certificate.not_valid_after_utc for certificate in path)),
    )


class Verifier:
    """Tells Alexa's requests for one skill from all others. Shared by threads; `now` has a time zone."""

    def __init__(
        self,
        *,
        skill_id: str | None,
        roots: Sequence[x509.Certificate],
        fetch: Callable[[str], bytes],
        now: Callable[[], datetime],
    ) -> None:
        self._skill_id = skill_id
        self._store = verification.Store(list(roots))
        self._fetch = fetch
        self._now = now
        self._verdicts = _Verdicts(self._download_and_judge, now)

    def verify(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The parsed envelope, a JSON object, of a request that Amazon signed for this skill just now.

        `body` is what came over the wire, byte for byte. The cheap checks come first, and nothing is parsed
        before its signature holds. Without a skill id, nothing passes.

        Raises:
            VerificationError: In every other case, whatever the bytes.
        """
        if not self._skill_id:
            raise VerificationError("no skill id is set, so no request can be for this skill")
        url = _header(headers, URL_HEADER)
        signature = _header(headers, SIGNATURE_HEADER)
        if len(body) > MAX_BODY_BYTES:
            raise VerificationError(f"the body has {len(body)} bytes; at most {MAX_BODY_BYTES} are read")
        address = normalise_url(url)
        signature_bytes = _decode(signature)
        _check_signature(self._verdicts.public_key(address), signature_bytes, body)
        envelope = _parse(body)
        _check_timestamp(envelope, self._now())
        _check_skill_id(envelope, self._skill_id)
        return envelope

    def _download_and_judge(self, url: str) -> _Verdict:
        try:
            return _judge(self._fetch(url), self._store, self._now())
        except VerificationError as error:
            now = self._now()
            return _Verdict(public_key=None, refusal=str(error), not_before=now, not_after=now + FAILURE_KEPT)


def _header(headers: Mapping[str, str], wanted: str) -> str:
    wanted_folded = wanted.lower()
    values = [value for name, value in headers.items() if name.lower() == wanted_folded]
    if len(values) != 1 or not values[0]:
        raise VerificationError(f"{wanted} must be sent, once")
    return values[0]


def _decode(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError as error:
        raise VerificationError(f"{SIGNATURE_HEADER} is not base64") from error


def _check_signature(public_key: RSAPublicKey, signature: bytes, body: bytes) -> None:
    try:
        public_key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise VerificationError(f"{SIGNATURE_HEADER} is not the signature of this body") from error


def _parse(body: bytes) -> dict[str, Any]:
    try:
        envelope = json.loads(body.decode("utf-8"))  # from bytes, json would take UTF-16 as well
    except (ValueError, RecursionError) as error:
        raise VerificationError(f"the body is not JSON: {type(error).__name__}") from error
    if not isinstance(envelope, dict):
        raise VerificationError(f"the body is JSON, but {type(envelope).__name__}, not an object")
    return envelope


def _check_timestamp(envelope: dict[str, Any], now: datetime) -> None:
    """Refuse what was recorded earlier, or is dated later.

    Amazon delivers some skill events late. They may be early by as much, too: one rule, and harmless.
    """
    timestamp = _member(envelope, "request", "timestamp")
    try:
        # Old consoles sent milliseconds as a number; Alexa does not.
        sent = datetime.fromisoformat(timestamp) if isinstance(timestamp, str) else None
    except ValueError as error:
        raise VerificationError("request.timestamp is not an ISO 8601 time") from error
    if sent is None or sent.tzinfo is None:
        raise VerificationError("request.timestamp must be a text with date, time and zone")
    tolerance = MAX_EVENT_AGE if _member(envelope, "request", "type") in LATE_EVENTS else MAX_AGE
    if abs(now - sent) > tolerance:
        raise VerificationError(f"request.timestamp is {now - sent} old; at most {tolerance} is taken")


def _check_skill_id(envelope: dict[str, Any], skill_id: str) -> None:
    in_context = _member(envelope, "context", "System", "application", "applicationId")
    in_session = _member(envelope, "session", "application", "applicationId")
    sent = [value for value in (in_context, in_session) if value is not None]
    # Compared with "==": "in" turns into a test for a part when somebody configures a text instead of a list.
    if not sent or not all(value == skill_id for value in sent):
        raise VerificationError("the request is for another skill, or names none")


def _member(envelope: dict[str, Any], *names: str) -> Any:
    """The value at the end of `names`; None if it, or an object on the way to it, is not there."""
    value: Any = envelope
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
