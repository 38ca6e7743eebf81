"""What somebody can do at any moment: every intent with its slots, and what leads on from each question."""

from collections.abc import Mapping, Sequence
from typing import Final

from intents.content import Content
from intents.grammar import Slot

Slots = tuple[tuple[str, Slot], ...]
Action = tuple[str, Slots]
"""A request type or an intent, with its slots."""


def resolved(**values: str) -> Slots:
    """Slots that resolved to these ids or values."""
    return tuple((name, Slot(value=value, heard=value)) for name, value in values.items())


TEXTS: Final = (
    "something odd",
    "it tingles down there",
    "i can't feel between my legs",
    "no numbness",
    "my foot is numb",
    "my husband has chest pain",
    "my wife can't move her legs",
    "a fever",
)
VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "AMAZON.NUMBER": ("0", "2", "5", "6", "10", "99", "1000"),
    "AMAZON.DURATION": ("PT20S", "PT5M", "PT45M", "P1D", "nonsense"),
    "AMAZON.DATE": ("2027-01-15", "2027-W02", "2027", "SPRING"),
    "AMAZON.TIME": ("07:30", "MO"),
    "AMAZON.SearchQuery": TEXTS,
}


def actions(content: Content, locale: str = "en-US") -> tuple[Action, ...]:
    """Every intent: bare, with each value of each of its slots, and with a word that resolves to nothing."""
    language = content.language(locale)
    found: list[Action] = [("NobodyKnowsThisIntent", ())]
    for name, intent in language.intents.items():
        found.append((name, ()))
        for slot, slot_type in intent.slots.items():
            if slot_type in VALUES:
                found += [(name, resolved(**{slot: value})) for value in VALUES[slot_type]]
                continue
            types = language.types[slot_type]
            found += [(name, ((slot, Slot(value=id_, heard=names[0])),)) for id_, names in types.items()]
            found += [
                (name, ((slot, Slot(value=None, heard=heard)),)) for heard in ("headstand", "chest pain")
            ]
    exercises = language.types["Exercise"]
    extras = (
        {"count": "100"},
        {"duration": "PT45M"},
        {"duration": "PT3M"},
        {"surface": "bed"},
        {"surface": "floor"},
    )
    found += [
        ("StartExerciseIntent", resolved(exercise=exercise, **extra))
        for exercise in exercises
        for extra in extras
    ]
    return tuple(found)


OFTEN: Final[Sequence[Action]] = (
    ("AMAZON.YesIntent", ()),
    ("NotSureIntent", ()),
    ("NotSureIntent", resolved(hedge="no")),
    ("AMAZON.HelpIntent", ()),
    ("AMAZON.FallbackIntent", ()),
    ("AMAZON.StopIntent", ()),
    ("AMAZON.NextIntent", ()),
    ("AMAZON.RepeatIntent", ()),
    ("SafetyCheckIntent", ()),
    ("RestingPoseIntent", ()),
    ("GetUpIntent", ()),
    ("RatePainIntent", resolved(score="5")),
    ("RatePainIntent", resolved(score="8")),
    ("ReportPainIntent", resolved(change="worse")),
    ("ReportPainIntent", resolved(change="present")),
    ("ReportSymptomIntent", resolved(symptom="fever")),
    ("ReportSymptomIntent", resolved(symptom="leg_pain_one_side")),
    ("ReportSymptomIntent", resolved(words="it tingles down there")),
    ("SetModeIntent", resolved(mode="straight_through")),
)
"""What tries the rules most."""

STRAIGHT: Final[Action] = ("SetModeIntent", resolved(mode="straight_through"))
PLAYER_WORDS: Final[Sequence[Action]] = tuple(
    (f"AMAZON.{name}Intent", ())
    for name in (
        *("Pause", "Resume", "Next", "Previous", "Repeat", "StartOver", "LoopOn", "LoopOff", "ShuffleOn"),
        *("Stop", "Cancel"),
    )
)
"""What can be said without our name while something of ours plays, or did last."""
PLAYER_EVENTS: Final[Sequence[Action]] = tuple(
    (name, ())
    for name in (
        *("AudioPlayer.PlaybackStarted",) * 2,
        *("AudioPlayer.PlaybackNearlyFinished",) * 6,
        *("AudioPlayer.PlaybackFinished",) * 4,
        "AudioPlayer.PlaybackStopped",
        "AudioPlayer.PlaybackFailed",
        "PlaybackController.PlayCommandIssued",
        "PlaybackController.PauseCommandIssued",
        "PlaybackController.NextCommandIssued",
        "PlaybackController.PreviousCommandIssued",
    )
)
"""What a device's player reports, and its buttons."""

NO: Final[Action] = ("AMAZON.NoIntent", ())
LIKELY: Final[Mapping[str, Sequence[Action]]] = {
    "pain": (("RatePainIntent", resolved(score="2")), ("RatePainIntent", resolved(score="4"))),
    "ladder_number": (("RatePainIntent", resolved(score="2")),),
    "surface": (("SurfaceIntent", resolved(surface="floor")), ("SurfaceIntent", resolved(surface="bed"))),
    "page_check": (("ReportPainIntent", resolved(change="same")), ("AMAZON.ResumeIntent", ())),
    "more": (("AMAZON.ResumeIntent", ()),),
    "paused": (("AMAZON.ResumeIntent", ()),),
    "go_on_there": (("AMAZON.YesIntent", ()),),
    "carry_on_here": (("AMAZON.YesIntent", ()),),
    "ready": (("ReadyIntent", ()),),
    "floor_alone": (("AMAZON.YesIntent", ()),),
    "offer_bed": (("AMAZON.YesIntent", ()),),
    "ladder_leg": (NO,),
}
"""What leads on from a question; from a safety question it is no."""


def likely(content: Content, question: str | None) -> Sequence[Action]:
    """The answers that lead deeper; with no such question open, wishes."""
    if question in LIKELY:
        return LIKELY[question or ""]
    if question in content.screening.questions:
        return (NO,)
    wishes: list[Action] = [
        ("StartExerciseIntent", resolved(exercise=name)) for name in content.numbers.exercises
    ]
    rolling: Action = ("StartExerciseIntent", resolved(exercise="back_rolling"))
    return (*wishes, rolling, ("StartRoutineIntent", ()))
