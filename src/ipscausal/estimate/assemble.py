"""What every estimator needs around its numbers: who is in, which clusters, how many observations behind an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate.design import Design
from ipscausal.estimate.least_squares import adjusted_means
from ipscausal.estimate.model import Estimate
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

CARRIES = 1e-9  # a cell below this share of the largest weight is rounding
NONE_LEFT_OUT: Mapping[str, tuple[str, ...]] = {}


def effects_from_weights(
    estimator: str,
    panel: Panel,
    design: Design,
    cell_weights: FloatArray,
    contributions: FloatArray,
    *,
    refit: Callable[[Panel], Estimate],
    cells: Panel | None = None,
    coef: FloatArray | None = None,
    slopes: FloatArray | None = None,
    share: FloatArray | None = None,
    share_scores: FloatArray | None = None,
    n_parameters: int = 0,
    left_out: Mapping[str, tuple[str, ...]] = NONE_LEFT_OUT,
    weights_from: Literal["design", "outcomes"] = "design",
) -> Estimate:
    """The estimate of an estimator that is not one regression, from its cell weights and contributions.

    cell_weights: (q, G, T); contributions: (G, q) influence values. cells: the panel as it was used, `panel` by
    default. coef: (q,), by default the weighted sum of the adjusted means. slopes: (K,) of person covariates, none by
    default. share, share_scores: (q,) and (G, q), see `Estimate`. n_parameters: K of the small-sample factor.
    weights_from: what the cell weights depend on.
    """
    used = panel if cells is None else cells
    slope = np.zeros(len(used.covariates)) if slopes is None else slopes
    mean = adjusted_means(used, slope)
    labels, cluster_of = clusters(panel)
    n = used.n_observations
    return Estimate(
        estimator=estimator,
        panel=panel,
        cells=used,
        design=design,
        coef=np.einsum("qgt,gt->q", cell_weights, np.nan_to_num(mean)) if coef is None else coef,
        cell_weights=cell_weights,
        adjusted_mean=mean,
        slopes=slope,
        cluster=labels,
        cluster_of=cluster_of,
        contributions=contributions,
        n_observations=n,
        n_parameters=n_parameters,
        residual_df=n - n_parameters - len(panel.municipality),
        n_treated=treated_clusters(used, design, cluster_of),
        support_treated=support(used, cell_weights, used.treated),
        support_control=support(used, cell_weights, ~used.treated),
        left_out=left_out,
        refit=refit,
        weights_from=weights_from,
        share=share,
        share_scores=share_scores,
    )


def coefficients_of(estimate: Estimate, panel: Panel) -> FloatArray:
    """(q,) the same effects by the same estimator on another panel; NaN for those it does not identify there."""
    try:
        again = estimate.refit(panel)
    except IdentificationError:
        return np.full(len(estimate.terms), np.nan)
    found = dict(zip((term.name for term in again.terms), again.coef, strict=True))
    return np.array([found.get(term.name, np.nan) for term in estimate.terms])


def in_estimation(panel: Panel) -> tuple[Panel, dict[str, tuple[str, ...]]]:
    """The panel without municipalities that cannot inform: no cells, or exposed in every cell they have."""
    observed = panel.observed
    empty = ~observed.any(axis=1)
    always = ~empty & panel.treated & ~(observed & (panel.exposed == 0)).any(axis=1)
    left_out = {
        reason: tuple(panel.municipality[g] for g in np.flatnonzero(mask))
        for reason, mask in (("always_treated", always), ("empty", empty))
        if mask.any()
    }
    return panel.select(~empty & ~always), left_out


def keep_where(
    panel: Panel, cells: Panel, keep: BoolArray, reason: str, left_out: dict[str, tuple[str, ...]]
) -> tuple[Panel, Panel, dict[str, tuple[str, ...]]]:
    """The municipalities of the (G,) mask; the others are named under `reason` in `left_out`."""
    if keep.all():
        return panel, cells, left_out
    gone = tuple(panel.municipality[g] for g in np.flatnonzero(~keep))
    return panel.select(keep), cells.select(keep), {**left_out, reason: (*left_out.get(reason, ()), *gone)}


def clusters(panel: Panel) -> tuple[tuple[str, ...], IntArray]:
    """Cluster labels in order of first appearance. Treatment acts on clusters: one adoption year in each."""
    labels = tuple(dict.fromkeys(panel.cluster))
    position = {label: i for i, label in enumerate(labels)}
    cluster_of = np.array([position[label] for label in panel.cluster], dtype=np.int64)
    first = np.unique(cluster_of, return_index=True)[1]
    other = np.flatnonzero(panel.adoption != panel.adoption[first][cluster_of])
    if len(other):
        mixed = [labels[i] for i in np.unique(cluster_of[other])]
        raise IdentificationError(
            "treatment must be the same for all municipalities of a cluster",
            problems=tuple(f"cluster {label} holds several adoption years" for label in mixed),
        )
    return labels, cluster_of


def treated_clusters(cells: Panel, design: Design, cluster_of: IntArray) -> IntArray:
    """(q,) clusters with a cell in each term."""
    focus = design.focus(cells.event_time, cells.adoption) & cells.observed
    return np.array([len(np.unique(cluster_of[term.any(axis=1)])) for term in focus], dtype=np.int64)


def support(panel: Panel, weights: FloatArray, arm: BoolArray) -> FloatArray:
    """(q,) smallest number of observations in a year, of the arm's cells that carry weight."""
    largest = np.abs(weights).max(axis=(1, 2), initial=0.0)
    carries = np.abs(weights[:, arm]) > CARRIES * largest[:, None, None]
    size = np.where(carries, panel.persons[arm], 0.0).sum(axis=1)
    return np.where(size > 0, size, np.inf).min(axis=1, initial=np.inf)
