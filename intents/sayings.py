"""Where heard, replies, guesses and expects.toml do not fit the intents, their slots and the questions."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from intents.samples import ANY, MAIN_SLOT, main_slot
from intents.shapes import Language

KINDS = frozenset({"yes_no", "number"})
"""The kinds of answer to a safety question."""
EACH = "each"
_QUESTION = f"must be a question of questions.toml, or one of {', '.join(sorted(KINDS))}"


def misfits(words: Language, expects: Mapping[str, Sequence[str]] | None) -> Iterator[str]:
    """Every misfit as `file: key: what would be right`."""
    yield from _values("heard.toml", "", words.heard, words)
    yield from _twice(words)
    questions = KINDS | words.questions.keys()
    for kind, intents in words.replies.items():
        if kind not in questions:
            yield f"replies.toml: {kind}: {_QUESTION}"
        yield from _values("replies.toml", f"{kind}.", intents, words)
    yield from _values("guesses.toml", "", words.guesses, words, besides={EACH})
    for kind, expected in (expects or {}).items():
        if kind not in questions:
            yield f"expects.toml: {kind}: {_QUESTION}"
        for name in expected:
            intent, _, value = name.partition(":")
            yield from _values("expects.toml", f"{kind}.", {intent: {value or ANY: ()}}, words)


def _values(
    file: str,
    where: str,
    table: Mapping[str, Mapping[str, object]],
    words: Language,
    besides: Collection[str] = (),
) -> Iterator[str]:
    for intent, values in table.items():
        if intent not in words.intents:
            yield f"{file}: {where}{intent}: must be an intent of intents.toml"
            continue
        main = main_slot(intent)
        slot_type = words.intents[intent].slots.get(main or "", "")
        known = {ANY, *besides, *words.types.get(slot_type, ())}
        for value in values:
            if value not in known and not (intent not in MAIN_SLOT and main and value.isdecimal()):
                yield f"{file}: {where}{intent}.{value}: must be one of {', '.join(sorted(known))}"


def _twice(words: Language) -> Iterator[str]:
    """Utterances under two meanings: nothing can be learned from them."""
    meanings: dict[str, str] = {
        sample: intent
        for intent, found in words.intents.items()
        for sample in found.samples
        if "{" not in sample
    }
    for intent, values in words.heard.items():
        for value, texts in values.items():
            for text in texts:
                other = meanings.setdefault(text, intent)
                if other != intent:
                    yield f"heard.toml: {intent}.{value}: {text!r} stands under {other}, too"
