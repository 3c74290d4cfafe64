"""Runs of employment where several jobs of a person begin and end on the same days."""

from __future__ import annotations

import datetime as dt

from lib.spec import run_model

PEOPLE = 200


def test_jobs_with_the_same_days_are_one_run_and_never_part_of_an_earlier_one() -> None:
    """Open jobs all end with the days of the person; of so many rows the engine sorts equal ones in any order."""
    days = (("2013-01-01", "2013-02-01"), *[("2014-06-01", f"9999-12-{day}") for day in (29, 30, 31)])
    jobs = [f"{person} | {start} | {end} |" for person in range(PEOPLE) for start, end in days]
    found = run_model(
        "2_person_year/employment_run",
        {
            "stg_employment": "\n".join(["person_id | start_date | end_date | job_kind:VARCHAR", *jobs]),
            "population_person": "\n".join(
                [
                    "person_id | window_year | counts_until:DATE",
                    *[f"{person} | 0 | 2016-01-01" for person in range(PEOPLE)],
                ]
            ),
            "study_outcome": "kind | job_group\nsustained | 0",
            "excluded_job_kind": "job_kind:VARCHAR\nsheltered",
        },
        {"sustained_gap_days": 0},
    )
    runs = [
        (dt.date(2013, 1, 1), dt.date(2013, 2, 1)),
        (dt.date(2014, 6, 1), dt.date(2016, 1, 1)),
    ]
    assert [(row["start_date"], row["end_date"]) for row in found] == runs * PEOPLE
