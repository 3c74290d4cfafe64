"""Spark on this machine against DuckDB, and what a cluster would move: bytes shuffled and kept per million spells.

The registry is that of `registry_at_scale.py`. Both engines register the extracts, check the contract and count cells;
the cells must be equal. CPU seconds are those of all processes of the engine, the start of Spark left out. Shuffled and
kept bytes are Spark's own metrics.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import registry_at_scale
from readme import renew
from registry_at_scale import EVERYBODY, RECIPIENTS

from ipscausal import contract
from ipscausal.extracts import register
from ipscausal.machine import Machine
from ipscausal.municipality_year import CellTables, count_in_ranges
from ipscausal.study import Study
from ipscausal.warehouse import PersonRange, Warehouse

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One study counted by one engine. shuffled, kept: bytes by step, of Spark only."""

    wall: float
    cpu: float
    tables: CellTables
    person_years: int
    shuffled: tuple[float, float]
    kept: float


def _cpu() -> float:
    here = psutil.Process()
    return sum(sum(one.cpu_times()[:2]) for one in (here, *here.children(recursive=True)))


def _metrics(warehouse: Warehouse) -> tuple[float, float]:
    """Megabytes written to shuffles so far, and those of computed models held at this moment."""
    session = getattr(warehouse, "spark", None)
    if session is None:
        return 0.0, 0.0
    executors = session.sparkContext._jsc.sc().statusStore().executorList(False)
    each = [executors.apply(place) for place in range(executors.size())]
    return sum(e.totalShuffleWrite() for e in each) / 1e6, sum(e.memoryUsed() + e.diskUsed() for e in each) / 1e6


def measure(folder: Path, study: Study, machine: Machine) -> Measured:
    """Count the cells of a study once."""
    with machine.warehouse(folder) as warehouse:
        wall, cpu = time.perf_counter(), _cpu()
        register(warehouse, study, folder)
        contract.check(warehouse, study)
        checked, _ = _metrics(warehouse)
        _, tables = count_in_ranges(warehouse, study, (PersonRange(),), machine.counted)
        wall, cpu = time.perf_counter() - wall, _cpu() - cpu
        shuffled, kept = _metrics(warehouse)
        return Measured(wall, cpu, tables, warehouse.ran["population"], (checked, shuffled - checked), kept)


def line(spells: int, scope: str, duck: Measured, spark: Measured) -> str:
    """One row of the table."""
    if any(not table.equals(spark.tables.tables[name]) for name, table in duck.tables.tables.items()):
        raise SystemExit(f"{scope}: the cells of the engines differ")
    per = MILLION / spells
    return (
        f"| {spells / MILLION:g} M | {scope} | {duck.person_years:,} | {duck.cpu:.1f} s | {spark.cpu:.1f} s "
        f"| **{spark.cpu / duck.cpu:.0f}** | {duck.wall:.1f} s | {spark.wall:.1f} s | {spark.shuffled[0] * per:.1f} MB "
        f"| {spark.shuffled[1] * per:.1f} MB | {spark.kept * per:.1f} MB |\n"
    )


def main() -> None:
    """Write the registries, measure, compare the cells, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1", help="million employment spells, comma separated")
    parser.add_argument("--folder", type=Path, help="where the registries are kept (default: removed afterwards)")
    parser.add_argument("--persons", default=f"{RECIPIENTS},{EVERYBODY}", help="who is counted, comma separated")
    arguments = parser.parse_args()
    text = (
        "| spells | persons counted | person-years | DuckDB CPU | Spark CPU | ratio | DuckDB wall | Spark wall "
        "| shuffled by the contract, per 1 M spells | shuffled by the cells, per 1 M | kept, per 1 M |\n"
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    with tempfile.TemporaryDirectory() as temporary:
        for size in arguments.sizes.split(","):
            spells = round(float(size) * MILLION)
            folder = (arguments.folder or Path(temporary)) / f"{spells}"
            registry_at_scale.write(folder, spells)
            for scope in arguments.persons.split(","):
                study = registry_at_scale.study(scope)
                duck, spark = (measure(folder, study, Machine("4GB", engine=engine)) for engine in ("duckdb", "spark"))
                text += line(spells, scope, duck, spark)
                print(text, flush=True)
    renew("spark", text)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
