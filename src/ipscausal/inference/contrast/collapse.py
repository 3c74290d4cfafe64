"""Collapse: one contrast per cluster and an ordinary two-sample t (Donald and Lang 2007; Bertrand, Duflo and
Mullainathan 2004; Lee and Wooldridge, SSRN 5325686).

`collapse` counts every municipality once (variance of a contrast: shocks only), `collapse_n` weights by size (variance
sum c^2/n: sampling noise only). They are the two ends of the size family, so sup-t is never smaller than either p.

Status, from counts and sizes alone: the variance of the difference if the truth were the other end of the family, over
the variance the t statistic claims in that case on average. Above 1.25 the test can reject far too often
("known_invalid"), below 1/1.25 it rejects too rarely ("conservative"), between them it is "ok". With one treated and no
weights this is (q_1 + mean q_0 / G0) / (mean q_0 (1 + 1/G0)): how noisy the treated is for its size beside the average
control.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import Forms, cluster_means, linear_forms, own_outcomes
from ipscausal.inference.contrast.size_family import NO_RESIDUAL, degrees_of_freedom, size_family, variances
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, Status, no_number, t_row
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray

ALIKE = 1.25  # sizes, or a variance and what is claimed for it, within so large a ratio count as equal

ONE_TREATED = (
    "Municipalities independent, contrasts normal; the treated municipality's contrast is no noisier than that of any "
    "control."
)
SEVERAL = "Municipalities independent, contrasts normal with one variance for all."
SEVERAL_DATES = (
    "Municipalities independent, contrasts normal with variance in proportion to sum c^2, estimated from the controls."
)
BY_SIZE = "Municipalities independent, contrasts normal with variance sum c^2/n: no shocks beyond sampling noise."
UNEQUAL = " Sizes differ by more than 25 %."
EXACT = "none: exact t under the assumptions"


def noise_ratio(forms: Forms, ratio: float) -> float:
    """Variance of the difference at the other end of the family over what the t at `ratio` (0 or inf) claims there."""
    assumed = variances(forms, np.array([[ratio]]))
    omega, pi, squared = 1 / assumed.treated[0, 0], 1 / assumed.control[0, 0], assumed.vector[0, 0] ** 2
    if np.isinf(ratio):
        v1, v0 = forms.treated_inverse_size, squared @ (1 / forms.control_size).T
    else:
        v1, v0 = (forms.vectors**2).sum(axis=1), np.full(len(pi), squared.sum())
    actual1, actual0 = (omega**2 * v1).sum() / omega.sum(), (pi**2 * v0).sum() / pi.sum()
    squares = (pi * v0).sum() - actual0
    if forms.common:
        squares += (omega * v1).sum() - actual1
    claimed = squares / degrees_of_freedom(forms) * (1 / omega.sum() + 1 / pi.sum())
    return float((actual1 / omega.sum() + actual0 / pi.sum()) / claimed)


def status_of(distortion: float) -> Status:
    """Status of a test by the true over the claimed variance of its difference."""
    if distortion > ALIKE:
        return "known_invalid"
    return "conservative" if distortion < 1 / ALIKE else "ok"


def sizes_differ(forms: Forms) -> bool:
    """True where the sampling variances of the contrasts, by size, are not all within 25 %."""
    inverse = np.concatenate([forms.treated_inverse_size, forms.control_inverse_size])
    norm = np.append((forms.vectors**2).sum(axis=1), np.full(len(forms.control_size), (forms.average**2).sum()))
    return bool((inverse / norm).max() > ALIKE * (inverse / norm).min())


def _infer(name: str, ratio: float) -> Callable[[Estimate, Options], tuple[Inference, ...]]:
    def infer(estimate: Estimate, options: Options) -> tuple[Inference, ...]:
        return tuple(_row(estimate, j, name, ratio, options) for j in range(len(estimate.terms)))

    return infer


def _row(estimate: Estimate, j: int, name: str, ratio: float, options: Options) -> Inference:
    forms, term = linear_forms(estimate, j), estimate.terms[j].name
    df = degrees_of_freedom(forms)
    if df < 1:
        return no_number(term, name, NO_RESIDUAL, options.level, n_dropped=forms.n_dropped)
    family = size_family(forms, cluster_means(forms, own_outcomes(estimate)), np.array([[ratio]]))
    if not np.isinf(ratio):
        assumptions = BY_SIZE
    elif len(forms.treated_position) == 1:
        assumptions = ONE_TREATED
    else:
        assumptions = SEVERAL if forms.common else SEVERAL_DATES
    row = t_row(
        term, name, float(family.estimate[0, 0]), float(family.std_error[0, 0]), df, level=options.level,
        status=status_of(noise_ratio(forms, ratio)), assumptions=assumptions + UNEQUAL * sizes_differ(forms),
        small_sample=EXACT,
    )  # fmt: skip
    return replace(row, n_dropped=forms.n_dropped)


def _prepare(ratio: float) -> Callable[[Estimate, int, Options], Trial]:
    def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
        forms, at = linear_forms(estimate, j), np.array([[ratio]])
        if degrees_of_freedom(forms) < 1:
            return no_trial

        def trial(outcomes: FloatArray) -> FloatArray:
            return size_family(forms, cluster_means(forms, outcomes), at).p_value[:, 0]

        return trial

    return prepare


def collapse_covariance(estimate: Estimate) -> FloatArray:
    """(q, q) covariance of the coefficients from unweighted contrasts ("collapse"), for joint use of an event study.

    One adoption date: pooled residual covariance of the clusters' contrast vectors, divided by G-2, times 1/G1 + 1/G0.
    Several dates: covariance among the never treated of the same years' contrasts, summed over the treated divided by
    G1^2, plus that of the average contrast over G0. Clusters that miss a year of any coefficient are not used; NaN
    where fewer than two controls or no treated cluster remain. Rank is at most G-2.
    """
    material = [linear_forms(estimate, j) for j in range(len(estimate.terms))]
    control = set.intersection(*(set(m.control_position) for m in material))
    rows = np.array(sorted(control), dtype=np.int64)
    q = len(material)
    if len(rows) < 2 or any(len(m.treated_position) == 0 for m in material):
        return np.full((q, q), np.nan)
    means = cluster_means(material[0], own_outcomes(estimate))[0]
    y = means[rows]
    treated = set.intersection(*(set(m.treated_position) for m in material))
    if treated and all(m.common for m in material):
        both = np.array(sorted(treated), dtype=np.int64)
        c = np.stack([m.vectors[0] for m in material])
        residual = np.concatenate([_centred(y @ c.T), _centred(means[both] @ c.T)])
        return residual.T @ residual / (len(residual) - 2) * (1 / len(both) + 1 / len(rows))
    spread = _centred(y)
    by_year = spread.T @ spread / (len(rows) - 1)
    total = np.zeros((q, q))
    average = np.stack([m.vectors.mean(axis=0) for m in material])
    for cluster in sorted(set().union(*(set(m.treated_position) for m in material))):
        share = np.zeros_like(average)
        for j, m in enumerate(material):
            share[j] = m.vectors[m.treated_position == cluster].sum(axis=0) / len(m.treated_position)
        total += share @ by_year @ share.T
    return total + average @ by_year @ average.T / len(rows)


def _centred(values: FloatArray) -> FloatArray:
    return values - values.mean(axis=0)


METHODS = (
    Method("collapse", _infer("collapse", np.inf), _prepare(np.inf), "contrast", "contrasts"),
    Method("collapse_n", _infer("collapse_n", 0.0), _prepare(0.0), "contrast", "contrasts"),
)
