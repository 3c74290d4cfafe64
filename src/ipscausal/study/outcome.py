"""What is measured."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipscausal.language import Language
from ipscausal.outcomes import ANY, BUILT_IN, COMPETITIVE, KINDS, OutcomeSpec, kind_of
from ipscausal.study.section import Section, Year, all_consistent

OutcomeName = Annotated[str, Field(min_length=1, max_length=64)]
KindName = Literal[
    "workdays", "employed", "employment_days", "employed_on", "sustained", "hours", "earnings", "benefit_days",
    "work_without_benefit", "days_to_job", "neet_days", "neet_on",
]  # fmt: skip
"""Those of `ipscausal.outcomes.KINDS`, held by a test."""
_PARAMETERS = ("jobs", "benefit", "date", "weeks")
_IN_SOME_YEARS = ("02-29", "02-30", "02-31", "04-31", "06-31", "09-31", "11-31")


class OutcomeDefinition(Section):
    """One `[[outcome.define]]` table: an outcome of a kind, with its parameters.

    name: begins with the kind (`benefit_days_dp`); title: what the report calls it, where the wording of the kind does
    not do. jobs: which jobs count. benefit: of days on a benefit, the study's own unless named. date: MM-DD of
    employed_on and neet_on. weeks: the length of an unbroken run of employment.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    kind: KindName
    title: dict[Language, Annotated[str, Field(min_length=1, max_length=120)]] = Field(default_factory=dict)
    jobs: Literal["any", "competitive"] | None = None
    benefit: Annotated[str, Field(min_length=1)] | None = None
    date: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] | None = None
    weeks: Annotated[int, Field(ge=1, le=260)] | None = None

    @model_validator(mode="after")
    def _reads_what_it_needs(self) -> Self:
        kind = KINDS[self.kind]
        given = {key for key in _PARAMETERS if getattr(self, key) is not None}
        faults = [f'kind = "{self.kind}" needs {key}' for key in sorted(kind.needs - given)]
        faults += [f'{key} is not read with kind = "{self.kind}"' for key in sorted(given - kind.needs - kind.takes)]
        if self.name in BUILT_IN:
            faults.append(f'name "{self.name}" is built in; choose another')
        elif not self.name.startswith(f"{self.kind}_") or kind_of(self.name) != kind:
            faults.append(f'name must begin with its kind: "{self.kind}_..."')
        if self.date in _IN_SOME_YEARS:
            faults.append(f'date "{self.date}" is not a day of every year')
        return all_consistent(self, faults)

    @property
    def spec(self) -> OutcomeSpec:
        """What is counted."""
        title = tuple((language, text) for language, text in self.title.items())
        return OutcomeSpec(self.name, self.kind, self.jobs or ANY, self.benefit, self.date, self.weeks, title)


class Outcome(Section):
    """What is measured. Workdays: position summed over jobs, capped at full time, per day.

    name, also: built-in outcomes, or those under define. excluded_job_kinds: kinds of job that are no competitive
    employment (sheltered work, wage subsidies); a job of unknown kind is competitive. sustained_gap_days: calendar
    days without a job that do not break a run of employment. hours: what the column tells, hours a week by agreement
    or hours of the whole row. earnings_cap: a person's earnings of a year count up to it. prices_of: the year in whose
    prices earnings are told, by [extracts.price_index]; without it they are nominal. currency: what earnings are told
    in, such as NOK; a word and no conversion. break_years: calendar years in which what is measured breaks, as with a
    new register of jobs: drawn in the trends, asked for a placebo effect.
    """

    name: OutcomeName = "workdays"
    also: tuple[OutcomeName, ...] = ("employed", "employment_days", "benefit_days")
    define: tuple[OutcomeDefinition, ...] = ()
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "NO"
    days: Literal["working days", "weekdays", "calendar days"] = "working days"
    measure: Literal["position", "any job"] = "position"
    cap: bool = True
    break_years: tuple[Year, ...] = ()
    excluded_job_kinds: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    sustained_gap_days: Annotated[int, Field(ge=0, le=92)] = 0
    hours: Literal["agreed a week", "total of the row"] = "agreed a week"
    earnings_cap: Annotated[float, Field(ge=1, le=1_000_000_000)] | None = None
    prices_of: Year | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = []
        if len({one.name for one in self.define}) < len(self.define):
            faults.append("define gives two outcomes the same name")
        if len(set(self.also)) < len(self.also):
            faults.append("also names an outcome twice")
        asked = (("name", self.name), *(("also", name) for name in dict.fromkeys(self.also)))
        faults += [f"{key}: {fault}" for key, name in asked if (fault := self.unknown(name))]
        if len(set(self.excluded_job_kinds)) < len(self.excluded_job_kinds):
            faults.append("excluded_job_kinds names a kind twice")
        return all_consistent(self, faults)

    @property
    def all_names(self) -> tuple[str, ...]:
        """The primary outcome first, then the others without repetition."""
        return tuple(dict.fromkeys((self.name, *self.also)))

    @property
    def known_names(self) -> tuple[str, ...]:
        """Every name that this study may use: the built-in ones and its own."""
        return (*BUILT_IN, *(one.name for one in self.define))

    def unknown(self, name: str) -> str:
        """What is wrong with a name that is no outcome of the study; empty for one that is."""
        if name in self.known_names:
            return ""
        near = get_close_matches(name, self.known_names, n=1)
        meant = f'; did you mean "{near[0]}"?' if near else ""
        return f'"{name}" is no outcome{meant}; valid: {", ".join(self.known_names)}, or one under [[outcome.define]]'

    def spec(self, name: str) -> OutcomeSpec:
        """What is counted under one of `known_names`."""
        own = {one.name: one.spec for one in self.define}
        return own[name] if name in own else BUILT_IN[name]


def outcome_faults(
    outcome: Outcome, counted: tuple[str, ...], tables: frozenset[str], receipt: str, period: str
) -> list[str]:
    """What the counted outcomes of a study rest on and it does not give.

    tables: the optional tables it delivers. receipt: its rule of receipt; "entry" gives windows since entry. period: of
    the panel, "year" or "quarter".
    """
    faults = []
    for one in (outcome.spec(name) for name in counted if not outcome.unknown(name)):
        kind = KINDS[one.kind]
        if one.jobs == COMPETITIVE and not outcome.excluded_job_kinds:
            faults.append(f'outcome "{one.name}" needs outcome.excluded_job_kinds: which jobs are not competitive')
        if kind.table_needed and kind.table_needed not in tables:
            faults.append(f'outcome "{one.name}" needs the table [extracts.{kind.table_needed}]')
        if kind.own_year and receipt == "entry":
            faults.append(f'outcome "{one.name}" is about a date of the calendar year; receipt = "entry" has none')
        if kind.own_year and period == "quarter":
            faults.append(f'outcome "{one.name}" is about a date of the year; population.period = "quarter" has others')
        if one.kind == "days_to_job" and receipt != "entry":
            faults.append(f'outcome "{one.name}" counts from entry: it needs population.receipt = "entry"')
    if outcome.prices_of is not None and "price_index" not in tables:
        faults.append("outcome.prices_of needs the table [extracts.price_index]")
    unused = [one.name for one in outcome.define if one.name not in counted]
    faults += [f'outcome "{name}" is defined and counted nowhere: name it in outcome.also' for name in unused]
    return faults
