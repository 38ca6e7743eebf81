import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from intents.content import Content
from intents.grammar import _phrase, words_of
from intents.model import interaction_model
from intents.model_rules import RULES, findings
from intents.regions import spoken_in
from intents.shapes import Language

Model = dict[str, Any]
LOCALES = ("en-US", "en-GB", "en-CA", "en-AU", "en-IN")
MOST_USED = (
    "StartExerciseIntent",
    "GetUpIntent",
    "ReportPainIntent",
    "ReportSymptomIntent",
    "RestingPoseIntent",
    "GetTipIntent",
    "ReadyIntent",
    "AskAboutIntent",
)


@pytest.fixture(scope="module")
def words(content: Content) -> Language:
    return content.language("en-US")


# --- what is generated ---


@pytest.mark.parametrize("locale", LOCALES)
def test_the_platform_takes_what_is_generated(words: Language, locale: str) -> None:
    model = interaction_model(words, locale)
    assert [str(found) for found in findings(f"{locale}.json", model, plays_audio=True)] == []


def test_each_locale_hears_its_own_words_and_those_of_no_other(words: Language) -> None:
    heard = {locale: json.dumps(interaction_model(words, locale)) for locale in LOCALES}
    for word, where in (
        ('"settee"', {"en-GB", "en-AU", "en-IN"}),
        ('"chesterfield"', {"en-CA"}),
        ('"lounge"', {"en-AU"}),
        ('"how to get up"', {"en-IN"}),
        ('"stand in line"', {"en-US", "en-CA"}),
        ('"sofa"', set(LOCALES)),
    ):
        assert {locale for locale in LOCALES if word in heard[locale]} == where, word


def test_our_own_understanding_knows_the_words_of_every_region(content: Content, words: Language) -> None:
    english = content.understanding("en-US")
    for region in words.regions:
        for intent, samples in region.samples.items():
            for sample in samples:
                if "{" not in sample:
                    assert english.read(sample).intent == intent, sample


def test_a_region_adds_what_is_not_common(words: Language) -> None:
    """Nothing is written twice: a phrase of a region stands in no other place."""
    common = spoken_in(words, "none")
    for region in words.regions:
        for intent, samples in region.samples.items():
            assert not set(samples) & set(common.intents[intent].samples)
        for name, ids in region.types.items():
            for id_, phrases in ids.items():
                assert not set(phrases) & set(common.types[name][id_])


def test_ids_are_ours_and_the_first_phrase_is_the_name(words: Language) -> None:
    types = interaction_model(words, "en-US")["interactionModel"]["languageModel"]["types"]
    surface = next(found for found in types if found["name"] == "Surface")
    floor = next(value for value in surface["values"] if value["id"] == "floor")
    assert floor["name"]["value"] == words.types["Surface"]["floor"][0]
    assert set(floor["name"]["synonyms"]) < set(words.types["Surface"]["floor"])


def test_alexa_can_be_told_to_ask_for_the_time_of_a_reminder(words: Language) -> None:
    model = interaction_model(words, "en-US")["interactionModel"]
    (dialog,) = model["dialog"]["intents"]
    assert (dialog["name"], dialog["delegationStrategy"]) == ("SetReminderIntent", "SKILL_RESPONSE")
    assert {slot["name"]: slot["elicitationRequired"] for slot in dialog["slots"]} == {
        "time": True,
        "interval": False,
    }


# --- how much people can say ---


@pytest.mark.parametrize("locale", LOCALES)
def test_there_are_enough_samples(words: Language, locale: str) -> None:
    for name, found in spoken_in(words, locale).intents.items():
        if name in {"AMAZON.FallbackIntent", "AMAZON.NavigateHomeIntent"}:
            continue
        assert len(found.samples) >= (30 if name in MOST_USED else 15), name


def test_every_value_can_be_said_in_eight_ways(words: Language) -> None:
    """Where the language has them: a length of time has few names."""
    for name, ids in spoken_in(words, "none").types.items():
        for id_, phrases in ids.items():
            assert len(phrases) >= (3 if name == "Interval" else 7 if name == "Symptom" else 8), (
                f"{name}.{id_}"
            )


def test_no_two_intents_are_said_in_the_same_words(words: Language) -> None:
    """Not even in the plain form in which we compare, with every value of our own types filled in."""
    where: dict[str, str] = {}
    clashes = set()
    for intent, found in words.intents.items():
        for sample in found.samples:
            for said in _expanded(sample, found.slots, words):
                other = where.setdefault(_phrase(words_of(said)), intent)
                if other != intent:
                    clashes.add(said)
    # Alone it is a report; "what is sciatica" is a question. "Longer" answers "shall I stay quiet longer?".
    assert clashes == {"sciatica", "longer", "a bit longer"}


def _expanded(sample: str, slots: Mapping[str, str], words: Language) -> list[str]:
    name = next((name for name in slots if f"{{{name}}}" in sample), None)
    if name is None:
        return [sample]
    if sample.count("{") > 1 or slots[name] not in words.types:
        return []
    phrases = [phrase for ids in words.types[slots[name]].values() for phrase in ids]
    return [sample.replace(f"{{{name}}}", phrase) for phrase in phrases]


# --- each rule with what it takes and what it refuses ---

GOOD: Model = {
    "languageModel": {
        "invocationName": "green tea",
        "intents": [
            {
                "name": "BrewIntent",
                "slots": [
                    {"name": "kind", "type": "Kind"},
                    {"name": "note", "type": "AMAZON.SearchQuery"},
                    {"name": "at", "type": "AMAZON.TIME", "samples": ["at {at}"]},
                ],
                "samples": ["brew {kind}", "note that {note}", "brew at {at}", "it's mum's tea"],
            },
            *(
                {"name": f"AMAZON.{name}Intent"}
                for name in ("Help", "Stop", "Cancel", "Fallback", "NavigateHome")
            ),
            {"name": "AMAZON.PauseIntent", "samples": ["let it be"]},
            {"name": "AMAZON.ResumeIntent"},
        ],
        "types": [
            {"name": "Kind", "values": [{"id": "sencha", "name": {"value": "sencha", "synonyms": ["green"]}}]}
        ],
        "modelConfiguration": {"fallbackIntentSensitivity": {"level": "LOW"}},
    },
    "dialog": {
        "intents": [
            {
                "name": "BrewIntent",
                "prompts": {},
                "slots": [
                    {"name": "kind", "type": "Kind", "prompts": {}},
                    {"name": "note", "type": "AMAZON.SearchQuery", "prompts": {}},
                    {
                        "name": "at",
                        "type": "AMAZON.TIME",
                        "elicitationRequired": True,
                        "prompts": {"elicitation": "When"},
                    },
                ],
            }
        ]
    },
    "prompts": [{"id": "When", "variations": [{"type": "PlainText", "value": "When?"}]}],
}


def changed(path: str, value: object) -> Model:
    """The good model with another value at a path; a path that ends in `+` adds to a list."""
    model = deepcopy(GOOD)
    *keys, last = [int(key) if key.isdecimal() else key for key in path.split(".")]
    found: Any = model
    for key in keys:
        found = found[key]
    if last == "+":
        found.append(value)
    else:
        found[last] = value
    return model


NAME = "languageModel.invocationName"
INTENTS = "languageModel.intents"
BREW = f"{INTENTS}.0"
SAMPLE = f"{BREW}.samples.+"
KINDS = "languageModel.types.0.values"
SENSITIVITY = "languageModel.modelConfiguration.fallbackIntentSensitivity.level"
SLOT = "dialog.intents.0.slots.0"
MANY_VALUES = [{"id": f"v{n}", "name": {"value": f"v{n}"}} for n in range(50_001)]
MANY_INTENTS = GOOD["languageModel"]["intents"] + [
    {"name": "I" + "x" * n, "samples": [f"a {'b' * n}"]} for n in range(1, 251)
]
NEVER = object()
"""There is nothing near that would do."""


def kind(id_: str, name: str) -> Model:
    return {"id": id_, "name": {"value": name}}


def intent(name: str, *samples: str) -> Model:
    return {"name": name, "samples": list(samples)}


# Rule, where, what breaks it there, and the nearest thing that does not.
CASES: list[tuple[str, str, object, object]] = [
    ("invocation-words", NAME, "tea", "tea time"),
    ("invocation-article", NAME, "the tea", "drink the tea"),
    ("invocation-launch", NAME, "play tea", "played tea"),
    ("invocation-connecting", NAME, "tea whether hot", "tea weather hot"),
    ("invocation-wake", NAME, "echo tea", "echoes tea"),
    ("invocation-characters", NAME, "tea 4 two", "mum's t. e. a."),
    ("invocation-characters", NAME, "Green tea", "grünes teechen"),
    ("invocation-length", NAME, "tea " * 13, "tea " * 12),
    ("sample-characters", SAMPLE, "tea 4 two", "tea four-two"),
    ("sample-characters", SAMPLE, "tea?", "té o. k."),
    ("sample-slots", SAMPLE, "a {cup}", "a {kind}"),
    ("sample-slots", SAMPLE, "{kind} or {kind}", "{kind} at {at}"),
    ("sample-slots", f"{BREW}.slots.2.samples.+", "in {pot}", "{at}"),
    ("sample-once", SAMPLE, "let  it Be", "let it be tea"),
    ("sample-once", SAMPLE, "brew {kind}", "brew a {kind}"),
    ("search-query", SAMPLE, "{note}", "note {note}"),
    ("search-query", SAMPLE, "{kind} and {note}", "and {note}"),
    ("intent-names", f"{INTENTS}.+", intent("Brew2Intent", "brew two"), intent("Brew_Intent", "brew two")),
    ("intent-names", f"{INTENTS}.+", intent("AMAZON.TeaIntent"), intent("AMAZON.YesIntent")),
    ("intent-names", f"{INTENTS}.+", intent("AMAZON.HelpIntent"), intent("AMAZON.NoIntent")),
    ("slot-names", f"{INTENTS}.1.slots", [{"name": "kind", "type": "Kind"}], []),
    ("slot-names", f"{BREW}.slots.0.name", "kind2", "kind"),
    ("intent-samples", f"{INTENTS}.+", intent("PourIntent"), intent("PourIntent", "pour")),
    ("required-intents", f"{INTENTS}.2", intent("AMAZON.NoIntent"), intent("AMAZON.StopIntent", "halt")),
    ("slot-types", f"{BREW}.slots.0.type", "Herb", "Kind"),
    ("slot-types", "languageModel.types.+", {"name": "Cup", "values": [kind("a", "a")]}, NEVER),
    ("type-values", KINDS, [], [kind("a", "a")]),
    ("type-values", KINDS, [kind("a", "a" * 141)], [kind("a", "a" * 140)]),
    (
        "type-values",
        f"{KINDS}.0.name.synonyms",
        ["a" * n for n in range(1, 102)],
        ["a" * n for n in range(1, 101)],
    ),
    ("type-phrases-once", f"{KINDS}.+", kind("matcha", "Green"), kind("matcha", "greener")),
    ("type-phrases-once", f"{KINDS}.+", kind("sencha", "b"), kind("bancha", "b")),
    ("prompts", "prompts.0.variations", [], [{"type": "PlainText", "value": "At?"}]),
    ("prompts", "prompts.+", {"id": "Why", "variations": [{"type": "PlainText", "value": "?"}]}, NEVER),
    ("prompts", "dialog.intents.0.prompts.confirmation", "Sure", "When"),
    ("dialog-slots", f"{SLOT}.type", "AMAZON.DATE", "Kind"),
    ("dialog-slots", f"{SLOT}.elicitationRequired", True, False),
    ("fallback-sensitivity", SENSITIVITY, "TOTAL", "HIGH"),
    ("limits", KINDS, MANY_VALUES, MANY_VALUES[:20_000]),
    ("limits", INTENTS, MANY_INTENTS, MANY_INTENTS[:250]),
    ("limits", "prompts.0.variations.0.value", "a" * 1_500_000, "a" * 1_400_000),
]


def rules_broken(model: Model, *, plays_audio: bool = False) -> set[str]:
    return {found.rule for found in findings("x.json", {"interactionModel": model}, plays_audio=plays_audio)}


def test_the_good_model_breaks_no_rule() -> None:
    assert rules_broken(GOOD, plays_audio=True) == set()


@pytest.mark.parametrize(
    ("rule", "path", "bad", "near"),
    [pytest.param(*case, id=f"{case[0]} {number}") for number, case in enumerate(CASES)],
)
def test_a_rule_refuses_what_breaks_it_and_takes_what_is_near(
    rule: str, path: str, bad: object, near: object
) -> None:
    assert rule in rules_broken(changed(path, bad))
    assert near is NEVER or rules_broken(changed(path, near)) == set()


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} == RULES.keys()


def test_a_player_needs_pause_and_resume() -> None:
    model = deepcopy(GOOD)
    model["languageModel"]["intents"].pop()
    assert rules_broken(model) == set()
    assert rules_broken(model, plays_audio=True) == {"audio-intents"}


def test_a_finding_names_file_and_rule() -> None:
    model = deepcopy(GOOD)
    model["languageModel"]["invocationName"] = "tea"
    (found,) = findings("en-XX.json", {"interactionModel": model}, plays_audio=False)
    assert str(found) == "en-XX.json: invocation name 'tea': must have two or more words [invocation-words]"
