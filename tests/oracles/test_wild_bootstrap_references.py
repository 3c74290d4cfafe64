"""Golden numbers of the wild cluster bootstrap: brute-force refits, exact counts, fwildclusterboot and boottest.

Not covered, on purpose: draws by cell or person with variances by municipality (the sub-cluster bootstrap, valid for
difference-in-differences only in special cases) and two-way clustering, neither of which the package offers.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lib.panels import panel_of_persons
from lib.reference import reference, reference_json
from lib.regressions import cluster_products

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference.options import Options
from ipscausal.inference.wild.bootstrap import VARIANTS, t_and_draws, wild
from ipscausal.inference.wild.interval import interval
from ipscausal.inference.wild.multiple import holm, romano_wolf_max_t, romano_wolf_min_p
from ipscausal.inference.wild.scores import (
    Tail,
    WildDesign,
    WildScores,
    count_extreme,
    t_draws,
    wild_design,
    wild_scores,
)
from ipscausal.inference.wild.signs import every_sign
from ipscausal.panel import FloatArray, Panel

DESIGNS = {"d1": {3: 2016}, "d3": {3: 2016, 4: 2016, 7: 2016}, "ds": {2: 2015, 8: 2016, 5: 2017}}
NAMES = {
    ("11", True): "wcr_c", ("31", True): "wcr_s", ("13", True): "wcr_v", ("33", True): "wcr_b",
    ("11", False): "wcu_c", ("31", False): "wcu_s", ("13", False): "wcu_v", ("33", False): "wcu_b",
}  # fmt: skip
TAILS: dict[str, Tail] = {"two-tailed": "two_sided", "equal-tailed": "equal_tailed", "<": "less", ">": "greater"}
FWILD = {
    "A": ("few_G12_treated3.csv", "y", ["d", "x"], ["muni", "year"], "muni"),
    "B": ("few_G10_treated5.csv", "y", ["d"], ["muni", "year"], "muni"),
    "M": ("few_micro_G12.csv", "y", ["d", "age"], ["muni", "year"], "muni"),
    "K": ("boottest_collapsed.csv", "hasinsurance", ["post_self", "selfemployed", "post"], [], "year"),
}


def bootstrap(
    name: str, data: str, outcome: str, columns: list[str], effects: list[str], cluster: str
) -> tuple[WildDesign, WildScores]:
    frame = pd.read_csv(reference(f"data/{data}")).dropna()
    gram, moment = cluster_products(frame, outcome, columns, effects, cluster)
    design = wild_design(gram, 0, VARIANTS[name])
    assert design is not None
    return design, wild_scores(design, moment)


def both_signs(clusters: int) -> FloatArray:
    half = every_sign(clusters).vectors
    return np.concatenate([half, -half], axis=1)


def exact_cases(what: bool) -> list[Any]:
    try:
        rows = reference_json("results/few_wild_exact_counts.json")["results"]
    except pytest.skip.Exception:
        return []
    return [row for row in rows if ("what" in row) == what]


def fwild_cases(kinds: set[str]) -> list[Any]:
    try:
        rows = reference_json("results/few_wild_bootstrap.json")["results"]
    except pytest.skip.Exception:
        return []
    return [row for row in rows if row["bootstrap_type"] in kinds and not row["label"].startswith("MC")]


def golden(design: str, weights: str) -> Estimate:
    frame = pd.read_csv(reference("inference/cells.csv"))
    frame["first"] = frame["muni"].map(DESIGNS[design])
    panel = Panel.from_frame(
        frame, municipality="muni", year="year", outcome="ybar", adoption="first",
        persons="n" if weights == "wls" else None,
    )  # fmt: skip
    return estimate.did(panel)


@pytest.mark.parametrize("weights", ["ols", "wls"])
@pytest.mark.parametrize("design", ["d1", "d3", "ds"])
def test_brute_force_refits(design: str, weights: str) -> None:
    case = reference_json("inference/golden_boot.json")[f"{design}_{weights}"]
    fit = golden(design, weights)
    first = np.array([[1] * 8, [-1] + [1] * 7, [1, -1] + [1] * 6, [-1, -1] + [1] * 6, [1, 1, -1] + [1] * 5]).T
    for key, name in (("WCR_C", "wcr_c"), ("WCU_C", "wcu_c"), ("WCR_S", "wcr_s")):
        (row,) = wild(name, fit)
        assert row.estimate == pytest.approx(case["beta"], rel=1e-10)
        assert row.statistic == pytest.approx(case["t_CR0"], rel=1e-10)
        assert row.p_value == max(case[key]["p_ge"], 1 / 128)
        assert (row.draws, row.p_floor) == (128, 1 / 128)
        material = wild_design(fit.equations.gram, 0, VARIANTS[name])
        assert material is not None
        scores = wild_scores(material, fit.equations.moment)
        assert count_extreme(material, scores, both_signs(8)) == case[key]["p_ge"] * 256
        _, numerator, denominator = t_draws(material, scores, first)
        assert numerator / denominator == pytest.approx(np.array(case[f"t_star_{key}_first5"]), rel=1e-10, abs=1e-11)
        delta, numerator, denominator = t_draws(material, scores, both_signs(8))
        strict = np.abs(numerator / denominator) > np.abs(delta / scores.norm) * (1 + 1e-9)
        assert strict.mean() == case[key]["p_strict"]


@pytest.mark.parametrize("row", exact_cases(False), ids=lambda r: f"{r['case']}-{r['bootstrap_type']}-{r['r']}")
def test_counts_of_every_sign_vector(row: Any) -> None:
    spec, name = row["spec"], NAMES[row["bootstrap_type"], row["null_imposed"]]
    design, scores = bootstrap(name, row["data"], spec["y"], [spec["d"], *spec["num"]], spec["fe"], spec["cl"])
    assert scores.estimate == pytest.approx(row["estimate"], rel=1e-10)
    assert scores.norm / design.root_information == pytest.approx(row["se_CR0"], rel=1e-10)
    vectors = both_signs(len(design.hat))
    assert vectors.shape[1] == row["n_draws"]

    def count(tail: Tail) -> int:
        return int(count_extreme(design, scores, vectors, row["r"], tail))

    assert count("two_sided") == row["n_abs_greater"] + row["n_abs_ties"]
    assert count("greater") == row["n_right_greater"] + row["n_right_ties"]
    assert count("greater") / row["n_draws"] == row["p_right_weak"]
    assert count("less") / row["n_draws"] == row["p_left_weak"]
    assert count("equal_tailed") / row["n_draws"] == row["p_equal_tailed_weak"]


@pytest.mark.parametrize("row", exact_cases(True), ids=lambda r: r["case"])
def test_intervals_by_inversion(row: Any) -> None:
    spec = row["spec"]
    design, scores = bootstrap("wcr_c", row["data"], spec["y"], [spec["d"], *spec["num"]], spec["fe"], spec["cl"])
    assert interval(design, scores, every_sign(len(design.hat)), 0.95) == pytest.approx(row["ci_weak"], rel=1e-9)


def test_rows_of_panels_and_of_persons() -> None:
    counts = {(r["case"], r["bootstrap_type"], r["null_imposed"]): r for r in exact_cases(False) if r["r"] == 0}
    cells = pd.read_csv(reference("data/few_G12_treated3.csv"))
    cells["first"] = np.where(cells["treat"] == 1, 6, 0)
    of_cells = Panel.from_frame(
        cells, municipality="muni", year="year", outcome="y", adoption="first", covariates=["x"]
    )
    persons = pd.read_csv(reference("data/few_micro_G12.csv"))
    treated = persons.groupby("muni")["d"].transform("max") == 1
    persons = persons.assign(municipality=persons["muni"].map("{:02d}".format), first=np.where(treated, 4, np.nan))
    for case, panel in (("A", of_cells), ("M", panel_of_persons(persons, ("age",)))):
        fit = estimate.did(panel)
        for (kind, imposed), name in NAMES.items():
            if (case, kind, imposed) in counts:
                (row,) = wild(name, fit)
                assert row.p_value == counts[case, kind, imposed]["p_two_sided_weak"]
    (row,) = wild("wcr_c", estimate.did(of_cells))
    expected = next(r["ci_weak"] for r in exact_cases(True) if r["case"] == "A")
    assert (row.conf_low, row.conf_high) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "row",
    fwild_cases({"11", "31", "fnw11"}),
    ids=lambda r: f"{r['label'][:6]}-{r['bootstrap_type']}-{r['impose_null']}-{r['p_val_type']}-{r['r']}",
)
def test_fwildclusterboot_enumerations(row: Any) -> None:
    """It counts ties or not, as rounding decides; they are at most the two vectors that reproduce the data."""
    data, outcome, columns, effects, cluster = FWILD[row["data"]]
    if row["label"].startswith("A 2x2"):
        columns, effects = ["d", "treat", "post"], []
    name = NAMES[row["bootstrap_type"].removeprefix("fnw"), row["impose_null"]]
    design, scores = bootstrap(name, data, outcome, columns, effects, cluster)
    vectors = both_signs(row["G"])
    count = int(count_extreme(design, scores, vectors, row["r"], TAILS[row["p_val_type"]]))
    ties = count - row["p"] * vectors.shape[1]
    assert ties == pytest.approx(round(ties), abs=1e-6)
    assert round(ties) in ((0, 1, 2) if name == "wcr_c" else (0,))
    if row["ci"] and row["bootstrap_type"] == "fnw11":
        low, high = interval(design, scores, every_sign(row["G"]), 0.95)
        width = row["ci"][1] - row["ci"][0]
        if name == "wcr_c":
            # its interval leaves the ties out and is the shorter, by one step of p
            assert 0 < row["ci"][0] - low < 0.02 * width
            assert 0 < high - row["ci"][1] < 0.02 * width
        else:
            assert (low, high) == pytest.approx(row["ci"], abs=2e-4 * width)


@pytest.mark.parametrize(
    "row", fwild_cases({"13", "33"}), ids=lambda r: f"{r['data']}-{r['bootstrap_type']}-{r['impose_null']}"
)
def test_fwildclusterboot_with_the_jackknife_in_every_draw(row: Any) -> None:
    """There t has the factor (N-1)/(N-K) and t* the factor (G-1)/G: undone here, the counts are equal.

    The package has the same constant on both sides, where it cancels, so its own p is not that of the reference.
    """
    design, scores = bootstrap(NAMES[row["bootstrap_type"], row["impose_null"]], *FWILD[row["data"]])
    n, k, g = row["N"], len(design.to_moment), row["G"]
    delta, numerator, denominator = t_draws(design, scores, every_sign(g).vectors)
    t = float(delta / scores.norm)
    assert t * np.sqrt((n - k) / (n - 1)) == pytest.approx(row["t"], rel=1e-9)
    shrunk = abs(row["t"]) * np.sqrt((g - 1) / g) * (1 - 1e-9)
    assert (np.abs(numerator / denominator) >= shrunk).mean() == row["p"]
    assert count_extreme(design, scores, both_signs(g)) / 2**g < row["p"]


def test_step_down_over_outcomes() -> None:
    results = reference_json("results/few_romano_wolf_exact.json")["results"]
    frame = pd.read_csv(reference("data/few_G12_treated3.csv"))
    frame = frame.assign(first=np.where(frame["treat"] == 1, 6, 0), y2=frame["y"] + 0.5 * frame["x"], y3=frame["x"])
    frame["y4"] = frame["y"] * frame["x"]
    signs, material, raw = every_sign(12), [], []
    for row in results:
        fit = estimate.did(
            Panel.from_frame(frame, municipality="muni", year="year", outcome=row["outcome"], adoption="first")
        )
        assert fit.coef[0] == pytest.approx(row["estimate"], rel=1e-10)
        own = t_and_draws("wcr_c", fit, 0, signs)
        assert own is not None
        assert own[0] == pytest.approx(row["t_CR0"], rel=1e-10)
        material.append(own)
        raw.append(wild("wcr_c", fit, Options(signs="rademacher"))[0].p_value)
    t, draws, p = np.array([m[0] for m in material]), np.array([m[1] for m in material]), np.array(raw)
    assert p.tolist() == [row["p_raw"] for row in results]
    assert holm(p) == pytest.approx([row["p_holm"] for row in results], rel=1e-12)
    by_max = romano_wolf_max_t(t, draws, signs)
    assert by_max == pytest.approx([row["p_romano_wolf"] for row in results], rel=1e-12)
    # the trap: max |t| is no better than Holm here, min p is
    assert (by_max[:2] > holm(p)[:2]).all()
    assert (romano_wolf_min_p(t, draws, signs)[:2] < holm(p)[:2]).all()
