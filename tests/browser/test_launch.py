"""The form of the sidebar, from the first look to the first answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Lab, open_lab, show_panel, start_lab, stop_lab
from tests.browser.test_sidebar import take_screenshot
from tests.support import MODEL, wait_until

SECOND = 1000  # milliseconds


def form(page: Page) -> Any:
    """Return the form."""
    return page.get_by_role("form", name="Run a model")


def live_job(lab: Lab) -> dict[str, Any]:
    """Return the one live job once it runs."""
    return wait_until(
        lambda: [job for job in lab.jobs() if job["state"] == "running"], 30, "the job runs"
    )[0]


def test_from_a_fresh_form_to_an_answer_by_the_keyboard(page: Page, lab: Lab) -> None:
    open_lab(page, lab, "quickstart.ipynb")
    show_panel(page)
    page.locator("#jupyter-sw-panel").get_by_role("button", name="Run a model…").press("Enter")
    expect(form(page).get_by_role("combobox", name="Model")).to_have_value(MODEL)
    expect(form(page).get_by_role("combobox", name="Model")).to_be_focused()
    expect(form(page).get_by_role("status")).to_contain_text("Fits now cpu", timeout=10 * SECOND)
    form(page).get_by_label(re.compile("Auto-release$")).select_option("30 min")
    line = f"%sw run {MODEL} --release 30m"
    expect(form(page).locator("pre")).to_have_text(line)
    take_screenshot(page, "launch")
    form(page).get_by_role("button", name="Insert").click()
    expect(page.locator(".jp-Cell").filter(has_text=line)).to_have_count(1)

    form(page).get_by_role("combobox", name="Model").press("Enter")
    expect(form(page)).to_have_count(0, timeout=5 * SECOND)
    job = live_job(lab)
    assert job["release_after"] == 1800
    assert job["owner"]["client"] == "lab"
    lab.api.post("chats", json={"job": job["id"], "params": {"temperature": 0}})
    mine = page.locator(f".jp-sw-Job[data-job='{job['id']}']")
    mine.get_by_role("button", name="Chat", exact=True).press("Enter")
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.fill("What is the capital of France?")
    box.press("Enter")
    expect(page.locator(".jp-sw-Chat")).to_contain_text("Paris", timeout=20 * SECOND)
    lab.api.post(f"jobs/{job['id']}/cancel")
    expect(mine).to_have_attribute("data-state", "cancelled", timeout=10 * SECOND)

    # The next form begins with what ran last; an ended job opens it as that job was.
    page.evaluate("() => jupyterapp.commands.execute('jupyter-sw:launch')")
    expect(form(page).locator("pre")).to_have_text(line, timeout=10 * SECOND)
    page.keyboard.press("Escape")
    expect(form(page)).to_have_count(0)
    mine.hover()
    mine.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Run Again With Changes").click()
    expect(form(page).get_by_role("status")).to_contain_text("Fits now cpu", timeout=10 * SECOND)
    expect(form(page).locator("pre")).to_contain_text("--release 30m")
    page.keyboard.press("Escape")


def test_a_model_of_the_disk_is_run_from_the_file_browser(
    page: Page, lab: Lab, smollm2: Any
) -> None:
    (lab.root / "mine.gguf").symlink_to(smollm2.path)
    open_lab(page, lab)
    page.evaluate("() => jupyterapp.shell.activateById('filebrowser')")
    page.locator(".jp-DirListing-item").filter(has_text="mine.gguf").click(button="right")
    page.get_by_role("menuitem", name="Run as a Model").click()
    chosen = form(page).get_by_role("combobox", name="Model")
    expect(chosen).to_have_value(str(lab.root / "mine.gguf"), timeout=10 * SECOND)
    expect(form(page).get_by_role("status")).to_contain_text("Fits now cpu", timeout=10 * SECOND)
    chosen.press("Enter")
    job = live_job(lab)
    assert job["model_name"] == "mine"
    lab.api.post(f"jobs/{job['id']}/cancel")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a JupyterLab with simulated GPUs and a bound on how long jobs run."""
    home = tmp_path_factory.mktemp("simulated")
    root: Path = home / "work"
    root.mkdir()
    running = start_lab(
        home,
        root,
        "jupyterlab",
        "--SwApp.simulated_devices=A100 80G*2,A10 24G*1",
        "--SwApp.max_release_after=14400",
    )
    yield running
    stop_lab(running)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_form_tells_what_fits_where(page: Page, simulated: Lab, theme: str) -> None:
    open_lab(page, simulated)
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.locator(".jp-LauncherCard").filter(has_text="Run a Model").click()
    model = form(page).get_by_role("combobox", name="Model")
    model.fill("llama 70")
    expect(page.locator(".jp-sw-Combo-option")).to_have_count(3)
    take_screenshot(page, f"launch-list-{theme[-5:].strip()}")
    model.press("ArrowDown")
    model.press("ArrowUp")
    model.press("Enter")
    status = form(page).get_by_role("status")
    expect(status).to_contain_text("Does not fit", timeout=10 * SECOND)
    expect(form(page).get_by_role("button", name="Run", exact=True)).to_be_disabled()
    expect(status).to_contain_text("It fits on 2 together: --resource 'A100 80G*2'.")
    resource = form(page).get_by_label(re.compile("Resource$"))
    take_screenshot(page, f"launch-never-{theme[-5:].strip()}")
    resource.select_option("A100 80G*2")
    expect(status).to_contain_text("cuda:0 (simulated), cuda:1 (simulated)", timeout=10 * SECOND)
    expect(status).to_contain_text("To download first")
    expect(form(page)).to_contain_text("No job runs longer than 4 h here.")
    page.set_viewport_size({"width": 700, "height": 900})
    take_screenshot(page, f"launch-fits-{theme[-5:].strip()}")
    model.fill("llama3-70b-chatt")
    expect(status).to_contain_text("There is no model", timeout=10 * SECOND)
    page.keyboard.press("Escape")
