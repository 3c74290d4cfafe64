"""Sampling covariance of cluster cell means: what is known of noise from the persons themselves.

S_c (T x T) is the covariance of a cluster's cell means over repeated draws of its persons, the same person in several
years included (inference.md 1). Where the panel has no such matrices the variances inside the cells serve, with
independent years; where it has neither, nothing is known and methods that need it are not identified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.panel import BoolArray, FloatArray, Panel

Source = Literal["persons over years", "persons within cells"]
FEW_PERSONS = 20  # below so many persons a year a municipality's own variances are noise themselves: pooled ones serve


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """covariance: (C, T, T), zero in rows and columns of empty cells; source: what it was computed from.

    n_pooled: municipalities whose variances are those of all, scaled by their own sizes.
    """

    covariance: FloatArray
    source: Source
    n_pooled: int


def sampling_covariance(estimate: Estimate) -> Sampling | None:
    """Sampling covariance of the clusters' cell means, None where the panel holds no variances inside cells."""
    panel = estimate.cells
    own = _own(panel)
    if own is None:
        return None
    covariance, source = own
    seen = panel.observed
    both = seen[:, :, None] & seen[:, None, :]
    covariance = np.where(both, np.nan_to_num(covariance), 0.0)
    size = np.where(seen, panel.persons, 1.0)
    small = (np.where(seen, panel.persons, np.inf).min(axis=1) < FEW_PERSONS) & seen.any(axis=1)
    if small.any():
        covariance = np.where(small[:, None, None], _pooled(covariance, size, both), covariance)
    return Sampling(_by_cluster(estimate, covariance), source, int(small.sum()))


def _own(panel: Panel) -> tuple[FloatArray, Source] | None:
    if panel.mean_covariance is not None:
        return panel.mean_covariance, "persons over years"
    if panel.within_variance is None or panel.weighting == "rows":
        return None
    variance = np.divide(
        np.nan_to_num(panel.within_variance), panel.persons, out=np.zeros(panel.persons.shape), where=panel.persons > 0
    )
    return variance[:, :, None] * np.eye(len(panel.years)), "persons within cells"


def _pooled(covariance: FloatArray, size: FloatArray, both: BoolArray) -> FloatArray:
    """(G, T, T) covariance of one person's outcomes, averaged over municipalities by persons, at each one's sizes."""
    root = np.sqrt(size)
    scale = root[:, :, None] * root[:, None, :]
    weight = np.where(both, scale, 0.0)
    total = weight.sum(axis=0)
    one = np.divide((weight * covariance * scale).sum(axis=0), total, out=np.zeros(total.shape), where=total > 0)
    return np.where(both, one / scale, 0.0)


def _by_cluster(estimate: Estimate, covariance: FloatArray) -> FloatArray:
    """Municipalities of a cluster are independent: the cluster's mean weights its members' means by size."""
    weight, of = estimate.cells.weight, estimate.cluster_of
    total = np.zeros((estimate.n_clusters, weight.shape[1]))
    np.add.at(total, of, weight)
    share = np.divide(weight, total[of], out=np.zeros(weight.shape), where=total[of] > 0)
    out = np.zeros((estimate.n_clusters, *covariance.shape[1:]))
    np.add.at(out, of, share[:, :, None] * share[:, None, :] * covariance)
    return out
