"""Each coefficient as a comparison of contrasts: one number per cluster (inference.md 1, 3.7, 3.16).

A treated cluster's contrast is the mean of its cells at the coefficient's event times less the mean at the event
times of comparison, W = sum_t c_t ybar_t. Never-treated clusters take the same years; with several adoption dates,
the average of the treated contrast vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.panel import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class ClusterCells:
    """Cells added up to clusters: size and mean (C, T), event_time (C, T), treated (C,)."""

    size: FloatArray
    mean: FloatArray
    event_time: FloatArray
    treated: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Material of one coefficient.

    vectors: (n1, T) contrast vector of each treated cluster used; treated: (n1,) its contrast W_g;
    treated_size: (n1, T) cell sizes; control, control_size: (n0, T) means and sizes of the never treated in the years
    needed.
    treated_position, control_position: which clusters these are. common: all vectors are equal.
    n_dropped: clusters that miss a cell they need.
    """

    vectors: FloatArray
    treated: FloatArray
    treated_size: FloatArray
    control: FloatArray
    control_size: FloatArray
    treated_position: IntArray
    control_position: IntArray
    common: bool
    n_dropped: int


def cluster_cells(estimate: Estimate) -> ClusterCells:
    """Covariate-adjusted cell means and sizes (regression weights) by cluster."""
    cells, of = estimate.cells, estimate.cluster_of
    shape = (estimate.n_clusters, len(cells.years))
    size, total = np.zeros(shape), np.zeros(shape)
    np.add.at(size, of, cells.weight)
    np.add.at(total, of, cells.weight * np.nan_to_num(estimate.adjusted_mean))
    mean = np.divide(total, size, out=np.full(shape, np.nan), where=size > 0)
    first = np.unique(of, return_index=True)[1]
    return ClusterCells(size, mean, cells.event_time[first], cells.treated[first])


def contrasts(estimate: Estimate, cells: ClusterCells, term: int) -> Contrasts:
    """Contrasts of the coefficient at position `term`.

    A treated cluster uses the years it has and is dropped without any on one side; a control is dropped when it
    misses any year that a treated contrast uses.
    """
    observed = cells.size > 0
    focus = estimate.design.focus(cells.event_time)[term]
    base = estimate.design.comparison(cells.event_time)
    after, before = focus & observed, base & observed
    usable = after.any(axis=1) & before.any(axis=1)
    wanted = cells.treated & focus.any(axis=1)
    treated = np.flatnonzero(usable)
    vectors = after[treated] / np.maximum(after[treated].sum(axis=1, keepdims=True), 1) - before[treated] / np.maximum(
        before[treated].sum(axis=1, keepdims=True), 1
    )
    years = (vectors != 0).any(axis=0)
    never = ~cells.treated
    complete = never & observed[:, years].all(axis=1)
    control = np.flatnonzero(complete)
    return Contrasts(
        vectors=vectors,
        treated=np.einsum("gt,gt->g", vectors, np.nan_to_num(cells.mean[treated])),
        treated_size=cells.size[treated],
        control=np.where(years, np.nan_to_num(cells.mean[control]), 0.0),
        control_size=np.where(years, cells.size[control], 1.0),
        treated_position=treated,
        control_position=control,
        common=bool(len(vectors) > 0 and np.allclose(vectors, vectors[0])),
        n_dropped=int(np.sum(wanted) - len(treated) + np.sum(never) - len(control)),
    )
