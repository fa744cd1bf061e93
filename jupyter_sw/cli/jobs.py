"""Commands on jobs: run, ps, logs, extend, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from jupyter_sw.cli.options import (
    ENGINES,
    Duration,
    JobKey,
    ModelName,
    ProjectName,
    Size,
    job_argument,
    output_option,
    reply_options,
)
from jupyter_sw.cli.surface import Surface
from jupyter_sw.cli.waiting import find, wait
from jupyter_sw.schemas.quantities import format_duration

if TYPE_CHECKING:
    from jupyter_sw.client.cards import Listing
    from jupyter_sw.client.job import Job


@click.command()
@click.argument("model", required=False, type=ModelName())
@click.option("--resource", help="auto, cpu, gpu:2, cuda:0, or a device type: 'A100 80G*1'.")
@click.option("--version", help="A version of the model, or a tag.")
@click.option("--handler", help="chatbot or completion.")
@click.option("--runtime", help="builtin.")
@click.option("--engine", type=click.Choice(ENGINES))
@click.option("--dtype", type=click.Choice(["auto", "float32", "float16", "bfloat16"]))
@click.option(
    "--quantize", type=click.Choice(["8bit", "4bit"]), help="Load smaller: by bitsandbytes."
)
@click.option("--adapter", metavar="LORA", help="A folder, or hf://org/repo, that peft wrote.")
@click.option("--offload", type=Size(), help="Keep so much of it in the CPU's memory: 8GiB.")
@click.option("--context", type=int, help="Tokens a conversation may have.")
@reply_options
@click.option("--release", type=Duration(), help="Give the memory back so long after it runs: 30m.")
@click.option("--idle", type=Duration(), help="Give it back after so long without activity.")
@click.option("--project", type=ProjectName(), help="A named group of jobs.")
@click.option("--name", help="How to call the job.")
@click.option("--comment", help="A note for people.")
@click.option("--no-wait", is_flag=True, help="Return at once.")
@output_option
@click.pass_obj
def run(
    surface: Surface,
    /,
    model: str | None,
    release: float | None,
    idle: float | None,
    no_wait: bool,
    **options: Any,
) -> Job:
    """Run MODEL and wait until it answers.

    Without MODEL the server's default runs. Interrupting leaves the job as it is. The system
    prompt and how replies are written hold for all that don't say.
    """
    from jupyter_sw.client import running, session

    with surface.progress() as line:
        line.update("Looking for the server…")
        client = session.connect()
        job = running.submit(
            client, model, release=release, idle=idle, owner_client=surface.owner, **options
        )
        if not no_wait:
            wait(surface, job, line)
    return job


@click.command()
@click.option("-a", "--all", "everything", is_flag=True, help="Ended jobs too.")
@click.option("--project", type=ProjectName(), help="Jobs of this project only.")
@output_option
def ps(everything: bool, project: str | None) -> Listing:
    """List jobs: state, memory, and when they are released."""
    from jupyter_sw.client import session
    from jupyter_sw.client.listings import jobs_listing

    state = None if everything else "live"
    return jobs_listing(session.connect().jobs(project=project, state=state))


@click.command()
@job_argument("all")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job ends.")
@click.option("--search", default="", metavar="TEXT", help="Lines with TEXT in them only.")
@click.option(
    "--level",
    default="",
    type=click.Choice(["", "info", "warning", "error"], case_sensitive=False),
    metavar="LEVEL",
    help="Lines of LEVEL or above only: info, warning or error.",
)
@click.pass_obj
def logs(surface: Surface, job: str | None, follow: bool, search: str, level: str) -> None:
    """Show what JOB's worker prints."""
    found = find(job, "all")
    if search or level:
        surface.write(f"{line}\n" for line in found.search_logs(search, level))
        return
    try:
        surface.write(found.logs(follow=True) if follow else [found.logs()])
    except KeyboardInterrupt:
        if not follow:
            raise


@click.command()
@click.argument("words", nargs=-1, required=True, type=JobKey(), metavar="[JOB] DURATION")
@output_option
@click.pass_obj
def extend(surface: Surface, words: tuple[str, ...]) -> Job:
    """Put off the release of JOB by DURATION: 20m, 1h30m, never.

    A server may bound how long a job runs; it is then put off as far as that.
    """
    from jupyter_sw.client.cards import at_limit

    if len(words) > 2:
        raise click.UsageError(f"Got unexpected extra arguments ({' '.join(words[2:])})")
    job = find(words[0] if len(words) == 2 else None).extend(words[-1])
    longest = job.server.max_release_after
    if longest and at_limit(job.info, longest):
        with surface.progress() as line:
            limit = format_duration(longest)
            line.end(f"{job.info.name} ({job.id}) is extended to the server's limit of {limit}.")
    return job


@click.command()
@job_argument("live")
@output_option
@click.pass_obj
def cancel(surface: Surface, job: str | None) -> Job:
    """End JOB and give its memory back; logs and chats stay."""
    found = find(job)
    with surface.progress() as line:
        line.update(f"Cancelling {found.info.name} ({found.id})…")
        found.cancel()
        line.end(f"{found.info.name} ({found.id}) has given its memory back.")
    return found
