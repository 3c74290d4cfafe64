"""How large municipality shocks are, and how persistent, judged from untreated cells.

The model is that of the method `panel` without an effect: municipality and year effects, AR(1) shocks, sampling noise.
Where the panel knows how persons vary inside cells, the covariance of the noise is known. Where it knows sizes only,
the noise has variance phi / n with phi fitted: shocks and noise are then told apart by sizes and by correlation over
years alone, and where all sizes are equal and shocks do not persist they cannot be told apart (their sum, which is what
counts then, can).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from ipscausal.advisor.untreated import Untreated
from ipscausal.errors import IdentificationError
from ipscausal.estimate import Estimate
from ipscausal.inference import sampling_covariance
from ipscausal.inference.cluster.blocks import by_cluster
from ipscausal.inference.contrast.contrasts import linear_forms
from ipscausal.inference.shock.panel_gls import ShockDesign, gls_grid
from ipscausal.inference.shock.posterior import only, posterior_weight, scaled_grid, shock_design, treated_prior
from ipscausal.inference.shock.shocks import variance_parts
from ipscausal.panel import BoolArray, FloatArray, IntArray

NODES = 9  # equally likely values of a fitted phi at each point of the grid
Noise = Literal["known", "fitted from sizes"]


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Grid of K points. sigma, rho, phi: (K,); weight: (K,) adds up to one.

    index: (K,) standard deviation of the coefficient at the point, by which points are ordered.
    sampling: (G, T, T) sampling covariance of municipality means at phi = 1; noise: whether it is known.
    """

    sigma: FloatArray
    rho: FloatArray
    phi: FloatArray
    weight: FloatArray
    index: FloatArray
    sampling: FloatArray
    noise: Noise

    def points(self, draws: int, rng: np.random.Generator) -> IntArray:
        """(draws,) positions in the order of `index`, at equal steps of probability."""
        order = np.argsort(self.index, kind="stable")
        reached = np.cumsum(self.weight[order])
        at = (np.arange(draws) + rng.uniform()) / draws * reached[-1]
        return np.asarray(order[np.minimum(np.searchsorted(reached, at), len(order) - 1)], dtype=np.int64)


def posterior(estimate: Estimate, j: int, cells: Untreated) -> Posterior:
    """Posterior of (sigma, rho) from untreated cells, for the coefficient at position `j`.

    Raises IdentificationError where untreated cells leave no residual to judge shocks by, and where neither persons nor
    untreated means vary.
    """
    sampling, noise = municipality_sampling(estimate)
    mean, used = _by_cluster(estimate, cells)
    design = shock_design(estimate) if noise == "known" else _design(estimate, sampling)
    if design is None or np.ptp(mean[used]) == 0:
        raise IdentificationError("neither persons nor untreated means vary: nothing to calibrate on")
    grid = scaled_grid(design)
    prior = treated_prior((linear_forms(estimate, j),), design, grid)
    fitted = gls_grid(only(design, used), grid)
    if prior is None or fitted.residual_df < 1:
        raise IdentificationError("too few untreated years: no residual to judge municipality shocks by")
    likelihood, df = fitted.log_likelihood(mean[None])[0], fitted.residual_df
    sigma, rho, phi = grid.sigma, grid.rho, np.ones(len(grid.sigma))
    if noise != "known":
        squares = np.maximum(-2 * likelihood - fitted.log_determinant, np.finfo(float).tiny)
        # phi integrated out with prior 1/phi; given the point it is squares / chi2(df), and the grid counts in its root
        likelihood = -0.5 * fitted.log_determinant - df / 2 * np.log(squares)
        spread = 1 / stats.chi2.ppf((np.arange(NODES) + 0.5) / NODES, df)
        phi = np.outer(spread, squares).ravel()
        sigma, rho = np.sqrt(phi) * np.tile(sigma, NODES), np.tile(rho, NODES)
        likelihood, prior = np.tile(likelihood, NODES), np.tile(prior, NODES)
    shock, known = variance_parts(estimate, j, design, rho)
    index = np.sqrt(sigma**2 * shock + phi * known)
    return Posterior(sigma, rho, phi, posterior_weight(likelihood, prior), index, sampling, noise)


def municipality_sampling(estimate: Estimate) -> tuple[FloatArray, Noise]:
    """(G, T, T) sampling covariance of each municipality's means; 1/n on the diagonal where it is not known."""
    g = len(estimate.panel.municipality)
    own = replace(estimate, cluster=estimate.panel.municipality, cluster_of=np.arange(g, dtype=np.int64))
    known = sampling_covariance(own)
    # persons who do not vary at all tell nothing: their noise is fitted like that of unknown persons
    if known is not None and known.covariance.any():
        return known.covariance, "known"
    weight = estimate.cells.weight
    inverse = np.divide(1.0, weight, out=np.zeros(weight.shape), where=weight > 0)
    return inverse[:, :, None] * np.eye(weight.shape[1]), "fitted from sizes"


def _by_cluster(estimate: Estimate, cells: Untreated) -> tuple[FloatArray, BoolArray]:
    """(C, T) untreated means of clusters, and which exist."""
    weight = estimate.cells.weight * cells.used
    total = by_cluster(estimate, weight)
    sums = by_cluster(estimate, weight * cells.mean)
    return np.divide(sums, total, out=np.zeros(total.shape), where=total > 0), total > 0


def _design(estimate: Estimate, sampling: FloatArray) -> ShockDesign:
    """The design with a sampling covariance (G, T, T) that is known up to a factor; no regressors."""
    of, weight = estimate.cluster_of, estimate.cells.weight
    total = by_cluster(estimate, weight)
    share = np.divide(weight, total[of], out=np.zeros(weight.shape), where=total[of] > 0)
    covariance = by_cluster(estimate, share[:, :, None] * share[:, None, :] * sampling)
    nothing = np.zeros((0, *total.shape))
    return ShockDesign(estimate.cells.years, total > 0, covariance, nothing, np.ones(len(total)))
