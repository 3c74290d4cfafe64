"""The contract's counts equal those of plain Python loops, on tiny nasty deliveries."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lib import delivery

from ipscausal.contract import check

FIRST, LAST = 2013, 2015
ALWAYS = dt.date.max
DAYS = [
    dt.date(2012, 12, 31), dt.date(2013, 1, 1), dt.date(2013, 6, 1), dt.date(2014, 1, 1), dt.date(2014, 1, 2),
    dt.date(2014, 12, 31), dt.date(2015, 12, 31), dt.date(2016, 1, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 1),
    dt.date(9999, 12, 31), dt.date(9999, 12, 30), dt.date(1799, 1, 1),
]  # fmt: skip
days = st.sampled_from([None, *DAYS, *DAYS[:8], *DAYS[:8]])
persons = st.sampled_from([1, 1, 2, 2, 3, 9, None])
codes = st.sampled_from(["0301", "0301", "1103", "301", "0000", "-1", "x", None])
positions = st.sampled_from([None, float("nan"), -1.0, 0.0, 0.004, 0.5, 50.0, 100.0, 100.004, 100.01, 1e9])
PERSON_ROWS = st.lists(
    st.tuples(
        persons,
        st.sampled_from([None, dt.date(1990, 1, 1)]),
        st.sampled_from(["F", "k ", "2", "M", "0", None]),
        st.sampled_from([None, None, dt.date(1980, 1, 1), dt.date(2014, 1, 1)]),
    ),
    min_size=1,
    max_size=5,
)
RESIDENCE_ROWS = st.lists(st.tuples(persons, codes, days, days), min_size=1, max_size=7)
JOB_ROWS = st.lists(st.tuples(persons, st.sampled_from(["a", None]), days, days, positions), min_size=1, max_size=8)
BENEFIT_ROWS = st.lists(st.tuples(persons, st.sampled_from(["WAA", "WAA", "x"]), days, days), min_size=1, max_size=6)
NAMES = {
    "persons": ("person_id", "birth_date", "sex", "death_date"),
    "residence": ("person_id", "municipality", "start_date", "end_date"),
    "employment": ("person_id", "employer_id", "start_date", "end_date", "position_pct"),
    "benefits": ("person_id", "benefit", "start_date", "end_date"),
}
TYPES = {"person_id": pa.int64(), "position_pct": pa.float64()}
Rows = list[tuple[Any, ...]]


def last_day(end: dt.date | None, offset: int) -> dt.date | None:
    """Last covered day; None goes on."""
    return None if end is None or end >= dt.date(9999, 12, 30) else end + dt.timedelta(days=offset - 1)


def covers(start: dt.date | None, last: dt.date | None, year: int) -> bool:
    if start is None or (last or ALWAYS) < start:
        return False
    return start <= dt.date(year, 12, 31) and (last or ALWAYS) >= dt.date(year, 1, 1)


def spells(name: str, found: Rows, offset: int, known: set[int]) -> dict[str, int]:
    """Counts every spell table has; rows are (person, start, end)."""
    odd = [any(day is not None and day.year < 1800 for day in row[1:]) for row in found]
    lasts = [last_day(end, offset) for _, _, end in found]
    years = range(FIRST, LAST + 1)
    running = {y: any(covers(s, last, y) for (_, s, _), last in zip(found, lasts, strict=True)) for y in years}
    begun = {
        y: any(
            s is not None and s.year == y and covers(s, last, y) for (_, s, _), last in zip(found, lasts, strict=True)
        )
        for y in years
    }
    counts = {
        "person_missing": sum(p is None for p, _, _ in found),
        "start_missing": sum(s is None for _, s, _ in found),
        "start_after_end": sum(s is not None and e is not None and e < s for _, s, e in found),
        "impossible_date": sum(odd),
        "stranger": sum(p is not None and p not in known for p, _, _ in found),
        "no_days": sum(offset == 0 and s is not None and s == e for _, s, e in found),
        "far_end": sum(e is not None and e.year > LAST + 10 for _, _, e in found),
        "empty_year": sum(not running[y] for y in years),
    }
    if name != "residence":
        counts["year_without_start"] = sum(running[y] and not begun[y] for y in years)
    return {f"{name}_{rule}": count for rule, count in counts.items()}


def cents(position: float | None) -> Decimal | None:
    if position is None or position != position:
        return None
    return Decimal(str(position)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def expected(tables: Mapping[str, Rows], offset: int) -> dict[str, int]:
    people, residence, jobs = tables["persons"], tables["residence"], tables["employment"]
    benefits = [row for row in tables["benefits"] if row[1] == "WAA"]
    known = {row[0] for row in people if row[0] is not None}
    recipients = {row[0] for row in benefits if row[0] is not None}
    ids = [row[0] for row in people if row[0] is not None]
    deaths: dict[int, dt.date] = {}
    for person, _, _, death in people:
        if person is not None and death is not None:
            deaths[person] = min(death, deaths.get(person, death))

    def after(person: int | None, start: dt.date | None, end: dt.date | None) -> bool:
        death, last = deaths.get(person or 0), last_day(end, offset)
        return death is not None and ((last is not None and last > death) or (start is not None and start > death))

    unknown = {None, "0000", "9999", "-1", "-2"}
    starts = [row[2] for row in benefits if row[2] is not None]
    theirs = [(p, c, s, e) for p, c, s, e in residence if p in recipients]
    own_jobs = [(p, employer, s, e, cents(x)) for p, employer, s, e, x in jobs if p in recipients]
    ordered = [
        (p, s, last_day(e, offset) or ALWAYS, str(employer), x)
        for p, employer, s, e, x in set(own_jobs)
        if s is not None and (last_day(e, offset) or ALWAYS) >= s
    ]
    overlapping = 0
    for person in recipients:
        reached = dt.date.min
        for _, start, last, *_ in sorted((job for job in ordered if job[0] == person), key=lambda job: job[1:3]):
            overlapping += start <= reached
            reached = max(reached, last)
    alike = Counter((p, employer, s) for p, employer, s, _, _ in set(own_jobs) if s is not None)
    same_start = sum(times for times in alike.values() if times > 1)
    return {
        "persons_person_missing": len(people) - len(ids),
        "persons_repeated": len(ids) - len(set(ids)),
        "persons_birth_unknown": sum(row[1] is None for row in people),
        "persons_sex_unknown": sum(row[2] in (None, "0") for row in people),
        "persons_death_before_birth": sum(None not in (row[1], row[3]) and row[3] < row[1] for row in people),
        **spells("residence", [(p, s, e) for p, _, s, e in residence], offset, known),
        **spells("benefits", [(p, s, e) for p, _, s, e in benefits], offset, known),
        **spells("employment", [(p, s, e) for p, _, s, e, _ in jobs], offset, known),
        "residence_unknown": sum(row[1] in unknown for row in residence),
        "residence_malformed": sum(row[1] not in unknown and not re.fullmatch("[0-9]{4}", row[1]) for row in residence),
        "residence_repeated": len(theirs) - len(set(theirs)),
        "residence_conflict": len({p for p in recipients if conflicted(p, theirs, offset, unknown)}),
        "benefits_young": int(bool(starts) and min(starts) > dt.date(FIRST, 1, 1)),
        "benefits_after_death": sum(after(p, s, e) for p, _, s, e in benefits),
        "benefits_repeated": len(benefits) - len(set(benefits)),
        "employment_position_negative": sum((cents(row[4]) or 0) < 0 for row in jobs),
        "employment_position_above": sum((cents(row[4]) or 0) > 100 for row in jobs),
        "employment_position_share": 0 if any((cents(row[4]) or 0) > 1 for row in jobs)
        else sum((cents(row[4]) or 0) > 0 for row in jobs),
        "employment_position_missing": sum(cents(row[4]) is None for row in jobs),
        "employment_position_zero": sum(cents(row[4]) == 0 for row in jobs),
        "employment_repeated": len(own_jobs) - len(set(own_jobs)),
        "employment_same_start": same_start if 2 * same_start > len(set(own_jobs)) else 0,
        "employment_overlapping": overlapping,
        "employment_after_death": sum(
            after(p, s, e) for p, _, s, e, _ in set(own_jobs)
            if s is not None and (last_day(e, offset) or ALWAYS) >= s
        ),
    }  # fmt: skip


def conflicted(person: int, rows: Rows, offset: int, unknown: set[str | None]) -> bool:
    """Day by day: whether some day of the window has two known municipalities."""
    day = dt.date(FIRST, 1, 1)
    while day <= dt.date(LAST, 12, 31):
        places = {
            code for p, code, start, end in rows
            if p == person and code not in unknown and start is not None
            and start <= day <= (last_day(end, offset) or ALWAYS)
        }  # fmt: skip
        if len(places) > 1:
            return True
        day += dt.timedelta(days=1)
    return False


def write(folder: Path, tables: Mapping[str, Rows]) -> None:
    for name, found in tables.items():
        columns = {}
        for i, column in enumerate(NAMES[name]):
            kind = pa.date32() if column.endswith("_date") else TYPES.get(column, pa.string())
            columns[column] = pa.array([row[i] for row in found], kind)
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


# no shrinking: each example opens an engine, and the first failure is small already
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(
    people=PERSON_ROWS, residence=RESIDENCE_ROWS, jobs=JOB_ROWS, benefits=BENEFIT_ROWS, inclusive=st.booleans()
)  # fmt: skip
def test_counts_agree_with_loops(people: Rows, residence: Rows, jobs: Rows, benefits: Rows, inclusive: bool) -> None:
    tables = {"persons": people, "residence": residence, "employment": jobs, "benefits": benefits}
    ends = {"end_date": "inclusive" if inclusive else "exclusive"}
    study = delivery.study(
        extracts=dict.fromkeys(("residence", "employment", "benefits"), ends),
        population={"years": [FIRST, LAST]},
    )
    with tempfile.TemporaryDirectory() as name:
        delivery.write(Path(name))
        write(Path(name), tables)
        with delivery.registered(Path(name), study) as warehouse:
            report = check(warehouse, study)
    found = Counter({finding.rule: finding.count for finding in report.findings})
    wanted = {rule: count for rule, count in expected(tables, int(inclusive)).items() if count}
    own = {rule: count for rule, count in found.items() if not rule.startswith(("rollout_", "comparison_"))}
    assert own == wanted
