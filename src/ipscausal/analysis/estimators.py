"""The average effect by every estimator that applies, and whether those that differ do so by more than chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipscausal.advisor import Advice, EstimatorChoice
from ipscausal.api import Result
from ipscausal.errors import IdentificationError
from ipscausal.estimate import Estimate
from ipscausal.estimate.difference import difference
from ipscausal.estimate.named import Asked, average_effect
from ipscausal.inference import Inference, Options, apply, guide
from ipscausal.panel import Panel
from ipscausal.results import Row
from ipscausal.study import Study

JUDGES = ("panel", "analytic")  # of a difference: with municipality shocks where they are known, else large-sample


def asked(study: Study) -> Asked:
    """What the study asks of whichever estimator."""
    design = study.design
    return Asked(
        comparison="not_yet" if design.comparison == "not yet" else "never",
        anticipation=design.anticipation,
        window=design.event_window,
        reference=design.reference,
        outside=design.outside,
    )


def beside_each_other(
    study: Study,
    panel: Panel,
    chosen: EstimatorChoice,
    primary: Result,
    advice: Advice,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Row, ...]:
    """Rows of the table `estimators`, the primary first.

    Each average is judged by the method that is quoted, or by what the decision guide names where that method cannot
    judge it. difference: less the primary's; differs: yes where its interval leaves zero out, no where it does not,
    unknown where no method can judge it. An estimator that the design does not identify keeps its row, with the reason.
    """
    rows = [_row(primary.estimate, primary.primary("att"), "primary") | _same()]
    others = [name for name in chosen.names if name != chosen.primary]
    for done, name in enumerate(others):
        role = "companion" if name == chosen.companion else "other"
        if progress is not None:
            progress(done, len(others))
        try:
            fit = average_effect(name, panel, asked(study))
        except IdentificationError as refused:
            rows.append(_refused(name, role, primary, refused.message))
            continue
        judged = _judged(fit, advice.choice.primary, primary.options)
        rows.append(_row(fit, judged, role) | _against(panel, fit, primary))
    return tuple(rows)


def _judged(fit: Estimate, method: str, options: Options) -> Inference:
    row = apply(method, fit, options)[0].hidden
    if row.conf_low is not None:
        return row
    return next(
        (found for name in guide(fit)[0].names if (found := apply(name, fit, options)[0].hidden).conf_low is not None),
        row,
    )


def _against(panel: Panel, fit: Estimate, primary: Result) -> dict[str, Any]:
    gap = difference(panel, fit, primary.estimate)
    value = float(gap.coef[0])
    for name in JUDGES:
        row = apply(name, gap, primary.options)[0].hidden
        if row.conf_low is not None and row.conf_high is not None and gap.weights_from == "design":
            low, high = value + row.conf_low - _centre(row), value + row.conf_high - _centre(row)
            return {
                "difference": value, "difference_low": low, "difference_high": high,
                "differs": "no" if low <= 0 <= high else "yes",
            }  # fmt: skip
    return {"difference": value, "difference_low": None, "difference_high": None, "differs": "unknown"}


def _centre(row: Inference) -> float:
    return 0.0 if row.estimate is None else row.estimate


def _same() -> dict[str, Any]:
    return {"difference": None, "difference_low": None, "difference_high": None, "differs": None}


def _row(fit: Estimate, row: Inference, role: str) -> dict[str, Any]:
    return {
        "estimator": fit.estimator,
        "role": role,
        "outcome": fit.panel.outcome,
        "unit": fit.panel.unit,
        "term": "att",
        "method": row.method,
        "status": row.status,
        "reason_not_identified": None,
        "estimate": float(fit.coef[0]),
        "conf_low": row.conf_low,
        "conf_high": row.conf_high,
        "n_municipalities": len(fit.panel.municipality),
        "n_treated": int(fit.n_treated[0]),
        "support_treated": float(fit.support_treated[0]),
        "support_control": float(fit.support_control[0]),
        "residual_df": fit.residual_df,
    }


def _refused(name: str, role: str, primary: Result, reason: str) -> dict[str, Any]:
    about = _row(primary.estimate, primary.primary("att"), role)
    nothing = dict.fromkeys(("estimate", "conf_low", "conf_high", "method"))
    return {
        **about, **nothing, "estimator": name, "status": "not_identified", "reason_not_identified": reason,
        **_same(),
    }  # fmt: skip
