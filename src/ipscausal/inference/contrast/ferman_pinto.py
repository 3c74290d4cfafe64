"""Ferman and Pinto (2019): a bootstrap of contrasts that are first made comparable by size.

Under the null every contrast W~_g, less the mean of all, has variance h_g = A k_g + B q_g with q_g = sum c^2/n and
k_g = sum c^2 relative to the controls' (1 with one adoption date). `ferman_pinto` fits A and B to W~^2 by least
squares, neither below 0. `ferman_pinto_known` takes the sampling variance s_g^2 from the persons in place of B q_g and
A from the controls by Paule and Mandel. A draw gives municipality g the contrast z_k sqrt(h_g), z_k = +-W~_k /
sqrt(h_k) of a municipality k drawn with replacement, its sign at random: the target's variance multiplies, the donor's
divides. The statistic is the mean of the treated less that of the controls.

Assumes the variance function, one shape of distribution and many controls. The interval is left out: the set of
effects not rejected has no end when few controls are drawn from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import (
    ContrastVariances,
    Forms,
    cluster_means,
    contrast_variances,
    linear_forms,
    own_outcomes,
)
from ipscausal.inference.contrast.paule_mandel import paule_mandel
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.monte_carlo import draws_interval
from ipscausal.inference.options import TRIAL_DRAWS, Options
from ipscausal.inference.row import Inference, no_number
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray, IntArray

TIES = 1e-9  # relative
CHUNK_NUMBERS = 2_000_000  # numbers in one array (data sets x draws x municipalities)
ALONE = 1e-8  # share of the variation of q that k must leave unexplained for A and B to be told apart

ASSUMPTIONS = {
    "ferman_pinto": "Municipalities independent, contrasts of one shape, variance A + B sum c^2/n fitted to "
    "them, many controls.",
    "ferman_pinto_known": "Municipalities independent, contrasts of one shape, variance A + s^2 with s^2 known "
    "from the persons, many controls.",
}
MANY_CONTROLS = 20  # with ten, a true null of a small treated is rejected at 5 % in 8 to 11 % of simulated studies
TOO_FEW = "Needs a treated and at least two never-treated municipalities with all years needed."
NO_SAMPLING = "The panel holds no variances inside cells."


@dataclass(frozen=True, slots=True, eq=False)
class Resampling:
    """The design part. noise: (N,) q_g or s_g^2, treated first; spread: (N,) k_g; sign_of_mean: (N,) 1/n1 or -1/n0.

    forms: of the coefficient; known: noise is a variance rather than proportional to one.
    """

    forms: Forms
    noise: FloatArray
    spread: FloatArray
    sign_of_mean: FloatArray
    known: bool

    def variance(self, null: FloatArray) -> FloatArray:
        """(B, N) h_g from null contrasts (B, N)."""
        if self.known:
            n1 = len(self.forms.treated_position)
            shock = paule_mandel(null[:, n1:], self.noise[n1:])
            return shock[:, None] * self.spread + self.noise
        a, b = variance_function(null**2, self.spread, self.noise)
        return a[:, None] * self.spread + b[:, None] * self.noise


def resampling(forms: Forms, sampling: ContrastVariances | None) -> Resampling:
    """The design part; with `sampling` given the sampling variances are known."""
    n1, n0 = len(forms.treated_position), len(forms.control_position)
    noise = (
        np.append(forms.treated_inverse_size, forms.control_inverse_size)
        if sampling is None
        else np.append(sampling.treated, sampling.control)
    )
    norm = (forms.vectors**2).sum(axis=1) / (forms.average**2).sum()
    return Resampling(
        forms, noise, np.append(norm, np.ones(n0)), np.append(np.full(n1, 1 / n1), np.full(n0, -1 / n0)),
        sampling is not None,
    )  # fmt: skip


def null_contrasts(forms: Forms, outcomes: FloatArray) -> FloatArray:
    """(B, n1 + n0) contrasts, treated first, of outcomes (B, G, T) less each year's mean over the clusters used."""
    mean = cluster_means(forms, outcomes)
    treated, control = mean[:, forms.treated_position], mean[:, forms.control_position]
    needed, seen = forms.vectors != 0, np.arange(len(forms.control_position))
    # a treated cluster counts in the years it needs itself
    count = needed.sum(axis=0) + len(seen) * forms.years
    total = np.where(needed, treated, 0.0).sum(axis=1) + np.where(forms.years, control, 0.0).sum(axis=1)
    year = total / np.maximum(count, 1)
    return np.concatenate(
        [np.einsum("gt,bgt->bg", forms.vectors, treated - year[:, None]), (control - year[:, None]) @ forms.average],
        axis=1,
    )


def variance_function(squares: FloatArray, spread: FloatArray, noise: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A and B (B,) of the least squares fit A spread + B noise to squares (B, N), neither below 0.

    Where noise is in proportion to spread (no sizes, equal sizes) all of it counts as A.
    """
    kk, kq, qq = spread @ spread, spread @ noise, noise @ noise
    ks, qs = squares @ spread, squares @ noise
    determinant = kk * qq - kq**2
    if determinant <= ALONE * kk * qq:
        return ks / kk, np.zeros(len(squares))
    a, b = (ks * qq - qs * kq) / determinant, (qs * kk - ks * kq) / determinant
    return np.where(b < 0, ks / kk, np.maximum(a, 0.0)), np.where(a < 0, qs / qq, np.maximum(b, 0.0))


def draw_table(n: int, draws: int, seed: int) -> tuple[IntArray, FloatArray]:
    """(D, n) donors and (D, n) signs."""
    rng = np.random.default_rng(seed)
    return rng.integers(n, size=(draws, n)), rng.choice([-1.0, 1.0], size=(draws, n))


def exceedances(design: Resampling, outcomes: FloatArray, donor: IntArray, sign: FloatArray) -> IntArray:
    """(B,) draws whose statistic is at least as large as the observed one, in absolute value."""
    null = null_contrasts(design.forms, outcomes)
    root = np.sqrt(design.variance(null))
    z = np.divide(null, root, out=np.zeros(null.shape), where=root > 0)
    target = root * design.sign_of_mean
    seen = np.abs(null @ design.sign_of_mean)
    step = max(1, CHUNK_NUMBERS // (len(null) * null.shape[1]))
    counts = np.zeros(len(null), dtype=np.int64)
    for i in range(0, len(donor), step):
        drawn = np.zeros((len(null), len(donor[i : i + step])))
        for g in range(null.shape[1]):
            drawn += z[:, donor[i : i + step, g]] * (target[:, g, None] * sign[i : i + step, g])
        counts += (np.abs(drawn) >= seen[:, None] * (1 - TIES)).sum(axis=1)
    return counts


def _design(estimate: Estimate, j: int, name: str) -> Resampling | str:
    """The design part, or the reason why there is none."""
    forms = linear_forms(estimate, j)
    if len(forms.treated_position) < 1 or len(forms.control_position) < 2:
        return TOO_FEW
    if name == "ferman_pinto":
        return resampling(forms, None)
    sampling = contrast_variances(estimate, forms)
    return NO_SAMPLING if sampling is None else resampling(forms, sampling)


def _method(name: str) -> Method:
    def infer(estimate: Estimate, options: Options) -> tuple[Inference, ...]:
        return tuple(row(estimate, j, options) for j in range(len(estimate.terms)))

    def row(estimate: Estimate, j: int, options: Options) -> Inference:
        term, design = estimate.terms[j].name, _design(estimate, j, name)
        if isinstance(design, str):
            return no_number(term, name, design, options.level)
        outcomes = own_outcomes(estimate)
        table = draw_table(len(design.noise), options.draws, options.seed)
        count = int(exceedances(design, outcomes, *table)[0])
        b = float(null_contrasts(design.forms, outcomes)[0] @ design.sign_of_mean)
        few = len(design.forms.control_position) < MANY_CONTROLS
        return Inference(
            term=term,
            method=name,
            estimate=b,
            status="known_invalid" if few else "ok",
            assumptions=ASSUMPTIONS[name],
            level=options.level,
            statistic=b,
            p_value=(count + 1) / (options.draws + 1),
            p_floor=1 / (options.draws + 1),
            small_sample="none: bootstrap with random signs, the data counted as one draw",
            draws=options.draws,
            seed=options.seed,
            p_monte_carlo=draws_interval(count, options.draws),
            n_dropped=design.forms.n_dropped,
        )

    return Method(name, infer, _preparing(name), "contrast", "contrasts")


def _preparing(name: str) -> Callable[[Estimate, int, Options], Trial]:
    def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
        """p-values of simulated data sets from no more than 999 draws."""
        design = _design(estimate, j, name)
        if isinstance(design, str):
            return no_trial
        donor, sign = draw_table(len(design.noise), min(options.draws, TRIAL_DRAWS), options.seed)

        def trial(outcomes: FloatArray) -> FloatArray:
            return np.asarray((exceedances(design, outcomes, donor, sign) + 1) / (len(donor) + 1))

        return trial

    return prepare


METHODS = (_method("ferman_pinto"), _method("ferman_pinto_known"))
