"""Somebody who talks to the skill: by words or by intents, on a clock of their own."""

from collections.abc import Mapping
from typing import Any

from ask_sdk_core.attributes_manager import AbstractPersistenceAdapter

from intents.alexa import Conversation, Outcome
from intents.content import Content
from intents.envelope import build
from intents.grammar import Heard, Slot
from intents.proof.speaker import Speaker
from skill.store import SqliteStore
from tests.reminders import Diary

START_MS = 1_800_000_000_000
"""The actor's clock begins here: some day in 2027."""
ANSWER_MS = 3_500
ENDPOINT, TOKEN = "https://api.amazonalexa.com", "a.token-of_this.request"
"""What comes with the requests of a device that has reminders."""


class Actor:
    """One person with one device. Unless told otherwise, an answer comes when all has been heard."""

    def __init__(
        self,
        content: Content,
        store: AbstractPersistenceAdapter | None = None,
        *,
        locale: str = "en-US",
        country: str | None = "US",
        user_id: str = "amzn1.ask.account.test",
        reminders: Diary | None = None,
        speaker: Speaker | None = None,
        is_public: bool = True,
        start_delay_ms: int = 0,
    ) -> None:
        """With a `speaker` the device can play streams; where nothing is public, there are none."""
        self.content = content
        self.now_ms = START_MS
        self.locale = locale
        self.user_id = user_id
        self.person_id: str | None = None
        if store is None:
            memory = SqliteStore.in_memory()
            memory.prepare()
            store = memory
        self.store = store
        self.reminders = reminders
        self.speaker = speaker
        self.conversation = Conversation(
            content,
            store,
            now_ms=lambda: self.now_ms,
            country=country,
            reminders=lambda endpoint, token: reminders if (endpoint, token) == (ENDPOINT, TOKEN) else None,
            files=speaker.files if speaker and is_public else None,
            start_delay_ms=start_delay_ms,
            strict=True,
        )
        self.attributes: Mapping[str, Any] = {}
        self.session_id: str | None = None
        self.sessions = 0
        self.last: Outcome | None = None

    def says(self, text: str, *, at_ms: int | None = None) -> Outcome:
        """Say words; `at_ms` interrupts the last response that long after it began."""
        today = self.conversation.today(self.locale)
        question = self.last.reply.question if self.last and self.last.reply and self.session_id else None
        asked = self.content.asked(question)
        heard = self.content.understanding(self.locale).read(text, today=today, asked=asked)
        return self.sends(heard.intent, heard.slots, at_ms=at_ms, guess=heard.did_you_mean)

    def asks(self, intent: str, *, at_ms: int | None = None, **slots: str) -> Outcome:
        """Send an intent whose slots are resolved to these ids or values."""
        return self.sends(
            intent, {key: Slot(value=value, heard=value) for key, value in slots.items()}, at_ms=at_ms
        )

    def opens(self) -> Outcome:
        """Alexa, open gentle back."""
        self.leaves()
        return self.sends("LaunchRequest", {})

    def leaves(self) -> None:
        """End the session without a word, as a device that loses its network does."""
        self.session_id, self.attributes = None, {}

    def grants(
        self, status: str, *, code: str = "200", has_card: bool = False, token: str | None = None
    ) -> Outcome:
        """Answer Alexa's own question for a permission: in a session of its own, with our token."""
        assert self.last is not None
        (directive,) = self.last.json["response"]["directives"]
        request = {
            "type": "Connections.Response",
            "name": directive["name"],
            "token": directive["token"] if token is None else token,
            "status": {"code": code, "message": ""},
            "payload": {"status": status, "isCardThrown": has_card},
        }
        return self.sends("LaunchRequest", {}, request=request)

    def plays(self, name: str, *, at_ms: int = 0, **members: Any) -> Outcome:
        """What the player reports, such as `PlaybackStarted`, or one of its buttons, `at_ms` from now.

        `PlaybackFinished` comes when all of it was heard; then the queue's next track begins.
        """
        assert self.speaker is not None
        if name == "PlaybackFinished" and self.speaker.plays:
            at_ms = max(0, self.speaker.ends_ms() - self.now_ms)
        if name == "PlaybackStopped":
            self.speaker.stops(self.now_ms + at_ms)
        state = self.speaker.state(self.now_ms + at_ms)
        request: dict[str, Any] = {"type": f"AudioPlayer.{name}", "token": state.get("token", "")}
        if name.endswith("CommandIssued"):
            request = {"type": f"PlaybackController.{name}"}
        elif name == "PlaybackFailed":
            request |= {"error": {"type": "MEDIA_ERROR_SERVICE_UNAVAILABLE", "message": "not for the log"}}
            request["currentPlaybackState"] = state
        else:
            request["offsetInMilliseconds"] = state["offsetInMilliseconds"]
        finishes = name == "PlaybackFinished" and self.speaker.plays
        outcome = self.sends(
            "LaunchRequest", {}, at_ms=at_ms, request=request | members, in_session=False, ends=finishes
        )
        if name == "PlaybackFailed":
            self.speaker.stops(self.now_ms)
        return outcome

    def hears_on(self) -> None:
        """Listen to what plays to its end, as a device tells it: started, nearly finished, finished."""
        assert self.speaker is not None
        while self.speaker.plays:
            self.plays("PlaybackStarted")
            self.plays("PlaybackNearlyFinished", at_ms=max(0, self.speaker.ends_ms() - self.now_ms - 5_000))
            self.plays("PlaybackFinished")

    def sends(
        self,
        name: str,
        slots: Mapping[str, Slot],
        *,
        at_ms: int | None = None,
        request: Mapping[str, Any] | None = None,
        in_session: bool = True,
        ends: bool = False,
        guess: Heard | None = None,
    ) -> Outcome:
        if self.last is not None and self.last.timeline is not None:
            self.now_ms += self.last.timeline.duration_ms + ANSWER_MS if at_ms is None else at_ms
        is_new = self.session_id is None
        if self.session_id is None and in_session:
            self.sessions += 1
            self.session_id = f"session.{self.sessions}"
        envelope = build(
            name,
            slots,
            language=self.content.language(self.locale),
            locale=self.locale,
            session_id=self.session_id or "",
            user_id=self.user_id,
            is_new=is_new,
            now_ms=self.now_ms,
            attributes=self.attributes,
        )
        envelope["request"] |= request or {}
        if self.reminders is not None:
            envelope["context"]["System"] |= {"apiEndpoint": ENDPOINT, "apiAccessToken": TOKEN}
        if self.speaker is not None:
            if ends:
                self.speaker.finishes()
            envelope["context"]["System"]["device"]["supportedInterfaces"] = {"AudioPlayer": {}}
            envelope["context"]["AudioPlayer"] = self.speaker.state(self.now_ms)
        if not in_session:
            del envelope["session"]
        if self.person_id is not None:
            envelope["context"]["System"]["person"] = {"personId": self.person_id}
        outcome = self.conversation.respond(envelope, guess=guess)
        self.last = outcome
        if self.speaker is not None:
            spoken_ms = outcome.timeline.duration_ms if outcome.timeline else 0
            self.speaker.obeys(outcome.json["response"].get("directives", ()), self.now_ms, spoken_ms)
        if not in_session:
            return outcome
        if outcome.json["response"].get("shouldEndSession", True):
            self.leaves()
        else:
            self.attributes = outcome.json["sessionAttributes"]
        return outcome

    def is_cleared(self, exercise: str, *, pain: str = "two", surface: str = "on the floor") -> Outcome:
        """Ask for an exercise, answer every question with nothing to report, and say where one lies."""
        return self.has_nothing_to_report(
            self.asks("StartExerciseIntent", exercise=exercise), pain=pain, surface=surface
        )

    def has_nothing_to_report(
        self, outcome: Outcome, *, pain: str = "two", surface: str = "on the floor"
    ) -> Outcome:
        """Answer no to every safety question that comes, with this number, and say where one lies."""
        screening = self.content.screening
        gates = {
            q for round_ in screening.rounds.values() if round_.clears == "gate" for q in round_.questions
        }
        while outcome.reply and (question := outcome.reply.question):
            if question == "surface":
                outcome = self.says(surface)
            elif question in screening.questions and question not in gates:
                outcome = self.says(pain if screening.questions[question].answer == "number" else "no")
            else:
                break
        return outcome


def speech(outcome: Outcome) -> str:
    """All words of a response, without pauses."""
    assert outcome.timeline is not None
    return " ".join(cue.text for cue in outcome.timeline.cues)
