"""The OpenAPI document of the text API, made from the shapes that it reads and writes.

Committed as `skill/openapi.json`, which is compared in a test and served; never edited.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from skill.text_api import DOCUMENT_PATH, MAX_BODY_BYTES, PATH, Answer, Message, Refusal

_REFUSALS = {
    "400": "Not JSON, or a member of a wrong type.",
    "401": "Neither on this machine (in development) nor with the token.",
    "413": f"More than {MAX_BODY_BYTES} bytes.",
    "415": "Not application/json.",
    "429": "Too many turns from this address.",
    "503": "This service runs in several processes, and open conversations live in one.",
}


COMMITTED = Path(__file__).with_name("openapi.json")


def committed() -> dict[str, Any]:
    """The document as it is served."""
    return dict(json.loads(COMMITTED.read_text(encoding="utf-8")))


def generated() -> dict[str, Any]:
    """The document as the shapes have it, OpenAPI 3.1."""
    models = [(Message, "validation"), (Answer, "serialization"), (Refusal, "serialization")]
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    refusals = {status: _refusal(said) for status, said in _REFUSALS.items()}
    refusals["429"]["headers"] = {
        "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gentle Back by text",
            "version": version("gentle-back"),
            "description": "A conversation about a sore lower back, in the shape of Home Assistant's "
            "conversation API. It does not diagnose and cannot call for help.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "paths": {
            PATH: {
                "post": {
                    "operationId": "process",
                    "summary": "Take one turn of a conversation",
                    "requestBody": {"required": True, "content": _content("Message")},
                    "responses": {
                        "200": {"description": "What is answered.", "content": _content("Answer")},
                        **refusals,
                    },
                }
            },
            DOCUMENT_PATH: {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document",
                    "responses": {
                        "200": {
                            "description": "OpenAPI 3.1.",
                            "content": {"application/json": {"schema": {"type": "object"}}},
                        },
                        "401": refusals["401"],
                        "429": refusals["429"],
                    },
                }
            },
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "GENTLE_BACK_TOKEN. Not needed on the machine itself in development.",
                }
            },
        },
    }


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": _content("Refusal")}
