"""lm-eval, as it comes, scores a job as it scores plain transformers with the same weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import REPO, STORE, Server

TASK = "short_answers"
TASKS = REPO / "tests" / "server" / "lm_eval"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def lm_eval(out: Path, *arguments: str, **environment: str) -> tuple[float, dict[str, str]]:
    """Run the program on the task and return the score and the reply to each question."""
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "lm_eval",
                "run",
                "--tasks",
                TASK,
                "--include_path",
                str(TASKS),
            ),
            *("--apply_chat_template", "--log_samples", "--output_path", str(out), *arguments),
        ],
        env={
            **os.environ,
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
            "HF_HOME": str(out / "home"),
            **environment,
        },
        cwd=REPO,  # where the task looks for its questions from
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    (results,) = out.rglob("results_*.json")
    (samples,) = out.rglob("samples_*.jsonl")
    score = json.loads(results.read_text())["results"][TASK]["exact_match,last-number"]
    logged: list[dict[str, Any]] = [json.loads(line) for line in samples.open()]
    return score, {sample["doc"]["question"]: sample["resps"][0][0] for sample in logged}


def test_it_scores_what_plain_transformers_scores(server: Server, tmp_path: Path) -> None:
    # The catalog's model, already converted, by its directory: the catalog adds a system prompt.
    converted = server.run(engine="transformers")
    server.ask("POST", f"jobs/{converted['id']}/cancel")
    (weights,) = (STORE / "converted").glob("SmolLM2-135M-Instruct.*/")
    job = server.run(model=str(weights), name="evaluated", engine="transformers", dtype="float32")
    ours, replies = lm_eval(
        tmp_path / "job",
        *("--model", "local-chat-completions", "--model_args"),
        "model=evaluated,num_concurrent=4,max_retries=1,"
        f"base_url={server.url}jupyter-sw/v1/chat/completions",
        OPENAI_API_KEY=server.token,
    )
    server.ask("POST", f"jobs/{job['id']}/cancel")
    theirs, expected = lm_eval(
        tmp_path / "plain",
        *("--model", "hf", "--device", "cpu", "--batch_size", "1"),
        *("--model_args", f"pretrained={weights},dtype=float32"),
    )
    assert len(replies) == 30
    assert replies == expected
    assert ours == theirs
    assert 0.2 < ours < 0.9  # neither nothing nor everything: it tells replies apart
