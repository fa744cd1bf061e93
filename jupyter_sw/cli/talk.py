"""Commands that talk to a model: ask, chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from jupyter_sw.cli.options import JobKey, given, job_argument, sampling_options
from jupyter_sw.cli.surface import Surface

if TYPE_CHECKING:
    from jupyter_sw.client.reply import Reply


@click.command()
@click.argument("prompt", nargs=-1, required=True)
@click.option("--job", type=JobKey("running"), help="Id or name; not needed while one job runs.")
@sampling_options
@click.pass_obj
def ask(
    surface: Surface,
    /,
    prompt: tuple[str, ...],
    job: str | None,
    system: str | None,
    **params: Any,
) -> Reply:
    """Ask one question and show the reply as it comes."""
    return reply_to(surface, " ".join(prompt), job, system, params)


@click.command()
@job_argument("running")
@click.option("--new", is_flag=True, help="Begin another conversation.")
@sampling_options
@click.pass_obj
def chat(surface: Surface, /, job: str | None, new: bool, system: str | None, **params: Any) -> Any:
    """Talk to JOB; its newest conversation goes on."""
    from jupyter_sw.client import running, session

    found = running.find(session.connect(), job, state="running")
    return surface.chat(found, found.chat(system=system, new=new, **given(**params)))


def reply_to(
    surface: Surface, prompt: str, job: str | None, system: str | None, params: dict[str, Any]
) -> Reply:
    """Ask a job one question on a surface; breaking off stops the model."""
    from jupyter_sw.client import running, session

    found = running.find(session.connect(), job, state="running")
    stream = found.ask(prompt, system=system or "", stream=True, **given(**params))
    try:
        return surface.reply(stream)
    finally:
        stream.close()
