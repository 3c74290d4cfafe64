"""DiD and event study on public data against fixest, bacondecomp, synthdid and linearmodels."""

import numpy as np
import pandas as pd
import pytest
from lib.reference import reference, reference_json
from linearmodels.panel import PanelOLS
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import covariance_cr0, covariance_cr1, cr1
from ipscausal.panel import Panel

TOLERANCE = 1e-8


def standard_errors(fit: Estimate) -> np.ndarray:
    return np.sqrt(np.diag(covariance_cr1(fit)))


def fixest(name: str, label: str) -> dict[str, dict[str, float]]:
    (run,) = [r for r in reference_json(f"results/{name}.json")["results"] if r["label"] == label]
    return {row["term"]: row for row in run["coef"]}


def base_did() -> Panel:
    frame = pd.read_csv(reference("data/base_did.csv"))
    frame["first"] = np.where(frame["treat"] == 1, 6, 0)
    return Panel.from_frame(frame, municipality="id", year="period", outcome="y", adoption="first", covariates=["x1"])


@pytest.mark.parametrize(
    ("label", "weights"),
    [("TWFE log homicide on post, state+year FE, cluster state", None), ("TWFE weighted by popwt", "popwt")],
)
def test_castle_doctrine(label: str, weights: str | None) -> None:
    frame = pd.read_csv(reference("data/castle_min.csv"))
    panel = Panel.from_frame(
        frame, municipality="sid", year="year", outcome="l_homicide", adoption="first_post", weights=weights
    )
    fit, theirs = estimate.did(panel), fixest("castle_fixest", label)["post"]
    assert fit.coef[0] == pytest.approx(theirs["estimate"], rel=TOLERANCE)
    (row,) = cr1(fit)
    assert row.std_error == pytest.approx(theirs["se"], rel=TOLERANCE)
    assert row.p_value == pytest.approx(theirs["p"], rel=1e-7)
    assert (row.df, row.status) == (49, "ok")


def test_fixest_did_with_a_covariate() -> None:
    fit = estimate.did(base_did())
    theirs = fixest("fixest_base_did", "TWFE 2x2 base_did, cluster id (default ssc)")
    assert fit.coef[0] == pytest.approx(theirs["treat:post"]["estimate"], rel=TOLERANCE)
    assert fit.equations.solution[1] == pytest.approx(theirs["x1"]["estimate"], rel=TOLERANCE)
    assert standard_errors(fit)[0] == pytest.approx(theirs["treat:post"]["se"], rel=TOLERANCE)
    plain = fixest("fixest_base_did", "same, cluster id, ssc(K.adj=FALSE,G.adj=FALSE)")["treat:post"]["se"]
    assert np.sqrt(covariance_cr0(fit)[0, 0]) == pytest.approx(plain, rel=TOLERANCE)
    full = fixest("fixest_base_did", "same, cluster id, ssc(K.fixef='full')")["treat:post"]["se"]
    g, n = fit.n_clusters, fit.n_observations
    factor = g / (g - 1) * (n - 1) / fit.residual_df
    assert np.sqrt(covariance_cr0(fit)[0, 0] * factor) == pytest.approx(full, rel=TOLERANCE)
    assert fit.residual_df == 961


def test_fixest_event_study_with_a_covariate() -> None:
    fit = estimate.event_study(base_did(), window=(-5, 4))
    theirs = fixest("fixest_base_did", "event study base_did ref period 5, cluster id")
    names = [f"period::{6 + int(term.event_time or 0)}:treat" for term in fit.terms]
    assert len(names) == 9
    assert fit.coef == pytest.approx([theirs[name]["estimate"] for name in names], rel=TOLERANCE)
    assert standard_errors(fit) == pytest.approx([theirs[name]["se"] for name in names], rel=TOLERANCE)
    assert [row.p_value for row in cr1(fit)] == pytest.approx([theirs[name]["p"] for name in names], rel=1e-6)


BACON = (
    ("castle_min", "sid", "year", "l_homicide", "first_post"),
    ("math_reform", "state", "class", "incearn_ln", "reformyr_math"),
)


@pytest.mark.parametrize("case", range(2))
def test_two_way_coefficient_of_bacondecomp(case: int) -> None:
    data, municipality, year, outcome, adoption = BACON[case]
    frame = pd.read_csv(reference(f"data/{data}.csv"))
    panel = Panel.from_frame(frame, municipality=municipality, year=year, outcome=outcome, adoption=adoption)
    fit = estimate.did(panel)
    assert fit.left_out == {}
    assert fit.coef[0] == pytest.approx(reference_json("results/bacon.json")["results"][case]["twfe"], rel=TOLERANCE)


def test_did_of_synthdid_on_proposition_99() -> None:
    frame = pd.read_csv(reference("data/california_prop99.csv"), sep=None, engine="python")
    frame["first"] = np.where(frame["State"] == "California", 1989, 0)
    panel = Panel.from_frame(frame, municipality="State", year="Year", outcome="PacksPerCapita", adoption="first")
    (theirs,) = [r for r in reference_json("results/synthdid_prop99.json")["results"] if r["method"] == "did"]
    assert estimate.did(panel).coef[0] == pytest.approx(theirs["estimate"], rel=TOLERANCE)


def test_county_teen_employment_as_linearmodels() -> None:
    frame = pd.read_csv(reference("data/mpdta.csv"))
    frame["exposed"] = ((frame["first.treat"] > 0) & (frame["year"] >= frame["first.treat"])).astype(float)
    holes = frame[(frame["countyreal"] + frame["year"]) % 11 != 0]
    for data in (frame, holes):
        fit = estimate.did(
            Panel.from_frame(data, municipality="countyreal", year="year", outcome="lemp", adoption="first.treat")
        )
        # counties whose only years before adoption are missing tell nothing about adoption and are left out
        inside = data[data.groupby("countyreal")["exposed"].transform("min") == 0].set_index(["countyreal", "year"])
        assert len(fit.left_out.get("always_treated", ())) == data["countyreal"].nunique() - len(
            inside.groupby(level=0)
        )
        theirs = PanelOLS(inside["lemp"], inside["exposed"], entity_effects=True, time_effects=True).fit(
            cov_type="clustered", cluster_entity=True, debiased=False, auto_df=False, count_effects=False
        )
        assert fit.coef[0] == pytest.approx(theirs.params["exposed"], rel=TOLERANCE)
        assert np.sqrt(covariance_cr0(fit)[0, 0]) == pytest.approx(theirs.std_errors["exposed"], rel=TOLERANCE)


def test_few_treated_defaults_of_fixest_are_reproduced_and_marked() -> None:
    """What standard software prints with two treated of thirty: right to the digit, and marked as invalid."""
    runs = {
        r["data"]: r for r in reference_json("results/few_fixest_default.json")["results"] if "x" not in r["formula"]
    }
    run = runs["few_G30_treated2.csv"]
    frame = pd.read_csv(reference("data/few_G30_treated2.csv"))
    frame["first"] = np.where(frame["treat"] == 1, 6, 0)
    fit = estimate.did(Panel.from_frame(frame, municipality="muni", year="year", outcome="y", adoption="first"))
    (row,) = cr1(fit)
    assert row.std_error == pytest.approx(run["se"]["d"], rel=TOLERANCE)
    assert row.status == "known_invalid"
    assert row.hidden.p_value is None
    assert row.p_value == pytest.approx(2 * stats.t.sf(abs(row.statistic or 0), 29))
