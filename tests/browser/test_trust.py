"""The demonstration of trust: a queue with a reason, a release on time, a server that is killed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Lab, open_lab, show_panel, start_lab, stop_lab
from tests.standin.model import tiny_gguf
from tests.support import REPO, process_gone, wait_until

SECOND = 1000  # milliseconds
OPTIONS = ("--SwApp.simulated_devices=A100 80G*1", "--SwApp.lease_seconds=30")


def submit(lab: Lab, model: str, **request: Any) -> dict[str, Any]:
    answer = lab.api.post("jobs", json={"model": model, "resource": "A100 80G*1", **request})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def in_state(lab: Lab, job: dict[str, Any], state: str, timeout: float = 20) -> dict[str, Any]:
    def probe() -> dict[str, Any] | None:
        found = dict(lab.api.get(f"jobs/{job['id']}").json())
        return found if found["state"] == state else None

    return wait_until(probe, timeout, f"{job['name']} is {state}")


@pytest.mark.slow
def test_one_waits_says_why_gets_its_turn_and_outlives_its_server(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers are real processes with an engine that counts: 60 GiB of weights need not be."""
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    work = tmp_path / "work"
    work.mkdir()
    large, other = (tiny_gguf(work, name, 60) for name in ("large-chat", "other-chat"))
    lab = start_lab(tmp_path, work, "tests.standin.lab", *OPTIONS)
    try:
        open_lab(page, lab)
        show_panel(page)
        first = submit(lab, large, release_after=6)
        loaded = in_state(lab, first, "running")
        second = submit(lab, other, release_after=600)
        card = page.locator(f".jp-sw-Job[data-job='{second['id']}']")
        expect(card).to_have_attribute("data-state", "queued", timeout=5 * SECOND)
        expect(card).to_contain_text(re.compile(r"Needs 6\d\.\d GiB on one device"))
        expect(card).to_contain_text("large-chat holds")
        expect(card).to_contain_text("is released in")
        expect(card).to_contain_text("simulated")

        released = in_state(lab, first, "released")
        assert released["reason"] == "Auto-released after 6 s."
        assert process_gone(loaded["pid"])
        running = in_state(lab, second, "running")
        expect(card).to_have_attribute("data-state", "running", timeout=5 * SECOND)
        expect(card.locator(".jp-sw-Countdown")).to_be_visible()

        card.get_by_role("button", name="Chat", exact=True).click()
        box = page.get_by_role("textbox", name=re.compile("Message"))
        box.fill("Count, please.")
        box.press("Enter")
        expect(page.locator(".jp-sw-Chat")).to_contain_text("0 1 2 3 4 5", timeout=10 * SECOND)

        lab.process.kill()
        lab.process.wait()
        lab = start_lab(tmp_path, work, "tests.standin.lab", *OPTIONS)
        page.goto(f"{lab.url}lab?token=token-of-the-browser-tests")
        page.wait_for_function("() => window.jupyterapp")
        page.evaluate("() => window.jupyterapp.restored")
        adopted = in_state(lab, second, "running")
        assert adopted["pid"] == running["pid"]
        assert abs(adopted["release_at"] - running["release_at"]) < 0.01
        show_panel(page)
        expect(card).to_have_attribute("data-state", "running", timeout=10 * SECOND)
        card.get_by_role("button", name="Chat", exact=True).click()
        expect(page.locator(".jp-sw-Chat")).to_contain_text("0 1 2 3 4 5", timeout=10 * SECOND)
        box = page.get_by_role("textbox", name=re.compile("Message"))
        box.fill("Once more.")
        box.press("Enter")
        expect(page.locator(".jp-sw-Turn, .jp-sw-Chat")).to_contain_text(
            re.compile(r"Once more\.[\s\S]*0 1 2 3"), timeout=10 * SECOND
        )
    finally:
        stop_lab(lab)
    assert process_gone(running["pid"]), "a server that stops leaves no worker"
