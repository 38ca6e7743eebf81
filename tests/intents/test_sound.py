"""Tokens that say which track it is and nothing of anybody; places in a file."""

import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.permit import NotPermittedError
from intents.content import Content, load_content
from intents.proof.speaker import LEAD_MS, Planned
from intents.safety import STREAM_MS, Clearance, StreamClearance, carried
from intents.sound import File, Play, Stream, Token, token_from_text
from intents.tracks import all_tracks

CONTENT = load_content()
TRACKS = all_tracks(CONTENT.numbers)
START_MS = 1_800_000_000_000

tokens = st.builds(
    Token,
    track=st.sampled_from(sorted(TRACKS)),
    version=st.text("0123456789abcdef", min_size=1, max_size=64),
    step=st.integers(0, 9),
    at_ms=st.integers(0, 10**15 - 1),
)


@given(token=tokens)
def test_a_token_comes_back_as_it_was_and_is_one_word(token: Token) -> None:
    text = token.to_text()
    assert token_from_text(text) == token
    assert len(text) < 256
    assert set(text) <= set(string.ascii_letters + string.digits + "._-=")


@given(token=tokens, data=st.data())
def test_a_token_that_somebody_changed_is_another_or_none(token: Token, data: st.DataObject) -> None:
    text = token.to_text()
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.characters()) + text[at + 1 :]
    found = token_from_text(changed)
    assert (found == token) == (changed == text)


@given(junk=st.none() | st.integers() | st.text() | st.text().map(lambda text: f"gb1.{text}"))
def test_anything_else_is_no_token(junk: object) -> None:
    found = token_from_text(junk)
    assert found is None or found.to_text() == junk


@pytest.mark.parametrize("name", TRACKS)
def test_a_file_counts_its_repetitions(name: str) -> None:
    file, track = Planned(CONTENT).named(name), TRACKS[name]
    exercise = CONTENT.numbers.exercises[track.exercise]
    phases = sum(1 for cue in file.timeline.cues if cue.kind in {"hold", "count"})
    assert file.repetitions() == phases // len(exercise.phases)
    if not exercise.timed:
        assert file.repetitions() == track.amount
    half_ms = file.length_ms // 2
    assert file.repetitions(0, half_ms) + file.repetitions(half_ms + 1) == file.repetitions()


@pytest.fixture
def file() -> File:
    return Planned(CONTENT).named("knee_rocking/start-100")


def test_one_goes_on_where_a_cue_begins(file: File) -> None:
    starts = [cue.start_ms + LEAD_MS for cue in file.timeline.cues]
    assert file.cue_before(0) == 0
    for start, following in pairwise(starts):
        assert file.cue_before(start) == file.cue_before(following - 1) == start
    assert file.cue_before(10**9) == starts[-1]


# --- the clearance that it carries ---


def stream(until_ms: int) -> Stream:
    return Stream(exercise="knee_rocking", amount=1, until_ms=until_ms, surface="floor", at_ms=1, version="a")


def test_a_stream_carries_its_clearance_for_half_an_hour_and_for_its_exercise(content: Content) -> None:
    began = stream(START_MS + STREAM_MS)
    assert STREAM_MS == 30 * 60 * 1000
    for now_ms, is_cleared in (
        (START_MS - 1, False),  # a clock that was set back, or a row that somebody wrote
        (START_MS, True),
        (START_MS + STREAM_MS - 1, True),
        (START_MS + STREAM_MS, False),
    ):
        assert (carried(began, now_ms) is not None) == is_cleared, now_ms
    permit = carried(began, START_MS)
    assert permit is not None
    allowed = {name for name in content.numbers.exercises if permit.allows(name)}
    assert allowed == {"knee_rocking"}
    assert not permit.allows("knee_rocking", easier=True)
    assert carried(stream(0), START_MS) is None
    assert carried(None, START_MS) is None


def test_only_the_safety_module_makes_one() -> None:
    with pytest.raises(TypeError, match="use carried"):
        StreamClearance(key=object(), exercises=frozenset({"knee_rocking"}))


def test_nothing_plays_without_a_permit_for_it(file: File) -> None:
    permit = carried(stream(START_MS + STREAM_MS), START_MS)
    assert permit is not None
    token = Token(track="pelvic_lift/start-100", version="a", step=0, at_ms=1)
    with pytest.raises(NotPermittedError, match="pelvic_lift"):
        Play(file=file, token=token, exercise="pelvic_lift", title="Lifts", permit=permit)
    with pytest.raises(NotPermittedError, match="pelvic_lift/start-100"):
        Play(file=file, token=token, exercise=None, title="Not a rest", permit=None)
    suspended = Clearance.restore(
        {
            "session": "s",
            "forms": {"knee_rocking": "full"},
            "passed": [],
            "small": False,
            "suspended": True,
        },
        "s",
    )
    assert suspended is not None
    with pytest.raises(NotPermittedError, match="knee_rocking"):
        Play(file=file, token=token, exercise="knee_rocking", title="Rocking", permit=suspended)
