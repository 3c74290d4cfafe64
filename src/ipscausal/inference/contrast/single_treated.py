"""One treated cluster, any variances of the controls: the t test of Lau and Li (arXiv:2511.05710, 2025) and the
rearrangement test of Hagemann (REStud 92, 2025).

Both take contrasts as independent and normal and need a bound rho (`Options.shock_ratio`) on how much noisier the
treated may be: its standard deviation is at most rho times that of every control. m controls, W_1 the treated's.

Lau and Li: T = (W_1 - mean W_0)/S_0, and the worst case over all variances of the controls is that of equal ones, so
the critical value is sqrt(rho^2 + 1/m) t_{m-1, 1-alpha/2}; at rho = 1 the collapse t(G - 2). That holds for errors
alpha up to a limit that rises with rho (their Table 2: 4.5 % at 0.2, 7.3 % at 0.5, 9.0 % at 1 with ten controls; 6.4 %
at 0.5, 9.5 % at 1 with five). `closed_form_limit` stays below all of these; beyond it there is no number.

Hagemann: an effect above zero if (1 - w)(W_1 - mean W_0) > max_j (W_0j - mean W_0), with the smallest weight w at
which the probability under the null, at most

    xi(w) = 2^-(m+1) + int_0^inf Phi((1-w) rho y)^(m-1) phi(y) dy + min_t [Phi(sqrt(m-1) w t)^(m-1) + 2 Phi(-m t)],

is no larger than alpha; two-sided with alpha/2 either way. The p-value is the smallest alpha at which it rejects. The
paper's default bound is rho = 2; here it is the package's, 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import special, stats

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.collapse import noise_ratio, status_of
from ipscausal.inference.contrast.contrasts import Forms, contrasts, linear_forms, own_outcomes
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, Status, no_number, t_row
from ipscausal.inference.t_trial import no_trial, t_p_value
from ipscausal.panel import FloatArray

WEIGHTS = np.linspace(0, 1, 10_001)  # steps of the weight w
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(160)
FAR = 12.0  # where the normal density ends
GOLDEN = (np.sqrt(5) - 1) / 2

LAU_LI = (
    "Municipalities independent, contrasts normal; the treated municipality's is at most {rho:g} times as volatile "
    "as that of every control."
)
ONLY_ONE = "For exactly one treated municipality."
TOO_FEW = "Needs at least two never-treated municipalities with all years needed."
BEYOND_LIMIT = "The closed-form critical value is not established at this level and shock ratio."
INFEASIBLE = "With {m} controls and shock ratio {rho:g} no weight keeps the rearrangement test at its level."


def closed_form_limit(rho: float) -> float:
    """Largest two-sided error at which the closed-form critical value is used: 6 % from rho = 0.5, 4 % from 0.2."""
    if rho >= 0.5:
        return 0.06
    return 0.04 if rho >= 0.2 else 0.0


def widening(m: int, rho: float) -> float:
    """sqrt(rho^2 + 1/m): times the spread of m controls, what the difference is held against by t(m - 1)."""
    return float(np.sqrt(rho**2 + 1 / m))


def breakdown_ratio(statistic: float, m: int, level: float) -> float:
    """Largest rho at which |T| = |statistic| still rejects at 1 - level, 0 where it does not at any."""
    ratio = statistic / float(stats.t.ppf((1 + level) / 2, m - 1))
    return float(np.sqrt(max(0.0, ratio**2 - 1 / m)))


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The treated beside the controls in B data sets: difference W_1 - mean W_0, spread S_0, and largest and smallest
    control contrast less the controls' mean, each (B,)."""

    difference: FloatArray
    spread: FloatArray
    highest: FloatArray
    lowest: FloatArray


def standing(forms: Forms, outcomes: FloatArray) -> Standing:
    """Standing of the single treated cluster of `forms` in outcomes (B, G, T)."""
    material = contrasts(forms, outcomes)
    centred = material.control - material.control.mean(axis=1, keepdims=True)
    return Standing(
        material.difference, material.control.std(axis=1, ddof=1), centred.max(axis=1), centred.min(axis=1)
    )  # fmt: skip


def lau_li_breakdown(estimate: Estimate, j: int, level: float) -> float | None:
    """Lau and Li's rho*: the result survives unless the treated is more than rho* times as volatile as the least
    volatile control. None unless exactly one cluster is treated and two controls are there."""
    forms = linear_forms(estimate, j)
    if _reason(forms):
        return None
    seen = standing(forms, own_outcomes(estimate))
    if seen.spread[0] == 0:
        return None
    return breakdown_ratio(float(seen.difference[0] / seen.spread[0]), len(forms.control_position), level)


def _reason(forms: Forms) -> str:
    """Why neither test applies, empty where both may."""
    if len(forms.treated_position) != 1:
        return ONLY_ONE
    return TOO_FEW if len(forms.control_position) < 2 else ""


def _lau_li_reason(forms: Forms, options: Options) -> str:
    beyond = 1 - options.level > closed_form_limit(options.shock_ratio) + 1e-12
    return _reason(forms) or (BEYOND_LIMIT if beyond else "")


def lau_li(estimate: Estimate, options: Options) -> tuple[Inference, ...]:
    """One row per coefficient: difference over S_0 sqrt(rho^2 + 1/m) against t(m - 1)."""
    rows = []
    for j, term in enumerate(estimate.terms):
        forms = linear_forms(estimate, j)
        reason = _lau_li_reason(forms, options)
        if reason:
            rows.append(no_number(term.name, "lau_li", reason, options.level, n_dropped=forms.n_dropped))
            continue
        seen, m = standing(forms, own_outcomes(estimate)), len(forms.control_position)
        error = float(seen.spread[0]) * widening(m, options.shock_ratio)
        row = t_row(
            term.name, "lau_li", float(seen.difference[0]), error, m - 1, level=options.level,
            status=_status(forms, options.shock_ratio),
            assumptions=_assumptions(forms, options.shock_ratio),
            small_sample="none: exact bound over all variances of the controls",
        )  # fmt: skip
        rows.append(replace(row, n_dropped=forms.n_dropped))
    return tuple(rows)


def _assumptions(forms: Forms, rho: float) -> str:
    """The bound, and the ratio that sizes alone give where it is larger."""
    by_size = float(np.sqrt(forms.treated_inverse_size[0] / forms.control_inverse_size.min()))
    text = LAU_LI.format(rho=rho)
    return (
        text if by_size <= rho * (1 + 1e-9) else f"{text} Sampling noise alone, by size, has a ratio of {by_size:.2g}."
    )


def _status(forms: Forms, rho: float) -> Status:
    """As for the collapse t, by what the test at rho claims for the variance of the difference."""
    m = len(forms.control_position)
    return status_of(noise_ratio(forms, np.inf) * (1 + 1 / m) / (rho**2 + 1 / m))


def _prepare_lau_li(estimate: Estimate, j: int, options: Options) -> Trial:
    forms = linear_forms(estimate, j)
    if _lau_li_reason(forms, options):
        return no_trial
    m = len(forms.control_position)
    factor = widening(m, options.shock_ratio)

    def trial(outcomes: FloatArray) -> FloatArray:
        seen = standing(forms, outcomes)
        return t_p_value(seen.difference, factor * seen.spread, m - 1)

    return trial


@lru_cache(maxsize=64)
def error_bound(m: int, rho: float) -> FloatArray:
    """xi at every weight of the grid, read-only: the one-sided error with m controls and bound rho."""
    y = (NODES + 1) / 2 * FAR
    density = NODE_WEIGHTS * FAR / 2 * stats.norm.pdf(y)
    middle = special.ndtr((1 - WEIGHTS)[:, None] * rho * y) ** (m - 1) @ density
    low, high = np.zeros(len(WEIGHTS)), np.full(len(WEIGHTS), 2.0)

    def last(t: FloatArray) -> FloatArray:
        return np.asarray(special.ndtr(np.sqrt(m - 1) * WEIGHTS * t) ** (m - 1) + 2 * special.ndtr(-m * t))

    for _ in range(40):  # golden section, for all weights at once
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        lower = last(left) < last(right)
        low, high = np.where(lower, low, left), np.where(lower, right, high)
    bound = 2.0 ** -(m + 1) + middle + last((low + high) / 2)
    bound.flags.writeable = False
    return np.asarray(bound)


def rearrangement_weight(m: int, alpha: float, rho: float) -> float | None:
    """Smallest weight of the grid at which the one-sided error is at most alpha; None where there is none."""
    enough = np.flatnonzero(error_bound(m, rho) <= alpha)
    return float(WEIGHTS[enough[0]]) if len(enough) else None


def rearrangement_p(m: int, rho: float, seen: Standing) -> FloatArray:
    """(B,) twice the smallest error at which the test rejects on the side of the estimate, at most 1."""
    size = np.abs(seen.difference)
    opposed = np.where(seen.difference >= 0, seen.highest, -seen.lowest)
    largest = 1 - np.divide(opposed, size, out=np.full(len(size), np.inf), where=size > 0)
    # the test rejects with any weight strictly below `largest`
    least = np.minimum.accumulate(error_bound(m, rho))
    position = np.searchsorted(WEIGHTS, largest, side="left") - 1
    return np.where(position >= 0, np.minimum(1.0, 2 * least[np.maximum(position, 0)]), 1.0)


def _hagemann_weight(forms: Forms, options: Options) -> float | str:
    """The weight of the two-sided test, or why there is none."""
    reason = _reason(forms)
    if reason:
        return reason
    m = len(forms.control_position)
    weight = rearrangement_weight(m, (1 - options.level) / 2, options.shock_ratio)
    return INFEASIBLE.format(m=m, rho=options.shock_ratio) if weight is None else weight


def hagemann(estimate: Estimate, options: Options) -> tuple[Inference, ...]:
    """One row per coefficient; the interval holds the effects that neither one-sided test rejects."""
    rows = []
    for j, term in enumerate(estimate.terms):
        forms = linear_forms(estimate, j)
        weight = _hagemann_weight(forms, options)
        if isinstance(weight, str):
            rows.append(no_number(term.name, "hagemann", weight, options.level, n_dropped=forms.n_dropped))
            continue
        seen, m = standing(forms, own_outcomes(estimate)), len(forms.control_position)
        b = float(seen.difference[0])
        reach = (np.array([seen.highest[0], -seen.lowest[0]])) / (1 - weight) if weight < 1 else np.full(2, np.inf)
        rows.append(
            Inference(
                term=term.name,
                method="hagemann",
                estimate=b,
                status="known_invalid" if _status(forms, options.shock_ratio) == "known_invalid" else "conservative",
                assumptions=_assumptions(forms, options.shock_ratio),
                level=options.level,
                statistic=b,
                p_value=float(rearrangement_p(m, options.shock_ratio, seen)[0]),
                conf_low=b - float(reach[0]),
                conf_high=b + float(reach[1]),
                p_floor=float(2 * error_bound(m, options.shock_ratio).min()),
                small_sample=f"none: a bound on the error at weight {weight:.4f}",
                n_dropped=forms.n_dropped,
            )
        )
    return tuple(rows)


def _prepare_hagemann(estimate: Estimate, j: int, options: Options) -> Trial:
    forms = linear_forms(estimate, j)
    if isinstance(_hagemann_weight(forms, options), str):
        return no_trial
    m = len(forms.control_position)
    return lambda outcomes: rearrangement_p(m, options.shock_ratio, standing(forms, outcomes))


METHODS = (
    Method("lau_li", lau_li, _prepare_lau_li, "contrast", "contrasts"),
    Method("hagemann", hagemann, _prepare_hagemann, "contrast", "contrasts"),
)
