"""The store is damaged, from the future, read-only, or the disk is full."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket

import httpx
import pytest

from tests.support import MODEL, isolated_environment, private_server, process_gone, wait_until

pytestmark = pytest.mark.usefixtures("smollm2")


def store_of(home: Path) -> Path:
    """Return a server's database."""
    return next(home.rglob("sw.sqlite"))


def ended_job(home: Path) -> str:
    """Leave a store with one ended job, and return the job's id."""
    with private_server(home) as server:
        job = server.run()
        server.ask("POST", f"jobs/{job['id']}/cancel")
        server.wait_for(job["id"], "cancelled")
        return str(job["id"])


def test_a_damaged_database_is_set_aside(tmp_path: Path) -> None:
    ended_job(tmp_path)
    store = store_of(tmp_path)
    with store.open("r+b") as file:
        file.write(b"this is not a database at all" * 40)
    for left in store.parent.glob("sw.sqlite-*"):
        left.unlink()
    with private_server(tmp_path) as server:
        assert server.ask("GET", "jobs")["jobs"] == []
        (notice,) = server.ask("GET", "status")["notices"]
        assert "is damaged" in notice
        kept = next(store.parent.glob("sw.damaged-*.sqlite"))
        assert kept.name in notice
        assert kept.read_bytes().startswith(b"this is not a database")
        assert server.run()["state"] == "running"


def test_a_database_that_is_damaged_inside_is_set_aside(tmp_path: Path) -> None:
    ended_job(tmp_path)
    store = store_of(tmp_path)
    with sqlite3.connect(store) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = store.stat().st_size
    with store.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size - size // 2))
    with private_server(tmp_path) as server:
        assert "is damaged" in server.ask("GET", "status")["notices"][0]


def test_a_database_of_a_newer_version_is_set_aside(tmp_path: Path) -> None:
    job = ended_job(tmp_path)
    store = store_of(tmp_path)
    with sqlite3.connect(store) as database:
        database.execute("update alembic_version set version_num = '999'")
    with private_server(tmp_path) as server:
        (notice,) = server.ask("GET", "status")["notices"]
        assert "was written by a newer version" in notice
    kept = next(store.parent.glob("sw.newer-*.sqlite"))
    with sqlite3.connect(kept) as database:
        assert database.execute("select id from jobs").fetchall() == [(job,)], "nothing is lost"


def test_an_older_database_is_brought_up(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    import jupyter_sw.jobs

    store = tmp_path / "data" / "jupyter_sw" / "sw.sqlite"
    store.parent.mkdir(parents=True)
    config = Config()
    migrations = Path(jupyter_sw.jobs.__file__).parent / "migrations"
    config.set_main_option("script_location", str(migrations))
    with create_engine(f"sqlite:///{store}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "001")
    with private_server(tmp_path) as server:
        assert server.ask("GET", "status")["notices"] == []
        assert server.run()["state"] == "running"


@contextmanager
def small_disk(home: Path) -> Iterator[Path | None]:
    """Mount a file system of 3 MiB while the block runs; None where that is not allowed."""
    disk = home / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_full_disk_refuses_what_it_cannot_keep_and_still_gives_memory_back(
    tmp_path: Path,
) -> None:
    """SQLite says so to every write; only the log feels nothing of it."""
    refused_on_a_full_disk(tmp_path, tmp_path / "filler", "tests.faults.full_disk_server")
    # Where that is allowed, once more on a small file system of its own, which then is filled.
    with small_disk(tmp_path) as disk:
        if disk is not None:
            refused_on_a_full_disk(tmp_path / "real", disk / "filler", data=disk / "sw")


def refused_on_a_full_disk(
    home: Path, filler: Path, module: str = "jupyter_sw.server", data: Path | None = None
) -> None:
    options = [f"--SwApp.data_dir={data}"] if data else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SW_TEST_FULL", str(filler))
        with private_server(home / "s", *options, module=module) as server:
            job = server.run(release_after=600)
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while data:
                    file.write(b"\0" * 512)
            refused = server.api.post("jobs", json={"model": MODEL})
            assert refused.status_code == 507
            assert "full" in refused.json()["message"]
            assert "Free some space" in refused.json()["hint"]
            assert [found["id"] for found in server.ask("GET", "jobs")["jobs"]] == [job["id"]]
            server.api.post(f"jobs/{job['id']}/cancel")
            wait_until(lambda: process_gone(job["pid"]), 10, "the worker goes all the same")
            filler.unlink()
            ended = server.wait_for(job["id"], "cancelled", timeout=10)
            assert ended["reason"] == "Cancelled."


def test_a_data_directory_that_cannot_be_written_to(tmp_path: Path) -> None:
    """Jupyter starts all the same; ours says why it cannot, and can once it is mended."""
    data = tmp_path / "data-dir"
    data.write_text("")  # also root, who may write anywhere, cannot write into a file
    with jupyter_server(tmp_path, f"--SwApp.data_dir={data}") as api:
        assert api.get("api/status").status_code == 200
        refused = api.get("jupyter-sw/api/jobs")
        assert refused.status_code == 507
        assert str(data) in refused.json()["message"]
        assert "c.SwApp.data_dir" in refused.json()["hint"]
        data.unlink()
        assert api.get("jupyter-sw/api/jobs").json()["jobs"] == []


@contextmanager
def jupyter_server(
    home: Path, *options: str, module: str = "jupyter_server"
) -> Iterator[httpx.Client]:
    """Start a whole Jupyter Server and yield a client of it."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", module, "--no-browser", "--allow-root"),
            *(f"--port={port}", "--IdentityProvider.token=secret", *options),
            "--SwApp.standby_workers=0",
        ],
        cwd=home,
        env=isolated_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    headers = {"Authorization": "token secret"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/", headers=headers, timeout=20) as api:

        def answers() -> bool:
            try:
                return api.get("api/status").is_success
            except httpx.TransportError:
                return False

        try:
            wait_until(answers, 30, "the Jupyter Server")
            yield api
        finally:
            process.terminate()
            process.wait(20)
