"""Tables about the average effect on the primary outcome: diagnostics, calibration, placebos, leave-one-out."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ipscausal.advisor import Advice, Diagnostic, of_outcomes
from ipscausal.api import Result
from ipscausal.errors import IdentificationError
from ipscausal.estimate import Estimate
from ipscausal.inference import (
    Inference,
    apply,
    conventional,
    influence,
    leave_one_out,
    placebo_ranks,
)
from ipscausal.results import Row

REFITTED = 60  # municipalities up to which leaving each out is judged by the primary method again
SUPPORT = ("support_treated", "support_control", "residual_df")


def diagnostics(result: Result, advice: Advice) -> tuple[Row, ...]:
    """Those of the design as the advisor knew them, then those of the outcomes."""
    found = (*advice.diagnostics, *of_outcomes(result.estimate, 0, advice.shocks, result.options))
    about = _about(result)
    return tuple({**_diagnostic(one), **about} for one in found)


def calibration(result: Result, advice: Advice) -> tuple[Row, ...]:
    """Each calibrated method with its role, power at the estimated effect; none where the guide decided."""
    if advice.calibration is None:
        return ()
    roles = {row.method: row.role for row in result.inference}
    about = _about(result)
    effect = float(result.estimate.coef[0])
    return tuple(
        {**row, "role": roles.get(row["method"], "other"), **about} for row in advice.calibration.records(effect)
    )


def placebo(result: Result) -> tuple[Row, ...]:
    """Every municipality taken as the treated one, the largest contrast first; none with several treated."""
    outcome = result.estimate.panel.outcome
    rows = (asdict(one) for one in placebo_ranks(result.estimate, 0, result.options))
    # which municipality a placebo is stays here
    return tuple({**{name: row[name] for name in row if name != "cluster"}, "outcome": outcome} for row in rows)


def left_out(result: Result) -> tuple[Row, ...]:
    """The effect without each municipality, judged again by the primary method where there are few enough."""
    fit, first = result.estimate, result.primary("att")
    moved = influence(fit, leave_one_out(fit))
    smallest = _smallest(fit)
    treated = np.isin(np.arange(fit.n_clusters), fit.cluster_of[fit.panel.treated])
    rows = []
    for c, label in enumerate(fit.cluster):
        known = bool(np.isfinite(moved.without[c, 0]))
        again = _refitted(result, c) if known and fit.n_clusters <= REFITTED else None
        arm = "treated" if treated[c] else "control"
        support = {name: _about(result)[name] for name in SUPPORT[:2]} | {f"support_{arm}": smallest[c]}
        rows.append(
            {
                "left_out": label,
                "arm": arm,
                "status": "ok" if known else "not_identified",
                "estimate": float(moved.without[c, 0]) if known else None,
                "conf_low": again.conf_low if again else None,
                "conf_high": again.conf_high if again else None,
                "change": float(moved.change[c, 0]) if known else None,
                "flips_sign": bool(moved.flips_sign[c, 0]) if known else None,
                "flips_verdict": _flips(first, again),
                "outcome": fit.panel.outcome,
                **support,
            }
        )
    return tuple(rows)


def facts(result: Result, advice: Advice) -> dict[str, Any]:
    """What was decided and how, and what the calibration found of the conventional and the primary method."""
    found, choice = advice.calibration, advice.choice
    usual = conventional(result.estimate)
    ordinary = found.method(usual) if found else None
    primary = found.method(choice.primary) if found else None
    return {
        "advice": {
            "primary": choice.primary,
            "companion": choice.companion,
            "digest": advice.digest,
            "draws": found.draws if found else 0,
            "decided_on": advice.decided_on,
        },
        "conventional_method": usual,
        "conventional_rate": ordinary.false_positive_rate if ordinary else None,
        "conventional_rate_low": ordinary.rate_low if ordinary else None,
        "conventional_rate_high": ordinary.rate_high if ordinary else None,
        "cr1_false_positive_rate": _closed_form(result),
        "power_at_estimate": primary.power_at(float(result.estimate.coef[0])) if primary else None,
        "mde": primary.mde if primary else None,
    }


def write_advice(advice: Advice, folder: Path) -> None:
    """calibration.csv (the table, without power at an estimate) and advice.json (the choice, why, and its digest)."""
    rows = advice.calibration.records() if advice.calibration else []
    text = io.StringIO()
    names = [name for name in (rows[0] if rows else {"method": None}) if name not in ("power", "effect")]
    lines = csv.DictWriter(text, names, lineterminator="\n", extrasaction="ignore")
    lines.writeheader()
    lines.writerows(rows)
    (folder / "calibration.csv").write_text(text.getvalue(), encoding="utf-8", newline="\n")
    document = {
        "choice": asdict(advice.choice),
        "decided_on": advice.decided_on,
        "digest": advice.digest,
        "facts": dict(advice.facts),
        "candidates": [asdict(one) for one in advice.candidates],
    }
    (folder / "advice.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="ascii")


def _closed_form(result: Result) -> float | None:
    rates = (note.values["rate"] for note in result.notices if note.code == "few_treated")
    return next(rates, None)


def _diagnostic(one: Diagnostic) -> dict[str, Any]:
    return {"diagnostic": one.key, "value": one.value, "low": one.low, "high": one.high, "level": one.level}


def _about(result: Result) -> dict[str, Any]:
    """Outcome and support of the average effect, as in its row of `estimates`."""
    row = result.rows()[0]
    return {name: row[name] for name in ("outcome", *SUPPORT)}


def _refitted(result: Result, cluster: int) -> Inference | None:
    fit = result.estimate
    kept = fit.panel.select(fit.cluster_of != cluster)
    try:
        again = fit.refit(kept)
    except IdentificationError:
        return None
    return apply(result.primary("att").method, again, result.options)[0].hidden


def _flips(first: Inference, again: Inference | None) -> bool | None:
    if again is None or again.p_value is None or first.p_value is None:
        return None
    alpha = 1 - first.level
    return (again.p_value < alpha) != (first.p_value < alpha)


def _smallest(fit: Estimate) -> list[int]:
    """Persons in the smallest cell of each cluster."""
    persons = np.zeros((fit.n_clusters, len(fit.cells.years)))
    np.add.at(persons, fit.cluster_of, fit.cells.persons)
    return [int(size[size > 0].min()) for size in persons]
