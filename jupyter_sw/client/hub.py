"""A login of the Hugging Face hub, kept in huggingface_hub's own store."""

from __future__ import annotations

from jupyter_sw.errors import FetchError


def login() -> None:
    """Log in as huggingface_hub does it here: a widget in a notebook, a prompt in a terminal.

    Raises
    ------
    FetchError
        When the hub cannot be reached or refuses the login.
    """
    import huggingface_hub

    try:
        huggingface_hub.login(skip_if_logged_in=False)
    except Exception as error:  # its types differ between its versions
        raise FetchError(
            f"The hub login failed ({type(error).__name__}).",
            hint="Check the connection to the hub; `hf auth login` in a terminal does the same.",
        ) from error
