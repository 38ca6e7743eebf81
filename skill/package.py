"""The skill package for Amazon's command-line tool: made from content and settings, written, or compared."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from intents import model_rules
from intents.content import Content
from intents.model import interaction_model
from intents.model_rules import Finding
from skill import icon
from skill import manifest as manifests
from skill.manifest import Parts

FOLDER = "skill-package"
MANIFEST = f"{FOLDER}/{manifests.FILE}"
MODELS = f"{FOLDER}/interactionModels/custom"
RESOURCES = "ask-resources.json"
# The version is the tool's (ask-cli 2.30.7). It deploys no code: the service is ours.
_RESOURCES = {
    "askcliResourcesVersion": "2020-03-31",
    "profiles": {"default": {"skillMetadata": {"src": f"./{FOLDER}"}}},
}


def build(content: Content, parts: Parts, public_url: str | None) -> dict[str, bytes]:
    """Every generated file by its path below the project's folder."""
    models = {
        f"{MODELS}/{locale}.json": interaction_model(words, locale)
        for words in content.languages.values()
        for locale in words.locales
    }
    files: dict[str, Any] = {
        RESOURCES: _RESOURCES,
        MANIFEST: manifests.manifest(content, parts, public_url),
        **models,
    }
    return {
        **{path: _json(data) for path, data in files.items()},
        **{f"{FOLDER}/{manifests.icon_file(px)}": icon.draw(px) for px in manifests.ICONS_PX.values()},
    }


def findings(content: Content, parts: Parts, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """What the platform would refuse in the generated files."""
    invocations = {
        locale: words.invocation for words in content.languages.values() for locale in words.locales
    }
    yield from manifests.findings(
        json.loads(files[MANIFEST]),
        invocations=invocations,
        hears=lambda locale, said: content.understanding(locale).read(said).intent,
    )
    for path, data in files.items():
        if path.startswith(MODELS):
            short = path.removeprefix(f"{FOLDER}/")
            plays_audio = "AUDIO_PLAYER" in parts.interfaces
            yield from model_rules.findings(short, json.loads(data), plays_audio=plays_audio)


def public_url_in(folder: Path) -> str | None:
    """The public address in the manifest that is there, None if there is none or it has none.

    Whoever publishes keeps it in the committed file, so that generating anew needs no setting.
    """
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        uri = found["manifest"]["apis"]["custom"]["endpoint"]["uri"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return uri.removesuffix("/alexa") if isinstance(uri, str) else None


def differences(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """One line for each file that is missing, differs, or is not generated any more."""
    found = []
    for path, data in files.items():
        try:
            there = (folder / path).read_bytes()
        except OSError:
            found.append(f"{path}: missing")
            continue
        if not _same(path, there, data):
            found.append(f"{path}: differs")
    return found + [f"{path}: is not generated" for path in _stale(folder, files)]


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write every file, and delete models that are not generated any more.

    Raises:
        OSError: If a file cannot be written.
    """
    for path, data in files.items():
        target = folder / path
        if target.exists() and _same(path, target.read_bytes(), data):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for path in _stale(folder, files):
        (folder / path).unlink()


def _stale(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    there = (path.relative_to(folder).as_posix() for path in sorted((folder / MODELS).glob("*.json")))
    return [path for path in there if path not in files]


def _same(path: str, one: bytes, other: bytes) -> bool:
    """Whether two files say the same; pictures may be compressed by another zlib."""
    if one == other or not path.endswith(".png"):
        return one == other
    try:
        return icon.pixels(one) == icon.pixels(other)
    except ValueError:
        return False


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()
