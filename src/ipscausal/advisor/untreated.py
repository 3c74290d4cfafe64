"""Outcomes that no treatment can have touched: controls in all years, the treated before adoption and anticipation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ipscausal.estimate import Design, Term
from ipscausal.estimate.least_squares import adjusted_means, solve
from ipscausal.panel import BoolArray, FloatArray, Panel

NO_TERMS = Design((), Term("none", None, 0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Untreated:
    """mean: (G, T) covariate-adjusted means, 0 where not used; used: (G, T); years: (Y,) positions with an effect.

    The first year with cells, and years that other years explain, have no effect of their own.
    """

    mean: FloatArray
    used: BoolArray
    years: tuple[int, ...]


def touched(panel: Panel, anticipation: int = 0) -> BoolArray:
    """(G, T) cells of the treated from adoption, less the years of anticipation, onwards."""
    return np.nan_to_num(panel.event_time, nan=-np.inf) >= -anticipation


def masked(panel: Panel, anticipation: int = 0) -> Panel:
    """The same design without the outcomes of touched cells.

    Their means become zero. What persons vary inside the municipality is taken from untreated cells, at its own sizes:
    every entry of a treated municipality's sampling covariance, its own variances in touched cells.
    """
    hidden = touched(panel, anticipation)
    keep = ~hidden
    return replace(
        panel,
        y=panel.y * keep,
        yy=panel.yy * keep,
        xy=panel.xy * keep[..., None],
        within_variance=None if panel.within_variance is None else _within(panel, panel.within_variance, hidden),
        mean_covariance=None if panel.mean_covariance is None else _covariance(panel, panel.mean_covariance, hidden),
        # they hold outcomes of touched cells; without them noise is that of unadjusted means, rather too large
        outcome_covariate_covariance=None,
        covariate_covariance=None,
    )


def untreated(panel: Panel, anticipation: int = 0) -> Untreated:
    """Untreated cells with covariate slopes fitted on themselves. Empty where no cell is untreated."""
    kept = panel.without(touched(panel, anticipation))
    equations = solve(kept, NO_TERMS)
    slopes = equations.solution[: len(panel.covariates)]
    position = {f"year_{year}": t for t, year in enumerate(panel.years)}
    years = tuple(position[name] for name in equations.columns[len(panel.covariates) :])
    return Untreated(np.nan_to_num(adjusted_means(kept, slopes)), kept.observed, years)


def _within(panel: Panel, variance: FloatArray, hidden: BoolArray) -> FloatArray:
    """(G, T) own variances where untreated, else the year's pooled one, else that of all years."""
    df = np.where(panel.observed & ~hidden, np.maximum(panel.persons - 1, 0), 0.0)
    total, squares = df.sum(axis=0), (df * np.nan_to_num(np.where(hidden, 0.0, variance))).sum(axis=0)
    overall = squares.sum() / max(total.sum(), 1)
    by_year = np.divide(squares, total, out=np.full(total.shape, overall), where=total > 0)
    return np.where(hidden, by_year, variance)


def _covariance(panel: Panel, covariance: FloatArray, hidden: BoolArray) -> FloatArray:
    """(G, T, T) own covariance of the never treated; for the treated the pooled one of a single person, by size."""
    seen = panel.observed & ~hidden & np.isfinite(np.einsum("gtt->gt", covariance))
    size = np.sqrt(np.where(panel.observed, panel.persons, 1.0))
    scale = size[:, :, None] * size[:, None, :]
    both = seen[:, :, None] & seen[:, None, :]
    total = np.where(both, scale, 0.0).sum(axis=0)
    sums = np.where(both, np.nan_to_num(covariance) * scale**2, 0.0).sum(axis=0)
    one = np.divide(sums, total, out=np.zeros(total.shape), where=total > 0)
    lacking = np.diag(total) == 0
    if lacking.any() and not lacking.all():
        # a year in which everybody is treated: the variance of the other years, no covariance
        one[lacking, lacking] = np.diag(one)[~lacking].mean()
    values, vectors = np.linalg.eigh(one)
    pooled = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return np.where(panel.treated[:, None, None], pooled / scale, covariance)
