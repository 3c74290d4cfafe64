"""Who is compared with whom."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipscausal.study.section import Code, ColumnName, Section, all_consistent

EstimatorName = Literal[
    "twfe", "att_gt", "sun_abraham", "etwfe", "imputation", "two_stage", "stacked", "switching", "efficient",
    "synthetic_did", "synthetic_control", "twfe_person",
]  # fmt: skip
"""Estimators that a study may name, the first to be quoted; those of `ipscausal.estimate.named`, held by a test."""


class Design(Section):
    """Who is compared with whom, and when exposure starts.

    cluster: what treatment, randomisation and jackknife act on; "unit" = the column `unit` of the municipalities table.
    mixed_units: units of several municipalities that start in a part of them: "error", "drop", all of it "treated", or
    "partial" = treated with the share of the persons who lived in that part before the start as dose.
    trends, interacted: of two-way fixed effects: a straight line for each municipality, and covariates (of persons or
    municipalities, named above) with slopes that differ by year; what they cost in variance is told.
    person_effects: also two-way fixed effects with an effect of each person ("twfe_person"), beside the answer. Who
    moves is of the municipality of the "first" year throughout, counts as a "separate" person in each, or is left out
    ("exclude").
    estimators: those that are run, the first is quoted; none named = those that fit the rollout dates.
    municipality_covariates: columns of the municipalities table, numbers, the same in all years or by year.
    dose: how much of the programme a municipality-year received: "none" = all or nothing from the first treated year
    on; "fidelity" = the fidelity score over the days of the year; "reach" = participants a year over recipients.
    dose_cuts: where one group of doses ends and the next begins; a line through all doses is drawn besides.
    """

    treated: Literal["rollout"] | tuple[Code, ...] = "rollout"
    comparison: Literal["listed", "never", "not yet"] = "listed"
    comparison_municipalities: tuple[Code, ...] = ()
    programme: str | None = None
    cluster: Literal["municipality", "unit"] = "municipality"
    mixed_units: Literal["error", "drop", "treated", "partial"] = "error"
    first_treated_year: Literal["year of start", "first full year"] = "year of start"
    after_end: Literal["error", "still treated", "drop"] = "error"
    anticipation: Annotated[int, Field(ge=0, le=5)] = 0
    event_window: tuple[int, int] = (-4, 3)
    outside: Literal["bin", "drop"] = "bin"
    reference: int = -1
    covariates: tuple[ColumnName, ...] = ()
    municipality_covariates: tuple[ColumnName, ...] = ()
    dose: Literal["none", "fidelity", "reach"] = "none"
    dose_cuts: tuple[float, ...] = ()
    trends: Literal["none", "municipality"] = "none"
    interacted: tuple[ColumnName, ...] = ()
    person_effects: Literal["none", "first", "separate", "exclude"] = "none"
    estimators: tuple[EstimatorName, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = []
        if self.comparison == "listed" and not self.comparison_municipalities:
            faults.append('comparison = "listed" needs comparison_municipalities')
        if self.comparison != "listed" and self.comparison_municipalities:
            faults.append('comparison_municipalities is only read with comparison = "listed"')
        if self.dose_cuts and not self.graded:
            faults.append('dose_cuts are only read with a dose of "fidelity" or "reach"')
        if self.cluster == "unit" and self.dose != "none":
            faults.append('cluster = "unit" goes with dose = "none"; units = "unit" under [population] takes doses')
        if self.mixed_units == "partial" and self.dose != "none":
            faults.append('mixed_units = "partial" makes a dose of its own and goes with dose = "none" only')
        if list(self.dose_cuts) != sorted(set(self.dose_cuts)):
            faults.append("dose_cuts must rise")
        if unknown := set(self.interacted) - {*self.covariates, *self.municipality_covariates}:
            faults.append(f"interacted names {sorted(unknown)[0]!r}, which is no covariate of the study")
        if "twfe_person" in self.estimators and self.person_effects == "none":
            faults.append('estimators names twfe_person, which needs person_effects: "first", "separate" or "exclude"')
        if self.estimators[:1] == ("twfe_person",):
            faults.append("twfe_person stands beside another estimator: name the one to quote first")
        if len(set(self.estimators)) < len(self.estimators):
            faults.append("estimators names one twice")
        if len(set(self.comparison_municipalities)) < len(self.comparison_municipalities):
            faults.append("comparison_municipalities names a municipality twice")
        if len(set(self.municipality_covariates)) < len(self.municipality_covariates):
            faults.append("municipality_covariates names a column twice")
        low, high = self.event_window
        if not low <= self.reference < 0 <= high:
            faults.append("event_window must hold the reference (below 0) and event time 0")
        elif self.reference >= -self.anticipation:
            faults.append("reference must lie before the years of anticipation")
        if self.treated != "rollout":
            if not self.treated:
                faults.append("treated names no municipality")
            if set(self.treated) & set(self.comparison_municipalities):
                faults.append("treated and comparison_municipalities share a municipality")
        return all_consistent(self, faults)

    @property
    def graded(self) -> bool:
        """Whether treated municipality-years differ in how much of the programme they received."""
        return self.dose != "none" or self.mixed_units == "partial"
