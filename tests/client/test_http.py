"""What the client makes of a server's words."""

from __future__ import annotations

import httpx
import pytest

from jupyter_sw.client.http import Event, error_of, read_events
from jupyter_sw.errors import ContextOverflow, Forbidden, ServerError, SwError


def response(status: int, **content: object) -> httpx.Response:
    request = httpx.Request("GET", "http://127.0.0.1:8888/jupyter-sw/api/jobs?token=secret")
    return httpx.Response(status, request=request, **content)  # type: ignore[arg-type]  # kwargs


def test_events_may_be_cut_anywhere_and_hold_any_character() -> None:
    event = 'event: delta\r\ndata: {"a": "x\u2028y\x85é"}\r\n\r\n'
    data = (event + ": still here\n\ndata: 1\ndata: 2\n\n").encode()
    for size in (1, 3, len(data)):
        chunks = iter([data[at : at + size] for at in range(0, len(data), size)])
        assert list(read_events(chunks)) == [
            Event("delta", '{"a": "x\u2028y\x85é"}'),
            Event("message", "1\n2"),
        ]


def test_an_error_keeps_its_type() -> None:
    body = {"message": "5,000 tokens of 4,096.", "reason": "context_overflow", "hint": "Shorten."}
    error = error_of(response(400, json=body))
    assert type(error) is ContextOverflow
    assert (error.message, error.hint) == (body["message"], body["hint"])


def test_an_error_of_the_openai_door_says_its_hint_once() -> None:
    inner = {"message": "Too long. Shorten.", "code": "context_overflow", "hint": "Shorten."}
    error = error_of(response(400, json={"error": inner}))
    assert str(error) == "Too long. Shorten."
    assert type(error) is ContextOverflow


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Forbidden), (302, Forbidden), (502, ServerError)]
)
def test_other_peoples_errors_are_readable_and_without_tokens(
    status: int, kind: type[SwError]
) -> None:
    error = error_of(response(status, html="<h1>no</h1>"))
    assert type(error) is kind
    assert "127.0.0.1:8888" in str(error)
    assert "secret" not in str(error)
