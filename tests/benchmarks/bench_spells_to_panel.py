"""Employment spells to panel: time, memory and the ratio to a plain scan of the same columns.

    python tests/benchmarks/bench_spells_to_panel.py --sizes 1,10,100 --everybody 1,10

Each size, scope and memory limit is measured in its own process, so that its peak memory is its own. Within it the
plain scan and the stages take turns, and the best of the repetitions counts: ratios are of CPU seconds, which a busy
machine disturbs less than wall seconds. The plain scan is sum(hash(...)) over the columns that the stage reads.

- workdays: the population is given; the employment files are read, cut to it and swept (in one pass only).
- pipeline: staging, population, outcomes, cells and the panel; scan of all columns of all files it reads.
- estimates: panel to DiD and event study with every method of inference; it does not grow with the spells.
- ranges: of persons, counted one after the other, as rows and memory ask for; spill: most bytes in the private folder.
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
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import registry_at_scale
from benchmarks.readme import renew

from ipscausal import api, counting, extracts, municipality_year, person_year
from ipscausal.machine import Machine
from ipscausal.panel import Panel
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models

HERE = Path(__file__).resolve().parent
MILLION = 1_000_000
# the first is more than any of them takes
LIMITS = {registry_at_scale.RECIPIENTS: ("16GB", "4GB", "256MB"), registry_at_scale.EVERYBODY: ("4GB", "2GB")}
UNLIMITED = "16GB"
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
class Case:
    """What is measured in one process."""

    folder: str
    spells: int
    scope: str
    limit: str
    repeats: int


@dataclass(frozen=True)
class Measured:
    """Best of the repetitions, seconds; peak memory of the process and spill in MB; a digest of the panel."""

    case: Case
    person_years: int
    ranges: int
    scan: float
    scan_all: float
    workdays: float | None
    pipeline: float
    pipeline_wall: float
    estimates: float
    memory: float
    spill: float
    digest: str


class Spill:
    """The most bytes that lay in a folder while the block ran."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._over = folder, threading.Event()
        self.most = 0
        self._looking = threading.Thread(target=self._look)

    def __enter__(self) -> Spill:
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looking.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            with suppress(OSError):
                files = (path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
                self.most = max(self.most, sum(files))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def scan(warehouse: Warehouse, folder: Path, views: tuple[str, ...]) -> None:
    """Read and hash every value of the columns the stages use, straight from the delivered files."""
    for view in views:
        warehouse.connection.read_parquet(str(folder / _FILES[view])).query("scanned", _SCANS[view]).fetchall()


def panel(warehouse: Warehouse, study: Study, pieces: int) -> Panel:
    """Registered extracts to panel."""
    ranges = warehouse.person_ranges("extract_persons", pieces)
    population, tables = municipality_year.count_in_ranges(warehouse, study, ranges, lambda *_: None)
    return municipality_year.cells_of(study, population, tables).panel("workdays")


def workdays(warehouse: Warehouse, study: Study, first_start: int) -> None:
    """The employment files to workdays per person-year, for the population the engine holds."""
    given = person_year.parameters(study, first_start=first_start)
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


def measure(case: Case) -> Measured:
    """One size, scope and memory limit, in this process."""
    folder, study = Path(case.folder), registry_at_scale.study(case.scope)
    machine = Machine(case.limit)
    scans, scans_all, sweeps, pipelines, fits = [], [], [], [], []
    panels: list[Panel] = []
    rows = pieces = 0
    with tempfile.TemporaryDirectory() as temporary, Spill(Path(temporary)) as spill:
        tempfile.tempdir = temporary
        for _ in range(case.repeats):
            with machine.warehouse(folder) as warehouse:
                delivery = extracts.register(warehouse, study, folder)
                pieces = counting.pieces_of(warehouse, study, delivery, machine)
                scans.append(timed(lambda w=warehouse: scan(w, folder, ("extract_employment",))))
                pipelines.append(timed(lambda w=warehouse, n=pieces: panels.append(panel(w, study, n))))
                scans_all.append(timed(lambda w=warehouse: scan(w, folder, tuple(_SCANS))))
                rows = warehouse.ran["population"]
                if pieces == 1:
                    sweeps.append(timed(lambda w=warehouse: workdays(w, study, 2012)))
            fits.append(timed(lambda: estimates(panels[-1])))
        tempfile.tempdir = None
    digests = {digest(found) for found in panels}
    if len(digests) != 1:
        raise SystemExit(f"{case}: repetitions differ: {digests}")
    return Measured(
        case=case, person_years=rows, ranges=pieces, scan=min(scans)[0], scan_all=min(scans_all)[0],
        workdays=min(sweeps)[0] if sweeps else None,
        pipeline=min(pipelines)[0], pipeline_wall=min(wall for _, wall in pipelines), estimates=min(fits)[0],
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, spill=spill.most / 1e6, digest=digests.pop(),
    )  # fmt: skip


def in_own_process(case: Case) -> Measured:
    """`measure` in a fresh interpreter."""
    command = [sys.executable, __file__, "--measure", json.dumps(asdict(case))]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(answer.stdout.splitlines()[-1])
    return Measured(**{**found, "case": Case(**found["case"])})


def table(found: list[Measured]) -> str:
    """The Markdown table between the markers of README.md."""
    head = (
        "| spells | persons | person-years | memory limit | ranges | scan | workdays | ratio | all files scan "
        "| pipeline | ratio | wall | estimates | peak memory | spill | panel |\n|--:|---" + "|--:" * 13 + "|---|\n"
    )
    return head + "\n".join(_line(m) for m in found) + "\n"


def _line(m: Measured) -> str:
    limit = "none" if m.case.limit == UNLIMITED else m.case.limit
    sweep = " | " if m.workdays is None else f"{m.workdays:.2f} s | **{m.workdays / m.scan:.2f}**"
    return (
        f"| {m.case.spells / MILLION:g} M | {m.case.scope} | {m.person_years:,} | {limit} | {m.ranges} "
        f"| {m.scan:.2f} s | {sweep} | {m.scan_all:.2f} s | {m.pipeline:.2f} s | **{m.pipeline / m.scan_all:.2f}** "
        f"| {m.pipeline_wall:.2f} s | {m.estimates:.2f} s | {m.memory:.0f} MB | {m.spill:.0f} MB | `{m.digest}` |"
    )


def main() -> None:
    """Write the registries, measure, compare the panels, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1,10", help="million employment spells, comma separated")
    parser.add_argument("--everybody", default="1,10", help="those of them also with every person-year")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the registries are kept (default: removed afterwards)")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(asdict(measure(Case(**json.loads(arguments.measure))))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = arguments.folder or Path(temporary)
        found: list[Measured] = []
        for size in arguments.sizes.split(","):
            spells = round(float(size) * MILLION)
            folder = root / f"{spells}"
            registry_at_scale.write(folder, spells)
            for scope, limits in LIMITS.items():
                if scope == registry_at_scale.EVERYBODY and size not in arguments.everybody.split(","):
                    continue
                cases = [Case(str(folder), spells, scope, limit, arguments.repeats) for limit in limits]
                same = [in_own_process(case) for case in cases]
                if len({one.digest for one in same}) != 1:
                    raise SystemExit(f"{size} million spells, {scope}: the panel depends on the memory limit")
                found += same
                print(table(same), flush=True)
    renew("spells to panel", table(found))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
