"""Cells: exact sums to panels, and covariates to regressors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lib.hand_study import OUTCOMES

from ipscausal.errors import StudyError
from ipscausal.municipality_year import Cells, DesignColumn
from ipscausal.municipality_year.cells import within_variance
from ipscausal.municipality_year.design_columns import counted_columns, design_columns


def exact(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=object)


def cells(**changes: Any) -> Cells:
    nothing = np.zeros((2, 2), dtype=np.int64)
    fields: dict[str, Any] = {
        "municipality": ("0301", "1103"), "arm": ("treated", "control"), "adoption": np.array([2015.0, np.inf]),
        "years": np.array([2014, 2015]), "persons": np.array([[2, 1], [3, 0]]),
        "women": nothing, "age_sum": nothing, "age_sumsq": nothing,
        "outcome_sum": {name: exact([30_000, 12_345], [6, 0]) for name in OUTCOMES},
        "outcome_sumsq": {name: exact([500_000_000, 12_345**2], [14, 0]) for name in OUTCOMES},
        "covariates": (), "x": np.zeros((2, 2, 0), dtype=object), "xx": np.zeros((2, 2, 0, 0), dtype=object),
        "xy": {name: np.zeros((2, 2, 0), dtype=object) for name in OUTCOMES}, "person_count": 5, "movers": 1,
    }  # fmt: skip
    return Cells(**(fields | changes))


def test_workdays_are_days_and_other_outcomes_are_as_counted() -> None:
    workdays, days = cells().panel("workdays"), cells().panel("benefit_days")
    assert workdays.y.tolist() == [[3.0, 1.2345], [0.0006, 0.0]]
    assert workdays.yy[0, 0] == 5.0
    assert (workdays.unit, cells().panel("employed").unit) == ("days", "share")
    assert days.y[0, 1] == 12_345.0
    assert workdays.observed.tolist() == [[True, True], [True, False]]


def test_within_variance_by_hand() -> None:
    # persons with 1 and 2 days; one person; three persons with 1, 2 and 3 ten-thousandths; nobody
    found = cells().panel("workdays").within_variance
    assert found is not None
    assert found[0, 0] == 0.5
    assert found[1, 0] == 1e-8
    assert np.isnan([found[0, 1], found[1, 1]]).all()


def test_within_variance_keeps_every_digit_where_floats_would_not() -> None:
    # 10^9 + {1, 2, 3}: the variance is 1, and naive sums of squares in float64 lose it
    values = [10**9 + 1, 10**9 + 2, 10**9 + 3]
    total, squares = exact([sum(values)]), exact([sum(value**2 for value in values)])
    assert within_variance(np.array([[3]]), total, squares, 1).tolist() == [[1.0]]


def test_a_panel_of_cells_cannot_be_changed() -> None:
    found = cells()
    with pytest.raises(ValueError, match="read-only"):
        found.persons[0, 0] = 7
    with pytest.raises(ValueError, match="read-only"):
        found.outcome_sum["workdays"][0, 0] = 7


def test_share_of_movers() -> None:
    assert cells().movers_share == 0.2
    assert cells(person_count=0, movers=0).movers_share == 0.0


def test_regressors_follow_the_studys_order_and_name_their_reference() -> None:
    counted = counted_columns(
        ("sex", "age", "grade", "region"),
        {1: "text", 3: "number", 4: "text"},
        {1: ("M", "F"), 4: ("b", "a", "c")},
    )
    # numbers as counted: F, M, age, grade, a, b, c
    found = design_columns(counted, {1: 5, 2: 4, 5: 2, 6: 2, 7: 1})
    assert found == (
        DesignColumn(1, "sex: M", "sex", 1, 2, "M", "F"),
        DesignColumn(2, "age", "age", 0, 3),
        DesignColumn(3, "grade", "grade", 3, 4),
        DesignColumn(4, "region: b", "region", 4, 6, "b", "a"),
        DesignColumn(5, "region: c", "region", 4, 7, "c", "a"),
    )


def test_a_text_column_with_one_category_gives_no_regressor() -> None:
    assert design_columns(counted_columns(("region",), {1: "text"}, {1: ("a",)}), {1: 9}) == ()
    assert design_columns(counted_columns(("region",), {1: "text"}, {}), {}) == ()


def test_free_text_is_refused() -> None:
    with pytest.raises(StudyError, match="'diagnosis' is text with 51 categories"):
        counted_columns(("diagnosis",), {1: "text"}, {1: [str(n) for n in range(51)]})
