"""``%sw load``: a model in the kernel itself, under a job's grant, clocks and entry."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.magics.kernel import Kernel, running_kernel
from tests.magics.test_commands import error_of
from tests.support import MODEL, Server, wait_until

ASK = """
inputs = {t}("The capital of France is", return_tensors="pt")
print({t}.decode({m}.generate(**inputs, max_new_tokens=5, do_sample=False)[0]))
"""


@pytest.fixture
def own(server: Server) -> Iterator[Kernel]:
    """Return a kernel of one test's own."""
    with running_kernel(server.home) as started:
        assert started.run("%load_ext jupyter_sw").ok
        yield started


def load(kernel: Kernel, server: Server, options: str = "") -> dict[str, Any]:
    """Load the real model and return its job."""
    cell = kernel.run(f"%sw load {MODEL} --dtype float32 {options}")
    assert cell.ok, cell.reply
    assert any(text.startswith("Running after") for text in cell.shown)
    (job,) = server.ask("GET", "jobs?state=running")["jobs"]
    assert job["kind"] == "kernel"
    return dict(job)


def pid_of(kernel: Kernel) -> int:
    return int(kernel.value("import os; os.getpid()"))


def test_the_objects_are_there_and_the_job_tells_the_truth(own: Kernel, server: Server) -> None:
    job = load(own, server, "--as llm --tokenizer words --release 1h")
    assert job["pid"] == pid_of(own)
    assert job["owner"]["client"] == "notebook"
    assert job["release_at"]
    (grant,) = job["grant"]
    footprint = int(own.value("llm.get_memory_footprint()"))
    assert job["metrics"]["memory"] == footprint < grant["bytes"]
    time.sleep(1)  # or it would be idle since it runs, as good as
    assert "Paris" in own.run(ASK.format(m="llm", t="words")).printed
    wait_until(
        lambda: (server.job(job["id"])["idle_since"] or 0) > job["idle_since"],
        10,
        "the model was used, and is idle since then",
    )

    # It is nobody's but the kernel's.
    assert server.api.post("chats", json={"job": job["id"]}).status_code == 409
    refused = server.api.post(
        f"{server.url}jupyter-sw/v1/chat/completions",
        json={"model": job["id"], "messages": [{"role": "user", "content": "Hi"}]},
    )
    assert refused.status_code == 409
    assert "in a kernel" in refused.json()["error"]["message"]
    assert server.api.get(f"{server.url}jupyter-sw/v1/models").json()["data"] == []
    for verb in ("pause", "rerun"):
        assert server.api.post(f"jobs/{job['id']}/{verb}").status_code == 409

    assert own.run(f"%sw cancel {job['id']}").ok
    assert server.job(job["id"])["state"] == "cancelled"
    assert own.value("'llm' in globals(), 'words' in globals()") == "(False, False)"
    assert psutil.pid_exists(job["pid"]), "the kernel lives on"
    assert own.value("1 + 1") == "2"


def test_what_still_holds_the_model_holds_no_memory(own: Kernel, server: Server) -> None:
    job = load(own, server)
    assert own.run("kept = [model]").ok
    assert own.run(f"%sw cancel {job['id']}").ok
    assert own.value("{str(p.device) for p in kept[0].parameters()}") == "{'meta'}"


def test_deleting_the_names_releases_it(own: Kernel, server: Server) -> None:
    job = load(own, server)
    assert own.run("del model, tokenizer").ok
    ended = server.wait_for(job["id"], "released", timeout=15)
    assert ended["reason"] == "The kernel let go of it."
    assert ended["grant"] == []


def test_its_clock_takes_it_from_the_kernel(own: Kernel, server: Server) -> None:
    job = load(own, server, "--release 3")
    ended = server.wait_for(job["id"], "released", timeout=15)
    assert ended["reason"] == "Auto-released after 3 s."
    assert own.value("'model' in globals()") == "False"


def test_it_ends_with_its_kernel(server: Server) -> None:
    with running_kernel(server.home) as dying:
        assert dying.run("%load_ext jupyter_sw").ok
        job = load(dying, server)
        psutil.Process(job["pid"]).kill()
        ended = server.wait_for(job["id"], "released", timeout=15)
        assert ended["reason"] == "Its kernel has ended."


def test_interrupting_a_load_cancels_it(own: Kernel, server: Server) -> None:
    message = own.start(f"%sw load {MODEL} --dtype float32")
    job = wait_until(
        lambda: [j for j in server.ask("GET", "jobs?state=live")["jobs"] if j["kind"] == "kernel"],
        20,
        "the job is there",
    )[0]
    own.manager.interrupt_kernel()
    name, lines = error_of(own.finish(message))
    assert name == "Interrupted"
    assert "cancelled" in lines[0]
    server.wait_for(job["id"], "cancelled", timeout=30)


def test_what_cannot_be_loaded_says_why(own: Kernel, server: Server, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    name, lines = error_of(own.run(f"%sw load {tmp_path / 'broken'}"))
    assert name in ("NotFound", "BadRequest")
    name, lines = error_of(own.run(f"%sw load {MODEL} --as 2x"))
    assert name == "BadRequest"
    assert "'2x' is not a variable's name." in lines[0]
    assert server.ask("GET", "jobs?state=live")["jobs"] == []


def test_a_terminal_has_no_kernel(server: Server) -> None:
    import subprocess
    import sys

    from tests.support import isolated_environment

    done = subprocess.run(
        [sys.executable, "-m", "jupyter_sw.cli", "load", MODEL],
        env=isolated_environment(server.home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no kernel here" in done.stderr
