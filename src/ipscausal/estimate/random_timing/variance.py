"""Design-based variances of contrasts of cohort means."""

from __future__ import annotations

import numpy as np

from ipscausal.estimate.random_timing.comparisons import Cohorts
from ipscausal.panel import FloatArray


def contributions(cohorts: Cohorts, contrast: FloatArray) -> FloatArray:
    """(G, q) whose sum of squares is the Neyman variance sum_c a_c' S_c a_c / N_c of the (q, C, T) contrasts."""
    size = cohorts.size[cohorts.of]
    return np.einsum("gt,qgt->gq", cohorts.deviation, contrast[:, cohorts.of]) / np.sqrt(size * (size - 1))[:, None]


def variances(cohorts: Cohorts, contrast: FloatArray, effect: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(q,) Neyman variances of the contrasts, and what is left when the explained heterogeneity is taken off.

    Roth and Sant'Anna (2023), section 3.3: per cohort the unadjusted contrast is regressed on outcomes of the years
    before the first cohort in it adopts; the coefficients summed over cohorts and the cohorts' average covariance S of
    these years give the estimable part b' S b / N of the variance of effects. As in R staggered, cohorts from the first
    treated one on take part and S is their plain average. Where a cohort has too few municipalities to invert its S
    (R takes a pseudo-inverse and then explains too much) or nothing would be left, the Neyman variance stays.
    """
    neyman = np.einsum("qct,cts,qcs->q", contrast, cohorts.covariance / cohorts.size[:, None, None], contrast)
    refined = neyman.copy()
    for k, weights in enumerate(effect):
        first = int(np.flatnonzero(np.abs(weights).max(axis=1) > 0)[0])
        before = np.flatnonzero(cohorts.years < cohorts.adoption[first])
        covariance = cohorts.covariance[first:]
        if not len(before) or (cohorts.size[first:] - 1 < len(before)).any():
            continue
        inner = covariance[:, before][:, :, before]
        outer = np.einsum("cbt,ct->cb", covariance[:, before], weights[first:])
        if np.linalg.matrix_rank(inner, hermitian=True).min() < len(before):
            continue
        slope = np.linalg.solve(inner, outer[..., None])[..., 0].sum(axis=0)
        explained = slope @ inner.mean(axis=0) @ slope / cohorts.size.sum()
        if explained < neyman[k]:
            refined[k] = neyman[k] - explained
    return neyman, refined
