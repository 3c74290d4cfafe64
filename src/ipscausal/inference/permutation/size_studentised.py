"""Randomisation inference on contrasts divided by what their sizes let them vary.

A small municipality varies more than a large one, so the rank of a raw coefficient depends on who is treated. Here each
assignment S is measured by

    (mean of W over S - mean of W over the others) / sqrt( sum over S of (A + s_j^2)/n1^2 + sum over the others of
    (A + s_j^2)/n0^2 ),

W the contrasts of the municipalities, s_j^2 their known sampling variances and A the variance between municipalities
by Paule and Mandel from the contrasts of all of them as they are under no effect. A is then the same for every
assignment of treatment, so that the rank is exact where treatment could have gone to any of them.

With several adoption dates each path has its contrast vector, the controls the average of the treated ones, and each
vector its own A; the paths are re-assigned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import Forms, cluster_means, linear_forms, own_outcomes
from ipscausal.inference.contrast.paule_mandel import paule_mandel
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.permutation.assignments import Assignments, Table, assignments, strata_of
from ipscausal.inference.permutation.randomisation import count_larger, rank_row, trial_assignments
from ipscausal.inference.row import Inference, no_number
from ipscausal.inference.sampling import sampling_covariance
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray, IntArray

UNKNOWN_VARIANCES = "Needs the variances of persons inside the cells, which this panel does not hold."
UNKNOWN_MEMBERS = "Needs a treated and two other municipalities with every year that any of the contrasts uses."

SAME_VECTOR = 12  # decimals in which contrast vectors must agree to be one path

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The m clusters among which the contrasts of one coefficient may change places.

    position: (m,) clusters; path: (m,) 0 for controls, else which vector. vectors: (P, T), vector 0 that of the
    controls. sampling: (P, m) known sampling variance of every cluster's contrast by every vector.
    """

    forms: Forms
    position: IntArray
    path: IntArray
    vectors: FloatArray
    sampling: FloatArray


def pool(estimate: Estimate, j: int) -> Pool | str:
    """The pool of the coefficient at position j, or the reason why there is none."""
    known = sampling_covariance(estimate)
    if known is None:
        return UNKNOWN_VARIANCES
    forms, cells = linear_forms(estimate, j), estimate.cells
    size = np.zeros((estimate.n_clusters, len(cells.years)))
    np.add.at(size, estimate.cluster_of, cells.weight)
    complete = np.asarray((size > 0)[:, forms.years].all(axis=1))
    treated, control = forms.treated_position, forms.control_position
    if len(treated) < 1 or len(treated) + len(control) < 3 or len(control) < 1 or not complete[treated].all():
        return UNKNOWN_MEMBERS
    kinds, path = np.unique(forms.vectors.round(SAME_VECTOR), axis=0, return_inverse=True)
    first = [int(np.flatnonzero(path.reshape(-1) == kind)[0]) for kind in range(len(kinds))]
    vectors = np.concatenate([forms.average[None], forms.vectors[first]])
    position = np.concatenate([treated, control])
    order = np.argsort(position)
    all_paths = np.concatenate([path.reshape(-1) + 1, np.zeros(len(control), dtype=np.int64)])
    covariance = known.covariance[position[order]]
    sampling = np.einsum("ps,mst,pt->pm", vectors, covariance, vectors, optimize=True)
    return Pool(forms, position[order], all_paths[order], vectors, sampling)


def differences(members: Pool, table: Table, outcomes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(B, n) differences of contrasts under each assignment (n, m), and the same over their standard deviations."""
    means = cluster_means(members.forms, outcomes)[:, members.position]
    values = np.swapaxes(means @ members.vectors.T, 1, 2)
    kinds = range(len(members.vectors))
    between = np.stack([paule_mandel(values[:, kind], members.sampling[kind]) for kind in kinds], axis=1)
    count = np.bincount(members.path)
    factor = np.concatenate([[-1 / count[0]], np.full(len(count) - 1, 1 / count[1:].sum())])
    chosen = np.concatenate([(table == kind) * factor[kind] for kind in kinds], axis=1)
    difference = values.reshape(len(values), -1) @ chosen.T
    variance = (between @ (factor**2 * count))[:, None] + chosen**2 @ members.sampling.reshape(-1)
    ratio = np.divide(difference, np.sqrt(variance), out=np.where(difference == 0, 0.0, np.inf), where=variance > 0)
    return difference, ratio


def drawn_from(members: Pool, estimate: Estimate, options: Options) -> Assignments:
    """Assignments of the paths among the members of the pool."""
    return assignments(members.path, pool_strata(members, estimate, options), options.draws, options.seed)


def pool_strata(members: Pool, estimate: Estimate, options: Options) -> IntArray:
    """(m,) stratum of each member."""
    return strata_of(estimate.cluster, options.strata)[members.position]


def ri_size(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient; its estimate is the difference of contrasts, municipalities counting equally."""
    return tuple(_row(estimate, j, options) for j in range(len(estimate.terms)))


def _row(estimate: Estimate, j: int, options: Options) -> Inference:
    name, members = estimate.terms[j].name, pool(estimate, j)
    if isinstance(members, str):
        return no_number(name, "ri_size", members, options.level)
    drawn = drawn_from(members, estimate, options)
    difference, ratio = differences(members, drawn.table, own_outcomes(estimate))
    return rank_row(
        name, "ri_size", drawn, np.abs(ratio[0]), options, float(difference[0, drawn.observed]),
        n_dropped=members.forms.n_dropped,
    )  # fmt: skip


def _prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    members = pool(estimate, j)
    if isinstance(members, str):
        return no_trial
    drawn = trial_assignments(members.path, pool_strata(members, estimate, options), options)

    def trial(outcomes: FloatArray) -> FloatArray:
        ratio = differences(members, drawn.table, outcomes)[1]
        return count_larger(np.abs(ratio), drawn.observed) / len(drawn.table)

    return trial


METHODS = (Method("ri_size", ri_size, _prepare, "contrast", "contrasts"),)
