"""References of the wild cluster bootstrap that were themselves drawn: agreement up to Monte Carlo error.

Left out, as the package does not offer them: two-way clustering and draws by cell or person (sub-cluster bootstrap).
"""

import numpy as np
import pandas as pd
import pytest
from lib.reference import reference, reference_json
from lib.regressions import cluster_products

from ipscausal.inference.wild.bootstrap import VARIANTS
from ipscausal.inference.wild.interval import interval
from ipscausal.inference.wild.scores import WildDesign, WildScores, count_extreme, wild_design, wild_scores
from ipscausal.inference.wild.signs import WEBB, Signs, drawn, every_sign
from ipscausal.panel import FloatArray

DRAWS = 99_999
RADEMACHER = np.array([-1.0, 1.0])
MAMMEN_LOW = (np.sqrt(5) + 1) / (2 * np.sqrt(5))  # chance of the lower of Mammen's two points
FEW = {
    "A": ("few_G12_treated3.csv", "y", ["d", "x"], ["muni", "year"], "muni"),
    "D": ("few_G30_treated2.csv", "y", ["d"], ["muni", "year"], "muni"),
}


def bootstrap(
    name: str, frame: pd.DataFrame, outcome: str, columns: list[str], effects: list[str], cluster: str
) -> tuple[WildDesign, WildScores]:
    gram, moment = cluster_products(frame, outcome, columns, effects, cluster)
    design = wild_design(gram, 0, VARIANTS[name])
    assert design is not None
    return design, wild_scores(design, moment)


def vectors(kind: str, clusters: int) -> FloatArray:
    if kind == "webb":
        return drawn(clusters, WEBB, DRAWS, 1, kind).vectors
    if kind == "rademacher":
        return drawn(clusters, RADEMACHER, DRAWS, 1, kind).vectors
    rng = np.random.default_rng(1)
    if kind == "norm":
        return rng.standard_normal((clusters, DRAWS))
    root = np.sqrt(5)
    return np.where(rng.random((clusters, DRAWS)) < MAMMEN_LOW, (1 - root) / 2, (1 + root) / 2)


@pytest.mark.parametrize("data", ["A", "D"])
@pytest.mark.parametrize("kind", ["webb", "mammen", "norm", "rademacher"])
def test_weights_of_other_kinds(data: str, kind: str) -> None:
    rows = [
        row
        for row in reference_json("results/few_wild_bootstrap.json")["results"]
        if row["label"].startswith("MC") and row["data"] == data and row["weights_type"] == kind
    ]
    plain = [row for row in rows if row["bootcluster"] == '"max"']
    assert len(plain) == {("A", "rademacher"): 0, ("D", "rademacher"): 2}.get((data, kind), 1)
    for row in plain:
        file, outcome, columns, effects, cluster = FEW[data]
        frame = pd.read_csv(reference(f"data/{file}"))
        name = "wcr_c" if row["impose_null"] else "wcu_c"
        design, scores = bootstrap(name, frame, outcome, columns, effects, cluster)
        drawn_vectors = vectors(kind, row["G"])
        p = Signs(drawn_vectors, kind, 1).p_value(count_extreme(design, scores, drawn_vectors))
        # the reference does not count ties; with Mammen's points a multiple of the data is drawn that often
        ties = MAMMEN_LOW ** row["G"] if kind == "mammen" else 0
        # five standard errors of the difference of two samples
        assert float(p) == pytest.approx(row["p"] + ties, abs=5 * np.sqrt(2 * row["p"] * (1 - row["p"]) / DRAWS) + 2e-5)


def test_interval_of_sampled_weights() -> None:
    rows = reference_json("results/few_wild_bootstrap.json")["results"]
    (row,) = (one for one in rows if one["label"] == "MC A webb")
    file, outcome, columns, effects, cluster = FEW["A"]
    design, scores = bootstrap("wcr_c", pd.read_csv(reference(f"data/{file}")), outcome, columns, effects, cluster)
    assert interval(design, scores, drawn(12, WEBB, 9_999, 1, "webb"), 0.95) == pytest.approx(row["ci"], abs=0.08)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_voters(position: int) -> None:
    row = reference_json("results/boot_voters.json")["results"][position]
    frame = pd.read_csv(reference("data/voters.csv"))
    needed = ["proposition_vote", "treatment", "log_income", "group_id1"]
    frame = frame.dropna(subset=needed)
    name = "wcu_c" if "WCU" in row["label"] else "wcr_c"
    design, scores = bootstrap(name, frame, "proposition_vote", ["treatment", "log_income"], [], "group_id1")
    assert (len(frame), len(design.hat)) == (row["N"], row["G"])
    assert scores.estimate == pytest.approx(row["point"], rel=1e-9)
    factor = row["G"] / (row["G"] - 1) * (row["N"] - 1) / (row["N"] - 3)
    assert row["point"] / (scores.norm / design.root_information * np.sqrt(factor)) == pytest.approx(row["t"], rel=1e-9)
    signs = drawn(row["G"], WEBB if "webb" in row["label"] else RADEMACHER, DRAWS, 1, "")
    p = float(signs.p_value(count_extreme(design, scores, signs.vectors)))
    assert p == pytest.approx(row["p"], abs=5e-4)
    fewer = Signs(signs.vectors[:, :9_999], "", 1)
    assert interval(design, scores, fewer, 0.95) == pytest.approx(row["ci"], abs=0.003)


@pytest.mark.parametrize(("imposed", "name"), [(True, "wcr_c"), (False, "wcu_c")])
def test_one_treated_state_in_stata(imposed: bool, name: str) -> None:
    """t = 6.7; without the null p = 0, with it about 0.5: together they say that neither is usable."""
    rows = [
        row
        for row in reference_json("results/boottest_stata_log.json")["merit"]
        if row["bootcluster"] == "state" and row["null_imposed"] == imposed
    ]
    assert len(rows) == 2
    frame = pd.read_csv(reference("data/merit_scholarship.csv"))
    frame = frame[~frame["state"].isin([34, 57, 59, 61, 64, 71, 72, 85, 88])]
    columns = ["merit", "male", "black", "asian"]
    design, scores = bootstrap(name, frame, "coll", columns, ["year", "state"], "state")
    g, n, k = len(design.hat), len(frame), len(design.to_moment)
    t = scores.estimate * design.root_information / scores.norm / np.sqrt(g / (g - 1) * (n - 1) / (n - k))
    assert t == pytest.approx(rows[0]["t"], abs=1e-4)
    signs = drawn(g, RADEMACHER, 9_999, 1, "Rademacher")
    p = float(signs.p_value(count_extreme(design, scores, signs.vectors)))
    low, high = interval(design, scores, signs, 0.95)
    for row in rows:
        assert p == pytest.approx(row["p"], abs=0.04)
        width = row["ci"][1] - row["ci"][0]
        assert (low, high) == pytest.approx(row["ci"], abs=(0.25 if imposed else 0.04) * width)


def test_eight_years_in_stata() -> None:
    rows = reference_json("results/boottest_stata_log.json")["collapsed"]
    frame = pd.read_csv(reference("data/boottest_collapsed.csv")).dropna()
    columns = ["post_self", "selfemployed", "post"]

    def material(name: str) -> tuple[WildDesign, WildScores]:
        return bootstrap(name, frame, "hasinsurance", columns, [], "year")

    enumerated, webb = every_sign(8), drawn(8, WEBB, DRAWS, 1, "Webb")
    design, scores = material("wcr_c")
    # it counts one of the two ties: 18 exceed, 20 are at least as large
    assert count_extreme(design, scores, enumerated.vectors, 0.04) * 2 == 20
    assert rows[0]["p"] == pytest.approx(19 / 256, abs=5e-5)
    assert interval(design, scores, enumerated, 0.95) == pytest.approx(rows[0]["ci"], abs=1e-3)
    for row, name in zip(rows[1:], ("wcr_c", "wcr_s", "wcu_s"), strict=True):
        design, scores = material(name)
        assert float(webb.p_value(count_extreme(design, scores, webb.vectors, 0.04))) == pytest.approx(
            row["p"], abs=0.04
        )
        if "ci" in row:
            fewer = Signs(webb.vectors[:, :9_999], "Webb", 1)
            assert interval(design, scores, fewer, 0.95) == pytest.approx(row["ci"], abs=4e-3)


def test_webb_with_many_draws() -> None:
    """Ten million draws of boottest give 0.0757; a hundred thousand here are within four standard errors."""
    frame = pd.read_csv(reference("data/boottest_collapsed.csv")).dropna()
    design, scores = bootstrap("wcr_c", frame, "hasinsurance", ["post_self", "selfemployed", "post"], [], "year")
    webb = drawn(8, WEBB, DRAWS, 1, "Webb")
    count = int(count_extreme(design, scores, webb.vectors, 0.04))
    assert count / DRAWS == pytest.approx(0.0757, abs=4 * np.sqrt(0.07 / DRAWS))
    bounds = webb.monte_carlo(count)
    assert bounds is not None
    assert bounds[0] < count / DRAWS < bounds[1] < bounds[0] + 0.004
