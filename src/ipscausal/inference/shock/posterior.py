"""What a panel says about the size and persistence of its municipality shocks.

Restricted likelihood times prior over the grid of `grid`. It may be fitted on chosen cells only, for instance on
those without treatment, so that a method can be chosen before outcomes after adoption are used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import Forms, cluster_means, linear_forms, own_outcomes
from ipscausal.inference.options import Options
from ipscausal.inference.sampling import sampling_covariance
from ipscausal.inference.shock.grid import RHO, SIGMA, Grid, grid_of, kappa, log_prior
from ipscausal.inference.shock.mixture import weighted_quantile
from ipscausal.inference.shock.panel_gls import ShockDesign, gls_grid
from ipscausal.panel import BoolArray, FloatArray

RANGE = (0.1, 0.9)  # of sigma and rho: the 80 % range that is printed
SINGULAR = 1e-10  # relative variance of a combination of years below which sampling alone does not give a density
BEYOND = 0.05  # weight at the largest sigma of the grid above which shocks lie beyond it
DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class ShockPosterior:
    """K grid points with log REML (K,) and weight (K,); sigma in units of the outcome.

    sigma, rho: posterior mean; *_mode: of the point with the largest weight; *_low, *_high: 10th and 90th percentile.
    variance: posterior mean of sigma^2, the numerator of the intra-municipality correlation. beyond: weight at the
    largest sigma. residual_df: cells less clusters less coefficients.
    """

    grid: Grid
    log_likelihood: FloatArray
    weight: FloatArray
    sigma: float
    sigma_mode: float
    sigma_low: float
    sigma_high: float
    rho: float
    rho_mode: float
    rho_low: float
    rho_high: float
    variance: float
    beyond: float
    residual_df: int


def shock_posterior(
    estimate: Estimate, options: Options = DEFAULT, cells: BoolArray | None = None
) -> ShockPosterior | None:
    """Posterior from the estimate's cluster means; None where sampling noise is not known.

    cells: (C, T) mask of the cells to use, all by default; regressors that are zero in all of them are left out.
    """
    design = shock_design(estimate, options)
    if design is None:
        return None
    forms = all_forms(estimate)
    grid = scaled_grid(design)
    prior = treated_prior(forms, design, grid)
    if prior is None:
        return None
    mean = cluster_means(forms[0], own_outcomes(estimate))[0]
    return posterior_of_means(mean, design if cells is None else only(design, cells), grid, prior)


def posterior_of_means(mean: FloatArray, design: ShockDesign, grid: Grid, prior: FloatArray) -> ShockPosterior:
    """Posterior from means (C, T), read where observed. prior: (K,) log prior weights."""
    material = gls_grid(design, grid)
    return summary(grid, material.log_likelihood(mean[None])[0], prior, material.residual_df)


def posterior_weight(log_likelihood: FloatArray, prior: FloatArray) -> FloatArray:
    """(B, K) normalised weights of log REML (B, K) and log prior (K,)."""
    total = log_likelihood + prior
    weight = np.exp(total - total.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def beyond_grid(weight: FloatArray, grid: Grid) -> FloatArray:
    """(B,) weight at the largest sigma."""
    return np.asarray(weight[..., grid.sigma == grid.sigma.max()].sum(axis=-1))


def summary(grid: Grid, log_likelihood: FloatArray, prior: FloatArray, residual_df: int) -> ShockPosterior:
    """The posterior of one data set from its log REML (K,)."""
    weight = posterior_weight(log_likelihood, prior)
    best = int(weight.argmax())
    sigma_low, sigma_high = (weighted_quantile(grid.sigma, weight, p) for p in RANGE)
    rho_low, rho_high = (weighted_quantile(grid.rho, weight, p) for p in RANGE)
    return ShockPosterior(
        grid, log_likelihood, weight,
        float(weight @ grid.sigma), float(grid.sigma[best]), sigma_low, sigma_high,
        float(weight @ grid.rho), float(grid.rho[best]), rho_low, rho_high,
        float(weight @ grid.sigma**2), float(beyond_grid(weight, grid)), residual_df,
    )  # fmt: skip


def shock_design(estimate: Estimate, options: Options = DEFAULT) -> ShockDesign | None:
    """Clusters, terms and sampling covariance of an estimate; None where sampling noise is not known or is nil."""
    sampling = sampling_covariance(estimate)
    if sampling is None:
        return None
    size, event_time, adoption = _clusters(estimate)
    focus = (estimate.design.focus(event_time, adoption) & (size > 0)).astype(np.float64)
    ratio = np.where(np.isfinite(adoption), options.shock_ratio, 1.0)
    design = ShockDesign(estimate.cells.years, size > 0, _nonnegative(sampling.covariance), focus, ratio)
    if not estimate.is_two_way:
        # effects may differ from cell to cell: only untreated cells tell how large shocks are
        untreated = replace(design, columns=np.zeros((0, *size.shape)))
        design = only(untreated, untreated_cells(estimate))
    return design if _unit(design) > 0 else None


def untreated_cells(estimate: Estimate) -> BoolArray:
    """(C, T) cells without treatment: comparison clusters in all years, the others until adoption or anticipation."""
    size, event_time, _ = _clusters(estimate)
    before = np.nan_to_num(event_time, nan=-np.inf) < -estimate.design.anticipation
    return np.asarray((size > 0) & before)


def all_forms(estimate: Estimate) -> tuple[Forms, ...]:
    """The linear forms of every term."""
    return tuple(linear_forms(estimate, j) for j in range(len(estimate.terms)))


def only(design: ShockDesign, cells: BoolArray) -> ShockDesign:
    """The design with other cells emptied; regressors that are zero in all the cells left are no longer in it."""
    observed = design.observed & cells
    columns = design.columns * observed
    return replace(design, observed=observed, columns=columns[(columns != 0).any(axis=(1, 2))])


def scaled_grid(design: ShockDesign) -> Grid:
    """The grid in units of the panel's sampling noise, so that scaling the outcome scales it.

    Without sigma = 0 where some cluster's sampling covariance is singular (cells whose persons are all alike).
    """
    some = design.observed.any(axis=1)
    seen = design.observed[some].astype(np.float64)
    covariance = design.covariance[some] * seen[:, :, None] * seen[:, None, :]
    unit = _unit(design)
    filled = covariance / unit**2 + np.eye(seen.shape[1]) * (1 - seen)[:, None, :]
    regular = bool(np.linalg.eigvalsh(filled).min() > SINGULAR)
    return grid_of(unit * (SIGMA if regular else SIGMA[1:]), RHO)


def treated_prior(forms: tuple[Forms, ...], design: ShockDesign, grid: Grid) -> FloatArray | None:
    """(K,) log prior from the contrasts of the treated, averaged over the terms that have any; None without."""
    usable = [one for one in forms if len(one.treated_position) > 0]
    if not usable:
        return None
    noise = [
        np.einsum("gt,gts,gs->", one.vectors, design.covariance[one.treated_position], one.vectors)
        / len(one.vectors) ** 2
        for one in usable
    ]
    moved = [kappa(one.vectors, grid.rho, design.years) for one in usable]
    return log_prior(grid, np.mean(moved, axis=0), float(np.mean(noise)))


def _clusters(estimate: Estimate) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sizes (C, T), event times (C, T) and adoption years (C,)."""
    cells, of = estimate.cells, estimate.cluster_of
    size = np.zeros((estimate.n_clusters, len(cells.years)))
    np.add.at(size, of, cells.weight)
    first = np.unique(of, return_index=True)[1]
    return size, cells.event_time[first], cells.adoption[first]


def _nonnegative(covariance: FloatArray) -> FloatArray:
    """(C, T, T) as they are where no variance is negative, else the nearest matrices of which that is true.

    Covariances pooled over municipalities with different years need not be those of any sample.
    """
    value, vector = np.linalg.eigh(covariance)
    if value.min() >= -SINGULAR * value.max():
        return covariance
    return np.asarray((vector * np.maximum(value, 0.0)[:, None, :]) @ np.swapaxes(vector, 1, 2))


def _unit(design: ShockDesign) -> float:
    """Median over clusters of the sampling standard deviation of a contrast of years with squared weights summing to 1.

    Averaged over all such contrasts: the mean over years is removed, as shocks are judged without it.
    """
    seen = design.observed.astype(np.float64)
    count = seen.sum(axis=1)
    several = count > 1
    if not several.any():
        return 0.0
    covariance = design.covariance[several] * seen[several, :, None] * seen[several, None, :]
    trace, total = np.einsum("ctt->c", covariance), covariance.sum(axis=(1, 2))
    return float(np.sqrt(np.median(np.maximum(trace - total / count[several], 0) / (count[several] - 1))))
