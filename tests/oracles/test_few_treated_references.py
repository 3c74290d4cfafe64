"""Golden numbers for few treated clusters: collapse family, randomisation, closed forms of CR1 and CR2."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from lib.golden_studies import DESIGNS, few, golden_cells
from lib.reference import reference_json

from ipscausal import estimate
from ipscausal.inference import (
    covariance_cr0,
    cr1_false_positive_rate,
    cr2_false_positive_rate,
    reassign,
    ri,
    sup_t,
)
from ipscausal.inference.contrast.contrasts import cluster_means, contrasts, linear_forms, own_outcomes
from ipscausal.inference.contrast.size_family import size_family
from ipscausal.panel import Panel


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
    fit = few(golden["data"], tuple(golden["covariates"]))
    (row,) = ri(fit)
    assert fit.coef[0] == pytest.approx(golden["estimate"], rel=1e-10)
    assert (row.rank, row.rank_of) == (golden["count_coef"], golden["n_assignments"])


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
        assert cr2_false_positive_rate(g, 1) == pytest.approx(case["FPR_CR2_5pct"], rel=1e-9)
