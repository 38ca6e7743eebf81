"""What is said in some regions only: added to a language's words, and left out of what other regions hear."""

from collections.abc import Iterator

from intents.shapes import Language, Region


def with_regions(words: Language) -> Language:
    """The words with what all regions add; additions to what does not exist are left out."""
    intents = dict(words.intents)
    types = {name: dict(ids) for name, ids in words.types.items()}
    for region in words.regions:
        for intent, samples in region.samples.items():
            if intent in intents:
                found = intents[intent]
                intents[intent] = found.model_copy(update={"samples": (*found.samples, *samples)})
        for name, id_, phrases in _phrases(region):
            if id_ in types.get(name, ()):
                types[name][id_] = (*types[name][id_], *phrases)
    return words.model_copy(update={"intents": intents, "types": types})


def spoken_in(words: Language, locale: str) -> Language:
    """The words without those that are said in other regions only."""
    here = {said for region in words.regions if locale in region.locales for said in _said(region)}
    everywhere = {said for region in words.regions for said in _said(region)}
    away = everywhere - here
    intents = {
        name: found.model_copy(
            update={"samples": tuple(said for said in found.samples if (name, "", said) not in away)}
        )
        for name, found in words.intents.items()
    }
    types = {
        name: {
            id_: tuple(said for said in phrases if (name, id_, said) not in away)
            for id_, phrases in ids.items()
        }
        for name, ids in words.types.items()
    }
    return words.model_copy(update={"intents": intents, "types": types})


def misfits(words: Language) -> Iterator[str]:
    """Regions that the language does not serve, and words for what it does not have."""
    for at, region in enumerate(words.regions):
        where = f"regions.toml: regions.{at}"
        for locale in sorted(set(region.locales) - set(words.locales)):
            yield f"{where}.locales: has {locale!r}, which language.toml does not list"
        for intent in sorted(region.samples.keys() - words.intents.keys()):
            yield f"{where}.samples.{intent}: nothing has this id in intents.toml"
        for name, id_, _ in _phrases(region):
            if id_ not in words.types.get(name, ()):
                yield f"{where}.types.{name}.{id_}: nothing has this id in types.toml"


def _said(region: Region) -> Iterator[tuple[str, str, str]]:
    """Everything that a region adds, by intent and nothing, or by type and id."""
    for intent, samples in region.samples.items():
        yield from ((intent, "", said) for said in samples)
    for name, id_, phrases in _phrases(region):
        yield from ((name, id_, said) for said in phrases)


def _phrases(region: Region) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for name, ids in region.types.items():
        yield from ((name, id_, phrases) for id_, phrases in ids.items())
