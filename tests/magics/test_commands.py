"""``%sw`` and ``%%sw`` in a real kernel, on the real model."""

from __future__ import annotations

import json
from typing import Any

from tests.magics.kernel import Cell, Kernel
from tests.support import MODEL, Server, wait_until

QUESTION = "What is the capital of France?"


def error_of(cell: Cell) -> tuple[str, list[str]]:
    """Return the name and the shown lines of a cell's error."""
    assert not cell.ok
    (error,) = cell.of("error")
    return error["ename"], error["traceback"]


def test_running_shows_progress_and_the_job_once(kernel: Kernel, server: Server) -> None:
    cell = kernel.run(f"%sw run {MODEL} --release 5m --name first --engine llamacpp")
    assert cell.ok, cell.reply
    (result,) = cell.of("execute_result")
    assert "first" in result["data"]["text/plain"]
    assert "released in 5 min" in result["data"]["text/html"]
    assert any("loading" in text for text in cell.shown)
    assert any(text.startswith("Running after") for text in cell.shown)
    assert len(cell.of("display_data")) == 1, "one line that changes"
    assert server.job("first")["owner"]["client"] == "notebook"

    assigned = kernel.run(f"job = %sw run {MODEL} --no-wait --name second")
    assert assigned.of("execute_result") == []
    assert kernel.value("job.wait().state.value") == "'running'"
    assert kernel.run("%sw cancel second").ok
    assert kernel.run("%sw cancel first").ok
    assert "No jobs" in kernel.value("%sw ps")


def test_a_cell_is_a_prompt(kernel: Kernel, job: dict[str, Any]) -> None:
    cell = kernel.run(f"%%sw --out answer --temperature 0 --max-tokens 30\n{QUESTION}")
    assert cell.ok, cell.reply
    (display,) = cell.of("display_data")
    assert set(display["data"]) == {"text/plain", "text/html"}
    assert "Paris" in cell.shown[-1]
    assert "tok/s" in cell.shown[-1]
    assert "first token" in cell.shown[-1]
    assert cell.of("execute_result") == []
    assert kernel.value("type(answer).__name__, 'Paris' in answer") == "('str', True)"


def test_a_reply_streams_at_most_twenty_times_a_second(kernel: Kernel, job: dict[str, Any]) -> None:
    cell = kernel.run("%%sw --temperature 0 --max-tokens 80\nWrite a long story about the sea.")
    kinds = {"display_data", "update_display_data"}
    versions = [m for m in cell.messages if m["header"]["msg_type"] in kinds]
    assert len(versions) > 4
    lengths = [len(text) for text in cell.shown]
    assert lengths == sorted(lengths), "it only grows"
    took = (versions[-1]["header"]["date"] - versions[0]["header"]["date"]).total_seconds()
    assert len(versions) <= took * 20 + 2


def test_expressions_in_braces(kernel: Kernel, job: dict[str, Any]) -> None:
    kernel.run("country = {'name': 'France'}")
    cell = kernel.run(
        "%%sw --temperature 0 --max-tokens {10 * 3}\nWhat is the capital of {country['name']}?"
    )
    assert "Paris" in cell.shown[-1]
    name, lines = error_of(kernel.run("%%sw\nWhat is {nothing_here}?"))
    assert name == "BadRequest"
    assert "{nothing_here} failed: NameError" in lines[0]
    name, lines = error_of(kernel.run("%%sw\nint main() { return 0; }"))
    assert "is not a Python expression" in lines[0]
    assert "{{" in lines[1]
    local = "def ask(n):\n    return get_ipython().run_line_magic('sw', 'ps -a --project {n}')\nask"
    assert "No jobs" in kernel.value(f"{local}('other')")


def test_an_asked_reply_is_a_string_and_shows_once(kernel: Kernel, job: dict[str, Any]) -> None:
    cell = kernel.run(f"r = %sw ask --temperature 0 --max-tokens 30 {QUESTION}\nr")
    assert len(cell.of("display_data", "execute_result")) == 1
    later = kernel.run("r")
    assert "Paris" in later.shown[0]
    assert kernel.value("isinstance(r, str), r.usage.completion_tokens > 3") == "(True, True)"


def test_errors_are_two_lines_and_stop_the_notebook(kernel: Kernel, job: dict[str, Any]) -> None:
    name, lines = error_of(kernel.run("%sw logs nobody"))
    assert name == "NotFound"
    assert len(lines) == 2
    assert "nobody" in lines[0]
    assert job["id"] in lines[1], "what there is"
    name, lines = error_of(kernel.run("%sw run --relase 5m"))
    assert name == "BadRequest"
    assert "--release" in lines[0]
    assert "Usage: %sw run" in lines[1]
    assert error_of(kernel.run("%sw ask What's up?"))[0] == "BadRequest"
    assert error_of(kernel.run("%%sw --temperature 0\n  \n"))[0] == "BadRequest"
    assert error_of(kernel.run("%%sw --out 1x\nhi"))[0] == "BadRequest"
    assert kernel.value(
        "try:\n    %sw logs nobody\nexcept Exception as e:\n    x = e\nx.hint != ''"
    )


def test_help_is_printed(kernel: Kernel) -> None:
    assert "cancel" in kernel.run("%sw").printed
    assert "Usage: %sw run" in kernel.run("%sw help run").printed
    assert "Usage: %%sw" in kernel.run("%%sw --help\n\n").printed


def test_lists_and_logs(kernel: Kernel, job: dict[str, Any]) -> None:
    for command, word in (("ps", job["id"]), ("models", "llama2-7b-chat"), ("devices", "cpu")):
        cell = kernel.run(f"%sw {command}")
        (result,) = cell.of("execute_result")
        assert word in result["data"]["text/plain"]
        assert "<table" in result["data"]["text/html"]
    assert MODEL in kernel.run("%sw logs").printed
    assert kernel.value("found = %sw ps -o json\nfound['jobs'][0]['id']") == repr(job["id"])


def test_a_model_tells_what_it_needs_and_what_fits_now(kernel: Kernel) -> None:
    cell = kernel.run(f"%sw models {MODEL}")
    (result,) = cell.of("execute_result")
    lines = result["data"]["text/plain"].splitlines()
    assert [line.split("  ")[0] for line in lines[1:6]] == [
        "as it comes (q4_1)", "32 bit", "16 bit", "8 bit", "4 bit",
    ]  # fmt: skip
    assert all("now, on cpu" in line for line in lines[1:6])
    assert lines[5].endswith("--quantize 4bit")
    (result,) = kernel.run("%sw models llama2-70b-chat").of("execute_result")
    assert "about" in result["data"]["text/plain"]
    assert "To download: 128 GiB" in result["data"]["text/plain"]


def test_the_job_of_this_notebook_is_meant_where_several_live(
    kernel: Kernel, server: Server, job: dict[str, Any]
) -> None:
    other = server.run(engine="llamacpp", name="other")
    name, lines = error_of(kernel.run("%sw ask hi"))
    assert name == "BadRequest"
    assert job["id"] in lines[0]
    assert other["id"] in lines[0]
    assert kernel.run(f"mine = %sw run {MODEL} --name mine --engine llamacpp").ok
    assert kernel.run("%sw ask --max-tokens 5 hi").ok
    assert "mine" in kernel.value("%sw cancel")
    server.ask("POST", "jobs/other/cancel")
    server.wait_for("other", "cancelled")


def test_interrupting_leaves_the_job(kernel: Kernel, server: Server) -> None:
    message = kernel.start(f"%sw run {MODEL} --name slow --engine transformers")

    def loading() -> list[dict[str, Any]]:
        jobs = server.api.get("jobs", params={"state": "loading"}).json()["jobs"]
        return [found for found in jobs if found["name"] == "slow"]

    (slow,) = wait_until(loading, 60, "the job loads")
    kernel.manager.interrupt_kernel()
    name, lines = error_of(kernel.finish(message))
    assert name == "Interrupted"
    assert f"%sw cancel {slow['id']}" in lines[1]
    assert server.job("slow")["state"] in {"loading", "running"}
    assert kernel.run("%sw cancel slow").ok


def test_interrupting_a_reply_stops_the_model(
    kernel: Kernel, server: Server, job: dict[str, Any]
) -> None:
    message = kernel.start("%%sw --max-tokens 4000\nWrite a very long story about the sea.")
    key = job["id"]
    wait_until(lambda: server.job(key)["metrics"]["running"], 30, "the model generates")
    kernel.manager.interrupt_kernel()
    name, lines = error_of(kernel.finish(message))
    assert (name, len(lines)) == ("Interrupted", 1)
    wait_until(lambda: not server.job(key)["metrics"]["running"], 30, "the model has stopped")


def test_no_token_reaches_the_notebook(kernel: Kernel, server: Server, job: dict[str, Any]) -> None:
    code = "from jupyter_sw.client import connect\nc = connect()\nj = %sw ps\n(c, c.server, j, job)"
    cells = [kernel.run(code), kernel.run("%sw ps"), kernel.run("job")]
    assert all(cell.ok for cell in cells)
    said = json.dumps([message["content"] for cell in cells for message in cell.messages])
    assert server.token not in said


def test_unloading_takes_everything_away(kernel: Kernel) -> None:
    assert kernel.run("%unload_ext jupyter_sw").ok
    assert not kernel.run("%sw ps").ok
    assert "run" not in kernel.complete("%sw ru")
    assert kernel.run("%load_ext jupyter_sw").ok
    assert kernel.run("%sw ps").ok
