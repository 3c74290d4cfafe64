"""Sampling covariance of cluster cell means: what is known of noise from the persons themselves.

S_c (T x T) is the covariance of a cluster's cell means over repeated draws of its persons. Where the panel holds it
(`Panel.mean_covariance`) the same person in several years counts as one; where it holds only the variances inside
cells, years are taken as independent, which understates the noise of a level and overstates that of a change. Where it
has neither, nothing is known and methods that need it are not identified.

With covariates the means in question are adjusted ones, ybar - (xbar - x0)'b, and their covariance is that of the means
of y - x'b: persons with other covariates would have been drawn too. The slopes b are taken as given: their own variance
is of the order 1/N with N the person-years of the whole study, that of a cell mean of the order 1/n of its own persons.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.estimate.adjusted import adjusted_covariance, inside_shift
from ipscausal.panel import FloatArray, Panel

Source = Literal["persons over years", "persons within cells"]
FEW_PERSONS = 20  # below so many persons a year a municipality's own variances are noise themselves: pooled ones serve


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """covariance: (C, T, T) of clusters or (G, T, T) of municipalities, in the squared unit of the outcome.

    Rows and columns of empty cells are zero.

    source: `persons over years`, clustered by person, or `persons within cells`, years independent.
    n_pooled: municipalities whose variances are those of all persons, scaled by their own sizes.
    """

    covariance: FloatArray
    source: Source
    n_pooled: int


def sampling_covariance(estimate: Estimate) -> Sampling | None:
    """Sampling covariance (C, T, T) of the clusters' covariate-adjusted cell means, from `municipality_sampling`."""
    known = municipality_sampling(estimate)
    return None if known is None else replace(known, covariance=_by_cluster(estimate, known.covariance))


def municipality_sampling(estimate: Estimate) -> Sampling | None:
    """Sampling covariance (G, T, T) of the municipalities' covariate-adjusted cell means.

    A municipality with fewer than FEW_PERSONS persons in a year, or of unknown variance there, takes that of a person
    over all municipalities. None where the panel tells nothing of the persons inside cells.
    """
    panel = estimate.cells
    slopes = estimate.slopes
    source: Source
    if panel.mean_covariance is not None:
        own, source = adjusted_covariance(panel, panel.mean_covariance, slopes), "persons over years"
    elif panel.within_variance is not None and panel.weighting == "persons":
        own, source = _within_cells(panel, panel.within_variance, slopes), "persons within cells"
    else:
        return None
    seen = panel.observed
    both = seen[:, :, None] & seen[:, None, :]
    covariance = np.where(both, own, 0.0)
    few = np.isnan(covariance).any(axis=(1, 2))
    if panel.weighting == "persons":
        few |= (np.where(seen, panel.persons, np.inf).min(axis=1) < FEW_PERSONS) & seen.any(axis=1)
    if few.any():
        covariance[few] = np.where(both, _pooled(panel, covariance, source), 0.0)[few]
    if np.isnan(covariance).any():
        return None
    return Sampling(covariance, source, int(few.sum()))


def _within_cells(panel: Panel, within: FloatArray, slopes: FloatArray) -> FloatArray:
    """(G, T, T) diagonal: the variance of y - x'b inside the cell over its persons; NaN where it is unknown."""
    n = panel.persons
    share = np.divide(1.0, n, out=np.zeros(n.shape), where=n > 0)
    # rounding alone can take a variance that the covariates explain whole below zero
    variance = np.maximum(within + inside_shift(panel, slopes), 0.0)
    out: FloatArray = (variance * share)[:, :, None] * np.eye(n.shape[1])
    return out


def _pooled(panel: Panel, covariance: FloatArray, source: Source) -> FloatArray:
    """(G, T, T) covariance of one person's outcomes over all municipalities, at the sizes of each; NaN if unknown."""
    known = np.isfinite(np.einsum("gtt->gt", covariance)) & (panel.persons > 1)
    n = np.where(known, panel.persons, 0.0)
    person = person_covariance(covariance, n, n - known if source == "persons over years" else n)
    size = np.sqrt(np.where(panel.observed, panel.persons, 1.0))
    return person / (size[:, :, None] * size[:, None, :])


def person_covariance(covariance: FloatArray, persons: FloatArray, free: FloatArray) -> FloatArray:
    """(T, T, ...) covariance of one person's values over years, pooled over municipalities; NaN in years without any.

    covariance: (G, T, T, ...) of cell means; persons: (G, T), 0 where a cell shall not count; free: (G, T) persons less
    the one that a cell mean costs, where the covariance does not make up for it. n_t n_s S[t, s] is the covariance of
    sums over persons. These are added up and divided by the roots of the free persons of each year. Neither step takes
    away that the result is a covariance matrix.
    """
    n = persons.reshape(*persons.shape, *[1] * (covariance.ndim - 3))
    total = (np.nan_to_num(covariance) * n[:, :, None] * n[:, None, :]).sum(axis=0)
    root = np.sqrt(free.sum(axis=0)).reshape(n.shape[1:])
    scale = np.broadcast_to(root[:, None] * root[None, :], total.shape)
    return np.divide(total, scale, out=np.full(total.shape, np.nan), where=scale > 0)


def _by_cluster(estimate: Estimate, covariance: FloatArray) -> FloatArray:
    """Municipalities of a cluster have persons of their own: its mean weights their means by size.

    A person who moves between municipalities of one cluster is counted as two.
    """
    weight, of = estimate.cells.weight, estimate.cluster_of
    total = np.zeros((estimate.n_clusters, weight.shape[1]))
    np.add.at(total, of, weight)
    share = np.divide(weight, total[of], out=np.zeros(weight.shape), where=total[of] > 0)
    out = np.zeros((estimate.n_clusters, *covariance.shape[1:]))
    np.add.at(out, of, share[:, :, None] * share[:, None, :] * covariance)
    return out
