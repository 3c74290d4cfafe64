"""Linear trends of municipalities and covariates interacted with year, and what they cost in variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.controls import NO_COVARIATE, Absorbed, Controls
from ipscausal.estimate.least_squares import solve
from ipscausal.estimate.model import Estimate
from ipscausal.panel import BoolArray, FloatArray, Panel

Trends = Literal["none", "municipality"]
ABSORBED: dict[str, Absorbed] = {"none": "effects", "municipality": "trends"}


@dataclass(frozen=True, slots=True)
class VarianceCost:
    """Variance of each coefficient as a multiple of what it is in the plain regression on the same cells.

    terms: q names. ratio: (q,) with errors of equal variance, independent between observations: it is known from the
    design before any outcome is seen. With errors that drift it is the plain regression that understates.
    trends, interacted: what the plain regression does not have.
    """

    terms: tuple[str, ...]
    ratio: FloatArray
    trends: Trends
    interacted: tuple[str, ...]

    def __post_init__(self) -> None:
        self.ratio.flags.writeable = False


def variance_cost(estimate: Estimate) -> VarianceCost:
    """What trends and interactions of `did` or `event_study` cost. Raises UsageError where there is no regression."""
    equations, q = estimate.regression, len(estimate.terms)
    plain = solve(estimate.cells, estimate.design).bread
    ratio = np.diag(equations.bread)[:q] / np.diag(plain)[:q]
    covariates = tuple(dict.fromkeys(name.split(":")[0] for name in equations.controls.names))
    trends: Trends = "municipality" if equations.controls.absorbed == "trends" else "none"
    return VarianceCost(tuple(term.name for term in estimate.terms), ratio, trends, covariates)


def by_year(panel: Panel, names: Sequence[str], absorbed: Absorbed = "effects") -> Controls:
    """A slope of its own in each year for each covariate: of persons, or of municipalities.

    Columns "x:2012", and the covariate of a municipality itself, which matters where it changes over the years.
    Municipality covariates must be known in every observed cell (`known`). Raises UsageError for a name of neither.
    """
    t = len(panel.years)
    unknown = [name for name in names if name not in (*panel.covariates, *panel.unit_covariates)]
    if unknown or len(set(names)) < len(names):
        raise UsageError(
            f"covariates to interact: {', '.join(unknown or names)} not in the panel, or named twice",
            remedy=f"it has {', '.join((*panel.covariates, *panel.unit_covariates)) or 'none'}",
        )
    columns: list[str] = []
    constant, slope, covariate = [], [], []
    of_year = np.eye(t)[None, :, 1:]
    for name in names:
        columns += [f"{name}:{year}" for year in panel.years[1:]]
        if name in panel.covariates:
            k = panel.covariates.index(name)
            centre = panel.x[..., k].sum() / panel.weight.sum()
            slope.append(np.broadcast_to(of_year, (len(panel.municipality), t, t - 1)))
            constant.append(-centre * slope[-1])
            covariate += [k] * (t - 1)
        else:
            value = municipality_values(panel, [name])
            constant.append(value * of_year)
            if absorbed == "none" or changes(panel, value):
                columns.append(f"{name}:level")
                constant[-1] = np.concatenate([constant[-1], value], axis=2)
            slope.append(np.zeros_like(constant[-1]))
            covariate += [NO_COVARIATE] * constant[-1].shape[2]
    none = np.zeros((*panel.weight.shape, 0))
    return Controls(
        tuple(columns),
        np.concatenate([none, *constant], axis=2),
        np.concatenate([none, *slope], axis=2),
        np.array(covariate, dtype=np.int64),
        absorbed,
    )


def municipality_values(panel: Panel, names: Sequence[str]) -> FloatArray:
    """(G, T, M) municipality covariates less their weighted average, 0 in empty cells."""
    if panel.z is None or not names:
        return np.zeros((*panel.weight.shape, 0))
    chosen = [panel.unit_covariates.index(name) for name in names]
    value = np.where(panel.observed[..., None], panel.z[..., chosen], 0.0)
    mean = (value * panel.weight[..., None]).sum(axis=(0, 1)) / panel.weight.sum()
    return np.where(panel.observed[..., None], value - mean, 0.0)


def changes(panel: Panel, value: FloatArray) -> bool:
    """Whether a municipality covariate (G, T, 1) takes several values over the observed years of a municipality."""
    low = np.where(panel.observed, value[..., 0], np.inf).min(axis=1)
    high = np.where(panel.observed, value[..., 0], -np.inf).max(axis=1)
    return bool((high > low).any())


def known(panel: Panel, names: Sequence[str]) -> BoolArray:
    """(G,) True where those of the names that are municipality covariates are known in every observed cell."""
    chosen = [panel.unit_covariates.index(name) for name in names if name in panel.unit_covariates]
    if panel.z is None or not chosen:
        return np.ones(len(panel.municipality), dtype=bool)
    missing = np.isnan(panel.z[..., chosen]).any(axis=2) & panel.observed
    return np.asarray(~missing.any(axis=1))
