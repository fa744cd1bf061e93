from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jupyter_sw.errors import BadRequest, FetchError, NotFound, UnsafeModel
from jupyter_sw.models.plans import SourceKind
from jupyter_sw.models.registry import Registry
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import FetchEvent, Handler, WeightsFormat
from tests.models.helpers import fetch_uri
from tests.models.samples import PARAMETERS, gguf, model_files, write_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory with a model for chat."""
    return write_model(tmp_path / "my model", model_files())


def test_a_directory_is_used_where_it_lies(folder: Path, store: Path) -> None:
    events: list[FetchEvent] = []
    files = fetch_uri(str(folder), store, events)
    assert (files.uri, files.name, files.path) == (str(folder), "my model", str(folder))
    assert files.format is WeightsFormat.SAFETENSORS
    assert (files.parameters, files.context) == (PARAMETERS, 512)
    assert files.handlers == [Handler.CHATBOT, Handler.COMPLETION]
    assert files.bytes == (folder / "model.safetensors").stat().st_size
    assert [event.files for event in events] == [files]


def test_without_a_chat_template_it_only_completes(tmp_path: Path, store: Path) -> None:
    base = write_model(tmp_path / "base", model_files(chat=False))
    assert fetch_uri(str(base), store).handlers == [Handler.COMPLETION]
    (base / "chat_template.jinja").write_text("{{ messages }}")
    (base / "config.json").touch()
    chat = write_model(tmp_path / "chat", {**model_files(chat=False), "chat_template.jinja": b"{}"})
    assert fetch_uri(str(chat), store).handlers[0] is Handler.CHATBOT


def test_the_version_is_content_not_place(folder: Path, store: Path, tmp_path: Path) -> None:
    version = fetch_uri(str(folder), store).version
    copied = tmp_path / "elsewhere"
    shutil.copytree(folder, copied)
    assert fetch_uri(str(copied), store).version == version
    write_model(copied, model_files(max_position_embeddings=1024))
    changed = fetch_uri(str(copied), store)
    assert changed.version != version
    assert changed.context == 1024


def test_a_version_of_a_local_model_must_be_the_one_there(folder: Path, store: Path) -> None:
    version = fetch_uri(str(folder), store).version
    assert fetch_uri(str(folder), store, version=version[:8]).version == version
    with pytest.raises(NotFound, match="not 12345678"):
        Registry(store).plan(str(folder), "12345678")


def test_a_gguf_file(tmp_path: Path, store: Path) -> None:
    path = tmp_path / "mine-Q8_0.gguf"
    path.write_bytes(gguf())
    plan = Registry(store).plan(str(path), None, Engine.LLAMACPP)
    assert plan.source is SourceKind.FILE
    files = fetch_uri(str(path), store)
    assert (files.format, files.name) == (WeightsFormat.GGUF, "mine-Q8_0")
    assert (files.parameters, files.context) == (64 + 64 * 300, 512)
    assert files.handlers[0] is Handler.CHATBOT
    path.write_bytes(gguf(chat=False))
    assert fetch_uri(str(path), store).handlers == [Handler.COMPLETION]


def test_a_split_gguf_needs_all_its_parts(tmp_path: Path, store: Path) -> None:
    first, second = (tmp_path / f"mine-{n:05}-of-00002.gguf" for n in (1, 2))
    first.write_bytes(gguf())
    with pytest.raises(NotFound, match=r"mine-00002-of-00002\.gguf is missing"):
        fetch_uri(str(first), store)
    second.write_bytes(gguf())
    assert fetch_uri(str(first), store).bytes == first.stat().st_size + second.stat().st_size


def test_pickles_are_refused_with_the_way_out(tmp_path: Path, store: Path) -> None:
    folder = write_model(
        tmp_path / "old", {"config.json": b"{}", "pytorch_model.bin": b"cos\nsystem\n"}
    )
    with pytest.raises(UnsafeModel) as caught:
        fetch_uri(str(folder), store)
    assert "pytorch_model.bin" in caught.value.message
    assert "save_pretrained" in caught.value.hint


def test_what_is_not_a_model_is_named(tmp_path: Path, store: Path) -> None:
    with pytest.raises(NotFound, match="There is no model at"):
        fetch_uri(str(tmp_path / "nothing"), store)
    with pytest.raises(NotFound, match="There are no weights in"):
        fetch_uri(str(write_model(tmp_path / "empty", {"config.json": b"{}"})), store)
    files = model_files()
    del files["config.json"]
    with pytest.raises(NotFound, match=r"config\.json is missing"):
        fetch_uri(str(write_model(tmp_path / "bare", files)), store)


def test_a_model_without_a_tokenizer_is_named(tmp_path: Path, store: Path) -> None:
    files = model_files()
    del files["tokenizer.json"]
    with pytest.raises(NotFound, match="There is no tokenizer in"):
        fetch_uri(str(write_model(tmp_path / "mute", files)), store)


@pytest.mark.parametrize(
    "data", [b"", b"GGUF", b"not a model at all", gguf()[:200], gguf()[:-20_500]]
)
def test_a_damaged_gguf_is_named(data: bytes, tmp_path: Path, store: Path) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    with pytest.raises(FetchError, match="is not a whole GGUF file"):
        fetch_uri(str(path), store)


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 8 + b"{}", model_files()["model.safetensors"][:60]]
)
def test_damaged_safetensors_are_named(data: bytes, tmp_path: Path, store: Path) -> None:
    folder = write_model(tmp_path / "bad", {**model_files(), "model.safetensors": data})
    with pytest.raises(FetchError, match="is not a whole safetensors file"):
        fetch_uri(str(folder), store)


def test_llamacpp_refuses_safetensors(folder: Path, store: Path) -> None:
    with pytest.raises(BadRequest, match="reads GGUF only"):
        Registry(store).plan(str(folder), None, Engine.LLAMACPP)


def test_vllm_and_sglang_refuse_gguf(tmp_path: Path, store: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(gguf())
    for engine in (Engine.VLLM, Engine.SGLANG):
        with pytest.raises(BadRequest, match="reads safetensors only"):
            Registry(store).plan(str(tmp_path / "tiny.gguf"), None, engine)


def test_detail_of_a_local_model_has_exact_needs(folder: Path, store: Path) -> None:
    detail = Registry(store).detail(str(folder))
    assert [(need.dtype, need.quantize) for need in detail.needs] == [
        ("float32", None),
        ("bfloat16", None),
        ("bfloat16", "8bit"),
        ("bfloat16", "4bit"),
    ]
    assert all(need.exact for need in detail.needs)
    assert [version.cached for version in detail.versions] == [True]
