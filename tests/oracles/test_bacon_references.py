"""Goodman-Bacon decompositions against R bacondecomp 0.1.3, to 1e-8; the theorem on data without a reference file."""

import numpy as np
import pandas as pd
import pytest
from lib.reference import reference, reference_json

from ipscausal.estimate import bacon, did, twfe_weights
from ipscausal.panel import Panel

TYPES = {
    "Treated vs Untreated": "treated_never",
    "Earlier vs Later Treated": "earlier_later",
    "Later vs Earlier Treated": "later_earlier",
}


def castle(weights: str | None = None) -> Panel:
    return Panel.from_frame(
        pd.read_csv(reference("data/castle_min.csv")),
        municipality="sid", year="year", outcome="l_homicide", adoption="first_post", weights=weights,
    )  # fmt: skip


def math_reform() -> Panel:
    frame = pd.read_csv(reference("data/math_reform.csv"))
    first = frame[frame["reform_math"] == 1].groupby("state")["class"].min()
    return Panel.from_frame(
        frame.assign(first=frame["state"].map(first)),
        municipality="state", year="class", outcome="incearn_ln", adoption="first",
    )  # fmt: skip


def divorce() -> Panel:
    frame = pd.read_csv(reference("data/divorce_min.csv"))
    first = frame[frame["changed"] == 1].groupby("st")["year"].min()
    return Panel.from_frame(
        frame.assign(first=frame["st"].map(first)),
        municipality="st", year="year", outcome="suiciderate_elast_jag", adoption="first",
    )  # fmt: skip


@pytest.mark.parametrize(("position", "panel"), [(0, castle), (1, math_reform)])
def test_every_comparison(position, panel):
    wanted = reference_json("results/bacon.json")["results"][position]
    found = bacon(panel())
    rows = {(row["treated"], row["untreated"]): row for row in wanted["twobytwo"]}
    assert {(row.treated, row.control) for row in found.comparisons} == set(rows)
    for row in found.comparisons:
        theirs = rows[row.treated, row.control]
        assert row.kind == TYPES[theirs["type"]]
        assert row.estimate == pytest.approx(theirs["estimate"], rel=1e-8)
        assert row.weight == pytest.approx(theirs["weight"], rel=1e-8)
    for total in wanted["by_type"]:
        mine = next(kind for kind in found.kinds if kind.kind == TYPES[total["type"]])
        assert mine.weight == pytest.approx(total["weight"], rel=1e-8)
        assert mine.weight * mine.estimate == pytest.approx(total["we"], rel=1e-8)
    assert (found.coefficient, found.twfe) == pytest.approx((wanted["twfe"], wanted["twfe"]), rel=1e-8)
    assert (found.weighting, dict(found.left_out)) == ("constant", {})


@pytest.mark.parametrize("panel", [castle, math_reform, divorce])
def test_weights_on_cells_are_those_of_the_coefficient(panel):
    data = panel()
    weights = twfe_weights(data)
    estimate = did(data)
    treated = np.isfinite(weights.weight)
    assert weights.weight[treated] == pytest.approx(estimate.cell_weights[0][treated], abs=1e-12)
    assert weights.weight[treated].sum() == pytest.approx(1, rel=1e-12)


def test_the_always_treated_of_divorce_are_left_out_and_told():
    found = bacon(divorce())
    assert len(found.left_out["always_treated"]) > 0
    assert found.coefficient == pytest.approx(found.twfe, rel=1e-10)
    assert sum(row.weight for row in found.comparisons) == pytest.approx(1, rel=1e-12)


def test_weights_constant_over_years_decompose_the_weighted_regression():
    found = bacon(castle("popwt"))
    assert found.weighting == "constant"
    assert found.coefficient == pytest.approx(did(castle("popwt")).coef[0], rel=1e-10)
    assert found.coefficient != pytest.approx(did(castle()).coef[0], rel=0.01)
