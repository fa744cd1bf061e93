"""Commands on projects, the named groups of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jupyter_sw.cli.options import JobKey, ProjectName, output_option
from jupyter_sw.cli.surface import Surface
from jupyter_sw.cli.waiting import find
from jupyter_sw.errors import BadRequest

if TYPE_CHECKING:
    from jupyter_sw.client.cards import Listing
    from jupyter_sw.client.job import Job


@click.group(invoke_without_command=True)
@output_option
@click.pass_context
def project(ctx: click.Context) -> Listing | None:
    """Group jobs; without a command, list the projects."""
    return _listing() if ctx.invoked_subcommand is None else None


@project.command(name="list")
@output_option
def list_projects() -> Listing:
    """List projects; the one in use is marked."""
    return _listing()


@project.command()
@click.argument("name", type=ProjectName())
@output_option
@click.pass_obj
def use(surface: Surface, name: str) -> Listing:
    """Use project NAME for the jobs to come; it is made where there is none."""
    from jupyter_sw.client import project as projects
    from jupyter_sw.client import session

    if not surface.lasting:
        raise BadRequest(
            "A command in a terminal cannot remember a project for the next one.",
            hint=f"Set it for the terminal: export {projects.VARIABLE}={name}",
        )
    session.connect().create_project(name)
    projects.use(name)
    return _listing()


@project.command()
@click.argument("name")
@output_option
def new(name: str) -> Listing:
    """Make project NAME."""
    from jupyter_sw.client import session

    session.connect().create_project(name)
    return _listing()


@project.command()
@click.argument("job", type=JobKey("all"))
@click.argument("name", type=ProjectName())
@output_option
def move(job: str, name: str) -> Job:
    """Put JOB into project NAME."""
    return find(job).move(name)


def _listing() -> Listing:
    from jupyter_sw.client import session
    from jupyter_sw.client.listings import projects_listing
    from jupyter_sw.client.project import current

    return projects_listing(session.connect().projects(), current())
