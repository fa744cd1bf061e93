"""TAB, through a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.magics.kernel import Kernel, running_kernel
from tests.support import MODEL

COMMANDS = {
    "run", "ps", "logs", "chat", "ask", "extend", "cancel", "models", "devices", "login", "help",
}  # fmt: skip


def test_commands(kernel: Kernel) -> None:
    assert set(kernel.complete("%sw ")) == COMMANDS
    assert kernel.complete("%sw ca") == ["cancel"]
    assert kernel.complete("job = %sw ru") == ["run"]


def test_options_and_their_values(kernel: Kernel) -> None:
    assert kernel.complete("%sw run x --re") == ["--release", "--resource"]
    assert set(kernel.complete("%sw run x --engine ")) == {"auto", "llamacpp", "transformers"}
    assert kernel.complete("%%sw --ou") == ["--out"]
    offered = kernel.complete("%sw ps ")
    assert "--all" in offered
    assert all(text.startswith("--") for text in offered)


def test_models_of_the_server(kernel: Kernel) -> None:
    assert kernel.complete("%sw run smollm2-135") == [MODEL]
    assert {"llama2-7b-chat", "llama2-70b-chat"} <= set(kernel.complete("%sw run llama2-7"))


def test_live_jobs(kernel: Kernel, job: dict[str, Any]) -> None:
    assert {job["id"], job["name"]} == set(kernel.complete("%sw cancel "))
    assert kernel.complete(f"%sw ask --job {job['id'][:3]}") == [job["id"]]


def test_nothing_else(kernel: Kernel) -> None:
    kernel.run("rundown = 1")
    assert kernel.complete("%sw run zzz") == []
    assert kernel.complete("%sw run --name ") == []
    assert kernel.complete("%%sw --out a\nimpor") == []
    assert "rundown" in kernel.complete("rund"), "other lines are left alone"


def test_it_starts_no_server_and_is_quick_without_one(tmp_path: Path) -> None:
    with running_kernel(tmp_path) as alone:
        assert alone.run("%load_ext jupyter_sw").ok
        seconds = alone.value(
            "import time; t = time.perf_counter(); "
            "get_ipython().complete('', '%sw run ', 8); time.perf_counter() - t < 2"
        )
        assert seconds == "True"
        assert set(alone.complete("%sw ")) == COMMANDS
    assert not list((tmp_path / "run").glob("jupyter_sw-private*"))
