from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.content import load_content
from skill.settings import COUNTRIES, Settings, SettingsError, read_settings
from tests.authority import Authority

SKILL_ID = "amzn1.ask.skill.11111111-2222-4333-8444-55555555abcd"
PRODUCTION = {"GENTLE_BACK_ENV": "production", "ALEXA_SKILL_ID": SKILL_ID}


@pytest.fixture(scope="module")
def pem() -> bytes:
    return Authority().root_pem


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


def test_nothing_set_is_development_on_this_machine_alone() -> None:
    assert read_settings({}) == Settings(
        env="development",
        skill_id=None,
        database_path=Path("var/gentle-back.db"),
        public_url=None,
        country=None,
        token=None,
        page=True,
        host="127.0.0.1",
        port=8080,
        workers=1,
        clips=Path("var/clips"),
        start_delay_ms=1_000,
        trust_roots_pem=None,
        certificate_host=None,
        api_host=None,
    )


def test_every_country_of_the_settings_has_its_number_and_the_other_way_round() -> None:
    rows = load_content().language("en-US").countries
    coded = {code for name, row in rows.items() for code in (name, *row.members)} - {"unknown"}
    assert coded == COUNTRIES


def test_production_needs_only_the_skill_id_and_has_no_page() -> None:
    settings = read_settings(PRODUCTION)
    assert (settings.env, settings.skill_id, settings.page) == ("production", SKILL_ID, False)


def test_open_text_conversations_keep_to_one_worker_unless_told_otherwise() -> None:
    assert read_settings(PRODUCTION).workers == 2
    assert read_settings({**PRODUCTION, "GENTLE_BACK_TOKEN": "t" * 16}).workers == 1
    many = read_settings({"WEB_CONCURRENCY": "4"})
    assert (many.workers, many.page) == (4, False)
    (problem,) = problems({"WEB_CONCURRENCY": "4", "GENTLE_BACK_PAGE": "on"})
    assert problem.startswith("WEB_CONCURRENCY: is 4; with the page")


def test_the_page_is_there_in_production_when_asked_for() -> None:
    assert read_settings({**PRODUCTION, "GENTLE_BACK_PAGE": "on"}).page
    assert not read_settings({"GENTLE_BACK_PAGE": "off"}).page


@pytest.mark.parametrize("missing", [{}, {"ALEXA_SKILL_ID": ""}])
def test_production_without_a_skill_id_does_not_start(missing: dict[str, str]) -> None:
    (problem,) = problems({"GENTLE_BACK_ENV": "production", **missing})
    assert problem.startswith("ALEXA_SKILL_ID: is missing")
    assert "amzn1.ask.skill.<uuid>" in problem


GOOD: list[tuple[str, str, str, Any]] = [
    ("ALEXA_SKILL_ID", SKILL_ID, "skill_id", SKILL_ID),
    ("DATABASE_URL", "sqlite:///data/people.db", "database_path", Path("data/people.db")),
    ("DATABASE_URL", "sqlite:////srv/people.db", "database_path", Path("/srv/people.db")),
    ("PUBLIC_URL", "https://back.example.org", "public_url", "https://back.example.org"),
    (
        "PUBLIC_URL",
        "https://example.org:8443/gentle/back",
        "public_url",
        "https://example.org:8443/gentle/back",
    ),
    ("GENTLE_BACK_COUNTRY", "gb", "country", "GB"),
    ("GENTLE_BACK_COUNTRY", "HR", "country", "HR"),
    ("GENTLE_BACK_COUNTRY", "EU", "country", "EU"),
    ("GENTLE_BACK_TOKEN", "sixteen-letters!", "token", "sixteen-letters!"),
    ("HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104 - what an operator may choose
    ("HOST", "[::]", "host", "[::]"),
    ("PORT", "1", "port", 1),
    ("WEB_CONCURRENCY", "4", "workers", 4),
    ("PORT", "65535", "port", 65535),
    ("GENTLE_BACK_CLIPS", "/srv/clips", "clips", Path("/srv/clips")),
    ("ALEXA_CERTIFICATE_HOST", "127.0.0.1:8443", "certificate_host", ("127.0.0.1", 8443)),
    ("ALEXA_CERTIFICATE_HOST", "[::1]:8443", "certificate_host", ("::1", 8443)),
    ("ALEXA_API_HOST", "127.0.0.1:8444", "api_host", ("127.0.0.1", 8444)),
]


@pytest.mark.parametrize(("name", "value", "field", "expected"), GOOD)
def test_a_good_value_is_read(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(read_settings({name: value}), field) == expected


BAD = [
    ("GENTLE_BACK_ENV", "prod", "'prod'; must be development or production"),
    ("GENTLE_BACK_ENV", "", "is empty"),
    ("ALEXA_SKILL_ID", "amzn1.ask.skill.1234", "must be amzn1.ask.skill.<uuid>"),
    ("ALEXA_SKILL_ID", SKILL_ID.upper(), "lower-case"),
    ("ALEXA_SKILL_ID", SKILL_ID + "\n", "must be amzn1.ask.skill.<uuid>"),
    ("DATABASE_URL", "", "is empty"),
    ("DATABASE_URL", "people.db", "must be sqlite:///<relative path>"),
    ("DATABASE_URL", "sqlite://people.db", "names a host"),
    ("DATABASE_URL", "sqlite://", "names a host"),
    ("DATABASE_URL", "sqlite:///", "does not name a file"),
    ("DATABASE_URL", "sqlite:///:memory:", "does not name a file"),
    ("DATABASE_URL", "sqlite:///var/", "does not name a file"),
    ("DATABASE_URL", "sqlite:///a.db?mode=ro", "without parameters"),
    ("DATABASE_URL", "postgresql://back@db/back", "'postgresql' is not supported yet, only sqlite is"),
    ("DATABASE_URL", "my secret://back", "this scheme is not supported yet"),
    ("PUBLIC_URL", "http://back.example.org", "must be like https://"),
    ("PUBLIC_URL", "https://back.example.org/", "slash at the end"),
    ("PUBLIC_URL", "https://back.example.org?a=b", "query"),
    ("PUBLIC_URL", "https://back.example.org#a", "fragment"),
    ("PUBLIC_URL", "https://me:pw@back.example.org", "without user"),
    ("PUBLIC_URL", "https://back.example.org:0", "must be like https://"),
    ("PUBLIC_URL", "https://back.example.org:65536", "must be like https://"),
    ("PUBLIC_URL", "https://back example.org", "must be like https://"),
    ("PUBLIC_URL", "https://", "must be like https://"),
    ("GENTLE_BACK_COUNTRY", "UK", "the United Kingdom is GB"),
    ("GENTLE_BACK_COUNTRY", "USA", "'USA'; must be one of AT, AU, BE"),
    ("GENTLE_BACK_TOKEN", "fifteen-letters", "at least 16 characters"),
    ("GENTLE_BACK_TOKEN", "with spaces in between", "without spaces"),
    ("GENTLE_BACK_TOKEN", "straße-straße-straße", "printable ASCII"),
    ("GENTLE_BACK_PAGE", "yes", "'yes'; must be on or off"),
    ("GENTLE_BACK_START_DELAY_MS", "2001", "'2001'; must be a whole number between 0 and 2000"),
    ("GENTLE_BACK_START_DELAY_MS", "-1", "'-1'; must be a whole number between 0 and 2000"),
    ("HOST", "", "is empty"),
    ("HOST", "http://localhost", "must be a name or an address"),
    ("HOST", "::1", "like 127.0.0.1, 0.0.0.0 or [::]"),
    ("PORT", "", "is empty; give a value, or unset it for 8080"),
    ("PORT", "0", "between 1 and 65535"),
    ("WEB_CONCURRENCY", "0", "between 1 and 64"),
    ("WEB_CONCURRENCY", "many", "between 1 and 64"),
    ("PORT", "65536", "between 1 and 65535"),
    ("PORT", "-1", "between 1 and 65535"),
    ("PORT", "80 ", "between 1 and 65535"),
    ("PORT", "٨٠", "between 1 and 65535"),
    ("PORT", "9" * 5000, "between 1 and 65535"),
    ("GENTLE_BACK_CLIPS", "", "is empty"),
    ("ALEXA_CERTIFICATE_HOST", "127.0.0.1", "<address>:<port>"),
    ("ALEXA_CERTIFICATE_HOST", ":8443", "<address>:<port>"),
    ("ALEXA_API_HOST", "127.0.0.1", "<address>:<port>"),
    ("ALEXA_CERTIFICATE_HOST", "127.0.0.1:https", "between 1 and 65535"),
    ("ALEXA_TRUST_ROOTS", "nowhere/roots.pem", "cannot be read (No such file or directory)"),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD)
def test_a_bad_value_is_named_with_what_would_be_right(name: str, value: str, said: str) -> None:
    (problem,) = problems({name: value})
    assert problem.startswith(f"{name}: ")
    assert said in problem
    assert len(problem.splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    [
        "ALEXA_SKILL_ID",
        "PUBLIC_URL",
        "GENTLE_BACK_COUNTRY",
        "GENTLE_BACK_TOKEN",
        "GENTLE_BACK_PAGE",
        "ALEXA_TRUST_ROOTS",
        "ALEXA_CERTIFICATE_HOST",
    ],
)
def test_an_empty_optional_value_is_not_set(name: str) -> None:
    assert read_settings({name: ""}) == read_settings({})


def test_all_problems_come_at_once() -> None:
    environ = {"GENTLE_BACK_ENV": "production", "PORT": "http", "HOST": "", "GENTLE_BACK_PORT": "80"}
    named = {problem.partition(":")[0] for problem in problems(environ)}
    assert named == {"ALEXA_SKILL_ID", "PORT", "HOST", "GENTLE_BACK_PORT"}


def test_an_unknown_name_of_ours_is_a_typo() -> None:
    (problem,) = problems({"GENTLE_BACK_CONTRY": "US"})
    assert problem == "GENTLE_BACK_CONTRY: is not a setting; did you mean GENTLE_BACK_COUNTRY?"
    (problem,) = problems({"ALEXA_X": "1"})
    assert "one of ALEXA_API_HOST, ALEXA_CERTIFICATE_HOST" in problem


def test_names_of_others_are_left_alone() -> None:
    assert read_settings({"PATH": "/bin", "WEB_CONCURRENCY": "1"}) == read_settings({})


@pytest.mark.parametrize("name", ["ALEXA_TRUST_ROOTS", "ALEXA_CERTIFICATE_HOST", "ALEXA_API_HOST"])
def test_production_refuses_what_is_for_tests(name: str) -> None:
    (problem,) = problems({**PRODUCTION, name: "127.0.0.1:1"})
    assert problem == f"{name}: is for tests only; unset it in production"


def test_roots_are_read_from_their_file(tmp_path: Path, pem: bytes) -> None:
    path = tmp_path / "roots.pem"
    path.write_bytes(pem)
    assert read_settings({"ALEXA_TRUST_ROOTS": str(path)}).trust_roots_pem == pem


@pytest.mark.parametrize("content", [b"", b"not PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_without_certificates_is_a_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roots.pem"
    path.write_bytes(content)
    (problem,) = problems({"ALEXA_TRUST_ROOTS": str(path)})
    assert "does not hold certificates" in problem


def test_roots_that_tls_would_not_take_are_a_problem(tmp_path: Path, pem: bytes) -> None:
    path = tmp_path / "roots.pem"
    path.write_bytes("# Prüfstelle\n".encode() + pem)
    (problem,) = problems({"ALEXA_TRUST_ROOTS": str(path)})
    assert "must be an ASCII PEM file" in problem


def test_a_folder_is_no_file_of_roots(tmp_path: Path) -> None:
    (problem,) = problems({"ALEXA_TRUST_ROOTS": str(tmp_path)})
    assert "cannot be read" in problem


def test_the_token_shows_nowhere() -> None:
    token = "a-long-enough-token"
    assert token not in repr(read_settings({"GENTLE_BACK_TOKEN": token}))
    assert not any("hunter2" in problem for problem in problems({"GENTLE_BACK_TOKEN": "hunter2"}))


@pytest.mark.parametrize("name", ["DATABASE_URL", "PUBLIC_URL", "ALEXA_SKILL_ID"])
@pytest.mark.parametrize("scheme", ["postgresql", "https", "hunter2 "])
def test_a_password_in_the_wrong_place_is_not_repeated(name: str, scheme: str) -> None:
    (problem,) = problems({name: f"{scheme}://back:hunter2@db.example.org/back"})
    assert "hunter2" not in problem


@given(
    st.dictionaries(
        st.sampled_from([name for name, *_ in GOOD]), st.text(st.characters(blacklist_characters="\0"))
    )
)
def test_any_text_gives_settings_or_problems(environ: dict[str, str]) -> None:
    with suppress(SettingsError):
        read_settings(environ)
