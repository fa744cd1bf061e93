"""Makes the pictures of docs/tour anew: a real JupyterLab, a real model, a real browser.

    python -m scripts.tour              all of them
    python -m scripts.tour chat log     some scenes, in both languages
    python -m scripts.tour recording    the recording alone

Run it by ``make tour``, which sets up what it needs. Everything happens in a temporary home,
so that no name and no path of this machine is in a picture.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from scripts.pictures import Pixels, gif, png
from tests.browser.conftest import (
    ARGUMENTS,
    NAMES,
    Lab,
    open_lab,
    show_panel,
    start_lab,
    stop_lab,
)
from tests.browser.test_sidebar import run_job, use_theme
from tests.support import MODEL, REPO, wait_until

DOCS = REPO / "docs" / "tour"
WORDS = Path(__file__).with_name("tour_words.json")
SECOND = 1000  # milliseconds
WINDOW: ViewportSize = {"width": 1280, "height": 760}
PANEL = "#jupyter-sw-panel"
SIDEBAR = 380  # pixels, with the icons beside it
RECORDED: ViewportSize = {"width": 1000, "height": 600}
PAUSE = 1 / 8  # seconds from frame to frame
TYPED = 4  # characters from frame to frame
DONE = re.compile(r"\d")  # in the prompt of a cell that has run
LAST = 3.0  # seconds that the end of the recording stays
LANGUAGES = {"en": "English", "zh": "zh_CN"}
THEMES = {"en": ("Light", "Dark"), "zh": ("Light",)}

PIXELS = """async data => {
  const blob = await (await fetch(`data:image/png;base64,${data}`)).blob();
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const bytes = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  const reader = new FileReader();
  const read = new Promise(resolve => { reader.onload = resolve; });
  reader.readAsDataURL(new Blob([bytes]));
  await read;
  return [bitmap.width, bitmap.height, reader.result.split(',')[1]];
}"""
KERNEL_IDLE = """() =>
  jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'
"""
HAS_CHINESE = """() => {
  const drawn = [...'\\u4e2d\\u6587'].map(character => {
    const context = new OffscreenCanvas(20, 20).getContext('2d');
    context.fillText(character, 2, 15);
    return context.getImageData(0, 0, 20, 20).data.join();
  });
  return drawn[0] !== drawn[1];
}"""


class Studio:
    """A JupyterLab in one language, with what its pictures show."""

    def __init__(self, lab: Lab, page: Page, darkroom: Page, language: str) -> None:
        self.lab, self.page, self.language = lab, page, language
        self._darkroom = darkroom
        self.words: dict[str, str] = json.loads(WORDS.read_text("utf-8"))[language]
        self.job: dict[str, Any] = {}

    def execute(self, command: str, **args: Any) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate(
            "async ([id, args]) => { await jupyterapp.commands.execute(id, args); }",
            [command, args],
        )

    def look(self) -> bytes:
        """Return what the page shows now."""
        return self.page.screenshot(animations="disabled")

    def develop(self, taken: bytes) -> Pixels:
        """Return the pixels of what was seen."""
        data = base64.b64encode(taken).decode()
        width, height, data = self._darkroom.evaluate(PIXELS, data)
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3]

    def shoot(self, name: str, part: str = "#main") -> None:
        """Keep a picture of a part of the window, in each theme."""
        box = self.page.locator(part).bounding_box()
        assert box, f"{part} is shown"
        left, top, width, height = (round(box[side]) for side in ("x", "y", "width", "height"))
        for theme in THEMES[self.language]:
            use_theme(self.page, theme)
            self.page.mouse.move(WINDOW["width"] - 5, WINDOW["height"] // 2)
            self.page.evaluate("() => document.activeElement.blur()")
            self.page.wait_for_timeout(600)  # colours that change gently have changed
            pixels = self.develop(self.look())
            target = DOCS / f"{name}-{self.language}-{theme.lower()}.png"
            target.write_bytes(png(pixels[top : top + height, left : left + width]))
            print(f"{target.relative_to(REPO)}: {target.stat().st_size / 1000:.0f} kB", flush=True)
        use_theme(self.page, "Light")

    def open_notebook(self, name: str, *cells: str) -> None:
        """Write a notebook and open it."""
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        notebook = nbformat.v4.new_notebook(metadata=kernel)
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
        nbformat.write(notebook, self.lab.root / name)
        self.execute("docmanager:open", path=name, factory="Notebook")
        self.page.wait_for_function(KERNEL_IDLE)

    def answered(self) -> None:
        """Wait until no answer of the job is being written."""
        chats = self.lab.api.get("chats", params={"job": self.job["id"]}).json()["chats"]
        for chat in chats:
            wait_until(partial(self._rests, chat["id"]), 120, "the answer's end")

    def _rests(self, chat: str) -> bool:
        turns = self.lab.api.get(f"chats/{chat}").json()["turns"]
        return all(turn["state"] != "running" for turn in turns)

    def close_tabs(self) -> None:
        """Leave only the sidebar."""
        self.execute("application:close-all")
        self.page.locator(".jp-Launcher").wait_for()


def shoot_notebook(studio: Studio) -> None:
    """`%sw run`, a prompt and the chat panel, in a notebook."""
    words, page = studio.words, studio.page
    run = f"%sw run {MODEL} --release 30m"
    ask = f"%%sw --temperature 0 --max-tokens 60\n{words['question']}"
    studio.open_notebook(
        "models.ipynb", f"%load_ext jupyter_sw\n{run}", ask, "%sw chat --temperature 0"
    )
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    panel = page.locator(".jp-Notebook .sw-panel")
    panel.wait_for(timeout=120 * SECOND)
    box = panel.locator("textarea").last
    box.fill(words["question"])
    box.press("Enter")
    panel.locator(".sw-reply").first.wait_for()
    studio.job = studio.lab.jobs()[0]
    studio.answered()
    page.locator(".jp-Notebook").evaluate("node => { node.scrollTop = 0; }")
    studio.shoot("notebook")
    studio.execute("docmanager:save")


def shoot_panel(studio: Studio) -> None:
    """Jobs in the sidebar: one that runs, with its countdown, and one that ended."""
    page = studio.page
    ended = run_job(studio.lab, release_after=5, name=studio.words["ended"])
    card(page, ended, "released")
    card(page, studio.job, "running").locator(".jp-sw-Countdown").wait_for()
    studio.shoot("panel", PANEL)


def shoot_form(studio: Studio) -> None:
    """The five choices, and what would become of them."""
    studio.execute("jupyter-sw:launch")
    studio.page.locator(".jp-sw-Launch .jp-sw-Command").wait_for()
    studio.shoot("form", PANEL)
    studio.page.locator(".jp-sw-Launch-buttons button:not(.jp-mod-primary, .jp-mod-quiet)").click()


def shoot_chat(studio: Studio) -> None:
    """A conversation with code and a table, which was written for the picture."""
    turns = [{"content": studio.words["ask"], "reply": studio.words["reply"]}]
    body = {"job": studio.job["id"], "turns": turns, "name": studio.words["name"]}
    made = studio.lab.api.post("chats", json=body).json()["id"]
    studio.execute("jupyter-sw:open-chat", job=studio.job["id"], chat=made)
    studio.page.locator(".jp-sw-Chat table").wait_for()
    studio.shoot("chat")
    studio.close_tabs()


def shoot_page(studio: Studio) -> None:
    """All about a job, with charts of some minutes of work."""
    studio.execute("jupyter-sw:open-job", job=studio.job["id"])
    params = {"max_tokens": 80, "temperature": 0}
    body = {"job": studio.job["id"], "params": params, "name": studio.words["work"]}
    made = studio.lab.api.post("chats", json=body).json()["id"]
    for _ in range(4):
        said = {"content": studio.words["question"]}
        studio.lab.api.post(f"chats/{made}/turns", json=said).raise_for_status()
        studio.answered()
        studio.page.wait_for_timeout(2 * SECOND)
    studio.shoot("page")
    studio.close_tabs()


def shoot_log(studio: Studio) -> None:
    """What a job printed."""
    studio.execute("jupyter-sw:open-logs", job=studio.job["id"])
    view = studio.page.locator(".jp-sw-Log")
    expect(view).to_contain_text(f"Running {MODEL}")
    view.locator("input[type='search']").fill("smollm2")
    view.locator(".jp-sw-Log-match").first.wait_for()
    studio.shoot("log")
    studio.close_tabs()


def card(page: Page, job: dict[str, Any], state: str) -> Locator:
    """Return a job's card, once it tells a state."""
    mine = page.locator(f".jp-sw-Job[data-job='{job['id']}']")
    expect(mine).to_have_attribute("data-state", state, timeout=30 * SECOND)
    return mine


SCENES: dict[str, Callable[[Studio], None]] = {
    "notebook": shoot_notebook,
    "panel": shoot_panel,
    "form": shoot_form,
    "chat": shoot_chat,
    "page": shoot_page,
    "log": shoot_log,
}


def has_run(prompt: Locator) -> bool:
    """Tell whether the cell with this prompt has run."""
    return bool(DONE.search(prompt.inner_text()))


def record(studio: Studio) -> None:
    """Keep a recording: from `%sw run` to an answer."""
    page = studio.page
    cells = (
        f"%load_ext jupyter_sw\n%sw run {MODEL} --release 30m",
        f"%%sw --temperature 0 --max-tokens 120\n{studio.words['story']}",
    )
    page.set_viewport_size(RECORDED)
    studio.open_notebook("first.ipynb", "")
    frames: list[tuple[float, bytes]] = []

    def film(seconds: float = 0, until: Callable[[], bool] = lambda: True) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end or not until():
            began = time.monotonic()
            frames.append((began, studio.look()))
            page.wait_for_timeout(max(1, (began + PAUSE - time.monotonic()) * SECOND))

    film(0.5)
    for number, text in enumerate(cells):
        cell = page.locator(".jp-Notebook .jp-CodeCell").nth(number)
        cell.locator(".cm-content").click()
        for start in range(0, len(text), TYPED):
            page.keyboard.type(text[start : start + TYPED])
            film(PAUSE)
        page.keyboard.press("Shift+Enter")
        prompt = cell.locator(".jp-InputArea-prompt")
        film(1, partial(has_run, prompt))
    page.wait_for_timeout(PAUSE * SECOND)
    frames.append((time.monotonic(), studio.look()))
    ends = [began for began, _ in frames[1:]] + [frames[-1][0] + LAST]
    timed = [
        (studio.develop(taken), end - began)
        for (began, taken), end in zip(frames, ends, strict=True)
    ]
    target = DOCS / "run.gif"
    target.write_bytes(gif(joined(timed)))
    seconds = sum(shown for _, shown in timed)
    print(f"{target.relative_to(REPO)}: {target.stat().st_size / 1000:.0f} kB, {seconds:.0f} s")


def joined(frames: list[tuple[Pixels, float]]) -> list[tuple[Pixels, float]]:
    """Return frames of which no two neighbours are the same."""
    kept: list[tuple[Pixels, float]] = []
    for pixels, seconds in frames:
        if kept and np.array_equal(kept[-1][0], pixels):
            kept[-1] = (pixels, kept[-1][1] + seconds)
        else:
            kept.append((pixels, seconds))
    return kept


@contextmanager
def studio_in(browser: Browser, language: str) -> Iterator[Studio]:
    """Start a JupyterLab in a language, with the sidebar open; end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="jupyter-") as folder:
        home = Path(folder)
        (home / "work").mkdir()
        settings = {"@jupyterlab/translation-extension:plugin": {"locale": LANGUAGES[language]}}
        lab = start_lab(home, home / "work", settings=settings if language != "en" else None)
        context = browser.new_context(viewport=WINDOW)
        try:
            darkroom = context.new_page()
            if language == "zh" and not darkroom.evaluate(HAS_CHINESE):
                raise SystemExit("No Chinese font here: install one, such as fonts-noto-cjk.")
            page = context.new_page()
            open_lab(page, lab)
            page.locator(".jp-Launcher").wait_for()
            show_panel(page)
            widen(page)
            yield Studio(lab, page, darkroom, language)
        finally:
            context.close()
            stop_lab(lab)


def widen(page: Page) -> None:
    """Drag the edge of the sidebar."""
    box = page.locator(PANEL).bounding_box()
    assert box, "the sidebar is there"
    page.mouse.move(box["x"] + box["width"] + 2, 400)
    page.mouse.down()
    page.mouse.move(SIDEBAR, 400, steps=4)
    page.mouse.up()


def main(names: list[str]) -> None:
    """Make the pictures of the scenes that are named, or all."""
    known = {*SCENES, "recording"}
    wanted = set(names) or known
    if unknown := wanted - known:
        raise SystemExit(f"No such scene: {', '.join(sorted(unknown))}\n\n{__doc__}")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        if "recording" in wanted:
            with studio_in(browser, "en") as studio:
                record(studio)
        for language in LANGUAGES if wanted & {*SCENES} else ():
            with studio_in(browser, language) as studio:
                if "notebook" not in wanted:
                    studio.job = run_job(studio.lab, release_after=1800)
                for name, scene in SCENES.items():
                    if name in wanted:
                        scene(studio)


if __name__ == "__main__":
    main(sys.argv[1:])
