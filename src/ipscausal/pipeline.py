"""The whole flow, top to bottom: `run` first, the other commands are parts of it.

    extracts -> contract -> person_year -> municipality_year -> estimate -> inference -> disclosure -> report

`estimate` and `inference` are asked by `analysis`, which knows the questions of a study, and after the `advisor` has
chosen the methods. Every command names its stages to `progress` and writes through one transaction, so that one that
fails or is killed changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ipscausal import candidates as screening
from ipscausal import contract, counting, person_year, provenance
from ipscausal.advisor import Advice
from ipscausal.analysis import SECOND, alternative, analyse, choose_methods, needed, of_second_population, write_advice
from ipscausal.candidates import Candidate
from ipscausal.contract import ContractReport
from ipscausal.counting import (
    ELSEWHERE,
    RESTRICTED,
    Counted,
    Summed,
    calibrating,
    choose_methods_once,
    count,
    count_and_write,
    earlier_stages,
    sums,
    write_cells,
)
from ipscausal.disclosure import rules_in_force
from ipscausal.errors import ContractError, IdentificationError, StudyError, UsageError
from ipscausal.extracts import Delivery, register
from ipscausal.locked_plan import LockedPlan, facts, require_plan
from ipscausal.machine import Machine
from ipscausal.municipality_year import Cells
from ipscausal.outputs import require_whole, transaction
from ipscausal.panel import Panel
from ipscausal.person_year import UnitListing, unit_listing
from ipscausal.publishing import RELEASE, REPORT, Finished, publish, require_ledgers
from ipscausal.report import render, require_formats
from ipscausal.results import Results
from ipscausal.second_opinion import VerifyReport
from ipscausal.second_opinion import verify as refit
from ipscausal.study import Study
from ipscausal.subgroups import Subgroups

RUN_AGAIN = "make the folder anew with `ipscausal run`"
# whose outputs a command may renew: a run also completes a panel, and nothing replaces a run but its own
_RUNS = ("run", "release", "report", "verify", "panel")
_POOLED = ("pool", "release", "report")
RENEWS = {
    "run": _RUNS, "pool": _POOLED, "panel": ("panel",), "cells": ("cells",), "candidates": ("candidates",),
    "calibrate": ("calibrate",),
}  # fmt: skip
HERE = Machine()


def run(
    study: Study,
    extracts: str | Path,
    out: str | Path,
    machine: Machine = HERE,
    plan: LockedPlan | None = None,
    template: Path | None = None,
) -> Finished:
    """Everything: `restricted/`, `release/`, `report/` and `manifest.json` in the folder `out`.

    plan: the lock of a study whose plan is locked or amended (`plan_beside`); what differs from it is reported.
    template: an agency's own for the report in Word.
    Raises ExtractError and ContractError (nothing written), IdentificationError, and DisclosureError when
    a rule is loosened without an exception (nothing written) or no headline may leave: then `restricted/`
    is replaced, `release/` and `report/` are not; StudyError for a plan that is called locked and has no lock.
    """
    require_plan(study, plan)
    require_feasible(study)
    require_formats(study.report.formats, template)
    require_ledgers(Path(out), machine)
    with transaction(Path(out), (RESTRICTED, RELEASE, REPORT), RENEWS["run"]) as staging:
        restricted = staging.part(RESTRICTED)
        earlier = earlier_stages(staging.out, machine)
        counted = count_and_write(study, Path(extracts), staging, machine, earlier)
        asked, study = study, counted.study
        machine.progress("advisor")
        advice = choose_methods_once(asked, counted, staging, machine, earlier)
        machine.progress("estimate, inference")
        results = analyse(
            study, counted.population, counted.cells, advice, counted.origin, counted.quality.notices,
            others=_alternatives(study, Path(extracts), machine), progress=machine.counted,
        )  # fmt: skip
        results = _with_plan(results, asked, plan)
        opinion = _second_opinion(study, results, restricted, machine) if study.verify.run else None
        return publish("run", study, results, opinion, staging, machine, template)


def _with_plan(results: Results, asked: Study, plan: LockedPlan | None) -> Results:
    """The results with the plan they were asked by. asked: the study before the delivery decided where it ends."""
    about = facts(asked, plan, dt.datetime.now(dt.UTC).date())
    return replace(results, facts={**results.facts, **about}, provenance={**results.provenance, **about})


def _alternatives(study: Study, extracts: Path, machine: Machine) -> dict[str, Cells]:
    """Cells with one choice made otherwise, for each declared check that needs persons counted anew.

    A choice that leaves nobody, or breaks the contract, is told and its check then cannot tell.
    """
    wanted, found = needed(study), {}
    for done, check in enumerate(wanted):
        machine.counted("alternatives", done, len(wanted))
        # its stages and warnings are those of the study's own count, told already
        quiet = machine.quiet()
        with quiet.warehouse(extracts) as warehouse:
            try:
                found[check.label] = count(warehouse, alternative(study, check), extracts, quiet).cells
            except (ContractError, IdentificationError) as refused:
                machine.progress(f"warning: sensitivity {check.label!r} cannot be carried out: {refused.message}")
    return found | _second_population(study, extracts, machine)


def _second_population(study: Study, extracts: Path, machine: Machine) -> dict[str, Cells]:
    """Its cells, told as `_alternatives` are; nothing where the study has no second population."""
    if study.second_population is None:
        return {}
    machine.progress("second population")
    quiet = machine.quiet()
    with quiet.warehouse(extracts) as warehouse:
        try:
            return {SECOND: count(warehouse, of_second_population(study), extracts, quiet).cells}
        except (ContractError, IdentificationError) as refused:
            machine.progress(f"warning: the second population cannot be counted: {refused.message}")
    return {}


def require_feasible(study: Study) -> None:
    """What would stop a study at its end whatever the data, told before any of them is read.

    Raises DisclosureError for a rule loosened without an exception, StudyError for years without a calendar.
    """
    rules_in_force(study.disclosure.model_dump())
    person_year.counted_day(study.outcome.days, study.outcome.country, study.first_year, study.last_year)


def _second_opinion(study: Study, results: Results, restricted: Path, machine: Machine) -> VerifyReport:
    machine.progress("verify")
    opinion = refit(restricted / "person_year.parquet", results, study)
    (restricted / "verify.json").write_text(opinion.to_json(), encoding="ascii")
    return opinion


def check(study: Study, extracts: Path, machine: Machine = HERE) -> tuple[Delivery, ContractReport]:
    """The contract alone: what was delivered and which rules it breaks, as counts. Raises ExtractError."""
    require_feasible(study)
    with machine.warehouse(extracts) as warehouse:
        return counting.check(warehouse, study, extracts, machine)


def municipalities(study: Study, extracts: Path, machine: Machine = HERE) -> tuple[UnitListing, ContractReport]:
    """The units of a study through reforms, and the rules of the contract about them; nothing of outcomes.

    Raises ExtractError.
    """
    with machine.warehouse(extracts) as warehouse:
        machine.progress("extracts")
        register(warehouse, study, extracts)
        return unit_listing(warehouse, study), contract.check_units(warehouse, study)


def plan(study: Study, extracts: Path, machine: Machine = HERE) -> Delivery:
    """What a command would read: the tables found, with files and row counts. Raises ExtractError."""
    require_feasible(study)
    with machine.warehouse(extracts) as warehouse:
        return register(warehouse, study, extracts)


def panel(study: Study, extracts: Path, out: Path, machine: Machine = HERE) -> Counted:
    """Up to the panel: `restricted/` with person-years, cells and the quality report; nothing is released."""
    require_feasible(study)
    with transaction(out, (RESTRICTED,), RENEWS["panel"]) as staging:
        counted = count_and_write(study, extracts, staging, machine, earlier_stages(out, machine))
        staging.commit(provenance.description("panel", counted.study, counted.origin, "nothing released"))
        return counted


def cells(study: Study, extracts: Path, out: Path, machine: Machine = HERE) -> Summed:
    """The cells alone, to hand over to a pool: no person-year is written, and nothing is judged of the effect."""
    require_feasible(study)
    with transaction(out, (RESTRICTED,), RENEWS["cells"]) as staging:
        restricted = staging.part(RESTRICTED)
        with machine.warehouse(extracts, restricted) as warehouse:
            summed = sums(warehouse, study, extracts, machine, besides=ELSEWHERE)
        machine.progress("writing restricted/")
        write_cells(summed, restricted)
        staging.commit(provenance.description("cells", summed.study, summed.origin, "nothing released"))
        return summed


def build_panel(study: Study, extracts: str | Path, outcome: str | None = None, machine: Machine = HERE) -> Panel:
    """The panel of one outcome (the study's primary one unless named) from a folder of extracts."""
    with machine.warehouse(Path(extracts)) as warehouse:
        return count(warehouse, study, Path(extracts), machine).cells.panel(outcome or study.outcome.name)


def build_subgroups(
    study: Study, extracts: str | Path, outcome: str | None = None, machine: Machine = HERE
) -> tuple[Subgroups, ...]:
    """The panels of one outcome at every level of each dimension of the study (`heterogeneity.by`), from one scan."""
    with machine.warehouse(Path(extracts)) as warehouse:
        cells = count(warehouse, study, Path(extracts), machine).cells
    return tuple(cells.subgroups(outcome or study.outcome.name, name) for name in study.heterogeneity.by)


def candidates(study: Study, extracts: Path, out: Path | None = None, machine: Machine = HERE) -> tuple[Candidate, ...]:
    """Comparison municipalities to choose from; reads no outcome from the first start on.

    With `out`, also a table and a figure in `restricted/`. Raises UsageError, before any work, where that
    folder holds anything but earlier candidates, and StudyError for a panel by quarter.
    """
    require_feasible(study)
    if study.population.period != "year":
        raise StudyError(
            'population.period = "quarter": candidates are compared by calendar year',
            remedy='set population.period = "year" for this command; the municipalities it finds fit either',
        )
    if out is None:
        return _screened(study, extracts, machine)[0]
    with transaction(out, (RESTRICTED,), RENEWS["candidates"]) as staging:
        rows, origin = _screened(study, extracts, machine)
        screening.write(rows, study, staging.part(RESTRICTED))
        staging.commit(provenance.description("candidates", study, origin, "nothing released"))
        return rows


def calibrate(
    study: Study, extracts: Path, out: Path | None = None, draws: int | None = None, machine: Machine = HERE
) -> Advice:
    """The choice of methods for the primary outcome, before its outcomes after adoption are used.

    draws: in place of the study's `calibration_draws`. With `out`, also the table and the advice in `restricted/`.
    """
    require_feasible(study)
    if out is None:
        return _advised(study, extracts, draws, machine)[0]
    with transaction(out, (RESTRICTED,), RENEWS["calibrate"]) as staging:
        advice, origin = _advised(study, extracts, draws, machine)
        write_advice(advice, staging.part(RESTRICTED))
        staging.commit(provenance.description("calibrate", study, origin, "nothing released"))
        return advice


def _advised(study: Study, extracts: Path, draws: int | None, machine: Machine) -> tuple[Advice, dict[str, Any]]:
    with machine.warehouse(extracts) as warehouse:
        counted = count(warehouse, study, extracts, machine)
    machine.progress("advisor")
    study = counted.study
    wanted = study.inference if draws is None else study.inference.model_copy(update={"calibration_draws": draws})
    advice = choose_methods(study.model_copy(update={"inference": wanted}), counted.cells, calibrating(machine))
    return advice, counted.origin


def _screened(study: Study, extracts: Path, machine: Machine) -> tuple[tuple[Candidate, ...], dict[str, Any]]:
    started = provenance.now()
    with machine.warehouse(extracts) as warehouse:
        machine.progress("extracts")
        delivery = register(warehouse, study, extracts)
        machine.progress("contract")
        quality = contract.check(warehouse, study)
        quality.raise_for_errors()
        study = study.until(quality.last_year)
        machine.progress("person_year, municipality_year (before the first start)")
        rows = screening.candidates(warehouse, study)
        origin = provenance.origin(study, delivery, warehouse, machine.memory_limit, machine.threads, started)
    return rows, origin


def release(out: Path, machine: Machine = HERE) -> Finished:
    """The disclosure step alone, again, from `restricted/results.json`."""
    # restricted/ changes by a line in its ledger, where this release is another than the last
    with transaction(out, (RELEASE, RESTRICTED), (*_RUNS, "pool")) as staging:
        study, results, staging.run = _earlier(out)
        return publish("release", study, results, None, staging, machine)


def report(
    out: Path,
    machine: Machine = HERE,
    languages: Sequence[str] = (),
    formats: Sequence[str] = (),
    template: Path | None = None,
) -> tuple[Path, ...]:
    """Render again from `release/` and nothing else, in place of the report there.

    languages, formats: the study's own where none are given. template: an agency's own for Word.
    """
    with transaction(out, (REPORT,), (*_RUNS, "pool")) as staging:
        manifest = require_whole(out, (RELEASE,), _renew(out))
        if "study" not in manifest:
            raise UsageError(f"--out {out.name}: manifest.json names no study", remedy=RUN_AGAIN)
        staging.run = manifest["parts"][RELEASE]
        machine.progress("report")
        planned = manifest["study"]  # outputs made before there was a choice of formats name none
        rendered = render(
            out / RELEASE, staging.part(REPORT), languages or planned["languages"],
            formats or planned.get("formats", ("html",)), template,
        )  # fmt: skip
        gone = {path.name for path in (out / REPORT).glob("report.*")} - {path.name for path in rendered}
        staging.commit(manifest | {"command": "report"})
        if gone:
            machine.progress(
                f"warning: no longer in {REPORT}/: {', '.join(sorted(gone))}; a report replaces the earlier one whole, "
                "so name every language and format that is to be there"
            )
        return tuple(out / REPORT / path.name for path in rendered)


def verify(out: Path, machine: Machine = HERE) -> VerifyReport:
    """The headline refitted on the person rows; renews disclosure and report, whose provenance shows it."""
    with transaction(out, (RESTRICTED, RELEASE, REPORT), _RUNS) as staging:
        study, results, staging.run = _earlier(out)
        require_formats(study.report.formats)
        restricted = staging.carry(RESTRICTED, without=("results.json", "verify.json"))
        opinion = _second_opinion(study, results, restricted, machine)
        publish("verify", study, results, opinion, staging, machine)
        return opinion


def _renew(out: Path) -> str:
    """What to do about a release that is missing or not whole: without results only a run makes one."""
    held = (out / RESTRICTED / "results.json").exists()
    return "make it anew with `ipscausal release`" if held else RUN_AGAIN


def _earlier(out: Path) -> tuple[Study, Results, str]:
    """Study and results of the last run in `out`, and that run's name."""
    manifest = require_whole(out, (RESTRICTED,), RUN_AGAIN)
    path = out / RESTRICTED / "results.json"
    if not path.exists():
        raise UsageError(f"--out {out.name}: the folder holds a panel and no results", remedy=RUN_AGAIN)
    results = Results.from_json(path.read_text(encoding="ascii"))
    return Study.model_validate(results.study), results, manifest["parts"][RESTRICTED]
