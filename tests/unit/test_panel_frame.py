from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.panel import Panel

NAMES = {"municipality": "m", "year": "year", "outcome": "y", "adoption": "first"}


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "m": ["B", "A", "B", "A", "C"],
            "year": [2011, 2010, 2010, 2011, 2010],
            "y": [4.0, 1.0, 3.0, 2.0, 5.0],
            "first": [2011, 0, 2011, 0, 0],
            "n": [10, 20, 30, 40, 50],
            "s2": [1.0, 2.0, 3.0, 4.0, 5.0],
            "z": [0.1, 0.2, 0.3, 0.4, 0.5],
        }
    )


def test_rows_become_sorted_cells_and_absent_rows_are_empty(frame: pd.DataFrame) -> None:
    panel = Panel.from_frame(frame, **NAMES, persons="n")
    assert panel.municipality == ("A", "B", "C")
    assert panel.years.tolist() == [2010, 2011]
    assert panel.weight.tolist() == [[20, 40], [30, 10], [50, 0]]
    assert panel.y.tolist() == [[20, 80], [90, 40], [250, 0]]
    assert panel.observed.tolist() == [[True, True], [True, True], [True, False]]
    assert panel.adoption.tolist() == [np.inf, 2011, np.inf]
    assert panel.n_observations == 150


def test_analytic_weights_count_rows_and_persons_count_persons(frame: pd.DataFrame) -> None:
    weighted = Panel.from_frame(frame, **NAMES, weights="n")
    assert weighted.weighting == "analytic"
    assert weighted.weight.tolist() == [[20, 40], [30, 10], [50, 0]]
    assert weighted.n_observations == 5
    assert Panel.from_frame(frame, **NAMES).n_observations == 5
    with pytest.raises(UsageError, match="both given"):
        Panel.from_frame(frame, **NAMES, persons="n", weights="n")


def test_sum_of_squares_holds_the_variance_of_persons(frame: pd.DataFrame) -> None:
    panel = Panel.from_frame(frame, **NAMES, persons="n", within_variance="s2")
    # 10 persons with mean 4 and variance 1: sum of squares 10 * 16 + 9 * 1
    assert panel.yy[1, 1] == pytest.approx(169)
    assert panel.within_variance is not None
    assert panel.within_variance[1].tolist() == [3.0, 1.0]
    assert np.isnan(panel.within_variance[2, 1])


def test_covariates_become_moments(frame: pd.DataFrame) -> None:
    panel = Panel.from_frame(frame, **NAMES, persons="n", covariates=["z"])
    assert panel.x[1, 1, 0] == pytest.approx(10 * 0.1)
    assert panel.xx[1, 1, 0, 0] == pytest.approx(10 * 0.01)
    assert panel.xy[1, 1, 0] == pytest.approx(10 * 0.1 * 4)


@pytest.mark.parametrize("never", [0, np.nan, np.inf, 2050])
def test_missing_zero_infinite_and_late_adoption_mean_never(frame: pd.DataFrame, never: float) -> None:
    frame["first"] = frame["first"].astype(float).replace(0, never)
    assert Panel.from_frame(frame, **NAMES).treated.tolist() == [False, True, False]


def test_numbers_serve_as_municipality_codes(frame: pd.DataFrame) -> None:
    frame["m"] = frame["m"].map({"A": 2.0, "B": 10.0, "C": 1.0})
    assert Panel.from_frame(frame, **NAMES).municipality == ("1", "2", "10")


def test_a_zero_weight_row_is_an_empty_cell_and_needs_no_outcome(frame: pd.DataFrame) -> None:
    frame.loc[4, ["n", "y"]] = [0, np.nan]
    assert not Panel.from_frame(frame, **NAMES, persons="n").observed[2].any()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("y", np.nan, "'y' is missing or infinite in 1 rows"),
        ("y", "many", "'y' is not numeric"),
        ("n", -1, "'n' holds 1 negative"),
        ("year", 2010.5, "'year' is not a whole year in 1 rows"),
        ("first", 2011.5, "'first' is not a whole year"),
        ("m", None, "'m' is missing in 1 rows"),
        ("first", 2010, "'first' changes within 1 municipalities"),
    ],
)
def test_what_cannot_become_a_panel_is_said(frame: pd.DataFrame, column: str, value: object, words: str) -> None:
    frame[column] = frame[column].astype(object)
    frame.loc[0, column] = value
    with pytest.raises(UsageError) as caught:
        Panel.from_frame(frame, **NAMES, persons="n")
    assert words in str(caught.value)


def test_every_problem_is_listed_at_once(frame: pd.DataFrame) -> None:
    frame.loc[0, "y"], frame.loc[1, "n"] = np.nan, -3
    with pytest.raises(UsageError) as caught:
        Panel.from_frame(frame, **NAMES, persons="n")
    assert len(caught.value.problems) == 2


def test_duplicates_and_missing_columns_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="more than one row"):
        Panel.from_frame(pd.concat([frame, frame.iloc[:2]]), **NAMES)
    with pytest.raises(UsageError, match="no column 'x1'"):
        Panel.from_frame(frame, **NAMES, covariates=["x1"])
    with pytest.raises(UsageError, match="no rows"):
        Panel.from_frame(frame.iloc[:0], **NAMES)


def test_mean_covariance_is_taken_per_municipality(frame: pd.DataFrame) -> None:
    given = {code: np.eye(2) * i for i, code in enumerate("ABC", 1)}
    panel = Panel.from_frame(frame, **NAMES, mean_covariance=given)
    assert panel.mean_covariance is not None
    assert panel.mean_covariance[2, 1, 1] == 3
    with pytest.raises(UsageError, match="2 x 2 matrix"):
        Panel.from_frame(frame, **NAMES, mean_covariance={"A": np.eye(2)})


def test_select_keeps_the_cells_of_the_municipalities_named(frame: pd.DataFrame) -> None:
    panel = Panel.from_frame(frame, **NAMES, persons="n", within_variance="s2")
    chosen = panel.select(np.array([True, False, True]))
    assert chosen.municipality == chosen.cluster == ("A", "C")
    assert chosen.y.tolist() == [[20, 80], [250, 0]]
    assert chosen.person_count is None
    assert panel.select(np.ones(3, dtype=bool)) is panel


def test_arrays_are_read_only_and_shapes_checked(frame: pd.DataFrame) -> None:
    panel = Panel.from_frame(frame, **NAMES)
    with pytest.raises(ValueError, match="read-only"):
        panel.y[0, 0] = 9
    with pytest.raises(IdentificationError, match="adoption has shape"):
        Panel(**{name: getattr(panel, name) for name in Panel.__slots__} | {"adoption": np.zeros(2)})


def test_without_empties_the_cells_and_what_is_known_of_their_noise(frame: pd.DataFrame) -> None:
    given = {code: np.array([[1.0, 2.0], [2.0, 4.0]]) for code in "ABC"}
    panel = Panel.from_frame(frame, **NAMES, persons="n", within_variance="s2", mean_covariance=given)
    mask = np.array([[True, False], [False, False], [False, False]])
    emptied = panel.without(mask)
    assert emptied.weight[0].tolist() == [0, 40]
    assert emptied.mean_covariance is not None
    assert emptied.mean_covariance[0].tolist() == [[0, 0], [0, 4]]
    assert emptied.mean_covariance[1].tolist() == [[1, 2], [2, 4]]
    assert emptied.within_variance is not None
    assert np.isnan(emptied.within_variance[0, 0])
    assert emptied.within_variance[0, 1] == 4.0
    assert emptied.person_count is None
    assert panel.without(np.zeros((3, 2), dtype=bool)) is panel


def with_noise(frame: pd.DataFrame) -> Panel:
    """Two covariates and every covariance that a panel can hold, each number in it another."""
    panel = Panel.from_frame(frame, **NAMES, persons="n", within_variance="s2", covariates=["z", "n"])
    shapes = {"mean_covariance": (3, 2, 2), "outcome_covariate_covariance": (3, 2, 2, 2)}
    shapes["covariate_covariance"] = (3, 2, 2, 2, 2)
    return replace(panel, **{name: np.arange(1.0, np.prod(s) + 1).reshape(s) for name, s in shapes.items()})


@pytest.mark.parametrize("name", ["mean_covariance", "outcome_covariate_covariance", "covariate_covariance"])
def test_covariances_follow_their_municipality_and_leave_with_their_cells(frame: pd.DataFrame, name: str) -> None:
    panel = with_noise(frame)
    whole = getattr(panel, name)
    chosen = getattr(panel.select(np.array([False, True, True])), name)
    assert (chosen == whole[1:]).all()
    mask = np.zeros((3, 2), dtype=bool)
    mask[1, 0] = True
    emptied = getattr(panel.without(mask), name)
    assert (emptied[1, 0] == 0).all()
    assert (emptied[1, :, 0] == 0).all()
    assert (emptied[1, 1, 1] == whole[1, 1, 1]).all()
    assert (emptied[[0, 2]] == whole[[0, 2]]).all()


def test_years_are_taken_out_of_every_array(frame: pd.DataFrame) -> None:
    panel = with_noise(frame)
    last = panel.of_years(np.array([False, True]))
    assert last.years.tolist() == [2011]
    assert last.adoption.tolist() == panel.adoption.tolist()
    for name in ("weight", "persons", "y", "yy", "x", "xx", "xy", "within_variance"):
        assert np.array_equal(getattr(last, name)[:, 0], getattr(panel, name)[:, 1], equal_nan=True), name
    for name in ("mean_covariance", "outcome_covariate_covariance", "covariate_covariance"):
        assert (getattr(last, name)[:, 0, 0] == getattr(panel, name)[:, 1, 1]).all(), name
    assert last.person_count is None


def test_covariates_of_a_frame_have_no_noise_of_their_own(frame: pd.DataFrame) -> None:
    panel = Panel.from_frame(frame, **NAMES, persons="n", covariates=["z"])
    assert panel.outcome_covariate_covariance is None
    assert panel.covariate_covariance is None


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.array([[1.0, 0.5], [0.4, 1.0]]), "B: not symmetric"),
        (np.array([[-1.0, 0.0], [0.0, 1.0]]), "B: a negative variance"),
        (np.array([[np.inf, 0.0], [0.0, 1.0]]), "B: not finite"),
        (np.eye(3), "B: not 2 x 2"),
    ],
)
def test_a_matrix_that_is_no_covariance_is_refused(frame: pd.DataFrame, matrix: np.ndarray, words: str) -> None:
    given = {"A": np.eye(2), "B": matrix, "C": np.full((2, 2), np.nan)}
    with pytest.raises(UsageError) as caught:
        Panel.from_frame(frame, **NAMES, mean_covariance=given)
    assert words in str(caught.value)
    assert len(caught.value.problems) == 1
