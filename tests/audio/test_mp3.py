import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.errors import AudioError, FrameError
from audio.mp3 import FRAME_BYTES, FRAME_MS, HEADER, SILENCE, Clip, VirtualMp3, check_frames, frame_at
from tests.audio.sound import clip_of

GOOD = HEADER + bytes(FRAME_BYTES - len(HEADER))
TWO_FRAMES = clip_of(48)  # with room on each side: four


@st.composite
def files(draw: st.DrawFn) -> VirtualMp3:
    """Clips of any length with any silence between them, neighbours included."""
    placed, frame = [], 1
    for mark in range(1, draw(st.integers(0, 6)) + 1):
        clip = clip_of(draw(st.integers(1, 400)), mark)
        frame += draw(st.integers(0, 400))
        placed.append((frame, clip))
        frame += clip.frames + 2
    return VirtualMp3(placed, frame + draw(st.integers(0, 400)))


@given(files(), st.data())
def test_every_range_is_the_slice_of_the_whole(file: VirtualMp3, data: st.DataObject) -> None:
    whole = b"".join(file.read())
    start = data.draw(st.integers(0, file.size))
    stop = data.draw(st.integers(0, file.size + 1000))
    assert b"".join(file.read(start, stop)) == whole[start:stop]


@given(files())
def test_a_file_is_whole_frames_none_of_which_leans_on_another(file: VirtualMp3) -> None:
    whole = b"".join(file.read())
    check_frames(whole)
    assert len(whole) == file.size == file.frames * FRAME_BYTES
    assert file.duration_ms == file.frames * FRAME_MS


def test_a_clip_sounds_from_its_frame_on_and_silence_is_around_it() -> None:
    file = VirtualMp3([(10, TWO_FRAMES)], 20)
    whole = b"".join(file.read())
    assert whole == SILENCE * 9 + TWO_FRAMES.data + SILENCE * 7
    assert TWO_FRAMES.frames == 2
    assert TWO_FRAMES.sound_ms == 48


def test_a_file_may_be_silence_alone_and_chunks_are_small() -> None:
    chunks = list(VirtualMp3([], 10_000).read())
    assert b"".join(chunks) == SILENCE * 10_000
    assert max(len(chunk) for chunk in chunks) <= 16_384


def test_the_order_in_which_clips_are_named_does_not_matter() -> None:
    one, two = (10, clip_of(48, 1)), (30, clip_of(72, 2))
    assert VirtualMp3([one, two], 50).digest == VirtualMp3([two, one], 50).digest


@pytest.mark.parametrize(
    "other",
    [
        VirtualMp3([(11, TWO_FRAMES)], 20),
        VirtualMp3([(10, TWO_FRAMES)], 21),
        VirtualMp3([(10, clip_of(48, 2))], 20),
        VirtualMp3([(10, TWO_FRAMES), (14, TWO_FRAMES)], 20),
    ],
)
def test_the_digest_changes_with_every_byte(other: VirtualMp3) -> None:
    assert other.digest != VirtualMp3([(10, TWO_FRAMES)], 20).digest


@pytest.mark.parametrize(
    ("placed", "frames", "said"),
    [
        ([(0, TWO_FRAMES)], 20, "frame -1 has no room"),
        ([(10, TWO_FRAMES)], 12, "has no room until frame 12"),
        ([(10, TWO_FRAMES), (13, TWO_FRAMES)], 20, "frame 9 has no room until frame 12"),
    ],
)
def test_a_clip_that_does_not_fit_is_refused(placed: list[tuple[int, Clip]], frames: int, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        VirtualMp3(placed, frames)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (GOOD[:-1], "143 bytes are not whole frames"),
        (GOOD + b"\xff\xf3\x84\xc4" + bytes(140), "frame 1 begins with fff384c4; must be fff364c4"),
        (b"\xff\xfb" + GOOD[2:], "frame 0 begins with fffb64c4"),
        (GOOD * 2 + HEADER + b"\x01" + bytes(139), "frame 2 needs data of earlier frames"),
        (b"<!doctype html>" * 48, "frame 0 begins with 3c21646f"),
    ],
)
def test_bytes_that_are_no_frames_of_ours_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(FrameError, match=said) as caught:
        Clip(data)
    assert isinstance(caught.value, AudioError)


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_a_clip_without_sound_is_refused(frames: int) -> None:
    with pytest.raises(FrameError, match="has no sound"):
        Clip(GOOD * frames)


@given(st.binary(max_size=600))
def test_any_bytes_are_frames_or_a_frame_error(data: bytes) -> None:
    try:
        Clip(data)
    except FrameError:
        return
    assert data.startswith(HEADER)


@given(st.lists(st.integers(1, 10_000), max_size=50))
def test_moments_are_rounded_one_by_one_so_that_no_error_adds_up(lengths_ms: list[int]) -> None:
    at_ms = 0
    for length_ms in lengths_ms:
        at_ms += length_ms
        assert abs(frame_at(at_ms) * FRAME_MS - at_ms) <= FRAME_MS // 2
