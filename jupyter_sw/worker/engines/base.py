"""What the worker asks of an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_sw.schemas.tools import ToolCall
from jupyter_sw.schemas.worker import EngineInfo, Stage

if TYPE_CHECKING:
    from jupyter_sw.worker.engines.mailbox import Mailbox

Message = dict[str, Any]
"""``{"role": "system" | "user" | "assistant" | "tool", "content": text}``

What belongs to tool calls (`tool_calls`, `tool_call_id`, `name`) is as in OpenAI's format, but the
arguments of a call are an object, as chat templates want them. A message without has no such key:
templates look for it.
"""

ToolDict = dict[str, Any]
"""A tool in OpenAI's format."""


class Report(Protocol):
    """How an engine tells its progress while it loads; may be called from any thread."""

    def __call__(self, stage: Stage, fraction: float | None = None, detail: str = "") -> None:
        """Tell the stage and how far it is, 0 to 1."""


@dataclass(frozen=True)
class Form:
    """What a reply has to look like."""

    lark: str
    """A grammar of llguidance."""
    field: str
    """What of the request asks for it."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen, with nothing left open."""

    temperature: float
    top_p: float
    top_k: int
    """0 is off."""
    seed: int
    max_tokens: int
    stop: tuple[str, ...] = ()
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    """Divides the scores of tokens that prompt and reply have already; 1 is off."""
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    logit_bias: tuple[tuple[int, float], ...] = ()
    logprobs: int | None = None
    """Alternatives to tell for each token; None tells no probabilities."""
    form: Form | None = None
    shown: tuple[tuple[int, str], ...] = ()
    """Control tokens, which are no text as a rule, that are text in this reply."""


@dataclass(frozen=True)
class SamplingDefaults:
    """What a request gets that does not say; a model's own settings come before these."""

    temperature: float = 0.8
    top_p: float = 0.95
    top_k: int = 40


@dataclass(frozen=True)
class TokenLogprob:
    """How likely a token was, by the model alone: before temperature, penalties and the rest."""

    data: bytes
    logprob: float
    top: tuple[tuple[bytes, float], ...] = ()
    """The likeliest tokens at this place, the likeliest first."""


@dataclass(frozen=True)
class Delta:
    """New text, how many tokens it took, and their probabilities where they were asked for.

    Engines give text only; in it `jupyter_sw.worker.calls` finds the calls.
    """

    text: str
    tokens: int
    logprobs: tuple[TokenLogprob, ...] = ()
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Templates:
    """A model's chat templates; most models have one for everything, some have none."""

    plain: str = ""
    tools: str = ""
    """For requests with tools."""


class Loaded(Protocol):
    """A model in memory, whoever computes. `load` runs in a thread of its own before the rest."""

    def load(self, report: Report) -> EngineInfo:
        """Load the model and return when a first token has come out of it.

        Raises
        ------
        EngineError
            When it cannot be loaded; the message says why.
        """

    def memory(self) -> int | None:
        """Return the bytes held on the device, None when the process's own memory is the answer."""

    def close(self) -> None:
        """Let go of what would outlive the process."""


class Embedder(Loaded, Protocol):
    """A model that makes vectors of texts in this process. Its methods block; see `Engine`."""

    vocabulary: int
    """Tokens that it knows."""
    width: int
    """Values of a vector."""

    def encode_text(self, text: str) -> list[int]:
        """Return a text's tokens, without any that control the model."""

    def embed(self, inputs: list[list[int]]) -> list[list[float]]:
        """Return a vector for each text, of length 1.

        Raises
        ------
        EngineError
            When it fails.
        """


class Engine(Loaded, Protocol):
    """A model that computes in this process.

    `encode_*` are blocking and run in worker threads; `start` is called on the event loop and
    returns at once.
    """

    defaults: SamplingDefaults
    vocabulary: int
    """Tokens the model knows; set by `load`."""
    templates: Templates
    """Set by `load`."""

    def encode_chat(self, messages: list[Message], tools: Sequence[ToolDict] = ()) -> list[int]:
        """Return the tokens of a conversation in the model's own chat format.

        Text of a message never becomes a control token.

        Raises
        ------
        BadRequest
            When the model has no chat format or its format refuses the conversation.
        """

    def encode_text(self, text: str) -> list[int]:
        """Return the tokens of plain text, with the token a text begins with where there is one."""

    def control_token(self, text: str) -> int | None:
        """Return the control token that is written like `text`; None where that is plain text."""

    def check(self, sampling: Sampling) -> None:
        """Make sure that `start` can do what is asked; blocking, as `encode_*`.

        Raises
        ------
        BadRequest
            Names what this engine can't do.
        """

    def start(self, tokens: list[int], sampling: Sampling, mailbox: Mailbox) -> Callable[[], None]:
        """Begin to generate into `mailbox`; return what stops it within one step.

        The mailbox is always finished, also after a stop.
        """
