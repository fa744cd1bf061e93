"""Whole journeys: a queue in two windows, failures, a keyboard alone, little room, a restart."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from jupyter_sw.schemas.models import ModelFiles
from tests.browser.conftest import (
    Lab,
    open_lab,
    show_panel,
    start_lab,
    stop_lab,
)
from tests.browser.test_sidebar import SECOND, card, run_job, take_screenshot
from tests.models.hubserver import Hub, Repo, running_hub
from tests.models.samples import model_files, write_model
from tests.models.test_trust import pickled
from tests.standin.model import tiny_gguf
from tests.support import MODEL, REPO, wait_until

pytestmark = pytest.mark.slow
ROOM = "T4 1G*1"  # for one of the real model, and not for two

# What of a panel is cut off at its side, or has less room than it needs. Names end with dots.
CUT = """panel => {
  const {right} = panel.getBoundingClientRect();
  return [...panel.querySelectorAll('button, input, select, pre, summary, [class*=Device], span')]
    .filter(node => node.getClientRects().length && !node.closest('.jp-sw-Hidden'))
    .filter(node => node.getBoundingClientRect().right > right
      || (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline'
        && getComputedStyle(node).textOverflow !== 'ellipsis'))
    .map(node => `${node.className}: ${node.textContent}`);
}"""


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """Return a hub of our own, in place of the real one."""
    with running_hub() as running:
        yield running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, smollm2: ModelFiles, hub: Hub) -> Iterator[Lab]:
    """Return a JupyterLab whose GPU has room for one of the real model."""
    home = tmp_path_factory.mktemp("journeys")
    (home / "work").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(home / "hf"))
        patch.setenv("HF_ENDPOINT", hub.url)
        running = start_lab(home, home / "work", "jupyterlab", f"--SwApp.simulated_devices={ROOM}")
    yield running
    stop_lab(running)


@pytest.fixture(autouse=True)
def nothing_runs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave nothing behind for the next journey."""
    yield
    if "lab" in request.fixturenames:
        lab = request.getfixturevalue("lab")
        for job in lab.jobs():
            lab.api.post(f"jobs/{job['id']}/cancel")
        wait_until(lambda: not lab.jobs(), 20, "all have ended")


def submit(lab: Lab, model: str = MODEL, **request: Any) -> dict[str, Any]:
    """Submit a job and return it as it is then."""
    answer = lab.api.post("jobs", json={"model": model, **request})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def say(view: Locator, text: str) -> None:
    """Type a message and send it."""
    box = view.get_by_role("textbox", name="Message")
    box.fill(text)
    box.press("Enter")


def test_two_windows_see_one_job_wait_for_another_and_get_its_turn(
    page: Page, browser: Browser, lab: Lab
) -> None:
    first = run_job(lab, resource=ROOM, release_after=900, name="first")
    second = submit(lab, resource=ROOM, release_after=900, name="second")
    begun = browser.new_context(viewport={"width": 1200, "height": 800})
    try:
        tab, window = page.context.new_page(), begun.new_page()
        windows = (page, tab, window)
        for each in windows:
            open_lab(each, lab, workspace="second" if each is tab else "")
            show_panel(each)
            waits = card(each, second)
            expect(waits).to_have_attribute("data-state", "queued")
            expect(waits).to_contain_text(re.compile(r"Needs [\d.]+ MiB on one device"))
            expect(waits).to_contain_text("first holds")
            expect(waits).to_contain_text(re.compile(r"is released in 1[45] min"))

        # The first is cancelled in one window: all see it end, and the second run.
        card(page, first).get_by_role("button", name="Cancel").click()
        page.get_by_role("dialog").locator(".jp-mod-accept").click()
        for each in windows:
            expect(card(each, first)).to_have_attribute("data-state", "cancelled", timeout=15_000)
            expect(card(each, second)).to_have_attribute("data-state", "running", timeout=30_000)
            expect(card(each, second).get_by_role("timer")).to_be_visible()

        # What is said in one window is read in the others, as is the answer.
        params = {"temperature": 0, "max_tokens": 24}
        lab.api.post("chats", json={"job": second["id"], "params": params})
        for each in windows:
            card(each, second).get_by_role("button", name="Chat", exact=True).click()
            expect(each.get_by_role("textbox", name="Message")).to_be_visible()
        say(window.locator(".jp-sw-Chat"), "What is the capital of France?")
        for each in windows:
            talk = each.get_by_role("log", name="Conversation")
            expect(talk).to_contain_text("What is the capital of France?", timeout=10 * SECOND)
            expect(talk).to_contain_text("Paris", timeout=20 * SECOND)
        card(window, second).get_by_role("button", name="+15 min").click()
        for each in windows:
            expect(card(each, second).get_by_role("timer")).to_have_attribute(
                "aria-label", re.compile(r"in (29|30) min")
            )
    finally:
        begun.close()


def unknown_architecture() -> dict[str, bytes]:
    """Return the files of a model of a kind that nobody knows."""
    files = model_files()
    config = json.loads(files["config.json"]) | {"model_type": "zzz", "architectures": ["Zzz"]}
    files["config.json"] = json.dumps(config).encode()
    files["tokenizer.json"] = Tokenizer(WordLevel({"a": 0}, unk_token="a")).to_str().encode()
    return files


def test_cards_say_why_jobs_failed_and_what_to_do(
    page: Page, lab: Lab, hub: Hub, smollm2: ModelFiles
) -> None:
    hub.repos["org/gated"] = Repo(model_files(), gated=True)
    hub.repos["org/code"] = Repo({**pickled(), "modeling_tiny.py": b"pass"})
    odd = write_model(lab.root / "odd", unknown_architecture())
    torn = lab.root / "torn.gguf"
    torn.write_bytes(Path(smollm2.path).read_bytes()[:-1000])
    kinds = (
        ("hf://org/gated", "is gated, and no token was used", "%sw login"),
        ("hf://org/nothing", "There is no repository org/nothing", "Check the name at"),
        ("hf://org/code", "a pickle, which can run code", "c.SwApp.allow_unsafe_models"),
        (str(odd), "does not know this kind of model", "pip install -U transformers"),
        (str(torn), "torn.gguf", "The job's log"),
    )
    killed = run_job(lab, resource="cpu", release_after=600)
    open_lab(page, lab)
    show_panel(page)
    os.kill(killed["pid"], signal.SIGKILL)
    jobs = [submit(lab, model, resource="cpu") for model, *_ in kinds]
    told = ("", "The worker was killed from outside", "dmesg")
    for job, (_, what, todo) in zip((*jobs, killed), (*kinds, told), strict=True):
        mine = card(page, job)
        expect(mine).to_have_attribute("data-state", "failed", timeout=40 * SECOND)
        expect(mine).to_contain_text(what)
        expect(mine.locator(".jp-sw-Hint")).to_contain_text(todo)
        expect(page.locator(".Toastify__toast").filter(has_text=what)).to_be_visible()
    take_screenshot(page, "failures")


def test_the_form_says_what_cannot_run_before_it_is_run(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    page.evaluate("() => jupyterapp.commands.execute('jupyter-sw:launch')")
    form = page.get_by_role("form", name="Run a model")
    (lab.root / "junk.gguf").write_bytes(b"no model" * 1000)
    pickle = write_model(lab.root / "pickle", pickled())
    for model, what in (
        ("smolm2-135m-chat", "Did you mean smollm2-135m-chat"),
        (str(lab.root / "missing.gguf"), "A model is a folder with config.json"),
        (str(lab.root / "junk.gguf"), "is not a whole GGUF file"),
        (str(pickle), "a pickle, which can run code"),
        ("llama2-70b-chat", "Does not fit"),
    ):
        form.get_by_role("combobox", name="Model").fill(model)
        expect(form.get_by_role("status")).to_contain_text(what, timeout=10 * SECOND)
        take_screenshot(page, f"refused-{Path(model).name}")


def focused(page: Page) -> str:
    """Return what the focus is on, by its words."""
    return str(
        page.evaluate(
            "() => { const {ariaLabel, textContent} = document.activeElement;"
            " return ariaLabel || textContent; }"
        )
    )


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if focused(page) == words:
            return
    raise AssertionError(f"{words!r} is not reached with 20 presses of Tab")


def test_a_keyboard_is_enough_from_the_palette_to_an_answer(page: Page, lab: Lab) -> None:
    open_lab(page, lab)
    wait_until(lambda: focused(page) == "main area content", 10, "the launcher has the focus")
    run = page.locator("#jupyter-sw-panel button").filter(has_text="Run…")
    run.wait_for(state="attached")  # the server has told its jobs
    page.keyboard.press("Control+Shift+C")
    expect(page.locator(".lm-CommandPalette-input:visible")).to_be_focused()
    page.keyboard.type("Show Models")
    page.keyboard.press("Enter")
    expect(run).to_be_focused()
    page.keyboard.press("Enter")
    form = page.get_by_role("form", name="Run a model")
    expect(form.get_by_role("combobox", name="Model")).to_be_focused()
    expect(form.get_by_role("status")).to_contain_text("Fits now", timeout=10 * SECOND)
    page.keyboard.press("Enter")
    expect(form).to_have_count(0, timeout=5 * SECOND)
    for _ in range(12):
        print("FOCUS", page.evaluate("() => document.activeElement.outerHTML.slice(0, 150)"))
        page.wait_for_timeout(250)
    job = wait_until(
        lambda: next((job for job in lab.jobs() if job["state"] == "running"), None), 30, "it runs"
    )
    lab.api.post("chats", json={"job": job["id"], "params": {"temperature": 0}})
    expect(card(page, job)).to_have_attribute("data-state", "running")
    expect(run).to_be_focused()  # it is not lost with the form
    tab_to(page, "Chat")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    page.keyboard.type("What is the capital of France?")
    page.keyboard.press("Enter")
    expect(page.locator(".jp-sw-Chat")).to_contain_text("Paris", timeout=20 * SECOND)


def make_narrow(page: Page, width: int) -> None:
    """Drag the sidebar's edge; JupyterLab's own least width is more than other shells'."""
    page.add_style_tag(content=f"body {{ --jp-sidebar-min-width: {width}px !important; }}")
    page.evaluate("() => { jupyterapp.shell.collapseLeft(); }")
    show_panel(page)
    stack = page.locator("#jp-left-stack").bounding_box()
    assert stack is not None
    x, y = stack["x"] + stack["width"] + 1, stack["y"] + 200
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(stack["x"] + width + 5, y, steps=5)
    page.mouse.move(stack["x"] + width, y)
    page.mouse.up()
    panel = page.locator("#jupyter-sw-panel")
    wait_until(lambda: panel.evaluate("node => node.clientWidth") <= width + 2, 5, "it is narrow")


@pytest.mark.parametrize("zoom", [1, 2])
def test_a_narrow_panel_cuts_nothing_off(browser: Browser, lab: Lab, zoom: int) -> None:
    job = run_job(lab, resource=ROOM, release_after=900, comment="What this is for, in a few words")
    waits = submit(lab, resource=ROOM, name="a-job-that-has-a-long-name")
    context = browser.new_context(
        viewport={"width": 1440 // zoom, "height": 900 // zoom}, device_scale_factor=zoom
    )
    try:
        page = context.new_page()
        open_lab(page, lab)
        show_panel(page)
        make_narrow(page, 220)
        panel = page.locator("#jupyter-sw-panel")
        expect(card(page, job)).to_have_attribute("data-state", "running")
        expect(card(page, waits)).to_have_attribute("data-state", "queued")
        assert panel.evaluate(CUT) == []
        tops = (
            card(page, job)
            .locator(".jp-sw-Actions button")
            .evaluate_all(
                "nodes => nodes.map(n => n.getBoundingClientRect()).map(r => r.top + r.height / 2)"
            )
        )
        assert len(tops) == 6
        assert max(tops) - min(tops) < 2, "all verbs are in one row"
        take_screenshot(page, f"narrow-{zoom}")

        panel.get_by_role("button", name="Run…").click()
        form = page.get_by_role("form", name="Run a model")
        expect(form.get_by_role("status")).to_contain_text("GiB free", timeout=10 * SECOND)
        for part in form.locator("details").all():
            part.evaluate("node => { node.open = true; }")
        assert panel.evaluate(CUT) == []
        for name in ("Context", "Comment"):
            form.get_by_label(name, exact=True).fill("1")
        expect(form.get_by_role("button", name="Run", exact=True)).to_be_in_viewport()
        take_screenshot(page, f"narrow-form-{zoom}")
    finally:
        context.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_open_page_outlives_its_server(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers are real processes with an engine that counts."""
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    work = tmp_path / "work"
    work.mkdir()
    options = (f"--ServerApp.port={free_port()}", "--SwApp.lease_seconds=30")
    lab = start_lab(tmp_path, work, "tests.standin.lab", *options)
    # A page that tells nobody of JupyterLab's own errors while there is no server.
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    try:
        kept = submit(lab, tiny_gguf(work, "kept"), resource="cpu", release_after=900)
        open_lab(page, lab)
        show_panel(page)
        expect(card(page, kept)).to_have_attribute("data-state", "running", timeout=20 * SECOND)
        card(page, kept).get_by_role("button", name="Chat", exact=True).click()
        view = page.locator(".jp-sw-Chat")
        expect(view.get_by_role("textbox", name="Message")).to_be_visible()

        lab.process.kill()
        lab.process.wait()
        panel = page.locator("#jupyter-sw-panel")
        lost = panel.get_by_role("alert")
        expect(lost).to_contain_text("Connection lost", timeout=30 * SECOND)
        expect(card(page, kept)).to_be_visible()
        take_screenshot(page, "server-lost")
        dialog = page.get_by_role("dialog")  # JupyterLab's own
        dialog.get_by_role("checkbox").check()
        dialog.get_by_role("button", name="Close").click()

        port = urlsplit(lab.url).port
        lab = start_lab(tmp_path, work, "tests.standin.lab", *options)
        assert urlsplit(lab.url).port == port
        expect(lost).to_have_count(0, timeout=40 * SECOND)
        expect(card(page, kept)).to_have_attribute("data-state", "running")
        later = submit(lab, tiny_gguf(work, "later"), resource="cpu", release_after=900)
        expect(card(page, later)).to_have_attribute("data-state", "running", timeout=20 * SECOND)
        say(view, "Count, please.")
        expect(view).to_contain_text("0 1 2 3 4 5", timeout=10 * SECOND)
    finally:
        page.close()
        stop_lab(lab)
