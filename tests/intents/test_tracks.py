"""What files say: nobody can be asked while one plays, so everything that must be said stands in it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from audio.content import load_numbers
from audio.page import MAX_SILENCE_MS, Holds
from audio.timeline import Words, lay_out, speech_ms
from intents import readability
from intents.checks import texts
from intents.content import Content
from intents.tracks import (
    PACES,
    REST_MINUTES,
    Track,
    all_tracks,
    every_file,
    export_chapters,
    fills,
    most,
    nearest_pace,
    programme,
    rest_track,
    track_lines,
)
from intents.turn import HOLDS
from skill.commands import script
from tests.conftest import Golden

HERE = Path(__file__).parent / "golden"
NUMBERS = load_numbers()
TRACKS = all_tracks(NUMBERS)
SUFFIXES = {"count": "", **{name: f"-{name.replace('_', '-')}" for name in HOLDS if name != "count"}}
EXERCISES = ("abdominal_brace", "knees_to_chest", "knee_rocking", "pelvic_lift")


def lines_of(content: Content, track: Track) -> tuple[Words, ...]:
    return track_lines(track, content.numbers, content.language("en-US"))


def export_of(content: Content, exercise: str, amount: int) -> list[Words]:
    tracks = programme(content.numbers, exercise, amount)
    parts = export_chapters(tracks, content.numbers, content.language("en-US"))
    return [line for part in parts for line in part.lines]


def test_there_are_exactly_the_files_of_what_a_session_allows() -> None:
    for pace in PACES:
        tracks = [track for track in TRACKS.values() if track.pace_percent == pace and not track.leads_on]
        amounts = {name: sum(1 for track in tracks if track.exercise == name) for name in EXERCISES}
        # A hundred quick rocks take eight minutes.
        minutes = 8 if pace == 80 else 10
        assert amounts == {
            "abdominal_brace": 10,
            "knees_to_chest": 20,
            "knee_rocking": minutes,
            "pelvic_lift": 15,
        }
    address = r"[a-z_]+/(start|\d+(min)?)(-right|-left)?(-next)?-(80|100|120|140)"
    assert all(re.fullmatch(address, name) for name in TRACKS)
    assert all(track.name == name for name, track in TRACKS.items())


def test_what_leads_on_differs_in_its_end_only(content: Content) -> None:
    pairs = [(track, replace(track, leads_on=False)) for track in TRACKS.values() if track.leads_on]
    assert len(pairs) == 4 * (10 + 10 + 10 + 15) - 2
    for track, other in pairs:
        assert track.side != "right"
        lines, others = lines_of(content, track), lines_of(content, other)
        guided = max(index for index, line in enumerate(others) if line.mark) + 1
        assert lines[:guided] == others[:guided]
        assert "Then comes the next." in lines[-1].text


@pytest.mark.parametrize(
    ("pace_percent", "nearest"),
    [(80, 80), (90, 100), (95, 100), (105, 100), (110, 120), (135, 140), (160, 140)],
)
def test_everybody_has_the_nearest_pace(pace_percent: int, nearest: int) -> None:
    assert nearest_pace(pace_percent) == nearest


@pytest.mark.parametrize("name", EXERCISES)
def test_a_pace_stretches_phases_and_pauses_and_no_words(content: Content, name: str) -> None:
    usual, slow = (programme(content.numbers, name, 3, pace)[0] for pace in (100, 140))
    if content.numbers.exercises[name].timed:
        usual, slow = (replace(track, amount=1, dose="start") for track in (usual, slow))
    phases = {line.text: line.lasts_ms for line in lines_of(content, usual) if line.lasts_ms}
    for line in lines_of(content, slow):
        if line.lasts_ms and line.text in phases:
            most_ms = max(phases[line.text] or 0, speech_ms(line.text) + MAX_SILENCE_MS)
            assert line.lasts_ms == min((phases[line.text] or 0) * 14 // 10, most_ms)


def test_rolling_is_never_a_file(content: Content) -> None:
    assert most(content.numbers.exercises["back_rolling"]) == 0
    track = Track(exercise="back_rolling", amount=5, dose="start")
    with pytest.raises(ValueError, match="back_rolling is never a file"):
        lines_of(content, track)
    with pytest.raises(ValueError, match="back_rolling is never a file"):
        export_of(content, "back_rolling", 5)


@pytest.mark.parametrize("name", TRACKS)
def test_a_file_opens_with_title_stop_rule_and_for_whom_it_is_not(content: Content, name: str) -> None:
    lines = lines_of(content, TRACKS[name])
    title, rule, not_for, position, first, *_ = lines
    assert "for adults" in title.text
    assert rule.text == "Stop if pain climbs, or runs down your leg."
    assert not_for.text.startswith("Not if you're pregnant")
    assert "four or more" in not_for.text
    assert position.text.startswith("Lie on your back")
    assert [line.mark is not None for line in (title, rule, not_for, position, first)] == [False] * 4 + [True]


@pytest.mark.parametrize("name", TRACKS)
def test_a_file_begins_with_words_and_ends_with_feet_down_and_no_question(
    content: Content, name: str
) -> None:
    lines = lines_of(content, TRACKS[name])
    assert lines[0].text
    guided = [index for index, line in enumerate(lines) if line.mark]
    after = lines[guided[-1] + 1 :]
    assert after
    assert not any("?" in line.text for line in after)
    is_last = not TRACKS[name].leads_on and TRACKS[name].side != "right"
    assert ("roll onto your easier side" in " ".join(line.text for line in after)) == is_last


@pytest.mark.parametrize("name", TRACKS)
def test_a_file_guides_what_it_says_and_no_more(content: Content, name: str) -> None:
    track = TRACKS[name]
    exercise = content.numbers.exercises[track.exercise]
    lines = lines_of(content, track)
    phases = sum(1 for line in lines if line.lasts_ms is not None)
    repetitions, rest = divmod(phases, len(exercise.phases))
    assert rest == 0
    assert repetitions <= exercise.dose.session
    if not exercise.timed:
        assert repetitions == track.amount


@pytest.mark.parametrize("name", [name for name, track in TRACKS.items() if track.exercise == "knee_rocking"])
def test_minutes_run_from_the_first_cue_to_the_last_rests_included(content: Content, name: str) -> None:
    cues = lay_out(lines_of(content, TRACKS[name])).cues
    guided = [cue for cue in cues if cue.mark]
    lasted_ms = guided[-1].start_ms + guided[-1].length_ms - guided[0].start_ms
    assert lasted_ms == pytest.approx(TRACKS[name].amount * 60_000, rel=0.1)


@pytest.mark.parametrize("name", TRACKS)
def test_nobody_goes_on_for_long_without_being_asked_to_notice(content: Content, name: str) -> None:
    track = content.numbers.exercises[TRACKS[name].exercise].track
    assert track is not None
    in_a_row, longest = 0, 0
    for line in lines_of(content, TRACKS[name]):
        in_a_row = 0 if line.kind == "rest" else in_a_row + (line.lasts_ms is not None)
        longest = max(longest, in_a_row)
    assert longest <= track.in_a_row * 2


@pytest.mark.parametrize("name", TRACKS)
def test_halfway_is_said_only_where_it_is_true(content: Content, name: str) -> None:
    lines = lines_of(content, TRACKS[name])
    phases = [index for index, line in enumerate(lines) if line.lasts_ms is not None]
    for index in (index for index, line in enumerate(lines) if "Halfway" in line.text):
        before = sum(1 for phase in phases if phase < index)
        assert abs(before - len(phases) / 2) <= 2


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_file_holds_a_number_to_call(content: Content, exercise: str) -> None:
    words = content.language("en-US")
    numbers = {text for row in words.countries.values() for text in (row.number, row.digits)}
    numbers -= {row for row in numbers if "local" in row}
    for amount in range(1, most(content.numbers.exercises[exercise]) + 1):
        tracks = programme(content.numbers, exercise, amount)
        lines = [line for track in tracks for line in lines_of(content, track)]
        for line in (*lines, *export_of(content, exercise, amount)):
            assert not re.search(r"[{}\d]", line.text)
            assert not any(re.search(rf"\b{re.escape(number)}\b", line.text) for number in numbers), line.text


@pytest.mark.parametrize("exercise", EXERCISES)
def test_what_is_taken_along_names_the_signs_before_anything_is_guided(
    content: Content, exercise: str
) -> None:
    lines = export_of(content, exercise, 3)
    said = ""
    for line in lines:
        if line.mark:
            break
        said += f"{line.text} "
    for sign in (
        "between your legs",
        "pee or poo",
        "both legs",
        "Chest pain",
        "bad fall",
        "Fever",
        "pregnant",
    ):
        assert sign.lower() in said.lower()
    assert "call your local emergency number" in said
    assert not any("Alexa" in line.text for line in lines)


def test_both_sides_are_taken_along_equally(content: Content) -> None:
    lines = export_of(content, "knees_to_chest", 7)
    title = next(number for number, line in enumerate(lines) if "left side" in line.text)
    right, left = (
        sum(1 for line in part if line.lasts_ms is not None) for part in (lines[:title], lines[title:])
    )
    assert right == left == 7 * len(content.numbers.exercises["knees_to_chest"].phases)


def everything(content: Content) -> list[str]:
    """All that is said in files."""
    tracks = every_file(content.numbers).values()
    lines = [line for track in tracks for line in lines_of(content, track)]
    for exercise in EXERCISES:
        for amount in range(1, most(content.numbers.exercises[exercise]) + 1):
            lines += export_of(content, exercise, amount)
    return sorted({line.text for line in lines})


def test_every_text_for_files_is_said_in_one(content: Content) -> None:
    said = "\n".join(everything(content))
    for file, key, text in texts(content.language("en-US")):
        if fills(file, key) is not None:
            assert re.search(re.sub(r"\\{\w+\\}", ".+?", re.escape(text)), said), (
                f"{file}: {key} is never said"
            )


def test_files_are_easy_to_follow(content: Content) -> None:
    found = {problem for text in everything(content) for problem in readability.problems(text)}
    assert sorted(found) == []


@pytest.mark.parametrize("holds", HOLDS)
def test_each_sound_of_holds_makes_a_file_of_its_own_as_long_as_asked(content: Content, holds: Holds) -> None:
    track = all_tracks(NUMBERS, holds)[f"knee_rocking/5min-100{SUFFIXES[holds]}"]
    lines = lines_of(content, track)
    rest = "Rest. Is it worse than when we began? Then say, Alexa, stop."
    guided = [cue for cue in lay_out(lines).cues if cue.mark or cue.text in {rest, "If not, once more."}]
    assert abs(sum(cue.length_ms for cue in guided) - 5 * 60_000) <= 5 * 6_000
    sounds = {line.sound for line in lines if line.lasts_ms is not None}
    assert sounds == {"count": {"tick"}, "breath": {"hush"}}.get(holds, {None})
    alone = {line.sound for line in lines if not line.text}
    assert alone == {"bell": {"chime"}, "breath": {"hush"}}.get(holds, set())


@pytest.mark.parametrize("minutes", REST_MINUTES)
def test_a_long_rest_is_soft_breathing_for_about_so_long_and_names_the_way_up(
    content: Content, minutes: int
) -> None:
    lines = lines_of(content, rest_track(minutes))
    timeline = lay_out(lines)
    assert abs(timeline.duration_ms - minutes * 60_000) <= minutes * 6_000
    assert not any(line.kind in {"hold", "count"} or line.mark for line in lines), "help, not guidance"
    breathes = [line for line in lines if line.sound in {"breath_in", "breath_out"}]
    assert [line.sound for line in breathes] == ["breath_in", "breath_out"] * (len(breathes) // 2)
    silent_ms = [cue.length_ms for cue in timeline.cues if not cue.text and cue.sound is None]
    assert silent_ms == []
    assert any("roll onto your easier side" in line.text for line in lines[-3:])


@pytest.mark.parametrize(("asked", "track"), [(5, "10min"), (10, "10min"), (16, "20min"), (90, "20min")])
def test_a_long_rest_comes_nearest_to_the_asked_time(asked: int, track: str) -> None:
    assert rest_track(asked).dose == track


@pytest.mark.parametrize(
    "name", ["knee_rocking/5min-100", "knees_to_chest/start-right-100", "knees_to_chest/start-left-100"]
)
def test_a_file_word_for_word(content: Content, golden: Golden, name: str) -> None:
    timeline = lay_out(lines_of(content, TRACKS[name]))
    golden.check(HERE / f"track_{name.replace('/', '_')}.txt", "\n".join(script(timeline, 0)) + "\n")


def test_what_is_taken_along_word_for_word(content: Content, golden: Golden) -> None:
    tracks = programme(content.numbers, "pelvic_lift", 7)
    text = ""
    for part in export_chapters(tracks, content.numbers, content.language("en-US")):
        text += f"# {part.title}\n" + "\n".join(script(lay_out(part.lines), 0)) + "\n\n"
    golden.check(HERE / "export_pelvic_lift-7.txt", text)
