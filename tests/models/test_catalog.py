from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_sw.errors import NotFound
from jupyter_sw.models.catalog import load_catalog
from jupyter_sw.models.registry import Registry
from jupyter_sw.models.uri import ModelURI
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import Handler


def test_names_aliases_and_repositories_are_told_apart() -> None:
    catalog = load_catalog()
    names = [name for entry in catalog for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    assert len({entry.hub for entry in catalog}) == len(catalog.models)
    assert all(ModelURI.parse(entry.uri).base == entry.uri for entry in catalog)


@pytest.mark.parametrize(
    ("size", "parameters"),
    [("7b", 6_738_415_616), ("13b", 13_015_864_320), ("70b", 68_976_648_192)],
)
def test_the_llama_2_family_is_whole(size: str, parameters: int) -> None:
    catalog = load_catalog()
    base, chat = catalog.get(f"llama2-{size}"), catalog.get(f"llama2-{size}-chat")
    assert base is not None
    assert chat is not None
    assert (base.hub, chat.hub) == (
        f"meta-llama/Llama-2-{size}-hf",
        f"meta-llama/Llama-2-{size}-chat-hf",
    )
    for entry in (base, chat):
        assert entry.parameters == parameters
        assert entry.context == 4096
        assert entry.gated
        assert entry.license_url.startswith("https://")
    assert base.handlers == [Handler.COMPLETION]
    assert chat.handlers[0] is Handler.CHATBOT


def test_recommended_resources_are_the_starting_documents() -> None:
    entry = load_catalog().get("llama2-7b-chat")
    assert entry is not None
    assert entry.resources == ["A100 80G*1", "A10 24G*1"]


def test_a_list_shows_every_model_and_the_default(store: Path, hub_home: Path) -> None:
    models = Registry(store).models()
    assert models.default == "smollm2-135m-chat"
    assert [info.name for info in models.models] == [entry.name for entry in load_catalog()]
    default = models.models[0]
    assert default.name == models.default
    assert default.embedded
    assert default.versions[0].short == "b179c952"
    assert default.versions[0].tags == ["latest", "q4_1"]
    assert not any(version.cached for info in models.models for version in info.versions)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lama2-7b-chat", "llama2-7b-chat"),
        ("starwhale/public/smolm2-135m-chat", "smollm2-135m-chat"),
        ("meta-llama/Llama-2-7b-chat-hf", "llama2-7b-chat"),
        ("someorg/SomeRepo", "hf://someorg/SomeRepo"),
        ("ann/lab/llama2-7b-chat", "starwhale/public/llama2-7b-chat"),
        ("qqqqqqq", "%sw models"),
    ],
)
def test_an_unknown_name_says_what_may_be_meant(
    name: str, hint: str, store: Path, hub_home: Path
) -> None:
    with pytest.raises(NotFound) as caught:
        Registry(store).plan(name, None, Engine.AUTO)
    assert hint in caught.value.hint


def test_aliases_lead_to_the_model(store: Path, hub_home: Path) -> None:
    plan = Registry(store).plan("Llama-2-7b-chat-hf", None, Engine.TRANSFORMERS)
    assert (plan.name, plan.uri) == ("llama2-7b-chat", "starwhale/public/llama2-7b-chat")
    assert plan.repo == "meta-llama/Llama-2-7b-chat-hf"
    assert plan.files is None
