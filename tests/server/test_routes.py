"""Every route: authenticated, authorized, in the OpenAPI document."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from jupyter_sw.server.openapi import document
from jupyter_sw.server.routes import ROUTES, Route
from tests.standin.open_door import FORGOTTEN, HALF
from tests.support import REPO, Server, private_server

VERBS = ("get", "head", "post", "put", "patch", "delete")
CALLS = [(route, verb) for route in ROUTES for verb in route.operations]


def path_of(route: Route) -> str:
    return re.sub(r"\{[^}]+\}", "0", route.path)


def url_of(server: Server, route: Route) -> str:
    return server.url.rstrip("/") + path_of(route)


@pytest.mark.parametrize(("route", "verb"), CALLS, ids=lambda value: getattr(value, "path", value))
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}], ids=["none", "wrong"])
def test_every_verb_wants_the_token(
    server: Server, route: Route, verb: str, headers: dict[str, str]
) -> None:
    answer = httpx.request(verb.upper(), url_of(server, route), headers=headers)
    assert answer.status_code == 403, answer.text
    assert server.token not in answer.text


def test_the_table_holds_every_verb_that_a_handler_has() -> None:
    for route in ROUTES:
        own = {
            verb
            for verb in VERBS
            if any(
                verb in vars(kind)
                for kind in route.handler.__mro__
                if "jupyter_sw" in kind.__module__
            )
        }
        assert own == set(route.operations), route.path


def unguarded(server: Server, calls: list[tuple[Route, str]]) -> list[str]:
    """Return the calls that a server answers whose authorizer allows nothing."""
    token = {"Authorization": f"token {server.token}"}
    return [
        f"{verb} {route.path}"
        for route, verb in calls
        if httpx.request(verb.upper(), url_of(server, route), headers=token).status_code != 403
    ]


def test_an_authorizer_decides_on_every_verb(tmp_path: Path) -> None:
    with authorizing_server(tmp_path) as server:
        assert unguarded(server, CALLS) == []


def test_a_route_without_its_guards_is_found(tmp_path: Path) -> None:
    forgotten = [(FORGOTTEN, "get"), (HALF, "post")]
    with authorizing_server(tmp_path, module="tests.standin.open_door") as server:
        found = unguarded(server, [*CALLS, *forgotten])
    assert found == [f"get {FORGOTTEN.path}", f"post {HALF.path}"]


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[httpx.Client]:
    """Return a client that is logged in by its cookie and knows the XSRF token, as a page is."""
    with httpx.Client(base_url=server.url) as client:
        assert client.get("jupyter-sw/api/status", params={"token": server.token}).is_success
        # The page's own token: only a page sets the cookie, and tornado takes any that match.
        token = secrets.token_hex(16)
        client.cookies.set("_xsrf", token)
        client.headers["X-XSRFToken"] = token
        yield client


@pytest.mark.parametrize(("route", "verb"), CALLS, ids=lambda value: getattr(value, "path", value))
def test_a_page_of_another_origin_is_refused(
    browser: httpx.Client, server: Server, route: Route, verb: str
) -> None:
    own = {"Origin": server.url.rstrip("/")}
    for origin in ("https://evil.example", "null", f"{own['Origin']}.evil.example"):
        answer = browser.request(verb.upper(), path_of(route), headers={"Origin": origin})
        assert answer.status_code == 404, f"{origin}: {answer.text}"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_of_its_own_is_not(browser: httpx.Client, server: Server) -> None:
    own = {"Origin": server.url.rstrip("/")}
    assert browser.get("jupyter-sw/api/jobs", headers=own).is_success
    answer = browser.post("jupyter-sw/api/jobs", json={"model": "no-such-model"}, headers=own)
    assert "no-such-model" in answer.json()["message"], "it came through to the models"


def test_a_cookie_needs_the_xsrf_token(server: Server) -> None:
    with httpx.Client(base_url=server.url) as browser:
        assert browser.get("jupyter-sw/api/status", params={"token": server.token}).is_success
        assert browser.get("jupyter-sw/api/status").is_success, "the cookie logs in"
        answer = browser.post("jupyter-sw/api/jobs", json={"model": "x"})
        assert answer.status_code == 403
        assert "_xsrf" in answer.json()["message"]


def test_nothing_but_our_routes_is_served(server: Server) -> None:
    token = {"Authorization": f"token {server.token}"}
    for path in ("api/kernels", "api/contents", "api/sessions", "files/x", "terminals", "metrics"):
        assert httpx.get(server.url + path, headers=token).status_code == 404, path


def test_the_document_is_served_and_is_the_one_in_docs(server: Server) -> None:
    served = server.ask("GET", "openapi.json")
    assert served == json.loads(document())
    assert (REPO / "docs" / "openapi.json").read_text() == document(), "run: make generate"
    assert set(served["paths"]) == {re.sub(r":path\}", "}", route.path) for route in ROUTES}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("GET", "jobs/nosuch", None, 404, "nosuch"),
        ("GET", "jobs?state=sleeping", None, 400, "sleeping"),
        ("GET", "models/no-such-model", None, 404, "no-such-model"),
        ("POST", "jobs", {"model": "no-such-model"}, 404, "no-such-model"),
        ("POST", "jobs", {"model": "smollm2-135m-chat", "colour": 1}, 400, "colour"),
        ("POST", "jobs", {"model": "smollm2-135m-chat", "release_after": -1}, 400, "release_after"),
        ("POST", "jobs", {"model": "smollm2-135m-chat", "resource": "H900*1"}, 404, "H900"),
        ("POST", "jobs", {"model": "smollm2-135m-chat", "runtime": "mine"}, 400, "mine"),
        ("POST", "jobs", {"model": "smollm2-135m-chat", "handler": "paint"}, 400, "paint"),
        ("POST", "jobs", {"model": "smollm2-135m-chat", "context": 10**6}, 400, "8192"),
        ("POST", "chats", {"job": "nosuch"}, 404, "nosuch"),
        ("GET", "chats/nosuch", None, 404, "nosuch"),
        ("POST", "chats/nosuch/turns", {"content": "hi"}, 404, "nosuch"),
    ],
)
def test_bad_input_is_told_what_is_wrong(
    server: Server, method: str, path: str, body: Any, status: int, says: str
) -> None:
    answer = server.api.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    error = answer.json()
    assert set(error) == {"message", "reason", "hint"}
    assert says in error["message"] + error["hint"]


def test_a_body_that_is_not_json_is_refused(server: Server) -> None:
    answer = server.api.post("jobs", content=b"{")
    assert answer.status_code == 400
    assert "JSON" in answer.json()["message"]


@contextmanager
def authorizing_server(home: Path, **options: str) -> Iterator[Server]:
    """Run a server whose authorizer allows nothing, and is asked for what is done."""
    (home / "config").mkdir()
    config: Path = home / "config" / "jupyter_jupyter_sw_private_config.py"
    config.write_text(
        "from jupyter_server.auth import Authorizer\n"
        "class Nothing(Authorizer):\n"
        "    def is_authorized(self, handler, user, action, resource):\n"
        "        assert resource == 'jupyter_sw', resource\n"
        "        looks = handler.request.method in ('GET', 'HEAD')\n"
        "        assert action == ('read' if looks else 'write'), action\n"
        "        return False\n"
        "c.ServerApp.authorizer_class = Nothing\n"
    )
    with private_server(home, **options) as running:
        yield running
