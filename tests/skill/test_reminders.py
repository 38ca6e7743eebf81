"""The Reminders API, over real TLS to a server on this machine that answers as Amazon's."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from intents.reminders import (
    NewReminder,
    NoPermissionError,
    NotSupportedError,
    RefusedError,
    Reminder,
    ReminderError,
    Reminders,
    Schedule,
    TooManyError,
    UnreachableError,
    schedule_from_token,
)
from skill import reminders
from skill.app import create_app
from skill.reminders import PATH, ReminderService
from tests.authority import Authority, serve_tls
from tests.skill.service import Answer, authority, from_show, in_process, send, settings_with_amazon

HOST = "api.amazonalexa.com"
ENDPOINT = f"https://{HOST}"
TOKEN = "Atza.a-token_of.this/request+only~=="
DAILY = Schedule(times=("08:05",))
HOURLY = Schedule(times=("10:00", "11:00", "13:30"), weekdays=True)
WANTED = NewReminder(
    schedule=DAILY,
    text="Time to move.",
    locale="en-GB",
    requested_at="2027-03-27T21:15:00.000",
    first_day="2027-03-28",
)


class Amazon:
    """The API as far as we use it: keeps reminders, and shows what it was sent. `reply` answers instead."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.sent: list[Any] = []
        self.reply: Callable[[BaseHTTPRequestHandler], None] | None = None

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append((request.command, request.path))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.sent.append(json.loads(body) if body else None)
        if self.reply:
            self.reply(request)
        elif request.command == "POST":
            token = f"alert/{len(self.alerts)}"
            self.alerts.append({"alertToken": token, "status": "ON", "version": "1", **self.sent[-1]})
            answer(request, 200, {"alertToken": token, "status": "ON", "href": f"{PATH}/{token}"})
        elif request.command == "GET":
            answer(request, 200, {"totalCount": str(len(self.alerts)), "alerts": self.alerts})
        else:
            path = request.path.removeprefix(f"{PATH}/").replace("%2F", "/")
            left = [alert for alert in self.alerts if alert["alertToken"] != path]
            found, self.alerts = len(left) < len(self.alerts), left
            answer(request, 200 if found else 404, None if found else {"code": "ALERT_NOT_FOUND"})


def answer(request: BaseHTTPRequestHandler, status: int, body: object = None) -> None:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def always(status: int, body: object = None) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda request: answer(request, status, body)


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return authority().tls_files(tmp_path_factory.mktemp("tls"), name=HOST)


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def address(tls_files: tuple[Path, Path], amazon: Amazon) -> Iterator[tuple[str, int]]:
    with serve_tls(tls_files, amazon) as address:
        yield address


def opened(address: tuple[str, int], *, limit_s: float = 10.0, roots_pem: bytes | None = None) -> Reminders:
    roots = authority().root_pem if roots_pem is None else roots_pem
    found = ReminderService(roots_pem=roots, connect_to=address, limit_s=limit_s)(ENDPOINT, TOKEN)
    assert found is not None
    return found


# --- what is sent, and what comes back ---


def test_a_reminder_is_asked_for_as_the_reference_has_it(address: tuple[str, int], amazon: Amazon) -> None:
    opened(address).create(WANTED)
    assert amazon.asked == [("POST", "/v1/alerts/reminders")]
    (headers,) = amazon.headers
    assert (headers["host"], headers["authorization"]) == (HOST, f"Bearer {TOKEN}")
    assert headers["content-type"] == "application/json"
    assert amazon.sent == [
        {
            "requestTime": "2027-03-27T21:15:00.000",
            "trigger": {
                "type": "SCHEDULED_ABSOLUTE",
                "scheduledTime": "2027-03-28T08:05:00.000",
                "recurrence": {
                    "recurrenceRules": ["FREQ=DAILY;BYHOUR=8;BYMINUTE=5;BYSECOND=0;INTERVAL=1;"],
                },
            },
            "alertInfo": {"spokenInfo": {"content": [{"locale": "en-GB", "text": "Time to move."}]}},
            "pushNotification": {"status": "DISABLED"},
        }
    ]


def test_no_time_has_an_offset_or_a_zone_so_the_clock_of_the_device_counts() -> None:
    """Across a change of clocks (28 March 2027 in Britain) eight stays eight."""
    text = json.dumps(reminders.to_json(WANTED))
    assert "timeZoneId" not in text
    assert "Z" not in text
    assert "+0" not in text


def test_several_times_on_weekdays_are_one_reminder_with_a_rule_each() -> None:
    sent = reminders.to_json(
        NewReminder(schedule=HOURLY, text="x", locale="en-US", requested_at="x", first_day="2027-03-28")
    )
    days = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    assert sent["trigger"]["recurrence"]["recurrenceRules"] == [
        f"{days};BYHOUR=10;BYMINUTE=0;BYSECOND=0;INTERVAL=1;",
        f"{days};BYHOUR=11;BYMINUTE=0;BYSECOND=0;INTERVAL=1;",
        f"{days};BYHOUR=13;BYMINUTE=30;BYSECOND=0;INTERVAL=1;",
    ]


def test_what_was_set_is_found_again_and_deleted(address: tuple[str, int], amazon: Amazon) -> None:
    opened(address).create(WANTED)
    hourly = NewReminder(schedule=HOURLY, text="x", locale="en-US", requested_at="x", first_day="2027-03-28")
    opened(address).create(hourly)
    person = opened(address)
    assert person.find_all() == (
        Reminder(reminder_id="alert/0", schedule=DAILY),
        Reminder(reminder_id="alert/1", schedule=HOURLY),
    )
    person.delete("alert/0")
    assert amazon.asked[-1] == ("DELETE", "/v1/alerts/reminders/alert%2F0")
    assert [found.reminder_id for found in opened(address).find_all()] == ["alert/1"]


def test_what_is_gone_already_is_deleted(address: tuple[str, int]) -> None:
    opened(address).delete("never there")


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_answer_is_enough_for_a_deletion(
    address: tuple[str, int], amazon: Amazon, status: int
) -> None:
    amazon.reply = always(status)
    opened(address).delete("a")


RULE = "FREQ=DAILY;BYHOUR=8;BYMINUTE=0;BYSECOND=0;INTERVAL=1;"


@pytest.mark.parametrize(
    ("rules", "token"),
    [
        ([RULE], "daily 08:00"),
        (["RRULE:FREQ=DAILY;BYHOUR=9,17;BYMINUTE=15"], "daily 09:15 17:15"),
        (["FREQ=WEEKLY;BYDAY=FR,MO,TU,WE,TH;BYHOUR=7;BYMINUTE=5"], "weekdays 07:05"),
        ([RULE, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=7;BYMINUTE=5"], None),
        (["FREQ=WEEKLY;BYDAY=MO;BYHOUR=7;BYMINUTE=5"], None),
        (["FREQ=DAILY;BYDAY=MO;BYHOUR=7;BYMINUTE=5"], None),
        (["FREQ=MONTHLY;BYHOUR=7;BYMINUTE=5"], None),
        (["FREQ=DAILY;BYHOUR=24;BYMINUTE=0"], None),
        (["FREQ=DAILY;BYHOUR=7;BYMINUTE=60"], None),
        (["FREQ=DAILY;BYHOUR=seven;BYMINUTE=0"], None),
        (["FREQ=DAILY;BYMINUTE=0"], None),
        (["FREQ=DAILY;BYHOUR=7;BYMINUTE=0;INTERVAL=2"], None),
        ([7], None),
        ([], None),
        ("FREQ=DAILY", None),
    ],
)
def test_a_schedule_is_read_only_where_it_is_of_our_form(
    address: tuple[str, int], amazon: Amazon, rules: object, token: str | None
) -> None:
    trigger = {"type": "SCHEDULED_ABSOLUTE", "recurrence": {"recurrenceRules": rules}}
    amazon.alerts = [{"alertToken": "a", "status": "ON", "trigger": trigger}]
    (found,) = opened(address).find_all()
    assert (found.schedule.to_token() if found.schedule else None) == token


def test_what_is_over_and_what_is_no_reminder_is_left_out(address: tuple[str, int], amazon: Amazon) -> None:
    amazon.reply = always(
        200,
        {
            "alerts": [
                {"alertToken": "a", "status": "COMPLETED"},
                {"status": "ON"},
                {"alertToken": "", "status": "ON"},
                "an alert",
                {"alertToken": "b", "status": "ON", "trigger": {"recurrence": None}},
                {"alertToken": "c", "status": "ON"},
            ]
        },
    )
    assert [found.reminder_id for found in opened(address).find_all()] == ["b", "c"]


# --- what goes wrong ---

FAILURES: list[tuple[int, object, type[ReminderError], str]] = [
    (401, {"code": "UNAUTHORIZED", "message": "m"}, NoPermissionError, "UNAUTHORIZED"),
    (401, b"", NoPermissionError, "HTTP_401"),
    (403, {"code": "DEVICE_NOT_SUPPORTED", "message": "m"}, NotSupportedError, "DEVICE_NOT_SUPPORTED"),
    (403, {"code": "MAX_REMINDERS_EXCEEDED", "message": "m"}, TooManyError, "MAX_REMINDERS_EXCEEDED"),
    (403, {"code": "NO_PERMISSION", "message": "m"}, NoPermissionError, "NO_PERMISSION"),
    (403, b"<html>", NotSupportedError, "HTTP_403"),
    (
        400,
        {"code": "UNSUPPORTED_TRIGGER_RECURRENCE", "message": "m"},
        RefusedError,
        "UNSUPPORTED_TRIGGER_RECURRENCE",
    ),
    (400, {"code": ["a list"]}, RefusedError, "HTTP_400"),
    (400, {"code": "with a\nnew line"}, RefusedError, "HTTP_400"),
    (404, {"code": "NOT_FOUND"}, RefusedError, "NOT_FOUND"),
    (302, b"", RefusedError, "HTTP_302"),
    (429, {"code": "RATE_EXCEEDED", "message": "m"}, UnreachableError, "RATE_EXCEEDED"),
    (500, {"code": "INTERNAL_ERROR", "message": "m"}, UnreachableError, "INTERNAL_ERROR"),
    (503, b"", UnreachableError, "HTTP_503"),
]


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: f"{case[0]} {case[3]}")
def test_a_reply_that_is_no_success_is_a_typed_failure(
    address: tuple[str, int], amazon: Amazon, case: tuple[int, object, type[ReminderError], str]
) -> None:
    status, body, error, code = case
    amazon.reply = always(status, body)
    with pytest.raises(error) as raised:
        opened(address).create(WANTED)
    assert type(raised.value) is error
    assert str(raised.value) == code
    assert len(amazon.asked) == 1  # nothing is tried again, and no redirect followed


@pytest.mark.parametrize(
    "body",
    [b"", b"junk", b"\xff\xfe", b"[" * 100_000, [], {}, {"alertToken": 5, "alerts": {}}, b"x" * 1_000_001],
)
def test_a_success_that_cannot_be_read_is_no_success(
    address: tuple[str, int], amazon: Amazon, body: object
) -> None:
    amazon.reply = always(200, body)
    with pytest.raises(UnreachableError):
        opened(address).create(WANTED)
    with pytest.raises(UnreachableError):
        opened(address).find_all()


def cut(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{")
    request.close_connection = True


def hang_up(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True


@pytest.mark.parametrize("reply", [cut, hang_up, lambda request: request.wfile.write(b"SMTP 1\r\n\r\n")])
def test_a_connection_that_is_cut_is_no_answer(
    address: tuple[str, int], amazon: Amazon, reply: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    amazon.reply = reply
    with pytest.raises(UnreachableError):
        opened(address).create(WANTED)


def test_a_slow_drip_ends_with_the_time_limit(address: tuple[str, int], amazon: Amazon) -> None:
    hung_up = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        try:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            for _ in range(500):  # far beyond the limit: 10 s
                request.wfile.write(b"x")
                hung_up.wait(0.02)
        except OSError:
            hung_up.set()

    amazon.reply = drip
    begun = time.monotonic()
    with pytest.raises(UnreachableError, match="TimeoutError"):
        opened(address, limit_s=0.3).create(WANTED)
    assert time.monotonic() - begun < 5


def test_all_calls_of_a_request_share_one_limit(address: tuple[str, int], amazon: Amazon) -> None:
    person = opened(address, limit_s=0.3)
    silent = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> None:
        silent.wait(5)

    amazon.reply = wait
    with pytest.raises(UnreachableError):
        person.find_all()
    silent.set()
    amazon.reply = None
    with pytest.raises(UnreachableError):
        person.find_all()
    assert len(amazon.asked) == 1


def test_the_limit_is_two_seconds() -> None:
    assert reminders.LIMIT_S == 2.0


def test_nobody_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    with pytest.raises(UnreachableError):
        opened(address).create(WANTED)


def test_a_server_with_another_name_does_not_get_the_token(tmp_path: Path, amazon: Amazon) -> None:
    files = authority().tls_files(tmp_path, name="api.amazonalexa.com.test")
    with serve_tls(files, amazon) as address, pytest.raises(UnreachableError):
        opened(address).create(WANTED)
    assert amazon.asked == []


def test_a_server_with_an_unknown_root_does_not_get_the_token(
    address: tuple[str, int], amazon: Amazon
) -> None:
    with pytest.raises(UnreachableError):
        opened(address, roots_pem=Authority("Another").root_pem).create(WANTED)
    assert amazon.asked == []


# --- to whom the token goes ---


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://api.amazonalexa.com",
        "https://api.eu.amazonalexa.com",
        "https://api.fe.amazonalexa.com",
        "https://api.amazonalexa.com/",
        "https://api.amazonalexa.com:443",
    ],
)
def test_an_endpoint_of_amazons_is_taken(endpoint: str) -> None:
    assert ReminderService()(endpoint, TOKEN) is not None


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://api.amazonalexa.com",
        "https://api.amazonalexa.com.evil.test",
        "https://evil.test/api.amazonalexa.com",
        "https://evil.test#https://api.amazonalexa.com",
        "https://api.amazonalexa.com@evil.test",
        "https://user@api.amazonalexa.com",
        "https://api.us.amazonalexa.com",
        "https://apixamazonalexa.com",
        "https://api.amazonalexa.com:8443",
        "https://api.amazonalexa.com/v1",
        "https://api.amazonalexa.com\n",
        "https://127.0.0.1",
        "",
    ],
)
def test_no_other_endpoint_is(endpoint: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gentle_back"):
        assert ReminderService()(endpoint, TOKEN) is None
    assert caplog.messages == ["reminders: endpoint is not Amazon's"]


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: y", "ü", "x" * 9000])
def test_a_token_that_is_no_header_is_refused(token: str) -> None:
    assert ReminderService()(ENDPOINT, token) is None


def test_the_token_is_neither_shown_nor_logged(
    address: tuple[str, int], amazon: Amazon, caplog: pytest.LogCaptureFixture
) -> None:
    amazon.reply = always(400, {"code": "BAD", "message": f"Bearer {TOKEN}"})
    person = opened(address)
    with caplog.at_level(logging.DEBUG), pytest.raises(RefusedError) as raised:
        person.create(WANTED)
    assert TOKEN not in repr(person) + repr(raised.value) + caplog.text
    assert "reminders: RefusedError BAD" in caplog.messages


# --- the token that comes back from Alexa's own question ---


@pytest.mark.parametrize("schedule", [DAILY, HOURLY])
def test_a_schedule_comes_back_as_it_was(schedule: Schedule) -> None:
    assert schedule_from_token(schedule.to_token()) == schedule


@pytest.mark.parametrize("token", ["", "daily", "daily 24:00", "daily 8:00", "monthly 08:00", "daily 08:00 "])
def test_any_other_token_is_none(token: str) -> None:
    assert schedule_from_token(token) is None


# --- the whole service ---


def test_the_service_sets_a_reminder_after_permission_and_keeps_no_token(
    tmp_path: Path, address: tuple[str, int], amazon: Amazon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers: list[Answer] = []
    with settings_with_amazon(tmp_path) as settings:
        host, port = address
        store = {"ALEXA_API_HOST": f"{host}:{port}", "DATABASE_URL": f"sqlite:///{tmp_path}/people.db"}
        post = in_process(create_app({**settings, **store}))

        def says(request: dict[str, Any]) -> Answer:
            envelope = from_show(request, in_session=True)
            envelope["session"]["attributes"] = answers[-1].attributes if answers else {}
            envelope["session"]["new"] = not answers
            envelope["context"]["System"] |= {"apiEndpoint": ENDPOINT, "apiAccessToken": TOKEN}
            answers.append(send(post, envelope).check_spoken())
            return answers[-1]

        time_slot = {"time": {"name": "time", "value": "08:00"}}
        says({"type": "IntentRequest", "intent": {"name": "SetReminderIntent", "slots": time_slot}})
        assert answers[-1].words.endswith("Every day, at eight in the morning. Shall I set that?")
        assert amazon.asked == []  # nothing before a yes
        amazon.reply = always(401, {"code": "UNAUTHORIZED", "message": "no permission"})
        asked = says({"type": "IntentRequest", "intent": {"name": "AMAZON.YesIntent"}})
        assert asked.json["response"]["directives"] == [
            {
                "type": "Connections.SendRequest",
                "name": "AskFor",
                "payload": {
                    "@type": "AskForPermissionsConsentRequest",
                    "@version": "1",
                    "permissionScope": "alexa::alerts:reminders:skill:readwrite",
                },
                "token": "daily 08:00",
            }
        ]
        assert not asked.is_open
        amazon.reply = None
        granted = {
            "type": "Connections.Response",
            "name": "AskFor",
            "status": {"code": "200", "message": "OK"},
            "payload": {"status": "ACCEPTED"},
            "token": "daily 08:00",
        }
        assert "It's set. Every day, at eight in the morning." in says(granted).words
        assert answers[-1].is_open
    (alert,) = amazon.alerts
    assert alert["alertInfo"]["spokenInfo"]["content"][0]["text"] == "Time to move a little."
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("people.db*"))
    assert TOKEN.encode() not in kept + b"".join(found.body for found in answers)
    assert TOKEN not in caplog.text
    assert ENDPOINT not in caplog.text


def test_the_service_shows_a_card_where_alexa_could_not_ask(tmp_path: Path, address: tuple[str, int]) -> None:
    with settings_with_amazon(tmp_path) as settings:
        host, port = address
        store = {"ALEXA_API_HOST": f"{host}:{port}", "DATABASE_URL": f"sqlite:///{tmp_path}/people.db"}
        post = in_process(create_app({**settings, **store}))
        envelope = from_show(
            {
                "type": "Connections.Response",
                "name": "AskFor",
                "status": {"code": "400", "message": "not here"},
                "token": "daily 08:00",
            },
            in_session=True,
        )
        response = send(post, envelope).check_spoken().json["response"]
    assert response["card"] == {
        "type": "AskForPermissionsConsent",
        "permissions": ["alexa::alerts:reminders:skill:readwrite"],
    }
