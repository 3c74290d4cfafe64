"""Switching treatments against did_multiplegt_dyn (its official Python port), absorbing and on/off."""

import numpy as np
import pandas as pd
import pytest
from lib.reference import reference, reference_json
from scipy import stats

from ipscausal.estimate import Estimate, switching
from ipscausal.panel import Panel

# they ask 1e-6; estimates and errors are closed forms and agree to rounding, as do joint tests apart from cancellation
TOLERANCE = 1e-8
ABSORBING, ON_OFF, NORMALIZED = range(3)


def mpdta() -> Panel:
    frame = pd.read_csv(reference("data/mpdta.csv"))
    return Panel.from_frame(frame, municipality="countyreal", year="year", outcome="lemp", adoption="first.treat")


def mlda() -> Panel:
    frame = pd.read_csv(reference("data/mlda_mv_binary.csv"))
    return Panel.from_frame(frame, municipality="state", year="year", outcome="mrate", dose="D")


def fitted(run: int) -> Estimate:
    if run == ABSORBING:
        return switching(mpdta(), effects=3, placebos=2)
    return switching(mlda(), effects=4, placebos=2, normalized="yes" if run == NORMALIZED else "no")


@pytest.mark.parametrize("run", [ABSORBING, ON_OFF, NORMALIZED])
def test_did_multiplegt_dyn(run: int) -> None:
    theirs = reference_json("results/dcdh.json")["results"][run]["results"]
    fit = fitted(run)
    rows = {f"event_{int(row['index'].removeprefix('Effect_')) - 1}": row for row in theirs["Effects"]}
    rows |= {f"event_{-1 - int(row['index'].removeprefix('Placebo_'))}": row for row in theirs["Placebos"]}
    (average,) = theirs["ATE"]
    names = [term.name for term in fit.terms]
    assert set(names) == {*rows, "average_total_effect"}
    wanted = [(rows | {"average_total_effect": average})[name] for name in names]
    np.testing.assert_allclose(fit.coef, [row["Estimate"] for row in wanted], rtol=TOLERANCE)
    errors = np.sqrt((fit.cluster_scores**2).sum(axis=0))
    np.testing.assert_allclose(errors, [row["SE"] for row in wanted], rtol=TOLERANCE)
    # the average counts a switcher once for every year, `n_treated` counts clusters
    np.testing.assert_array_equal(fit.n_treated[:-1], [row["Switchers"] for row in wanted[:-1]])
    covariance = fit.cluster_scores.T @ fit.cluster_scores
    for theirs_p, after in ((theirs["p_jointeffects"], True), (theirs["p_jointplacebo"], False)):
        part = [
            i for i, term in enumerate(fit.terms) if term.event_time is not None and (term.event_time >= 0) == after
        ]
        wald = fit.coef[part] @ np.linalg.solve(covariance[np.ix_(part, part)], fit.coef[part])
        assert stats.chi2.sf(wald, len(part)) == pytest.approx(theirs_p, rel=TOLERANCE)


def test_a_step_equals_callaway_and_santanna_with_the_not_yet_treated() -> None:
    runs = reference_json("results/did_mpdta_attgt.json")["results"]
    (run,) = [run for run in runs if run["label"] == "notyettreated ~1 dr varying"]
    (dynamic,) = [aggregate for aggregate in run["aggte"] if aggregate["type"] == "dynamic"]
    theirs = {row["egt"]: row["att"] for row in dynamic["by"]}
    fit = switching(mpdta())
    mine = {term.event_time: value for term, value in zip(fit.terms, fit.coef, strict=True)}
    assert [mine[time] for time in range(4)] == pytest.approx([theirs[time] for time in range(4)], rel=TOLERANCE)
