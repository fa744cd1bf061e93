"""The first five minutes: the quickstart in JupyterLab, from Run All to the memory given back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Lab, open_lab, show_panel, wait_for_app
from tests.support import REPO, process_gone, wait_until

SECOND = 1000  # milliseconds
PANEL = ".jp-Notebook .sw-panel"
# The picture in the README is this test's own; `make screenshots` puts it there.
PICTURES = Path(os.environ.get("SW_SCREENSHOTS", REPO / "build" / "screenshots"))


def last_turn(lab: Lab, job: dict[str, Any]) -> dict[str, Any]:
    """Return the last turn of the job's newest conversation."""
    chat = lab.api.get("chats", params={"job": job["id"]}).json()["chats"][0]
    return dict(lab.api.get(f"chats/{chat['id']}").json()["turns"][-1])


def say(page: Page, text: str) -> None:
    """Type a message into the panel of the notebook and send it."""
    box = page.locator(PANEL).get_by_role("textbox", name="Message")
    box.fill(text)
    box.press("Enter")


def test_the_quickstart_from_run_all_to_memory_given_back(page: Page, lab: Lab) -> None:
    open_lab(page, lab, "quickstart.ipynb")
    show_panel(page)
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    panel = page.locator(PANEL)
    expect(panel).to_be_visible(timeout=90 * SECOND)
    expect(page.locator(".jp-Notebook")).to_contain_text("The capital of France is Paris.")
    job = lab.jobs()[0]
    card = page.locator(f".jp-sw-Job[data-job='{job['id']}']")
    expect(card).to_have_attribute("data-state", "running")
    countdown = card.locator(".jp-sw-Countdown")
    expect(countdown).to_be_visible()
    page.wait_for_function(
        "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )

    # Tokens appear over time.
    panel.get_by_text("Settings").click()
    panel.get_by_role("spinbutton", name="Longest reply").fill("200")
    panel.get_by_role("spinbutton", name="Longest reply").press("Tab")
    say(page, "Write a long story about a river and its bridges.")
    reply = panel.locator(".sw-reply").last
    lengths: list[int] = []
    while last_turn(lab, job)["state"] == "running" or len(lengths) < 2:
        length = len(reply.inner_text())
        if not lengths or length > lengths[-1]:
            lengths.append(length)
        page.wait_for_timeout(100)
    assert len(lengths) >= 4, f"the reply grew in {len(lengths)} steps: {lengths}"
    ended = last_turn(lab, job)
    assert ended["usage"]["completion_tokens"] > 20

    panel.get_by_text("Settings").click()
    PICTURES.mkdir(parents=True, exist_ok=True)
    panel.scroll_into_view_if_needed()
    page.screenshot(path=PICTURES / "screenshot.png")

    # A reload in the middle of an answer loses nothing.
    say(page, "Now write a long story about a mountain.")
    wait_until(
        lambda: (t := last_turn(lab, job))["n"] > ended["n"] and t["reply"], 20, "its first words"
    )
    page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    wait_for_app(page, kernel=True)
    whole = wait_until(
        lambda: (t := last_turn(lab, job))["state"] == "done" and t, 60, "the answer's end"
    )
    again = page.locator(PANEL).locator(".sw-reply").last
    last_words = whole["reply"].split()[-1].strip(".,!?\"'*")
    expect(page.locator(PANEL)).to_be_visible(timeout=20 * SECOND)
    expect(again).to_contain_text(last_words, timeout=20 * SECOND)
    assert len(again.inner_text()) > 0.7 * len(whole["reply"])

    # The countdown ticks; extending moves it.
    show_panel(page)
    label = countdown.get_attribute("aria-label")
    expect(countdown).not_to_have_attribute("aria-label", label or "", timeout=70 * SECOND)
    before = lab.api.get(f"jobs/{job['id']}").json()["release_at"]
    card.get_by_role("button", name="+15 min").click()
    wait_until(
        lambda: lab.api.get(f"jobs/{job['id']}").json()["release_at"] > before + 800,
        5,
        "15 minutes more",
    )

    # Cancel from the sidebar: the worker is gone within five seconds.
    card.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").locator(".jp-mod-accept").click()
    wait_until(lambda: process_gone(job["pid"]), 5, "the worker's process is gone")
    expect(card).to_have_attribute("data-state", "cancelled")
    expect(page.locator(PANEL)).to_contain_text("cancelled", timeout=10 * SECOND)


def test_stop_works_while_a_cell_runs(page: Page, lab: Lab) -> None:
    open_lab(page, lab, "quickstart.ipynb")
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    expect(page.locator(PANEL)).to_be_visible(timeout=90 * SECOND)
    page.wait_for_function(
        "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    job = lab.jobs()[0]
    page.evaluate(
        "() => { jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({code: 'import time; time.sleep(30)'}); }"
    )
    page.wait_for_function(
        "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'busy'"
    )
    say(page, "Write a very long story about the sea.")
    wait_until(
        lambda: (t := last_turn(lab, job))["state"] == "running" and t["reply"], 20, "first words"
    )
    page.locator(PANEL).get_by_role("button", name="Stop").click()
    wait_until(lambda: last_turn(lab, job)["state"] == "stopped", 5, "it stops")
    lab.api.post(f"jobs/{job['id']}/cancel")
