import http.client
import json
import os
import shlex
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from intents.content import Content
from intents.grammar import Slot
from skill.settings import PREFIXES
from tests.actor import Actor
from tests.skill.service import (
    ROOT,
    USER_ID,
    Answer,
    Caller,
    Envelope,
    Post,
    authority,
    from_show,
    send,
    settings_with_amazon,
)

START_S = 15
WORKERS = 2
THREADS = 8
ROUNDS = 25


def command() -> list[str]:
    """The Procfile's web process, with the gunicorn that is installed beside this Python."""
    kind, _, line = (ROOT / "Procfile").read_text(encoding="utf-8").partition(":")
    name, *arguments = shlex.split(line)
    assert (kind, name) == ("web", "gunicorn")
    return [str(Path(sys.executable).parent / name), *arguments]


def environment(**settings: str) -> dict[str, str]:
    ours = (*PREFIXES, "DATABASE_URL", "PUBLIC_URL", "HOST", "PORT", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, **settings}


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def connected(port: int) -> Iterator[Post]:
    """One connection that stays open, as a load balancer's does."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:

        def post(body: bytes, headers: Mapping[str, str]) -> Answer:
            connection.request("POST", "/alexa", body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read())

        yield post


def answers(port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", "/alexa")
            return connection.getresponse().status == 405
    except ConnectionError:
        return False


class Service:
    """The service as its operator runs it."""

    def __init__(self, folder: Path, settings: Mapping[str, str], workers: int | None = WORKERS) -> None:
        self.workers = workers or 1
        self.database = folder / "people.db"
        self.log = folder / "log"
        self.port = free_port()
        environ = environment(
            **settings,
            DATABASE_URL=f"sqlite:///{self.database}",
            PORT=str(self.port),
            **({"WEB_CONCURRENCY": str(workers)} if workers else {}),
        )
        with self.log.open("wb") as log:
            # The Procfile's own words, and nothing else.
            self.process = subprocess.Popen(command(), cwd=ROOT, env=environ, stdout=log, stderr=log)  # noqa: S603

    def wait(self) -> None:
        deadline = time.monotonic() + START_S
        while self.log.read_text().count("Booting worker") < self.workers or not answers(self.port):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    @contextmanager
    def untroubled(self) -> Iterator[None]:
        """Whatever happens inside, no worker dies of it, and nothing is logged as a failure."""
        before = len(self.log.read_text())
        yield
        said = self.log.read_text()[before:]
        assert "Traceback" not in said
        assert "turn failed" not in said
        assert "Booting worker" not in said

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(START_S)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    with settings_with_amazon(folder) as amazon:
        found = Service(folder, amazon)
        try:
            found.wait()
            yield found
        finally:
            found.stop()
    assert found.process.returncode == 0, found.log.read_text()


@pytest.fixture
def post(service: Service) -> Iterator[Post]:
    with connected(service.port) as found:
        yield found


ROLLING: list[tuple[str, dict[str, str], str | None]] = [
    ("LaunchRequest", {}, "launch"),
    ("StartExerciseIntent", {"exercise": "back_rolling"}, "saddle"),
    ("AMAZON.NoIntent", {}, "legs"),
    ("AMAZON.NoIntent", {}, "fall"),
    ("AMAZON.NoIntent", {}, "chest"),
    ("AMAZON.NoIntent", {}, "illness"),
    ("AMAZON.NoIntent", {}, "pain"),
    ("RatePainIntent", {"score": "3"}, "pregnancy"),
    ("AMAZON.NoIntent", {}, "bones"),
    ("AMAZON.NoIntent", {}, "surface"),
    ("SurfaceIntent", {"surface": "floor"}, "page_check"),
    ("ReportPainIntent", {"change": "same"}, "rolling_today"),
    ("AMAZON.NoIntent", {}, "age_or_thinners"),
    ("AMAZON.NoIntent", {}, "page_check"),
    ("ReportPainIntent", {"change": "better"}, "rest_or_up"),
    ("GetUpIntent", {}, "are_you_up"),
    ("ReadyIntent", {}, None),
]
HEARD = {
    0: "not a doctor",
    1: "Eight questions first",
    10: "Toward you. And away.",
    13: "Chin in, back round, and. Back. Forward.",
    15: "like a log",
    16: "Bye",
}


def test_a_whole_session_of_rolling_has_its_words_its_pauses_and_its_end(
    service: Service, post: Post, content: Content
) -> None:
    caller = Caller(post, content.language("en-US"), user_id="amzn1.ask.account.ROLLER")
    actor = Actor(content)
    pauses_ms = []
    with service.untroubled():
        for number, (name, slots, question) in enumerate(ROLLING):
            answer = caller.asks(name, **slots)
            assert HEARD.get(number, "") in answer.words
            assert answer.attributes.get("question") == question, answer.words
            assert answer.is_open == (question is not None)
            # The same turn with its timeline, which does not go over HTTP.
            heard = {key: Slot(value=value, heard=value) for key, value in slots.items()}
            expected = actor.sends(name, heard).timeline
            assert expected is not None
            assert answer.pauses_ms == sum(cue.pause_ms for cue in expected.cues)
            pauses_ms.append(answer.pauses_ms)
    warm_up, rolling = pauses_ms[10], pauses_ms[13]
    assert warm_up > 25_000
    assert rolling > 10_000


def test_a_session_goes_on_whichever_worker_and_connection_it_meets(
    service: Service, content: Content
) -> None:
    with ExitStack() as stack:
        posts = [stack.enter_context(connected(service.port)) for _ in range(8)]
        caller = Caller(posts[0], content.language("en-US"), user_id="amzn1.ask.account.WANDERER")
        for number, (name, slots, question) in enumerate(ROLLING):
            caller.post = posts[number % len(posts)]
            assert caller.asks(name, **slots).attributes.get("question") == question


def test_a_body_in_chunks_is_verified_and_answered(service: Service) -> None:
    body = json.dumps(from_show({"type": "LaunchRequest"}, in_session=True)).encode()
    for sent, status in ((body, 200), (body[:-1], 400), (body + b" ", 400)):
        with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)) as connection:
            chunks = (sent[start : start + 500] for start in range(0, len(sent), 500))
            connection.request("POST", "/alexa", chunks, authority().headers(body), encode_chunked=True)
            response = connection.getresponse()
            assert response.status == status
            assert (response.read() == b"") == (status == 400)


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "longer than we read": b"Content-Length: 10000000\r\n\r\n" + b"x" * 300_000,
    "shorter than it says": b"Content-Length: 5\r\n\r\nhel",
    "of a length that is no number": b"Content-Length: five\r\n\r\nhello",
    "of a length below nothing": b"Content-Length: -1\r\n\r\n",
    "a chunk that is shorter than it says": CHUNKED + b"5\r\nhel",
    "a chunk that is longer than it says": CHUNKED + b"5\r\nhello, world\r\n0\r\n\r\n",
    "a chunk of a length that is no number": CHUNKED + b"five\r\nhello\r\n0\r\n\r\n",
}


@pytest.mark.parametrize(
    "sent",
    [pytest.param(sent, id=name) for name, sent in BROKEN.items()],
)
def test_a_broken_body_is_refused_and_troubles_nobody(service: Service, sent: bytes) -> None:
    body = json.dumps(from_show({"type": "LaunchRequest"}, in_session=True)).encode()
    headers = authority().headers(body).items()
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    answer = b""
    with service.untroubled():
        with closing(socket.create_connection(("127.0.0.1", service.port), timeout=10)) as connection:
            connection.sendall(f"POST /alexa HTTP/1.1\r\nHost: localhost\r\n{head}".encode() + sent)
            # An answer over a body that nobody reads to its end can be lost to a reset.
            with suppress(OSError), connection.makefile("rb") as stream:
                connection.shutdown(socket.SHUT_WR)
                answer = stream.read()
        assert not answer or answer.startswith(b"HTTP/1.1 400 ")
        assert answers(service.port)


def stored(database: Path) -> tuple[int, dict[str, Any]]:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT version, attributes FROM person WHERE person = ?"
        version, attributes = connection.execute(query, (USER_ID,)).fetchone()
    return version, json.loads(attributes)


def test_no_update_is_lost_when_one_person_is_everywhere_at_once(
    service: Service, post: Post, content: Content
) -> None:
    caller = Caller(post, content.language("en-US"))
    caller.is_cleared("knee_rocking")
    surface = caller.envelope("SurfaceIntent", surface="floor")

    def wishing(exercise: str, repetitions: int | None, is_briefed: bool) -> Envelope:  # noqa: FBT001 - from a product
        wish = {"exercise": exercise, "repetitions": repetitions}
        attributes = {**caller.attributes, "wish": wish, "briefed": is_briefed}
        return {**surface, "session": {**surface["session"], "attributes": attributes}}

    before = wishing("knee_rocking", None, is_briefed=False)
    # No two are alike, so that each changes what is stored even within a millisecond.
    wishes = product(("abdominal_brace", "knees_to_chest"), (None, 9999), (False, True))
    launch = from_show({"type": "LaunchRequest"}, in_session=True)
    everywhere = [launch, *(wishing(*wish) for wish in islice(wishes, THREADS - 1))]
    ready = threading.Barrier(THREADS)

    def at_once(own: Post, envelope: Envelope) -> Answer:
        body = json.dumps(envelope).encode()
        headers = authority().headers(body)
        ready.wait(START_S)
        return own(body, headers).check_spoken()

    with service.untroubled(), ThreadPoolExecutor(THREADS) as threads, ExitStack() as stack:
        posts = [stack.enter_context(connected(service.port)) for _ in range(THREADS)]
        for _ in range(ROUNDS):
            disabled = from_show({"type": "AlexaSkillEvent.SkillDisabled"}, in_session=False)
            send(post, disabled).check("AlexaSkillEvent.SkillDisabled")
            send(post, before).check_spoken()
            assert stored(service.database)[0] == 1
            given = list(threads.map(at_once, posts, everywhere))
            assert all(answer.is_open for answer in given)
            version, person = stored(service.database)
            assert version == 1 + THREADS
            assert person["met"], "the launch was lost"
            assert person["place"]["exercise"] != "knee_rocking", "all seven wishes were lost"


def test_a_start_with_broken_settings_ends_with_all_of_them_and_no_traceback(tmp_path: Path) -> None:
    environ = environment(
        PORT="eighty",
        GENTLE_BACK_COUNTRY="Narnia",
        DATABASE_URL=f"sqlite:///{tmp_path}/people.db",
        WEB_CONCURRENCY=str(WORKERS),
    )
    done = subprocess.run(  # noqa: S603 - the Procfile's own words
        command(), cwd=ROOT, env=environ, capture_output=True, text=True, timeout=START_S, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "PORT: is 'eighty'; must be a whole number between 1 and 65535" in said
    assert "GENTLE_BACK_COUNTRY: is 'Narnia'" in said
    assert "2 to mend" in said
    assert "Traceback" not in said


def test_conversations_by_text_go_on_over_every_connection(tmp_path: Path) -> None:
    """Without a word about workers there is one, which serves all in its threads."""
    service = Service(tmp_path, {}, workers=None)

    def says(text: str, conversation_id: str | None) -> dict[str, Any]:
        message = json.dumps({"text": text, "conversation_id": conversation_id})
        with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)) as connection:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/api/conversation/process", message, headers)
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        return found

    try:
        service.wait()
        with service.untroubled():
            conversation_id = says("guide me through rolling", None)["conversation_id"]
            asked = [says("no", conversation_id)["gentle_back"]["question"] for _ in range(5)]
    finally:
        service.stop()
    assert asked == ["legs", "fall", "chest", "illness", "pain"]
    assert service.log.read_text().count("Booting worker") == 1
