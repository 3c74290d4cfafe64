"""The generator's own workdays, on cases worked by hand."""

import numpy as np
import pytest

from synthetic_registry.days import ages, day, working_calendar
from synthetic_registry.spells import Spells
from synthetic_registry.workdays import workdays

CALENDAR = working_calendar(2016, 2018)
ALL = np.ones((2, 3), dtype=bool)


def spells(*jobs: tuple[int, int, int, int]) -> Spells:
    person, start, end, position = (np.array(column, dtype=np.int64) for column in zip(*jobs, strict=True))
    return Spells(person, np.arange(len(jobs)), start, end, position)


def test_full_time_all_year_is_the_official_number_of_working_days() -> None:
    # Monday-Friday less the twelve Norwegian public holidays: 253, 251, 251 in 2016-2018
    found = workdays(spells((0, day(2010), day(2030), 10_000)), ALL, CALENDAR)
    assert found.tolist() == [[2_530_000, 2_510_000, 2_510_000], [0, 0, 0]]


def test_overlapping_jobs_are_capped_day_by_day() -> None:
    # Monday 2016-02-01 to Friday: 80 % all week, 40 % from Wednesday: 2 x 0.8 + 3 x 1.0 (not 1.2)
    jobs = spells((1, day(2016, 2, 1), day(2016, 2, 6), 8000), (1, day(2016, 2, 3), day(2016, 2, 6), 4000))
    assert workdays(jobs, ALL, CALENDAR)[1, 0] == 46_000


def test_weekends_and_holidays_do_not_count() -> None:
    # Saturday and Sunday; then 1-5 January 2016 is New Year's Day (Friday), a weekend, Monday and Tuesday
    assert workdays(spells((0, day(2016, 2, 6), day(2016, 2, 8), 10_000)), ALL, CALENDAR).sum() == 0
    assert workdays(spells((0, day(2016, 1, 1), day(2016, 1, 6), 3750)), ALL, CALENDAR)[0, 0] == 2 * 3750


def test_a_spell_over_new_year_is_cut_there() -> None:
    # 29 and 30 December 2016 (Thursday, Friday), 2 and 3 January 2017 (Monday, Tuesday)
    found = workdays(spells((0, day(2016, 12, 29), day(2017, 1, 4), 5000)), ALL, CALENDAR)
    assert found[0].tolist() == [10_000, 10_000, 0]


def test_years_that_are_not_wanted_stay_zero() -> None:
    wanted = np.array([[False, True, False], [False, False, False]])
    found = workdays(spells((0, day(2010), day(2030), 10_000), (1, day(2010), day(2030), 10_000)), wanted, CALENDAR)
    assert found.tolist() == [[0, 2_510_000, 0], [0, 0, 0]]


@pytest.mark.parametrize(("born", "expected"), [((1990, 1, 1), 26), ((1990, 1, 2), 25), ((1989, 12, 31), 26)])
def test_age_is_completed_years_on_1_january(born: tuple[int, int, int], expected: int) -> None:
    assert ages(np.array([day(*born)]), 2016, 2016)[0, 0] == expected
