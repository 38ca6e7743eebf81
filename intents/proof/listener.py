"""What a careful listener knows of a session: what was answered, what was found, what that leaves.

It goes by the questions and findings of the content as data, and by the design's numbers; it knows nothing of
how replies are made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from intents.content import Content
from intents.shapes import MEANT, Form, Step

FIRST: Final = frozenset({"saddle", "legs", "fall", "chest", "illness", "pain", "pregnancy", "bones"})
RETURNING: Final = frozenset({"since_saddle", "since_legs", "since_ill", "news", "pain"})

REST_FROM, SMALL_FROM, RISE_STOPS = 6, 4, 2
ABOUT_OTHERS: Final = ("my husband", "my wife", "my mum")
"""How reports begin that are about somebody else; a listener knows no other way."""
ORDER: Final[tuple[Form, ...]] = ("no", "easier", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, as its sender knows it: slots by the ids or values to which they resolved."""

    name: str
    slots: Mapping[str, str] = field(default_factory=dict)
    now_ms: int
    device: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a careful listener knows of one session."""

    question: str | None = None
    """The open question."""
    unsure: bool = False
    """Whether "not sure" was said to it once."""
    answered: frozenset[str] = frozenset()
    """Questions, and groups of them, that were answered to their end."""
    group: str | None = None
    """The group of questions that is open after a yes."""
    found: bool = False
    """Whether that group has found anything."""
    ended: str | None = None
    """Why guidance is over for this session: `soon`, `urgent`, `emergency`, or `pain`."""
    forms: Mapping[str, Form] = field(default_factory=dict)
    """What conditions leave of exercises that they do not leave whole."""
    small: bool = False
    """Whether pain of four or five was named."""
    pain: int | None = None
    """The first number."""
    in_pain: bool = False
    """Whether it hurt while exercising, and that is not sorted."""
    in_pain_before: bool = False
    """Whether that was said before the safety questions were over: then they sort it, asked from there on."""
    asked_back: bool = False
    """Whether we asked back about a symptom, and neither yes nor no was said to that."""
    surface: str | None = None
    warmed: frozenset[str] = frozenset()
    """What of the warm-up was heard to its end, and made nothing worse."""
    lying: bool = False
    """Whether guidance has begun."""
    guiding: bool = False
    """Whether the last response was a page of guidance."""
    known: frozenset[str] = frozenset()
    """Exercises that had been done before this session."""
    streaming: bool = False
    """Whether this session's first word interrupts what plays straight through."""

    @property
    def is_asked(self) -> bool:
        """Whether all of a round of safety questions was answered."""
        return self.answered >= FIRST or self.answered >= RETURNING


class Listener:
    """Follows one session after another, request by request and response by response."""

    def __init__(self, content: Content) -> None:
        self._screening = content.screening

    def step(self, view: View, asked: Asked) -> Step | None:
        """Where an answer to the open safety question leads; None for what answers nothing."""
        rule = self._screening.questions.get(view.question or "")
        if rule is None or rule.answer == "number":
            return None
        is_unsure = asked.name == "NotSureIntent"
        if asked.name == "AMAZON.YesIntent":
            return rule.yes
        if asked.name == "AMAZON.NoIntent" or (asked.name == "AMAZON.NextIntent" and rule.skippable):
            return rule.no
        if not is_unsure or not view.unsure:
            return None
        if asked.slots.get("hedge") == "no" and self._screening.worst(view.question or "") != "none":
            return Step(finding="not_cleared")
        return rule.no if rule.yes.settles else rule.yes

    def noted(self, view: View, asked: Asked, step: Step | None) -> View:
        """What a listener knows now that this was said."""
        if asked.name == "NotSureIntent" and step is None:
            view = replace(view, unsure=True)
        symptom = asked.slots.get("symptom")
        if asked.name == "ReportSymptomIntent" and symptom in self._screening.advice:
            view = self._with_finding(view, str(symptom))
        if step is not None:
            view = self._with_answer(view, asked, step)
        if view.question == "ladder_leg" and asked.name == "AMAZON.YesIntent":
            view = replace(view, ended=view.ended or "pain")
        return self._with_place(self._with_number(self._with_pain(view, asked), asked), asked)

    def _with_answer(self, view: View, asked: Asked, step: Step) -> View:
        question = view.question or ""
        if question.startswith(MEANT):
            view = replace(view, asked_back=False)
            return self._with_finding(view, step.finding) if step.finding else view
        is_no = step is self._screening.questions[question].no
        if view.group is None or question not in self._screening.under(view.group):
            view = replace(view, group=question, found=False)
        if question == view.group and is_no and asked.name == "AMAZON.NoIntent":
            view = replace(view, answered=view.answered | {question})
        if step.finding:
            view = replace(self._with_finding(view, step.finding), found=True)
        if step.settles and view.ended == "soon":
            view = replace(view, ended=None)
        if step.ask or (step.round and not is_no):
            return view
        rule = self._screening.questions[view.group or question]
        opened = question != view.group or not is_no
        if opened and not view.found and rule.otherwise:
            view = self._with_finding(view, rule.otherwise)
        return replace(view, answered=view.answered | {view.group or question}, group=None)

    def _with_finding(self, view: View, finding: str) -> View:
        advice = self._screening.advice[finding]
        forms = dict(view.forms)
        if advice.condition:
            for name, left in self._screening.conditions[advice.condition].leaves.items():
                forms[name] = min(left, forms.get(name, "full"), key=ORDER.index)
        view = replace(view, forms=forms)
        if not advice.closes_guidance:
            return view
        return view if view.ended and view.ended != "soon" else replace(view, ended=advice.level)

    def _with_pain(self, view: View, asked: Asked) -> View:
        change = asked.slots.get("change") if asked.name == "ReportPainIntent" else None
        if change == "gone" and view.question == "pain":
            return replace(view, answered=view.answered | {"pain"}, pain=view.pain or 0)
        rising = view.question == "are_you_up" and change == "present"
        if change in {"worse", "present"} and view.lying and not rising:
            return replace(view, in_pain=True, warmed=frozenset())
        return view

    def _with_number(self, view: View, asked: Asked) -> View:
        value = asked.slots.get("score", "") if asked.name == "RatePainIntent" else ""
        number = int(value) if value.isdecimal() and value.isascii() else -1
        if not 0 <= number <= 10:  # noqa: PLR2004 - the scale
            return view
        if number >= REST_FROM or (view.pain is not None and number - view.pain >= RISE_STOPS):
            return replace(view, ended=view.ended or "pain")
        asked_for = view.question in {"pain", "ladder_number"}
        if view.question == "pain":
            first = number if view.pain is None else view.pain
            view = replace(view, answered=view.answered | {"pain"}, pain=first)
        if view.question == "ladder_number":
            ended = view.ended or (None if view.pain is not None else "pain")
            view = replace(view, in_pain=False, in_pain_before=False, ended=ended)
        counts = asked_for or view.pain is not None
        return replace(view, small=view.small or (counts and number >= SMALL_FROM))

    def _with_place(self, view: View, asked: Asked) -> View:
        if asked.name in {"SurfaceIntent", "StartExerciseIntent"} and "surface" in asked.slots:
            return replace(view, surface=asked.slots["surface"])
        if view.question == "floor_alone" and asked.name == "AMAZON.YesIntent":
            return replace(view, surface="floor")
        return view

    def after(self, view: View, asked: Asked, step: Step | None, summary: Mapping[str, Any]) -> View:
        """What a listener knows now that this was answered; `summary` is the response's `gentle_back`."""
        question, triage = summary["question"], summary["triage"]
        about_self = not asked.slots.get("words", "").startswith(ABOUT_OTHERS)
        if triage in {"urgent", "emergency"} and about_self and question != "are_you_up":
            view = replace(view, ended=triage)
        if question == "ladder_leg" and not (view.lying or view.in_pain or view.is_asked):
            view = replace(view, answered=frozenset(), in_pain_before=True)
        kept = step is None and question == view.question
        return replace(
            view,
            question=question,
            unsure=view.unsure and kept,
            group=view.group if question in self._screening.questions else None,
            asked_back=view.asked_back or (question or "").startswith(MEANT),
            in_pain=(view.in_pain or question == "ladder_leg") and not summary["guiding"],
            in_pain_before=view.in_pain_before and not summary["guiding"],
            lying=view.lying or summary["guiding"],
            guiding=summary["guiding"],
            streaming=False,
        )
