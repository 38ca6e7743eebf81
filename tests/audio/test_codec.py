import io

import av
import numpy as np
import pytest

from audio.codec import decode, decode_clip, encode, tag
from audio.errors import FrameError
from audio.mp3 import FRAME_SAMPLES, SAMPLE_RATE_HZ, VirtualMp3, check_frames
from tests.audio.sound import mp3_of, tone

NOISE = np.convolve(np.random.default_rng(1).normal(0, 0.1, 24_000), np.ones(8) / 8, "same").astype(
    np.float32
)


def likeness(heard: np.ndarray, given: np.ndarray) -> float:
    return float(np.corrcoef(heard, given)[0, 1])


def test_a_clip_gives_back_its_sound_at_its_place_to_the_sample() -> None:
    heard = decode_clip(encode(NOISE))[: len(NOISE)]
    exact = likeness(heard[200:-200], NOISE[200:-200])
    assert exact > 0.95
    for shift in (-2, -1, 1, 2):
        assert likeness(np.roll(heard, shift)[200:-200], NOISE[200:-200]) < exact - 0.05


@pytest.mark.parametrize("count", [1, FRAME_SAMPLES - 1, FRAME_SAMPLES, FRAME_SAMPLES + 1, 5_000])
def test_sound_is_filled_up_to_whole_frames_that_stand_alone(count: int) -> None:
    clip = encode(NOISE[:count])
    assert clip.frames == -(-count // FRAME_SAMPLES)
    check_frames(clip.data)


def test_between_clips_there_is_digital_silence_and_no_click() -> None:
    clip = encode(NOISE[: 10 * FRAME_SAMPLES])
    file = VirtualMp3([(5, clip), (40, clip)], 60)
    heard = decode(b"".join(file.read()))
    assert len(heard) == 60 * FRAME_SAMPLES
    frames = np.abs(heard).reshape(-1, FRAME_SAMPLES).max(axis=1)
    sounding = set(np.flatnonzero(frames))
    assert set(range(5, 15)) | set(range(40, 50)) <= sounding
    assert sounding <= set(range(4, 17)) | set(range(39, 52))


def test_a_start_at_any_frame_sounds_like_the_whole_from_there_on() -> None:
    file = VirtualMp3([(5, encode(NOISE))], 60)
    whole = decode(b"".join(file.read()))
    for frame in range(0, 58, 7):
        rest = decode(b"".join(file.read(frame * 144)))
        assert np.abs(rest[2 * FRAME_SAMPLES :] - whole[(frame + 2) * FRAME_SAMPLES :]).max() < 1e-3


def test_files_of_a_service_are_decoded() -> None:
    given = tone(0.5)
    heard = decode(mp3_of(given))
    assert abs(len(heard) - len(given)) < SAMPLE_RATE_HZ // 10
    assert 0.05 < np.abs(heard).max() < 0.2


@pytest.mark.parametrize(
    "data", [b"", b"<!doctype html>" * 40, b"ID3\x04\x00\x00\x00\x00\x00\x00", bytes(4_000)]
)
def test_what_holds_no_sound_is_an_error(data: bytes) -> None:
    with pytest.raises(FrameError, match="no sound that can be decoded"):
        decode(data)


def test_a_tag_comes_before_untouched_frames_and_names_chapters() -> None:
    data = b"".join(VirtualMp3([(5, encode(NOISE))], 100).read())
    tagged = tag(data, "Knee rocking", [("Before you begin", 0, 1_000), ("Part one", 1_000, 2_400)])
    assert tagged.startswith(b"ID3\x03")
    seven_bits = tagged[6:10]  # ID3v2.3, 3.1: the tag's size has seven bits a byte
    size = sum(byte << (21 - 7 * at) for at, byte in enumerate(seven_bits))
    assert tagged[10 + size :] == data
    with av.open(io.BytesIO(tagged), "r") as container:
        assert container.metadata["title"] == "Knee rocking"
        chapters = container.chapters()
    assert [(found["metadata"]["title"], found["start"], found["end"]) for found in chapters] == [
        ("Before you begin", 0, 1_000),
        ("Part one", 1_000, 2_400),
    ]
