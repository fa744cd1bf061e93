"""The server itself, its devices, its models, its projects, its OpenAPI document."""

from __future__ import annotations

import asyncio
import time

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sw._version import __version__
from jupyter_sw.jobs.engines import INSTALL, engine_version
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.status import (
    EngineAvailability,
    Project,
    ProjectRequest,
    Projects,
    Status,
)
from jupyter_sw.server.base import SwHandler


class StatusHandler(SwHandler):
    """What this server is."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Tell version, engines, defaults, the clock."""
        house = self.house
        models = await asyncio.to_thread(house.registry.models)
        settings = house.settings
        engines = []
        for engine in Engine:
            found = engine_version(engine)
            if found is None and engine not in (Engine.TRANSFORMERS, Engine.LLAMACPP):
                continue
            hint = "" if found else INSTALL.get(engine, "")
            engines.append(EngineAvailability(name=engine.value, version=found, hint=hint))
        self.reply(
            Status(
                version=__version__,
                server_id=house.server_id,
                private=house.private,
                now=time.time(),
                default_model=models.default,
                # Other contents managers than those of a disk have no root directory.
                root_dir=str(getattr(self.contents_manager, "root_dir", None) or ""),
                engines=engines,
                live_jobs=house.live_jobs,
                default_release_after=settings.default_release_after or None,
                default_release_idle=settings.default_release_idle or None,
                max_release_after=settings.max_release_after or None,
                notices=house.notices,
                standby=house.standby,
            )
        )


class DevicesHandler(SwHandler):
    """What there is to run on."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List devices with what is free and who holds the rest."""
        self.reply(await self.house.jobs.devices())


class ModelsHandler(SwHandler):
    """What can be run."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List the models."""
        self.reply(await asyncio.to_thread(self.house.registry.models))


class ModelHandler(SwHandler):
    """One model."""

    @web.authenticated
    @authorized
    async def get(self, uri: str) -> None:
        """Tell everything about a model, what it needs in memory included."""
        self.reply(await asyncio.to_thread(self.house.registry.detail, uri))


class ProjectsHandler(SwHandler):
    """Named groups of jobs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List projects; `default` is always there."""
        counts = await self.house.jobs.projects()
        projects = [Project(name=name, jobs=count) for name, count in sorted(counts.items())]
        self.reply(Projects(projects=projects))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Make a project; one that is there stays as it is."""
        name = self.body(ProjectRequest).name
        await self.house.jobs.add_project(name)
        counts = await self.house.jobs.projects()
        self.reply(Project(name=name, jobs=counts[name]), status=201)


class OpenAPIHandler(SwHandler):
    """The contract."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return the OpenAPI document."""
        from jupyter_sw.server.openapi import document

        self.finish(document())
