"""Size-studentised ranks, strata, permutations of years and of space and time, placebo ranks, and their trials."""

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lib.panels import panel_of_means
from scipy.optimize import brentq

from ipscausal import estimate
from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import Options, reassign, ri
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.permutation.assignments import all_assignments, assignments, count_assignments, strata_of
from ipscausal.inference.permutation.conformal import conformal_block, conformal_iid
from ipscausal.inference.permutation.placebo_rank import placebo_ranks
from ipscausal.inference.permutation.randomisation import ri_t
from ipscausal.inference.permutation.size_studentised import ri_size
from ipscausal.inference.permutation.space_time import space_time, space_time_placebos
from ipscausal.inference.registry import METHODS
from ipscausal.panel import Panel

INF = np.inf
NAMES = ("ri", "ri_t", "ri_size", "space_time", "conformal_iid", "conformal_block")


def panel_with_variances(seed: int, adoption: list[float], years: int = 6, means: np.ndarray | None = None) -> Panel:
    """Unequal sizes, variances of persons inside the cells known."""
    rng = np.random.default_rng(seed)
    g = len(adoption)
    size = np.round(np.exp(rng.normal(4.5, 0.8, (g, 1))) * np.exp(rng.normal(0, 0.1, (g, years)))) + 30
    mean = rng.normal(0, 4, (g, years)) if means is None else means
    return replace(panel_of_means(mean, adoption, size), within_variance=rng.uniform(200, 900, (g, years)))


def one_of(g: int, at: int = 2013) -> list[float]:
    return [at, *[INF] * (g - 1)]


def p_of_trial(
    name: str, fit: Estimate, outcomes: np.ndarray, options: Options | None = None, j: int = 0
) -> np.ndarray:
    prepare = METHODS[name].prepare
    assert prepare is not None
    return prepare(fit, j, options or Options())(outcomes)


# ---- assignments within strata


def test_strata_restrict_the_assignments_and_keep_the_one_made() -> None:
    path, stratum = np.array([1, 0, 0, 1, 0, 2, 0]), np.array([0, 0, 0, 1, 1, 1, 1])
    table = all_assignments(path, stratum)
    expected = {
        (*first, *second) for first in set(permutations([1, 0, 0])) for second in set(permutations([1, 0, 2, 0]))
    }
    assert {tuple(row) for row in table.tolist()} == expected
    assert len(table) == count_assignments(path, stratum) == 3 * 12
    for drawn in (assignments(path, stratum, 50, 1), assignments(path, stratum, 50, 1, limit=10)):
        assert drawn.table[drawn.observed].tolist() == path.tolist()
        for one in (0, 1):
            assert (np.sort(drawn.table[:, stratum == one], axis=1) == np.sort(path[stratum == one])).all()
    assert assignments(path, stratum, 50, 1, limit=10).p_floor == 1 / 51


def test_the_floor_rises_with_strata_and_the_rank_is_that_within_them() -> None:
    panel = panel_with_variances(1, [2013, INF, INF, 2013, INF, INF, INF, INF])
    fit = estimate.did(panel)
    strata = tuple((name, "small" if i < 3 else "large") for i, name in enumerate(fit.cluster))
    coef, table = reassign(fit).coef[:, 0], all_assignments(np.array([1, 0, 0, 1, 0, 0, 0, 0]), np.zeros(8, dtype=int))
    allowed = table[:, :3].sum(axis=1) == 1
    (row,) = ri(fit, Options(strata=strata))
    assert (row.rank_of, row.p_floor) == (15, pytest.approx(1 / 15))
    assert row.rank == int((np.abs(coef[allowed]) >= abs(fit.coef[0]) * (1 - 1e-9)).sum())
    assert row.status == "cannot_reject"
    assert "strata" in row.assumptions
    assert ri(fit, Options(level=0.9, strata=strata))[0].status == "ok"
    for other in (ri_t(fit, Options(strata=strata))[0], ri_size(fit, Options(strata=strata))[0]):
        assert other.rank_of == 15


def test_a_cluster_without_a_stratum_is_refused() -> None:
    fit = estimate.did(panel_with_variances(1, one_of(5)))
    strata = tuple((name, "a") for name in fit.cluster[:3])
    for name in ("ri", "ri_t", "ri_size"):
        with pytest.raises(UsageError, match="2 of 5 clusters have no stratum"):
            METHODS[name].infer(fit, Options(strata=strata))
    assert strata_of(fit.cluster, None).tolist() == [0] * 5


def test_one_stratum_is_no_restriction() -> None:
    fit = estimate.did(panel_with_variances(3, [2013, 2013, *[INF] * 6]))
    strata = tuple((name, "all") for name in fit.cluster)
    for name in ("ri", "ri_t", "ri_size"):
        free, within = METHODS[name].infer(fit, Options())[0], METHODS[name].infer(fit, Options(strata=strata))[0]
        assert (free.rank, free.rank_of, free.p_floor) == (within.rank, within.rank_of, within.p_floor)


# ---- statistics


@pytest.mark.parametrize("adoption", [[2013, 2013], [2012, 2014, 2014]])
def test_size_studentised_by_hand(adoption: list[float]) -> None:
    """Each path its contrast vector and its own variance between; one date collapses to one variance."""
    adoption = [*adoption, *[INF] * (7 - len(adoption))]
    panel = panel_with_variances(5, adoption)
    fit, years = estimate.did(panel), panel.years
    noise = panel.within_variance / panel.persons
    dates = sorted({a for a in adoption if a < INF})
    vectors = {d: np.where(years >= d, 1 / (years >= d).sum(), -1 / (years < d).sum()) for d in dates}
    own = [a for a in adoption if a < INF]
    vectors[INF] = np.mean([vectors[a] for a in own], axis=0)

    def between(w: np.ndarray, s2: np.ndarray) -> float:
        def excess(a: float) -> float:
            weight = 1 / (a + s2)
            return float((weight * (w - (weight * w).sum() / weight.sum()) ** 2).sum() - len(w) + 1)

        return float(brentq(excess, 0, 1e5, xtol=1e-13)) if excess(0) > 0 else 0.0

    w = {d: panel.mean @ c for d, c in vectors.items()}
    s2 = {d: noise @ c**2 for d, c in vectors.items()}
    a2 = {d: between(w[d], s2[d]) for d in vectors}

    def statistic(assigned: tuple[float, ...]) -> float:
        treated = [g for g, d in enumerate(assigned) if d < INF]
        control = [g for g, d in enumerate(assigned) if d == INF]
        difference = np.mean([w[assigned[g]][g] for g in treated]) - np.mean([w[INF][g] for g in control])
        variance = sum(a2[assigned[g]] + s2[assigned[g]][g] for g in treated) / len(treated) ** 2
        variance += sum(a2[INF] + s2[INF][g] for g in control) / len(control) ** 2
        return abs(float(difference / np.sqrt(variance)))

    every = {assigned: statistic(assigned) for assigned in set(permutations(adoption))}
    (row,) = ri_size(fit)
    assert row.statistic == pytest.approx(every[tuple(adoption)], rel=1e-8)
    assert row.rank_of == len(every)
    assert row.rank == sum(value >= row.statistic * (1 - 1e-9) for value in every.values())


def test_size_studentised_needs_the_variances_inside_cells() -> None:
    fit = estimate.did(panel_of_means(np.random.default_rng(1).normal(size=(6, 5)), one_of(6, 2012)))
    (row,) = ri_size(fit)
    assert (row.status, row.p_value) == ("not_identified", None)
    assert "variances of persons inside the cells" in row.assumptions
    assert np.isnan(p_of_trial("ri_size", fit, np.zeros((3, 6, 5)))).all()


def test_equal_sizes_rank_as_raw_contrasts_do() -> None:
    rng = np.random.default_rng(9)
    panel = panel_of_means(rng.normal(size=(8, 6)), [2013, 2013, 2013, *[INF] * 5], np.full((8, 6), 100.0))
    fit = estimate.did(replace(panel, within_variance=np.full((8, 6), 5.0)))
    assert ri_size(fit)[0].rank == ri(fit)[0].rank


def test_t_ranks_with_one_treated_say_that_they_mean_nothing() -> None:
    rng = np.random.default_rng(2)
    few = ri_t(estimate.did(panel_of_means(rng.normal(size=(11, 6)), one_of(11))))[0]
    many = ri_t(estimate.did(panel_of_means(rng.normal(size=(25, 6)), one_of(25))))[0]
    two = ri_t(estimate.did(panel_of_means(rng.normal(size=(11, 6)), [2013, 2013, *[INF] * 9])))[0]
    assert (few.status, many.status, two.status) == ("cannot_reject", "known_invalid", "ok")
    assert "its own contribution to the standard error is zero" in many.assumptions
    assert many.hidden.p_value is None


# ---- permutations of years, and of space and time


def test_permutations_of_years_by_hand() -> None:
    rng = np.random.default_rng(4)
    mean = rng.normal(size=(5, 5))
    fit = estimate.did(panel_of_means(mean, [2013, 2013, INF, INF, INF]))
    u = mean[:2].mean(axis=0) - mean[2:].mean(axis=0)
    u -= u.mean()
    seen = abs(u[3:].sum()) * (1 - 1e-9)
    (iid,), (block,) = conformal_iid(fit), conformal_block(fit)
    subsets = [abs(u[list(chosen)].sum()) for chosen in combinations(range(5), 2)]
    turned = [abs(np.roll(u, shift)[3:].sum()) for shift in range(5)]
    assert (iid.rank, iid.rank_of) == (sum(s >= seen for s in subsets), 10)
    assert (block.rank, block.rank_of) == (sum(s >= seen for s in turned), 5)
    assert (iid.p_floor, block.p_floor) == (0.1, 0.2)
    assert (iid.status, block.status) == ("cannot_reject", "cannot_reject")


@pytest.mark.parametrize(("years", "before", "iid_floor", "block_floor"), [(10, 6, 1 / 210, 0.1), (8, 4, 2 / 70, 0.25)])
def test_floors_of_permuted_years(years: int, before: int, iid_floor: float, block_floor: float) -> None:
    mean = np.zeros((4, years))
    mean[0, before:] = 100  # the largest contrast there can be
    fit = estimate.did(panel_of_means(mean, one_of(4, 2010 + before)))
    (iid,), (block,) = conformal_iid(fit), conformal_block(fit)
    assert (iid.p_value, iid.p_floor) == (pytest.approx(iid_floor), pytest.approx(iid_floor))
    assert (block.p_value, block.p_floor) == (pytest.approx(block_floor), pytest.approx(block_floor))
    assert (iid.status, block.status) == ("known_invalid", "cannot_reject")
    assert "true nulls are rejected too often" in iid.assumptions


def test_shifts_can_reject_with_many_years_and_many_orders_are_sampled() -> None:
    rng = np.random.default_rng(4)
    fit = estimate.did(panel_of_means(rng.normal(size=(4, 24)), one_of(4, 2024)))
    assert conformal_block(fit)[0].status == "ok"
    (row,) = conformal_iid(fit, Options(draws=199, seed=3))
    assert (row.rank_of, row.draws, row.seed, row.p_floor) == (200, 199, 3, 1 / 200)
    assert row.p_monte_carlo is not None


def test_space_time_by_hand() -> None:
    panel = panel_with_variances(6, one_of(4, 2012), years=5)
    fit = estimate.did(panel)
    c = np.array([-1 / 2, -1 / 2, 1 / 3, 1 / 3, 1 / 3])
    placebos = space_time_placebos(fit)
    assert placebos is not None
    for shift in range(5):
        moved = np.array([c[(t - shift) % 5] for t in range(5)])
        w = panel.mean @ moved
        for g in range(4):
            assert placebos.raw[g, shift] == pytest.approx(w[g] - np.delete(w, g).mean(), rel=1e-9, abs=1e-12)
    assert placebos.studentised is not None
    noise = (panel.within_variance / panel.persons)[0] @ c**2
    between = (placebos.raw[0, 0] / placebos.studentised[0, 0]) ** 2 - noise
    ratio = (placebos.raw / placebos.studentised) ** 2
    own = np.stack([(panel.within_variance / panel.persons) @ np.roll(c, s) ** 2 for s in range(5)], axis=1)
    assert ratio == pytest.approx(own + between, rel=1e-8)  # one variance between for all places and shifts
    (row,) = space_time(fit)
    assert row.p_value == placebos.p_studentised
    assert row.rank_of == 20
    assert row.p_floor == pytest.approx(1 / 20)


def test_space_time_says_when_sizes_are_not_taken_out_and_when_it_does_not_apply() -> None:
    rng = np.random.default_rng(3)
    (raw,) = space_time(estimate.did(panel_of_means(rng.normal(size=(6, 6)), one_of(6))))
    assert "raw contrasts" in raw.small_sample
    assert raw.p_floor == pytest.approx(2 / 36)  # half of the years after: the opposite shift ties
    assert raw.status == "cannot_reject"
    (two,) = space_time(estimate.did(panel_of_means(rng.normal(size=(6, 6)), [2013, 2013, *[INF] * 4])))
    assert (two.status, "one treated" in two.assumptions) == ("not_identified", True)
    staggered = estimate.did(panel_of_means(rng.normal(size=(6, 6)), [2012, 2013, *[INF] * 4]))
    for name in ("space_time", "conformal_iid", "conformal_block"):
        (row,) = METHODS[name].infer(staggered, Options())
        assert (row.status, "one adoption date" in row.assumptions) == ("not_identified", True)
        assert np.isnan(p_of_trial(name, staggered, np.zeros((2, 6, 6)))).all()


# ---- placebo ranks


def test_placebo_ranks_of_one_treated() -> None:
    panel = panel_with_variances(8, [INF, 2013, *[INF] * 6])
    fit = estimate.did(panel)
    rows = placebo_ranks(fit)
    assert [row.position for row in rows] == list(range(1, 9))
    assert sorted(row.cluster for row in rows) == sorted(fit.cluster)
    for row in rows:
        g = fit.cluster.index(row.cluster)
        moved = estimate.did(replace(panel, adoption=np.where(np.arange(8) == g, 2013.0, INF)))
        assert row.contrast == pytest.approx(moved.coef[0], rel=1e-9)
        assert row.studentised is not None
        assert abs(row.studentised) == pytest.approx(ri_size(moved)[0].statistic, rel=1e-9)
        assert row.support_treated == panel.persons[g].min()
        assert row.support_control == np.delete(panel.persons, g, axis=0).sum(axis=0).min()
    assert [abs(row.contrast) for row in rows] == sorted((abs(row.contrast) for row in rows), reverse=True)
    (treated,) = [row for row in rows if row.is_treated]
    assert (treated.cluster, treated.position) == (fit.cluster[1], ri(fit)[0].rank)


def test_no_placebos_are_named_with_several_treated() -> None:
    fit = estimate.did(panel_of_means(np.random.default_rng(3).normal(size=(8, 5)), [2012] * 2 + [INF] * 6))
    assert placebo_ranks(fit) == ()


def test_without_variances_placebos_have_no_studentised_value() -> None:
    fit = estimate.did(panel_of_means(np.random.default_rng(3).normal(size=(6, 5)), one_of(6, 2012)))
    assert {row.studentised for row in placebo_ranks(fit)} == {None}


# ---- trials, exactness, invariances


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("adoption", [one_of(9), [2013, 2013, *[INF] * 6], [2012, 2013, 2014, *[INF] * 5]])
def test_a_trial_gives_the_p_of_the_data_themselves(name: str, adoption: list[float]) -> None:
    fit = estimate.did(panel_with_variances(11, adoption))
    (row,) = METHODS[name].infer(fit, Options())
    (p,) = p_of_trial(name, fit, own_outcomes(fit))
    if row.p_value is None:
        assert np.isnan(p)
    else:
        assert p == pytest.approx(row.p_value, abs=1e-10)


@pytest.mark.parametrize("name", ["ri", "ri_t", "ri_size"])
def test_a_trial_of_every_coefficient_of_an_event_study(name: str) -> None:
    fit = estimate.event_study(panel_with_variances(12, [2013, 2013, 2013, *[INF] * 5]), window=(-2, 1))
    rows = METHODS[name].infer(fit, Options())
    for j, row in enumerate(rows):
        (p,) = p_of_trial(name, fit, own_outcomes(fit), j=j)
        assert p == pytest.approx(row.p_value, abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_a_trial_treats_each_data_set_alone_and_reads_no_outcomes(name: str) -> None:
    rng = np.random.default_rng(4)
    panel = panel_with_variances(13, one_of(9))
    fit, other = estimate.did(panel), estimate.did(replace(panel, y=panel.y + rng.normal(size=panel.y.shape)))
    outcomes = rng.normal(0, 4, (7, 9, 6))
    together = p_of_trial(name, fit, outcomes)
    alone = np.concatenate([p_of_trial(name, fit, one[None]) for one in outcomes])
    np.testing.assert_allclose(together, alone, atol=1e-12)
    np.testing.assert_array_equal(together, p_of_trial(name, other, outcomes))


@pytest.mark.parametrize("name", ["ri", "ri_t", "ri_size"])
@pytest.mark.parametrize(("adoption", "within"), [([2013, 2013], False), ([2013, 2013], True), ([2012, 2014], False)])
def test_exact_when_treatment_could_have_gone_anywhere(name: str, adoption: list[float], within: bool) -> None:
    """The same outcomes with every treated set: at most a share alpha of them is rejected, for every alpha."""
    adoption = [*adoption, *[INF] * 5]
    panel = panel_with_variances(14, adoption)
    codes = tuple(panel.municipality)
    strata = tuple((code, "ab"[i % 2]) for i, code in enumerate(codes)) if within else None
    own = np.unique(np.array(adoption), return_inverse=True)[1]
    kinds = np.unique(np.array(adoption))
    p = []
    for assigned in all_assignments(own, strata_of(codes, strata)):
        fit = estimate.did(replace(panel, adoption=kinds[assigned]))
        p.append(METHODS[name].infer(fit, Options(strata=strata))[0].p_value)
    p_values = np.array(p, dtype=float)
    for alpha in np.unique(p_values):
        assert np.mean(p_values <= alpha + 1e-12) <= alpha + 1e-12
    assert p_values.min() == pytest.approx(1 / len(p_values))


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100), treated=st.integers(1, 3), name=st.sampled_from(NAMES))
def test_levels_years_and_units_change_no_p(seed: int, scale: float, treated: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    adoption = [2013.0] * treated + [INF] * (8 - treated)
    mean = rng.normal(0, 4, (8, 6))
    moved = scale * (mean + rng.normal(0, 50, (8, 1)) + rng.normal(0, 50, (1, 6)))
    panel = panel_with_variances(seed, adoption, means=mean)
    other = replace(panel_with_variances(seed, adoption, means=moved), within_variance=scale**2 * panel.within_variance)
    (row,), (same,) = (METHODS[name].infer(estimate.did(one), Options()) for one in (panel, other))
    assert (row.p_value, row.status) == (same.p_value, same.status)
    order = rng.permutation(8)
    shuffled = panel_with_variances(seed, adoption, means=mean)
    shuffled = replace(
        shuffled,
        adoption=shuffled.adoption[order], weight=shuffled.weight[order], persons=shuffled.persons[order],
        y=shuffled.y[order], yy=shuffled.yy[order], within_variance=shuffled.within_variance[order],
    )  # fmt: skip
    assert METHODS[name].infer(estimate.did(shuffled), Options())[0].p_value == row.p_value
    if row.p_value is not None:
        assert row.p_floor - 1e-12 <= row.p_value <= 1


def test_sampled_trials_are_capped() -> None:
    fit = estimate.did(panel_with_variances(15, [2013] * 5 + [INF] * 20))
    outcomes = np.random.default_rng(1).normal(0, 4, (40, 25, 6))
    p = p_of_trial("ri", fit, outcomes)
    assert p * 1000 == pytest.approx(np.round(p * 1000))
    assert p.min() >= 1 / 1000
    assert np.abs(p - p_of_trial("ri", fit, outcomes, Options(seed=1))).max() < 5 * np.sqrt(0.5 / 999)
    few = p_of_trial("ri", fit, outcomes, Options(draws=19))
    assert few * 20 == pytest.approx(np.round(few * 20))
