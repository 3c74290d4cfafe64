"""The study: every choice that changes a number, frozen (design: the study is a document).

Paths, memory and threads are arguments of the commands and never appear here. `read_study`
in `study_file` turns a TOML file into this object and reports every mistake at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ipscausal.study_sensitivity import SensitivityCheck

SEX, AGE_BAND, PRIOR_WORK, MUNICIPALITY_TYPE = "sex", "age band", "prior work", "municipality type"
BUILT_IN_DIMENSIONS = (SEX, AGE_BAND, PRIOR_WORK, MUNICIPALITY_TYPE)
"""Dimensions of heterogeneity that are no column of persons."""
Percentage = Annotated[float, Field(gt=0.5, lt=1)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Code = Annotated[str, Field(min_length=1, max_length=64)]
ColumnName = Annotated[str, Field(min_length=1)]
Age = Annotated[int, Field(ge=0, le=120)]
_Consistent = TypeVar("_Consistent")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, populate_by_name=True, allow_inf_nan=False)


def _all_consistent(section: _Consistent, faults: list[str]) -> _Consistent:
    """All contradictions of a section in one error, a line each, so that none hides behind another."""
    if faults:
        raise ValueError("\n".join(faults))
    return section


class Plan(_Section):
    """Registration of the analysis plan."""

    status: Literal["draft", "locked", "amended"] = "draft"
    registered: dt.date | None = None
    url: str = ""


class About(_Section):
    """Name of the study."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    title: Annotated[dict[Literal["en", "nb"], str], Field(min_length=1)]
    plan: Plan = Plan()


class Extract(_Section):
    """One delivered table: where it lies below the extracts folder and how it is laid out.

    `columns` maps our column name to the name in the delivery.
    """

    path: Annotated[str, Field(min_length=1)]
    layout: Literal["spells"] = "spells"
    end_date: Literal["inclusive", "exclusive"] = "inclusive"
    columns: dict[str, str] = {}


class Extracts(_Section):
    """The delivered tables. The first five are required; `neighbours` says which municipalities border on which."""

    persons: Extract
    residence: Extract
    employment: Extract
    benefits: Extract
    rollout: Extract
    municipalities: Extract | None = None
    neighbours: Extract | None = None


class Population(_Section):
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
        return _all_consistent(self, faults)


EstimatorName = Literal[
    "twfe", "att_gt", "sun_abraham", "etwfe", "imputation", "two_stage", "stacked", "switching", "efficient",
    "synthetic_did", "synthetic_control",
]  # fmt: skip
"""Estimators that a study may name, the first to be quoted; those of `ipscausal.estimate.named`, held by a test."""
OutcomeName = Literal["workdays", "employed", "employment_days", "benefit_days"]


class Outcome(_Section):
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
        return _all_consistent(self, ["also names an outcome twice"] if repeated else [])

    @property
    def all_names(self) -> tuple[str, ...]:
        """The primary outcome first, then the others without repetition."""
        return tuple(dict.fromkeys((self.name, *self.also)))


class Design(_Section):
    """Who is compared with whom, and when exposure starts.

    trends, interacted: of two-way fixed effects: a straight line for each municipality, and covariates (of persons or
    municipalities, named above) with slopes that differ by year; what they cost in variance is told.
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
    cluster: Literal["municipality"] = "municipality"
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
    estimators: tuple[EstimatorName, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = []
        if self.comparison == "listed" and not self.comparison_municipalities:
            faults.append('comparison = "listed" needs comparison_municipalities')
        if self.comparison != "listed" and self.comparison_municipalities:
            faults.append('comparison_municipalities is only read with comparison = "listed"')
        if self.dose_cuts and self.dose == "none":
            faults.append('dose_cuts are only read with a dose of "fidelity" or "reach"')
        if list(self.dose_cuts) != sorted(set(self.dose_cuts)):
            faults.append("dose_cuts must rise")
        if unknown := set(self.interacted) - {*self.covariates, *self.municipality_covariates}:
            faults.append(f"interacted names {sorted(unknown)[0]!r}, which is no covariate of the study")
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
        return _all_consistent(self, faults)


MethodName = Literal[
    "sup_t", "collapse", "collapse_n", "hc1", "analytic", "cr0", "cr1", "cr1s", "cr2", "cr3", "wcr_c", "wcr_s", "wcr_v",
    "wcr_b", "wcu_c", "wcu_s", "wcu_v", "wcu_b", "ri", "ri_t", "ri_size", "conley_taber", "ferman_pinto",
    "ferman_pinto_known", "im", "welch", "lau_li", "hagemann", "re_did", "panel", "space_time", "conformal_iid",
    "conformal_block", "sampling", "multiplier", "placebo_t", "placebo_rank", "jackknife_weights",
]  # fmt: skip
"""Methods of inference that a study may fix beforehand; those of `ipscausal.inference.METHODS`, held by a test."""


class InferenceChoice(_Section):
    """Level of intervals, seed, draws where a distribution is sampled, and how the primary method is chosen.

    calibration_draws: simulated copies of the panel that methods are tried on before outcomes after adoption are used;
    0 = none, the decision guide then chooses from counts. primary: "advise", or a method fixed beforehand.
    """

    level: Percentage = 0.95
    seed: Annotated[int, Field(ge=0)] = 20261121
    draws: Annotated[int, Field(ge=99, le=1_000_000)] = 9999
    calibration_draws: Annotated[int, Field(ge=0, le=100_000)] = 2000
    primary: Literal["advise"] | MethodName = "advise"

    @model_validator(mode="after")
    def _enough_draws(self) -> Self:
        few = 0 < self.calibration_draws < 100
        return _all_consistent(self, ["calibration_draws must be 0 (none) or at least 100"] if few else [])


class Heterogeneity(_Section):
    """Dimensions along which effects may differ; cells are counted by each, and never by two at once.

    by: "sex", "age band", "prior work" and "municipality type" are built in; any other name is a column of persons
    (`columns` of [extracts.persons] maps it). age_bands: the youngest age of each band, rising.
    """

    by: tuple[ColumnName, ...] = ()
    age_bands: Annotated[tuple[Age, ...], Field(min_length=1)] = (18, 25)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = []
        if len(set(self.by)) < len(self.by):
            faults.append("by names a dimension twice")
        if any(low >= high for low, high in zip(self.age_bands, self.age_bands[1:], strict=False)):
            faults.append("age_bands must rise: the youngest age of each band")
        return _all_consistent(self, faults)


class WorkYears(_Section):
    """work-years = effect x persons / days_per_work_year."""

    days_per_work_year: Annotated[float, Field(gt=0, le=366)] = 230
    persons: Literal["treated, mean of exposed years"] | Annotated[float, Field(gt=0)] = (
        "treated, mean of exposed years"
    )
    period: Literal["per calendar year"] = "per calendar year"


class Disclosure(_Section):
    """Rules of the way out. Loosening needs `exception`, a text for the output checker."""

    ruleset: Literal["ssb"] = "ssb"
    min_persons: Annotated[int, Field(ge=1)] = 10
    min_residual_df: Annotated[int, Field(ge=1)] = 10
    exception: str = ""


class Verify(_Section):
    """Whether a run includes the second opinion on person rows."""

    run: bool = False


class Report(_Section):
    """Languages and formats of the report."""

    languages: tuple[Literal["en", "nb"], ...] = ("en", "nb")
    formats: tuple[Literal["html"], ...] = ("html",)


class Study(_Section):
    """The whole study file. Equal content gives an equal `fingerprint`."""

    schema_version: Literal[1]
    study: About
    extracts: Extracts
    population: Population
    outcome: Outcome = Outcome()
    design: Design
    heterogeneity: Heterogeneity = Heterogeneity()
    sensitivity: tuple[SensitivityCheck, ...] = ()
    inference: InferenceChoice = InferenceChoice()
    work_years: WorkYears = WorkYears()
    disclosure: Disclosure = Disclosure()
    verify: Verify = Verify()
    report: Report = Report()

    @model_validator(mode="after")
    def _sections_fit(self) -> Self:
        faults = []
        labels = [one.label for one in self.sensitivity]
        if len(set(labels)) < len(labels):
            faults.append("sensitivity: two checks have the same name; give each a name of its own")
        faults += [fault for one in self.sensitivity for fault in self._nothing_changes(one)]
        if any(one.check == "spillover" for one in self.sensitivity) and self.extracts.neighbours is None:
            faults.append('sensitivity: check = "spillover" needs the table [extracts.neighbours]')
        if self.outcome.days == "calendar days" and "days_per_work_year" not in self.work_years.model_fields_set:
            faults.append('outcome.days = "calendar days" needs work_years.days_per_work_year of its own')
        if self.extracts.municipalities is None:
            if self.design.municipality_covariates:
                faults.append("design.municipality_covariates needs the table [extracts.municipalities]")
            if MUNICIPALITY_TYPE in self.heterogeneity.by:
                faults.append(f'heterogeneity.by = "{MUNICIPALITY_TYPE}" needs the table [extracts.municipalities]')
        return _all_consistent(self, faults)

    def _nothing_changes(self, check: SensitivityCheck) -> list[str]:
        """A check that repeats the study, or asks about years it does not have, would pass without having tried."""
        first, last = self.population.years
        outcome = self.outcome
        asked = {name: getattr(check, name) for name in ("days", "measure", "cap") if getattr(check, name) is not None}
        same = {
            "placebo_outcome": check.outcome == outcome.name,
            "placebo_population": check.benefit in (None, self.population.benefit)
            and check.ages in (None, self.population.ages),
            "outcome_definition": check.outcome in (None, outcome.name)
            and all(getattr(outcome, name) == value for name, value in asked.items()),
            "window": check.years is not None and check.years[0] <= first and check.years[-1] >= last,
            "years_excluded": check.years is not None and not any(first <= year <= last for year in check.years),
            "break_year": check.year is not None and not first < check.year <= last,
            "movers": self.population.movers == "exclude",
            "baseline_cohort": self.population.receipt == "baseline cohort",
            "comparison_group": check.municipalities is not None
            and set(check.municipalities) == set(self.design.comparison_municipalities),
        }
        if not same.get(check.check, False):
            return []
        return [f'sensitivity "{check.label}" changes nothing: it repeats the study, or names years outside it']

    @property
    def first_year(self) -> int:
        """First calendar year of the study window."""
        return self.population.years[0]

    @property
    def last_year(self) -> int:
        """Last calendar year of the study window, included."""
        return self.population.years[1]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the resolved content (defaults filled in), independent of layout and order."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
