"""Candidate municipalities: moments and distances by hand, roles and programmes from the delivery."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipscausal.candidates import Candidate, distances, moments, table
from ipscausal.panel import Panel


def panel(rows: list[tuple[str, int, float, int]]) -> Panel:
    frame = pd.DataFrame(rows, columns=["municipality", "year", "y", "persons"])
    frame["start"] = np.where(frame["municipality"] == "T", 2013, 0)
    return Panel.from_frame(
        frame, municipality="municipality", year="year", outcome="y", adoption="start", persons="persons"
    )


def test_moments_by_hand() -> None:
    # A: means 10, 14, 12 with 1, 1, 2 persons: level (10 + 14 + 24) / 4 = 12; years centred at 2011.25 by persons;
    # slope = sum n (x - 2011.25) y / sum n (x - 2011.25)^2
    #       = (-1.25 * 10 - 0.25 * 14 + 2 * 0.75 * 12) / (1.5625 + 0.0625 + 1.125) = 2 / 2.75
    rows = [("A", 2010, 10.0, 1), ("A", 2011, 14.0, 1), ("A", 2012, 12.0, 2), ("T", 2010, 5.0, 4), ("T", 2012, 7.0, 4)]
    persons, level, trend = moments(panel([*rows, ("T", 2011, 6.0, 4)]))
    assert persons == pytest.approx([4 / 3, 4])
    assert level == pytest.approx([12, 6])
    assert trend == pytest.approx([2 / 2.75, 1])


@given(st.lists(st.tuples(st.floats(-50, 50), st.integers(1, 500)), min_size=3, max_size=8))
def test_trend_is_the_weighted_regression_on_years(cells: list[tuple[float, int]]) -> None:
    rows = [("A", 2000 + t, y, n) for t, (y, n) in enumerate(cells)]
    _, _, trend = moments(panel([*rows, ("T", 2000, 1.0, 1)]))
    years, y, n = np.arange(len(cells)), [y for y, _ in cells], [n for _, n in cells]
    # polyfit takes weights of residuals, not of squares
    reference = np.polyfit(years - years.mean(), y, 1, w=np.sqrt(n))[0]
    # 1e-9: polyfit solves the same normal equations by another factorisation; outcomes are at most 50
    assert trend[0] == pytest.approx(reference, abs=1e-9)
    assert np.isnan(trend[1]), "one year has no trend"


def test_distance_by_hand() -> None:
    # log persons of the untreated 0, 2 (sd sqrt 2), levels 1, 3 (sd sqrt 2), trends equal: left out
    persons, level, trend = np.exp([1.0, 0.0, 2.0]), np.array([2.0, 1.0, 3.0]), np.array([9.0, 1.0, 1.0])
    found = distances(persons, level, trend, np.array([True, False, False]))
    # gaps of 1 on both measures, each 1 / sqrt 2 standard deviations: root mean square 1 / sqrt 2
    assert found == pytest.approx([0, np.sqrt(0.5), np.sqrt(0.5)])


def test_distance_is_unknown_where_a_part_is() -> None:
    persons, level = np.array([5.0, 6.0, 7.0, 9.0]), np.array([1.0, 2.0, 4.0, 4.5])
    trend = np.array([0.5, np.nan, 1.0, 2.0])
    found = distances(persons, level, trend, np.array([True, False, False, False]))
    assert np.isnan(found[1])
    assert np.isfinite(found[2:]).all()


@given(st.floats(0.1, 100), st.floats(-50, 50))
def test_distance_does_not_depend_on_units(scale: float, shift: float) -> None:
    persons, level, trend = np.array([5.0, 8, 13, 40]), np.array([40.0, 45, 38, 50]), np.array([1.0, -2, 0.3, 0.7])
    treated = np.array([True, False, False, False])
    # 1e-9: shifting by up to 50 costs a few digits of a level
    assert distances(persons, level, trend, treated) == pytest.approx(
        distances(persons * 3, scale * level + shift, scale * trend, treated), rel=1e-9
    )


ROWS = (
    Candidate("0301", "treated", "study", 2016, 521.5, 500, 44.0, 1.25, None),
    Candidate("1103", "listed", "none", None, 90.0, 80, 43.0, None, None),
)


def test_table_has_a_line_per_municipality_and_empty_cells_for_the_unknown() -> None:
    assert table(ROWS) == (
        "municipality,role,programme,start_year,persons,persons_low,level,trend,distance\n"
        "0301,treated,study,2016,521.5,500,44.0,1.25,\n"
        "1103,listed,none,,90.0,80,43.0,,\n"
    )
