"""Every view for everybody: axe-core finds nothing of WCAG's levels A and AA in three themes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Lab, open_lab, show_panel
from tests.browser.test_chat import make_chat, show_chat
from tests.browser.test_sidebar import card, run_job, take_screenshot, use_theme
from tests.support import REPO

AXE = Path(os.environ.get("SW_AXE", REPO / "node_modules" / "axe-core" / "axe.min.js"))
THEMES = ("Light", "Dark", "Dark High Contrast")
RUN = """async selector => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
  const {violations} = await axe.run(selector, {runOnly: tags});
  return violations.flatMap(({id, nodes}) => nodes.map(node =>
    `${id}: ${node.html.slice(0, 160)} — ${node.any.map(check => check.message).join('; ')}`));
}"""
ANSWER = """A [link](https://example.org), `code` and

```python
print("Paris")
```

| city | land |
| --- | --- |
| Paris | France |
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def job(lab: Lab) -> Iterator[dict[str, Any]]:
    """Return a running job that the tests share."""
    running = run_job(lab, release_after=1800)
    yield running
    lab.api.post(f"jobs/{running['id']}/cancel")


@pytest.fixture
def shown(page: Page, lab: Lab) -> Page:
    """Return a JupyterLab that axe-core was put into."""
    open_lab(page, lab)
    page.add_script_tag(path=AXE)
    return page


def check(page: Page, view: Locator, name: str) -> None:
    """Assert that a view has no violation in any theme."""
    found = {}
    view.evaluate("node => node.setAttribute('data-axe', '')")
    for theme in THEMES:
        use_theme(page, theme)
        expect(view).to_be_visible()
        page.wait_for_timeout(300)  # colours that change gently have changed
        take_screenshot(page, f"access-{name}-{theme}")
        found[theme] = page.evaluate(RUN, "[data-axe]")
    view.evaluate("node => node.removeAttribute('data-axe')")
    assert found == {theme: [] for theme in THEMES}


def test_the_panel_and_the_form(shown: Page, lab: Lab, job: dict[str, Any]) -> None:
    ended = run_job(lab, release_after=600)
    lab.api.post(f"jobs/{ended['id']}/cancel")
    show_panel(shown)
    expect(card(shown, ended)).to_have_attribute("data-state", "cancelled", timeout=10_000)
    panel = shown.locator("#jupyter-sw-panel")
    check(shown, panel, "panel")
    panel.get_by_role("button", name="Run…").click()
    form = shown.get_by_role("form", name="Run a model")
    expect(form.get_by_role("status")).not_to_be_empty()
    for part in form.locator("details").all():
        part.evaluate("node => { node.open = true; }")
    check(shown, panel, "form")


@pytest.mark.parametrize("section", ["Overview", "Connect", "Log", "Events", "Chats"])
def test_the_page_of_a_job(shown: Page, lab: Lab, job: dict[str, Any], section: str) -> None:
    make_chat(lab, job, ("One?", "The first."), name="Numbers")
    shown.evaluate(
        "async job => { await jupyterapp.commands.execute('jupyter-sw:open-job', {job}); }",
        job["id"],
    )
    opened = shown.locator(".jp-sw-JobPage")
    opened.get_by_role("tab", name=section).click()
    check(shown, opened, f"job-{section}")


def test_a_chat_with_its_list_and_settings(shown: Page, lab: Lab, job: dict[str, Any]) -> None:
    asked = "And then?\n\n**a.py**\n\n```py\nprint(1)\n```"
    chat = make_chat(lab, job, ("What is the capital?", ANSWER), (asked, "Rome."))
    view = show_chat(shown, job, chat)
    expect(view).to_contain_text("Rome.")
    view.locator("summary", has_text="a.py").click()
    view.get_by_role("button", name="Chats").click()
    view.get_by_role("button", name="Settings").click()
    check(shown, view, "chat")


def test_two_models_side_by_side(shown: Page, lab: Lab, job: dict[str, Any]) -> None:
    other = run_job(lab, release_after=600, name="second")
    shown.evaluate(
        "async args => { await jupyterapp.commands.execute('jupyter-sw:compare-chats', args); }",
        {"job": job["id"], "other": other["id"]},
    )
    view = shown.locator(".jp-sw-Compare")
    expect(view.get_by_role("textbox", name="Message")).to_be_visible()
    check(shown, view, "compare")
    lab.api.post(f"jobs/{other['id']}/cancel")


def test_the_menu_of_the_status_bar(shown: Page, job: dict[str, Any]) -> None:
    shown.locator(".jp-sw-Status-button").click()
    check(shown, shown.locator(".jp-sw-MenuWidget"), "status")
