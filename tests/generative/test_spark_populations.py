"""Every kind of population gives the same cells on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from generative.test_spark_agrees import agree, delivered, plain

pytestmark = pytest.mark.usefixtures("spark")
POPULATIONS: dict[str, dict[str, Any]] = {
    "entries": {
        "receipt": "entry", "follow_up_months": 12, "residence": "at entry", "gap_months": 2, "age_rule": "receipt day",
    },
    "on a date": {
        "receipt": "on a date", "receipt_day": "06-30", "residence": "on a date", "residence_day": "02-28",
    },
    "everyone": {"receipt": "everyone", "benefit": None, "residence": "majority of the year"},
    "without": {"receipt": "no benefit", "emigration": "ends the risk time", "residence": "before rollout"},
    "cohort": {"receipt": "baseline cohort", "emigration": "ends the risk time", "residence": "before rollout"},
}  # fmt: skip


# one that follows each person and one that asks most of the whole file stay in the fast suite
SLOW = ("on a date", "everyone", "without")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in POPULATIONS]
)
def test_every_population_gives_the_same_cells(name: str, tmp_path: Path) -> None:
    study, folder = delivered(tmp_path / "registry", "reference-study")
    agree(plain(study, **POPULATIONS[name]), folder)
