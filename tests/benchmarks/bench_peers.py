"""The same person-years by DuckDB, pandas, polars and R: CPU seconds, memory, and the same sums or no number at all.

    python tests/benchmarks/bench_peers.py --sizes 1,10

The registry is that of `registry_at_scale.py` and the population the study's own: who is asked for, and for which days,
is given to every tool, and so are the numbers of days. Each tool runs in a process of its own, alone, and the best of
the repetitions counts. DuckDB is the package itself: the models of sql/ from the extract to the workdays.
R, which reads no Parquet, is given the rows of its persons as CSV, and reading them is not counted.
Tools that are not installed are left out; a tool whose rows or sum of workdays differ stops the benchmark.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import registry_at_scale
from benchmarks.peer_person_years import TOOLS
from benchmarks.readme import renew

from ipscausal import extracts, person_year
from ipscausal.machine import Machine
from ipscausal.warehouse import Warehouse, load_models

MILLION = 1_000_000
OURS = "ipscausal on DuckDB"
_PEERS = Path(__file__).resolve().parent / "peer_person_years.py"
# tool: how it counts, for the script in R
_IN_R = {"R data.table, days exploded": "explode", "R data.table, sweep": "sweep"}
_SPELLS = "select person_id, employer_id, start_date, end_date, position_pct from extract_employment " \
          "where person_id in (select person_id from population_person)"  # fmt: skip
_MODELS = ("employment_extract", "stg_employment", "job_spell", "employment_year")
_PEOPLE = "select person_id, counts_from, counts_until from population_person"
_DAYS = "select day_date as date, cast(day_index as bigint) as day, cast(work_index as bigint) as work, " \
        "cast(year as bigint) as year from calendar_day"  # fmt: skip
_FOUND = "select count(*), cast(sum(workdays_e4) as bigint) from employment_year"
# a row per person and day of every spell: beyond this it has no place in memory
_MOST_EXPLODED = 10 * MILLION


@dataclass(frozen=True)
class Measured:
    """The best run of one tool: seconds and MB."""

    tool: str
    rows: int
    amount: int
    cpu: float
    wall: float
    memory: float


def prepare(warehouse: Warehouse, registry: Path, folder: Path) -> dict[str, Any]:
    """The population in the engine, and for the others on file; returns the parameters of the models."""
    study = registry_at_scale.study()
    extracts.register(warehouse, study, registry)
    population = person_year.build(warehouse, study)
    for name, sql in (("people", _PEOPLE), ("days", _DAYS)):
        warehouse.connection.sql(sql).write_parquet(str(folder / f"{name}.parquet"))
    return person_year.parameters(study, first_start=population.units.first_start)


def ours(registry: Path, repeats: int) -> None:
    """Measure the package in this process and print one JSON line."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with Machine("4GB").warehouse(registry, folder) as warehouse:
            given = prepare(warehouse, registry, folder)
            seconds = []
            for _ in range(repeats):
                cpu, wall = time.process_time(), time.perf_counter()
                for model in load_models("1_staging", "2_person_year"):
                    if model.name in _MODELS:
                        warehouse.run(model, given)
                seconds.append((time.process_time() - cpu, time.perf_counter() - wall))
            rows, amount = warehouse.connection.sql(_FOUND).fetchall()[0]
    cpu, wall = min(seconds)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "amount": amount, "cpu": cpu, "wall": wall, "memory": memory}))


def asked(tool: str, command: list[str]) -> Measured:
    """The answer of another process."""
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Measured(tool, **json.loads(answer.stdout.splitlines()[-1]))


def measure(registry: Path, spells: int, repeats: int) -> list[Measured]:
    """Every tool on one registry, the package first. Stops where one of them counts something else."""
    found = [asked(OURS, [sys.executable, __file__, "--ours", str(registry), str(repeats)])]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "employment").symlink_to(registry / "employment")
        with Machine("4GB").warehouse(registry, folder) as warehouse:
            prepare(warehouse, registry, folder)
            for name, sql in (("people", _PEOPLE), ("days", _DAYS), ("spells", _SPELLS)):
                warehouse.connection.sql(sql).write_csv(str(folder / f"{name}.csv"))
        for tool, command in _peers():
            if "exploded" in tool and spells > _MOST_EXPLODED:
                continue
            runs = [asked(tool, [*command, str(folder)]) for _ in range(repeats)]
            found.append(min(runs, key=lambda one: one.cpu))
    sums = {(one.rows, one.amount) for one in found}
    if len(sums) != 1:
        raise SystemExit(f"{spells} spells: not the same person-years: {[(m.tool, m.rows, m.amount) for m in found]}")
    return found


def _peers() -> list[tuple[str, list[str]]]:
    """The tools that are installed here and their commands, to which the folder is added."""
    found = [
        (tool, [sys.executable, str(_PEERS), tool])
        for tool in TOOLS
        if importlib.util.find_spec(tool.split(",")[0]) is not None
    ]
    rscript = shutil.which("Rscript")
    if rscript is None or subprocess.run([rscript, "-e", "library(data.table)"], stderr=subprocess.DEVNULL).returncode:
        return found
    return [*found, *((tool, [rscript, str(_PEERS.with_suffix(".R")), way]) for tool, way in _IN_R.items())]


def table(found: dict[int, list[Measured]]) -> str:
    """The Markdown table between the markers of README.md."""
    head = (
        "| spells | tool | person-years with a job | CPU | ratio | wall | peak memory |\n|--:|---|" + "--:|" * 5 + "\n"
    )
    lines = [
        f"| {spells / MILLION:g} M | {m.tool} | {m.rows:,} | {m.cpu:.2f} s | **{m.cpu / same[0].cpu:.1f}** "
        f"| {m.wall:.2f} s | {m.memory:.0f} MB |"
        for spells, same in found.items()
        for m in same
    ]
    return head + "\n".join(lines) + "\n"


def main() -> None:
    """Write the registries, measure, compare, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1,10", help="million employment spells, comma separated")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the registries are kept (default: removed afterwards)")
    parser.add_argument("--ours", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ours:
        ours(Path(arguments.ours[0]), int(arguments.ours[1]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = arguments.folder or Path(temporary)
        found: dict[int, list[Measured]] = {}
        for size in arguments.sizes.split(","):
            spells = round(float(size) * MILLION)
            registry_at_scale.write(root / f"{spells}", spells)
            found[spells] = measure(root / f"{spells}", spells, arguments.repeats)
            print(table({spells: found[spells]}), flush=True)
    renew("peers", table(found))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
