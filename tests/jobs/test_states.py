from __future__ import annotations

import itertools

import pytest

from jupyter_sw.errors import WrongState
from jupyter_sw.jobs.states import MOVES, check_move
from jupyter_sw.schemas.jobs import JobState


def test_the_table_knows_every_state() -> None:
    assert set(MOVES) == set(JobState)


def test_ended_states_lead_nowhere() -> None:
    assert all(not MOVES[state] for state in JobState if state.ended)


def test_every_live_state_can_be_cancelled_and_can_fail() -> None:
    for state in JobState:
        if not state.ended:
            assert JobState.FAILED in MOVES[state]
            assert state is JobState.CANCELLING or JobState.CANCELLING in MOVES[state]


def test_every_move_outside_the_table_raises() -> None:
    for old, new in itertools.product(JobState, JobState):
        if new in MOVES[old]:
            check_move(old, new)
        else:
            with pytest.raises(WrongState, match=old.value):
                check_move(old, new)
