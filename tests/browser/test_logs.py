"""A job's log as a person reads it: a real job's, with lines added as its worker's printing is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import TOKEN, Lab, open_lab, show_panel
from tests.browser.test_sidebar import SECOND, card, run_job, take_screenshot, use_theme
from tests.support import wait_until

THEMES = ("Light", "Dark", "Dark High Contrast")


class Log:
    """The log of a running job: its file, and how it is shown."""

    def __init__(self, lab: Lab, job: dict[str, Any]) -> None:
        self.lab, self.job = lab, job
        self.file: Path = next(lab.home.rglob(f"{job['id']}.log"))

    def write(self, *lines: str, level: str = "INFO") -> None:
        """Add lines as the log's writer does: at the end, each with time and level."""
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self.file.open("a") as file:
            file.write("".join(f"{now} {level} output: {line}\n" for line in lines))

    def open(self, page: Page) -> Locator:
        """Open it from the job's card, and return the view."""
        open_lab(page, self.lab)
        show_panel(page)
        card(page, self.job).get_by_role("button", name="Logs").click()
        view = page.locator(".jp-sw-Log")
        expect(view.locator(".cm-line").first).not_to_be_empty()
        return view


@pytest.fixture(scope="module")
def log(lab: Lab) -> Iterator[Log]:
    """Return the log of a running job."""
    job = run_job(lab, release_after=1200)
    yield Log(lab, job)
    lab.api.post(f"jobs/{job['id']}/cancel")


def scroll_top(view: Locator) -> float:
    """Return how far the lines are scrolled."""
    return float(view.locator(".cm-scroller").evaluate("node => node.scrollTop"))


def connections(page: Page) -> list[str]:
    """Return the log streams that are open, kept up to date."""
    streams: list[str] = []
    page.on("request", lambda r: streams.append(r.url) if "follow=true" in r.url else None)
    page.on("requestfailed", lambda r: streams.remove(r.url) if r.url in streams else None)
    page.on("requestfinished", lambda r: streams.remove(r.url) if r.url in streams else None)
    return streams


def test_lines_come_and_their_colours_are_shown_as_colours(page: Page, log: Log) -> None:
    view = log.open(page)
    text = view.locator(".cm-content")
    log.write(
        "\x1b[31mred\x1b[0m and \x1b[38;2;10;200;30mgreen\x1b[0m",
        "<img src=x onerror='document.title = \"bad\"'><b>not bold</b>",
    )
    expect(text).to_contain_text("red and green")
    expect(text).to_contain_text("<b>not bold</b>")
    assert view.locator(".cm-content img, .cm-content b").count() == 0
    colours = [
        view.locator(".jp-sw-Ansi", has_text=word).first.evaluate("n => getComputedStyle(n).color")
        for word in ("red", "green")
    ]
    plain = text.evaluate("node => getComputedStyle(node).color")
    assert len({*colours, plain}) == 3
    expect(view.get_by_role("status").last).to_have_text("Following the log")
    log_region = view.get_by_role("log")
    expect(log_region).to_have_attribute("aria-live", "off")


def test_levels_are_coloured_and_chosen(page: Page, log: Log) -> None:
    view = log.open(page)
    text = view.locator(".cm-content")
    level = view.get_by_role("combobox", name="Level")
    level.select_option("errors")
    expect(text).not_to_contain_text("INFO")
    expect(view.locator(".jp-sw-Log-none")).to_contain_text("There is no line of this level.")
    view.get_by_role("button", name="Show all lines").click()
    expect(text).to_contain_text("INFO")

    log.write("this is slow", level="WARNING")
    log.write("this broke", level="ERROR")
    level.select_option("warnings")
    expect(text).to_contain_text("this is slow")
    expect(text).to_contain_text("this broke")
    expect(text).not_to_contain_text("INFO")
    level.select_option("errors")
    log.write("this is fine")
    log.write("this broke, too", level="ERROR")
    lines = text.locator(".cm-line")
    expect(lines).to_have_text(["ERROR output: this broke", "ERROR output: this broke, too"])
    level.select_option("all")
    expect(text).to_contain_text("this is fine")


def test_a_search_finds_lines_and_counts_them(page: Page, log: Log) -> None:
    view = log.open(page)
    log.write(*(f"step {n} of 400" for n in range(1, 401)), "the Needle", "after it")
    expect(view.locator(".cm-content")).to_contain_text("after it")
    view.locator(".cm-content").focus()
    page.keyboard.press("Control+f")
    field = view.get_by_role("searchbox", name="Search the log")
    expect(field).to_be_focused()
    field.fill("needle")
    expect(view.locator(".jp-sw-Log-count")).to_have_text("1 of 1 line")
    expect(view.locator(".jp-mod-current .jp-sw-Log-match")).to_have_text("Needle")
    field.fill("step 1")  # and 10 to 19, 100 to 199
    expect(view.locator(".jp-sw-Log-count")).to_have_text("111 of 111 lines")
    field.press("Enter")
    expect(view.locator(".jp-sw-Log-count")).to_have_text("1 of 111 lines")
    expect(view.locator(".cm-line.jp-mod-current")).to_contain_text("step 1 of 400")
    expect(view.locator(".cm-line.jp-mod-current")).to_be_in_viewport()
    view.get_by_role("button", name="Previous line").click()
    expect(view.locator(".cm-line.jp-mod-current")).to_contain_text("step 199 of 400")
    log.write("step 1 again")
    expect(view.locator(".jp-sw-Log-count")).to_have_text("111 of 112 lines")
    field.press("Escape")
    expect(view.get_by_role("textbox", name="Lines of the log")).to_be_focused()
    expect(view.locator(".jp-sw-Log-match")).to_have_count(0)


def test_the_end_is_followed_left_and_come_back_to(page: Page, log: Log) -> None:
    view = log.open(page)
    scroller = view.locator(".cm-scroller")
    log.write(*(f"row {n}" for n in range(300)))
    expect(view.locator(".cm-line").last).to_contain_text("row 299")
    scroller.hover()
    page.mouse.wheel(0, -600)
    follow = view.get_by_role("button", name=re.compile("Follow"))
    expect(follow).to_have_text(re.compile(r"^\d+ lines behind · Follow$"))
    before = int(follow.inner_text().split()[0])

    # What is selected stays selected and where it is while lines come.
    page.mouse.dblclick(*centre(view.locator(".cm-line").nth(5)))
    selected = page.evaluate("() => String(getSelection())")
    place = scroll_top(view)
    assert selected.strip()
    log.write(*(f"late {n}" for n in range(500)))
    expect(follow).to_have_text(f"{before + 500} lines behind · Follow")
    assert page.evaluate("() => String(getSelection())") == selected
    assert abs(scroll_top(view) - place) < 2

    follow.click()
    expect(view.locator(".cm-line").last).to_contain_text("late 499")
    expect(follow).to_have_count(0)
    log.write("the newest")
    expect(view.locator(".cm-line").last).to_contain_text("the newest")
    expect(view.locator(".cm-line").last).to_be_in_viewport()

    # With the keyboard alone.
    view.get_by_role("textbox", name="Lines of the log").focus()
    page.keyboard.press("PageUp")
    expect(follow).to_be_visible()
    page.keyboard.press("End")
    expect(follow).to_have_count(0)


def centre(node: Locator) -> tuple[float, float]:
    """Return where to click on a line's text."""
    box = node.bounding_box()
    assert box
    return box["x"] + 30, box["y"] + box["height"] / 2


def test_times_and_wrapping_are_chosen_and_remembered(page: Page, log: Log) -> None:
    view = log.open(page)
    log.write("long " * 200)
    expect(view.locator(".cm-line").last).to_contain_text("long")
    time = view.locator(".jp-sw-Log-times time").last
    expect(time).to_have_text(re.compile(r"^\d\d:\d\d:\d\d(\s[AP]M)?$"))
    line = view.locator(".cm-line").last
    one_row = line.evaluate("node => node.offsetHeight")
    view.get_by_role("button", name="Wrap").click()
    expect(view.get_by_role("button", name="Wrap")).to_have_attribute("aria-pressed", "true")
    wait_until(lambda: line.evaluate("node => node.offsetHeight") > 2 * one_row, 5, "it wraps")
    view.get_by_role("button", name="Time").click()
    expect(view.locator(".jp-sw-Log-times")).to_have_count(0)

    def saved() -> bool:
        headers = {"Authorization": f"token {TOKEN}"}
        answer = httpx.get(f"{log.lab.url}lab/api/workspaces/default", headers=headers)
        state = answer.json()["data"].get("jupyter-sw:logs") if answer.is_success else None
        return state == {"wrap": True, "times": False}

    wait_until(saved, 10, "the choices are saved")
    page.goto(f"{log.lab.url}lab")
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => window.jupyterapp.restored")
    show_panel(page)
    card(page, log.job).get_by_role("button", name="Logs").click()
    expect(view.get_by_role("button", name="Wrap")).to_have_attribute("aria-pressed", "true")
    expect(view.get_by_role("button", name="Time")).to_have_attribute("aria-pressed", "false")
    expect(view.locator(".jp-sw-Log-times")).to_have_count(0)


def test_the_download_is_the_whole_log(page: Page, log: Log) -> None:
    view = log.open(page)
    log.write(*("x" * 1000 for _ in range(600)))  # more than one answer of the server holds
    with page.expect_download() as download:
        view.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == f"jupyter-sw-{log.job['id']}.log"
    assert Path(download.value.path()).read_bytes() == log.file.read_bytes()


def test_a_hidden_log_reads_nothing_and_goes_on_where_it_was(page: Page, log: Log) -> None:
    streams = connections(page)
    view = log.open(page)
    log.write("seen before")
    expect(view.locator(".cm-content")).to_contain_text("seen before")
    assert len(streams) == 1
    page.evaluate("() => jupyterapp.commands.execute('launcher:create').then(() => null)")
    expect(view).to_be_hidden()
    wait_until(lambda: not pump(page, streams), 5, "its connection is closed")
    log.write("written meanwhile")
    page.get_by_role("tab", name=re.compile("^Logs")).click()
    expect(view.locator(".cm-content")).to_contain_text("written meanwhile")
    assert view.locator(".cm-line", has_text="seen before").count() == 1
    assert not streams[-1].endswith("offset=0")


def pump(page: Page, streams: list[str]) -> list[str]:
    """Let the page's events come, and return the open streams."""
    page.wait_for_timeout(50)
    return streams


def test_a_broken_connection_is_told_and_mended(page: Page, log: Log) -> None:
    view = log.open(page)
    page.evaluate("() => jupyterapp.commands.execute('launcher:create').then(() => null)")
    expect(view).to_be_hidden()
    page.route("**/logs?follow=true*", lambda route: route.abort())
    page.get_by_role("tab", name=re.compile("^Logs")).click()
    expect(view.locator(".jp-sw-Log-footer")).to_contain_text("The connection was lost")
    page.unroute("**/logs?follow=true*")
    log.write("after the break")
    view.get_by_role("button", name="Try now").click()
    expect(view.locator(".cm-content")).to_contain_text("after the break")
    expect(view.locator(".jp-sw-Log-footer")).to_contain_text("Following the log")


@pytest.mark.parametrize("theme", THEMES)
def test_levels_and_colours_can_be_read(page: Page, log: Log, theme: str) -> None:
    view = log.open(page)
    use_theme(page, theme)
    log.write("slow and \x1b[33myellow\x1b[0m, \x1b[97;44mon blue\x1b[0m", level="WARNING")
    log.write("it broke", level="ERROR")
    log.write("".join(f"\x1b[{code}m{code}\x1b[0m " for code in (*range(30, 38), *range(90, 98))))
    expect(view.locator(".cm-line").last).to_contain_text("97")
    ratios: dict[str, float] = view.evaluate(CONTRAST)
    assert {"INFO output:", "WARNING output:", "ERROR output:"} <= ratios.keys()
    assert {text: round(ratio, 2) for text, ratio in ratios.items() if ratio < 4.5} == {}
    take_screenshot(page, f"log-{theme}")


# The contrast of each piece of text with what is behind it, by WCAG 2's formula. A canvas mixes the
# colours, whatever CSS calls them.
CONTRAST = """view => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const paint = colours => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = parts => {
    const [r, g, b] = parts.map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratios = {};
  const nodes = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const node = nodes.currentNode.parentElement;
    const text = nodes.currentNode.textContent.trim();
    if (!text || node.closest('.jp-sw-Hidden')) continue;
    const grounds = [];
    for (let at = node; at; at = at.parentElement) {
      grounds.unshift(getComputedStyle(at).backgroundColor);
    }
    const ground = paint(grounds);
    const ink = paint([...grounds, getComputedStyle(node).color]);
    const [low, high] = [light(ground), light(ink)].sort((a, b) => a - b);
    ratios[text] = Math.min(ratios[text] ?? 99, (high + 0.05) / (low + 0.05));
  }
  return ratios;
}"""


def test_a_narrow_log_keeps_its_controls(page: Page, log: Log) -> None:
    view = log.open(page)
    view.evaluate("node => { node.style.maxWidth = '300px'; }")
    for control in view.locator("input, select, button, a").all():
        box, outer = control.bounding_box(), view.bounding_box()
        assert box
        assert outer
        assert box["x"] >= outer["x"]
        assert box["x"] + box["width"] <= outer["x"] + 300
    take_screenshot(page, "log-narrow")


@pytest.mark.slow
def test_200_000_lines_do_not_hold_up_the_page(page: Page, log: Log) -> None:
    lines = 220_000
    view = log.open(page)
    page.evaluate(WATCH_FRAMES)
    before = heap(page)
    # 24 MB, faster than any model prints: at once, while the view follows.
    for start in range(0, lines, 20_000):
        log.write(*(f"line {n} {'-' * 70}" for n in range(start, start + 20_000)))
    expect(view.locator(".cm-line").last).to_contain_text(f"line {lines - 1}", timeout=60 * SECOND)
    loading = page.evaluate("() => window.frames_seen.splice(0)")
    grown = heap(page) - before
    expect(view.locator(".jp-sw-Banner")).to_contain_text(re.compile(r"^\d+ older lines are not"))
    assert view.locator(".cm-line").count() < 500

    view.get_by_role("searchbox").fill("line 12345")
    expect(view.locator(".jp-sw-Log-count")).to_have_text(re.compile("of 1[01] lines"))
    searching = page.evaluate("() => window.frames_seen.splice(0)")
    view.get_by_role("combobox", name="Level").select_option("errors")
    view.get_by_role("combobox", name="Level").select_option("all")
    expect(view.locator(".cm-line").last).to_contain_text(f"line {lines - 1}")
    filtering = page.evaluate("() => window.frames_seen.splice(0)")
    print(
        f"\n{lines} lines: heap +{grown / 2**20:.0f} MiB;"
        f" longest frame loading {max(loading):.0f} ms of {len(loading)},"
        f" p95 {sorted(loading)[int(len(loading) * 0.95)]:.0f} ms,"
        f" searching {max(searching):.0f} ms, filtering {max(filtering):.0f} ms"
    )
    assert grown < 10 * 24 * 2**20
    assert sum(frame > 250 for frame in loading) <= len(loading) / 20


WATCH_FRAMES = """() => {
  window.frames_seen = [];
  let last = performance.now();
  const next = now => {
    window.frames_seen.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""


def heap(page: Page) -> float:
    """Return the bytes of the page's heap after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used)


def test_an_empty_log_says_so_and_an_ended_one_too(page: Page, lab: Lab) -> None:
    job = run_job(lab, release_after=600)
    mine = Log(lab, job)
    mine.file.write_text("")  # as before the first line
    open_lab(page, lab)
    show_panel(page)
    card(page, job).get_by_role("button", name="Logs").click()
    view = page.locator(".jp-sw-Log")
    expect(view.locator(".jp-sw-Log-none")).to_have_text("Nothing printed yet.")
    take_screenshot(page, "log-empty")
    lab.api.post(f"jobs/{job['id']}/cancel")
    expect(view.locator(".jp-sw-Log-footer")).to_contain_text(
        "The job has ended; nothing more is printed.", timeout=15 * SECOND
    )
