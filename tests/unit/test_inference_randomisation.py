"""Assignments, ranks and floors; enumeration against brute force."""

from itertools import combinations, permutations

import numpy as np
import pytest
from lib.panels import panel_of_means, panel_of_persons, simulated_persons

from ipscausal import estimate
from ipscausal.errors import UsageError
from ipscausal.inference import Options, pre_terms, pre_trend_rank, reassign, ri
from ipscausal.inference.permutation.assignments import (
    ENUMERATE,
    all_assignments,
    count_assignments,
    floor,
    sampled_assignments,
)
from ipscausal.inference.permutation.randomisation import rank_row
from ipscausal.panel import Panel

INF = np.inf
RNG = np.random.default_rng(7)


def reassigned(panel: Panel, adoption: np.ndarray) -> Panel:
    from dataclasses import replace

    return replace(panel, adoption=adoption)


def one_stratum(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return path, np.zeros(len(path), dtype=int)


def test_assignments_are_all_distinct_and_complete() -> None:
    path = np.array([0, 1, 0, 2, 1])
    table = all_assignments(*one_stratum(path))
    expected = set(permutations(path.tolist()))
    assert {tuple(row) for row in table.tolist()} == expected
    assert len(table) == count_assignments(*one_stratum(path)) == len(expected) == 30


@pytest.mark.parametrize(
    ("groups", "expected"),
    [((10, 1), 1 / 11), ((9, 2), 1 / 55), ((8, 3), 1 / 165), ((5, 5), 2 / 252), ((2, 1, 1), 1 / 12)],
)
def test_floors(groups: tuple[int, ...], expected: float) -> None:
    path = np.repeat(np.arange(len(groups)), groups)
    assert floor(*one_stratum(path)) == pytest.approx(expected)


@pytest.mark.parametrize("outside", ["bin", "drop"])
@pytest.mark.parametrize("adoption", [{0: 2013}, {0: 2013, 3: 2013}, {0: 2012, 3: 2014}])
def test_every_assignment_equals_a_refit(adoption: dict[int, int], outside: str) -> None:
    persons = simulated_persons(3, {f"m{g:02d}": year for g, year in adoption.items()}, municipalities=6)
    panel = panel_of_persons(persons, ("age",))
    fit = estimate.event_study(panel, window=(-2, 1), outside=outside)  # type: ignore[arg-type]
    outcome = reassign(fit, joint=pre_terms(fit))
    table = {
        tuple(row): i
        for i, row in enumerate(
            all_assignments(
                *one_stratum(np.unique(np.where(panel.treated, panel.adoption, -1), return_inverse=True)[1])
            ).tolist()
        )
    }
    dates = [INF, *sorted(set(adoption.values()))]
    for assignment, i in table.items():
        other = estimate.event_study(
            reassigned(panel, np.array([dates[k] for k in assignment], dtype=float)),
            window=(-2, 1),
            outside=outside,  # type: ignore[arg-type]
        )
        assert outcome.coef[i] == pytest.approx(other.coef, rel=1e-8, abs=1e-9)
        before = list(pre_terms(other))
        b, bread = other.coef[before], other.equations.bread[np.ix_(before, before)]
        assert outcome.joint[i] == pytest.approx(float(b @ np.linalg.solve(bread, b)), rel=1e-7)
    assert outcome.coef[outcome.observed] == pytest.approx(fit.coef, rel=1e-9)


def test_one_treated_ranks_its_contrast_among_all() -> None:
    mean = RNG.normal(0, 1, (11, 6))
    fit = estimate.did(panel_of_means(mean, [*[INF] * 4, 2013, *[INF] * 6]))
    (row,) = ri(fit)
    change = mean[:, 3:].mean(axis=1) - mean[:, :3].mean(axis=1)
    size = np.abs(change - change.mean())
    assert (row.rank, row.rank_of) == (int((size >= size[4] - 1e-12).sum()), 11)
    assert (row.status, row.p_floor) == ("cannot_reject", pytest.approx(1 / 11))
    assert (row.std_error, row.conf_low, row.draws) == (None, None, None)
    assert ri(fit, Options(level=0.90))[0].status == "ok"


def test_complements_are_ties_and_counted() -> None:
    fit = estimate.did(panel_of_means(RNG.normal(0, 1, (6, 4)), [2012, 2012, 2012, INF, INF, INF]))
    (row,) = ri(fit)
    assert row.rank is not None
    assert row.rank % 2 == 0
    assert row.p_floor == pytest.approx(2 / 20)


def test_pre_trend_rank_states_its_floor() -> None:
    fit = estimate.event_study(panel_of_means(RNG.normal(0, 1, (11, 8)), [2014, *[INF] * 10]), window=(-4, 3))
    outcome = reassign(fit, joint=pre_terms(fit))
    row = pre_trend_rank(outcome)
    assert (row.term, row.method, row.rank_of, row.p_floor) == ("pre_trend", "joint_rank", 11, pytest.approx(1 / 11))
    assert row.p_value == pytest.approx((outcome.joint >= outcome.joint[0] * (1 - 1e-9)).mean())


def test_sampling_says_so_and_repeats_with_its_seed() -> None:
    mean = RNG.normal(0, 1, (26, 5))
    adoption = [2012] * 6 + [INF] * 20
    fit = estimate.did(panel_of_means(mean, adoption))
    assert count_assignments(*one_stratum(np.array([1] * 6 + [0] * 20))) > ENUMERATE
    (first,), (again,) = (ri(fit, Options(draws=499, seed=3)) for _ in range(2))
    assert first == again
    assert (first.draws, first.seed, first.rank_of, first.p_floor) == (499, 3, 500, 1 / 500)
    assert first.p_monte_carlo is not None
    assert first.p_value is not None
    low, high = first.p_monte_carlo
    assert low < first.p_value < high
    (other,) = ri(fit, Options(draws=499, seed=4))
    assert other.p_value != first.p_value or other.p_monte_carlo == first.p_monte_carlo


def test_sampled_and_enumerated_agree_within_their_interval() -> None:
    panel = panel_of_means(RNG.normal(0, 1, (12, 5)), [2012] * 3 + [INF] * 9)
    fit = estimate.did(panel)
    exact = ri(fit)[0].p_value
    path = np.array([1] * 3 + [0] * 9)
    sample = sampled_assignments(*one_stratum(path), 4000, 1)
    assert sample[0].tolist() == path.tolist()
    assert (sample.sum(axis=1) == 3).all()
    table = {tuple(row): i for i, row in enumerate(all_assignments(*one_stratum(path)).tolist())}
    coef = np.abs(reassign(fit).coef[:, 0])
    drawn = np.array([coef[table[tuple(row)]] for row in sample[1:].tolist()])
    p = np.mean(drawn >= coef[table[tuple(path.tolist())]] * (1 - 1e-9))
    assert p == pytest.approx(exact, abs=4 * np.sqrt(0.25 / 4000))


def test_an_assignment_without_an_answer_counts_against() -> None:
    panel = panel_of_means(RNG.normal(0, 1, (5, 4)), [2012, INF, INF, INF, INF])
    hole = np.zeros((5, 4), dtype=bool)
    hole[3, :2] = True  # municipality 3 has no years before: as the treated one it gives no coefficient
    fit = estimate.did(panel.without(hole))
    outcome = reassign(fit)
    assert np.isnan(outcome.coef[3, 0])
    assert np.isfinite(outcome.coef[[0, 1, 2, 4], 0]).all()
    (row,) = ri(fit)
    known = np.abs(outcome.coef[[0, 1, 2, 4], 0])
    assert row.rank == 1 + int((known >= known[0] * (1 - 1e-9)).sum())


def test_the_years_a_path_misses_go_with_the_path() -> None:
    mean = RNG.normal(0, 1, (6, 6))
    hole = np.zeros((6, 6), dtype=bool)
    hole[0, [1, 4]] = True  # the treated municipality has no cells in a year before and a year after
    panel = panel_of_means(mean, [2013, *[INF] * 5]).without(hole)
    fit = estimate.event_study(panel, window=(-3, 2))
    outcome = reassign(fit)
    assert len(fit.terms) == 3
    for g in range(6):
        assigned = hole.copy()
        assigned[g, [1, 4]] = True
        other = reassigned(panel_of_means(mean, [INF] * 6), np.where(np.arange(6) == g, 2013.0, INF)).without(assigned)
        expected = estimate.event_study(other, window=(-3, 2))
        row = np.flatnonzero(all_assignments(*one_stratum(np.array([1, 0, 0, 0, 0, 0])))[:, g])[0]
        np.testing.assert_allclose(outcome.coef[row], expected.coef, rtol=1e-9)


def test_years_of_anticipation_are_used_by_no_assignment_and_by_no_test_of_before() -> None:
    mean = RNG.normal(0, 1, (8, 6))
    moved = mean.copy()
    moved[0, 2] += 50  # the year before adoption
    adoption = [2013, *[INF] * 7]
    for values in (mean, moved):
        fit = estimate.did(panel_of_means(values, adoption), anticipation=1)
        assert fit.coef == pytest.approx(estimate.did(panel_of_means(mean, adoption), anticipation=1).coef)
        assert reassign(fit).coef[0] == pytest.approx(fit.coef)
    events = estimate.event_study(panel_of_means(moved, adoption), window=(-3, 2), reference=-2, anticipation=1)
    before = [events.terms[j].event_time for j in pre_terms(events)]
    assert before == [-3]
    with pytest.raises(UsageError, match="anticipation"):
        estimate.event_study(panel_of_means(mean, adoption), window=(-3, 2), anticipation=1)


def test_a_path_with_missing_years_ranks_first_as_often_as_any_other() -> None:
    """One of 20 by chance: 1 in 20 within four Monte Carlo errors; without the rule above it is 1 in 8."""
    rng, hole, first = np.random.default_rng(3), np.zeros((20, 5), dtype=bool), 0
    hole[0, [1, 2]] = True
    for _ in range(600):
        panel = panel_of_means(rng.normal(size=(20, 5)), [2013, *[INF] * 19]).without(hole)
        fit = estimate.did(panel)
        first += ri(fit)[0].rank == 1
    assert abs(first / 600 - 1 / 20) < 4 * np.sqrt(0.05 * 0.95 / 600)


def test_clusters_move_as_one() -> None:
    from dataclasses import replace

    panel = panel_of_means(RNG.normal(0, 1, (8, 4)), [2012, 2012, *[INF] * 6])
    paired = replace(panel, cluster=("a", "a", "b", "b", "c", "c", "d", "d"))
    fit = estimate.did(paired)
    outcome = reassign(fit)
    assert outcome.enumerated == 4
    for i, pair in enumerate(combinations(range(8), 2)):
        if pair[0] % 2 == 0 and pair[1] == pair[0] + 1:
            adoption = np.full(8, INF)
            adoption[list(pair)] = 2012
            expected = estimate.did(reassigned(panel, adoption)).coef[0]
            assert outcome.coef[pair[0] // 2, 0] == pytest.approx(expected, rel=1e-9), i


def test_rank_of_a_zero_statistic_is_last() -> None:
    panel = panel_of_means(np.outer(np.arange(4.0), np.ones(4)), [2012, INF, INF, INF])
    fit = estimate.did(panel)
    outcome = reassign(fit)
    assert rank_row("att", "ri", outcome.drawn, np.zeros(4), Options(), 0.0).p_value == 1.0
