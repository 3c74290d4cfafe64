"""A slow second implementation of the person-years: plain Python, one day at a time.

It shares no code with sql/ and no idea either: no events, no indices, no windows. For each person and day of
the window it asks which spells hold, in the words of the definitions:

- receipt: at least one benefit day in the year; on 1 January; or in the year before the first start.
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


STEPS = (
    "persons_with_benefit", "receipt", "registered", "age", "resident", "study_municipality",
    "alive", "death_year", "always_treated", "left_the_window", "covariates", "movers",
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


def age_in(year: int, birth: Date, rule: str) -> int:
    """Completed years on 1 January, or the difference of calendar years."""
    if rule == "birth year":
        return year - birth.year
    age, day = 0, Date(year, 1, 1)
    while _birthday(birth, age + 1) <= day:
        age += 1
    while _birthday(birth, age) > day:
        age -= 1
    return age


def _birthday(birth: Date, age: int) -> Date:
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:  # born on 29 February
        return Date(birth.year + age, 3, 1)


def selection(registry: Registry, rules: Rules) -> dict[tuple[int, int], tuple[str | None, str | None]]:
    """(person, year) -> (municipality, the rule it falls at or None), for all person-years considered."""
    arms = arms_of(registry, rules)
    years = range(rules.years[0], rules.years[1] + 1)
    base = arms.first_start - 1
    found: dict[tuple[int, int], tuple[str | None, str | None]] = {}
    for person in {row[0] for row in registry.benefits}:
        spells = [row for row in registry.benefits if row[0] == person and row[1] == rules.benefit]

        def receives(day: Date, spells: list[tuple[int, str, Date, Date | None]] = spells) -> bool:
            return any(holds(day, row[2], row[3], rules.inclusive) for row in spells)

        with_benefit = {year for year in years if any(receives(day) for day in days_of(year))}
        if not with_benefit:
            continue
        for year in years if rules.receipt == "baseline cohort" else sorted(with_benefit):
            selected = {
                "any day in the year": True,
                "1 January": receives(Date(year, 1, 1)),
                "baseline cohort": base in with_benefit,
            }[rules.receipt]
            found[person, year] = _judge(registry, rules, arms, person, year, selected)
    if rules.movers == "exclude":
        for person in {person for person, _ in found}:
            own = {key: home for key, (home, _) in found.items() if key[0] == person}
            if len(set(own.values()) - {None}) > 1:
                found |= {key: (home, found[key][1] or "movers") for key, home in own.items()}
    return found


def _judge(
    registry: Registry, rules: Rules, arms: Arms, person: int, year: int, selected: bool
) -> tuple[str | None, str | None]:
    new_year = Date(year, 1, 1)
    day = Date(arms.first_start - 1, 12, 31) if rules.residence == "before rollout" else new_year
    homes = {row[1] for row in registry.residence if row[0] == person and holds(day, row[2], row[3], rules.inclusive)}
    home = min(homes) if homes else None
    birth, _, death = registry.persons.get(person, (None, "", None))
    if not selected:
        return home, "receipt"
    if birth is None:
        return home, "registered"
    tested = arms.first_start - 1 if rules.receipt == "baseline cohort" else year
    if rules.ages and not rules.ages[0] <= age_in(tested, birth, rules.age_rule) <= rules.ages[1]:
        return home, "age"
    if home is None:
        return home, "resident"
    if home not in rules.controls | arms.always | set(arms.treated_from):
        return home, "study_municipality"
    if death is not None and death < new_year:
        return home, "alive"
    if death is not None and rules.deaths == "drop the year of death" and death.year == year:
        return home, "death_year"
    if home in arms.always:
        return home, "always_treated"
    if year in arms.left_out.get(home, set()):
        return home, "left_the_window"
    return home, None


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


def person_years(registry: Registry, rules: Rules) -> dict[tuple[int, int], PersonYear]:
    """(person, year) -> outcomes, counted day by day."""
    counted = counts_as_day(rules.days, range(rules.years[0], rules.years[1] + 1))
    rows = {}
    for (person, year), (home, fell_at) in selection(registry, rules).items():
        if fell_at is not None:
            continue
        birth, sex, death = registry.persons[person]
        jobs = {row for row in registry.employment if row[0] == person}
        spells = [row for row in registry.benefits if row[0] == person and row[1] == rules.benefit]
        workdays, employed, employment_days, benefit_days = Decimal(0), 0, 0, 0
        for day in days_of(year):
            if death is not None and day > death:
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
            municipality=str(home),
            age=age_in(year, birth, rules.age_rule),  # type: ignore[arg-type]
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
                person for (person, _), (home, fell_at) in judged.items()
                if (fell_at is None or STEPS.index(fell_at) > step)
                and {"treated": home in arms.treated_from, "control": home in rules.controls, "all": True}[arm]
            ]  # fmt: skip
            counts[rule, arm] = (len(set(kept)), len(kept))
    return counts
