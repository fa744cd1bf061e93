"""Which hub token would be used; never what it is."""

from __future__ import annotations

import os
from pathlib import Path

from huggingface_hub import constants

TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


def token_source() -> str | None:
    """Name where huggingface_hub takes its token from, in its order; None when there is none.

    Returns
    -------
    str or None
        The name of an environment variable, or ``the stored login``.
    """
    if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN:
        return None
    for name in TOKEN_VARIABLES:
        if os.environ.get(name, "").strip():
            return name
    try:
        stored = Path(constants.HF_TOKEN_PATH).read_text("utf-8").strip()
    except OSError:
        return None
    return "the stored login" if stored else None
