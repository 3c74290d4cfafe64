"""Sampling covariance of cluster means: against persons added up with NumPy, and by the rules for few persons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_persons
from lib.person_years import Row, brute_covariance, pairs_of_rows, random_rows

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.inference import Sampling, sampling_covariance
from ipscausal.panel import Panel

SCALE = 10_000


def panel_of_rows(rows: list[Row], g: int, t: int) -> Panel:
    """The panel of whole-number rows, the first municipality treated in the last two years; y in days."""
    table = np.array(rows)
    names = tuple(f"x{k}" for k in range(table.shape[1] - 4))
    frame = pd.DataFrame({"municipality": [f"m{i:02d}" for i in table[:, 0]], "year": 2010 + table[:, 2]})
    frame["y"] = table[:, 3] / SCALE
    frame["first"] = np.where(table[:, 0] == 0, 2010 + t - 2, np.nan)
    frame[list(names)] = table[:, 4:]
    panel, pairs = panel_of_persons(frame, names), pairs_of_rows(rows, g, t)
    return replace(
        panel,
        within_variance=within(panel),
        mean_covariance=pairs.of_outcome("workdays", SCALE),
        outcome_covariate_covariance=pairs.with_covariates("workdays", SCALE) if names else None,
        covariate_covariance=pairs.covariate_covariance if names else None,
    )


def within(panel: Panel) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(panel.persons > 1, (panel.yy - panel.y**2 / panel.persons) / (panel.persons - 1), np.nan)


def sampling(panel: Panel) -> Sampling:
    found = sampling_covariance(estimate.did(panel))
    assert found is not None
    return found


def slopes(found: Estimate) -> np.ndarray:
    return found.equations.solution[1 : 1 + len(found.cells.covariates)]


def test_without_covariates_it_is_that_of_the_persons() -> None:
    rows = random_rows(1, municipalities=5, people=80, years=6)
    found = sampling(panel_of_rows(rows, 5, 6))
    assert found.covariance == pytest.approx(brute_covariance(rows, 5, 6) / SCALE**2, rel=1e-10, abs=1e-10)
    assert (found.source, found.n_pooled) == ("persons over years", 0)


def test_with_covariates_it_is_that_of_what_they_leave_over() -> None:
    rows = random_rows(2, municipalities=5, people=80, years=6, regressors=2)
    panel = panel_of_rows(rows, 5, 6)
    found = estimate.did(panel)
    expected = brute_covariance(rows, 5, 6, slopes(found) * SCALE) / SCALE**2
    covariance = sampling(panel).covariance
    assert covariance == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert np.trace(covariance[0]) < 0.8 * np.trace(panel.mean_covariance[0])


def test_variances_inside_cells_serve_where_persons_are_not_known_over_years() -> None:
    rows = random_rows(3, municipalities=5, people=80, years=6, regressors=2)
    panel = replace(panel_of_rows(rows, 5, 6), mean_covariance=None)
    found = estimate.did(panel)
    table = np.array(rows)
    left = table[:, 3] / SCALE - table[:, 4:] @ slopes(found)
    covariance = sampling(panel)
    assert covariance.source == "persons within cells"
    for g in range(5):
        for t in range(6):
            own = left[(table[:, 0] == g) & (table[:, 2] == t)]
            assert covariance.covariance[g, t, t] == pytest.approx(own.var(ddof=1) / len(own), rel=1e-9)
    assert (covariance.covariance * (1 - np.eye(6)) == 0).all()


def test_covariates_that_are_constant_inside_cells_leave_it_alone() -> None:
    frame = pd.DataFrame(
        {
            "m": np.repeat(list("ABC"), 4), "year": np.tile(range(2010, 2014), 3), "y": np.arange(12.0) ** 2,
            "first": np.repeat([2012, 0, 0], 4), "n": 100, "s2": 400.0, "z": [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8],
        }
    )  # fmt: skip
    names = {"municipality": "m", "year": "year", "outcome": "y", "adoption": "first", "covariates": ["z"]}
    known = {code: np.full((4, 4), 0.5) + np.eye(4) for code in "ABC"}
    over_years = Panel.from_frame(frame, **names, persons="n", mean_covariance=known)
    assert (sampling(over_years).covariance == np.stack([*known.values()])).all()
    inside = Panel.from_frame(frame, **names, persons="n", within_variance="s2")
    assert sampling(inside).covariance == pytest.approx(np.broadcast_to(4.0 * np.eye(4), (3, 4, 4)), rel=1e-9)


def flat(persons: np.ndarray, **changes: Any) -> Panel:
    """Three municipalities over four years, the first treated: cell means of no interest."""
    g, t = persons.shape
    rows = [(i, k, year, 7 * i + k) for i in range(g) for year in range(t) for k in range(int(persons[i, year]))]
    return replace(panel_of_rows(rows, g, t), **changes)


def test_a_municipality_of_few_persons_takes_the_variance_of_a_person_over_all() -> None:
    persons = np.array([[100, 100, 100, 100], [400, 400, 400, 400], [10, 30, 30, 30]])
    variance = np.array([[100.0] * 4, [50.0] * 4, [1e6, 0.0, 0.0, 0.0]])
    found = sampling(flat(persons, mean_covariance=None, within_variance=variance))
    pooled = (100 * 100 + 400 * 50 + persons[2] * variance[2]) / (500 + persons[2])
    assert found.n_pooled == 1
    assert np.diag(found.covariance[0]) == pytest.approx(100 / 100)
    assert np.diag(found.covariance[1]) == pytest.approx(50 / 400)
    assert np.diag(found.covariance[2]) == pytest.approx(pooled / persons[2])


def test_twenty_persons_are_enough_and_nineteen_are_not() -> None:
    persons = np.array([[100] * 4, [20] * 4, [20, 20, 19, 20]])
    assert sampling(flat(persons)).n_pooled == 1


def test_municipalities_alike_are_pooled_to_what_each_of_them_has() -> None:
    # the same rows in every municipality, too few of them: each gets n / (n - 1) of its own
    own = random_rows(4, municipalities=1, people=15, years=4, share=1.0)
    rows = [(g, *row[1:]) for g in range(4) for row in own]
    panel = panel_of_rows(rows, 4, 4)
    found = sampling(panel)
    assert found.n_pooled == 4
    assert found.covariance == pytest.approx(panel.mean_covariance * 15 / 14, rel=1e-12)


def test_one_person_alone_is_pooled() -> None:
    rows = random_rows(5, municipalities=3, people=60, years=4, share=0.8)
    alone = [row for row in rows if row[0] < 2] + [(2, 1, t, 50_000) for t in range(4)]
    panel = panel_of_rows(alone, 3, 4)
    assert np.isnan(panel.mean_covariance[2]).all()
    found = sampling(panel)
    assert found.n_pooled == 1
    # level and noise of a person are uniform over 130 days each; about 96 persons a year tell of them
    assert np.diag(found.covariance[2]) == pytest.approx(2 * 130**2 / 12, rel=0.3)
    assert np.linalg.eigvalsh(found.covariance).min() > 0


def test_a_cell_without_known_variance_is_pooled_whatever_its_size() -> None:
    variance = np.full((3, 4), 100.0)
    variance[1, 2] = np.nan
    found = sampling(flat(np.full((3, 4), 50), mean_covariance=None, within_variance=variance))
    assert found.n_pooled == 1
    assert found.covariance == pytest.approx(np.broadcast_to(2.0 * np.eye(4), (3, 4, 4)))


@pytest.mark.parametrize(
    "changes",
    [
        {"mean_covariance": None, "within_variance": None},
        {"mean_covariance": None, "weighting": "analytic"},
        {"mean_covariance": None, "weighting": "rows"},
        {"mean_covariance": np.full((3, 4, 4), np.nan)},
    ],
)
def test_nothing_is_known_without_persons(changes: dict[str, Any]) -> None:
    assert sampling_covariance(estimate.did(flat(np.full((3, 4), 50), **changes))) is None


def test_a_given_matrix_is_kept_where_persons_are_not_counted() -> None:
    frame = pd.DataFrame({"m": np.repeat(list("ABC"), 3), "year": [2010, 2011, 2012] * 3, "y": np.arange(9.0) ** 2})
    frame["first"] = np.repeat([2012, 0, 0], 3)
    known = {code: np.eye(3) * (i + 1) for i, code in enumerate("ABC")}
    names = {"municipality": "m", "year": "year", "outcome": "y", "adoption": "first"}
    found = sampling(Panel.from_frame(frame, **names, mean_covariance=known))
    assert (found.covariance == np.stack([*known.values()])).all()
    assert found.n_pooled == 0


def test_empty_cells_have_no_noise_and_do_not_make_a_municipality_small() -> None:
    rows = [row for row in random_rows(6, municipalities=4, people=80, years=5) if (row[0], row[2]) != (2, 1)]
    found = sampling(panel_of_rows(rows, 4, 5))
    assert (found.covariance[2, 1] == 0).all()
    assert (found.covariance[2, :, 1] == 0).all()
    assert found.covariance[2] == pytest.approx(brute_covariance(rows, 4, 5)[2] / SCALE**2, rel=1e-10, abs=1e-10)
    assert found.n_pooled == 0


def test_clusters_of_several_municipalities_weight_their_means_by_size() -> None:
    rows = random_rows(7, municipalities=6, people=70, years=4)
    rows = [row for row in rows if row[0] != 5 or row[1] < 50]
    panel = replace(panel_of_rows(rows, 6, 4), cluster=("a", "b", "c", "b", "c", "c"))
    own, n = sampling(replace(panel, cluster=panel.municipality)).covariance, panel.persons
    found = sampling(panel).covariance
    assert found.shape == (3, 4, 4)
    for cluster, members in enumerate(([0], [1, 3], [2, 4, 5])):
        share = n[members] / n[members].sum(axis=0)
        expected = sum(np.outer(s, s) * own[g] for s, g in zip(share, members, strict=True))
        assert found[cluster] == pytest.approx(expected, rel=1e-12)


def test_a_cluster_of_split_municipalities_has_nearly_the_noise_of_the_whole() -> None:
    # persons dealt at random to two halves: the means of the halves differ by chance alone
    rows = random_rows(8, municipalities=3, people=400, years=3)
    halves = [(2 * g + i % 2, i, t, y) for g, i, t, y in rows]
    dealt = replace(panel_of_rows(halves, 6, 3), cluster=("a", "a", "b", "b", "c", "c"))
    adoption = np.array([2011.0, 2011.0, *[np.inf] * 4])
    whole, parts = sampling(panel_of_rows(rows, 3, 3)), sampling(replace(dealt, adoption=adoption))
    assert parts.covariance == pytest.approx(whole.covariance, rel=0.05, abs=0.05)


@given(st.integers(0, 99), st.floats(0.1, 50), st.floats(-100, 100))
@settings(max_examples=15, deadline=None)
def test_level_unit_and_order_change_it_as_they_should(seed: int, unit: float, level: float) -> None:
    rows = random_rows(seed, municipalities=4, people=30, years=4, share=0.75, regressors=1)
    panel = panel_of_rows(rows, 4, 4)
    found = sampling(panel)
    # a level for all and another unit: y -> unit * (y + level); the covariances of means scale
    y = unit * (panel.y + level * panel.weight)
    moved = replace(
        panel, y=y, xy=unit * (panel.xy + level * panel.x), mean_covariance=unit**2 * panel.mean_covariance,
        outcome_covariate_covariance=unit * panel.outcome_covariate_covariance,
    )  # fmt: skip
    assert sampling(moved).covariance == pytest.approx(unit**2 * found.covariance, rel=1e-6, abs=1e-9)
    order = np.random.default_rng(seed).permutation(4)
    table = [(int(np.flatnonzero(order == g)[0]), *row) for g, *row in rows]
    turned = replace(panel_of_rows(table, 4, 4), adoption=panel.adoption[order])
    assert sampling(turned).covariance == pytest.approx(found.covariance[order], rel=1e-6, abs=1e-9)


@given(st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_it_is_a_covariance_matrix_pooled_or_not(seed: int) -> None:
    rows = random_rows(seed, municipalities=4, people=22, years=4, share=0.9, regressors=2)
    covariance = sampling(panel_of_rows(rows, 4, 4)).covariance
    assert np.abs(covariance - covariance.transpose(0, 2, 1)).max() < 1e-9
    assert np.linalg.eigvalsh(covariance).min() > -1e-9 * np.abs(covariance).max()
