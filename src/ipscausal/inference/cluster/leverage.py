"""Leverage of clusters and the effective number of clusters.

Cluster and partial leverage as MacKinnon, Nielsen and Webb define them; the effective number of clusters of Carter,
Schnepel and Steigerwald with independent errors inside clusters (with municipality effects their measure for
perfectly correlated errors is 0/0). With equal sizes and one adoption date, G1 treated of G: partial leverage
G0/(G G1) of a treated and G1/(G G0) of another municipality, effective number G1 G0 G^2 / (G0^3 + G1^3).

Of an estimator that is no regression the partial leverage of a cluster is its share of sum L^2 / w over the cell
weights L and regression weights w, the variance under independent errors; for least squares that is the same number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.cluster.blocks import Blocks, blocks, by_cluster
from ipscausal.panel import FloatArray, read_only

DOMINANT = 0.8  # a cluster with more of a coefficient's variation than this leaves the others nothing to say


@dataclass(frozen=True, slots=True, eq=False)
class Leverage:
    """cluster: C labels.

    cluster_leverage: (C,) trace of the hat matrix of each cluster, municipality effects absorbed; mean p/C. With the
    effects as dummies each municipality of the cluster adds one. None where there is no regression.
    partial: (C, q) share of each coefficient's own variation that lies in the cluster; sums to one.
    effective: (q,) effective number of clusters.
    """

    cluster: tuple[str, ...]
    cluster_leverage: FloatArray | None
    partial: FloatArray
    effective: FloatArray

    def __post_init__(self) -> None:
        read_only(self)


def leverage(estimate: Estimate) -> Leverage:
    """Leverage of every cluster, from the design alone."""
    if estimate.equations is None:
        weight = estimate.cells.weight
        share = np.divide(1.0, weight, out=np.zeros(weight.shape), where=weight > 0)
        square = by_cluster(estimate, np.einsum("qgt,gt->gq", estimate.cell_weights**2, share))
        # an effect that is zero by construction has no leverage to share
        partial = square / np.maximum(square.sum(axis=0), np.finfo(float).tiny)
        return Leverage(estimate.cluster, None, partial, _effective(partial))
    own = blocks(estimate)
    partial = partial_leverage(own)
    return Leverage(estimate.cluster, own.values.sum(axis=1), partial, _effective(partial))


def _effective(partial: FloatArray) -> FloatArray:
    squares = (partial**2).sum(axis=0)
    return np.divide(1.0, squares, out=np.zeros(squares.shape), where=squares > 0)


def partial_leverage(own: Blocks) -> FloatArray:
    """(C, q) e_j'M A_c M e_j / e_j'M e_j."""
    return np.asarray(np.einsum("cqv,cv->cq", own.loading**2, own.values) / (own.target**2).sum(axis=1))
