import json
import re
import shutil
import zlib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from audio.errors import ContentError
from intents.content import Content
from intents.reminders import PERMISSION
from skill import icon, package
from skill.commands import main
from skill.manifest import ICONS_PX, RULES, Parts, findings, icon_file, load_parts, manifest

ROOT = Path(__file__).parents[2]
URL = "https://back.example.org"
Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def parts() -> Parts:
    return load_parts()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what is committed."""
    shutil.copytree(ROOT / "skill-package", tmp_path / "skill-package")
    shutil.copy(ROOT / "ask-resources.json", tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner(mix_stderr=False).invoke(main, ["model", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout.splitlines()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


# --- generated files ---


def test_the_committed_files_are_current() -> None:
    assert run("--check", "--folder", str(ROOT)) == (0, ["9 files are current."])


def test_a_check_names_what_differs_and_changes_nothing(folder: Path) -> None:
    models = folder / package.MODELS
    (models / "en-GB.json").write_text("{}", encoding="utf-8")
    (models / "en-IN.json").unlink()
    (models / "xx-XX.json").write_text("{}", encoding="utf-8")
    before = contents(folder)
    assert run("--check", "--folder", str(folder)) == (
        1,
        [
            f"{package.MODELS}/en-GB.json: differs",
            f"{package.MODELS}/en-IN.json: missing",
            f"{package.MODELS}/xx-XX.json: is not generated",
        ],
    )
    assert contents(folder) == before


def test_writing_brings_everything_up_to_date(folder: Path) -> None:
    models = folder / package.MODELS
    (models / "en-GB.json").write_text("{}", encoding="utf-8")
    (models / "xx-XX.json").write_text("{}", encoding="utf-8")
    before = contents(ROOT / "skill-package")
    assert run("--folder", str(folder)) == (0, ["9 files, 2 of them new or changed."])
    assert contents(folder / "skill-package") == before


def test_an_empty_folder_gets_all_files(tmp_path: Path) -> None:
    assert run("--folder", str(tmp_path))[0] == 0
    assert run("--check", "--folder", str(tmp_path))[0] == 0


def test_the_public_address_is_set_once_and_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", URL)
    assert run("--check", "--folder", str(folder)) == (1, [f"{package.MANIFEST}: differs"])
    assert run("--folder", str(folder))[0] == 0
    monkeypatch.delenv("PUBLIC_URL")
    assert run("--check", "--folder", str(folder))[0] == 0
    found = json.loads((folder / package.MANIFEST).read_bytes())["manifest"]
    endpoint = {"uri": f"{URL}/alexa", "sslCertificateType": "Trusted"}
    assert found["apis"]["custom"]["endpoint"] == found["events"]["endpoint"] == endpoint
    assert found["privacyAndCompliance"]["locales"]["en-GB"] == {
        "privacyPolicyUrl": f"{URL}/privacy",
        "termsOfUseUrl": f"{URL}/terms",
    }


@pytest.mark.parametrize("there", ["", "{", "[]", '{"manifest": {"apis": {"custom": {}}}}'])
def test_a_manifest_without_an_address_has_none_to_keep(tmp_path: Path, there: str) -> None:
    (tmp_path / "skill-package").mkdir()
    (tmp_path / package.MANIFEST).write_text(there, encoding="utf-8")
    assert package.public_url_in(tmp_path) is None


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert run("--folder", str(tmp_path / "nowhere")) == (2, [])


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "skill-package").write_text("a file", encoding="utf-8")
    assert run("--folder", str(tmp_path)) == (2, [])


def test_broken_settings_are_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "back.example.org")
    assert run("--check", "--folder", str(ROOT)) == (2, [])


def test_no_text_of_the_store_has_a_place_to_fill_in(content: Content, parts: Parts) -> None:
    published = json.dumps(manifest(content, parts, URL)["manifest"]["publishingInformation"]["locales"])
    assert not re.search(r"{\w+}|TODO|example\.|<", published)


def test_amazons_tool_finds_the_package(folder: Path) -> None:
    resources = json.loads((folder / "ask-resources.json").read_bytes())
    src = resources["profiles"]["default"]["skillMetadata"]["src"]
    assert (folder / src / "skill.json").exists()


# --- icons ---


@pytest.mark.parametrize("side_px", ICONS_PX.values())
def test_icons_have_their_size_and_a_picture(side_px: int) -> None:
    png = (ROOT / package.FOLDER / icon_file(side_px)).read_bytes()
    width, height, rows = icon.pixels(png)
    assert (width, height, len(rows)) == (side_px, side_px, side_px * (3 * side_px + 1))
    middle = rows[side_px // 2 * (3 * side_px + 1) + 1 :][: 3 * side_px]
    assert len({middle[at : at + 3] for at in range(0, 3 * side_px, 3)}) > 3


def test_a_picture_is_the_same_however_it_is_compressed(folder: Path, content: Content, parts: Parts) -> None:
    path = folder / package.FOLDER / icon_file(108)
    _, _, rows = icon.pixels(path.read_bytes())
    png = path.read_bytes()
    start, end = png.index(b"IDAT"), png.index(b"IEND")
    packed = zlib.compress(rows, 1)
    chunk = (
        len(packed).to_bytes(4, "big") + b"IDAT" + packed + zlib.crc32(b"IDAT" + packed).to_bytes(4, "big")
    )
    path.write_bytes(png[: start - 4] + chunk + png[end - 4 :])
    files = package.build(content, parts, None)
    assert package.differences(folder, files) == []
    path.write_bytes(png[:-20])
    assert package.differences(folder, files) == [f"{package.FOLDER}/{icon_file(108)}: differs"]


@pytest.mark.parametrize("data", [b"", b"GIF89a", icon.SIGNATURE, icon.SIGNATURE + b"\0\0\0"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="PNG"):
        icon.pixels(data)


# --- what the manifest declares ---


def test_players_and_pictures_are_declared_by_one_switch(content: Content, parts: Parts) -> None:
    assert manifest(content, parts, URL)["manifest"]["apis"]["custom"]["interfaces"] == [
        {"type": "AUDIO_PLAYER"}
    ]
    silent = parts.model_copy(update={"interfaces": ()})
    assert manifest(content, silent, URL)["manifest"]["apis"]["custom"]["interfaces"] == []


def test_the_permission_that_is_asked_for_is_declared(parts: Parts) -> None:
    assert parts.permissions == (PERMISSION,)


def test_disabling_is_subscribed_to_because_it_deletes(content: Content, parts: Parts) -> None:
    events = manifest(content, parts, URL)["manifest"]["events"]
    assert events["subscriptions"] == [{"eventName": "SKILL_DISABLED"}]


def test_slips_in_the_parts_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    text = (ROOT / "skill" / "manifest.toml").read_text(encoding="utf-8")
    path.write_text(text.replace('"US"', '"us"').replace("AUDIO_PLAYER", "RADIO"), "utf-8")
    with pytest.raises(ContentError) as caught:
        load_parts(path)
    assert [problem.partition(": ")[2].partition(":")[0] for problem in caught.value.problems] == [
        "countries.0",
        "interfaces.0",
    ]


# --- what the store takes ---


def broken(found: Manifest, content: Content) -> dict[str, str]:
    hears = content.understanding("en-US").read
    return {
        finding.rule: finding.what
        for finding in findings(
            found,
            invocations=dict.fromkeys(found["manifest"]["publishingInformation"]["locales"], "gentle back"),
            hears=lambda _, said: hears(said).intent,
        )
    }


@pytest.mark.parametrize("url", [None, URL])
def test_the_store_takes_the_manifest(content: Content, parts: Parts, url: str | None) -> None:
    assert broken(manifest(content, parts, url), content) == {}


ENGLISH = "publishingInformation.locales.en-GB"
LINKS = "privacyAndCompliance.locales.en-GB"
OPEN, ASK = "Alexa, open gentle back", "Alexa, ask gentle back to "
SENTENCE = (
    "This is not medical advice: it does not diagnose, is no substitute for a doctor, "
    "and in an emergency call your emergency number."
)
# Rule, where, what breaks it there, and the nearest thing that does not.
CASES: list[tuple[str, str, object, object]] = [
    ("manifest-version", "manifestVersion", "1.1", "1.0"),
    ("endpoint", "apis.custom.endpoint.uri", "http://back.example.org/alexa", "https://b.example.org/alexa"),
    ("endpoint", "events.endpoint.uri", "arn:aws:x", "https://b.example.org/alexa"),
    ("category", "publishingInformation.category", "GAMES", "EXERCISE_AND_WORKOUT"),
    ("name", f"{ENGLISH}.name", "Gentle Alexa", "Gentler Back"),
    ("name", f"{ENGLISH}.name", "b" * 51, "b" * 50),
    ("texts", f"{ENGLISH}.summary", "b" * 161, "b" * 160),
    ("texts", f"{ENGLISH}.description", SENTENCE + "b" * 4000, SENTENCE + "b" * 3000),
    ("texts", f"{ENGLISH}.keywords", ["back"] * 31, ["back"] * 30),
    ("texts", f"{ENGLISH}.keywords", ["b" * 151], ["b" * 150]),
    ("texts", "publishingInformation.testingInstructions", "", None),
    ("disclaimer", f"{ENGLISH}.description", SENTENCE.replace("not medical", "good"), SENTENCE),
    ("no-promises", f"{ENGLISH}.summary", "A safe cure for backs", "A manicure for saved backs"),
    ("no-promises", f"{ENGLISH}.keywords", ["heal your back"], ["health"]),
    ("testing", "publishingInformation.testingInstructions", "Just talk to it.", None),
    ("privacy", "privacyAndCompliance.usesHealthInfo", True, False),
    ("privacy", "privacyAndCompliance.isChildDirected", True, False),
    ("privacy", f"{LINKS}.privacyPolicyUrl", "http://b.example.org", "https://b.example.org/p"),
    ("privacy", LINKS, {}, None),
    ("examples", f"{ENGLISH}.examplePhrases", [], [OPEN]),
    ("examples", f"{ENGLISH}.examplePhrases", [OPEN] * 4, [OPEN] * 3),
    ("examples", f"{ENGLISH}.examplePhrases", ["open gentle back"], [OPEN]),
    ("examples", f"{ENGLISH}.examplePhrases", [OPEN, ASK + "sing"], [OPEN, ASK + "help me up"]),
    ("examples", f"{ENGLISH}.examplePhrases", [OPEN, "Alexa, help me up"], [OPEN, ASK + "rest"]),
    ("examples", f"{ENGLISH}.examplePhrases", [OPEN, ASK + "help me up, " * 20], [OPEN]),
]


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case[0]} {number}") for number, case in enumerate(CASES)]
)
def test_a_rule_refuses_what_breaks_it_and_takes_what_is_near(
    content: Content, parts: Parts, case: tuple[str, str, object, object]
) -> None:
    rule, path, bad, near = case
    good = manifest(content, parts, URL)

    def with_value(value: object) -> Manifest:
        found = deepcopy(good)
        *keys, last = path.split(".")
        inner = found["manifest"]
        for key in keys:
            inner = inner[key]
        inner[last] = value
        return found

    assert rule in broken(with_value(bad), content)
    if near is not None:
        assert broken(with_value(near), content) == {}


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} == {*RULES, "examples"}


@pytest.mark.parametrize(
    ("locale", "third"), [(locale, "Alexa, ask gentle back to help me up") for locale in ("en-US", "en-IN")]
)
def test_the_third_example_is_help_me_up(content: Content, parts: Parts, locale: str, third: str) -> None:
    found = manifest(content, parts, None)["manifest"]["publishingInformation"]["locales"][locale]
    assert found["examplePhrases"][2] == third


def test_a_finding_names_file_and_rule(content: Content, parts: Parts) -> None:
    wrong = parts.model_copy(update={"category": "GAMES"})
    (found,) = package.findings(content, wrong, package.build(content, wrong, None))
    assert str(found).startswith("skill.json: category: is 'GAMES'; must be one of EXERCISE_AND_WORKOUT")
    assert str(found).endswith("[category]")
