"""Numbers, lengths of time, times of day and days, as they are said in English.

Each table maps words in plain form (`intents.plain`) to a value. With a second language these tables
move into the language's files.
"""

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import product

_ONES = (  # noqa: SIM905 - reads best so
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS_OF_THE_DAY = {
    "am": "morning",
    "a m": "morning",
    "in the morning": "morning",
    "every morning": "morning",
    "pm": "afternoon",
    "p m": "afternoon",
    "in the afternoon": "afternoon",
    "every afternoon": "afternoon",
    "in the evening": "evening",
    "every evening": "evening",
    "this evening": "evening",
    "at night": "night",
    "tonight": "night",
    "every night": "night",
}
"""How the part of the day is said after a time."""
_HALF_DAY = 12
_MINUTES = 60
# Nobody says "seven" of the evening without a word for it, nor "two" of the night.
_EARLIEST = 7
_NIGHT_ENDS = 5
_DAYS_AGO = 60


def spell(number: int) -> str:
    """A whole number below 1000 in words."""
    if number < len(_ONES):
        return _ONES[number]
    hundreds, rest = divmod(number, 100)
    if hundreds:
        return f"{_ONES[hundreds]} hundred" + (f" and {spell(rest)}" if rest else "")
    return _TENS[number // 10 - 2] + (f" {_ONES[number % 10]}" if number % 10 else "")


def numbers() -> dict[str, str]:
    """What stands for whole numbers, with their digits."""
    found = {"nought": "0", "nil": "0", "a couple of": "2", "half a dozen": "6", "a dozen": "12"}
    found |= {"1000": "1000", "a thousand": "1000", "one thousand": "1000"}
    for number in range(1000):
        for words in (spelt := spell(number), spelt.replace(" and ", " ")):
            found[words] = str(number)
            if words.startswith("one hundred"):
                found[words.removeprefix("one ")] = found[f"a{words.removeprefix('one')}"] = str(number)
    return found


def durations() -> dict[str, str]:
    """What stands for lengths of time, in ISO 8601 and in the units in which it is said."""
    found = {"half a minute": "PT30S", "half an hour": "PT30M", "quarter of an hour": "PT15M"}
    amounts = {"a": 1, "an": 1, "a couple of": 2} | {spell(number): number for number in range(1, 121)}
    for (words, number), s in product(amounts.items(), ("", "s")):
        for unit, half in (("hour", "30M"), ("minute", "30S"), ("second", "")):
            iso = f"PT{number}{unit[0].upper()}"
            found[f"{words} {unit}{s}"] = iso
            if half:
                found[f"{words} {unit}{s} and a half"] = iso + half
                found[f"{words} and a half {unit}{s}"] = iso + half
        for more, joint, tail in product((15, 20, 30, 40, 45), (" ", " and "), ("", " seconds")):
            found[f"{words} minute{s}{joint}{spell(more)}{tail}"] = f"PT{number}M{more}S"
    return found


def times() -> dict[str, str]:
    """What stands for a time of day: `HH:MM`, with a question mark where the part of the day is not said.

    `time_of_day` settles the latter.
    """
    found = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
    for hour in range(1, _HALF_DAY + 1):
        for words, minute in _clock(hour):
            found.setdefault(words, f"{hour - (minute < 0) or _HALF_DAY:02d}:{minute % _MINUTES:02d}?")
    for hour, minute in product((0, *range(_HALF_DAY + 1, 2 * _HALF_DAY)), range(_MINUTES)):
        found.setdefault(f"{spell(hour)} {spell(minute)}", f"{hour:02d}:{minute:02d}")
    return found


def _clock(hour: int) -> Iterator[tuple[str, int]]:
    """How the times of an hour are said, with the minute; below zero before the hour."""
    said = spell(hour)
    yield from ((words, 0) for words in (said, f"{said} o clock", f"{said} zero"))
    for minute in range(1, _MINUTES):
        yield f"{said} {spell(minute)}", minute
        if minute < len("0123456789"):
            yield from ((f"{said} {zero} {spell(minute)}", minute) for zero in ("oh", "o", "zero"))
    yield from ((words, 30) for words in (f"half past {said}", f"half {said}"))
    for words, minute in (("five", 5), ("ten", 10), ("quarter", 15), ("twenty", 20), ("twenty five", 25)):
        for unit in ("", " minutes"):
            yield from ((f"{words}{unit} {joint} {said}", minute) for joint in ("past", "after"))
            yield from ((f"{words}{unit} {joint} {said}", -minute) for joint in ("to", "before"))


def _hour(hour: int, part: str | None) -> int:
    """An hour of the twelve-hour clock on the other one."""
    hour %= _HALF_DAY
    in_first_half = {"morning": True, "night": hour < _NIGHT_ENDS, None: hour >= _EARLIEST}
    return hour if in_first_half.get(part, False) else hour + _HALF_DAY


def time_of_day(value: str, words: Collection[str]) -> str:
    """A time of `times` as `HH:MM`; `words`, anything said around it, may tell the part of the day."""
    if not value.endswith("?"):
        return value
    part = next((part for part in PARTS_OF_THE_DAY.values() if part in words), None)
    return f"{_hour(int(value[:2]), part):02d}{value[2:5]}"


def days() -> dict[str, str]:
    """What stands for today or a day or stretch before it, as a code that `day_of` reads."""
    found = {"today": "0", "yesterday": "1", "day before yesterday": "2", "week ago": "7"}
    found |= {f"{spell(ago)} days ago": str(ago) for ago in range(2, _DAYS_AGO)}
    found |= {
        words: day for day in _WEEKDAYS for words in (day, f"last {day}", f"{day} last week", f"on {day}")
    }
    return found | {"this week": "W0", "last week": "W1", "this month": "M0", "last month": "M1"}


def day_of(code: str, today: date) -> str:
    """A day of `days` as AMAZON.DATE has it: `2026-11-22`, a week `2026-W47`, a month `2026-11`.

    A weekday is the last one that is over: what can be deleted lies in the past.
    """
    if code in _WEEKDAYS:
        ago = (today.weekday() - _WEEKDAYS.index(code)) % 7 or 7
        return (today - timedelta(days=ago)).isoformat()
    if found := re.fullmatch(r"W(\d)", code):
        return "{0[0]}-W{0[1]:02d}".format((today - timedelta(weeks=int(found[1]))).isocalendar())
    if code == "M0":
        return f"{today:%Y-%m}"
    if code == "M1":
        return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    return (today - timedelta(days=int(code))).isoformat()
