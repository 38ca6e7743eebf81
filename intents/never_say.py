"""What must never be said, in any text and in any response: patterns that are data."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from intents.shapes import NeverSay


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


def found(text: str, rules: Mapping[str, NeverSay]) -> Iterator[tuple[str, str]]:
    """The rules that a text breaks, with the words that break them."""
    plain = text.replace("\u2019", "'")
    for name, rule in rules.items():
        rest = plain
        for denied in rule.only_in:
            rest = re.sub(re.escape(denied), " ", rest, flags=re.IGNORECASE)
        if hit := _compiled(rule.pattern).search(rest):
            yield name, hit[0]


def problems(rules: Mapping[str, NeverSay]) -> Iterator[str]:
    """Rules that do not do what their examples say."""
    for name, rule in rules.items():
        try:
            _compiled(rule.pattern)
        except re.error as error:
            yield f"never_say.toml: {name}.pattern: is no regular expression: {error}"
            continue
        one = {name: rule}
        if not any(found(rule.says, one)):
            yield f"never_say.toml: {name}.says: must be caught by the pattern"
        if hits := [hit for _, hit in found(rule.may_say, one)]:
            caught = f"is caught by the pattern ({hits[0]!r}); must be let through"
            yield f"never_say.toml: {name}.may_say: {caught}"
