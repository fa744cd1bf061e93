"""No token is written anywhere but where it is kept, in a whole run of everything."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from jupyter_sw.schemas.models import ModelFiles
from tests.support import MODEL, Server, events, isolated_environment, private_server

HUB_TOKEN = "hf_the-hubs-own-secret"
CLOUD_KEY = "AKIA-a-cloud-key"
CELLS = [
    "%load_ext jupyter_sw",
    "%sw ps",
    "job = %sw run smollm2-135m-chat --release 10m",
    "job",
    "%%sw --temperature 0 --max-tokens 8\nHi",
    "chat = %sw chat\nchat",
    "%sw devices",
    "%sw logs {job.id}",
]


@pytest.fixture
def server(
    tmp_path: Path, smollm2: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """Return a server whose environment holds secrets."""
    monkeypatch.setenv("HF_TOKEN", HUB_TOKEN)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CLOUD_KEY)
    with private_server(tmp_path) as running:
        yield running


def test_no_token_is_written_anywhere(server: Server, tmp_path: Path) -> None:
    home = server.home
    heard = []
    job = server.run(release_after=600)
    chat = server.ask("POST", "chats", job=job["id"])["id"]
    server.ask("POST", f"chats/{chat}/turns", content="Hi", params={"max_tokens": 8})
    with server.api.stream("GET", f"chats/{chat}/turns/0") as stream:
        heard += [json.dumps(data) for _, data in events(stream)]
    failed = server.ask("POST", "jobs", model=MODEL)
    found = server.wait_for(failed["id"], "running")
    psutil.Process(found["pid"]).kill()
    server.wait_for(failed["id"], "failed")

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    environment = os.environ.copy()
    try:
        os.environ.update(isolated_environment(home))
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(home)}}).execute()
    finally:
        os.environ.clear()
        os.environ.update(environment)
    (home / "executed.ipynb").write_text(nbformat.writes(notebook))
    heard += [server.api.get(p).text for p in ("jobs", "status", "devices", "openapi.json")]
    for one in server.ask("GET", "jobs")["jobs"]:
        heard += [server.api.get(f"jobs/{one['id']}/{what}").text for what in ("logs", "events")]

    store = next(home.rglob("sw.sqlite"))
    with sqlite3.connect(store) as database:
        rows = database.execute("select worker from jobs where worker is not null").fetchall()
    workers = {json.loads(worker)["token"] for (worker,) in rows if json.loads(worker)}
    assert len(workers) >= 2, "two jobs run"
    secrets = {server.token, HUB_TOKEN, CLOUD_KEY, *workers}

    # Kept by design: a server's address for its clients, the workers' for a later server.
    kept = {path: {server.token} for path in (home / "run").glob("jp*")}
    kept |= {server.runtime_file: {server.token}, store: workers}
    kept |= dict.fromkeys(store.parent.glob("sw.sqlite-*"), workers)
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0, f"{path.name} is for its owner only"
    logs = list((store.parent / "logs").iterdir())
    assert logs
    for path in (*logs, store.parent, store.parent / "logs"):
        assert path.stat().st_mode & 0o077 == 0, f"{path.name} tells others what was said"
    for path in home.rglob("*"):
        if path.is_file() and "ipython" not in path.parts:
            told = {s for s in secrets - kept.get(path, set()) if s.encode() in path.read_bytes()}
            assert not told, f"{path} holds a secret"
    for text in heard:
        assert not [secret for secret in secrets if secret in text]

    children = psutil.Process(server.process.pid).children(recursive=True)
    assert len([child for child in children if "jupyter_sw.worker" in child.cmdline()]) >= 2
    for child in children:
        command = " ".join(child.cmdline())
        inherited = " ".join(f"{name}={value}" for name, value in child.environ().items())
        for secret in secrets:
            assert secret not in command
            assert secret not in inherited, f"{command} has a secret in its environment"
    assert server.token not in " ".join(psutil.Process(server.process.pid).cmdline())
