"""The table: everything that is measured with the embedded model, on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import first_token, latency, load, release, startup, streams
from benchmarks.bounds import at_least, at_most, under
from benchmarks.measure import Series, Streamer, in_turn, ratios
from benchmarks.peer import Peer, transformers_serve
from benchmarks.rows import Row
from benchmarks.streams import GREEDY, PROMPT
from tests.support import MODEL, Server, private_server


@contextmanager
def running(server: Server, **request: object) -> Iterator[tuple[dict[str, object], Streamer]]:
    """Run the embedded model and yield its job and a client of the OpenAI door."""
    job = server.ask("POST", "jobs", **{"model": MODEL, **request})
    job = server.wait_for(job["id"], "running", timeout=300)
    try:
        yield job, Streamer(f"{server.url}jupyter-sw/v1/", job["id"], server.token)
    finally:
        server.ask("POST", f"jobs/{job['id']}/cancel")
        server.wait_for(job["id"], "cancelled")


def measure(home: Path, runs: int, tokens: int, device: str) -> list[Row]:
    """Measure everything.

    Parameters
    ----------
    home
        An empty directory for servers.
    runs
        Rounds of each measurement.
    tokens
        Length of the replies.
    device
        What peers that have to be told compute on, in torch's word: `cpu` or `cuda`.
    """
    rows: list[Row] = []
    # A worker that starts in the background would fall on some of what is measured.
    with private_server(home / "server", "--SwApp.standby_workers=0") as server:
        gguf = _gguf(server)
        rows += measure_startup(server, home, runs)
        rows += measure_latency(server, gguf, runs, tokens)
        rows += measure_llamacpp(server, gguf, runs, tokens)
        for dtype in dict.fromkeys([_own_dtype(server), "float32"]):
            rows += measure_transformers(server, dtype, runs, tokens)
        rows += measure_serve(server, runs, device)
        rows += release.rows(server, lambda: Peer("llama_http", gguf, "8").process, runs)
        rows += first_token.rows(server, home / "waiting", gguf, _converted(server), runs)
    crowded = home / "crowded"
    crowded.mkdir()
    return rows + measure_load(crowded)


def measure_startup(server: Server, home: Path, runs: int) -> list[Row]:
    """Measure the start of a server, of the magics, of a job."""
    starts = startup.server_start(home, runs)
    added = Series(
        [a - b for a, b in zip(starts["with_ours"].values, starts["without"].values, strict=True)]
    )
    load = startup.load_ext(home, runs)
    run = startup.run_to_running(server, runs)
    return [
        Row("added to a Jupyter Server's start, s", added, under(0.3)),
        Row("`%load_ext jupyter_sw`, s", load, under(0.3)),
        Row("submit to running, llamacpp, s", run, under(3)),
    ]


def measure_llamacpp(server: Server, gguf: str, runs: int, tokens: int) -> list[Row]:
    """Measure the OpenAI door against xllamacpp's own HTTP server."""
    name = "xllamacpp's own HTTP server"
    peer = Peer("llama_http", gguf, "8")
    try:
        with running(server, engine="llamacpp") as (_job, door):
            theirs = Streamer(f"{peer.hello['url']}/v1/", "peer")
            promises = {1: 0.97, 4: 0.97, 8: 0.97}
            return [
                *streams.beside("llamacpp", name, door, theirs, runs, tokens, promises),
                *streams.crowded("llamacpp", name, door, theirs, runs),
                *streams.reused("llamacpp", door, runs),
            ]
    finally:
        peer.close()


def measure_latency(server: Server, gguf: str, runs: int, tokens: int) -> list[Row]:
    """Measure what is added to llama.cpp, whose cache is empty: what others left slows it down."""
    with running(server, engine="llamacpp") as (job, _door):
        return latency.rows(server, str(job["id"]), gguf, 2 * runs, tokens)


def measure_transformers(server: Server, dtype: str, runs: int, tokens: int) -> list[Row]:
    """Measure the transformers engine against a bare `model.generate`."""
    with running(server, engine="transformers", dtype=dtype) as (job, door):
        path, kind = _converted(server), str(job["dtype"])
        peer = Peer("generate", path, kind, f"{PROMPT} (0)", str(tokens))
        try:
            rates = in_turn(
                runs,
                generate=peer.ask,
                one=lambda: door.rate(PROMPT, tokens, **GREEDY),
                eight=lambda: door.rate(PROMPT, tokens, streams=8, **GREEDY),
            )
        finally:
            peer.close()
    one, eight = (ratios(rates[name], rates["generate"]) for name in ("one", "eight"))
    return [
        Row(f"`model.generate`, {kind}, 1 stream, tokens/s", rates["generate"]),
        Row(f"transformers, {kind}, 1 stream, tokens/s", rates["one"]),
        Row(f"transformers, {kind}, 8 streams, tokens/s", rates["eight"]),
        Row(f"{kind}: 1 stream over generate", one, at_least(1)),
        Row(f"{kind}: 8 streams over generate", eight, at_least(4)),
    ]


def measure_serve(server: Server, runs: int, device: str) -> list[Row]:
    """Measure the transformers engine against transformers' own server, which takes its time."""
    name = "`transformers serve --continuous-batching`"
    with (
        running(server, engine="transformers", dtype="float32") as (_job, door),
        transformers_serve(_converted(server), "float32", 96, device) as theirs,
    ):
        return [
            *streams.beside("transformers", name, door, theirs, 2, 32, {8: 1.1}),
            *streams.crowded("transformers", name, door, theirs, 1, warm=False),
            *streams.reused("transformers", door, runs),
        ]


def measure_load(home: Path) -> list[Row]:
    """Measure a server with many jobs."""
    looks, events, loop = (1000 * seconds for seconds in load.measure(home))
    jobs = f"{load.ENDED} ended and {load.LIVE} live jobs"
    return [
        Row(f"list of {jobs}, p95, ms", Series([looks]), under(50)),
        Row(
            f"an event to {load.SUBSCRIBERS} subscribers, {jobs}, p95, ms",
            Series([events]),
            under(100),
        ),
        Row("longest time the event loop was held up meanwhile, ms", Series([loop]), at_most(50)),
    ]


def _own_dtype(server: Server) -> str:
    """Return the precision that `auto` chooses on this machine."""
    with running(server, engine="transformers") as (job, _door):
        return str(job["dtype"])


def _converted(server: Server) -> str:
    """Return the directory of the weights that the transformers engine converted."""
    from tests.support import STORE

    found = [path.parent for path in STORE.rglob("*.safetensors")]
    assert found, f"no converted weights under the store; see {server.log}"
    return str(found[0])


def _gguf(server: Server) -> str:
    """Return the embedded model's file, fetched if need be."""
    from jupyter_sw.models.registry import Registry
    from jupyter_sw.schemas.jobs import Engine
    from tests.support import STORE

    job = server.run()
    server.ask("POST", f"jobs/{job['id']}/cancel")
    files = Registry(STORE).plan(MODEL, None, Engine.LLAMACPP).files
    assert files is not None
    return files.path
