"""Whole notebooks, as CI, papermill and a person who presses Run All execute them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.support import REPO, Server, isolated_environment

EXAMPLES = REPO / "examples"
_nbformat: Any = nbformat  # its functions are untyped


@pytest.fixture
def environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let kernels that this process starts find the module's server."""
    for name, value in isolated_environment(server.home).items():
        monkeypatch.setenv(name, value)


def execute(notebook: Any, home: Path) -> None:
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(home)}}
    ).execute()


def notebook_of(*cells: str) -> Any:
    return _nbformat.v4.new_notebook(cells=[_nbformat.v4.new_code_cell(cell) for cell in cells])


def texts(notebook: Any) -> str:
    return json.dumps([cell.get("outputs", []) for cell in notebook.cells])


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_examples_are_kept_without_outputs(path: Path) -> None:
    notebook = _nbformat.read(path, as_version=4)
    _nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.usefixtures("environment")
def test_the_quickstart(server: Server) -> None:
    notebook = _nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    execute(notebook, server.home)
    said = texts(notebook)
    assert "The capital of France is Paris" in said
    assert "A prime number" in said
    assert server.token not in _nbformat.writes(notebook)
    assert server.url not in said
    # The panel's output holds the conversation for those who have no kernel.
    (chat,) = [cell for cell in notebook.cells if cell.source == "%sw chat"]
    view, transcript = (output["data"] for output in chat.outputs)
    assert "application/vnd.jupyter.widget-view+json" in view
    assert "A prime number" in transcript["text/html"]
    assert "**You:**" in transcript["text/plain"]
    # What the widget costs in the file.
    saved = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    (panel,) = [item for item in saved.values() if item["model_name"] == "AnyModel"]
    assert len(panel["state"]["_esm"]) + len(panel["state"]["_css"]) < 20_000


@pytest.mark.usefixtures("environment")
def test_llama_2_stops_in_its_first_cell_where_there_is_no_gpu(server: Server) -> None:
    if any(device["kind"] != "cpu" for device in server.ask("GET", "devices")["devices"]):
        pytest.skip("there is a GPU")
    notebook = _nbformat.read(EXAMPLES / "llama2_chat_in_five_minutes.ipynb", as_version=4)
    with pytest.raises(CellExecutionError, match="There is no GPU here"):
        execute(notebook, server.home)
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"][1:] == (
        [None] * 5
    )


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("line", ["%sw cancel nobody", "%sw rnu", "%%sw\n{nothing}"])
def test_an_error_stops_the_notebook(server: Server, line: str) -> None:
    notebook = notebook_of("%load_ext jupyter_sw", line, "reached = True")
    with pytest.raises(CellExecutionError):
        execute(notebook, server.home)
    (error,) = notebook.cells[1].outputs
    assert error["output_type"] == "error"
    assert len(error["traceback"]) <= 2
    assert notebook.cells[2].execution_count is None


def test_loading_is_quick_and_brings_no_torch() -> None:
    code = (
        "import sys, time\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "t = time.process_time()\n"
        "shell.run_line_magic('load_ext', 'jupyter_sw')\n"
        "print(time.process_time() - t)\n"
        "heavy = {'torch', 'transformers', 'xllamacpp', 'httpx', 'ipywidgets'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "import jupyter_sw.client.running, jupyter_sw.widgets.panel, jupyter_sw.magics.notebook\n"
        "assert not {'torch', 'transformers', 'xllamacpp'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # Processor time, because this machine may be busy with other tests.
    assert float(done.stdout) < 0.3
