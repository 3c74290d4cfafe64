"""The units of a study one by one: codes inside, what happened to them, arm and start, and whether all of it starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ipscausal import extracts
from ipscausal.extracts import Coverage
from ipscausal.person_year.units import ALWAYS, CONTROL, TREATED, Programme, programmes
from ipscausal.reforms import JoinedUnit, in_window
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models

_STAGING, _ROLLOUT = "1_staging", "stg_rollout"


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of several codes, or named by the study. arm: `treated`, `control`, `always`, or empty where the study
    does not use it, as a mixed unit that it drops. start: the earliest. coverage: who lived where it starts, None
    outside the treated."""

    unit: JoinedUnit
    arm: str
    start: dt.date | None
    coverage: Coverage | None

    @property
    def is_mixed(self) -> bool:
        """Whether the programme starts in a part of the unit only."""
        return self.coverage is not None and self.coverage.is_mixed


@dataclass(frozen=True, slots=True)
class UnitListing:
    """rows: units that treatment acts on, by name. codes: known codes in use during the study.
    changes_inside: delivered changes of codes in the study years, used or not."""

    rows: tuple[UnitRow, ...]
    codes: int
    changes_inside: int


def unit_listing(warehouse: Warehouse, study: Study) -> UnitListing:
    """The units of a study from registered extracts; nothing here depends on outcomes, or on a contract that holds."""
    extracts.run_units_model(warehouse, study, "code_person")
    persons = warehouse.arrow("code_person", ("municipality",)).to_pylist()
    in_use = {row["municipality"] for row in persons if row["on_first_day"]}
    units = extracts.units_map(warehouse, study, in_use)
    found = {one.unit.name: one for one in extracts.coverage(warehouse, study, units)}
    starts = _starts(warehouse, study)
    given = extracts.parameters(study)
    inside = in_window(units.changes, given["first_day"], given["last_day"])
    return UnitListing(
        tuple(_row(study, unit, starts, found) for unit in units.acting),
        len(persons),
        sum(change.is_new_code for change in inside),
    )


def _starts(warehouse: Warehouse, study: Study) -> Mapping[str, dt.date]:
    """Earliest start by unit of the cells, or as the rollout names it."""
    for model in load_models(_STAGING):
        if model.name == _ROLLOUT:
            warehouse.run(model, extracts.parameters(study))
    rows = warehouse.arrow(_ROLLOUT, ("municipality",)).to_pylist()
    known: tuple[Programme, ...] = programmes((row["municipality"], row["start_date"], row["end_date"]) for row in rows)
    return {one.municipality: one.start for one in known}


def _row(study: Study, unit: JoinedUnit, starts: Mapping[str, dt.date], found: Mapping[str, Coverage]) -> UnitRow:
    names = {unit.name, *unit.groups, *unit.codes}
    start = min((starts[name] for name in names & set(starts)), default=None)
    row = UnitRow(unit, _arm(study, names, start), start, found.get(unit.name))
    left_out = row.is_mixed and study.design.mixed_units == "drop"
    return replace(row, arm="") if left_out else row


def _arm(study: Study, names: set[str], start: dt.date | None) -> str:
    design = study.design
    if start is not None and study.counts_from(start) <= study.last_period:
        chosen = design.treated == "rollout" or bool(names & set(design.treated))
        arm = ALWAYS if study.period_of(start) <= study.first_period else TREATED
        return arm if chosen else ""
    compared = design.comparison != "listed" or bool(names & set(design.comparison_municipalities))
    return CONTROL if compared else ""
