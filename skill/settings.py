"""Settings from the environment: all read once at the start, all problems reported together.

SettingsError   what is wrong, one problem a line
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args

from cryptography import x509

Environment = Literal["development", "production"]
Value = TypeVar("Value")

DEFAULT_DATABASE_URL = "sqlite:///var/gentle-back.db"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
DEFAULT_WORKERS = 2
TEXT_WORKERS = 1
"""Open text conversations live in the memory of one process (design 8): its threads serve them."""
WARM_UP = "gentle_back.warm_up"
"""The application's extension that reads what free text needs; each worker calls it once."""
DEFAULT_CLIPS = "var/clips"
DEFAULT_START_DELAY_MS = 1_000
"""Our guess, not measured on a device: rather a second too early than words that nobody heard."""

# Ours: 16 random letters and digits are 95 bits, beyond guessing over a network.
MIN_TOKEN_CHARACTERS = 16

# The members as of 2020, https://european-union.europa.eu/principles-countries-history/eu-countries_en
EU_MEMBERS = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - reads best so
)
COUNTRIES = frozenset({"US", "CA", "GB", "IE", "AU", "NZ", "IN", "EU"}) | EU_MEMBERS

PREFIXES = ("GENTLE_BACK_", "ALEXA_")
"""Everything that starts so is ours: an unknown one is a typo."""
KNOWN = frozenset(
    {
        "GENTLE_BACK_ENV",
        "GENTLE_BACK_COUNTRY",
        "GENTLE_BACK_TOKEN",
        "GENTLE_BACK_PAGE",
        "GENTLE_BACK_CLIPS",
        "GENTLE_BACK_START_DELAY_MS",
        "ALEXA_SKILL_ID",
        "ALEXA_TRUST_ROOTS",
        "ALEXA_CERTIFICATE_HOST",
        "ALEXA_API_HOST",
    }
)

FOR_TESTS = ("ALEXA_TRUST_ROOTS", "ALEXA_CERTIFICATE_HOST", "ALEXA_API_HOST")
"""Refused in production."""

_HEX = "[0-9a-f]"
_SKILL_ID = re.compile(rf"amzn1\.ask\.skill\.{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
# RFC 3986 "pchar" without user, percent-encoding and empty segments: what an address of ours may need.
_PUBLIC_URL = re.compile(rf"https://{_NAME}(?::([0-9]{{1,5}}))?(?:/[A-Za-z0-9._~-]+)*")
# An address of version 6 comes in brackets: its own colons would be taken for the port's.
_HOST = re.compile(rf"{_NAME}|\[[0-9A-Fa-f:.]+\]")
_NUMBER = re.compile("[0-9]{1,5}")
_MAX_PORT = 65_535
# More is a slip of the keyboard: each worker is a process of some 80 MB.
_MAX_WORKERS = 64
# Shorter than the question at the end of a page: who answers it has heard the page.
_MAX_START_DELAY_MS = 2_000
# What a header can carry after "Bearer" (RFC 6750 allows less; other clients are not that strict).
_TOKEN = re.compile("[!-~]+")


class SettingsError(Exception):
    """Settings that do not work; the message lists every problem, one a line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator can choose. Secrets do not show in its `repr`."""

    env: Environment
    skill_id: str | None
    """None only in development: then every signed request is refused."""
    database_path: Path
    public_url: str | None
    """Where the world reaches the service: `https://…` without a slash at the end."""
    country: str | None
    """Whose emergency number is said: ISO 3166 alpha-2 in capitals, or EU."""
    token: str | None = field(repr=False)
    """What a caller from elsewhere proves itself with."""
    page: bool
    """Whether the page is served, which talks through the text API."""
    host: str
    port: int
    workers: int
    """Worker processes of the web server."""
    clips: Path
    """The folder of rendered clips."""
    start_delay_ms: int = DEFAULT_START_DELAY_MS
    """How long after our answer an Alexa device begins to speak."""
    trust_roots_pem: bytes | None = field(repr=False)
    """Authorities to trust instead of certifi's; None in production."""
    certificate_host: tuple[str, int] | None
    """Address and port to download chains from instead of Amazon's; None in production."""
    api_host: tuple[str, int] | None
    """Likewise for the Reminders API."""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read and check all settings; an empty optional one counts as not set.

    Raises:
        SettingsError: With all problems at once. Its text never quotes a value that may hold a secret.
    """
    reader = _Reader(environ)
    reader.problems.extend(_typos(environ))
    env = reader.needed("GENTLE_BACK_ENV", "development", _env)
    if env == "production":
        reader.problems.extend(_unfit_for_production(environ))
    page = reader.optional("GENTLE_BACK_PAGE", _page)
    token = reader.optional("GENTLE_BACK_TOKEN", _token)
    has_text = env == "development" or token is not None or page
    usual = TEXT_WORKERS if has_text else DEFAULT_WORKERS
    workers = reader.needed("WEB_CONCURRENCY", str(usual), _workers)
    if page is None:
        page = env == "development" and workers == TEXT_WORKERS
    elif page and workers != TEXT_WORKERS:
        reader.problems.append(
            f"WEB_CONCURRENCY: is {workers}; with the page (GENTLE_BACK_PAGE) it must be {TEXT_WORKERS}, "
            "because open text conversations live in one process"
        )
    settings = Settings(
        env=env,
        skill_id=reader.optional("ALEXA_SKILL_ID", _skill_id),
        database_path=reader.needed("DATABASE_URL", DEFAULT_DATABASE_URL, _database_path),
        public_url=reader.optional("PUBLIC_URL", _public_url),
        country=reader.optional("GENTLE_BACK_COUNTRY", _country),
        token=token,
        page=page,
        host=reader.needed("HOST", DEFAULT_HOST, _host),
        port=reader.needed("PORT", str(DEFAULT_PORT), _port),
        workers=workers,
        clips=reader.needed("GENTLE_BACK_CLIPS", DEFAULT_CLIPS, Path),
        start_delay_ms=reader.needed("GENTLE_BACK_START_DELAY_MS", str(DEFAULT_START_DELAY_MS), _start_delay),
        trust_roots_pem=None if env == "production" else reader.optional("ALEXA_TRUST_ROOTS", _trust_roots),
        certificate_host=None if env == "production" else reader.optional("ALEXA_CERTIFICATE_HOST", _address),
        api_host=None if env == "production" else reader.optional("ALEXA_API_HOST", _address),
    )
    if reader.problems:
        raise SettingsError(tuple(reader.problems))
    return settings


class _Reader:
    """Reads variable by variable and goes on after a problem, so that none hides another."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def optional(self, name: str, check: Callable[[str], Value]) -> Value | None:
        """The checked value; None if it is not set, empty, or a problem."""
        given = self._environ.get(name)
        return self._check(name, given, check) if given else None

    def needed(self, name: str, default: str, check: Callable[[str], Value]) -> Value:
        """The checked value; the default's if it is not set, or a problem."""
        given = self._environ.get(name, default)
        if not given:
            self.problems.append(f"{name}: is empty; give a value, or unset it for {default}")
        found = self._check(name, given, check) if given else None
        return check(default) if found is None else found

    def _check(self, name: str, given: str, check: Callable[[str], Value]) -> Value | None:
        try:
            return check(given)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return None


def _typos(environ: Mapping[str, str]) -> list[str]:
    found = []
    for name in sorted(name for name in environ if name.startswith(PREFIXES) and name not in KNOWN):
        near = get_close_matches(name, KNOWN, n=1) or [f"one of {', '.join(sorted(KNOWN))}"]
        found.append(f"{name}: is not a setting; did you mean {near[0]}?")
    return found


def _unfit_for_production(environ: Mapping[str, str]) -> list[str]:
    found = []
    if not environ.get("ALEXA_SKILL_ID"):
        found.append(
            "ALEXA_SKILL_ID: is missing; production needs the skill's own id, amzn1.ask.skill.<uuid>, "
            "from the Alexa developer console"
        )
    given = [name for name in FOR_TESTS if environ.get(name)]
    return [*found, *(f"{name}: is for tests only; unset it in production" for name in given)]


def _env(text: str) -> Environment:
    if text not in get_args(Environment):
        raise ValueError(f"is {_short(text)}; must be development or production")
    return cast("Environment", text)


def _skill_id(text: str) -> str:
    if not _SKILL_ID.fullmatch(text):
        raise ValueError("is no skill id; must be amzn1.ask.skill.<uuid>, the uuid in lower-case letters")
    return text


def _database_path(url: str) -> Path:
    # The address itself is not quoted: those of other databases hold a password.
    scheme, separator, rest = url.partition("://")
    right = "must be sqlite:///<relative path> or sqlite:////<absolute path>"
    if not separator:
        raise ValueError(f"is no address of a database; {right}")
    if scheme != "sqlite":
        name = _short(scheme) if re.fullmatch("[a-z0-9+]+", scheme) else "this scheme"
        raise ValueError(f"{name} is not supported yet, only sqlite is; {right}")
    path = rest.removeprefix("/")
    if path == rest:
        raise ValueError(f"names a host, and sqlite has none; {right}")
    if not path or path.endswith("/") or path.startswith(":memory:") or set(path) & set("?#\0"):
        raise ValueError(f"does not name a file; {right}, without parameters")
    return Path(path)


def _public_url(url: str) -> str:
    match = _PUBLIC_URL.fullmatch(url)
    if match is None or not 1 <= int(match[1] or 443) <= _MAX_PORT:
        raise ValueError(
            "is no plain public address; must be like https://back.example.org, "
            "without user, query, fragment and slash at the end"
        )
    return url


def _country(text: str) -> str:
    country = text.upper()
    if country not in COUNTRIES:
        hint = " (the United Kingdom is GB)" if country == "UK" else ""
        raise ValueError(f"is {_short(text)}; must be one of {', '.join(sorted(COUNTRIES))}{hint}")
    return country


def _token(text: str) -> str:
    if len(text) < MIN_TOKEN_CHARACTERS:
        raise ValueError(f"is too short; must have at least {MIN_TOKEN_CHARACTERS} characters")
    if not _TOKEN.fullmatch(text):
        raise ValueError("cannot be sent in a header; must be printable ASCII without spaces")
    return text


def _page(text: str) -> bool:
    if text not in {"on", "off"}:
        raise ValueError(f"is {_short(text)}; must be on or off")
    return text == "on"


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"is {_short(text)}; must be a name or an address like 127.0.0.1, 0.0.0.0 or [::]")
    return text


def _port(text: str) -> int:
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= _MAX_PORT:
        raise ValueError(f"is {_short(text)}; must be a whole number between 1 and {_MAX_PORT}")
    return int(text)


def _workers(text: str) -> int:
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= _MAX_WORKERS:
        raise ValueError(f"is {_short(text)}; must be a whole number between 1 and {_MAX_WORKERS}")
    return int(text)


def _start_delay(text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > _MAX_START_DELAY_MS:
        raise ValueError(f"is {_short(text)}; must be a whole number between 0 and {_MAX_START_DELAY_MS}")
    return int(text)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not _HOST.fullmatch(host):
        raise ValueError(f"is {_short(text)}; must be <address>:<port>, like 127.0.0.1:8443")
    return host.strip("[]"), _port(port)


def _trust_roots(text: str) -> bytes:
    try:
        pem = Path(text).read_bytes()
    except OSError as error:
        raise ValueError(
            f"{_short(text)} cannot be read ({error.strerror}); must be the path of a PEM file"
        ) from error
    try:
        x509.load_pem_x509_certificates(pem)
        pem.decode("ascii")  # TLS takes nothing else
    except ValueError as error:
        raise ValueError(
            f"{_short(text)} does not hold certificates; must be an ASCII PEM file with at least one"
        ) from error
    return pem


def _short(value: str) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one short line of a terminal
