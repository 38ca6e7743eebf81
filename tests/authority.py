"""A certificate authority made for tests: signs requests as Alexa would, and serves chains as Amazon would.

Nothing of it is trusted but where a test hands over `root_pem`.
"""

import base64
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNER = "echo-api.amazon.com"
CHAIN_HOST = "s3.amazonaws.com"
CHAIN_URL = f"https://{CHAIN_HOST}/echo.api/echo-api-cert-test.pem"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(holder: str) -> rsa.RSAPrivateKey:
    """The RSA key of `holder`, made once a test run: the same words get the same key."""
    assert holder
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key(holder: str) -> ec.EllipticCurvePrivateKey:
    """The elliptic-curve key of `holder`, made once a test run."""
    assert holder
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody with a key and a certificate that says whose it is."""

    key: PrivateKey
    certificate: x509.Certificate


def pem(*parties: Party) -> bytes:
    """The certificates of `parties`, one after the other."""
    return b"".join(party.certificate.public_bytes(Encoding.PEM) for party in parties)


class Authority:
    """A root, an intermediate below it, and leaves below that; every certificate as the web's rules want it.

    `name` tells authorities apart: another name has another root key. Certificates are valid around `now`:
    authorities for ten years in both directions, leaves for ninety days.
    """

    def __init__(self, name: str = "Test", *, now: datetime | None = None) -> None:
        self.name = name
        self.now = now or datetime.now(UTC).replace(microsecond=0)
        self.root = self.certify(f"{name} root", ca=True)
        self.intermediate = self.certify(f"{name} intermediate", issuer=self.root, ca=True)
        self.leaf = self.signer()

    @property
    def root_pem(self) -> bytes:
        """The root to trust."""
        return pem(self.root)

    @property
    def chain_pem(self) -> bytes:
        """A good chain as Amazon publishes it: leaf first, without the root."""
        return pem(self.leaf, self.intermediate)

    @property
    def dangling(self) -> tuple[Party, Party]:
        """What real chains end in: the root signed by another authority, and that by one no store holds."""
        departed = self.certify(f"{self.name} departed", ca=True)
        cross = self.certify(f"{self.name} cross", issuer=departed, ca=True)
        return self.certify(f"{self.name} root", issuer=cross, ca=True), cross

    def signer(
        self,
        *,
        names: Sequence[str] | None = (SIGNER,),
        issuer: Party | None = None,
        key: PrivateKey | None = None,
        valid: tuple[datetime, datetime] | None = None,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    ) -> Party:
        """A leaf; good without arguments. With `names` None it has no alternative names at all."""
        around = timedelta(days=90)
        return self.certify(
            f"{self.name} leaf",
            issuer=issuer or self.intermediate,
            names=names,
            key=key,
            valid=valid or (self.now - around, self.now + around),
            usage=usage,
        )

    def certify(
        self,
        subject: str,
        *,
        issuer: Party | None = None,
        ca: bool = False,
        names: Sequence[str] | None = None,
        key: PrivateKey | None = None,
        valid: tuple[datetime, datetime] | None = None,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    ) -> Party:
        """`subject` with a certificate from `issuer`, or from itself."""
        key = key or rsa_key(subject)
        subject_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        signing_key = issuer.key if issuer else key
        decade = timedelta(days=3650)
        not_before, not_after = valid or (self.now - decade, self.now + decade)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject_name)
            .issuer_name(issuer.certificate.subject if issuer else subject_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(_key_usage(ca=ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
            )
        )
        if not ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if names is not None:
            alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(alternative, critical=False)
        return Party(key=key, certificate=builder.sign(signing_key, hashes.SHA256()))

    def sign(self, body: bytes, *, by: Party | None = None) -> str:
        """The value of `Signature-256` for `body`."""
        key = (by or self.leaf).key
        assert isinstance(key, rsa.RSAPrivateKey)
        return base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode("ascii")

    def headers(self, body: bytes, *, url: str = CHAIN_URL) -> dict[str, str]:
        """The headers with which Alexa would send `body`."""
        return {
            "Content-Type": "application/json; charset=utf-8",
            "SignatureCertChainUrl": url,
            "Signature": base64.b64encode(b"over SHA-1, and not looked at").decode("ascii"),
            "Signature-256": self.sign(body),
        }

    def tls_files(self, directory: Path, *, name: str = CHAIN_HOST) -> tuple[Path, Path]:
        """Files with a TLS server's certificate chain for `name`, and its key."""
        server = self.signer(names=(name,), key=rsa_key(f"{self.name} TLS"))
        certfile, keyfile = directory / f"{name}.pem", directory / f"{name}.key"
        certfile.write_bytes(pem(server, self.intermediate))
        keyfile.write_bytes(
            server.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        )
        return certfile, keyfile


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not ca,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


@contextmanager
def serve_tls(
    files: tuple[Path, Path], answer: Callable[[BaseHTTPRequestHandler], None]
) -> Iterator[tuple[str, int]]:
    """Serve `answer` to every request over TLS on this machine; gives the address and port to connect to.

    On leaving, waits for answers under way.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            answer(self)

        do_POST = do_DELETE = do_GET  # noqa: N815 - the names of the standard library

        def log_message(self, *_: Any) -> None:
            """Say nothing: a test's output is its report."""

    class Server(ThreadingHTTPServer):
        daemon_threads = False

        def handle_error(self, *_: Any) -> None:
            """Say nothing: clients that hang up are what some tests are about."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield "127.0.0.1", server.server_port
        finally:
            server.shutdown()
            thread.join()
