"""Conversations as chat templates want them."""

from __future__ import annotations

import json
from collections.abc import Callable

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.messages import AssistantMessage, ToolMessage
from jupyter_sw.schemas.messages import Message as WireMessage
from jupyter_sw.worker.engines.base import Message


class TemplateRefused(Exception):
    """A chat template raised an error about the conversation; the message is the template's."""


def plain_messages(messages: list[WireMessage], system: str = "") -> list[Message]:
    """Return wire messages as templates want them, `system` before those without such a prompt.

    ``developer`` is what ``system`` is called since 2024.

    Raises
    ------
    BadRequest
        When the model would have nothing to answer to.
    """
    called: dict[str, str] = {}
    plain = [_plain(item, called) for item in messages]
    if plain[-1]["role"] == "assistant":
        raise BadRequest(
            "The last message is the assistant's; there is nothing to answer.",
            hint="End the conversation with a message of the user.",
        )
    if system and all(message["role"] != "system" for message in plain):
        plain.insert(0, {"role": "system", "content": system})
    return plain


def _plain(item: WireMessage, called: dict[str, str]) -> Message:
    """Return one message; `called` are the functions of the calls so far, by the calls' ids."""
    plain: Message = {"role": item.role, "content": item.text}
    if item.role == "developer":
        plain["role"] = "system"
    elif isinstance(item, ToolMessage):
        plain |= {"tool_call_id": item.tool_call_id, "name": called[item.tool_call_id]}
    elif isinstance(item, AssistantMessage) and item.tool_calls:
        plain["tool_calls"] = []
        for call in item.tool_calls:
            called[call.id] = call.function.name
            arguments = json.loads(call.function.arguments)
            function = {"name": call.function.name, "arguments": arguments}
            plain["tool_calls"].append({"id": call.id, "type": call.type, "function": function})
    return plain


def encode_with_repairs(
    messages: list[Message], encode: Callable[[list[Message]], list[int]]
) -> list[int]:
    """Encode a conversation; where the template refuses it, try again in a form it may take.

    Some templates know no system role, and some (Llama 2) want user and assistant to alternate
    strictly. So the system prompt is folded into the first user message, and messages of the same
    role in a row become one.

    Raises
    ------
    BadRequest
        With the template's own words when it refuses every form.
    """
    forms = [messages, merge_same_roles(messages), merge_same_roles(fold_system(messages))]
    refusal: TemplateRefused | None = None
    tried: list[list[Message]] = []
    for form in forms:
        if form in tried:
            continue
        tried.append(form)
        try:
            return encode(form)
        except TemplateRefused as error:
            refusal = refusal or error
    raise BadRequest(
        f"The model's chat template refuses this conversation: {refusal}",
        hint="Let user and assistant alternate, starting with the user.",
    ) from refusal


def merge_same_roles(messages: list[Message]) -> list[Message]:
    """Join texts of the same role in a row, a blank line between them."""
    merged: list[Message] = []
    for message in messages:
        if merged and _is_text(message, merged[-1]["role"]) and "tool_calls" not in merged[-1]:
            joined = f"{merged[-1]['content']}\n\n{message['content']}"
            merged[-1] = {"role": message["role"], "content": joined}
        else:
            merged.append(message)
    return merged


def _is_text(message: Message, role: str) -> bool:
    return message["role"] == role != "tool" and "tool_calls" not in message


def fold_system(messages: list[Message]) -> list[Message]:
    """Put the system prompt in front of the first user message."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    if not system or not rest or rest[0]["role"] != "user":
        return messages
    text = "\n\n".join([*system, rest[0]["content"]])
    return [{"role": "user", "content": text}, *rest[1:]]
