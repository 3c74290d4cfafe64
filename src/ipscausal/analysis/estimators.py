"""The average effect by every estimator that applies, and whether those that differ do so by more than chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from ipscausal.advisor import Advice, EstimatorChoice
from ipscausal.api import Result
from ipscausal.api.tables import count
from ipscausal.errors import IdentificationError
from ipscausal.estimate import Estimate, did
from ipscausal.estimate.difference import Difference, difference
from ipscausal.estimate.named import Asked, average_effect
from ipscausal.inference import FEW_TREATED, Inference, Options, apply, combination_covariance, guide
from ipscausal.panel import Panel
from ipscausal.results import Row
from ipscausal.study import Study

ROUNDING = 1e-9  # of the estimate: two estimators that are the same differ by less


def asked(study: Study) -> Asked:
    """What the study asks of whichever estimator."""
    design = study.design
    return Asked(
        comparison="not_yet" if design.comparison == "not yet" else "never",
        anticipation=design.anticipation,
        window=design.event_window,
        reference=design.reference,
        outside=design.outside,
        trends=design.trends,
        interacted=design.interacted,
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
        row = judged(fit, advice.choice.primary, primary.options)
        rows.append(_row(fit, row, role) | _against(panel, fit, primary))
    return tuple(rows)


def judged(fit: Estimate, method: str, options: Options) -> Inference:
    """The effect by the method named, or by the first of the decision guide that has an interval for it."""
    row = apply(method, fit, options)[0].hidden
    if row.conf_low is not None:
        return row
    others = (apply(name, fit, options)[0].hidden for name in guide(fit)[0].names)
    return next((found for found in others if found.conf_low is not None), row)


def _against(panel: Panel, fit: Estimate, primary: Result) -> dict[str, Any]:
    """How far an effect lies from the primary's, and whether by more than the chance that the two do not share."""
    gap = difference(panel, fit, primary.estimate)
    residual = int(min(fit.n_residual.min(), primary.estimate.n_residual.min()))
    error, level = _error(panel, gap, primary, residual, fit), primary.options.level
    if error is None:
        return {"difference": gap.value, "difference_low": None, "difference_high": None, "differs": "unknown"}
    half = float(stats.norm.ppf((1 + level) / 2)) * error
    apart = abs(gap.value) > half + ROUNDING * abs(primary.estimate.coef[0])
    # weights fitted to outcomes have a noise of their own that is not in the error: only "no" is safe to say
    fitted = "outcomes" in (fit.weights_from, primary.estimate.weights_from)
    return {
        "difference": gap.value,
        "difference_low": None if fitted else gap.value - half,
        "difference_high": None if fitted else gap.value + half,
        "differs": "unknown" if apart and fitted else "yes" if apart else "no",
    }


def _error(panel: Panel, gap: Difference, primary: Result, residual: int, fit: Estimate) -> float | None:
    """Standard error of a difference: shocks and sampling where they are known, else contributions where many treat."""
    try:
        base = did(panel, primary.estimate.design.anticipation)
    except IdentificationError:
        return None
    kept = np.isin(panel.municipality, base.panel.municipality)
    if np.abs(gap.cell_weights[~kept]).sum() > 0:
        return None
    weights = np.zeros((1, base.n_clusters, len(panel.years)))
    np.add.at(weights[0], base.cluster_of, gap.cell_weights[kept])
    # means of the same persons have a noise of their own, which the covariance of cell means does not tell
    known = combination_covariance(base, weights, primary.options) if fit.is_of_cell_means else None
    if known is not None:
        return float(np.sqrt(known[0, 0]))
    if residual < FEW_TREATED:
        return None
    scores = np.zeros(base.n_clusters)
    np.add.at(scores, base.cluster_of, gap.contributions[kept])
    return float(np.sqrt((scores**2).sum()))


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
        "n_treated": int(fit.n_treated_municipalities[0]),
        "support_treated": count(fit.support_treated[0]),
        "support_control": count(fit.support_control[0]),
        "residual_df": fit.residual_df,
    }


def _refused(name: str, role: str, primary: Result, reason: str) -> dict[str, Any]:
    about = _row(primary.estimate, primary.primary("att"), role)
    nothing = dict.fromkeys(("estimate", "conf_low", "conf_high", "method"))
    return {
        **about, **nothing, "estimator": name, "status": "not_identified", "reason_not_identified": reason,
        **_same(),
    }  # fmt: skip
