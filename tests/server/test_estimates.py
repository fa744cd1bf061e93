"""What would become of a job: told before, and the same as what comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.standin.model import tiny_gguf
from tests.support import MODEL, Server, private_server, wait_until

GIB = 2**30


def test_an_estimate_is_what_a_job_gets(server: Server) -> None:
    told = server.ask("POST", "estimate", model=MODEL, release_after=600)
    job = server.run(release_after=600)
    try:
        assert told["fit"] == "now"
        assert (told["engine"], told["handler"]) == (job["engine"], job["handler"])
        assert told["version"] == job["version"]
        assert told["context"] == job["context"]
        assert told["download"] == 0
        assert told["release_after"] == job["release_after"]
        assert told["release_idle"] == job["release_idle"]
        (grant,) = job["grant"]
        assert [device["device"] for device in told["devices"] if device["chosen"]] == ["cpu"]
        parts = told["parts"]
        assert told["exact"]
        assert parts["weights"] + parts["kv_cache"] <= told["need"] == grant["bytes"]
        assert told["precisions"] == []
        assert told["command"] == f"%sw run {MODEL} --release 10m"
    finally:
        server.ask("POST", f"jobs/{job['id']}/cancel")
        server.wait_for(job["id"], "cancelled")


def test_precisions_are_told_where_the_engine_has_a_choice(server: Server) -> None:
    told = server.ask("POST", "estimate", model=MODEL, engine="transformers", dtype="bfloat16")
    needs = {each["quantize"] or each["dtype"]: each["need"] for each in told["precisions"]}
    assert needs["float16"] == needs["bfloat16"] < needs["float32"]
    assert needs["4bit"] < needs["8bit"] < needs["bfloat16"]
    assert told["need"] in (needs["bfloat16"], told["need"] if told["measured"] else None)


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"model": "smollm3-135m-chat"}, 404, "smollm2-135m-chat"),
        ({"model": MODEL, "context": 100_000}, 400, "--context"),
        ({"model": MODEL, "resource": "cuda:7"}, 404, "It has"),
        ({"model": MODEL, "engine": "none"}, 400, "engine"),
    ],
)
def test_what_cannot_be_run_is_refused_as_a_job_would_be(
    server: Server, wrong: dict[str, Any], status: int, words: str
) -> None:
    estimate, job = (server.api.post(path, json=wrong) for path in ("estimate", "jobs"))
    assert estimate.status_code == job.status_code == status
    assert estimate.json() == job.json()
    assert words in str(estimate.json())


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with two simulated GPUs and a bound on how long jobs run."""
    devices = "--SwApp.simulated_devices=A100 80G*1,A10 24G*1"
    with private_server(
        tmp_path_factory.mktemp("simulated"),
        devices,
        "--SwApp.max_release_after=1800",
        module="tests.standin.server",
    ) as server:
        yield server


def test_who_holds_the_memory_is_told_in_the_queues_own_words(
    simulated: Server, tmp_path: Path
) -> None:
    large, other = tiny_gguf(tmp_path, "large", gib=50), tiny_gguf(tmp_path, "other", gib=50)
    first = simulated.ask("POST", "jobs", model=large, resource="gpu")
    simulated.wait_for(first["id"], "running")
    told = simulated.ask("POST", "estimate", model=other, resource="gpu")
    assert told["fit"] == "later"
    assert "large holds" in told["message"]
    fits = {device["device"]: device["fit"] for device in told["devices"]}
    assert fits["cuda:0"] == "later"
    assert fits["cuda:1"] == "never"
    assert [device["simulated"] for device in told["devices"] if device["kind"] == "cuda"] == [
        True,
        True,
    ]
    second = simulated.ask("POST", "jobs", model=other, resource="gpu")
    simulated.wait_for(second["id"], "queued")
    # Its place in the queue is given in a step after it was let in.
    waiting = wait_until(
        lambda: (job := simulated.job(second["id"]))["reason"] and job, 5, "the queue says why"
    )
    assert waiting["reason"].split(" free")[0] == told["message"].split(" free")[0]
    for job in (second, first):
        simulated.ask("POST", f"jobs/{job['id']}/cancel")
        simulated.wait_for(job["id"], "cancelled")


def test_what_can_never_fit_is_told_not_refused(simulated: Server, tmp_path: Path) -> None:
    huge = tiny_gguf(tmp_path, "huge", gib=200)
    told = simulated.ask("POST", "estimate", model=huge, resource="gpu")
    assert told["fit"] == "never"
    refused = simulated.api.post("jobs", json={"model": huge, "resource": "gpu"})
    assert refused.status_code == 422
    assert (told["message"], told["hint"]) == (refused.json()["message"], refused.json()["hint"])


def test_several_devices_are_named_where_they_would_do(tmp_path: Path) -> None:
    two = ("--SwApp.simulated_devices=A100 80G*2",)
    with private_server(tmp_path / "two", *two, module="tests.standin.server") as alike:
        model = tiny_gguf(tmp_path, "huge", gib=100)
        told = alike.ask("POST", "estimate", model=model, resource="gpu")
        assert (told["fit"], told["hint"]) == (
            "never",
            "It fits on 2 together: --resource 'A100 80G*2'.",
        )
        assert alike.ask("POST", "estimate", model=model, resource="A100 80G*2")["fit"] == "now"


def test_a_model_that_is_not_here_is_estimated(simulated: Server) -> None:
    told = simulated.ask("POST", "estimate", model="llama2-7b-chat")
    assert not told["exact"]
    assert told["download"] > 10 * GIB
    assert 13 * GIB < told["need"] < 30 * GIB
    assert told["engine"] == "transformers"
    assert [device["device"] for device in told["devices"] if device["chosen"]] == ["cuda:0"]


def test_the_servers_bound_is_told(simulated: Server, tmp_path: Path) -> None:
    model = tiny_gguf(tmp_path)
    assert simulated.ask("POST", "estimate", model=model)["release_after"] == 1800
    longer = simulated.api.post("estimate", json={"model": model, "release_after": 3600})
    assert longer.status_code == 400
    assert longer.json()["hint"] == "Use --release 30m or less."


def test_what_is_kept_in_the_cpus_memory_is_granted_there(
    simulated: Server, tmp_path: Path
) -> None:
    """In the estimate, in the job, in its command line; and only beside a GPU."""
    model, aside = tiny_gguf(tmp_path, "divided", gib=2), 100 * 2**20
    asked = {"model": model, "engine": "transformers", "resource": "gpu", "offload": aside}
    whole = simulated.ask("POST", "estimate", **{**asked, "offload": None})
    told = simulated.ask("POST", "estimate", **asked)
    assert told["need"] == whole["need"] - aside
    assert told["parts"]["offload"] == aside
    assert told["command"].endswith("--offload 100MiB")
    assert {one["device"]: one["fit"] for one in told["devices"]}["cpu"] == "never"
    job = simulated.ask("POST", "jobs", **asked)
    job = simulated.wait_for(job["id"], "running")
    parts = {part["device"]: part["bytes"] for part in job["grant"]}
    assert parts == {"cuda:0": told["need"], "cpu": aside + whole["parts"]["weights"] // 10}
    simulated.ask("POST", f"jobs/{job['id']}/cancel")
    simulated.wait_for(job["id"], "cancelled")
    again = simulated.ask("POST", f"jobs/{job['id']}/rerun")
    assert again["offload"] == aside
    simulated.ask("POST", f"jobs/{again['id']}/cancel")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"resource": "cpu"}, "no GPU with memory of its own"),
        ({"quantize": "4bit"}, "not offered together with --quantize"),
        ({"engine": "llamacpp"}, "--offload is not offered with the engine llamacpp"),
        ({"offload": 2**50}, "leaves nothing for the GPU"),
    ],
)
def test_what_cannot_be_kept_outside_is_refused(
    simulated: Server, tmp_path: Path, wrong: dict[str, Any], words: str
) -> None:
    model = tiny_gguf(tmp_path, "whole", gib=2)
    asked = {"model": model, "engine": "transformers", "offload": 100 * 2**20, **wrong}
    for path in ("estimate", "jobs"):
        answer = simulated.api.post(path, json=asked)
        assert answer.status_code == 400, answer.text
        assert words in answer.text
