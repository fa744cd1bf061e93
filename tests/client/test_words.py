"""Arithmetic and words that need no server."""

from __future__ import annotations

import pytest

from jupyter_sw.client import cards
from jupyter_sw.client.cards import Listing
from jupyter_sw.client.extension import extension
from jupyter_sw.client.reply import footer
from jupyter_sw.errors import WrongState
from jupyter_sw.schemas.generation import Timings, Usage
from jupyter_sw.schemas.jobs import Engine, Job, Jobs, JobState, Owner, Progress
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


@pytest.mark.parametrize(
    ("fields", "patch"),
    [
        # released by the first clock alone
        ({"release_after": 600, "release_at": 1610}, {"release_after": 900}),
        # by idleness, long before the other clock
        (
            {"release_after": 7200, "release_idle": 60, "idle_since": 1100, "release_at": 1160},
            {"release_idle": 360},
        ),
        # by the first clock, but idleness would come before the new time
        (
            {"release_after": 600, "release_idle": 620, "idle_since": 1020, "release_at": 1610},
            {"release_after": 900, "release_idle": 890},
        ),
        # busy: only the clock that does not stand still
        ({"release_idle": 60}, {"release_idle": 360}),
        # not running yet
        (
            {"release_after": 600, "running_at": None, "state": JobState.QUEUED},
            {"release_after": 900},
        ),
    ],
)
def test_extending_by_five_minutes(fields: dict[str, object], patch: dict[str, float]) -> None:
    assert extension(make(**fields), 300).model_dump(exclude_unset=True) == patch


def test_extending_for_good_and_nothing_to_extend() -> None:
    forever = extension(make(release_after=600), 0)
    assert (forever.release_after, forever.release_idle) == (0, 0)
    with pytest.raises(WrongState, match="never released"):
        extension(make(), 300)


def test_a_card_says_when_and_escapes_names() -> None:
    job = make(release_at=1100.0, release_after=90)
    assert cards.release_text(job, now=1070) == "released in 30 s"
    assert "&lt;llama&gt;" in cards.job_html(job)
    assert "<llama>" not in cards.job_html(job)
    loading = make(
        state=JobState.LOADING, progress=Progress(stage="weights", fraction=0.61, detail="61 MiB")
    )
    assert cards.progress_text(loading) == "weights 61 % · 61 MiB"


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
