"""Which files make up a model on disk."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jupyter_sw.errors import FetchError, NotFound, UnsafeModel
from jupyter_sw.models.trust import allow_hint

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
NO_MODEL_HINT = "A model is a folder with config.json and *.safetensors, or one .gguf file."
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
_INDEX = "model.safetensors.index.json"
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "tekken.json")
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)


def is_complete(path: Path, *, pickles: bool = False) -> bool:
    """Tell whether all a worker needs is at `path`: weights, config and tokenizer.

    `pickles` takes weights for such that are pickles, too.
    """
    try:
        if is_adapter(path):
            return (path / ADAPTER_WEIGHTS).is_file()
        if path.is_dir():
            needed = [path / "config.json", *weight_files(path, pickles=pickles)]
            return all(file.is_file() for file in needed) and has_tokenizer(path)
        return all(part.is_file() for part in parts(path))
    except (FetchError, NotFound, OSError):
        return False


def is_adapter(path: Path) -> bool:
    """Tell whether an adapter of a model lies at `path`, and no model."""
    return (path / ADAPTER_CONFIG).is_file() and not (path / "config.json").is_file()


def only_an_adapter(where: str) -> NotFound:
    """Return the error for who wants to run an adapter as if it were a model."""
    return NotFound(
        f"{where} is an adapter and no model.",
        hint=f"Run the model it was made for with it: %sw run MODEL --adapter {where}",
    )


def weight_files(directory: Path, *, pickles: bool = False) -> list[Path]:
    """Return the safetensors files that make up the model in `directory`, per its index if any.

    Where there are none and `pickles` says that it is trusted, the pickles.

    Raises
    ------
    NotFound, UnsafeModel
        When there are none; the latter when there are pickles instead.
    """
    index = directory / _INDEX
    if index.is_file():
        try:
            shards = set(json.loads(index.read_bytes())["weight_map"].values())
        except (ValueError, KeyError, AttributeError) as error:
            raise FetchError(f"{index} is damaged.", hint="Fetch the model again.") from error
        return sorted(directory / str(name) for name in shards)
    if (directory / "model.safetensors").is_file():
        return [directory / "model.safetensors"]
    found = sorted(directory.glob("*.safetensors"))
    if found:
        return found
    if not directory.is_dir():
        raise NotFound(
            f"There is no model at {directory}.",
            hint=NO_MODEL_HINT,
        )
    if pickles and (trusted := sorted(directory.glob("pytorch_model*.bin"))):
        return trusted
    names = [file.name for file in directory.iterdir()]
    refuse_pickles(str(directory), names, allow_hint(str(directory)))
    raise NotFound(
        f"There are no weights in {directory}.",
        hint=NO_MODEL_HINT,
    )


def refuse_pickles(where: str, names: list[str], allow: str) -> None:
    """Raise UnsafeModel when pickles are among the names; for where nothing better is.

    `allow` says how it may be allowed.
    """
    pickles = sorted(name for name in names if name.lower().endswith(_PICKLES))
    if pickles:
        raise UnsafeModel(
            f"{where} has its weights only as {pickles[0]}, a pickle, which can run code when it "
            "is loaded.",
            hint="Convert it once: in Python, "
            "transformers.AutoModelForCausalLM.from_pretrained(…).save_pretrained('folder') writes "
            f"safetensors; save the tokenizer beside them. {allow}",
        )


def parts(path: Path) -> list[Path]:
    """Return all files of a GGUF model, of which `path` is the first or only one."""
    return [path.with_name(name) for name in part_names(path.name)]


def part_names(name: str) -> list[str]:
    """Return the names of all parts of a GGUF file; a split one is ``…-00001-of-00003.gguf``."""
    match = _SHARD.search(name)
    if match is None:
        return [name]
    stem, count = name[: match.start()], int(match.group(2))
    return [f"{stem}-{number:05}-of-{count:05}.gguf" for number in range(1, count + 1)]


def lacks_code(directory: Path) -> bool:
    """Tell whether a model's config names modules of its own that are not beside it."""
    try:
        named = json.loads((directory / "config.json").read_bytes()).get("auto_map") or {}
    except (OSError, ValueError, AttributeError):
        return False
    modules = {str(name).partition(".")[0] for name in named.values() if "--" not in str(name)}
    return not all((directory / f"{module}.py").is_file() for module in modules)


def has_tokenizer(path: Path) -> bool:
    """Tell whether a directory holds a tokenizer of any kind."""
    return any((path / name).is_file() for name in _TOKENIZERS)
