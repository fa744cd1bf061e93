"""What the front end costs a page, held to its bounds; `make trace` prints the figures."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.store import JobStore, Process
from jupyter_sw.schemas.jobs import Engine, Job, JobEvent, JobRequest, JobState, Owner
from jupyter_sw.schemas.models import Handler
from tests.browser.conftest import Lab, open_lab, show_panel, start_lab, stop_lab
from tests.browser.probes import FRAMES, PLUGINS, STATES, WORDS, heap, traced
from tests.standin.model import tiny_gguf
from tests.support import REPO, wait_until

pytestmark = pytest.mark.slow

SECOND = 1000  # milliseconds
MB = 1_000_000
JOBS, PAUSED = 300, 30
LINES = 200_000
BUILT = REPO / "jupyter_sw" / "labextension" / "static"

SECTION = r"""## Part {w} of the answer

Here are {w} some **bold {w} words**, `code {w}` and *more {w}* of it, with $e^{i\pi} + 1 = 0$ {w}
and a [link {w}](https://example.org) in the {w} middle of {w} a sentence {w} that goes {w} on {w}
for a while, {w} because $\sum_{k=1}^{n} k = \frac{n(n+1)}{2}$ {w} is worth {w} telling.

$$
\int_0^\infty e^{-x^2} dx = \frac{\sqrt{\pi}}{2}
$$

- first {w} item {w} of a {w} list
- second {w} item, {w} with `code` {w}
  - a nested {w} one {w}
- third {w} item {w}

| name {w} | value {w} | remark {w} |
| --- | ---: | --- |
{rows}

```python
{code}
```

> A quoted {w} line {w} at the {w} end {w}.

"""
ROW = "| row {w} | {w} | with *some* {w} words |"
CODE = """def {w}(values):  # {w}
    for index, value in enumerate(values):  # {w}
        if value > 0.5 and index % 2:  # {w}
            values[index] = value * 2 + {w}
    return sorted(values, key=lambda v: -v), "{w}"
"""


def answer() -> str:
    """Return Markdown of some 3,000 words with all that makes it heavy; `w0`, `w1` … are in it."""
    parts = [
        SECTION.replace("{rows}", "\n".join([ROW] * 6)).replace("{code}", (CODE * size).strip())
        for size in (1, 4, 12, 2, 8, 1, 3, 20, 2, 1)
    ]
    numbers = iter(range(100_000))
    return re.sub(r"\{w\}", lambda _: f"w{next(numbers)}", "".join(parts))


class Figures:
    """What was measured, with its bound; printed at the end."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []
        self.beyond: list[tuple[str, str, str]] = []

    def add(self, what: str, value: float, unit: str, bound: float | None = None) -> None:
        """Take a figure; `hold` tells when it is beyond its bound."""
        held = "" if bound is None else f"≤ {bound:g} {unit}"
        row = (what, f"{value:.1f} {unit}", held)
        self.rows.append(row)
        if bound is not None and value > bound:
            self.beyond.append(row)

    def hold(self) -> None:
        """Fail if a figure is beyond its bound."""
        beyond, self.beyond = self.beyond, []
        assert not beyond

    def table(self) -> str:
        """Return them as a table in Markdown."""
        rows = [("what", "measured", "bound"), *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [
            " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows
        ]
        lines.insert(1, " | ".join("-" * width for width in widths))
        return "\n".join(f"| {line} |" for line in lines)


@pytest.fixture(scope="module")
def all_figures() -> Iterator[Figures]:
    """Return the figures of all tests; they are printed at the end."""
    found = Figures()
    yield found
    print(f"\n\n{found.table()}")


@pytest.fixture
def figures(all_figures: Figures) -> Iterator[Figures]:
    """Return where a test's figures go, to be held to their bounds at its end."""
    yield all_figures
    all_figures.hold()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a JupyterLab with 300 jobs, a log of 200,000 lines and a model with much to say."""
    home = tmp_path_factory.mktemp("many")
    work = home / "work"
    work.mkdir()
    with ThreadPoolExecutor() as thread:  # Playwright's loop runs in this one
        thread.submit(asyncio.run, write_jobs(home / "data" / "jupyter_sw")).result()
    told = {"PYTHONPATH": str(REPO), "SW_TEST_TELLS": answer(), "SW_TEST_PACE": "0.01"}
    with mock.patch.dict(os.environ, told):
        running = start_lab(home, work, "tests.standin.lab", "--SwApp.standby_workers=0")
    yield running
    stop_lab(running)


async def write_jobs(directory: Path) -> None:
    """Write jobs and a log as an earlier server left them."""
    (directory / "logs").mkdir(parents=True)
    database = Database.in_directory(directory)
    await database.open()
    store = JobStore(database)
    store.server = Process(pid=2**30, started=0)
    for number in range(JOBS):
        job = old_job(number)
        told = JobEvent(
            job=job.id, time=job.created_at, kind="state", state=job.state, message="Submitted."
        )
        await store.add(job, JobRequest(model=job.model), told)
    await database.close()
    line = "2026-11-26T10:00:00.{ms:03d}Z {level} output: step {n} of 200000, loss 0.{n:06d}\n"
    with (directory / "logs" / f"{log_job()}.log").open("w") as file:
        for n in range(LINES):
            level = "WARNING" if n % 100 == 0 else "INFO"
            file.write(line.format(ms=n % 1000, n=n, level=level))


def log_job() -> str:
    """Return the id of the job with the long log: the newest that has ended."""
    return f"{JOBS - 1:08x}"


def old_job(number: int) -> Job:
    """Return a job of before: the first are paused, the others ended."""
    now = time.time()
    paused = number < PAUSED
    return Job(
        id=f"{number:08x}",
        name=f"model-{number}",
        model="starwhale/public/tiny/1",
        model_name="tiny",
        handler=Handler.CHATBOT,
        resource="auto",
        runtime="builtin",
        engine=Engine.LLAMACPP,
        dtype="auto",
        project=f"project-{number % 5}",
        comment=f"try {number}" if number % 3 == 0 else "",
        owner=Owner(notebook=f"notebooks/study-{number % 7}.ipynb"),
        state=JobState.PAUSED if paused else (JobState.RELEASED, JobState.FAILED)[number % 2],
        reason="" if paused else "Released after 30 minutes.",
        created_at=now - 86400 + number,
        running_at=None if paused else now - 86400 + number + 10,
        paused_at=now - 3600 if paused else None,
        ended_at=None if paused else now - 40000 + number,
        release_after=1800,
    )


@pytest.fixture(scope="module")
def job(lab: Lab) -> dict[str, Any]:
    """Return a running job of the model."""
    body = {"model": tiny_gguf(lab.root), "resource": "cpu", "release_after": 3600}
    made = lab.api.post("jobs", json=body).json()
    wait_for(lab, made, "running")
    return dict(made)


def wait_for(lab: Lab, job: dict[str, Any], state: str) -> None:
    """Wait until a job is in a state."""
    wait_until(lambda: lab.api.get(f"jobs/{job['id']}").json()["state"] == state, 30, state)


def turns(lab: Lab, job: dict[str, Any]) -> list[str]:
    """Return the states of the turns of a job's newest chat."""
    newest = lab.api.get("chats", params={"job": job["id"]}).json()["chats"][0]["id"]
    return [turn["state"] for turn in lab.api.get(f"chats/{newest}").json()["turns"]]


def show_all_jobs(page: Page) -> Locator:
    """Open the panel with every job in it, and return the jobs."""
    show_panel(page)
    panel = page.locator("#jupyter-sw-panel")
    more = panel.get_by_role("button", name=re.compile("^Show .* more$"))
    expect(more.first).to_be_visible()
    while more.count():
        more.first.click()
    jobs = panel.locator(".jp-sw-Job")
    expect(jobs).to_have_count(JOBS + 1)
    return jobs


def size(files: set[str]) -> float:
    """Return what files are in KB when they are compressed."""
    return sum(len(gzip.compress((BUILT / name).read_bytes())) for name in files) / 1000


def test_a_page_loads_little_and_the_rest_when_it_is_opened(
    page: Page, lab: Lab, job: dict[str, Any], figures: Figures
) -> None:
    loaded: set[str] = set()
    ours = re.compile(r"/extensions/jupyter-sw/static/([^?]*\.js)")
    page.on("response", lambda r: loaded.update(ours.findall(r.url)))
    open_lab(page, lab)
    show_panel(page)
    card = page.locator(f".jp-sw-Job[data-job='{job['id']}']")
    expect(card).to_be_visible()
    first = set(loaded)
    for name, selector in (
        ("chat", ".jp-sw-Chat"),
        ("jobpage", ".jp-sw-JobPage"),
        ("logs", ".jp-sw-Log"),
    ):
        assert not [file for file in loaded if f"lib_{name}_" in file], f"{name} is not lazy"
        before = set(loaded)
        buttons = {"chat": "Chat", "logs": "Logs", "jobpage": job["name"]}
        card.get_by_role("button", name=buttons[name], exact=True).click()
        expect(page.locator(selector).first).to_be_visible()
        figures.add(f"loaded with the first {name}, gzip", size(loaded - before), "KB")
    every = {path.name for path in BUILT.glob("*.js")}
    figures.add("loaded with the page, gzip", size(first), "KB", 250)
    figures.add("all there is, gzip", size(every), "KB", 250)


def test_plugins_are_activated_at_once(
    browser: Browser, page: Page, lab: Lab, figures: Figures
) -> None:
    page.add_init_script(FRAMES + PLUGINS)
    ours = {f"EvaluateScript {path.name}" for path in BUILT.glob("*.js")}
    scripts, modules, activation = [], [], []
    for _ in range(5):
        with traced(browser, page) as frames:
            open_lab(page, lab)
        plugins, evaluated = page.evaluate("() => [sw.plugins, sw.evaluated]")
        assert len(plugins) == 14, plugins
        run = [took for frame in frames for took, what in frame.parts if what in ours]
        assert len(run) >= 3, "its entry, its modules, its style"
        scripts.append(sum(run))
        modules.append(evaluated)
        activation.append(sum(plugins.values()))
    whole = [sum(parts) for parts in zip(scripts, modules, activation, strict=True)]
    figures.add("evaluating our scripts, median of 5", statistics.median(scripts), "ms")
    figures.add("running our modules, median of 5", statistics.median(modules), "ms")
    figures.add("activating 14 plugins, median of 5", statistics.median(activation), "ms")
    figures.add("all three, median of 5", statistics.median(whole), "ms", 50)


def test_a_state_is_to_be_seen_soon(
    page: Page, lab: Lab, job: dict[str, Any], figures: Figures
) -> None:
    page.add_init_script(FRAMES + STATES)
    open_lab(page, lab)
    show_all_jobs(page)
    for _ in range(5):
        lab.api.post(f"jobs/{job['id']}/pause")
        wait_for(lab, job, "paused")
        page.wait_for_timeout(100)
        lab.api.post(f"jobs/{job['id']}/resume")
        wait_for(lab, job, "running")
        page.wait_for_timeout(300)
    changes = page.evaluate("() => sw.states")
    assert len(changes) >= 15
    assert all(change["shown"] is not None for change in changes), changes
    to_pixel = [change["shown"] - change["arrived"] for change in changes]
    from_server = [change["shown"] - change["made"] for change in changes]
    told = f"of {len(changes)}, {JOBS} jobs shown"
    figures.add(f"state arrived to pixel, median {told}", statistics.median(to_pixel), "ms", 150)
    figures.add("state arrived to pixel, longest", max(to_pixel), "ms")
    figures.add("state on the server to pixel, median", statistics.median(from_server), "ms", 150)
    figures.add("state on the server to pixel, longest", max(from_server), "ms")


def test_tokens_are_to_be_seen_at_once_and_nothing_stutters(
    browser: Browser, page: Page, lab: Lab, job: dict[str, Any], figures: Figures
) -> None:
    page.add_init_script(FRAMES + WORDS)
    open_lab(page, lab)
    show_panel(page)
    card = page.locator(f".jp-sw-Job[data-job='{job['id']}']")
    card.get_by_role("button", name="Chat", exact=True).click()
    box = page.get_by_role("textbox", name=re.compile("Message"))
    box.fill("Tell me all about it.")
    with traced(browser, page) as frames:
        box.press("Enter")
        # The page is not asked meanwhile: answering costs it time, too.
        wait_until(lambda: turns(lab, job) == ["done"], 90, "the answer is whole")
        page.wait_for_timeout(SECOND)
    words = page.evaluate("() => sw.words")
    assert len(words) == len(re.findall(r"\bw\d+\b", answer()))
    waits = sorted(word["shown"] - word["arrived"] for word in words)
    print("longest frames:", *frames[:3], sep="\n    ")
    p95 = int(len(words) * 0.95)
    count = len(re.findall(r"\S+", answer()))
    told = f"of an answer of {count:,} at 100 a second"
    figures.add(f"token arrived to pixel, median {told}", statistics.median(waits), "ms", 50)
    figures.add("token arrived to pixel, p95 by the clock", waits[p95], "ms")
    # The clock also counts what other processes take; the frames that pass are the page's own.
    in_frames = sorted(word["in"] - word["after"] for word in words)
    figures.add("token arrived to pixel, p95 in frames", in_frames[p95] * SECOND / 60, "ms", 50)
    figures.add("longest frame meanwhile", frames[0].cpu, "ms", 50)


def test_a_long_chat_is_opened_without_a_stutter(
    browser: Browser, page: Page, lab: Lab, job: dict[str, Any], figures: Figures
) -> None:
    page.add_init_script(FRAMES)
    open_lab(page, lab)
    said = [{"content": f"Tell me part {n}.", "reply": answer()} for n in range(5)]
    chat = lab.api.post("chats", json={"job": job["id"], "turns": said}).json()["id"]
    command = "args => jupyterapp.commands.execute('jupyter-sw:open-chat', args).then(() => null)"
    with traced(browser, page) as frames:
        page.evaluate(command, {"job": job["id"], "chat": chat})
        answers = page.locator(".jp-sw-Markdown .jp-RenderedMarkdown")
        expect(answers).to_have_count(5)
        page.wait_for_timeout(8 * SECOND)
    expect(answers.first.locator("blockquote")).to_have_count(10)
    print("longest frames:", *frames[:3], sep="\n    ")
    figures.add("longest frame while a chat of 5 such answers is opened", frames[0].cpu, "ms")


def test_many_jobs_and_a_long_log_fit_and_scroll(
    browser: Browser, page: Page, lab: Lab, job: dict[str, Any], figures: Figures
) -> None:
    page.add_init_script(FRAMES)
    open_lab(page, lab)
    bare = heap(page)
    jobs = show_all_jobs(page)
    with_jobs = heap(page)
    body = page.locator(".jp-sw-Panel-body")
    body.hover()
    with traced(browser, page) as frames:
        for _ in range(40):
            page.mouse.wheel(0, 1000)
            page.wait_for_timeout(30)
    expect(jobs.last).to_be_in_viewport()
    figures.add(f"longest frame while scrolling {JOBS} jobs", frames[0].cpu, "ms", 50)
    page.evaluate(
        "job => jupyterapp.commands.execute('jupyter-sw:open-logs', {job}).then(() => null)",
        log_job(),
    )
    log = page.locator(".jp-sw-Log")
    expect(log.locator(".cm-line").last).to_contain_text(f"step {LINES - 1} ", timeout=60 * SECOND)
    whole = heap(page)
    figures.add("heap: JupyterLab with our plugins", bare / MB, "MB")
    figures.add(f"heap: with {JOBS} jobs shown", with_jobs / MB, "MB")
    figures.add(f"heap: with a log of {LINES:,} lines, too", whole / MB, "MB", 150)
