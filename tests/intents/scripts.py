"""Dialogue files: whole conversations as TOML, played against the real conversation.

title               what the conversation shows
locale, country     en-US and US, unless said otherwise; an empty country is an unknown one
[[turn]]
say                 words, understood by our own engine; or
intent, slots       an intent as Alexa resolves it, `heard` where Alexa resolved nothing; or
unclear             words of which that intent is only our guess
cleared, pain       ask for an exercise and answer every question with nothing to report; or
open                Alexa, open gentle back; `later_ms` lets time pass before it; or
permission          the answer to Alexa's own question, such as "ACCEPTED"; `code`, `has_card` of the same; or
playback            what the device's player reports, such as "PlaybackStarted": answered without a word; or
button              likewise, such as "NextCommandIssued"
player              at the top: the device plays streams
alexa               switches of tests/reminders.py: at the top a device with reminders, in a turn from then on
at_ms               interrupts what was being said that long after it began
hears, not          words that are said, and words that are not
asked               the open question afterwards, or "closed"
guiding, triage, card, reprompt
reminders           those that are set afterwards, such as "daily 08:00"
asks_permission     "voice" or "card"; not at all, unless said
plays, queues       the track that the device is told to play now, or behind what plays; from `from_ms` on
stops, unqueues     that it is told to stop, or to empty its queue; nothing of that, unless said
"""

import tomllib
from pathlib import Path
from typing import Any

from intents.alexa import Outcome
from intents.content import Content
from intents.grammar import Heard, Slot
from intents.proof.speaker import Planned, Speaker, track_in
from intents.understand import FALLBACK
from tests.actor import Actor
from tests.reminders import Diary

FOLDER = Path(__file__).parent / "dialogues"
FILES = sorted(FOLDER.glob("*.toml"))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def actor_of(content: Content, dialogue: dict[str, Any]) -> Actor:
    country = dialogue.get("country", "US") or None
    reminders = Diary(**dialogue["alexa"]) if "alexa" in dialogue else None
    speaker = Speaker(Planned(content)) if dialogue.get("player") else None
    locale = dialogue.get("locale", "en-US")
    return Actor(content, locale=locale, country=country, reminders=reminders, speaker=speaker)


def take(actor: Actor, turn: dict[str, Any]) -> Outcome:
    at_ms = turn.get("at_ms")
    for name, value in turn.get("alexa", {}).items():
        setattr(actor.reminders, name, value)
    match turn:
        case {"say": str(text)}:
            return actor.says(text, at_ms=at_ms)
        case {"intent": str(intent)}:
            slots = {name: Slot(value=value, heard=value) for name, value in turn.get("slots", {}).items()}
            slots |= {name: Slot(value=None, heard=words) for name, words in turn.get("heard", {}).items()}
            if turn.get("unclear"):
                return actor.sends(FALLBACK, {}, at_ms=at_ms, guess=Heard(intent, slots))
            return actor.sends(intent, slots, at_ms=at_ms)
        case {"permission": str(status)}:
            return actor.grants(status, code=turn.get("code", "200"), has_card=turn.get("has_card", False))
        case {"playback": str(name)} | {"button": str(name)}:
            return actor.plays(name, at_ms=at_ms or 0)
        case {"cleared": str(exercise)}:
            return actor.is_cleared(exercise, pain=turn.get("pain", "two"))
        case _:
            actor.now_ms += turn.get("later_ms", 0)
            return actor.opens()


def told(outcome: Outcome) -> dict[str, Any]:
    """What the device's player is told, in the words of a dialogue."""
    found: dict[str, Any] = {}
    for directive in outcome.json["response"].get("directives", ()):
        match directive:
            case {"type": "AudioPlayer.Play", "playBehavior": behavior, "audioItem": {"stream": stream}}:
                found["queues" if behavior == "ENQUEUE" else "plays"] = track_in(stream)
                if stream["offsetInMilliseconds"]:
                    found["from_ms"] = stream["offsetInMilliseconds"]
            case {"type": "AudioPlayer.Stop"}:
                found["stops"] = True
            case {"type": "AudioPlayer.ClearQueue", "clearBehavior": "CLEAR_ENQUEUED"}:
                found["unqueues"] = True
    return found


def play(content: Content, path: Path) -> list[Outcome]:
    """What comes of each turn; of clearing only what comes last."""
    dialogue = read(path)
    actor = actor_of(content, dialogue)
    return [take(actor, turn) for turn in dialogue["turn"]]
