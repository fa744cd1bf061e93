"""Workers where there are no Unix sockets: a port of 127.0.0.1, and the token."""

from __future__ import annotations

import stat
from collections.abc import Iterator

import httpx
import psutil
import pytest

from jupyter_sw.loopback import FORCED
from tests.support import Server, private_server, process_gone, wait_until

CAPITAL = "What is the capital of France?"


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server on a machine that is taken to have no Unix sockets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FORCED, "1")
        with private_server(tmp_path_factory.mktemp("without")) as server:
            yield server


@pytest.mark.parametrize("engine", ["llamacpp", "transformers"])
def test_a_job_runs_and_only_its_server_can_ask_it(without: Server, engine: str) -> None:
    job = without.run(engine=engine, context=1024)
    body = {
        "model": job["id"],
        "messages": [{"role": "user", "content": CAPITAL}],
        "temperature": 0,
        "max_tokens": 24,
    }
    answer = without.api.post(f"{without.url}jupyter-sw/v1/chat/completions", json=body)
    assert "Paris" in answer.json()["choices"][0]["message"]["content"]
    (port_file,) = (without.home / "run" / "sw").glob(f"{job['id']}.sock")
    assert stat.S_ISREG(port_file.stat().st_mode)
    assert stat.S_IMODE(port_file.stat().st_mode) == 0o600
    port = int(port_file.read_text())
    listening = [
        connection.laddr
        for connection in psutil.Process(job["pid"]).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert port in {address.port for address in listening}
    for address in listening:
        url = f"http://127.0.0.1:{address.port}/v1/chat/completions"
        for headers in ({}, {"Authorization": f"Bearer {without.token}"}):
            assert httpx.post(url, json=body, headers=headers, timeout=30).status_code == 401
    without.ask("POST", f"jobs/{job['id']}/cancel")
    without.wait_for(job["id"], "cancelled")
    wait_until(lambda: process_gone(job["pid"]), 5, "its worker is gone")
    assert not port_file.exists()


def test_a_later_server_goes_on_with_it(without: Server) -> None:
    job = without.run(engine="llamacpp", context=1024)
    without.kill()
    with private_server(without.home) as later:
        adopted = later.wait_for(job["id"], "running")
        assert adopted["pid"] == job["pid"]
        later.ask("POST", f"jobs/{job['id']}/cancel")
        later.wait_for(job["id"], "cancelled")
