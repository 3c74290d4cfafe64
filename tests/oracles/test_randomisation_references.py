"""Golden numbers for permutations: RI-t, strata of one, space-time, conformal, and the count of a staggered rollout."""

import numpy as np
import pandas as pd
import pytest
from lib.panels import panel_of_means
from lib.reference import reference, reference_json

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.options import Options
from ipscausal.inference.permutation.assignments import all_assignments, count_assignments, floor
from ipscausal.inference.permutation.conformal import conformal_block, conformal_iid
from ipscausal.inference.permutation.randomisation import reassign, reassigned_t, ri, ri_t
from ipscausal.inference.permutation.size_studentised import differences, drawn_from, pool
from ipscausal.inference.permutation.space_time import space_time, space_time_placebos
from ipscausal.inference.wild.signs import choose_signs
from ipscausal.panel import Panel

DESIGNS = {"d1": {3: 2016}, "d3": {3: 2016, 4: 2016, 7: 2016}}


def golden_cells(design: str, persons: str | None, within: str | None = None) -> Estimate:
    frame = pd.read_csv(reference("inference/cells.csv"))
    frame["first"] = frame["muni"].map(DESIGNS[design])
    return estimate.did(
        Panel.from_frame(
            frame, municipality="muni", year="year", outcome="ybar", adoption="first", persons=persons,
            within_variance=within,
        )
    )  # fmt: skip


def few(name: str, start: int, covariates: list[str]) -> Estimate:
    frame = pd.read_csv(reference(f"data/{name}"))
    frame["first"] = np.where(frame["treat"] == 1, start, 0)
    return estimate.did(
        Panel.from_frame(frame, municipality="muni", year="year", outcome="y", adoption="first", covariates=covariates)
    )


@pytest.mark.parametrize("key", ["d1_ols", "d1_wls", "d3_ols", "d3_wls"])
def test_t_of_every_assignment_refitted(key: str) -> None:
    golden = reference_json("inference/golden_boot.json")[f"RI_{key}"]
    design, kind = key.split("_")
    fit = golden_cells(design, "n" if kind == "wls" else None)
    drawn, t = reassigned_t(fit)
    # eight printed decimals
    assert t[:, 0] == pytest.approx(golden["t_all"], abs=6e-9)
    assert drawn.observed == golden["index_actual"] - 1
    assert reassign(fit).coef[:, 0] == pytest.approx(golden["beta_all"], abs=6e-11)
    (row,) = ri_t(fit)
    assert row.p_value == pytest.approx(golden["p_t"], abs=1e-12)
    assert row.rank_of == golden["n"]


@pytest.mark.parametrize("case", range(4))
def test_counts_and_quantiles_over_all_assignments(case: int) -> None:
    golden = reference_json("results/few_randomization_inference.json")["results"][case]
    fit = few(golden["data"], 5 if "G10" in golden["data"] else 6, golden["covariates"])
    (row,), (t_row,), outcome = ri(fit), ri_t(fit), reassign(fit)
    assert (row.rank, row.rank_of) == (golden["count_coef"], golden["n_assignments"])
    assert (t_row.rank, t_row.rank_of) == (golden["count_t_CR0"], golden["n_assignments"])
    assert row.p_value == pytest.approx(golden["p_coef_two_sided"], rel=1e-12)
    assert t_row.statistic == pytest.approx(abs(golden["t_CR0"]), rel=1e-9)
    signed = (reassigned_t(fit)[1][:, 0], "t_CR0"), (outcome.coef[:, 0], "coef")
    for values, name in signed:
        seen = values[outcome.observed]
        assert np.mean(values >= seen - 1e-9) == pytest.approx(golden[f"p_{name}_right"], rel=1e-12)
        assert np.mean(values <= seen + 1e-9) == pytest.approx(golden[f"p_{name}_left"], rel=1e-12)
    shares = [float(share) for share in golden["quantiles_coef"]]
    assert np.quantile(outcome.coef[:, 0], shares) == pytest.approx(
        list(golden["quantiles_coef"].values()), rel=1e-9, abs=1e-12
    )


def test_the_staggered_rollout_of_the_references_is_enumerated() -> None:
    """24 municipalities, two adopting together and two each alone: 127,512 date permutations."""
    path = np.array([1, 1, 2, 3] + [0] * 20)
    stratum = np.zeros(24, dtype=np.int64)
    assert count_assignments(path, stratum) == 127_512
    table = all_assignments(path, stratum)
    assert len(np.unique(table, axis=0)) == len(table) == 127_512
    rng = np.random.default_rng(11)
    adoption = [2012.0, 2012.0, 2013.0, 2014.0] + [np.inf] * 20
    fit = estimate.did(panel_of_means(rng.normal(size=(24, 6)), adoption))
    (row,) = ri(fit)
    assert (row.rank_of, row.draws, row.p_floor) == (127_512, None, pytest.approx(1 / 127_512))


@pytest.mark.parametrize("design", ["d1", "d3"])
def test_permutations_of_years(design: str) -> None:
    golden = reference_json("inference/golden_few.json")[design]
    fit = golden_cells(design, "n")
    (iid,), (block,) = conformal_iid(fit), conformal_block(fit)
    assert iid.estimate == pytest.approx(golden["estimate"], rel=1e-9)
    assert (iid.p_value, iid.rank_of) == (pytest.approx(golden["conformal_iid_p"], rel=1e-9), 20)
    assert (block.p_value, block.rank_of) == (pytest.approx(golden["conformal_block_p"], rel=1e-9), 6)


def test_permutation_of_space_and_time() -> None:
    golden = reference_json("inference/golden_few.json")["d1"]
    placebos = space_time_placebos(golden_cells("d1", "n"))
    assert placebos is not None
    assert placebos.raw.size == golden["space_time_n"]
    assert placebos.p_raw == pytest.approx(golden["space_time_p"], rel=1e-9)
    assert placebos.raw[0, 0] == pytest.approx(golden["estimate"], rel=1e-9)
    (row,) = space_time(golden_cells("d1", "n"))
    assert (row.rank, row.rank_of, row.estimate) == (22, 48, pytest.approx(golden["estimate"], rel=1e-9))


def test_size_studentised_statistic_from_the_golden_contrasts() -> None:
    """Golden contrasts and sampling variances; the variance between from a root of its own definition."""
    from scipy.optimize import brentq

    golden = reference_json("inference/golden_few.json")
    w, s2 = np.array(golden["W"]), np.array(golden["samp_var"])

    def excess(a: float) -> float:
        weight = 1 / (a + s2)
        return float((weight * (w - (weight * w).sum() / weight.sum()) ** 2).sum() - 7)

    between = brentq(excess, 0, 1e4, xtol=1e-13) if excess(0) > 0 else 0.0
    fit = golden_cells("d3", "n", "s2")
    members = pool(fit, 0)
    assert not isinstance(members, str)
    drawn = drawn_from(members, fit, Options())
    difference, ratio = differences(members, drawn.table, own_outcomes(fit))
    for i, assigned in enumerate(drawn.table):
        s = assigned == 1
        own = w[s].mean() - w[~s].mean()
        variance = (between + s2[s]).sum() / 9 + (between + s2[~s]).sum() / 25
        assert difference[0, i] == pytest.approx(own, rel=1e-8, abs=1e-9)
        assert ratio[0, i] == pytest.approx(own / np.sqrt(variance), rel=1e-8, abs=1e-9)


def test_floors_of_the_closed_form_cases() -> None:
    cases = [case for case in reference_json("inference/closed_form_cases.json")["p_floors"] if "assignments" in case]
    assert len(cases) >= 5
    for case in cases:
        g, treated = case["G"], case["G1"]
        path = np.array([1] * treated + [0] * (g - treated))
        together = np.zeros(g, dtype=np.int64)
        assert count_assignments(path, together) == case["assignments"]
        assert floor(path, together) == pytest.approx(case["RI_floor"], rel=1e-12)
        assert (case["RI_floor"] <= 0.05) == case["can_reject_5pct"]
        if g <= 17:
            assert choose_signs(g, Options()).floor == pytest.approx(case["WCR_rademacher_floor_ge"], rel=1e-12)
