"""`cells` and `pool`: what a registry hands over, and one answer from several registries that share no row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipscausal.cli.commands import (
    Buckets,
    DryRun,
    Engine,
    Extracts,
    Json,
    LedgerFile,
    Memory,
    Out,
    SparkMaster,
    StudyFile,
    Threads,
    _machine,
    _show_plan,
    _show_run,
    app,
)
from ipscausal.cli.screen import columns, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipscausal.pooling import Member, Pooled

Members = Annotated[
    list[Path],
    typer.Argument(help="Folders that `cells`, `panel` or `run` made, or their cells.", metavar="DIR...", exists=True),
]


@app.command()
def cells(
    study: StudyFile, extracts: Extracts, out: Out, as_json: Json = False, dry_run: DryRun = False,
    memory_limit: Memory = "2GB", threads: Threads = None, buckets: Buckets = None,
    engine: Engine = "duckdb", spark_master: SparkMaster = None,
) -> None:  # fmt: skip
    """Cells alone, to hand over to a pool; no person-year is written."""
    from ipscausal import pipeline, study_file
    from ipscausal.cli import checked

    wanted = study_file.read_study(study)
    machine = _machine(memory_limit, threads, buckets, engine, spark_master)
    if dry_run:
        return _show_plan("cells", wanted, extracts, out, machine, as_json)
    return checked.show_cells(pipeline.cells(wanted, extracts, out, machine), out, as_json)


@app.command()
def pool(members: Members, out: Out, ledger: LedgerFile = None, as_json: Json = False, dry_run: DryRun = False) -> None:
    """One answer from the cells of several registries, none of which shares a row."""
    from ipscausal import pool as pooled_run
    from ipscausal import pooling
    from ipscausal.outputs import require_made_by, require_ours
    from ipscausal.pipeline import RENEWS

    if dry_run:
        require_ours(out)
        require_made_by(out, RENEWS["pool"])
        read = [pooling.read_member(member) for member in members]
        return _show_members(pooling.unite(read), read, as_json)
    pooled_run.pool(members, out, _machine(ledger=ledger))
    return _show_run("pool", out, as_json)


def _show_members(pooled: Pooled, members: Sequence[Member], as_json: bool) -> None:
    """Who takes part, once their definitions are found to agree."""
    study = pooled.study
    rows = [(member.label, len(member.municipalities), member.digest) for member in members]
    if as_json:
        told = [{"label": label, "municipalities": count, "sha256": digest} for label, count, digest in rows]
        left_out = list(pooled.left_out)
        return print_json(
            {"command": "pool", "dry_run": True, "study": study.study.id, "members": told, "left_out": left_out}
        )
    table = columns(["member", "municipalities", "sha256"], [[label, f"{n:,}", digest] for label, n, digest in rows])
    print(f"Plan of `ipscausal pool` for {study.study.id}: definitions agree; nothing is written\n\n{table}")
    for label in pooled.left_out:
        print(f"Left out: sensitivity {label!r}, which counts persons anew")
    return None
