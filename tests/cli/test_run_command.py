"""A request written as a line is read as the same request."""

from __future__ import annotations

import pytest

from jupyter_sw.cli.jobs import run
from jupyter_sw.errors import BadRequest
from jupyter_sw.magics.interpolation import split
from jupyter_sw.schemas.commands import run_command
from jupyter_sw.schemas.jobs import JobRequest, ReplyDefaults
from jupyter_sw.schemas.quantities import parse_bytes, parse_duration, write_bytes, write_duration


@pytest.mark.parametrize(
    "request_",
    [
        JobRequest(model="llama2-7b-chat"),
        JobRequest(
            model="/home/ann/my models/tiny.gguf",
            version="main",
            handler="completion",
            resource="A100 80G*2",
            engine="transformers",
            dtype="bfloat16",
            offload=3 * 2**29,
            context=2048,
            release_after=5400,
            release_idle=0,
            project="rlhf",
            name="mine",
            comment="it's {braces} and 50 % more",
        ),
        JobRequest(
            model="m",
            comment="Two\nlines of {one}.",
            defaults=ReplyDefaults(
                system='Be brief.\nSay {it} in "French".', temperature=0, top_p=0.5, max_tokens=40
            ),
        ),
    ],
)
def test_a_line_asks_for_the_same(request_: JobRequest) -> None:
    line = run_command(request_)
    magic, command, *words = split(line, {})
    assert (magic, command) == ("%sw", "run")
    given = run.make_context("run", words).params
    given["release_after"], given["release_idle"] = given.pop("release"), given.pop("idle")
    del given["no_wait"]
    fields = {name: value for name, value in given.items() if value is not None}
    told = {name: fields.pop(name) for name in ReplyDefaults.model_fields if name in fields}
    assert JobRequest(**fields, **({"defaults": told} if told else {})) == request_


def test_defaults_are_left_out() -> None:
    assert run_command(JobRequest(model="m", release_after=0)) == "%sw run m --release never"


@pytest.mark.parametrize("seconds", [0, 1, 2.5, 60, 90, 3600, 5400, 86_400, 90_061])
def test_a_duration_is_read_as_it_was_written(seconds: float) -> None:
    assert parse_duration(write_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["12 min", "1 h 30 min", "2 d 3 h", "45 s"])
def test_a_duration_as_it_is_shown_can_be_typed(text: str) -> None:
    assert parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("8GiB", 8 * 2**30), ("8 gb", 8 * 2**30), ("1.5g", 3 * 2**29), ("512M", 2**29)],
)
def test_a_size_is_read_and_written(text: str, size: int) -> None:
    assert parse_bytes(text) == size
    assert parse_bytes(write_bytes(size)) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "8 Gbit", "much", "1e9"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="8GiB"):
        parse_bytes(text)
