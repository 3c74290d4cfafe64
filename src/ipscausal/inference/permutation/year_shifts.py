"""One common contrast of the treated, moved over the years: shared by the permutations of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import Forms, linear_forms
from ipscausal.panel import BoolArray, FloatArray, IntArray

SEVERAL_DATES = "Needs one adoption date: with several there is no single contrast to move over the years."
TOO_FEW = "Needs a treated municipality with three years and at least two others that have all of them."
SAME = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class CommonContrast:
    """vector: (S,) contrast over the S years in which the treated have cells; years: (T,) True for these.

    treated (n1,), control (n0,): clusters used, all with cells in every one of the years. n_dropped: clusters without.
    """

    forms: Forms
    years: BoolArray
    vector: FloatArray
    treated: IntArray
    control: IntArray
    n_dropped: int


def common_contrast(estimate: Estimate, j: int) -> CommonContrast | str:
    """The contrast of the coefficient at position j, or the reason why it has no single one."""
    forms, cells = linear_forms(estimate, j), estimate.cells
    if len(forms.treated_position) and not forms.common:
        return SEVERAL_DATES
    size = np.zeros((estimate.n_clusters, len(cells.years)))
    np.add.at(size, estimate.cluster_of, cells.weight)
    seen = size > 0
    years = np.asarray(seen[forms.treated_position].all(axis=0))
    control = forms.control_position[seen[forms.control_position][:, years].all(axis=1)]
    if not len(forms.treated_position) or years.sum() < 3 or len(control) < 2 or np.any(forms.years & ~years):
        return TOO_FEW
    return CommonContrast(
        forms,
        years,
        forms.average[years],
        forms.treated_position,
        control,
        forms.n_dropped + len(forms.control_position) - len(control),
    )


def shifts(vector: FloatArray) -> FloatArray:
    """(S, S) the vector moved by 0, 1, ... S - 1 years, what leaves at the end returning at the beginning."""
    return np.stack([np.roll(vector, step) for step in range(len(vector))])


def tied(vectors: FloatArray, observed: int) -> int:
    """How many of (n, S) vectors give the absolute contrast of the observed one whatever the outcomes."""
    same = np.abs(vectors - vectors[observed]).max(axis=1) < SAME
    mirrored = np.abs(vectors + vectors[observed]).max(axis=1) < SAME
    return int((same | mirrored).sum())
