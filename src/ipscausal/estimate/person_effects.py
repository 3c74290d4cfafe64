"""Two-way fixed effects of persons and years, exactly as on the rows, from groups of persons seen in the same years.

With regressors z that depend on municipality and year alone, a person i of municipality g seen in the years P_i has
z less its mean over P_i. Persons of one g and one P add up, so with n_P of them, sums y_P(t) and |P| years

    A_g = sum_P n_P sum_{t in P} z~ z~',   b_g = sum_P sum_{t in P} z~ y_P(t),   z~ = z_gt - mean of z_g over P

are those of the regression on persons: least squares on the groups with an effect of each group, added up by
municipality. The same numbers in cells: with M_g[t, s] = sum_P n_P (1{t = s in P} - 1{t, s in P} / |P|) and r_g(t) the
sum of y less each person's own mean, A_g = Z'M_g Z and b_g = Z'r_g = Z'M_g a_g, where a_g = M_g^+ r_g are the means of
the municipality by year with its persons held fixed. The coefficients are linear in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.assemble import effects_from_weights, in_estimation, keep_where
from ipscausal.estimate.controls import no_controls
from ipscausal.estimate.design import Design, did_design, event_study_design
from ipscausal.estimate.least_squares import cell_weights, solve
from ipscausal.estimate.model import PERSON_EFFECTS, Estimate, NormalEquations
from ipscausal.estimate.twfe import require_identified
from ipscausal.panel import FloatArray, Panel
from ipscausal.person_groups import PersonGroups

FLAT = 1e-10  # eigenvalue, relative to the largest, below which years of a municipality share no person


def did_of_persons(panel: Panel, anticipation: int = 0) -> Estimate:
    """Coefficient of exposure with person and year effects, as on the rows; clusters are those of the panel.

    Persons seen in one year only say nothing of a change and are not counted. Person covariates are left out: what
    does not change over the years is in the person's effect, and age is in the two effects together.
    Raises UsageError for a panel that does not tell persons apart, IdentificationError as `did`.
    """
    return _fit(panel, did_design(anticipation), partial(did_of_persons, anticipation=anticipation))


def event_study_of_persons(
    panel: Panel,
    window: tuple[int, int] = (-4, 3),
    reference: int = -1,
    outside: Literal["bin", "drop"] = "bin",
    anticipation: int = 0,
) -> Estimate:
    """Coefficients of time since adoption with person and year effects. Options as `event_study`; raises likewise."""
    again = partial(
        event_study_of_persons, window=window, reference=reference, outside=outside, anticipation=anticipation
    )
    used, _ = in_estimation(of_persons(panel))
    return _fit(panel, event_study_design(used, window, reference, outside, anticipation), again)


def of_persons(panel: Panel) -> Panel:
    """The panel of the persons seen in two years or more, each in the municipality whose exposure they have.

    Nothing is known of sampling noise there: the covariance of cell means is that of other means.
    """
    groups = _groups(panel).seen_again()
    g, t = panel.weight.shape
    persons, y, yy = (groups.by_municipality(of, g) for of in (groups.weight, groups.y, groups.yy))
    return replace(
        panel, weighting="persons", weight=persons, persons=persons, y=y, yy=yy, covariates=(),
        x=np.zeros((g, t, 0)), xx=np.zeros((g, t, 0, 0)), xy=np.zeros((g, t, 0)), within_variance=None,
        mean_covariance=None, outcome_covariate_covariance=None, covariate_covariance=None, dose=None,
        person_count=int(groups.persons.sum()), person_groups=groups,
    )  # fmt: skip


def _fit(panel: Panel, design: Design, refit: Callable[[Panel], Estimate]) -> Estimate:
    panel, left_out = in_estimation(of_persons(panel))
    require_identified(panel, design, left_out)
    cells = of_persons(panel.without(design.left_out(panel.event_time, panel.adoption)))
    panel, cells, left_out = keep_where(panel, cells, np.asarray(cells.observed.any(axis=1)), "empty", left_out)
    groups = _groups(cells)
    equations = _by_municipality(solve(_as_units(cells, groups), design), groups, cells)
    q, columns = len(design.terms), len(equations.columns)
    fit = effects_from_weights(
        PERSON_EFFECTS, panel, design, cell_weights(equations, q), equations.scores @ equations.bread[:, :q],
        refit=refit, cells=cells, coef=equations.solution[:q], n_parameters=columns + 1, left_out=left_out,
    )  # fmt: skip
    return replace(
        fit,
        adjusted_mean=_means_of_the_same_persons(cells, groups),
        residual_df=fit.n_observations - columns - float(groups.persons.sum()),
        equations=equations,
    )


def _groups(panel: Panel) -> PersonGroups:
    if panel.person_groups is None:
        raise UsageError(
            "the panel does not tell in which years a person is counted, which person effects need",
            remedy='set person_effects in [design] of the study ("first", "separate" or "exclude") and count anew',
        )
    return panel.person_groups


def _as_units(cells: Panel, groups: PersonGroups) -> Panel:
    """Each group as a municipality of its own: its effect takes out what its persons' effects take out."""
    of, weight = groups.municipality, groups.weight
    r, t = weight.shape
    return Panel(
        municipality=tuple(str(i) for i in range(r)),
        years=cells.years,
        adoption=cells.adoption[of],
        outcome=cells.outcome,
        unit=cells.unit,
        weighting="persons",
        weight=weight,
        persons=weight,
        y=groups.y,
        yy=groups.yy,
        covariates=(),
        x=np.zeros((r, t, 0)),
        xx=np.zeros((r, t, 0, 0)),
        xy=np.zeros((r, t, 0)),
        cluster=tuple(cells.cluster[g] for g in of),
    )


def _by_municipality(equations: NormalEquations, groups: PersonGroups, cells: Panel) -> NormalEquations:
    """The regression on groups, its sums per municipality."""
    g = len(cells.municipality)
    return replace(
        equations,
        gram=groups.by_municipality(equations.gram, g),
        moment=groups.by_municipality(equations.moment, g),
        scores=groups.by_municipality(equations.scores, g),
        cells=groups.by_municipality(equations.cells, g),
        controls=no_controls(cells),
    )


def _means_of_the_same_persons(cells: Panel, groups: PersonGroups) -> FloatArray:
    """(G, T) a_g at the level of the cell means, NaN in empty cells; years that share no person are levels apart."""
    seen, length = groups.seen.astype(np.float64), groups.years_seen[:, None]
    of_group = seen[:, :, None] * (np.eye(seen.shape[1]) - (seen / length)[:, None, :])
    together = groups.by_municipality(of_group * groups.persons[:, None, None], len(cells.municipality))
    own = groups.y - seen * groups.y.sum(axis=1, keepdims=True) / length
    deviations = groups.by_municipality(own, len(cells.municipality))
    change = (np.linalg.pinv(together, rcond=FLAT, hermitian=True) @ deviations[..., None])[..., 0]
    total = cells.weight.sum(axis=1, keepdims=True)
    level = (cells.y - cells.weight * change).sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0)
    return np.where(cells.observed, change + level, np.nan)
