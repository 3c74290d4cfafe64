"""CR3, leverage and the effective number of clusters against brute force, summclust, sandwich, plm and effClust."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from lib.golden_studies import DESIGNS, few, few_micro, golden_cells
from lib.reference import reference_json

from ipscausal.estimate import Estimate
from ipscausal.inference import cr3, jackknife_error, leave_one_out, leverage

STUDIES: dict[str, tuple[str, Callable[[], Estimate]]] = {
    "A": ("G12 treated3 full dummies", lambda: few("few_G12_treated3.csv", ("x",))),
    "B": ("G10 treated5 full dummies", lambda: few("few_G10_treated5.csv")),
    "D": ("G30 treated2 full dummies", lambda: few("few_G30_treated2.csv")),
    "M": ("micro G12 full dummies", few_micro),
}


def summclust(label: str) -> Any:
    (run,) = [r for r in reference_json("results/few_summclust.json")["results"] if r["label"] == label]
    return run


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("weights", "suffix"), [(None, "ols"), ("n", "wls_n")])
def test_jackknife_by_brute_force(design: str, weights: str | None, suffix: str) -> None:
    golden = reference_json("inference/golden_cr.json")["cells"][design][f"jackknife_{suffix}"]
    fit = golden_cells(design, weights)
    expected = np.array([np.nan if b == "NA" else b for b in golden["beta_drop"].values()])
    without = leave_one_out(fit)
    assert without[:, 0] == pytest.approx(expected, rel=1e-9, nan_ok=True)
    (row,) = cr3(fit)
    if golden["n_unidentified"]:
        assert (row.status, row.std_error, row.p_value) == ("not_identified", None, None)
    else:
        assert row.std_error == pytest.approx(golden["CR3_se_drop"], rel=1e-9)
        centred = jackknife_error(without, without.mean(axis=0))
        assert centred == pytest.approx([golden["CR3J_se_drop"]], rel=1e-9)
    # Hansen's generalised inverse takes a coefficient that does not exist as zero: such a test cannot reject
    ginv = jackknife_error(np.nan_to_num(without), fit.coef)
    assert ginv == pytest.approx([golden["CR3_se_ginv"]], rel=1e-9)
    if golden["n_unidentified"]:
        assert abs(fit.coef[0]) / ginv[0] <= np.sqrt(8 / 7)


@pytest.mark.parametrize("design", ["d3", "ds"])
def test_plm_has_no_factor(design: str) -> None:
    theirs = reference_json("inference/golden_cr.json")["plm"][design]["CR3"]["se"]
    assert cr3(golden_cells(design))[0].std_error == pytest.approx(theirs * np.sqrt(7 / 8), rel=1e-9)


@pytest.mark.parametrize("study", STUDIES)
def test_summclust(study: str) -> None:
    label, fitted = STUDIES[study]
    golden, fit = summclust(label), fitted()
    tidy = golden["tidy"][0]
    without = leave_one_out(fit)
    assert without[:, 0] == pytest.approx([row["d"] for row in golden["beta_jack"]], rel=1e-9)
    (row,) = cr3(fit)
    for ours, theirs in (
        (row.std_error, "se"), (row.statistic, "tstat"), (row.p_value, "p_val"), (row.conf_low, "conf_int_l"),
        (row.conf_high, "conf_int_u"),
    ):  # fmt: skip
        assert ours == pytest.approx(tidy[theirs], rel=1e-8)
    assert row.std_error == pytest.approx(summclust(f"vcov_CR3J CRV3 {study}")["se"]["d"], rel=1e-8)
    centred = jackknife_error(without, without.mean(axis=0))[0]
    assert centred == pytest.approx(summclust(f"vcov_CR3J CRV3J {study}")["se"]["d"], rel=1e-8)
    assert row.status == ("known_invalid" if study == "D" else "ok")


@pytest.mark.parametrize("study", STUDIES)
def test_leverage_of_summclust(study: str) -> None:
    label, fitted = STUDIES[study]
    golden, ours = summclust(label), leverage(fitted())
    # with municipality effects as dummies every municipality adds one
    assert ours.cluster_leverage + 1 == pytest.approx(golden["leverage_g"], rel=1e-9)
    assert ours.partial[:, 0] == pytest.approx([row["d"] for row in golden["partial_leverage"]], rel=1e-9)


@pytest.mark.parametrize(
    ("label", "fitted", "place"),
    [
        ("G12 treated 3: y ~ d + x + FE", lambda: few("few_G12_treated3.csv", ("x",)), "dummies"),
        ("G12 treated 3, WLS n", lambda: few("few_G12_treated3.csv", ("x",), "n"), "dummies"),
        ("micro G12: y ~ d + age + FE", few_micro, "dummies"),
        ("micro G12 weighted w", lambda: few_micro(weighted=True), "dummies"),
        ("ABSORBED G12 treated 3", lambda: few("few_G12_treated3.csv", ("x",)), "absorbed"),
        ("ABSORBED G12 treated 3, WLS n", lambda: few("few_G12_treated3.csv", ("x",), "n"), "absorbed"),
        ("ABSORBED G10 treated 5", lambda: few("few_G10_treated5.csv"), "absorbed"),
        ("ABSORBED G30 treated 2", lambda: few("few_G30_treated2.csv"), "absorbed"),
        ("ABSORBED micro G12", few_micro, "absorbed"),
        ("ABSORBED micro G12 weighted w", lambda: few_micro(weighted=True), "absorbed"),
    ],
)
def test_jackknife_of_sandwich_and_clubsandwich(label: str, fitted: Callable[[], Estimate], place: str) -> None:
    (run,) = [r for r in reference_json("results/few_cr_variances.json")["results"] if r["label"] == label]
    fit = fitted()
    without, g = leave_one_out(fit), fit.n_clusters
    error = jackknife_error(without, fit.coef)[0]
    assert error == pytest.approx(run["sandwich"]["vcovJK_center_estimate"][0], rel=1e-8)
    centred = jackknife_error(without, without.mean(axis=0))[0]
    assert centred == pytest.approx(run["sandwich"]["vcovJK_center_mean"][0], rel=1e-8)
    theirs = [r for r in run["clubSandwich"] if r["type"] == "CR3" and r["term"] == "d"]
    if place == "dummies":  # clubSandwich's CR3 does not exist beside cluster dummies
        assert theirs == []
    else:
        assert error == pytest.approx(theirs[0]["se"] * np.sqrt((g - 1) / g), rel=1e-7)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("weights", "suffix"), [(None, "ols"), ("n", "wls")])
def test_leverage_on_cells(design: str, weights: str | None, suffix: str) -> None:
    golden = reference_json("inference/golden_cr.json")["cells"][design][f"leverage_{suffix}"]
    ours = leverage(golden_cells(design, weights))
    assert ours.cluster == tuple(golden["leverage"])
    assert ours.cluster_leverage + 1 == pytest.approx(list(golden["leverage"].values()), rel=1e-9)
    assert ours.partial[:, 0] == pytest.approx(list(golden["partial_leverage"].values()), rel=1e-9)
    assert ours.effective == pytest.approx([golden["Gstar_rho0"]], rel=1e-9)


@pytest.mark.parametrize("study", STUDIES)
def test_effective_number_of_clusters(study: str) -> None:
    (ours,) = leverage(STUDIES[study][1]()).effective
    own = [
        r["Gstar"] for r in reference_json("results/few_effective_clusters.json")["results"]
        if r["data"] == study and "factor" in r["formula"] and r["rho"] < 1
    ]  # fmt: skip
    files = {"A": "few_G12_treated3", "B": "few_G10_treated5", "D": "few_G30_treated2", "M": "few_micro_G12"}
    package = [
        r["Gstar"]["d"] for r in reference_json("results/few_effclust_package.json")["results"]
        if r["data"] == f"{files[study]}.csv" and "factor" in r["formula"] and r["rho"] == 0
    ]  # fmt: skip
    # with municipality effects the correlation inside clusters cancels: any rho below one gives the same number
    assert len(own) == 3
    assert own == pytest.approx([ours] * 3, rel=1e-8)
    assert package == pytest.approx([ours], rel=1e-8)
