"""Sums over two years to the covariance of cell means: by hand, and against persons added up with NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from lib.person_years import brute_covariance, pairs_of_rows, random_rows

from ipscausal.municipality_year import YearPairs


def test_two_persons_over_two_years_by_hand() -> None:
    # one municipality: person 1 has 2 then 6 days, person 2 has 4 then nothing (not there)
    rows = [(0, 1, 0, 20_000), (0, 1, 1, 60_000), (0, 2, 0, 40_000)]
    found = pairs_of_rows(rows, 1, 2).of_outcome("workdays", 10_000)
    # means 3 and 6; deviations -1, +1 and 0; N / (N - 1) = 2
    assert found.tolist() == [[[2 * 2 / 4, 0.0], [0.0, 0.0]]]


def test_same_persons_every_year_is_the_covariance_of_a_mean() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 300_000, (40, 3))
    rows = [(0, i, t, int(y[i, t])) for i in range(40) for t in range(3)]
    found = pairs_of_rows(rows, 1, 3).of_outcome("workdays", 10_000)[0]
    assert found == pytest.approx(np.cov(y.T / 10_000) / 40, rel=1e-12)


def test_different_persons_every_year_are_independent_means() -> None:
    rng = np.random.default_rng(4)
    y = rng.integers(0, 300_000, (2, 30))
    rows = [(0, 100 * t + i, t, int(y[t, i])) for t in range(2) for i in range(30)]
    found = pairs_of_rows(rows, 1, 2).of_outcome("workdays", 10_000)[0]
    assert found[0, 1] == found[1, 0] == 0.0
    # 60 persons in all: the factor of distinct persons is 60 / 59 where that of a cell alone is 30 / 29
    assert np.diag(found) == pytest.approx((y / 10_000).var(axis=1) / 30 * 60 / 59, rel=1e-12)


def test_random_persons_agree_with_numpy_over_rows() -> None:
    rows = random_rows(5, municipalities=4, people=25, years=5)
    found = pairs_of_rows(rows, 4, 5).of_outcome("workdays", 10_000)
    assert found == pytest.approx(brute_covariance(rows, 4, 5) / 1e8, rel=1e-10, abs=1e-12)
    assert np.linalg.eigvalsh(found).min() > -1e-12
    assert (found == found.transpose(0, 2, 1)).all()


def test_covariates_vary_together_with_the_outcome_as_in_the_rows() -> None:
    # Cov(y - x'b) for any b holds every covariance of outcome and regressors in it
    rows = random_rows(6, municipalities=3, people=30, years=4, regressors=2)
    pairs = pairs_of_rows(rows, 3, 4)
    own, cross, of_x = pairs.of_outcome("workdays", 1), pairs.with_covariates("workdays", 1), pairs.covariate_covariance
    assert (of_x == of_x.transpose(0, 2, 1, 4, 3)).all()
    for b in ((0.0, 0.0), (90_000.0, 0.0), (0.0, -50_000.0), (30_000.0, 120_000.0)):
        moved = cross @ np.array(b)
        found = own - moved - moved.transpose(0, 2, 1) + np.einsum("gtsij,i,j->gts", of_x, b, b)
        assert found == pytest.approx(brute_covariance(rows, 3, 4, b), rel=1e-10, abs=1.0)


def test_the_mean_outcome_is_in_the_first_year_and_the_mean_regressor_in_the_second() -> None:
    # person 1: y 0 then 0, x 0 then 0; person 2: y 2 then 0, x 0 then 2: only Cov(y first year, x second year) is there
    rows = [(0, 1, 0, 0, 0), (0, 1, 1, 0, 0), (0, 2, 0, 2, 0), (0, 2, 1, 0, 2)]
    found = pairs_of_rows(rows, 1, 2).with_covariates("workdays", 1)[0, :, :, 0]
    assert found.tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_every_digit_is_kept_where_floats_would_lose_them() -> None:
    # 10^15 + {0, 1, 2} in both years: variance 1, covariance 1, over 3 persons
    rows = [(0, i, t, 10**15 + i) for i in range(3) for t in range(2)]
    found = pairs_of_rows(rows, 1, 2).of_outcome("workdays", 1)
    assert found.tolist() == [[[1 / 3, 1 / 3], [1 / 3, 1 / 3]]]


def test_empty_cells_are_zero_and_a_single_person_is_unknown() -> None:
    rows = [(0, 1, 0, 5), (0, 2, 0, 7), (1, 3, 0, 5), (1, 3, 2, 5)]
    found = pairs_of_rows(rows, 2, 3).of_outcome("workdays", 1)
    assert found[0].tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert np.isnan(found[1][np.ix_([0, 2], [0, 2])]).all()
    assert found[1][1].tolist() == found[1][:, 1].tolist() == [0.0, 0.0, 0.0]


def test_sums_cannot_be_changed() -> None:
    pairs: YearPairs = pairs_of_rows([(0, 1, 0, 5)], 1, 1)
    with pytest.raises(ValueError, match="read-only"):
        pairs.first["workdays"][0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        pairs.distinct[0] = 1
