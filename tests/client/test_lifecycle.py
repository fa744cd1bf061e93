"""The whole life of a job through the Python API, on the real model."""

from __future__ import annotations

import time

import pytest

from jupyter_sw.client import project, running
from jupyter_sw.client.api import Client
from jupyter_sw.client.job import Job
from jupyter_sw.errors import JobEnded, NotFound, NotReady, WrongState
from jupyter_sw.schemas.jobs import JobState
from tests.support import process_gone


def start(client: Client, **options: object) -> Job:
    """Return a running job."""
    return running.submit(client, None, engine="llamacpp", **options).wait()


def test_pause_and_resume_keep_the_job(client: Client) -> None:
    job = start(client, release="10m", name="rests", comment="keep")
    chat = job.chat()
    pid = job.info.pid
    assert pid is not None
    assert job.pause().info.state is JobState.PAUSED
    assert process_gone(pid)
    assert "%sw resume" in repr(job)
    with pytest.raises(WrongState, match="only a running job"):
        job.pause()
    with pytest.raises(WrongState, match="is paused"):
        job.wait()
    assert job.wait(states="paused") is job
    job.resume()
    assert (job.info.state, job.info.name, job.info.comment) == (JobState.RUNNING, "rests", "keep")
    assert job.chat().id == chat.id
    assert job.info.release_at is not None
    before = job.info.release_at
    job.extend("5m")
    assert job.info.release_at == pytest.approx(before + 300, abs=1), "the pause is not counted"
    with pytest.raises(WrongState, match="not paused"):
        job.resume()
    job.cancel()


def test_rerun_is_another_job_with_the_same_settings(client: Client) -> None:
    job = start(client, release="7m", name="first", context=512)
    job.cancel()
    again = job.rerun()
    assert again.id != job.id
    assert (again.info.rerun_of, again.info.name) == (job.id, "first")
    assert (again.info.context, again.info.release_after) == (512, 420)
    again.cancel()


def test_waiting_gives_up_in_time_and_tells_of_the_end(client: Client) -> None:
    job = start(client, release="never", idle="never")
    began = time.monotonic()
    with pytest.raises(NotReady, match=r"still running after 0\.5 s"):
        job.wait(0.5, states="ended")
    assert time.monotonic() - began < 2
    job.cancel()
    assert job.wait(states="ended") is job
    with pytest.raises(JobEnded, match="was cancelled"):
        job.wait(5)


def test_names_comments_projects_deletion_and_the_timeline(client: Client) -> None:
    job = start(client)
    job.rename("chapter 3").move("thesis").comment("for the figure")
    assert running.find(client, "chapter 3").id == job.id
    assert "project thesis" in repr(job)
    assert "for the figure" in repr(job)
    newer = start(client)
    assert [one.id for one in client.jobs(state="live").jobs] == [newer.id, job.id]
    assert "pinned" in repr(job.pin())
    assert [one.id for one in client.jobs(state="live").jobs] == [job.id, newer.id]
    assert not job.pin(False).info.pinned
    newer.cancel()
    with pytest.raises(WrongState):
        job.delete()
    job.cancel()
    assert "%sw delete --undo" in repr(job.delete())
    with pytest.raises(NotFound):
        job.refresh()
    assert job.restore().info.deleted_at is None
    assert running.find(client, "chapter 3").id == job.id
    timeline = job.events()
    causes = [(event.kind, event.cause) for event in timeline]
    assert causes[0] == ("state", "user")
    assert ("deleted", "user") in causes
    assert "chapter 3" in repr(timeline)


def test_a_project_in_use_is_where_jobs_go(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(project.VARIABLE, "from-outside")
    monkeypatch.setattr(project, "_used", "")
    assert project.current() == "from-outside"
    project.use("study")
    job = running.submit(client, None, engine="llamacpp")
    other = running.submit(client, None, engine="llamacpp", project="elsewhere")
    assert (job.info.project, other.info.project) == ("study", "elsewhere")
    found = client.jobs(project="study", state="live").jobs
    assert [info.id for info in found] == [job.id]
    for one in (job, other):
        one.cancel()
