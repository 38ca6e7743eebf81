"""The skill manifest, `skill.json`, and what Alexa's store takes as one.

Sources: the Skill Management API's specification (npm ask-smapi-model 1.24.0, spec.json), the functional
tests and the policy for custom skills.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from audio.content import Data, Many, read_toml, validate
from audio.errors import ContentError
from intents.content import DEFAULT_LOCALE, Content
from intents.model_rules import Finding
from intents.shapes import Language
from intents.understand import FALLBACK

HERE = Path(__file__).parent
FILE = "skill.json"
ICONS_PX = {"small": 108, "large": 512}
DISCLAIMER_SAYS = ("not medical advice", "diagnose", "substitute", "doctor", "emergency number")
"""What reviewers look for in the description of a skill about health."""
CATEGORIES = frozenset({"HEALTH_AND_FITNESS", "EXERCISE_AND_WORKOUT", "SELF_IMPROVEMENT"})
"""Those of the store that suit us; the specification has free text here."""
NOT_IN_A_NAME = frozenset({"alexa", "echo", "amazon", "computer", "skill"})
NEVER_SAY = re.compile(r"\b(cures?|heals?|fix(es)?|safe(ly)?|guaranteed?|risk-free)\b", re.IGNORECASE)

MAX_SUMMARY, MAX_TEXT, MAX_NAME, MAX_EXAMPLE, MAX_KEYWORD = 160, 4000, 50, 200, 150
MAX_EXAMPLES, MAX_KEYWORDS = 3, 30

Interface = Literal["AUDIO_PLAYER", "ALEXA_PRESENTATION_APL"]
Permission = Literal["alexa::alerts:reminders:skill:readwrite"]
Event = Literal["SKILL_ENABLED", "SKILL_DISABLED", "SKILL_PERMISSION_ACCEPTED", "SKILL_PERMISSION_CHANGED"]


class Privacy(Data):
    """The manifest's own members, under its own names."""

    allowsPurchases: bool  # noqa: N815 - Amazon's name, as are the next ones
    usesPersonalInfo: bool  # noqa: N815
    isChildDirected: bool  # noqa: N815
    isExportCompliant: bool  # noqa: N815
    containsAds: bool  # noqa: N815
    usesHealthInfo: bool  # noqa: N815


class Parts(Data):
    """What stands in manifest.toml."""

    category: str
    countries: Annotated[Many[Annotated[str, Field(pattern="^[A-Z]{2}$")]], Field(min_length=1)]
    interfaces: Many[Interface]
    permissions: Many[Permission]
    events: Many[Event]
    certificate: Literal["Trusted", "Wildcard"]
    privacy: Privacy


def load_parts(path: Path = HERE / "manifest.toml") -> Parts:
    """Read manifest.toml.

    Raises:
        ContentError: With every problem.
    """
    problems: list[str] = []
    data = read_toml(path, problems)
    parts = None if problems else validate(TypeAdapter(Parts), data, "skill/manifest.toml", problems)
    if parts is None:
        raise ContentError(problems)
    return parts


def manifest(content: Content, parts: Parts, public_url: str | None) -> dict[str, Any]:
    """The manifest; without a public address it has no endpoint, no events and no links to pages."""
    spoken = {locale: words for words in content.languages.values() for locale in words.locales}
    default = content.language(DEFAULT_LOCALE)
    custom: dict[str, Any] = {"interfaces": [{"type": name} for name in parts.interfaces]}
    found: dict[str, Any] = {
        "manifestVersion": "1.0",
        "publishingInformation": {
            "category": parts.category,
            "isAvailableWorldwide": False,
            "distributionCountries": list(parts.countries),
            "distributionMode": "PUBLIC",
            "testingInstructions": _filled(default.store.testing, default),
            "locales": {locale: _published(words) for locale, words in spoken.items()},
        },
        "privacyAndCompliance": parts.privacy.model_dump(),
        "permissions": [{"name": name} for name in parts.permissions],
        "apis": {"custom": custom},
    }
    if public_url:
        endpoint = {"uri": f"{public_url}/alexa", "sslCertificateType": parts.certificate}
        custom["endpoint"] = endpoint
        subscriptions = [{"eventName": name} for name in parts.events]
        found["events"] = {"endpoint": endpoint, "subscriptions": subscriptions}
        links = {"privacyPolicyUrl": f"{public_url}/privacy", "termsOfUseUrl": f"{public_url}/terms"}
        found["privacyAndCompliance"]["locales"] = dict.fromkeys(spoken, links)
    return {"manifest": found}


def _published(words: Language) -> dict[str, Any]:
    store = words.store
    return {
        "name": store.name,
        "summary": store.summary,
        "description": _filled(store.description, words) + "\n\n" + store.disclaimer,
        "examplePhrases": [_filled(example, words) for example in store.examples],
        "keywords": list(store.keywords),
        **{f"{size}IconUri": f"file://{icon_file(px)}" for size, px in ICONS_PX.items()},
    }


def icon_file(side_px: int) -> str:
    """Where an icon lies in the skill package."""
    return f"assets/images/icon_{side_px}.png"


def _filled(text: str, words: Language) -> str:
    return text.replace("{invocation}", words.invocation).strip()


# --- what the store takes ---


def findings(
    content: Mapping[str, Any], *, invocations: Mapping[str, str], hears: Callable[[str, str], str]
) -> Iterator[Finding]:
    """Everything that breaks a rule in a manifest.

    Args:
        content: The whole file.
        invocations: The invocation name by locale.
        hears: The intent of an utterance in a locale.
    """
    found = content["manifest"]
    for rule, check in RULES.items():
        yield from (Finding(FILE, rule, what) for what in check(found))
    for locale, words in found["publishingInformation"]["locales"].items():
        for what in _examples(words["examplePhrases"], invocations[locale], partial(hears, locale)):
            yield Finding(FILE, "examples", f"{locale}: {what}")


def _examples(phrases: list[str], invocation: str, hears: Callable[[str], str]) -> Iterator[str]:
    """The first opens the skill; each is in a supported form and is understood word for word."""
    if not 1 <= len(phrases) <= MAX_EXAMPLES:
        yield f"has {len(phrases)} example phrases; must have 1 to {MAX_EXAMPLES}"
    if phrases and phrases[0] != f"Alexa, open {invocation}":
        yield f"{phrases[0]!r}: the first must be 'Alexa, open {invocation}'"
    form = re.compile(rf"Alexa, (?:open {invocation}|(?:ask|tell) {invocation} (?:to|for|about) (.+))")
    for phrase in phrases:
        if len(phrase) > MAX_EXAMPLE:
            yield f"{phrase!r}: has {len(phrase)} characters; must be at most {MAX_EXAMPLE}"
        if (match := form.fullmatch(phrase)) is None:
            yield f"{phrase!r}: must open {invocation}, or ask it to, for or about something"
        elif match[1] and hears(match[1]) == FALLBACK:
            yield f"{phrase!r}: is not understood"


def _texts(found: Mapping[str, Any]) -> Iterator[str]:
    published = found["publishingInformation"]
    yield from _too_long("testingInstructions", published["testingInstructions"], MAX_TEXT)
    for locale, words in published["locales"].items():
        yield from _too_long(f"{locale}: summary", words["summary"], MAX_SUMMARY)
        yield from _too_long(f"{locale}: description", words["description"], MAX_TEXT)
        for keyword in words["keywords"]:
            yield from _too_long(f"{locale}: keyword {keyword!r}", keyword, MAX_KEYWORD)
        if len(words["keywords"]) > MAX_KEYWORDS:
            yield f"{locale}: has {len(words['keywords'])} keywords; must have at most {MAX_KEYWORDS}"


def _too_long(what: str, text: str, most: int) -> Iterator[str]:
    if not 1 <= len(text) <= most:
        yield f"{what}: has {len(text)} characters; must have 1 to {most}"


def _name(found: Mapping[str, Any]) -> Iterator[str]:
    for locale, words in found["publishingInformation"]["locales"].items():
        name = words["name"]
        if not 2 <= len(name) <= MAX_NAME:  # noqa: PLR2004 - the specification's
            yield f"{locale}: name {name!r}: must have 2 to {MAX_NAME} characters"
        if taken := NOT_IN_A_NAME & set(name.lower().split()):
            yield f"{locale}: name {name!r}: must not have {', '.join(sorted(taken))}"


def _disclaimer(found: Mapping[str, Any]) -> Iterator[str]:
    for locale, words in found["publishingInformation"]["locales"].items():
        for needed in DISCLAIMER_SAYS:
            if needed not in words["description"]:
                yield f"{locale}: description: must say {needed!r}, as a skill about health"


def _promises(found: Mapping[str, Any]) -> Iterator[str]:
    for locale, words in found["publishingInformation"]["locales"].items():
        for key in ("name", "summary", "description"):
            if match := NEVER_SAY.search(words[key]):
                yield f"{locale}: {key}: promises too much: {match[0]!r}"
        for keyword in words["keywords"]:
            if NEVER_SAY.search(keyword):
                yield f"{locale}: keyword {keyword!r}: promises too much"


def _testing(found: Mapping[str, Any]) -> Iterator[str]:
    said = "asks suitability questions before movement; answers are used at once and not kept"
    if said not in found["publishingInformation"]["testingInstructions"]:
        yield f"testingInstructions: must say {said!r}"


def _version(found: Mapping[str, Any]) -> Iterator[str]:
    if found["manifestVersion"] != "1.0":
        yield f"manifestVersion: is {found['manifestVersion']!r}; must be '1.0'"


def _category(found: Mapping[str, Any]) -> Iterator[str]:
    category = found["publishingInformation"]["category"]
    if category not in CATEGORIES:
        yield f"category: is {category!r}; must be one of {', '.join(sorted(CATEGORIES))}"


def _endpoint(found: Mapping[str, Any]) -> Iterator[str]:
    for where, part in (("apis.custom", found["apis"]["custom"]), ("events", found.get("events", {}))):
        if "endpoint" in part and not part["endpoint"]["uri"].startswith("https://"):
            yield f"{where}.endpoint.uri: is {part['endpoint']['uri']!r}; must start with https://"


def _privacy(found: Mapping[str, Any]) -> Iterator[str]:
    privacy = found["privacyAndCompliance"]
    if privacy["usesHealthInfo"] or privacy["isChildDirected"]:
        yield "privacyAndCompliance: usesHealthInfo and isChildDirected must be false without a contract"
    if "endpoint" not in found["apis"]["custom"]:
        return
    for locale in found["publishingInformation"]["locales"]:
        links = privacy.get("locales", {}).get(locale, {})
        for key in ("privacyPolicyUrl", "termsOfUseUrl"):
            if not links.get(key, "").startswith("https://"):
                yield f"{locale}: {key}: must be an address that starts with https://"


RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "manifest-version": _version,
    "endpoint": _endpoint,
    "category": _category,
    "name": _name,
    "texts": _texts,
    "disclaimer": _disclaimer,
    "no-promises": _promises,
    "testing": _testing,
    "privacy": _privacy,
}
