"""Size-family sup-t (inference.md 3.7, method 16): honest with one treated municipality.

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
from ipscausal.inference.contrasts import Contrasts, cluster_cells, contrasts
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference
from ipscausal.panel import FloatArray

ASSUMPTIONS = (
    "Municipalities independent, contrasts normal, variance tau c'c + sum c^2/n with the same tau for all; "
    "the treated municipality is no noisier than its size says."
)
SMALL_SAMPLE = "none: exact t for each variance ratio, largest p and union of intervals over all ratios"
NO_SIZES = "none: cells have no sizes, so the family is the collapse t alone"
# ratio of shock to median sampling variance: none, 10^-4 to 10^4, shocks only
RATIOS = np.concatenate([[0.0], np.logspace(-4, 4, 121), [np.inf]])
FINER = 60  # steps between neighbours of an extreme, so that the grid's error is far below the printed digits

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Members of the family: ratio (M,), estimate (M,), std_error (M,), scale (M,) with Var = scale^2 (tau c'c + q)."""

    ratio: FloatArray
    estimate: FloatArray
    std_error: FloatArray
    scale: FloatArray
    df: int

    @property
    def p_value(self) -> FloatArray:
        """(M,) two-sided p of each member."""
        return _two_sided(self.estimate, self.std_error, self.df)


def size_family(material: Contrasts, ratio: FloatArray = RATIOS) -> Family | None:
    """Generalised least squares at each ratio tau c'c / median(q); None where no residual is left to judge by."""
    n1, n0 = len(material.treated), len(material.control)
    df = n1 + n0 - 2 if material.common else n0 - 1
    if n1 < 1 or n0 < 1 or df < 1:
        return None
    c, c_norm = material.vectors, (material.vectors**2).sum(axis=1)
    q1 = (c**2 / np.where(c != 0, material.treated_size, 1.0)).sum(axis=1)
    # without several dates the controls' vector does not depend on tau
    mean_vector = c.mean(axis=0)
    q0 = (mean_vector**2 / material.control_size).sum(axis=1)
    middle = np.median(np.concatenate([q1, q0])) / c_norm.mean()
    shock = np.where(np.isinf(ratio), 1.0, np.where(np.isinf(ratio), 0.0, ratio) * middle)[:, None]
    noise = np.where(np.isinf(ratio), 0.0, 1.0)[:, None]

    v1 = shock * c_norm + noise * q1
    omega = 1 / v1
    share = omega / omega.sum(axis=1, keepdims=True)
    vector = share @ c
    v0 = shock * (vector**2).sum(axis=1, keepdims=True) + noise * (vector**2 @ (1 / material.control_size).T)
    pi = 1 / v0
    w1, w0 = np.broadcast_to(material.treated, v1.shape), vector @ material.control.T
    m1 = (share * w1).sum(axis=1)
    m0 = (pi * w0).sum(axis=1) / pi.sum(axis=1)
    squares = (pi * (w0 - m0[:, None]) ** 2).sum(axis=1)
    if material.common:
        squares = squares + (omega * (w1 - m1[:, None]) ** 2).sum(axis=1)
    scale = np.sqrt(squares / df)
    error = scale * np.sqrt(1 / omega.sum(axis=1) + 1 / pi.sum(axis=1))
    return Family(ratio, m1 - m0, error, scale, df)


def sup_t(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient.

    statistic: t of the member with the largest p. std_error: half the interval's width over the t quantile, at least
    the largest standard error in the family; the interval need not be centred at the estimate.
    """
    level, cells = options.level, cluster_cells(estimate)
    inverse_size = np.divide(1.0, estimate.cells.weight, out=np.zeros(estimate.cells.weight.shape),
                             where=estimate.cells.observed)  # fmt: skip
    rows = []
    for j, term in enumerate(estimate.terms):
        material = contrasts(estimate, cells, j)
        family = size_family(material)
        b = float(estimate.coef[j])
        if family is None:
            reason = "Too few never-treated municipalities with all years needed: no residual variance."
            rows.append(
                Inference(
                    term.name,
                    "sup_t",
                    b,
                    "not_identified",
                    reason,
                    level,
                    small_sample=reason,
                    n_dropped=material.n_dropped,
                )
            )
            continue
        quantile = float(stats.t.ppf((1 + level) / 2, family.df))
        finer = size_family(material, _around_extremes(family, quantile)) or family
        own = family.scale[0] * np.sqrt((estimate.cell_weights[j] ** 2 * inverse_size).sum())
        member = np.concatenate([family.estimate, finer.estimate, [b]])
        error = np.concatenate([family.std_error, finer.std_error, [own]])
        p = _two_sided(member, error, family.df)
        low, high = float((member - quantile * error).min()), float((member + quantile * error).max())
        worst = int(p.argmax())
        crossing = member.min() < 0 < member.max()
        statistic = 0.0 if crossing or error[worst] == 0 else float(member[worst] / error[worst])
        rows.append(
            Inference(
                term=term.name,
                method="sup_t",
                estimate=b,
                status="ok",
                assumptions=ASSUMPTIONS,
                level=level,
                std_error=(high - low) / (2 * quantile),
                df=family.df,
                statistic=statistic,
                p_value=1.0 if crossing else float(p[worst]),
                conf_low=low,
                conf_high=high,
                small_sample=NO_SIZES if estimate.cells.weighting == "rows" else SMALL_SAMPLE,
                n_dropped=material.n_dropped,
            )
        )
    return tuple(rows)


def _around_extremes(family: Family, quantile: float) -> FloatArray:
    """Ratios between the neighbours of the members with the largest p, the lowest and the highest bound."""
    reach = quantile * family.std_error
    finite = np.clip(family.ratio, RATIOS[1] / 10, RATIOS[-2] * 10)
    fine = []
    extremes = (family.p_value.argmax(), (family.estimate - reach).argmin(), (family.estimate + reach).argmax())
    for worst in map(int, extremes):
        low, high = finite[max(worst - 1, 0)], finite[min(worst + 1, len(finite) - 1)]
        fine.append(np.geomspace(low, high, FINER))
    return np.concatenate(fine)


def collapse_covariance(estimate: Estimate) -> FloatArray:
    """(q, q) covariance of the coefficients from unweighted contrasts ("collapse"), for joint use of an event study.

    One adoption date: pooled residual covariance of the clusters' contrast vectors, divided by G-2, times 1/G1 + 1/G0.
    Several dates: covariance among the never treated of the same years' contrasts, summed over the treated divided by
    G1^2, plus that of the average contrast over G0. Clusters that miss a year of any coefficient are not used; NaN
    where fewer than two controls or no treated cluster remain. Rank is at most G-2.
    """
    cells = cluster_cells(estimate)
    material = [contrasts(estimate, cells, j) for j in range(len(estimate.terms))]
    control = set.intersection(*(set(m.control_position) for m in material))
    rows = np.array(sorted(control), dtype=np.int64)
    q = len(material)
    if len(rows) < 2 or any(len(m.treated) == 0 for m in material):
        return np.full((q, q), np.nan)
    y = np.nan_to_num(cells.mean[rows])
    treated = set.intersection(*(set(m.treated_position) for m in material))
    if treated and all(m.common for m in material):
        both = np.array(sorted(treated), dtype=np.int64)
        c = np.stack([m.vectors[0] for m in material])
        residual = np.concatenate([_centred(y @ c.T), _centred(np.nan_to_num(cells.mean[both]) @ c.T)])
        return residual.T @ residual / (len(residual) - 2) * (1 / len(both) + 1 / len(rows))
    spread = _centred(y)
    by_year = spread.T @ spread / (len(rows) - 1)
    total = np.zeros((q, q))
    average = np.stack([m.vectors.mean(axis=0) for m in material])
    for cluster in sorted(set().union(*(set(m.treated_position) for m in material))):
        share = np.zeros_like(average)
        for j, m in enumerate(material):
            share[j] = m.vectors[m.treated_position == cluster].sum(axis=0) / len(m.treated)
        total += share @ by_year @ share.T
    return total + average @ by_year @ average.T / len(rows)


def _centred(values: FloatArray) -> FloatArray:
    return values - values.mean(axis=0)


def _two_sided(estimate: FloatArray, error: FloatArray, df: int) -> FloatArray:
    t = np.divide(np.abs(estimate), error, out=np.where(estimate == 0, 0.0, np.inf), where=error > 0)
    return np.asarray(2 * stats.t.sf(t, df))


METHODS = (Method("sup_t", sup_t),)
