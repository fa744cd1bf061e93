"""Which server a process talks to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_sw.client import connection, session
from jupyter_sw.errors import BadRequest, ServerUnavailable


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty runtime directory that this process looks into."""
    for name in list(os.environ):
        if name.startswith(("JUPYTER", "JPY_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    session.forget()
    return tmp_path


def write(path: Path, **content: Any) -> None:
    path.write_text(json.dumps({"pid": os.getpid(), "token": "secret", **content}))


def dead_pid() -> int:
    return next(pid for pid in range(2**22 - 1, 0, -1) if not psutil.pid_exists(pid))


def test_the_environment_names_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_SW_URL", "https://hub.example/user/me")
    monkeypatch.setenv("JUPYTER_SW_TOKEN", "secret")
    server = connection.explicit()
    assert server is not None
    assert (server.url, server.token) == ("https://hub.example/user/me/", "secret")
    assert not server.is_local


def test_the_token_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("secret\n")
    monkeypatch.setenv("JUPYTER_SW_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("JUPYTER_SW_TOKEN_FILE", str(tmp_path / "token"))
    server = connection.explicit()
    assert server is not None
    assert server.token == "secret"
    monkeypatch.setenv("JUPYTER_SW_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(BadRequest, match="JUPYTER_SW_TOKEN_FILE cannot be read"):
        connection.explicit()


def test_a_url_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_SW_URL", "localhost:8888")
    with pytest.raises(BadRequest, match="JUPYTER_SW_URL"):
        connection.explicit()


def test_a_named_server_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_SW_URL", "http://127.0.0.1:9/")
    with pytest.raises(ServerUnavailable, match=r"127\.0\.0\.1:9") as caught:
        session.connect()
    assert "JUPYTER_SW_URL" in caught.value.hint


def test_the_parent_comes_first_and_its_every_address_is_loopback(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = os.getpid()
    monkeypatch.setenv("JPY_PARENT_PID", str(me))
    write(runtime / f"jpserver-{me}.json", url="http://box:8899/me/", hostname="0.0.0.0")
    (found,) = connection.parents()
    assert (found.url, found.origin) == ("http://127.0.0.1:8899/me/", "parent")
    assert found.is_local


def test_a_server_on_a_socket(runtime: Path) -> None:
    write(runtime / "jpserver-1.json", url="http+unix://x/", sock="/run/jp.sock", base_url="/me/")
    (found,) = connection.running()
    assert (found.url, found.socket) == ("http://localhost/me/", "/run/jp.sock")


def test_what_a_dead_server_left_is_ignored(runtime: Path) -> None:
    for name in ("jpserver-7.json", connection.PRIVATE_FILE):
        write(runtime / name, url="http://127.0.0.1:9/", pid=dead_pid())
    assert list(connection.running()) == []
    assert connection.private() is None
    assert session.connect_quickly() is None


def test_half_a_file_is_ignored(runtime: Path) -> None:
    (runtime / "jpserver-8.json").write_text('{"pid":')
    (runtime / "jpserver-9.json").write_text("[]")
    assert list(connection.running()) == []


def test_a_server_does_not_show_its_token() -> None:
    server = connection.Server(url="http://127.0.0.1:9/", token="secret", origin="private")
    assert "secret" not in repr(server)
