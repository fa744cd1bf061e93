"""A BERT of a few kilobytes as GGUF, and what transformers makes of the very same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np

from jupyter_sw.schemas.models import Handler, ModelFiles, WeightsFormat

CONTEXT = 128
WIDTH = 32
_LAYERS = 2
_HEADS = 4
_SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = [*_SPECIALS, *_LETTERS, *(f"##{letter}" for letter in _LETTERS), ".", "the", "cat"]
CLS, SEP = VOCABULARY.index("[CLS]"), VOCABULARY.index("[SEP]")

_NAMES = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
}
_LAYER_NAMES = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}


def build_bert() -> Any:
    """Return transformers' model with weights that are random, the same every time."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=WIDTH,
        intermediate_size=64,
        num_hidden_layers=_LAYERS,
        num_attention_heads=_HEADS,
        max_position_embeddings=CONTEXT,
        initializer_range=0.4,  # large enough that every layer matters
    )
    return BertModel(config, add_pooling_layer=False).eval()


def write_gguf(path: Path, pooling: gguf.PoolingType | None = gguf.PoolingType.MEAN) -> ModelFiles:
    """Write the model as llama.cpp's converter would, and return its files."""
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(64)
    writer.add_block_count(_LAYERS)
    writer.add_head_count(_HEADS)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    if pooling is not None:
        writer.add_pooling_type(pooling)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([_spelled(token) for token in VOCABULARY])
    kinds = gguf.TokenType
    writer.add_token_types([kinds.CONTROL] * 5 + [kinds.NORMAL] * (len(VOCABULARY) - 5))
    writer.add_token_type_count(2)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_bos_token_id(CLS)
    writer.add_sep_token_id(SEP)
    writer.add_mask_token_id(4)
    for name, tensor in build_bert().state_dict().items():
        target = _tensor_name(name)
        if target:
            writer.add_tensor(target, tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return ModelFiles(
        uri="local/tests/tiny-bert/1",
        name="tiny-bert",
        version="1",
        format=WeightsFormat.GGUF,
        path=str(path),
        bytes=path.stat().st_size,
        context=CONTEXT,
        handlers=[Handler.EMBEDDING],
    )


def expected(tokens: list[int]) -> np.ndarray:
    """Return what transformers computes: the mean over all tokens, of length 1."""
    import torch

    with torch.no_grad():
        hidden = build_bert()(input_ids=torch.tensor([tokens])).last_hidden_state[0]
    mean = hidden.mean(dim=0)
    return np.asarray(mean / mean.norm())


def spelled_tokens(text: str) -> list[int]:
    """Return the tokens of words of the vocabulary, or else of their letters."""
    tokens = []
    for word in text.split():
        pieces = [word] if word in VOCABULARY else [word[0], *(f"##{c}" for c in word[1:])]
        tokens += [VOCABULARY.index(piece) for piece in pieces]
    return [CLS, *tokens, SEP]


def _spelled(token: str) -> str:
    if token in _SPECIALS:
        return token
    return token[2:] if token.startswith("##") else f"\u2581{token}"


def _tensor_name(name: str) -> str | None:
    stem, _, kind = name.rpartition(".")
    if stem in _NAMES:
        return f"{_NAMES[stem]}.{kind}"
    if not stem.startswith("encoder.layer."):
        return None  # positions and the like, which are no weights
    number, _, part = stem.removeprefix("encoder.layer.").partition(".")
    return f"blk.{number}.{_LAYER_NAMES[part]}.{kind}"
