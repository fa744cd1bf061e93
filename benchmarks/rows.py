"""A line of the results, and how all of them are kept as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass

from benchmarks.bounds import Bound
from benchmarks.measure import Series


@dataclass
class Row:
    """What was measured, and what is promised of it, if anything."""

    what: str
    measured: Series
    bound: Bound | None = None

    @property
    def kept(self) -> bool:
        """Tell whether the median keeps the promise; where nothing is promised, it does."""
        return self.bound is None or self.bound.kept_by(self.measured.median)


def raw(rows: list[Row], **told: str) -> str:
    """Return every value that was measured, as JSON; `told` is said of each row besides."""
    return json.dumps(
        [
            {
                "what": row.what,
                "promise": str(row.bound or ""),
                "values": row.measured.values,
                **told,
            }
            for row in rows
        ],
        indent=1,
    )


def read(text: str) -> list[Row]:
    """Return the rows that `raw` wrote."""
    return [
        Row(
            found["what"],
            Series(found["values"]),
            Bound.parse(found["promise"]) if found["promise"] else None,
        )
        for found in json.loads(text)
    ]
