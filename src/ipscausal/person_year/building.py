"""The population and its outcomes, built in the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ipscausal import extracts
from ipscausal.errors import IdentificationError
from ipscausal.person_year.calendar import calendar_tables, follow_up_table, last_followed_year
from ipscausal.person_year.covariates import stack_covariates
from ipscausal.person_year.joining import Joining, joining
from ipscausal.person_year.outcomes import excluded_job_kinds, study_benefits, study_outcomes
from ipscausal.person_year.parameters import parameters
from ipscausal.person_year.units import Programme, StudyUnits, candidate_units, programmes, study_units
from ipscausal.results import Notice
from ipscausal.study import Study
from ipscausal.warehouse import PersonRange, Warehouse, load_models

STAGING, PERSON_YEAR = "1_staging", "2_person_year"
EVERYBODY = (PersonRange(),)
_SELECTED = ("population", "person_covariate")
# jobs are staged once it is known whose: the employment files are touched once, for them
_STAGED_LATE = "stg_employment"
# the numbers are those of candidate_person_year.sql
_STEPS = (
    "persons_with_benefit", "receipt", "registered", "age", "resident", "study_municipality",
    "alive", "emigrated", "death_year", "always_treated", "left_the_window", "follow_up", "covariates", "movers",
)  # fmt: skip
_RECEIPT_STEP = {
    "baseline cohort": "baseline_cohort", "1 January": "receipt_1_january", "on a date": "receipt_on_a_date",
    "entry": "entered", "no benefit": "no_benefit",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AttritionRow:
    """What remains of an arm (`treated`, `control`, `all`) after one step of the selection."""

    step: int
    rule: str
    arm: str
    persons: int
    person_years: int


@dataclass(frozen=True, slots=True)
class Population:
    """Who the study is about, as counts; the person-years lie in the engine as `population`.

    years: first and last calendar year read. covariate_kinds: kind (`number` or `text`) of each person column
    among the study's covariates, by its place in that list from 1.
    """

    attrition: tuple[AttritionRow, ...]
    units: StudyUnits
    notices: tuple[Notice, ...]
    years: tuple[int, int]
    covariate_kinds: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a study takes place, whoever is counted: its municipalities, the codes it joins, the last year read."""

    units: StudyUnits
    codes: Joining
    last_year: int


def build(warehouse: Warehouse, study: Study) -> Population:
    """Person-years of the study from registered extracts (`extracts.register`).

    Creates `population` and `person_year_outcome` (see their headers in sql/2_person_year). Raises IdentificationError
    for a design without treated or comparison municipalities or without any person-year, StudyError for a calendar
    nobody knows.
    """
    return _somebody(study, _build(warehouse, study, places(warehouse, study, EVERYBODY)))


def build_candidates(warehouse: Warehouse, study: Study) -> Population:
    """The same person-years in every municipality, in the years before the first start only.

    No outcome after those years is read: the window of the calendar ends there.
    """
    rollout = _stage(warehouse, study)
    codes = joining(warehouse, study)
    units = candidate_units(study, rollout, _seen_municipalities(warehouse, study), codes)
    return _somebody(study, _build(warehouse, study, Places(units, codes, units.first_start - 1)))


def places(warehouse: Warehouse, study: Study, ranges: Sequence[PersonRange]) -> Places:
    """The municipalities of the study, looked for in one range of persons after the other; the last stays staged.

    Raises IdentificationError for a design without treated or comparison municipalities.
    """
    codes = joining(warehouse, study)
    rollout: tuple[Programme, ...] = ()
    seen: set[str] = set()
    for people in ranges:
        warehouse.restrict(people)
        rollout = _stage(warehouse, study)
        if study.design.comparison == "listed":
            break  # nothing about persons is asked
        seen |= set(_seen_municipalities(warehouse, study))
    return Places(study_units(study, rollout, sorted(seen), codes), codes, study.last_year)


def build_range(warehouse: Warehouse, study: Study, found: Places, people: PersonRange) -> Population:
    """As `build`, of one range of persons, of whom nobody may remain."""
    warehouse.restrict(people)
    _stage(warehouse, study)
    return _build(warehouse, study, found)


def select_range(warehouse: Warehouse, study: Study, found: Places, people: PersonRange) -> Mapping[int, str]:
    """Only `population` and `person_covariate` of one range of persons; returns the kinds of covariates."""
    warehouse.restrict(people)
    _stage(warehouse, study)
    given, kinds = _prepare(warehouse, study, found)
    _run(warehouse, _behind(_SELECTED), given)
    return kinds


def united(study: Study, parts: Sequence[Population]) -> Population:
    """The population of all ranges together. Raises IdentificationError where nobody remains."""
    steps = [tuple(part.attrition[k] for part in parts) for k in range(len(parts[0].attrition))]
    attrition = tuple(
        replace(rows[0], persons=sum(row.persons for row in rows), person_years=sum(row.person_years for row in rows))
        for rows in steps
    )
    return _somebody(study, replace(parts[0], attrition=attrition))


def _somebody(study: Study, population: Population) -> Population:
    everybody = [row for row in population.attrition if row.arm == "all"]
    if not max(everybody, key=lambda row: row.step).person_years:
        raise IdentificationError(
            f"no person-year of the study remains ({study.first_year}-{population.years[1]})",
            problems=tuple(f"after {row.rule}: {row.person_years} person-years" for row in everybody),
            remedy="look at the first rule that leaves none: its choice in the study file, or the extract behind it",
        )
    return population


def _stage(warehouse: Warehouse, study: Study) -> tuple[Programme, ...]:
    given = extracts.parameters(study)
    warehouse.register_table("study_benefit", study_benefits(study))
    for model in load_models(STAGING):
        if model.name != _STAGED_LATE:
            warehouse.run(model, given)
    rows = warehouse.arrow("stg_rollout", ("municipality",)).to_pylist()
    return programmes((row["municipality"], row["start_date"], row["end_date"]) for row in rows)


def _seen_municipalities(warehouse: Warehouse, study: Study) -> tuple[str, ...]:
    _run(warehouse, ("seen_municipality",), parameters(study, first_start=study.last_period))
    return tuple(warehouse.arrow("seen_municipality", ("municipality",)).column("municipality").to_pylist())


def _run(warehouse: Warehouse, names: Iterable[str], given: Mapping[str, Any]) -> None:
    wanted = set(names)
    for model in load_models(STAGING, PERSON_YEAR):
        if model.name in wanted:
            warehouse.run(model, given)


def _behind(names: Iterable[str]) -> set[str]:
    """The models of sql/2_person_year that these need, themselves included."""
    models = {model.name: model for model in load_models(PERSON_YEAR)}
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in models and name not in found:
            found.add(name)
            waiting += models[name].reads
    return found


def _build(warehouse: Warehouse, study: Study, found: Places) -> Population:
    given, kinds = _prepare(warehouse, study, found)
    names = {model.name for model in load_models(PERSON_YEAR)}
    _run(warehouse, (names | {_STAGED_LATE}) - {"seen_municipality"}, given)
    last = last_followed_year(study.population.follow_up_months, found.last_year)
    return Population(
        attrition=_attrition(warehouse),
        units=found.units,
        notices=(*notices_of(study, found.units), *found.codes.notices),
        years=(study.first_period, study.period_of(dt.date(last, 12, 31))),
        covariate_kinds=kinds,
    )


def _prepare(warehouse: Warehouse, study: Study, found: Places) -> tuple[dict[str, Any], Mapping[int, str]]:
    """Register the small tables of the study; returns the parameters of the models and the kinds of covariates."""
    import pyarrow as pa

    units, last_year = found.units, found.last_year
    for name, table in _calendar(study, last_year).items():
        warehouse.register_table(name, table)
    followed = follow_up_table(study.population.follow_up_months, study.first_year, last_year)
    warehouse.register_table("follow_up", followed)
    warehouse.register_table("study_municipality", units.to_arrow())
    steps = _steps(study, units)
    step_table = {"step": pa.array(list(steps), pa.int32()), "rule": pa.array(list(steps.values()), pa.string())}
    warehouse.register_table("population_step", pa.table(step_table))
    warehouse.register_table("study_outcome", study_outcomes(study))
    warehouse.register_table("excluded_job_kind", excluded_job_kinds(study))
    kinds = stack_covariates(warehouse, study)
    return parameters(study, first_start=units.first_start, last_year=last_year), kinds


def _calendar(study: Study, last_year: int) -> dict[str, Any]:
    outcome = study.outcome
    return calendar_tables(outcome.days, outcome.country, study.first_year, last_year, study.population.period)


def _steps(study: Study, units: StudyUnits) -> dict[int, str]:
    """The steps that can remove somebody in this study, by number; the others are not counted."""
    population, design = study.population, study.design
    receipt = _RECEIPT_STEP.get(population.receipt, "")
    skipped = {
        "receipt": not receipt,
        "age": population.ages == "any",
        "emigrated": population.emigration == "keep",
        "death_year": population.deaths == "keep",
        "always_treated": not units.codes("always"),
        "left_the_window": design.first_treated_year == "year of start" and design.after_end != "drop",
        "follow_up": population.receipt != "entry",
        "covariates": set(design.covariates) <= {"age"},
        "movers": population.movers == "keep",
    }
    steps = {step: rule for step, rule in enumerate(_STEPS, start=1) if not skipped.get(rule, False)}
    return {step: receipt if rule == "receipt" else rule for step, rule in steps.items()}


def _attrition(warehouse: Warehouse) -> tuple[AttritionRow, ...]:
    rows = warehouse.arrow("attrition", ("step", "arm")).to_pylist()
    return tuple(AttritionRow(**row) for row in rows)


def notices_of(study: Study, units: StudyUnits) -> tuple[Notice, ...]:
    """What the reader must know of the municipalities of a study and their starts."""
    counts = {
        "always_treated_left_out": len(units.codes("always")),
        "late_rollout": len(units.later),
        "programme_ended": len(units.ended),
    }
    notices = [Notice(code, "warning", {"count": count}) for code, count in counts.items() if count]
    if units.partial_start and study.design.first_treated_year == "year of start":
        notices.append(Notice("start_year_partial", "note", {}))
    months = study.population.follow_up_months
    if months is not None and (years := -(-months // 12)) > study.design.anticipation:
        notices.append(Notice("entry_reaches_start", "warning", {"count": months, "limit": years}))
    return tuple(notices)
