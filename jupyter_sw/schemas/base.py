"""What all wire models share."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from jupyter_sw.errors import BadRequest

M = TypeVar("M", bound="Wire")


class Wire(BaseModel):
    """A message as it is sent; unknown fields from a newer peer are ignored."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=(), defer_build=True)


class Request(Wire):
    """A message that a person's client sends; an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), defer_build=True)


def parse(kind: type[M], data: object) -> M:
    """Validate outside data as `kind`.

    Raises
    ------
    BadRequest
        With the first few problems, each as ``field: what is wrong``.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise BadRequest(describe(error)) from error


def describe(error: ValidationError) -> str:
    """Say in one line what pydantic found, without its URLs and without the input's values."""
    problems = []
    for item in error.errors(include_url=False, include_context=False, include_input=False)[:3]:
        where = ".".join(str(part) for part in item["loc"])
        problems.append(f"{where}: {item['msg']}" if where else item["msg"])
    return "; ".join(problems)
