"""A study counted in one range of persons after the other, so that memory has a bound whatever the size of a delivery.

Cells are sums over persons, so those of the ranges add up exactly to those of one pass, and the person-years of the
ranges, one after the other, are those of one file.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ipscausal import person_year
from ipscausal.municipality_year.cells import Cells
from ipscausal.municipality_year.counting import FOLDER, count, text_values, write_person_year
from ipscausal.municipality_year.tables import CellTables, add
from ipscausal.person_year import PERSON_YEAR, STAGING, Places, Population
from ipscausal.study import Study
from ipscausal.warehouse import PersonRange, Warehouse, load_models

PERSON_YEAR_FILE, _PARTS = "person_year.parquet", "person_year.parts"
_STEP = "ranges of persons"
_COLUMN = "covariate_{}"
_ORDER = ("person_id", "year")
Counting = Callable[[str, int, int], None]


def count_in_ranges(
    warehouse: Warehouse, study: Study, ranges: Sequence[PersonRange], counting: Counting, folder: Path | None = None
) -> tuple[Population, CellTables]:
    """Population and cells of the persons in all `ranges`, to the bit those of one pass.

    counting: hears how many ranges are done. folder: where the person-years wait for `write_person_years`; without it
    they are not kept. Raises what `person_year.build` raises.
    """
    if folder is not None:
        shutil.rmtree(folder / _PARTS, ignore_errors=True)
    if len(ranges) == 1:
        warehouse.progress("person_year")
        population = person_year.build(warehouse, study)
        warehouse.progress("municipality_year")
        return population, count(warehouse, study, population)
    warehouse.progress(f"person_year, municipality_year in {len(ranges)} ranges of persons")
    populations, tables, rows = [], [], Counter[str]()
    of_persons = _models_of_persons()
    try:
        found = person_year.places(warehouse, study, ranges)
        values = _text_values(warehouse, study, found, ranges)
        for done, people in enumerate(ranges):
            counting(_STEP, done, len(ranges))
            warehouse.progress(f"{PERSON_YEAR}/range {done + 1} of {len(ranges)}")
            populations.append(person_year.build_range(warehouse, study, found, people))
            tables.append(count(warehouse, study, populations[-1], values))
            rows.update({name: warehouse.ran[name] for name in of_persons if name in warehouse.ran})
            if folder is not None:
                _write_part(warehouse, study, tables[-1], folder / _PARTS / f"{done:05}.parquet")
            forget(warehouse)
        counting(_STEP, len(ranges), len(ranges))
    finally:
        warehouse.restrict(PersonRange())
    together = add(tables)
    warehouse.ran.update(rows | {name: table.num_rows for name, table in together.tables.items()})
    return person_year.united(study, populations), together


def forget(warehouse: Warehouse) -> None:
    """Free the memory of every model."""
    for model in load_models(STAGING, PERSON_YEAR, FOLDER):
        warehouse.drop_table(model.name)


def write_person_years(warehouse: Warehouse, study: Study, cells: Cells, folder: Path) -> None:
    """`folder`/person_year.parquet: the person-years just counted, sorted, the same bytes from one range or many."""
    columns = {column.number: _COLUMN.format(column.position) for column in cells.covariates}
    parts = sorted((folder / _PARTS).glob("*.parquet"))
    if not parts:
        write_person_year(warehouse, folder / PERSON_YEAR_FILE, study, columns)
        return
    warehouse.join_parquet(parts, folder / PERSON_YEAR_FILE, _ORDER, _named(parts[0], columns))
    for part in parts:
        part.unlink()
    (folder / _PARTS).rmdir()


def _write_part(warehouse: Warehouse, study: Study, tables: CellTables, path: Path) -> None:
    """The person-years of one range with everything that is counted: which category is the reference is not known."""
    path.parent.mkdir(exist_ok=True)
    ran = dict(warehouse.ran)
    write_person_year(warehouse, path, study, {one.number: _COLUMN.format(one.number) for one in tables.counted})
    # written and not counted, as where one pass is written after it
    warehouse.ran.clear()
    warehouse.ran.update(ran)


def _named(part: Path, columns: Mapping[int, str]) -> dict[str, str]:
    """Name in the file -> name in its parts, in order; `columns` are the regressors' by number."""
    import pyarrow.parquet as pq

    counted = _COLUMN.format("")
    kept = {name: name for name in pq.read_schema(part).names if not name.startswith(counted)}
    return kept | {ours: _COLUMN.format(number) for number, ours in columns.items()}


def _text_values(
    warehouse: Warehouse, study: Study, found: Places, ranges: Sequence[PersonRange]
) -> Mapping[int, Sequence[str]]:
    """The values of text covariates in all ranges, so that a category has one number; a pass without any outcome."""
    values: dict[int, set[str]] = {}
    for people in ranges if set(study.design.covariates) - {"age"} else ():
        kinds = person_year.select_range(warehouse, study, found, people)
        if "text" not in kinds.values():
            break
        for place, some in text_values(warehouse, kinds).items():
            values.setdefault(place, set()).update(some)
    return {place: sorted(some) for place, some in values.items()}


def _models_of_persons() -> frozenset[str]:
    """Models with a row per person or per something of a person: their rows add up over ranges."""
    found: set[str] = set()
    for model in load_models(STAGING, PERSON_YEAR, FOLDER):
        if "person_id" in model.key or (not model.key and found & set(model.reads)):
            found.add(model.name)
    return frozenset(found)
