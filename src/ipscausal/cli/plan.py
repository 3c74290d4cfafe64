"""`--dry-run`: what a command would read, run and write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipscausal.cli.screen import columns, print_json
from ipscausal.disclosure import FIGURES, LEDGER, RELEASED_TABLES
from ipscausal.outputs import require_made_by, require_ours, require_whole
from ipscausal.pipeline import RENEWS, plan
from ipscausal.warehouse import load_models

if TYPE_CHECKING:
    from ipscausal.machine import Machine
    from ipscausal.study import Study

_COUNT = ("0_units", "1_staging", "checks", "2_person_year", "3_municipality_year")
_SQL = {"check": _COUNT[:3], "panel": _COUNT, "cells": _COUNT, "run": _COUNT, "candidates": _COUNT, "calibrate": _COUNT}
_RESTRICTED = ("person_year.parquet", "municipality_year.parquet", "cells/", "quality.json", "stages.json")
_CELLS = ("cells/", "quality.json")
_CALIBRATION = ("calibration.csv", "advice.json")
_CANDIDATES = ("candidates.csv", "candidates.svg", "candidates.png")
_LEDGER = f"restricted/{LEDGER}"
_ABOUT = ("manifest.json", "ro-crate-metadata.json")
# what each command without a study file reads in its folder and writes there
_REGISTRY = ("extracts/", "study.toml", "truth.json", "manifest.json")
_WITHOUT_STUDY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "demo": (
        (),
        (*_REGISTRY, "results/restricted/", "results/release/", "results/report/", *(f"results/{n}" for n in _ABOUT)),
    ),
    "init": ((), _REGISTRY),
    "release": (("restricted/results.json", _LEDGER), ("release/", _LEDGER, *_ABOUT)),
    "report": (("release/",), ("report/", *_ABOUT)),
    "verify": (
        ("restricted/person_year.parquet", "restricted/results.json"),
        ("restricted/results.json", "restricted/verify.json", _LEDGER, "release/", "report/", *_ABOUT),
    ),
}
_RELEASE_BESIDE_TABLES = (
    *(f"{name}.png" for name in FIGURES), "withheld.csv", "context.md", "results.json", "config.json", "facts.json",
    "provenance.json", "study.json",
)  # fmt: skip


def show(command: str, study: Study, extracts: Path, out: Path | None, machine: Machine, as_json: bool) -> None:
    """Print the plan. Raises what the command itself would raise for its arguments and extracts."""
    if out is not None:
        require_ours(out)
        require_made_by(out, RENEWS[command])
    delivery = plan(study, extracts, machine)
    inputs = [{"table": t.name, "files": len(t.files), "rows": t.rows, "bytes": t.bytes} for t in delivery.tables]
    steps = [f"{folder}/{model.name}" for folder in _SQL[command] for model in load_models(folder)]
    document: dict[str, Any] = {
        "command": command,
        "dry_run": True,
        "study": study.study.id,
        "inputs": inputs,
        "sql": steps,
        "estimators": list(study.design.estimators) if command == "run" else [],
        "memory_limit": machine.memory_limit,
        "threads": machine.threads,
        "writes": _files(command, study) if out is not None else [],
    }
    if as_json:
        return print_json(document)
    rows = [[str(i["table"]), f"{i['files']}", f"{i['rows']:,}", f"{i['bytes']:,}"] for i in inputs]
    print(f"Plan of `ipscausal {command}` for {study.study.id}; nothing is written\n")
    print(f"Reads\n{columns(['table', 'files', 'rows', 'bytes'], rows)}\n")
    print("Runs\n" + "\n".join(f"  {step}" for step in steps))
    if command == "run":
        outcomes = ", ".join(study.outcome.all_names)
        named = ", ".join(study.design.estimators) or "those that fit the rollout dates"
        print(f"\nEstimates\n  {named}, and effects over time, on {outcomes}")
    print("\nWrites\n" + ("\n".join(f"  {name}" for name in document["writes"]) or "  nothing"))
    return None


def show_files(command: str, out: Path, as_json: bool) -> None:
    """The plan of a command that needs no study file. Raises what the command itself would raise for its folder."""
    reads, writes = _WITHOUT_STUDY[command]
    if reads:
        require_whole(out, sorted({name.split("/")[0] for name in reads}), "make the folder with `ipscausal run`")
    else:
        require_ours(out)
        require_made_by(out, (command,))
    if as_json:
        return print_json({"command": command, "dry_run": True, "reads": list(reads), "writes": list(writes)})
    print(f"Plan of `ipscausal {command}` in {out}; nothing is written\n")
    print("Reads\n" + ("\n".join(f"  {name}" for name in reads) or "  nothing"))
    return print("\nWrites\n" + "\n".join(f"  {name}" for name in writes))


def show_nothing(command: str, as_json: bool) -> None:
    """The plan of a command that reads and writes nothing."""
    if as_json:
        return print_json({"command": command, "dry_run": True, "reads": [], "writes": []})
    return print(f"Plan of `ipscausal {command}`: reads nothing and writes nothing")


def _files(command: str, study: Study) -> list[str]:
    kept = {"candidates": _CANDIDATES, "calibrate": _CALIBRATION, "panel": _RESTRICTED, "cells": _CELLS}.get(
        command, (*_RESTRICTED, "results.json")
    )
    names = [f"restricted/{name}" for name in kept]
    if command == "run":
        names += [_LEDGER, *(["restricted/verify.json"] if study.verify.run else [])]
        names += [f"release/{table.name}.csv" for table in RELEASED_TABLES]
        names += [f"release/{name}" for name in _RELEASE_BESIDE_TABLES]
        absent = [] if study.heterogeneity.by else ["release/subgroups."]
        absent += [] if study.design.graded else ["release/dose."]
        absent += [] if study.second_population else ["release/second_population."]
        names = [name for name in names if not name.startswith(tuple(absent))]
        names += ["release/calibration.png"] if study.inference.calibration_draws else []
        asked = study.report
        names += [f"report/report.{language}.{name}" for language in asked.languages for name in asked.formats]
    return [*names, *(_ABOUT if command == "run" else _ABOUT[:1])]
