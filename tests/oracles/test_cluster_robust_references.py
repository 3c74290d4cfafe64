"""CR0, CR1, CR1S, CR2 and HC1 against clubSandwich, sandwich, estimatr, plm and fixest, on cells and on persons."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from lib.golden_studies import DESIGNS, few, few_micro, few_panel, golden_cells, golden_person_cells, golden_persons
from lib.panels import panel_of_means
from lib.reference import reference_json
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import Inference, cr0, cr1, cr1s, cr2, hc1

# R prints fifteen digits; its matrix roots and ours differ by a few units of the last
EXACT = 1e-10
OTHER = 1e-4  # numbers that belong to another estimator differ by more than this


def error_of(row: Inference) -> float:
    assert row.std_error is not None
    return row.std_error


def golden(design: str, key: str) -> Any:
    return reference_json("inference/golden_cr.json")["cells"][design][key]


def held(row: Inference, theirs: dict[str, float], df: float | None = None) -> None:
    """Standard error, degrees of freedom and p-value of a coefficient of clubSandwich."""
    assert row.std_error == pytest.approx(theirs["se"], rel=EXACT)
    assert row.df == pytest.approx(theirs["df"] if df is None else df, rel=EXACT)
    assert row.p_value == pytest.approx(theirs["p"] if df is None else theirs["p_tGm1"], rel=1e-8)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("weights", "key"), [(None, "ols_dummies"), ("n", "wls_n_dummies_target_identity")])
def test_cr0_and_both_conventions_of_cr1_on_cells(design: str, weights: str | None, key: str) -> None:
    theirs, fit = golden(design, key), golden_cells(design, weights=weights)
    assert fit.coef[0] == pytest.approx(theirs["estimate"], rel=EXACT)
    held(cr0(fit)[0], theirs["CR0"], df=7)
    held(cr1s(fit)[0], theirs["CR1S"], df=7)
    # clubSandwich's CR1 is G/(G-1) alone; ours has fixest's further factor
    n, k = fit.n_observations, fit.n_parameters
    assert error_of(cr1(fit)[0]) / np.sqrt((n - 1) / (n - k)) == pytest.approx(theirs["CR1"]["se"], rel=EXACT)
    assert (n, k, fit.residual_df) == (48, 7, 48 - 14)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    ("weights", "keys"),
    [
        (None, ("ols_dummies", "ols_muni_absorbed")),
        ("n", ("sqrtn_scaled_ols_dummies", "sqrtn_scaled_ols_muni_absorbed")),
    ],
)
def test_cr2_on_cells(design: str, weights: str | None, keys: tuple[str, str]) -> None:
    for kind in ({"weights": weights}, {"persons": weights}):
        (row,) = cr2(golden_cells(design, **kind))
        for key in keys:
            held(row, golden(design, key)["CR2"])
        if weights is None:
            theirs = golden(design, "estimatr_ols_CR2")
            assert (row.std_error, row.df) == pytest.approx((theirs["se"], theirs["df"]), rel=EXACT)
        assert row.status == ("known_invalid" if design == "d1" else "ok")
        assert ("unreliable" in row.assumptions) == (design != "d1" and row.df is not None and row.df < 4)


@pytest.mark.parametrize("design", DESIGNS)
def test_persons_and_their_cells_give_what_the_regression_on_persons_gives(design: str) -> None:
    theirs = reference_json("inference/golden_cr.json")["individual"][design]
    for fit in (golden_persons(design), golden_person_cells(design)):
        assert (fit.n_observations, fit.residual_df) == (theirs["N"], theirs["N"] - theirs["K"])
        assert fit.coef[0] == pytest.approx(theirs["individual"]["estimate"], rel=1e-10)
        held(cr0(fit)[0], theirs["individual"]["CR0"], df=7)
        held(cr1s(fit)[0], theirs["individual"]["CR1S"], df=7)
        held(cr2(fit)[0], theirs["individual"]["CR2"])
        scaled = theirs["cell"]["CR2_sqrtn_scaled"]
        assert (cr2(fit)[0].std_error, cr2(fit)[0].df) == pytest.approx((scaled["se"], scaled["df"]), rel=EXACT)
    (row,) = hc1(golden_person_cells(design))
    assert row.std_error == pytest.approx(theirs["HC1_se_individual"], rel=1e-10)
    assert (row.status, row.df) == ("known_invalid", theirs["N"] - theirs["K"])
    assert hc1(golden_persons(design))[0].status == "not_identified"


@pytest.mark.parametrize("design", ["d3", "ds"])
def test_cr2_with_effects_absorbed_by_plm(design: str) -> None:
    theirs, fit = reference_json("inference/golden_cr.json")["plm"][design], golden_cells(design)
    held(cr0(fit)[0], theirs["CR0"], df=7)
    held(cr2(fit)[0], theirs["CR2"])


@pytest.mark.parametrize("design", DESIGNS)
def test_other_estimators_are_not_reproduced(design: str) -> None:
    """Two-way within transforms (wrong), and weighted least squares with other targets (another estimator).

    With an identity target absorbing municipality effects is not even exact: its two entries differ.
    """
    plain, weighted = error_of(cr2(golden_cells(design))[0]), error_of(cr2(golden_cells(design, weights="n"))[0])
    for key, ours in (
        ("TRAP_ols_twoway_absorbed", plain),
        ("TRAP_wls_twoway_absorbed_target_inv_n", weighted),
        ("wls_n_dummies_target_identity", weighted),
        ("wls_n_muni_absorbed_target_identity", weighted),
        ("wls_n_dummies_target_inv_n", weighted),
        ("wls_n_muni_absorbed_target_inv_n", weighted),
        ("PITFALL_wls_target_1_over_n_unscaled", weighted),
    ):
        assert abs(golden(design, key)["CR2"]["se"] / ours - 1) > OTHER, key
    trap, (row,) = golden(design, "TRAP_ols_twoway_absorbed")["CR2"], cr2(golden_cells(design))
    assert row.df is not None
    assert abs(trap["df"] / row.df - 1) > 0.1


RUNS: dict[str, Callable[[], Estimate]] = {
    "G12 treated 3: y ~ d + x + FE": lambda: few("few_G12_treated3.csv", ("x",)),
    "G12 treated 3, WLS n": lambda: few("few_G12_treated3.csv", ("x",), "n"),
    "G10 treated 5: y ~ d + FE": lambda: few("few_G10_treated5.csv"),
    "G30 treated 2: y ~ d + FE": lambda: few("few_G30_treated2.csv"),
    "micro G12: y ~ d + age + FE": few_micro,
    "micro G12 weighted w": lambda: few_micro(weighted=True),
    "G12 event study ref year 5, e_k = treat*1[year==k]": lambda: estimate.event_study(
        few_panel("few_G12_treated3.csv"), window=(-5, 4)
    ),
}
ABSORBED = {
    "G12 treated 3: y ~ d + x + FE": "ABSORBED G12 treated 3",
    "G12 treated 3, WLS n": "ABSORBED G12 treated 3, WLS n",
    "G10 treated 5: y ~ d + FE": "ABSORBED G10 treated 5",
    "G30 treated 2: y ~ d + FE": "ABSORBED G30 treated 2",
    "micro G12: y ~ d + age + FE": "ABSORBED micro G12",
    "micro G12 weighted w": "ABSORBED micro G12 weighted w",
}


def clubsandwich(label: str) -> Any:
    (run,) = [r for r in reference_json("results/few_cr_variances.json")["results"] if r["label"] == label]
    return run


def rows_of(run: Any, kind: str, test: str, terms: int) -> list[dict[str, float]]:
    """The exposure rows; covariates come after them and are no coefficients of this package."""
    return [r for r in run["clubSandwich"] if r["type"] == kind and r["test"] == test][:terms]


def same(ours: tuple[Inference, ...], theirs: list[dict[str, float]]) -> None:
    assert len(ours) == len(theirs) > 0
    for row, reference in zip(ours, theirs, strict=True):
        assert row.estimate == pytest.approx(reference["estimate"], rel=1e-8)
        for mine, key in (
            (row.std_error, "se"), (row.df, "df"), (row.p_value, "p"), (row.conf_low, "lb"), (row.conf_high, "ub"),
        ):  # fmt: skip
            assert mine == pytest.approx(reference[key], rel=1e-7), key


@pytest.mark.parametrize("label", RUNS)
def test_variances_of_clubsandwich_and_sandwich(label: str) -> None:
    run, fit = clubsandwich(label), RUNS[label]()
    q = len(fit.terms)
    assert (fit.n_observations, fit.n_observations - fit.residual_df) == (run["nobs"], run["k"])
    same(cr0(fit), rows_of(run, "CR0", "naive-t", q))
    same(cr1s(fit), rows_of(run, "CR1S", "naive-t", q))
    errors = [error_of(row) for row in cr1s(fit)]
    assert errors == pytest.approx(run["sandwich"]["vcovCL_HC1_cadjust"][:q], rel=1e-8)
    if run["weights"] == "none":
        same(cr2(fit), rows_of(run, "CR2", "Satterthwaite", q))
    else:  # identity target on analytic weights: another estimator than least squares on weighted rows
        (theirs,) = rows_of(run, "CR2", "Satterthwaite", q)
        assert abs(theirs["se"] / error_of(cr2(fit)[0]) - 1) > OTHER


@pytest.mark.parametrize("label", ABSORBED)
def test_what_k_counts_when_effects_are_absorbed(label: str) -> None:
    run, fit = clubsandwich(ABSORBED[label]), RUNS[label]()
    same(cr0(fit), rows_of(run, "CR0", "naive-t", 1))
    # the absorbed form counts the columns it sees: ours less the constant
    assert run["k"] == fit.n_parameters - 1
    n, k = fit.n_observations, fit.n_parameters
    (theirs,) = rows_of(run, "CR1S", "naive-t", 1)
    assert error_of(cr1(fit)[0]) * np.sqrt((n - k) / (n - k + 1)) == pytest.approx(theirs["se"], rel=1e-8)
    if run["weights"] == "none":
        same(cr2(fit), rows_of(run, "CR2", "Satterthwaite", 1))


def test_two_by_two_without_effects_is_the_same_in_a_balanced_panel() -> None:
    """y ~ treat x post has other columns but, equal sizes and one date, the same contributions; K then differs."""
    run, fit = clubsandwich("G12 2x2 no FE: y ~ treat*post"), few("few_G12_treated3.csv")
    for method, kind, test in ((cr0, "CR0", "naive-t"), (cr2, "CR2", "Satterthwaite")):
        (theirs,) = [r for r in rows_of(run, kind, test, 3) if r["term"] == "d"]
        same(method(fit), [theirs])


@pytest.mark.parametrize("case", range(6))
def test_cr1_is_the_default_of_fixest(case: int) -> None:
    fits = (
        RUNS["G12 treated 3: y ~ d + x + FE"], RUNS["G10 treated 5: y ~ d + FE"], RUNS["G30 treated 2: y ~ d + FE"],
        RUNS["micro G12: y ~ d + age + FE"], RUNS["G12 treated 3, WLS n"], RUNS["micro G12 weighted w"],
    )  # fmt: skip
    run, fit = reference_json("results/few_fixest_default.json")["results"][case], fits[case]()
    (row,) = cr1(fit)
    assert row.estimate == pytest.approx(run["coef"]["d"], rel=1e-8)
    assert row.std_error == pytest.approx(run["se"]["d"], rel=1e-8)
    assert row.p_value == pytest.approx(run["p"]["d"], rel=1e-7)
    assert row.df == run.get("df_t", 11)
    if "ci_d" in run:
        assert (row.conf_low, row.conf_high) == pytest.approx(run["ci_d"], rel=1e-7)
    # what standard software prints here is marked and withheld, five treated of ten excepted
    assert row.status == ("ok" if case == 1 else "known_invalid")


def test_closed_forms_of_cr2_with_one_treated() -> None:
    # the data are printed with six decimals
    cases = [c for c in reference_json("inference/closed_form_cases.json")["closed_form"] if "se_cr2" in c]
    for case in cases:
        mean = np.array(case["Y"])
        (row,) = cr2(estimate.did(panel_of_means(mean, [2010 + case["T0"], *[np.inf] * (len(mean) - 1)])))
        assert row.std_error == pytest.approx(case["se_cr2"], rel=1e-6)
        assert row.df == pytest.approx(case["df_cr2"], rel=1e-9)
        assert row.p_value == pytest.approx(
            2 * stats.t.sf(abs(case["beta"]) / case["se_cr2"], case["df_cr2"]), rel=1e-4
        )
        assert row.status == "known_invalid"
