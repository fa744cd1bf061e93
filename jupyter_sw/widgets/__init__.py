"""The chat panel, and how a model's Markdown becomes safe HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_sw.widgets.panel import ChatPanel as ChatPanel

__all__ = ["ChatPanel"]


def __getattr__(name: str) -> Any:
    if name != "ChatPanel":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from jupyter_sw.widgets.panel import ChatPanel

    return ChatPanel
