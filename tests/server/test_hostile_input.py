"""Input that means harm: long, deep, hidden, or written for a terminal or a browser."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest

from jupyter_sw.cli.terminal import Terminal
from jupyter_sw.schemas.text import plain
from jupyter_sw.server.routes import ROUTES
from tests.support import MODEL, Server

WRITES = [
    (verb, re.sub(r"\{[^}]+\}", "0", route.path).lstrip("/"))
    for route in ROUTES
    for verb in route.operations
    if verb not in ("get", "head")
]


@pytest.mark.parametrize(("verb", "path"), WRITES)
def test_a_body_that_is_too_long(server: Server, verb: str, path: str) -> None:
    answer = server.api.request(verb, server.url + path, content=b" " * (8 * 2**20 + 1))
    assert answer.status_code == 413
    wire = answer.json()
    assert (wire["error"]["code"] if "/v1/" in path else wire["reason"]) == "too_large"


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_json_that_is_too_deep(server: Server, depth: int) -> None:
    body = b'{"model":' + b"[" * depth + b"]" * depth + b"}"
    for verb, path in WRITES:
        answer = server.api.request(verb, server.url + path, content=body)
        assert answer.status_code in (400, 404), f"{verb} {path}: {answer.text}"
    assert server.api.get("status").is_success
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a\nb"},
        {"name": "a\n"},
        {"name": "\x1b[31mred"},
        {"name": "<img src=x onerror=alert(1)>"},
        {"name": "gnp.\u202eexe"},
        {"project": "../../etc"},
        {"comment": "bell \x07"},
        {"comment": "looks \u202esdrawkcab"},
        {"model": "a\x00b"},
        {"release_after": 1e300},
        {"context": 10**30},
        {"resource": "gpu\x1b]0;title\x07"},
    ],
)
def test_fields_that_hide_something(server: Server, fields: dict[str, Any]) -> None:
    answer = server.api.post("jobs", json={"model": MODEL, **fields})
    assert answer.status_code == 400, answer.text
    assert "\x1b" not in answer.text
    assert answer.json()["reason"] == "bad_request"


@pytest.mark.parametrize("body", [b'{"model": "\\ud800"}', b'{"model": NaN}', b"\xff\xfe", b"null"])
def test_bodies_that_are_hardly_json(server: Server, body: bytes) -> None:
    answer = server.api.post("jobs", content=body)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "path",
    [
        "jobs/..%2f..%2fetc%2fpasswd",
        "jobs/..%2f..%2fetc%2fpasswd/logs",
        "jobs/%00/logs",
        "chats/..%2f..%2fsw.sqlite",
    ],
)
def test_paths_that_climb(server: Server, path: str) -> None:
    answer = server.api.get(path)
    assert answer.status_code in (400, 404), answer.text
    assert "root:" not in answer.text


def test_a_path_as_a_model_tells_nothing_of_the_file(server: Server) -> None:
    """Any file may be named as a model, as in a notebook; what is in it is not told."""
    answer = server.api.get("models/..%2f..%2f..%2fetc%2fpasswd")
    assert answer.json()["reason"] in ("fetch_failed", "not_found", "bad_request")
    assert "root:" not in answer.text


def test_the_door_speaks_to_the_jobs_own_worker_only(server: Server) -> None:
    url = f"{server.url}jupyter-sw/v1/chat/completions"
    for model in ("http://127.0.0.1:1/", "../../secret", "unix:/tmp/x", ""):
        answer = server.api.post(url, json={"model": model, "messages": []})
        assert answer.status_code == 404, answer.text


def test_no_address_in_a_request_is_followed(server: Server) -> None:
    job = server.run()
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.5)
        place = f"127.0.0.1:{elsewhere.getsockname()[1]}"
        body = {
            "model": job["id"],
            "messages": [{"role": "user", "content": f"http://{place}/"}],
            "max_tokens": 1,
        }
        headers = {"X-Forwarded-Host": place, "Forwarded": f"host={place}", "Referer": place}
        for door in ("chat/completions", f"chat/completions?base_url=http://{place}"):
            url = f"{server.url}jupyter-sw/v1/{door}"
            assert server.api.post(url, json=body, headers=headers).is_success
        for extra in ({"base_url": f"http://{place}"}, {"socket": place}):
            answer = server.api.post(url, json={**body, **extra}, headers=headers)
            assert answer.status_code in (200, 400), answer.text
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    server.ask("POST", f"jobs/{job['id']}/cancel")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;aGk=\x07", ""),
        ("over\rwritten", "overwritten"),
        ("line\r\n", "line\n"),
        ("\x9b31mred", "31mred"),
        ("unfinished \x1b]0;title", "unfinished "),
        ("\x1bc", ""),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_model_output_reaches_a_terminal_without_commands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Terminal().write(["Hello \x1b]0;pwned\x07", "\x1b[2Jworld\n"])
    assert capsys.readouterr().out == "Hello world\n"
