"""The one table of legal moves between job states."""

from __future__ import annotations

from jupyter_sw.errors import WrongState
from jupyter_sw.schemas.jobs import JobState

S = JobState

MOVES: dict[JobState, frozenset[JobState]] = {
    S.FETCHING: frozenset({S.QUEUED, S.CANCELLING, S.FAILED}),
    S.QUEUED: frozenset({S.LOADING, S.CANCELLING, S.FAILED}),
    S.LOADING: frozenset({S.RUNNING, S.CANCELLING, S.FAILED}),
    S.RUNNING: frozenset({S.SUCCEEDED, S.PAUSED, S.CANCELLING, S.FAILED}),
    S.PAUSED: frozenset({S.QUEUED, S.CANCELLING, S.FAILED}),
    S.CANCELLING: frozenset({S.CANCELLED, S.RELEASED, S.FAILED}),
    S.SUCCEEDED: frozenset(),
    S.CANCELLED: frozenset(),
    S.RELEASED: frozenset(),
    S.FAILED: frozenset(),
}


def check_move(old: JobState, new: JobState) -> None:
    """Let a legal move pass.

    Raises
    ------
    WrongState
        When the table has no such move.
    """
    if new not in MOVES[old]:
        raise WrongState(f"A job that is {old.value} cannot become {new.value}.")
