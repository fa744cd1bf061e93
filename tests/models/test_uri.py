from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_sw.errors import BadRequest
from jupyter_sw.models.uri import ModelURI


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("llama2-7b-chat", "starwhale/public/llama2-7b-chat"),
        ("  Llama2-7B-Chat ", "starwhale/public/llama2-7b-chat"),
        ("llama2-7b-chat/latest", "starwhale/public/llama2-7b-chat/latest"),
        ("starwhale/public/llama2-7b-chat", "starwhale/public/llama2-7b-chat"),
        ("starwhale/public/llama2-7b-chat/latest", "starwhale/public/llama2-7b-chat/latest"),
        (
            "starwhale/public/llama2-7b-chat/ki72ulaf(latest)",
            "starwhale/public/llama2-7b-chat/ki72ulaf",
        ),
        ("llama2-7b-chat/ki72ulaf (latest, main)", "starwhale/public/llama2-7b-chat/ki72ulaf"),
        ("ann/lab/mine", "ann/lab/mine"),
        ("hf://Qwen/Qwen3-8B", "hf://Qwen/Qwen3-8B"),
        ("hf://Qwen/Qwen3-8B@refs/pr/4", "hf://Qwen/Qwen3-8B@refs/pr/4"),
        ("hf://o/r:q/m-Q4_K_M.gguf", "hf://o/r:q/m-Q4_K_M.gguf"),
        ("hf://o/r@main:m.gguf", "hf://o/r@main:m.gguf"),
        ("https://huggingface.co/Qwen/Qwen3-8B", "hf://Qwen/Qwen3-8B"),
        ("https://huggingface.co/Qwen/Qwen3-8B/tree/main", "hf://Qwen/Qwen3-8B@main"),
        ("https://huggingface.co/o/r/blob/main/q/m.gguf", "hf://o/r@main:q/m.gguf"),
        ("/models/mine", "/models/mine"),
        ("file:/models/my%20model", "/models/my model"),
        ("file:///models/mine.gguf", "/models/mine.gguf"),
    ],
)
def test_every_form_has_one_canonical_form(text: str, canonical: str) -> None:
    uri = ModelURI.parse(text)
    assert str(uri) == canonical
    assert ModelURI.parse(canonical) == uri


def test_parts_of_a_catalog_uri() -> None:
    uri = ModelURI.parse("ann/lab/mine/v3")
    assert (uri.owner, uri.project, uri.name, uri.version) == ("ann", "lab", "mine", "v3")
    assert uri.base == "ann/lab/mine"
    assert uri.at("abcd") == "ann/lab/mine/abcd"


def test_two_parts_are_a_name_and_a_version_not_a_repository() -> None:
    uri = ModelURI.parse("Qwen/Qwen3-8B")
    assert (uri.name, uri.version, uri.repo) == ("qwen", "Qwen3-8B", "")


def test_relative_paths_count_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ModelURI.parse("./mine").path == tmp_path / "mine"
    assert ModelURI.parse("~/mine").path == tmp_path / "mine"
    file = ModelURI.parse("weights/mine-q8_0.gguf")
    assert file.path == tmp_path / "weights" / "mine-q8_0.gguf"
    assert file.name == "mine-q8_0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a/b/c/d/e",
        "two words",
        "-x",
        "a//b",
        "hf://onlyorg",
        "hf://o/r:file.bin",
        "hf:",
        "file:",
    ],
)
def test_bad_uris_say_what_is_good(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        ModelURI.parse(text)
    assert "hf://org/repo" in caught.value.hint
