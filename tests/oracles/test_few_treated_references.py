"""Golden numbers for few treated clusters: collapse family, jackknife, randomisation, CR0 from rows and cells."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from lib.panels import panel_of_persons
from lib.reference import reference, reference_json

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import (
    covariance_cr0,
    cr1_false_positive_rate,
    cr3,
    leave_one_out,
    reassign,
    ri,
    sup_t,
)
from ipscausal.inference.contrasts import cluster_means, contrasts, linear_forms, own_outcomes
from ipscausal.inference.size_family import size_family
from ipscausal.panel import Panel

DESIGNS = {"d1": {3: 2016}, "d3": {3: 2016, 4: 2016, 7: 2016}, "ds": {2: 2015, 8: 2016, 5: 2017}}


def golden_cells(design: str, persons: str | None) -> Estimate:
    frame = pd.read_csv(reference("inference/cells.csv"))
    frame["first"] = frame["muni"].map(DESIGNS[design])
    return estimate.did(
        Panel.from_frame(frame, municipality="muni", year="year", outcome="ybar", adoption="first", persons=persons)
    )


def few(name: str, start: int, covariates: list[str]) -> Estimate:
    frame = pd.read_csv(reference(f"data/{name}"))
    frame["first"] = np.where(frame["treat"] == 1, start, 0)
    return estimate.did(
        Panel.from_frame(frame, municipality="muni", year="year", outcome="y", adoption="first", covariates=covariates)
    )


@pytest.mark.parametrize("design", ["d1", "d3"])
def test_contrasts_and_members_of_the_size_family(design: str) -> None:
    golden = reference_json("inference/golden_few.json")
    fit = golden_cells(design, "n")
    forms, outcomes = linear_forms(fit, 0), own_outcomes(fit)
    treated = np.array(sorted(DESIGNS[design])) - 1
    assert contrasts(forms, outcomes).treated[0] == pytest.approx(np.array(golden["W"])[treated], rel=1e-9)
    assert forms.common
    family = size_family(forms, cluster_means(forms, outcomes), np.array([[0.0, 1.0, np.inf]]))
    for member, key in enumerate(("gls_t_tau0", "gls_t_tau_median", "gls_t_tauInf")):
        beta, t, p = golden[design][key]
        assert family.estimate[0, member] == pytest.approx(beta, rel=1e-8)
        assert family.estimate[0, member] / family.std_error[0, member] == pytest.approx(t, rel=1e-8)
        assert family.p_value[0, member] == pytest.approx(p, rel=1e-8)
    (row,) = sup_t(fit)
    assert row.p_value is not None
    assert row.p_value >= family.p_value.max()


@pytest.mark.parametrize("design", ["d1", "d3"])
def test_without_sizes_the_family_is_the_collapse_t(design: str) -> None:
    golden = reference_json("inference/golden_boot.json")[f"collapse_{design}"]
    (row,) = sup_t(golden_cells(design, None))
    assert row.estimate == pytest.approx(golden["beta"], rel=1e-9)
    assert row.std_error == pytest.approx(golden["se"], rel=1e-9)
    assert row.statistic == pytest.approx(golden["t"], rel=1e-9)
    assert row.p_value == pytest.approx(golden["p"], rel=1e-9)
    assert row.df == golden["df"]
    assert "collapse" in row.small_sample


@pytest.mark.parametrize("design", ["d1", "d3", "ds"])
@pytest.mark.parametrize(("weights", "suffix"), [(None, "ols"), ("n", "wls_n")])
def test_jackknife(design: str, weights: str | None, suffix: str) -> None:
    golden = reference_json("inference/golden_cr.json")["cells"][design][f"jackknife_{suffix}"]
    fit = golden_cells(design, weights)
    expected = [np.nan if b in ("NA", None) else b for b in golden["beta_drop"].values()]
    assert leave_one_out(fit)[:, 0] == pytest.approx(expected, rel=1e-9, nan_ok=True)
    (row,) = cr3(fit)
    if golden["n_unidentified"]:
        assert (row.status, row.std_error, row.p_value) == ("not_identified", None, None)
    else:
        assert row.std_error == pytest.approx(golden["CR3_se_drop"], rel=1e-9)


@pytest.mark.parametrize("design", ["d1", "d3", "ds"])
@pytest.mark.parametrize(("weights", "key"), [(None, "ols_dummies"), ("n", "wls_n_dummies_target_identity")])
def test_cr0_of_clubsandwich(design: str, weights: str | None, key: str) -> None:
    golden = reference_json("inference/golden_cr.json")["cells"][design][key]
    fit = golden_cells(design, weights)
    assert fit.coef[0] == pytest.approx(golden["estimate"], rel=1e-9)
    assert np.sqrt(covariance_cr0(fit)[0, 0]) == pytest.approx(golden["CR0"]["se"], rel=1e-8)


@pytest.mark.parametrize("design", ["d1", "d3", "ds"])
def test_cr0_on_persons_from_their_cells(design: str) -> None:
    golden = reference_json("inference/golden_cr.json")["individual"][design]
    persons = pd.read_csv(reference("inference/individuals.csv"))
    first = persons[persons[design] == 1].groupby("muni")["year"].min()
    persons["first"], persons["municipality"] = persons["muni"].map(first), persons["muni"].astype(str)
    fit = estimate.did(panel_of_persons(persons))
    assert (fit.n_observations, fit.residual_df) == (golden["N"], golden["N"] - golden["K"])
    assert fit.coef[0] == pytest.approx(golden["individual"]["estimate"], rel=1e-10)
    assert np.sqrt(covariance_cr0(fit)[0, 0]) == pytest.approx(golden["individual"]["CR0"]["se"], rel=1e-10)


@pytest.mark.parametrize("key", ["d1_ols", "d1_wls", "d3_ols", "d3_wls"])
def test_randomisation_over_every_assignment(key: str) -> None:
    golden = reference_json("inference/golden_boot.json")[f"RI_{key}"]
    design, kind = key.split("_")
    fit = golden_cells(design, "n" if kind == "wls" else None)
    outcome = reassign(fit)
    # combinations in the same (lexicographic) order
    assert len(list(combinations(range(8), len(DESIGNS[design])))) == golden["n"] == outcome.enumerated
    assert outcome.observed == golden["index_actual"] - 1
    assert outcome.coef[:, 0] == pytest.approx(golden["beta_all"], abs=1e-9)
    (row,) = ri(fit)
    assert row.p_value == pytest.approx(golden["p_beta"], abs=1e-12)


@pytest.mark.parametrize("case", range(4))
def test_randomisation_counts_with_and_without_a_covariate(case: int) -> None:
    golden = reference_json("results/few_randomization_inference.json")["results"][case]
    start = 5 if "G10" in golden["data"] else 6
    fit = few(golden["data"], start, golden["covariates"])
    (row,) = ri(fit)
    assert fit.coef[0] == pytest.approx(golden["estimate"], rel=1e-10)
    assert (row.rank, row.rank_of) == (golden["count_coef"], golden["n_assignments"])


@pytest.mark.parametrize(
    ("label", "data", "start", "covariates"),
    [
        ("G12 treated3 full dummies", "few_G12_treated3.csv", 6, ["x"]),
        ("G10 treated5 full dummies", "few_G10_treated5.csv", 5, []),
        ("G30 treated2 full dummies", "few_G30_treated2.csv", 6, []),
    ],
)
def test_summclust(label: str, data: str, start: int, covariates: list[str]) -> None:
    (golden,) = [r for r in reference_json("results/few_summclust.json")["results"] if r["label"] == label]
    tidy, fit = golden["tidy"][0], few(data, start, covariates)
    assert leave_one_out(fit)[:, 0] == pytest.approx([row["d"] for row in golden["beta_jack"]], rel=1e-9)
    (row,) = cr3(fit)
    for ours, theirs in (
        (row.std_error, "se"), (row.statistic, "tstat"), (row.p_value, "p_val"), (row.conf_low, "conf_int_l"),
        (row.conf_high, "conf_int_u"),
    ):  # fmt: skip
        assert ours == pytest.approx(tidy[theirs], rel=1e-8)


def test_summclust_on_persons_from_their_cells() -> None:
    (golden,) = [
        r for r in reference_json("results/few_summclust.json")["results"] if r["label"] == "micro G12 full dummies"
    ]
    rows = pd.read_csv(reference("data/few_micro_G12.csv"))
    rows["municipality"] = rows["muni"].map("{:02d}".format)
    rows["first"] = rows["muni"].map(rows[rows["d"] == 1].groupby("muni")["year"].min())
    fit = estimate.did(panel_of_persons(rows, ("age",)))
    assert fit.coef[0] == pytest.approx(golden["tidy"][0]["coef"], rel=1e-9)
    assert leave_one_out(fit)[:, 0] == pytest.approx([row["d"] for row in golden["beta_jack"]], rel=1e-9)
    assert cr3(fit)[0].std_error == pytest.approx(golden["tidy"][0]["se"], rel=1e-8)


def test_closed_forms_with_one_treated() -> None:
    # the data are printed with six decimals: what depends on them agrees to that, the closed forms exactly
    for case in (c for c in reference_json("inference/closed_form_cases.json")["closed_form"] if "se_honest" in c):
        mean, start = np.array(case["Y"]), 2000 + case["T0"]
        g, t = mean.shape
        frame = pd.DataFrame({
            "g": np.repeat(np.arange(g), t), "year": np.tile(2000 + np.arange(t), g), "y": mean.ravel(),
            "first": np.repeat([start] + [0] * (g - 1), t),
        })  # fmt: skip
        fit = estimate.did(Panel.from_frame(frame, municipality="g", year="year", outcome="y", adoption="first"))
        (row,) = sup_t(fit)
        error = np.sqrt(covariance_cr0(fit)[0, 0])
        assert fit.coef[0] == pytest.approx(case["beta"], rel=1e-6)
        assert error == pytest.approx(case["se_cr0"], rel=1e-6)
        assert row.std_error == pytest.approx(case["se_honest"], rel=1e-6)
        assert row.std_error / (error * np.sqrt(g / (g - 1))) == pytest.approx(case["t_inflation_CR1"], rel=1e-9)
        assert cr1_false_positive_rate(g, 1) == pytest.approx(case["FPR_CR1_5pct"], rel=1e-9)
