"""Outcomes that no treatment can have touched: controls in all years, the treated before adoption and anticipation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate import Design, Term
from ipscausal.estimate.adjusted import adjusted_covariance
from ipscausal.estimate.least_squares import adjusted_means, solve
from ipscausal.inference.sampling import person_covariance
from ipscausal.panel import BoolArray, FloatArray, Panel

NO_TERMS = Design((), Term("none", None, 0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Untreated:
    """mean: (G, T) means, 0 where not used; used: (G, T)."""

    mean: FloatArray
    used: BoolArray


def touched(panel: Panel, anticipation: int = 0) -> BoolArray:
    """(G, T) cells of the treated from adoption, less the years of anticipation, onwards."""
    return np.nan_to_num(panel.event_time, nan=-np.inf) >= -anticipation


def masked(panel: Panel, anticipation: int = 0) -> Panel:
    """The same design without covariates and without the outcomes of touched cells.

    Untreated means are adjusted for covariates by slopes fitted on untreated cells (by none where those do not identify
    them), touched means become zero. How persons vary inside a treated municipality is taken from untreated cells, at
    its own sizes: every entry of its sampling covariance, and its variances in touched cells.
    """
    hidden = touched(panel, anticipation)
    kept = panel.without(hidden)
    slopes = _slopes(kept)
    mean = np.nan_to_num(adjusted_means(kept, slopes))
    inside = _squares(kept, slopes)
    within, covariance = panel.within_variance, panel.mean_covariance
    if covariance is not None:
        covariance = _covariance(panel, adjusted_covariance(panel, covariance, slopes), hidden)
    return replace(
        panel,
        y=panel.weight * mean,
        yy=panel.weight * mean**2 + inside,
        covariates=(),
        x=panel.x[..., :0],
        xy=panel.xy[..., :0],
        xx=panel.xx[..., :0, :0],
        within_variance=None if within is None else _within(panel, within + _shift(kept, slopes), hidden),
        mean_covariance=covariance,
        outcome_covariate_covariance=None,
        covariate_covariance=None,
    )


def untreated(panel: Panel, anticipation: int = 0) -> Untreated:
    """Untreated cells of a masked panel."""
    kept = panel.without(touched(panel, anticipation))
    return Untreated(np.nan_to_num(kept.mean), kept.observed)


def _slopes(kept: Panel) -> FloatArray:
    """(K,) slopes next to municipality and year effects."""
    if not kept.covariates:
        return np.zeros(0)
    try:
        return np.asarray(solve(kept, NO_TERMS).solution[: len(kept.covariates)])
    except IdentificationError:
        return np.zeros(len(kept.covariates))


def _shift(kept: Panel, slopes: FloatArray) -> FloatArray:
    """(G, T) what adjusting for covariates adds to the variance of persons inside a cell."""
    share = np.divide(1.0, kept.weight, out=np.zeros(kept.weight.shape), where=kept.weight > 0)
    below = np.divide(1.0, kept.persons - 1, out=np.zeros(kept.persons.shape), where=kept.persons > 1)
    x = kept.x @ slopes
    own = np.einsum("gtij,i,j->gt", kept.xx, slopes, slopes) - x**2 * share
    return np.asarray((own - 2 * (kept.xy @ slopes - x * kept.y * share)) * below)


def _squares(kept: Panel, slopes: FloatArray) -> FloatArray:
    """(G, T) sum of squares inside cells after adjustment."""
    share = np.divide(1.0, kept.weight, out=np.zeros(kept.weight.shape), where=kept.weight > 0)
    raw = kept.yy - kept.y**2 * share + _shift(kept, slopes) * np.maximum(kept.persons - 1, 0)
    return np.maximum(raw, 0.0)


def _within(panel: Panel, variance: FloatArray, hidden: BoolArray) -> FloatArray:
    """(G, T) own variances where untreated, else the year's pooled one, else that of all years."""
    df = np.where(panel.observed & ~hidden, np.maximum(panel.persons - 1, 0), 0.0)
    total, squares = df.sum(axis=0), (df * np.nan_to_num(np.where(hidden, 0.0, variance))).sum(axis=0)
    overall = squares.sum() / max(total.sum(), 1)
    by_year = np.divide(squares, total, out=np.full(total.shape, overall), where=total > 0)
    return np.where(hidden, by_year, variance)


def _covariance(panel: Panel, own: FloatArray, hidden: BoolArray) -> FloatArray:
    """(G, T, T) own covariance of the never treated; for the treated that of one person, pooled, at its sizes."""
    known = panel.observed & ~hidden & np.isfinite(np.einsum("gtt->gt", own))
    persons = np.where(known, panel.persons, 0.0)
    # where persons are not counted every cell stands for one
    free = np.maximum(persons - 1, 0.0) if panel.weighting == "persons" else persons
    size = np.sqrt(np.where(panel.observed, panel.persons, 1.0))
    pooled = _complete(person_covariance(own, persons, free)) / (size[:, :, None] * size[:, None, :])
    seen = panel.observed[:, :, None] & panel.observed[:, None, :]
    return np.where(panel.treated[:, None, None], np.where(seen, pooled, 0.0), own)


def _complete(person: FloatArray) -> FloatArray:
    """A year in which everybody is treated has the variance of the other years and no covariance with them."""
    variance = np.diag(person)
    lacking = np.isnan(variance)
    filled = np.where(np.isnan(person), 0.0, person)
    if lacking.any() and not lacking.all():
        filled[lacking, lacking] = variance[~lacking].mean()
    return filled
