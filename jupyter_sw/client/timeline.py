"""What happened to a job, line by line."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import overload

from jupyter_sw.client.cards import Listing
from jupyter_sw.schemas.jobs import JobEvent, JobEvents


class Timeline(Sequence[JobEvent]):
    """A job's events, oldest first; shows itself as a table."""

    def __init__(self, events: Iterable[JobEvent]) -> None:
        self._events = list(events)

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, place: int) -> JobEvent: ...

    @overload
    def __getitem__(self, place: slice) -> Timeline: ...

    def __getitem__(self, place: int | slice) -> JobEvent | Timeline:
        if isinstance(place, slice):
            return Timeline(self._events[place])
        return self._events[place]

    @property
    def listing(self) -> Listing:
        """Return it as a table."""
        rows = [
            [_moment(event.time), event.kind, event.state.value, event.cause, event.message]
            for event in self._events
        ]
        columns = ["time", "event", "state", "cause", "what happened"]
        data = JobEvents(events=self._events)
        return Listing(columns, rows, "Nothing has happened yet.", data)

    def __repr__(self) -> str:
        return repr(self.listing)

    def _repr_html_(self) -> str:
        return self.listing._repr_html_()


def _moment(seconds: float) -> str:
    """Return the local time of day; of another day than today, with its date."""
    then, now = time.localtime(seconds), time.localtime()
    today = (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S", then)
