import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_data_file_is_in_the_package() -> None:
    """An editable install finds files that a wheel would lack."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packed = {
        path
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for path in (ROOT / package).glob(pattern)
    }
    packages = {ROOT / name.replace(".", "/") for name in setuptools["packages"]}
    for top in ("audio", "intents", "skill"):
        for path in (ROOT / top).rglob("*"):
            if path.is_file() and path.suffix not in {".py", ".pyc", ".md"}:
                assert path in packed, f"{path.relative_to(ROOT)} would not be installed"
            if path.suffix == ".py":
                assert path.parent in packages, f"{path.relative_to(ROOT)} would not be installed"


def test_no_file_names_a_place_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    for name in listed.split():
        text = (ROOT / name).read_bytes()
        for place in (b"/ho" + b"me/", b"/ro" + b"ot/", b"/wo" + b"rk/"):
            assert place not in text, f"{name} names {place.decode()}"
