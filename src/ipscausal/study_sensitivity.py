"""The attacks on the answer that a study declares, and the study with one choice made otherwise that each needs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

CheckName = Literal[
    "honest_did", "pretrend_power", "placebo_dates", "placebo_municipalities", "placebo_outcome", "placebo_population",
    "without_municipality", "without_year", "comparison_group", "anticipation", "window", "years_excluded",
    "break_year", "movers", "baseline_cohort", "outcome_definition", "spillover",
]  # fmt: skip
"""Those of `ipscausal.sensitivity.QUESTIONS`, held by a test."""

STANDARD: tuple[CheckName, ...] = (
    "honest_did", "pretrend_power", "placebo_dates", "placebo_municipalities", "without_municipality", "without_year",
    "anticipation",
)  # fmt: skip
"""Run whether declared or not: they need nothing but the panel."""

# what each check reads, (needed, allowed besides)
_READS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "anticipation": (frozenset(), frozenset({"years_before"})),
    "placebo_outcome": (frozenset({"outcome"}), frozenset({"effect"})),
    "placebo_population": (frozenset(), frozenset({"benefit", "ages", "effect"})),
    "comparison_group": (frozenset(), frozenset({"comparison", "municipalities"})),
    "window": (frozenset({"years"}), frozenset()),
    "years_excluded": (frozenset({"years"}), frozenset()),
    "break_year": (frozenset({"year"}), frozenset()),
    "outcome_definition": (frozenset(), frozenset({"outcome", "days", "measure", "cap"})),
}
_ONE_OF = {
    "placebo_population": ("benefit", "ages"),
    "comparison_group": ("comparison", "municipalities"),
    "outcome_definition": ("outcome", "days", "measure", "cap"),
}


class SensitivityCheck(BaseModel):
    """One `[[sensitivity]]` table.

    check: which question. name: what the report calls it. years: [first, last] of a window, or the calendar years to
    leave out; year: of a break; years_before: how many years ahead an effect may have begun (quarters in their panel).
    outcome: one that cannot be affected, or another definition; days, measure, cap: as in [outcome]. benefit, ages: a
    population that the programme does not reach. comparison, municipalities: another comparison group, as in [design].
    effect: an effect that would matter where nothing may be found, in the unit of that outcome.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    check: CheckName
    name: Annotated[str, Field(max_length=80)] = ""
    years: tuple[Annotated[int, Field(ge=1900, le=2200)], ...] | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    years_before: Annotated[int, Field(ge=1, le=5)] | None = None
    outcome: Annotated[str, Field(min_length=1)] | None = None
    days: Literal["working days", "weekdays", "calendar days"] | None = None
    measure: Literal["position", "any job"] | None = None
    cap: bool | None = None
    benefit: Annotated[str, Field(min_length=1)] | None = None
    ages: tuple[Annotated[int, Field(ge=0, le=120)], Annotated[int, Field(ge=0, le=120)]] | None = None
    comparison: Literal["listed", "never", "not yet"] | None = None
    municipalities: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] | None = None
    effect: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _reads_what_it_needs(self) -> Self:
        given = {
            key for key in type(self).model_fields if key not in ("check", "name") and getattr(self, key) is not None
        }
        needed, allowed = _READS.get(self.check, (frozenset(), frozenset()))
        faults = [f'check = "{self.check}" needs {key}' for key in sorted(needed - given)]
        faults += [f'{key} is not read with check = "{self.check}"' for key in sorted(given - needed - allowed)]
        choices = _ONE_OF.get(self.check, ())
        if choices and not given & set(choices):
            faults.append(f'check = "{self.check}" needs one of {", ".join(choices)}')
        if (
            self.check == "window"
            and self.years is not None
            and (len(self.years) != 2 or self.years[0] >= self.years[1])
        ):
            faults.append("years of a window must be [first, last]")
        if self.ages is not None and self.ages[0] > self.ages[1]:
            faults.append("ages must be [youngest, oldest]")
        listed = self.comparison == "listed" or self.municipalities is not None
        if self.check == "comparison_group" and listed and not self.municipalities:
            faults.append('comparison = "listed" needs municipalities')
        if (
            self.check == "comparison_group"
            and self.municipalities is not None
            and self.comparison not in (None, "listed")
        ):
            faults.append('municipalities are only read with comparison = "listed"')
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def label(self) -> str:
        """What the check is called: the study's name for it, else its own."""
        return self.name or self.check


def with_standard(
    declared: tuple[SensitivityCheck, ...], break_years: tuple[int, ...] = ()
) -> tuple[SensitivityCheck, ...]:
    """The checks of a run: the standard ones that the study does not declare otherwise, one for each break it declares
    of what is measured, then its own."""
    named = {one.check for one in declared}
    asked = {one.year for one in declared if one.check == "break_year"}
    breaks = [year for year in break_years if year not in asked]
    alone = len(breaks) == 1 and "break_year" not in named
    return (
        *(SensitivityCheck(check=name) for name in STANDARD if name not in named),
        *(SensitivityCheck(check="break_year", year=year, name="" if alone else str(year)) for year in breaks),
        *declared,
    )
