"""A real kernel, driven as a front end drives it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

from tests.support import isolated_environment


class Cell:
    """What a cell left: its reply and its messages on iopub."""

    def __init__(self, reply: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        self.reply = reply["content"]
        self.messages = messages

    @property
    def ok(self) -> bool:
        return bool(self.reply["status"] == "ok")

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the contents of the messages of some kinds."""
        return [m["content"] for m in self.messages if m["header"]["msg_type"] in kinds]

    @property
    def shown(self) -> list[str]:
        """Return the text of every version of every output."""
        kinds = ("execute_result", "display_data", "update_display_data")
        return [str(content["data"].get("text/plain", "")) for content in self.of(*kinds)]

    @property
    def printed(self) -> str:
        return "".join(content["text"] for content in self.of("stream"))


class Kernel:
    """A running kernel."""

    def __init__(self, manager: Any, client: Any) -> None:
        self.manager = manager
        self.client = client

    def start(self, code: str) -> str:
        """Send a cell and return its message id."""
        return str(self.client.execute(code))

    def finish(self, message_id: str, timeout: float = 120) -> Cell:
        """Wait for a cell's end."""
        deadline = time.monotonic() + timeout
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=deadline - time.monotonic())
            if message["parent_header"].get("msg_id") != message_id:
                continue
            messages.append(message)
            content = message["content"]
            if message["header"]["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=deadline - time.monotonic())
            if reply["parent_header"].get("msg_id") == message_id:
                return Cell(reply, messages)

    def run(self, code: str) -> Cell:
        """Run a cell, whatever comes of it."""
        return self.finish(self.start(code))

    def value(self, code: str) -> Any:
        """Run a cell that must succeed and return its last expression's text."""
        cell = self.run(code)
        assert cell.ok, cell.reply
        (result,) = cell.of("execute_result")
        return result["data"]["text/plain"]

    def complete(self, code: str) -> list[str]:
        """Return what TAB offers at the end of `code`."""
        reply = self.client.complete(code, len(code), reply=True, timeout=30)
        return list(reply["content"]["matches"])


@contextmanager
def running_kernel(home: Path) -> Iterator[Kernel]:
    """Start a kernel that finds the private server of `home`."""
    manager, client = start_new_kernel(
        kernel_name="python3", env=isolated_environment(home), cwd=str(home)
    )
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
