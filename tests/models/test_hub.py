"""Fetching from a hub: the real huggingface_hub against a server on loopback."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import psutil
import pytest

from jupyter_sw.errors import BadRequest, FetchError, GatedModel, NotFound, UnsafeModel
from jupyter_sw.models.fetching import fetch
from jupyter_sw.models.registry import Registry
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import FetchEvent, Handler, WeightsFormat
from tests.models.helpers import fetch_uri
from tests.models.hubserver import COMMIT, Hub, Repo
from tests.models.samples import PARAMETERS, gguf, model_files, safetensors
from tests.support import process_gone, wait_until

URI = "hf://org/tiny"
OTHER_COMMIT = "89abcdef0123456789abcdef0123456789abcdef"
MIB = 2**20
TOKEN = "hf_thisIsNotARealTokenItOnlyLooksLikeOne"


def test_a_fetch_brings_weights_config_and_tokenizer_only(hub: Hub, store: Path) -> None:
    files = {
        **model_files(),
        "pytorch_model.bin": b"pickle",
        "consolidated.safetensors": b"the same weights once more",
        "original/params.json": b"{}",
        "modeling_evil.py": b"raise SystemExit",
    }
    hub.repos["org/tiny"] = Repo(files)
    events: list[FetchEvent] = []
    got = fetch_uri(URI, store, events)
    assert got.uri == f"hf://org/tiny@{COMMIT}"
    assert (got.name, got.version, got.tags) == ("tiny", COMMIT, ["latest", "main"])
    assert got.format is WeightsFormat.SAFETENSORS
    assert (got.parameters, got.context) == (PARAMETERS, 512)
    assert got.handlers[0] is Handler.CHATBOT
    names = {path.name for path in Path(got.path).iterdir()}
    assert names == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert (Path(got.path) / "model.safetensors").read_bytes() == files["model.safetensors"]
    assert events[-1].files == got


def test_progress_counts_bytes_up_to_the_total(hub: Hub, store: Path) -> None:
    files = {**model_files(), "model.safetensors": safetensors({"w": (4 * MIB // 2,)})}
    hub.repos["org/tiny"] = Repo(files, block_delay=0.02)  # 64 blocks
    events: list[FetchEvent] = []
    started = time.monotonic()
    fetch_uri(URI, store, events)
    seconds = time.monotonic() - started
    wanted = sum(len(data) for name, data in files.items() if name != "README.md")
    counted = [event for event in events if event.total == wanted]
    done = [event.done for event in counted]
    assert done == sorted(done)
    assert done[-1] == wanted
    assert len({d for d in done if MIB <= d < wanted}) >= 2  # it was seen to grow
    assert len(events) <= 5 * seconds + 5


def test_a_second_fetch_needs_neither_child_nor_hub(hub: Hub, store: Path) -> None:
    hub.repos["org/tiny"] = Repo(model_files())
    first = fetch_uri(URI, store)
    asked = len(hub.requests)
    plan = Registry(store).plan(f"{URI}@{COMMIT[:8]}")
    assert plan.files == first
    started = time.monotonic()
    assert fetch_uri(URI, store) == first
    assert time.monotonic() - started < 0.2
    assert len(hub.requests) == asked


def test_a_cut_connection_is_resumed_where_it_broke(hub: Hub, store: Path) -> None:
    files = {**model_files(), "model.safetensors": safetensors({"w": (4 * MIB // 2,)})}
    hub.repos["org/tiny"] = Repo(files, cut_after={"model.safetensors": 3 * MIB + 1000})
    got = fetch_uri(URI, store)
    assert (Path(got.path) / "model.safetensors").read_bytes() == files["model.safetensors"]
    first, second = hub.downloads("model.safetensors")
    assert "range" not in first
    assert second["range"] == f"bytes={3 * MIB}-"


def test_cancelling_ends_the_child_and_keeps_whole_files(
    hub: Hub, hub_home: Path, store: Path
) -> None:
    files = model_files(shards=1)
    hub.repos["org/tiny"] = Repo(files, block_delay=30.0)  # the large file never ends
    plan = Registry(store).plan(URI)

    async def cancel_midway() -> tuple[int, float]:
        task = asyncio.create_task(fetch(plan, store, lambda _event: None))
        snapshots = hub_home / "hub" / "models--org--tiny" / "snapshots" / COMMIT
        while not hub.downloads("model.safetensors") or not (snapshots / "config.json").exists():
            assert not task.done()
            await asyncio.sleep(0.05)
        (child,) = (
            c for c in psutil.Process().children() if "jupyter_sw.models.fetch" in c.cmdline()
        )
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return child.pid, time.monotonic() - started

    pid, seconds = asyncio.run(asyncio.wait_for(cancel_midway(), 60))
    assert seconds < 2
    assert process_gone(pid)
    assert not list((hub_home / "hub").rglob("*.incomplete"))  # nothing of no use is left

    hub.repos["org/tiny"].block_delay = 0.0
    hub.requests.clear()
    fetch_uri(URI, store)
    assert hub.downloads("model.safetensors")
    assert not hub.downloads("config.json")


def test_the_child_ends_when_the_server_is_killed(hub: Hub, store: Path, tmp_path: Path) -> None:
    hub.repos["org/tiny"] = Repo(model_files(), block_delay=30.0)
    plan = Registry(store).plan(URI)

    async def abandon() -> int:
        # What a killed server leaves: a child whose parent is gone.
        process = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            '"$0" -m jupyter_sw.models.fetch --store "$1" < "$2" & echo $!; exec sleep 60',
            sys.executable,
            str(store),
            str(tmp_path / "plan.json"),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        pid = int(await process.stdout.readline())
        while not hub.downloads("model.safetensors"):
            await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
        return pid

    (tmp_path / "plan.json").write_text(plan.model_dump_json())
    store.mkdir()
    pid = asyncio.run(asyncio.wait_for(abandon(), 60))
    wait_until(lambda: process_gone(pid), 10, "the abandoned fetch ends")


def test_gated_without_a_token_names_the_page_and_the_login(hub: Hub, store: Path) -> None:
    hub.repos["org/tiny"] = Repo(model_files(), gated=True)
    with pytest.raises(GatedModel) as caught:
        fetch_uri(URI, store)
    assert caught.value.message == "org/tiny is gated, and no token was used."
    assert f"{hub.url}/org/tiny" in caught.value.hint
    assert "%sw login" in caught.value.hint


@pytest.mark.parametrize("place", ["HF_TOKEN", "the stored login"])
def test_gated_with_a_token_names_where_it_came_from_and_never_the_token(
    place: str, hub: Hub, hub_home: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == "HF_TOKEN":
        monkeypatch.setenv("HF_TOKEN", TOKEN)
    else:
        hub_home.mkdir(parents=True, exist_ok=True)
        (hub_home / "token").write_text(TOKEN)
    hub.repos["org/tiny"] = Repo(model_files(), gated=True)
    events: list[FetchEvent] = []
    with pytest.raises(GatedModel) as caught:
        fetch_uri(URI, store, events)
    assert f"the token from {place} has no access" in caught.value.message
    assert f"{hub.url}/org/tiny" in caught.value.hint
    sent = [headers.get("authorization") for *_, headers in hub.requests]
    assert f"Bearer {TOKEN}" in sent  # it was used
    assert TOKEN not in str(caught.value) + "".join(event.model_dump_json() for event in events)


def test_gated_with_an_accepted_token_is_fetched(
    hub: Hub, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.repos["org/tiny"] = Repo(model_files(), gated=True, allowed_tokens={TOKEN})
    assert fetch_uri(URI, store).version == COMMIT


def test_no_such_repository_or_revision(hub: Hub, store: Path) -> None:
    with pytest.raises(NotFound, match="There is no repository org/tiny on the hub"):
        fetch_uri(URI, store)
    hub.repos["org/tiny"] = Repo(model_files())
    with pytest.raises(NotFound, match="org/tiny has no revision 'v9'"):
        fetch_uri(f"{URI}@v9", store)


def test_pickles_are_refused(hub: Hub, store: Path) -> None:
    hub.repos["org/tiny"] = Repo({"config.json": b"{}", "pytorch_model.bin": b"cos\nsystem\n"})
    with pytest.raises(UnsafeModel) as caught:
        fetch_uri(URI, store)
    assert "pytorch_model.bin" in caught.value.message
    assert "safetensors" in caught.value.hint
    assert not hub.downloads("pytorch_model.bin")


def test_a_gguf_repository_offers_its_files_and_one_can_be_named(hub: Hub, store: Path) -> None:
    hub.repos["org/tiny"] = Repo({"a-Q8_0.gguf": gguf(), "a-Q4_0.gguf": b"other"})
    with pytest.raises(NotFound) as caught:
        fetch_uri(URI, store)
    assert "hf://org/tiny:a-Q8_0.gguf" in caught.value.hint
    got = fetch_uri(f"{URI}:a-Q8_0.gguf", store)
    assert got.format is WeightsFormat.GGUF
    assert got.uri == f"hf://org/tiny@{COMMIT}:a-Q8_0.gguf"
    assert Path(got.path).is_file()
    assert not hub.downloads("a-Q4_0.gguf")


def test_llamacpp_needs_gguf(hub: Hub, store: Path) -> None:
    with pytest.raises(BadRequest, match="reads GGUF only"):
        Registry(store).plan(URI, None, Engine.LLAMACPP)


def test_no_hub_and_nothing_here_says_how_to_go_on(
    hub_home: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens on "discard"
    with pytest.raises(FetchError) as caught:
        fetch_uri(URI, store)
    assert "http://127.0.0.1:9 can't be reached" in caught.value.message
    assert "./folder" in caught.value.hint
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FetchError, match="HF_HUB_OFFLINE forbids to ask the hub"):
        fetch_uri(URI, store)


def test_what_another_tool_fetched_is_seen_and_used_without_a_hub(
    hub: Hub, hub_home: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repos["org/tiny"] = Repo(model_files())
    fetch_uri(URI, tmp_path / "store of another tool")
    (version,) = Registry(store).detail(URI).versions
    assert (version.version, version.cached) == (COMMIT, True)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert fetch_uri(URI, store).version == COMMIT


def test_half_a_snapshot_is_not_taken_for_whole(
    hub: Hub, hub_home: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repos["org/tiny"] = Repo(model_files(shards=2))
    got = fetch_uri(URI, store)
    (Path(got.path) / "model-00002-of-00002.safetensors").unlink()
    assert Registry(store).plan(URI).files is None
    assert not any(version.cached for version in Registry(store).detail(URI).versions)
    assert fetch_uri(URI, store) == got  # it is made whole again


def test_a_new_commit_is_fetched_on_request_and_takes_the_tags(hub: Hub, store: Path) -> None:
    hub.repos["org/tiny"] = Repo(model_files())
    fetch_uri(URI, store)
    hub.repos["org/tiny"] = Repo(model_files(), commit=OTHER_COMMIT)
    assert fetch_uri(URI, store).version == COMMIT  # what is here is good enough
    assert fetch_uri(URI, store, version="main").version == OTHER_COMMIT
    assert fetch_uri(URI, store).version == OTHER_COMMIT
    versions = {v.version: v.tags for v in Registry(store).detail(URI).versions}
    assert versions == {OTHER_COMMIT: ["latest", "main"], COMMIT: []}
    fetch_uri(URI, store, version=OTHER_COMMIT)
    assert Registry(store).plan(URI).tags == ["latest", "main"]  # a commit by name keeps its tags
    old = fetch_uri(URI, store, version=f"{COMMIT[:8]} (main)")
    assert old.version == COMMIT
    listed = [info for info in Registry(store).models().models if info.uri == URI]
    assert [v.short for info in listed for v in info.versions] == [OTHER_COMMIT[:8], COMMIT[:8]]


def test_a_full_disk_is_told_before_the_download(
    hub: Hub, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = model_files()
    huge = Repo(files)
    hub.repos["org/tiny"] = huge
    # The hub says that one file is larger than any disk.
    huge.files["model.safetensors"] = _Huge(files["model.safetensors"])
    with pytest.raises(FetchError) as caught:
        fetch_uri(URI, store)
    assert "more on disk" in caught.value.message
    assert "are free in" in caught.value.message
    assert "HF_HOME" in caught.value.hint
    assert not hub.downloads("model.safetensors")


class _Huge(bytes):
    def __len__(self) -> int:
        return 1 << 60


def test_the_plan_is_json_and_holds_no_secret(
    hub_home: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    text = Registry(store).plan("llama2-7b-chat", None, Engine.TRANSFORMERS).model_dump_json()
    assert json.loads(text)["repo"] == "meta-llama/Llama-2-7b-chat-hf"
    assert TOKEN not in text
