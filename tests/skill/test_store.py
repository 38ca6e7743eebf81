import json
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ask_sdk_core.attributes_manager import AbstractPersistenceAdapter
from ask_sdk_core.exceptions import PersistenceException
from ask_sdk_model import Context, LaunchRequest, Person, RequestEnvelope, Session, User
from ask_sdk_model.events.skillevents import SkillDisabledRequest
from ask_sdk_model.interfaces.system import SystemState

from skill.store import SqliteStore, StaleAttributesError, StoreError

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)


def launch(user: str | None = "household", person: str | None = None) -> RequestEnvelope:
    system = SystemState(
        user=User(user_id=user) if user else None, person=Person(person_id=person) if person else None
    )
    return RequestEnvelope(context=Context(system=system), request=LaunchRequest())


def disabled(user: str) -> RequestEnvelope:
    system = SystemState(user=User(user_id=user))
    return RequestEnvelope(context=Context(system=system), request=SkillDisabledRequest())


class Calendar:
    """A day that only a test moves."""

    def __init__(self) -> None:
        self.day = TODAY

    def __call__(self) -> date:
        return self.day

    def passes(self, days: int) -> None:
        self.day += timedelta(days=days)


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a # folder? 100%" / "people.db"


@pytest.fixture
def opened(path: Path, calendar: Calendar) -> Iterator[Callable[..., SqliteStore]]:
    stores = []

    def open_one(*, busy_timeout_s: float = 1.0) -> SqliteStore:
        store = SqliteStore(path, today=calendar, busy_timeout_s=busy_timeout_s)
        store.prepare()
        stores.append(store)
        return store

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture(params=["file", "memory"])
def store(
    request: pytest.FixtureRequest, opened: Callable[..., SqliteStore], calendar: Calendar
) -> Iterator[SqliteStore]:
    if request.param == "file":
        yield opened()
    else:
        with closing(SqliteStore.in_memory(today=calendar)) as memory:
            yield memory


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def rows(path: Path) -> list[tuple[Any, ...]]:
    with raw(path) as connection:
        return connection.execute(
            "SELECT person, user, version, used_on FROM person ORDER BY person"
        ).fetchall()


def add(store: SqliteStore, envelope: RequestEnvelope, **content: object) -> None:
    store.save_attributes(envelope, {**store.get_attributes(envelope), **content})


def script(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Another Python process; what it prints ends with `done` if it went well."""
    prelude = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from skill.store import SqliteStore, StaleAttributesError\n"
        "from tests.skill.test_store import add, launch\n"
    )
    return subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-W", "error", "-c", f"{prelude}{code}\nprint('done')", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        output, _ = process.communicate(timeout=60)
        assert output.splitlines()[-1:] == ["done"]
        assert process.returncode == 0


def test_it_is_what_the_sdk_calls_a_persistence_adapter(store: SqliteStore) -> None:
    assert isinstance(store, AbstractPersistenceAdapter)
    assert issubclass(StoreError, PersistenceException)
    assert issubclass(StaleAttributesError, StoreError)


def test_nobody_yet_is_version_0_and_nothing_else(store: SqliteStore) -> None:
    assert store.get_attributes(launch()) == {"version": 0}


def test_what_is_saved_is_read_back_with_the_next_version(store: SqliteStore) -> None:
    content = {"words": "Rückenübung 🧘", "half": "\ud83e", "sets": [1, 2.5, None, True], "nested": {"a": {}}}
    store.save_attributes(launch(), {"version": 0, **content})
    assert store.get_attributes(launch()) == {"version": 1, **content}
    store.save_attributes(launch(), {"version": 1, "words": "x"})
    assert store.get_attributes(launch()) == {"version": 2, "words": "x"}


def test_a_recognised_person_is_not_the_household(store: SqliteStore) -> None:
    add(store, launch("household"), who="somebody")
    add(store, launch("household", "ann"), who="ann")
    assert store.get_attributes(launch("household"))["who"] == "somebody"
    assert store.get_attributes(launch("household", "ann"))["who"] == "ann"
    assert store.get_attributes(launch("household", "bob")) == {"version": 0}


def test_the_session_names_the_user_where_the_context_does_not(store: SqliteStore) -> None:
    add(store, launch("household"), who="somebody")
    for context in (None, Context(), Context(system=SystemState(user=User()))):
        envelope = RequestEnvelope(context=context, session=Session(user=User(user_id="household")))
        assert store.get_attributes(envelope)["who"] == "somebody"


@pytest.mark.parametrize(
    "envelope", [RequestEnvelope(), launch(None), launch(""), RequestEnvelope(session=Session())]
)
def test_a_request_that_names_nobody_is_an_error(store: SqliteStore, envelope: RequestEnvelope) -> None:
    for act in (
        store.get_attributes,
        store.delete_attributes,
        lambda nobody: store.save_attributes(nobody, {"version": 0}),
    ):
        with pytest.raises(StoreError, match="neither a person nor a user"):
            act(envelope)


@pytest.mark.parametrize("version", [None, "1", -1, 2**70])
def test_attributes_without_a_usable_version_are_an_error(store: SqliteStore, version: object) -> None:
    with pytest.raises(StoreError):
        store.save_attributes(launch(), {"version": version})


def test_an_id_that_is_no_text_is_an_error(store: SqliteStore) -> None:
    with pytest.raises(StoreError, match="surrogates") as caught:
        store.get_attributes(launch("household \ud800"))
    assert "household" not in str(caught.value)


def test_one_person_is_deleted_alone(store: SqliteStore) -> None:
    add(store, launch("household", "ann"), who="ann")
    add(store, launch("household"), who="somebody")
    store.delete_attributes(launch("household", "ann"))
    assert store.get_attributes(launch("household", "ann")) == {"version": 0}
    assert store.get_attributes(launch("household"))["who"] == "somebody"
    store.delete_attributes(launch("household", "ann"))


def test_disabling_the_skill_deletes_everybody_of_the_household(store: SqliteStore) -> None:
    everybody = [launch("household", "ann"), launch("household", "bob"), launch("household")]
    for envelope in (*everybody, launch("neighbours", "eve")):
        add(store, envelope, who="x")
    store.delete_attributes(disabled("household"))
    assert [store.get_attributes(envelope) for envelope in everybody] == [{"version": 0}] * 3
    assert store.get_attributes(launch("neighbours", "eve"))["version"] == 1


@pytest.mark.parametrize("before", [0, 1])
def test_the_second_of_two_writers_is_told(opened: Callable[..., SqliteStore], before: int) -> None:
    first, second = opened(), opened()
    for _ in range(before):
        add(first, launch(), n=0)
    ours, theirs = first.get_attributes(launch()), second.get_attributes(launch())
    first.save_attributes(launch(), {**ours, "n": 1})
    with pytest.raises(StaleAttributesError):
        second.save_attributes(launch(), {**theirs, "n": 2})
    assert second.get_attributes(launch()) == {"version": before + 1, "n": 1}


def test_the_same_content_from_two_writers_is_a_conflict_still(opened: Callable[..., SqliteStore]) -> None:
    first, second = opened(), opened()
    for store in (first, second):
        assert store.get_attributes(launch()) == {"version": 0}
    first.save_attributes(launch(), {"version": 0, "n": 1})
    with pytest.raises(StaleAttributesError):
        second.save_attributes(launch(), {"version": 0, "n": 1})


def test_what_was_forgotten_meanwhile_does_not_come_back(store: SqliteStore) -> None:
    add(store, launch(), n=1)
    before = store.get_attributes(launch())
    store.delete_attributes(launch())
    with pytest.raises(StaleAttributesError):
        store.save_attributes(launch(), {**before, "n": 2})
    assert store.get_attributes(launch()) == {"version": 0}


def test_unchanged_content_keeps_its_version(store: SqliteStore, calendar: Calendar) -> None:
    store.save_attributes(launch(), {"a": 1, "b": 2, "version": 0})
    store.save_attributes(launch(), {"version": 1, "b": 2, "a": 1})
    calendar.passes(days=1)
    store.save_attributes(launch(), {"version": 1, "b": 2, "a": 1})
    assert store.get_attributes(launch())["version"] == 1


@pytest.mark.parametrize("is_read", [True, False])
def test_the_day_of_use_is_written_once_a_day(
    opened: Callable[..., SqliteStore], path: Path, calendar: Calendar, *, is_read: bool
) -> None:
    store = opened()
    add(store, launch(), n=1)
    calendar.passes(days=1)
    for _ in range(2):
        if is_read:
            store.get_attributes(launch())
        else:
            store.save_attributes(launch(), {"version": 1, "n": 1})
        assert rows(path) == [("household", "household", 1, "2026-11-24")]
        # From now on nothing can be written, and nothing needs to be.
        with raw(path) as other:
            other.execute(
                "CREATE TRIGGER IF NOT EXISTS no_more BEFORE UPDATE ON person "
                "BEGIN SELECT RAISE(FAIL, 'no more'); END"
            )


def test_a_year_unused_is_forgotten_at_the_start(
    opened: Callable[..., SqliteStore], path: Path, calendar: Calendar
) -> None:
    store = opened()
    add(store, launch("left"), n=1)
    calendar.passes(days=1)
    add(store, launch("stayed"), n=1)
    calendar.passes(days=365)
    opened()
    assert [person for person, *_ in rows(path)] == ["stayed"]


def test_a_year_unused_is_forgotten_by_a_service_that_runs_on(store: SqliteStore, calendar: Calendar) -> None:
    add(store, launch("left"), n=1)
    calendar.passes(days=300)
    add(store, launch("stayed"), n=1)
    calendar.passes(days=66)
    assert store.get_attributes(launch("left")) == {"version": 0}
    assert store.get_attributes(launch("stayed"))["n"] == 1


def test_the_file_is_the_owners_and_in_wal_mode(opened: Callable[..., SqliteStore], path: Path) -> None:
    store = opened()
    add(store, launch(), n=1)
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        assert stat.S_IMODE(name.stat().st_mode) == 0o600
    with raw(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_preparing_again_keeps_everything(opened: Callable[..., SqliteStore]) -> None:
    store = opened()
    add(store, launch(), n=1)
    store.prepare()
    assert opened().get_attributes(launch()) == {"version": 1, "n": 1}


def test_preparing_at_the_same_time_works_for_all(tmp_path: Path) -> None:
    code = "for line in sys.stdin:\n  SqliteStore(Path(line.strip())).prepare()\n  print('ready', flush=True)"
    processes = [script(code) for _ in range(2)]
    for number in range(25):
        for process in processes:
            assert process.stdin
            process.stdin.write(f"{tmp_path / str(number) / 'people.db'}\n")
            process.stdin.flush()
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
    finish(*processes)


def test_two_processes_lose_no_update(opened: Callable[..., SqliteStore], path: Path) -> None:
    store = opened()
    code = """
store = SqliteStore(Path(sys.argv[1]))
for _ in range(200):
    while True:
        found = store.get_attributes(launch())
        try:
            store.save_attributes(launch(), {**found, "n": found.get("n", 0) + 1})
            break
        except StaleAttributesError:
            pass
"""
    finish(script(code, path), script(code, path))
    assert store.get_attributes(launch()) == {"version": 400, "n": 400}


def test_a_forked_process_uses_a_connection_of_its_own(
    opened: Callable[..., SqliteStore], path: Path
) -> None:
    code = """
store = SqliteStore(Path(sys.argv[1]))
add(store, launch("before"), n=1)
inherited = store._connections.get()
if child := os.fork():
    assert os.waitpid(child, 0)[1] == 0
    add(store, launch("after"), n=1)
    assert store._connections.get() is inherited
    store.close()
else:
    add(store, launch("child"), n=1)
    assert store._connections.get() is not inherited
    store.close()
    inherited.execute("SELECT 1")  # still open, as it must be
    del inherited
    os._exit(0)
"""
    store = opened()
    finish(script(code, path))
    assert [person for person, *_ in rows(path)] == ["after", "before", "child"]
    assert store.get_attributes(launch("child"))["n"] == 1


def test_threads_do_not_share_a_connection_and_leave_none_behind(opened: Callable[..., SqliteStore]) -> None:
    store = opened()
    add(store, launch(), n=1)
    seen = []

    def work() -> None:
        add(store, launch(threading.current_thread().name), n=1)
        seen.append(id(store._connections.get()))
        together.wait()

    together = threading.Barrier(4)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(store._connections.get()), *seen}) == 5
    assert len(store._connections._leases) == 1


def test_closing_closes_what_other_threads_opened(opened: Callable[..., SqliteStore]) -> None:
    store = opened()
    connections = []
    is_open, is_closed = threading.Event(), threading.Event()

    def work() -> None:
        connections.append(store._connections.get())
        is_open.set()
        is_closed.wait(10)
        add(store, launch(), n=1)

    thread = threading.Thread(target=work)
    thread.start()
    assert is_open.wait(10)
    store.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connections[0].execute("SELECT 1")
    is_closed.set()
    thread.join()
    assert store.get_attributes(launch())["n"] == 1


def test_memory_is_shared_by_threads() -> None:
    with closing(SqliteStore.in_memory()) as store:

        def work() -> None:
            for _ in range(100):
                while True:
                    found = store.get_attributes(launch())
                    try:
                        store.save_attributes(launch(), {**found, "n": found.get("n", 0) + 1})
                        break
                    except StaleAttributesError:
                        continue

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.get_attributes(launch()) == {"version": 400, "n": 400}


def test_memories_are_apart() -> None:
    with closing(SqliteStore.in_memory()) as one, closing(SqliteStore.in_memory()) as other:
        add(one, launch(), n=1)
        assert other.get_attributes(launch()) == {"version": 0}


def test_a_closed_store_opens_again_when_used(opened: Callable[..., SqliteStore]) -> None:
    store = opened()
    add(store, launch(), n=1)
    store.close()
    store.close()
    assert store.get_attributes(launch())["n"] == 1


def test_a_locked_store_is_an_error_soon_and_can_still_be_read(
    opened: Callable[..., SqliteStore], path: Path, calendar: Calendar
) -> None:
    store = opened(busy_timeout_s=0.02)
    add(store, launch(), n=1)
    calendar.passes(days=1)
    with raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert store.get_attributes(launch()) == {"version": 1, "n": 1}
        acts: list[Callable[[], None]] = [
            lambda: store.save_attributes(launch(), {"version": 1, "n": 2}),
            lambda: store.delete_attributes(launch()),
            store.prepare,
        ]
        for act in acts:
            with pytest.raises(StoreError, match="locked") as caught:
                act()
            assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        assert time.monotonic() - started < 2
        other.execute("ROLLBACK")
    store.save_attributes(launch(), {"version": 1, "n": 2})


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7"])
def test_a_row_that_is_no_object_is_an_error_and_can_be_deleted(
    opened: Callable[..., SqliteStore], path: Path, text: str
) -> None:
    store = opened()
    add(store, launch(), n=1)
    with raw(path) as connection:
        connection.execute("UPDATE person SET attributes = ?", (text,))
    with pytest.raises(StoreError, match="a row does not hold"):
        store.get_attributes(launch())
    store.delete_attributes(launch())
    assert store.get_attributes(launch()) == {"version": 0}


def test_a_row_that_is_no_text_is_an_error(opened: Callable[..., SqliteStore], path: Path) -> None:
    store = opened()
    add(store, launch(), n=1)
    with raw(path) as connection:
        connection.execute("UPDATE person SET attributes = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoreError):
        store.get_attributes(launch())


def spoil_with_garbage(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 100)


def spoil_with_a_folder(path: Path) -> None:
    path.mkdir(parents=True)


def spoil_the_folder(path: Path) -> None:
    path.parent.write_text("a file", encoding="utf-8")


@pytest.mark.parametrize("spoil", [spoil_with_garbage, spoil_with_a_folder, spoil_the_folder])
def test_a_place_that_does_not_do_is_an_error(path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(path)
    store = SqliteStore(path)
    for act in (
        store.prepare,
        lambda: store.get_attributes(launch()),
        lambda: store.save_attributes(launch(), {"version": 0}),
        lambda: store.delete_attributes(launch()),
    ):
        with pytest.raises(StoreError, match=r"people\.db"):
            act()


def test_a_store_that_only_can_be_read_is_read(
    opened: Callable[..., SqliteStore], path: Path, calendar: Calendar
) -> None:
    store = opened()
    add(store, launch(), n=1)
    # File modes mean nothing to root: SQLite itself refuses to write.
    store._connections.get().execute("PRAGMA query_only = ON")
    calendar.passes(days=1)
    assert store.get_attributes(launch()) == {"version": 1, "n": 1}
    with pytest.raises(StoreError, match="readonly"):
        store.save_attributes(launch(), {"version": 1, "n": 2})
    with pytest.raises(StoreError, match="readonly"):
        store.delete_attributes(launch())
    assert [version for _, _, version, _ in rows(path)] == [1]


def test_a_store_that_was_not_prepared_is_an_error_and_makes_no_file(path: Path) -> None:
    path.parent.mkdir()
    with pytest.raises(StoreError, match="unable to open"):
        SqliteStore(path).get_attributes(launch())
    assert not path.exists()


def test_a_disk_without_wal_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # SQLite keeps a memory database in its own mode, as it does where a disk cannot share memory.
    store = SqliteStore(tmp_path / "people.db")
    with closing(SqliteStore.in_memory()) as memory:
        monkeypatch.setattr(store, "_open", memory._open)
        with pytest.raises(StoreError, match="journal mode stays memory, must be wal"):
            store.prepare()


def test_the_file_holds_nothing_of_what_was_deleted(opened: Callable[..., SqliteStore], path: Path) -> None:
    store = opened()
    add(store, launch(), secret="x" * 50)
    store.delete_attributes(launch())
    store.close()
    assert b"xxxxx" not in path.read_bytes()


def test_stored_text_is_plain_json_without_the_version(
    opened: Callable[..., SqliteStore], path: Path
) -> None:
    add(opened(), launch(), b=1, a="ü")
    with raw(path) as connection:
        (text,) = connection.execute("SELECT attributes FROM person").fetchone()
    assert json.loads(text) == {"a": "ü", "b": 1}


def test_the_day_is_the_machines_unless_told_otherwise(path: Path) -> None:
    store = SqliteStore(path)
    store.prepare()
    add(store, launch(), n=1)
    store.close()
    ((_, _, _, used_on),) = rows(path)
    assert abs(date.fromisoformat(used_on) - datetime.now(UTC).date()) <= timedelta(days=1)
