"""Employment spells to panel: time, memory and the ratio to a plain scan of the same columns.

    python tests/benchmarks/bench_spells_to_panel.py --sizes 1,10,100

Each size and memory limit is measured in its own process, so that its peak memory is its own. Within it the plain scan
and the stages take turns, and the best of the repetitions counts: ratios are of CPU seconds, which a busy machine
disturbs less than wall seconds. The plain scan is sum(hash(...)) over the columns that the stage reads.

- workdays: the population is given; the employment files are read, cut to it and swept.
- pipeline: staging, population, outcomes, cells and the panel; scan of all columns of all files it reads.
- estimates: panel to DiD and event study with every method of inference; it does not grow with the spells.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import registry_at_scale
from benchmarks.readme import renew

from ipscausal import api, extracts, municipality_year, person_year
from ipscausal.panel import Panel
from ipscausal.warehouse import Warehouse, load_models, open_warehouse

HERE = Path(__file__).resolve().parent
MILLION = 1_000_000
LIMITS = ("2GB", "256MB")
_WORKDAYS = ("employment_extract", "stg_employment", "job_spell", "employment_year")
_SCANS = {
    "extract_employment": "select sum(hash(person_id, employer_id, start_date, end_date, position_pct)) from scanned",
    "extract_persons": "select sum(hash(person_id, birth_date, sex, death_date)) from scanned",
    "extract_residence": "select sum(hash(person_id, municipality, start_date, end_date)) from scanned",
    "extract_benefits": "select sum(hash(person_id, benefit, start_date, end_date)) from scanned",
}
_FILES = {"extract_employment": "employment/*.parquet", "extract_persons": "persons.parquet",
          "extract_residence": "residence.parquet", "extract_benefits": "benefits.parquet"}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Best of the repetitions, seconds; peak memory of the process in MB; a digest of the panel."""

    spells: int
    person_years: int
    limit: str
    scan: float
    scan_all: float
    workdays: float
    workdays_wall: float
    pipeline: float
    pipeline_wall: float
    estimates: float
    memory: float
    digest: str


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def scan(warehouse: Warehouse, folder: Path, views: tuple[str, ...]) -> None:
    """Read and hash every value of the columns the stages use, straight from the delivered files."""
    for view in views:
        warehouse.connection.read_parquet(str(folder / _FILES[view])).query("scanned", _SCANS[view]).fetchall()


def panel(warehouse: Warehouse) -> Panel:
    """Registered extracts to panel."""
    study = registry_at_scale.study()
    population = person_year.build(warehouse, study)
    return municipality_year.build(warehouse, study, population).panel("workdays")


def workdays(warehouse: Warehouse, first_start: int) -> None:
    """The employment files to workdays per person-year, for the population the engine holds."""
    given = person_year.parameters(registry_at_scale.study(), first_start=first_start)
    for model in load_models("1_staging", "2_person_year"):
        if model.name in _WORKDAYS:
            warehouse.run(model, given)


def estimates(found: Panel) -> None:
    """The full set of estimates of one outcome."""
    api.did(found).tidy()
    api.event_study(found).tidy()


def digest(found: Panel) -> str:
    """Of every number of the panel, to the bit."""
    whole = b"".join(array.tobytes() for array in (found.persons, found.y, found.yy))
    return hashlib.sha256(whole).hexdigest()[:12]


def measure(folder: Path, spells: int, limit: str, repeats: int) -> Measured:
    """One size under one memory limit, in this process."""
    scans, scans_all, sweeps, pipelines, fits = [], [], [], [], []
    panels: list[Panel] = []
    rows = 0
    for _ in range(repeats):
        with open_warehouse([folder], memory_limit=limit) as warehouse:
            extracts.register(warehouse, registry_at_scale.study(), folder)
            scans.append(timed(lambda w=warehouse: scan(w, folder, ("extract_employment",))))
            pipelines.append(timed(lambda w=warehouse: panels.append(panel(w))))
            scans_all.append(timed(lambda w=warehouse: scan(w, folder, tuple(_SCANS))))
            sweeps.append(timed(lambda w=warehouse: workdays(w, 2012)))
            rows = warehouse.ran["person_year"]
        fits.append(timed(lambda: estimates(panels[-1])))
    digests = {digest(found) for found in panels}
    if len(digests) != 1:
        raise SystemExit(f"{spells} spells, {limit}: repetitions differ: {digests}")
    return Measured(
        spells=spells, person_years=rows, limit=limit,
        scan=min(scans)[0], scan_all=min(scans_all)[0],
        workdays=min(sweeps)[0], workdays_wall=min(wall for _, wall in sweeps),
        pipeline=min(pipelines)[0], pipeline_wall=min(wall for _, wall in pipelines), estimates=min(fits)[0],
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, digest=digests.pop(),
    )  # fmt: skip


def in_own_process(folder: Path, spells: int, limit: str, repeats: int) -> Measured:
    """`measure` in a fresh interpreter."""
    command = [sys.executable, __file__, "--measure", str(folder), str(spells), limit, str(repeats)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Measured(**json.loads(answer.stdout.splitlines()[-1]))


def table(found: list[Measured]) -> str:
    """The Markdown table between the markers of README.md."""
    head = (
        "| spells | person-years | memory limit | scan | workdays | ratio | wall | all files scan | pipeline | ratio "
        "| wall | estimates | peak memory | panel |\n" + "|--:" * 13 + "|---|\n"
    )
    lines = [
        f"| {m.spells / MILLION:g} M | {m.person_years:,} | {m.limit} | {m.scan:.2f} s | {m.workdays:.2f} s "
        f"| **{m.workdays / m.scan:.2f}** | {m.workdays_wall:.2f} s | {m.scan_all:.2f} s | {m.pipeline:.2f} s "
        f"| **{m.pipeline / m.scan_all:.2f}** | {m.pipeline_wall:.2f} s | {m.estimates:.2f} s "
        f"| {m.memory:.0f} MB | `{m.digest}` |"
        for m in found
    ]
    return head + "\n".join(lines) + "\n"


def main() -> None:
    """Write the registries, measure, compare the panels, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1,10,100", help="million employment spells, comma separated")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the registries are kept (default: removed afterwards)")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        folder, spells, limit, repeats = arguments.measure
        print(json.dumps(asdict(measure(Path(folder), int(spells), limit, int(repeats)))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = arguments.folder or Path(temporary)
        found: list[Measured] = []
        for size in arguments.sizes.split(","):
            spells = round(float(size) * MILLION)
            folder = root / f"{spells}"
            registry_at_scale.write(folder, spells)
            same = [in_own_process(folder, spells, limit, arguments.repeats) for limit in LIMITS]
            if len({one.digest for one in same}) != 1:
                raise SystemExit(f"{size} million spells: the panel depends on the memory limit")
            found += same
            print(table(same), flush=True)
    renew("spells to panel", table(found))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
