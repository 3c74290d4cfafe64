"""Are the treated municipalities' shocks as large as the others'? Judged before adoption, sampling noise removed.

The panel model without an effect is fitted to the untreated years of the treated and the same years of the never
treated, with the treated's shocks r times as large, for a grid of r. The likelihood is averaged over the size and
persistence of shocks; with log r uniform over the grid this gives a posterior of r. It is wide with few years: where
shocks are small next to sampling noise it says no more than the grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import cluster_means, own_outcomes
from ipscausal.inference.options import Options
from ipscausal.inference.shock.grid import Grid, grid_of
from ipscausal.inference.shock.panel_gls import Blocks, ShockDesign, assemble, blocks
from ipscausal.inference.shock.posterior import (
    all_forms,
    only,
    scaled_grid,
    shock_design,
    treated_prior,
    untreated_cells,
)
from ipscausal.panel import BoolArray, FloatArray

WIDEST = 8.0  # ratios from 1/8 to 8
STEPS = 13
FINE = 25  # steps over the part of the range that the first pass leaves
NEGLIGIBLE = 1e-3  # of the largest likelihood
THIN = 2  # every second sigma of the panel model's grid: r and sigma trade places, and many r are tried
INTERVAL = (0.05, 0.95)
DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Volatility:
    """Standard deviation of the treated's shocks relative to the never treated's: median and 90 % interval.

    n_treated, n_years: treated clusters with at least two untreated years, and years compared.
    """

    ratio: float
    low: float
    high: float
    n_treated: int
    n_years: int


def volatility_ratio(estimate: Estimate, options: Options = DEFAULT) -> Volatility | None:
    """None without known sampling noise, without two untreated years of a treated, or without two never treated."""
    design, forms = shock_design(estimate, replace(options, shock_ratio=1.0)), all_forms(estimate)
    if design is None:
        return None
    treated = np.zeros(len(design.ratio), dtype=bool)
    treated[np.unique(estimate.cluster_of[estimate.panel.treated])] = True
    cells = untreated_cells(estimate)
    cells &= cells[treated].any(axis=0)
    judged = treated & (cells.sum(axis=1) > 1)
    grid = scaled_grid(design)
    sigma = np.unique(grid.sigma)[::THIN]
    grid = grid_of(sigma, np.unique(grid.rho))
    prior = treated_prior(forms, design, grid)
    if prior is None or not judged.any() or int((~treated & (cells.sum(axis=1) > 1)).sum()) < 2:
        return None
    design = only(replace(design, columns=design.columns[:0]), cells)
    mean = cluster_means(forms[0], own_outcomes(estimate))
    coarse = np.geomspace(1 / WIDEST, WIDEST, STEPS)
    likelihood = _likelihood(mean, design, grid, prior, treated, coarse)
    left = np.flatnonzero(likelihood > likelihood.max() + np.log(NEGLIGIBLE))
    fine = np.geomspace(coarse[max(left[0] - 1, 0)], coarse[min(left[-1] + 1, STEPS - 1)], FINE)
    likelihood = _likelihood(mean, design, grid, prior, treated, fine)
    low, middle, high = (_quantile(fine, likelihood, p) for p in (INTERVAL[0], 0.5, INTERVAL[1]))
    return Volatility(middle, low, high, int(judged.sum()), int(cells.any(axis=0).sum()))


def _likelihood(
    mean: FloatArray, design: ShockDesign, grid: Grid, prior: FloatArray, treated: BoolArray, ratios: FloatArray
) -> FloatArray:
    """(n,) log likelihood of each ratio, averaged over the grid. The never treated are worked out once."""
    others = blocks(_part(design, ~treated), grid)
    out = []
    for ratio in ratios:
        own = blocks(_part(replace(design, ratio=np.full(len(treated), ratio)), treated), grid)
        parts = Blocks(_joined(own.swept, others.swept, treated),
                       _joined(own.log_determinant, others.log_determinant, treated))  # fmt: skip
        out.append(logsumexp(assemble(design, grid, parts).log_likelihood(mean)[0] + prior))
    return np.array(out)


def _part(design: ShockDesign, clusters: BoolArray) -> ShockDesign:
    return replace(
        design,
        observed=design.observed[clusters],
        covariance=design.covariance[clusters],
        columns=design.columns[:, clusters],
        ratio=design.ratio[clusters],
    )


def _joined(own: FloatArray, others: FloatArray, treated: BoolArray) -> FloatArray:
    """Clusters in their order again, along the second axis."""
    out = np.empty((len(own), len(treated), *own.shape[2:]))
    out[:, treated], out[:, ~treated] = own, others
    return out


def _quantile(ratio: FloatArray, log_likelihood: FloatArray, probability: float) -> float:
    """Quantile of a density that is linear in log r between the grid points."""
    density = np.exp(log_likelihood - log_likelihood.max())
    cumulated = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(np.exp(np.interp(probability, cumulated / cumulated[-1], np.log(ratio))))
