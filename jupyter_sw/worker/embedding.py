"""A worker whose model makes vectors of texts."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

from jupyter_sw.clock import uptime
from jupyter_sw.errors import BadRequest, ContextOverflow
from jupyter_sw.schemas.base import parse
from jupyter_sw.schemas.embeddings import EmbeddingRequest
from jupyter_sw.schemas.worker import EngineInfo, WorkerSpec
from jupyter_sw.worker.app import Worker
from jupyter_sw.worker.engines.base import Embedder
from jupyter_sw.worker.handlers import Answering, NotThisModel
from jupyter_sw.worker.health import State


class Embeddings:
    """Turns requests into vectors, some texts at a time: between them a request can end."""

    def __init__(self, state: State, spec: WorkerSpec) -> None:
        self._state = state
        self._at_once = spec.slots
        self._embedder: Embedder | None = None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="embed")

    def open(self, embedder: Embedder) -> None:
        """Begin to take requests."""
        self._embedder = embedder

    async def answer(self, request: EmbeddingRequest) -> tuple[list[list[float]], int]:
        """Return the vectors, and how many tokens were read.

        Raises
        ------
        NotReady, BadRequest, ContextOverflow, EngineError
        """
        info, embedder = self._state.require_ready(), self._embedder
        assert embedder is not None
        loop, counters = asyncio.get_running_loop(), self._state.counters
        if request.dimensions not in (None, embedder.width):
            raise BadRequest(
                f"dimensions: this model's vectors have {embedder.width} values; "
                f"{request.dimensions} were asked for.",
                hint="Leave `dimensions` out.",
            )
        with self._counted():
            inputs = await loop.run_in_executor(
                self._threads, _tokens, request.inputs, embedder, info.context
            )
            vectors: list[list[float]] = []
            for part in _parts(inputs, self._at_once, info.context):
                vectors += await loop.run_in_executor(self._threads, embedder.embed, part)
                counters.prompt_tokens += sum(map(len, part))
        return vectors, sum(map(len, inputs))

    @contextmanager
    def _counted(self) -> Iterator[None]:
        counters = self._state.counters
        counters.requests += 1
        counters.running += 1
        try:
            yield
        finally:
            counters.running -= 1
            counters.last_end = uptime()


def _tokens(inputs: list[str | list[int]], embedder: Embedder, context: int) -> list[list[int]]:
    """Return the tokens of each input; refuse what can't be embedded, by its number."""
    found = []
    for number, one in enumerate(inputs):
        where = "input" if len(inputs) == 1 else f"input {number}"
        if one == "":
            raise BadRequest(f"{where}: the text is empty.")
        tokens = embedder.encode_text(one) if isinstance(one, str) else one
        if len(tokens) > context:
            raise ContextOverflow(
                f"{where}: {len(tokens)} tokens, and the model's context is {context}.",
                hint="Shorten it, or embed it in parts.",
            )
        if not tokens:
            raise BadRequest(f"{where}: the text has no tokens.")
        if max(tokens) >= embedder.vocabulary:
            raise BadRequest(
                f"{where}: the model has no token {max(tokens)}; it has {embedder.vocabulary}."
            )
        found.append(tokens)
    return found


def _parts(inputs: list[list[int]], most: int, context: int) -> Iterator[list[list[int]]]:
    """Yield what is computed in one step: at most `most` texts, which fit the context together."""
    part: list[list[int]] = []
    for tokens in inputs:
        if part and (len(part) == most or sum(map(len, part)) + len(tokens) > context):
            yield part
            part = []
        part.append(tokens)
    yield part


class EmbeddingsHandler(Answering):
    """``POST /v1/embeddings``."""

    embeddings: Embeddings

    def initialize(  # type: ignore[override]  # passed by name
        self, embeddings: Embeddings, **shared: Any
    ) -> None:
        """Take what the application holds."""
        super().initialize(**shared)
        self.embeddings = embeddings

    async def answer(self, body: Any) -> None:
        """Embed."""
        request = parse(EmbeddingRequest, body)
        vectors, tokens = await self.embeddings.answer(request)
        packed = request.encoding_format == "base64"
        self.finish(
            {
                "object": "list",
                "model": self.model_name,
                "data": [
                    {
                        "object": "embedding",
                        "index": index,
                        "embedding": _packed(vector) if packed else vector,
                    }
                    for index, vector in enumerate(vectors)
                ],
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            }
        )


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


class EmbeddingWorker(Worker):
    """Embeds, and does nothing else."""

    def __init__(self, spec: WorkerSpec) -> None:
        super().__init__(spec)
        self._embeddings = Embeddings(self._state, spec)

    def _make_engine(self) -> Embedder:
        from jupyter_sw.worker.engines.llama.embedder import LlamaCppEmbedder

        return LlamaCppEmbedder(self._spec)

    def _open(self, info: EngineInfo) -> None:
        self._embeddings.open(cast("Embedder", self._engine))

    def _completions(self, shared: dict[str, Any]) -> list[Any]:
        hint = {"hint": "Ask it at /v1/embeddings, or run a model that writes."}
        return [
            (r"/v1/embeddings", EmbeddingsHandler, {**shared, "embeddings": self._embeddings}),
            (r"/v1/(?:chat/)?completions", NotThisModel, {**shared, **hint}),
        ]
