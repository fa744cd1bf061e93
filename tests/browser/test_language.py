"""JupyterLab in Chinese: what a reader of Chinese sees, from the empty panel to an answer."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from jupyter_sw.schemas.models import ModelFiles
from scripts.catalogs import catalog_files, read_catalog
from tests.browser.conftest import Lab, open_lab, show_panel, start_lab, stop_lab
from tests.browser.test_sidebar import SECOND, card, run_job, take_screenshot
from tests.support import MODEL, REPO, wait_until

# Names that are the same in every language: of the first project, of a choice of `%sw run`.
NAMES = {"default", "auto"}
NARROW = {"width": 560, "height": 900}
# What a reader or a screen reader is told: the text, and the attributes that are words.
WORDS = """root => {
  const words = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) words.push(walker.currentNode.textContent.trim());
  for (const node of root.querySelectorAll('*'))
    for (const name of ['title', 'aria-label', 'placeholder', 'alt'])
      if (node.hasAttribute(name)) words.push(node.getAttribute(name).trim());
  return words;
}"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, smollm2: ModelFiles) -> Iterator[Lab]:
    """Return a JupyterLab whose reader chose Chinese."""
    home = tmp_path_factory.mktemp("lab")
    settings = home / "config/lab/user-settings/@jupyterlab/translation-extension"
    settings.mkdir(parents=True)
    (settings / "plugin.jupyterlab-settings").write_text(json.dumps({"locale": "zh_CN"}))
    shutil.copytree(REPO / "examples", home / "work")
    running = start_lab(home, home / "work")
    yield running
    stop_lab(running)


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Return the strings that a reader of Chinese must not meet."""
    catalog = read_catalog(catalog_files()[0])
    return {
        message.id
        for message in catalog
        if isinstance(message.id, str) and message.id and message.string != message.id
    }


def untranslated(part: Locator, english: set[str]) -> set[str]:
    """Return what a part of the page says in English though there is a translation."""
    return english & set(part.evaluate(WORDS)) - NAMES


def test_panel_form_and_chat_speak_chinese(page: Page, lab: Lab, english: set[str]) -> None:
    open_lab(page, lab)
    show_panel(page)
    panel = page.locator("#jupyter-sw-panel")
    expect(panel).to_contain_text("没有正在运行的模型")
    expect(panel).to_contain_text(re.compile(r"可用 [\d.]+ / [\d.]+\sGiB"))
    assert untranslated(panel, english) == set()

    panel.get_by_role("button", name="运行模型…").press("Enter")
    form = page.get_by_role("form", name="运行模型")
    model = form.get_by_role("combobox", name="模型")
    expect(model).to_have_value(MODEL)
    expect(form.get_by_role("status")).to_contain_text("现在即可运行", timeout=10 * SECOND)
    for choice in ("1 · 运行资源", "2 · 模型", "3 · Handler", "4 · 运行时", "5 · 自动释放"):
        expect(form).to_contain_text(choice)
    form.get_by_label("5 · 自动释放").select_option("30 分钟")
    assert untranslated(form, english) == set()
    take_screenshot(page, "launch-zh")

    model.press("Enter")
    job = wait_until(lambda: lab.jobs() and lab.jobs()[0], 30, "the job is there")
    mine = card(page, job)
    expect(mine).to_contain_text("运行中", timeout=30 * SECOND)
    expect(mine.get_by_role("timer")).to_have_attribute(
        "aria-label", re.compile(r"^(29|30) 分钟后释放（\d\d:\d\d）$")
    )
    mine.get_by_role("button", name="对话", exact=True).click()
    box = page.get_by_role("textbox", name=re.compile("消息"))
    expect(box).to_have_attribute("placeholder", re.compile("Enter 发送，Shift\\+Enter 换行"))
    begun = lab.api.get("chats", params={"job": job["id"]}).json()["chats"][0]["id"]
    lab.api.patch(f"chats/{begun}", json={"params": {"max_tokens": 40}})
    box.fill("What is the capital of France?")
    box.press("Enter")
    chat = page.locator(".jp-sw-Chat")
    expect(chat).to_contain_text(re.compile(r"\d+ 个 token"), timeout=20 * SECOND)
    assert untranslated(chat, english) == set()
    assert untranslated(panel, english) == set()
    take_screenshot(page, "chat-zh")


def test_a_jobs_page_its_log_and_the_settings_speak_chinese(
    page: Page, lab: Lab, english: set[str]
) -> None:
    job = run_job(lab, release_after=1800)
    open_lab(page, lab)
    execute(page, "jupyter-sw:open-job", {"job": job["id"]})
    tab = page.locator(".jp-sw-JobPage")
    expect(tab.get_by_role("tab")).to_have_text(["概览", "连接", "日志", "事件", "对话"])
    for name in ("连接", "日志", "事件", "对话", "概览"):
        tab.get_by_role("tab", name=name).click()
        assert untranslated(tab, english) == set()
    expect(tab).to_contain_text("自动释放")
    take_screenshot(page, "jobpage-zh")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    take_screenshot(page, "jobpage-narrow-zh")
    icons = tab.locator(".jp-sw-JobPage-title .jp-sw-IconButton")
    tops = icons.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().top)")
    assert len(tops) == 3
    assert len(set(tops)) == 1, "what is shown as an icon stays together"

    page.set_viewport_size({"width": 1440, "height": 900})
    execute(page, "settingeditor:open", {"query": "模型"})
    editor = page.locator(".jp-SettingsPanel, .jp-PluginEditor, #setting-editor").first
    expect(editor).to_contain_text("模型：通知")
    expect(editor).to_contain_text("在作业开始运行、失败、即将释放或已释放时通知。")


def test_the_panel_in_a_notebook_speaks_chinese(page: Page, lab: Lab, english: set[str]) -> None:
    for job in lab.jobs():
        lab.api.post(f"jobs/{job['id']}/cancel")
    run = f"%sw run {MODEL} --release 30m --context 512"  # which ends an answer that goes on and on
    lines = ("%load_ext jupyter_sw", run, "%sw chat")
    cells = [nbformat.v4.new_code_cell(line) for line in lines]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, lab.root / "chinese.ipynb")
    open_lab(page, lab, "chinese.ipynb")
    execute(page, "notebook:run-all-cells", {})
    panel = page.locator(".sw-panel")
    expect(panel).to_contain_text("运行中", timeout=60 * SECOND)
    expect(panel).to_contain_text(re.compile(r"\d+:\d\d 后释放"))
    box = panel.get_by_role("textbox", name="消息")
    box.fill("What is the capital of France?")
    box.press("Enter")
    expect(panel).to_contain_text(re.compile(r"\d+ 个 token · "), timeout=20 * SECOND)
    expect(panel.get_by_role("button", name="重新生成")).to_be_visible()
    assert untranslated(panel, english) == set()
    take_screenshot(page, "panel-zh")


def execute(page: Page, command: str, args: dict[str, Any]) -> None:
    """Run a command of JupyterLab."""
    page.evaluate(
        "async ([id, args]) => { await jupyterapp.commands.execute(id, args); }", [command, args]
    )
