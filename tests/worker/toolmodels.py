"""The real model with a chat template that knows tools: one like Qwen's, in its own words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def as_gguf(files: ModelFiles, directory: Path, template: str) -> ModelFiles:
    """Return a copy of a GGUF model with another chat template."""
    target = directory / "tools.Q4_1.gguf"
    command = [sys.executable, "-m", "gguf.scripts.gguf_new_metadata", "--chat-template", template]
    subprocess.run([*command, files.path, str(target)], check=True, capture_output=True)
    return files.model_copy(update={"path": str(target), "name": "with-tools"})


def as_safetensors(files: ModelFiles, directory: Path, template: str) -> ModelFiles:
    """Return the unpacked model with another chat template; its weights are linked to."""
    for file in converted(files, STORE, lambda *_: None).iterdir():
        (directory / file.name).symlink_to(file)
    (directory / "chat_template.jinja").unlink()
    (directory / "chat_template.jinja").write_text(template)
    changes = {"path": str(directory), "name": "with-tools", "format": WeightsFormat.SAFETENSORS}
    return files.model_copy(update=changes)
