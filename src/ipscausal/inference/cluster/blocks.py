"""The hat matrix of each cluster, through its p x p cross-products.

In square-root-of-weight coordinates, municipality effects absorbed (exact, they are nested in clusters), cluster c has
regressors X_c with X_c'X_c = A_c, scores s_c = X_c'e_c, and the hat matrix X_c M X_c' with M the inverse of the sum of
A_c. With M = R R' and the eigenvalues h of R'A_c R, every function f of I - X_c M X_c' that the estimators of this
package need acts inside the span of X_c:

    f(I - X_c M X_c') X_c M e_j = X_c R f(I - R'A_c R) R'e_j.

So the contribution of a cluster to coefficient j is m_cj's_c with the multiplier m_cj = R (I - R'A_c R)^-power R'e_j:
power 0 gives the sandwich (CR0), 1/2 the bias-reduced CR2, 1 the leave-one-out deviation of CR3. Neither persons nor
cells appear, so the numbers are those of the regression on persons, covariates included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.estimate.least_squares import inverse
from ipscausal.panel import BoolArray, FloatArray

EMPTY = 1e-9  # an eigenvalue of I - hat below this is zero: the cluster alone determines that direction


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """gram: (C, p, p) A_c; root: (p, p) R; values (C, p) and vectors (C, p, p): eigenvalues and -vectors of R'A_c R.

    target: (q, p) rows e_j'R of the q coefficients.
    """

    gram: FloatArray
    root: FloatArray
    values: FloatArray
    vectors: FloatArray
    target: FloatArray

    @property
    def alone(self) -> BoolArray:
        """(C, p) True for directions that only this cluster determines."""
        return 1 - self.values < EMPTY

    @property
    def loading(self) -> FloatArray:
        """(C, q, p) coordinates of each coefficient among the cluster's eigenvectors."""
        return np.asarray(np.einsum("qp,cpv->cqv", self.target, self.vectors))

    def power(self, exponent: float) -> FloatArray:
        """(C, p) eigenvalues of (I - hat)^-exponent, zero where the cluster stands alone."""
        rest = np.where(self.alone, 1.0, 1 - self.values)
        return np.where(self.alone, 0.0, rest**-exponent)

    def multipliers(self, exponent: float) -> FloatArray:
        """(C, q, p) vectors m with contribution m's; exponent 0 is the plain sandwich, alone or not."""
        factor = self.power(exponent) if exponent else np.ones_like(self.values)
        inner = np.einsum("cqv,cv,cpv->cqp", self.loading, factor, self.vectors, optimize=True)
        return inner @ self.root.T


def blocks(estimate: Estimate) -> Blocks:
    """The regression as it was run, covariates included."""
    return _blocks(by_cluster(estimate, estimate.regression.gram), estimate.regression.bread, len(estimate.terms))


def cluster_scores(estimate: Estimate) -> FloatArray:
    """(C, p) scores s_c of the regression as it was run."""
    return by_cluster(estimate, estimate.regression.scores)


def by_cluster(estimate: Estimate, values: FloatArray) -> FloatArray:
    """(C, ...) sums of (G, ...) values over the municipalities of each cluster."""
    out = np.zeros((estimate.n_clusters, *values.shape[1:]))
    np.add.at(out, estimate.cluster_of, values)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class CellRegression:
    """The regression on covariate-free cell means: what remains of the design when outcomes are simulated.

    blocks: of that regression. regressors: (G, T, m) weighted columns D with b_g = D_g'y_g. bread: (m, m).
    """

    blocks: Blocks
    regressors: FloatArray
    bread: FloatArray

    def contribution_weights(self, estimate: Estimate, multipliers: FloatArray) -> FloatArray:
        """(C, G, T) weights that turn cell means into each cluster's contribution m_c's_c to one coefficient.

        multipliers: (C, m). s_c = sum of b_g in c less A_c M sum of all b_g.
        """
        own = np.einsum("gtm,cm->cgt", self.regressors, multipliers)
        own *= estimate.cluster_of[None, :, None] == np.arange(estimate.n_clusters)[:, None, None]
        fitted = np.einsum("cm,cmn->cn", multipliers, self.blocks.gram) @ self.bread
        return own - np.einsum("gtm,cm->cgt", self.regressors, fitted)


def cell_regression(estimate: Estimate) -> CellRegression:
    """The covariate-free regression on the cells of an estimate. Reads no outcome."""
    kept = estimate.regression.of_cells
    gram = by_cluster(estimate, estimate.regression.gram[:, kept][:, :, kept])
    bread = inverse(gram.sum(axis=0))
    return CellRegression(_blocks(gram, bread, len(estimate.terms)), estimate.regression.cells, bread)


def _blocks(gram: FloatArray, bread: FloatArray, q: int) -> Blocks:
    root = np.asarray(np.linalg.cholesky(bread), dtype=np.float64)
    values, vectors = np.linalg.eigh(root.T @ gram @ root)
    return Blocks(gram, root, np.clip(values, 0.0, 1.0), vectors, root[:q])
