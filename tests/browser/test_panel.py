"""Templates, pins, several jobs at once, and the notebook of a job, as a person uses them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Lab, open_lab, show_panel
from tests.browser.test_access import AXE, check
from tests.browser.test_launch import form
from tests.browser.test_sidebar import card, choose, run_job, take_screenshot
from tests.support import MODEL, wait_until

SECOND = 1000  # milliseconds


@pytest.fixture
def jobs(lab: Lab) -> list[dict[str, Any]]:
    """Return two live jobs and two ended ones; there are no others."""
    for old in lab.jobs():
        lab.api.post(f"jobs/{old['id']}/cancel")
    wait_until(lambda: not lab.jobs(), 20, "no job is live")
    for old in lab.jobs("ended"):
        lab.api.delete(f"jobs/{old['id']}")
    made = []
    for number, notebook in enumerate(["quickstart.ipynb"] * 3 + ["gone.ipynb"]):
        owner = {"client": "notebook", "notebook": str(lab.root / notebook)}
        made.append(run_job(lab, release_after=600, owner=owner, name=f"job {number}"))
    for job in made[2:]:
        lab.api.post(f"jobs/{job['id']}/cancel")
    wait_until(lambda: len(lab.jobs("ended")) == 2, 20, "two have ended")
    return made


def bar(page: Page) -> Locator:
    """Return what can be done with the selected jobs."""
    return page.get_by_role("group", name="Selected jobs")


def shown(page: Page) -> list[str]:
    """Return the ids of the cards, from the top."""
    return list(page.eval_on_selector_all(".jp-sw-Job", "all => all.map(one => one.dataset.job)"))


def test_a_template_fills_the_form_also_after_a_reload(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    page.evaluate("() => jupyterapp.commands.execute('jupyter-sw:launch')")
    model = form(page).get_by_role("combobox", name="Model")
    expect(model).to_have_value(MODEL, timeout=10 * SECOND)
    template = form(page).get_by_label("Template", exact=True)
    expect(template).to_have_count(0)
    form(page).get_by_label(re.compile("Auto-release$")).select_option("30 min")
    form(page).get_by_role("button", name="Save as template").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input").fill("  half an hour ")
    dialog.locator("input").press("Enter")
    expect(template).to_have_value("half an hour")

    # A taken name asks first, and no is no.
    form(page).get_by_label(re.compile("Auto-release$")).select_option("1 h")
    expect(template).to_have_value("")
    form(page).get_by_role("button", name="Save as template").click()
    expect(dialog.locator("input")).to_have_value("half an hour")
    dialog.locator("input").press("Enter")
    expect(dialog).to_contain_text("Replace the template half an hour?")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_contain_text("Another name")
    dialog.get_by_role("button", name="Cancel").click()

    open_lab(page, lab)
    page.evaluate("() => jupyterapp.commands.execute('jupyter-sw:launch', {model: 'gone'})")
    template.select_option("half an hour")
    expect(model).to_have_value(MODEL)
    expect(form(page).locator("pre")).to_contain_text("--release 30m", timeout=10 * SECOND)
    take_screenshot(page, "template")
    form(page).get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("Delete the template half an hour?")
    dialog.locator(".jp-mod-accept").click()
    expect(template).to_have_count(0)


def test_the_template_of_a_job_tells_what_is_gone(
    page: Page, lab: Lab, jobs: list[dict[str, Any]]
) -> None:
    open_lab(page, lab)
    show_panel(page)
    dialog = choose(page, card(page, jobs[0]), "Save as Template")
    dialog.locator("input").fill("of a job")
    dialog.locator("input").press("Enter")
    expect(page.locator(".Toastify__toast")).to_contain_text("The template of a job was saved.")
    # As if the device had been taken out since.
    settings = "jupyter-sw:launch"
    page.evaluate(
        """async id => {
          const {settings} = jupyterapp.serviceManager;
          const {raw} = await settings.fetch(id);
          const saved = JSON.parse(raw.replace(/^ *\\/\\/.*$/gm, ''));
          saved.templates[0].choices.resource = 'cuda:7';
          await settings.save(id, JSON.stringify(saved));
        }""",
        settings,
    )
    open_lab(page, lab)
    page.evaluate("() => jupyterapp.commands.execute('jupyter-sw:launch')")
    form(page).get_by_label("Template", exact=True).select_option("of a job")
    expect(form(page).get_by_label(re.compile("Resource$"))).to_have_value("cuda:7")
    expect(form(page).get_by_label(re.compile("Auto-release$"))).to_have_value("600")
    status = form(page).get_by_role("status")
    expect(status).to_contain_text("cuda:7", timeout=10 * SECOND)
    expect(form(page).get_by_label("Comment")).to_have_value("")


def test_a_pinned_job_comes_first_in_every_tab_and_outlives_delete_all(
    page: Page, lab: Lab, jobs: list[dict[str, Any]]
) -> None:
    open_lab(page, lab)
    show_panel(page)
    newest_first = [job["id"] for job in (jobs[1], jobs[0], jobs[3], jobs[2])]
    wait_until(lambda: shown(page) == newest_first, 10, "the newest come first")
    other = page.context.new_page()
    open_lab(other, lab, workspace="second")
    show_panel(other)
    mine = card(page, jobs[2])
    mine.hover()
    mine.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Pin", exact=True).click()
    for tab in (page, other):
        expect(card(tab, jobs[2]).get_by_role("img", name="Pinned")).to_be_visible()
        assert shown(tab)[2:] == [jobs[2]["id"], jobs[3]["id"]]
    other.close()
    take_screenshot(page, "pinned")

    page.locator("#jupyter-sw-panel").get_by_role("button", name="Delete all").click()
    toast = page.locator(".Toastify__toast")
    expect(toast).to_contain_text("1 ended job was deleted. 1 pinned job was left.")
    expect(mine).to_be_visible()
    expect(card(page, jobs[3])).to_have_count(0)

    mine.hover()
    mine.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Unpin").click()
    expect(mine.get_by_role("img", name="Pinned")).to_have_count(0)


def test_several_jobs_are_selected_and_cancelled_with_one_question(
    page: Page, lab: Lab, jobs: list[dict[str, Any]]
) -> None:
    open_lab(page, lab)
    page.add_script_tag(path=AXE)
    show_panel(page)
    card(page, jobs[1]).locator(".jp-sw-Job-name").click(modifiers=["ControlOrMeta"])
    expect(page.locator(".jp-sw-JobPage")).to_have_count(0)
    expect(bar(page)).to_contain_text("1 selected")
    # On a narrow card the actions of an ended job are above its name; its lower part is free.
    expect(card(page, jobs[3])).to_have_attribute("data-state", "cancelled", timeout=10 * SECOND)
    facts = card(page, jobs[3]).locator(".jp-sw-Job-facts")
    facts.click(modifiers=["Shift"], position={"x": 2, "y": 4})
    expect(bar(page)).to_contain_text("3 selected")
    page.keyboard.press("Escape")
    expect(bar(page)).to_have_count(0)

    # The same by the keyboard: the focus is where it was clicked last.
    expect(card(page, jobs[3])).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Control+Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(bar(page)).to_contain_text("3 selected")
    check(page, page.locator("#jupyter-sw-panel"), "selection")

    bar(page).get_by_role("button", name="Cancel 2 jobs").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Cancel 2 jobs?")
    expect(dialog).to_contain_text("job 1, job 0")
    take_screenshot(page, "cancel-several")
    dialog.locator(".jp-mod-accept").click()
    for job in jobs[:2]:
        expect(card(page, job)).to_have_attribute("data-state", "cancelled", timeout=10 * SECOND)
    expect(dialog).to_have_count(0)

    bar(page).get_by_role("button", name="Delete 3 jobs").click()
    expect(page.locator(".jp-sw-Job")).to_have_count(1)
    expect(bar(page)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".jp-sw-Job")).to_have_count(4)


def test_a_job_leads_to_its_notebook(page: Page, lab: Lab, jobs: list[dict[str, Any]]) -> None:
    open_lab(page, lab)
    show_panel(page)
    link = card(page, jobs[0]).get_by_role("button", name="quickstart.ipynb")
    link.click()
    opened = page.locator(".jp-NotebookPanel:visible")
    expect(opened.locator(".jp-Cell").first).to_be_visible(timeout=20 * SECOND)

    card(page, jobs[3]).locator(".jp-sw-Job-name").press("Enter")
    page.locator(".jp-sw-JobPage").get_by_role("button", name="gone.ipynb").click()
    expect(page.locator(".Toastify__toast")).to_contain_text("gone.ipynb is not there any more")

    elsewhere = run_job(
        lab, release_after=600, owner={"client": "notebook", "notebook": "/elsewhere/x.ipynb"}
    )
    expect(card(page, elsewhere)).to_contain_text("x.ipynb")
    expect(card(page, elsewhere).get_by_role("button", name="x.ipynb")).to_have_count(0)
    for job in lab.jobs():
        lab.api.post(f"jobs/{job['id']}/cancel")
