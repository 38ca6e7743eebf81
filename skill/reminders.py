"""Amazon's Reminders API: the one network call that an answer may wait for.

Paths, members and codes: "Alexa Reminders API Reference". Endpoint and token come with each request of Alexa,
and are forgotten with it: neither is stored or logged.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any, Final
from urllib.parse import quote

from urllib3.connection import HTTPSConnection

from intents.reminders import (
    NewReminder,
    NoPermissionError,
    NotSupportedError,
    RefusedError,
    Reminder,
    ReminderError,
    Schedule,
    TooManyError,
    UnreachableError,
)
from skill.connection import NETWORK_ERRORS, Connection, tls_context

LOG = logging.getLogger("gentle_back")

PATH: Final = "/v1/alerts/reminders"
# North America, Europe, Far East; a list of what is allowed, because the token is sent there.
_ENDPOINT: Final = re.compile(r"https://(api(?:\.eu|\.fe)?\.amazonalexa\.com)(?::443)?/?", re.ASCII)
# What a header can carry, with its length kept in bounds: Amazon's tokens have about a thousand characters.
_TOKEN: Final = re.compile("[!-~]{1,8192}")
_CODE: Final = re.compile(r"[A-Za-z0-9_.]{1,80}", re.ASCII)

# Ours: Alexa waits 8 s for an answer, and somebody waits for Alexa.
LIMIT_S: Final = 2.0
MAX_REPLY_BYTES: Final = 1_000_000

EVERY_DAY: Final = "FREQ=DAILY"
WEEKDAYS: Final = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"

_OK: Final = range(200, 300)
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


class ReminderService:
    """Opens the reminders of a request's person; `roots_pem` and `connect_to` as for the certificates."""

    def __init__(
        self,
        *,
        roots_pem: bytes | None = None,
        connect_to: tuple[str, int] | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._tls = tls_context(roots_pem)
        self._connect_to = connect_to
        self._limit_s = limit_s

    def __call__(self, endpoint: str, token: str) -> "AlexaReminders | None":
        """The reminders; None, and a line in the log, for an endpoint or token that is not Amazon's."""
        match = _ENDPOINT.fullmatch(endpoint)
        if match is None or not _TOKEN.fullmatch(token):
            LOG.warning("reminders: %s is not Amazon's", "endpoint" if match is None else "token")
            return None
        connect = partial(Connection, match[1], tls=self._tls, connect_to=self._connect_to)
        return AlexaReminders(match[1], token, connect=connect, limit_s=self._limit_s)


class AlexaReminders:
    """One person's reminders for the time of one request; all its calls together end within the limit."""

    def __init__(self, host: str, token: str, *, connect: Callable[..., Connection], limit_s: float) -> None:
        self._host = host
        self._token = token
        self._connect = connect
        self._left_s = limit_s

    def create(self, wanted: NewReminder) -> None:
        """Set one more.

        Raises:
            ReminderError: As `intents.reminders` has them.
        """
        reply = self._call("POST", PATH, to_json(wanted))
        if not isinstance(reply, dict) or not isinstance(reply.get("alertToken"), str):
            raise UnreachableError("a reply without alertToken")

    def find_all(self) -> tuple[Reminder, ...]:
        """Those that are set.

        Raises:
            ReminderError: As `intents.reminders` has them.
        """
        reply = self._call("GET", PATH)
        alerts = reply.get("alerts") if isinstance(reply, dict) else None
        if not isinstance(alerts, list):
            raise UnreachableError("a reply without alerts")
        return tuple(_read_all(alerts))

    def delete(self, reminder_id: str) -> None:
        """Delete one.

        Raises:
            ReminderError: As `intents.reminders` has them.
        """
        self._call("DELETE", f"{PATH}/{quote(reminder_id, safe='')}", gone_is_fine=True)

    def _call(self, method: str, path: str, body: object = None, *, gone_is_fine: bool = False) -> Any:
        begun = time.monotonic()
        try:
            with self._connect(limit_s=self._left_s) as connection:
                status, content = connection.run(partial(self._exchange, method, path, body))
        except NETWORK_ERRORS as error:
            raise self._logged(UnreachableError(type(error).__name__)) from error
        finally:
            self._left_s = max(0.0, self._left_s - (time.monotonic() - begun))
        if status in _OK:
            return _parse(content)
        if status == _NOT_FOUND and gone_is_fine:
            return None
        raise self._logged(failure(status, _parse(content)))

    def _exchange(
        self, method: str, path: str, body: object, connection: HTTPSConnection
    ) -> tuple[int, bytes]:
        headers = {"Host": self._host, "Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        sent = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            sent = json.dumps(body).encode()
        connection.request(
            method, path, body=sent, headers=headers, preload_content=False, decode_content=False
        )
        response = connection.getresponse()
        content = b""
        while len(content) <= MAX_REPLY_BYTES and (more := response.read(MAX_REPLY_BYTES + 1)):
            content += more
        if len(content) > MAX_REPLY_BYTES:
            raise OSError("the reply is too long")
        return response.status, content

    @staticmethod
    def _logged(error: ReminderError) -> ReminderError:
        LOG.warning("reminders: %s %s", type(error).__name__, error)
        return error


def failure(status: int, reply: object) -> ReminderError:
    """What a reply that is no success means, by its status and Amazon's code."""
    found = reply.get("code") if isinstance(reply, dict) else None
    code = found if isinstance(found, str) and _CODE.fullmatch(found) else f"HTTP_{status}"
    if status == _UNAUTHORIZED:
        return NoPermissionError(code)
    if status == _FORBIDDEN:
        if "MAX_REMINDERS" in code:
            return TooManyError(code)
        # Amazon's samples take every other 403 for a device without reminders.
        return NoPermissionError(code) if "PERMISSION" in code else NotSupportedError(code)
    if status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR:
        return UnreachableError(code)
    return RefusedError(code)


def to_json(wanted: NewReminder) -> dict[str, Any]:
    """The request for a reminder: local times without offset and without zone, so the device's own counts.

    That keeps "at eight" at eight where the clocks change.
    """
    return {
        "requestTime": wanted.requested_at,
        "trigger": {
            "type": "SCHEDULED_ABSOLUTE",
            "scheduledTime": f"{wanted.first_day}T{wanted.schedule.times[0]}:00.000",
            "recurrence": {"recurrenceRules": [*_rules(wanted.schedule)]},
        },
        "alertInfo": {"spokenInfo": {"content": [{"locale": wanted.locale, "text": wanted.text}]}},
        # The agreement is about being spoken to, not about the telephone.
        "pushNotification": {"status": "DISABLED"},
    }


def _rules(schedule: Schedule) -> Iterator[str]:
    days = WEEKDAYS if schedule.weekdays else EVERY_DAY
    for at in schedule.times:
        yield f"{days};BYHOUR={int(at[:2])};BYMINUTE={int(at[3:])};BYSECOND=0;INTERVAL=1;"


def _read_all(alerts: list[Any]) -> Iterator[Reminder]:
    for alert in alerts:
        token = alert.get("alertToken") if isinstance(alert, dict) else None
        if isinstance(token, str) and token and alert.get("status") == "ON":
            yield Reminder(reminder_id=token, schedule=_read_schedule(alert.get("trigger")))


def _read_schedule(trigger: object) -> Schedule | None:
    """When a reminder goes off, if it is of a form that `to_json` writes."""
    recurrence = trigger.get("recurrence") if isinstance(trigger, dict) else None
    rules = recurrence.get("recurrenceRules") if isinstance(recurrence, dict) else None
    if not isinstance(rules, list) or not rules:
        return None
    times: set[str] = set()
    kinds: set[bool] = set()
    for rule in rules:
        parts = _parts(rule)
        hours, minutes = _numbers(parts.get("BYHOUR"), 24), _numbers(parts.get("BYMINUTE", "0"), 60)
        is_daily = parts.get("FREQ") == "DAILY" and "BYDAY" not in parts
        days = set(parts.get("BYDAY", "").split(","))
        is_weekdays = parts.get("FREQ") == "WEEKLY" and days == {"MO", "TU", "WE", "TH", "FR"}
        if not (hours and minutes and (is_daily or is_weekdays)) or parts.get("INTERVAL", "1") != "1":
            return None
        kinds.add(is_weekdays)
        times |= {f"{hour:02d}:{minute:02d}" for hour, minute in product(hours, minutes)}
    return Schedule(times=tuple(sorted(times)), weekdays=kinds.pop()) if len(kinds) == 1 else None


def _parts(rule: object) -> Mapping[str, str]:
    """A rule of RFC 5545 by its parts; none for what is no rule."""
    if not isinstance(rule, str):
        return {}
    pairs = (part.partition("=") for part in rule.removeprefix("RRULE:").split(";") if part)
    return {name: value for name, _, value in pairs}


def _numbers(text: str | None, below: int) -> list[int]:
    found = (text or "").split(",")
    fit = all(one.isdecimal() and len(one) <= 2 and int(one) < below for one in found)  # noqa: PLR2004 - two digits
    return [int(one) for one in found] if fit else []


def _parse(content: bytes) -> Any:
    """A reply's JSON; None for anything else."""
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
