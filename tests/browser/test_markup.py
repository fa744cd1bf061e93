"""A model that writes markup into its reply: JupyterLab shows text and runs nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import open_lab, show_panel, start_lab, stop_lab
from tests.standin.model import tiny_gguf
from tests.support import REPO, wait_until

SECOND = 1000  # milliseconds
ATTACKS = """the beginning, **bold**

<script>window.attacked = "script"</script>
<img src="x" onerror="window.attacked = 'image'">
<svg onload="window.attacked = 'drawing'"></svg>
<details open ontoggle="window.attacked = 'details'"><summary>more</summary></details>
<a href="javascript:window.attacked = 'link'">raw link</a>
[link](javascript:window.attacked='markdown')
<iframe srcdoc="<script>parent.attacked = 'frame'</script>"></iframe>
<form action="https://evil.example"><button>go</button></form>

the end
"""
HANDLERS = """chat => [...chat.querySelectorAll('.jp-RenderedMarkdown *')].flatMap(node =>
    [...node.attributes].filter(a => /^on/.test(a.name) || /^javascript:/i.test(a.value))
        .map(a => `${node.tagName} ${a.name}=${a.value}`))"""


def test_a_model_cannot_write_markup_that_runs(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    monkeypatch.setenv("SW_TEST_SAYS", ATTACKS)
    work = tmp_path / "work"
    work.mkdir()
    lab = start_lab(tmp_path, work, "tests.standin.lab")
    try:
        open_lab(page, lab)
        show_panel(page)
        body = {"model": tiny_gguf(work), "resource": "cpu", "release_after": 300}
        job = lab.api.post("jobs", json=body).json()["id"]
        wait_until(lambda: lab.api.get(f"jobs/{job}").json()["state"] == "running", 20, "it runs")
        lab.api.post("chats", json={"job": job, "params": {"max_tokens": 3}})
        mine = page.locator(f".jp-sw-Job[data-job='{job}']")
        mine.get_by_role("button", name="Chat", exact=True).click()
        box = page.get_by_role("textbox", name=re.compile("Message"))
        box.fill("<img src=x onerror=\"window.attacked = 'question'\">")
        box.press("Enter")
        chat = page.locator(".jp-sw-Chat")
        expect(chat).to_contain_text("the end", timeout=20 * SECOND)
        expect(chat.locator("strong")).to_have_text("bold")
        expect(chat).to_contain_text("<img src=x onerror=")  # the question, as it was typed
        page.wait_for_timeout(500)  # for what runs later, were there any
        assert chat.evaluate(HANDLERS) == []
        assert page.evaluate("() => window.attacked") is None
        assert chat.locator("script, iframe, svg[onload], form[action]").count() == 0
        lab.api.post(f"jobs/{job}/cancel")
    finally:
        stop_lab(lab)
