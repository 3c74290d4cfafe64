"""Who is in the study, year by year."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipscausal.periods import Period
from ipscausal.study.section import Age, Section, Year, all_consistent

Receipt = Literal[
    "any day in the year", "1 January", "on a date", "baseline cohort", "entry", "everyone", "no benefit"
]  # fmt: skip
AgeRule = Literal["1 January", "birth year", "receipt day"]
Residence = Literal["1 January", "on a date", "majority of the year", "at entry", "before rollout"]
DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
WITHOUT_BENEFIT = ("everyone", "no benefit")
"""Receipts for which the persons come from the residence table."""
_A_YEAR_WITHOUT_29_FEBRUARY = 2001


class Population(Section):
    """Who is in the study, year by year.

    period: what a row of a person is about: a calendar year or a quarter. Receipt, residence, exposure and outcomes are
    then those of the quarter ("1 January" is its first day), and ages those on its first day; event times, windows and
    anticipation are counted in quarters. `years` are calendar years either way.
    receipt: "any day in the year", "1 January" and "on a date" (`receipt_day`) select anew in every year; "baseline
    cohort" are those with the benefit in the calendar year before the first start, followed whether or not it goes on;
    "entry" are those whose receipt begins in the year, followed for `follow_up_months` from that day; "everyone" and
    "no benefit" (in the year) are residents, and the first needs no `benefit`.
    gap_months: receipt goes on where fewer calendar months than this lie without a day of it (2 for WAA as NAV counts);
    0 takes every gap for an end. Days on benefit are counted as delivered all the same.
    residence: the day that decides on the municipality of a person-year, or where most of its days were spent.
    age_rule: completed years on 1 January or on the day of receipt or entry, or the difference of calendar years.
    emigration: "ends the risk time" leaves out all days after the last day of residence anywhere.
    municipalities: "harmonised" joins codes that were merged, split or renumbered inside the study years into units
    that stay the same; units: cells of municipalities, or of the column `unit` of the municipalities table.
    incomplete_last_year: what becomes of a last year that the delivery does not hold whole, as its dates tell: jobs and
    benefits that are not reported yet would read as a fall.
    movers: whether persons who live in several municipalities in the years considered stay. Moving may follow from the
    programme, so leaving them out is a check and no better population.
    """

    years: tuple[Year, Year]
    period: Period = "year"
    ages: tuple[Age, Age] | Literal["any"] = "any"
    age_rule: AgeRule = "1 January"
    benefit: Annotated[str, Field(min_length=1)] | None = None
    receipt: Receipt = "any day in the year"
    receipt_day: DayOfYear | None = None
    gap_months: Annotated[int, Field(ge=0, le=12)] = 0
    follow_up_months: Annotated[int, Field(ge=1, le=120)] | None = None
    residence: Residence = "1 January"
    residence_day: DayOfYear | None = None
    deaths: Literal["keep", "drop the year of death"] = "keep"
    emigration: Literal["keep", "ends the risk time"] = "keep"
    movers: Literal["keep", "exclude"] = "keep"
    incomplete_last_year: Literal["drop", "keep", "error"] = "drop"
    municipalities: Literal["as registered", "harmonised"] = "as registered"
    units: Literal["municipality", "unit"] = "municipality"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        return all_consistent(self, population_faults(self))


def population_faults(population: Population) -> list[str]:
    """Choices that contradict each other, a sentence each."""
    receipt, entry = population.receipt, population.receipt == "entry"
    wrong = {
        "years must be [first, last] with at least two years": population.years[0] >= population.years[1],
        "ages must be [youngest, oldest]": population.ages != "any" and population.ages[0] > population.ages[1],
        'benefit is missing: only receipt = "everyone" does without': population.benefit is None
        and receipt != "everyone",
        'receipt_day goes with receipt = "on a date", and that needs it': (receipt == "on a date")
        != (population.receipt_day is not None),
        'residence_day goes with residence = "on a date", and that needs it': (population.residence == "on a date")
        != (population.residence_day is not None),
        'follow_up_months goes with receipt = "entry", and that needs it': entry
        != (population.follow_up_months is not None),
        'residence = "at entry" goes with receipt = "entry"': population.residence == "at entry" and not entry,
        'receipt = "entry" needs residence = "at entry" or "before rollout"': entry
        and population.residence not in ("at entry", "before rollout"),
        'age_rule = "receipt day" goes with receipt = "on a date" or "entry"': population.age_rule == "receipt day"
        and receipt not in ("on a date", "entry"),
        'gap_months is not read with receipt = "everyone"': population.gap_months > 0 and receipt == "everyone",
        'deaths = "drop the year of death" is about calendar years; receipt = "entry" has windows of its own': entry
        and population.deaths != "keep",
    }
    if population.period == "quarter":
        wrong |= {
            'period = "quarter" does not go with receipt = "on a date" or "entry"': receipt in ("on a date", "entry"),
            'period = "quarter" does not go with residence = "on a date"': population.residence == "on a date",
            'period = "quarter" needs age_rule = "1 January" (the first day of the quarter) or "birth year"':
            population.age_rule == "receipt day",
        }  # fmt: skip
    faults = [fault for fault, holds in wrong.items() if holds]
    for name in ("receipt_day", "residence_day"):
        if _is_no_day(getattr(population, name)):
            faults.append(f"{name} must be a day that every year has, as MM-DD")
    return faults


def month_and_day(text: str | None) -> tuple[int, int]:
    """The month and day of MM-DD; 1 January without a text."""
    month, _, day = (text or "01-01").partition("-")
    return int(month), int(day)


def _is_no_day(text: str | None) -> bool:
    try:
        dt.date(_A_YEAR_WITHOUT_29_FEBRUARY, *month_and_day(text))
    except ValueError:
        return True
    return False
