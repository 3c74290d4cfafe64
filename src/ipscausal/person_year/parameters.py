"""Bound parameters of every model: one dictionary, so that a choice has one spelling."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ipscausal import extracts
from ipscausal.person_year.outcomes import outcome_parameters
from ipscausal.study import PRIOR_WORK, Study
from ipscausal.study.population import month_and_day

# above any sum of positions a person can hold in one day; leaves the sweep's products inside 64 bits
UNCAPPED = 1_000_000_000
FULL_TIME = 10_000
_ANY_AGE = (-1000, 1000)
# older than any job of a living person, and a date that every engine spells alike
_EVER = dt.date(1600, 1, 1)


def parameters(study: Study, *, first_start: int, last_year: int | None = None) -> dict[str, Any]:
    """Values the SQL models bind by name, those of staging included; each model's header says which it uses.

    first_start: first period in which a treated municipality starts (`StudyUnits.first_start`).
    last_year: last year read, the study's own unless only years before the rollout may be seen.
    """
    population, outcome = study.population, study.outcome
    last = study.last_year if last_year is None else last_year
    before = study.period_starts(first_start) - dt.timedelta(days=1)
    low, high = _ANY_AGE if population.ages == "any" else population.ages
    (receipt_month, receipt_dom), (residence_month, residence_dom) = (
        month_and_day(population.receipt_day), month_and_day(population.residence_day),
    )  # fmt: skip
    return {
        **extracts.parameters(study),
        "last_year": last,
        "last_day": dt.date(last, 12, 31),
        "horizon": dt.date(last + 1, 1, 1),
        "receipt_month": receipt_month,
        "receipt_dom": receipt_dom,
        "gap_months": population.gap_months,
        "base_year": first_start - 1,
        "base_calendar_year": before.year,
        "base_date": study.period_starts(first_start - 1),
        "period": population.period,
        "age_rule": population.age_rule,
        "age_low": low,
        "age_high": high,
        "residence": population.residence,
        "residence_month": residence_month,
        "residence_dom": residence_dom,
        "before_rollout": before,
        "deaths": population.deaths,
        "emigration": population.emigration,
        "movers": population.movers,
        "jobs_since": _jobs_since(study, min(study.first_year, before.year)),
        "person_effects": study.design.person_effects,
        **outcome_parameters(study),
        "measure": outcome.measure,
        "level_cap": FULL_TIME if outcome.cap else UNCAPPED,
    }


def _jobs_since(study: Study, first_year: int) -> dt.date:
    """The day from which jobs are read, where that is before the days of a person that can count.

    first_year: the first calendar year that a person-year or the first start is compared with. A run of employment
    is followed back to its first job.
    """
    if any(study.outcome.spec(name).kind == "sustained" for name in study.counted_outcomes):
        return _EVER
    if PRIOR_WORK in study.heterogeneity.by:
        return dt.date(first_year - 1, 1, 1)
    return dt.date.max
