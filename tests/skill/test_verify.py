import base64
import json
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from skill import verify
from skill.verify import CertificateSource, VerificationError, Verifier, load_roots, normalise_url
from tests.authority import CHAIN_URL, SIGNER, Authority, ec_key, pem, rsa_key

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SKILL_ID = "amzn1.ask.skill.11111111-2222-3333-4444-555555555555"
OTHER_ID = "amzn1.ask.skill.99999999-2222-3333-4444-555555555555"
AMAZON = Authority(now=NOW)
STRANGER = Authority("Stranger", now=NOW)
ABSENT: Any = object()


class Clock:
    """A clock that only a test moves; counts who looked."""

    def __init__(self) -> None:
        self.time = NOW
        self.looks = threading.Semaphore(0)

    def __call__(self) -> datetime:
        self.looks.release()
        return self.time

    def move(self, **delta: float) -> None:
        self.time += timedelta(**delta)


class Publisher:
    """A stand-in for the download: gives `chain`, or raises it, and remembers who asked for what."""

    def __init__(self, chain: bytes | BaseException | None = None) -> None:
        self.chain = AMAZON.chain_pem if chain is None else chain
        self.urls: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.urls.append(url)
        if isinstance(self.chain, bytes):
            return self.chain
        raise self.chain


def build_verifier(
    fetch: Callable[[str], bytes] | None = None,
    *,
    skill_id: str | None = SKILL_ID,
    now: Callable[[], datetime] | None = None,
) -> Verifier:
    return Verifier(
        skill_id=skill_id,
        roots=load_roots(AMAZON.root_pem),
        fetch=fetch or Publisher(),
        now=now or Clock(),
    )


def build_envelope(
    *,
    timestamp: Any = "2026-11-23T12:00:00Z",
    kind: Any = "LaunchRequest",
    in_context: Any = SKILL_ID,
    in_session: Any = ABSENT,
) -> bytes:
    envelope: dict[str, Any] = {"version": "1.0", "request": {"type": kind, "locale": "de-DE"}, "context": {}}
    if timestamp is not ABSENT:
        envelope["request"]["timestamp"] = timestamp
    if in_context is not ABSENT:
        envelope["context"]["System"] = {"application": {"applicationId": in_context}}
    if in_session is not ABSENT:
        envelope["session"] = {"application": {"applicationId": in_session}}
    return json.dumps(envelope).encode()


def verify_signed(body: bytes, **verifier: Any) -> dict[str, Any]:
    return build_verifier(**verifier).verify(AMAZON.headers(body), body)


def moment(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat()


# Headers


@pytest.mark.parametrize(
    "rename",
    [str, str.lower, str.upper, str.title, lambda name: name.replace("Signature", "signature")],
    ids=["as sent", "lower", "upper", "title", "camel"],
)
def test_header_names_have_no_case(rename: Callable[[str], str]) -> None:
    body = build_envelope()
    headers = {rename(name): value for name, value in AMAZON.headers(body).items()}
    assert build_verifier().verify(headers, body)["version"] == "1.0"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"SignatureCertChainUrl": None}, id="no URL"),
        pytest.param({"SignatureCertChainUrl": ""}, id="empty URL"),
        pytest.param({"Signature-256": None}, id="no signature"),
        pytest.param({"Signature-256": ""}, id="empty signature"),
        pytest.param({"Signature-256": None, "Signature": AMAZON.sign(build_envelope())}, id="legacy only"),
        pytest.param({"signature-256": "AAAA"}, id="two signatures"),
        pytest.param({"SIGNATURECERTCHAINURL": CHAIN_URL}, id="two URLs"),
        pytest.param({"Signature-256": "not base64!"}, id="not base64"),
        pytest.param({"Signature-256": AMAZON.sign(build_envelope()) + "\n"}, id="base64 and a line break"),
        pytest.param(
            {"Signature-256": AMAZON.sign(build_envelope()).rstrip("=")}, id="base64 without padding"
        ),
        pytest.param({"Signature-256": "\u00e4\u00f6\u00fc="}, id="base64 beyond ASCII"),
    ],
)
def test_missing_double_or_odd_headers_are_refused_without_a_download(change: dict[str, str | None]) -> None:
    body = build_envelope()
    publisher = Publisher()
    changed: dict[str, str | None] = {**AMAZON.headers(body), **change}
    headers = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(VerificationError):
        build_verifier(publisher).verify(headers, body)
    assert publisher.urls == []


# The address of the chain


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="empty"),
        pytest.param("badUrl", id="no URL"),
        pytest.param("//s3.amazonaws.com/echo.api/cert", id="scheme-relative"),
        pytest.param("/echo.api/cert", id="path only"),
        pytest.param("http://s3.amazonaws.com/echo.api/cert", id="http"),
        pytest.param("file:///echo.api/cert", id="file"),
        pytest.param("http\u017f://s3.amazonaws.com/echo.api/cert", id="scheme with a long s"),
        pytest.param("https://very.bad/echo.api/cert", id="host"),
        pytest.param("https://s3.amazonaws.com.evil.test/echo.api/cert", id="host as prefix"),
        pytest.param("https://evil.s3.amazonaws.com/echo.api/cert", id="host as suffix"),
        pytest.param("https://s3.amazonaws.com./echo.api/cert", id="host with root dot"),
        pytest.param("https://s3xamazonaws.com/echo.api/cert", id="dot as wild card"),
        pytest.param("https://\u017f3.amazonaws.com/echo.api/cert", id="host with a long s"),
        pytest.param("https://user@s3.amazonaws.com/echo.api/cert", id="user"),
        pytest.param("https://user:word@s3.amazonaws.com/echo.api/cert", id="user and password"),
        pytest.param("https://s3.amazonaws.com@evil.test/echo.api/cert", id="host as user"),
        pytest.param("https://s3.amazonaws.com\\@evil.test/echo.api/cert", id="backslash before user"),
        pytest.param("https://s3.amazonaws.com:563/echo.api/cert", id="port 563"),
        pytest.param("https://s3.amazonaws.com:0/echo.api/cert", id="port 0"),
        pytest.param("https://s3.amazonaws.com:/echo.api/cert", id="port empty"),
        pytest.param("https://s3.amazonaws.com:44\u0663/echo.api/cert", id="port in other digits"),
        pytest.param("https://s3.amazonaws.com:https/echo.api/cert", id="port in words"),
        pytest.param("https://s3.amazonaws.com:4430/echo.api/cert", id="port 4430"),
        pytest.param("https://s3.amazonaws.com", id="no path"),
        pytest.param("https://s3.amazonaws.com/", id="root path"),
        pytest.param("https://s3.amazonaws.com/cert", id="path"),
        pytest.param("https://s3.amazonaws.com/ECHO.API/cert", id="path in capitals"),
        pytest.param("https://s3.amazonaws.com/echo.api.evil/cert", id="path as prefix"),
        pytest.param("https://s3.amazonaws.com/evil/echo.api/cert", id="path as suffix"),
        pytest.param("https://s3.amazonaws.com/echo.api/", id="bare folder"),
        pytest.param("https://s3.amazonaws.com/echo.api", id="bare folder without slash"),
        pytest.param("https://s3.amazonaws.com/echo.api/.", id="folder itself"),
        pytest.param("https://s3.amazonaws.com/echo.api/x/..", id="back to the folder"),
        pytest.param("https://s3.amazonaws.com/echo.api/../cert", id="traversal"),
        pytest.param("https://s3.amazonaws.com/echo.api/x/../../cert", id="deep traversal"),
        pytest.param("https://s3.amazonaws.com/echo.api/%2e%2e/cert", id="encoded traversal"),
        pytest.param("https://s3.amazonaws.com/echo.api/%2E%2E/cert", id="encoded traversal in capitals"),
        pytest.param("https://s3.amazonaws.com/echo.api/.%2e/cert", id="half encoded traversal"),
        pytest.param("https://s3.amazonaws.com/echo.api/%252e%252e/cert", id="twice encoded traversal"),
        pytest.param("https://s3.amazonaws.com/echo.api/..%2fcert", id="encoded slash"),
        pytest.param("https://s3.amazonaws.com/echo.api/..%5Ccert", id="encoded backslash"),
        pytest.param("https://s3.amazonaws.com/echo.api/..\\cert", id="backslash"),
        pytest.param("https://s3.amazonaws.com//echo.api/cert", id="double slash"),
        pytest.param("https://s3.amazonaws.com///echo.api/cert", id="triple slash"),
        pytest.param("https://s3.amazonaws.com/echo.api//cert", id="double slash inside"),
        pytest.param("https://s3.amazonaws.com/echo.api/cert?x=1", id="query"),
        pytest.param("https://s3.amazonaws.com/echo.api/cert?", id="empty query"),
        pytest.param("https://s3.amazonaws.com/echo.api/cert#x", id="fragment"),
        pytest.param("https://s3.amazonaws.com/echo.api/cert#", id="empty fragment"),
        pytest.param("https://evil.test#https://s3.amazonaws.com/echo.api/cert", id="all in a fragment"),
        pytest.param(" https://s3.amazonaws.com/echo.api/cert", id="space before"),
        pytest.param("https://s3.amazonaws.com/echo.api/cert ", id="space after"),
        pytest.param("https://s3.amazonaws.com/echo.api/a cert", id="space inside"),
        pytest.param("https://s3.amazonaws.com/echo.api/cert\n", id="line break after"),
        pytest.param("https://s3.amazonaws.com/echo.api/.\t./cert", id="tab between dots"),
        pytest.param("https://s3.amazonaws.com/echo.api/cert\x00.pem", id="null character"),
        pytest.param("https://s3.amazonaws.com/echo.api/c\u00e9rt", id="beyond ASCII"),
    ],
)
def test_a_bad_address_is_refused_and_nothing_is_downloaded(url: str) -> None:
    body = build_envelope()
    publisher = Publisher()
    with pytest.raises(VerificationError, match=r"SignatureCertChainUrl"):
        build_verifier(publisher).verify(AMAZON.headers(body, url=url), body)
    assert publisher.urls == []


@pytest.mark.parametrize(
    ("url", "downloaded"),
    [
        ("https://s3.amazonaws.com/echo.api/cert", "https://s3.amazonaws.com/echo.api/cert"),
        ("https://s3.amazonaws.com:443/echo.api/cert", "https://s3.amazonaws.com/echo.api/cert"),
        ("HTTPS://S3.AmazonAWS.com/echo.api/cert", "https://s3.amazonaws.com/echo.api/cert"),
        ("https://s3.amazonaws.com/echo.api/../echo.api/cert", "https://s3.amazonaws.com/echo.api/cert"),
        ("https://s3.amazonaws.com/x/./../echo.api/cert", "https://s3.amazonaws.com/echo.api/cert"),
        (
            "https://s3.amazonaws.com/echo.api/eu/Cert_12~.pem",
            "https://s3.amazonaws.com/echo.api/eu/Cert_12~.pem",
        ),
    ],
)
def test_a_good_address_is_downloaded_in_its_one_spelling(url: str, downloaded: str) -> None:
    body = build_envelope()
    publisher = Publisher()
    build_verifier(publisher).verify(AMAZON.headers(body, url=url), body)
    assert publisher.urls == [downloaded]
    assert normalise_url(url) == downloaded


# The chain


def between(first_day: float, last_day: float) -> tuple[datetime, datetime]:
    return NOW + timedelta(days=first_day), NOW + timedelta(days=last_day)


def chain_with(intermediate: Any = None, extra: Any = (), **leaf: Any) -> bytes:
    intermediate = intermediate or AMAZON.intermediate
    return pem(AMAZON.signer(issuer=intermediate, **leaf), intermediate, *extra)


def garble(chain: bytes) -> bytes:
    lines = chain.splitlines()
    lines[10] = lines[10][::-1]
    return b"\n".join(lines)


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param(AMAZON.chain_pem, id="leaf and intermediate"),
        pytest.param(AMAZON.chain_pem + AMAZON.root_pem, id="with the root"),
        pytest.param(pem(AMAZON.leaf, AMAZON.intermediate, *AMAZON.dangling), id="dangling cross-sign"),
        pytest.param(pem(AMAZON.leaf, *AMAZON.dangling, AMAZON.intermediate), id="in another order"),
        pytest.param(pem(AMAZON.leaf, AMAZON.intermediate, STRANGER.intermediate), id="with a stranger's"),
        pytest.param(chain_with(names=("other.test", SIGNER)), id="several names"),
        pytest.param(chain_with(valid=between(0, 1)), id="first moment"),
        pytest.param(chain_with(valid=between(-1, 0)), id="last moment"),
        pytest.param(AMAZON.chain_pem.replace(b"\n", b"\r\n"), id="other line ends"),
        pytest.param(b"A comment\n" + AMAZON.chain_pem, id="comment"),
    ],
)
def test_a_good_chain_is_taken(chain: bytes) -> None:
    assert verify_signed(build_envelope(), fetch=Publisher(chain))


BAD_CHAINS = [
    pytest.param(b"", id="empty"),
    pytest.param(b"<html>No such key</html>", id="HTML"),
    pytest.param(b"\xff\xfe\x00", id="junk"),
    pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="PEM of junk"),
    pytest.param(garble(AMAZON.chain_pem), id="garbled"),
    pytest.param(AMAZON.chain_pem[:500], id="cut off"),
    pytest.param(chain_with(names=("echo-api.amazon.com.evil.test",)), id="other name"),
    pytest.param(chain_with(names=("*.amazon.com",)), id="wild card"),
    pytest.param(chain_with(names=()), id="no name in the list"),
    pytest.param(chain_with(names=None), id="no alternative names"),
    pytest.param(chain_with(valid=between(-30, -1)), id="expired"),
    pytest.param(chain_with(valid=between(1, 30)), id="not yet valid"),
    pytest.param(chain_with(key=ec_key("leaf")), id="elliptic-curve key"),
    pytest.param(chain_with(usage=ExtendedKeyUsageOID.CODE_SIGNING), id="other usage"),
    pytest.param(pem(AMAZON.leaf), id="no intermediate"),
    pytest.param(pem(AMAZON.leaf, AMAZON.root), id="root for intermediate"),
    pytest.param(pem(AMAZON.intermediate, AMAZON.leaf), id="leaf last"),
    pytest.param(STRANGER.chain_pem + STRANGER.root_pem, id="another root"),
    pytest.param(pem(STRANGER.leaf, AMAZON.intermediate), id="leaf of another"),
    pytest.param(pem(AMAZON.certify("alone", names=(SIGNER,), key=rsa_key("Test leaf"))), id="self-signed"),
    pytest.param(
        chain_with(AMAZON.certify("old", issuer=AMAZON.root, ca=True, valid=between(-9, -1))),
        id="intermediate expired",
    ),
    pytest.param(chain_with(AMAZON.certify("none", issuer=AMAZON.root)), id="intermediate is no authority"),
]


@pytest.mark.parametrize("chain", BAD_CHAINS)
def test_a_bad_chain_is_refused(chain: bytes) -> None:
    with pytest.raises(VerificationError, match="certificate chain refused"):
        verify_signed(build_envelope(), fetch=Publisher(chain))


def test_a_chain_below_an_expired_root_is_refused() -> None:
    clock = Clock()
    clock.move(days=3651)
    with pytest.raises(VerificationError, match="certificate chain refused"):
        verify_signed(build_envelope(), now=clock)


def test_a_failed_download_is_a_refusal() -> None:
    with pytest.raises(VerificationError, match="status 404"):
        verify_signed(build_envelope(), fetch=Publisher(VerificationError("status 404")))


# The body and its signature


def test_the_envelope_is_handed_over_parsed() -> None:
    body = build_envelope()
    assert verify_signed(body) == json.loads(body)


def test_characters_of_several_bytes_are_signed_as_bytes() -> None:
    body = build_envelope().replace(b"de-DE", "R\u00fcckenschmerzen \u2013 \U0001f9d8".encode())
    assert verify_signed(body)["request"]["locale"] == "R\u00fcckenschmerzen \u2013 \U0001f9d8"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(build_envelope().replace(b"de-DE", b"en-US"), id="tampered"),
        pytest.param(build_envelope() + b"\n", id="line break added"),
        pytest.param(json.dumps(json.loads(build_envelope()), indent=1).encode(), id="written anew"),
        pytest.param(b"", id="emptied"),
    ],
)
def test_another_body_than_the_signed_one_is_refused(sent: bytes) -> None:
    with pytest.raises(VerificationError, match="not the signature"):
        build_verifier().verify(AMAZON.headers(build_envelope()), sent)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(STRANGER.sign(build_envelope()), id="another key"),
        pytest.param(AMAZON.sign(build_envelope(), by=AMAZON.intermediate), id="key of the intermediate"),
        pytest.param(base64.b64encode(bytes(256)).decode(), id="zeros"),
        pytest.param("AAAA", id="short"),
    ],
)
def test_another_signature_is_refused(signature: str) -> None:
    body = build_envelope()
    with pytest.raises(VerificationError, match="not the signature"):
        build_verifier().verify({**AMAZON.headers(body), "Signature-256": signature}, body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" ", id="blank"),
        pytest.param(b"Hello", id="not JSON"),
        pytest.param(build_envelope()[:-1], id="cut off"),
        pytest.param(build_envelope() * 2, id="twice"),
        pytest.param(b"null", id="null"),
        pytest.param(b"5", id="number"),
        pytest.param(b"NaN", id="not a number"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"request"', id="text"),
        pytest.param(b"{}", id="empty object"),
        pytest.param(build_envelope().replace(b"de-DE", b"d\xe9-DE"), id="Latin-1"),
        pytest.param(build_envelope().replace(b"de-DE", b"\xed\xa0\x80"), id="surrogate as bytes"),
        pytest.param(build_envelope().decode().encode("utf-16"), id="UTF-16"),
        pytest.param(build_envelope().decode().encode("utf-8-sig"), id="byte order mark"),
        pytest.param(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deeply nested"),
        pytest.param(b'{"a":' * 20_000 + b"1" + b"}" * 20_000, id="deeply nested objects"),
        pytest.param(build_envelope().replace(b'"de-DE"', b"9" * 5000), id="number of 5000 digits"),
        pytest.param(b'{"request": null, "context": null, "session": null}', id="all null"),
        pytest.param(b'{"request": [], "context": "x", "session": 1}', id="all of another type"),
    ],
)
def test_a_signed_body_that_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(VerificationError):
        verify_signed(body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b'"de-DE"', b"NaN", id="not a number"),
        pytest.param(b'"de-DE"', rb'"\ud83e"', id="lone surrogate"),
        pytest.param(b'"version": "1.0"', b'"version": "0", "version": "1.0"', id="key twice"),
    ],
)
def test_a_signed_envelope_with_odd_json_is_handed_over(before: bytes, after: bytes) -> None:
    assert verify_signed(build_envelope().replace(before, after))["version"] == "1.0"


def test_the_size_limit_is_256_kb_and_comes_before_any_download() -> None:
    body = build_envelope()
    at_limit = body + b" " * (256_000 - len(body))
    assert verify_signed(at_limit)
    for too_long in (at_limit + b" ", body + b" " * 10_000_000):
        publisher = Publisher()
        with pytest.raises(VerificationError, match="at most 256000"):
            verify_signed(too_long, fetch=publisher)
        assert publisher.urls == []


# The timestamp

EVENTS = (
    "SkillEnabled",
    "SkillDisabled",
    "SkillPermissionChanged",
    "SkillPermissionAccepted",
    "SkillAccountLinked",
)


@pytest.mark.parametrize(
    ("timestamp", "kind"),
    [
        pytest.param("2026-11-23T12:00:00Z", "LaunchRequest", id="now"),
        pytest.param("2026-11-23T12:00:00.250Z", "LaunchRequest", id="with milliseconds"),
        pytest.param("2026-11-23T13:00:00+01:00", "LaunchRequest", id="in another zone"),
        pytest.param(moment(seconds=150), "LaunchRequest", id="150 s old"),
        pytest.param(moment(seconds=-75), "LaunchRequest", id="75 s early"),
        pytest.param(moment(seconds=-150), "LaunchRequest", id="150 s early"),
        pytest.param(moment(), None, id="no type"),
        pytest.param(moment(), ["LaunchRequest"], id="type in a list"),
        *[
            pytest.param(moment(hours=1), f"AlexaSkillEvent.{event}", id=f"{event} 1 h old")
            for event in EVENTS
        ],
    ],
)
def test_a_fresh_timestamp_is_taken(timestamp: str, kind: Any) -> None:
    assert verify_signed(build_envelope(timestamp=timestamp, kind=kind))


@pytest.mark.parametrize(
    ("timestamp", "kind"),
    [
        pytest.param(ABSENT, "LaunchRequest", id="missing"),
        pytest.param(None, "LaunchRequest", id="null"),
        pytest.param("", "LaunchRequest", id="empty"),
        pytest.param(1795435200, "LaunchRequest", id="seconds as number"),
        pytest.param(1795435200000, "LaunchRequest", id="milliseconds as number"),
        pytest.param("1795435200", "LaunchRequest", id="seconds as text"),
        pytest.param(True, "LaunchRequest", id="boolean"),
        pytest.param(["2026-11-23T12:00:00Z"], "LaunchRequest", id="list"),
        pytest.param("2026-11-23T12:00:00", "LaunchRequest", id="no zone"),
        pytest.param("2026-11-23", "LaunchRequest", id="date only"),
        pytest.param("yesterday", "LaunchRequest", id="words"),
        pytest.param("Mon, 23 Nov 2026 12:00:00 GMT", "LaunchRequest", id="HTTP date"),
        pytest.param("2026-11-23T12:00:00Z\n", "LaunchRequest", id="line break"),
        pytest.param("2026-11-23\ud83e12:00:00Z\ud83e", "LaunchRequest", id="lone surrogates"),
        pytest.param("0001-01-01T00:00:00+23:59", "LaunchRequest", id="before all time"),
        pytest.param("9999-12-31T23:59:59-23:59", "LaunchRequest", id="after all time"),
        pytest.param("2019-01-01T00:00:00Z", "LaunchRequest", id="of 2019"),
        pytest.param(moment(seconds=151), "LaunchRequest", id="151 s old"),
        pytest.param(moment(seconds=-151), "LaunchRequest", id="151 s early"),
        pytest.param(moment(hours=1), "AlexaSkillEvent.ProactiveSubscriptionChanged", id="another event"),
        pytest.param(moment(hours=1), "SkillEnabled", id="event without prefix"),
        pytest.param(moment(hours=1), "AlexaSkillEvent.SkillEnabledX", id="event as prefix"),
        pytest.param(moment(hours=1), ["AlexaSkillEvent.SkillEnabled"], id="event in a list"),
        *[
            pytest.param(moment(seconds=3601), f"AlexaSkillEvent.{event}", id=f"{event} 3601 s old")
            for event in EVENTS
        ],
    ],
)
def test_any_other_timestamp_is_refused(timestamp: Any, kind: Any) -> None:
    with pytest.raises(VerificationError, match=r"request\.timestamp"):
        verify_signed(build_envelope(timestamp=timestamp, kind=kind))


def test_old_age_is_told_by_the_clock_after_the_download() -> None:
    clock = Clock()

    def slow(_: str) -> bytes:
        clock.move(seconds=151)
        return AMAZON.chain_pem

    with pytest.raises(VerificationError, match=r"request\.timestamp"):
        verify_signed(build_envelope(), fetch=slow, now=clock)


# The skill id


@pytest.mark.parametrize(
    ("in_context", "in_session"),
    [
        pytest.param(SKILL_ID, ABSENT, id="context"),
        pytest.param(ABSENT, SKILL_ID, id="session"),
        pytest.param(None, SKILL_ID, id="null and session"),
        pytest.param(SKILL_ID, SKILL_ID, id="both"),
    ],
)
def test_the_skill_id_is_found_in_context_or_session(in_context: Any, in_session: Any) -> None:
    assert verify_signed(build_envelope(in_context=in_context, in_session=in_session))


@pytest.mark.parametrize(
    ("in_context", "in_session"),
    [
        pytest.param(ABSENT, ABSENT, id="neither"),
        pytest.param(None, None, id="both null"),
        pytest.param("", ABSENT, id="empty"),
        pytest.param(OTHER_ID, ABSENT, id="another"),
        pytest.param(OTHER_ID, SKILL_ID, id="another in context"),
        pytest.param(SKILL_ID, OTHER_ID, id="another in session"),
        pytest.param(SKILL_ID[:-1], ABSENT, id="its beginning"),
        pytest.param(SKILL_ID[1:], ABSENT, id="its end"),
        pytest.param(SKILL_ID + "0", ABSENT, id="longer"),
        pytest.param(SKILL_ID.upper(), ABSENT, id="in capitals"),
        pytest.param(SKILL_ID + " ", ABSENT, id="with a space"),
        pytest.param([SKILL_ID], ABSENT, id="in a list"),
        pytest.param({SKILL_ID: SKILL_ID}, ABSENT, id="in an object"),
        pytest.param(5, SKILL_ID, id="a number in context"),
        pytest.param(True, ABSENT, id="true"),
    ],
)
def test_any_other_skill_id_is_refused(in_context: Any, in_session: Any) -> None:
    with pytest.raises(VerificationError, match="another skill"):
        verify_signed(build_envelope(in_context=in_context, in_session=in_session))


@pytest.mark.parametrize("skill_id", [None, ""])
@pytest.mark.parametrize("sent", [SKILL_ID, "", None, "None", ABSENT])
def test_without_a_skill_id_everything_is_refused(skill_id: str | None, sent: Any) -> None:
    publisher = Publisher()
    with pytest.raises(VerificationError, match="no skill id is set"):
        verify_signed(build_envelope(in_context=sent), skill_id=skill_id, fetch=publisher)
    assert publisher.urls == []


# What is remembered about chains


class Alexa:
    """Sends good requests to one verifier as time goes by."""

    def __init__(self, chain: bytes | None = None) -> None:
        self.clock = Clock()
        self.publisher = Publisher(chain)
        self.verifier = build_verifier(self.publisher, now=self.clock)

    def send(self, url: str = CHAIN_URL) -> dict[str, Any]:
        body = build_envelope(timestamp=self.clock.time.isoformat())
        return self.verifier.verify(AMAZON.headers(body, url=url), body)

    def send_in_vain(self, url: str = CHAIN_URL) -> None:
        with pytest.raises(VerificationError):
            self.send(url)

    @property
    def downloads(self) -> int:
        return len(self.publisher.urls)


def numbered(number: int) -> str:
    return f"https://s3.amazonaws.com/echo.api/cert-{number}.pem"


def test_a_good_chain_is_downloaded_once() -> None:
    alexa = Alexa()
    for url in (CHAIN_URL, CHAIN_URL.replace(".com", ".com:443"), CHAIN_URL.replace("s3", "S3"), CHAIN_URL):
        alexa.send(url)
    assert alexa.downloads == 1


def test_the_body_is_checked_against_a_remembered_key() -> None:
    alexa = Alexa()
    alexa.send()
    with pytest.raises(VerificationError, match="not the signature"):
        alexa.verifier.verify(AMAZON.headers(build_envelope()), build_envelope(kind="IntentRequest"))


def test_a_wrong_signature_does_not_spoil_a_chain() -> None:
    alexa = Alexa()
    with pytest.raises(VerificationError, match="not the signature"):
        alexa.verifier.verify(AMAZON.headers(b"{}"), build_envelope())
    alexa.send()
    assert alexa.downloads == 1


def test_a_good_chain_is_kept_for_a_day() -> None:
    alexa = Alexa()
    alexa.send()
    alexa.clock.move(days=1)
    alexa.send()
    assert alexa.downloads == 1
    alexa.clock.move(seconds=1)
    alexa.send()
    assert alexa.downloads == 2


SHORT = between(-1, 1 / 24)


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param(chain_with(valid=SHORT), id="leaf"),
        pytest.param(
            chain_with(AMAZON.certify("short", issuer=AMAZON.root, ca=True, valid=SHORT)), id="intermediate"
        ),
    ],
)
def test_a_remembered_chain_expires_with_any_certificate_of_its_path(chain: bytes) -> None:
    alexa = Alexa(chain)
    alexa.send()
    alexa.clock.move(hours=1)
    alexa.send()
    assert alexa.downloads == 1
    alexa.clock.move(seconds=1)
    alexa.send_in_vain()
    assert alexa.downloads == 2
    alexa.publisher.chain = AMAZON.chain_pem
    alexa.clock.move(seconds=11)
    alexa.send()
    assert alexa.downloads == 3


def test_a_remembered_chain_does_not_expire_with_a_certificate_beside_its_path() -> None:
    beside = AMAZON.certify("beside", issuer=AMAZON.root, ca=True, valid=SHORT)
    alexa = Alexa(chain_with(extra=[beside]))
    alexa.send()
    alexa.clock.move(hours=2)
    alexa.send()
    assert alexa.downloads == 1


def test_a_remembered_chain_is_not_good_before_its_time() -> None:
    alexa = Alexa(chain_with(valid=between(-1, 9)))
    alexa.send()
    alexa.clock.move(days=-2)
    alexa.send_in_vain()
    assert alexa.downloads == 2


def test_a_failing_download_does_not_matter_while_a_good_chain_is_remembered() -> None:
    alexa = Alexa()
    alexa.send()
    alexa.publisher.chain = VerificationError("unreachable")
    alexa.clock.move(hours=23)
    alexa.send()
    assert alexa.downloads == 1


@pytest.mark.parametrize(
    "failure",
    [VerificationError("unreachable"), b"", STRANGER.chain_pem],
    ids=["download", "no chain", "bad chain"],
)
def test_a_failure_is_remembered_shortly_and_then_tried_again(failure: bytes | Exception) -> None:
    alexa = Alexa()
    alexa.publisher.chain = failure
    alexa.send_in_vain()
    alexa.clock.move(seconds=9)
    alexa.send_in_vain()
    assert alexa.downloads == 1
    alexa.publisher.chain = AMAZON.chain_pem
    alexa.clock.move(seconds=2)
    alexa.send()
    assert alexa.downloads == 2


def test_a_failure_does_not_last_when_the_clock_is_set_back() -> None:
    alexa = Alexa()
    alexa.publisher.chain = b""
    alexa.send_in_vain()
    alexa.publisher.chain = AMAZON.chain_pem
    alexa.clock.move(hours=-1)
    alexa.send()


def test_the_chain_unused_for_longest_is_forgotten_first() -> None:
    alexa = Alexa()
    for number in range(verify.MAX_KEPT):
        alexa.send(numbered(number))
    alexa.send(numbered(0))
    alexa.send(numbered(99))
    assert alexa.downloads == verify.MAX_KEPT + 1
    alexa.send(numbered(0))
    alexa.send(numbered(99))
    assert alexa.downloads == verify.MAX_KEPT + 1
    alexa.send(numbered(1))
    assert alexa.downloads == verify.MAX_KEPT + 2


def test_made_up_addresses_fill_no_memory_and_push_out_no_good_chain() -> None:
    alexa = Alexa()
    alexa.send()
    alexa.publisher.chain = b""
    for number in range(10 * verify.MAX_KEPT):
        alexa.send_in_vain(numbered(number))
    alexa.send()
    assert alexa.publisher.urls.count(CHAIN_URL) == 1
    alexa.send_in_vain(numbered(0))
    assert alexa.publisher.urls.count(numbered(0)) == 2


class SlowPublisher(Publisher):
    """Gives nothing for `CHAIN_URL` until it may."""

    def __init__(self, chain: bytes | BaseException | None = None) -> None:
        super().__init__(chain)
        self.asked = threading.Event()
        self.may_answer = threading.Event()

    def __call__(self, url: str) -> bytes:
        chain = super().__call__
        if url == CHAIN_URL:
            self.asked.set()
            assert self.may_answer.wait(10)
        return chain(url)


class Crowd:
    """Requests of many threads for one chain, all under way before the download answers."""

    SIZE = 8

    def __init__(self, publisher: SlowPublisher) -> None:
        self.publisher = publisher
        self.clock = Clock()
        self.verifier = build_verifier(publisher, now=self.clock)
        self.outcomes: list[str] = []
        self._threads = [threading.Thread(target=self._send) for _ in range(self.SIZE)]

    def _send(self) -> None:
        body = build_envelope()
        try:
            self.verifier.verify(AMAZON.headers(body), body)
        except (VerificationError, KeyboardInterrupt) as error:
            self.outcomes.append(type(error).__name__)
        else:
            self.outcomes.append("good")

    def gather(self) -> None:
        for thread in self._threads:
            thread.start()
        assert self.publisher.asked.wait(10)
        for _ in self._threads:  # a look at the clock under the lock comes before the wait for the download
            assert self.clock.looks.acquire(timeout=10)

    def disperse(self) -> None:
        self.publisher.may_answer.set()
        for thread in self._threads:
            thread.join(10)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(AMAZON.chain_pem, "good"), (VerificationError("unreachable"), "VerificationError")],
    ids=["good", "failed"],
)
def test_many_threads_share_one_download_and_its_outcome(answer: bytes | Exception, outcome: str) -> None:
    publisher = SlowPublisher(answer)
    crowd = Crowd(publisher)
    crowd.gather()
    assert crowd.outcomes == []
    crowd.disperse()
    assert crowd.outcomes == [outcome] * Crowd.SIZE
    assert publisher.urls == [CHAIN_URL]


def test_a_download_holds_up_no_other_chain() -> None:
    crowd = Crowd(SlowPublisher())
    crowd.gather()
    body = build_envelope()
    assert crowd.verifier.verify(AMAZON.headers(body, url=numbered(2)), body)
    assert crowd.outcomes == []
    crowd.disperse()


def test_a_download_that_is_interrupted_leaves_nobody_waiting() -> None:
    class Interrupted(SlowPublisher):
        def __call__(self, url: str) -> bytes:
            chain = super().__call__(url)
            if len(self.urls) == 1:
                raise KeyboardInterrupt
            return chain

    publisher = Interrupted()
    crowd = Crowd(publisher)
    crowd.gather()
    crowd.disperse()
    assert sorted(crowd.outcomes) == ["KeyboardInterrupt", *["good"] * (Crowd.SIZE - 1)]
    assert publisher.urls == [CHAIN_URL] * 2


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
IDS = st.sampled_from([SKILL_ID, OTHER_ID, ABSENT]) | JSON
TIMES = st.sampled_from([moment(), moment(days=1), ABSENT]) | st.datetimes().map(str) | JSON
BODIES = (
    st.binary()
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(build_envelope, timestamp=TIMES, kind=JSON, in_context=IDS, in_session=IDS)
)
HEADERS = st.sampled_from(["SignatureCertChainUrl", "signature-256", "Signature"]) | st.text()
VALUES = st.sampled_from([CHAIN_URL, "https://s3.amazonaws.com/echo.api/%2e%2e/x", "AAAA"]) | st.text()


def outcome_of(verifier: Verifier, headers: dict[str, str], body: bytes) -> str:
    try:
        envelope = verifier.verify(headers, body)
    except VerificationError as error:
        return str(error)
    assert type(envelope) is dict
    return ""


@settings(deadline=None)
@given(headers=st.dictionaries(HEADERS, VALUES), body=BODIES)
def test_any_unsigned_request_is_refused(headers: dict[str, str], body: bytes) -> None:
    assert outcome_of(build_verifier(), headers, body)


@settings(deadline=None)
@given(body=BODIES)
def test_any_signed_bytes_are_refused_or_an_envelope(body: bytes) -> None:
    outcome_of(build_verifier(), AMAZON.headers(body), body)


@settings(deadline=None)
@given(data=st.data())
def test_any_damage_to_a_chain_is_refused_or_harmless(data: st.DataObject) -> None:
    der = bytearray(base64.b64decode(b"".join(pem(AMAZON.leaf).splitlines()[1:-1])))
    der[data.draw(st.integers(0, len(der) - 1))] ^= data.draw(st.integers(1, 255))
    damaged = b"-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % base64.b64encode(der)
    body = build_envelope()
    verifier = build_verifier(Publisher(damaged + pem(AMAZON.intermediate)))
    assert outcome_of(verifier, AMAZON.headers(body), body)


# Roots


def test_the_public_roots_are_certifis() -> None:
    roots = load_roots(None)
    assert len(roots) > 100
    assert any("Amazon Root CA 1" in root.subject.rfc4514_string() for root in roots)


@pytest.mark.parametrize("bundle", [b"", b"junk"])
def test_roots_that_cannot_be_read_are_an_error_at_once(bundle: bytes) -> None:
    with pytest.raises(ValueError, match="PEM"):
        load_roots(bundle)


@pytest.mark.parametrize("bundle", [b"", b"junk", "\u00fc".encode()])
def test_a_download_without_readable_roots_trusts_nobody_else(bundle: bytes) -> None:
    with pytest.raises((ValueError, ssl.SSLError)):
        CertificateSource(roots_pem=bundle)
