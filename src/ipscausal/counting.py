"""A study counted up to its cells: extracts, contract, person-years, municipality-years.

Where memory asks for it, persons are counted in ranges of their ids, one after the other; the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ipscausal import contract, municipality_year, pooling, provenance
from ipscausal.contract import ContractReport
from ipscausal.errors import EngineMemoryError
from ipscausal.extracts import Delivery, register
from ipscausal.machine import Machine
from ipscausal.municipality_year import Cells, CellTables
from ipscausal.person_year import Population
from ipscausal.study import Study
from ipscausal.warehouse import PersonRange, Warehouse

_T = TypeVar("_T")
# memory that the busiest model takes for one job row of the persons counted, measured with every person-year
_BYTES_PER_JOB = 250
_MOST_RANGES, _MORE = 4096, 4
# municipalities of the study in which nobody lives: those of other members of a pool
ELSEWHERE = ("rollout_without_residents", "comparison_without_residents")
# whose persons come from residence and not from a benefit
_WITHOUT_BENEFIT = ("everyone", "no benefit")


@dataclass(frozen=True, slots=True)
class Summed:
    """A study counted up to the tables its cells are made of. `origin` is the provenance of these counts.

    study: as it was counted: it ends with the last year that the delivery holds whole (`ContractReport.last_year`).
    """

    study: Study
    delivery: Delivery
    quality: ContractReport
    population: Population
    tables: CellTables
    origin: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted(Summed):
    """A study counted up to its cells, which tell an effect."""

    cells: Cells


def count(warehouse: Warehouse, study: Study, extracts: Path, machine: Machine, folder: Path | None = None) -> Counted:
    """The sums of a folder of extracts, and the cells made of them. Raises IdentificationError as `cells_of`."""
    of = sums(warehouse, study, extracts, machine, folder)
    cells = municipality_year.cells_of(of.study, of.population, of.tables)
    return Counted(of.study, of.delivery, of.quality, of.population, of.tables, of.origin, cells)


def sums(
    warehouse: Warehouse, study: Study, extracts: Path, machine: Machine, folder: Path | None = None,
    besides: Collection[str] = (),
) -> Summed:  # fmt: skip
    """The sums of a folder of extracts.

    folder: where the person-years wait to be written, where they are wanted. besides: rules of the contract that may
    be broken.
    """
    started = provenance.now()
    machine.progress("extracts")
    delivery = register(warehouse, study, extracts)

    def summed(ranges: Sequence[PersonRange]) -> Summed:
        quality = _checked(warehouse, study, ranges, machine)
        quality.raise_for_errors(besides)
        for found in quality.warnings:
            machine.progress(f"warning: {found.table}: {found.says}: {found.counted}; {found.treatment}")
        counted = study.until(quality.last_year)
        population, tables = municipality_year.count_in_ranges(warehouse, counted, ranges, machine.counted, folder)
        origin = provenance.origin(counted, delivery, warehouse, machine.memory_limit, machine.threads, started)
        return Summed(counted, delivery, quality, population, tables, origin)

    return _in_ranges(warehouse, study, delivery, machine, summed)


def check(warehouse: Warehouse, study: Study, extracts: Path, machine: Machine) -> tuple[Delivery, ContractReport]:
    """What is delivered in a folder, and the rules it breaks."""
    machine.progress("extracts")
    delivery = register(warehouse, study, extracts)
    quality = _in_ranges(
        warehouse, study, delivery, machine, lambda ranges: _checked(warehouse, study, ranges, machine)
    )
    return delivery, quality


def _checked(warehouse: Warehouse, study: Study, ranges: Sequence[PersonRange], machine: Machine) -> ContractReport:
    machine.progress("contract")
    return contract.check(warehouse, study, ranges)


def _in_ranges(
    warehouse: Warehouse,
    study: Study,
    delivery: Delivery,
    machine: Machine,
    work: Callable[[Sequence[PersonRange]], _T],
) -> _T:
    """`work` on ranges of persons: as many as the user says, or as rows and memory ask for.

    Where memory is short nevertheless and the user has not said how many, more of them are tried.
    """
    pieces = machine.buckets or pieces_for(_jobs_counted(warehouse, study, delivery), machine.memory)
    while True:
        try:
            return work(warehouse.person_ranges("extract_persons", pieces))
        except EngineMemoryError:
            if machine.buckets or pieces >= _MOST_RANGES:
                raise
            pieces *= _MORE
            municipality_year.forget(warehouse)
            machine.progress(f"warning: memory is short; counting again in {pieces} ranges of persons")


def pieces_for(jobs: int, memory: int) -> int:
    """How many ranges of persons let so many job rows fit into so many bytes."""
    return min(_MOST_RANGES, max(1, -(-jobs * _BYTES_PER_JOB // memory)))


def count_and_write(study: Study, extracts: Path, restricted: Path, machine: Machine) -> Counted:
    """`count`, with the person-years, cells and findings written to `restricted`."""
    with machine.warehouse(extracts, restricted) as warehouse:
        counted = count(warehouse, study, extracts, machine, restricted)
        machine.progress("writing restricted/")
        municipality_year.write_person_years(warehouse, counted.study, counted.cells, restricted)
        municipality_year.write_municipality_year(counted.cells, restricted / "municipality_year.parquet")
        write_cells(counted, restricted)
        return counted


def write_cells(of: Summed, restricted: Path) -> None:
    """What a pool needs, and the quality of the delivery. Raises ExtractError where that changed meanwhile."""
    member = (of.study, of.population, of.tables, of.quality.notices, of.origin)
    pooling.write_member(restricted / pooling.CELLS, *member)
    (restricted / "quality.json").write_text(of.quality.to_json(), encoding="ascii")
    of.delivery.verify_unchanged()


def _jobs_counted(warehouse: Warehouse, study: Study, delivery: Delivery) -> int:
    """About how many job rows the study's persons have: as many as their share of all persons."""
    rows = {table.name: table.rows for table in delivery.tables}
    persons, jobs = rows["persons"], rows["employment"]
    if study.population.receipt in _WITHOUT_BENEFIT:
        return jobs
    return jobs * min(persons, contract.count_recipients(warehouse, study)) // max(persons, 1)
