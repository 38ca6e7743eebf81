"""Exercises and moves as numbers: read from TOML, checked whole, every problem named."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, TypeAdapter, ValidationError

from audio.errors import ContentError
from audio.timeline import Kind, Sound

HERE = Path(__file__).parent

Item = TypeVar("Item")
# TOML has arrays, our values are tuples; everything else is taken strictly, so "5" is not 5.
Many = Annotated[tuple[Item, ...], Strict(strict=False)]

# Alexa breaks chain to any length; longer than this is a slip of the keyboard.
Pause = Annotated[int, Field(ge=0, le=60_000)]
Side = Literal["right", "left"]
Surface = Literal["floor", "bed"]


class Data(BaseModel):
    """A frozen table of content: unknown keys are errors, because a typo is the commonest bug in data."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Step(Data):
    """Words by their cue name, then a pause."""

    cue: str
    pause_ms: Pause = 0
    kind: Kind = "say"
    sound: Sound | None = None
    """What is heard in files while it lasts."""


class Phase(Data):
    """One part of a repetition: from the beginning of its words to the beginning of the next ones."""

    cue: str
    lasts_ms: Annotated[int, Field(ge=500, le=30_000)]
    kind: Literal["hold", "count"] = "count"
    breath: Literal["in", "out"] | None = None
    """Which way the breath goes in it: out on the effort."""
    sound: Sound | None = None
    """What is heard in files after the words, where nothing else is wished for."""


class Dose(Data):
    """How much, in repetitions a side. Starting doses and ceilings: clinical table D6."""

    start: Annotated[int, Field(ge=1)]
    """The first page for somebody who does this for the first time."""
    step: Annotated[int, Field(ge=0)]
    """How much a further page may add to the one before."""
    page: Annotated[int, Field(ge=1)]
    """The most in one page."""
    session: Annotated[int, Field(ge=1)]
    """The most within 60 minutes, whatever is asked for."""
    sets: Annotated[int, Field(ge=1)]
    """The most pages within 60 minutes."""


class WarmUp(Data):
    """A block that must come before."""

    exercise: str
    repetitions: Annotated[int, Field(ge=1)]


class TrackNumbers(Data):
    """How an exercise is played straight through."""

    in_a_row: Annotated[int, Field(ge=1)]
    """The most repetitions in a row before a rest."""


class Form(Data):
    """How an exercise is done: its positions, its repetition, its doses."""

    sides: Many[Side] = ()
    """Empty: both legs together. Else the block is done once a side, equally."""
    dose: Dose
    enter: Annotated[Many[Step], Field(min_length=1)]
    """Taking the position, the first time."""
    again: Annotated[Many[Step], Field(min_length=1)]
    """Taking it again: a later page, or after a break."""
    phases: Annotated[Many[Phase], Field(min_length=1)]
    """One repetition."""
    timed: bool = False
    """Whether its limit is said as a time: then more than that is planned by time, too."""
    introduced: Annotated[int, Field(ge=0)] = 0
    """How many repetitions use the longer words `<cue>_first`."""
    halfway: Step | None = None
    last: Step | None = None
    leave: Annotated[Many[Step], Field(min_length=1)]
    """Back to rest: it ends with both feet down."""
    stop: Many[Step] = ()
    """What comes before the feet when it is stopped midway."""

    @property
    def repetition_ms(self) -> int:
        """The length of one repetition."""
        return sum(phase.lasts_ms for phase in self.phases)

    @property
    def session_limit(self) -> int:
        """The most repetitions within 60 minutes, all sides together."""
        return self.dose.session * max(1, len(self.sides))


class Exercise(Form):
    """The numbers of one exercise, in its full form and, where it has one, in its easier form."""

    surfaces: Many[Surface]
    gates: Many[str] = ()
    """Rounds of questions that come right before it."""
    warm_up: Many[WarmUp] = ()
    grows: Annotated[int, Field(ge=1)]
    """A step, in repetitions a side: what two whole sessions may add to the next one (clinical D6)."""
    track: TrackNumbers | None = None
    """None: it is never a stream or a file, in which nobody can be asked how it goes."""
    easier: Form | None = None
    """What a gate leaves of it (clinical B3, D4)."""

    @property
    def is_limited_by_time(self) -> bool:
        """Whether its limits are times: then a slower pace leaves fewer repetitions."""
        return self.timed or bool(self.warm_up)

    @property
    def largest(self) -> int:
        """The most repetitions a side to ask for: one set after a warm-up, else the hour's sum."""
        return self.dose.page if self.warm_up else self.dose.session


class Move(Data):
    """The numbers of a move or pose that is not guidance: lines with pauses."""

    step: Annotated[Many[Step], Field(min_length=1)]


class Numbers(Data):
    """All numbers: exercises and moves by their ids, which are the names of their files."""

    exercises: Mapping[str, Exercise]
    moves: Mapping[str, Move]

    def form(self, exercise_id: str, *, easier: bool) -> Form:
        """An exercise in its full form, or in its easier one.

        Raises:
            KeyError: There is no such exercise, or it has no easier form.
        """
        exercise = self.exercises[exercise_id]
        if not easier:
            return exercise
        if exercise.easier is None:
            raise KeyError(exercise_id)
        return exercise.easier


def read_toml(path: Path, problems: list[str]) -> dict[str, Any]:
    """Read one file; what is wrong with it is added to `problems`, and the answer is then empty."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{name_of(path)}: not readable as TOML: {error.strerror}")
        return {}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{name_of(path)}: not readable as TOML: {error}")
        return {}


def validate(adapter: TypeAdapter[Item], data: object, where: str, problems: list[str]) -> Item | None:
    """Check data against its shape; each problem names file, key, what would be right, and what is there."""
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            key = ".".join(str(part) for part in found["loc"])
            problems.append(f"{where}: {key}: {found['msg']} (it is {_short(found['input'])})")
        return None


def load_numbers(folder: Path = HERE) -> Numbers:
    """Read `exercises/*.toml` and `moves/*.toml`.

    Raises:
        ContentError: With every problem, one a line.
    """
    problems: list[str] = []
    exercises = _load(folder / "exercises", TypeAdapter(Exercise), problems)
    moves = _load(folder / "moves", TypeAdapter(Move), problems)
    known = sorted(path.stem for path in (folder / "exercises").glob("*.toml"))
    for name, exercise in exercises.items():
        for index, warm_up in enumerate(exercise.warm_up):
            if warm_up.exercise not in known:
                key = f"exercises/{name}.toml: warm_up.{index}.exercise"
                problems.append(f"{key}: is {warm_up.exercise!r}; must be one of {', '.join(known)}")
        for key, form in (("dose", exercise), ("easier.dose", exercise.easier)):
            if form and not form.dose.start <= form.dose.page <= form.dose.session:
                problems.append(f"exercises/{name}.toml: {key}: must be start <= page <= session")
        if exercise.track and exercise.warm_up:
            key = f"exercises/{name}.toml: track"
            problems.append(f"{key}: must not be there, because its warm-up shows whether it suits today")
    if problems:
        raise ContentError(problems)
    return Numbers(exercises=exercises, moves=moves)


def name_of(path: Path) -> str:
    """A file as messages name it: with its folder, without the machine's."""
    return f"{path.parent.name}/{path.name}"


def _load(folder: Path, adapter: TypeAdapter[Item], problems: list[str]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    paths: Iterable[Path] = sorted(folder.glob("*.toml"))
    for path in paths:
        before = len(problems)
        data = read_toml(path, problems)
        if (
            len(problems) == before
            and (value := validate(adapter, data, name_of(path), problems)) is not None
        ):
            found[path.stem] = value
    if not found and not problems:
        problems.append(f"{folder.name}/: holds no .toml file; at least one must be there")
    return found


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one short line of a terminal
