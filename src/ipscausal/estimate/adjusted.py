"""Person covariates taken out of the cells beforehand, for estimators that have no place for them.

Slopes come from untreated cells alone, with municipality and year effects, so that treated cells, whose outcomes hold
the effect, have no say (Arkhangelsky et al. 2021, footnote 4; Kranz 2022). They are taken as given afterwards: their
own variance is of the order of one over all person-years.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.least_squares import solve
from ipscausal.panel import FloatArray, Panel


def untreated_slopes(panel: Panel, anticipation: int) -> FloatArray:
    """(K,) slopes of person covariates from the untreated cells. Raises IdentificationError where they do not vary."""
    if not panel.covariates:
        return np.zeros(0)
    touched = panel.years[None, :] >= panel.adoption[:, None] - anticipation
    nothing = Design((), Term("before", None, -np.inf, -1 - anticipation), anticipation)
    return solve(panel.without(touched), nothing).solution[: len(panel.covariates)]


def without_covariates(panel: Panel, anticipation: int) -> Panel:
    """The panel of y - (x - x0)'b with the untreated slopes b and x0 the panel's average; no covariates are left.

    Sums of squares, variances inside cells and sampling covariances are those of that outcome.
    """
    if not panel.covariates:
        return panel
    slopes = untreated_slopes(panel, anticipation)
    average = panel.x.sum(axis=(0, 1)) / panel.weight.sum()
    offset = float(average @ slopes)
    fitted = panel.x @ slopes - panel.weight * offset
    of_x = np.einsum("gtij,i,j->gt", panel.xx, slopes, slopes)
    with_x = panel.xy @ slopes
    squares = of_x - 2 * offset * (panel.x @ slopes) + panel.weight * offset**2
    within, means = panel.within_variance, panel.mean_covariance
    return replace(
        panel,
        y=panel.y - fitted,
        yy=np.maximum(panel.yy - 2 * (with_x - offset * panel.y) + squares, 0.0),
        covariates=(),
        x=panel.x[..., :0],
        xy=panel.xy[..., :0],
        xx=panel.xx[..., :0, :0],
        within_variance=None if within is None else np.maximum(within + inside_shift(panel, slopes), 0.0),
        mean_covariance=None if means is None else adjusted_covariance(panel, means, slopes),
        outcome_covariate_covariance=None,
        covariate_covariance=None,
    )


def inside_shift(panel: Panel, slopes: FloatArray) -> FloatArray:
    """(G, T) what taking x'b out adds to the variance of persons inside a cell; NaN below two persons.

    slopes: (K,) or (G, T, K).
    """
    n, b = panel.persons, np.broadcast_to(slopes, panel.x.shape)
    share = np.divide(1.0, panel.weight, out=np.zeros(n.shape), where=panel.weight > 0)
    below = np.divide(1.0, n - 1, out=np.full(n.shape, np.nan), where=n > 1)
    xy = ((panel.xy - panel.x * (panel.y * share)[..., None]) * b).sum(axis=2)
    x = (panel.x * b).sum(axis=2)
    xx = np.einsum("gtij,gti,gtj->gt", panel.xx, b, b, optimize=True) - x * x * share
    return np.asarray((xx - 2 * xy) * below)


def adjusted_covariance(panel: Panel, means: FloatArray, slopes: FloatArray) -> FloatArray:
    """(G, T, T) covariance of the means of y - x'b, of those of y and slopes b (K,) or (G, T, K).

    Where the panel has no covariance of covariates they are constant inside cells, and nothing changes.
    """
    with_y, of_x = panel.outcome_covariate_covariance, panel.covariate_covariance
    if with_y is None or of_x is None:
        return means
    b = np.broadcast_to(slopes, panel.x.shape)
    cross = np.einsum("gtsk,gsk->gts", with_y, b)
    own = np.einsum("gtsij,gti,gsj->gts", of_x, b, b, optimize=True)
    return np.asarray(means - cross - cross.transpose(0, 2, 1) + own)
