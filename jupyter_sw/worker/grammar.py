"""JSON schemas of requests, checked the same way for every engine.

llama.cpp drops a schema that it can't read and writes free text; so what is passed on was read
here first.
"""

from __future__ import annotations

import json

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.generation import JsonFormat, ResponseFormat, SchemaFormat

# Whitespace as a model writes it; free whitespace lets a small model write nothing else for ever.
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def schema_of(asked: ResponseFormat | None) -> str | None:
    """Return the JSON schema that a reply has to follow, None for text as it comes.

    Raises
    ------
    BadRequest
        When it is no schema, or one that can't be followed.
    """
    if isinstance(asked, JsonFormat):
        schema: dict[str, object] = {"type": "object"}
    elif isinstance(asked, SchemaFormat):
        schema = asked.json_schema.json_schema
    else:
        return None
    import llguidance

    grammar = llguidance.LLMatcher.grammar_from_json_schema(schema)
    problem = llguidance.LLMatcher.validate_grammar(grammar)
    if problem:
        raise BadRequest(
            f"response_format: the JSON schema can't be followed: {problem}",
            hint="Leave out what is named, or check the schema.",
        )
    return json.dumps({**schema, "x-guidance": _LAYOUT})
