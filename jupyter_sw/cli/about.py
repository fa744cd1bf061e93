"""Commands on what there is: models, devices, login."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jupyter_sw.cli.options import output_option
from jupyter_sw.cli.surface import Surface

if TYPE_CHECKING:
    from jupyter_sw.client.cards import Listing


@click.command()
@output_option
def models() -> Listing:
    """List the models that can be run by name."""
    from jupyter_sw.client import session
    from jupyter_sw.client.listings import models_listing

    return models_listing(session.connect().models())


@click.command()
@output_option
def devices() -> Listing:
    """List what there is to run on, and who holds its memory."""
    from jupyter_sw.client import session
    from jupyter_sw.client.listings import devices_listing

    return devices_listing(session.connect().devices())


@click.command()
@click.pass_obj
def login(surface: Surface) -> None:
    """Log in to the Hugging Face hub, for gated models.

    The token goes to huggingface_hub's own store and nowhere else.
    """
    surface.login()
