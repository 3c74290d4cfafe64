"""What `calibrate` and `power` show: methods on copies of the panel, and what a study could find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipscausal.cli.screen import columns, paragraph, print_json

if TYPE_CHECKING:
    from ipscausal.advisor import Advice, Calibration, Candidate, Power
    from ipscausal.periods import Period

_DROPPED = {
    "undefined": "no p-value on this design",
    "floor": "cannot reject",
    "df": "too few degrees of freedom",
    "leverage": "one cluster carries the effect",
    "shocks": "persons the only chance",
    "invalid": "known to fail here",
    "rate": "rejects too often",
    "not_calibrated": "not calibrated",
}


def show_advice(advice: Advice, period: Period, out: Path | None, as_json: bool) -> None:
    """The choice, and every method weighed with its rates. period: of the panel."""
    found, choice = advice.calibration, advice.choice
    if as_json:
        return print_json(
            {
                "command": "calibrate", "primary": choice.primary, "companion": choice.companion,
                "others": list(choice.others), "decided_on": advice.decided_on, "digest": advice.digest,
                "level": found.level if found else None, "seed": found.seed if found else None,
                "shocks": asdict(found.shocks) if found else None,
                "candidates": [asdict(one) for one in advice.candidates],
                "calibration": found.records() if found else [],
                **({"out": str(out)} if out is not None else {}),
            }
        )  # fmt: skip
    print(_calibrated(advice, found, period) if found is not None else _counted(advice))
    print(f"\nPrimary {choice.primary}, companion {choice.companion}; digest {advice.digest}")
    if out is not None:
        print(f"\n{out / 'restricted' / 'calibration.csv'}\n{out / 'restricted' / 'advice.json'}")
    return None


def _calibrated(advice: Advice, found: Calibration, period: Period) -> str:
    header = ["method", "role", "false positives", "plausible range", "smallest effect found", "space", "time", ""]
    rows = [_row(one, advice, found) for one in advice.candidates]
    shocks = found.shocks
    unit = f" {found.unit}" if found.unit else ""
    title = (
        f"Methods on {found.draws:,} copies of the panel without an effect (level {1 - found.level:.2g}); "
        f"{period}ly shocks of municipalities {shocks.sd:.3g}{unit} ({shocks.sd_low:.3g} to {shocks.sd_high:.3g})"
    )
    note = (
        "False positives: share of copies in which the method finds an effect that is not there, between the 10th and "
        "90th percentile of plausible shocks. Smallest effect found: with 80 % probability. Space: untreated "
        "municipalities taken as treated that were found to have an effect; time: earlier dates. These share data and "
        "are counts, not rates. No outcome of the treated from adoption on was used."
    )
    return f"{paragraph(title, '')}\n{columns(header, rows)}\n\n{paragraph(note, '')}"


def _row(one: Candidate, advice: Advice, found: Calibration) -> list[str]:
    row = found.method(one.method)
    choice = advice.choice
    role = "primary" if one.method == choice.primary else "companion" if one.method == choice.companion else ""
    why = "" if one.reason is None else _DROPPED[one.reason]
    if row is None or row.false_positive_rate is None:
        return [one.method, role, "-", "-", "-", "-", "-", why]
    return [
        one.method, role, f"{row.false_positive_rate:.1%}", f"{row.rate_low:.1%} to {row.rate_high:.1%}",
        "-" if row.mde is None else f"{row.mde:.3g}", _count(row.space), _count(row.time), why,
    ]  # fmt: skip


def _count(count: Any) -> str:
    return "-" if count is None else f"{count.k} of {count.n}"


def _counted(advice: Advice) -> str:
    names = ", ".join(one.method for one in advice.candidates)
    return f"Not calibrated: the decision guide chooses from counts\n  weighed: {names}"


def show_power(found: Power, as_json: bool) -> None:
    """One line per design."""
    rows = [asdict(row) for row in found.rows]
    if as_json:
        return print_json({"command": "power", "level": found.level, "target": found.target, "designs": rows})
    varied = [name for name in _DESIGN if len({row[name] for row in rows}) > 1] or ["treated", "controls"]
    fixed = ", ".join(f"{_DESIGN[name]} {rows[0][name]:g}" for name in _DESIGN if name not in varied)
    simulated = [rows[0]["method"], "its false positives"] if rows[0]["method"] else []
    header = [*(_DESIGN[name] for name in varied), "sd of estimate", "shocks known", "t test", *simulated, "rank floor"]
    print(f"Smallest effect found with {found.target:.0%} probability at level {1 - found.level:.2g}\n{fixed}")
    print(columns(header, [_power_row(row, varied) for row in rows]))
    note = (
        "Shocks known: if the size of municipality shocks were known. T test: with G - 2 degrees of freedom, exact for "
        "municipalities of equal size; both take persons as new every year. A method's own column is simulated: '-' "
        "where no effect tried is found so often, and of no worth where its false positives are many. Rank floor: the "
        "smallest p-value a rank of municipalities can give."
    )
    return print(f"\n{paragraph(note, '')}")


_DESIGN = {
    "treated": "treated", "controls": "controls", "years_before": "years before", "years_after": "years after",
    "persons": "persons", "person_sd": "person sd", "shock_sd": "shock sd", "rho": "rho",
}  # fmt: skip


def _power_row(row: dict[str, Any], varied: Sequence[str]) -> list[str]:
    simulated = (
        []
        if row["method"] is None
        else [
            "-" if row["mde_simulated"] is None else f"{row['mde_simulated']:.3g}",
            "-" if row["false_positive_rate"] is None else f"{row['false_positive_rate']:.0%}",
        ]
    )
    effects = [f"{row[name]:.3g}" for name in ("std_dev", "mde_known", "mde")]
    return [*(f"{row[name]:g}" for name in varied), *effects, *simulated, f"{row['p_floor']:.2g}"]
