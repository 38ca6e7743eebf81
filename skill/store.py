"""What is remembered of people, in one SQLite file behind the SDK's persistence interface.

StoreError                 the store cannot be read or written
└── StaleAttributesError   somebody else wrote this person since they were read

Both are the conversation's own (`intents.alexa.keeping`): it answers all the same, or computes the turn anew.

No update is lost between processes, and none waits for another: a row has a version, and a save counts only
for the version that was read. Whoever comes second computes the turn again.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakSet

from ask_sdk_core.attributes_manager import AbstractPersistenceAdapter
from ask_sdk_model import RequestEnvelope

from intents.alexa.keeping import StaleAttributesError, StoreError

__all__ = ["SqliteStore", "StaleAttributesError", "StoreError", "keys_of"]

KEPT_UNUSED = timedelta(days=365)
"""A row that nobody used for longer is deleted: at the start, and once a day by each process."""
BUSY_TIMEOUT_S = 1.0
"""How long one statement waits for another process's. Alexa waits 8 s for the whole answer."""

_SCHEMA = Path(__file__).with_name("schema.sql")
_DISABLED = "AlexaSkillEvent.SkillDisabled"
# Switching a file to WAL needs it for oneself, and SQLite does not wait for that, whatever the busy timeout.
_PREPARE_TIMEOUTS = 5
_PREPARE_PAUSE_S = 0.02

_SELECT = "SELECT attributes, version, used_on FROM person WHERE person = ?"
_INSERT = (
    "INSERT INTO person (person, user, attributes, version, used_on) VALUES (?, ?, ?, 1, ?) "
    "ON CONFLICT (person) DO NOTHING"
)
_UPDATE = (
    "UPDATE person SET user = ?, attributes = ?, version = version + 1, used_on = ? "
    "WHERE person = ? AND version = ?"
)
_TOUCH = "UPDATE person SET used_on = ? WHERE person = ?"
_FORGET = "DELETE FROM person WHERE person = ?"
_FORGET_HOUSEHOLD = "DELETE FROM person WHERE user = ?"
_FORGET_UNUSED = "DELETE FROM person WHERE used_on < ?"


def _today() -> date:
    return datetime.now(UTC).date()


class SqliteStore(AbstractPersistenceAdapter):
    """Reads and writes the rows of one database file; safe in many threads and processes.

    Each thread of each process opens a connection of its own when it first needs one.
    """

    def __init__(
        self,
        path: Path,
        *,
        today: Callable[[], date] = _today,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> None:
        self._path = path
        self._today = today
        self._busy_timeout_s = busy_timeout_s
        self._tidied_on: date | None = None
        self._connections = _PerThread(self._open)

    @classmethod
    def in_memory(cls, *, today: Callable[[], date] = _today) -> "SqliteStore":
        """A prepared store that is gone with its object: for tests and the command line."""
        return _InMemory(today)

    def prepare(self) -> None:
        """Create folder, file and table, switch to WAL, and delete rows unused for a year.

        A new file is readable for its owner alone. Call it once before workers start; calling it again, or
        from two processes at once, does no harm.

        Raises:
            StoreError: The place cannot be written, holds something else, or cannot have WAL.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Never opened where it exists: closing would drop every lock that this process has on it
            # (https://www.sqlite.org/howtocorrupt.html, 2.2).
            with suppress(FileExistsError):
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be opened: {error.strerror}") from error
        with self._wrapped_errors():
            deadline = time.monotonic() + _PREPARE_TIMEOUTS * self._busy_timeout_s
            while not self._is_set_up(may_be_busy=time.monotonic() < deadline):
                time.sleep(_PREPARE_PAUSE_S)

    def get_attributes(self, request_envelope: RequestEnvelope) -> dict[str, Any]:
        """What is stored of this person, and the row's `version`: 0 for nobody yet.

        Raises:
            StoreError: The envelope names nobody, or the row cannot be read.
        """
        person, _ = keys_of(request_envelope)
        today = self._today()
        with self._use() as connection:
            self._tidy_once_a_day(connection, today)
            row = connection.execute(_SELECT, (person,)).fetchone()
            if row is None:
                return {"version": 0}
            text, version, used_on = row
            if used_on != today.isoformat():
                # Reading is use, too: else somebody who changes nothing is forgotten after a year. A store
                # that can only be read at the moment is still worth reading.
                with suppress(sqlite3.OperationalError):
                    connection.execute(_TOUCH, (today.isoformat(), person))
        return {**self._parse(text), "version": version}

    def save_attributes(self, request_envelope: RequestEnvelope, attributes: dict[str, Any]) -> None:
        """Store what changed, if the row still has the `version` that `attributes` came with.

        Content that is already there is not written again, and keeps its version.

        Raises:
            StaleAttributesError: It has another version by now; read, compute and save again.
            StoreError: The envelope names nobody, `version` is missing, or the row cannot be written.
        """
        person, user = keys_of(request_envelope)
        version = attributes.get("version")
        if not isinstance(version, int) or version < 0:
            raise StoreError("attributes have no version; save what get_attributes gave, with its version")
        content = {key: value for key, value in attributes.items() if key != "version"}
        text = json.dumps(content, separators=(",", ":"), sort_keys=True)
        used_on = self._today().isoformat()
        with self._use() as connection:
            stored = connection.execute(_SELECT, (person,)).fetchone()
            if stored == (text, version, used_on):
                return
            if stored is not None and stored[:2] == (text, version):
                connection.execute(_TOUCH, (used_on, person))
                return
            # The look above is no lock: each of these statements checks the version once more by itself.
            if version:
                done = connection.execute(_UPDATE, (user, text, used_on, person, version))
            else:
                done = connection.execute(_INSERT, (person, user, text, used_on))
            if done.rowcount == 0:
                raise StaleAttributesError("this person was written since they were read")

    def delete_attributes(self, request_envelope: RequestEnvelope) -> None:
        """Forget this person; when the skill was disabled, everybody of the household.

        Raises:
            StoreError: The envelope names nobody, or the rows cannot be deleted.
        """
        person, user = keys_of(request_envelope)
        is_disabled = request_envelope.request is not None and (
            request_envelope.request.object_type == _DISABLED
        )
        with self._use() as connection:
            connection.execute(*((_FORGET_HOUSEHOLD, (user,)) if is_disabled else (_FORGET, (person,))))

    def close(self) -> None:
        """Close this process's connections, once no thread uses them. The next use opens new ones."""
        self._connections.close()

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, every statement a transaction of its own."""
        with self._wrapped_errors():
            yield self._connections.get()

    @contextmanager
    def _wrapped_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            # The last two: ids with half a surrogate pair, and versions that no column holds.
            raise StoreError(f"{self._path}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        # "rw" does not create: a file made here would be readable by others, and have no table.
        return _connect(f"{self._path.absolute().as_uri()}?mode=rw", self._busy_timeout_s)

    def _is_set_up(self, *, may_be_busy: bool) -> bool:
        # Closed at once: what is open while workers fork must not be touched in them.
        with closing(self._open()) as connection:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                self._create(connection)
            except sqlite3.OperationalError as error:
                # The low byte: extended codes tell more about what was busy.
                if may_be_busy and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                    return False
                raise
        if mode != "wal":
            raise StoreError(f"{self._path}: journal mode stays {mode}, must be wal; put it on a local disk")
        return True

    def _create(self, connection: sqlite3.Connection) -> None:
        connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
        today = self._today()
        connection.execute(_FORGET_UNUSED, ((today - KEPT_UNUSED).isoformat(),))
        self._tidied_on = today

    def _tidy_once_a_day(self, connection: sqlite3.Connection, today: date) -> None:
        """A service that runs on for months keeps the promise of a year without a restart."""
        if self._tidied_on == today:
            return
        self._tidied_on = today
        with suppress(sqlite3.OperationalError):  # tomorrow again; a turn does not fail for it
            connection.execute(_FORGET_UNUSED, ((today - KEPT_UNUSED).isoformat(),))

    def _parse(self, text: str) -> dict[str, Any]:
        try:
            found = json.loads(text)
        except (ValueError, TypeError) as error:
            raise StoreError(f"{self._path}: a row does not hold JSON") from error
        if not isinstance(found, dict):
            raise StoreError(f"{self._path}: a row does not hold a JSON object")
        return found


class _InMemory(SqliteStore):
    """One connection for all threads, one thread at a time: a memory database belongs to its connection."""

    def __init__(self, today: Callable[[], date]) -> None:
        super().__init__(Path(":memory:"), today=today)
        self._lock = threading.Lock()
        self._lease = _Lease(self._open())
        self.prepare()

    def prepare(self) -> None:
        """Create the table, and delete rows unused for a year."""
        with self._use() as connection:
            self._create(connection)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._lease.connection.close()

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._wrapped_errors():
            yield self._lease.connection

    def _open(self) -> sqlite3.Connection:
        return _connect(":memory:", self._busy_timeout_s)


class _Lease:
    """A connection that closes when its lease is let go, and that a forked process leaves alone."""

    __slots__ = ("__weakref__", "connection", "process_id")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.process_id = os.getpid()

    @property
    def is_ours(self) -> bool:
        """Whether this process opened it."""
        return self.process_id == os.getpid()

    def __del__(self) -> None:
        if self.is_ours:
            self.connection.close()
        else:
            _INHERITED.append(self.connection)


# A child process must not even close what its parent opened: https://www.sqlite.org/howtocorrupt.html, 2.6.
_INHERITED: list[sqlite3.Connection] = []


class _PerThread:
    """A connection for each thread of each process; it goes with its thread."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._local = threading.local()
        self._leases: WeakSet[_Lease] = WeakSet()

    def get(self) -> sqlite3.Connection:
        """This thread's, opened if need be."""
        lease: _Lease | None = getattr(self._local, "lease", None)
        if lease is None or not lease.is_ours:
            lease = self._local.lease = _Lease(self._connect())
            self._leases.add(lease)
        return lease.connection

    def close(self) -> None:
        """Close those of all threads of this process."""
        leases, self._leases, self._local = self._leases, WeakSet(), threading.local()
        for lease in leases:
            if lease.is_ours:
                lease.connection.close()


def _connect(uri: str, busy_timeout_s: float) -> sqlite3.Connection:
    """Autocommit, so that no transaction stays open; closable from another thread."""
    connection = sqlite3.connect(
        uri,
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )
    # With WAL, a power cut may cost the last turns, never the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    # What somebody asked us to forget is overwritten, not only unlinked.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def keys_of(envelope: RequestEnvelope) -> tuple[str, str]:
    """The person's key and the household's, as Alexa gave them."""
    system = envelope.context.system if envelope.context else None
    found = system.person.person_id if system and system.person else None
    users = (system.user if system else None, envelope.session.user if envelope.session else None)
    user = next((user.user_id for user in users if user and user.user_id), None)
    if not (found or user):
        raise StoreError("the request names neither a person nor a user")
    return str(found or user), str(user or found)
