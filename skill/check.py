"""`gentle-back check`: content, model, manifest, and every response that can be reached, against the rules.

Content is checked whole as it is loaded (`intents.content`), what is uploaded by `skill.package`. Responses
are reached by walking, breadth first: from each kind of state every intent is sent, with a value of each of
its slots (the next one in the next state), and from the first of all states and of those with another level
with every value.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from audio.ssml import SpeechTooLongError
from intents import limits, never_say, readability
from intents.alexa import Conversation, Outcome
from intents.checks import texts
from intents.content import Content
from intents.envelope import build
from intents.model_rules import Finding
from intents.proof.actions import Action, actions
from intents.shapes import Language
from skill import package
from skill.manifest import Parts
from skill.memory import OneRow

START_MS: Final = 1_800_000_000_000
ANSWER_MS: Final = 3_500
USER: Final = "amzn1.ask.account.check"
RESPONSES: Final = "responses"
"""Stands for the file of what is found in a response."""
SESSION: Final = "session.check"
MAX_PAGE_MS: Final = 210_000
"""The longest that is said at once (design, section 4)."""
LAUNCH: Final[Action] = ("LaunchRequest", ())


@dataclass(slots=True)
class Figures:
    """What came out, in numbers."""

    texts: int = 0
    sentences: int = 0
    words: int = 0
    longest_words: int = 0
    graded: int = 0
    grades: float = 0.0
    highest_grade: float = 0.0
    responses: int = 0
    states: int = 0
    longest_ms: int = 0
    largest_bytes: int = 0

    def lines(self) -> Iterator[str]:
        """For people."""
        yield (
            f"{self.texts:,} texts: {self.words / max(1, self.sentences):.1f} words a sentence, "
            f"{self.longest_words} in the longest; grade {self.grades / max(1, self.graded):.1f} on average, "
            f"{self.highest_grade:.1f} at most"
        )
        yield (
            f"{self.responses:,} responses from {self.states:,} states: "
            f"{self.longest_ms / 1000:.1f} s the longest, {self.largest_bytes:,} bytes the largest"
        )


@dataclass(slots=True)
class Checked:
    """Everything that was found, each once, and the figures."""

    findings: dict[Finding, None] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)

    def add(self, file: str, rule: str, what: str) -> None:
        """Note a finding."""
        self.findings[Finding(file, rule, what)] = None


def check(
    content: Content, parts: Parts, folder: Path, public_url: str | None, *, states: int | None = None
) -> Checked:
    """Check everything that stands in `folder` and all that can be said in each language.

    `states` limits from how many states responses are reached; without it from all that there are.
    """
    found = Checked()
    files = package.build(content, parts, public_url)
    found.findings.update(dict.fromkeys(package.findings(content, parts, files)))
    for line in package.differences(folder, files):
        found.add(line, "current", "run `gentle-back model`")
    for words in content.languages.values():
        _read(found, words)
        Walk(content, words, found).walk(states)
    return found


def _read(found: Checked, words: Language) -> None:
    """Every text of a language: how it reads."""
    figures = found.figures
    for file, key, text in texts(words):
        figures.texts += 1
        for sentence in readability.sentences(text):
            figures.sentences += 1
            count = readability.count_words(sentence)
            figures.words += count
            figures.longest_words = max(figures.longest_words, count)
        if readability.is_graded(text):
            grade = readability.grade(text)
            figures.graded += 1
            figures.grades += grade
            figures.highest_grade = max(figures.highest_grade, grade)
        for problem in readability.problems(text):
            found.add(f"{file}: {key}", "one breath", problem)


class Walk:
    """Goes everywhere in a language."""

    def __init__(self, content: Content, words: Language, found: Checked) -> None:
        self._words = words
        self._locale = words.locales[0]
        self._found = found
        self._row = OneRow()
        self._now_ms = START_MS
        self._conversation = Conversation(content, self._row, now_ms=lambda: self._now_ms, strict=True)
        self._by_form: dict[object, list[Action]] = {LAUNCH: [LAUNCH]}
        """Intent and names of slots → the actions of that form."""
        for name, slots in actions(content, self._locale):
            self._by_form.setdefault((name, tuple(key for key, _ in slots)), []).append((name, slots))

    def walk(self, states: int | None = None) -> None:
        """From each kind of state, or the first so many, in the order in which they are found."""
        first = State(now_ms=START_MS)
        waiting, seen, levels = deque([first]), {first.kind}, set()
        walked = 0
        while waiting and walked != states:
            state = waiting.popleft()
            everything = state.level not in levels
            levels.add(state.level)
            walked += 1
            for action in self._actions(walked, everything=everything):
                outcome = self._act(action, state)
                if outcome is None:
                    continue
                self._look_at(outcome, action, state)
                reached = self._reached(outcome)
                if reached.kind not in seen:
                    seen.add(reached.kind)
                    waiting.append(reached)
        self._found.figures.states += walked

    def _actions(self, turn: int, *, everything: bool) -> Iterator[Action]:
        """One action of each form, another one in each turn; or all there are."""
        for found in self._by_form.values():
            yield from found if everything else (found[turn % len(found)],)

    def _act(self, action: Action, state: "State") -> Outcome | None:
        """What is answered; None where nothing is said, or where a finding has been noted."""
        name, slots = action
        self._now_ms, self._row.row = state.now_ms, dict(state.row)
        envelope = build(
            name,
            dict(slots),
            language=self._words,
            locale=self._locale,
            session_id=SESSION,
            user_id=USER,
            is_new=not state.attributes,
            now_ms=state.now_ms,
            attributes=state.attributes,
        )
        try:
            outcome = self._conversation.respond(envelope)
        except (limits.ResponseError, SpeechTooLongError) as error:
            self._found.add(RESPONSES, "platform", f"{error} ({_where(action, state)})")
            return None
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is what we look for
            what = f"{type(error).__name__}: {error} ({_where(action, state)})"
            self._found.add(RESPONSES, "answered", what)
            return None
        return outcome if outcome.reply else None

    def _look_at(self, outcome: Outcome, action: Action, state: "State") -> None:
        assert outcome.reply is not None  # noqa: S101 - `_act` gives no other
        assert outcome.timeline is not None  # noqa: S101 - likewise
        figures, card = self._found.figures, outcome.reply.card
        figures.responses += 1
        figures.longest_ms = max(figures.longest_ms, outcome.timeline.duration_ms)
        figures.largest_bytes = max(figures.largest_bytes, limits.size(outcome.json))
        if outcome.timeline.duration_ms > MAX_PAGE_MS:
            what = f"lasts {outcome.timeline.duration_ms} ms ({_where(action, state)})"
            self._found.add(RESPONSES, "length", what)
        spoken = " ".join(line.text for line in outcome.reply.lines if line.text)
        shown = (card.title, card.text) if card else ()
        for text in (spoken, outcome.reply.reprompt or "", *shown):
            for problem in readability.problems(text):
                self._found.add(RESPONSES, "one breath", problem)
            for rule, hit in never_say.found(text, self._words.never_say):
                self._found.add(RESPONSES, "never say", f"{hit!r} ({rule}) in {text!r}")

    def _reached(self, outcome: Outcome) -> "State":
        """The state after an answer that was heard to its end."""
        assert outcome.timeline is not None  # noqa: S101 - as above
        return State(
            attributes=outcome.json.get("sessionAttributes") or {},
            row=self._row.row,
            now_ms=self._now_ms + outcome.timeline.duration_ms + ANSWER_MS,
            guided=outcome.timeline.guided,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a conversation stands."""

    now_ms: int
    attributes: Mapping[str, Any] = field(default_factory=dict)
    row: Mapping[str, Any] = field(default_factory=dict)
    """What is kept of the person."""
    guided: bool = False

    @property
    def question(self) -> str | None:
        """The open question."""
        found = self.attributes.get("question")
        return str(found) if found else None

    @property
    def level(self) -> object:
        """What answers depend on most: whether guidance runs, may run, or has ended."""
        return self.guided, "clearance" in self.attributes, self.attributes.get("closed")

    @property
    def kind(self) -> object:
        """What tells kinds of states apart: the open question, and the level."""
        return self.question, self.level


def _where(action: Action, state: State) -> str:
    return f"{action[0]} after {state.question or 'nothing'}"
