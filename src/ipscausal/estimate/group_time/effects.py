"""Group-time average treatment effects of Callaway and Sant'Anna (2021)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import inf
from typing import Literal, get_args

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.assemble import effects_from_weights
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.group_time.changes import compare_changes
from ipscausal.estimate.group_time.comparisons import REMEDY, BasePeriod, Comparison, Comparisons, comparisons
from ipscausal.estimate.group_time.cross_sections import compare_cross_sections
from ipscausal.estimate.group_time.first_steps import Method, TwoByTwo
from ipscausal.estimate.group_time.moments import Weights, average_size, cells, keep_covariates, scaled, size
from ipscausal.estimate.model import Estimate
from ipscausal.panel import Panel

Sampling = Literal["municipalities", "cross_sections"]
Impossible = Literal["refuse", "leave_out"]


def att_gt(
    panel: Panel,
    *,
    comparison: Comparison = "never",
    anticipation: int = 0,
    method: Method = "dr",
    base_period: BasePeriod = "varying",
    weights: Weights = "persons",
    municipality_covariates: Sequence[str] | None = None,
    person_covariates: Sequence[str] | None = None,
    sampling: Sampling = "municipalities",
    impossible: Impossible = "refuse",
) -> Estimate:
    """One effect per cohort and year, each a two-by-two comparison with municipalities that are not treated then.

    comparison: the never treated, or all not yet treated. anticipation: years before adoption in which effects may
    already show; the base year lies before them. method: doubly robust, inverse probability, outcome regression; all
    the same without covariates. base_period: see `comparisons`.
    weights: a municipality counts with its cells' weight (persons, analytic weights) averaged over its years, with
    that of the base year of each comparison, or once.
    municipality_covariates, person_covariates: names among those of the panel, all by default; () for none.
    sampling: "municipalities" compares changes of cell means of municipalities that have both years (and, at the base
    year, every covariate), so that constants of municipalities cancel. "cross_sections" compares the observations of
    the two years whoever has them; sizes that change then move the estimate, constants of municipalities do not cancel.
    Person covariates need it, and method="or".
    impossible: comparisons for which covariates are collinear or leave no overlap are an error, or are left out.

    Comparisons without an observed treated or control municipality in both years have no term. Municipalities that
    adopt in or before the first year plus the anticipation are left out ("always_treated"). Shares of the cohorts in
    averages, and their influence, are those of the municipalities in the estimation, as in R's did.

    Raises UsageError for options that do not go together, IdentificationError without anything to compare.
    """
    again = partial(
        att_gt, comparison=comparison, anticipation=anticipation, method=method, base_period=base_period,
        weights=weights, municipality_covariates=municipality_covariates, person_covariates=person_covariates,
        sampling=sampling, impossible=impossible,
    )  # fmt: skip
    _check(
        ("comparison", comparison, Comparison), ("method", method, Method), ("base_period", base_period, BasePeriod),
        ("weights", weights, Weights), ("sampling", sampling, Sampling), ("impossible", impossible, Impossible),
    )  # fmt: skip
    if anticipation < 0:
        raise UsageError(f"anticipation={anticipation} is not a number of years", remedy="0 or more")
    panel = keep_covariates(panel, municipality_covariates, person_covariates)
    _covariates_fit(panel, method, sampling, weights)
    panel, left_out = _in_estimation(panel, anticipation)
    pairs = comparisons(
        panel.adoption, panel.years, np.asarray(panel.observed.any(axis=0)),
        comparison=comparison, anticipation=anticipation, base_period=base_period,
    )  # fmt: skip
    pairs, result = (_of_changes if sampling == "municipalities" else _of_cross_sections)(
        panel, pairs, method, weights
    )  # fmt: skip
    possible = result.problem == ""
    if not possible.any() or (impossible == "refuse" and not possible.all()):
        raise _not_possible(panel, pairs, result)
    pairs = pairs.where(possible)
    terms = tuple(
        Term.of_group_time(int(g), int(panel.years[t])) for g, t in zip(pairs.cohort, pairs.year, strict=True)
    )
    counts = panel.weight.sum(axis=1) if _persons_are_units(panel, sampling) else average_size(panel, weights)
    of_cohort = panel.adoption[:, None] == pairs.cohort
    share = counts @ of_cohort / counts.sum()
    cell_weights = np.zeros((len(terms), *panel.weight.shape))
    for a, years in enumerate((pairs.base, pairs.year)):
        cell_weights[np.arange(len(terms)), :, years] = result.weights[possible, a]
    of_means = not panel.covariates
    return effects_from_weights(
        "att_gt",
        panel,
        Design(terms, _base(base_period, -1 - anticipation), anticipation),
        cell_weights,
        np.ascontiguousarray(result.influence[possible].T),
        refit=again,
        coef=result.att[possible],
        share=share,
        share_scores=counts[:, None] * (of_cohort - share) / counts.sum(),
        left_out=left_out,
        weights_from="design" if of_means else "outcomes",
    )


def _base(base_period: BasePeriod, last: int) -> Term:
    """What effects are relative to: one event time, or for those before adoption the year before each."""
    if base_period == "universal":
        return Term(f"event_{last}", last, last, last, str(last))
    return Term("before", None, -inf, last)


def _check(*options: tuple[str, object, object]) -> None:
    wrong = tuple(
        f"{name}={value!r}: one of {', '.join(get_args(kind))}"
        for name, value, kind in options
        if value not in get_args(kind)
    )
    if wrong:
        raise UsageError("group-time effects were asked something they cannot do", problems=wrong)


def _persons_are_units(panel: Panel, sampling: Sampling) -> bool:
    return sampling == "cross_sections" and panel.weighting == "persons"


def _covariates_fit(panel: Panel, method: Method, sampling: Sampling, weights: Weights) -> None:
    if sampling == "cross_sections" and weights == "base_year":
        raise UsageError(
            "cross-sections have no base year that a municipality could be weighted by",
            remedy='use weights="persons" or weights="municipalities"',
        )
    if panel.covariates and (sampling != "cross_sections" or method != "or"):
        raise UsageError(
            "covariates of persons enter by outcome regression of repeated cross-sections only: cells hold no more "
            "than their sums, squares and products",
            problems=(f"person covariates: {', '.join(panel.covariates)}",),
            remedy='use method="or" with sampling="cross_sections", or leave them out with person_covariates=()',
        )


def _in_estimation(panel: Panel, anticipation: int) -> tuple[Panel, dict[str, tuple[str, ...]]]:
    empty = ~panel.observed.any(axis=1)
    first = panel.years[panel.observed.any(axis=0)].min(initial=panel.years[-1])
    always = ~empty & (panel.adoption <= first + anticipation)
    left_out = {
        reason: tuple(panel.municipality[g] for g in np.flatnonzero(mask))
        for reason, mask in (("always_treated", always), ("empty", empty))
        if mask.any()
    }
    return panel.select(~empty & ~always), left_out


def _of_changes(panel: Panel, pairs: Comparisons, method: Method, weights: Weights) -> tuple[Comparisons, TwoByTwo]:
    regressors = scaled(panel)
    x = np.moveaxis(regressors[:, pairs.base], 0, 1)
    observed = panel.observed
    inside = (
        (pairs.treated | pairs.control)
        & observed[:, pairs.year].T
        & observed[:, pairs.base].T
        & np.isfinite(x).all(axis=2)
    )
    counts = panel.weight[:, pairs.base].T if weights == "base_year" else average_size(panel, weights)
    weight = inside * counts
    kept = ((weight * pairs.treated).sum(axis=1) > 0) & ((weight * pairs.control).sum(axis=1) > 0)
    if not kept.any():
        raise _nothing_observed()
    pairs, weight, inside = pairs.where(kept), weight[kept], inside[kept]
    mean = panel.mean
    change = np.where(inside, (mean[:, pairs.year] - mean[:, pairs.base]).T, 0.0)
    return pairs, compare_changes(
        change, pairs.treated, weight, np.where(inside[..., None], x[kept], 0.0), method
    )  # fmt: skip


def _of_cross_sections(
    panel: Panel, pairs: Comparisons, method: Method, weights: Weights
) -> tuple[Comparisons, TwoByTwo]:
    known = np.isfinite(scaled(panel)).all(axis=2) * size(panel, weights)
    kept = np.ones(len(pairs.cohort), dtype=bool)
    for years in (pairs.base, pairs.year):
        for arm in (pairs.treated, pairs.control):
            kept &= (known[:, years].T * arm).sum(axis=1) > 0
    if not kept.any():
        raise _nothing_observed()
    pairs = pairs.where(kept)
    return pairs, compare_cross_sections(cells(panel, pairs, scaled(panel), weights), pairs.treated, method)


def _nothing_observed() -> IdentificationError:
    return IdentificationError(
        "no cohort has municipalities and a comparison observed both in a year and in its base year", remedy=REMEDY
    )


def _not_possible(panel: Panel, pairs: Comparisons, result: TwoByTwo) -> IdentificationError:
    return IdentificationError(
        "covariates do not allow every comparison",
        problems=tuple(
            f"cohort {g}, year {panel.years[t]}: {problem}"
            for g, t, problem in zip(pairs.cohort, pairs.year, result.problem, strict=True)
            if problem
        ),
        remedy='use fewer covariates, method="or" where overlap fails, or impossible="leave_out"',
    )
