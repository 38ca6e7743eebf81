"""What is kept of a person between turns: read from the store, saved before anything leaves.

StoreError                 the store could not be read or written
└── StaleAttributesError   somebody else wrote this person since they were read
"""

import logging
from collections import Counter
from dataclasses import replace

from ask_sdk_core.attributes_manager import AbstractPersistenceAdapter
from ask_sdk_core.exceptions import PersistenceException
from ask_sdk_core.handler_input import HandlerInput
from ask_sdk_model import Person as Speaker
from ask_sdk_model import RequestEnvelope

from intents.state import Person, person_from_json, person_to_json

LOG = logging.getLogger("gentle_back")


class StoreError(PersistenceException):
    """The store could not be read or written. The turn is answered all the same."""


class StaleAttributesError(StoreError):
    """Somebody else wrote this person since we read it; the turn must be computed again."""


def hold_on_to_person(envelope: RequestEnvelope) -> str:
    """Keep to the person of the session's first turn: a voice may be recognised in one turn and not the next.

    Returns:
        The person's id, empty for the household; the envelope, which the store reads, is made to agree.
    """
    system = envelope.context.system if envelope.context else None
    found = str(system.person.person_id) if system and system.person and system.person.person_id else ""
    session = envelope.session
    attributes = session.attributes if session and session.new is False else None
    held = attributes.get("who") if isinstance(attributes, dict) else None
    who = held if isinstance(held, str) else found
    if system is not None:
        system.person = Speaker(person_id=who) if who else None
    return who


def follow_listener(envelope: RequestEnvelope, store: AbstractPersistenceAdapter) -> str:
    """Whoever plays something, where a request says only from which household it comes.

    A device's player never says who listens, and a voice that says only "pause" may not be recognised.

    Returns:
        The person's id, empty where nobody in particular plays; the envelope is made to agree.
    """
    try:
        found = person_from_json(store.get_attributes(envelope)).listener or ""
    except StoreError as error:
        _log_store("read", error)
        return ""
    system = envelope.context.system if envelope.context else None
    if found and system is not None:
        system.person = Speaker(person_id=found)
    return found


def note_listener(envelope: RequestEnvelope, store: AbstractPersistenceAdapter, who: str | None) -> None:
    """Keep in the household's row who plays something, or that this person does not any more."""
    system = envelope.context.system if envelope.context else None
    if system is None or system.person is None:
        return
    speaker, system.person = system.person, None
    try:
        household = person_from_json(store.get_attributes(envelope))
        if household.listener == who or (who is None and household.listener != speaker.person_id):
            return
        changed = replace(household, listener=who)
        if replace(changed, version=0) == Person():
            store.delete_attributes(envelope)
        else:
            store.save_attributes(envelope, person_to_json(changed))
    except StoreError as error:
        _log_store("written", error)
    finally:
        system.person = speaker


def load(handler_input: HandlerInput) -> Person | None:
    """What is stored; None if the store fails, which is logged and otherwise goes unnoticed."""
    try:
        return person_from_json(handler_input.attributes_manager.persistent_attributes)
    except StoreError as error:
        _log_store("read", error)
        return None


def save(handler_input: HandlerInput, stored: Person | None, person: Person, *, insists: bool) -> bool:
    """Save what changed before the response leaves; of whom nothing is known any more, the row goes, too.

    True if it could not be done: then the session keeps it.
    """
    if stored is None:
        return True
    if person == stored:
        return False
    manager = handler_input.attributes_manager
    manager.persistent_attributes = person_to_json(replace(person, version=stored.version))
    try:
        if replace(person, version=0) == Person():
            manager.delete_persistent_attributes()
        else:
            manager.save_persistent_attributes()
    except StoreError as error:
        if isinstance(error, StaleAttributesError) and not insists:
            raise
        _log_store("written", error)
        return True
    return False


def newer(stored: Person | None, kept: object) -> Person:
    """What the session kept while the store failed, unless the store has gone on meanwhile."""
    if kept is None:
        return stored or Person()
    held = person_from_json(kept)
    if stored is None:
        return held
    if held.version == stored.version:
        return held
    # The row could not be read then, or was written meanwhile: nobody knows which is newer, so both count.
    ledger = Counter(stored.ledger) | Counter(held.ledger)
    return replace(
        held,
        version=stored.version,
        finished={**stored.finished, **held.finished},
        ledger=tuple(ledger.elements()),
        place=held.place or stored.place,
        history=tuple(sorted({*stored.history, *held.history}, key=lambda sitting: sitting.at_ms)),
        preferences={**stored.preferences, **held.preferences},
        progress={**stored.progress, **held.progress},
        stream=held.stream or (None if held.place else stored.stream),
    )


def _log_store(done: str, error: StoreError) -> None:
    LOG.error("store could not be %s: %s", done, type(error.__cause__ or error).__name__)
