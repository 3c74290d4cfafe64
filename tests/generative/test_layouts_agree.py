"""The same truth delivered in spells and by month, week or year gives the same person-years, row for row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from generative.crowd import crowd
from generative.engine import engine_person_years, load_rows, rows_of
from generative.reference import Registry, Rules
from generative.registries import BASE, cases, study_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipscausal import person_year
from ipscausal.errors import IdentificationError
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, open_warehouse

ONE_DAY = dt.timedelta(days=1)
# rows of a table by period begin and end here; the windows of the studies lie well inside
SINCE, UNTIL = dt.date(2009, 12, 28), dt.date(2019, 1, 1)
# places of start and end in the rows of each table
DATES = {"extract_employment": (2, 3), "extract_benefits": (2, 3), "extract_residence": (2, 3)}
Days = tuple[dt.date, dt.date]
Rows = list[Sequence[object]]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with open_warehouse([], threads=1) as opened:
        yield opened


def month(day: dt.date) -> tuple[str, Days]:
    following = (day.replace(day=28) + 4 * ONE_DAY).replace(day=1)
    return f"{day.year}{day.month:02d}", (day.replace(day=1), following)


def week(day: dt.date) -> tuple[str, Days]:
    monday = day - day.weekday() * ONE_DAY
    return f"{day.isocalendar().year}-W{day.isocalendar().week:02d}", (monday, monday + 7 * ONE_DAY)


def year(day: dt.date) -> tuple[str, Days]:
    return str(day.year), (dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1))


PERIODS: dict[str, Callable[[dt.date], tuple[str, Days]]] = {"monthly": month, "weekly": week, "annual": year}


def exploded(rows: Rows, places: tuple[int, int], layout: str, inclusive: bool, jobs: bool) -> Rows:
    """One row for each period that a spell has a day in, with the spell's own dates; each distinct job has its id."""
    found: Rows = []
    for number, row in enumerate(dict.fromkeys(rows)):
        start, end = row[places[0]], row[places[1]]
        assert isinstance(start, dt.date)
        day, beyond = max(start, SINCE), UNTIL
        if isinstance(end, dt.date) and end < UNTIL:
            beyond = end + ONE_DAY if inclusive else end
        while day < beyond:
            name, (_, following) = PERIODS[layout](day)
            found.append((*row, None, None, name, *((str(number),) if jobs else ())))
            day = following
    return found


def widened(rows: Rows, places: tuple[int, int], layout: str, inclusive: bool) -> Rows:
    """Spells that begin and end with a period; those without a day stay without."""
    found: Rows = []
    for row in rows:
        start, end = row[places[0]], row[places[1]]
        assert isinstance(start, dt.date)
        last = end if inclusive or not isinstance(end, dt.date) else end - ONE_DAY
        if isinstance(last, dt.date) and last < start:
            continue
        begin = PERIODS[layout](start)[1][0]
        after = PERIODS[layout](last)[1][1] if isinstance(last, dt.date) and last < UNTIL else None
        own = None if after is None else after - ONE_DAY if inclusive else after
        found.append((*row[: places[0]], begin, own, *row[places[1] + 1 :]))
    return found


def without_dates(rows: Rows, places: tuple[int, int]) -> Rows:
    return [(*row[: places[0]], None, None, *row[places[1] + 1 :]) for row in rows]


def person_years(warehouse: Warehouse, study: Study) -> dict[tuple[int, int], dict[str, object]]:
    try:
        person_year.build(warehouse, study)
    except IdentificationError:
        return {}
    return engine_person_years(warehouse)


def laid_out(study: Study, layouts: dict[str, str]) -> Study:
    document = study.model_dump()
    for table, layout in layouts.items():
        document["extracts"][table]["layout"] = layout
    return Study.model_validate(document)


def check(warehouse: Warehouse, registry: Registry, rules: Rules, layouts: dict[str, str], dated: bool) -> int:
    """Compare the two deliveries; returns the person-years. dated: rows bring their own dates."""
    spells, study = rows_of(registry), study_of(rules)
    periods = dict(spells)
    for table, layout in layouts.items():
        name = f"extract_{table}"
        places = DATES[name]
        if not dated:
            spells[name] = widened(spells[name], places, layout, rules.inclusive)
        rows = exploded(spells[name], places, layout, rules.inclusive, table == "employment")
        periods[name] = rows if dated else without_dates(rows, places)
    load_rows(warehouse, spells)
    expected = person_years(warehouse, study)
    load_rows(warehouse, periods, list(layouts.values()))
    assert person_years(warehouse, laid_out(study, layouts)) == expected
    return len(expected)


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
LAYOUTS = st.fixed_dictionaries({
    "employment": st.sampled_from(["monthly", "monthly", "weekly", "annual"]),
    "benefits": st.sampled_from(["monthly", "weekly", "annual"]),
    "residence": st.sampled_from(["monthly", "weekly", "annual"]),
})  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(case=cases(), layouts=LAYOUTS)
def test_spells_and_periods_with_their_own_dates_agree(
    warehouse: Warehouse, case: tuple[Registry, Rules], layouts: dict[str, str]
) -> None:
    check(warehouse, *case, layouts, dated=True)


@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
@given(case=cases(), layouts=LAYOUTS)
def test_whole_periods_without_dates_agree(
    warehouse: Warehouse, case: tuple[Registry, Rules], layouts: dict[str, str]
) -> None:
    # two addresses of one month without dates would be a conflict
    layouts = {table: layout for table, layout in layouts.items() if table != "residence"}
    check(warehouse, *case, layouts, dated=False)


@pytest.mark.parametrize("changes", [{}, {"inclusive": False}, {"receipt": "entry", "residence": "at entry",
    "gap_months": 2, "follow_up_months": 12, "ages": None}], ids=str)  # fmt: skip
@pytest.mark.parametrize("layout", list(PERIODS))
def test_a_crowd_agrees_by_every_period(warehouse: Warehouse, layout: str, changes: dict[str, Any]) -> None:
    layouts = dict.fromkeys(("employment", "benefits", "residence"), layout)
    assert check(warehouse, crowd(20, 120), replace(BASE, **changes), layouts, dated=True) > 50
