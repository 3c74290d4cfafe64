"""HonestDiD against the R package 0.2.6 on the event study of Benzarti and Carloni (2019)."""

from typing import Any

import numpy as np
import pytest
from lib.reference import reference_json

from ipscausal.sensitivity import honest_did

STORED = "results/honest_bc_firstpost.json"
# the package tests 1,000 values between these ends: an end of its interval that is one of them is no bound
GRID_END = 0.379457737286147
LABELS = (
    "DeltaRM C-LF", "DeltaSD FLCI", "DeltaSD C-F", "DeltaSD C-LF", "DeltaSDPB (bias positive) C-LF",
    "DeltaSDM (monotonicity increasing) C-LF", "DeltaSDRM C-LF",
)  # fmt: skip


def stored(label: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    found = reference_json(STORED)
    (rows,) = (one["result"] for one in found["results"] if one["label"] == label)
    return found, rows


def size(row: dict[str, Any]) -> float:
    return float(row.get("M", row.get("Mbar")))


def test_the_plain_interval_is_the_stored_one() -> None:
    found, (row,) = stored("original CS")
    ours = honest_did(found["betahat"], found["sigma"], 4, 4, sizes=[0.0])
    np.testing.assert_allclose([ours.conf_low, ours.conf_high], [row["lb"][0], row["ub"][0]], rtol=1e-8)


@pytest.mark.parametrize("label", LABELS)
def test_intervals_are_those_of_the_package(label: str) -> None:
    found, rows = stored(label)
    restriction = rows[0]["Delta"].removeprefix("Delta")
    ours = honest_did(
        found["betahat"], found["sigma"], 4, 4, np.array(found["l_vec"], dtype=float),
        restriction=restriction, method=rows[0]["method"], sizes=[size(row) for row in rows],
    )  # fmt: skip
    ends = np.array([[row["lb"], row["ub"]] for row in rows])
    mine = np.array([[one.low, one.high] for one in ours.intervals])
    limit = np.isclose(ends, GRID_END)
    assert (mine[limit] > ends[limit]).all()
    # FLCI: the package simulates the quantile of a folded normal, here it is exact. The others: critical values by
    # 1,000 draws and ends on a grid, whose step under SD grows with M to 1.4e-3 at 0.3
    tolerance = 1e-4 if rows[0]["method"] == "FLCI" else 1e-3 if restriction != "SD" else 1.4e-3
    np.testing.assert_allclose(mine[~limit], ends[~limit], atol=tolerance, rtol=0)


def test_the_grid_end_is_not_taken_for_a_bound() -> None:
    _, rows = stored("DeltaRM C-LF")
    assert [size(row) for row in rows if np.isclose(row["ub"], GRID_END)] == [2.0]
    found, _ = stored("DeltaRM C-LF")
    ours = honest_did(found["betahat"], found["sigma"], 4, 4, sizes=[1.5, 2.0, 2.5])
    high = [one.high for one in ours.intervals]
    # equal steps of M move the end by about equal amounts
    np.testing.assert_allclose(high[1] - high[0], high[2] - high[1], rtol=0.05)
    assert high[1] > GRID_END + 0.04


def test_breakdown_lies_between_the_stored_intervals_that_hold_zero_and_those_that_do_not() -> None:
    for label in ("DeltaRM C-LF", "DeltaSD FLCI", "DeltaSD C-LF"):
        found, rows = stored(label)
        ours = honest_did(
            found["betahat"], found["sigma"], 4, 4, restriction=rows[0]["Delta"].removeprefix("Delta"),
            method=rows[0]["method"], sizes=[0.0],
        )  # fmt: skip
        without = max(size(row) for row in rows if row["lb"] > 0)
        holding = min(size(row) for row in rows if row["lb"] <= 0)
        assert without < ours.breakdown < holding
