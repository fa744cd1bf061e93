"""Jobs that load a model quantized or with an adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import MODEL, Server
from tests.worker.tiny import build_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a model's directory."""
    directory = tmp_path_factory.mktemp("tiny")
    sizes = {"hidden_size": 128, "intermediate_size": 256}  # a block of 4-bit weights is 64
    build_tiny(directory, "LlamaConfig", "LlamaForCausalLM", **sizes)
    return str(directory)


@pytest.fixture(scope="module")
def lora(tiny: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the directory of an adapter of it."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(tiny)
    directory = tmp_path_factory.mktemp("lora")
    config = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    get_peft_model(model, config).save_pretrained(str(directory))
    return str(directory)


def test_a_job_says_how_it_was_loaded_and_runs_again_so(
    server: Server, tiny: str, lora: str
) -> None:
    """In the job, in its log and in the line that asks for the same."""
    asked = {"model": tiny, "quantize": "4bit", "adapter": lora}
    told = server.ask("POST", "estimate", **asked)
    assert told["engine"] == "transformers"
    assert told["command"] == f"%sw run {tiny} --quantize 4bit --adapter {lora}"
    job = server.run(**asked)
    assert (job["engine"], job["quantize"], job["adapter"]) == ("transformers", "4bit", lora)
    log = server.api.get(f"jobs/{job['id']}/logs").text
    assert "4bit" in log
    text = server.api.post(
        f"{server.url}jupyter-sw/v1/completions",
        json={"model": job["id"], "prompt": "abc", "max_tokens": 4, "temperature": 0},
    )
    assert text.status_code == 200, text.text
    assert text.json()["usage"]["completion_tokens"] >= 1
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    again = server.ask("POST", f"jobs/{job['id']}/rerun")
    assert (again["quantize"], again["adapter"]) == ("4bit", lora)
    server.ask("POST", f"jobs/{again['id']}/cancel")
    server.wait_for(again["id"], "cancelled")


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"quantize": "4bit", "engine": "llamacpp"}, 400, "--quantize is not offered"),
        ({"quantize": "3bit"}, 400, "quantize"),
        ({"adapter": "./nothing-there"}, 404, "adapter_config.json is missing"),
        ({"adapter": "llama2-7b"}, 400, "no adapter"),
        ({"adapter": "hf://org/lora", "engine": "vllm"}, 400, "--adapter is not offered"),
    ],
)
def test_what_cannot_be_loaded_so_is_refused(
    server: Server, wrong: dict[str, Any], status: int, words: str
) -> None:
    answer = server.api.post("jobs", json={"model": MODEL, **wrong})
    assert answer.status_code == status, answer.text
    assert words in answer.text


def test_a_quantized_model_is_not_quantized_again(
    server: Server, tiny: str, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    config: Any = BitsAndBytesConfig
    model: Any = AutoModelForCausalLM.from_pretrained(
        tiny, quantization_config=config(load_in_4bit=True), device_map={"": "cpu"}
    )
    model.save_pretrained(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((Path(tiny) / name).read_bytes())
    answer = server.api.post("jobs", json={"model": str(tmp_path), "quantize": "8bit"})
    assert answer.status_code == 400
    assert "quantized already" in answer.text
    job = server.run(model=str(tmp_path))  # as it comes
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
