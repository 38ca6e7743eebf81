"""The service as its operator runs it, asked by curl; and rendering with no network at all."""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from skill.streams import version_of
from verify.conftest import NAMES, Sample
from verify.service import BIN, service
from verify.tools import tool

PLACES = 200
of_tracks = pytest.mark.parametrize("sample", NAMES, indirect=True)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with service(tmp_path_factory.mktemp("service")) as running:
        yield running.url


def curl(*words: str | Path) -> str:
    """What curl prints."""
    return tool("curl", "--silent", "--show-error", "--max-time", "30", *words).stdout


@of_tracks
def test_curl_fetches_breaks_off_and_goes_on(sample: Sample, address: str, tmp_path: Path) -> None:
    url = f"{address}/audio/en-US/{sample.name}.mp3?v={version_of(sample.session)}"
    whole = sample.path.read_bytes()
    part = tmp_path / "part.mp3"
    part.write_bytes(whole[:100_001])
    curl("--continue-at", "-", "--output", part, url)
    assert part.read_bytes() == whole
    shown = curl("--head", url).lower()
    assert f"content-length: {len(whole)}" in shown
    assert "accept-ranges: bytes" in shown
    status = curl("--output", tmp_path / "x", "--write-out", "%{http_code}", "--range", f"{len(whole)}-", url)
    assert status == "416"


@of_tracks
def test_two_hundred_places_are_the_slice_of_the_whole(sample: Sample, address: str, tmp_path: Path) -> None:
    whole = sample.path.read_bytes()
    choice = random.Random(11)
    url = f"{address}/audio/en-US/{sample.name}.mp3?v={version_of(sample.session)}"
    lines = []
    places = [choice.randrange(len(whole)) for _ in range(PLACES)]
    for number, start in enumerate(places):
        lines += [f'url = "{url}"', f'range = "{start}-"', f'output = "{tmp_path}/{number}"', "next"]
    config = tmp_path / "curl"
    config.write_text("\n".join(lines[:-1]), encoding="utf-8")
    curl("--config", config)
    for number, start in enumerate(places):
        assert (tmp_path / str(number)).read_bytes() == whole[start:]
        (tmp_path / str(number)).unlink()


@of_tracks
def test_a_player_seeks_over_http(sample: Sample, address: str, tmp_path: Path) -> None:
    """ffmpeg asks for a range of its own to begin in the middle."""
    url = f"{address}/audio/en-US/{sample.name}.mp3?v={version_of(sample.session)}"
    middle_s = sample.session.mp3.duration_ms // 2_000
    out = tmp_path / "middle.raw"
    tool("ffmpeg", "-v", "error", "-ss", str(middle_s), "-i", url, "-t", "5", "-f", "f32le", out)
    assert out.stat().st_size == 5 * 24_000 * 4


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare: cannot take the network away")
def test_a_session_is_rendered_without_any_network(tmp_path: Path, figures: list[str]) -> None:
    environ = {**os.environ, "GENTLE_BACK_CLIPS": str(tmp_path / "clips")}
    command = ["unshare", "--net", "--map-root-user", str(BIN / "gentle-back"), "export", "abdominal_brace"]
    began_s = time.monotonic()
    found = subprocess.run(  # noqa: S603
        [*command, "--repetitions", "3", "--out", str(tmp_path)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare failed" in found.stderr:
        pytest.skip(f"this machine does not let us: {found.stderr.strip()}")
    assert found.returncode == 0, found.stderr
    figures.append(f"without network: a session rendered in {time.monotonic() - began_s:.1f} s")
    assert tool("mp3val", tmp_path / "abdominal_brace-3-repetitions.mp3").stdout.count("WARNING") == 0
