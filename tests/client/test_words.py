"""Arithmetic and words that need no server."""

from __future__ import annotations

import time

import pytest

from jupyter_sw.client import cards
from jupyter_sw.client.cards import Listing
from jupyter_sw.client.listings import jobs_listing
from jupyter_sw.client.reply import footer
from jupyter_sw.client.timeline import Timeline
from jupyter_sw.client.waiting import wanted_states
from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.generation import Timings, Usage
from jupyter_sw.schemas.jobs import Engine, Grant, Job, JobEvent, Jobs, JobState, Owner, Progress
from jupyter_sw.schemas.models import Handler


def make(**fields: object) -> Job:
    return Job.model_validate(
        {
            "id": "ab12cd34", "name": "<llama>", "model": "a/b/llama/v", "model_name": "llama",
            "handler": Handler.CHATBOT, "resource": "auto", "runtime": "builtin",
            "engine": Engine.LLAMACPP, "dtype": "auto", "project": "default", "owner": Owner(),
            "state": JobState.RUNNING, "created_at": 1000.0, "running_at": 1010.0, **fields,
        }
    )  # fmt: skip


def test_a_card_says_when_and_escapes_names() -> None:
    job = make(release_at=1100.0, release_after=90)
    assert cards.release_text(job, now=1070) == "released in 30 s"
    assert "&lt;llama&gt;" in cards.job_html(job)
    assert "<llama>" not in cards.job_html(job)
    loading = make(
        state=JobState.LOADING, progress=Progress(stage="weights", fraction=0.61, detail="61 MiB")
    )
    assert cards.progress_text(loading) == "weights 61 % · 61 MiB"


def test_a_card_and_a_list_hold_nothing_that_a_terminal_obeys() -> None:
    job = make(state=JobState.FAILED, reason="No tensor \x1b]0;pwned\x07 here.", hint="\x1bcTry.")
    for shown in (cards.job_text(job), repr(jobs_listing(Jobs(jobs=[job], now=1500)))):
        assert "No tensor  here." in shown
        assert "\x1b" not in shown
        assert "\x07" not in shown


def test_a_card_knows_a_release_at_the_servers_limit() -> None:
    job = make(running_at=1000, ran_before=60, release_after=600, release_at=1540)
    assert cards.at_limit(job, 600)
    assert not cards.at_limit(job, 700)
    assert not cards.at_limit(job, None)
    assert cards.at_limit(make(state=JobState.QUEUED, running_at=None, release_after=600), 600)


def test_a_paused_job_says_what_is_left_and_how_it_goes_on() -> None:
    job = make(
        state=JobState.PAUSED, running_at=1010, release_after=600, ran_before=120, paused_at=1200
    )
    assert cards.release_text(job) == "released 8 min after it runs again"
    assert "ran 2 min" in cards.job_text(job)
    assert "%sw resume ab12cd34" in cards.job_text(job)
    assert "%sw resume ab12cd34" in cards.job_html(job)
    listed = jobs_listing(Jobs(jobs=[job, make(project="thesis")], now=1500))
    assert "paused 5 min ago" in listed.rows[0][-1]
    assert "thesis" in listed.text()
    assert "PROJECT" not in jobs_listing(Jobs(jobs=[job], now=1500)).text()


def test_a_queued_job_says_its_place() -> None:
    progress = Progress(stage="queue", detail="Needs 1 GiB.")
    job = make(state=JobState.QUEUED, running_at=None, position=2, progress=progress)
    assert cards.progress_text(job) == "queue · no. 2 in the queue · Needs 1 GiB."


def test_a_timeline_is_a_sequence_and_a_table() -> None:
    told = [
        JobEvent(job="ab12cd34", time=time.time(), kind="state", state=JobState.FETCHING,
                 message="Submitted.", cause="user"),
        JobEvent(job="ab12cd34", time=0, kind="warning", state=JobState.RUNNING,
                 message="Is released in <10> min.", cause="release clock"),
    ]  # fmt: skip
    timeline = Timeline(told)
    assert [event.kind for event in timeline] == ["state", "warning"]
    assert timeline[-1].cause == "release clock"
    assert len(timeline[:1]) == 1
    lines = repr(timeline).splitlines()
    assert lines[0].split() == ["TIME", "EVENT", "STATE", "CAUSE", "WHAT", "HAPPENED"]
    assert lines[1].endswith("user           Submitted.")
    assert "19" in lines[2].split()[0], "another day is named"
    assert "&lt;10&gt;" in timeline._repr_html_()


def test_states_to_wait_for() -> None:
    assert wanted_states("running") == {JobState.RUNNING}
    assert wanted_states(["paused", JobState.FAILED]) == {JobState.PAUSED, JobState.FAILED}
    assert JobState.FAILED not in wanted_states("ended")
    with pytest.raises(BadRequest, match="runing"):
        wanted_states("runing")


def test_a_listing_is_aligned_and_cut_to_the_terminal() -> None:
    jobs = Jobs(jobs=[], now=0)
    listing = Listing(["id", "status"], [["a", "x" * 40], ["long", "y"]], "None.", jobs)
    assert listing.text(20).splitlines() == ["ID    STATUS", f"a     {'x' * 13}…", "long  y"]
    assert "<td" in listing._repr_html_()
    assert Listing(["id"], [], "None. Do this.", jobs).text() == "None. Do this."


def test_a_footer_says_what_is_unusual() -> None:
    usage, timings = Usage(completion_tokens=8), Timings(first_token=0.123, tokens_per_second=47.4)
    line = footer("llama/ki72ulaf", usage, timings, "cancelled", 2)
    assert line == (
        "llama/ki72ulaf · 8 tokens · 47 tok/s · first token 0.12 s · stopped"
        " · the model did not see the 2 oldest turns"
    )


def test_a_simulated_device_is_never_named_without_saying_so() -> None:
    grant = [Grant(device="cuda:0", bytes=2**30, simulated=True)]
    job = make(grant=grant)
    assert "1.0 GiB on cuda:0 (simulated)" in cards.job_text(job)
    assert "1.0 GiB on cuda:0 (simulated)" in cards.job_html(job)
    assert "1.0 GiB (simulated)" in repr(jobs_listing(Jobs(jobs=[job], now=1100)))
