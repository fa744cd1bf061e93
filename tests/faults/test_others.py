"""The fetcher or the kernel is killed; a worker's socket path is taken."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from jupyter_sw.runners.local import LocalRunner
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import Handler, ModelFiles
from jupyter_sw.schemas.worker import WorkerSpec
from tests.magics.kernel import running_kernel
from tests.models.hubserver import Repo, running_hub
from tests.models.samples import model_files
from tests.support import private_server, process_gone, wait_until


def test_a_killed_fetcher_fails_its_job_and_a_rerun_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.repos["org/tiny"] = Repo(model_files(), block_delay=30.0)  # it never ends
        with private_server(tmp_path / "s") as server:
            job = server.ask("POST", "jobs", model="hf://org/tiny")
            wait_until(
                lambda: (
                    hub.downloads("model.safetensors")
                    and list((tmp_path / "hf").rglob("snapshots/*/config.json"))
                ),
                30,
                "the small files are there, and the large one has begun",
            )
            (fetcher,) = (
                child
                for child in psutil.Process(server.process.pid).children()
                if "jupyter_sw.models.fetch" in child.cmdline()
            )
            fetcher.kill()
            failed = server.wait_for(job["id"], "failed")
            assert "ended with code -9" in failed["reason"]
            assert "Run it again" in failed["hint"]
            assert failed["grant"] == []
            before = len(hub.downloads("config.json"))
            again = server.ask("POST", f"jobs/{job['id']}/rerun")
            wait_until(lambda: len(hub.downloads("model.safetensors")) > 1, 30, "it goes on")
            assert len(hub.downloads("config.json")) == before, "what was whole is kept"
            server.ask("POST", f"jobs/{again['id']}/cancel")
            server.wait_for(again["id"], "cancelled")


@pytest.mark.usefixtures("smollm2")
def test_a_killed_kernel_costs_no_answer_and_no_model(tmp_path: Path) -> None:
    with private_server(tmp_path) as server:
        job = server.run()
        with running_kernel(tmp_path) as kernel:
            assert kernel.run("%load_ext jupyter_sw").ok
            kernel.start(
                "from jupyter_sw.client import Job, connect\n"
                f"job = Job(connect(), connect().job({job['id']!r}))\n"
                "chat = job.chat(temperature=0, max_tokens=400)\n"
                "print(''.join(chat.send('Count from 1 to 1000.')))"
            )
            (chat,) = wait_until(lambda: server.ask("GET", "chats")["chats"], 20, "a chat")
            url = f"chats/{chat['id']}"
            wait_until(
                lambda: any(turn["reply"] for turn in server.ask("GET", url)["turns"]),
                20,
                "first words",
            )
            os.kill(kernel.manager.provisioner.process.pid, signal.SIGKILL)
        turn = wait_until(
            lambda: (t := server.ask("GET", url)["turns"][0])["state"] != "running" and t,
            30,
            "the turn ends",
        )
        assert turn["state"] == "done"
        assert turn["usage"]["completion_tokens"] > 20
        assert server.job(job["id"])["state"] == "running"
        with running_kernel(tmp_path) as kernel:
            assert kernel.run("%load_ext jupyter_sw").ok
            assert job["id"] in "".join(kernel.run("%sw ps").shown)


@pytest.mark.usefixtures("smollm2")
def test_a_killed_log_writer_costs_log_lines_only(tmp_path: Path) -> None:
    with private_server(tmp_path) as server:
        job = server.run()
        pump = next(
            child
            for child in psutil.Process(server.process.pid).children()
            if any("logpump" in word for word in child.cmdline())
        )
        pump.kill()
        for number in range(3):
            chat = server.ask("POST", "chats", job=job["id"])["id"]
            body = {"content": "Hi", "params": {"max_tokens": 4}}
            server.ask("POST", f"chats/{chat}/turns", **body)
            turn = wait_until(
                lambda chat=chat: (
                    (t := server.ask("GET", f"chats/{chat}")["turns"][0])["state"] != "running"
                    and t
                ),
                20,
                f"answer {number}",
            )
            assert turn["state"] == "done"
        assert server.job(job["id"])["state"] == "running"
        server.ask("POST", f"jobs/{job['id']}/cancel")
        server.wait_for(job["id"], "cancelled")


def test_a_socket_path_that_is_taken_ends_the_worker_and_says_so(
    tmp_path: Path, smollm2: ModelFiles
) -> None:
    taken = tmp_path / "job.sock"
    taken.write_text("somebody's file")
    spec = WorkerSpec(
        job="job",
        files=smollm2,
        handler=Handler.CHATBOT,
        engine=Engine.LLAMACPP,
        context=512,
        cache_tokens=512,
        store=str(tmp_path),
        socket=str(taken),
        token="secret",
        lease_seconds=10,
    )
    log = tmp_path / "log"

    async def start() -> tuple[int, int | None]:
        worker = await LocalRunner().start(spec, {}, log)
        return worker.pid, await asyncio.wait_for(worker.wait(), 20)

    pid, code = asyncio.run(start())
    assert code
    assert process_gone(pid)
    assert "exists" in log.read_text()
    assert taken.read_text() == "somebody's file"
