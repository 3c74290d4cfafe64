"""Group-time effects and their averages as R's did 2.5.1, on its own example data."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lib.mpdta import CASES, analytic_errors, counties, county_panel, run
from lib.reference import reference_json
from scipy import stats

from ipscausal.estimate import Estimate, aggregate, att_gt
from ipscausal.inference import Options
from ipscausal.inference.wild.multiplier import uniform_band

TOLERANCE = 1e-8
AVERAGES = {"group": ("cohort_average", "cohort"), "calendar": ("calendar_average", "calendar"),
            "dynamic": ("event_average", "event"), "simple": ("simple", None)}  # fmt: skip


def identified(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the base years of the universal base period, which did prints as zeros without a standard error."""
    return [row for row in rows if isinstance(row["se"], float)]


def agree(fit: Estimate, rows: list[dict[str, Any]]) -> None:
    assert fit.coef == pytest.approx([row["att"] for row in rows], rel=TOLERANCE)
    assert analytic_errors(fit) == pytest.approx([row["se"] for row in rows], rel=TOLERANCE)


def averages_agree(fit: Estimate, printed: list[dict[str, Any]]) -> None:
    assert {row["type"] for row in printed} == set(AVERAGES)
    for row in printed:
        overall, by = AVERAGES[row["type"]]
        one = aggregate(fit, overall)
        assert one.coef == pytest.approx([row["overall_att"]], rel=TOLERANCE)
        assert analytic_errors(one) == pytest.approx([row["overall_se"]], rel=TOLERANCE)
        if by:
            several, rows = aggregate(fit, by), identified(row["by"])
            key = {"event": "event_time", "cohort": "cohort", "calendar": "year"}[by]
            assert [getattr(term, key) for term in several.terms] == [one["egt"] for one in rows]
            agree(several, rows)


@pytest.mark.parametrize(("name", "i"), CASES)
def test_effects_errors_averages_and_pre_test(name: str, i: int) -> None:
    theirs, fit = run(name, i)
    rows = identified(theirs["att_gt"])
    assert [(term.cohort, term.year) for term in fit.terms] == [(row["group"], row["time"]) for row in rows]
    assert fit.coef == pytest.approx([row["att"] for row in rows], rel=TOLERANCE)
    if name in ("rcs", "unbalanced") and fit.panel.unit_covariates and " dr " in theirs["label"]:
        fit = with_the_sign_of_drdid(fit, name)
    agree(fit, rows)
    averages_agree(fit, theirs["aggte"])
    # did tests every year before adoption, years of anticipation among them
    before = [j for j, term in enumerate(fit.terms) if (term.event_time or 0) < 0]
    scores = fit.cluster_scores[:, before]
    wald = fit.coef[before] @ np.linalg.solve(scores.T @ scores, fit.coef[before])
    assert wald == pytest.approx(theirs["pretest_W"][0][0], rel=TOLERANCE)
    assert round(float(stats.chi2.sf(wald, len(before))), 5) == pytest.approx(theirs["pretest_p"][0][0], abs=2e-5)


def with_the_sign_of_drdid(fit: Estimate, name: str) -> Estimate:
    """The estimate with the influence values that DRDID 1.2.3 gives its `drdid_rc`.

    They add the base year's regression of the controls where the estimate subtracts it. Ours have the derivative's
    sign (held by `test_influence_values_are_derivatives`); with the other one the printed errors come out.
    """
    frame = counties(name)
    frame = frame[frame["first.treat"].isin([0, 2004, 2006, 2007])]
    code = (frame["row"] if name == "rcs" else frame["countyreal"]).astype(str)
    place = {municipality: g for g, municipality in enumerate(fit.panel.municipality)}
    contributions = fit.contributions.copy()
    for j, term in enumerate(fit.terms):
        assert term.cohort is not None
        assert term.year is not None
        base = term.cohort - 1 if term.year >= term.cohort else term.year - 1
        adoption = frame["first.treat"]
        control = adoption == 0 if name == "rcs" else (adoption == 0) | (adoption > term.year)
        treated = adoption == term.cohort
        used = frame[frame["year"].isin([base, term.year]) & (treated | (control & ~treated))]
        d = (used["first.treat"] == term.cohort).to_numpy(float)
        x = sm.add_constant(used[["lpop"]].to_numpy())
        p = sm.GLM(d, x, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=100).predict()
        early, y = used["year"].to_numpy() == base, used["lemp"].to_numpy()
        odds = np.where(early & (d == 0), p / (1 - p), 0.0)
        gap = x[early & (d == 1)].mean(axis=0) - odds @ x / odds.sum()
        controls = early & (d == 0)
        bread = np.linalg.inv(x[controls].T @ x[controls])
        residual = y[controls] - x[controls] @ (bread @ x[controls].T @ y[controls])
        wrong = -2 * residual * (x[controls] @ bread @ gap)
        np.add.at(contributions[:, j], [place[c] for c in code.loc[used.index][controls]], wrong)
    return replace(fit, contributions=contributions)


@pytest.mark.parametrize("i", range(3))
def test_event_times_balanced_and_cut(i: int) -> None:
    theirs = reference_json("results/did_mpdta_dynamic_options.json")["results"][i]
    options = theirs["options"]
    window = (options["min_e"], options["max_e"]) if "min_e" in options else None
    fit = att_gt(county_panel(counties()), municipality_covariates=())
    by_time = aggregate(fit, "event", window=window, balance=options.get("balance_e"))
    assert [term.event_time for term in by_time.terms] == [row["egt"] for row in theirs["by"]]
    agree(by_time, theirs["by"])
    overall = aggregate(fit, "event_average", window=window, balance=options.get("balance_e"))
    assert overall.coef == pytest.approx([theirs["overall_att"]], rel=TOLERANCE)
    assert analytic_errors(overall) == pytest.approx([theirs["overall_se"]], rel=TOLERANCE)


def test_covariance_of_all_effects() -> None:
    theirs = reference_json("results/did_mpdta_vcov.json")
    scores = att_gt(county_panel(counties()), municipality_covariates=()).cluster_scores
    assert scores.T @ scores == pytest.approx(np.array(theirs["vcov"]), rel=TOLERANCE)


def test_anticipation_does_not_move_the_start_of_the_simple_average() -> None:
    """Years of anticipation have effects of their own; the average starts with adoption."""
    fit = att_gt(county_panel(counties()), municipality_covariates=(), anticipation=1)
    after = np.array([(term.event_time or 0) >= 0 for term in fit.terms])
    assert fit.share is not None
    expected = fit.coef[after] @ fit.share[after] / fit.share[after].sum()
    assert aggregate(fit, "simple").coef[0] == pytest.approx(expected, rel=1e-12)
    assert fit.left_out.keys() == {"always_treated"}
    assert len(fit.left_out["always_treated"]) == 20


def test_missing_rows_do_not_turn_a_panel_into_cross_sections() -> None:
    """Pairwise complete counties stay near the full data, where the switch of estimator gives +0.067."""
    full = att_gt(county_panel(counties()), municipality_covariates=())
    holes = att_gt(county_panel(counties("unbalanced")), municipality_covariates=())
    whole, pairwise = (float(aggregate(fit, "simple").coef[0]) for fit in (full, holes))
    assert abs(pairwise - whole) < 0.01
    frame, expected = counties("unbalanced"), []
    for term in holes.terms:
        assert term.cohort is not None
        base = term.cohort - 1 if (term.event_time or 0) >= 0 else (term.year or 0) - 1
        wide = frame.pivot_table(index=["countyreal", "first.treat"], columns="year", values="lemp")
        change = (wide[term.year] - wide[base]).dropna().reset_index()
        by = change.groupby("first.treat")[0].mean()  # the only column has no name
        expected.append(by[term.cohort] - by[0])
    assert holes.coef == pytest.approx(np.array(expected), rel=1e-10)


@pytest.mark.parametrize("kind", ["attgt", "dynamic"])
def test_uniform_band_within_its_monte_carlo_error(kind: str) -> None:
    """did draws signs (its BMisc does), not Mammen's points: these give a critical value of 2.76 on these data.

    Middle-half standard errors of 50,000 and 200,000 draws differ with a standard deviation of 0.6 %.
    """
    theirs = reference_json("results/did_mpdta_uniform_bands.json")
    fit = att_gt(county_panel(counties()), municipality_covariates=())
    fit = fit if kind == "attgt" else aggregate(fit, "event")
    band = uniform_band(fit, Options(draws=200_000, seed=3))
    assert band.critical == pytest.approx(theirs[f"{kind}_crit"], abs=0.02)
    assert band.std_error == pytest.approx([row["se"] for row in theirs[kind]], rel=0.024)
    assert band.high - band.low == pytest.approx(2 * band.critical * band.std_error, rel=1e-12)
    mammen = uniform_band(fit, Options(draws=50_000, seed=3), "mammen")
    assert mammen.critical > band.critical + 0.05


def test_shares_are_those_of_weighted_counties() -> None:
    frame = counties("weights")
    fit = att_gt(county_panel(frame, weights="w"), municipality_covariates=())
    total = frame[frame["year"] == 2003].groupby("first.treat")["w"].sum()
    expected = pd.Series([total[term.cohort] for term in fit.terms]) / total.sum()
    assert fit.share == pytest.approx(expected.to_numpy(), rel=1e-12)
