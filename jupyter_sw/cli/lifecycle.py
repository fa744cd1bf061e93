"""Commands on the life of a job: pause, resume, rerun, wait, delete, events; its name and pin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jupyter_sw.cli.options import Duration, JobKey, job_argument, output_option
from jupyter_sw.cli.surface import Surface
from jupyter_sw.cli.waiting import find, wait

if TYPE_CHECKING:
    from jupyter_sw.client.cards import Listing
    from jupyter_sw.client.job import Job

_AWAITED = ["fetching", "queued", "loading", "running", "paused", "ended", "failed"]


@click.command()
@job_argument("running")
@output_option
@click.pass_obj
def pause(surface: Surface, job: str | None) -> Job:
    """Give JOB's memory back and keep the job.

    Its settings and chats stay, and its release clocks stand still.
    """
    found = find(job, "running")
    with surface.progress() as line:
        line.update(f"Pausing {found.info.name} ({found.id})…")
        found.pause()
        line.end(f"{found.info.name} ({found.id}) has given its memory back.")
    return found


@click.command()
@job_argument("paused")
@click.option("--no-wait", is_flag=True, help="Return at once.")
@output_option
@click.pass_obj
def resume(surface: Surface, job: str | None, no_wait: bool) -> Job:
    """Let paused JOB go on, through the queue; wait until it answers."""
    from jupyter_sw.client import running

    found = running.remember(find(job, "paused").resume(wait=False))
    if not no_wait:
        with surface.progress() as line:
            wait(surface, found, line)
    return found


@click.command()
@job_argument("ended")
@click.option("--no-wait", is_flag=True, help="Return at once.")
@output_option
@click.pass_obj
def rerun(surface: Surface, job: str | None, no_wait: bool) -> Job:
    """Run JOB again with every setting it had.

    That is a new job; waits until it answers.
    """
    from jupyter_sw.client import running

    again = running.remember(find(job, "ended").rerun(wait=False))
    if not no_wait:
        with surface.progress() as line:
            wait(surface, again, line)
    return again


@click.command(name="wait")
@job_argument("live")
@click.option(
    "--for", "state", type=click.Choice(_AWAITED), default="running", show_default=True,
    help="`ended` is every end but a failure.",
)  # fmt: skip
@click.option("--timeout", type=Duration(), help="Give up after so long: 10m.")
@output_option
@click.pass_obj
def wait_command(surface: Surface, job: str | None, state: str, timeout: float | None) -> Job:
    """Wait until JOB runs, or is in another state.

    A job that fails, or is paused while something else is waited for, is an error.
    """
    found = find(job)
    with surface.progress() as line:
        wait(surface, found, line, state, timeout)
    return found


@click.command()
@click.argument("jobs", nargs=-1, required=True, type=JobKey("ended"), metavar="JOB...")
@click.option("--undo", is_flag=True, help="Restore what was deleted; takes whole ids.")
@output_option
def delete(jobs: tuple[str, ...], undo: bool) -> Listing:
    """Delete ended JOBs with logs and chats; it can be undone.

    For some minutes: with --undo and the job's id.
    """
    from jupyter_sw.client import session
    from jupyter_sw.client.job import Job
    from jupyter_sw.client.listings import deleted_listing

    client = session.connect()
    if undo:
        return deleted_listing([Job(client, client.restore(key)) for key in jobs])
    # All are found first, so that a wrong name deletes nothing.
    return deleted_listing([found.delete() for found in [find(key) for key in jobs]])


@click.command()
@job_argument("all")
@output_option
def events(job: str | None) -> Listing:
    """Show what happened to JOB, when, and why.

    States, grants, extensions, warnings and errors, each with its cause.
    """
    return find(job, "all").events().listing


@click.command()
@click.argument("words", nargs=-1, required=True, type=JobKey("all"), metavar="[JOB] NAME")
@output_option
def rename(words: tuple[str, ...]) -> Job:
    """Call JOB something else."""
    if len(words) > 2:
        raise click.UsageError("Put a name of several words in quotes.")
    return find(words[0] if len(words) == 2 else None).rename(words[-1])


@click.command()
@click.argument("job", type=JobKey("all"))
@click.argument("text", nargs=-1, required=True)
@output_option
def comment(job: str, text: tuple[str, ...]) -> Job:
    """Write a note on JOB for people; an empty TEXT ('') takes it away."""
    return find(job).comment(" ".join(text))


@click.command()
@job_argument("all")
@click.option("--undo", is_flag=True, help="Unpin it.")
@output_option
def pin(job: str | None, undo: bool) -> Job:
    """List JOB first, and keep it however many jobs have ended since."""
    return find(job, "all").pin(not undo)
