"""The public calls: `did`, `event_study`, `infer`, and the `Result` they return."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ipscausal import estimate as estimators
from ipscausal.api.result import Result
from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import FEW_TREATED, METHODS, Verdicts, cr1_false_positive_rate, judge, one_method
from ipscausal.panel import Panel
from ipscausal.results import Notice

__all__ = ["Result", "did", "event_study", "infer"]

LEVEL, DRAWS, SEED = 0.95, 9999, 20261121


def did(panel: Panel, *, anticipation: int = 0, level: float = LEVEL, draws: int = DRAWS, seed: int = SEED) -> Result:
    """Two-way fixed effects difference-in-differences with honest inference.

    anticipation: so many years before adoption are neither before nor after.
    level: of the intervals; draws, seed: where assignments have to be sampled.
    Raises IdentificationError with the reason when the panel does not identify the effect.
    """
    return _result(estimators.did(panel, anticipation), level, draws, seed)


def event_study(
    panel: Panel,
    window: tuple[int, int] = (-4, 3),
    reference: int = -1,
    outside: Literal["bin", "drop"] = "bin",
    *,
    anticipation: int = 0,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Result:
    """Two-way fixed effects event study relative to `reference`, with the joint test before adoption.

    outside: event times beyond the window are pooled into its end points ("bin") or not used ("drop").
    anticipation: so many years before adoption stay out of the joint test and cannot be the reference.
    Raises IdentificationError as `did`, UsageError for a window without its reference.
    """
    return _result(estimators.event_study(panel, window, reference, outside, anticipation), level, draws, seed)


def infer(subject: Result | Panel, method: str, *, show_invalid: Literal[True, False] = False) -> Result:
    """The same estimate with one method only: "sup_t", "cr1", "cr3" or "ri". A panel is taken to `did` first.

    show_invalid: also give p and interval of a row whose status says that they mean nothing.
    Raises UsageError for another method.
    """
    if method not in METHODS:
        raise UsageError(f"no method {method!r}", remedy=f"the methods are: {', '.join(METHODS)}")
    result = did(subject) if isinstance(subject, Panel) else subject
    rows = one_method(result.estimate, method, result.level, result.draws, result.seed)
    return replace(result, inference=rows, show_invalid=show_invalid)


def _result(fit: Estimate, level: float, draws: int, seed: int) -> Result:
    verdicts = judge(fit, level, draws, seed)
    return Result(
        fit,
        verdicts.rows,
        verdicts.pre_trend,
        _notices(fit, verdicts, level),
        level,
        draws,
        seed,
    )


def _notices(fit: Estimate, verdicts: Verdicts, level: float) -> tuple[Notice, ...]:
    notes = []
    treated, g = fit.n_treated_clusters, fit.n_clusters
    if treated < FEW_TREATED and g >= 3:
        rate = cr1_false_positive_rate(g, treated, level) if treated < g else None
        values = {"treated": treated, "municipalities": g, "level": level, "rate": rate}
        notes.append(Notice("few_treated", "warning", values))
    if len(set(fit.panel.adoption[fit.panel.treated])) > 1:
        notes.append(Notice("staggered_twfe", "warning", {}))
    for row in verdicts.rows:
        if row.status == "cannot_reject" and row.rank is not None and len(fit.terms) == 1:
            values = {"rank": row.rank, "of": row.rank_of, "floor": row.p_floor}
            notes.append(Notice("rank_floor", "note", values))
    first = verdicts.rows[0]
    if len(fit.terms) == 1 and first.n_dropped and first.df is not None:
        notes.append(Notice("dropped_controls", "warning", {"count": first.n_dropped, "df": first.df}))
    if left_out := fit.left_out.get("always_treated"):
        notes.append(Notice("always_treated_left_out", "note", {"count": len(left_out)}))
    if empty := int((~fit.panel.observed).sum()):
        notes.append(Notice("empty_cells", "note", {"count": empty}))
    return tuple(notes)
