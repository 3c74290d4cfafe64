"""The calendar: which days count, and their numbers."""

from __future__ import annotations

import datetime as dt

import pytest

from ipscausal.errors import StudyError
from ipscausal.person_year import calendar_tables, counted_day
from ipscausal.person_year.calendar import public_holidays


def test_working_days_of_norway_by_hand() -> None:
    # 2014: 261 weekdays less New Year, Maundy Thursday, Good Friday, Easter Monday, 1 May, Ascension, Whit
    # Monday, 25 and 26 December (17 May is a Saturday): 9. In 2015 the 26th is a Saturday: 8.
    years = calendar_tables("working days", "NO", 2014, 2016)["study_year"].to_pylist()
    assert [year["work_index"] for year in years] == [0, 261 - 9, 261 - 9 + 261 - 8]
    assert [year["day_index"] for year in years] == [0, 365, 730]
    assert (years[0]["first_day"], years[0]["next_day"]) == (dt.date(2014, 1, 1), dt.date(2015, 1, 1))


@pytest.mark.parametrize(("days", "in_leap_year"), [("weekdays", 261), ("calendar days", 366)])
def test_last_index_is_the_number_of_days_of_the_window(days: str, in_leap_year: int) -> None:
    last = calendar_tables(days, "NO", 2016, 2016)["calendar_day"].to_pylist()[-1]
    assert last == {"day_date": dt.date(2017, 1, 1), "year": 2017, "day_index": 366, "work_index": in_leap_year}


def test_index_of_a_day_is_the_number_of_counted_days_before_it() -> None:
    counts = counted_day("working days", "NO", 2015, 2015)
    rows = calendar_tables("working days", "NO", 2015, 2015)["calendar_day"].to_pylist()
    for row in (rows[0], rows[1], rows[92], rows[364]):
        before = [dt.date(2015, 1, 1) + dt.timedelta(days=n) for n in range(row["day_index"])]
        assert row["work_index"] == sum(counts(day) for day in before)


def test_easter_counts_on_weekdays_and_not_on_working_days() -> None:
    good_friday = dt.date(2015, 4, 3)
    assert counted_day("weekdays", "NO", 2015, 2015)(good_friday)
    assert not counted_day("working days", "NO", 2015, 2015)(good_friday)


def test_holidays_are_those_of_the_country() -> None:
    swedish, norwegian = dt.date(2015, 6, 6), dt.date(2015, 5, 17)
    assert (swedish in public_holidays("SE", 2015, 2015), norwegian in public_holidays("SE", 2015, 2015)) == (
        True,
        False,
    )
    assert (swedish in public_holidays("NO", 2015, 2015), norwegian in public_holidays("NO", 2015, 2015)) == (
        False,
        True,
    )


def test_unknown_country_says_what_to_do_instead() -> None:
    with pytest.raises(StudyError, match="no public holidays are known for country 'QQ'") as caught:
        calendar_tables("working days", "QQ", 2014, 2016)
    assert 'days = "weekdays"' in caught.value.remedy
    assert calendar_tables("weekdays", "QQ", 2014, 2016)["study_year"].num_rows == 3
