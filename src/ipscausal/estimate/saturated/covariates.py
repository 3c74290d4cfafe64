"""Covariates of a saturated regression: slopes by year, by cohort, and in every treated cohort and year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.adjustment import by_year, changes, municipality_values
from ipscausal.estimate.controls import NO_COVARIATE, Absorbed, Controls, joined
from ipscausal.panel import BoolArray, FloatArray, Panel

ROUNDING = 1e-12


def choose(panel: Panel, persons: Sequence[str] | None, municipalities: Sequence[str] | None) -> Panel:
    """The panel with these of its covariates only, all by default. Raises UsageError for a name it does not have."""
    own = panel.covariates if persons is None else tuple(persons)
    of_units = panel.unit_covariates if municipalities is None else tuple(municipalities)
    unknown = [name for name in own if name not in panel.covariates]
    unknown += [name for name in of_units if name not in panel.unit_covariates]
    if unknown:
        raise UsageError(
            f"no covariate {', '.join(unknown)} in the panel",
            remedy=f"of persons: {', '.join(panel.covariates) or 'none'}; "
            f"of municipalities: {', '.join(panel.unit_covariates) or 'none'}",
        )
    k = [panel.covariates.index(name) for name in own]
    m = [panel.unit_covariates.index(name) for name in of_units]
    with_y, of_x = panel.outcome_covariate_covariance, panel.covariate_covariance
    return replace(
        panel,
        covariates=own,
        x=panel.x[..., k],
        xx=panel.xx[..., k, :][..., k],
        xy=panel.xy[..., k],
        outcome_covariate_covariance=None if with_y is None else with_y[..., k],
        covariate_covariance=None if of_x is None else of_x[..., k, :][..., k],
        unit_covariates=of_units,
        z=None if panel.z is None or not m else panel.z[..., m],
    )


def saturated_covariates(cells: Panel, focus: BoolArray, absorbed: Absorbed) -> Controls:
    """Slopes of every covariate of the panel that differ by year, by cohort, and in each term of focus (q, G, T).

    In a term a covariate counts from its average over the term's observations, so that the term is the average effect
    over them; the slopes say how the effect varies around it.
    """
    names = (*cells.covariates, *cells.unit_covariates)
    out = by_year(cells, names, absorbed)
    cohorts = np.unique(cells.adoption[cells.treated])
    of_cohort = np.repeat((cells.adoption[:, None] == cohorts)[:, None, :], len(cells.years), axis=1)
    labels = [f"cohort_{int(cohort)}" for cohort in cohorts]
    # a value that stays the same is absorbed with its municipality, by cohort or not
    by_cohort = [
        name
        for name in names
        if absorbed == "none" or name in cells.covariates or changes(cells, municipality_values(cells, [name]))
    ]
    out = joined(out, _times(cells, by_cohort, of_cohort.astype(np.float64), labels, "panel"))
    of_term = np.moveaxis(focus, 0, 2).astype(np.float64)
    return joined(out, _times(cells, names, of_term, [f"effect_{j + 1}" for j in range(len(focus))], "column"))


def _times(cells: Panel, names: Sequence[str], columns: FloatArray, labels: Sequence[str], centre: str) -> Controls:
    """Each covariate times each of the columns (G, T, c), less its average over the panel or where the column is on."""
    weight = cells.weight[..., None]
    size = (weight * columns).sum(axis=(0, 1))
    share = np.divide(1.0, size, out=np.zeros(size.shape), where=size > 0)
    constant, slope, covariate = [], [], []
    for name in names:
        if name in cells.covariates:
            k = cells.covariates.index(name)
            x = cells.x[..., k, None]
            mean = (x * columns).sum(axis=(0, 1)) * share if centre == "column" else x.sum() / cells.weight.sum()
            constant.append(-mean * columns)
            slope.append(columns)
            covariate += [k] * columns.shape[2]
        else:
            value = municipality_values(cells, [name])
            mean = (value * weight * columns).sum(axis=(0, 1)) * share if centre == "column" else 0.0
            deviation = value - mean
            # where a municipality is its own average nothing but rounding is left
            deviation[np.abs(deviation) <= ROUNDING * np.abs(value).max()] = 0.0
            constant.append(deviation * columns)
            slope.append(np.zeros_like(columns))
            covariate += [NO_COVARIATE] * columns.shape[2]
    none = np.zeros((*cells.weight.shape, 0))
    return Controls(
        tuple(f"{name}:{label}" for name in names for label in labels),
        np.concatenate([none, *constant], axis=2),
        np.concatenate([none, *slope], axis=2),
        np.array(covariate, dtype=np.int64),
    )
