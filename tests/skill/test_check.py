import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from intents.content import Content, load_content
from intents.model_rules import Finding
from skill import check, package
from skill.commands import main
from skill.manifest import load_parts

ROOT = Path(__file__).parents[2]
LONG = "This goes on and on and on, one word after the other, until nobody has any breath left to hear it."


@pytest.fixture
def mine() -> Content:
    """A content of one's own, to break."""
    return load_content()


def said(content: Content, phrase: str, *texts: str) -> Content:
    """The content with other texts for a phrase, as no check at the start would let them pass."""
    words = content.languages["en"]
    changed = words.model_copy(update={"phrases": {**words.phrases, phrase: texts}})
    content.languages = {"en": changed}
    content._by_locale = dict.fromkeys(content._by_locale, changed)
    return content


def findings(content: Content, folder: Path = ROOT, states: int = 1) -> list[Finding]:
    parts = load_parts()
    return list(check.check(content, parts, folder, package.public_url_in(ROOT), states=states).findings)


def test_everything_is_as_it_should_be_and_the_figures_are_printed() -> None:
    result = CliRunner(mix_stderr=False).invoke(main, ["check", "--folder", str(ROOT)])
    assert (result.exit_code, result.stderr) == (0, "")
    texts, responses, total = result.stdout.splitlines()
    assert re.fullmatch(
        r"[\d,]+ texts: [\d.]+ words a sentence, \d+ in the longest; grade [\d.]+ on average, [\d.]+ at most",
        texts,
    )
    found = re.match(r"([\d,]+) responses from ([\d,]+) states: ", responses)
    assert found
    assert int(found[1].replace(",", "")) > 5_000
    assert int(found[2]) > 80
    assert total == "0 findings"


def test_what_is_generated_and_missing_is_found(tmp_path: Path) -> None:
    result = CliRunner(mix_stderr=False).invoke(main, ["check", "--folder", str(tmp_path), "--states", "1"])
    assert result.exit_code == 1
    assert "skill-package/skill.json" in result.stdout
    assert "current" in result.stdout


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (LONG, "one breath"),
        ("It is quite safe.", "never say"),
        ("word " * 1_500, "length"),
        ("Hello. " * 20_000, "platform"),
    ],
)
def test_what_is_wrong_in_a_response_is_found_with_its_rule(mine: Content, text: str, rule: str) -> None:
    found = findings(said(mine, "hello_first", text))
    assert [one for one in found if one.file == check.RESPONSES and one.rule == rule]


def test_a_handler_that_fails_is_found(mine: Content) -> None:
    found = findings(said(mine, "hello_first"))
    assert any(one.rule == "answered" and "LaunchRequest" in one.what for one in found)


def test_nothing_is_found_twice(mine: Content) -> None:
    found = findings(said(mine, "hello_first", LONG))
    assert len(found) == len(set(found))
