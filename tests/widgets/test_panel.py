"""The chat panel's kernel half, spoken to as a browser speaks to it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.magics.kernel import Kernel, running_kernel
from tests.support import Server

VIEW = "application/vnd.jupyter.widget-view+json"
QUESTION = "What is the capital of France?"
STORY = "Write a very long story about the sea."


class Page:
    """The browser's side of one panel: its model's state, and what was sent to it."""

    def __init__(self, kernel: Kernel, code: str) -> None:
        self._kernel = kernel
        cell = kernel.run(code)
        assert cell.ok, cell.reply
        view, self.transcript = (content["data"] for content in cell.of("display_data"))
        self.model = view[VIEW]["model_id"]
        self.state: dict[str, Any] = {}
        self.deltas: list[dict[str, Any]] = []
        for message in cell.messages:
            self.take(message)

    def take(self, message: dict[str, Any]) -> None:
        """Do what the browser's widget manager does with a message."""
        kind, content = message["header"]["msg_type"], message["content"]
        if kind in {"comm_open", "comm_msg"} and content["comm_id"] == self.model:
            data = content["data"]
            if data.get("method") == "custom":
                self.deltas.append(data["content"])
            else:
                self.state.update(data.get("state", {}))
        elif kind == "update_display_data":
            self.transcript = content["data"]

    def send(self, subshell: str | None = None, **content: Any) -> None:
        """Send what a button sends."""
        client = self._kernel.client
        body = {"comm_id": self.model, "data": {"method": "custom", "content": content}}
        message = client.session.msg("comm_msg", body)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        client.shell_channel.send(message)

    def until(self, condition: Any, what: str, timeout: float = 60) -> None:
        """Take messages until `condition` holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
            try:
                self.take(self._kernel.client.get_iopub_msg(timeout=0.2))
            except Exception as nothing:
                if type(nothing).__name__ != "Empty":
                    raise

    def idle(self) -> None:
        self.until(lambda: not self.state["live"], "the turn has ended")


@pytest.fixture(scope="module")
def job(server: Server) -> dict[str, Any]:
    """Return the one running job."""
    return server.run(engine="llamacpp", release_after=900)


@pytest.fixture(scope="module")
def kernel(server: Server, job: dict[str, Any]) -> Iterator[Kernel]:
    """Return a kernel with the extension loaded."""
    with running_kernel(server.home) as started:
        assert started.run("%load_ext jupyter_sw").ok
        yield started


@pytest.fixture
def page(kernel: Kernel) -> Page:
    """Return a panel of a new conversation."""
    return Page(kernel, "%sw chat --new --temperature 0 --max-tokens 40")


def test_a_message_streams_as_html_and_is_kept_in_the_output(page: Page) -> None:
    assert page.state["job"]["state"] == "running"
    page.send(kind="say", content=QUESTION)
    page.until(lambda: page.state["turns"], "the turn has ended")
    (turn,) = page.state["turns"]
    assert "Paris" in turn["text"]
    assert "<p>" in turn["blocks"][0]
    assert "tok/s" in turn["note"]
    assert page.state["live"] == {}
    # The deltas put together are the reply.
    shown: list[str] = []
    for delta in page.deltas:
        assert delta["from"] <= len(shown)
        shown[delta["from"] :] = delta["blocks"]
    assert page.deltas
    assert turn["blocks"][0].startswith(shown[0].removesuffix("</p>\n"))
    page.until(lambda: "Paris" in page.transcript["text/html"], "the output holds the transcript")
    assert "Paris" in page.transcript["text/plain"]


def test_stop_regenerate_and_clear(page: Page) -> None:
    page.send(kind="say", content=STORY)
    page.until(lambda: page.state["live"], "the turn runs")
    page.send(kind="stop")
    page.idle()
    assert page.state["turns"][0]["state"] in {"stopped", "done"}
    first = page.state["turns"][0]["created_at"]
    page.send(kind="say", content=QUESTION, replace=0)
    page.until(lambda: page.state["turns"] and page.state["turns"][0]["created_at"] > first, "anew")
    assert "Paris" in page.state["turns"][0]["text"]
    page.send(kind="clear")
    page.until(lambda: not page.state["turns"], "nothing is left")
    page.until(lambda: "Paris" not in page.transcript["text/html"], "nor in the output")


def test_settings_and_a_longer_life(page: Page) -> None:
    page.send(kind="configure", system="You are terse.", params={"seed": 3})
    page.until(lambda: page.state["chat"]["system"] == "You are terse.", "the settings are there")
    assert page.state["chat"]["params"] == {"seed": 3}
    before = page.state["job"]["release_at"]
    page.send(kind="extend", seconds=600)
    page.until(lambda: page.state["job"]["release_at"] > before + 590, "the job lives longer")
    page.send(kind="configure", system="", params={"temperature": 9})
    page.until(lambda: "temperature" in page.state["problem"], "the problem is told")


def test_what_another_page_said_is_followed(page: Page, server: Server) -> None:
    # As the browser does when it talks to the server itself.
    chat = page.state["chat"]["id"]
    turn = server.ask("POST", f"chats/{chat}/turns", content=QUESTION)
    page.send(kind="follow", n=turn["n"])
    page.until(lambda: page.state["turns"], "the turn has ended")
    assert "Paris" in page.state["turns"][0]["text"]


def test_the_panel_answers_while_a_cell_runs(page: Page, kernel: Kernel) -> None:
    control = kernel.client.control_channel
    control.send(kernel.client.session.msg("create_subshell_request", {}))
    reply = kernel.client.get_control_msg(timeout=10)
    subshell = reply["content"].get("subshell_id")
    if subshell is None:
        pytest.skip("this ipykernel has no subshells")
    busy = kernel.start("import time; time.sleep(4)")
    began = time.monotonic()
    page.send(subshell, kind="say", content=STORY)
    page.until(lambda: page.state["live"], "the turn runs", timeout=3)
    page.send(subshell, kind="stop")
    page.until(lambda: page.state["turns"], "the turn has ended", timeout=4)
    assert time.monotonic() - began < 4, "the cell was still running"
    kernel.client.get_shell_msg(timeout=10)
    assert busy


def test_another_kernel_finds_the_conversation(page: Page, server: Server) -> None:
    page.send(kind="say", content=QUESTION)
    page.until(lambda: page.state["turns"], "the turn has ended")
    with running_kernel(server.home) as restarted:
        assert restarted.run("%load_ext jupyter_sw").ok
        again = Page(restarted, "%sw chat")
    assert again.state["chat"]["id"] == page.state["chat"]["id"]
    assert "Paris" in again.state["turns"][0]["text"]
    assert "Paris" in again.transcript["text/html"]


def test_the_state_holds_no_address_and_no_token(page: Page, server: Server) -> None:
    saved = json.dumps([page.state, page.transcript])
    assert server.token not in saved
    assert server.url not in saved
    assert len(page.state["_esm"]) + len(page.state["_css"]) < 20_000


def test_one_panel_a_conversation(page: Page, kernel: Kernel) -> None:
    assert Page(kernel, "%sw chat").model == page.model


def test_the_end_of_the_job_is_told(kernel: Kernel, server: Server) -> None:
    server.run(engine="llamacpp", name="short")
    short = Page(kernel, "%sw chat short")
    server.ask("POST", "jobs/short/cancel")
    short.until(lambda: short.state["job"]["state"] == "cancelled", "the panel knows")
    assert "%sw rerun" in short.state["job"]["hint"]
    short.send(kind="say", content="hi")
    short.until(lambda: short.state["problem"], "the problem is told")


def test_a_paused_job_is_resumed_and_a_release_is_warned_of(kernel: Kernel, server: Server) -> None:
    job = server.run(engine="llamacpp", name="resting", release_after=700)
    resting = Page(kernel, "%sw chat resting")
    assert resting.state["job"]["warn_within"] == 600
    server.ask("POST", "jobs/resting/pause")
    resting.until(lambda: resting.state["job"]["state"] == "paused", "the panel knows")
    assert resting.state["job"]["release_at"] is None
    resting.send(kind="resume")
    resting.until(lambda: resting.state["job"]["state"] == "running", "it goes on")
    assert 0 < resting.state["job"]["ran_before"] < 60
    resting.send(kind="clock")
    resting.until(lambda: any("now" in message for message in resting.deltas), "the server's time")
    (clock,) = [message for message in resting.deltas if message["kind"] == "clock"]
    assert abs(clock["now"] - time.time()) < 2
    server.ask("PATCH", "jobs/resting", release_after=500)
    resting.until(lambda: resting.state["job"]["warn_within"] == 60, "who asked for less knows")
    server.ask("POST", f"jobs/{job['id']}/cancel")
