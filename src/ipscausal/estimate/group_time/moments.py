"""What the comparisons read of a panel: how much each municipality counts, regressors on one scale, sums of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.group_time.comparisons import Comparisons
from ipscausal.estimate.group_time.cross_sections import Cells
from ipscausal.panel import FloatArray, Panel

Weights = Literal["persons", "base_year", "municipalities"]


def keep_covariates(
    panel: Panel, municipality_covariates: Sequence[str] | None, person_covariates: Sequence[str] | None
) -> Panel:
    """The panel with the covariates named only; None = all it has. Raises UsageError for a name it does not have."""
    unit = panel.unit_covariates if municipality_covariates is None else tuple(municipality_covariates)
    person = panel.covariates if person_covariates is None else tuple(person_covariates)
    unknown = [
        f"no {kind} covariate {name!r}"
        for kind, names, known in (
            ("municipality", unit, panel.unit_covariates),
            ("person", person, panel.covariates),
        )
        for name in names
        if name not in known
    ]
    if unknown:
        held = ", ".join((*panel.unit_covariates, *panel.covariates)) or "none"
        raise UsageError("the panel does not hold the covariates", problems=tuple(unknown), remedy=f"it holds: {held}")
    if unit != panel.unit_covariates:
        columns = [panel.unit_covariates.index(name) for name in unit]
        z = panel.z[:, :, columns] if panel.z is not None and columns else None
        panel = replace(panel, unit_covariates=unit, z=z)
    if person != panel.covariates:
        rows = np.array([panel.covariates.index(name) for name in person], dtype=np.int64)
        panel = replace(
            panel, covariates=person, x=panel.x[:, :, rows], xy=panel.xy[:, :, rows],
            xx=panel.xx[:, :, rows][:, :, :, rows], outcome_covariate_covariance=None, covariate_covariance=None,
        )  # fmt: skip
    return panel


def scaled(panel: Panel) -> FloatArray:
    """(G, T, 1 + M) a constant and the municipality covariates in standard deviations from their mean; NaN unknown."""
    g, t = panel.weight.shape
    if panel.z is None:
        return np.ones((g, t, 1))
    known = np.where(panel.observed[..., None], panel.z, np.nan)
    known = known.reshape(g * t, -1)[np.isfinite(known).reshape(g * t, -1).all(axis=1)]
    if not len(known):
        raise UsageError("no municipality has all its covariates", remedy="leave out the covariates that are missing")
    spread = known.std(axis=0)
    # a covariate that does not vary stays as it is, so that the regressions name it as collinear with the constant
    return np.concatenate([np.ones((g, t, 1)), (panel.z - known.mean(axis=0)) / np.where(spread > 0, spread, 1.0)], 2)


def size(panel: Panel, weights: Weights) -> FloatArray:
    """(G, T) what each cell counts: its weight, or one where municipalities count alike."""
    return panel.observed.astype(np.float64) if weights == "municipalities" else panel.weight


def average_size(panel: Panel, weights: Weights) -> FloatArray:
    """(G,) what a municipality counts: the average of `size` over the years in which it is observed."""
    years = panel.observed.sum(axis=1)
    return np.asarray(size(panel, weights).sum(axis=1) / np.maximum(years, 1))


def cells(panel: Panel, pairs: Comparisons, regressors: FloatArray, weights: Weights) -> Cells:
    """Sums of the cells of each comparison; outcome and person covariates about their averages.

    regressors: (G, T, 1 + M) of `scaled`. Cells with a covariate missing are not in the comparison.
    """
    total = panel.weight.sum()
    factor = np.divide(size(panel, weights), panel.weight, out=np.zeros_like(panel.weight), where=panel.observed)
    factor = factor * np.isfinite(regressors).all(axis=2)
    weight = panel.weight * factor
    z = np.where(factor[..., None] > 0, regressors, 0.0)
    level, average = panel.y.sum() / total, panel.x.sum(axis=(0, 1)) / total
    y = (panel.y - panel.weight * level) * factor
    # person covariates: shifted sums, then scaled by their spread over all observations
    spread = np.sqrt(np.maximum(np.einsum("gtkk->k", panel.xx) / total - average**2, 0.0))
    unit = 1 / np.where(spread > 0, spread, 1.0)
    x = (panel.x - panel.weight[..., None] * average) * factor[..., None] * unit
    xx = (
        panel.xx
        - panel.x[..., None] * average
        - average[:, None] * panel.x[:, :, None, :]
        + panel.weight[..., None, None] * (average[:, None] * average)
    ) * (factor[..., None, None] * unit[:, None] * unit)
    xy = (
        (panel.xy - panel.x * level - (panel.y - panel.weight * level)[..., None] * average)
        * factor[..., None] * unit
    )  # fmt: skip
    wz = weight[..., None] * z
    cross = z[..., :, None] * x[..., None, :]
    squares = np.block([[wz[..., None] * z[..., None, :], cross], [cross.swapaxes(2, 3), xx]])
    inside = (pairs.treated | pairs.control)[:, None]
    years = np.stack([pairs.base, pairs.year], axis=1)

    def of_pairs(values: FloatArray) -> FloatArray:
        picked = np.moveaxis(values[:, years], 0, 2)
        return np.asarray(picked * inside.reshape(*inside.shape, *[1] * (values.ndim - 2)))

    return Cells(
        of_pairs(weight), of_pairs(y), of_pairs(np.concatenate([wz, x], 2)), of_pairs(squares),
        of_pairs(np.concatenate([z * y[..., None], xy], 2)),
    )  # fmt: skip
