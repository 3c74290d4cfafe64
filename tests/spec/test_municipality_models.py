"""What is known of municipalities themselves: covariates, doses, borders. One rule per test."""

from __future__ import annotations

from lib.calendars import calendars
from lib.spec import expect, run_model

CALENDARS = calendars(2014, 2016)
NO_UNITS = "municipality | unit:VARCHAR"


def test_a_year_is_a_whole_number_and_empty_stands_for_all_years() -> None:
    rows = run_model(
        "1_staging/stg_municipality",
        {
            "municipality_unit": NO_UNITS,
            "extract_municipalities": """
                municipality | year:VARCHAR | type
                0301         |              | town
                0301         | 2014         | city
                1103         | 20x4         | town
                1103         |              |
            """,
        },
    )
    expect(rows, "municipality | year | type\n0301 | 0 | town\n0301 | 2014 | city\n1103 | 0 |")


def test_values_that_are_no_numbers_are_unknown() -> None:
    rows = run_model(
        "1_staging/stg_municipality_value",
        {
            "municipality_unit": NO_UNITS,
            "delivered_municipality_value": """
                municipality | year:VARCHAR | position | value:VARCHAR
                0301         |              | 1        | 7.25
                0301         | 2014         | 1        | -1e3
                0301         |              | 2        |
                1103         |              | 1        | many
                1103         |              | 2        | nan
                1103         | 2015         | 2        | inf
            """,
        },
    )
    expect(rows, "municipality | year | position | value\n0301 | 0 | 1 | 7.25\n0301 | 2014 | 1 | -1000.0")


def test_the_value_of_the_year_goes_before_the_one_for_all_years() -> None:
    rows = run_model(
        "3_municipality_year/municipality_covariate",
        {
            "stg_municipality_value": """
                municipality | year | position | value
                0301         | 0    | 1        | 9
                0301         | 2015 | 1        | 4
                1103         | 2016 | 2        | 7
                1103         | 2019 | 2        | 8
            """,
            "study_year": CALENDARS["study_year"],
        },
    )
    expect(
        rows,
        """
        municipality | year | position | value
        0301         | 2014 | 1        | 9
        0301         | 2015 | 1        | 4
        0301         | 2016 | 1        | 9
        1103         | 2016 | 2        | 7
        """,
    )


def test_borders_hold_in_both_directions() -> None:
    rows = run_model(
        "1_staging/stg_neighbour",
        {
            "municipality_unit": NO_UNITS,
            "extract_neighbours": """
                municipality | neighbour:VARCHAR
                0301         | 1103
                1103         | 0301
                1103         | 5001
                5001         | 5001
            """,
        },
    )
    expect(
        rows,
        """
        municipality | neighbour:VARCHAR
        0301         | 1103
        1103         | 0301
        1103         | 5001
        5001         | 1103
        """,
    )


def test_the_programme_next_door_starts_with_its_earliest_start_in_the_study_years() -> None:
    rows = run_model(
        "3_municipality_year/neighbour_start",
        {
            "stg_neighbour": """
                municipality | neighbour:VARCHAR
                0301         | 1103
                0301         | 5001
                1103         | 0301
                5001         | 0501
            """,
            "stg_rollout": "municipality | start_date\n1103 | 2016-03-01\n5001 | 2015-12-31\n0501 | 2017-01-01",
        },
        {"last_year": 2016},
    )
    expect(rows, "municipality | first_year\n0301 | 2015")


ROLLOUT = """
    municipality | start_date:VARCHAR | end_date:VARCHAR | programme | fidelity:VARCHAR | participants:VARCHAR
    0301         | 2014-07-01         | 2014-12-31       | IPS       | 100              | 12
    0301         | 2015-01-01         |                  | IPS       | 110.5            |
    0301         | 2015-01-01         |                  | IPS       | 110.5            |
    0301         | 2014-01-01         |                  | other     | 25               | 1
    1103         | 2015-13-01         |                  | IPS       | 90               | 5
"""


def test_periods_are_those_of_the_programme_and_equal_rows_count_once() -> None:
    rows = run_model(
        "1_staging/stg_programme_period",
        {"extract_rollout": ROLLOUT, "municipality_unit": NO_UNITS},
        {"programme": "IPS", "rollout_end_offset": 1},
    )
    expect(
        rows,
        """
        municipality | start_date | end_date   | fidelity | participants
        0301         | 2014-07-01 | 2015-01-01 | 100      | 12
        0301         | 2015-01-01 | 9999-12-31 | 110.5    |
        """,
    )


def test_doses_are_summed_over_the_days_of_the_year() -> None:
    rows = run_model(
        "3_municipality_year/municipality_dose",
        {
            "stg_programme_period": """
                municipality | start_date | end_date   | fidelity | participants
                0301         | 2014-07-01 | 2015-01-01 | 100      | 12
                0301         | 2015-01-01 | 2016-03-01 | 110.5    |
                1103         | 2013-01-01 | 2014-01-01 | 100      | 1
                1103         | 2016-12-31 | 9999-12-31 | 80       | 2
            """,
            **CALENDARS,
        },
    )
    expect(
        rows,
        """
        municipality | year | days | year_days | fidelity_days | participant_days | known_days
        0301         | 2014 | 184  | 365       | 18400         | 2208             | 184
        0301         | 2015 | 365  | 365       | 40332.5       | 0                | 0
        0301         | 2016 | 60   | 366       | 6630          | 0                | 0
        1103         | 2016 | 1    | 366       | 80            | 2                | 1
        """,
    )


UNITS = "municipality | unit:VARCHAR\n1103 | 1103\n1141 | 1103"


def test_tables_about_municipalities_are_about_units_where_codes_are_joined() -> None:
    rows = run_model(
        "1_staging/stg_municipality_value",
        {
            "municipality_unit": UNITS,
            "delivered_municipality_value": """
                municipality | year:VARCHAR | position | value:VARCHAR
                1103         |              | 1        | 0.1
                1141         |              | 1        | 0.2
                1103         | 2014         | 1        | 7
                0301         |              | 1        | 0.3
            """,
        },
    )
    expect(
        rows, "municipality | year | position | value\n0301 | 0 | 1 | 0.3\n1103 | 0 | 1 | 0.15\n1103 | 2014 | 1 | 7.0"
    )
    rows = run_model(
        "1_staging/stg_municipality",
        {
            "municipality_unit": UNITS,
            "extract_municipalities": "municipality | year:VARCHAR | type\n1103 | | town\n1141 | | rural",
        },
    )
    expect(rows, "municipality | year | type\n1103 | 0 | rural")


def test_a_border_inside_a_unit_is_none_and_one_of_a_part_is_one_of_the_unit() -> None:
    rows = run_model(
        "1_staging/stg_neighbour",
        {
            "municipality_unit": UNITS,
            "extract_neighbours": "municipality | neighbour:VARCHAR\n1103 | 1141\n1141 | 1108",
        },
    )
    expect(rows, "municipality | neighbour:VARCHAR\n1103 | 1108\n1108 | 1103")


def test_periods_of_all_codes_are_those_of_the_unit() -> None:
    rollout = """
        municipality | start_date:VARCHAR | end_date:VARCHAR | programme | fidelity:VARCHAR | participants:VARCHAR
        1141         | 2014-07-01         | 2014-12-31       | IPS       | 90               |
        1103         | 2015-01-01         |                  | IPS       | 100              |
    """
    rows = run_model(
        "1_staging/stg_programme_period", {"extract_rollout": rollout, "municipality_unit": UNITS},
        {"programme": "IPS", "rollout_end_offset": 1},
    )  # fmt: skip
    expect(rows, "municipality | start_date | fidelity\n1103 | 2014-07-01 | 90\n1103 | 2015-01-01 | 100")
