"""Outside references for the methods that see one contrast per municipality."""

import numpy as np
import pandas as pd
import pytest
from lib.golden_studies import DESIGNS, few, golden_cells
from lib.reference import reference, reference_json
from scipy import stats

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import METHODS, Inference, Options, cr1_false_positive_rate, lau_li_breakdown
from ipscausal.inference.contrast.conley_taber import contributions, placement
from ipscausal.inference.contrast.contrasts import contrast_variances, contrasts, linear_forms, own_outcomes
from ipscausal.inference.contrast.ferman_pinto import (
    draw_table,
    exceedances,
    null_contrasts,
    resampling,
    variance_function,
)
from ipscausal.inference.contrast.paule_mandel import moment_variance, paule_mandel, q_profile
from ipscausal.inference.contrast.single_treated import rearrangement_weight, standing, widening
from ipscausal.panel import Panel

PRINTED = 1e-9  # golden_few.json is printed with ten digits


def cells_with_variance(design: str) -> Estimate:
    frame = pd.read_csv(reference("inference/cells.csv"))
    frame["first"] = frame["muni"].map(DESIGNS[design])
    return estimate.did(
        Panel.from_frame(
            frame, municipality="muni", year="year", outcome="ybar", adoption="first", persons="n",
            within_variance="s2",
        )
    )  # fmt: skip


def row(name: str, fit: Estimate, options: Options = Options()) -> Inference:  # noqa: B008
    return METHODS[name].infer(fit, options)[0]


def sized_study() -> Estimate:
    frame = pd.read_csv(reference("data/few_G30_treated2.csv"))
    frame["first"] = np.where(frame["treat"] == 1, 6, 0)
    return estimate.did(
        Panel.from_frame(frame, municipality="muni", year="year", outcome="y", adoption="first", persons="n")
    )


@pytest.mark.parametrize("design", ["d1", "d3"])
def test_contrasts_sizes_and_sampling_variances(design: str) -> None:
    golden, fit = reference_json("inference/golden_few.json"), cells_with_variance(design)
    forms = linear_forms(fit, 0)
    found, known = contrasts(forms, own_outcomes(fit)), contrast_variances(fit, forms)
    assert known is not None
    order = np.append(forms.treated_position, forms.control_position)
    assert forms.average == pytest.approx(golden["contrast"], rel=1e-10)
    for ours, name in (
        (np.append(found.treated[0], found.control[0]), "W"),
        (np.append(forms.treated_inverse_size, forms.control_inverse_size), "q"),
        (np.append(known.treated, known.control), "samp_var"),
    ):
        assert ours == pytest.approx(np.array(golden[name])[order], rel=PRINTED)
    assert found.difference[0] == pytest.approx(golden[design]["estimate"], rel=PRINTED)


@pytest.mark.parametrize("design", ["d1", "d3"])
def test_paule_mandel_and_q_profile(design: str) -> None:
    golden, fit = reference_json("inference/golden_few.json")[design], cells_with_variance(design)
    forms = linear_forms(fit, 0)
    w, known = contrasts(forms, own_outcomes(fit)).control, contrast_variances(fit, forms)
    assert known is not None
    assert paule_mandel(w, known.control)[0] == pytest.approx(golden["paule_mandel_A"], rel=PRINTED)
    assert q_profile(w, known.control, 0.95)[0] == pytest.approx(golden["Qprofile_CI95_A"], rel=PRINTED)
    # Q(0): the largest target with a root above zero
    just = golden["Q0"] * np.array([1 - 1e-6, 1 + 1e-6])
    above, below = moment_variance(w, known.control, just)[0]
    assert above > 0
    assert below == 0


@pytest.mark.parametrize("design", ["d1", "d3"])
@pytest.mark.parametrize(("method", "key"), [("collapse", "gls_t_tauInf"), ("collapse_n", "gls_t_tau0")])
def test_both_ends_of_the_size_family(design: str, method: str, key: str) -> None:
    golden = reference_json("inference/golden_few.json")[design][key]
    found = row(method, golden_cells(design, persons="n"))
    assert [found.estimate, found.statistic, found.p_value] == pytest.approx(golden, rel=1e-8)


@pytest.mark.parametrize("design", ["d1", "d3"])
def test_collapse(design: str) -> None:
    golden = reference_json("inference/golden_boot.json")[f"collapse_{design}"]
    found = row("collapse", golden_cells(design))
    assert [found.estimate, found.std_error, found.statistic, found.p_value] == pytest.approx(
        [golden[name] for name in ("beta", "se", "t", "p")], rel=1e-9
    )
    assert found.df == golden["df"]


@pytest.mark.parametrize(("method", "key"), [("im", "ibragimov_muller_d3"), ("welch", "welch_d3")])
def test_variances_that_differ(method: str, key: str) -> None:
    golden, found = reference_json("inference/golden_boot.json")[key], row(method, golden_cells("d3"))
    assert [found.statistic, found.df, found.p_value] == pytest.approx(
        [golden["t"], golden["df"], golden["p"]], rel=1e-9
    )


def test_collapse_in_closed_form() -> None:
    # the data are printed with six decimals: what depends on them agrees to that, the closed forms exactly
    cases = [c for c in reference_json("inference/closed_form_cases.json")["closed_form"] if "se_honest" in c]
    for case in cases:
        mean, g, t = np.array(case["Y"]), *np.shape(case["Y"])
        frame = pd.DataFrame({
            "g": np.repeat(np.arange(g), t), "year": np.tile(2000 + np.arange(t), g), "y": mean.ravel(),
            "first": np.repeat([2000 + case["T0"]] + [0] * (g - 1), t),
        })  # fmt: skip
        fit = estimate.did(Panel.from_frame(frame, municipality="g", year="year", outcome="y", adoption="first"))
        found, seen = row("collapse", fit), standing(linear_forms(fit, 0), own_outcomes(fit))
        assert (found.estimate, found.std_error) == pytest.approx((case["beta"], case["se_honest"]), rel=1e-6)
        assert seen.spread[0] == pytest.approx(case["S0"], rel=1e-6)
        assert row("lau_li", fit).p_value == pytest.approx(found.p_value, rel=1e-10)
        # what CR1 would have to be multiplied by, hence how often it rejects
        inflated = stats.t.ppf(0.975, g - 1) / case["t_inflation_CR1"]
        assert cr1_false_positive_rate(g, 1) == pytest.approx(2 * stats.t.sf(inflated, g - 2), rel=1e-9)
    assert cases


def critical_value(m: int, alpha: float, rho: float) -> float:
    return float(widening(m, rho) * stats.t.ppf(1 - alpha / 2, m - 1))


def test_lau_li() -> None:
    golden, fit = reference_json("inference/golden_boot.json")["lau_li_d1"], golden_cells("d1")
    seen, found = standing(linear_forms(fit, 0), own_outcomes(fit)), row("lau_li", fit)
    statistic = seen.difference[0] / seen.spread[0]
    assert statistic == pytest.approx(golden["T"], rel=1e-9)
    assert critical_value(7, 0.05, 1) == pytest.approx(golden["cv_rho1_05"], rel=1e-9)
    assert critical_value(7, 0.05, 2) == pytest.approx(golden["cv_rho2_05"], rel=1e-9)
    assert lau_li_breakdown(fit, 0, 0.95) == golden["rho_breakdown_05"] == 0
    half = golden["cv_rho1_05"] * seen.spread[0]
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (seen.difference[0] - half, seen.difference[0] + half), rel=1e-9
    )


def test_critical_values_and_weights_as_published() -> None:
    golden = reference_json("inference/golden_few.json")
    for case in golden["lau_li_cv"]:
        assert critical_value(case["m"], case["alpha"], case["rho"]) == pytest.approx(case["cv"], rel=1e-9)
        assert critical_value(case["m"], case["alpha"], case["rho"]) == pytest.approx(case["published"], abs=6e-4)
    for case in golden["hagemann_w"]:
        weight = rearrangement_weight(case["q"], case["alpha_one_sided"], case["rho"])
        assert weight == (None if case["published"] is None else pytest.approx(case["published"], abs=1e-9))


@pytest.mark.parametrize("design", ["d1", "d3"])
def test_conley_taber_residuals_of_the_golden_panel(design: str) -> None:
    golden, fit = reference_json("inference/golden_few.json")[design], golden_cells(design)
    contribution = contributions(placement(fit, 0), own_outcomes(fit))[0]
    # one adoption date: each of n1 treated would get the same, 1/n1 of the control's contrast
    residuals = np.sort(np.abs(contribution.sum(axis=0)))
    assert residuals == pytest.approx(golden["conley_taber_abs_resid_sorted"], rel=PRINTED)


def test_conley_taber_over_all_pairs_of_controls() -> None:
    golden, fit = reference_json("results/few_conley_taber.json")["results"][0], few("few_G30_treated2.csv")
    placed = placement(fit, 0)
    by_number = np.argsort([int(fit.cluster[i]) for i in placed.forms.control_position])
    contribution = contributions(placed, own_outcomes(fit))[0][:, by_number]
    assert contribution == pytest.approx(np.array(golden["contrib"]), abs=1e-12)
    for level, key in ((0.95, "ci95_type7"), (0.9, "ci90_type7")):
        found = row("conley_taber", fit, Options(level=level))
        assert found.draws is None  # enumerated
        assert found.p_value == pytest.approx(golden["p_abs"], abs=1e-12)
        assert (found.conf_low, found.conf_high) == pytest.approx(golden[key], rel=1e-9)
        assert found.estimate == pytest.approx(golden["estimate"], rel=1e-9)


def test_conley_taber_on_merit_scholarships() -> None:
    golden = reference_json("results/few_conley_taber.json")["results"][1]
    students = pd.read_csv(reference("data/merit_scholarship.csv"))
    frame = students.groupby(["state", "year"], as_index=False)["coll"].mean()
    given = pd.read_csv(reference("data/merit_state_year.csv"))
    assert frame["coll"].to_numpy() == pytest.approx(given["coll"].to_numpy(), rel=1e-12)
    frame["first"] = frame["state"].map(students[students["merit"] == 1].groupby("state")["year"].min())
    fit = estimate.did(
        Panel.from_frame(frame, municipality="state", year="year", outcome="coll", adoption="first")
    )  # fmt: skip
    found = row("conley_taber", fit, Options(draws=400_000, seed=1))
    assert found.estimate == pytest.approx(golden["estimate"], rel=1e-9)
    # 400,000 draws here, 2,000,000 there: three standard errors
    assert found.p_value == pytest.approx(golden["p_abs"], abs=5e-4)
    assert found.draws == 400_000
    assert (found.conf_low, found.conf_high) == pytest.approx(golden["ci95_type7"], abs=3e-4)


@pytest.mark.parametrize("design", ["d1", "d3"])
def test_ferman_pinto_variance_function_of_the_golden_panel(design: str) -> None:
    golden, fit = reference_json("inference/golden_few.json")[design], golden_cells(design, persons="n")
    material = resampling(linear_forms(fit, 0), None)
    null = null_contrasts(material.forms, own_outcomes(fit))
    a, b = variance_function(null**2, material.spread, material.noise)
    assert (a[0], b[0]) == pytest.approx(golden["ferman_pinto_A_B_nonneg"], rel=PRINTED)


def test_ferman_pinto() -> None:
    (golden,), fit = reference_json("results/few_ferman_pinto.json")["results"], sized_study()
    material, outcomes = resampling(linear_forms(fit, 0), None), own_outcomes(fit)
    unit = np.append(material.forms.treated_position, material.forms.control_position)
    number = np.array([int(fit.cluster[i]) for i in unit]) - 1
    null = null_contrasts(material.forms, outcomes)
    a, b = variance_function(null**2, material.spread, material.noise)
    h = material.variance(null)[0]
    # q = 0.4 / n with five years before and five after, a year each of the same size
    assert (a[0], 0.4 * b[0]) == pytest.approx(tuple(golden["var_model"].values()), rel=1e-9)
    assert null[0] == pytest.approx(np.array(golden["W"])[number], abs=1e-12)
    assert h == pytest.approx(np.array(golden["h"])[number], rel=1e-9)
    assert row("ferman_pinto", fit).estimate == pytest.approx(golden["estimate"], rel=1e-9)

    # every pair of donors for the two treated, no draws for the controls: the exact count
    z = null[0] / np.sqrt(h)
    pairs = (z[:, None] * np.sqrt(h[0]) + z[None, :] * np.sqrt(h[1])) / 2
    exact = np.mean(np.abs(pairs) >= abs(golden["estimate"]) * (1 - 1e-9))
    assert exact == pytest.approx(golden["p_abs_treated_only_exact"], abs=1e-12)

    # the reference draws without changing signs: the same function with every sign +1
    donor, sign = draw_table(30, 200_000, seed=3)
    share = exceedances(material, outcomes, donor, np.ones_like(sign))[0] / len(donor)
    assert share == pytest.approx(golden["p_abs_full_bootstrap"], abs=0.002)
    # rescaled the other way round the answer is another one (the trap of a public teaching note)
    wrong = null[0] / np.sqrt(h) * h
    upside_down = np.abs((wrong[donor] / np.sqrt(h)) @ material.sign_of_mean) >= abs(golden["estimate"])
    assert abs(upside_down.mean() - golden["p_abs_full_bootstrap"]) > 0.01
