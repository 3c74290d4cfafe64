"""Size-family sup-t: honest with one treated municipality from means and sizes alone.

Model: contrasts are independent and normal with variance proportional to tau c'c + q_g, q_g = sum_t c_t^2 / n_gt:
municipality shocks of unknown size plus sampling noise that falls with the cell size n. For each tau the generalised
least squares t statistic is exactly t(G-2) (one adoption date; G0-1 with several). tau is not estimated: the p-value is
the largest over tau in [0, infinity] and the interval the union of the intervals, so the size is at most the level
whatever the ratio of shocks to sampling noise.

The reported estimate is the person-weighted two-way coefficient b. It is added as one more member of the family:
at tau = 0 b is the best linear unbiased estimator, hence uncorrelated with the contrasts' residuals, and
b / (s(0) sqrt(sum L^2/n)) with its cell weights L is exactly t at tau = 0, like the member it stands beside. A union
of intervals can only gain coverage from one more interval, so validity is kept and b always lies in its own interval.
The members form a connected path (tau runs through [0, infinity], and from b to the tau = 0 member along the straight
line of linear unbiased estimators), so when two members have opposite signs some estimator on it is zero and p = 1.

Where cells have no size (one row each, no weights) q_g is proportional to c'c and the family has one member: the
collapse t of Donald and Lang, Bertrand, Duflo and Mullainathan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import Forms, cluster_means, linear_forms, own_outcomes
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, no_number
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray

ASSUMPTIONS = (
    "Municipalities independent, contrasts normal, variance tau c'c + sum c^2/n with the same tau for all; "
    "the treated municipality is no noisier than its size says."
)
SMALL_SAMPLE = "none: exact t for each variance ratio, largest p and union of intervals over all ratios"
NO_SIZES = "none: cells have no sizes, so the family is the collapse t alone"
NO_RESIDUAL = "Too few never-treated municipalities with all years needed: no residual variance."
# ratio of shock to median sampling variance: none, 10^-4 to 10^4, shocks only
RATIOS = np.concatenate([[0.0], np.logspace(-4, 4, 121), [np.inf]])
FINER = 60  # steps between neighbours of an extreme, so that the grid's error is far below the printed digits
CHUNK_NUMBERS = 2_000_000  # numbers in one array of a trial (data sets x ratios x controls)

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Variances:
    """Working variances, up to a factor, at M ratios (R = 1 row for all data sets or one row each).

    treated: (R, M, n1); control: (R, M, n0), of the controls' contrasts by `vector` (R, M, T), the average of the
    treated vectors weighted by the inverse of their variances.
    """

    treated: FloatArray
    control: FloatArray
    vector: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Members of the family for B data sets: estimate, std_error, scale (B, M), Var = scale^2 (tau c'c + q)."""

    estimate: FloatArray
    std_error: FloatArray
    scale: FloatArray
    df: int

    @property
    def statistic(self) -> FloatArray:
        """(B, M) t of each member; infinite where nothing is left to judge an estimate by."""
        return _ratio(self.estimate, self.std_error)

    @property
    def p_value(self) -> FloatArray:
        """(B, M) two-sided p of each member."""
        return np.asarray(2 * stats.t.sf(np.abs(self.statistic), self.df))


def degrees_of_freedom(forms: Forms) -> int:
    """df of every member: G - 2 with one contrast vector, else G0 - 1; 0 where no residual is left."""
    n1, n0 = len(forms.treated_position), len(forms.control_position)
    if n1 < 1 or n0 < 1:
        return 0
    return n1 + n0 - 2 if forms.common else n0 - 1


def variances(forms: Forms, ratio: FloatArray) -> Variances:
    """Variances proportional to tau c'c + q at each ratio (R, M) of tau c'c to the median q."""
    c_norm, q1 = (forms.vectors**2).sum(axis=1), forms.treated_inverse_size
    middle = np.median(np.concatenate([q1, forms.control_inverse_size])) / c_norm.mean()
    only_shocks = np.isinf(ratio)
    shock = np.where(only_shocks, 1.0, np.where(only_shocks, 0.0, ratio) * middle)[..., None]
    noise = np.where(only_shocks, 0.0, 1.0)[..., None]
    treated = shock * c_norm + noise * q1
    omega = 1 / treated
    vector = omega / omega.sum(axis=-1, keepdims=True) @ forms.vectors
    squared = vector**2
    return Variances(
        treated,
        shock * squared.sum(axis=-1, keepdims=True) + noise * (squared @ (1 / forms.control_size).T),
        vector,
    )


def size_family(forms: Forms, means: FloatArray, ratio: FloatArray) -> Family:
    """Generalised least squares at each ratio (R, M) from cluster means (B, C, T), R = 1 or B.

    Needs at least one degree of freedom (`degrees_of_freedom`).
    """
    df, spread = degrees_of_freedom(forms), variances(forms, ratio)
    omega, pi = 1 / spread.treated, 1 / spread.control
    w1 = np.einsum("gt,bgt->bg", forms.vectors, means[:, forms.treated_position])[:, None, :]
    w0 = spread.vector @ np.swapaxes(means[:, forms.control_position], 1, 2)
    m1 = (omega * w1).sum(axis=2) / omega.sum(axis=2)
    m0 = (pi * w0).sum(axis=2) / pi.sum(axis=2)
    squares = (pi * (w0 - m0[..., None]) ** 2).sum(axis=2)
    if forms.common:
        squares = squares + (omega * (w1 - m1[..., None]) ** 2).sum(axis=2)
    scale = np.sqrt(squares / df)
    return Family(m1 - m0, scale * np.sqrt(1 / omega.sum(axis=2) + 1 / pi.sum(axis=2)), scale, df)


@dataclass(frozen=True, slots=True, eq=False)
class _Union:
    """The verdict over all members for B data sets, arrays (B,)."""

    estimate: FloatArray
    statistic: FloatArray
    low: FloatArray
    high: FloatArray


def _union(forms: Forms, outcomes: FloatArray, weights: FloatArray, inverse_size: FloatArray, level: float) -> _Union:
    """Statistic with the largest p and union of intervals; weights (G, T) of the coefficient, inverse_size (G, T)."""
    means = cluster_means(forms, outcomes)
    quantile = float(stats.t.ppf((1 + level) / 2, degrees_of_freedom(forms)))
    family = size_family(forms, means, RATIOS[None])
    finer = size_family(forms, means, _around_extremes(family, quantile))
    b = np.einsum("gt,bgt->b", weights, outcomes)
    own = family.scale[:, 0] * np.sqrt((weights**2 * inverse_size).sum())
    member = np.concatenate([family.estimate, finer.estimate, b[:, None]], axis=1)
    error = np.concatenate([family.std_error, finer.std_error, own[:, None]], axis=1)
    statistic = _ratio(member, error)
    worst = np.take_along_axis(statistic, np.abs(statistic).argmin(axis=1)[:, None], axis=1)[:, 0]
    crossing = (member.min(axis=1) < 0) & (member.max(axis=1) > 0)
    reach = quantile * error
    return _Union(b, np.where(crossing, 0.0, worst), (member - reach).min(axis=1), (member + reach).max(axis=1))


def _around_extremes(family: Family, quantile: float) -> FloatArray:
    """(B, 3 FINER) ratios between the neighbours of the members with the largest p, lowest and highest bound."""
    reach = quantile * family.std_error
    finite = np.clip(RATIOS, RATIOS[1] / 10, RATIOS[-2] * 10)
    extremes = np.stack([
        np.abs(family.statistic).argmin(axis=1),
        (family.estimate - reach).argmin(axis=1),
        (family.estimate + reach).argmax(axis=1),
    ])  # fmt: skip
    low, high = finite[np.maximum(extremes - 1, 0)], finite[np.minimum(extremes + 1, len(finite) - 1)]
    steps = np.geomspace(low, high, FINER, axis=-1)
    return np.concatenate(list(steps), axis=1)


def sup_t(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient.

    statistic: t of the member with the largest p. std_error: half the interval's width over the t quantile, at least
    the largest standard error in the family; the interval need not be centred at the estimate.
    """
    return tuple(_row(estimate, j, options) for j in range(len(estimate.terms)))


def _row(estimate: Estimate, j: int, options: Options) -> Inference:
    forms, level, b = linear_forms(estimate, j), options.level, float(estimate.coef[j])
    name, df = estimate.terms[j].name, degrees_of_freedom(forms)
    if df < 1:
        return no_number(name, "sup_t", NO_RESIDUAL, level, estimate=b, n_dropped=forms.n_dropped)
    union = _union(forms, own_outcomes(estimate), estimate.cell_weights[j], _inverse_size(estimate), level)
    low, high, statistic = float(union.low[0]), float(union.high[0]), float(union.statistic[0])
    return Inference(
        term=name,
        method="sup_t",
        estimate=b,
        status="ok",
        assumptions=ASSUMPTIONS,
        level=level,
        std_error=(high - low) / (2 * float(stats.t.ppf((1 + level) / 2, df))),
        df=df,
        statistic=statistic if np.isfinite(statistic) else None,
        p_value=float(2 * stats.t.sf(abs(statistic), df)),
        conf_low=low,
        conf_high=high,
        small_sample=NO_SIZES if estimate.cells.weighting == "rows" else SMALL_SAMPLE,
        n_dropped=forms.n_dropped,
    )


def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    """p-values of simulated data sets of the same design."""
    forms, weights, inverse_size = linear_forms(estimate, j), estimate.cell_weights[j], _inverse_size(estimate)
    df = degrees_of_freedom(forms)
    if df < 1:
        return no_trial
    step = max(1, CHUNK_NUMBERS // (3 * FINER * max(len(forms.control_position), 1)))

    def trial(outcomes: FloatArray) -> FloatArray:
        parts = (outcomes[i : i + step] for i in range(0, len(outcomes), step))
        statistic = [_union(forms, part, weights, inverse_size, options.level).statistic for part in parts]
        return np.asarray(2 * stats.t.sf(np.abs(np.concatenate(statistic)), df))

    return trial


def _inverse_size(estimate: Estimate) -> FloatArray:
    """(G, T) 1/n, 0 in empty cells."""
    cells = estimate.cells
    return np.divide(1.0, cells.weight, out=np.zeros(cells.weight.shape), where=cells.observed)


def _ratio(estimate: FloatArray, error: FloatArray) -> FloatArray:
    return np.divide(estimate, error, out=np.where(estimate == 0, 0.0, np.copysign(np.inf, estimate)), where=error > 0)


METHODS = (Method("sup_t", sup_t, prepare, needs="contrasts"),)
