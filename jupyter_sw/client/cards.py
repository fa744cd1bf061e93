"""How jobs and lists look: as plain text and as HTML that follows JupyterLab's theme.

Nothing here holds an address or a token, because all of it is saved with the notebook.
"""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_sw.schemas.base import Wire
from jupyter_sw.schemas.jobs import Job, JobState
from jupyter_sw.schemas.quantities import format_bytes, format_duration
from jupyter_sw.schemas.text import plain

# JupyterLab's variables, with values for front ends that have none.
_COLORS = {
    JobState.RUNNING: "var(--jp-success-color1, #388e3c)",
    JobState.FAILED: "var(--jp-error-color1, #d32f2f)",
    JobState.CANCELLING: "var(--jp-warn-color1, #f57c00)",
    JobState.PAUSED: "var(--jp-warn-color1, #f57c00)",
    JobState.FETCHING: "var(--jp-brand-color1, #1976d2)",
    JobState.LOADING: "var(--jp-brand-color1, #1976d2)",
}
_QUIET = "var(--jp-ui-font-color2, #757575)"
_BORDER = "1px solid var(--jp-border-color2, #e0e0e0)"
_FONT = "font-size:var(--jp-ui-font-size1, 13px);font-family:var(--jp-ui-font-family, sans-serif)"


def model_label(job: Job) -> str:
    """Return the model with its short version: ``llama2-7b-chat/ki72ulaf``."""
    return f"{job.model_name}/{job.version[:8]}" if job.version else job.model_name


def release_text(job: Job, now: float | None = None) -> str:
    """Say when a job is released, or why not: ``released in 12 min``."""
    if job.state.ended:
        return ""
    if job.release_at is not None:
        left = job.release_at - (time.time() if now is None else now)
        return f"released in {format_duration(left)}"
    if job.release_after:
        rest = format_duration(job.release_after - job.ran_before)
        return f"released {rest} after it runs{' again' if job.ran_before else ''}"
    if job.release_idle:
        return f"released when idle for {format_duration(job.release_idle)}"
    return "never released by itself"


def at_limit(job: Job, longest: float | None) -> bool:
    """Tell whether a job's release is as late as a server allows that bounds it to `longest`."""
    if not longest:
        return False
    if job.release_at is None or job.running_at is None:
        return (job.release_after or 0.0) > longest - 1
    return job.release_at > job.running_at - job.ran_before + longest - 1


def details(job: Job, now: float | None = None) -> list[str]:
    """Return what a person wants to know of a job next to its name and state."""
    parts = []
    if job.version:
        tags = f" ({', '.join(job.tags)})" if job.tags else ""
        parts.append(f"{job.version[:8]}{tags}")
    if job.grant:
        where = ", ".join(dict.fromkeys(grant.place for grant in job.grant))
        held = job.metrics.memory or sum(grant.bytes for grant in job.grant)
        parts.append(f"{format_bytes(held)} on {where}")
    if job.pinned:
        parts.append("pinned")
    if job.project != "default":
        parts.append(f"project {job.project}")
    if job.progress is not None and not job.state.ended:
        parts.append(progress_text(job))
    if job.state is JobState.PAUSED and job.ran_before:
        parts.append(f"ran {format_duration(job.ran_before)}")
    if job.state.ended and job.reason:
        parts.append(job.reason)
    release = release_text(job, now)
    return [part for part in (*parts, release, job.comment) if part]


def next_step(job: Job) -> str:
    """Return what to do about a job's state."""
    if job.deleted_at is not None:
        return f"Deleted. Undo: %sw delete --undo {job.id}"
    if job.state is JobState.PAUSED:
        return f"Its memory is given back. Let it go on: %sw resume {job.id}"
    return job.hint


def progress_text(job: Job) -> str:
    """Say how far a job is on its way: ``weights 61 % · 98.1 MiB of 161 MiB``."""
    if job.progress is None:
        return job.reason
    percent = "" if job.progress.fraction is None else f" {job.progress.fraction:.0%}"
    stage = f"{job.progress.stage}{percent}".replace("%", " %")
    place = f"no. {job.position} in the queue" if job.position else ""
    return " · ".join(part for part in (stage, place, job.progress.detail) if part)


def job_text(job: Job, now: float | None = None) -> str:
    """Return a job in one line of text, with what to do on a second."""
    line = " · ".join([f"{job.name} ({job.id}) {job.state.value}", *details(job, now)])
    step = next_step(job)
    return plain(f"{line}\n{step}" if step else line)


def job_html(job: Job, now: float | None = None) -> str:
    """Return a job as a small card."""
    color = _COLORS.get(job.state, _QUIET)
    step = next_step(job)
    hint = f"<div>{html.escape(step)}</div>" if step else ""
    return (
        f'<div style="border:{_BORDER};border-radius:3px;padding:6px 10px;{_FONT}">'
        f'<b>{html.escape(job.name)}</b> <span style="color:{color}">{job.state.value}</span> '
        f'<span style="color:{_QUIET}">'
        f"{html.escape(' · '.join([job.id, *details(job, now)]))}</span>{hint}</div>"
    )


@dataclass(frozen=True)
class Listing:
    """A table for people; `data` is the same for programs."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str
    """What to say, and to do, when there are no rows."""
    data: Wire
    note: str = ""

    def __repr__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """Return aligned columns; the last one is cut to `width` characters where given."""
        if not self.rows:
            return "\n".join(part for part in (self.empty, self.note) if part)
        rows = [[plain(cell) for cell in row] for row in self.rows]
        table = [[name.upper() for name in self.columns], *rows]
        widths = [max(len(row[place]) for row in table) for place in range(len(self.columns) - 1)]
        lines = []
        for row in table:
            cells = [cell.ljust(size) for cell, size in zip(row, widths, strict=False)]
            line = "  ".join([*cells, row[-1]]).rstrip()
            lines.append(line if width is None or len(line) <= width else line[: width - 1] + "…")
        return "\n".join([*lines, self.note] if self.note else lines)

    def _repr_html_(self) -> str:
        note = f'<div style="color:{_QUIET}">{html.escape(self.note)}</div>' if self.note else ""
        if not self.rows:
            return f'<div style="{_FONT}">{html.escape(self.empty)}{note}</div>'
        left = 'style="text-align:left"'
        head = "".join(f"<th {left}>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td {left}>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        return (
            f'<table style="{_FONT}"><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>{note}"
        )
