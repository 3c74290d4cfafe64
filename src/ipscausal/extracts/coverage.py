"""Units of several municipalities that start the programme: whether all of it does, and which share of the persons."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

import pyarrow as pa

from ipscausal.extracts.units import StudyUnitsMap, code_table, run_units_model
from ipscausal.reforms import JoinedUnit, covered
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A treated unit of several codes. start: the earliest in it. starts: dates on which parts of it start.

    without: codes in use on the day before, of the parts that start at no time of the study. persons_with,
    persons_without: residents of the parts that start and of the others on that day, in the whole residence extract.
    """

    unit: JoinedUnit
    start: dt.date
    starts: tuple[dt.date, ...]
    without: tuple[str, ...]
    persons_with: int
    persons_without: int

    @property
    def is_mixed(self) -> bool:
        """Whether somebody lived in a part of the unit that does not start."""
        return self.persons_without > 0

    @property
    def share(self) -> float:
        """Share of the persons who lived where the programme starts, fixed before it does; 1 where nobody is known."""
        persons = self.persons_with + self.persons_without
        return self.persons_with / persons if persons else 1.0


def coverage(warehouse: Warehouse, study: Study, units: StudyUnitsMap) -> tuple[Coverage, ...]:
    """Every unit of several codes that is treated in the study and untreated at first, by name.

    Reads the registered residence and rollout extracts.
    """
    starting = _starting(warehouse, study, units)
    if not starting:
        return ()
    first = {unit.name: min(named.values()) for unit, named in starting}
    codes = [(code, unit.name) for unit, _ in starting for code in unit.codes]
    warehouse.register_table("unit_code", code_table(codes))
    days = {
        "unit": pa.array(list(first), pa.string()),
        "day_before": pa.array([start - _ONE_DAY for start in first.values()], pa.date32()),
    }
    warehouse.register_table("unit_day", pa.table(days))
    run_units_model(warehouse, study, "unit_person")
    persons: dict[str, dict[str, int]] = defaultdict(dict)
    for row in warehouse.arrow("unit_person", ("unit", "municipality")).to_pylist():
        persons[row["unit"]][row["municipality"]] = row["persons"]
    for name in ("unit_code", "unit_day", "unit_person"):
        warehouse.drop_table(name)
    return tuple(_coverage(unit, named, persons[unit.name], units) for unit, named in starting)


def _starting(
    warehouse: Warehouse, study: Study, units: StudyUnitsMap
) -> tuple[tuple[JoinedUnit, dict[str, dt.date]], ...]:
    """Treated units of several codes, with the names in the rollout that lie in them and start in the study."""
    run_units_model(warehouse, study, "programme_start")
    rows = warehouse.arrow("programme_start", ("municipality",)).to_pylist()
    starts = {row["municipality"]: row["start_date"] for row in rows}
    warehouse.drop_table("programme_start")
    found = []
    for unit in units.acting:
        inside = {unit.name, *unit.groups, *unit.codes}
        named = {name: starts[name] for name in sorted(inside & set(starts))}
        named = {name: day for name, day in named.items() if study.counts_from(day) <= study.last_period}
        chosen = study.design.treated == "rollout" or inside & set(study.design.treated)
        if len(unit.codes) > 1 and named and chosen and study.period_of(min(named.values())) > study.first_period:
            found.append((unit, named))
    return tuple(found)


def _coverage(unit: JoinedUnit, named: dict[str, dt.date], persons: dict[str, int], units: StudyUnitsMap) -> Coverage:
    start = min(named.values())
    parts: set[str] = set()
    for name in named:
        whole = name in unit.groups or name not in unit.codes
        parts |= set(persons) if whole else covered(name, start - _ONE_DAY, persons, units.changes)
    rest = set(persons) - parts
    return Coverage(
        unit=unit,
        start=start,
        starts=tuple(sorted(set(named.values()))),
        without=tuple(sorted(rest)),
        persons_with=sum(persons[code] for code in parts),
        persons_without=sum(persons[code] for code in rest),
    )
