"""The translations: whole, faithful, and in the form that JupyterLab serves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from jupyterlab_server.translation_utils import get_language_pack

from scripts.catalogs import (
    catalog_files,
    compile_catalogs,
    compiled,
    problems,
    read_catalog,
    source_problems,
    source_strings,
)

CJK = r"[\u4e00-\u9fff]"


@pytest.fixture(scope="module")
def source() -> Catalog:
    return source_strings()


def test_every_string_is_extracted(source: Catalog) -> None:
    assert len(source) > 350
    assert "Run a model" in source
    assert source.get("Notify of jobs", context="settings") is not None
    assert ("%1 model running", "%1 models running") in [message.id for message in source]


def test_english_can_be_translated(source: Catalog) -> None:
    assert list(source_problems(source)) == []


@pytest.mark.parametrize("path", catalog_files(), ids=lambda path: path.parent.parent.name)
def test_catalogs_are_complete(path: Path, source: Catalog) -> None:
    found = list(problems(read_catalog(path), source))
    assert found == [], "bring it up to date with `make translations`, then translate"


@pytest.mark.parametrize(
    ("text", "translation", "problem"),
    [
        ("Run %1", "", "not translated"),
        ("Run %1", "运行", "other placeholders"),
        ("Run %1", "运行 %1 %2", "other placeholders"),
        (("%1 job", "%1 jobs"), ("个作业",), "other placeholders"),
        (("%1 job", "%1 jobs"), ("",), "not translated"),
    ],
)
def test_what_is_amiss_is_found(
    text: str | tuple[str, str], translation: str | tuple[str], problem: str
) -> None:
    source, catalog = Catalog(), Catalog(locale="zh_CN")
    source.add(text)
    catalog.add(text, translation)
    (found,) = problems(catalog, source)
    assert found.startswith(problem)


def test_strings_that_are_gone_are_found() -> None:
    catalog = Catalog(locale="zh_CN")
    catalog.add("Walk", "走")
    assert list(problems(catalog, Catalog())) == ["said nowhere any more: 'Walk' (the catalog)"]


def test_jupyterlab_is_told_two_forms_where_a_language_has_one() -> None:
    catalog = Catalog(locale="zh_CN")
    catalog.add(("%1 job", "%1 jobs"), ("%1 个作业",))
    catalog.add("Paused", "暂停时间", context="moment")
    strings = compiled(catalog)
    assert strings.pop("")["language"] == "zh-CN"
    assert strings == {
        "%1 job": ["%1 个作业", "%1 个作业"],
        "moment\x04Paused": ["暂停时间"],
    }


def test_jupyterlab_serves_our_chinese_with_its_language_pack() -> None:
    for path in compile_catalogs():
        assert json.loads(path.read_text(encoding="utf-8"))[""]["domain"] == "jupyter_sw"
    served, problem = get_language_pack("zh_CN")
    assert problem == ""
    assert "jupyterlab" in served, "the language pack of the extra zh-CN is missing: make setup"
    assert served["jupyter_sw"]["Submitting…"] == ["正在提交…"]


def test_chinese_is_typeset_as_in_chinese() -> None:
    """No Western punctuation after a character, and a space between characters and words."""
    (path,) = [path for path in catalog_files() if "zh_CN" in path.parts]
    for message in read_catalog(path):
        text = message.string if isinstance(message.string, str) else message.string[0]
        assert not re.search(rf"{CJK}[,.:;!?()]", text), text
        assert not re.search(rf"{CJK}[A-Za-z0-9]|[A-Za-z0-9]{CJK}", re.sub(r"%\d", "", text)), text
