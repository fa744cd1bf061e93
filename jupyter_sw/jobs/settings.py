"""What an administrator may set about jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class JobSettings:
    """Paths and times; durations in seconds, 0 is never.

    `log_limit`: bytes that are kept of a job's log.
    `keep_jobs`: a server that stops leaves its jobs running, for the next one to adopt while their
    leases last. `keep_ended`: so many ended jobs are kept. `keep_deleted`: so long a deleted job
    can be restored. `openai_server_command`: how the engine `openai_server` is started.
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
