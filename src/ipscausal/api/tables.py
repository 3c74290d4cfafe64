"""Rows of the tables `estimates` and `event_study` from an estimate and its inference."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipscausal.estimate import Estimate, Term
from ipscausal.inference import Inference, pre_terms

TIDY = (
    "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "method", "event_time",
    "cohort", "n_persons", "n_person_years", "n_municipalities", "n_treated", "status", "p_floor", "small_sample",
    "role",
)  # fmt: skip
NUMBERS = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "p_floor")
WHOLE = ("event_time", "cohort", "n_persons")


def estimate_row(fit: Estimate, row: Inference) -> dict[str, Any]:
    """One row of `estimates`, missing is None; a joint test takes the smallest support of its coefficients."""
    position = {term.name: j for j, term in enumerate(fit.terms)}.get(row.term)
    term = None if position is None else fit.terms[position]
    behind = list(pre_terms(fit)) if position is None else [position]
    return {
        "term": row.term,
        "estimate": row.estimate,
        "std_error": row.std_error,
        "statistic": row.statistic,
        "df": row.df,
        "p_value": row.p_value,
        "conf_low": row.conf_low,
        "conf_high": row.conf_high,
        "method": row.method,
        "event_time": term.event_time if term else None,
        "cohort": term.cohort if term else None,
        "n_persons": fit.cells.person_count,
        "n_person_years": count(fit.n_observations),
        "n_municipalities": len(fit.panel.municipality),
        "n_treated": int(fit.n_treated_municipalities[behind].min()),
        "n_clusters": fit.n_clusters,
        "n_treated_clusters": int(fit.n_treated[behind].min()),
        "status": row.status,
        "p_floor": row.p_floor,
        "small_sample": row.small_sample,
        "role": row.role,
        "estimator": fit.estimator,
        "outcome": fit.panel.outcome,
        "unit": fit.panel.unit,
        "level": row.level,
        "rank": row.rank,
        "rank_of": row.rank_of,
        "support_treated": count(fit.support_treated[behind].min()),
        "support_control": count(fit.support_control[behind].min()),
        "residual_df": fit.residual_df,
    }


def event_row(fit: Estimate, row: Inference, term: Term, band: tuple[float, float] | None) -> dict[str, Any]:
    """One row of `event_study` for a coefficient; band: limits that hold for all coefficients at once."""
    full = estimate_row(fit, row)
    same = ("estimator", "estimate", "std_error", "df", "conf_low", "conf_high", "p_value", "method", "status",
            "outcome", "unit", "support_treated", "support_control", "residual_df")  # fmt: skip
    simultaneous = dict(zip(("band_low", "band_high"), band or (None, None), strict=True))
    return _about(fit, term) | {"is_reference": False} | {key: full[key] for key in same} | simultaneous


def reference_row(fit: Estimate) -> dict[str, Any]:
    """The row of `event_study` for the event time that the others are compared with: 0 by construction."""
    base = fit.design.base
    at_base = fit.design.comparison(fit.cells.event_time) & fit.cells.observed
    years = at_base.any(axis=0)
    arm = fit.panel.treated
    treated = (fit.cells.persons * at_base).sum(axis=0)[years]
    control = fit.cells.persons[~arm].sum(axis=0)[years]
    return _about(fit, base) | {
        "is_reference": True, "estimator": fit.estimator, "estimate": 0.0, "status": "ok",
        "outcome": fit.panel.outcome, "unit": fit.panel.unit,
        "support_treated": count(treated.min()), "support_control": count(control.min()),
        "residual_df": fit.residual_df,
        **dict.fromkeys(("std_error", "df", "conf_low", "conf_high", "p_value", "method", "band_low", "band_high")),
    }  # fmt: skip


def count(value: float | np.floating) -> int | float | None:
    """A number of observations: whole where it is whole, None where nothing carries weight."""
    if not np.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def _about(fit: Estimate, term: Term) -> dict[str, Any]:
    """Name, event time, label and treated persons; an end point that pools event times counts their average."""
    time = fit.cells.event_time
    inside = (time >= term.first) & (time <= term.last) & fit.cells.observed
    pooled = len(np.unique(time[inside]))
    return {
        "term": term.name,
        "event_time": term.event_time,
        "label": term.label,
        "n_treated_persons": count(np.round(fit.cells.persons[inside].sum() / max(pooled, 1))),
    }
