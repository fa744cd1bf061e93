"""A job at a glance: its page, the Running panel and the menu of the status bar."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import TOKEN, Lab, open_lab, show_panel, wait_for_app
from tests.browser.test_sidebar import SECOND, card, run_job, take_screenshot
from tests.support import process_gone, wait_until


@pytest.fixture
def job(lab: Lab) -> Iterator[dict[str, Any]]:
    """Return a job that runs; it is cancelled afterwards."""
    # The lines to copy set no limit to an answer: the job does.
    running = run_job(lab, release_after=900, defaults={"max_tokens": 60})
    yield running
    lab.api.post(f"jobs/{running['id']}/cancel")


def open_page(page: Page, job: dict[str, Any]) -> Locator:
    """Open a job's page from its card and return it."""
    card(page, job).get_by_role("button", name=job["name"], exact=True).click()
    opened = page.locator(f".jp-sw-JobPage:has([data-job='{job['id']}'])")
    expect(opened.get_by_role("heading", level=2)).to_have_text(job["name"])
    return opened


def steps(chart: Locator) -> int:
    """Return of how many figures a chart's first line is drawn."""
    path = chart.locator(".jp-sw-Chart-line").first.get_attribute("d") or ""
    return path.count("H")


def test_a_page_tells_all_about_a_job_while_it_works(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    open_lab(page, lab)
    show_panel(page)
    opened = open_page(page, job)
    context = f"{job['context']:,} tokens"
    for fact in (job["version"][:8], context, "after 15 min", job["engine"], job["id"]):
        expect(opened).to_contain_text(fact)
    expect(opened).to_contain_text(f"%sw run {job['model_name']} --version {job['version']}")

    # Figures come while it answers, and are drawn without being asked for.
    speed, requests = (opened.locator(f"[data-chart='{name}']") for name in ("speed", "requests"))
    before = steps(requests)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    chat = lab.api.post("chats", json={"job": job["id"], "params": {"max_tokens": 200}}).json()
    lab.api.post(f"chats/{chat['id']}/turns", json={"content": "Write a story about a river."})
    expect(requests).to_have_attribute(
        "aria-label", re.compile(r"Requests: 1 running"), timeout=10 * SECOND
    )
    expect(speed).to_have_attribute(
        "aria-label", re.compile(r"at most [1-9]\d* tok/s"), timeout=20 * SECOND
    )
    wait_until(lambda: steps(requests) > before, 10, "the line has grown")
    assert not [url for url in asked if "/jupyter-sw/" in url and f"jobs/{job['id']}" in url]
    take_screenshot(page, "job-overview")

    opened.get_by_role("tab", name="Events").click()
    lines = opened.get_by_role("list", name="Events").get_by_role("listitem")
    expect(lines.first).to_contain_text("Submitted")
    count = lines.count()
    assert count >= 4
    lab.api.patch(f"jobs/{job['id']}", json={"extend": 600})
    expect(lines).to_have_count(count + 1)
    take_screenshot(page, "job-events")

    opened.get_by_role("tab", name="Log").click()
    expect(opened.locator(".cm-content")).to_contain_text("jupyter_sw.worker")
    take_screenshot(page, "job-log")
    opened.get_by_role("tab", name="Chats").click()
    expect(opened.get_by_role("list", name="Conversations").get_by_role("listitem")).to_have_count(
        1
    )
    opened.get_by_role("button", name="Open chat").click()
    expect(page.locator(".jp-sw-Chat")).to_contain_text("Write a story about a river.")


def test_the_lines_to_copy_work_and_hold_no_token(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    open_lab(page, lab)
    show_panel(page)
    opened = open_page(page, job)
    opened.get_by_role("tab", name="Connect").click()
    opened.get_by_role("radio", name="Python requests").check()
    assert TOKEN not in opened.inner_text()
    code = opened.locator("pre").nth(1).inner_text()
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "JUPYTER_SW_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert len(answer.stdout.strip()) > 1
    opened.get_by_role("radio", name="curl").check()
    code = opened.locator("pre").nth(1).inner_text()
    answer = subprocess.run(
        ["bash", "-c", code.replace("curl ", "curl --silent ", 1)],
        env={**os.environ, "JUPYTER_SW_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert '"choices"' in answer.stdout, answer.stdout + answer.stderr
    take_screenshot(page, "job-connect")


def test_a_reload_restores_a_page_and_a_deleted_job_is_gone(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    open_lab(page, lab)
    show_panel(page)
    opened = open_page(page, job)
    opened.get_by_role("tab", name="Events").click()
    wait_until(
        lambda: f"jupyter-sw-job:{job['id']}" in (saved := lab.layout) and "events" in saved,
        20,
        "the layout is saved",
    )
    page.goto(f"{lab.url}lab")
    wait_for_app(page, kernel=False)
    expect(opened.get_by_role("tab", name="Events", selected=True)).to_be_visible()
    expect(opened.get_by_role("list", name="Events")).to_contain_text("Submitted")

    lab.api.post(f"jobs/{job['id']}/cancel")
    expect(opened.get_by_role("button", name="Run again")).to_be_visible(timeout=10 * SECOND)
    assert lab.api.delete(f"jobs/{job['id']}").status_code == 204
    gone = page.get_by_role("alert").filter(has_text="This job is gone")
    expect(gone).to_be_visible()
    take_screenshot(page, "job-gone")
    gone.get_by_role("button", name="Show the jobs there are").click()
    expect(page.locator("#jupyter-sw-panel")).to_be_visible()


def test_the_running_panel_lists_opens_and_ends_jobs(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    open_lab(page, lab)
    page.evaluate("() => jupyterapp.shell.activateById('jp-running-sessions')")
    item = page.locator(f"#jp-running-sessions [data-context='{job['id']}']")
    expect(item).to_contain_text(job["name"], timeout=10 * SECOND)
    expect(item).to_contain_text(re.compile(r"running · 1[45] min left"))
    item.locator(".jp-RunningSessions-itemLabel").click()
    expect(page.locator(".jp-sw-JobPage")).to_be_visible()
    item.hover()
    take_screenshot(page, "running")
    item.get_by_title("Cancel Job…").click()
    page.get_by_role("dialog").locator(".jp-mod-accept").click()
    wait_until(lambda: process_gone(job["pid"]), 5, "the worker's process is gone")
    expect(item).to_have_count(0, timeout=10 * SECOND)


def test_the_status_bar_opens_a_menu(page: Page, lab: Lab, job: dict[str, Any]) -> None:
    open_lab(page, lab)
    item = page.locator(".jp-sw-Status-button")
    item.click()
    menu = page.locator(".jp-sw-MenuWidget")
    expect(menu).to_contain_text(job["name"])
    expect(menu).to_contain_text(re.compile(r"GiB free"))
    expect(menu).to_contain_text(re.compile(rf"Next: {job['name']} released in 1\d:\d\d"))
    take_screenshot(page, "status-menu")
    menu.get_by_role("button", name="+15 min").click()
    wait_until(
        lambda: lab.api.get(f"jobs/{job['id']}").json()["release_at"] > job["release_at"] + 800,
        5,
        "15 minutes more",
    )
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(item).to_be_focused()
    item.press("Enter")
    menu.get_by_role("button", name="Run a model…").click()
    expect(menu).to_have_count(0)
    expect(page.get_by_role("form", name="Run a model")).to_be_visible()
