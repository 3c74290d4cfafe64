"""What municipality shocks mean for one coefficient: how large they may be, and what ignoring them costs.

The variance of a coefficient with cell weights L is sum_c L_c'(r_c^2 sigma^2 R(rho) + S_c)L_c: shocks of standard
deviation sigma and persistence rho, sampling noise S_c known from the persons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import linear_forms
from ipscausal.inference.options import Options
from ipscausal.inference.shock.grid import correlation
from ipscausal.inference.shock.mixture import weighted_quantile
from ipscausal.inference.shock.panel_gls import ShockDesign
from ipscausal.inference.shock.posterior import shock_design
from ipscausal.panel import FloatArray

RHO = (0.0, 0.4, 0.8)  # persistences that a breakdown is reported for
RANGE = (0.1, 0.9)
DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Shock standard deviation, in units of the outcome, at which a coefficient stops being distinct from zero.

    rho, sigma: by persistence; sigma is 0 where sampling noise alone suffices. smallest: over the persistences.
    """

    rho: tuple[float, ...]
    sigma: tuple[float, ...]

    @property
    def smallest(self) -> float:
        """The breakdown to quote: at the persistence that hurts most."""
        return min(self.sigma)


@dataclass(frozen=True, slots=True)
class Moulton:
    """Design Moulton factor: standard deviation of the coefficient, shocks included, over the conventional error.

    factor: at the posterior mean of the variance; rate: false-positive rate of the conventional p, averaged over the
    posterior; *_low, *_high: 10th and 90th percentile of the posterior.
    """

    factor: float
    factor_low: float
    factor_high: float
    rate: float
    rate_low: float
    rate_high: float


def breakdown_shock_sd(
    estimate: Estimate,
    j: int,
    options: Options = DEFAULT,
    rho: tuple[float, ...] = RHO,
    critical: float | None = None,
) -> Breakdown | None:
    """The sigma at which |coefficient j| = critical x standard deviation; None where sampling noise is not known.

    critical: the normal quantile at `level` unless given, for the variance is taken as known.
    """
    design = shock_design(estimate, options)
    if design is None:
        return None
    threshold = float(ndtri((1 + options.level) / 2)) if critical is None else critical
    shock, noise = variance_parts(estimate, j, design, np.array(rho))
    room = max((float(estimate.coef[j]) / threshold) ** 2 - noise, 0.0)
    return Breakdown(rho, tuple(float(s) for s in np.sqrt(room / shock)))


def moulton_factor(
    estimate: Estimate,
    j: int,
    sigma: FloatArray,
    rho: FloatArray,
    weight: FloatArray,
    std_error: float,
    options: Options = DEFAULT,
) -> Moulton | None:
    """Factor of coefficient j over a posterior (K,) of shocks; None where sampling noise is not known.

    std_error: the conventional one, positive. With a standard error that does not vary between data sets the
    conventional test rejects a true null with probability 2 Phi(-z / factor).
    """
    design = shock_design(estimate, options)
    if design is None:
        return None
    shock, noise = variance_parts(estimate, j, design, rho)
    variance = sigma**2 * shock + noise
    factor = np.sqrt(variance) / std_error
    rate = 2 * ndtr(-float(ndtri((1 + options.level) / 2)) / factor)
    low, high = (weighted_quantile(factor, weight, p) for p in RANGE)
    rate_low, rate_high = (weighted_quantile(rate, weight, p) for p in RANGE)
    return Moulton(
        float(np.sqrt(weight @ variance)) / std_error, low, high, float(weight @ rate), rate_low, rate_high
    )  # fmt: skip


def person_level_error(estimate: Estimate, j: int) -> float | None:
    """Standard error of coefficient j were all person-years independent: sqrt(sum L^2 s^2 / n), as in HC1 on the rows.

    A person counts anew in every year; that is what a regression on person-years without clustering takes for granted.
    None where variances inside cells are not known.
    """
    cells = estimate.cells
    if cells.within_variance is None:
        return None
    weight = estimate.cell_weights[j]
    noise = np.divide(weight**2 * cells.within_variance, cells.persons, out=np.zeros(weight.shape), where=weight != 0)
    return float(np.sqrt(noise.sum())) if np.isfinite(noise).all() else None


def icc_year(estimate: Estimate, shock_variance: float) -> float | None:
    """Share of a person-year's variance that is shared by the municipality's year: sigma^2 / (sigma^2 + s^2).

    shock_variance: sigma^2, as of a posterior. s^2 is pooled over cells with n - 1; None where it is not known.
    """
    panel = estimate.cells
    if panel.within_variance is None:
        return None
    df = np.where(panel.observed, np.maximum(panel.persons - 1, 0), 0.0)
    if df.sum() == 0:
        return None
    within = float((df * np.nan_to_num(panel.within_variance)).sum() / df.sum())
    return shock_variance / (shock_variance + within) if shock_variance + within > 0 else None


def variance_parts(estimate: Estimate, j: int, design: ShockDesign, rho: FloatArray) -> tuple[FloatArray, float]:
    """(K,) variance of coefficient j from shocks of unit size at each rho, and its sampling variance."""
    forms = linear_forms(estimate, j)
    weights = np.add.reduceat(estimate.cell_weights[j][forms.order], forms.starts, axis=0)
    scaled = weights * design.ratio[:, None]
    shock = np.einsum("ct,kts,cs->k", scaled, correlation(rho, design.years), scaled, optimize=True)
    return shock, float(np.einsum("ct,cts,cs->", weights, design.covariance, weights, optimize=True))
