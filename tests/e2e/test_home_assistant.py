"""Our sentences in the hands of Home Assistant's own matcher."""

import json
import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from intents.content import Content
from skill.commands import main

hassil = pytest.importorskip("hassil", reason="needs hassil: make e2e installs it")
FILLED = {"AMAZON.NUMBER": "7", "AMAZON.DURATION": "five minutes", "AMAZON.TIME": "eight o'clock"}


@pytest.fixture(scope="module")
def sentences() -> object:
    done = CliRunner(mix_stderr=False).invoke(main, ["sentences"])
    assert done.exit_code == 0
    return hassil.Intents.from_dict(json.loads(done.stdout))


def samples(content: Content) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each sample with its slots filled: the intent, what is said, and what the slots stand for."""
    words = content.language("en-US")
    for intent, found in words.intents.items():
        for sample in found.samples:
            ids: dict[str, str] = {}
            said = sample
            for slot in re.findall(r"{(\w+)}", sample):
                slot_type = found.slots[slot]
                if slot_type in words.types:
                    ids[slot], phrases = next(iter(words.types[slot_type].items()))
                    value = phrases[0]
                else:
                    value = FILLED.get(slot_type, "something or other")
                    ids[slot] = value
                said = said.replace(f"{{{slot}}}", value)
            yield intent, said, ids


def _plain(value: object) -> str:
    """A slot's value as text; hassil gives the numbers of a range as floats."""
    return str(int(value) if isinstance(value, float) else value).strip()


def test_every_sample_is_recognised_with_its_slots(content: Content, sentences: object) -> None:
    wrong = []
    for intent, said, ids in samples(content):
        results = list(hassil.recognize_all(f"ask gentle back {said}", sentences))
        fitting = [
            {name: _plain(found.value) for name, found in result.entities.items()}
            for result in results
            if result.intent.name == intent
        ]
        if ids not in fitting:
            wrong.append(f"{intent}: {said!r} is {[(r.intent.name, r.entities_list) for r in results[:3]]}")
    assert wrong == []


@pytest.mark.parametrize("said", ["stop", "yes", "help", "turn on the light", "knee rocking"])
def test_nothing_is_taken_from_the_rest_of_the_house(sentences: object, said: str) -> None:
    assert hassil.recognize(said, sentences) is None
