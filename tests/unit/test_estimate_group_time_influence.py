"""Influence values against the derivative of the estimate, and cells against the persons behind them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from lib.panels import panel_of_persons, simulated_persons

from ipscausal.estimate import Estimate, aggregate, att_gt
from ipscausal.panel import Panel

ADOPTION = {"m00": 2012, "m01": 2012, "m02": 2012, "m03": 2012, "m04": 2014, "m05": 2014, "m06": 2014, "m07": 2014}
PERSONS = simulated_persons(11, ADOPTION, municipalities=17)
MOST = 1e-6  # of the largest influence value
OPTIONS = [
    {"method": method, "sampling": sampling, **more}
    for sampling in ("municipalities", "cross_sections")
    for method in ("or", "ipw", "dr")
    for more in ({"comparison": "not_yet"}, {"base_period": "universal"})
] + [{"weights": "base_year"}, {"method": "or", "sampling": "cross_sections", "person_covariates": ("age", "woman")}]


def panel() -> Panel:
    cells = panel_of_persons(PERSONS, ("age", "woman"))
    z = np.random.default_rng(3).normal(size=(*cells.weight.shape, 1))
    return replace(cells, unit_covariates=("z",), z=z)


def weighted(cells: Panel, counts: np.ndarray) -> Panel:
    """Every observation of municipality g counted `counts[g]` times."""
    one, two, three = counts[:, None], counts[:, None, None], counts[:, None, None, None]
    return replace(
        cells, weight=cells.weight * one, persons=cells.persons * one, y=cells.y * one, yy=cells.yy * one,
        x=cells.x * two, xy=cells.xy * two, xx=cells.xx * three,
    )  # fmt: skip


def derivative(fit: Callable[[Panel], Estimate], cells: Panel, g: int) -> np.ndarray:
    """Change of the estimate and its shares per copy of municipality g."""
    step, unit = 1e-5, np.eye(len(cells.municipality))[g]
    high, low = fit(weighted(cells, 1 + step * unit)), fit(weighted(cells, 1 - step * unit))
    coef = (high.coef - low.coef) / (2 * step)
    if high.share is None or low.share is None:
        return coef
    return np.concatenate([coef, (high.share - low.share) / (2 * step)])


@pytest.mark.parametrize("case", range(len(OPTIONS)))
def test_influence_values_are_derivatives(case: int) -> None:
    options = {"impossible": "leave_out", "person_covariates": (), **OPTIONS[case]}
    cells = panel()

    def fit(of: Panel) -> Estimate:
        return att_gt(of, **options)

    own = fit(cells)
    assert own.share_scores is not None
    assert own.contributions.sum(axis=0) == pytest.approx(0.0, abs=1e-10)
    values = np.concatenate([own.contributions, own.share_scores], axis=1)
    for g in (0, 5, 9, 16):
        assert derivative(fit, cells, g) == pytest.approx(values[g], abs=MOST * np.abs(values).max())


@pytest.mark.parametrize("kind", ["simple", "event", "cohort", "calendar", "event_average", "cohort_average"])
def test_influence_values_of_averages_count_the_shares(kind: str) -> None:
    cells = panel()

    def fit(of: Panel) -> Estimate:
        return aggregate(att_gt(of, method="or", person_covariates=()), kind)

    own = fit(cells)
    for g in (0, 5, 9, 16):
        assert derivative(fit, cells, g) == pytest.approx(
            own.contributions[g], abs=MOST * np.abs(own.contributions).max()
        )


def test_municipalities_that_count_once_are_persons_of_equal_cells() -> None:
    cells = panel()
    factor = 1 / cells.weight
    equal = replace(
        cells, weight=cells.weight * factor, persons=cells.persons * factor, y=cells.y * factor, yy=cells.yy * factor,
        x=cells.x * factor[..., None], xy=cells.xy * factor[..., None], xx=cells.xx * factor[..., None, None],
    )  # fmt: skip
    for sampling in ("municipalities", "cross_sections"):
        once = att_gt(cells, weights="municipalities", sampling=sampling, person_covariates=())
        theirs = att_gt(equal, sampling=sampling, person_covariates=())
        assert once.coef == pytest.approx(theirs.coef, rel=1e-9)
        assert once.contributions == pytest.approx(theirs.contributions, abs=1e-9)


def test_cross_sections_of_persons_are_exact_from_cells() -> None:
    """Outcome regression with covariates of persons, person by person with NumPy."""
    fit = att_gt(panel_of_persons(PERSONS, ("age", "woman")), method="or", sampling="cross_sections")
    codes = {code: g for g, code in enumerate(fit.panel.municipality)}
    x = np.column_stack([np.ones(len(PERSONS)), PERSONS["age"], PERSONS["woman"]])
    y, year = PERSONS["y"].to_numpy(), PERSONS["year"].to_numpy()
    first = PERSONS["first"].to_numpy()
    of = PERSONS["municipality"].map(codes).to_numpy()
    shares = []
    for j, term in enumerate(fit.terms):
        assert term.cohort is not None
        assert term.year is not None
        base = term.cohort - 1 if term.year >= term.cohort else term.year - 1
        treated = (first == term.cohort) & np.isin(year, (base, term.year))
        mean, effect, values = x[treated].mean(axis=0), 0.0, np.zeros(len(y))
        slopes = []
        for sign, when in ((1, term.year), (-1, base)):
            arm, other = treated & (year == when), np.isnan(first) & (year == when)
            bread = np.linalg.inv(x[other].T @ x[other])
            beta = bread @ x[other].T @ y[other]
            effect += sign * (y[arm].mean() - mean @ beta)
            values[arm] += sign * (y[arm] - y[arm].mean()) / arm.sum()
            values[other] -= sign * (y[other] - x[other] @ beta) * (x[other] @ bread @ mean)
            slopes.append(sign * beta)
        values[treated] -= (x[treated] - mean) @ (slopes[0] + slopes[1]) / treated.sum()
        assert fit.coef[j] == pytest.approx(effect, rel=1e-9)
        by_municipality = np.bincount(of, values, len(codes))
        assert fit.contributions[:, j] == pytest.approx(by_municipality, abs=1e-9)
        shares.append(np.mean(first == term.cohort))
    assert fit.share == pytest.approx(shares, rel=1e-12)
    assert fit.weights_from == "outcomes"


def test_cells_of_persons_are_the_same_as_persons_alone() -> None:
    """Every person a municipality of her own, clustered by municipality: the cells' contributions are the sums."""
    few = PERSONS.groupby(["municipality", "year"]).head(5).reset_index(drop=True)
    few = few.assign(own=[f"{i:05d}" for i in range(len(few))])
    alone = panel_of_persons(few.assign(municipality=few["own"]))
    together = panel_of_persons(few)
    cluster = few.sort_values("own")["municipality"].tolist()
    alone = replace(alone, cluster=tuple(cluster))
    for method in ("or", "ipw", "dr"):
        fine = att_gt(alone, sampling="cross_sections", method=method)
        coarse = att_gt(together, sampling="cross_sections", method=method)
        assert fine.coef == pytest.approx(coarse.coef, rel=1e-10)
        order = [fine.cluster.index(label) for label in coarse.cluster]
        assert fine.cluster_scores[order] == pytest.approx(coarse.cluster_scores, abs=1e-10)
        both = [aggregate(fit, "simple") for fit in (fine, coarse)]
        assert both[0].cluster_scores[order] == pytest.approx(both[1].cluster_scores, abs=1e-10)
