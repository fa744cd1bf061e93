"""Models a few kilobytes large, with random weights; the first one of Llama 2's shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_sw.schemas.models import Handler, ModelFiles, WeightsFormat

# As in the tokenizer_config.json of Llama-2-7b-chat-hf.
LLAMA2_TEMPLATE = (
    "{% if messages[0]['role'] == 'system' %}"
    "{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}"
    "{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}"
    "{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{% endif %}"
    "{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}"
    "{% endif %}{% endfor %}"
)


BOS, EOS = 1, 2
SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 4096,
}
"""What the configurations of most families call the sizes of a model."""


def build_tiny_llama2(directory: Path, template: str | None = LLAMA2_TEMPLATE) -> ModelFiles:
    """Write a model of Llama 2's shape and return its files."""
    return build_tiny(directory, "LlamaConfig", "LlamaForCausalLM", template)


def build_tiny(
    directory: Path,
    config: str,
    model: str,
    template: str | None = None,
    words: int = 0,
    **changes: Any,
) -> ModelFiles:
    """Write a model and return its files; a token is a byte, and text begins with `<s>`.

    Parameters
    ----------
    config, model
        Names of transformers' classes.
    words
        Further tokens, which a model may say but no prompt has.
    changes
        Of `SIZES`, and what else the configuration knows.
    """
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    hf: Any = transformers  # it has no types to check against
    specials = ["<unk>", "<s>", "</s>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate([*specials, *letters])}
    vocabulary |= {f"\u0120word{n}": len(vocabulary) + n for n in range(words)}  # \u0120 is a space
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", BOS)]
    )
    tokenizer = hf.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        chat_template=template,
    )
    settings = {"vocab_size": len(vocabulary), "bos_token_id": BOS, "eos_token_id": EOS}
    torch.manual_seed(0)
    made = getattr(hf, model)(getattr(hf, config)(**{**settings, **SIZES, **changes}))
    made.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return ModelFiles(
        uri="local/tests/tiny/1",
        name="tiny",
        version="1",
        format=WeightsFormat.SAFETENSORS,
        path=str(directory),
        bytes=sum(file.stat().st_size for file in directory.iterdir()),
        context=4096,
        handlers=[Handler.CHATBOT],
    )
