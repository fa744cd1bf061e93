"""What the Jupyter Server's own ``/metrics`` tells of jobs, for Prometheus.

Imported with the managers, not with the extension. The registry is the process's, so the metrics
are made once however many servers a process has (tests have several).
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily

from jupyter_sw.schemas.generation import Timings
from jupyter_sw.schemas.jobs import JobNews, JobState

if TYPE_CHECKING:
    from jupyter_sw.jobs.manager import JobManager

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_RATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

QUEUED = Histogram(
    "jupyter_sw_queue_seconds", "Time jobs waited for memory.", buckets=(*_SECONDS, 7200)
)
LOADED = Histogram("jupyter_sw_load_seconds", "Time models took to load.", buckets=_SECONDS)
FIRST_TOKEN = Histogram(
    "jupyter_sw_first_token_seconds", "Time from a request to its first token.", buckets=_SECONDS
)
RATE = Histogram("jupyter_sw_tokens_per_second", "Tokens per second of a reply.", buckets=_RATES)
ENDED = Counter("jupyter_sw_jobs_ended", "Jobs that ended, by how and by what.", ["state", "cause"])


class _Now:
    """Gauges that are read when somebody asks."""

    def __init__(self) -> None:
        self.managers: WeakSet[JobManager] = WeakSet()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the jobs by state and the grants by device."""
        states = Tally(dict.fromkeys((state.value for state in JobState), 0))
        granted: Tally[str] = Tally()
        for manager in self.managers:
            for job in manager.find():
                if not manager.drives(job.id):  # another server counts it
                    continue
                states[job.state.value] += 1
                for part in job.grant:
                    granted[part.place] += part.bytes
        jobs = GaugeMetricFamily("jupyter_sw_jobs", "Jobs by state.", labels=["state"])
        for state, count in states.items():
            jobs.add_metric([state], count)
        yield jobs
        memory = GaugeMetricFamily(
            "jupyter_sw_granted_bytes", "Memory granted to jobs, by device.", labels=["device"]
        )
        for device, size in granted.items():
            memory.add_metric([device], size)
        yield memory


_now = _Now()
REGISTRY.register(_now)


def watch(manager: JobManager) -> None:
    """Count what becomes of a server's jobs."""
    _now.managers.add(manager)

    def hear(news: JobNews) -> None:
        event = news.event
        if event is None or event.kind != "state" or not manager.drives(news.job.id):
            return
        if event.state is JobState.RUNNING:
            _observe(QUEUED, news.job.phases.queued)
            _observe(LOADED, news.job.phases.loading)
        elif event.state.ended:
            ENDED.labels(event.state.value, event.cause).inc()

    manager.listen(hear)


def reply(timings: Timings | None) -> None:
    """Count a reply."""
    if timings is not None:
        _observe(FIRST_TOKEN, timings.first_token)
        _observe(RATE, timings.tokens_per_second)


def _observe(histogram: Any, value: float | None) -> None:
    if value is not None:
        histogram.observe(value)
