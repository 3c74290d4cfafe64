"""One run over the cells of several registries, none of which shares a row.

members -> agreement -> sum -> estimate -> inference -> disclosure -> report
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ipscausal import municipality_year, pooling, provenance
from ipscausal.analysis import analyse, choose_methods
from ipscausal.machine import Machine
from ipscausal.outputs import transaction
from ipscausal.pipeline import (
    HERE,
    RENEWS,
    RESTRICTED,
    calibrating,
    require_feasible,
)
from ipscausal.publishing import RELEASE, REPORT, Finished, publish, require_ledgers
from ipscausal.report import require_formats


def pool(members: Sequence[Path], out: Path, machine: Machine = HERE) -> Finished:
    """One run over the cells of several registries. `members`: folders of `cells`, `panel` or `run`.

    Raises UsageError where the members are not cells, do not agree or overlap; IdentificationError and
    DisclosureError as `run`.
    """
    started = provenance.now()
    machine.progress("members")
    read = [pooling.read_member(member) for member in members]
    pooled = pooling.unite(read)
    for label in pooled.left_out:
        machine.progress(f"warning: {label!r} is left out: it counts persons anew, and there are none here")
    study, population = pooled.study, pooled.population
    require_feasible(study)
    require_formats(study.report.formats)
    require_ledgers(out, machine)
    with transaction(out, (RESTRICTED, RELEASE, REPORT), RENEWS["pool"]) as staging:
        restricted = staging.part(RESTRICTED)
        origin = provenance.pooled(study, read, machine.memory_limit, machine.threads, started)
        pooling.write_member(
            restricted / pooling.CELLS, study, population, pooled.tables, pooled.notices, origin
        )  # fmt: skip
        (restricted / "pool.json").write_text(pooling.to_json(pooled, read), encoding="ascii")
        machine.progress("municipality_year")
        found = municipality_year.cells_of(study, population, pooled.tables)
        municipality_year.write_municipality_year(found, restricted / "municipality_year.parquet")
        machine.progress("advisor")
        advice = choose_methods(study, found, calibrating(machine))
        machine.progress("estimate, inference")
        results = analyse(study, population, found, advice, origin, pooled.notices, progress=machine.counted)
        return publish("pool", study, results, None, staging, machine)
