"""The kinds of outcome counted the slow way: every day of a person, in the words of the definitions.

It stands on `generative.reference` for who is counted and on which days, and asks of each of these days which jobs,
benefits and education hold. A job row here carries its kind, its weekly hours and what it paid after the position.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from generative.reference import (
    ONE_DAY,
    Date,
    Registry,
    Rules,
    counts_as_day,
    days_counted,
    gone_from,
    holds,
    selection,
)

from ipscausal.outcomes import OutcomeSpec

FIRST_EVER = Date(2009, 1, 1)
KIND, HOURS, EARNINGS = 9, 10, 11
EXCLUDED = ("sheltered", "subsidised")


@dataclass(frozen=True)
class Choices:
    """What the study says about its outcomes."""

    gap: int = 0
    hours_of_row: bool = False
    cap: int | None = None
    prices_of: int | None = None
    prices: dict[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Life:
    """All that is known of one person and one person-year. days: those whose outcomes belong to it."""

    jobs: list[tuple[Any, ...]]
    benefits: list[tuple[int, str, Date, Date | None]]
    education: list[tuple[int, Date, Date | None]]
    days: list[Date]
    counts_until: Date
    window: int
    rules: Rules

    def held(self, day: Date, jobs: str) -> list[tuple[Any, ...]]:
        """The jobs held on a day, of those that the outcome is about."""
        return [row for row in of_group(self.jobs, jobs) if holds(day, row[2], row[3], self.rules.inclusive)]

    def receives(self, day: Date, benefit: str) -> bool:
        return any(row[1] == benefit and holds(day, row[2], row[3], self.rules.inclusive) for row in self.benefits)

    def learns(self, day: Date) -> bool:
        return any(holds(day, row[1], row[2], self.rules.inclusive) for row in self.education)


def of_group(jobs: Iterable[tuple[Any, ...]], group: str) -> list[tuple[Any, ...]]:
    return [row for row in jobs if group == "any" or row[KIND] not in EXCLUDED]


def amounts(
    registry: Registry, education: list[tuple[int, Date, Date | None]], rules: Rules, chosen: Choices,
    specs: Iterable[OutcomeSpec],
) -> dict[tuple[int, int], dict[str, int]]:  # fmt: skip
    """(person, year) -> outcome -> its whole number, zeros included."""
    specs, counted = list(specs), counts_as_day(rules.days, range(rules.years[0], rules.years[1] + 1))
    kept = {key: judged for key, judged in selection(registry, rules).items() if judged.fell_at is None}
    found = {}
    for (person, year), judged in kept.items():
        gone, death = gone_from(registry, rules, person), registry.persons[person][2]
        end = min(gone, Date.max if death is None else death + ONE_DAY)
        own = [y for p, y in kept if p == person]
        last = days_counted(rules, year if rules.follow_up_months else max(own), judged.clock)[-1]
        life = Life(
            jobs=sorted({row for row in registry.employment if row[0] == person}, key=str),
            benefits=[row for row in registry.benefits if row[0] == person],
            education=[row for row in education if row[0] == person],
            days=[day for day in days_counted(rules, year, judged.clock) if day < end],
            counts_until=min(end, last + ONE_DAY),
            window=len(days_counted(rules, year, judged.clock)),
            rules=rules,
        )
        found[person, year] = {spec.name: _KINDS[spec.kind](life, spec, counted, chosen) for spec in specs}
    return found


Counted = Callable[[Date], bool]


def _workdays(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    total = Decimal(0)
    for day in filter(counted, life.days):
        if held := life.held(day, spec.jobs):
            share = sum((row[4] or Decimal(0)) / 100 for row in held)
            share = Decimal(1) if life.rules.measure == "any job" else share
            total += min(share, Decimal(1)) if life.rules.cap else share
    return int(total * 10_000)


def _employed(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    return int(any(life.held(day, spec.jobs) for day in life.days))


def _employment_days(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    return sum(bool(life.held(day, spec.jobs)) for day in life.days if counted(day))


def _on_date(life: Life, spec: OutcomeSpec) -> list[Date]:
    month, day = map(int, str(spec.date).split("-"))
    return [one for one in life.days if (one.month, one.day) == (month, day)]


def _employed_on(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    return int(any(life.held(day, spec.jobs) for day in _on_date(life, spec)))


def _sustained(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    """Walk through all days ever: how long has the run lasted, and does it go on after at most so many days?"""
    working = {
        FIRST_EVER + n * ONE_DAY
        for n in range((life.counts_until - FIRST_EVER).days)
        if life.held(FIRST_EVER + n * ONE_DAY, spec.jobs)
    }
    asked, run, idle = set(life.days), [], 0
    for day in [*sorted(working), Date.max]:
        idle = (day - run[-1]).days - 1 if run else 0
        if run and (day == Date.max or idle > chosen.gap):
            length = (run[-1] - run[0]).days + 1
            long_enough = {run[0] + n * ONE_DAY for n in range(7 * (spec.weeks or 0) - 1, length)}
            if long_enough & asked:
                return 1
            run = []
        run.append(day)
    return 0


def _pieces(life: Life, row: tuple[Any, ...]) -> list[tuple[int, int, int, int, list[Date]]]:
    """(calendar year, days of the row before, days until its end there, days of the row, days) by calendar year."""
    horizon = Date(life.rules.years[1] + 1, 1, 1)
    end = row[3]
    if end is not None:
        end = end + ONE_DAY * life.rules.inclusive
    if end is None or end >= horizon + dt.timedelta(days=3653):
        end = max(horizon, row[2] + ONE_DAY)
    pieces = []
    for year in sorted({day.year for day in life.days}):
        days = [day for day in life.days if day.year == year and row[2] <= day < end]
        if days:
            before = (days[0] - row[2]).days
            pieces.append((year, before, before + len(days), (end - row[2]).days, days))
    return pieces


def _share(amount: Decimal, before: int, until: int, whole: int) -> int:
    """Hundredths of an amount that fall on some of its days; what was paid until a day is cut to whole hundredths."""
    cents = int(amount * 100)
    return _cut(cents * until, whole) - _cut(cents * before, whole)


def _cut(amount: int, by: int) -> int:
    return amount // by if amount >= 0 else -(-amount // by)


def _hours(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    total, week = 0, 7 if life.rules.days == "calendar days" else 5
    for row in of_group(life.jobs, spec.jobs):
        for _, before, until, whole, days in _pieces(life, row):
            hours = row[HOURS] or Decimal(0)
            if chosen.hours_of_row:
                total += 10 * _share(hours, before, until, whole)
            else:
                exact = hours * 1000 * sum(map(counted, days)) / week
                total += int(exact + Decimal("0.5"))
    return total


def _earnings(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    total = 0
    for row in of_group(life.jobs, spec.jobs):
        for year, before, until, whole, _ in _pieces(life, row):
            factor = 1_000_000
            if chosen.prices_of is not None:
                factor = round(float(chosen.prices[chosen.prices_of]) / float(chosen.prices[year]) * 1_000_000)
            paid = _share(row[EARNINGS] or Decimal(0), before, until, whole) * factor
            total += _cut(paid + (500_000 if paid >= 0 else -500_000), 1_000_000)
    return max(0, total if chosen.cap is None else min(total, 100 * chosen.cap))


def _benefit_days(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    return sum(life.receives(day, spec.benefit or life.rules.benefit) for day in life.days)


def _work_without_benefit(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    days = filter(counted, life.days)
    return sum(bool(life.held(day, "any")) and not life.receives(day, life.rules.benefit) for day in days)


def _days_to_job(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    return next((n for n, day in enumerate(life.days) if life.held(day, spec.jobs)), life.window)


def _neet_days(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    return sum(not life.held(day, "any") and not life.learns(day) for day in life.days)


def _neet_on(life: Life, spec: OutcomeSpec, counted: Counted, chosen: Choices) -> int:
    return sum(not life.held(day, "any") and not life.learns(day) for day in _on_date(life, spec))


_KINDS = {
    "workdays": _workdays, "employed": _employed, "employment_days": _employment_days, "employed_on": _employed_on,
    "sustained": _sustained, "hours": _hours, "earnings": _earnings, "benefit_days": _benefit_days,
    "work_without_benefit": _work_without_benefit, "days_to_job": _days_to_job, "neet_days": _neet_days,
    "neet_on": _neet_on,
}  # fmt: skip
