"""Rules broken on purpose (mutations.toml): a test must see each. Minutes long, so only with CI=1."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
Mutation = Mapping[str, str]
MUTATIONS: dict[str, Mutation] = tomllib.loads(
    (Path(__file__).parent / "mutations.toml").read_text(encoding="utf-8")
)
COPIED = ("audio", "intents", "skill", "tests", "pyproject.toml")
AT_ONCE = 2
FAILED, PASSED = 1, 0


def copy_to(folder: Path) -> Path:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / name)
    return folder


def run(folder: Path, test: str) -> int:
    """The exit status of a test in a copy: 0 passed, 1 failed; anything else means that it did not run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "PYTEST", "COV"))}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", test]
    found = subprocess.run(  # noqa: S603 - our own tests
        command,
        cwd=folder,
        env={**kept, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        timeout=300,
    )
    return found.returncode


def mutate(folder: Path, mutation: Mutation) -> None:
    path = folder / mutation["file"]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(mutation["old"], mutation["new"]), encoding="utf-8")


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_fits_the_code(name: str) -> None:
    found = MUTATIONS[name]
    text = (ROOT / found["file"]).read_text(encoding="utf-8")
    assert text.count(found["old"]) == 1, f"{found['file']} has changed: choose another text to break"
    assert found["old"] != found["new"]
    assert (ROOT / found["seen_by"].partition("::")[0]).is_file()


@pytest.mark.skipif(not os.environ.get("CI"), reason="minutes long; with CI=1")
def test_every_mutation_is_seen(tmp_path: Path, record_property: Callable[[str, Any], None]) -> None:
    def judge(number: int, test: str, mutation: Mutation | None) -> int:
        folder = tmp_path / str(number)
        folder.mkdir()
        copy_to(folder)
        if mutation:
            mutate(folder, mutation)
        status = run(folder, test)
        shutil.rmtree(folder)
        return status

    tests = sorted({found["seen_by"] for found in MUTATIONS.values()})
    jobs = [(None, test) for test in tests] + [(name, found["seen_by"]) for name, found in MUTATIONS.items()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = pool.map(
            lambda job: judge(job[0], job[1][1], MUTATIONS[job[1][0]] if job[1][0] else None), enumerate(jobs)
        )
        results = dict(zip(jobs, statuses, strict=True))
    assert not [test for (name, test), status in results.items() if name is None and status != PASSED]
    unseen = {name: status for (name, _), status in results.items() if name and status != FAILED}
    assert not unseen
    record_property("mutations, each seen by the test that it names", len(MUTATIONS))
