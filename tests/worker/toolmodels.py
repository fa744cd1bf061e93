"""The real model with a chat template that knows tools, written as those of other models."""

from __future__ import annotations

from pathlib import Path

import gguf
from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles, WeightsFormat
from jupyter_sw.worker.engines.hf.gguf import converted
from tests.support import STORE

# How Qwen 2.5 and Qwen 3 write tools and calls, around SmolLM2's own ChatML.
HERMES_TEMPLATE = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "You may call functions, which are given within <tools></tools>:\\n<tools>" }}
    {%- for tool in tools %}
        {{- '\\n' + tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools>\\nWrite a call as JSON within <tool_call></tool_call>:\\n<tool_call>\\n" }}
    {{- "{\\"name\\": <name>, \\"arguments\\": <arguments>}\\n</tool_call><|im_end|>\\n" }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' %}
        {{- '<|im_start|>user\\n' + message.content + '<|im_end|>\\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' + message.content }}
        {%- for call in message.tool_calls or [] %}
            {{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
            {{- call.function.arguments | tojson }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == 'tool' %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + message.content }}
        {{- '\\n</tool_response><|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""


# How Mistral's models of 2024 write calls, after a control token.
MISTRAL_TEMPLATE = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'user' and tools %}{{- tools | tojson + '\\n' }}{% endif %}
    {%- if message.tool_calls is defined %}
        {{- '[TOOL_CALLS] [' }}
        {%- for call in message.tool_calls %}{{- call.function | tojson }}{% endfor %}
        {{- ']' }}
    {%- endif %}
    {{- message.content + '<|im_end|>\\n' }}
{%- endfor %}
{{- '<|im_start|>assistant\\n' }}
"""

_SPARE = "<file_sep>"  # a control token of SmolLM2 that no chat has


def with_template(
    files: ModelFiles,
    engine: Engine,
    directory: Path,
    template: str,
    *,
    beside: str = "",
    control: str = _SPARE,
) -> ModelFiles:
    """Return the model with another chat template, and a control token that is written anew.

    `beside` makes `template` the one for tools only, beside one for plain conversations.
    """
    directory.mkdir()
    templates = {"default": beside, "tool_use": template} if beside else {"default": template}
    make = _gguf if engine is Engine.LLAMACPP else _safetensors
    return make(files, directory, templates, control).model_copy(update={"name": "with-tools"})


def _gguf(
    files: ModelFiles, directory: Path, templates: dict[str, str], control: str
) -> ModelFiles:
    target = directory / "tools.Q4_1.gguf"
    reader = gguf.GGUFReader(files.path)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    tokens[tokens.index(_SPARE)] = control
    kinds = gguf.GGUFValueType
    named = [{"name": name, "template": text} for name, text in templates.items()]
    changes = {
        "tokenizer.chat_template": MetadataDetails(kinds.STRING, named),
        "tokenizer.ggml.tokens": MetadataDetails(kinds.ARRAY, tokens),
    }
    copy_with_new_metadata(reader, writer, changes, [])
    return files.model_copy(update={"path": str(target)})


def _safetensors(
    files: ModelFiles, directory: Path, templates: dict[str, str], control: str
) -> ModelFiles:
    source = converted(files, STORE, lambda *_: None)
    for file in source.iterdir():
        (directory / file.name).symlink_to(file)
    changes = {
        "chat_template.jinja": templates["default"],
        "tokenizer.json": (source / "tokenizer.json").read_text().replace(_SPARE, control),
    }
    for name, text in changes.items():
        (directory / name).unlink()
        (directory / name).write_text(text)
    if "tool_use" in templates:
        more = directory / "additional_chat_templates"
        more.mkdir()
        (more / "tool_use.jinja").write_text(templates["tool_use"])
    return files.model_copy(update={"path": str(directory), "format": WeightsFormat.SAFETENSORS})
