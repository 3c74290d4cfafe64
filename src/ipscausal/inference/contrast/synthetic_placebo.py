"""Placebo municipalities for any estimator, made comparable by size: what stands beside synthetic comparisons.

Each never-treated cluster j takes the treated ones' place, the treated left out, and the estimator is run again with
new weights. The plain placebo variance (Arkhangelsky et al. 2021, algorithm 4) takes the spread of these placebo
effects as that of the effect. For a treated municipality of average size it is about right, for a small one it is far
too low (a true null is rejected at 5 % in 20 to 27 % of simulated studies), and the normal distribution ignores that
few placebos estimate it. Here the effect of placebo j has the variance

    Var_j = A k_j + s_j^2, k_j = sum_c (sum_t |L_jct| / 2)^2, s_j^2 = sum_g L_jg' S_g L_jg,

L_j the cell weights of the placebo study, clusters added up in k_j, and S_g the known sampling covariance of the cell
means. A, the variance of shocks to municipalities beyond chance among persons, follows from Q(A) = sum_j tau_j^2 /
(A k_j + s_j^2) = m: the equation of Paule and Mandel with the mean known to be zero, unbiased however the m placebo
studies overlap. The effect has the variance A k + s^2 with its own k and s.

`placebo_t`: where nothing is known of s it is left out, and the effect over its standard deviation is t(m - 1); with
equal weights this is the exact two-sample t of contrasts. With s known, Q(A) (m - 1) / m is taken as chi-square with
m - 1 degrees of freedom, and the normal distribution of the effect averaged over the A that have its quantiles, as in
`re_did`: the same t where s is small beside A, and honest where the placebos' own chance leaves A hardly known.
`placebo_rank`: the rank of the effect among the placebos, each over the root of its own A k + s^2. Placebo studies
share their donors and so resemble each other: with ten of them the effect is the first of eleven in 11 to 13 % of
simulated studies without effect, not in 9.1.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.paule_mandel import moment_variance
from ipscausal.inference.contrast.placebo_studies import Placebos, synthetic_placebos
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, Status, no_number, t_row, unreachable
from ipscausal.inference.shock.mixture import Mixture
from ipscausal.panel import FloatArray

QUANTILES = 200  # of the confidence distribution of A: p to about 1e-4
TIES = 1e-9  # relative
NOTHING = 1e-9  # a sum of squared weights this small is a year that is its own baseline
KNOWN = (
    "Municipalities independent, effects normal, shocks of one size, those of the treated {ratio}; sampling noise "
    "known from the persons."
)
UNKNOWN = (
    "Municipalities independent, effects normal, with one variance for all: the treated are not smaller than the "
    "others, their shocks {ratio}. The panel does not know what noise comes from persons."
)
MIXED = "none: normal, averaged over the confidence distribution of the shock variance from {m} placebo municipalities"
RANKED = (
    "Treatment could equally have gone to any never-treated municipality, once effects are divided by what their sizes "
    "let them vary. Placebo studies share municipalities: p is approximate."
)
RANKED_UNKNOWN = (
    "Treatment could equally have gone to any never-treated municipality, small or large. Placebo studies share "
    "municipalities: p is approximate."
)
TOO_FEW = "Needs at least two never-treated municipalities on which the estimator can be run as on the treated."
BY_CONSTRUCTION = "Zero by construction: the year is the baseline."

DEFAULT = Options()


def shock_variances(effect: FloatArray, spread: FloatArray, noise: FloatArray, target: FloatArray) -> FloatArray:
    """(U,) A with sum tau^2 / (A k + s^2) = target, 0 where the sampling noise alone is more than is seen.

    effect, spread, noise: (m,); target: (U,).
    """
    w, s2 = effect / np.sqrt(spread), noise / spread
    if not noise.any():
        return np.asarray((w @ w) / target)
    # with every effect and its mirror image the weighted mean is the known one, zero
    both = np.concatenate([w, -w])[None]
    return moment_variance(both, np.tile(s2, 2), 2 * target)[0]


def placebo_covariance(estimate: Estimate, options: Options = DEFAULT) -> FloatArray:
    """(q, q) covariance of the effects: A k + s^2 of each, correlated as the placebo effects are over municipalities.

    NaN with fewer than two placebos; zero for an effect that is zero by construction. Its rank is at most their number.
    """
    found, q = synthetic_placebos(estimate, options), len(estimate.terms)
    used = [j for j in range(q) if found.own_spread[j] >= NOTHING]
    whole = (np.isfinite(found.effect[:, used]) & (found.spread[:, used] > 0)).all(axis=1)
    out = np.zeros((q, q))
    if whole.sum() < 2:
        return np.full((q, q), np.nan)
    each, error = np.empty((int(whole.sum()), len(used))), np.empty(len(used))
    for i, j in enumerate(used):
        effect, spread, noise = found.effect[whole, j], found.spread[whole, j], _noise_of(found, j)[whole]
        shock = shock_variances(effect, spread, noise, np.array([float(len(effect))]))[0]
        variance = shock * spread + noise
        each[:, i] = np.divide(effect, np.sqrt(variance), out=np.zeros(len(effect)), where=variance > 0)
        error[i] = np.sqrt(shock * found.own_spread[j] + _own_noise(found, j))
    product = each.T @ each
    length = np.sqrt(np.diag(product))
    correlation = np.divide(
        product, np.outer(length, length), out=np.eye(len(used)), where=np.outer(length, length) > 0
    )
    out[np.ix_(used, used)] = correlation * np.outer(error, error)
    return out


def placebo_t(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per effect; its standard error allows for its own size, weights and noise."""
    found = synthetic_placebos(estimate, options)
    return tuple(_t_row(estimate, found, j, options) for j in range(len(estimate.terms)))


def placebo_rank(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per effect: its rank among the m placebos and itself, p no lower than 1 / (m + 1)."""
    found = synthetic_placebos(estimate, options)
    return tuple(_rank_row(estimate, found, j, options) for j in range(len(estimate.terms)))


def _t_row(estimate: Estimate, found: Placebos, j: int, options: Options) -> Inference:
    term, b, kept = estimate.terms[j].name, float(estimate.coef[j]), np.isfinite(found.effect[:, j])
    reason = _reason(found, j)
    if reason:
        return no_number(term, "placebo_t", reason, options.level, estimate=b, n_dropped=int((~kept).sum()))
    effect, spread, noise = _of_term(found, j)
    m, dropped = len(effect), int((~kept).sum())
    own = _own_noise(found, j)
    if not noise.any() and own == 0:
        shock = shock_variances(effect, spread, noise, np.array([float(m)]))[0]
        row = t_row(
            term, "placebo_t", b, float(np.sqrt(shock * found.own_spread[j])), m - 1, level=options.level, status="ok",
            assumptions=UNKNOWN.format(ratio=options.shocks_in_words),
            small_sample=f"t({m - 1}), from {m} placebo municipalities",
        )  # fmt: skip
        return replace(row, n_dropped=dropped)
    target = stats.chi2.ppf((np.arange(QUANTILES) + 0.5) / QUANTILES, m - 1) * m / (m - 1)
    variance = shock_variances(effect, spread, noise, target) * found.own_spread[j] + own
    mixture = Mixture(np.full(QUANTILES, 1 / QUANTILES), np.full((1, 1), b), np.sqrt(variance)[None])
    tail = (1 - options.level) / 2
    return Inference(
        term, "placebo_t", b, "ok", KNOWN.format(ratio=options.shocks_in_words), options.level,
        std_error=float(mixture.spread[0]), p_value=float(mixture.p_value[0]),
        conf_low=float(mixture.quantile(tail)[0]), conf_high=float(mixture.quantile(1 - tail)[0]),
        small_sample=MIXED.format(m=m), n_dropped=dropped,
    )  # fmt: skip


def _rank_row(estimate: Estimate, found: Placebos, j: int, options: Options) -> Inference:
    term, b, kept = estimate.terms[j].name, float(estimate.coef[j]), np.isfinite(found.effect[:, j])
    reason = _reason(found, j)
    if reason:
        return no_number(term, "placebo_rank", reason, options.level, estimate=b, n_dropped=int((~kept).sum()))
    effect, spread, noise = _of_term(found, j)
    effect, spread = np.append(effect, b), np.append(spread, found.own_spread[j])
    noise = np.append(noise, _own_noise(found, j))
    # of all of them, as under no effect: the same whoever is treated
    variance = shock_variances(effect, spread, noise, np.array([float(len(effect))])) * spread + noise
    ratio = np.divide(np.abs(effect), np.sqrt(variance), out=np.zeros(len(effect)), where=variance > 0)
    rank, of = int((ratio >= ratio[-1] * (1 - TIES)).sum()), len(ratio)
    status: Status = "cannot_reject" if unreachable(1 / of, options.level) else "ok"
    return Inference(
        term, "placebo_rank", b, status, RANKED_UNKNOWN if found.noise is None else RANKED, options.level,
        statistic=float(ratio[-1]), p_value=rank / of, p_floor=1 / of,
        small_sample=f"none: rank among {of - 1} placebo municipalities", rank=rank, rank_of=of,
        n_dropped=int((~kept).sum()),
    )  # fmt: skip


def _reason(found: Placebos, j: int) -> str:
    """Why there is no inference on the effect at position j; empty where there is."""
    if found.own_spread[j] < NOTHING:
        return BY_CONSTRUCTION
    enough = np.isfinite(found.effect[:, j]) & (found.spread[:, j] > 0)
    return "" if enough.sum() >= 2 else TOO_FEW


def _of_term(found: Placebos, j: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(m,) effects, spreads and sampling variances, zero where they are unknown, of the placebos that have the term."""
    kept = np.isfinite(found.effect[:, j]) & (found.spread[:, j] > 0)
    return found.effect[kept, j], found.spread[kept, j], _noise_of(found, j)[kept]


def _noise_of(found: Placebos, j: int) -> FloatArray:
    """(m,) sampling variances, zero where they are unknown."""
    return np.zeros(len(found.cluster)) if found.noise is None else found.noise[:, j]


def _own_noise(found: Placebos, j: int) -> float:
    return 0.0 if found.own_noise is None else float(found.own_noise[j])


METHODS = (Method("placebo_t", placebo_t, needs="refit"), Method("placebo_rank", placebo_rank, needs="refit"))
