"""Extended two-way fixed effects for a mean that is never negative: exponential mean, Poisson quasi-likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.assemble import effects_from_weights
from ipscausal.estimate.controls import joined
from ipscausal.estimate.cross_products import cell_columns
from ipscausal.estimate.design import Design
from ipscausal.estimate.least_squares import independent, inverse
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.saturated.covariates import choose, saturated_covariates
from ipscausal.estimate.saturated.etwfe import Compared, cohort_constants, saturated_design
from ipscausal.estimate.saturated.sun_abraham import observed_share
from ipscausal.panel import BoolArray, FloatArray, Panel

STEPS = 100
SETTLED = 1e-13  # change of the linear predictor that is rounding
SPREAD = 1e-10  # share of the observations below which a column is empty
LARGEST = 600.0  # exp() of it is still a number


def etwfe_poisson(
    panel: Panel,
    *,
    comparison: Compared = "not_yet",
    anticipation: int = 0,
    municipality_covariates: Sequence[str] | None = None,
) -> Estimate:
    """Average effects by cohort and year where trends are parallel in ratios (Wooldridge 2023, section 4).

    The mean of the outcome is exp(cohort + year + effect of cohort and year), covariates of municipalities with slopes
    as in `etwfe`, fitted by Poisson quasi-likelihood: the outcome need not be a count. An effect is the fitted mean
    less what it is without the treatment's columns, averaged over the treated observations.

    Cells hold all that the likelihood needs, since no column differs between persons; person covariates are refused.
    Effects are homogeneous of degree one in the cell means, so that `cell_weights`, their derivatives, give the
    coefficient back exactly; they depend on outcomes, and they leave ratios of municipalities alone, not constants
    added to them. contributions are those of the delta method, shares taken as known, as emfx in R.
    Raises as `etwfe`; UsageError for negative outcomes and person covariates; IdentificationError for a cohort and year
    without any outcome above zero.
    """
    again = partial(
        etwfe_poisson, comparison=comparison, anticipation=anticipation,
        municipality_covariates=municipality_covariates,
    )  # fmt: skip
    if panel.covariates:
        raise UsageError("an exponential mean with person covariates needs the persons", remedy="make a panel without")
    panel = choose(panel, (), municipality_covariates)
    panel, cells, design, left_out = saturated_design(panel, comparison, anticipation)
    if (cells.y < 0).any():
        raise UsageError("the outcome is negative in some cells", remedy="use etwfe, whose mean is linear")
    focus = design.focus(cells.event_time, cells.adoption)
    none = [term.name for term, y in zip(design.terms, (focus * cells.y).sum(axis=(1, 2)), strict=True) if y <= 0]
    if none:
        raise IdentificationError(f"no outcome above zero in {', '.join(none)}", remedy="use etwfe")
    columns, of_effect = _columns(cells, design, focus)
    solution, information = _quasi_likelihood(cells, columns)
    fitted = np.exp(columns @ solution)
    without = fitted * np.exp(-(columns[..., of_effect] @ solution[of_effect]))
    share = observed_share(cells, design)
    average = focus * cells.weight / share[:, None, None]
    coef = np.einsum("qgt,gt->q", average, fitted - without)
    moving = np.einsum("qgt,gt,gti->qi", average, fitted, columns, optimize=True)
    staying = np.einsum("qgt,gt,gti->qi", average, without, np.where(of_effect, 0.0, columns), optimize=True)
    gradient = (moving - staying) @ inverse(information)
    cell_weights = np.einsum("qi,gti,gt->qgt", gradient, columns, cells.weight, optimize=True)
    residual = np.where(cells.observed, np.nan_to_num(cells.mean) - fitted, 0.0)
    return effects_from_weights(
        "etwfe_poisson",
        panel,
        design,
        cell_weights,
        np.einsum("qgt,gt->gq", cell_weights, residual),
        refit=again,
        cells=cells,
        coef=coef,
        share=share,
        n_parameters=len(solution),
        left_out=left_out,
        weights_from="outcomes",
    )


def _columns(cells: Panel, design: Design, focus: BoolArray) -> tuple[FloatArray, BoolArray]:
    """(G, T, p) columns that do not explain each other, and (p,) True for those of treatment, the terms first."""
    controls, q = joined(cohort_constants(cells), saturated_covariates(cells, focus, "none")), len(focus)
    columns = cell_columns(cells, focus, controls)
    years = np.zeros(len(cells.years) - 1, dtype=bool)
    of_effect = np.r_[np.ones(q, dtype=bool), years, [":effect_" in name for name in controls.names]].astype(np.bool_)
    total = np.einsum("gti,gt,gtj->ij", columns, cells.weight, columns, optimize=True)
    order = np.r_[q : len(of_effect), 0:q]
    keep = independent(total, np.maximum(np.diag(total), SPREAD * cells.weight.sum()), order)
    if not keep[:q].all():
        lost = ", ".join(term.name for term, stays in zip(design.terms, keep[:q], strict=True) if not stays)
        raise IdentificationError(f"the design does not identify {lost}", remedy="leave covariates out")
    return columns[..., keep], of_effect[keep]


def _quasi_likelihood(cells: Panel, columns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(p,) coefficients and (p, p) information, by iterated weighted least squares from the means themselves."""
    mean = np.nan_to_num(cells.mean)
    middle = cells.y.sum() / cells.weight.sum()
    if middle <= 0:
        raise IdentificationError("the outcome is zero everywhere", remedy="use another outcome")
    eta = np.log((mean + middle) / 2)
    for _ in range(STEPS):
        mu = np.exp(np.clip(eta, -LARGEST, LARGEST))
        weight = cells.weight * mu
        information = np.einsum("gti,gt,gtj->ij", columns, weight, columns, optimize=True)
        working = eta + (mean - mu) / mu
        solution = inverse(information) @ np.einsum("gti,gt,gt->i", columns, weight, working, optimize=True)
        before, eta = eta, columns @ solution
        if np.abs(eta - before)[cells.observed].max() <= SETTLED * max(1.0, np.abs(eta[cells.observed]).max()):
            return solution, information
    raise IdentificationError("the Poisson likelihood has no maximum inside", remedy="use etwfe, or merge cohorts")
