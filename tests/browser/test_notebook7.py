"""Notebook 7: it has room for one document, so chats and pages of jobs open beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import TOKEN, Lab, start_lab, stop_lab
from tests.browser.test_chat import cells, make_chat, notebook
from tests.browser.test_sidebar import SECOND, card, take_screenshot
from tests.standin.model import tiny_gguf
from tests.support import REPO, wait_until

CODE = "Try this:\n\n```python\nprint(6 * 7)\n```"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a Notebook 7 with a notebook that has an error in it."""
    home = tmp_path_factory.mktemp("notebook")
    broken = notebook("total = price * 2", "b = 2")
    broken["cells"][0]["outputs"] = [
        {"output_type": "error", "ename": "NameError", "evalue": "price", "traceback": []}
    ]
    (home / "work").mkdir()
    (home / "work" / "broken.ipynb").write_text(json.dumps(broken))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPO))
        running = start_lab(home, home / "work", "tests.standin.notebook")
    yield running
    stop_lab(running)


@pytest.fixture(scope="module")
def jobs(lab: Lab) -> list[dict[str, Any]]:
    """Return two running jobs that the tests share."""
    for name in ("first-chat", "second-chat"):
        model = tiny_gguf(lab.root, name)
        body = {"model": model, "resource": "cpu", "release_after": 900}
        assert lab.api.post("jobs", json=body).status_code == 201
    wait_until(lambda: len(running(lab)) == 2, 30, "both run")
    return sorted(running(lab), key=lambda job: str(job["name"]))


def running(lab: Lab) -> list[dict[str, Any]]:
    """Return the jobs that run."""
    return [job for job in lab.jobs() if job["state"] == "running"]


def open_page(page: Page, lab: Lab, path: str) -> None:
    """Open a page of Notebook 7 with our sidebar."""
    page.goto(f"{lab.url}{path}?token={TOKEN}")
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => window.jupyterapp.restored")
    page.evaluate("() => window.jupyterapp.commands.execute('jupyter-sw:show-panel')")


def code_verbs(view: Locator) -> list[str]:
    """Return what can be done with the code of an answer."""
    return view.get_by_role("group", name="This code").get_by_role("button").all_inner_texts()


@pytest.mark.slow
def test_the_chat_panel_in_a_notebook_answers(
    page: Page, lab: Lab, jobs: list[dict[str, Any]]
) -> None:
    cells = notebook("%load_ext jupyter_sw", f"%sw chat {jobs[0]['id']} --max-tokens 20")
    (lab.root / "panel.ipynb").write_text(json.dumps(cells))
    open_page(page, lab, "notebooks/panel.ipynb")
    status = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
    page.wait_for_function(f"() => {status} === 'idle'")
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    panel = page.locator(".sw-panel")
    expect(panel).to_contain_text("running", timeout=30 * SECOND)
    box = panel.get_by_role("textbox", name="Message")
    box.fill("Count.")
    box.press("Enter")
    expect(panel).to_contain_text("0 1 2 3 4 5", timeout=20 * SECOND)
    expect(panel.get_by_role("button", name="Regenerate")).to_be_visible()
    take_screenshot(page, "notebook7-panel")


@pytest.mark.slow
def test_a_notebook_keeps_its_place_beside_pages_and_chats(
    page: Page, lab: Lab, jobs: list[dict[str, Any]]
) -> None:
    first, second = jobs
    chat = make_chat(lab, first, ("What is six times seven?", CODE))
    open_page(page, lab, "notebooks/broken.ipynb")
    document = page.locator(".jp-Notebook .jp-Cell")
    mine = card(page, first)
    mine.get_by_role("button", name="first-chat", exact=True).click()
    job_page = page.locator(".jp-sw-JobPage")
    expect(job_page.get_by_role("heading", level=2)).to_have_text("first-chat")
    expect(document.first).to_be_visible()
    take_screenshot(page, "notebook7-page")

    # A chat takes the page's place, and puts code into the notebook.
    args = {"job": first["id"], "chat": chat}
    page.evaluate("args => { jupyterapp.commands.execute('jupyter-sw:open-chat', args); }", args)
    view = page.locator(f".jp-sw-Chat[data-job='{first['id']}']")
    expect(view).to_contain_text("What is six times seven?")
    expect(job_page).to_be_hidden()
    # A new notebook would open in another tab of the browser, without the code.
    expect(view.get_by_role("group", name="This code")).to_be_visible()
    assert code_verbs(view) == ["Copy", "Insert below", "Replace cell"]
    document.last.click()
    view.get_by_role("button", name="Insert below").click()
    assert cells(page) == ["total = price * 2", "b = 2", "print(6 * 7)"]

    # The toolbar of a cell asks the newest job.
    document.first.locator(".jp-InputPrompt").click()
    explain = "Have a running model explain this error and mend it"
    document.first.locator(".jp-cell-toolbar").get_by_role("button", name=explain).click()
    asked = page.locator(f".jp-sw-Chat[data-job='{second['id']}']")
    expect(asked).to_contain_text("Explain the error of this cell")
    expect(asked).to_contain_text("0 1 2 3 4 5", timeout=10 * SECOND)
    asked.get_by_role("button", name="Stop").click()
    expect(document.first).to_be_visible()
    take_screenshot(page, "notebook7-chat")

    asked.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Ask Two Models Side by Side…").click()
    page.get_by_role("dialog").get_by_role("button", name="Continue").click()
    both = page.locator(".jp-sw-Compare")
    box = both.get_by_role("textbox", name="Message")
    box.fill("Count, please.")
    box.press("Enter")
    for job in jobs:
        column = both.locator(f"[data-job='{job['id']}']")
        expect(column).to_contain_text("0 1 2 3", timeout=10 * SECOND)
        expect(column.get_by_role("log")).to_be_in_viewport()
    take_screenshot(page, "notebook7-compare")
    both.get_by_role("button", name="Stop").click()


def test_the_page_of_files_offers_nothing_that_needs_a_notebook(
    page: Page, lab: Lab, jobs: list[dict[str, Any]]
) -> None:
    make_chat(lab, jobs[0], ("What is six times seven?", CODE))
    open_page(page, lab, "tree")
    card(page, jobs[0]).get_by_role("button", name="Chat", exact=True).click()
    view = page.locator(".jp-sw-Chat")
    expect(view.get_by_role("group", name="This code")).to_be_visible()
    assert code_verbs(view) == ["Copy"]
    card(page, jobs[0]).get_by_role("button", name="first-chat", exact=True).click()
    again = page.locator(".jp-sw-JobPage-again")
    expect(again).to_contain_text(re.compile(r"%sw run .*first-chat"))
    expect(again.get_by_role("button")).to_have_text(["Copy"])

    # The tour shows JupyterLab's places.
    page.get_by_role("menuitem", name="Help").click()
    page.get_by_role("menuitem", name=re.compile("About")).first.wait_for()
    expect(page.get_by_role("menuitem", name="Guided Tour")).to_have_count(0)
