"""Codes as delivered: their changes, where programmes start, who lives where before they do. One rule per test."""

from __future__ import annotations

import datetime as dt

import pytest
from lib.spec import draw, expect, find_model, run_model

from ipscausal.warehouse import open_warehouse

NO_PERIODS = "spelling:VARCHAR | layout:VARCHAR | first_day:DATE | next_day:DATE"
SPELLS = {"residence_layout": "spells", "residence_end_offset": 1}


def test_changes_count_once_and_take_the_day_of_the_study_where_they_have_none() -> None:
    tables = {
        "extract_municipality_changes": """
            old_code:VARCHAR | new_code:VARCHAR | date:VARCHAR
            1141             | 1103             | 2020-01-01
            1141             | 1103             | 2020-01-01
            1142             | 1103             |
            1103             | 1103             | 2020-01-01
            1850             |                  | 2020-01-01
                             | 1875             | 2020-01-01
            1850             | 1806             | 2020-13-01
        """
    }
    rows = run_model("0_units/municipality_change", tables, {"changes_day": None})
    expect(
        rows,
        """
        change_day | old_code:VARCHAR | new_code:VARCHAR
        2020-01-01 | 1103             | 1103
        2020-01-01 | 1141             | 1103
        """,
    )
    rows = run_model("0_units/municipality_change", tables, {"changes_day": dt.date(2019, 1, 1)})
    expect(
        [row for row in rows if row["old_code"] in ("1142", "1850")],
        """
        change_day | old_code:VARCHAR | new_code:VARCHAR
        2019-01-01 | 1142             | 1103
        2019-01-01 | 1850             | 1806
        """,
    )


@pytest.mark.parametrize(("programme", "expected"), [(None, "0301 | 2012-01-01"), ("IPS", "0301 | 2015-03-01")])
def test_a_named_code_starts_with_its_earliest_row_of_the_programme(programme: str | None, expected: str) -> None:
    rows = run_model(
        "0_units/programme_start",
        {
            "extract_rollout": """
                municipality | start_date:VARCHAR | programme
                0301         | 2016-03-01         | IPS
                0301         | 2015-03-01         | IPS
                0301         | 2012-01-01         | other
                1103         | soon               | IPS
                             | 2015-03-01         | IPS
            """
        },
        {"programme": programme},
    )
    expect(rows, f"municipality | start_date\n{expected}")


def test_persons_of_a_unit_are_counted_by_code_on_the_day_before_its_start() -> None:
    rows = run_model(
        "0_units/unit_person",
        {
            "extract_residence": """
                person_id | municipality | start_date | end_date   | period:VARCHAR
                1         | 0106         | 2000-01-01 |            |
                1         | 0106         | 2000-01-01 |            |
                2         | 0106         | 2000-01-01 | 2017-02-28 |
                3         | 0106         | 2017-03-01 |            |
                4         | 0104         | 2000-01-01 | 2017-02-27 |
                5         | 0104         | 2017-02-28 | 2017-02-28 |
                6         | 0301         | 2000-01-01 |            |
            """,
            "unit_code": "municipality | unit:VARCHAR\n0104 | 0190\n0106 | 0190\n0190 | 0190",
            "unit_day": "unit:VARCHAR | day_before:DATE\n0190 | 2017-02-28",
            "period_spelling": NO_PERIODS,
        },
        SPELLS,
    )
    expect(rows, "unit:VARCHAR | municipality | persons\n0190 | 0104 | 1\n0190 | 0106 | 2")


def test_persons_of_a_code_on_the_first_and_on_the_last_study_day() -> None:
    rows = run_model(
        "0_units/code_person",
        {
            "extract_residence": """
                municipality | start_date | end_date   | period:VARCHAR
                0301         | 2000-01-01 |            |
                0301         | 2011-01-01 | 2019-12-30 |
                1141         | 2000-01-01 | 2014-12-31 |
                1103         | 2015-01-01 | 2019-12-31 |
                1103         | 2012-01-01 | 2012-12-31 |
                5001         | 2012-01-01 | 2012-12-31 |
                5002         | 2020-01-01 |            |
                0000         | 2000-01-01 |            |
            """,
            "period_spelling": NO_PERIODS,
        },
        {**SPELLS, "first_day": dt.date(2011, 1, 1), "last_day": dt.date(2019, 12, 31), "country": "NO"},
    )
    expect(
        rows,
        """
        municipality | on_first_day | on_last_day
        0301         | 2            | 1
        1103         | 0            | 1
        1141         | 1            | 0
        5001         | 0            | 0
        """,
    )


def test_what_is_wrong_with_rows_of_changes() -> None:
    text = """
        old_code:VARCHAR | new_code:VARCHAR | date:VARCHAR
        1141             | 1103             | 2020-01-01
        1141             | 1103             | 2020-01-01
        1141             | 1103             | 2020-02-01
        1103             | 1103             | 2020-01-01
        1103             | 1103             | 2020-01-01
        301              | 0301             | 2020-01-01
                         |                  | 2020-01-01
        1850             |                  | 2020-01-01
        1850             | 1806             |
        1850             | 1875             | 1.1.2020
    """
    model = find_model("checks/check_municipality_changes")
    with open_warehouse([], threads=1) as warehouse:
        draw(warehouse, "extract_municipality_changes", text)
        found = warehouse.violations(model, {"changes_day": None, "country": "NO"})
        assert found == {"total": 10, "malformed_code": 2, "malformed_date": 2, "one_sided": 1, "repeated": 2}
        dated = warehouse.violations(model, {"changes_day": dt.date(2020, 1, 1), "country": "SE"})
    assert (dated["malformed_date"], dated["malformed_code"]) == (1, 1)
