"""The served OpenAPI document is kept: random requests get no crash and no answer outside of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks

from jupyter_sw.server.openapi import document
from tests.standin.model import tiny_gguf
from tests.support import Server, events, private_server

EXAMPLES = 12  # for each operation
checks.load_all_checks()
CHECKS = [
    checks.CHECKS.get_one(name)
    for name in (
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    )
]
# Refusals that say what is wrong on our side: not fetched, not ready, no room on the disk.
DOCUMENTED = (502, 503, 507)

Seeded = tuple[Server, dict[str, str]]
schema = schemathesis.openapi.from_dict(json.loads(document()))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """Return a server with an ended job, its conversation and a job that runs; and their ids."""
    home = tmp_path_factory.mktemp("contract")
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(home / "hf")}  # no random name is looked up
    with (
        mock.patch.dict(os.environ, {**offline, "SW_TEST_PACE": "0"}),
        private_server(
            home, "--SwApp.simulated_devices=A100 80G*1", module="tests.standin.server"
        ) as server,
    ):
        job = server.ask("POST", "jobs", model=tiny_gguf(home))["id"]
        server.wait_for(job, "running")
        chat = server.ask("POST", "chats", job=job)["id"]
        server.ask("POST", f"chats/{chat}/turns", content="Hi", params={"max_tokens": 3})
        with server.api.stream("GET", f"chats/{chat}/turns/0") as stream:
            assert list(events(stream))
        server.ask("POST", f"jobs/{job}/cancel")
        server.wait_for(job, "cancelled")
        door = server.ask("POST", "jobs", model=tiny_gguf(home), context=64)["id"]
        server.wait_for(door, "running")
        yield server, {"job": job, "chat": chat, "n": "0", "door": door}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_no_answer_is_outside_the_document(case: Any, seeded: Seeded) -> None:
    server, ids = seeded
    known = case.path_parameters or {}
    # Every second request is for what is there, but for those that would take it away.
    if case.method != "DELETE" and len(str(case.query) + str(case.body)) % 2:
        case.path_parameters = {name: ids.get(name, value) for name, value in known.items()}
        if case.path.endswith("completions") and isinstance(case.body, dict):
            case.body["model"] = ids["door"]
            if case.body.get("n") in range(3, 33):
                case.body["n"] = 2  # more of them take longer, and tell no more
    response = case.call(
        base_url=server.url.rstrip("/"),
        headers={"Authorization": f"token {server.token}"},
        timeout=20,
    )
    assert response.status_code < 500 or response.status_code in DOCUMENTED, response.text
    case.validate_response(
        response,
        checks=CHECKS,
    )


def test_the_server_is_well_after_all_that(seeded: Seeded, tmp_path: Path) -> None:
    server, _ids = seeded
    job = server.ask("POST", "jobs", model=tiny_gguf(tmp_path))["id"]
    assert server.wait_for(job, "running")["state"] == "running"
