"""The command tree and the one way to run a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from jupyter_sw.cli import about, jobs, lifecycle, load, projects, talk
from jupyter_sw.cli.options import wants_json
from jupyter_sw.cli.surface import Surface
from jupyter_sw.errors import BadRequest


class Commands(click.Group):
    """A group that lists its commands in the order of a job's life, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(self.commands)


@click.group(cls=Commands)
def root() -> None:
    """Run open chat models on your own machine and get the memory back on time."""


@click.command(name="help")
@click.argument("command", nargs=-1)
@click.pass_context
def help_command(ctx: click.Context, command: tuple[str, ...]) -> None:
    """Explain COMMAND, or list all commands."""
    parent = ctx.parent
    assert parent is not None, "help is a command of the tree"
    found, shown = parent.command, parent
    for word in command:
        inner = found.get_command(shown, word) if isinstance(found, click.Group) else None
        if inner is None:
            raise click.UsageError(f"No such command {' '.join(command)!r}.", ctx=parent)
        found, shown = inner, click.Context(inner, info_name=word, parent=shown)
    click.echo(found.get_help(shown))


for _command in (
    jobs.run, load.load, jobs.ps, lifecycle.wait_command, jobs.logs, lifecycle.events, talk.chat,
    talk.ask,
    jobs.extend, lifecycle.pause, lifecycle.resume, jobs.cancel, lifecycle.rerun,
    lifecycle.delete, lifecycle.rename, lifecycle.comment, lifecycle.pin, projects.project,
    about.models, about.devices, about.login, help_command,
):  # fmt: skip
    root.add_command(_command)


@dataclass(frozen=True)
class Outcome:
    """What a command found, and whether a program is to read it."""

    value: Any
    json: bool = False


def invoke(
    arguments: list[str], surface: Surface, command: click.Command = root, program: str = ""
) -> Outcome:
    """Run a command.

    Raises
    ------
    BadRequest
        When the command line is wrong; the hint says how it is used.
    SwError
        What the command raises.
    Interrupted
        When it was interrupted while waiting.
    """
    program = program or surface.program
    words = list(arguments) or (["help"] if command is root else [])
    try:
        with command.make_context(program, words, obj=surface) as ctx:
            return Outcome(command.invoke(ctx), json=wants_json(ctx))
    except click.exceptions.Exit:  # --help has been shown
        return Outcome(None)
    except click.ClickException as error:
        raise BadRequest(error.format_message(), hint=_usage(error, program)) from None


def _usage(error: click.ClickException, program: str) -> str:
    ctx = getattr(error, "ctx", None)
    if ctx is None:
        return f"See {program} --help."
    return f"{' '.join(ctx.get_usage().split())}  (see {ctx.command_path} --help)"
