"""What of the said concepts is meant: not denied, not only supposed, and not over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Literal

from intents.lexicon import SENTENCE, Hit, Lexicon, Token, set_right, tokens

MARKS = frozenset(
    (
        "negation",
        "not_negation",
        "denying",
        "hypothetical",
        "real_question",
        "past",
        "now",
        "resolved",
        "changed",
        "unchanged",
        "other_person",
        "thing",
        "idiom",
    )
)
"""What is no concept, but decides how concepts are read."""

_RESOLVED_WITHIN_WORDS = 12
PART_WORDS = 3
"""Less tells nothing."""


@dataclass(frozen=True, slots=True)
class Small:
    """The small words of a language that steer how the others are read."""

    contrasts: frozenset[str]
    """What ends the reach of a negation."""
    joints: frozenset[str]
    subjects: frozenset[str]
    """What opens a clause of its own after a joint or a comma."""
    openings: frozenset[str]
    """What opens one in the middle of a sentence, unless it follows a governor ("I don't think my …")."""
    governors: frozenset[str]
    abilities: frozenset[str]
    """After these a "not" tells what fails, and denies nothing that follows ("I can't ...")."""
    auxiliaries: frozenset[str]
    conditions: frozenset[str]
    questions: frozenset[str]
    openers: frozenset[str]
    """What stands before a question without being part of it."""
    answers: frozenset[str]
    """What denies the question rather than what follows ("no, my ...")."""
    noes: frozenset[str]
    """What denies what stands before it."""
    me: frozenset[str]
    owners: frozenset[str]
    skipped: frozenset[str]
    """What may stand between the words of a phrase."""
    selves: frozenset[str]
    others: frozenset[str]
    reporting: frozenset[str]
    """After a person: who reports is not yet who it is about."""
    empty: frozenset[str]
    """What says nothing of a body, however much of it stands together."""


SMALL = frozenset(field.name for field in fields(Small))

State = Literal["meant", "denied", "supposed", "over"]
Marks = Mapping[str, Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Said:
    """A concept in an utterance, whether it is meant, and the number of its clause."""

    concept: str
    start: int
    end: int
    state: State
    clause: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """An utterance taken apart."""

    words: tuple[Token, ...]
    said: tuple[Said, ...]
    marks: Marks

    def spoken(self, start: int, end: int) -> str:
        """The words from there to before there as they were said."""
        return " ".join(word.said for word in self.words[start:end] if word.said)


class Grammar:
    """Takes utterances apart, for one language."""

    def __init__(  # noqa: PLR0917 - the tables of one file, in its order
        self,
        concepts: Mapping[str, Sequence[str]],
        marks: Mapping[str, Sequence[str]],
        variants: Mapping[str, Sequence[str]],
        small: Small,
        neutral: frozenset[str],
        lasting: frozenset[str],
    ) -> None:
        """`neutral` concepts cannot be denied alone; `lasting` ones count though they are over."""
        self.small = small
        self._lexicon = Lexicon(
            {**concepts, **marks}, masking="idiom", owners=small.owners, skipped=small.skipped | small.owners
        )
        self._marks = frozenset(marks)
        self._variants = _by_heard(variants)
        self._neutral, self._lasting = neutral, lasting

    def take_apart(self, text: str) -> Utterance:
        """The words of a text, its concepts and whether they are meant."""
        return self._read(set_right(tokens(text), self._variants))

    def resound(self, utterance: Utterance, sounds: Mapping[str, Sequence[str]]) -> Utterance | None:
        """The utterance with what it sounds like in place of words that mean nothing yet; None if none do."""
        taken = {at for said in utterance.said for at in range(said.start, said.end)}
        words = set_right(utterance.words, sounds, taken)
        return (
            self._read(words)
            if len(words) != len(utterance.words) or words != list(utterance.words)
            else None
        )

    def says_nothing(self, utterance: Utterance) -> bool:
        """Whether it has only words that say nothing of a body."""
        return self.small.empty.issuperset(word.form for word in utterance.words)

    def has_parts(self, utterance: Utterance) -> bool:
        """Whether something else may be said beside what is denied."""
        return any(word.gap or word.form in self.small.contrasts for word in utterance.words[1:])

    def parts(self, utterance: Utterance) -> list[str]:
        """What may be told one after the other: of three words or more, nothing denied or over in it.

        None where it is all one.
        """
        words, small = utterance.words, self.small
        idle = {said.start for said in utterance.said if said.state in {"denied", "over"}}
        edges = [
            at
            for at, word in enumerate(words)
            if not at
            or word.gap
            or word.form in small.joints | small.contrasts | small.conditions
            or (word.form in small.openings | small.subjects and words[at - 1].form not in small.governors)
        ]
        if len(edges) == 1:
            return []
        meant = [part for part in pairwise([*edges, len(words)]) if idle.isdisjoint(range(*part))]
        found = [utterance.spoken(start, end) for start, end in meant]
        return [part for part in found if len(part.split()) >= PART_WORDS]

    def _read(self, words: Sequence[Token]) -> Utterance:
        marks: dict[str, list[Hit]] = {}
        claims: list[Hit] = []
        for hit in self._lexicon.hits(words):
            if hit.concept in self._marks:
                marks.setdefault(hit.concept, []).append(hit)
            else:
                claims.append(hit)
        clauses = self._clauses(words, claims)
        denials = _denials(
            words, self.small, [hit for hit in claims if hit.concept not in self._neutral], marks
        )

        def state(hit: Hit) -> State:
            if hit.concept in self._neutral:
                return "meant"
            if _denied(words, self.small, hit, denials):
                return "denied"
            if _supposed(words, self.small, hit, marks):
                return "supposed"
            return "over" if hit.concept not in self._lasting and _over(hit, marks) else "meant"

        said = tuple(Said(hit.concept, hit.start, hit.end, state(hit), clauses[hit.start]) for hit in claims)
        return Utterance(tuple(words), said, marks)

    def _clauses(self, words: Sequence[Token], claims: Sequence[Hit]) -> list[int]:
        """The number of the clause in which each word stands.

        A comma or "and" parts clauses only if each side has a neutral concept (a part of the body) and a
        complaint of its own.
        """
        edges = [
            at
            for at, word in enumerate(words)
            if not at or word.gap or word.form in self.small.joints or word.form in self.small.contrasts
        ]
        whole: dict[int, bool] = {}
        for start, end in pairwise([*edges, len(words)]):
            kinds = {hit.concept in self._neutral for hit in claims if start <= hit.start < end}
            whole[start] = len(kinds) > 1
        numbers: list[int] = []
        number, before = 0, 0
        for at, word in enumerate(words):
            if at and at in whole:
                if word.gap == SENTENCE or word.form in self.small.contrasts or (whole[at] and whole[before]):
                    number += 1
                before = at
            numbers.append(number)
        return numbers


def _by_heard(table: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {heard: tuple(standard.split()) for standard, heards in table.items() for heard in heards}


def _denials(words: Sequence[Token], small: Small, claims: Sequence[Hit], marks: Marks) -> list[Hit]:
    """The negations that deny something: none that a phrase has of its own, no "not only", no "can't"."""
    own = [hit for hit in claims if hit.concept != "cantfeel"]
    taken = {
        at
        for hit in (*own, *marks.get("not_negation", ()), *marks.get("idiom", ()))
        for at in range(hit.start, hit.end)
    }
    found = [hit for hit in marks.get("denying", ()) if taken.isdisjoint(range(hit.start, hit.end))]
    for hit in marks.get("negation", ()):
        form = words[hit.start].form
        following = words[hit.end] if hit.end < len(words) else None
        ability = hit.end - hit.start == 1 and hit.start and words[hit.start - 1].form in small.abilities
        answer = (
            form in small.answers
            and following is not None
            and (following.gap or following.form in small.subjects or following.form in small.me)
        )
        if hit.start not in taken and not ability and not answer:
            found.append(hit)
    return found


def _denied(words: Sequence[Token], small: Small, hit: Hit, denials: Sequence[Hit]) -> bool:
    """Whether a negation reaches it: "no ... pain", "the pain does not", "pain, no"."""
    if any(denial.end <= hit.start and _reaches(words, small, denial.end, hit.start) for denial in denials):
        return True
    if hit.end == len(words):
        return False
    following = words[hit.end]
    if following.form in small.auxiliaries and not following.gap:
        return any(denial.start == hit.end + 1 for denial in denials)
    if following.form not in small.noes or following.gap == SENTENCE:
        return False
    return hit.end + 1 == len(words) or bool(words[hit.end + 1].gap)


def _reaches(words: Sequence[Token], small: Small, start: int, end: int) -> bool:
    """Whether a negation that ends at `start` reaches what begins at `end`."""
    for at in range(start, end + 1):
        word, before = words[at], words[at - 1]
        if word.gap == SENTENCE or word.form in small.contrasts:
            return False
        opens = word.form in small.subjects or word.form in small.me
        if opens and (word.gap or (at > start and before.form in small.joints)):
            return False
        if start < at < end and word.form in small.openings and before.form not in small.governors:
            return False
    return True


def _supposed(words: Sequence[Token], small: Small, hit: Hit, marks: Marks) -> bool:
    """Whether it is only asked about or imagined."""
    real = marks.get("real_question", ())
    for mark in marks.get("hypothetical", ()):
        between = words[mark.start + 1 : hit.start + 1]
        if mark.start > hit.start or any(
            word.gap == SENTENCE or word.form in small.contrasts for word in between
        ):
            continue
        if not small.conditions.isdisjoint(word.form for word in words[mark.start : hit.start]):
            return True
        first = words[mark.start]
        opening = not mark.start or first.gap or words[mark.start - 1].form in small.openers
        if not opening and first.form in small.questions:
            continue
        of_oneself = any(word.form in small.me for word in words[mark.end : hit.start + 1])
        if not of_oneself and not any(one.start <= mark.start < one.end for one in real):
            return True
    return False


def _over(hit: Hit, marks: Marks) -> bool:
    """Whether it was long ago, or has gone since."""
    for mark in marks.get("resolved", ()):
        if mark.start >= hit.start and mark.end > hit.end and mark.start - hit.end < _RESOLVED_WITHIN_WORDS:
            return True
    past = marks.get("past", ())
    recent = any(
        not any(then.start <= mark.start < then.end for then in past) for mark in marks.get("now", ())
    )
    return bool(past) and not recent
