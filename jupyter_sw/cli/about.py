"""Commands on what there is: models, devices, login."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jupyter_sw.cli.options import ModelName, output_option
from jupyter_sw.cli.surface import Surface

if TYPE_CHECKING:
    from jupyter_sw.client.cards import Listing


@click.command()
@click.argument("model", required=False, type=ModelName())
@output_option
def models(model: str | None) -> Listing:
    """List the models that can be run by name, or tell what memory MODEL needs.

    Its needs at 32, 16, 8 and 4 bit are read from the weights, also from those on the hub, or
    estimated where nothing more is known; and what of that fits this machine now.
    """
    from jupyter_sw.client import running, session
    from jupyter_sw.client.listings import model_listing, models_listing

    client = session.connect()
    if model is None:
        return models_listing(client.models())
    return model_listing(*running.outlook(client, model))


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
