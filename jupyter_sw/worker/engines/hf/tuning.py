"""Models that are made smaller, or changed by an adapter, while they are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.models import Quantize


def quantizing(quantize: Quantize | None, dtype: str) -> dict[str, Any]:
    """Return the options of `from_pretrained` that quantize linear layers by bitsandbytes.

    Four bits are NF4 with a scale for each block of 64, which `models.memory` counts; the settings
    of QLoRA but for the second quantization of the scales (https://arxiv.org/abs/2305.14314).

    Parameters
    ----------
    dtype
        In which the layers compute.
    """
    if quantize is None:
        return {}
    import torch
    from transformers import BitsAndBytesConfig

    if quantize is Quantize.EIGHT:
        config = BitsAndBytesConfig(load_in_8bit=True)  # type: ignore[no-untyped-call]
    else:
        config = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=getattr(torch, dtype),
        )
    return {"quantization_config": config}


def adapted(model: Any, adapter: Path, *, merge: bool) -> Any:
    """Return a model with a LoRA adapter in it.

    Parameters
    ----------
    merge
        Add it to the weights, so that it costs no time later. Quantized weights would lose
        precision by that: there it is computed beside them.

    Raises
    ------
    EngineError
        When it was made for another model.
    """
    from peft import PeftModel

    try:
        tuned: Any = PeftModel.from_pretrained(model, str(adapter))
    except (RuntimeError, ValueError) as error:
        words = str(error).strip().splitlines()
        raise EngineError(
            f"The adapter {adapter.name} does not fit the model: {words[-1].strip()}",
            hint="Run the model it was made for; its adapter_config.json names it.",
        ) from error
    return tuned.merge_and_unload() if merge else tuned.get_base_model()
