"""What an outsider can infer: by hand, and against every table that there could be."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal.disclosure.audit import BEYOND, Interval, Known, Name, Sum, inferred, too_narrow
from ipscausal.disclosure.rounding import bounds_of, rounded
from ipscausal.disclosure.rules import ROUNDING
from ipscausal.disclosure.sums import Sums

Table = tuple[tuple[int, ...], ...]
Cell = tuple[int, int]


def table_of(cells: Table, hidden: set[Cell]) -> Known:
    """A table with all its totals released, but for the hidden cells."""
    known = Known()
    for i, row in enumerate(cells):
        for j, value in enumerate(row):
            known.bounds["cell", i, j] = (0, 1e9) if (i, j) in hidden else (value, value)
        known.bounds["row", i] = (sum(row), sum(row))
        known.sums.append(Sum({**{("cell", i, j): 1.0 for j in range(len(row))}, ("row", i): -1.0}))
    for j, column in enumerate(zip(*cells, strict=True)):
        known.bounds["column", j] = (sum(column), sum(column))
        known.sums.append(Sum({**{("cell", i, j): 1.0 for i in range(len(cells))}, ("column", j): -1.0}))
    return known


def ends(known: Known, name: Name) -> Interval:
    low, high = inferred(known, [name])[name]
    return round(low, 4), round(high, 4)


def test_one_hidden_four_is_four() -> None:
    known = table_of(((4, 20), (30, 40)), {(0, 0)})
    assert ends(known, ("cell", 0, 0)) == (4, 4)
    assert too_narrow((4, 4), 10)


def test_two_in_a_row_are_found_by_their_columns() -> None:
    assert ends(table_of(((4, 20), (30, 40)), {(0, 0), (0, 1)}), ("cell", 0, 0)) == (4, 4)


def test_four_in_a_square_are_known_by_their_totals_alone() -> None:
    """Row 24, column 34: from none to 24, whichever is less; wide enough for ten and not for twenty-five."""
    known = table_of(((4, 20), (30, 40)), {(0, 0), (0, 1), (1, 0), (1, 1)})
    assert ends(known, ("cell", 0, 0)) == (0, 24)
    assert not too_narrow(ends(known, ("cell", 0, 0)), 10)
    assert too_narrow(ends(known, ("cell", 0, 0)), 25)


def test_a_square_in_a_table_of_nine() -> None:
    """Hidden 3, 12 / 8, 15 with 7 and 9 shown beside: the square has rows 15 and 23, columns 11 and 27."""
    known = table_of(((3, 7, 12), (8, 9, 15), (20, 21, 22)), {(0, 0), (0, 2), (1, 0), (1, 2)})
    assert ends(known, ("cell", 0, 0)) == (0, 11)
    assert ends(known, ("cell", 1, 2)) == (12, 23)


def test_a_small_partner_is_not_enough() -> None:
    """4 and 5 in one row of a square: neither can be ten, so the width is nine."""
    known = table_of(((4, 5), (30, 40)), {(0, 0), (0, 1), (1, 0), (1, 1)})
    assert ends(known, ("cell", 0, 0)) == (0, 9)
    assert too_narrow((0, 9), 10)


def test_a_count_that_nothing_binds_may_be_anything() -> None:
    assert ends(Known({("alone",): (0, float("inf"))}), ("alone",)) == (0, BEYOND)


def test_what_cannot_all_be_true_is_an_error() -> None:
    known = Known({("a",): (0, 3), ("b",): (0, 3)}, [Sum({("a",): 1.0, ("b",): 1.0}, 10, 10)])
    with pytest.raises(ValueError, match="contradict each other"):
        inferred(known, [("a",)])


def all_tables(cells: Table, allowed: dict[Cell, Interval]) -> list[Table]:
    """Every table of whole numbers with the same totals that agrees with what is shown of the cells.

    With two rows of three, two cells of the first row settle the others.
    """
    (row, _), columns = map(sum, cells), [sum(column) for column in zip(*cells, strict=True)]
    found = []
    for first, second in product(range(row + 1), repeat=2):
        above = (first, second, row - first - second)
        trial = (above, tuple(total - value for total, value in zip(columns, above, strict=True)))
        if all(low <= trial[i][j] <= high for (i, j), (low, high) in allowed.items()):
            found.append(trial)
    return found


SMALL = st.tuples(*[st.tuples(*[st.integers(0, 4)] * 3)] * 2)
PLACES = st.sets(st.sampled_from([(i, j) for i in range(2) for j in range(3)]), min_size=1)


@settings(max_examples=60, deadline=None)
@given(cells=SMALL, hidden=PLACES, rounding=st.sampled_from(ROUNDING))
def test_the_programme_infers_what_trying_every_table_does(cells: Table, hidden: set[Cell], rounding: str) -> None:
    known, allowed = table_of(cells, hidden), dict[Cell, Interval]()
    for i, row in enumerate(cells):
        for j, value in enumerate(row):
            shown = bounds_of(rounded(value, rounding), rounding)
            allowed[i, j] = known.bounds["cell", i, j] = (0, 1e9) if (i, j) in hidden else shown
    tables = all_tables(cells, allowed)
    found = inferred(known, [("cell", i, j) for i, j in hidden])
    for i, j in hidden:
        values = [table[i][j] for table in tables]
        assert found["cell", i, j] == pytest.approx((min(values), max(values)), abs=1e-4)


def test_a_sum_that_does_not_hold_is_not_known() -> None:
    sums = Sums()
    sums.add(("whole",), 10)
    sums.add(("part",), 4)
    assert not sums.holds({("whole",): 1.0, ("part",): -1.0})
    assert not sums.holds({("whole",): 1.0, ("unknown",): -1.0})
    assert sums.sums == []


def test_the_same_name_with_another_number_is_another_count() -> None:
    sums = Sums()
    sums.add(("persons",), 10)
    sums.add(("persons",), 11)
    assert {name: count.value for name, count in sums.counts.items()} == {("persons",): 10, ("persons", "11"): 11}
