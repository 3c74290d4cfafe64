"""Quarters as consecutive whole numbers, by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from ipscausal.periods import first_day, label, number_of


@pytest.mark.parametrize(
    ("day", "number", "name"),
    [
        (dt.date(2016, 1, 1), 8064, "2016Q1"),
        (dt.date(2016, 3, 31), 8064, "2016Q1"),
        (dt.date(2016, 4, 1), 8065, "2016Q2"),
        (dt.date(2016, 12, 31), 8067, "2016Q4"),
        (dt.date(2017, 1, 1), 8068, "2017Q1"),
    ],
)
def test_a_day_lies_in_its_quarter(day: dt.date, number: int, name: str) -> None:
    assert number_of(day, "quarter") == number
    assert label(number, "quarter") == name
    assert first_day(number, "quarter") <= day < first_day(number + 1, "quarter")


def test_a_year_is_its_own_number() -> None:
    assert number_of(dt.date(2016, 5, 17), "year") == 2016
    assert first_day(2016, "year") == dt.date(2016, 1, 1)
    assert label(2016, "year") == "2016"
