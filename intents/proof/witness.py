"""A witness: watches a conversation from outside and names every rule of the design that is broken.

It knows the questions, the limits, the words and what was answered; nothing of how a reply is made. Numbers
in parentheses are the invariants of the design's section 5. What it sees of one session is a `View`, handed
in and out, so that requests can come late, twice, or from several devices.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from intents import limits, never_say
from intents.alexa import Outcome, empty
from intents.content import Content
from intents.proof.listener import ABOUT_OTHERS, FIRST, RETURNING, Asked, Listener, View
from intents.proof.played import Played, Spoken
from intents.proof.speaker import Stretch, is_stopped_by, plays_in, track_in
from intents.proof.streams import Streams
from intents.shapes import Country, Step, rank
from intents.sound import token_from_text
from intents.tracks import REST

GATES: Final = frozenset({"pregnancy", "bones"})
BEFORE_ROLLING: Final = frozenset({"rolling_today", "age_or_thinners"})
ROLLING_TO: Final = 3
SMALL: Final = frozenset({"knees_to_chest", "knee_rocking"})
"""What is left at four or five."""
FLOOR_ONLY: Final = frozenset({"back_rolling", "pelvic_lift"})
WARM_UP: Final = frozenset({"knees_to_chest", "knee_rocking"})
"""What comes before rolling."""
STOPS: Final = frozenset({"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"})
WISHES: Final = frozenset({"StartExerciseIntent", "StartRoutineIntent"})
"""What begins anew where "go on" would have added to it."""
RESPONSE_MS: Final = 210_000
"""No response is longer (design 4)."""
# Everything that may be kept (8): the session's attributes, and what is stored of a person.
KEPT_IN_SESSION: Final = re.compile(
    r"question|round|rephrased|left|asked_back|before|clearance|closed|pain|wish|surface|lying|pose|offered|"
    r"briefed|rested|warmed|page_ms|misses|said|last|told|aside|forgets|who|kept|streamed|by_parts"
)
KEPT_OF_PERSON: Final = re.compile(
    r"version|met|finished|ledger|pace_percent|progress|place|seen_ms|history|preferences|"
    r"stream|knows_no_stream|listener"
)
QUESTIONS_KEPT: Final = frozenset({"question", "asked_back", "before", "aside"})


class Witness:
    """Watches one person. `country` is the row of the emergency number that applies."""

    def __init__(self, content: Content, *, locale: str = "en-US", country: Country) -> None:
        self._screening = content.screening
        self._listener = Listener(content)
        self._words = content.language(locale)
        self._country = country
        self._played = Played(content, locale)
        self._streams = Streams(content)
        self._checked: dict[str, list[tuple[str, str]]] = {}
        self._findings = frozenset(content.screening.advice) - frozenset(content.screening.questions)

    def new_session(self) -> View:
        """What is known at the beginning of a session."""
        return View(known=self._played.ever())

    def watch(
        self, view: View, asked: Asked, outcome: Outcome, stored: Mapping[str, Any]
    ) -> tuple[View, list[str]]:
        """What is known after a response, and every rule that it breaks.

        Args:
            view: What was known when the request was made.
            asked: The request.
            outcome: What came of it.
            stored: The person's row in the store, afterwards.
        """
        heard_to_end, over = self._played.interrupted(asked.device, asked.now_ms)
        broken = [f"(5) {problem}" for problem in over]
        if view.guiding and not view.streaming:
            view = replace(view, warmed=view.warmed | (heard_to_end & WARM_UP))
        broken += self._kept(stored, KEPT_OF_PERSON, "stored")
        if outcome.timeline is None:
            if outcome.json != empty():
                broken.append("(9) something was said where nothing may be")
            return replace(view, question=None, guiding=False), broken
        step = self._listener.step(view, asked)
        noted = self._listener.noted(view, asked, step)
        spoken = self._played.read(outcome, asked.now_ms)
        broken += self._whole_response(view, asked, outcome, spoken)
        broken += self._alarm(asked, outcome, spoken, step)
        if spoken.guides:
            broken += self._guidance(noted, asked, spoken)
            self._played.begins(asked.device, spoken)
        broken += self._plays(noted, asked, outcome.json["response"])
        broken += self._stops_playing(view, asked, outcome, spoken)
        after = self._listener.after(noted, asked, step, outcome.summary())
        about_self = not asked.slots.get("words", "").startswith(ABOUT_OTHERS)
        alarmed = outcome.summary()["triage"] in {"urgent", "emergency"} and about_self
        begins = (after.ended, after.in_pain, after.asked_back) != (view.ended, view.in_pain, view.asked_back)
        if alarmed or (begins and (after.ended or after.in_pain or after.asked_back)):
            self._streams.ends()
        return after, broken

    def told(self, asked: Asked, outcome: Outcome, stored: Mapping[str, Any]) -> list[str]:
        """Every rule that is broken by the answer to what a device's player reports, or to its buttons."""
        broken = list(self._kept(stored, KEPT_OF_PERSON, "stored"))
        broken += [f"(9) {problem}" for problem in limits.unspoken_problems(outcome.json, asked.name)]
        if outcome.timeline is not None:
            broken.append("(9) something was said where nothing may be")
        broken += self._plays(View(), asked, outcome.json["response"])
        return broken

    def listened(self, stretches: Iterable[Stretch]) -> list[str]:
        """Limits that are broken by what was heard of tracks."""
        return [
            f"(5) {problem}"
            for stretch in stretches
            for problem in self._played.listened(self._streams.heard(stretch))
        ]

    def _plays(self, view: View, asked: Asked, response: Mapping[str, Any]) -> Iterator[str]:
        """What plays straight through needs: a clearance of this session, or the one it carries."""
        for directive in plays_in(response):
            stream = directive["audioItem"]["stream"]
            if token_from_text(stream["token"]) is None:
                yield f"(8) a token that says something else: {stream['token']!r}"
            track = self._streams.track(track_in(stream))
            if track is None:
                yield f"(1) plays what there is not: {stream['url']}"
                continue
            if track.exercise == REST:  # help, which needs no clearance (10)
                continue
            spoken = self._streams.whole(track, asked.now_ms)
            missing = list(self._playing(view, asked, spoken))
            began = self._streams.began
            was_cleared = began is not None and not list(self._playing(*began, spoken))
            self._played.streams(spoken)
            if not missing:
                self._streams.begins(track, view, asked)
            elif (
                not self._streams.carries(track, asked.now_ms, was_cleared=was_cleared)
                or view.ended
                or view.in_pain
            ):
                yield from missing

    def _playing(self, view: View, asked: Asked, spoken: Spoken) -> Iterator[str]:
        """What a track needs that begins in an open session."""
        yield from self._guidance(view, asked, spoken)
        if view.small:
            yield f"(1) played {', '.join(sorted(name for name, _ in spoken.forms))} at four or five"

    def _stops_playing(self, view: View, asked: Asked, outcome: Outcome, spoken: Spoken) -> Iterator[str]:
        response, summary = outcome.json["response"], outcome.summary()
        if not view.streaming or plays_in(response) or is_stopped_by(response):
            return
        if spoken.guides or summary["question"] is not None or summary["triage"]:
            yield "(2) what plays goes on behind it"
        if asked.name in STOPS:
            yield "(6) stop does not stop what plays"

    def finish(self) -> list[str]:
        """Limits that are broken when everything that is being spoken is heard to its end."""
        return [f"(5) {problem}" for problem in self._played.finish()]

    def _whole_response(self, view: View, asked: Asked, outcome: Outcome, spoken: Spoken) -> Iterator[str]:
        summary = outcome.summary()
        response, words, question = outcome.json["response"], spoken.words, summary["question"]
        closed = question is None
        if spoken.guides != summary["guiding"]:
            yield f"(1) guiding is {summary['guiding']}, and what is said is not"
        if closed != response["shouldEndSession"]:
            yield "(6) a question and an open session do not go together"
        yield from (
            self._closing(view, asked, words, summary) if closed else self._open(view, asked, words, summary)
        )
        card = response.get("card", {})
        for text in (
            *spoken.texts,
            summary["reprompt"] or "",
            card.get("title", ""),
            card.get("content", ""),
        ):
            for rule, found in self._never_said(text):
                yield f"(7) says {found!r}, which is never said ({rule})"
        yield from self._kept(outcome.json.get("sessionAttributes") or {}, KEPT_IN_SESSION, "in the session")
        yield from (f"(9) {problem}" for problem in limits.problems(outcome.json))
        if spoken.length_ms > RESPONSE_MS:
            yield f"(9) lasts {spoken.length_ms} ms"

    def _closing(self, view: View, asked: Asked, words: str, summary: Mapping[str, Any]) -> Iterator[str]:
        if "?" in words or summary["reprompt"]:
            yield "(6) a closed response asks something"
        risen = view.question == "are_you_up" and asked.name in {
            "ReadyIntent",
            "AMAZON.YesIntent",
            "SurfaceIntent",
        }
        way_up = self._says(words, "way_up_short", "way_up_bed_short")
        response = summary["alexa"]["response"]
        # The track names the way up, or the next one does.
        plays = bool(plays_in(response)) or (view.streaming and not is_stopped_by(response))
        if view.lying and not risen and not plays and summary["triage"] != "emergency" and not way_up:
            yield "(6) closes without the way up"
        if asked.name in STOPS and view.guiding and not self._says(words, "stop_moving"):
            yield "(6) stop does not stop"

    def _open(self, view: View, asked: Asked, words: str, summary: Mapping[str, Any]) -> Iterator[str]:
        if asked.name in STOPS:
            yield "(6) stop does not close"
        if view.lying and "help me up" not in summary["reprompt"].lower():
            yield "(6) a reprompt without the way up"
        safety = view.question in self._screening.questions
        keeps = asked.name in {"AMAZON.HelpIntent", "AMAZON.FallbackIntent"} and safety
        if keeps and summary["question"] != view.question:
            yield f"(3) {asked.name} does not keep the question"
        calls = asked.name == "AMAZON.FallbackIntent" and (safety or view.guiding)
        if calls and self._country.number not in words:
            yield "(2) fallback does not say what needs a call"
        moves = self._words.moves
        if asked.name == "GetUpIntent" and not any(
            moves[way]["roll"] in words for way in ("way_up", "way_up_bed")
        ):
            yield "(10) no way up"
        if asked.name == "RestingPoseIntent" and summary["question"] != "rest_longer":
            yield "(10) no resting pose"
        on_back = any(moves[pose]["lie"] in words for pose in ("rest_back", "rest_towel") if pose in moves)
        if on_back and not view.answered & {"pregnancy", "news"}:
            yield "(10) on the back before the pregnancy question"

    def _alarm(self, asked: Asked, outcome: Outcome, spoken: Spoken, step: Step | None) -> Iterator[str]:
        summary = outcome.summary()
        reported = asked.slots.get("symptom") if asked.name == "ReportSymptomIntent" else None
        found = [reported, step.finding if step else None]
        serious = [name for name in found if name is not None and name in self._screening.advice]
        level = max((self._screening.advice[name].level for name in serious), key=rank, default="none")
        if level == "emergency" and summary["triage"] != "emergency":
            yield f"(2) an emergency is not answered: {serious}"
        if level == "urgent" and summary["triage"] not in {"urgent", "emergency"}:
            yield f"(2) something for today is not answered: {serious}"
        if summary["triage"] != "emergency":
            return
        sentences = re.split(r"(?<=[.?!])\s+", spoken.words)
        number = self._country.number
        if number not in " ".join(sentences[:2]):
            yield f"(2) the number is not in the first two sentences: {sentences[:2]}"
        if summary["question"] is not None:
            if summary["question"] != "are_you_up":
                yield "(2) an emergency asks something"
            return
        if number not in sentences[-1] and self._words.phrases["alarm_again_unknown"][0] != sentences[-1]:
            yield f"(2) the number is not at the end: {sentences[-1]}"
        if self._country.digits not in outcome.json["response"].get("card", {}).get("title", ""):
            yield "(2) no card with the number in digits"
        still = any(self._screening.advice[name].still for name in serious)
        if still and self._words.moves["feet_down"]["right"] in spoken.words:
            yield "(10) whoever must stay still is moved"

    def _guidance(self, view: View, asked: Asked, spoken: Spoken) -> Iterator[str]:
        """What a page of guidance needs."""
        exercises = {name for name, _ in spoken.forms}
        whole = view.answered >= FIRST or (view.answered >= RETURNING and view.answered >= GATES)
        if not whole and not view.answered >= RETURNING:
            yield f"(1) guided although not answered: {sorted(FIRST - view.answered)}"
        elif not whole and not spoken.forms <= self._played.cleared_by_habit(asked.now_ms):
            yield f"(1) guided what was not done before: {sorted(exercises)}"
        if view.ended:
            yield f"(4) guided after an end: {view.ended}"
        if view.in_pain and not (view.in_pain_before and view.is_asked):
            yield "(4) guided although pain is not sorted"
        if view.asked_back:
            yield "(2) guided although we asked back about a symptom"
        for name, easier in spoken.forms:
            left = view.forms.get(name, "full")
            if left == "no" or (left == "easier" and not easier):
                yield f"(1) guided {name} of which is left: {left}"
        if view.small and not exercises <= SMALL:
            yield f"(1) guided at four or five: {sorted(exercises - SMALL)}"
        if exercises & FLOOR_ONLY and view.surface not in {"floor", "mat"}:
            yield f"(5) {sorted(exercises)} on something else than the floor: {view.surface}"
        if "pelvic_lift" in exercises and "age_or_thinners" not in view.answered:
            yield "(1) lifted without its question"
        if "back_rolling" in exercises:
            yield from self._rolling(view)
        yield from (
            f"(5) {problem}"
            for problem in self._played.grows_too_fast(
                spoken, view.known, added=view.question == "more" and asked.name not in WISHES
            )
        )

    @staticmethod
    def _rolling(view: View) -> Iterator[str]:
        if not view.answered >= BEFORE_ROLLING:
            yield "(1) rolled without its questions"
        if not view.warmed >= WARM_UP:
            yield f"(5) rolled without a warm-up: only {sorted(view.warmed)}"
        if view.pain is None or view.pain > ROLLING_TO:
            yield f"(1) rolled at a pain of {view.pain}"

    def _says(self, words: str, *phrases: str) -> bool:
        return any(variant in words for phrase in phrases for variant in self._words.phrases[phrase])

    def _never_said(self, text: str) -> list[tuple[str, str]]:
        if text not in self._checked:
            self._checked[text] = list(never_say.found(text, self._words.never_say))
        return self._checked[text]

    def _kept(self, kept: Mapping[str, Any], allowed: re.Pattern[str], where: str) -> Iterator[str]:
        for name in kept:
            if not allowed.fullmatch(name):
                yield f"(8) {name!r} is kept {where}"
        for name, value in kept.items():
            for text in () if name in QUESTIONS_KEPT else _strings(value):
                if text in self._findings:
                    yield f"(8) {text!r} is kept {where}, in {name!r}"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
