"""The estimate of an estimator that is one least-squares regression."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ipscausal.estimate.assemble import clusters, support, treated_clusters
from ipscausal.estimate.controls import basis
from ipscausal.estimate.design import Design
from ipscausal.estimate.least_squares import adjusted_means, cell_slopes, cell_weights
from ipscausal.estimate.model import Estimate, NormalEquations
from ipscausal.panel import FloatArray, Panel


def effects_from_regression(
    estimator: str,
    panel: Panel,
    cells: Panel,
    design: Design,
    equations: NormalEquations,
    *,
    refit: Callable[[Panel], Estimate],
    left_out: Mapping[str, tuple[str, ...]],
    share: FloatArray | None = None,
) -> Estimate:
    """The first q columns of the regression are the terms of the design. share: (q,), see `Estimate`.

    What is absorbed per municipality is nested in clusters and not among the parameters of the small-sample factor; it
    is in the residual degrees of freedom.
    """
    q = len(design.terms)
    weights, slopes = cell_weights(equations, q), cell_slopes(cells, equations, q)
    labels, cluster_of = clusters(panel)
    absorbed = basis(panel.years, equations.controls.absorbed).shape[1]
    own = np.minimum(cells.observed.sum(axis=1), absorbed).sum()
    n = cells.n_observations
    return Estimate(
        estimator=estimator,
        panel=panel,
        cells=cells,
        design=design,
        coef=equations.solution[:q],
        cell_weights=weights,
        adjusted_mean=adjusted_means(cells, slopes, equations),
        slopes=slopes,
        cluster=labels,
        cluster_of=cluster_of,
        contributions=equations.scores @ equations.bread[:, :q],
        n_observations=n,
        n_parameters=len(equations.columns) + min(absorbed, 1),
        residual_df=n - len(equations.columns) - float(own),
        n_treated=treated_clusters(cells, design, cluster_of),
        support_treated=support(cells, weights, cells.treated),
        support_control=support(cells, weights, ~cells.treated),
        left_out=left_out,
        refit=refit,
        equations=equations,
        share=share,
    )
