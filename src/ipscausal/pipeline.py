"""The whole flow, top to bottom.

    extracts -> contract -> person_year -> municipality_year -> estimate -> inference -> disclosure -> report

`estimate` and `inference` are asked by `analysis`, which knows the questions of a study. One function
per command: each names its stages to `progress` and writes through one transaction, so that a command
that fails or is killed changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ipscausal import candidates as screening
from ipscausal import contract, municipality_year, person_year, provenance
from ipscausal.analysis import analyse
from ipscausal.candidates import Candidate
from ipscausal.contract import ContractReport
from ipscausal.disclosure import ReleaseSummary
from ipscausal.disclosure import release as disclose
from ipscausal.errors import DisclosureError, UsageError
from ipscausal.extracts import Delivery, register
from ipscausal.municipality_year import Cells
from ipscausal.outputs import Staging, read_manifest, require_whole, transaction
from ipscausal.panel import Panel
from ipscausal.person_year import Population
from ipscausal.report import render
from ipscausal.results import Results
from ipscausal.second_opinion import VerifyReport
from ipscausal.second_opinion import verify as refit
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, open_warehouse

RESTRICTED, RELEASE, REPORT = "restricted", "release", "report"
RUN_AGAIN = "make the folder anew with `ipscausal run`"


def _silent(_: str) -> None:
    """Progress for nobody."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What belongs to the computer and not to the study: its limits, and who hears of progress."""

    memory_limit: str = "2GB"
    threads: int | None = None
    progress: Callable[[str], None] = _silent

    def warehouse(self, *folders: Path) -> AbstractContextManager[Warehouse]:
        """An engine that sees these folders and nothing else."""
        return open_warehouse(folders, memory_limit=self.memory_limit, threads=self.threads, progress=self.progress)


@dataclass(frozen=True, slots=True)
class Counted:
    """A study counted up to its cells. `origin` is the provenance of these counts."""

    delivery: Delivery
    quality: ContractReport
    population: Population
    cells: Cells
    origin: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run or release: results before disclosure, what disclosure did, and the second opinion if any."""

    results: Results
    summary: ReleaseSummary
    opinion: VerifyReport | None = None


@dataclass(frozen=True, slots=True)
class Screening:
    """Candidate municipalities, and the provenance of their numbers."""

    rows: tuple[Candidate, ...]
    origin: dict[str, Any]


HERE = Machine()


def run(study: Study, extracts: str | Path, out: str | Path, machine: Machine = HERE) -> Finished:
    """Everything: `restricted/`, `release/`, `report/` and `manifest.json` in the folder `out`.

    Raises ExtractError and ContractError (nothing written), IdentificationError, and DisclosureError when
    no headline may leave: then `restricted/` is replaced, `release/` and `report/` are not.
    """
    with transaction(Path(out), (RESTRICTED, RELEASE, REPORT)) as staging:
        restricted = staging.part(RESTRICTED)
        counted = _count_and_write(study, Path(extracts), restricted, machine)
        machine.progress("estimate, inference")
        results = analyse(study, counted.population, counted.cells, counted.origin)
        opinion = _second_opinion(restricted, results, study, machine) if study.verify.run else None
        return _publish("run", staging, results, opinion, machine)


def panel(study: Study, extracts: Path, out: Path, machine: Machine = HERE) -> Counted:
    """Up to the panel: `restricted/` with person-years, cells and the quality report; nothing is released."""
    with transaction(out, (RESTRICTED,)) as staging:
        counted = _count_and_write(study, extracts, staging.part(RESTRICTED), machine)
        staging.commit(_description("panel", study, counted.origin, "nothing released"))
        return counted


def build_panel(study: Study, extracts: str | Path, outcome: str | None = None, machine: Machine = HERE) -> Panel:
    """The panel of one outcome (the study's primary one unless named) from a folder of extracts."""
    with machine.warehouse(Path(extracts)) as warehouse:
        return _count(warehouse, study, Path(extracts), machine).cells.panel(outcome or study.outcome.name)


def check(study: Study, extracts: Path, machine: Machine = HERE) -> tuple[Delivery, ContractReport]:
    """The contract alone: what was delivered and which rules it breaks, as counts. Raises ExtractError."""
    with machine.warehouse(extracts) as warehouse:
        machine.progress("extracts")
        delivery = register(warehouse, study, extracts)
        machine.progress("contract")
        return delivery, contract.check(warehouse, study)


def plan(study: Study, extracts: Path, machine: Machine = HERE) -> Delivery:
    """What a command would read: the tables found, with files and row counts. Raises ExtractError."""
    with machine.warehouse(extracts) as warehouse:
        return register(warehouse, study, extracts)


def candidates(study: Study, extracts: Path, machine: Machine = HERE) -> Screening:
    """Comparison municipalities to choose from; reads no outcome from the first start on."""
    started = provenance.now()
    with machine.warehouse(extracts) as warehouse:
        machine.progress("extracts")
        delivery = register(warehouse, study, extracts)
        machine.progress("contract")
        contract.check(warehouse, study).raise_for_errors()
        machine.progress("person_year, municipality_year (before the first start)")
        rows = screening.candidates(warehouse, study)
        return Screening(rows, _origin(study, delivery, warehouse, machine, started))


def keep_candidates(screened: Screening, study: Study, out: Path) -> None:
    """Write `restricted/candidates.csv` and the figure. Raises UsageError where `out` holds a run."""
    manifest = read_manifest(out)
    if manifest is not None and manifest["command"] != "candidates":
        raise UsageError(
            f"--out {out.name}: the folder holds a run", remedy="give the candidates a folder of their own"
        )
    with transaction(out, (RESTRICTED,)) as staging:
        svg, png = screening.drawing(screened.rows, study)
        restricted = staging.part(RESTRICTED)
        (restricted / "candidates.csv").write_text(screening.table(screened.rows), encoding="utf-8", newline="\n")
        (restricted / "candidates.svg").write_text(svg, encoding="utf-8", newline="\n")
        (restricted / "candidates.png").write_bytes(png)
        staging.commit(_description("candidates", study, screened.origin, "nothing released"))


def release(out: Path, machine: Machine = HERE) -> Finished:
    """The disclosure step alone, again, from `restricted/results.json`."""
    with transaction(out, (RELEASE,)) as staging:
        results, staging.run = _results(out)
        return _publish("release", staging, results, None, machine)


def report(out: Path, machine: Machine = HERE) -> tuple[Path, ...]:
    """Render again from `release/` and nothing else."""
    with transaction(out, (REPORT,)) as staging:
        manifest = require_whole(out, (RELEASE,), "make it anew with `ipscausal release`")
        staging.run = manifest["parts"][RELEASE]
        machine.progress("report")
        rendered = render(out / RELEASE, staging.part(REPORT), manifest["study"]["languages"])
        staging.commit(manifest | {"command": "report"})
        return tuple(out / REPORT / path.name for path in rendered)


def verify(out: Path, machine: Machine = HERE) -> VerifyReport:
    """The headline refitted on the person rows; renews disclosure and report, whose provenance shows it."""
    with transaction(out, (RESTRICTED, RELEASE, REPORT)) as staging:
        results, staging.run = _results(out)
        restricted = staging.carry(RESTRICTED, without=("results.json", "verify.json"))
        opinion = _second_opinion(restricted, results, Study.model_validate(results.study), machine)
        _publish("verify", staging, results, opinion, machine)
        return opinion


def _count(warehouse: Warehouse, study: Study, extracts: Path, machine: Machine) -> Counted:
    started = provenance.now()
    machine.progress("extracts")
    delivery = register(warehouse, study, extracts)
    machine.progress("contract")
    quality = contract.check(warehouse, study)
    quality.raise_for_errors()
    for found in quality.warnings:
        machine.progress(f"warning: {found.table}: {found.says}: {found.counted}; {found.treatment}")
    machine.progress("person_year")
    population = person_year.build(warehouse, study)
    machine.progress("municipality_year")
    cells = municipality_year.build(warehouse, study, population)
    return Counted(delivery, quality, population, cells, _origin(study, delivery, warehouse, machine, started))


def _count_and_write(study: Study, extracts: Path, restricted: Path, machine: Machine) -> Counted:
    with machine.warehouse(extracts, restricted) as warehouse:
        counted = _count(warehouse, study, extracts, machine)
        machine.progress("writing restricted/")
        municipality_year.write_person_year(warehouse, restricted / "person_year.parquet", counted.cells)
        municipality_year.write_municipality_year(warehouse, restricted / "municipality_year.parquet")
        (restricted / "quality.json").write_text(counted.quality.to_json(), encoding="ascii")
        counted.delivery.verify_unchanged()
        return counted


def _second_opinion(restricted: Path, results: Results, study: Study, machine: Machine) -> VerifyReport:
    machine.progress("verify")
    opinion = refit(restricted / "person_year.parquet", results, study)
    (restricted / "verify.json").write_text(opinion.to_json(), encoding="ascii")
    return opinion


def _publish(
    command: str, staging: Staging, results: Results, opinion: VerifyReport | None, machine: Machine
) -> Finished:
    """Results to disclosure to report, each into its part where the command replaces it; then the commit."""
    study = Study.model_validate(results.study)
    if opinion is not None:
        results = replace(results, provenance=provenance.with_opinion(results.provenance, opinion))
    text = results.to_json()
    if RESTRICTED in staging.parts:
        (staging.part(RESTRICTED) / "results.json").write_text(text, encoding="ascii")
    # disclosed is what a later `release` reads back, so that both write the same bytes
    results = Results.from_json(text)
    machine.progress("disclosure")
    try:
        summary = disclose(results, staging.folder / RELEASE)
    except DisclosureError:
        if RESTRICTED in staging.parts:
            staging.commit(_description(command, study, results.provenance, "refused"))
        raise
    if REPORT in staging.parts:
        machine.progress("report")
        render(staging.folder / RELEASE, staging.part(REPORT), study.report.languages)
    staging.commit(_description(command, study, results.provenance, summary.status, len(summary.withheld)))
    return Finished(results, summary, opinion)


def _results(out: Path) -> tuple[Results, str]:
    """The results of the last run in `out`, and that run's name."""
    manifest = require_whole(out, (RESTRICTED,), RUN_AGAIN)
    path = out / RESTRICTED / "results.json"
    if not path.exists():
        raise UsageError(f"--out {out.name}: the folder holds a panel and no results", remedy=RUN_AGAIN)
    return Results.from_json(path.read_text(encoding="ascii")), manifest["parts"][RESTRICTED]


def _origin(study: Study, delivery: Delivery, warehouse: Warehouse, machine: Machine, started: str) -> dict[str, Any]:
    return provenance.origin(study, delivery, warehouse.ran, machine.memory_limit, machine.threads, started)


def _description(
    command: str, study: Study, origin: Mapping[str, Any], status: str, rows_withheld: int | None = None
) -> dict[str, Any]:
    """What the manifest says beside the outputs."""
    return provenance.description(command, study, origin, {"status": status, "rows_withheld": rows_withheld})
