"""What a device reports, late, twice, or not at all; what counts of a stream; whose it is."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from intents.alexa import empty
from intents.content import Content
from intents.proof.speaker import Planned, Speaker
from intents.safety import STREAM_MS
from intents.sound import Stream, token_from_text
from intents.state import Person, person_from_json
from skill.memory import Watched
from skill.store import SqliteStore
from tests.actor import Actor, speech
from tests.intents.scripts import told
from tests.intents.test_keeping import Unwritable

HOUR_MS = 60 * 60 * 1000
SIDES = {"plays": "knees_to_chest/start-right-100"}


@pytest.fixture
def store() -> Watched:
    return Watched(SqliteStore.in_memory())


@pytest.fixture
def listener(content: Content, store: Watched) -> Actor:
    """Somebody with a device that plays, who likes it straight through."""
    found = Actor(content, store, speaker=Speaker(Planned(content)))
    found.says("play it straight through")
    return found


def player(actor: Actor) -> Speaker:
    assert actor.speaker is not None
    return actor.speaker


def person(store: Watched) -> Person:
    return person_from_json(store.kept)


def kept(store: Watched) -> dict[str, Any]:
    """Everything that is stored, without the number of the write."""
    return {name: value for name, value in store.kept.items() if name != "version"}


def stream(store: Watched) -> Stream:
    found = person(store).stream
    assert found is not None
    return found


def counted(store: Watched) -> int:
    """What counts against this hour's sum."""
    return sum(done.repetitions for done in person(store).ledger)


# --- beginning ---


def test_it_begins_behind_the_speech_and_closes_the_session(listener: Actor, store: Watched) -> None:
    outcome = listener.is_cleared("knees_to_chest")
    assert told(outcome) == SIDES
    response = outcome.json["response"]
    assert response["shouldEndSession"] is True
    assert "reprompt" not in response
    (directive,) = response["directives"]
    found = directive["audioItem"]["stream"]
    assert found["url"].startswith("https://")
    assert found["captionData"]["content"].startswith("WEBVTT")
    assert directive["audioItem"]["metadata"]["title"] == "Knees to chest"
    assert outcome.summary()["guiding"] is False
    assert counted(store) == 3


def test_a_token_holds_no_person_and_nothing_about_health(listener: Actor, content: Content) -> None:
    listener.is_cleared("knees_to_chest")
    token = token_from_text(player(listener).stream["token"])
    assert token is not None
    assert (token.track, token.step) == (SIDES["plays"], 0)
    assert listener.user_id not in str(token)
    assert not any(name in str(token) for name in content.screening.advice)


@pytest.mark.parametrize(
    ("duration", "track"), [("PT5M", "knee_rocking/5min-100"), ("PT45M", "knee_rocking/10min-100")]
)
def test_who_knows_it_gets_what_was_asked_for_within_the_limit(
    listener: Actor, duration: str, track: str
) -> None:
    listener.is_cleared("knee_rocking")
    listener.hears_on()
    listener.now_ms += HOUR_MS
    outcome = listener.asks("StartExerciseIntent", exercise="knee_rocking", duration=duration)
    assert told(listener.has_nothing_to_report(outcome)) == {"plays": track}


def test_the_first_time_it_is_the_starting_dose_and_that_is_said(listener: Actor) -> None:
    outcome = listener.asks("StartExerciseIntent", exercise="knee_rocking", duration="PT5M")
    outcome = listener.has_nothing_to_report(outcome)
    assert told(outcome) == {"plays": "knee_rocking/start-100"}
    assert "You asked for five minutes. One minute first, as it's your first time." in speech(outcome)
    assert "say go on" not in speech(outcome)


def test_what_is_left_of_this_hour_cuts_it(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knee_rocking")
    listener.hears_on()
    for minutes in (8, 8):
        outcome = listener.asks("StartExerciseIntent", exercise="knee_rocking", duration=f"PT{minutes}M")
        outcome = listener.has_nothing_to_report(outcome)
        listener.hears_on()
        listener.now_ms += 1
    assert counted(store) <= 100
    assert told(outcome)["plays"] in {f"knee_rocking/{minutes}min-100" for minutes in range(2, 8)}


@pytest.mark.parametrize("pain", ["four", "five"])
def test_on_a_day_that_stays_small_it_goes_part_by_part(listener: Actor, pain: str) -> None:
    outcome = listener.is_cleared("knee_rocking", pain=pain)
    assert told(outcome) == {}
    assert outcome.summary()["guiding"]
    assert "part by part" in speech(outcome)


def test_an_easier_form_goes_part_by_part(listener: Actor) -> None:
    outcome = listener.asks("StartExerciseIntent", exercise="knee_rocking")
    for _ in range(5):
        outcome = listener.says("no")
    listener.says("two")
    listener.says("no")
    for said in ("yes", "yes", "no", "no"):  # weak bones, and nothing else
        outcome = listener.says(said)
    outcome = listener.has_nothing_to_report(outcome)
    assert told(outcome) == {}
    assert outcome.summary()["guiding"]


def a_speaker_alone(content: Content) -> Actor:
    return Actor(content, speaker=Speaker(Planned(content)), is_public=False)


def without_files(content: Content) -> Actor:
    return Actor(content, speaker=Speaker(Planned(content, only="pelvic_lift")))


@pytest.mark.parametrize("make", [Actor, a_speaker_alone, without_files])
def test_without_player_address_or_clips_it_is_said_once(
    content: Content, make: Callable[[Content], Actor]
) -> None:
    actor = make(content)
    said = [speech(actor.says("play it straight through"))]
    for _ in range(2):
        outcome = actor.is_cleared("knee_rocking")
        assert outcome.summary()["guiding"]
        assert told(outcome) == {}
        said.append(speech(outcome))
        actor.leaves()
    assert sum("I can't play it straight through here" in words for words in said) == 1


# --- what the device reports ---


def test_the_whole_queue_is_heard_and_is_what_was_done(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knees_to_chest")
    listener.hears_on()
    assert player(listener).track == "knees_to_chest/start-left-100"
    assert counted(store) == 6
    assert "knees_to_chest" in person(store).finished
    assert person(store).progress["knees_to_chest"].whole == 1
    assert stream(store).over


def test_asking_early_or_twice_queues_once(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knees_to_chest")
    first = listener.plays("PlaybackNearlyFinished")
    again = listener.plays("PlaybackNearlyFinished")
    assert told(first) == {"queues": "knees_to_chest/start-left-100"}
    assert again.json == empty()
    assert len(player(listener).queue) == 1
    assert counted(store) == 6
    listener.says("pause", at_ms=30_000)
    assert counted(store) < 3, "what stood in the queue was never heard"


def test_nothing_follows_the_last_one(listener: Actor) -> None:
    listener.is_cleared("knee_rocking")
    assert listener.plays("PlaybackNearlyFinished").json == empty()


def test_nothing_is_queued_once_the_clearance_is_over(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knees_to_chest")
    began_ms = stream(store).until_ms - STREAM_MS
    late = listener.plays("PlaybackNearlyFinished", at_ms=began_ms + STREAM_MS - listener.now_ms)
    assert late.json == empty()
    listener.plays("PlaybackFinished")
    assert "knees_to_chest" not in person(store).finished
    outcome = listener.says("resume")
    assert outcome.reply is not None
    assert outcome.reply.question == "saddle"
    assert told(listener.has_nothing_to_report(outcome)) == {"plays": "knees_to_chest/start-left-100"}


def test_what_had_begun_counts_and_no_more(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knee_rocking")
    whole = counted(store)
    listener.plays("PlaybackStopped", at_ms=player(listener).ends_ms() - listener.now_ms - 45_000)
    assert 0 < counted(store) < whole
    assert not stream(store).playing
    before = counted(store)
    listener.says("resume")
    listener.hears_on()
    assert whole <= counted(store) <= whole + 1, "one that had begun is done again"
    assert before < whole
    assert "knee_rocking" in person(store).finished


@pytest.mark.parametrize(
    "name",
    ["PlaybackStarted", "PlaybackNearlyFinished", "PlaybackFinished", "PlaybackStopped", "PlaybackFailed"],
)
@pytest.mark.parametrize("token", ["", "gb1.", "gb1.AAAA", "track 7 of somebody else", "x" * 2_000, None, 7])
def test_tokens_that_are_not_ours_change_nothing(
    listener: Actor, store: Watched, name: str, token: object
) -> None:
    listener.is_cleared("knees_to_chest")
    before = kept(store)
    assert listener.plays(name, token=token).json == empty()
    assert kept(store) == before


@pytest.mark.parametrize(
    "name", ["PlaybackNearlyFinished", "PlaybackFinished", "PlaybackStopped", "PlaybackFailed"]
)
def test_what_is_told_of_an_earlier_track_changes_nothing(listener: Actor, store: Watched, name: str) -> None:
    listener.is_cleared("knees_to_chest")
    old = player(listener).stream["token"]
    listener.says("start over", at_ms=30_000)
    assert player(listener).stream["token"] != old
    before = kept(store)
    outcome = listener.plays(name, token=old)
    assert outcome.json == empty()
    assert kept(store) == before


def test_a_second_device_takes_over_and_the_first_changes_nothing(
    content: Content, listener: Actor, store: Watched
) -> None:
    listener.is_cleared("knees_to_chest")
    other = Actor(content, store, speaker=Speaker(Planned(content)))
    other.now_ms = listener.now_ms + 1_000
    other.sessions = 100
    other.is_cleared("knees_to_chest")
    before = kept(store)
    listener.now_ms = other.now_ms
    assert listener.plays("PlaybackNearlyFinished").json == empty()
    assert listener.plays("PlaybackStopped").json == empty()
    assert kept(store) == before
    assert told(other.plays("PlaybackNearlyFinished")) == {"queues": "knees_to_chest/start-left-100"}


def test_other_clips_begin_the_track_anew(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knee_rocking")
    listener.says("pause", at_ms=60_000)
    player(listener).files.voice = "another"
    outcome = listener.says("resume")
    assert told(outcome) == {"plays": "knee_rocking/start-100"}
    assert stream(store).from_ms == 0


def test_clips_that_have_gone_are_no_way_on(listener: Actor) -> None:
    listener.is_cleared("knees_to_chest")
    player(listener).files.only = "pelvic_lift"
    outcome = listener.says("next", at_ms=10_000)
    assert told(outcome) == {}
    assert "I can't play that right now." in speech(outcome)
    outcome = listener.has_nothing_to_report(listener.says("resume"))
    assert outcome.summary()["guiding"]


def test_nothing_plays_that_cannot_be_remembered(content: Content) -> None:
    actor = Actor(content, Unwritable(), speaker=Speaker(Planned(content)))
    actor.opens()
    actor.says("play it straight through")
    outcome = actor.is_cleared("knee_rocking")
    assert told(outcome) == {}
    assert outcome.json["response"]["shouldEndSession"] is True
    assert "I can't play that right now." in speech(outcome)


# --- a voice interrupts it ---


def test_a_device_that_stops_for_a_voice_goes_on_after_a_short_answer(
    listener: Actor, store: Watched
) -> None:
    listener.is_cleared("knees_to_chest")
    listener.plays("PlaybackNearlyFinished")
    whole = counted(store)
    listener.plays("PlaybackStopped", at_ms=10_000)
    assert counted(store) < whole
    outcome = listener.says("how should i lift a box", at_ms=1_000)
    assert told(outcome) == {}
    assert "roll onto your side" not in speech(outcome)
    assert player(listener).resumes(listener.now_ms + 20_000)
    assert listener.plays("PlaybackStarted", at_ms=20_000).json == empty()
    assert counted(store) == whole
    listener.hears_on()
    assert counted(store) == 6
    assert stream(store).over


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("stop", "Stop moving. Lower your right foot."),
        ("it hurts", "Stop there, and breathe out."),
        ("pause", "To go on, say, Alexa, resume."),
        ("help", "Put your feet down and rest."),
    ],
)
def test_what_was_interrupted_is_stopped_all_the_same(listener: Actor, said: str, words: str) -> None:
    listener.is_cleared("knees_to_chest")
    listener.plays("PlaybackNearlyFinished")
    listener.plays("PlaybackStopped", at_ms=10_000)
    outcome = listener.says(said, at_ms=1_000)
    assert told(outcome) == {"stops": True}
    assert words in speech(outcome)
    assert player(listener).queue == []
    assert not player(listener).resumes(listener.now_ms)


def test_what_was_interrupted_is_stopped_again_when_the_answer_was_lost(listener: Actor) -> None:
    """Alexa sends the same request once more, and the device never heard of the first answer."""
    listener.is_cleared("knees_to_chest")
    listener.plays("PlaybackStopped", at_ms=10_000)
    interrupted = player(listener).state(listener.now_ms)
    assert told(listener.says("help me up", at_ms=1_000)) == {"stops": True}
    listener.leaves()
    assert player(listener).state(listener.now_ms) == interrupted
    assert told(listener.says("help me up", at_ms=1_000)) == {"stops": True}
    listener.leaves()
    assert told(listener.plays("PlaybackStarted")) == {"stops": True}


def test_pain_said_twice_is_pain_while_exercising_both_times(listener: Actor) -> None:
    listener.is_cleared("abdominal_brace")
    listener.plays("PlaybackStopped", at_ms=10_000)
    for _ in range(2):
        outcome = listener.says("it hurts", at_ms=1_000)
        assert outcome.reply is not None
        assert outcome.reply.question == "ladder_leg"
        assert "help me up" in (outcome.reply.reprompt or "")
        listener.leaves()


def test_what_was_stopped_long_ago_is_not_interrupted(listener: Actor) -> None:
    listener.is_cleared("knees_to_chest")
    listener.plays("PlaybackStopped", at_ms=10_000)
    outcome = listener.says("how should i lift a box", at_ms=HOUR_MS)
    assert told(outcome) == {}
    assert listener.opens().reply is not None
    assert told(listener.says("tip for sitting")) == {}


def test_what_a_report_has_ended_does_not_start_again(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knees_to_chest")
    listener.plays("PlaybackStopped", at_ms=10_000)
    listener.asks("RatePainIntent", score="5", at_ms=1_000)
    assert stream(store).until_ms == 0
    listener.leaves()
    assert told(listener.plays("PlaybackStarted")) == {"stops": True}


def test_an_event_that_never_came_is_made_up_for(listener: Actor) -> None:
    """Finished and started got lost: the next word tells where the device is."""
    listener.is_cleared("knees_to_chest")
    listener.plays("PlaybackNearlyFinished")
    player(listener).goes_on(listener.now_ms + 120_000)
    outcome = listener.says("again", at_ms=130_000)
    assert told(outcome) == {"plays": "knees_to_chest/start-left-100"}


# --- failing ---


def test_a_failure_is_logged_once_without_its_message_and_remembered(
    listener: Actor, store: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gentle_back")
    listener.is_cleared("knee_rocking")
    assert listener.plays("PlaybackFailed").json == empty()
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == (
        "reported by Alexa: AudioPlayer.PlaybackFailed, MEDIA_ERROR_SERVICE_UNAVAILABLE, of request unknown"
    )
    assert stream(store).failed
    outcome = listener.is_cleared("knee_rocking")
    assert "The sound didn't play last time, so we go part by part." in speech(outcome)
    assert outcome.summary()["guiding"]
    listener.leaves()
    assert told(listener.is_cleared("knee_rocking")) == {"plays": "knee_rocking/start-100"}


def test_who_asks_for_it_again_after_a_failure_gets_it(listener: Actor) -> None:
    listener.is_cleared("knee_rocking")
    listener.plays("PlaybackFailed")
    listener.is_cleared("knee_rocking")
    outcome = listener.says("play it straight through", at_ms=20_000)
    assert told(outcome) == {"plays": "knee_rocking/start-100"}


# --- after an alarm, and after forgetting ---


def test_what_is_queued_behind_an_alarm_is_stopped_when_it_begins(
    content: Content, listener: Actor, store: Watched
) -> None:
    listener.is_cleared("knees_to_chest")
    listener.plays("PlaybackNearlyFinished")
    other = Actor(content, store)
    other.now_ms = listener.now_ms
    other.asks("ReportSymptomIntent", symptom="chest_pain")
    assert person(store).stream is None
    listener.now_ms = other.now_ms
    player(listener).goes_on(listener.now_ms + 200_000)
    player(listener).activity = "PLAYING"
    assert told(listener.plays("PlaybackStarted")) == {"stops": True}
    assert not player(listener).plays


def test_who_is_forgotten_hears_nothing_more(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knees_to_chest")
    assert told(listener.says("forget me", at_ms=20_000)) == {"stops": True}
    listener.says("yes")
    assert person(store).stream is None
    assert told(listener.says("resume")) == {"stops": True}


@pytest.mark.parametrize(
    "report",
    [
        {"change": "worse"},
        {"change": "present"},
        {"symptom": "fever"},
        {"symptom": "pain_over_six_weeks"},
        {"words": "something odd"},
        {"score": "6"},
    ],
)
def test_a_report_ends_the_clearance_that_a_stream_carries(listener: Actor, report: dict[str, str]) -> None:
    listener.is_cleared("knee_rocking")
    names = {"change": "ReportPainIntent", "score": "RatePainIntent"}
    intent = names.get(next(iter(report)), "ReportSymptomIntent")
    assert told(listener.asks(intent, at_ms=20_000, **report)) == {"stops": True}
    listener.leaves()
    assert told(listener.says("resume")) == {"stops": True}
    assert told(listener.plays("PlayCommandIssued")) == {}


def test_what_is_said_of_somebody_else_leaves_it(listener: Actor) -> None:
    listener.is_cleared("knee_rocking")
    outcome = listener.asks("ReportSymptomIntent", words="my husband has chest pain", at_ms=20_000)
    assert told(outcome) == {"stops": True}
    assert "Call nine one one now for that person." in speech(outcome)
    listener.leaves()
    assert "plays" in told(listener.says("resume"))


# --- whose it is ---


def test_a_device_that_does_not_say_who_listens_is_followed_to_them(content: Content) -> None:
    memory = SqliteStore.in_memory()
    anna = Actor(content, memory, speaker=Speaker(Planned(content)))
    anna.person_id = "amzn1.ask.person.anna"
    anna.says("play it straight through")
    anna.is_cleared("knees_to_chest")
    anna.person_id = None  # requests of the player, and a voice that was not recognised
    assert told(anna.plays("PlaybackNearlyFinished")) == {"queues": "knees_to_chest/start-left-100"}
    assert told(anna.says("pause", at_ms=10_000)) == {"stops": True}
    assert "plays" in told(anna.says("resume"))
    tip = anna.says("what do you know about me", at_ms=10_000)
    assert "knees to chest" not in speech(tip), "a question of somebody unknown is not hers"
    anna.person_id = "amzn1.ask.person.anna"
    anna.says("forget me")
    anna.says("yes")
    anna.person_id = None
    assert anna.plays("PlaybackNearlyFinished").json == empty()


def test_what_is_stored_says_nothing_about_health(listener: Actor, store: Watched, content: Content) -> None:
    listener.is_cleared("knees_to_chest")
    found: dict[str, Any] = store.kept["stream"]
    assert set(found) == set(Stream.__dataclass_fields__)
    assert not any(str(value) in content.screening.advice for value in found.values())


def test_a_page_takes_the_place_of_a_stream(listener: Actor, store: Watched) -> None:
    listener.is_cleared("knee_rocking")
    listener.says("step by step", at_ms=20_000)
    listener.is_cleared("knees_to_chest")
    assert person(store).stream is None
    assert person(store).place is not None


@pytest.mark.parametrize(
    "said", ["how should i lift a box", "how long left", "shuffle", "what helps against pain"]
)
def test_a_short_answer_lets_it_play_on(listener: Actor, said: str) -> None:
    listener.is_cleared("knee_rocking")
    outcome = listener.says(said, at_ms=20_000)
    if outcome.json["response"]["shouldEndSession"]:
        assert told(outcome) == {}
        assert player(listener).plays
    else:
        assert told(outcome) == {"stops": True}
