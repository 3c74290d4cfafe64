"""From results to what may leave: disclosure, the ledger of what left before, the report, and then the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ipscausal import provenance
from ipscausal.counting import RESTRICTED
from ipscausal.disclosure import LEDGER, Ledger, ReleaseSummary, read_ledger, shared_ledger, write_shared
from ipscausal.disclosure import release as disclose
from ipscausal.errors import DisclosureError
from ipscausal.machine import Machine
from ipscausal.outputs import Staging, read_manifest
from ipscausal.report import render
from ipscausal.results import Results
from ipscausal.second_opinion import VerifyReport
from ipscausal.study import Study

RELEASE, REPORT = "release", "report"
# in the manifest: hash of the last line of each ledger, by its name
ENDS, _OWN = "ledgers", f"{RESTRICTED}/{LEDGER}"


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run or release: results before disclosure, what disclosure did, and the second opinion if any."""

    results: Results
    summary: ReleaseSummary
    opinion: VerifyReport | None = None


def publish(
    command: str,
    study: Study,
    results: Results,
    opinion: VerifyReport | None,
    staging: Staging,
    machine: Machine,
    template: Path | None = None,
) -> Finished:
    """Results to disclosure to report, each into its part where the command replaces it; then the commit.

    template: an agency's own for the report in Word.
    """
    if opinion is not None:
        results = replace(results, provenance=provenance.with_opinion(results.provenance, opinion))
    own, renewed = read_ledger(staging.out / RESTRICTED / LEDGER), (staging.folder / RESTRICTED).exists()
    text, ends = results.to_json(), _ends(staging.out)
    if renewed:
        (staging.part(RESTRICTED) / "results.json").write_text(text, encoding="ascii")
        _keep(own, staging)
    # disclosed is what a later `release` reads back, so that both write the same bytes
    results = Results.from_json(text)
    machine.progress("disclosure")
    try:
        summary = _disclosed(results, own, staging, machine, ends)
    except DisclosureError as refused:
        if renewed:
            staging.commit({**provenance.description(command, study, results.provenance, "refused"), ENDS: ends})
        raise _of_an_earlier_run(refused, staging.out) from refused
    if REPORT in staging.parts:
        machine.progress("report")
        render(staging.folder / RELEASE, staging.part(REPORT), study.report.languages, study.report.formats, template)
    about = provenance.description(command, study, results.provenance, summary.status, len(summary.withheld))
    staging.commit({**about, ENDS: ends})
    return Finished(results, summary, opinion)


def require_ledgers(out: Path, machine: Machine) -> None:
    """What would stop a run at its end, told before it begins: ledgers edited, cut short, or not to be written."""
    own, ends = read_ledger(out / RESTRICTED / LEDGER), _ends(out)
    # a run that was killed may have left the folder half moved; and one without any of it is made anew
    if _OWN in ends and (out / RESTRICTED).is_dir():
        own.require_line(_OWN, ends[_OWN])
    with shared_ledger(machine.ledger) as shared:
        _require_end(shared, machine, ends)


def _ends(out: Path) -> dict[str, str]:
    return dict((read_manifest(out) or {}).get(ENDS, {}))


def _require_end(shared: Ledger, machine: Machine, ends: Mapping[str, str]) -> None:
    if machine.ledger is not None and machine.ledger.name in ends:
        shared.require_line(machine.ledger.name, ends[machine.ledger.name])


def _disclosed(
    results: Results, own: Ledger, staging: Staging, machine: Machine, ends: dict[str, str]
) -> ReleaseSummary:
    """The release, held against those before it, and noted in the ledger of the folder and in the shared one.

    ends: how the ledgers ended when the folder was made; becomes how they end now.
    The shared ledger is written before the commit: a release that is noted and was never made does less harm than one
    that was made and is not noted.
    """
    with shared_ledger(machine.ledger) as shared:
        _require_end(shared, machine, ends)
        summary = disclose(results, staging.folder / RELEASE, (own.entries, shared.entries))
        for near in summary.entry.near:
            machine.progress(
                f"warning: for review: numbers of persons that differ by a few from release {near.release[:12]} of "
                f"{near.date} (study {near.study}): {near.count}; see release/context.md"
            )
        noted = own.with_entry(summary.entry)
        if noted is not own:
            if not (staging.folder / RESTRICTED).exists():
                staging.carry(RESTRICTED, without=(LEDGER,))
            _keep(noted, staging)
        known = shared.with_entry(summary.entry)
        if machine.ledger is not None and known is not shared:
            write_shared(machine.ledger, known)
        ends[_OWN] = noted.last
        if machine.ledger is not None:
            ends[machine.ledger.name] = known.last
    return summary


def _keep(ledger: Ledger, staging: Staging) -> None:
    if ledger.entries:
        (staging.part(RESTRICTED) / LEDGER).write_text(ledger.text, encoding="ascii", newline="\n")


def _of_an_earlier_run(refused: DisclosureError, out: Path) -> DisclosureError:
    """The refusal, saying that what may leave already lies there and does not belong to these results."""
    kept = " and ".join(f"{name}/" for name in (RELEASE, REPORT) if (out / name).exists())
    message = f"{refused.message}; {kept} in the folder: still of an earlier run" if kept else refused.message
    return DisclosureError(message, problems=refused.problems, remedy=refused.remedy)
