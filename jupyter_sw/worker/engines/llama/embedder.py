"""GGUF models that turn texts into vectors, through llama.cpp."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_sw.errors import EngineError
from jupyter_sw.worker.engines.llama.engine import LlamaCppEngine


class LlamaCppEmbedder(LlamaCppEngine):
    """One embedding model in llama.cpp; see `Embedder`."""

    width = 0

    def embed(self, inputs: list[list[int]]) -> list[list[float]]:
        """Return the vectors, of length 1, of some texts' tokens."""
        body = {"input": inputs, "encoding_format": "float"}
        told = json.loads(self._server.handle_embeddings(json.dumps(body).encode()))
        if "data" not in told:
            error = told.get("error") or told
            raise EngineError(f"llama.cpp failed: {error.get('message', error)}")
        found = sorted(told["data"], key=lambda one: one["index"])
        return [one["embedding"] for one in found]

    def _parameters(self, xllamacpp: Any, path: Path, key: str) -> Any:
        params = super()._parameters(xllamacpp, path, key)
        params.embedding = True
        # A text is read in one step: what its tokens mean depends on those that follow.
        params.n_batch = params.n_ubatch = self._spec.context
        return params

    def _warm_up(self) -> None:
        self.width = len(self.embed([self.encode_text("Hello")])[0])
