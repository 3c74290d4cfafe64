"""The study: every choice that changes a number, frozen (design: the study is a document).

Paths, memory and threads are arguments of the commands and never appear here. `read_study`
in `study_file` turns a TOML file into this object and reports every mistake at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipscausal import periods
from ipscausal.language import Language
from ipscausal.study.design import Design, EstimatorName
from ipscausal.study.disclosure import Disclosure
from ipscausal.study.extracts import Extract, Extracts, SpellExtract
from ipscausal.study.inference import InferenceChoice, MethodName
from ipscausal.study.outcome import Outcome, OutcomeDefinition, outcome_faults
from ipscausal.study.plan import Amendment, Plan, Statements, TargetTrial
from ipscausal.study.population import Population
from ipscausal.study.second_population import SecondPopulation, second_faults
from ipscausal.study.section import Age, ColumnName, Section, all_consistent
from ipscausal.study_sensitivity import SensitivityCheck

SEX, AGE_BAND, PRIOR_WORK, MUNICIPALITY_TYPE = "sex", "age band", "prior work", "municipality type"
BUILT_IN_DIMENSIONS = (SEX, AGE_BAND, PRIOR_WORK, MUNICIPALITY_TYPE)
"""Dimensions of heterogeneity that are no column of persons."""
__all__ = [
    "About", "Amendment", "Design", "Disclosure", "EstimatorName", "Extract", "Extracts", "Heterogeneity",
    "InferenceChoice", "MethodName", "Outcome", "OutcomeDefinition", "Plan", "Population", "Report", "SecondPopulation",
    "SpellExtract", "Statements", "Study", "TargetTrial", "Verify", "WorkYears",
]  # fmt: skip


class About(Section):
    """Name of the study."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    title: Annotated[dict[Language, Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    plan: Plan = Plan()


class Heterogeneity(Section):
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
        return all_consistent(self, faults)


class WorkYears(Section):
    """work-years a year = effect x persons x periods in a year / days_per_work_year.

    persons: a number of them in each period of the panel.
    """

    days_per_work_year: Annotated[float, Field(gt=0, le=366)] = 230
    persons: Literal["treated, mean of exposed years"] | Annotated[float, Field(gt=0)] = (
        "treated, mean of exposed years"
    )
    period: Literal["per calendar year"] = "per calendar year"


class Verify(Section):
    """Whether a run includes the second opinion on person rows."""

    run: bool = False


class Report(Section):
    """Languages and formats of the report, and the checklists that it answers."""

    languages: tuple[Language, ...] = ("en", "nb")
    formats: tuple[Literal["html", "pdf", "docx"], ...] = ("html", "pdf")
    checklists: tuple[Literal["TARGET", "RECORD"], ...] = ("TARGET", "RECORD")


class Study(Section):
    """The whole study file. Equal content gives an equal `fingerprint`."""

    schema_version: Literal[1]
    study: About
    extracts: Extracts
    population: Population
    second_population: SecondPopulation | None = None
    outcome: Outcome = Outcome()
    design: Design
    heterogeneity: Heterogeneity = Heterogeneity()
    sensitivity: tuple[SensitivityCheck, ...] = ()
    inference: InferenceChoice = InferenceChoice()
    work_years: WorkYears = WorkYears()
    disclosure: Disclosure = Disclosure()
    verify: Verify = Verify()
    report: Report = Report()
    target_trial: TargetTrial = TargetTrial()
    statements: Statements = Statements()

    @model_validator(mode="after")
    def _sections_fit(self) -> Self:
        faults = []
        labels = [one.label for one in self.sensitivity]
        first, last = self.population.years
        if any(not first < year <= last for year in self.outcome.break_years):
            faults.append(f"outcome.break_years must lie after the first study year: {first + 1} to {last}")
        if len(set(self.outcome.break_years)) < len(self.outcome.break_years):
            faults.append("outcome.break_years names a year twice")
        if len(set(labels)) < len(labels):
            faults.append("sensitivity: two checks have the same name; give each a name of its own")
        faults += [fault for one in self.sensitivity for fault in self._nothing_changes(one)]
        if any(one.check == "spillover" for one in self.sensitivity) and self.extracts.neighbours is None:
            faults.append('sensitivity: check = "spillover" needs the table [extracts.neighbours]')
        if self.population.benefit is None and any(one.check == "baseline_cohort" for one in self.sensitivity):
            faults.append('sensitivity: check = "baseline_cohort" needs population.benefit')
        if self.second_population is not None:
            faults += second_faults(self.population, self.second_population)
        faults += self._benefit_faults()
        faults += self._drawn_too_early()
        delivered = frozenset(name for name, extract in self.extracts if extract is not None)
        population = self.population
        faults += outcome_faults(self.outcome, self.counted_outcomes, delivered, population.receipt, population.period)
        asked = (self.outcome.unknown(one.outcome) for one in self.sensitivity if one.outcome is not None)
        faults += [f"sensitivity: {unknown}" for unknown in asked if unknown]
        if self.population.period == "quarter" and PRIOR_WORK in self.heterogeneity.by:
            faults.append(f'heterogeneity.by = "{PRIOR_WORK}" is about the year before: population.period = "year"')
        if self.population.period == "quarter" and self.design.dose == "reach":
            faults.append('design.dose = "reach" is about participants a year: population.period = "year"')
        if self.outcome.days == "calendar days" and "days_per_work_year" not in self.work_years.model_fields_set:
            faults.append('outcome.days = "calendar days" needs work_years.days_per_work_year of its own')
        if self.design.cluster == "unit" and any(one.check == "spillover" for one in self.sensitivity):
            faults.append('sensitivity: check = "spillover" compares municipalities, not clusters of them')
        if self.population.municipalities == "harmonised" and self.extracts.municipality_changes is None:
            faults.append('population.municipalities = "harmonised" needs the table [extracts.municipality_changes]')
        if self.extracts.municipalities is None:
            if self.named_units:
                faults.append('units = "unit" and cluster = "unit" need the table [extracts.municipalities]')
            if self.design.municipality_covariates:
                faults.append("design.municipality_covariates needs the table [extracts.municipalities]")
            if MUNICIPALITY_TYPE in self.heterogeneity.by:
                faults.append(f'heterogeneity.by = "{MUNICIPALITY_TYPE}" needs the table [extracts.municipalities]')
        return all_consistent(self, faults)

    def _benefit_faults(self) -> list[str]:
        """What asks for a benefit in a study that names none, or for a table of benefits that is not delivered."""
        second = self.second_population
        named = {self.population.benefit, None if second is None else second.benefit} - {None}
        specs = [self.outcome.spec(name) for name in self.counted_outcomes if not self.outcome.unknown(name)]
        about = ("benefit_days", "work_without_benefit")
        own = [one.name for one in specs if one.kind in about and one.benefit is None]
        faults = []
        if self.population.benefit is None:
            faults += [f'outcome "{name}" is about population.benefit: leave it out of outcome.also' for name in own]
        if self.extracts.benefits is None and (named or any(one.benefit is not None for one in specs)):
            faults.append("extracts.benefits is missing: a benefit that the study names needs the table")
        return faults

    def _drawn_too_early(self) -> list[str]:
        """Tables of jobs and benefits that were drawn, as the study says itself, before its last year was over."""
        if self.population.incomplete_last_year == "keep":
            return []
        drawn = {"employment": self.extracts.employment, "benefits": self.extracts.benefits}
        return [
            f"extracts.{name}.extracted = {extract.extracted} lies before the end of {self.last_year}, so that year "
            'cannot be whole: end population.years earlier, or set population.incomplete_last_year = "keep"'
            for name, extract in drawn.items()
            if extract is not None and extract.extracted and extract.extracted <= dt.date(self.last_year, 12, 31)
        ]

    def _nothing_changes(self, check: SensitivityCheck) -> list[str]:
        """A check that repeats the study, or asks about years it does not have, would pass without having tried."""
        first, last = self.population.years
        outcome = self.outcome
        asked = {name: getattr(check, name) for name in ("days", "measure", "cap") if getattr(check, name) is not None}
        same = {
            "placebo_outcome": check.outcome == outcome.name,
            "placebo_population": (check.benefit in (None, self.population.benefit) or self.population.benefit is None)
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

    def until(self, last_year: int) -> Study:
        """This study ending with `last_year`; itself where it does."""
        if last_year == self.last_year:
            return self
        years = (self.first_year, last_year)
        return self.model_copy(update={"population": self.population.model_copy(update={"years": years})})

    def period_of(self, day: dt.date) -> int:
        """The period of the panel (a calendar year, or a quarter as `periods` numbers it) that a day lies in."""
        return periods.number_of(day, self.population.period)

    def period_starts(self, number: int) -> dt.date:
        """The first day of a period."""
        return periods.first_day(number, self.population.period)

    def counts_from(self, start: dt.date) -> int:
        """The period from which a start counts: its own, or under "first full year" the first whole one."""
        own = self.period_of(start)
        whole = start == self.period_starts(own) or self.design.first_treated_year == "year of start"
        return own if whole else own + 1

    @property
    def first_period(self) -> int:
        """First period of the study window."""
        return self.period_of(dt.date(self.first_year, 1, 1))

    @property
    def last_period(self) -> int:
        """Last period of the study window, included."""
        return self.period_of(dt.date(self.last_year, 12, 31))

    @property
    def counted_outcomes(self) -> tuple[str, ...]:
        """The outcomes that are counted: the study's own first, then those that only its checks name."""
        asked = (check.outcome for check in self.sensitivity if check.outcome is not None)
        return tuple(dict.fromkeys((*self.outcome.all_names, *asked)))

    @property
    def named_units(self) -> bool:
        """Whether the column `unit` of the municipalities table says which municipalities belong together."""
        return "unit" in (self.population.units, self.design.cluster)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the resolved content (defaults filled in), independent of layout and order."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
