"""Stores that outlast nothing: for callers without a name, and for whoever explores."""

from collections.abc import Mapping
from typing import Any

from ask_sdk_core.attributes_manager import AbstractPersistenceAdapter
from ask_sdk_model import RequestEnvelope

from skill.store import keys_of


class MemoryStore(AbstractPersistenceAdapter):
    """People of whom nothing outlasts their conversation: never on disk, gone when they are forgotten.

    For text callers without a `user_id`; each is a person of one conversation, which takes turn by turn.
    """

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}

    def get_attributes(self, request_envelope: RequestEnvelope) -> dict[str, Any]:
        """What is kept of this person, and its `version`."""
        return self._rows.get(keys_of(request_envelope)[0], {"version": 0})

    def save_attributes(self, request_envelope: RequestEnvelope, attributes: dict[str, Any]) -> None:
        """Keep it, one version on."""
        person, _ = keys_of(request_envelope)
        self._rows[person] = {**attributes, "version": attributes["version"] + 1}

    def delete_attributes(self, request_envelope: RequestEnvelope) -> None:
        """Forget this person."""
        self.forget(keys_of(request_envelope)[0])

    def forget(self, person: str) -> None:
        """Forget the person with this key, if there is one."""
        self._rows.pop(person, None)


class Watched(AbstractPersistenceAdapter):
    """A store of one person that shows what is in it."""

    def __init__(self, store: AbstractPersistenceAdapter) -> None:
        self._store = store
        self.kept: dict[str, Any] = {}

    def get_attributes(self, request_envelope: RequestEnvelope) -> dict[str, Any]:
        """What the store has."""
        self.kept = self._store.get_attributes(request_envelope)
        return self.kept

    def save_attributes(self, request_envelope: RequestEnvelope, attributes: dict[str, Any]) -> None:
        """Save it there, and remember it."""
        self._store.save_attributes(request_envelope, attributes)
        self.kept = attributes

    def delete_attributes(self, request_envelope: RequestEnvelope) -> None:
        """Delete it there."""
        self._store.delete_attributes(request_envelope)
        self.kept = {}


class OneRow(AbstractPersistenceAdapter):
    """What is kept of one person, to be put where it was."""

    def __init__(self) -> None:
        self.row: Mapping[str, Any] = {}

    def get_attributes(self, request_envelope: RequestEnvelope) -> dict[str, Any]:  # noqa: ARG002 - the SDK's shape
        """As it was put, or saved."""
        return {"version": 0, **self.row}

    def save_attributes(self, request_envelope: RequestEnvelope, attributes: dict[str, Any]) -> None:  # noqa: ARG002
        """Keep it."""
        self.row = attributes

    def delete_attributes(self, request_envelope: RequestEnvelope) -> None:  # noqa: ARG002
        """Forget it."""
        self.row = {}
