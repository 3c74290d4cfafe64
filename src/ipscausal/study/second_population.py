"""Persons whom the programme is not for, counted in the same run."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ipscausal.language import Language
from ipscausal.study.population import AgeRule, DayOfYear, Population, Receipt, Residence
from ipscausal.study.section import Age, Section, all_consistent


class SecondPopulation(Section):
    """Keys of [population] that differ; all others are those of the first, and so are municipalities and years.

    name: what the report calls these persons, by language. Its own effect is a placebo; the effect on the first less
    that on the second is the triple difference.
    """

    name: Annotated[dict[Language, str], Field(min_length=1)]
    ages: tuple[Age, Age] | Literal["any"] | None = None
    age_rule: AgeRule | None = None
    benefit: Annotated[str, Field(min_length=1)] | None = None
    receipt: Receipt | None = None
    receipt_day: DayOfYear | None = None
    gap_months: Annotated[int, Field(ge=0, le=12)] | None = None
    follow_up_months: Annotated[int, Field(ge=1, le=120)] | None = None
    residence: Residence | None = None
    residence_day: DayOfYear | None = None

    @model_validator(mode="after")
    def _differs(self) -> Self:
        given = self.differing
        return all_consistent(self, [] if given else ["name alone makes no other population: ages, benefit or receipt"])

    @property
    def differing(self) -> dict[str, Any]:
        """The keys that are given, but for the name."""
        return {
            key: value for key in type(self).model_fields if key != "name" and (value := getattr(self, key)) is not None
        }


def second_of(population: Population, second: SecondPopulation) -> Population:
    """The second population, whole. Raises ValueError for choices that contradict each other."""
    return Population.model_validate(with_receipt(population.model_dump(mode="python"), second.differing))


def with_receipt(population: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """[population] with other choices; what goes with an earlier kind of receipt only goes with it."""
    if changes.get("receipt", population["receipt"]) == population["receipt"]:
        return population | changes
    fallen: dict[str, Any] = {"receipt_day": None, "follow_up_months": None}
    if population["residence"] == "at entry":
        fallen["residence"] = "1 January"
    if population["age_rule"] == "receipt day":
        fallen["age_rule"] = "1 January"
    if changes["receipt"] == "everyone":
        fallen["gap_months"] = 0
    return population | fallen | changes


def second_faults(population: Population, second: SecondPopulation) -> list[str]:
    """Why the two cannot be compared, a sentence each."""
    try:
        whole = second_of(population, second)
    except ValidationError as error:
        found = [str(detail["msg"]).removeprefix("Value error, ") for detail in error.errors()]
        return [f"second_population: {line}" for message in found for line in message.splitlines()]
    faults = []
    if (whole.receipt == "entry") != (population.receipt == "entry"):
        faults.append('second_population.receipt: "entry" has months of its own, so both have it or neither')
    if whole.follow_up_months != population.follow_up_months and whole.receipt == "entry":
        faults.append("second_population.follow_up_months must be that of [population]")
    if _may_share_persons(population, whole):
        faults.append(
            'second_population must hold other persons: ages apart, another benefit, or receipt = "no benefit"'
        )
    return faults


def _may_share_persons(first: Population, second: Population) -> bool:
    """In one year. A person with two benefits can be in both, which is taken to be rare."""
    if (
        first.ages != "any"
        and second.ages != "any"
        and (first.ages[1] < second.ages[0] or second.ages[1] < first.ages[0])
    ):
        return False
    receipts = {first.receipt, second.receipt}
    if "no benefit" in receipts and first.benefit == second.benefit:
        return not receipts & {"any day in the year", "1 January", "on a date", "entry"}
    return first.benefit == second.benefit or "everyone" in receipts
