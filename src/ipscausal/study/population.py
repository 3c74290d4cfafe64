"""Who is in the study, year by year."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipscausal.study.section import Age, Section, Year, all_consistent


class Population(Section):
    """Who is in the study, year by year.

    movers: whether persons who live in several municipalities in the years considered stay. Moving may follow from the
    programme, so leaving them out is a check and no better population.
    """

    years: tuple[Year, Year]
    ages: tuple[Age, Age] | Literal["any"] = "any"
    age_rule: Literal["1 January", "birth year"] = "1 January"
    benefit: Annotated[str, Field(min_length=1)]
    receipt: Literal["any day in the year", "1 January", "baseline cohort"] = "any day in the year"
    residence: Literal["1 January", "before rollout"] = "1 January"
    deaths: Literal["keep", "drop the year of death"] = "keep"
    movers: Literal["keep", "exclude"] = "keep"
    municipalities: Literal["as registered"] = "as registered"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        faults = []
        if self.years[0] >= self.years[1]:
            faults.append("years must be [first, last] with at least two years")
        if self.ages != "any" and self.ages[0] > self.ages[1]:
            faults.append("ages must be [youngest, oldest]")
        return all_consistent(self, faults)
