"""Sessions as files: putting together, first byte, many listeners, rendering."""

import asyncio
import http.client
import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from pydub import AudioSegment

from audio.clips import assemble, recording_of, recordings_of
from audio.engines import make_engine
from audio.mp3 import FRAME_MS, LEAD_FRAMES, SILENCE, TAIL_FRAMES
from intents.content import Content, load_content
from intents.tracks import all_tracks, track_lines
from skill.clips import ClipStore
from skill.library import Library
from skill.rendering import render
from skill.settings import read_settings
from skill.streams import address_of
from verify.service import service

LOCALE, NAME = "en-US", "knee_rocking/10min-100"
ROUNDS = 5
LISTENERS, LISTEN_S = 200, 30
BYTES_PER_S = 6_000  # 48 kbit/s
_BUFFER_BYTES = 16_384  # so that a slow listener is slow for the server, too, not only for the kernel
Row = tuple[str, str]


def main() -> None:
    """Measure everything once and print it."""
    content, store = load_content(), ClipStore(read_settings(os.environ).clips)
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            *assembly(content, store, Path(folder)),
            *rendering(content, Path(folder)),
            *serving(content, store, Path(folder)),
        ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")


def assembly(content: Content, store: ClipStore, folder: Path) -> Iterator[Row]:
    """A session of ten minutes from clips that lie on disk, three ways."""
    lines = track_lines(all_tracks(content.numbers)[NAME], content.numbers, content.language(LOCALE))
    voice = store.voice(LOCALE) or ""
    clips = {found: clip for found in recordings_of(lines) if (clip := store.read(found.address(voice)))}
    session = assemble(lines, clips)
    yield "session", f"{NAME}, {session.mp3.duration_ms / 1000:.1f} s, {len(session.timeline.cues)} cues"

    # A millisecond is over before somebody else's turn comes, or it is not: only many rounds tell.
    ours = seconds(lambda: sum(len(chunk) for chunk in assemble(lines, clips).mp3.read()), rounds=101)
    # The same stretches for both others: each clip with the silence that follows it, as a file on disk.
    listing = folder / "list.txt"
    names: dict[bytes, Path] = {}
    written = []
    for cue, line in zip(session.timeline.cues, lines, strict=True):
        if recording := recording_of(line):
            clip = clips[recording]
            whole = clip.frames + LEAD_FRAMES + TAIL_FRAMES
            data = clip.data + SILENCE * max(0, round(cue.length_ms / FRAME_MS) - whole)
            path = names.setdefault(data, folder / f"{len(names)}.mp3")
            path.write_bytes(data)
            written.append(path)
    listing.write_text("".join(f"file '{path}'\n" for path in written), encoding="utf-8")
    copied = ["ffmpeg", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", str(listing)]
    copied += ["-c", "copy", "-write_xing", "0", str(folder / "copy.mp3")]
    copying = seconds(lambda: subprocess.run(copied, check=True))  # noqa: S603
    segments = {path: AudioSegment.from_mp3(path) for path in names.values()}

    def by_pydub() -> None:
        joined = AudioSegment.empty()
        for path in written:
            joined += segments[path]
        joined.export(folder / "pydub.mp3", format="mp3", bitrate="48k")

    pydub = seconds(by_pydub, rounds=2)
    yield "put together by us", f"{ours * 1000:.2f} ms"
    yield "ffmpeg concat, -c copy", f"{copying * 1000:.0f} ms: {copying / ours:.0f} times as long"
    yield "pydub, += and export", f"{pydub * 1000:.0f} ms: {pydub / ours:.0f} times as long"


def rendering(content: Content, folder: Path) -> Iterator[Row]:
    """The embedded voice, from text to a clip on disk, on one core."""
    lines = track_lines(
        all_tracks(content.numbers)["abdominal_brace/start-100"], content.numbers, content.language(LOCALE)
    )
    engine = make_engine("embedded", LOCALE)
    began, used = time.perf_counter(), time.process_time()
    report = render(recordings_of(lines), engine, 1.0, ClipStore(folder / "clips"))
    took, worked = time.perf_counter() - began, time.process_time() - used
    sound_s = report.sound_ms / 1000
    yield (
        "rendering",
        f"{report.made} clips at {sound_s / took:.1f} times real time ({sound_s / worked:.1f} by CPU time)",
    )


def serving(content: Content, store: ClipStore, folder: Path) -> Iterator[Row]:
    """The Procfile's gunicorn: first byte, and many listeners at the pace of the music."""
    with service(folder) as running:
        port, pid = running.port, running.process
        session = Library(content, store).find(LOCALE, NAME)
        if session is None:
            raise SystemExit(f"{NAME} is not rendered whole: run `make clips`")
        path = address_of(LOCALE, all_tracks(content.numbers)[NAME], session)
        for name, header in (("whole", {}), ("range", {"Range": "bytes=1000000-"})):
            took = sorted(first_byte_s(port, path, header) for _ in range(200))
            yield (
                f"first byte, {name}",
                f"median {statistics.median(took) * 1000:.2f} ms, 95th percentile {took[189] * 1000:.2f} ms",
            )
        before = memory_mb(pid)
        late, worst_s, during = asyncio.run(listen(port, path, pid))
        yield (
            f"{LISTENERS} listeners for {LISTEN_S} s",
            f"{late} ran dry; longest wait for data {worst_s:.2f} s",
        )
        yield (
            "memory of master and workers (PSS)",
            f"{before:.0f} MB before, {during[0]:.0f} at the start, {during[-1]:.0f} at the end",
        )


def first_byte_s(port: int, path: str, headers: dict[str, str]) -> float:
    """From a connection that stands to the first byte of the body."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.connect()
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        connection.getresponse().read(1)
        return time.perf_counter() - began


async def listen(port: int, path: str, pid: int) -> tuple[int, float, list[float]]:
    """How many listeners ran dry, the longest wait of any, and the memory meanwhile.

    A listener reads as a player does: three seconds at once, then as fast as it plays.
    """
    loop = asyncio.get_running_loop()
    waits: list[float] = []

    async def one() -> bool:
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        peer.setblocking(False)  # noqa: FBT003 - the library's
        with closing(peer):
            await loop.sock_connect(peer, ("127.0.0.1", port))
            await loop.sock_sendall(
                peer, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                head += await loop.sock_recv(peer, 1_024)
            if b" 200 " not in head.partition(b"\r\n")[0]:
                return False
            got, began, buffered_s = 0, time.monotonic(), 3.0
            while (played_s := time.monotonic() - began) < LISTEN_S:
                ahead_s = got / BYTES_PER_S - played_s
                if ahead_s > buffered_s:
                    await asyncio.sleep(ahead_s - buffered_s)
                    continue
                asked = time.monotonic()
                data = await loop.sock_recv(peer, 4_096)
                waits.append(time.monotonic() - asked)
                if not data:
                    return False
                got += len(data)
                if got > buffered_s * BYTES_PER_S and got / BYTES_PER_S < time.monotonic() - began:
                    return False
            return True

    async def watch() -> list[float]:
        found = []
        for _ in range(5):
            await asyncio.sleep(LISTEN_S / 5 - 0.5)
            found.append(await asyncio.to_thread(memory_mb, pid))
        return found

    watching = asyncio.create_task(watch())
    kept = await asyncio.gather(*(one() for _ in range(LISTENERS)))
    return kept.count(False), max(waits), await watching


def memory_mb(pid: int) -> float:
    """Proportional memory of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    kilobytes = 0
    for process in (str(pid), *children):
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
        kilobytes += int(text.partition("\nPss:")[2].split()[0])
    return kilobytes / 1_024


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of some rounds."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


if __name__ == "__main__":
    main()
