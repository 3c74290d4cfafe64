"""A slow second implementation of the person-years: plain Python, one day at a time.

It shares no code with sql/ and no idea either: no events, no indices, no windows. For each person and day of
the window it asks which spells hold, in the words of the definitions:

- receipt: at least one benefit day in the year; on 1 January or another day; in the year before the first start; an
  episode that begins in the year; a resident of a study municipality, with or without the benefit; one without it.
- an episode: days of receipt with gaps shorter than so many whole calendar months between them (0: no gap).
- workdays: sum over the counted days of min(sum of positions of the jobs held that day, full time).
- employment_days: counted days with a job. employed: a job on any calendar day, a weekend included.
- benefit_days: calendar days with the benefit. Nothing after the day of death counts.
- exact duplicates of a job row count once; an unknown position is a job with position 0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import holidays

Date = dt.date
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Registry:
    """Tiny extracts. persons: id -> (birth, sex, death); the others are rows as delivered."""

    persons: Mapping[int, tuple[Date | None, str, Date | None]]
    residence: list[tuple[int, str, Date, Date | None]] = field(default_factory=list)
    employment: list[tuple[int, str | None, Date, Date | None, Decimal | None]] = field(default_factory=list)
    benefits: list[tuple[int, str, Date, Date | None]] = field(default_factory=list)
    rollout: list[tuple[str, Date, Date | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Rules:
    """The choices of a study that the person-years depend on."""

    years: tuple[int, int]
    benefit: str
    ages: tuple[int, int] | None
    age_rule: str
    receipt: str
    residence: str
    deaths: str
    days: str
    measure: str
    cap: bool
    inclusive: bool
    controls: frozenset[str]
    first_treated_year: str
    after_end: str
    movers: str = "keep"
    receipt_day: tuple[int, int] = (1, 1)
    gap_months: int = 0
    follow_up_months: int | None = None
    residence_day: tuple[int, int] = (1, 1)
    emigration: str = "keep"


STEPS = (
    "persons_with_benefit", "receipt", "registered", "age", "resident", "study_municipality",
    "alive", "emigrated", "death_year", "always_treated", "left_the_window", "follow_up", "covariates", "movers",
)  # fmt: skip


def days_of(year: int) -> list[Date]:
    """Every date of a calendar year."""
    first = Date(year, 1, 1)
    return [first + n * ONE_DAY for n in range((Date(year + 1, 1, 1) - first).days)]


def holds(day: Date, start: Date, end: Date | None, inclusive: bool) -> bool:
    """Whether a delivered spell holds on a day."""
    if day < start:
        return False
    return end is None or (day <= end if inclusive else day < end)


def counts_as_day(days: str, years: Iterable[int]) -> Callable[[Date], bool]:
    """The days a study counts (Norway)."""
    closed = holidays.country_holidays("NO", years=list(years))
    return {
        "calendar days": lambda day: True,
        "weekdays": lambda day: day.isoweekday() <= 5,
        "working days": lambda day: day.isoweekday() <= 5 and day not in closed,
    }[days]


@dataclass(frozen=True)
class Arms:
    """Start of the programme by municipality, and what the study makes of each municipality's years."""

    treated_from: dict[str, int]
    always: frozenset[str]
    left_out: dict[str, set[int]]
    first_start: int


def arms_of(registry: Registry, rules: Rules) -> Arms:
    """Who is treated from when; rows of one municipality count from the earliest start to the latest end."""
    first, last = rules.years
    treated_from, always, left_out, starts = {}, set(), {}, []
    for code in {row[0] for row in registry.rollout}:
        rows = [row for row in registry.rollout if row[0] == code]
        start = min(row[1] for row in rows)
        full = rules.first_treated_year == "first full year" and start != Date(start.year, 1, 1)
        year = start.year + 1 if full else start.year
        if year > last:
            continue
        if start.year <= first:
            always.add(code)
            continue
        treated_from[code] = year
        starts.append(start.year)
        left_out[code] = {start.year} if full else set()
        if rules.after_end == "drop" and all(row[2] is not None for row in rows):
            covered = {
                y for y in range(first, last + 1)
                if any(holds(day, row[1], row[2], rules.inclusive) for row in rows for day in days_of(y))
            }  # fmt: skip
            left_out[code] |= {y for y in range(first, last + 1) if y > max(covered)}
    for code in rules.controls:
        late = [row[1] for row in registry.rollout if row[0] == code]
        if late and min(late).year <= last:
            left_out[code] = {min(late).year}
    return Arms(treated_from, frozenset(always), left_out, min(starts))


def age_on(day: Date, birth: Date) -> int:
    """Completed years."""
    age = day.year - birth.year - 1
    while _birthday(birth, age + 1) <= day:
        age += 1
    return age


def age_in(year: int, birth: Date, rule: str, clock: Date) -> int:
    """Completed years on 1 January or the day the person-year is about, or the difference of calendar years."""
    if rule == "birth year":
        return year - birth.year
    return age_on(clock if rule == "receipt day" else Date(year, 1, 1), birth)


def _birthday(birth: Date, age: int) -> Date:
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:  # born on 29 February
        return Date(birth.year + age, 3, 1)


def months_later(day: Date, months: int) -> Date:
    """The same day so many months on, or the last day of that month."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    found = day.day
    while True:
        try:
            return Date(year, month, found)
        except ValueError:
            found -= 1


EARLIEST, LATEST = Date(2010, 1, 1), Date(2019, 12, 31)


def days_held(spells: list[tuple[int, str, Date, Date | None]], inclusive: bool) -> set[Date]:
    """Every day on which one of the delivered spells holds, within a few years around the windows tested."""
    found = set()
    for _, _, start, end in spells:
        day = max(start, EARLIEST)
        while day <= LATEST and holds(day, start, end, inclusive):
            found.add(day)
            day += ONE_DAY
    return found


def receiving(days: set[Date], gap_months: int) -> set[Date]:
    """Days of receipt and those of short gaps: a gap is short with fewer than gap_months months without any receipt."""
    found = set(days)
    ordered = sorted(days)
    months = {(day.year, day.month) for day in days}
    for last, following in pairwise(ordered):
        if following - last == ONE_DAY:
            continue
        between = [last + n * ONE_DAY for n in range(1, (following - last).days)]
        empty = {(day.year, day.month) for day in between} - months
        if len(empty) < gap_months:
            found |= set(between)
    return found


def home_of(registry: Registry, rules: Rules, arms: Arms, person: int, year: int, clock: Date) -> str | None:
    """The municipality a person-year belongs to."""
    rows = [row for row in registry.residence if row[0] == person]

    def lived(day: Date) -> set[str]:
        return {row[1] for row in rows if holds(day, row[2], row[3], rules.inclusive)}

    if rules.residence == "majority of the year":
        where = [code for day in days_of(year) for code in lived(day)]
        return max(sorted(set(where)), key=lambda code: (where.count(code), -where.index(code)), default=None)
    day = {
        "1 January": Date(year, 1, 1),
        "on a date": Date(year, *rules.residence_day),
        "at entry": clock,
        "before rollout": Date(arms.first_start - 1, 12, 31),
    }[rules.residence]
    return min(lived(day), default=None)


def gone_from(registry: Registry, rules: Rules, person: int) -> Date:
    """The day after the last day of residence; the last day there is while it goes on or does not matter."""
    own = [row for row in registry.residence if row[0] == person]
    # an exclusive end on the first day leaves no day of residence
    ends = [row[3] for row in own if row[3] is None or row[2] < row[3] + ONE_DAY * rules.inclusive]
    if rules.emigration == "keep" or not ends or None in ends:
        return Date.max
    return max(ends) + ONE_DAY * rules.inclusive  # type: ignore[type-var]


@dataclass(frozen=True)
class Judged:
    """One considered person-year: where, on which day it begins, and the rule it falls at."""

    home: str | None
    clock: Date
    fell_at: str | None


def selection(registry: Registry, rules: Rules) -> dict[tuple[int, int], Judged]:
    """(person, year) -> what becomes of it, for all person-years considered."""
    arms = arms_of(registry, rules)
    found: dict[tuple[int, int], Judged] = {}
    for person in {row[0] for row in [*registry.benefits, *registry.residence]}:
        for (year, clock), selected in _considered(registry, rules, arms, person).items():
            found[person, year] = _judge(registry, rules, arms, (person, year, clock), selected)
    if rules.movers == "exclude":
        for person in {person for person, _ in found}:
            own = {key: judged for key, judged in found.items() if key[0] == person}
            if len({judged.home for judged in own.values()} - {None}) > 1:
                found |= {
                    key: Judged(judged.home, judged.clock, judged.fell_at or "movers") for key, judged in own.items()
                }
    return found


def _considered(registry: Registry, rules: Rules, arms: Arms, person: int) -> dict[tuple[int, Date], bool]:
    """(year, its day) -> whether the receipt rule holds."""
    years = range(rules.years[0], rules.years[1] + 1)
    spells = [row for row in registry.benefits if row[0] == person and row[1] == rules.benefit]
    held = receiving(days_held(spells, rules.inclusive), rules.gap_months)
    with_benefit = {year for year in years if held & set(days_of(year))}
    clock = {year: Date(year, *rules.receipt_day) for year in years}
    if rules.receipt == "baseline cohort":
        return {(year, clock[year]): arms.first_start - 1 in with_benefit for year in years if with_benefit}
    if rules.receipt in ("everyone", "no benefit"):
        study = rules.controls | arms.always | set(arms.treated_from)
        rows = [row for row in registry.residence if row[0] == person and row[1] in study]
        resident = {
            year
            for year in years
            if any(holds(d, row[2], row[3], rules.inclusive) for row in rows for d in days_of(year))
        }
        return {
            (year, clock[year]): rules.receipt == "everyone" or year not in with_benefit for year in sorted(resident)
        }
    considered = {}
    for year in sorted(with_benefit):
        entries = [day for day in days_of(year) if day in held and day - ONE_DAY not in held]
        if rules.receipt == "entry" and entries:
            clock[year] = entries[0]
        considered[year, clock[year]] = {
            "any day in the year": True,
            "1 January": Date(year, 1, 1) in held,
            "on a date": clock[year] in held,
            "entry": bool(entries),
        }[rules.receipt]
    return considered


def _judge(registry: Registry, rules: Rules, arms: Arms, which: tuple[int, int, Date], selected: bool) -> Judged:
    person, year, clock = which
    home = home_of(registry, rules, arms, person, year, clock)
    return Judged(home, clock, _fell_at(registry, rules, arms, which, home) if selected else "receipt")


def _fell_at(
    registry: Registry, rules: Rules, arms: Arms, which: tuple[int, int, Date], home: str | None
) -> str | None:
    person, year, clock = which
    birth, _, death = registry.persons.get(person, (None, "", None))
    if birth is None:
        return "registered"
    tested = arms.first_start - 1 if rules.receipt == "baseline cohort" else year
    if rules.ages and not rules.ages[0] <= age_in(tested, birth, rules.age_rule, clock) <= rules.ages[1]:
        return "age"
    if home is None:
        return "resident"
    falls = {
        "study_municipality": home not in rules.controls | arms.always | set(arms.treated_from),
        "alive": death is not None and death < clock,
        "emigrated": gone_from(registry, rules, person) <= clock,
        "death_year": death is not None and rules.deaths == "drop the year of death" and death.year == year,
        "always_treated": home in arms.always,
        "left_the_window": year in arms.left_out.get(home, set()),
        "follow_up": rules.follow_up_months is not None
        and months_later(Date(year, 12, 31), rules.follow_up_months) > Date(rules.years[1] + 1, 1, 1),
    }
    return next((rule for rule, falls_here in falls.items() if falls_here), None)


@dataclass(frozen=True)
class PersonYear:
    """One row of the engine's person_year, but for its key."""

    municipality: str
    age: int
    woman: int
    workdays_e4: int
    employed: int
    employment_days: int
    benefit_days: int


def days_counted(rules: Rules, year: int, clock: Date) -> list[Date]:
    """The days whose outcomes belong to a person-year: the calendar year, or the months since entry."""
    if rules.follow_up_months is None:
        return days_of(year)
    return [clock + n * ONE_DAY for n in range((months_later(clock, rules.follow_up_months) - clock).days)]


def person_years(registry: Registry, rules: Rules) -> dict[tuple[int, int], PersonYear]:
    """(person, year) -> outcomes, counted day by day."""
    counted = counts_as_day(rules.days, range(rules.years[0], rules.years[1] + 1))
    rows = {}
    for (person, year), judged in selection(registry, rules).items():
        if judged.fell_at is not None:
            continue
        gone = gone_from(registry, rules, person)
        birth, sex, death = registry.persons[person]
        jobs = {row for row in registry.employment if row[0] == person}
        spells = [row for row in registry.benefits if row[0] == person and row[1] == rules.benefit]
        workdays, employed, employment_days, benefit_days = Decimal(0), 0, 0, 0
        for day in days_counted(rules, year, judged.clock):
            if day >= gone or (death is not None and day > death):
                break
            held = [row for row in jobs if holds(day, row[2], row[3], rules.inclusive)]
            benefit_days += any(holds(day, row[2], row[3], rules.inclusive) for row in spells)
            if held:
                employed = 1
            if held and counted(day):
                employment_days += 1
                share = sum((row[4] or Decimal(0)) / 100 for row in held)
                if rules.measure == "any job":
                    share = Decimal(1)
                workdays += min(share, Decimal(1)) if rules.cap or rules.measure == "any job" else share
        rows[person, year] = PersonYear(
            municipality=str(judged.home),
            age=age_in(year, birth, rules.age_rule, judged.clock),  # type: ignore[arg-type]
            woman=int(sex == "F"),
            workdays_e4=int(workdays * 10_000),
            employed=employed,
            employment_days=employment_days,
            benefit_days=benefit_days,
        )
    return rows


def remaining(registry: Registry, rules: Rules) -> dict[tuple[str, str], tuple[int, int]]:
    """(rule, arm) -> persons and person-years that remain after it."""
    arms = arms_of(registry, rules)
    judged = selection(registry, rules)
    counts = {}
    for step, rule in enumerate(STEPS):
        for arm in ("treated", "control", "all"):
            kept = [
                person for (person, _), one in judged.items()
                if (one.fell_at is None or STEPS.index(one.fell_at) > step)
                and {"treated": one.home in arms.treated_from, "control": one.home in rules.controls, "all": True}[arm]
            ]  # fmt: skip
            counts[rule, arm] = (len(set(kept)), len(kept))
    return counts
