"""Who comes and who goes between two years of a municipality."""

from __future__ import annotations

from lib.calendars import calendars
from lib.spec import expect, run_model


def test_persons_stay_come_move_die_and_go() -> None:
    rows = run_model(
        "3_municipality_year/composition",
        tables={
            "population": """
                person_id | year | municipality
                1         | 2014 | 0301
                1         | 2015 | 0301
                1         | 2016 | 0301
                2         | 2014 | 0301
                2         | 2015 | 1103
                3         | 2014 | 0301
                4         | 2014 | 0301
                5         | 2014 | 0301
                5         | 2016 | 0301
                6         | 2015 | 1103
                7         | 2016 | 1103
            """,
            # 3 dies in the year, 4 the year after: gone, and not dead by its end; 6 after the year, gone already
            "stg_person": """
                person_id | death_date
                1         |
                2         | 2015-12-31
                3         | 2014-12-31
                4         | 2015-01-01
                5         |
                6         | 2016-01-01
                7         |
            """,
            "study_year": calendars(2014, 2016)["study_year"],
        },
    )
    expect(
        rows,
        """
        municipality | year | stayed | came | came_moved | gone | gone_moved | gone_died
        0301         | 2014 | 0      | 5    | 0          | 4    | 1          | 1
        0301         | 2015 | 1      | 0    | 0          | 0    | 0          | 0
        0301         | 2016 | 1      | 1    | 0          | 2    | 0          | 0
        1103         | 2015 | 0      | 2    | 1          | 2    | 0          | 1
        1103         | 2016 | 0      | 1    | 0          | 1    | 0          | 0
        """,
    )
