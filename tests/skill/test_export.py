import io
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import av
import pytest

from audio.mp3 import check_frames
from intents.content import Content
from skill.clips import ClipStore
from skill.export import ExportError, Files, amount_for, export
from tests.audio.sound import ToneEngine
from tests.skill.test_rendering import Moody


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, content: Content) -> Files:
    store = ClipStore(tmp_path_factory.mktemp("clips"))
    return export(content, content.language("en-US"), "knees_to_chest", 2, engine=ToneEngine(), store=store)


def test_the_sound_is_frames_behind_a_tag_with_a_chapter_a_part(files: Files) -> None:
    with av.open(io.BytesIO(files.mp3), "r") as container:
        assert "Knees to chest" in container.metadata["title"]
        chapters = container.chapters()
        seconds = float(container.duration or 0) / 1_000_000
    assert [found["metadata"]["title"] for found in chapters] == [
        "Before you begin",
        "Right side, Part 1",
        "Left side, Part 1",
        "Getting up",
    ]
    assert chapters[0]["start"] == 0
    for before, after in pairwise(chapters):
        assert before["end"] == after["start"]
    assert chapters[-1]["end"] == pytest.approx(seconds * 1000, abs=100)
    frames = files.mp3[-round(seconds * 1000 / 24) * 144 :]
    check_frames(frames)


def test_captions_and_page_say_the_same(files: Files) -> None:
    class Text(HTMLParser):
        said = ""

        def handle_data(self, data: str) -> None:
            self.said += data

    page = Text()
    page.feed(files.page)
    for line in (
        "Stop if pain climbs, or runs down your leg.",
        "Chest pain, trouble breathing",
        "Lower that foot.",
    ):
        assert line in files.vtt
        assert line in page.said
    assert "In. And out." in page.said
    assert "No clinician has reviewed it" in page.said


def test_on_paper_what_repeats_stands_once(content: Content, tmp_path: Path) -> None:
    words, store = content.language("en-US"), ClipStore(tmp_path)
    files = export(content, words, "abdominal_brace", 5, engine=ToneEngine(), store=store)
    assert "<li>Breathe in, soften. And out, tighten a little. &times; 3</li>" in files.page
    assert files.page.count("tighten a little") == 2  # those three, and the last one after its announcement


def test_three_files_of_one_name_are_written(files: Files, tmp_path: Path) -> None:
    paths = files.write(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [
        "knees_to_chest-2-repetitions.mp3",
        "knees_to_chest-2-repetitions.vtt",
        "knees_to_chest-2-repetitions.html",
    ]
    assert paths[0].read_bytes() == files.mp3


def test_a_clip_that_cannot_be_made_stops_it(content: Content, tmp_path: Path) -> None:
    words, store = content.language("en-US"), ClipStore(tmp_path)
    engine = Moody("Let it all go.", "And let it all go.")
    with pytest.raises(ExportError, match=r"moody: not 'And let it all go\.'"):
        export(content, words, "abdominal_brace", 1, engine=engine, store=store)


@pytest.mark.parametrize(
    ("exercise", "minutes", "repetitions", "amount"),
    [
        ("knee_rocking", None, None, 1),
        ("knee_rocking", 5, None, 5),
        ("pelvic_lift", None, None, 5),
        ("pelvic_lift", None, 12, 12),
        ("abdominal_brace", 1, None, 5),
        ("abdominal_brace", 60, None, 10),
    ],
)
def test_an_amount_is_in_the_unit_of_the_exercise(
    content: Content, exercise: str, minutes: int | None, repetitions: int | None, amount: int
) -> None:
    assert amount_for(content, content.language("en-US"), exercise, minutes, repetitions) == amount


@pytest.mark.parametrize(
    ("exercise", "minutes", "repetitions", "said"),
    [
        ("back_rolling", None, None, "back_rolling is never a file"),
        ("yoga", None, None, "no exercise 'yoga'; must be one of abdominal_brace"),
        ("knee_rocking", 11, None, "11 is not possible; must be from 1 to 10"),
        ("knee_rocking", 0, None, "0 is not possible"),
        ("knee_rocking", None, 5, "goes by time: give --minutes"),
        ("pelvic_lift", None, 16, "must be from 1 to 15"),
    ],
)
def test_what_there_is_no_file_of_is_refused(
    content: Content, exercise: str, minutes: int | None, repetitions: int | None, said: str
) -> None:
    with pytest.raises(ExportError, match=said):
        amount_for(content, content.language("en-US"), exercise, minutes, repetitions)
