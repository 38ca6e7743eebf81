"""From free text to an intent: reports of symptoms first, then the samples, then what it most probably means.

The open question decides between readings. What is not clear is asked about ("did you mean ...?") or refused.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from intents import amounts
from intents.grammar import DATE, INTERVAL, NUMBER, QUERY, TIME, Found, Grammar, Heard, Slot, Word, words_of
from intents.plain import one_apostrophe
from intents.ranking import Guess, LazyRanking
from intents.samples import ANY, main_slot
from intents.symptoms import Report, SymptomMatcher

FALLBACK: Final = "AMAZON.FallbackIntent"
REPORT: Final = "ReportSymptomIntent"
SCORE: Final = "RatePainIntent"
MAX_WORDS: Final = 40
"""Longer texts are searched for symptoms only; a microphone of eight seconds hears less than that."""
MAX_CHARACTERS: Final = 4_000
"""So much of a text is searched for symptoms: more than anybody says."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which share on a guess counts. Chosen on tests/intents/utterances/dev.tsv."""

    acts: float
    """It is acted upon."""
    asks: float
    """It is asked about."""
    sooner: float
    """It is acted upon where it guides nothing and asking would be silly."""
    not_ours: float
    """Where it is so probable that nobody can do that with us, nothing is acted upon: it is asked about."""


WITH_MODEL: Final = Thresholds(acts=0.6, asks=0.18, sooner=0.48, not_ours=0.15)
ALONE: Final = Thresholds(acts=0.66, asks=0.25, sooner=0.55, not_ours=0.1)
"""Without the sentence model, which is less often sure of what is wrong."""
NO_REPORT: Final = 0.3
"""Below this share something is no report of a symptom."""
NO_ALARM: Final = 0.1
"""Below it, and with another meaning at least so probable as OVERRULES, the learned layer alarmed about
nothing: none of 83 reports that only it heard (tests/intents/reports/held_out.tsv) comes near."""
OVERRULES: Final = 0.4
NO_SUSPICION: Final = 0.2
"""Likewise, where it is only suspicious and something else that one can ask us for is as probable as DISPELS;
never in answer to a safety question, nor without the sentence model."""
DISPELS: Final = 0.25
NO_DOUBT: Final = 0.02
"""Below this share, rules that the learned layer doubts saw nothing."""
FAVOUR: Final = 4.0
"""So many times as probable is what answers the open question."""
SURE: Final = 0.8
"""So sure has a no to a safety question to be, since it clears it; or anything but a number, where one is
said and asked for."""
SURER: Final = 0.9
"""So sure has a report to be of which the symptom matcher sees nothing: it knows what is denied."""
SURE_VALUE: Final = 0.5
"""From this share on, a value counts that is not said by any of its names."""
SURER_VALUE: Final = 0.85
"""From this share on, it counts more than a name that stands there."""
UNASKED: Final = frozenset(
    {
        *(
            f"AMAZON.{name}Intent"
            for name in ("Stop", "Cancel", "Help", "Yes", "No", "Repeat", "NavigateHome")
        ),
        *(REPORT, "NotSureIntent", FALLBACK, SCORE, "ReportPainIntent"),
    }
)
"""Never asked about: what must not wait, what is asked again anyway, what would be a riddle, and answers
about health, which no session keeps."""
HARMLESS: Final = frozenset(f"AMAZON.{name}Intent" for name in ("Stop", "Cancel", "Help", "Repeat", "Pause"))
"""Acted upon a little sooner."""
ANSWERS: Final = frozenset({"AMAZON.YesIntent", "AMAZON.NoIntent", "NotSureIntent"})
_BUT: Final = re.compile(r"\b(but|except|apart|only|although|though|however|unless|sometimes|until)\b")
_CODE: Final = re.compile(r"[{}<>\\|]")
"""Nobody says it, and no recogniser writes it: what it means is not guessed at."""
_LATIN: Final = re.compile(r"[a-z]")
NEEDS_VALUE: Final = frozenset(
    {"SurfaceIntent", "ReportPainIntent", "AdjustExerciseIntent", "SetModeIntent", SCORE}
)
"""They mean nothing without their main slot."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The open question, as far as it matters for understanding."""

    question: str
    kind: str | None = None
    """Of a safety question: the kind of its answer, yes_no or number."""

    @property
    def is_safety(self) -> bool:
        """Whether a no to it clears something."""
        return self.kind is not None

    @property
    def topic(self) -> str:
        """What is looked up for it: the question itself, or the kind of a safety question."""
        return self.kind or self.question


@dataclass(frozen=True, slots=True)
class Expectations:
    """What answers which question."""

    expects: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By question or kind: intents, or `intent:value`."""
    replies: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]] = field(default_factory=dict)
    """By question or kind, intent and value: what means that only there."""


class Understanding:
    """Turns text into intents and slots, for one language. Reading keeps nothing."""

    def __init__(
        self,
        grammar: Grammar,
        matcher: SymptomMatcher | None = None,
        ranking: LazyRanking | None = None,
        expectations: Expectations | None = None,
    ) -> None:
        """`matcher` finds symptoms in any text; without `ranking` only the samples are understood."""
        self._grammar = grammar
        self._matcher = matcher
        self._ranking = ranking
        expected = expectations or Expectations()
        self._expects = {name: frozenset(found) for name, found in expected.expects.items()}
        self._replies = {
            kind: {
                _plain(words_of(text)): (intent, value)
                for intent, values in intents.items()
                for value, texts in values.items()
                for text in texts
            }
            for kind, intents in expected.replies.items()
        }

    def read(self, text: str, *, today: date | None = None, asked: Asked | None = None) -> Heard:
        """Understand one utterance: an emergency first, then the samples, then what it probably means.

        What fits nothing is refused: AMAZON.FallbackIntent without slots, perhaps with a guess worth asking
        about. `today` is where the person is; `asked` is what they were asked.
        """
        text = text[:MAX_CHARACTERS]
        report = self._matcher.read(text) if self._matcher else None
        text = re.sub(r"(?<=\d) ?/ ?(?=\d)", " out of ", one_apostrophe(text))
        words = words_of(re.sub(r"[.;:!?\n]+", " ", text))
        if len(words) > MAX_WORDS or not any(_LATIN.search(word.form) for word in words):
            return _reported(report, text) if report else Heard(FALLBACK, confidence=0.0)
        heard = self._reply(words, asked) or self._grammar.exactly(words)
        if heard is None and report is None and asked and asked.is_safety:
            heard = self._clearly(text)
        if heard and not (report and self._decides(report, heard)):
            heard = self._with_report(heard, report, text)
            return self._on_the_calendar(self._with_interval(heard, words), words, today)
        can_guess = self._ranking and not heard and not _CODE.search(text)
        guesses = self._ranking.get().rank(text, self._favour(asked)) if self._ranking and can_guess else []
        at_ease = not (asked and asked.is_safety) and self._thresholds is WITH_MODEL
        if report and not (guesses and _overruled(report, guesses, at_ease=at_ease)):
            return _reported(report, text)
        return self._on_the_calendar(self._probably(guesses, text, words, asked), words, today)

    def _clearly(self, text: str) -> Heard | None:
        """The yes, no or not sure that is a clause of its own: "no numbness, no"; None if contradicted."""
        clauses = [words for clause in re.split(r"[,.;:!?]+", text) if (words := words_of(clause))]
        if _BUT.search(text):
            return None
        meant = [heard.intent for words in clauses if (heard := self._grammar.exactly(words))]
        return Heard(meant[0]) if len(set(meant)) == 1 and meant[0] in ANSWERS else None

    def _with_report(self, heard: Heard, report: Report | None, text: str) -> Heard:
        """A symptom that the samples name, with its level."""
        named = heard.slots.get("symptom") if heard.intent == REPORT else None
        if named is None or named.value is None or self._matcher is None:
            return heard
        same = report is not None and report.symptom == named.value
        return replace(heard, report=report if same else self._matcher.named(named.value, text))

    def _decides(self, report: Report, heard: Heard) -> bool:
        """Whether a report counts for more than what the samples say."""
        if report.symptom and report.level == "emergency" and not report.by_ear:
            return True
        return heard.intent == REPORT and "symptom" not in heard.slots

    def _reply(self, words: Sequence[Word], asked: Asked | None) -> Heard | None:
        """What the words mean in answer to this question only."""
        if asked is None:
            return None
        said = _plain(words)
        intent, value = self._replies.get(asked.topic, {}).get(said, (None, ANY))
        if intent is None:
            return None
        slot = main_slot(intent)
        return Heard(intent, {slot: Slot(value, said)} if slot and value != ANY else {})

    def _probably(
        self, guesses: Sequence[Guess], text: str, words: Sequence[Word], asked: Asked | None
    ) -> Heard:
        """The most probable meaning, the guess to ask about, or a refusal."""
        best = guesses[0] if guesses else Guess(SCORE, 1.0, ANY, 1.0)
        wants_score = asked is not None and SCORE in self._expected(asked)
        score = self._score(words) if wants_score and (best.intent == SCORE or best.share < SURE) else None
        if score:
            return Heard(SCORE, {"score": score})
        for guess in guesses[:3]:
            if guess.share < self._thresholds.asks:
                break
            slots = self._slots(guess, words)
            if guess.intent in NEEDS_VALUE and main_slot(guess.intent) not in slots:
                continue
            if guess.intent == REPORT:
                slots = {"words": Slot(text, text)}
            refusal = next((other.share for other in guesses if other.intent == FALLBACK), 0.0)
            return self._weighed(guess, slots, asked, refusal)
        return Heard(FALLBACK, confidence=0.0)

    @property
    def _thresholds(self) -> Thresholds:
        return WITH_MODEL if self._ranking and self._ranking.get().has_model else ALONE

    def _weighed(self, guess: Guess, slots: Mapping[str, Slot], asked: Asked | None, refusal: float) -> Heard:
        """A guess acted upon, asked about, or refused; `refusal`: how probable it is none of ours."""
        if guess.intent == FALLBACK:
            return Heard(FALLBACK, confidence=0.0)
        heard = Heard(guess.intent, slots, confidence=round(guess.share, 3))
        if guess.share >= self._least(guess, asked) and refusal < self._thresholds.not_ours:
            return heard
        refused = Heard(FALLBACK, confidence=heard.confidence)
        if guess.intent in UNASKED or (asked and asked.is_safety):
            return refused
        return replace(refused, did_you_mean=heard)

    def _least(self, guess: Guess, asked: Asked | None) -> float:
        """How probable a guess has to be for acting on it unasked."""
        # A number that nobody asked for, and what would clear a safety question, have to be sure.
        is_loose = guess.intent == SCORE and not (asked and SCORE in self._expected(asked))
        clears = guess.intent == "AMAZON.NoIntent" and asked is not None and asked.is_safety
        if guess.intent == REPORT:
            return SURER
        if is_loose or clears:
            return SURE
        return self._thresholds.sooner if guess.intent in HARMLESS else self._thresholds.acts

    def _expected(self, asked: Asked) -> frozenset[str]:
        return self._expects.get(asked.topic, frozenset())

    def _favour(self, asked: Asked | None) -> dict[tuple[str, str], float]:
        """By how much what answers the open question is more probable."""
        if asked is None or self._ranking is None:
            return {}
        expected = self._expected(asked)
        return {
            (intent, value): FAVOUR
            for intent, value in self._ranking.get().classes
            if intent in expected or f"{intent}:{value}" in expected
        }

    def _score(self, words: Sequence[Word]) -> Slot | None:
        """The last number that is said, without the ten of "out of ten"."""
        found = [
            number
            for number in self._grammar.found(NUMBER, words)
            if number.start == 0 or words[number.start - 1].form != "of"
        ]
        return Slot(found[-1].value, found[-1].said) if found else None

    def _slots(self, guess: Guess, words: Sequence[Word]) -> dict[str, Slot]:
        """The slots of a guess: what is said by its name, and the main one also by what it sounds like."""
        main = main_slot(guess.intent)
        slots: dict[str, Slot] = {}
        taken: list[Found] = []
        types = self._grammar.slots(guess.intent)
        # A length of time holds a number, "ten minutes to five" a length of time: the longer comes first.
        for name in sorted(types, key=lambda name: -self._longest(types[name], words)):
            if guess.intent == SCORE:
                found = self._score(words)
            elif types[name] == QUERY:
                found = None
            elif name == main:
                found = self._main(guess, self._grammar.found(types[name], words))
            else:
                found = self._other(types[name], words, taken)
            if found and found.value is not None:
                slots[name] = found
        if main and main not in slots and guess.value != ANY and guess.value_share >= SURE_VALUE:
            slots[main] = Slot(guess.value, guess.value)
        return slots

    def _longest(self, slot_type: str, words: Sequence[Word]) -> int:
        """How many words the longest value of a type takes up."""
        said = () if slot_type == QUERY else self._grammar.found(slot_type, words)
        return max((name.end - name.start for name in said), default=0)

    def _main(self, guess: Guess, said: Sequence[Found]) -> Slot | None:
        """The main slot where it is said by name: the likeliest of the names, unless it is surely another."""
        if not said or (
            guess.value not in {ANY, *(name.value for name in said)} and guess.value_share >= SURER_VALUE
        ):
            return None
        best = max(said, key=lambda name: (name.value == guess.value, len(name.said)))
        return Slot(best.value, best.said)

    def _other(self, slot_type: str, words: Sequence[Word], taken: list[Found]) -> Slot | None:
        """Any other slot: the longest that is said and not part of one that was found."""
        said = [
            name
            for name in self._grammar.found(slot_type, words)
            if all(name.end <= other.start or name.start >= other.end for other in taken)
            # "The belly one" counts nothing.
            and not (slot_type == NUMBER and name.value in {"0", "1"})
        ]
        if not said:
            return None
        best = max(said, key=lambda name: name.end - name.start)
        taken.append(best)
        return Slot(best.value, best.said)

    def _with_interval(self, heard: Heard, words: Sequence[Word]) -> Heard:
        """The same with how often, where that stands in the words of a sample: "set a daily reminder"."""
        for name, slot_type in self._grammar.slots(heard.intent).items():
            if slot_type == INTERVAL and name not in heard.slots:
                found = self._other(INTERVAL, words, self._grammar.found(TIME, words))
                return replace(heard, slots={**heard.slots, name: found}) if found else heard
        return heard

    def _on_the_calendar(self, heard: Heard, words: Iterable[Word], today: date | None) -> Heard:
        """The same with times of day and dates as Alexa gives them."""
        if heard.did_you_mean:
            return replace(heard, did_you_mean=self._on_the_calendar(heard.did_you_mean, words, today))
        slots = dict(heard.slots)
        types = self._grammar.slots(heard.intent)
        for name, slot in heard.slots.items():
            slot_type = types[name]
            if slot_type == TIME and slot.value:
                value = amounts.time_of_day(slot.value, {word.form for word in words})
                slots[name] = replace(slot, value=value)
            elif slot_type == DATE and slot.value:
                slots[name] = replace(slot, value=amounts.day_of(slot.value, today) if today else None)
        return replace(heard, slots=slots)


def _plain(words: Iterable[Word]) -> str:
    return " ".join(word.form for word in words)


def _overruled(report: Report, guesses: Sequence[Guess], *, at_ease: bool) -> bool:
    """Whether something else is meant than a report: one that alarms nobody, or that the ear disputes.

    `at_ease`: no safety question is open, and the sentence model is there to tell.

    What the rules see of an emergency, or of anything that needs a doctor today, is never overruled.
    """
    share = next((guess.share for guess in guesses if guess.intent == REPORT), 0.0)
    best = guesses[0].share if guesses[0].intent != REPORT else 0.0
    alarms = report.asks is not None or report.level != "none"
    if report.gates and not report.by_ear:  # the rules saw what takes exercises out
        return share < NO_DOUBT and best >= SURE and guesses[0].intent != FALLBACK
    if report.by_ear and alarms:
        # That it fits nothing else is no reason to pass over what may alarm.
        if guesses[0].intent == FALLBACK:
            return False
        if report.asks and at_ease:
            return share < NO_SUSPICION and best >= DISPELS
        return share < NO_ALARM and best >= OVERRULES
    if report.asks or (report.level == "soon" and at_ease):
        return share < NO_DOUBT and best >= SURE
    return not alarms and share < NO_REPORT and best >= OVERRULES


def _reported(report: Report, text: str) -> Heard:
    """A report as the intent: its symptom's id, or the words where there is none to act on."""
    if report.symptom:
        return Heard(REPORT, {"symptom": Slot(report.symptom, report.heard)}, report)
    return Heard(REPORT, {"words": Slot(text, text)}, report)
