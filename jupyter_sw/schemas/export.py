"""All public wire models as one JSON Schema document.

``python -m jupyter_sw.schemas.export`` prints it; the TypeScript types of the front end are
generated from it, so the two ends cannot drift.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from jupyter_sw.schemas.base import Request, Wire
from jupyter_sw.schemas.chats import (
    ChatDetail,
    ChatPatch,
    ChatRequest,
    Chats,
    TurnDelta,
    TurnRequest,
)
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.estimates import JobEstimate
from jupyter_sw.schemas.jobs import (
    JobCommand,
    JobEvents,
    JobNews,
    JobPatch,
    JobRequest,
    Jobs,
    LogText,
)
from jupyter_sw.schemas.models import ModelDetail, Models
from jupyter_sw.schemas.status import ErrorBody, Projects, Status

PUBLIC: tuple[type[Wire], ...] = (
    ChatDetail,
    ChatPatch,
    ChatRequest,
    Chats,
    Devices,
    ErrorBody,
    JobEstimate,
    JobCommand,
    JobEvents,
    JobNews,
    JobPatch,
    JobRequest,
    Jobs,
    LogText,
    ModelDetail,
    Models,
    Projects,
    Status,
    TurnDelta,
    TurnRequest,
)
"""What clients send and receive; the models inside these come along by themselves."""


class _Untitled(GenerateJsonSchema):
    """JSON Schema without a title on every field, which code generators turn into type names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _answers(kind: type[Wire] = Wire) -> set[str]:
    """Return the names of all models that are answers, not requests."""
    names: set[str] = set()
    for child in kind.__subclasses__():
        if not issubclass(child, Request):
            names |= {child.__name__} | _answers(child)
    return names


def document() -> dict[str, Any]:
    """Return the JSON Schema document; its ``$defs`` hold the models by name.

    In an answer every field is required, because the server writes them all; in a request only
    those that have no default.
    """
    pairs: list[tuple[type[Wire], JsonSchemaMode]] = [(model, "validation") for model in PUBLIC]
    _, schema = models_json_schema(
        pairs,
        title="jupyter_sw",
        description="What travels between jupyter_sw's server and its clients.",
        schema_generator=_Untitled,
    )
    for name in _answers() & schema["$defs"].keys():
        definition = schema["$defs"][name]
        definition["required"] = list(definition.get("properties", {}))
    return schema


def main() -> None:
    """Write the document to standard output."""
    json.dump(document(), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
