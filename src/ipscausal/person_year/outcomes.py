"""What the models of the outcomes' kinds read: the study's outcomes and what they rest on, as small engine tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipscausal.outcomes import COMPETITIVE
from ipscausal.study import Study

if TYPE_CHECKING:
    import pyarrow as pa

ALL_JOBS, COMPETITIVE_JOBS = 0, 1
_DAYS_A_WEEK = {"calendar days": 7}


def study_outcomes(study: Study) -> pa.Table:
    """`study_outcome`: one row per outcome by position from 1 in `study.counted_outcomes`.

    job_group: 0 all jobs, 1 competitive ones. benefit: of days on a benefit, the study's own unless the outcome names
    one. month_of_year, day_of_month: of outcomes on a date. run_days: calendar days of an unbroken run of employment.
    """
    import pyarrow as pa

    specs = [study.outcome.spec(name) for name in study.counted_outcomes]
    groups = [COMPETITIVE_JOBS if one.jobs == COMPETITIVE else ALL_JOBS for one in specs]
    dates = [(None, None) if one.date is None else tuple(map(int, one.date.split("-"))) for one in specs]
    return pa.table(
        {
            "outcome": pa.array(range(1, len(specs) + 1), pa.int32()),
            "name": pa.array([one.name for one in specs], pa.string()),
            "kind": pa.array([one.kind for one in specs], pa.string()),
            "job_group": pa.array(groups, pa.int32()),
            "benefit": pa.array([one.benefit or study.population.benefit for one in specs], pa.string()),
            "month_of_year": pa.array([month for month, _ in dates], pa.int32()),
            "day_of_month": pa.array([day for _, day in dates], pa.int32()),
            "run_days": pa.array([None if one.weeks is None else 7 * one.weeks for one in specs], pa.int32()),
        }
    )


def study_benefits(study: Study) -> pa.Table:
    """`study_benefit`(benefit): the study's own and those that are an outcome."""
    import pyarrow as pa

    specs = [study.outcome.spec(name) for name in study.counted_outcomes]
    named = {study.population.benefit, *(one.benefit for one in specs)} - {None}
    return pa.table({"benefit": pa.array(sorted(map(str, named)), pa.string())})


def excluded_job_kinds(study: Study) -> pa.Table:
    """`excluded_job_kind`(job_kind): the kinds of job that are not competitive employment."""
    import pyarrow as pa

    return pa.table({"job_kind": pa.array(sorted(study.outcome.excluded_job_kinds), pa.string())})


def outcome_parameters(study: Study) -> dict[str, Any]:
    """Values that the models of the kinds bind by name."""
    outcome = study.outcome
    return {
        "sustained_gap_days": outcome.sustained_gap_days,
        "hours_of_row": int(outcome.hours == "total of the row"),
        "days_a_week": _DAYS_A_WEEK.get(outcome.days, 5),
        "earnings_cap_e2": None if outcome.earnings_cap is None else round(outcome.earnings_cap * 100),
        "prices_of": outcome.prices_of,
    }
