"""What a text reports: which symptom, how serious, of whom; or what to ask back about.

Rules over concepts come first (`intents.patterns`). A learned layer (`intents.hunch`) doubts what they see,
or hears what they do not: it acts where it is sure, and asks back where it is not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from intents.clauses import Grammar, Said, Small, Utterance
from intents.hunch import Ear
from intents.patterns import SymptomRules, SymptomWords, evidence, parse
from intents.shapes import LEVELS, Level, Screening, rank

About = Literal["self", "other"]
CLEAR_WORDS = 3
"""A synonym of a symptom that is no emergency counts inside a sentence only if it has so many words."""
# "I can't" is an answer alone, and in a sentence the beginning of anything.
_LITTLE = frozenset(["i", "can't", "cannot", "do", "it", "move", "help"])


def _is_plainly_denied(text: str, heard: str) -> bool:
    """Whether a trouble that is named as one ("trouble peeing") has its negation right before it."""
    before, found, after = text.lower().partition(heard.lower())
    denied = re.search(
        r"(?:\b(?:no|never|without|not)|n't)(?: (?:had|have|got|any|a|been|having)){0,3} $", before
    )
    names_trouble = heard.lower().startswith(("trouble", "sudden"))
    return bool(names_trouble and found and denied) and heard.lower() not in after


@dataclass(frozen=True, slots=True)
class Shares:
    """How probable, by ear, something must be. Chosen on reports that nothing was learned from."""

    acts: float
    """That it is an emergency, where the rules see none: to act on it."""
    suspects: float
    """Likewise: to ask back."""
    acts_on_less: float
    """That it is something for today or for days, where they see nothing: to act on it."""
    alarms: float
    """That it is anything that alarms, where they see nothing: to ask back about the likeliest."""
    doubts: float
    """That it is nothing, where they see an emergency: to ask back."""
    doubts_less: float
    """That it is nothing, where they see something for today or for days: likewise."""
    denies: float
    """Likewise: to believe it."""


WITH_MODEL = Shares(
    acts=0.5, suspects=0.2, acts_on_less=0.6, alarms=0.5, doubts=0.25, doubts_less=0.15, denies=0.55
)
ALONE = Shares(
    acts=0.35, suspects=0.16, acts_on_less=0.6, alarms=0.45, doubts=0.4, doubts_less=0.3, denies=0.8
)
"""Without the sentence model, which hears more."""
STRANGE = 0.2
"""Where a greater share of the words was never heard before, the ear asks back rather than acts."""
HIDDEN = 0.3
"""That a part of what sounds like nothing as a whole is an emergency: to ask back."""
SURE_OF_NOTHING = 0.7
"""By ear, where the rules see an emergency in the words of a synonym: to ask back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a text reports."""

    symptom: str | None
    """Its id; None when it only asks back, or names conditions alone."""
    level: Level
    about: About = "self"
    asks: str | None = None
    """The symptom to ask back about, when unsure."""
    heard: str = ""
    """The words on which it rests."""
    gates: tuple[str, ...] = ()
    """Conditions that were mentioned and switch exercises off."""
    by_ear: bool = False
    """Whether only the learned layer heard it: then what is said in so many words goes before."""
    literal: bool = False
    """Whether it stands there in the words of a synonym: then the learned layer does not doubt it."""


class SymptomMatcher:
    """Reads reports in one language. Reading keeps nothing."""

    def __init__(
        self,
        words: SymptomWords,
        synonyms: Mapping[str, Sequence[str]],
        rules: SymptomRules,
        screening: Screening,
        ear: Ear | None = None,
    ) -> None:
        """`synonyms` are the phrases of the slot type, which count as they stand."""
        self._levels = {name: advice.level for name, advice in screening.advice.items()}
        self._order = list(screening.advice)
        self._combined = screening.combined
        self._neutral = frozenset(rules.neutral)
        self._gates = frozenset(rules.gates)
        # A synonym names its symptom more surely than concepts that come together.
        self._patterns = [parse(name, f"={name}") for name in synonyms]
        self._patterns += [parse(name, text) for name, texts in rules.patterns.items() for text in texts]
        self._small = Small(**{name: frozenset(found) for name, found in words.grammar.items()})
        self._grammar = Grammar(
            {
                **words.concepts,
                **{f"gate {name}": phrases for name, phrases in words.gates.items()},
                **{f"={name}": self._clear(name, phrases) for name, phrases in synonyms.items()},
            },
            words.marks,
            words.variants,
            self._small,
            self._neutral,
            frozenset(rules.lasting),
        )
        self._sounds = {
            heard: tuple(standard.split()) for standard, heards in words.sounds.items() for heard in heards
        }
        self._ear = ear

    def _clear(self, symptom: str, phrases: Sequence[str]) -> list[str]:
        """The synonyms that are a report wherever they stand."""
        least = 2 if self._levels[symptom] == "emergency" else CLEAR_WORDS
        return [
            phrase
            for phrase in phrases
            if len(phrase.split()) >= least and not set(phrase.split()) <= _LITTLE
        ]

    def take_apart(self, text: str) -> Utterance:
        """What the rules go by: the words of a text, its concepts and whether they are meant."""
        return self._grammar.take_apart(text)

    def read(self, text: str, topic: str | None = None) -> Report | None:  # noqa: ARG002 - the interface
        """What a text reports; None for nothing. `topic` is the open safety question, if there is one."""
        utterance = self.take_apart(text)
        report = self._seen(utterance)
        if report and report.symptom and _is_plainly_denied(text, report.heard):
            if not self._grammar.has_parts(utterance):
                return None
            report = None
        return self._by_ear(text, utterance, report) if self._ear else report

    def seen(self, text: str) -> Report | None:
        """What the rules alone make of it."""
        report = self._seen(self.take_apart(text))
        return None if report and report.symptom and _is_plainly_denied(text, report.heard) else report

    def _seen(self, utterance: Utterance) -> Report | None:
        report = self.by_rules(utterance)
        if report is None or report.level != "emergency":
            heard = self._grammar.resound(utterance, self._sounds)
            other = self.by_rules(heard) if heard else None
            if other and (report is None or rank(other.level) > rank(report.level)):
                report = other
        return report

    def _by_ear(self, text: str, utterance: Utterance, report: Report | None) -> Report | None:
        """The same where the ear agrees; else what it heard by itself, or the question whether it was meant.

        An emergency that the rules see is never passed over: where the ear hears none, it asks back.
        """
        assert self._ear is not None  # noqa: S101 - the caller has looked
        if self._grammar.says_nothing(utterance):
            return report
        shares, strange, by_sentence = self._ear.hunch(text, utterance)
        limits = WITH_MODEL if by_sentence else ALONE
        levels = self._by_level(shares)
        if report and report.symptom and report.level != "none":
            doubted = self._doubted(report, levels, limits)
            if doubted is not report or report.literal or report.level == "emergency":
                return doubted
        heard = Report(
            symptom=None, level="none", heard=text, gates=report.gates if report else (), by_ear=True
        )
        gated = report is not None and bool(report.gates)
        if levels["emergency"] > (limits.acts if gated else limits.suspects):
            symptom = self._likeliest(shares, "emergency")
            denied = any(said.state == "denied" for said in utterance.said)
            unsure = strange > STRANGE or (denied and not self._grammar.has_parts(utterance))
            if levels["emergency"] > limits.acts and not unsure:
                return replace(heard, symptom=symptom, level="emergency")
            return replace(heard, asks=symptom)
        if report and report.symptom and report.level != "none":
            return report
        if gated:
            return report
        if levels["urgent"] + levels["soon"] > limits.acts_on_less:
            level: Level = "urgent" if levels["urgent"] > levels["soon"] else "soon"
            return replace(heard, symptom=self._likeliest(shares, level), level=level)
        if 1 - levels["none"] > limits.alarms:
            return replace(heard, asks=self._likeliest(shares, "emergency", "urgent", "soon"))
        hidden = self._hidden(utterance) if report is None else None
        return replace(heard, asks=hidden) if hidden else report

    def _hidden(self, utterance: Utterance) -> str | None:
        """The emergency that is told beside something else, most probably."""
        assert self._ear is not None  # noqa: S101 - the caller has looked
        heard = [
            self._ear.hunch(part, self.take_apart(part)).shares for part in self._grammar.parts(utterance)
        ]
        worst = max(heard, key=lambda shares: self._by_level(shares)["emergency"], default={})
        hides = self._by_level(worst)["emergency"] > HIDDEN
        return self._likeliest(worst, "emergency") if hides else None

    def _by_level(self, shares: Mapping[str, float]) -> dict[Level, float]:
        levels: dict[Level, float] = dict.fromkeys(LEVELS, 0.0)
        for name, share in shares.items():
            levels[self._levels.get(name, "none")] += share
        return levels

    def _doubted(self, report: Report, levels: Mapping[Level, float], limits: Shares) -> Report | None:
        """What the rules see; where the ear hears nothing, it asks back, or passes over what is lesser."""
        asked = replace(report, symptom=None, level="none", asks=report.symptom)
        nothing = levels["none"]
        if report.literal:
            return asked if report.level == "emergency" and nothing > SURE_OF_NOTHING else report
        if report.level == "emergency":
            return asked if nothing > limits.doubts else report
        if nothing <= limits.doubts_less:
            return report
        if report.gates:
            return Report(symptom=None, level="none", gates=report.gates)
        return None if nothing > limits.denies else asked

    def _likeliest(self, shares: Mapping[str, float], *levels: Level) -> str:
        """The most probable symptom of these levels."""
        names = (name for name in shares if self._levels.get(name) in levels)
        return max(names, key=lambda name: shares[name])

    def named(self, symptom: str, text: str) -> Report:
        """A symptom that is known already."""
        return Report(symptom=symptom, level=self._levels[symptom], heard=text)

    def by_rules(self, utterance: Utterance) -> Report | None:
        """What the rules see."""
        seen = self._findings(utterance)
        gates = tuple(
            sorted(
                {
                    said.concept.removeprefix("gate ")
                    for said in utterance.said
                    if said.concept.startswith("gate ") and said.state == "meant"
                }
            )
        )
        if not seen:
            return Report(symptom=None, level="none", gates=gates) if gates else None
        symptom = max(
            seen,
            key=lambda name: (
                rank(self._levels[name]),
                seen[name][0].concept == f"={name}",
                len(seen[name]),
                -self._order.index(name),
            ),
        )
        start = min(said.start for said in seen[symptom])
        end = max(said.end for said in seen[symptom])
        return Report(
            symptom=symptom,
            level=self._level(symptom, {*seen, *gates}, utterance),
            about=about(utterance, self._small, start, end),
            heard=utterance.spoken(start, end),
            gates=gates,
            literal=any(said.concept.startswith("=") for said in seen[symptom]),
        )

    def _findings(self, utterance: Utterance) -> dict[str, list[Said]]:
        """The symptoms that are meant, with the concepts on which they rest."""
        clauses: dict[int, dict[str, list[Said]]] = {}
        for said in utterance.said:
            if said.state == "meant":
                clauses.setdefault(said.clause, {}).setdefault(said.concept, []).append(said)
        found: dict[str, list[Said]] = {}
        for pattern in self._patterns:
            if pattern.symptom not in found:
                rests_on = evidence(pattern, list(clauses.values()), self._neutral)
                if rests_on is not None:
                    found[pattern.symptom] = rests_on
        return found

    def _level(self, symptom: str, findings: set[str], utterance: Utterance) -> Level:
        """The level of the most serious finding, raised by what was said along with it (clinical B2)."""
        level = self._levels[symptom]
        if symptom == "leg_pain_both_sides" and utterance.marks.get("unchanged"):
            return level if utterance.marks.get("changed") else "urgent"
        soon = sum(self._levels.get(name) == "soon" for name in findings)
        raised: list[Level] = ["urgent"] if soon >= self._combined.soon_is_urgent_from else []
        raised += ["emergency" for together in self._combined.emergency if findings.issuperset(together)]
        raised += ["urgent" for together in self._combined.urgent if findings.issuperset(together)]
        return max([level, *raised], key=rank)


def about(utterance: Utterance, small: Small, start: int, end: int) -> About:
    """Of whom it is said: of the nearest person before it, else of oneself in it, else of whoever comes."""
    words = utterance.words
    people = {mark.end - 1 for mark in utterance.marks.get("other_person", ())}

    def who(at: int) -> About | None:
        form = words[at].form
        following = words[at + 1].form if at + 1 < len(words) else ""
        if following in small.reporting or (
            form in small.selves and not {at + 1, at + 2, at + 3}.isdisjoint(people)
        ):
            return None
        if at in people or form in small.others:
            return "other"
        return "self" if form in small.selves else None

    before = next((person for at in range(start - 1, -1, -1) if (person := who(at))), None)
    if before:
        return before
    within = [person for at in range(start, end) if (person := who(at))]
    if within:
        return "self" if "self" in within else "other"
    return next((person for at in range(end, len(words)) if (person := who(at))), "self")
