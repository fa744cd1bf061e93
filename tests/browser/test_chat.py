"""The chat tab as a person uses it: one running job, and chats whose turns are given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import TOKEN, Lab, open_lab, wait_for_app
from tests.browser.test_sidebar import SECOND, run_job, take_screenshot, use_theme
from tests.support import wait_until


@pytest.fixture(scope="module")
def job(lab: Lab) -> Iterator[dict[str, Any]]:
    """Return a running job that the tests share."""
    # No answer goes on for minutes.
    running = run_job(lab, release_after=1800, context=1024, defaults={"max_tokens": 100})
    yield running
    lab.api.post(f"jobs/{running['id']}/cancel")


def make_chat(lab: Lab, job: dict[str, Any], *said: tuple[str, str], **request: Any) -> str:
    """Return the id of a chat in which this was said and answered."""
    turns = [{"content": content, "reply": reply} for content, reply in said]
    params = {"temperature": 0, "max_tokens": 24}
    body = {"job": job["id"], "turns": turns, "params": params, **request}
    answer = lab.api.post("chats", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def open_chat(page: Page, lab: Lab, job: dict[str, Any], chat: str) -> Locator:
    """Show a chat in a fresh JupyterLab."""
    open_lab(page, lab)
    return show_chat(page, job, chat)


def show_chat(page: Page, job: dict[str, Any], chat: str, mode: str = "tab-after") -> Locator:
    """Show a chat in its tab, or beside what is open."""
    page.evaluate(
        """async ({job, chat, mode}) => {
          const args = {job, chat};
          const tab = await jupyterapp.commands.execute('jupyter-sw:open-chat', args);
          jupyterapp.shell.add(tab, 'main', {mode});
        }""",
        {"job": job["id"], "chat": chat, "mode": mode},
    )
    view = page.locator(f".jp-sw-Chat[data-job='{job['id']}']")
    expect(view.get_by_role("textbox", name="Message")).to_be_visible()
    return view


def choose(page: Page, view: Locator, item: str) -> None:
    """Choose from the menu with the rest."""
    view.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=item).click()


def chats(lab: Lab, job: dict[str, Any]) -> list[str]:
    """Return the names of a job's chats."""
    listed = lab.api.get("chats", params={"job": job["id"]}).json()["chats"]
    return [chat["name"] for chat in listed]


def test_chats_are_listed_searched_renamed_and_deleted(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    rivers = make_chat(lab, job, ("Where is the Rhine?", "In Europe."), name="Rivers")
    chat = make_chat(lab, job, ("Where is the Matterhorn?", "In the Alps."), name="Mountains")
    view = open_chat(page, lab, job, chat)
    talk = view.get_by_role("log")
    expect(talk).to_contain_text("In the Alps.")
    view.get_by_role("button", name="Chats").click()
    listed = view.get_by_role("navigation", name="Chats")
    expect(listed.locator("[aria-current]")).to_contain_text("Mountains")
    listed.get_by_role("button", name=re.compile("^Rivers")).click()
    expect(talk).to_contain_text("In Europe.")
    expect(talk).not_to_contain_text("Alps")
    take_screenshot(page, "chat-list-light")

    listed.get_by_role("searchbox").fill("matterhorn")
    expect(listed.get_by_role("listitem")).to_have_count(1)
    expect(listed.get_by_role("listitem")).to_contain_text("Mountains")
    listed.get_by_role("searchbox").fill("no such thing")
    expect(listed).to_contain_text("No chat has this in it.")
    listed.get_by_role("searchbox").fill("")

    listed.get_by_role("button", name=re.compile("^Rivers")).hover()
    listed.get_by_role("button", name="Rename Rivers").click()
    name = listed.get_by_role("textbox", name="Name of the chat")
    name.fill("Rivers of Europe")
    name.press("Enter")
    expect(listed).to_contain_text("Rivers of Europe")
    wait_until(lambda: "Rivers of Europe" in chats(lab, job), 5, "the server knows the name")

    # What is shown is remembered with the layout.
    wait_until(lambda: rivers in lab.layout, 20, "the layout is saved")
    page.reload()
    expect(talk).to_contain_text("In Europe.", timeout=20 * SECOND)
    view.get_by_role("button", name="Chats").click()
    listed.get_by_role("button", name=re.compile("^Rivers")).hover()
    listed.get_by_role("button", name="Delete Rivers of Europe").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(talk).to_contain_text("In the Alps.")
    assert "Rivers of Europe" not in chats(lab, job)

    listed.get_by_role("button", name="New chat").click()
    expect(talk).to_contain_text("Say something to")
    box = view.get_by_role("textbox", name="Message")
    box.fill("Name one bridge.")
    box.press("Enter")
    expect(listed).to_contain_text("Name one bridge.", timeout=10 * SECOND)
    use_theme(page, "Dark")
    page.set_viewport_size({"width": 700, "height": 800})
    take_screenshot(page, "chat-list-narrow")


def test_a_chat_goes_on_with_another_model(page: Page, lab: Lab, job: dict[str, Any]) -> None:
    chat = make_chat(lab, job, ("Where is the Rhine?", "In Europe."), name="Rivers")
    ended = run_job(lab, release_after=600, name="another")
    view = open_chat(page, lab, job, chat)
    choose(page, view, "Continue on Another Model…")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Continue on which model?")
    dialog.get_by_role("button", name="Continue").click()
    other = page.locator(f".jp-sw-Chat[data-job='{ended['id']}']")
    expect(other.get_by_role("log")).to_contain_text("In Europe.")
    assert chats(lab, ended) == ["Rivers"]

    # When the model is gone the chat can be read, and goes on with the next one.
    lab.api.post(f"jobs/{ended['id']}/cancel")
    again = other.get_by_role("button", name="Run again and continue")
    again.click(timeout=15 * SECOND)
    last = wait_until(
        lambda: next((one for one in lab.jobs() if one["rerun_of"] == ended["id"]), None),
        10,
        "the job that goes on",
    )
    third = page.locator(f".jp-sw-Chat[data-job='{last['id']}']")
    expect(third.get_by_role("log")).to_contain_text("In Europe.")
    expect(third.get_by_role("textbox", name="Message")).to_be_visible(timeout=30 * SECOND)
    lab.api.post(f"jobs/{last['id']}/cancel")


CODE = "Try this:\n\n```python\nprint(6 * 7)\n```\n\nIt prints 42."


def cells(page: Page) -> list[str]:
    """Return what the cells of the newest notebook hold."""
    return list(
        page.evaluate(
            """() => [...jupyterapp.shell.widgets('main')]
              .filter(widget => widget.content?.model?.cells).at(-1)
              .content.model.sharedModel.cells.map(cell => cell.source)"""
        )
    )


def test_code_goes_into_a_notebook(page: Page, lab: Lab, job: dict[str, Any]) -> None:
    (lab.root / "code.ipynb").write_text(json.dumps(notebook("a = 1", "b = 2")))
    chat = make_chat(lab, job, ("What is six times seven in Python?", CODE))
    open_lab(page, lab, "code.ipynb", kernel=False)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    view = show_chat(page, job, chat, mode="split-right")
    code = view.get_by_role("group", name="This code")
    code.get_by_role("button", name="Insert below").click()
    assert cells(page) == ["a = 1", "print(6 * 7)", "b = 2"]
    take_screenshot(page, "chat-code")
    page.locator(".jp-Notebook .jp-Cell").last.click()
    code.get_by_role("button", name="Replace cell").click()
    assert cells(page) == ["a = 1", "print(6 * 7)", "print(6 * 7)"]
    code.get_by_role("button", name="New notebook").click()
    expect(page.locator(".jp-NotebookPanel")).to_have_count(2)
    wait_until(lambda: cells(page) == ["print(6 * 7)"], 10, "the new notebook holds the code")


def notebook(*sources: str) -> dict[str, Any]:
    """Return a notebook with cells of code."""
    made: list[dict[str, Any]] = [
        {
            "id": f"cell-{n}",
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for n, source in enumerate(sources)
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": spec}
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def test_a_chat_is_exported_and_imported(
    page: Page, lab: Lab, job: dict[str, Any], tmp_path: Path
) -> None:
    chat = make_chat(lab, job, ("Six times seven?", CODE), name="Sums", system="Be brief.")
    view = open_chat(page, lab, job, chat)

    def export(item: str) -> Path:
        with page.expect_download() as download:
            choose(page, view, item)
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path

    assert "# Sums" in (written := export("Export as Markdown")).read_text()
    assert written.name == "Sums.md"
    text = export("Export as Notebook").read_text()
    made = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(made)
    assert [cell.source for cell in made.cells if cell.cell_type == "code"] == ["print(6 * 7)"]

    file = export("Export as JSON")
    lab.api.delete(f"chats/{chat}")
    with page.expect_file_chooser() as chooser:
        choose(page, view, "Import JSON…")
    chooser.value.set_files(file)
    wait_until(lambda: "Sums" in chats(lab, job), 5, "the chat is there again")
    listed = lab.api.get("chats", params={"job": job["id"]}).json()["chats"][0]
    assert listed["id"] != chat
    assert listed["system"] == "Be brief."
    expect(view.get_by_role("log")).to_contain_text("It prints 42.")

    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    with page.expect_file_chooser() as chooser:
        choose(page, view, "Import JSON…")
    chooser.value.set_files(wrong)
    expect(page.locator(".Toastify")).to_contain_text("This file holds no chat")


def test_a_message_is_edited_branched_and_deleted(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    said = (("One?", "The first."), ("Two?", "The second."), ("Three?", "The third."))
    view = open_chat(page, lab, job, make_chat(lab, job, *said, name="Numbers"))
    talk = view.get_by_role("log")
    second = talk.locator("[data-turn='1']")
    second.hover()
    second.get_by_role("button", name="Edit").click()
    box = view.get_by_role("textbox", name="Message")
    expect(box).to_have_value("Two?")
    box.fill("Twenty?")
    take_screenshot(page, "chat-edit")
    view.get_by_role("button", name="Send in a branch").click()
    expect(talk).to_contain_text("Twenty?")
    expect(talk).to_contain_text("The first.")
    expect(talk).not_to_contain_text("The second.")
    expect(view.get_by_role("button", name="Send", exact=True)).to_be_visible(timeout=20 * SECOND)
    assert "Numbers (branch)" in chats(lab, job)

    view.get_by_role("button", name="Chats").click()
    view.get_by_role("button", name=re.compile(r"^Numbers \d|^Numbers\d")).click()
    expect(talk).to_contain_text("The third.")
    second.get_by_role("button", name="Delete from here on").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 2 messages and their answers?")
    dialog.get_by_role("button", name="Delete").click()
    expect(talk).not_to_contain_text("The second.")
    expect(talk).to_contain_text("The first.")


def test_a_preset_sets_a_chat_and_ones_own_is_kept(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    chat = make_chat(lab, job, ("One?", "The first."))
    view = open_chat(page, lab, job, chat)
    view.get_by_role("button", name="Settings").click()
    settings = view.get_by_role("region", name="Settings of this chat")
    preset = settings.get_by_role("combobox", name="Preset")
    expect(preset.locator("option:checked")).to_have_text("Own settings")
    preset.select_option("Programmer")
    expect(settings.get_by_label("System prompt")).to_have_value(re.compile("programmer"))
    expect(settings.get_by_label("Temperature")).to_have_value("0.1")
    kept = lab.api.get(f"chats/{chat}").json()
    assert "programmer" in kept["system"]
    assert kept["params"]["max_tokens"] == 24, "what a preset does not decide stays"

    system = settings.get_by_label("System prompt")
    system.fill("Answer in rhymes.")
    system.press("Tab")
    settings.get_by_label("Stop at").fill("END")
    settings.get_by_label("Stop at").press("Tab")
    settings.get_by_role("button", name="Save as preset").click()
    take_screenshot(page, "chat-settings")
    name = settings.get_by_role("textbox", name="Name of the preset")
    name.fill("Poet")
    name.press("Enter")
    expect(preset.locator("option:checked")).to_have_text("Poet")
    preset.select_option("Precise")
    expect(settings.get_by_label("Temperature")).to_have_value("0.2")

    # It is there in the next session, for every chat.
    other = open_chat(page, lab, job, make_chat(lab, job, ("Two?", "The second.")))
    other.get_by_role("button", name="Settings").click()
    settings.get_by_role("combobox", name="Preset").select_option("Poet")
    expect(settings.get_by_label("System prompt")).to_have_value("Answer in rhymes.")
    expect(settings.get_by_label("Stop at")).to_have_value("END")
    settings.get_by_role("button", name="Delete preset").click()
    expect(settings.get_by_role("option", name="Poet")).to_have_count(0)


def drag(page: Page, source: Locator, target: Locator) -> None:
    """Drag with the mouse, as JupyterLab's own drags are made."""
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    x, y = end["x"] + end["width"] / 2, end["y"] + end["height"] / 2
    page.mouse.move(x, y - 20, steps=6)
    page.mouse.move(x, y, steps=3)
    page.mouse.up()


def test_cells_files_and_selections_go_with_a_message(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    broken = notebook("total = price * 2", "b = 2")
    trace = "\x1b[31mNameError\x1b[0m: name 'price' is not defined"
    broken["cells"][0]["outputs"] = [
        {"output_type": "error", "ename": "NameError", "evalue": "price", "traceback": [trace]}
    ]
    (lab.root / "broken.ipynb").write_text(json.dumps(broken))
    (lab.root / "prices.csv").write_text("item,price\ntea,3\n")
    (lab.root / "picture.bin").write_bytes(b"\xff\xfe\x00\x80")
    chat = make_chat(lab, job, ("One?", "The first."))
    open_lab(page, lab, "broken.ipynb", kernel=False)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    view = show_chat(page, job, chat, mode="split-right")
    attached = view.get_by_role("list", name="Attached")

    prompt = page.locator(".jp-Notebook .jp-Cell").first.locator(".jp-InputPrompt")
    drag(page, prompt, view.get_by_role("log"))
    expect(attached).to_contain_text("Cell: total = price * 2")
    drag(page, page.locator(".jp-DirListing-item[title*='prices.csv']"), view.get_by_role("log"))
    expect(attached).to_contain_text("prices.csv")
    drag(page, page.locator(".jp-DirListing-item[title*='picture.bin']"), view.get_by_role("log"))
    expect(page.locator(".Toastify")).to_contain_text("picture.bin is no text")

    # A selection, by the menu.
    page.evaluate(
        """() => {
          const panel = [...jupyterapp.shell.widgets('main')].find(w => w.content?.model?.cells);
          panel.content.activeCellIndex = 1;
          panel.content.activeCell.editor.setSelection(
            {start: {line: 0, column: 0}, end: {line: 0, column: 1}});
        }"""
    )
    view.get_by_role("button", name="Attach").click()
    page.get_by_role("menuitem", name="Selected Text").click()
    expect(attached.get_by_role("listitem")).to_have_count(3)
    take_screenshot(page, "chat-attached")
    attached.get_by_role("button", name="Take away Selection in broken.ipynb").click()
    expect(attached.get_by_role("listitem")).to_have_count(2)

    box = view.get_by_role("textbox", name="Message")
    box.fill("What is wrong?")
    box.press("Enter")
    expect(attached).to_have_count(0)
    said = wait_until(
        lambda: next(iter(lab.api.get(f"chats/{chat}").json()["turns"][1:]), None), 10, "it is sent"
    )["content"]
    assert said.startswith("What is wrong?\n\n**Cell: total = price * 2**\n\n```python\n")
    assert "Error:\n\n```\nNameError: name 'price' is not defined\n```" in said
    assert said.endswith("**prices.csv**\n\n```csv\nitem,price\ntea,3\n```")

    # What was written is read at a glance, what went with it is folded; a reload changes nothing.
    for reloaded in (False, True):
        if reloaded:
            open_lab(page, lab)
            view = show_chat(page, job, chat)
        message = view.get_by_role("article", name="You").last
        folds = message.locator("details")
        expect(folds.locator("summary")).to_have_text(
            [
                re.compile(r"Cell: total = price \* 2\s*2 lines"),
                re.compile(r"prices\.csv\s*2 lines"),
            ]
        )
        assert message.inner_text().startswith("What is wrong?")
        assert "NameError" not in message.inner_text()
        folds.first.locator("summary").press("Enter")
        expect(folds.first.locator("pre")).to_have_text(
            ["total = price * 2", "NameError: name 'price' is not defined"]
        )
        expect(folds.first).to_contain_text("Error:")
        take_screenshot(page, "chat-folded")


def test_a_cell_asks_a_model_and_has_its_error_explained(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    failed = notebook("total = price * 2", "b = 2")
    failed["cells"][0]["outputs"] = [
        {"output_type": "error", "ename": "NameError", "evalue": "price", "traceback": []}
    ]
    (lab.root / "failed.ipynb").write_text(json.dumps(failed))
    before = len(chats(lab, job))
    open_lab(page, lab, "failed.ipynb", kernel=False)
    cells = page.locator(".jp-Notebook .jp-Cell")
    cells.first.locator(".jp-InputPrompt").click()
    toolbar = cells.first.locator(".jp-cell-toolbar")
    explain = "Have a running model explain this error and mend it"
    toolbar.get_by_role("button", name=explain).click()
    view = page.locator(f".jp-sw-Chat[data-job='{job['id']}']")
    expect(view).to_contain_text("Explain the error of this cell", timeout=10 * SECOND)
    expect(view).to_contain_text("NameError: price")
    expect(cells.first).to_be_visible()  # the chat is beside it
    assert len(chats(lab, job)) == before + 1
    take_screenshot(page, "cell-error")

    # A cell without an error offers to ask only; what is asked is up to the person.
    cells.nth(1).locator(".jp-InputPrompt").click()
    toolbar = cells.nth(1).locator(".jp-cell-toolbar")
    expect(toolbar.get_by_role("button", name=explain)).to_be_hidden()
    toolbar.get_by_role("button", name="Ask a running model about this cell").click()
    expect(view.get_by_role("list", name="Attached")).to_contain_text("Cell: b = 2")
    expect(view.get_by_role("textbox", name="Message")).to_be_focused()


def test_a_document_alone_is_asked_about_and_taken_back_to(
    page: Page, lab: Lab, job: dict[str, Any]
) -> None:
    """JupyterLab's single-document mode shows one thing at a time."""
    (lab.root / "alone.ipynb").write_text(json.dumps(notebook("a = 1", "b = 2")))
    chat = make_chat(lab, job, ("What is six times seven in Python?", CODE))
    page.goto(f"{lab.url}doc/tree/alone.ipynb?token={TOKEN}&reset")
    wait_for_app(page, kernel=False)
    document = page.locator(".jp-Notebook .jp-Cell")
    document.first.locator(".jp-InputPrompt").click()
    ask = "Ask a running model about this cell"
    document.first.locator(".jp-cell-toolbar").get_by_role("button", name=ask).click()
    view = page.locator(f".jp-sw-Chat[data-job='{job['id']}']")
    expect(view.get_by_role("list", name="Attached")).to_contain_text("Cell: a = 1")
    expect(view.get_by_role("textbox", name="Message")).to_be_focused()
    expect(document.first).to_be_hidden()
    show_chat(page, job, chat)
    view.get_by_role("button", name="Insert below").click()
    take_screenshot(page, "chat-alone")
    page.evaluate(
        "() => void jupyterapp.commands.execute('docmanager:open', {path: 'alone.ipynb'})"
    )
    expect(document.nth(1)).to_be_visible()
    expect(view).to_be_hidden()
    assert cells(page) == ["a = 1", "print(6 * 7)", "b = 2"]


@pytest.mark.slow
def test_two_models_are_asked_side_by_side(page: Page, lab: Lab, job: dict[str, Any]) -> None:
    other = run_job(lab, release_after=600, name="second")
    view = open_chat(page, lab, job, make_chat(lab, job, ("One?", "The first.")))
    choose(page, view, "Ask Two Models Side by Side…")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Ask which other model, too?")
    dialog.get_by_role("button", name="Continue").click()
    both = page.locator(".jp-sw-Compare")
    box = both.get_by_role("textbox", name="Message")
    box.fill("What is the capital of France?")
    box.press("Enter")
    for one in (job, other):
        answer = both.locator(f"[data-job='{one['id']}']").get_by_role("article", name="Answer")
        expect(answer).to_have_attribute("aria-busy", "false", timeout=30 * SECOND)
        expect(answer).not_to_have_text("")
        listed = lab.api.get("chats", params={"job": one["id"]}).json()["chats"]
        assert listed[0]["name"] == "What is the capital of France?"
    take_screenshot(page, "chat-compare")

    # Both columns come back with the layout, each with its chat.
    wait_until(lambda: "jupyter-sw-compare:" in lab.layout, 20, "the layout is saved")
    page.goto(f"{lab.url}lab")
    wait_for_app(page, kernel=False)
    for one in (job, other):
        column = both.locator(f"[data-job='{one['id']}']")
        expect(column.get_by_role("article", name="You")).to_have_text(
            "What is the capital of France?"
        )
        expect(column.get_by_role("article", name="Answer")).not_to_have_text("")

    # When one model is gone the other goes on.
    lab.api.post(f"jobs/{other['id']}/cancel")
    expect(both.get_by_role("region", name="second")).to_contain_text("ended", timeout=15 * SECOND)
    box.fill("And of Italy?")
    box.press("Enter")
    expect(both.locator(f"[data-job='{job['id']}']").get_by_role("article")).to_have_count(4)
    expect(both.locator(f"[data-job='{other['id']}']").get_by_role("article")).to_have_count(2)
