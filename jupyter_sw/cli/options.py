"""Parameter types and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from jupyter_sw.schemas.quantities import parse_bytes, parse_duration

F = TypeVar("F", bound=Callable[..., Any])

ENGINES = ("auto", "transformers", "llamacpp", "vllm", "sglang", "llama-server", "openai_server")
"""The values of `jupyter_sw.schemas.jobs.Engine`, which takes pydantic to import."""

_OUTPUT = "jupyter_sw.output"


class Duration(click.ParamType):  # type: ignore[type-arg]  # not generic in click 8.1
    """``30m``, ``1h30m``, ``90`` (seconds) or ``never``; 0 on the wire is never."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """Turn the text into seconds."""
        return parse_duration(value)


class Size(click.ParamType):  # type: ignore[type-arg]  # not generic in click 8.1
    """``8GiB``, ``512MiB`` or a number of bytes."""

    name = "size"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        """Turn the text into bytes."""
        return parse_bytes(value)


class ModelName(click.ParamType):  # type: ignore[type-arg]  # not generic in click 8.1
    """A model's name, URI or path; the server's catalog completes it."""

    name = "model"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the models of the server, if one answers at once."""
        from jupyter_sw.client import suggestions

        return _starting(incomplete, suggestions.models())


class ProjectName(click.ParamType):  # type: ignore[type-arg]  # not generic in click 8.1
    """A project's name; it need not be there yet."""

    name = "project"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the projects of the server, if one answers at once."""
        from jupyter_sw.client import suggestions

        return _starting(incomplete, suggestions.projects())


class JobKey(click.ParamType):  # type: ignore[type-arg]  # not generic in click 8.1
    """A job's id, the beginning of one, or its name.

    Parameters
    ----------
    state
        Which jobs complete it: those in this state, the `live` ones, the `ended` ones, or `all`.
        Others can be named, and the server says why they don't fit.
    """

    name = "job"

    def __init__(self, state: str = "live") -> None:
        self._state = state

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer jobs of the server, if one answers at once."""
        from jupyter_sw.client import suggestions

        return _starting(incomplete, suggestions.jobs(self._state))


def job_argument(state: str) -> Callable[[F], F]:
    """Add the optional argument JOB, which jobs in `state` complete."""
    return click.argument("job", required=False, type=JobKey(state))


def sampling_options(function: F) -> F:
    """Add the system prompt and the sampling settings; unset ones are the model's own."""
    seed = click.option("--seed", type=int, help="The same seed gives the same reply.")
    return reply_options(seed(function))


def reply_options(function: F) -> F:
    """Add what a job can have for all replies, too."""
    for decorate in (
        click.option("--top-p", type=float, help="Choose among the likeliest tokens, 0 to 1."),
        click.option("--max-tokens", type=int, help="Longest reply, in tokens."),
        click.option("--temperature", type=float, help="0 always takes the likeliest token; to 2."),
        click.option("--system", help="System prompt."),
    ):
        function = decorate(function)
    return function


def output_option(function: F) -> F:
    """Add ``-o json``."""

    def remember(ctx: click.Context, _param: click.Parameter, value: str) -> None:
        ctx.meta[_OUTPUT] = value

    return click.option(
        "-o",
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        expose_value=False,
        callback=remember,
        help="`json` is for programs.",
    )(function)


def wants_json(ctx: click.Context) -> bool:
    """Tell whether ``-o json`` was given."""
    return bool(ctx.meta.get(_OUTPUT) == "json")


def given(**options: Any) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def _starting(incomplete: str, names: list[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
