"""The API's OpenAPI document, made from the table of routes and the wire models.

``python -m jupyter_sw.server.openapi FILE`` writes it; ``--check`` fails when FILE is stale.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from jupyter_sw._version import __version__
from jupyter_sw.schemas.base import Request, Wire
from jupyter_sw.schemas.status import ErrorBody
from jupyter_sw.server.routes import DOOR, ROUTES, Operation, Route

_REF = "#/components/schemas/{model}"


@cache
def document() -> str:
    """Return the document as JSON."""
    return json.dumps(_document(), indent=2, sort_keys=True) + "\n"


def _document() -> dict[str, Any]:
    models: dict[type[Wire], None] = {ErrorBody: None}
    paths: dict[str, Any] = {}
    for route in ROUTES:
        path = re.sub(r"\{(\w+):path\}", r"{\1}", route.path)
        paths[path] = {verb: _operation(route, op, models) for verb, op in route.operations.items()}
    # What is sent may leave out what has a default; what is answered is whole.
    _, definitions = models_json_schema(
        [
            (model, "validation" if issubclass(model, Request) else "serialization")
            for model in models
        ],
        ref_template=_REF,
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyter_sw",
            "version": __version__,
            "description": "Run chat models as jobs. Times are seconds since the epoch, durations "
            "seconds, memory bytes.",
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The Jupyter Server's token; `Authorization: token …` and a "
                    "logged-in browser's cookie are accepted as well.",
                }
            },
        },
    }


def _operation(route: Route, op: Operation, models: dict[type[Wire], None]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if op.response:
        content["application/json"] = {"schema": _ref(op.response, models)}
    if op.text:
        content["text/plain"] = {"schema": {"type": "string"}}
    if op.events:
        # OpenAPI 3.1 has no words for a stream of events: each one's data by its name.
        data = {name: _ref(model, models) for name, model in op.events.items()}
        content["text/event-stream"] = {"x-event-data": data}
    parameters = [
        {
            "name": name.partition(":")[0],
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if name == "n" else "string"},
        }
        for name in re.findall(r"\{([^}]+)\}", route.path)
    ] + [{"name": name, "in": "query", "schema": {"type": "string"}} for name in op.query]
    done: dict[str, Any] = {"description": op.summary}
    if content:
        done["content"] = content
    result: dict[str, Any] = {"summary": op.summary, "responses": {str(op.status): done}}
    if route.path.startswith(DOOR):
        result["description"] = "OpenAI's wire format; `model` is a job's id or name, or a model."
        result["responses"]["default"] = {"description": "OpenAI's error object"}
    else:
        error = {"application/json": {"schema": _ref(ErrorBody, models)}}
        result["responses"]["default"] = {"description": "What is wrong", "content": error}
    if parameters:
        result["parameters"] = parameters
    if op.request:
        body = {"application/json": {"schema": _ref(op.request, models)}}
        result["requestBody"] = {"required": True, "content": body}
    return result


def _ref(model: type[Wire], models: dict[type[Wire], None]) -> dict[str, str]:
    models[model] = None
    return {"$ref": _REF.format(model=model.__name__)}


def main() -> int:
    """Write the document, or check that it is fresh."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--check", action="store_true", help="fail when the file is stale")
    options = parser.parse_args()
    if not options.check:
        options.file.write_text(document())
    elif not options.file.exists() or options.file.read_text() != document():
        sys.stderr.write(f"{options.file} is stale; make it anew with `make generate`.\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
