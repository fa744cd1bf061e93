"""A real JupyterLab in a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from jupyter_sw.schemas.models import ModelFiles
from tests.support import REPO, isolated_environment, wait_until

TOKEN = "token-of-the-browser-tests"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "jupyter-sw:tour": {"tour": False},
}


@dataclass
class Lab:
    """A running JupyterLab."""

    url: str
    root: Path
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def api(self) -> httpx.Client:
        """Return a client of the extension's API."""
        headers = {"Authorization": f"token {TOKEN}"}
        return httpx.Client(base_url=f"{self.url}jupyter-sw/api/", headers=headers, timeout=30)

    @property
    def layout(self) -> str:
        """Return what is saved of the layout; it is some time after a change."""
        headers = {"Authorization": f"token {TOKEN}"}
        return httpx.get(f"{self.url}lab/api/workspaces/default", headers=headers).text

    def jobs(self, state: str = "live") -> list[dict[str, Any]]:
        """Return the jobs in a state."""
        return list(self.api.get("jobs", params={"state": state}).json()["jobs"])


def start_lab(
    home: Path,
    root: Path,
    app: str = "jupyterlab",
    *options: str,
    settings: dict[str, Any] | None = None,
) -> Lab:
    """Start JupyterLab (or Notebook) with its files under `home`, serving `root`.

    `settings` stand in for the defaults of plugins; nothing is offered to a newcomer without them.
    """
    config = home / "config" / "labconfig"
    config.mkdir(parents=True, exist_ok=True)
    overrides = json.dumps({**OVERRIDES, **(settings or {})})
    (config / "default_setting_overrides.json").write_text(overrides)
    log = home / "lab.log"
    port = () if any("ServerApp.port" in option for option in options) else ("--ServerApp.port=0",)
    command = [
        *(sys.executable, "-m", app, "--no-browser", "--allow-root", *port),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={root}"),
        *("--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"),
        *("--LabApp.extension_manager=readonly", *options),
    ]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env={**isolated_environment(home), "JUPYTER_TOKEN": TOKEN},
            stdout=output,
            stderr=output,
            cwd=root,
            start_new_session=True,
        )
    info = home / "run" / f"jpserver-{process.pid}.json"

    def found() -> dict[str, Any] | None:
        assert process.poll() is None, log.read_text()
        try:
            return dict(json.loads(info.read_text()))
        except (OSError, ValueError):
            return None

    return Lab(wait_until(found, 60, "the server's info file")["url"], root, home, process)


def stop_lab(lab: Lab) -> None:
    """Stop it as a person would."""
    if lab.process.poll() is None:
        lab.process.send_signal(signal.SIGTERM)
        lab.process.wait(30)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, smollm2: ModelFiles) -> Iterator[Lab]:
    """Return a JupyterLab with a copy of the examples."""
    home = tmp_path_factory.mktemp("lab")
    root = home / "work"
    shutil.copytree(REPO / "examples", root)
    running = start_lab(home, root)
    yield running
    stop_lab(running)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Chromium: the machine's own, or Playwright's."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Exception as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no Chromium: {error}")
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a fresh page that fails the test on an uncaught error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    fresh = context.new_page()
    errors: list[str] = []
    fresh.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    yield fresh
    context.close()
    # Notebook 7.6 throws one at start by itself, without any extension.
    assert not [error for error in errors if "/static/notebook/notebook_core" not in error]


def open_lab(
    page: Page, lab: Lab, path: str = "", *, kernel: bool = True, workspace: str = ""
) -> None:
    """Open a file in JupyterLab and wait until everything is there.

    Two tabs of one browser do not share a workspace: the second needs a name for its own.
    """
    own = f"/workspaces/{workspace}" if workspace else ""
    page.goto(f"{lab.url}lab{own}{f'/tree/{path}' if path else ''}?token={TOKEN}&reset")
    wait_for_app(page, kernel=kernel and bool(path))


def wait_for_app(page: Page, *, kernel: bool) -> None:
    """Wait until JupyterLab is restored, and its notebook's kernel idle."""
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => window.jupyterapp.restored")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    if kernel:
        page.wait_for_function(
            "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'"
        )


def show_panel(page: Page) -> None:
    """Open our sidebar."""
    page.evaluate("() => jupyterapp.shell.activateById('jupyter-sw-panel')")
    page.locator("#jupyter-sw-panel").wait_for(state="visible")
