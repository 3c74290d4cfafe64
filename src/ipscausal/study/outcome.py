"""What is measured."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipscausal.study.section import Section, all_consistent

OutcomeName = Literal["workdays", "employed", "employment_days", "benefit_days"]


class Outcome(Section):
    """What is measured. Workdays: position summed over jobs, capped at full time, per day."""

    name: OutcomeName = "workdays"
    also: tuple[OutcomeName, ...] = ("employed", "employment_days", "benefit_days")
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "NO"
    days: Literal["working days", "weekdays", "calendar days"] = "working days"
    measure: Literal["position", "any job"] = "position"
    cap: bool = True

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        repeated = len(set(self.also)) < len(self.also)
        return all_consistent(self, ["also names an outcome twice"] if repeated else [])

    @property
    def all_names(self) -> tuple[str, ...]:
        """The primary outcome first, then the others without repetition."""
        return tuple(dict.fromkeys((self.name, *self.also)))
