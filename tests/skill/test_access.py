import pytest

from skill.access import Access

TOKEN = "a-token-of-some-length"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HERE = {"Host": "localhost:8080"}

LOCAL: list[tuple[str | None, dict[str, str], bool]] = [
    ("127.0.0.1", {"Host": "localhost"}, True),
    ("127.0.0.1", {"Host": "LOCALHOST:8080"}, True),
    ("127.8.9.1", {"Host": "127.0.0.1:8080"}, True),
    ("::1", {"Host": "localhost:8080"}, True),
    ("::ffff:127.0.0.1", {"Host": "localhost:8080"}, True),
    ("192.168.1.7", {"Host": "localhost:8080"}, False),
    ("::ffff:192.168.1.7", {"Host": "localhost:8080"}, False),
    ("", {"Host": "localhost"}, False),
    (None, {"Host": "localhost"}, False),
    ("unix:", {"Host": "localhost"}, False),
    ("127.0.0.1", {}, False),
    ("127.0.0.1", {"Host": "back.example.org"}, False),
    ("127.0.0.1", {"Host": "localhost.example.org"}, False),
    ("127.0.0.1", {"Host": "localhost:"}, False),
    ("127.0.0.1", {"Host": "localhost:8080@example.org"}, False),
    ("127.0.0.1", {**HERE, "Forwarded": "for=203.0.113.9"}, False),
    ("127.0.0.1", {**HERE, "X-Forwarded-For": "127.0.0.1"}, False),
    ("127.0.0.1", {**HERE, "x-forwarded-proto": ""}, False),
]


@pytest.mark.parametrize(("peer", "headers", "passes"), LOCAL)
def test_local_is_this_machine_by_its_own_name_and_without_a_proxy(
    peer: str | None,
    headers: dict[str, str],
    passes: bool,  # noqa: FBT001 - from the table
) -> None:
    assert Access(token=TOKEN, local=True).allows(peer, headers) is passes
    assert not Access(token=TOKEN, local=False).allows(peer, headers)
    assert Access(token=TOKEN, local=False).allows(peer, headers | BEARER)


@pytest.mark.parametrize(
    "given",
    [
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer x{TOKEN}",
        f"Basic {TOKEN}",
        "Bearer \xff\ud800",
    ],
)
def test_only_the_token_itself_opens_from_elsewhere(given: str) -> None:
    assert not Access(token=TOKEN, local=True).allows("203.0.113.9", HERE | {"Authorization": given})


def test_a_wrong_token_is_told_even_to_this_machine() -> None:
    assert not Access(token=TOKEN, local=True).allows("127.0.0.1", HERE | {"Authorization": "Bearer wrong"})
    assert not Access(token=None, local=True).allows("127.0.0.1", HERE | {"Authorization": "Bearer any"})


def test_without_a_token_nobody_from_elsewhere_comes_in() -> None:
    assert not Access(token=None, local=False).allows("127.0.0.1", HERE)
    assert not Access(token=None, local=False).allows("127.0.0.1", HERE | {"Authorization": "Bearer "})
