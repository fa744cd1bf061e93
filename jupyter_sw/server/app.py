"""The Jupyter Server extension."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, Integer, List, TraitError, Unicode, default, validate

if TYPE_CHECKING:
    from jupyter_events import EventLogger

    from jupyter_sw.schemas.jobs import JobNews
    from jupyter_sw.server.house import House

EVENT_SCHEMA = Path(__file__).parent / "events" / "job.yaml"
_SETTLE = 1.0  # seconds
EVENT_SCHEMA_ID = "https://jupyter-sw.readthedocs.io/events/job/v1"


class SwApp(ExtensionApp):
    """Runs chat models as jobs; configured as ``c.SwApp`` in ``jupyter_jupyter_sw_config.py``."""

    name = "jupyter_sw"
    load_other_extensions = True
    private = False
    house: House

    data_dir = Unicode(help="Directory of the job store and the jobs' logs.").tag(config=True)
    model_store = Unicode(
        help="Directory of weights that come from a package or were converted; "
        "hub models stay in the hub's own cache. Empty: $JUPYTER_SW_MODEL_STORE, or models/ "
        "beside the data directory.",
    ).tag(config=True)
    lease_seconds = Float(
        60.0,
        min=5.0,
        help="A worker ends by itself when no server has renewed its lease for so many seconds.",
    ).tag(config=True)
    default_release_after = Float(
        0.0,
        min=0.0,
        help="Jobs that don't say otherwise are released so many seconds after they run. 0: never.",
    ).tag(config=True)
    default_release_idle = Float(
        3600.0,
        min=0.0,
        help="Jobs that don't say otherwise are released after so many seconds without activity. "
        "0: never.",
    ).tag(config=True)
    max_release_after = Float(
        0.0,
        min=0.0,
        help="No job may be set to run for more than so many seconds. 0: no bound.",
    ).tag(config=True)
    keep_jobs = Bool(
        False,
        help="Leave the jobs running when the server stops, for the next server to go on with. "
        "Their workers wait for it for `lease_seconds`, then end by themselves.",
    ).tag(config=True)
    keep_server_alive = Bool(
        True,
        help="A job that is on its way or runs keeps an idle server alive "
        "(`ServerApp.shutdown_no_activity_timeout`), until its release at the latest. "
        "A paused one does not.",
    ).tag(config=True)
    keep_ended = Integer(
        1000,
        min=0,
        help="So many ended jobs are kept with their logs; older ones are forgotten, "
        "unless they are pinned.",
    ).tag(config=True)
    log_limit = Integer(
        16 * 2**20,
        min=2**18,
        help="Bytes that are kept of a job's log: its first quarter, and of the rest the newest.",
    ).tag(config=True)
    simulated_devices = Unicode(
        "",
        help="Pretend GPUs for development, such as `A100 80G*2,A10 24G*1`; marked as simulated "
        "wherever they are shown, and what runs on them runs on the CPU.",
    ).tag(config=True)

    openai_server_command = List(
        Unicode(),
        help="How the engine `openai_server` starts a server that speaks OpenAI's format, word by "
        "word. Replaced in the words: {model} (path of the weights), {name}, {socket} (a Unix "
        "socket to listen on) or {port} (of 127.0.0.1), {key_file} (a file with the key that "
        "requests carry as a bearer token), {context}, {slots}, {dtype}, {python}.",
    ).tag(config=True)

    allow_unsafe_models = List(
        Unicode(),
        help="Models whose weights are pickles or that bring code of their own are refused, unless "
        "they are listed here: `org/repo@commit` (all 40 digits), or the absolute path of a "
        "directory. What is listed may do all that you can do.",
    ).tag(config=True)

    standby_workers = Integer(
        None,
        min=0,
        allow_none=True,
        help="So many workers wait with their engine's library imported, so that the next `run` "
        "skips that; the engines are those used last. Each holds 50 MB (llamacpp) or 400 MB "
        "(transformers) of main memory, and nothing of a GPU. None: one where the machine has "
        "8 GiB of memory. None is started while less than 2 GiB are free.",
    ).tag(config=True)

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "jupyter_sw")

    @validate("allow_unsafe_models")
    def _check_unsafe(self, proposal: dict[str, Any]) -> list[str]:
        from jupyter_sw.errors import BadRequest
        from jupyter_sw.models.trust import Trust

        try:
            Trust(proposal["value"])
        except BadRequest as error:
            raise TraitError(str(error)) from error
        return list(proposal["value"])

    def initialize_settings(self) -> None:
        """Make the managers; they start with the event loop."""
        from jupyter_sw.jobs.settings import JobSettings
        from jupyter_sw.models.store import default_store
        from jupyter_sw.server.house import House

        self.house = House(
            JobSettings(
                data_dir=Path(self.data_dir),
                model_store=Path(self.model_store) if self.model_store else default_store(),
                lease_seconds=self.lease_seconds,
                default_release_after=self.default_release_after,
                default_release_idle=self.default_release_idle,
                max_release_after=self.max_release_after,
                keep_jobs=self.keep_jobs,
                keep_ended=self.keep_ended,
                log_limit=self.log_limit,
                allow_unsafe_models=tuple(self.allow_unsafe_models),
                openai_server_command=tuple(self.openai_server_command),
                standby_workers=self.standby_workers,
            ),
            self._publish,
            simulated_devices=self.simulated_devices,
            private=self.private,
        )
        self.settings["jupyter_sw"] = self.house
        self.events.register_event_schema(EVENT_SCHEMA)

    def initialize_handlers(self) -> None:
        """Add the routes."""
        from jupyter_sw.server.routes import handlers

        self.handlers.extend(handlers())

    async def _start_jupyter_server_extension(self, _serverapp: Any) -> None:
        self._starting = asyncio.ensure_future(self._look_after_jobs())

    async def _look_after_jobs(self) -> None:
        # A dead server's jobs are looked after soon, but the first pages are served before: the
        # imports behind this would hold them up. A request of ours does not wait for it.
        await asyncio.sleep(_SETTLE)
        await self.house.started()

    async def stop_extension(self) -> None:
        """Release all jobs, unless `keep_jobs` says otherwise."""
        await self.house.stop()

    def current_activity(self) -> int:
        """Return the number of jobs that keep an idle server alive."""
        return self.house.live_jobs if self.keep_server_alive else 0

    @property
    def events(self) -> EventLogger:
        """Return the server's event bus."""
        assert self.serverapp is not None, "the extension is linked to a server"
        logger = self.serverapp.event_logger
        assert logger is not None, "the server has an event bus before it loads extensions"
        return logger

    def _publish(self, news: JobNews) -> None:
        self.events.emit(schema_id=EVENT_SCHEMA_ID, data={"news": news.model_dump(mode="json")})
