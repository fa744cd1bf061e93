"""A model in the notebook's own kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from jupyter_sw.cli.options import Duration, ModelName, ProjectName, Size, output_option
from jupyter_sw.cli.surface import Interrupted, Surface
from jupyter_sw.cli.waiting import arrived_text, news_text
from jupyter_sw.errors import BadRequest

if TYPE_CHECKING:
    from jupyter_sw.client.job import Job


@click.command()
@click.argument("model", required=False, type=ModelName())
@click.option("--as", "variable", default="model", metavar="NAME", help="Variable of the model.")
@click.option("--tokenizer", default="tokenizer", metavar="NAME", help="Variable of its tokenizer.")
@click.option("--resource", help="auto, cpu, cuda:0, or a device type: 'A100 80G*1'.")
@click.option("--version", help="A version of the model, or a tag.")
@click.option("--dtype", type=click.Choice(["auto", "float32", "float16", "bfloat16"]))
@click.option(
    "--quantize", type=click.Choice(["8bit", "4bit"]), help="Load smaller: by bitsandbytes."
)
@click.option("--adapter", metavar="LORA", help="A folder, or hf://org/repo, that peft wrote.")
@click.option("--offload", type=Size(), help="Keep so much of it in the CPU's memory: 8GiB.")
@click.option("--context", type=int, help="Tokens to have room for.")
@click.option("--release", type=Duration(), help="Give the memory back so long after it runs: 30m.")
@click.option("--idle", type=Duration(), help="Give it back after so long without a computation.")
@click.option("--project", type=ProjectName(), help="A named group of jobs.")
@click.option("--name", help="How to call the job.")
@click.option("--comment", help="A note for people.")
@output_option
@click.pass_obj
def load(
    surface: Surface, /, model: str | None, variable: str, tokenizer: str, **options: Any
) -> Job:
    """Load MODEL into this kernel: the objects of transformers themselves.

    The memory is granted, shown and released as that of every job: by its clocks, by `cancel`, by
    deleting the variables, and with the kernel.
    """
    names = surface.names
    if names is None:
        raise BadRequest(
            "There is no kernel here to load a model into.",
            hint=f"A model that everybody can talk to: {surface.program} run MODEL",
        )
    for name in (variable, tokenizer):
        if not name.isidentifier():
            raise BadRequest(f"{name!r} is not a variable's name.")
    if variable == tokenizer:
        raise BadRequest(f"Both would be {variable!r}.", hint="Name another: --tokenizer NAME")
    from jupyter_sw.kernel import load as load_here

    with surface.progress() as line:
        line.update("Looking for the server…")
        try:
            loaded = load_here(
                model,
                names=names,
                on_news=lambda news: line.update(news_text(news)),
                owner_client=surface.owner,
                **options,
            )
        except KeyboardInterrupt:
            line.end("The load was cancelled.")
            raise Interrupted("Interrupted; the load was cancelled.") from None
        line.end(arrived_text(loaded.job.info))
    names[variable], names[tokenizer] = loaded.model, loaded.tokenizer
    return loaded.job
