"""The units of a study: which codes of the delivery belong together, by reforms and by what the study groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pyarrow as pa

from ipscausal.extracts.parameters import parameters
from ipscausal.reforms import Change, JoinedUnit, in_window, joined_units, unit_of
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models

FOLDER = "0_units"
_CODE = "municipality"


@dataclass(frozen=True, slots=True)
class StudyUnitsMap:
    """Which codes are one unit. Codes that are in no unit here are units of their own.

    units: those that make the cells. acting: those that treatment, randomisation and jackknife act on; the same, but
    with design.cluster = "unit". changes: every change of codes that was delivered, also those outside the study years.
    """

    units: tuple[JoinedUnit, ...]
    acting: tuple[JoinedUnit, ...]
    changes: tuple[Change, ...]

    @property
    def unit_of(self) -> Mapping[str, str]:
        """Code, or name of a unit above the municipality, -> unit of the cells; what is absent stays as it is."""
        return unit_of(self.units)

    @property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """What treatment acts on, by any of its names -> the units of the cells inside, where it is not one of them."""
        if self.acting == self.units:
            return {}
        cells = self.unit_of
        inside = {unit.name: tuple(sorted({cells.get(code, code) for code in unit.codes})) for unit in self.acting}
        return {name: inside[unit.name] for unit in self.acting for name in (unit.name, *unit.groups)}


def register_units(warehouse: Warehouse, study: Study) -> None:
    """Register `municipality_unit`(municipality, unit), codes of the delivery that belong to a unit of the cells, and
    `acting_unit`(municipality, unit), those that belong to a unit that treatment acts on.

    Both are empty where every code is a municipality of its own. Reads the tables of changes and municipalities.
    """
    units = units_map(warehouse, study)
    warehouse.register_table("municipality_unit", code_table(sorted(units.unit_of.items())))
    warehouse.register_table("acting_unit", code_table(sorted(unit_of(units.acting).items())))


def units_map(warehouse: Warehouse, study: Study, in_use: Collection[str] = ()) -> StudyUnitsMap:
    """The units of a study. in_use: codes somebody lived in on the first study day (only the kind of a change asks)."""
    given = parameters(study)
    run_units_model(warehouse, study, "municipality_change")
    rows = warehouse.arrow("municipality_change", ("change_day", "old_code", "new_code")).to_pylist()
    changes = tuple(Change(row["change_day"], row["old_code"], row["new_code"]) for row in rows)
    harmonised = study.population.municipalities == "harmonised"
    inside = in_window(changes, given["first_day"], given["last_day"]) if harmonised else ()
    groups = _groups(warehouse) if study.named_units else ()
    grouped = joined_units(inside, groups, in_use)
    units = grouped if study.population.units == "unit" else joined_units(inside, (), in_use)
    acting = grouped if study.design.cluster == "unit" else units
    return StudyUnitsMap(units, acting, changes)


def run_units_model(warehouse: Warehouse, study: Study, name: str) -> None:
    """Run one model of sql/0_units on the registered extracts."""
    for model in load_models(FOLDER):
        if model.name == name:
            warehouse.run(model, parameters(study))


def code_table(pairs: Collection[tuple[str, str]]) -> pa.Table:
    """The engine table of (municipality, unit)."""
    return pa.table(
        {
            _CODE: pa.array([code for code, _ in pairs], pa.string()),
            "unit": pa.array([unit for _, unit in pairs], pa.string()),
        }
    )


def _groups(warehouse: Warehouse) -> tuple[tuple[str, str], ...]:
    """(code, unit) of the table of municipalities, each once; a code with several units joins them."""
    rows = warehouse.arrow("extract_municipalities").select([_CODE, "unit"]).to_pylist()
    pairs = {((row[_CODE] or "").strip(), (row["unit"] or "").strip()) for row in rows}
    return tuple(sorted(pair for pair in pairs if all(pair)))
