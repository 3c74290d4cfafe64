"""Sun-Abraham against fixest, extended two-way fixed effects against R etwfe, stacked regression against R code.

etwfe's standard errors come from numerical derivatives of marginaleffects and agree to a few 1e-6, not to 1e-8. Its
Poisson estimates agree to 3e-8 because fixest stops its iterations there.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lib.reference import reference, reference_json

from ipscausal import estimate
from ipscausal.estimate import Estimate, Term, aggregate
from ipscausal.inference import covariance_cr0, covariance_cr1, cr1
from ipscausal.panel import Panel

TOLERANCE = 1e-8
NUMERIC = 1e-5
LABELS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "sunab event study (default aggregation), cluster id": (None, ("x1",)),
    "sunab without covariate": (None, ()),
    "sunab, weights w=1+id%%4": ("w", ("x1",)),
}


def fixest(name: str, label: str) -> dict[str, dict[str, float]]:
    (run,) = [r for r in reference_json(f"results/{name}.json")["results"] if r["label"] == label]
    return {row["term"]: row for row in run["coef"]}


def base_stagg(weights: str | None = None, covariates: tuple[str, ...] = ("x1",)) -> Panel:
    frame = pd.read_csv(reference("data/base_stagg.csv"))
    frame["first"] = frame["year_treated"].where(frame["year_treated"] < 10_000, 0)
    frame["w"] = 1 + frame["id"] % 4
    return Panel.from_frame(
        frame, municipality="id", year="year", outcome="y", adoption="first", weights=weights, covariates=covariates
    )


def castle() -> Panel:
    frame = pd.read_csv(reference("data/castle_min.csv"))
    return Panel.from_frame(frame, municipality="sid", year="year", outcome="l_homicide", adoption="first_post")


def assert_as_fixest(fit: Estimate, theirs: dict[str, dict[str, float]], name: Callable[[Term], str]) -> None:
    rows = [theirs[name(term)] for term in fit.terms]
    assert fit.coef == pytest.approx([row["estimate"] for row in rows], rel=TOLERANCE)
    assert [row.std_error for row in cr1(fit)] == pytest.approx([row["se"] for row in rows], rel=TOLERANCE)
    assert [row.p_value for row in cr1(fit)] == pytest.approx([row["p"] for row in rows], rel=1e-6)


@pytest.mark.parametrize("label", LABELS)
def test_sun_abraham_by_event_time(label: str) -> None:
    fit = estimate.sun_abraham(base_stagg(*LABELS[label]))
    theirs = fixest("fixest_base_stagg_sunab", label)
    events = aggregate(fit, "event")
    assert len(events.terms) == len([name for name in theirs if name.startswith("year")]) == 17
    assert_as_fixest(events, theirs, lambda term: f"year::{term.event_time}")
    if "x1" in theirs:
        slope = fit.regression.columns.index("x1")
        assert fit.slopes == pytest.approx([theirs["x1"]["estimate"]], rel=TOLERANCE)
        g, n, k = fit.n_clusters, fit.n_observations, fit.n_parameters
        own = ((fit.regression.scores @ fit.regression.bread[slope]) ** 2).sum() * g / (g - 1) * (n - 1) / (n - k)
        assert np.sqrt(own) == pytest.approx(theirs["x1"]["se"], rel=TOLERANCE)


def test_sun_abraham_effect_by_effect_and_its_other_averages() -> None:
    fit = estimate.sun_abraham(base_stagg())
    name = "fixest_base_stagg_sunab"
    theirs = fixest(name, "sunab disaggregated cohort x period")
    assert len(fit.terms) == len(theirs) - 1 == 81
    assert_as_fixest(fit, theirs, lambda term: f"year::{term.event_time}:cohort::{term.cohort}")
    assert_as_fixest(aggregate(fit, "simple"), fixest(name, "sunab ATT"), lambda term: "ATT")
    cohorts = aggregate(fit, "cohort")
    assert len(cohorts.terms) == 9
    assert_as_fixest(cohorts, fixest(name, "sunab cohort"), lambda term: f"cohort::{term.cohort}")


def test_the_naive_regressions_beside_it() -> None:
    """Two-way fixed effects on the same data: what is shown to miss when effects differ."""
    panel, name = base_stagg(), "fixest_base_stagg_sunab"
    assert_as_fixest(estimate.did(panel), fixest(name, "naive static TWFE"), lambda term: "d")
    events = estimate.event_study(panel, window=(-9, 8))
    theirs = fixest(name, "naive TWFE event study, ref -1 and -1000")
    assert len(events.terms) == len(theirs) - 1
    assert_as_fixest(events, theirs, lambda term: f"time_to_treatment::{term.event_time}")


def test_sun_abraham_on_castle_doctrine() -> None:
    fit = estimate.sun_abraham(castle())
    events = aggregate(fit, "event")
    assert len(events.terms) == 14
    assert_as_fixest(events, fixest("castle_fixest", "sunab event study"), lambda term: f"year::{term.event_time}")
    assert_as_fixest(aggregate(fit, "simple"), fixest("castle_fixest", "sunab ATT"), lambda term: "ATT")


ETWFE = [
    ("etwfe ~ lpop notyet", "not_yet", ("lpop",), "cohort"),
    ("etwfe ~ lpop never", "never", ("lpop",), "cohort"),
    ("etwfe ~ 0 notyet", "not_yet", (), "cohort"),
    ("etwfe ~ 0 never", "never", (), "cohort"),
    ("etwfe ~0 notyet with ivar (unit FE)", "not_yet", (), "municipality"),
]
# what R calls it: our kind of average, what identifies a term, and the column that holds it there
KINDS = {
    "simple": ("simple", None, ""),
    "group": ("cohort", "cohort", "first.treat"),
    "calendar": ("calendar", "year", "year"),
    "event": ("event", "event_time", "event"),
}


def county_employment(outcome: str = "lemp") -> Panel:
    frame = pd.read_csv(reference("data/mpdta.csv"))
    frame["emp"] = np.exp(frame["lemp"])
    return Panel.from_frame(
        frame, municipality="countyreal", year="year", outcome=outcome, adoption="first.treat",
        municipality_covariates=["lpop"],
    )  # fmt: skip


def etwfe_results(label: str) -> dict[str, Any]:
    (run,) = [r for r in reference_json("results/etwfe_mpdta.json")["results"] if r["label"] == label]
    return run


def assert_as_etwfe(fit: Estimate, theirs: dict[str, Any], tolerance: float) -> int:
    compared = 0
    for kind, (ours, key, column) in KINDS.items():
        averages = aggregate(fit, ours)
        for row in theirs.get(kind, []):
            if row["std.error"] is None:  # the year of reference, 0 by construction
                continue
            (j,) = [i for i, term in enumerate(averages.terms) if key is None or getattr(term, key) == row[column]]
            assert averages.coef[j] == pytest.approx(row["estimate"], rel=tolerance)
            error = np.sqrt(covariance_cr1(averages)[j, j])
            assert error == pytest.approx(row["std.error"], rel=NUMERIC)
            compared += 1
    return compared


@pytest.mark.parametrize(("label", "comparison", "covariates", "effects"), ETWFE)
def test_extended_two_way(label: str, comparison: Any, covariates: tuple[str, ...], effects: Any) -> None:
    fit = estimate.etwfe(
        county_employment(), comparison=comparison, effects=effects, municipality_covariates=covariates
    )
    assert assert_as_etwfe(fit, etwfe_results(label), TOLERANCE) >= 5


def test_constants_of_cohorts_and_of_counties_give_the_same_numbers() -> None:
    """All counties have every year: the covariate's slopes by cohort are then constants of counties."""
    panel = county_employment()
    for comparison in ("not_yet", "never"):
        ours = estimate.etwfe(panel, comparison=comparison)
        cohorts = estimate.etwfe(panel, comparison=comparison, effects="cohort")
        assert ours.coef == pytest.approx(cohorts.coef, rel=1e-10)
        assert covariance_cr0(ours) == pytest.approx(covariance_cr0(cohorts), rel=1e-9)
        assert ours.n_parameters < cohorts.n_parameters


def test_extended_two_way_with_an_exponential_mean() -> None:
    fit = estimate.etwfe_poisson(county_employment("emp"))
    assert assert_as_etwfe(fit, etwfe_results("etwfe poisson emp=exp(lemp) ~ lpop"), 1e-7) == 5


STACKED = {"corrective": "weighted", "none": "unweighted", "variance": "unweighted_stack_fe"}
# fixest counts constants of treated and of comparisons, or every event time of every sub-experiment, as parameters
COUNTED = {"corrective": 12, "none": 12, "variance": 29}


def medicaid() -> Panel:
    frame = pd.read_csv(reference("data/acs1860_unins_2008_2021.csv"))
    return Panel.from_frame(frame, municipality="statefip", year="year", outcome="unins", adoption="adopt_year")


def error(fit: Estimate, parameters: int) -> np.ndarray:
    g, n = fit.n_clusters, fit.n_observations
    return np.sqrt(np.diag(covariance_cr0(fit)) * g / (g - 1) * (n - 1) / (n - parameters))


@pytest.mark.parametrize("weights", STACKED)
def test_stacked(weights: Any) -> None:
    fit = estimate.stacked(medicaid(), window=(-3, 2), weights=weights)
    theirs = reference_json("results/stacked_did_medicaid.json")
    rows = {row["term"]: row for row in theirs[STACKED[weights]]}
    chosen = [rows[f"e::{term.event_time}:treat"] for term in fit.terms]
    assert len(rows) == len(fit.terms) == 5
    assert fit.n_observations == theirs["n_rows"]
    assert fit.coef == pytest.approx([row["estimate"] for row in chosen], rel=TOLERANCE)
    assert error(fit, COUNTED[weights]) == pytest.approx([row["se"] for row in chosen], rel=TOLERANCE)
    assert fit.n_parameters < COUNTED[weights]


def test_stacked_average_after_adoption() -> None:
    theirs = reference_json("results/stacked_did_medicaid.json")["weighted_post_average"]
    fit = estimate.stacked(medicaid(), window=(-3, 2), weights="corrective")
    average = np.array([term.first >= 0 for term in fit.terms]) / 3
    assert average @ fit.coef == pytest.approx(theirs["estimate"], rel=TOLERANCE)
    g, n = fit.n_clusters, fit.n_observations
    variance = average @ covariance_cr0(fit) @ average * g / (g - 1) * (n - 1) / (n - COUNTED["corrective"])
    assert np.sqrt(variance) == pytest.approx(theirs["se"], rel=TOLERANCE)


def test_averages_by_the_treated_are_what_corrective_weights_give() -> None:
    by_cohort = estimate.stacked(medicaid(), window=(-3, 2))
    theirs = reference_json("results/stacked_did_medicaid.json")
    assert {term.cohort for term in by_cohort.terms} == set(theirs["sub_experiments"])
    rows = {row["term"]: row["estimate"] for row in theirs["weighted"]}
    events = aggregate(by_cohort, "event")
    assert events.coef == pytest.approx([rows[f"e::{term.event_time}:treat"] for term in events.terms], rel=TOLERANCE)
    after = aggregate(by_cohort, "simple").coef
    assert after == pytest.approx([theirs["weighted_post_average"]["estimate"]], rel=TOLERANCE)
