"""The sidebar and its tabs, as a person uses them."""

from __future__ import annotations

import os
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Lab, open_lab, show_panel
from tests.support import MODEL, process_gone, wait_until

SECOND = 1000  # milliseconds


def run_job(lab: Lab, **request: Any) -> dict[str, Any]:
    """Run the real model by the API and return its job once it runs."""
    answer = lab.api.post("jobs", json={"model": MODEL, **request})
    assert answer.status_code == 201, answer.text
    key = answer.json()["id"]

    def running() -> dict[str, Any] | None:
        job = dict(lab.api.get(f"jobs/{key}").json())
        assert job["state"] not in ("failed", "cancelled"), job["reason"]
        return job if job["state"] == "running" else None

    return wait_until(running, 30, "the job runs")


def card(page: Page, job: dict[str, Any]) -> Any:
    """Return a job's card."""
    return page.locator(f".jp-sw-Job[data-job='{job['id']}']")


def test_an_empty_panel_says_how_to_begin(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    show_panel(page)
    panel = page.locator("#jupyter-sw-panel")
    expect(panel).to_contain_text("%sw run smollm2-135m-chat")
    expect(panel).to_contain_text("GiB free")


def test_a_job_is_seen_chatted_with_extended_read_and_cancelled(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    show_panel(page)
    job = run_job(lab, release_after=300)
    mine = card(page, job)
    expect(mine).to_have_attribute("data-state", "running", timeout=10 * SECOND)
    expect(mine.locator(".jp-sw-Countdown")).to_be_visible()

    mine.get_by_role("button", name="+15 min").click()
    later = job["release_at"] + 800
    wait_until(
        lambda: (lab.api.get(f"jobs/{job['id']}").json()["release_at"] or 0) > later,
        5,
        "the release time has moved by 15 minutes",
    )

    mine.get_by_role("button", name="Logs").click()
    expect(page.locator(".cm-content").filter(has_text="jupyter_sw.worker")).to_be_visible()

    # A chat with settings that make this small model's answer the same every time.
    lab.api.post("chats", json={"job": job["id"], "params": {"temperature": 0}})
    mine.get_by_role("button", name="Chat", exact=True).click()
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.fill("What is the capital of France?")
    box.press("Enter")
    expect(page.locator(".jp-sw-Chat")).to_contain_text("Paris", timeout=20 * SECOND)

    mine.get_by_role("button", name="Cancel").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(job["name"])
    dialog.locator(".jp-mod-accept").click()
    wait_until(lambda: process_gone(job["pid"]), 5, "the worker's process is gone")
    expect(mine).to_have_attribute("data-state", "cancelled")


def test_a_reload_in_an_answer_loses_nothing(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    show_panel(page)
    job = run_job(lab, release_after=300)
    lab.api.post("chats", json={"job": job["id"], "params": {"max_tokens": 150}})
    card(page, job).get_by_role("button", name="Chat", exact=True).click()
    box = page.get_by_role("textbox", name=re.compile("Message"))
    wait_until(lambda: f"jupyter-sw-chat:{job['id']}" in lab.layout, 20, "the layout is saved")
    box.fill("Write a long story about a river.")
    box.press("Enter")
    wait_until(lambda: turn_of(lab, job)["reply"], 10, "the first words")
    page.goto(f"{lab.url}lab")  # without ?reset the layout comes back
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => window.jupyterapp.restored")
    ended = wait_until(
        lambda: (turn := turn_of(lab, job))["state"] != "running" and turn, 120, "the answer's end"
    )
    last_words = " ".join(ended["reply"].split()[-4:])
    expect(page.locator(".jp-sw-Chat")).to_contain_text(last_words, timeout=10 * SECOND)
    lab.api.post(f"jobs/{job['id']}/cancel")


def test_a_job_is_paused_resumed_run_again_deleted_and_restored(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    show_panel(page)
    job = run_job(lab, release_after=600)
    mine = card(page, job)
    mine.get_by_role("button", name="Pause").click()
    expect(mine).to_have_attribute("data-state", "paused", timeout=10 * SECOND)
    expect(mine.locator(".jp-sw-Countdown")).to_have_count(0)
    wait_until(lambda: process_gone(job["pid"]), 5, "its memory is given back")
    take_screenshot(page, "paused")
    mine.get_by_role("button", name="Resume").click()
    expect(mine).to_have_attribute("data-state", "running", timeout=20 * SECOND)
    lab.api.post(f"jobs/{job['id']}/cancel")
    expect(mine).to_have_attribute("data-state", "cancelled", timeout=10 * SECOND)

    mine.hover()
    mine.get_by_role("button", name="Run again").click()
    again = wait_until(
        lambda: [other for other in lab.jobs("live") if other["rerun_of"] == job["id"]], 10, "again"
    )[0]
    expect(card(page, again)).to_have_attribute("data-state", "running", timeout=20 * SECOND)
    lab.api.post(f"jobs/{again['id']}/cancel")

    mine.hover()
    mine.get_by_role("button", name="Delete").click()
    expect(mine).to_have_count(0, timeout=5 * SECOND)
    take_screenshot(page, "deleted")
    page.get_by_role("button", name="Undo").click()
    expect(mine).to_have_count(1, timeout=5 * SECOND)


def test_a_release_is_warned_about_and_put_off_with_a_click(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    show_panel(page)
    job = run_job(lab, release_after=62)
    toast = page.locator(".Toastify__toast").filter(has_text="Is released in 1 min")
    expect(toast).to_be_visible(timeout=10 * SECOND)
    take_screenshot(page, "warning")
    toast.get_by_role("button", name="+15 min").click()
    wait_until(
        lambda: lab.api.get(f"jobs/{job['id']}").json()["release_at"] > job["release_at"] + 800,
        5,
        "it is released 15 minutes later",
    )
    expect(toast).to_have_count(0, timeout=10 * SECOND)
    lab.api.post(f"jobs/{job['id']}/cancel")


def choose(page: Page, job: Any, item: str) -> Any:
    """Choose from a job's menu and return the dialog that opens."""
    job.hover()
    job.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=item).click()
    return page.get_by_role("dialog")


def answer(dialog: Any, text: str) -> None:
    """Type into a dialog's field and accept."""
    dialog.locator("input").fill(text)
    dialog.locator("input").press("Enter")
    expect(dialog).to_have_count(0)


def test_jobs_are_renamed_moved_filtered_and_deleted_at_once(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    show_panel(page)
    for old in lab.jobs("ended"):
        lab.api.delete(f"jobs/{old['id']}")
    ended, other, paused = (run_job(lab, release_after=600) for _ in range(3))
    lab.api.post(f"jobs/{paused['id']}/pause")
    for job in (ended, other):
        lab.api.post(f"jobs/{job['id']}/cancel")
        expect(card(page, job)).to_have_attribute("data-state", "cancelled", timeout=10 * SECOND)

    mine = card(page, ended)
    answer(choose(page, mine, "Rename"), "my first try")
    expect(mine).to_contain_text("my first try")
    answer(choose(page, mine, "Comment"), "For chapter 3")
    expect(mine).to_contain_text("For chapter 3")
    answer(choose(page, mine, "Move"), "thesis")
    expect(mine).to_contain_text("thesis")
    assert lab.api.get(f"jobs/{ended['id']}").json()["project"] == "thesis"
    take_screenshot(page, "labelled")

    cards = page.locator(".jp-sw-Job")
    panel = page.locator("#jupyter-sw-panel")
    panel.get_by_role("combobox", name="Project").select_option("thesis")
    expect(cards).to_have_count(1)
    panel.get_by_role("combobox", name="Project").select_option("")
    panel.get_by_role("searchbox", name="Filter jobs").fill("paused")
    expect(cards).to_have_count(1)
    expect(card(page, paused)).to_be_visible()
    panel.get_by_role("searchbox", name="Filter jobs").fill("")
    expect(cards).to_have_count(3)
    for theme in ("Dark", "Light"):
        use_theme(page, theme)
        mine.hover()
        take_screenshot(page, f"jobs-{theme}")

    panel.get_by_role("button", name="Delete all").click()
    expect(cards).to_have_count(1)
    toast = page.locator(".Toastify__toast").filter(has_text="2 ended jobs were deleted.")
    toast.get_by_role("button", name="Undo").click()
    expect(cards).to_have_count(3)
    expect(mine).to_contain_text("my first try")
    lab.api.post(f"jobs/{paused['id']}/cancel")


def test_a_paused_jobs_chat_resumes_it(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    show_panel(page)
    job = run_job(lab, release_after=600)
    mine = card(page, job)
    mine.get_by_role("button", name="Chat", exact=True).click()
    chat = page.locator(".jp-sw-Chat")
    expect(chat.get_by_role("textbox", name=re.compile("Message"))).to_be_visible()
    mine.get_by_role("button", name="Pause").click()
    resume = chat.get_by_role("button", name="Resume")
    expect(resume).to_be_visible(timeout=10 * SECOND)
    take_screenshot(page, "paused-chat")
    resume.click()
    expect(mine).to_have_attribute("data-state", "running", timeout=20 * SECOND)
    expect(chat.get_by_role("textbox", name=re.compile("Message"))).to_be_visible()
    lab.api.post(f"jobs/{job['id']}/cancel")


def use_theme(page: Page, name: str) -> None:
    """Change JupyterLab's theme."""
    page.evaluate(
        "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})",
        f"JupyterLab {name}",
    )
    page.locator(f"body[data-jp-theme-name='JupyterLab {name}']").wait_for(state="attached")


def take_screenshot(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look."""
    if directory := os.environ.get("SW_LOOK"):
        page.screenshot(path=f"{directory}/{name}.png")


def test_a_job_released_by_its_clock_moves_to_the_ended(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    show_panel(page)
    job = run_job(lab, release_after=4)
    mine = card(page, job)
    expect(mine).to_have_attribute("data-state", "released", timeout=15 * SECOND)
    expect(mine).to_contain_text("released", ignore_case=True)


def turn_of(lab: Lab, job: dict[str, Any]) -> dict[str, Any]:
    """Return the last turn of the job's newest chat."""
    chats = lab.api.get("chats", params={"job": job["id"]}).json()["chats"]
    turns = lab.api.get(f"chats/{chats[0]['id']}").json()["turns"] if chats else []
    return dict(turns[-1]) if turns else {"reply": "", "state": "running"}
