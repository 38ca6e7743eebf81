"""The routine: the seed's sequence, fitted to the asked time, within gates, doses and rests."""

import pytest

from intents.alexa import Outcome
from intents.content import Content
from intents.proof.speaker import Planned, Speaker
from intents.routine import ORDER
from intents.safety import STREAM_MS
from intents.sound import Stream
from intents.state import Person, person_from_json
from skill.memory import Watched
from skill.store import SqliteStore
from tests.actor import Actor, speech
from tests.intents.scripts import told

HOURS_MS = 2 * 60 * 60 * 1000
ANSWERS = {"page_check": "the same", "rolling_today": "no", "age_or_thinners": "no"}


def has_done_everything(actor: Actor) -> None:
    for name in ORDER:
        actor.is_cleared(name)
        while actor.last and actor.last.reply and actor.last.reply.question in ANSWERS:
            actor.says(ANSWERS[actor.last.reply.question])
        actor.leaves()
        actor.now_ms += HOURS_MS


def routine(actor: Actor, minutes: int | None) -> Outcome:
    if minutes is None:
        return actor.has_nothing_to_report(actor.asks("StartRoutineIntent"))
    return actor.has_nothing_to_report(actor.asks("StartRoutineIntent", duration=f"PT{minutes}M"))


def guided_to_the_end(actor: Actor, outcome: Outcome) -> tuple[int, list[str]]:
    """How long all of it was guided, rests included, and which exercises, page by page."""
    total_ms, names = 0, []
    while outcome.reply and outcome.timeline and outcome.reply.question in ANSWERS:
        if outcome.timeline.guided:
            assert outcome.reply.person.place
            names.append(outcome.reply.person.place.exercise)
            cues = [cue for cue in outcome.timeline.cues if cue.guided or cue.text == "Breathe."]
            total_ms += sum(cue.length_ms for cue in cues)
        outcome = actor.says(ANSWERS[outcome.reply.question])
    return total_ms, names


@pytest.mark.parametrize("minutes", [3, 4, 5, 6, 8, 10, 12, 15, 20])
def test_it_takes_as_long_as_asked_within_a_tenth(content: Content, minutes: int) -> None:
    actor = Actor(content)
    has_done_everything(actor)
    total_ms, names = guided_to_the_end(actor, routine(actor, minutes))
    assert abs(total_ms - minutes * 60_000) <= minutes * 6_000
    assert sorted(set(names), key=ORDER.index) == list(dict.fromkeys(names)), "out of order"


def test_the_first_time_every_step_has_its_starting_dose_and_the_time_is_said(actor: Actor) -> None:
    first = routine(actor, 10)
    assert "It comes to about six minutes, in five parts" in speech(first)
    total_ms, names = guided_to_the_end(actor, first)
    assert names == list(ORDER)
    assert 330_000 <= total_ms <= 390_000


def test_a_short_time_leaves_out_what_is_optional_and_says_so(actor: Actor) -> None:
    first = routine(actor, 3)
    assert "For that time I leave out pelvic lifts, rolling, and belly tightening." in speech(first)
    _, names = guided_to_the_end(actor, first)
    assert names == ["knees_to_chest", "knee_rocking"]


def test_gates_hold_in_the_routine(actor: Actor) -> None:
    """Weak bones: easier forms, no lifts, no rolling; and on a bed nothing that needs the floor."""
    outcome = actor.asks("StartRoutineIntent", duration="PT5M")
    while outcome.reply and outcome.reply.question != "surface":
        question = outcome.reply.question
        yes = question in {"bones", "weak_bones"}
        outcome = actor.says("two" if question == "pain" else "yes" if yes else "no")
    outcome = actor.says("on a bed")
    assert outcome.reply
    place = outcome.reply.person.place
    assert place
    assert all(block.easier for page in place.pages for block in page)
    assert [page[0].exercise for page in place.pages] == ["abdominal_brace", "knees_to_chest", "knee_rocking"]


def test_a_step_that_its_own_question_leaves_out_is_passed_over_and_said(actor: Actor) -> None:
    outcome = routine(actor, None)
    said = []
    for _ in range(12):
        assert outcome.reply
        if outcome.reply.question not in {*ANSWERS, "rolling_leg"}:
            break
        answer = {"rolling_today": "yes", "rolling_leg": "no"}.get(outcome.reply.question, "the same")
        outcome = actor.says("no" if outcome.reply.question == "age_or_thinners" else answer)
        said.append(speech(outcome))
    assert "We leave rolling out today." in said[-1]
    assert "That's the whole routine." in said[-1]


def test_worse_in_the_middle_switches_off_the_rolling_to_come(actor: Actor) -> None:
    routine(actor, None)
    actor.says("the same")
    actor.says("worse")
    actor.says("no")
    actor.says("three")
    outcome = actor.says("guide me through rolling")
    assert outcome.timeline
    assert not outcome.timeline.guided
    assert "back_rolling" not in speech(outcome)


def test_the_way_back_goes_to_the_step_before(actor: Actor) -> None:
    routine(actor, None)
    second = actor.says("the same")
    assert "Next, knees to chest." in speech(second)
    back = actor.asks("AMAZON.PreviousIntent", at_ms=10_000)
    assert back.reply
    assert back.reply.person.place
    assert back.reply.person.place.exercise == "abdominal_brace"
    again = actor.asks("AMAZON.StartOverIntent", at_ms=10_000)
    assert again.reply
    assert again.reply.person.place
    assert again.reply.person.place.page == 0


def test_a_routine_left_halfway_is_offered_another_day(actor: Actor) -> None:
    routine(actor, None)
    actor.says("the same")
    actor.leaves()
    actor.now_ms += HOURS_MS
    assert "partway through knees to chest" in speech(actor.opens())
    actor.says("yes")
    assert actor.last
    outcome = actor.has_nothing_to_report(actor.last)
    assert outcome.timeline
    assert outcome.timeline.guided
    assert outcome.reply
    assert outcome.reply.person.place
    assert outcome.reply.person.place.routine


def test_once_guidance_is_closed_there_is_no_routine(actor: Actor) -> None:
    actor.opens()
    actor.asks("ReportSymptomIntent", symptom="fever")
    assert "No guided exercises today." in speech(actor.asks("StartRoutineIntent"))


def test_asked_for_in_the_middle_of_the_questions_it_waits_for_them(actor: Actor) -> None:
    actor.asks("StartExerciseIntent", exercise="knee_rocking")
    outcome = actor.asks("StartRoutineIntent", duration="PT5M")
    assert outcome.reply
    assert outcome.reply.question == "saddle"
    first = actor.has_nothing_to_report(outcome)
    assert "parts, with short rests" in speech(first)


# --- straight through ---

PLAYED = ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift")


@pytest.fixture
def store() -> Watched:
    return Watched(SqliteStore.in_memory())


@pytest.fixture
def listener(content: Content, store: Watched) -> Actor:
    """Somebody with a device that plays, who likes it straight through."""
    found = Actor(content, store, speaker=Speaker(Planned(content)))
    found.says("play it straight through")
    return found


def played(actor: Actor, minutes: int | None = None, **answers: str) -> Outcome:
    """The routine, with its own questions answered, too: by no, unless said otherwise."""
    outcome = routine(actor, minutes)
    while outcome.reply and outcome.reply.question in ANSWERS:
        outcome = actor.says(answers.get(outcome.reply.question, "no"))
    return outcome


def person(store: Watched) -> Person:
    return person_from_json(store.kept)


def stream(store: Watched) -> Stream:
    found = person(store).stream
    assert found is not None
    return found


def tracks_heard(actor: Actor) -> list[str]:
    """Every track, as a device tells of it, to the end of the last."""
    speaker, names = actor.speaker, []
    assert speaker is not None
    while speaker.plays:
        names.append(speaker.track or "")
        actor.plays("PlaybackStarted")
        actor.plays("PlaybackNearlyFinished", at_ms=max(0, speaker.ends_ms() - actor.now_ms - 5_000))
        actor.plays("PlaybackFinished")
    return names


def test_all_of_it_is_heard_and_is_what_was_done(listener: Actor, store: Watched) -> None:
    played(listener)
    assert tracks_heard(listener) == [
        "abdominal_brace/start-next-100",
        "knees_to_chest/start-right-100",
        "knees_to_chest/start-left-next-100",
        "knee_rocking/start-next-100",
        "pelvic_lift/start-100",
    ]
    found = person(store)
    assert stream(store).over
    assert set(found.finished) == set(PLAYED)
    assert {name: (found.progress[name].whole, found.progress[name].open) for name in PLAYED} == (
        dict.fromkeys(PLAYED, (1, False))
    )
    counted = {name: sum(one.repetitions for one in found.ledger if one.exercise == name) for name in PLAYED}
    assert counted == {"abdominal_brace": 3, "knees_to_chest": 6, "knee_rocking": 6, "pelvic_lift": 5}


@pytest.mark.parametrize("minutes", [4, 6, 8, 10, 15])
def test_it_plays_as_long_as_asked_within_a_tenth(content: Content, listener: Actor, minutes: int) -> None:
    by_parts = Actor(content, listener.store)
    by_parts.now_ms = listener.now_ms
    by_parts.sessions = 1_000
    by_parts.says("step by step")
    has_done_everything(by_parts)
    listener.now_ms = by_parts.now_ms
    listener.says("play it straight through")
    played(listener, minutes)
    assert listener.speaker is not None
    files = [listener.speaker.files.named(name) for name in tracks_heard(listener)]
    around_ms = files[0].guided_ms[0] + files[-1].length_ms - files[-1].guided_ms[1]
    lasted_ms = sum(file.length_ms for file in files) - around_ms
    assert abs(lasted_ms - minutes * 60_000) <= minutes * 6_000


def test_what_is_skipped_is_not_done_and_the_others_are(listener: Actor, store: Watched) -> None:
    played(listener)
    listener.says("next", at_ms=40_000)
    tracks_heard(listener)
    assert set(person(store).finished) == set(PLAYED) - {"abdominal_brace"}
    assert person(store).progress["abdominal_brace"].open
    assert not person(store).progress["pelvic_lift"].open


def test_an_exercise_that_was_never_reached_is_no_session_that_was_left(
    listener: Actor, store: Watched
) -> None:
    played(listener)
    listener.says("stop", at_ms=30_000)
    assert set(person(store).progress) == {"abdominal_brace"}


def test_for_half_an_hour_it_carries_its_clearance_and_later_it_asks(listener: Actor) -> None:
    played(listener)
    listener.says("next", at_ms=40_000)
    listener.says("pause", at_ms=20_000)
    assert told(listener.says("resume"))["plays"] == "knees_to_chest/start-right-100"
    listener.says("pause", at_ms=20_000)
    listener.now_ms += STREAM_MS
    outcome = listener.says("resume")
    assert outcome.reply
    assert outcome.reply.question == "saddle"
    assert told(listener.says("stop")) == {}
    assert not listener.speaker or not listener.speaker.plays


def test_later_it_goes_on_without_what_is_not_cleared_any_more(listener: Actor, store: Watched) -> None:
    played(listener)
    listener.says("next", at_ms=40_000)
    listener.says("pause", at_ms=20_000)
    listener.now_ms += STREAM_MS
    outcome = listener.has_nothing_to_report(listener.says("resume"), surface="on the bed")
    assert told(outcome)["plays"] == "knees_to_chest/start-right-100"
    assert "We leave pelvic lifts out today." in speech(outcome)
    assert [part.exercise for part in stream(store).parts] == list(PLAYED[:-1])
    assert stream(store).step == 1
    assert tracks_heard(listener)[-1] == "knee_rocking/start-100"


def test_where_the_exercise_itself_is_not_cleared_any_more_the_next_one_plays(
    listener: Actor, store: Watched
) -> None:
    played(listener)
    for _ in range(4):
        listener.says("next", at_ms=10_000)
    assert stream(store).exercise == "pelvic_lift"
    listener.says("previous", at_ms=10_000)
    listener.says("pause", at_ms=10_000)
    listener.now_ms += STREAM_MS
    outcome = listener.has_nothing_to_report(listener.says("resume"))
    assert outcome.reply
    assert outcome.reply.question == "age_or_thinners"
    assert told(listener.says("yes")) == {"plays": "knee_rocking/start-100"}, "lifts came last"


def test_what_an_hour_leaves_is_what_plays(listener: Actor, store: Watched) -> None:
    played(listener)
    tracks_heard(listener)
    for _ in range(4):
        listener.now_ms += 60_000
        played(listener, 20)
        tracks_heard(listener)
    found = person(store)
    numbers = listener.content.numbers.exercises
    for name in PLAYED:
        counted = sum(one.repetitions for one in found.ledger if one.exercise == name)
        assert counted <= numbers[name].session_limit


def test_what_is_stored_of_it_is_exercises_and_doses(listener: Actor, store: Watched) -> None:
    played(listener)
    assert set(store.kept["stream"]) == set(Stream.__dataclass_fields__)
    assert all(set(part) == {"exercise", "amount"} for part in store.kept["stream"]["parts"])


def test_a_report_ends_all_of_it(listener: Actor) -> None:
    played(listener)
    listener.plays("PlaybackNearlyFinished")
    assert told(listener.asks("ReportPainIntent", at_ms=20_000, change="present")) == {"stops": True}
    listener.leaves()
    assert "plays" not in told(listener.says("next"))


def test_it_repeats_only_what_is_known(listener: Actor, store: Watched) -> None:
    played(listener)
    tracks_heard(listener)
    listener.now_ms += HOURS_MS
    played(listener)
    listener.says("loop", at_ms=10_000)
    assert stream(store).loops
    for _ in range(4):
        listener.plays("PlaybackNearlyFinished")
        listener.plays("PlaybackFinished")
    assert told(listener.plays("PlaybackNearlyFinished")) == {"queues": "abdominal_brace/start-next-100"}


def test_each_has_the_pace_that_is_nearest_to_theirs(listener: Actor, store: Watched) -> None:
    for _ in range(3):
        listener.asks("AdjustExerciseIntent", adjustment="slower")
    outcome = played(listener)
    assert told(outcome) == {"plays": "abdominal_brace/start-next-120"}
    names = tracks_heard(listener)
    assert all(name.endswith("-120") for name in names)
    # A minute is a minute, and slower rocks count for more.
    rocks = sum(one.repetitions for one in person(store).ledger if one.exercise == "knee_rocking")
    files = listener.speaker.files if listener.speaker else None
    assert files is not None
    assert rocks == -(-files.named("knee_rocking/start-next-120").repetitions() * 12 // 10)


def test_without_files_it_goes_part_by_part_and_that_is_said(content: Content) -> None:
    actor = Actor(content, speaker=Speaker(Planned(content)), is_public=False)
    actor.says("play it straight through")
    outcome = routine(actor, None)
    assert told(outcome) == {}
    assert outcome.summary()["guiding"]
