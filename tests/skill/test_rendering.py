from pathlib import Path

import numpy as np
import pytest

from audio.clips import Recording, assemble, recordings_of
from audio.engines import make_engine
from audio.errors import EngineError
from audio.page import Holds
from intents.content import Content
from intents.tracks import all_tracks, track_lines
from intents.turn import HOLDS
from skill.clips import ClipStore
from skill.rendering import MAX_FAILURES_IN_A_ROW, Cast, cast, render, slow_cues, wanted
from tests.actor import Actor
from tests.audio.sound import ToneEngine

RECORDINGS = tuple(Recording(text=text) for text in ("One.", "Two.", "Three.", "Four."))
ANSWERS = {"page_check": "the same", "rolling_today": "no", "age_or_thinners": "no"}


class Moody(ToneEngine):
    """Refuses some texts."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.refused = refused

    def _speak(self, text: str, rate: float) -> np.ndarray:
        if text in self.refused:
            raise EngineError(f"moody: not {text!r}")
        return super()._speak(text, rate)


@pytest.fixture
def store(tmp_path: Path) -> ClipStore:
    return ClipStore(tmp_path)


def test_what_is_there_is_not_made_again(store: ClipStore) -> None:
    engine = ToneEngine()
    first = render(RECORDINGS, engine, 1.0, store)
    assert (first.made, first.kept, first.failed, first.is_whole) == (4, 0, [], True)
    assert first.sound_ms == sum(
        clip.sound_ms for r in RECORDINGS if (clip := store.read(r.address("tone 1 0.1 1")))
    )
    engine.texts.clear()
    second = render((*RECORDINGS, Recording(text="Five.")), engine, 1.0, store)
    assert (second.made, second.kept, engine.texts) == (1, 4, ["Five."])


def test_a_damaged_clip_is_made_again(store: ClipStore, tmp_path: Path) -> None:
    render(RECORDINGS, ToneEngine(), 1.0, store)
    damaged = next(tmp_path.glob("*/*.clip"))
    damaged.write_bytes(damaged.read_bytes()[:-10])
    again = render(RECORDINGS, ToneEngine(), 1.0, store)
    assert (again.made, again.kept) == (1, 3)


def test_another_rate_is_another_clip(store: ClipStore) -> None:
    render(RECORDINGS, ToneEngine(), 1.0, store)
    assert render(RECORDINGS, ToneEngine(), 0.9, store).made == 4


def test_what_fails_is_listed_and_the_rest_is_made(store: ClipStore) -> None:
    report = render(RECORDINGS, Moody("Two."), 1.0, store)
    assert (report.made, report.failed, report.is_whole) == (3, ["moody: not 'Two.'"], True)
    assert render(RECORDINGS, Moody(), 1.0, store).made == 1


def test_a_service_that_has_had_enough_is_left_alone(store: ClipStore) -> None:
    texts = [str(number) for number in range(MAX_FAILURES_IN_A_ROW + 3)]
    engine = Moody(*texts)
    report = render((Recording(text=text) for text in texts), engine, 1.0, store)
    assert (len(report.failed), report.is_whole) == (MAX_FAILURES_IN_A_ROW, False)


def test_failures_with_success_between_them_do_not_stop_it(store: ClipStore) -> None:
    texts = [str(number) for number in range(4 * MAX_FAILURES_IN_A_ROW)]
    report = render((Recording(text=text) for text in texts), Moody(*texts[::2]), 1.0, store)
    assert report.is_whole
    assert report.made == len(report.failed) == 2 * MAX_FAILURES_IN_A_ROW


def test_it_stops_when_told_and_goes_on_the_next_time(store: ClipStore) -> None:
    answers = iter([True, True, False])
    report = render(RECORDINGS, ToneEngine(), 1.0, store, goes_on=lambda: next(answers))
    assert (report.made, report.is_whole) == (2, False)
    assert render(RECORDINGS, ToneEngine(), 1.0, store).made == 2


def test_everything_that_files_and_pages_say_is_wanted_once_files_first(content: Content) -> None:
    words = content.language("en-US")
    recordings = wanted(content, words)
    assert len(set(recordings)) == len(recordings)
    texts = [recording.text for recording in recordings]
    title = "Knee rocking, five minutes, for adults with a sore lower back."
    assert texts.index(title) < texts.index(words.moves["way_up"]["ready"])
    assert words.questions["saddle"].ask in texts
    assert words.exercises["back_rolling"].cues["chin"] in texts
    assert words.moves["export_signs"]["chest"] in texts
    assert {"To interrupt, say, Alexa, it hurts.", "To interrupt, say, it hurts."} <= set(texts)
    assert not any("{" in text for text in texts)
    files = wanted(content, words, only_files=True)
    assert recordings[: len(files)] == files
    assert words.questions["saddle"].ask not in {recording.text for recording in files}


@pytest.mark.parametrize("holds", HOLDS)
def test_everything_that_pages_hold_is_wanted_whatever_is_heard_in_holds(
    content: Content, holds: Holds
) -> None:
    words = content.language("en-US")
    recordings = set(wanted(content, words))
    actor = Actor(content)
    actor.opens()
    actor.asks("SetModeIntent", mode=holds)
    for exercise in content.numbers.exercises:
        actor.is_cleared(exercise)
        while actor.last and actor.last.reply and actor.last.reply.question in ANSWERS:
            guided = [line for line in actor.last.reply.lines if line.guided]
            missing = set(recordings_of(guided)) - recordings
            assert not missing
            actor.says(ANSWERS[actor.last.reply.question])
        actor.leaves()
        actor.now_ms += 2 * 60 * 60 * 1000
    sounds = {recording.sound for recording in recordings if not recording.text}
    assert {"chime", "hush"} <= sounds


def test_one_voice_for_several_locales_renders_once(content: Content) -> None:
    locales = ("en-US", "en-GB", "en-AU")
    (one,) = cast(content, "embedded", locales, 1.0)
    assert one.locales == locales
    accents = cast(content, "gtts", locales, 1.0)
    assert [part.locales for part in accents] == [("en-US",), ("en-GB",), ("en-AU",)]


def test_cues_that_do_not_fit_their_phase_are_named(content: Content, store: ClipStore) -> None:
    class Slow(ToneEngine):
        def _speak(self, text: str, rate: float) -> np.ndarray:
            return super()._speak(text * (9 if text == "Toward you." else 1), rate)

    engine = Slow()
    words = content.language("en-US")
    recordings = [found for found in wanted(content, words) if found.text in {"Toward you.", "And away."}]
    render(recordings, engine, 1.0, store)
    notes = slow_cues(content, Cast(engine, words, ("en-US",)), 1.0, store)
    assert all(note.startswith("'Toward you.' takes") for note in notes)
    # Files have it in four paces.
    assert [note.rpartition("has ")[2] for note in notes] == ["2400 ms"]


def test_a_session_without_a_voice_is_as_long_as_planned(content: Content, store: ClipStore) -> None:
    """The silent engine is exact, so the file's plan must be, too."""
    engine = make_engine("silent", "en-US")
    lines = track_lines(
        all_tracks(content.numbers)["abdominal_brace/1-100"], content.numbers, content.language("en-US")
    )
    recordings = tuple(recordings_of(lines))
    render(recordings, engine, 1.0, store)
    clips = {
        found: clip
        for found in recordings
        if (clip := store.read(found.address(engine.abilities.identity(1.0))))
    }
    session = assemble(lines, clips)
    phases = [cue.length_ms for cue, line in zip(session.timeline.cues, lines, strict=True) if line.lasts_ms]
    assert phases == [4_500, 5_500]
    assert session.mp3.duration_ms == pytest.approx(session.timeline.duration_ms, abs=72)
