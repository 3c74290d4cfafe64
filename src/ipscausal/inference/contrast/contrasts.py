"""Each coefficient as a comparison of contrasts: one number per cluster.

A treated cluster's contrast is the mean of its cells at the coefficient's event times less the mean at the event
times of comparison, W = sum_t c_t ybar_t; with other estimators than two-way fixed effects it is the cluster's own part
of the cell weights, scaled so that the cells the effect is about have weight one. Never-treated clusters take the same
years; with several adoption dates, the average of the treated contrast vectors. What depends on the design and the
sizes alone (`Forms`) is kept apart from the outcomes, so that many data sets of one design are evaluated at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.estimate.assemble import CARRIES
from ipscausal.inference.sampling import sampling_covariance
from ipscausal.panel import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """The linear forms of one coefficient, outcomes left out. C clusters, n1 treated and n0 never treated used.

    vectors: (n1, T) contrast vector of each treated cluster; average: (T,) their mean, which the controls take.
    years: (T,) True where any vector is not zero. treated_position, control_position: which clusters are used.
    treated_size, control_size: (n1, T) and (n0, T) cell sizes (regression weights), 1 where not needed.
    common: all vectors are equal. n_dropped: clusters that miss a cell they need.
    order, starts, share: municipalities sorted by cluster (G,), where each cluster begins (C,), and the share of
    each municipality, in that order, in its cluster's cell (G, T).
    """

    vectors: FloatArray
    average: FloatArray
    years: BoolArray
    treated_position: IntArray
    control_position: IntArray
    treated_size: FloatArray
    control_size: FloatArray
    common: bool
    n_dropped: int
    order: IntArray
    starts: IntArray
    share: FloatArray

    @property
    def treated_inverse_size(self) -> FloatArray:
        """(n1,) q_g = sum_t c_t^2 / n_gt: the sampling variance of a contrast when each observation has variance 1."""
        return np.asarray((self.vectors**2 / self.treated_size).sum(axis=1))

    @property
    def control_inverse_size(self) -> FloatArray:
        """(n0,) the same of the controls, at the average vector."""
        return np.asarray((self.average**2 / self.control_size).sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Contrasts of B data sets: treated (B, n1), each by its own vector; control (B, n0), by the average vector."""

    treated: FloatArray
    control: FloatArray

    @property
    def difference(self) -> FloatArray:
        """(B,) mean of the treated less mean of the controls."""
        return np.asarray(self.treated.mean(axis=1) - self.control.mean(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class ContrastVariances:
    """Known sampling variances c'S_g c of the contrasts: treated (n1,), control (n0,)."""

    treated: FloatArray
    control: FloatArray


def linear_forms(estimate: Estimate, term: int) -> Forms:
    """Forms of the coefficient at position `term`.

    A treated cluster uses the years it has and is dropped without any on one side; a control is dropped when it
    misses any year that a treated contrast uses. Either group may be empty.
    """
    cells, of = estimate.cells, estimate.cluster_of
    order = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[order], np.arange(estimate.n_clusters))
    size = np.add.reduceat(cells.weight[order], starts, axis=0)
    own = size[of[order]]
    share = np.divide(cells.weight[order], own, out=np.zeros(own.shape), where=own > 0)
    event_time, is_treated, observed = cells.event_time[order[starts]], cells.treated[order[starts]], size > 0

    focus = estimate.design.focus(event_time, cells.adoption[order[starts]])[term]
    if estimate.is_two_way:
        after, before = focus & observed, estimate.design.comparison(event_time) & observed
        treated = np.flatnonzero(after.any(axis=1) & before.any(axis=1))
        vectors = _average_over(after[treated]) - _average_over(before[treated])
    else:
        own_weight = np.add.reduceat(estimate.cell_weights[term][order], starts, axis=0)
        reached = (own_weight * focus).sum(axis=1)
        treated = np.flatnonzero(reached > CARRIES * np.abs(own_weight).max(initial=0.0))
        vectors = own_weight[treated] / reached[treated, None]
        vectors[np.abs(vectors) < CARRIES] = 0.0
    years = (vectors != 0).any(axis=0)
    control = np.flatnonzero(~is_treated & observed[:, years].all(axis=1))
    wanted = is_treated & focus.any(axis=1)
    return Forms(
        vectors=vectors,
        average=vectors.mean(axis=0) if len(vectors) else np.zeros(len(years)),
        years=years,
        treated_position=treated,
        control_position=control,
        treated_size=np.where(vectors != 0, size[treated], 1.0),
        control_size=np.where(years, size[control], 1.0),
        common=bool(len(vectors) > 0 and np.allclose(vectors, vectors[0])),
        n_dropped=int(np.sum(wanted) - len(treated) + np.sum(~is_treated) - len(control)),
        order=order,
        starts=starts,
        share=share,
    )


def _average_over(cells: BoolArray) -> FloatArray:
    """(n, T) equal weights over the cells of each row."""
    return np.asarray(cells / np.maximum(cells.sum(axis=1, keepdims=True), 1))


def own_outcomes(estimate: Estimate) -> FloatArray:
    """(1, G, T) covariate-adjusted cell means of the data themselves, 0 in empty cells."""
    return np.nan_to_num(estimate.adjusted_mean)[None]


def cluster_means(forms: Forms, outcomes: FloatArray) -> FloatArray:
    """(B, C, T) cell means of clusters, 0 in empty cells, from those of municipalities (B, G, T)."""
    weighted = outcomes[:, forms.order] * forms.share
    if len(forms.starts) == len(forms.order):
        return np.asarray(weighted)
    return np.add.reduceat(weighted, forms.starts, axis=1)


def contrasts(forms: Forms, outcomes: FloatArray) -> Contrasts:
    """Contrasts of each data set from outcomes (B, G, T)."""
    mean = cluster_means(forms, outcomes)
    return Contrasts(
        np.einsum("gt,bgt->bg", forms.vectors, mean[:, forms.treated_position]),
        mean[:, forms.control_position] @ forms.average,
    )


def contrast_variances(estimate: Estimate, forms: Forms) -> ContrastVariances | None:
    """Sampling variances of the contrasts; None where the panel holds no variances inside cells."""
    known = sampling_covariance(estimate)
    if known is None:
        return None
    treated, control = known.covariance[forms.treated_position], known.covariance[forms.control_position]
    return ContrastVariances(
        np.einsum("gs,gst,gt->g", forms.vectors, treated, forms.vectors),
        np.einsum("s,gst,t->g", forms.average, control, forms.average),
    )
