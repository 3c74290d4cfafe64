"""Quarters as consecutive whole numbers, by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from ipscausal.periods import (
    first_day,
    firsts,
    label,
    labelled,
    number_of,
    of_label,
    of_study,
    of_years,
    span,
)


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


@pytest.mark.parametrize("number", [8060, 8064, 8067])
def test_a_label_is_read_back(number: int) -> None:
    assert of_label(label(number, "quarter")) == number
    assert of_label("2016") == 2016


@pytest.mark.parametrize("text", ["2016Q5", "2016K1", "16Q1", ""])
def test_what_is_no_label_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        of_label(text)


def test_calendar_years_as_quarters() -> None:
    assert span((2015, 2016), "quarter") == (8060, 8067)
    assert span((2015, 2016), "year") == (2015, 2016)
    assert of_years((2015, 2017), "quarter") == (8060, 8061, 8062, 8063, 8068, 8069, 8070, 8071)
    assert of_years((2015, 2017), "year") == (2015, 2017)
    assert firsts((2015, 2017), "quarter") == (8060, 8068)


def test_a_study_without_a_period_is_one_by_year() -> None:
    assert of_study({"population": {"period": "quarter"}}) == "quarter"
    assert of_study({"population": {}}) == "year"
    assert of_study({}) == "year"


def test_a_row_shows_its_quarters_by_name_and_nothing_else() -> None:
    row = {"year": 8064, "cohort": None, "period_from": 8044, "persons": 8064, "estimate": 8064.0}
    assert labelled(row, "quarter") == {**row, "year": "2016Q1", "period_from": "2011Q1"}
    assert labelled(row, "year") is row
