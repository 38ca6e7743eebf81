"""A store that can be put back to how it was."""

from copy import deepcopy
from typing import Any

from ask_sdk_core.attributes_manager import AbstractPersistenceAdapter
from ask_sdk_model import RequestEnvelope


class Shelf(AbstractPersistenceAdapter):
    """A store that can be put back to how it was."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get_attributes(self, request_envelope: RequestEnvelope) -> dict[str, Any]:
        return deepcopy(self.kept)

    def save_attributes(self, request_envelope: RequestEnvelope, attributes: dict[str, Any]) -> None:
        self.kept = deepcopy(attributes)

    def delete_attributes(self, request_envelope: RequestEnvelope) -> None:
        self.kept = {}
