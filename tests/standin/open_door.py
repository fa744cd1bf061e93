"""``python -m tests.standin.open_door``: a private server; two of its routes lack guards."""

from __future__ import annotations

from tornado import web

from jupyter_sw.server.base import SwHandler
from jupyter_sw.server.private import main
from jupyter_sw.server.routes import API, ROUTES, Operation, Route


class Forgotten(SwHandler):
    """A handler whose author thought of nothing."""

    async def get(self) -> None:
        """Answer whoever asks."""
        self.finish({})


class Half(SwHandler):
    """A handler whose author forgot the authorizer."""

    @web.authenticated
    async def post(self) -> None:
        """Answer whoever is logged in."""
        self.finish({})


FORGOTTEN = Route(API + "forgotten", Forgotten, {"get": Operation("Forgotten")})
HALF = Route(API + "half", Half, {"post": Operation("Half guarded")})

if __name__ == "__main__":
    ROUTES += [FORGOTTEN, HALF]
    main()
