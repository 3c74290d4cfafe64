"""Tables by month, week and year, and several reports of one thing. One rule per test."""

from __future__ import annotations

import pytest
from lib.spec import expect, run_model

JOBS = {"employment_layout": "monthly", "employment_end_offset": 1}
MONTHS = """
    layout  | spelling   | first_day  | next_day
    monthly | 2015-01    | 2015-01-01 | 2015-02-01
    monthly | 2015-02    | 2015-02-01 | 2015-03-01
    monthly | 2015-03    | 2015-03-01 | 2015-04-01
    weekly  | 2015-W01   | 2014-12-29 | 2015-01-05
    weekly  | 2015-W02   | 2015-01-05 | 2015-01-12
    annual  | y2015      | 2015-01-01 | 2016-01-01
"""
JOB = "person_id | employer_id:VARCHAR | period | start_date | end_date | position_pct:DECIMAL(9,2)"
SPELL = "start_date | end_date | position_pct"


def staged(rows: str, header: str = JOB, layout: str = "monthly", offset: int = 1) -> list[dict[str, object]]:
    """Job rows of a layout as spells, in the order of their days."""
    found = run_model(
        "1_staging/stg_employment",
        {"employment_extract": f"{header}\n{rows}", "period_spelling": MONTHS},
        {"employment_layout": layout, "employment_end_offset": offset},
    )
    order = ("person_id", "start_date", "end_date", "position_pct", "hours")
    return sorted(found, key=lambda row: [str(row[name]) for name in order])


def test_duplicates_count_once_and_a_late_report_replaces_rows_that_tell_less() -> None:
    header = JOB.replace("period | ", "") + " | hours:DECIMAL(18,2) | extract_date"
    rows = """
        1 | a | 2015-01-05 | 2015-01-31 | 50  |    |
        1 | a | 2015-01-05 | 2015-01-31 | 50  |    |
        1 | a | 2015-01-05 | 2015-01-31 | 50  | 10 |
        1 | a | 2015-01-05 | 2015-01-31 | 50  | 10 |
        2 | a | 2015-02-01 |            | 60  |    |
        2 | a | 2015-02-01 |            | 70  |    | 2016-01-01
        2 | a | 2015-02-01 | 2015-03-31 | 80  |    | 2017-01-01
        2 | b | 2015-02-01 | 2015-01-01 | 90  |    |
        3 |   | 2015-02-01 |            | 60  |    |
        3 |   | 2015-02-01 |            | 90  |    | 2016-01-01
        3 | b | 2015-02-01 |            | 100 |    |
    """
    expect(
        staged(rows, header, layout="spells"),
        f"""
        person_id | {SPELL} | hours
        1 | 2015-01-05 | 2015-02-01 | 50  | 10
        1 | 2015-01-05 | 2015-02-01 | 50  |
        2 | 2015-02-01 | 2015-04-01 | 80  |
        3 | 2015-02-01 | 9999-12-31 | 100 |
        3 | 2015-02-01 | 9999-12-31 | 90  |
        """,
    )


def test_a_month_is_cut_by_the_jobs_own_start_and_end() -> None:
    rows = """
        1 | a | 2015-01 | 2014-06-01 |            | 50
        1 | a | 2015-02 | 2014-06-01 | 2015-02-09 | 50
        2 | a | 2015-01 | 2015-01-12 |            | 100
        3 | a | 2015-01 |            |            |
    """
    expect(
        staged(rows),
        f"""
        {SPELL}
        2015-01-01 | 2015-02-01 | 50
        2015-02-01 | 2015-02-10 | 50
        2015-01-12 | 2015-02-01 | 100
        2015-01-01 | 2015-02-01 |
        """,
    )


def test_a_missing_month_stays_missing() -> None:
    rows = "1 | a | 2015-01 | 2014-06-01 | | 50\n1 | a | 2015-03 | 2014-06-01 | | 50"
    expect(staged(rows), f"{SPELL}\n2015-01-01 | 2015-02-01 | 50\n2015-03-01 | 2015-04-01 | 50")


def test_a_row_whose_own_dates_leave_no_day_of_its_month_is_left_out() -> None:
    rows = "1 | a | 2015-02 | 2014-06-01 | 2015-01-31 | 50\n1 | a | 2015-02 | 2015-03-01 | | 50"
    assert staged(rows) == []


def test_a_row_without_a_readable_month_is_no_spell_even_with_dates_of_its_own() -> None:
    rows = "1 | a | 2015-13 | 2015-01-01 | 2015-01-31 | 50\n1 | a | | 2015-01-01 | 2015-01-31 | 50"
    assert staged(rows) == []


def test_the_latest_extract_of_a_job_month_counts_and_replaces_all_rows_of_earlier_ones() -> None:
    header = f"{JOB} | extract_date"
    rows = """
        1 | a | 2015-01 | | | 100 | 2015-02-10
        1 | a | 2015-01 | | | 20  | 2015-06-10
        1 | a | 2015-02 | | | 100 | 2015-02-10
        1 | b | 2015-01 | | | 80  | 2015-02-10
        1 | b | 2015-01 | | | 90  |
        1 |   | 2015-01 | | | 10  | 2015-02-10
        1 |   | 2015-01 | | | 5   | 2015-06-10
    """
    expect(
        staged(rows, header),
        """
        start_date | employer_id | position_pct | extract_date
        2015-01-01 | a           | 20           | 2015-06-10
        2015-01-01 |             | 5            | 2015-06-10
        2015-01-01 | b           | 80           | 2015-02-10
        2015-02-01 | a           | 100          | 2015-02-10
        """,
    )


def test_of_equal_reports_of_a_job_month_the_largest_position_counts_and_amounts_are_added() -> None:
    header = f"{JOB} | earnings:DECIMAL(18,2) | hours:DECIMAL(18,2) | job_kind"
    rows = """
        1 | a | 2015-01 | | | 50  | 100.50 | 18.75 | ordinary
        1 | a | 2015-01 | | | 50  | 100.50 | 18.75 | ordinary
        1 | a | 2015-01 | | | 80  | 10.25  | 30    | apprentice
        1 | a | 2015-01 | | |     |        |       |
        2 | a | 2015-01 | | | 50  |        |       |
    """
    expect(
        staged(rows, header),
        """
        person_id | position_pct | earnings | hours | job_kind
        1         | 80           | 110.75   | 30    | apprentice
        2         | 50           |          |       |
        """,
    )


def test_two_contracts_of_one_month_that_begin_on_different_days_are_two_spells() -> None:
    rows = "1 | a | 2015-01 | 2015-01-01 | 2015-01-09 | 50\n1 | a | 2015-01 | 2015-01-20 | | 100"
    expect(staged(rows), f"{SPELL}\n2015-01-01 | 2015-01-10 | 50\n2015-01-20 | 2015-02-01 | 100")


def test_jobs_with_an_id_of_their_own_are_different_jobs_of_one_employer() -> None:
    header = f"{JOB} | job_id:VARCHAR"
    rows = "1 | a | 2015-01 | | | 50 | 1\n1 | a | 2015-01 | | | 30 | 2\n1 | a | 2015-01 | | | 40 | 2"
    expect(staged(rows, header), "job_id | position_pct\n2 | 40\n1 | 50")


def test_a_month_that_a_later_extract_does_not_tell_of_stays_as_an_earlier_one_told_it() -> None:
    """A later delivery may hold only what changed: silence is no report."""
    header = f"{JOB} | extract_date"
    rows = """
        1 | a | 2015-01 | | | 50 | 2015-02-01
        1 | a | 2015-02 | | | 60 | 2015-02-01
        1 | a | 2015-02 | | | 70 | 2015-06-01
        1 | b | 2015-01 | | | 20 | 2015-02-01
    """
    expect(
        staged(rows, header),
        """
        start_date | employer_id | position_pct | extract_date
        2015-01-01 | b | 20 | 2015-02-01
        2015-01-01 | a | 50 | 2015-02-01
        2015-02-01 | a | 70 | 2015-06-01
        """,
    )


def test_in_spells_the_latest_extract_of_a_start_counts_and_equal_starts_are_kept() -> None:
    header = f"{JOB} | extract_date | source"
    rows = """
        1 | a | | 2014-06-01 |            | 50 | 2015-01-01 | old
        1 | a | | 2014-06-01 | 2015-03-31 | 50 | 2016-01-01 | new
        1 | a | | 2014-06-01 | 2015-03-31 | 30 | 2016-01-01 | new
        1 | a | | 2014-07-01 |            | 20 | 2015-01-01 | old
    """
    expect(
        staged(rows, header, "spells"),
        """
        start_date | end_date   | position_pct | source
        2014-06-01 | 2015-04-01 | 30           | new
        2014-06-01 | 2015-04-01 | 50           | new
        2014-07-01 | 9999-12-31 | 20           | old
        """,
    )


@pytest.mark.parametrize(("layout", "period", "days"), [
    ("weekly", "2015-W01", "2014-12-29 | 2015-01-05"),
    ("annual", " y2015 ", "2015-01-01 | 2016-01-01"),
])  # fmt: skip
def test_weeks_and_years_are_all_their_days(layout: str, period: str, days: str) -> None:
    expect(staged(f"1 | a | {period} | | | 50", layout=layout), f"start_date | end_date\n{days}")


BENEFIT = "person_id | benefit | period | start_date | end_date | extract_date"


def benefits(rows: str, layout: str) -> list[dict[str, object]]:
    return run_model(
        "1_staging/stg_benefit_spell",
        {
            "extract_benefits": f"{BENEFIT}\n{rows}", "period_spelling": MONTHS,
            "study_benefit": "benefit\nWAA",
        },
        {"benefits_layout": layout, "benefits_end_offset": 1},
    )  # fmt: skip


def test_a_week_that_a_later_extract_gives_another_code_is_no_longer_on_the_benefit() -> None:
    rows = """
        1 | WAA  | 2015-W01 | | | 2015-01-05
        1 | none | 2015-W01 | | | 2015-03-01
        1 | WAA  | 2015-W02 | | | 2015-03-01
    """
    expect(benefits(rows, "weekly"), "start_date | end_date | extract_date\n2015-01-05 | 2015-01-12 | 2015-03-01")


def test_months_of_different_benefits_do_not_replace_each_other() -> None:
    rows = "1 | WAA | 2015-01 | | | 2015-02-01\n1 | none | 2015-01 | | | 2015-03-01\n1 | WAA | 2015-02 | | 2015-02-14 |"
    expect(benefits(rows, "monthly"), "start_date | end_date\n2015-01-01 | 2015-02-01\n2015-02-01 | 2015-02-15")


def test_an_address_of_a_month_is_restated_by_a_later_extract_and_keeps_its_source() -> None:
    rows = """
        1 | 0301 | 2015-01 | | | 2015-02-01 | a
        1 | 1103 | 2015-01 | | | 2015-03-01 | b
        1 | 0301 | 2015-02 | | 2015-02-09 | |
        1 | 1103 | 2015-02 | 2015-02-10 | | |
    """
    found = run_model(
        "1_staging/stg_residence",
        {
            "extract_residence": (
                f"person_id | municipality | period | start_date | end_date | extract_date | source\n{rows}"
            ),
            "period_spelling": MONTHS, "municipality_unit": "municipality | unit:VARCHAR",
            "stg_benefit": "person_id | start_date | end_date\n1 | 2015-01-01 | 2016-01-01",
        },
        {"residence_layout": "monthly", "residence_end_offset": 1, "country": "NO", "receipt": "1 January"},
    )  # fmt: skip
    expect(
        found,
        """
        municipality | start_date | end_date   | source
        0301         | 2015-02-01 | 2015-02-10 |
        1103         | 2015-01-01 | 2015-02-01 | b
        1103         | 2015-02-10 | 2015-03-01 |
        """,
    )
