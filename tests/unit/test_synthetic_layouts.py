"""What a job pays is the same in every layout of a synthetic registry."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from synthetic_registry import write_registry

FIRST, HORIZON = dt.date(2010, 1, 1), dt.date(2020, 1, 1)
DAY = dt.timedelta(days=1)
Job = tuple[int, int, dt.date]


def paid(folder: Path, layout: str) -> dict[Job, float]:
    """What ongoing jobs pay to the end of the registry, of each row as its days before it say."""
    registry = write_registry("reference-study", 7, folder / layout, 300, layout=layout)
    found: dict[Job, float] = defaultdict(float)
    for row in pq.read_table(registry / "employment").to_pylist():
        start = row["start_date"] if layout != "monthly" else dt.date(1970, 1, 1) + DAY * row["start_date"]
        if row["end_date"] is not None or start < FIRST:
            continue
        share = 1.0
        if layout == "weekly":
            monday = dt.date.fromisocalendar(int(row["week"][:4]), int(row["week"][-2:]), 1)
            begins, ends = max(monday, start), monday + 7 * DAY
            share = max(0, (min(ends, HORIZON) - begins).days) / (ends - begins).days
        found[row["person_id"], row["employer_id"], start] += share * row["earnings"]
    return found


@pytest.mark.parametrize("layout", ["monthly", "weekly", "annual"])
def test_ongoing_jobs_pay_in_periods_what_they_pay_as_spells(layout: str, tmp_path: Path) -> None:
    spells = paid(tmp_path, "spells")
    assert len(spells) > 20
    # each row is rounded to hundredths, and a job has 522 weeks at most
    assert paid(tmp_path, layout) == pytest.approx(spells, abs=0.005 * 523)
