"""The tour: offered once to a newcomer, walked by keyboard, there for ever in the Help menu."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial

import httpx
import nbformat
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from jupyter_sw.schemas.models import ModelFiles
from tests.browser.conftest import TOKEN, Lab, open_lab, start_lab, stop_lab
from tests.browser.test_access import AXE, check
from tests.browser.test_sidebar import SECOND, run_job, take_screenshot
from tests.support import REPO, wait_until

STOPS = {
    "Your models": "#jupyter-sw-panel",
    "Five choices": ".jp-sw-Launch",
    "The memory comes back": ".jp-sw-Countdown",
    "Always in sight": ".jp-sw-Status",
    "From a notebook": ".jp-LauncherCard[data-category='Notebook']",
}
RING = ".jp-sw-Tour-ring"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, smollm2: ModelFiles) -> Iterator[Lab]:
    """Return a JupyterLab that offers the tour, as a fresh one does."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(REPO / "examples", home / "work")
    running = start_lab(home, home / "work", settings={"jupyter-sw:tour": {"tour": True}})
    yield running
    stop_lab(running)


def offer(page: Page) -> Locator:
    """Return the notification that offers the tour."""
    return page.locator(".Toastify__toast").filter(has_text="Five steps show you around")


def settings_of(lab: Lab, **change: str) -> str:
    """Return the settings of the tour that the server keeps; `raw` replaces them."""
    url = f"{lab.url}lab/api/settings/jupyter-sw:tour"
    headers = {"Authorization": f"token {TOKEN}"}
    if change:
        httpx.put(url, headers=headers, json=change).raise_for_status()
    return str(httpx.get(url, headers=headers).json()["raw"])


def is_wanted(lab: Lab) -> bool:
    """Tell whether the tour would be offered at the next start."""
    return '"tour": false' not in settings_of(lab)


def points_at(page: Page, selector: str) -> bool:
    """Tell whether the ring lies round a part of the page, and the popover in the window."""
    return bool(
        page.evaluate(
            """([ring, target]) => {
              const a = document.querySelector(ring).getBoundingClientRect();
              const b = document.querySelector(target).getBoundingClientRect();
              const tour = document.querySelector('.jp-sw-Tour').getBoundingClientRect();
              return Math.abs(a.x - b.x) + Math.abs(a.right - b.right) < 2
                && tour.x >= 0 && tour.right <= innerWidth
                && tour.y >= 0 && tour.bottom <= innerHeight;
            }""",
            [RING, selector],
        )
    )


@pytest.mark.slow
def test_a_newcomer_is_offered_the_tour_once_and_walks_it_by_keyboard(page: Page, lab: Lab) -> None:
    job = run_job(lab, release_after=900)
    open_lab(page, lab)
    page.locator(".jp-Launcher").wait_for()
    expect(offer(page)).to_be_visible(timeout=10 * SECOND)
    page.wait_for_timeout(500)  # it slides in
    take_screenshot(page, "tour-offer")
    offer(page).get_by_role("button", name="Start").press("Enter")

    for n, (title, selector) in enumerate(STOPS.items(), 1):
        stop = page.get_by_role("dialog", name=title)
        expect(stop).to_contain_text(f"{n} of 5")
        expect(stop.locator(".jp-mod-primary")).to_be_focused()
        wait_until(partial(points_at, page, selector), 5, f"it points at {selector}")
        take_screenshot(page, f"tour-{n}")
        if n == 3:
            # What it points at moves with the window, and the way back is open.
            page.set_viewport_size({"width": 900, "height": 600})
            wait_until(partial(points_at, page, selector), 5, "it follows")
            page.set_viewport_size({"width": 1440, "height": 900})
            page.keyboard.press("Shift+Tab")
            page.keyboard.press("Enter")
            expect(page.get_by_role("dialog", name="Five choices")).to_be_visible()
            page.keyboard.press("Enter")
            expect(stop.locator(".jp-mod-primary")).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.locator(".jp-sw-Tour")).to_have_count(0)
    expect(page.get_by_role("form", name="Run a model")).to_have_count(0)

    wait_until(lambda: not is_wanted(lab), 10, "the answer is kept")
    open_lab(page, lab)
    page.locator(".jp-sw-Status-button").wait_for()  # the jobs are there: now it would be offered
    page.wait_for_timeout(500)
    expect(offer(page)).to_have_count(0)
    lab.api.post(f"jobs/{job['id']}/cancel")


def test_it_starts_from_the_help_menu_and_escape_gives_the_focus_back(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    page.locator(".jp-Launcher").wait_for()
    page.get_by_role("menuitem", name="Help").click()
    page.get_by_role("menuitem", name="Models: Guided Tour").click()
    stop = page.get_by_role("dialog", name="Your models")
    expect(stop).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("form", name="Run a model")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".jp-sw-Tour")).to_have_count(0)
    expect(page.get_by_role("form", name="Run a model")).to_have_count(0)
    assert page.evaluate("() => jupyterapp.shell.currentWidget.node.matches(':focus-within')")


@pytest.mark.slow
def test_the_offer_waits_for_a_dialog_and_takes_no_for_an_answer(page: Page, lab: Lab) -> None:
    settings_of(lab, raw="{}")
    kernel = {"kernelspec": {"name": "gone", "display_name": "Gone"}}
    nbformat.write(nbformat.v4.new_notebook(metadata=kernel), lab.root / "gone.ipynb")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/jupyter-sw/api/jobs*", hold)
    open_lab(page, lab, "gone.ipynb", kernel=False)
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Select Kernel")
    wait_until(lambda: held, 10, "the jobs are asked for")
    for route in held:
        route.continue_()
    page.evaluate("() => { jupyterapp.commands.execute('jupyter-sw:show-panel'); }")
    page.locator(".jp-sw-Devices").wait_for()  # the jobs are there: now it would be offered
    page.wait_for_timeout(500)
    expect(offer(page)).to_have_count(0)
    dialog.get_by_role("button", name="No Kernel").click()
    offer(page).get_by_role("button", name="No, thanks").click()
    expect(offer(page)).to_have_count(0)
    wait_until(lambda: not is_wanted(lab), 10, "the answer is kept")
    expect(page.locator(".jp-sw-Tour")).to_have_count(0)


@pytest.mark.slow
def test_everybody_can_read_it(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    page.locator(".jp-Launcher").wait_for()
    page.add_script_tag(path=AXE)
    page.evaluate("() => { jupyterapp.commands.execute('jupyter-sw:tour'); }")
    for title in STOPS:
        stop = page.get_by_role("dialog", name=title)
        expect(stop).to_be_visible()
        if title in ("Your models", "From a notebook"):
            check(page, stop, f"tour-{title}")
        stop.locator(".jp-mod-primary").press("Enter")
