"""Any estimator under other assignments of the treatment paths: it is run again on each.

A path is an adoption year, with its doses where the panel has them. With strata, paths move within strata only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.estimate.assemble import coefficients_of
from ipscausal.inference.options import TRIAL_DRAWS
from ipscausal.inference.permutation.assignments import FEW_ENOUGH, Assignments, Table, assignments
from ipscausal.panel import FloatArray, IntArray, Panel


def refitted(estimate: Estimate, stratum: IntArray, draws: int, seed: int) -> tuple[Assignments, FloatArray]:
    """The assignments and (n, q) coefficients under each, NaN where an assignment does not identify one.

    stratum: (C,). All assignments when they are few, else at most 999 sampled ones.
    """
    panel = estimate.panel
    first = np.unique(estimate.cluster_of, return_index=True)[1]
    path, example = _paths(panel, first)
    drawn = assignments(path, stratum, min(draws, TRIAL_DRAWS), seed, FEW_ENOUGH)
    coef = [coefficients_of(estimate, _reassigned(panel, estimate.cluster_of, example, row)) for row in drawn.table]
    return drawn, np.stack(coef)


def _paths(panel: Panel, first: IntArray) -> tuple[IntArray, IntArray]:
    """(C,) path of each cluster, and for each path a municipality that has it; first: (C,) one municipality each."""
    dose = np.empty((len(first), 0)) if panel.dose is None else panel.dose[first]
    # infinity does not compare inside unique rows, the year after the last one does
    date = np.where(np.isfinite(panel.adoption[first]), panel.adoption[first], panel.years[-1] + 1)
    _, example, path = np.unique(np.column_stack([date, dose]), axis=0, return_index=True, return_inverse=True)
    return path.ravel().astype(np.int64), first[example]


def _reassigned(panel: Panel, cluster_of: IntArray, example: IntArray, row: Table) -> Panel:
    source = example[row.astype(np.int64)][cluster_of]
    dose = None if panel.dose is None else panel.dose[source]
    return replace(panel, adoption=panel.adoption[source], dose=dose)
