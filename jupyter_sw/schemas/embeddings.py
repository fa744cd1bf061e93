"""OpenAI's request for embeddings: texts in, a vector for each out.

https://platform.openai.com/docs/api-reference/embeddings/create
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupyter_sw.schemas.base import Request

_Tokens = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=1_000_000)]
_MOST = 2048  # inputs at once, as OpenAI has it


class EmbeddingRequest(Request):
    """What is to be turned into vectors: texts, or tokens that a client made of them."""

    model: str | None = None
    input: (
        str
        | Annotated[list[str], Field(min_length=1, max_length=_MOST)]
        | _Tokens
        | Annotated[list[_Tokens], Field(min_length=1, max_length=_MOST)]
    )
    encoding_format: Literal["float", "base64"] | None = Field(
        default=None, description="`base64`: float32 values, the lowest byte first."
    )
    dimensions: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Length of the vectors; only the model's own can be had."
    )
    user: str | None = None

    @property
    def inputs(self) -> list[str | list[int]]:
        """Return each text, or its tokens."""
        if isinstance(self.input, str):
            return [self.input]
        tokens = [one for one in self.input if isinstance(one, int)]
        return [tokens] if tokens else [one for one in self.input if not isinstance(one, int)]
