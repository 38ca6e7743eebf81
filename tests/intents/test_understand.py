import re
from datetime import date
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.content import load_content
from intents.grammar import QUERY, Grammar, Heard, IntentWords, Slot
from intents.understand import FALLBACK, REPORT, Understanding

CONTENT = load_content()
WEDNESDAY = date(2026, 11, 25)
WORDS = CONTENT.language("en-US")
INTENTS = {name: IntentWords(found.slots, found.samples) for name, found in WORDS.intents.items()}
TYPES = WORDS.types
ENGLISH = CONTENT.understanding("en-US")
LEVELS = {name: advice.level for name, advice in CONTENT.screening.advice.items()}
EMERGENCIES = {name for name, level in LEVELS.items() if level == "emergency"}
BUILT_IN_TYPES = {
    "AMAZON.NUMBER": {"6": ("six",)},
    "AMAZON.DURATION": {"PT5M": ("five minutes",)},
    "AMAZON.TIME": {"08:30": ("half past eight in the morning",)},
    "AMAZON.DATE": {"2026-11-24": ("yesterday",)},
    QUERY: {"third little toe": ("third little toe",)},
}
ALL_TYPES = {**TYPES, **BUILT_IN_TYPES}


def row(line: str) -> tuple[str, str, dict[str, str]]:
    """Utterance, intent and slots of a table's line: `words | Intent slot=value`."""
    said, _, expected = line.partition("|")
    name, *slots = expected.split()
    name = name if name.endswith("Intent") else f"AMAZON.{name}Intent"
    return said.strip(), name, dict(slot.split("=") for slot in slots)


def rows(*tables: str) -> list[Any]:
    found = [row(line) for table in tables for line in table.strip().splitlines()]
    return [pytest.param(*fields, id=fields[0]) for fields in found]


def understood(text: str) -> tuple[str, dict[str, str | None]]:
    heard = ENGLISH.read(text, today=WEDNESDAY)
    return heard.intent, {name: slot.value for name, slot in heard.slots.items()}


WALKTHROUGH = """
guide me through rolling                | StartExerciseIntent exercise=back_rolling
on the floor                            | SurfaceIntent surface=floor
floor                                   | SurfaceIntent surface=floor
the same                                | ReportPainIntent change=same
better                                  | ReportPainIntent change=better
Alexa, it hurts                         | ReportPainIntent change=present
Alexa, it's getting worse               | ReportPainIntent change=worse
get me up                               | GetUpIntent
help me up                              | GetUpIntent
I'm fine                                | No
three                                   | RatePainIntent score=3
two                                     | RatePainIntent score=2
five                                    | RatePainIntent score=5
no                                      | No
yes                                     | Yes
more time                               | Pause
I'm up                                  | ReadyIntent
a resting position                      | RestingPoseIntent
resting position                        | RestingPoseIntent
exercise                                | StartExerciseIntent
tip                                     | GetTipIntent
ask gentle back for a rolling session   | StartExerciseIntent exercise=back_rolling
Alexa, ask gentle back to help me up    | GetUpIntent
how should I lift a box                 | GetTipIntent topic=lifting
five minutes of knee rocking            | StartExerciseIntent exercise=knee_rocking duration=PT5M
same again                              | Repeat
stop there                              | Stop
Alexa, I can't feel between my legs     | ReportSymptomIntent symptom=saddle_numbness
I can't                                 | ReportSymptomIntent symptom=stranded
"""

SETTLED = """
done                                    | ReadyIntent
not yet                                 | Pause
hang on                                 | Pause
wait                                    | Pause
stop for a minute                       | Pause
none                                    | No
neither                                 | No
I can't get up                          | ReportSymptomIntent symptom=stranded
go on                                   | Resume
go on then                              | Yes
maybe                                   | NotSureIntent
forget it                               | Cancel
again                                   | Repeat
skip this                               | Next
help                                    | Help
ow                                      | ReportPainIntent change=present
ouch                                    | ReportPainIntent change=present
it hurts                                | ReportPainIntent change=present
bridge                                  | StartExerciseIntent exercise=pelvic_lift
do the bridge with me                   | StartExerciseIntent exercise=pelvic_lift
knees swaying side to side              | StartExerciseIntent exercise=knee_rocking
lying down now                          | RestingPoseIntent
how should I lie down                   | RestingPoseIntent
lying down at night                     | GetTipIntent topic=sleeping
how should I sleep                      | GetTipIntent topic=sleeping
rest                                    | RestingPoseIntent
let's rest                              | RestingPoseIntent
rest a minute                           | RestingPoseIntent
get up                                  | GetUpIntent
I'm down                                | ReadyIntent
ready                                   | ReadyIntent
worse                                   | ReportPainIntent change=worse
it's easier                             | ReportPainIntent change=better
too hard                                | AdjustExerciseIntent adjustment=easier
slower                                  | AdjustExerciseIntent adjustment=slower
speak slower                            | SetModeIntent mode=slow_speech
shorter                                 | AdjustExerciseIntent adjustment=shorter
do I have a slipped disc                | AskAboutIntent subject=disc
do I need a scan                        | AskAboutIntent subject=imaging
do I need a doctor                      | SafetyCheckIntent
how many painkillers can I take         | AskAboutIntent subject=medicines
forget me                               | DeleteMyDataIntent
"""

EVERY_INTENT = """
do I need to see a doctor              | SafetyCheckIntent
knees to chest                          | StartExerciseIntent exercise=knees_to_chest
I'd like to do belly tightening         | StartExerciseIntent exercise=abdominal_brace
can we do the knee hug please           | StartExerciseIntent exercise=knees_to_chest
could you talk me through pelvic lifts  | StartExerciseIntent exercise=pelvic_lift
rolling on my bed                       | StartExerciseIntent exercise=back_rolling surface=bed
knee rocking on the mat                 | StartExerciseIntent exercise=knee_rocking surface=mat
a hundred pelvic lifts                  | StartExerciseIntent exercise=pelvic_lift count=100
do ten hip lifts                        | StartExerciseIntent exercise=pelvic_lift count=10
pelvic lifts fifteen times              | StartExerciseIntent exercise=pelvic_lift count=15
um, let's do, uh, rocking               | StartExerciseIntent exercise=knee_rocking
needs to chest                          | StartExerciseIntent exercise=knees_to_chest
what is back rolling                    | DescribeExerciseIntent exercise=back_rolling
what's the bridge                       | DescribeExerciseIntent exercise=pelvic_lift
how do I do knee rocking                | DescribeExerciseIntent exercise=knee_rocking
tell me about belly tightening          | DescribeExerciseIntent exercise=abdominal_brace
what exercises do you have?             | ListExercisesIntent
Which ones are there                    | ListExercisesIntent
on my bed                               | SurfaceIntent surface=bed
I'm lying on a yoga mat                 | SurfaceIntent surface=mat
the settee                              | SurfaceIntent surface=sofa
i'm sitting in a chair                  | SurfaceIntent surface=chair
I'm standing up                         | SurfaceIntent surface=standing
rest on my left side                    | RestingPoseIntent side=left
on the right side                       | RestingPoseIntent side=right
give me a tip about sitting             | GetTipIntent topic=sitting
tell me about stress                    | GetTipIntent topic=stress
is walking good for my back             | GetTipIntent topic=walking
how much water should I drink           | GetTipIntent topic=water
what should I eat                       | GetTipIntent topic=food
how do I carry shopping                 | GetTipIntent topic=carrying
how do I get up from the floor          | GetUpIntent
I want to get up now                    | GetUpIntent
okay I'm ready                          | ReadyIntent
I'm lying down                          | ReadyIntent
I don't know                            | NotSureIntent
um I'm not really sure                  | NotSureIntent
I don't think so                        | NotSureIntent hedge=no
not really                              | NotSureIntent hedge=no
it's a lot better                       | ReportPainIntent change=better
no change                               | ReportPainIntent change=same
not better                              | ReportPainIntent change=same
no worse                                | ReportPainIntent change=same
the pain is gone                        | ReportPainIntent change=gone
it doesn't hurt any more                | ReportPainIntent change=gone
my back hurts                           | ReportPainIntent change=present
I'm pregnant                            | ReportSymptomIntent symptom=pregnancy
I've got a temperature                  | ReportSymptomIntent symptom=fever
my back is stiff                        | ReportSymptomIntent symptom=stiff_back
I'm a bit nervous                       | ReportSymptomIntent symptom=nervous
yeah                                    | Yes
yes please                              | Yes
sure thanks                             | Yes
no thank you                            | No
well no                                 | No
help me                                 | Help
what can I say?                         | Help
can you stop please                     | Stop
stop stop stop                          | Stop
I said stop!                            | Stop
no no no                                | No
ow, ow, ow                              | ReportPainIntent change=present
goodbye                                 | Stop
that's enough                           | Stop
never mind                              | Cancel
hold on a second                        | Pause
I need more time                        | Pause
just a minute                           | Pause
carry on                                | Resume
let's continue                          | Resume
next please                             | Next
go back                                 | Previous
say that again please                   | Repeat
pardon?                                 | Repeat
start from the beginning                | StartOver
start again                             | StartOver
a ten-minute routine                    | StartRoutineIntent duration=PT10M
guide me through the whole routine      | StartRoutineIntent
I've only got five minutes              | StartRoutineIntent duration=PT5M
is this serious                         | SafetyCheckIntent
when should I see a doctor?             | SafetyCheckIntent
it's too hard for me                    | AdjustExerciseIntent adjustment=easier
can you make it a bit slower            | AdjustExerciseIntent adjustment=slower
a harder version                        | AdjustExerciseIntent adjustment=harder
not so fast                             | AdjustExerciseIntent adjustment=slower
speed up                                | AdjustExerciseIntent adjustment=faster
make it longer please                   | AdjustExerciseIntent adjustment=longer
does massage help                       | AskAboutIntent subject=massage
what is lumbago                         | AskAboutIntent subject=acute_pain
what is sciatica                        | AskAboutIntent subject=sciatica
should I wear a corset                  | AskAboutIntent subject=corset
should I stay in bed                    | AskAboutIntent subject=bed_rest
heat or ice                             | AskAboutIntent subject=heat
what causes back pain                   | AskAboutIntent subject=causes
can I exercise after surgery            | AskAboutIntent subject=after_surgery
what about an M.R.I.                    | AskAboutIntent subject=imaging
remind me                               | SetReminderIntent
set an hourly reminder                  | SetReminderIntent interval=PT1H
remind me to take breaks every hour at work | SetReminderIntent interval=PT1H
every morning at eight                  | SetReminderIntent interval=P1D time=08:00
set a daily reminder for nine in the morning | SetReminderIntent interval=P1D time=09:00
remind me every other day               | SetReminderIntent interval=P2D
remind me once a week                   | SetReminderIntent interval=P1W
remind me twice a day                   | SetReminderIntent interval=PT12H
what reminders do I have                | ListRemindersIntent
stop reminding me                       | DeleteReminderIntent
how am I doing                          | ProgressIntent
what did I do yesterday                 | ProgressIntent
what do you know about me               | KnownDataIntent
do you keep my answers?                 | KnownDataIntent
delete my data                          | DeleteMyDataIntent
forget yesterday                        | DeleteMyDataIntent date=2026-11-24
how long left                           | TimeLeftIntent
do that side again                      | RepeatStepIntent
reset my speed                          | SetModeIntent mode=normal_speech
at my normal pace                       | SetModeIntent mode=normal_speech
rest for twenty minutes                 | RestingPoseIntent duration=PT20M
repeat the last step                    | RepeatStepIntent
are we nearly done                      | TimeLeftIntent
why                                     | WhyIntent
why do you ask?                         | WhyIntent
count out loud                          | SetModeIntent mode=loud_count
talk less please                        | SetModeIntent mode=brief
play it straight through                | SetModeIntent mode=straight_through
switch to silent mode                   | SetModeIntent mode=silent
loop                                    | LoopOn
stop repeating                          | LoopOff
shuffle                                 | ShuffleOn
in the usual order                      | ShuffleOff
"""

ON_THE_CLOCK = """
remind me at 8                          | SetReminderIntent time=08:00
remind me at eight o'clock              | SetReminderIntent time=08:00
remind me at 8:30                       | SetReminderIntent time=08:30
remind me at 8.30 p.m.                  | SetReminderIntent time=20:30
remind me at 8am                        | SetReminderIntent time=08:00
remind me at half past six              | SetReminderIntent time=18:30
remind me at six in the morning         | SetReminderIntent time=06:00
remind me every morning at six          | SetReminderIntent interval=P1D time=06:00
remind me every evening at seven        | SetReminderIntent interval=P1D time=19:00
remind me every night at ten            | SetReminderIntent interval=P1D time=22:00
remind me at eleven at night            | SetReminderIntent time=23:00
remind me at twelve at night            | SetReminderIntent time=00:00
remind me at two in the afternoon       | SetReminderIntent time=14:00
remind me at quarter to one             | SetReminderIntent time=12:45
remind me at a quarter past nine        | SetReminderIntent time=09:15
remind me at ten minutes to five        | SetReminderIntent time=16:50
remind me at seven oh five              | SetReminderIntent time=07:05
at noon                                 | SetReminderIntent time=12:00
at midnight                             | SetReminderIntent time=00:00
at 20:00                                | SetReminderIntent time=20:00
every day at 17:45                      | SetReminderIntent interval=P1D time=17:45
remind me once an hour                  | SetReminderIntent interval=PT1H
remind me every half hour               | SetReminderIntent interval=PT30M
remind me every 90 minutes              | SetReminderIntent interval=PT1H30M
remind me every couple of hours         | SetReminderIntent interval=PT2H
remind me every two hours at work       | SetReminderIntent interval=PT2H
forget today                            | DeleteMyDataIntent date=2026-11-25
forget the day before yesterday         | DeleteMyDataIntent date=2026-11-23
delete what I did three days ago        | DeleteMyDataIntent date=2026-11-22
delete what I did on Monday             | DeleteMyDataIntent date=2026-11-23
forget last Wednesday                   | DeleteMyDataIntent date=2026-11-18
forget this week                        | DeleteMyDataIntent date=2026-W48
forget last week                        | DeleteMyDataIntent date=2026-W47
delete this month                       | DeleteMyDataIntent date=2026-11
delete last month                       | DeleteMyDataIntent date=2026-10
"""

NUMBERS = """
zero                                    | RatePainIntent score=0
10                                      | RatePainIntent score=10
3/10                                    | RatePainIntent score=3
6.                                      | RatePainIntent score=6
pain is a six                           | RatePainIntent score=6
my pain is at 7                         | RatePainIntent score=7
about a four                            | RatePainIntent score=4
um maybe a five                         | RatePainIntent score=5
three out of ten                        | RatePainIntent score=3
it's about an eight out of 10           | RatePainIntent score=8
an 8                                    | RatePainIntent score=8
eleven                                  | RatePainIntent score=11
twenty-five                             | RatePainIntent score=25
15 pelvic lifts                         | StartExerciseIntent exercise=pelvic_lift count=15
a hundred and five pelvic lifts         | StartExerciseIntent exercise=pelvic_lift count=105
two hundred pelvic lifts                | StartExerciseIntent exercise=pelvic_lift count=200
a thousand pelvic lifts                 | StartExerciseIntent exercise=pelvic_lift count=1000
a couple of rolls                       | StartExerciseIntent exercise=back_rolling count=2
half a dozen pelvic lifts               | StartExerciseIntent exercise=pelvic_lift count=6
fifteen minutes of rocking              | StartExerciseIntent exercise=knee_rocking duration=PT15M
15 min of rocking                       | StartExerciseIntent exercise=knee_rocking duration=PT15M
a five-minute knee rocking session      | StartExerciseIntent exercise=knee_rocking duration=PT5M
rolling for 30 seconds                  | StartExerciseIntent exercise=back_rolling duration=PT30S
half a minute of rolling                | StartExerciseIntent exercise=back_rolling duration=PT30S
a minute of rolling                     | StartExerciseIntent exercise=back_rolling duration=PT1M
a minute and a half of rocking          | StartExerciseIntent exercise=knee_rocking duration=PT1M30S
two and a half minutes of rocking       | StartExerciseIntent exercise=knee_rocking duration=PT2M30S
one minute thirty of rocking            | StartExerciseIntent exercise=knee_rocking duration=PT1M30S
half an hour of rocking                 | StartExerciseIntent exercise=knee_rocking duration=PT30M
rocking for an hour                     | StartExerciseIntent exercise=knee_rocking duration=PT1H
rocking for 90 seconds                  | StartExerciseIntent exercise=knee_rocking duration=PT90S
"""

ALARMS = """
well I'm fine but my chest hurts        | chest_pain
no, my chest hurts                      | chest_pain
No. My chest hurts.                     | chest_pain
stop I can't breathe                    | breathing_trouble
I cant feel my bum                      | saddle_numbness
I cannot feel my bottom                 | saddle_numbness
no I can't feel my bum                  | saddle_numbness
no feeling down below                   | saddle_numbness
my bum's gone completely numb           | saddle_numbness
yes and my private parts are numb too   | saddle_numbness
I think I just wet myself               | bladder_control
I don't know but I can't pee            | bladder_control
I can't go on, I wet myself             | bladder_control
next one please both legs are numb      | both_legs_weak
it's not better and my legs gave way    | both_legs_weak
no fever but pain down both legs        | leg_pain_both_sides
I'm not sure but I've lost control of my bowels | bowel_control
help I've fallen and I can't get up     | stranded
I was in a car crash                    | major_injury
my legs won't move                      | cannot_move_legs
I took too many pills this morning      | overdose
I can't go on, I want to die            | despair
since yesterday there's blood in my wee | blood_in_urine
okay but I fell down the stairs         | recent_injury
it shoots down my leg when I roll       | leg_pain_one_side
"""

NOT_REPORTED = [
    "no numbness between my legs",
    "no chest pain",
    "no chest pain or trouble breathing",
    "no numbness or tingling between my legs",
    "I haven't wet myself",
    "I have never had chest pain",
    "I don't have any chest pain",
    "I don't think my legs are numb",
    "it's not chest pain",
    "there isn't any pain down both legs",
    "without chest pain",
    "neither chest pain nor trouble breathing",
    "I can't say no",
    "I'm not pregnant",
    "no blood in my wee",
    "I nearly fell asleep",
    "I fell behind",
    "the dog had an accident on the mat",
    "I can't hear you",
]

REFUSED = [
    "",
    "?!",
    "please",
    "thanks",
    "um",
    "what's the weather",
    "play some music",
    "set a timer for five minutes",
    "turn on the kitchen light",
    "guide me through a sonnet",
    "word " * 500,
]


@pytest.mark.parametrize(
    ("said", "intent", "slots"),
    rows(WALKTHROUGH, SETTLED, EVERY_INTENT, NUMBERS, ON_THE_CLOCK),
)
def test_what_is_said_is_understood(said: str, intent: str, slots: dict[str, str]) -> None:
    assert understood(said) == (intent, slots)


@pytest.mark.parametrize("line", ALARMS.strip().splitlines())
def test_a_symptom_is_heard_whatever_else_is_said(line: str) -> None:
    said, symptom = (part.strip() for part in line.split("|"))
    assert understood(said) == (REPORT, {"symptom": symptom})


@pytest.mark.parametrize("said", NOT_REPORTED)
def test_a_denied_symptom_is_neither_reported_nor_clears_a_question(said: str) -> None:
    assert understood(said)[0] != REPORT
    assert ENGLISH.read(said, asked=CONTENT.asked("saddle")).intent not in {REPORT, "AMAZON.NoIntent"}


@pytest.mark.parametrize("said", REFUSED)
def test_what_fits_nothing_is_refused(said: str) -> None:
    heard = ENGLISH.read(said)
    assert (heard.intent, heard.slots, heard.did_you_mean) == (FALLBACK, {}, None)


def test_every_intent_has_a_row() -> None:
    tables = (WALKTHROUGH, SETTLED, EVERY_INTENT)
    covered = {row(line)[1] for table in tables for line in table.strip().splitlines()}
    assert covered == INTENTS.keys() - {FALLBACK, "AMAZON.NavigateHomeIntent"}


@pytest.mark.parametrize("apostrophe", ["'", "\u2019", "\u2018", "`", ""])
def test_every_apostrophe_is_one(apostrophe: str) -> None:
    assert understood(f"I can{apostrophe}t breathe") == (REPORT, {"symptom": "breathing_trouble"})


def test_a_slot_keeps_the_words_that_were_said() -> None:
    heard = ENGLISH.read("Alexa, do 10 Hip Lifts.")
    assert heard.slots == {"count": Slot("10", "10"), "exercise": Slot("pelvic_lift", "hip lifts")}
    for said in ("i can't feel my aunt's slippers", "i can't feel socks"):
        assert ENGLISH.read(said).slots == {"words": Slot(said, said)}


def test_a_day_is_known_only_to_who_knows_which_day_it_is() -> None:
    assert ENGLISH.read("forget yesterday").slots == {"date": Slot(None, "yesterday")}


def test_a_model_without_symptoms_works() -> None:
    words = Understanding(Grammar({"Tea": IntentWords({"n": "AMAZON.NUMBER"}, ("{n} cups", "tea"))}, {}))
    assert words.read("two cups") == Heard("Tea", {"n": Slot("2", "two")})
    assert words.read("tea please") == Heard("Tea")


def test_a_slot_of_an_unknown_type_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="unknown type: Cup"):
        Grammar({"Tea": IntentWords({"n": "Cup"}, ("{n} cups",))}, {})


@given(st.text())
def test_any_text_is_heard_or_refused(text: str) -> None:
    heard = ENGLISH.read(text)
    assert heard.intent in INTENTS
    assert heard.slots.keys() <= INTENTS[heard.intent].slots.keys()


SPOKEN_WORDS = sorted(
    {word for intent in INTENTS.values() for sample in intent.samples for word in sample.split()}
)


@given(st.lists(st.sampled_from([*SPOKEN_WORDS, "chest", "numb", "bum", "half", "hundred"]), max_size=12))
def test_any_mixture_of_words_is_heard_or_refused(words: list[str]) -> None:
    assert ENGLISH.read(" ".join(words)).intent in INTENTS


# --- emergencies ---

CANNOT_BE_DENIED_WHOLE = re.compile(r"n't|\b(?:no|not|nothing|and)\b")
NAMES_A_THING = re.compile(
    r"(?:chest |arm )?(?:pain|trouble|weakness|numbness|tingling|loss|bleeding|tightness|pressure)\b"
)
ANSWERS_ONLY_ALONE = {"i can't", "i can't do it", "i can't move"}
EMERGENCY_PHRASES = [
    pytest.param(value, phrase, id=phrase)
    for value in sorted(EMERGENCIES & TYPES["Symptom"].keys())
    for phrase in TYPES["Symptom"][value]
    if phrase not in ANSWERS_ONLY_ALONE
]


@pytest.mark.parametrize(("value", "phrase"), EMERGENCY_PHRASES)
def test_an_emergency_is_heard_inside_a_sentence_and_not_when_denied(value: str, phrase: str) -> None:
    intent, slots = understood(f"i'm ready but since this morning {phrase} and it frightens me")
    assert intent == REPORT
    assert slots.get("symptom") in EMERGENCIES or "words" in slots
    assert understood(phrase)[1].get("symptom") == value
    if not CANNOT_BE_DENIED_WHOLE.search(phrase):
        heard = ENGLISH.read(f"i have never had {phrase}")
        assert "symptom" not in heard.slots or heard.slots["symptom"].value not in EMERGENCIES
        # "I have never had both legs are weak" is nothing that anybody says.
        assert heard.report is None or not NAMES_A_THING.match(phrase)


@pytest.mark.parametrize("phrase", sorted(ANSWERS_ONLY_ALONE))
def test_i_cannot_is_an_alarm_only_as_an_answer(phrase: str) -> None:
    assert understood(phrase) == (REPORT, {"symptom": "stranded"})
    if not phrase.startswith("help"):
        assert understood(f"{phrase} umbrellas")[1].get("symptom") != "stranded"


# --- rules for the model ---

CUSTOM = [name for name in INTENTS if not name.startswith("AMAZON.")]
SPOKEN = [name for name in INTENTS if INTENTS[name].samples]
IDS = {
    "Exercise": "abdominal_brace knees_to_chest knee_rocking pelvic_lift back_rolling",
    "Surface": "floor mat bed sofa chair standing",
    "Side": "left right",
    "Hedge": "no",
    "Adjustment": "easier harder slower faster longer shorter",
    "Mode": """
        brief full count loud_count bell breath silent straight_through step_by_step slow_speech normal_speech
    """,
    "Subject": """
        medicines gel corset bed_rest heat massage acupuncture electrical_stimulation laser magnets
        physiotherapy manual_therapy imaging blood_tests sciatica muscle_pain disc chronic_pain acute_pain
        causes after_surgery
    """,
    "Interval": """
        PT10M PT15M PT20M PT25M PT30M PT40M PT45M PT50M PT1H PT1H30M PT2H PT3H PT4H PT12H P1D P2D P1W
    """,
    "Change": "worse better same gone present",
    "Topic": """
        lifting carrying sitting standing sleeping desk_breaks walking water food check_ups weight stress
    """,
    "Symptom": """
        saddle_numbness bladder_control bowel_control both_legs_weak sudden_leg_weakness worsening_weakness
        leg_pain_both_sides chest_pain breathing_trouble tearing_abdominal_pain fainting major_injury
        cannot_move_legs cold_pale_leg pregnancy_emergency stranded stroke_signs overdose despair
        fever foot_drop numb_leg_or_foot cancer_history_new_pain minor_fall_osteoporosis recent_injury
        injection_drug_use blood_in_urine unsteady_walking widespread_pain painful_urination pain_in_waves
        pulsing_abdomen swollen_calf sexual_change
        night_pain weight_loss pain_over_three_days steroid_use pregnancy recent_surgery leg_pain_one_side
        morning_stiffness_long age_over_70_new_pain dizziness burning_sensation constant_pain
        back_shape_change upper_back_pain pain_on_coughing steadily_worse pain_over_six_weeks
        stiff_back muscle_soreness tired mild_ache clicking nervous
    """,
}


def slots_of(sample: str) -> list[str]:
    return re.findall(r"{(\w+)}", sample)


@pytest.mark.parametrize("name", TYPES)
def test_phrases_have_only_the_characters_that_alexa_takes(name: str) -> None:
    for phrase in chain.from_iterable(TYPES[name].values()):
        assert re.fullmatch(r"[a-z][a-z'.-]*(?: [a-z][a-z'.-]*)*", phrase), phrase
        assert len(phrase) <= 140


@pytest.mark.parametrize("name", SPOKEN)
def test_there_are_enough_samples_and_none_twice(name: str) -> None:
    samples = INTENTS[name].samples
    assert len(samples) >= (25 if name in CUSTOM else 15)
    assert len(set(samples)) == len(samples)


@pytest.mark.parametrize("name", CUSTOM)
def test_slots_are_declared_and_used(name: str) -> None:
    intent = INTENTS[name]
    assert set(chain.from_iterable(map(slots_of, intent.samples))) == set(intent.slots)
    assert set(intent.slots.values()) <= ALL_TYPES.keys()
    for sample in intent.samples:
        assert len(set(slots_of(sample))) == len(slots_of(sample)), sample


@pytest.mark.parametrize("name", IDS)
def test_types_have_exactly_the_ids_of_the_design(name: str) -> None:
    assert set(TYPES[name]) == set(IDS[name].split())
    assert TYPES.keys() == IDS.keys()


@pytest.mark.parametrize("name", TYPES)
def test_no_phrase_stands_twice_in_a_type(name: str) -> None:
    phrases = list(chain.from_iterable(TYPES[name].values()))
    assert len(set(phrases)) == len(phrases)
    assert all(len(found) <= 100 for found in TYPES[name].values())


@pytest.mark.parametrize("value", TYPES["Symptom"])
def test_a_symptom_has_enough_phrases(value: str) -> None:
    assert len(TYPES["Symptom"][value]) >= 7


@pytest.mark.parametrize("value", TYPES["Symptom"])
def test_a_symptom_in_the_words_of_a_sample_has_its_level(value: str) -> None:
    for phrase in TYPES["Symptom"][value]:
        heard = ENGLISH.read(phrase)
        if heard.intent == REPORT and "symptom" in heard.slots:
            assert heard.report
            named = heard.report.symptom
            assert named == heard.slots["symptom"].value
            assert named is not None
            assert heard.report.level == LEVELS[named]


ALONE = {
    sample: (name, INTENTS[name].slots[sample[1:-1]])
    for name in CUSTOM
    for sample in INTENTS[name].samples
    if re.fullmatch(r"{\w+}", sample)
}


# Alone, one is a report, which counts more than a question about it; the other answers "stay quiet longer?".
ELSEWHERE_WHEN_ALONE = {"sciatica": REPORT, "longer": "AMAZON.PauseIntent"}


def test_what_may_stand_alone_means_one_thing() -> None:
    for (_, one), (_, other) in combinations(ALONE.values(), 2):
        phrases = [set(chain.from_iterable(ALL_TYPES[name].values())) for name in (one, other)]
        assert set.intersection(*phrases) <= ELSEWHERE_WHEN_ALONE.keys()


@pytest.mark.parametrize("sample", ALONE)
def test_every_phrase_that_may_stand_alone_is_understood(sample: str) -> None:
    name, slot_type = ALONE[sample]
    for value, phrases in ALL_TYPES[slot_type].items():
        for phrase in phrases:
            if ELSEWHERE_WHEN_ALONE.get(phrase, name) != name:
                assert understood(phrase)[0] == ELSEWHERE_WHEN_ALONE[phrase]
                continue
            intent, slots = understood(phrase)
            assert intent == name, phrase
            assert slots == {sample[1:-1]: value} or slots.get("symptom") in EMERGENCIES, phrase


@pytest.mark.parametrize("name", SPOKEN)
def test_every_sample_is_understood_as_its_own_intent(name: str) -> None:
    for sample in INTENTS[name].samples:
        filled, expected = sample, {}
        for slot in slots_of(sample):
            value, phrases = next(iter(ALL_TYPES[INTENTS[name].slots[slot]].items()))
            filled, expected[slot] = filled.replace(f"{{{slot}}}", phrases[0]), value
        intent, slots = understood(filled)
        assert intent == name, filled
        assert slots.items() >= expected.items() or {"symptom", "words"} & slots.keys(), filled
