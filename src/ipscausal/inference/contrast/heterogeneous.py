"""Two-sample t statistics that let every municipality have its own variance, or each group its own.

t = (mean W_1 - mean W_0) / sqrt(S_1^2/G1 + S_0^2/G0), at least two municipalities on either side. `im` (Ibragimov and
Mueller 2016) compares it with t(min(G1, G0) - 1), which is conservative however the variances differ; `welch` with
Satterthwaite's degrees of freedom, exact in no case and too eager with two municipalities in a group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import (
    Contrasts,
    Forms,
    cluster_means,
    contrasts,
    linear_forms,
    own_outcomes,
)
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference, Status, no_number, t_row
from ipscausal.inference.t_trial import no_trial, t_p_value
from ipscausal.panel import FloatArray

LEAST_WELCH = 3  # with two in a group its size reaches 7 to 10 % at a nominal 5 %

ASSUMPTIONS = {
    "im": "Municipalities independent, contrasts normal, each with a variance of its own.",
    "welch": "Municipalities independent, contrasts normal, one variance among the treated and one among the controls.",
}
SMALL_SAMPLE = {"im": "t(min(G1, G0) - 1)", "welch": "Satterthwaite degrees of freedom"}
TOO_FEW = "Needs at least two treated and two never-treated municipalities with all years needed."

Df = Callable[[FloatArray, FloatArray, int, int], FloatArray]


def comparable(forms: Forms, outcomes: FloatArray) -> Contrasts:
    """Contrasts of outcomes (B, G, T) with the same common years in all.

    With several dates a treated contrast W_g loses (c_g - average c)' times the controls' yearly means: what happened
    to everybody in its own years is no variance of the treated. The mean of the treated stays.
    """
    material = contrasts(forms, outcomes)
    year = cluster_means(forms, outcomes)[:, forms.control_position].mean(axis=1)
    return Contrasts(material.treated - year @ (forms.vectors - forms.average).T, material.control)


def two_sample(material: Contrasts, df: Df) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Estimate, standard error and degrees of freedom, each (B,)."""
    n1, n0 = material.treated.shape[1], material.control.shape[1]
    v1, v0 = material.treated.var(axis=1, ddof=1) / n1, material.control.var(axis=1, ddof=1) / n0
    return material.difference, np.sqrt(v1 + v0), df(v1, v0, n1, n0)


def smaller_group(v1: FloatArray, v0: FloatArray, n1: int, n0: int) -> FloatArray:
    """(B,) min(n1, n0) - 1."""
    return np.full(len(v1), min(n1, n0) - 1.0)


def satterthwaite(v1: FloatArray, v0: FloatArray, n1: int, n0: int) -> FloatArray:
    """(B,) degrees of freedom of v1 + v0, the estimated variances of two means; n1 + n0 - 2 where both are 0."""
    below = v1**2 / (n1 - 1) + v0**2 / (n0 - 1)
    return np.divide((v1 + v0) ** 2, below, out=np.full(len(v1), n1 + n0 - 2.0), where=below > 0)


def _identified(forms: Forms) -> bool:
    return min(len(forms.treated_position), len(forms.control_position)) > 1


def _status(name: str, forms: Forms) -> Status:
    if name == "im":
        return "conservative"
    smallest = min(len(forms.treated_position), len(forms.control_position))
    return "ok" if smallest >= LEAST_WELCH else "known_invalid"


def _method(name: str, df: Df) -> Method:
    def infer(estimate: Estimate, options: Options) -> tuple[Inference, ...]:
        return tuple(one(estimate, j, options.level) for j in range(len(estimate.terms)))

    def one(estimate: Estimate, j: int, level: float) -> Inference:
        forms, term = linear_forms(estimate, j), estimate.terms[j].name
        if not _identified(forms):
            return no_number(term, name, TOO_FEW, level, n_dropped=forms.n_dropped)
        b, error, freedom = (float(x[0]) for x in two_sample(comparable(forms, own_outcomes(estimate)), df))
        row = t_row(
            term, name, b, error, freedom, level=level, status=_status(name, forms), assumptions=ASSUMPTIONS[name],
            small_sample=SMALL_SAMPLE[name],
        )  # fmt: skip
        return replace(row, n_dropped=forms.n_dropped)

    def prepare(estimate: Estimate, j: int, options: Options) -> Trial:
        forms = linear_forms(estimate, j)
        if not _identified(forms):
            return no_trial
        return lambda outcomes: t_p_value(*two_sample(comparable(forms, outcomes), df))

    return Method(name, infer, prepare, "contrast", "contrasts")


METHODS = (_method("im", smaller_group), _method("welch", satterthwaite))
