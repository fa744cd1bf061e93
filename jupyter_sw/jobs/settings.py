"""What an administrator may set about jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.quantities import format_duration, write_duration


@dataclass(frozen=True)
class JobSettings:
    """Paths and times; durations in seconds, 0 is never.

    `log_limit`: bytes that are kept of a job's log.
    `keep_jobs`: a server that stops leaves its jobs running, for the next one to adopt while their
    leases last. `keep_ended`: so many ended jobs are kept besides pinned ones.
    `keep_deleted`: so long a deleted job can be restored.
    `openai_server_command`: how the engine `openai_server` is started.
    `allow_unsafe_models`: see `models.trust`. `standby_workers`: see `jobs.standby`.
    """

    data_dir: Path
    model_store: Path
    lease_seconds: float = 60.0
    heartbeat: float = 2.0
    heartbeat_timeout: float = 5.0
    load_stall_timeout: float = 600.0
    stop_grace: float = 3.0
    default_release_after: float = 0.0
    default_release_idle: float = 3600.0
    max_release_after: float = 0.0
    keep_jobs: bool = False
    keep_ended: int = 1000
    log_limit: int = 16 * 2**20
    keep_deleted: float = 600.0
    openai_server_command: tuple[str, ...] = ()
    allow_unsafe_models: tuple[str, ...] = ()
    standby_workers: int | None = None

    @property
    def logs(self) -> Path:
        """Return the directory of the jobs' log files."""
        return self.data_dir / "logs"

    def log(self, job: str) -> Path:
        """Return a job's log file."""
        return self.logs / f"{job}.log"

    def release_after(self, asked: float | None) -> float | None:
        """Return the release time of a job that asks for `asked`, within the bound; None is never.

        Raises
        ------
        BadRequest
            When it would run longer than the server allows.
        """
        bound = self.max_release_after
        chosen = _chosen(asked, self.default_release_after)
        if not bound:
            return chosen
        if asked is None:
            return min(chosen or bound, bound)
        if not asked or asked > bound:
            raise BadRequest(
                f"This server lets no job run longer than {format_duration(bound)}; "
                f"{format_duration(asked) if asked else 'no release time'} was asked for.",
                hint=f"Use --release {write_duration(bound)} or less.",
            )
        return chosen

    def release_idle(self, asked: float | None) -> float | None:
        """Return after how long without activity a job is released; None is never."""
        return _chosen(asked, self.default_release_idle)


def _chosen(asked: float | None, default: float) -> float | None:
    return (default if asked is None else asked) or None
