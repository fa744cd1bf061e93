"""Text as it is streamed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.worker.engines.hf.text import StopStrings, TokenText


def streamed(stops: tuple[str, ...], parts: list[str]) -> tuple[list[str], bool]:
    """Return what comes out for each part, and whether a stop string was met."""
    cutter = StopStrings(stops)
    out = []
    for part in parts:
        text, stopped = cutter.add(part)
        out.append(text)
        if stopped:
            return out, True
    return [*out, cutter.rest()], False


@pytest.mark.parametrize(
    ("stops", "parts", "out", "stopped"),
    [
        ((), ["a", "b"], ["a", "b", ""], False),
        (("END",), ["one E", "ND two"], ["one ", ""], True),
        (("END",), ["one E", "lse"], ["one ", "Else", ""], False),
        (("END",), ["one EN"], ["one ", "EN"], False),
        (("\n\n", "User:"), ["a\n", "\nb"], ["a", ""], True),
        (("aab",), ["aa", "ab", "c"], ["", "a"], True),
        (("x", "xyz"), ["wxyz"], ["w"], True),
    ],
)
def test_stop_strings(
    stops: tuple[str, ...], parts: list[str], out: list[str], stopped: bool
) -> None:
    assert streamed(stops, parts) == (out, stopped)


def test_characters_stay_whole(tiny_llama2: ModelFiles) -> None:
    """Its tokens are bytes: an emoji takes four."""
    tokenizer = Tokenizer.from_file(str(Path(tiny_llama2.path) / "tokenizer.json"))
    text = "naïve 🦊 人"
    tokens = tokenizer.encode(text, add_special_tokens=False).ids
    stream = TokenText(tokenizer, tokenizer.encode("Hi").ids)
    pieces = [piece for token in tokens if (piece := stream.add(token))]
    assert pieces == list(text)
