"""A study counted up to its cells: extracts, contract, person-years, municipality-years.

Where memory asks for it, persons are counted in ranges of their ids, one after the other; the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ipscausal import contract, municipality_year, pooling, provenance, stages
from ipscausal.advisor import Advice
from ipscausal.analysis import choose_methods
from ipscausal.contract import ContractReport
from ipscausal.errors import EngineMemoryError
from ipscausal.extracts import Delivery, register
from ipscausal.machine import Machine
from ipscausal.municipality_year import Cells, CellTables
from ipscausal.outputs import Staging
from ipscausal.person_year import Population
from ipscausal.stages import Ledger
from ipscausal.study import Study
from ipscausal.warehouse import PersonRange, Warehouse

_T = TypeVar("_T")
RESTRICTED = "restricted"
_QUALITY = "quality.json"
_FILES = (pooling.CELLS, "person_year.parquet", "municipality_year.parquet", _QUALITY)
# memory for one job row, measured: of persons who are all counted in every year, and of those who ever have a benefit,
# whose rows are compared with each other, but of whom a part is counted
_BYTES_COUNTED, _BYTES_COMPARED = 400, 150
_MOST_RANGES, _MORE = 4096, 4
# what does not fit in so many times fewer persons is short of more than memory: a full disk, another program
_ENOUGH = _MORE**3
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


def count(warehouse: Warehouse, study: Study, extracts: Path, machine: Machine) -> Counted:
    """The sums of a folder of extracts, and the cells made of them. Raises IdentificationError as `cells_of`."""
    return with_cells(sums(warehouse, study, extracts, machine))


def sums(warehouse: Warehouse, study: Study, extracts: Path, machine: Machine, besides: Collection[str] = ()) -> Summed:
    """The sums of a folder of extracts. besides: rules of the contract that may be broken."""
    started = provenance.now()
    return _sums(warehouse, study, _delivered(warehouse, study, extracts, machine), machine, started, besides=besides)


def with_cells(of: Summed) -> Counted:
    """The cells made of the sums. Raises IdentificationError as `cells_of`."""
    cells = municipality_year.cells_of(of.study, of.population, of.tables)
    return Counted(of.study, of.delivery, of.quality, of.population, of.tables, of.origin, cells)


def count_and_write(study: Study, extracts: Path, staging: Staging, machine: Machine, earlier: Ledger) -> Counted:
    """`count`, with person-years, cells and findings in the staged `restricted`: written, or kept from an earlier run.

    earlier: what such a run left in the folder (`earlier_stages`).
    """
    started = provenance.now()
    restricted = staging.part(RESTRICTED)
    with machine.warehouse(extracts, restricted) as warehouse:
        delivery = _delivered(warehouse, study, extracts, machine)
        stage = stages.counted(study, delivery, machine.engine)
        stages.tell(stage, earlier, machine.progress)
        if earlier.holds(stage):
            warehouse.ran.update(earlier.rows)
            counted = _kept(warehouse, study, delivery, staging, machine, started)
        else:
            counted = with_cells(_sums(warehouse, study, delivery, machine, started, restricted))
            machine.progress("writing restricted/")
            municipality_year.write_person_years(warehouse, counted.study, counted.cells, restricted)
            municipality_year.write_municipality_year(counted.cells, restricted / "municipality_year.parquet")
            write_cells(counted, restricted)
        stages.write(restricted, [stage], counted.origin["rows"], None)
        delivery.verify_unchanged()
        return counted


def choose_methods_once(study: Study, counted: Counted, staging: Staging, machine: Machine, earlier: Ledger) -> Advice:
    """The choice of methods; its calibration is that of an earlier run where cells and study are the same."""
    stage = stages.counted(study, counted.delivery, machine.engine)
    rates = stages.calibrated(study, stage)
    stages.tell(rates, earlier, machine.progress)
    known = earlier.calibration if earlier.holds(rates) else None
    advice = choose_methods(counted.study, counted.cells, calibrating(machine), known)
    stages.write(staging.part(RESTRICTED), [stage, rates], counted.origin["rows"], advice.calibration)
    return advice


def calibrating(machine: Machine) -> Callable[[int, int], None]:
    """Tell how far the calibration is, as a step of the advisor."""
    return lambda done, total: machine.counted("calibrating", done, total)


def earlier_stages(out: Path, machine: Machine) -> Ledger:
    """What an earlier run left in the folder and may be used again; nothing where the user wants all of it anew."""
    return stages.NOTHING if machine.fresh else stages.read(out)


def _kept(
    warehouse: Warehouse, study: Study, delivery: Delivery, staging: Staging, machine: Machine, started: str
) -> Counted:
    """The counts of an earlier run, with its files in the staged part; the extracts have been compared with it."""
    before = staging.out / RESTRICTED
    member = pooling.read_member(before / pooling.CELLS)
    text = (before / _QUALITY).read_text(encoding="ascii")
    quality = ContractReport.from_json(text, member.study.last_year)
    _warn(quality, machine)
    staging.carry(RESTRICTED, without=[path.name for path in before.iterdir() if path.name not in _FILES])
    counted = study.until(quality.last_year)
    pooling.restate(staging.part(RESTRICTED) / pooling.CELLS, counted)
    origin = provenance.origin(counted, delivery, warehouse, machine.memory_limit, machine.threads, started)
    return with_cells(Summed(counted, delivery, quality, member.population, member.tables, origin))


def _delivered(warehouse: Warehouse, study: Study, extracts: Path, machine: Machine) -> Delivery:
    machine.progress("extracts")
    delivery = register(warehouse, study, extracts)
    rows = sum(table.rows for table in delivery.tables)
    machine.progress(f"extracts: {rows:,} rows in {len(delivery.tables)} tables")
    return delivery


def _sums(
    warehouse: Warehouse, study: Study, delivery: Delivery, machine: Machine, started: str, folder: Path | None = None,
    besides: Collection[str] = (),
) -> Summed:  # fmt: skip
    """folder: where the person-years wait to be written, where they are wanted."""

    def summed(ranges: Sequence[PersonRange]) -> Summed:
        quality = _checked(warehouse, study, ranges, machine)
        quality.raise_for_errors(besides)
        _warn(quality, machine)
        counted = study.until(quality.last_year)
        population, tables = municipality_year.count_in_ranges(warehouse, counted, ranges, machine.counted, folder)
        origin = provenance.origin(counted, delivery, warehouse, machine.memory_limit, machine.threads, started)
        return Summed(counted, delivery, quality, population, tables, origin)

    return _in_ranges(warehouse, study, delivery, machine, summed)


def _warn(quality: ContractReport, machine: Machine) -> None:
    for found in quality.warnings:
        machine.progress(f"warning: {found.table}: {found.says}: {found.counted}; {found.treatment}")


def check(warehouse: Warehouse, study: Study, extracts: Path, machine: Machine) -> tuple[Delivery, ContractReport]:
    """What is delivered in a folder, and the rules it breaks."""
    delivery = _delivered(warehouse, study, extracts, machine)
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
    pieces = pieces_of(warehouse, study, delivery, machine)
    most = min(_MOST_RANGES, pieces * _ENOUGH)
    while True:
        try:
            return work(warehouse.person_ranges("extract_persons", pieces))
        except EngineMemoryError:
            if machine.buckets or pieces >= most:
                raise
            pieces = min(most, pieces * _MORE)
            municipality_year.forget(warehouse)
            machine.progress(f"warning: memory is short; counting again in {pieces} ranges of persons")


def pieces_of(warehouse: Warehouse, study: Study, delivery: Delivery, machine: Machine) -> int:
    """In how many ranges the study is counted: as the user says (at most one a person), or as memory asks for."""
    if machine.buckets:
        persons = next(table.rows for table in delivery.tables if table.name == "persons")
        return min(machine.buckets, max(1, persons))
    return pieces_for(_bytes_asked(warehouse, study, delivery), machine.memory)


def pieces_for(asked: int, memory: int) -> int:
    """In how many ranges persons are counted whose rows ask for so many bytes of memory."""
    return min(_MOST_RANGES, max(1, -(-asked // memory)))


def write_cells(of: Summed, restricted: Path) -> None:
    """What a pool needs, and the quality of the delivery. Raises ExtractError where that changed meanwhile."""
    member = (of.study, of.population, of.tables, of.quality.notices, of.origin)
    pooling.write_member(restricted / pooling.CELLS, *member)
    (restricted / _QUALITY).write_text(of.quality.to_json(), encoding="ascii")
    of.delivery.verify_unchanged()


def _bytes_asked(warehouse: Warehouse, study: Study, delivery: Delivery) -> int:
    """About how much memory the job rows of the study's persons take at once."""
    rows = {table.name: table.rows for table in delivery.tables}
    persons, jobs = rows["persons"], rows["employment"]
    if study.population.receipt in _WITHOUT_BENEFIT:
        return jobs * _BYTES_COUNTED
    share = min(persons, contract.count_recipients(warehouse, study)) / max(persons, 1)
    return round(jobs * share) * _BYTES_COMPARED
