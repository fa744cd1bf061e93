"""The life of a job in a real kernel: what a person types and sees."""

from __future__ import annotations

from tests.magics.kernel import Kernel
from tests.magics.test_commands import error_of
from tests.support import MODEL, Server


def test_pause_resume_rerun_delete_and_undo(kernel: Kernel, server: Server) -> None:
    assert kernel.run(f"%sw run {MODEL} --name walk --release 10m --engine llamacpp").ok
    paused = kernel.run("%sw pause")
    assert any("given its memory back" in text for text in paused.shown)
    assert "paused" in kernel.value("%sw ps")
    name, lines = error_of(kernel.run("%sw wait"))
    assert name == "WrongState"
    assert "%sw resume" in lines[1]
    resumed = kernel.run("%sw resume")
    assert any(text.startswith("Running again") for text in resumed.shown)
    assert "released in" in kernel.value("%sw extend 5m")
    first = server.job("walk")["id"]
    assert kernel.run("%sw cancel").ok
    kernel.value(f"%sw rerun {first} --no-wait")
    waited = kernel.run("%sw wait")
    assert waited.ok, "the job that runs again is the one that is meant"
    assert any(text.startswith("Running after") for text in waited.shown)
    assert kernel.run("%sw cancel").ok

    said = kernel.value(f"%sw delete {first}")
    assert f"%sw delete --undo {first}" in said
    assert first not in kernel.value("%sw ps -a")
    assert "restored" in kernel.value(f"%sw delete --undo {first}")
    assert first in kernel.value("%sw ps -a")


def test_waiting_for_something_else(kernel: Kernel, server: Server) -> None:
    assert kernel.run(f"%sw run {MODEL} --name short --release 2 --engine llamacpp").ok
    waited = kernel.run("%sw wait --for ended")
    assert waited.ok
    assert any("released at" in text for text in waited.shown), "a moment, not a countdown"
    assert "Auto-released" in waited.shown[-1]
    name, _ = error_of(kernel.run("%sw wait short --for running"))
    assert name == "JobEnded"
    assert kernel.run(f"%sw run {MODEL} --name long --engine llamacpp").ok
    name, lines = error_of(kernel.run("%sw wait long --for ended --timeout 1"))
    assert name == "NotReady"
    assert "after 1 s" in lines[0]
    assert kernel.run("%sw cancel long").ok


def test_names_projects_and_the_timeline(kernel: Kernel, server: Server) -> None:
    used = kernel.value("%sw project use thesis")
    assert "thesis *" in used
    assert kernel.run(f"%sw run {MODEL} --engine llamacpp").ok
    assert "figure-3" in kernel.value("%sw rename figure-3")
    assert "the last one" in kernel.value("%sw comment figure-3 the last one")
    assert "pinned" in kernel.value("%sw pin figure-3")
    assert "figure-3 (pinned)" in kernel.value("%sw ps --project thesis")
    assert "pinned" not in kernel.value("%sw pin figure-3 --undo")
    assert "No jobs" in kernel.value("%sw ps --project default")
    assert "project essay" in kernel.value("%sw project move figure-3 essay")
    assert {"essay", "thesis"} <= {p["name"] for p in server.ask("GET", "projects")["projects"]}
    assert kernel.run("%sw extend 5m").ok
    assert kernel.run("%sw cancel").ok
    events = kernel.run("%sw events")
    (result,) = events.of("execute_result")
    text = result["data"]["text/plain"]
    for word in (
        "extension",
        "Renamed to figure-3",
        "Moved to project essay",
        "Unpinned",
        "cancelled",
        "user",
    ):
        assert word in text
    assert "<table" in result["data"]["text/html"]
    assert kernel.run("%sw project use default").ok
