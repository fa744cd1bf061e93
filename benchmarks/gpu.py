"""Measure everything on a GPU, Llama 2 7B too, and write ``benchmarks/RESULTS-gpu.md``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from benchmarks import device, llama2, table
from benchmarks.bandwidth import Traffic
from benchmarks.llama2_rows import BATCHES, MOST_TOKENS, Rates, rows
from benchmarks.peer import vllm_serve
from benchmarks.report import Run, publish
from benchmarks.rows import Row
from jupyter_sw.jobs.engines import engine_version
from jupyter_sw.models.layout import is_complete
from jupyter_sw.models.weights import read_weights
from jupyter_sw.schemas.jobs import Engine
from tests.support import Server, private_server

_DTYPE, _CONTEXT = "bfloat16", 4096


def measure_llama2(
    server: Server, model: Path, name: str, bandwidth: float, runs: int, tokens: int
) -> list[Row]:
    """Measure a model on the transformers engine and, where it is installed, on vLLM.

    One after the other: most GPUs do not hold both.
    """
    traffic = Traffic.of(read_weights(model), _DTYPE)
    asked = {"model": str(model), "engine": "transformers", "dtype": _DTYPE, "context": _CONTEXT}
    with table.running(server, **asked) as (_job, door):
        ours = Rates(door, runs, tokens)
    vllm = None
    if engine_version(Engine.VLLM) is not None:
        with vllm_serve(str(model), "peer", _CONTEXT, max(BATCHES)) as theirs:
            vllm = Rates(theirs, runs, tokens)
    return rows(name, bandwidth, traffic, ours, vllm)


def peers() -> str:
    """Return which peer that may be missing is installed, and whether llama.cpp knows a GPU."""
    found, llamacpp = engine_version(Engine.VLLM), engine_version(Engine.LLAMACPP) or ""
    vllm = "vllm not installed" if found is None else f"vllm {found}".strip()
    # The package index has builds for CPUs, and one for GPUs says so in its version.
    return f"{vllm}, xllamacpp built for {'GPUs' if '+' in llamacpp else 'CPUs'}"


def _model(asked: Path | None, home: Path) -> tuple[str, Path]:
    """Return what to call the large model, and its directory."""
    if asked:
        return asked.resolve().name, asked.resolve()
    cached = llama2.here()
    if cached:
        return "Llama 2 7B", cached
    print(f"{llama2.REPO} is not in the hub's cache: random weights of its shape take its place.")
    return "Llama 2 7B's shape, random weights", llama2.make(home / "llama2")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--runs", type=int, default=4, help="rounds of each measurement")
    parser.add_argument(
        "--tokens", type=int, default=128, help=f"length of the replies, {MOST_TOKENS} at most"
    )
    parser.add_argument(
        "--model",
        type=Path,
        help="directory of Llama 2 7B; else the one in the hub's cache, or 13.5 GB of random "
        "weights of its shape, which are written to the directory for temporary files",
    )
    options = parser.parse_args()
    if not 1 <= options.tokens <= MOST_TOKENS:
        parser.error(f"--tokens takes a number from 1 to {MOST_TOKENS}.")
    if options.model and not (options.model.is_dir() and is_complete(options.model)):
        parser.error(f"--model {options.model}: no directory of safetensors, config and tokenizer.")
    gpu = device.look()
    if gpu is None:
        torch = version("torch")
        print(f"make bench-gpu needs a CUDA device, and torch {torch} sees none.", file=sys.stderr)
        raise SystemExit(2)
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        name, model = _model(options.model, home)
        found = table.measure(home, options.runs, options.tokens, "cuda")
        with private_server(home / "large") as server:
            found += measure_llama2(
                server, model, name, gpu.bandwidth, options.runs, options.tokens
            )
    run = Run(
        name="make bench-gpu",
        command=f"python -m benchmarks.gpu --runs {options.runs} --tokens {options.tokens}",
        place=f"on one {gpu.name}",
        columns={"GPU": gpu.name, "peers": peers()},
        note=(
            f"A copy on the device moves {gpu.bandwidth / 1e9:.0f} GB a second, read and written. "
            "The limit is what that allows: all weights once a step, and the keys and values of "
            "every conversation. The tokens per second held against it count the prompts' time, "
            "too. Built for CPUs, xllamacpp and the rows of llamacpp leave the GPU alone. "
            f"The large model is {name}, in {_DTYPE}; vLLM runs after ours has ended."
        ),
    )
    publish(found, run, Path(__file__).with_name("RESULTS-gpu.md"))


if __name__ == "__main__":
    main()
