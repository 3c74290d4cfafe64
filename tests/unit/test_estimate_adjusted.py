"""Covariates taken out of the cells beforehand, against rows from which they were taken; estimators by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lib.panels import panel_of_persons, simulated_persons

from ipscausal.errors import UsageError
from ipscausal.estimate import did
from ipscausal.estimate.adjusted import untreated_slopes, without_covariates
from ipscausal.estimate.difference import difference
from ipscausal.estimate.model import PERSON_EFFECTS
from ipscausal.estimate.named import ESTIMATORS, Asked, average_effect, effects_over_time
from ipscausal.panel import Panel

COVARIATES = ("age", "woman")
STAGGERED = {"m00": 2013, "m01": 2013, "m02": 2014, "m03": 2015}


def known(rows: pd.DataFrame, panel: Panel) -> Panel:
    """The panel with the variances of persons inside its cells."""
    within = rows.groupby(["municipality", "year"])["y"].var().to_numpy().reshape(panel.weight.shape)
    return replace(panel, within_variance=within)


def test_the_cells_are_those_of_the_adjusted_rows() -> None:
    rows = simulated_persons(3, STAGGERED)
    panel = known(rows, panel_of_persons(rows, COVARIATES))
    slopes = untreated_slopes(panel, 0)
    x = rows[list(COVARIATES)].to_numpy(float)
    moved = rows.assign(y=rows["y"] - (x - x.mean(axis=0)) @ slopes)
    expected = known(moved, panel_of_persons(moved))
    found = without_covariates(panel, 0)
    for name in ("y", "yy", "within_variance"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-8, atol=1e-6, err_msg=name)
    assert found.covariates == ()
    assert found.x.shape[2] == 0
    assert slopes == pytest.approx([0.9, -5], abs=1.5)


# person effects need persons who are followed, and have tests of their own
@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != PERSON_EFFECTS])
def test_every_estimator_gives_one_average_and_effects_over_time(name: str) -> None:
    rows = simulated_persons(4, STAGGERED, municipalities=14, mean_size=60)
    # municipalities alike but for chance, as random timing and synthetic controls need it
    level = rows["municipality"].map(rows.groupby("municipality")["y"].mean())
    panel = panel_of_persons(rows.assign(y=rows["y"] - level), COVARIATES)
    asked = Asked(window=(-2, 1))
    average, over_time = average_effect(name, panel, asked), effects_over_time(name, panel, asked)
    assert [term.name for term in average.terms] == ["att"]
    assert average.estimator == over_time.estimator == name
    assert all(term.event_time is not None and -2 <= term.event_time <= 1 for term in over_time.terms)
    assert (
        abs(average.coef[0] - 4.0) < 6.0
    )  # shocks of 3 in every municipality and year, one year before to compare with
    again = average.refit(panel)
    assert again.coef == pytest.approx(average.coef, rel=1e-9)


def test_estimators_agree_where_there_is_one_date_and_nothing_else_to_weigh() -> None:
    rng = np.random.default_rng(5)
    rows = simulated_persons(5, {"m00": 2013, "m01": 2013}, mean_size=30)
    mean = rows.groupby(["municipality", "year"], as_index=False).agg({"y": "mean", "first": "first"})
    panel = Panel.from_frame(
        mean.assign(y=mean["y"] + rng.normal(0, 1, len(mean))),
        municipality="municipality", year="year", outcome="y", adoption="first",
    )  # fmt: skip
    plain = did(panel).coef[0]
    for name in ("imputation", "two_stage", "etwfe"):
        found = average_effect(name, panel, Asked(comparison="not_yet"))
        assert found.coef[0] == pytest.approx(plain, rel=1e-8), name
    gap = difference(panel, average_effect("imputation", panel), did(panel))
    assert gap.value == pytest.approx(0, abs=1e-8)
    assert np.abs(gap.cell_weights).max() < 1e-10


def test_an_unknown_estimator_is_told_the_known_ones() -> None:
    panel = panel_of_persons(simulated_persons(6, STAGGERED))
    with pytest.raises(UsageError, match="no estimator 'dcdh'"):
        average_effect("dcdh", panel)
