"""What an estimator hands on: coefficients and everything that inference needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from ipscausal.estimate.design import Design, Term
from ipscausal.panel import FloatArray, IntArray, Panel


@dataclass(frozen=True, slots=True, eq=False)
class NormalEquations:
    """Least squares with municipality effects absorbed, summed per municipality.

    columns: p names (terms, covariates, years). gram: (G, p, p) A_g; moment: (G, p) b_g; bread: (p, p) inverse of
    sum A_g; solution: (p,); scores: (G, p) s_g = b_g - A_g solution.
    """

    columns: tuple[str, ...]
    gram: FloatArray
    moment: FloatArray
    bread: FloatArray
    solution: FloatArray
    scores: FloatArray

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """q coefficients, linear in the (G, T) covariate-adjusted cell means.

    panel: the municipalities in the estimation, before cells outside the window are emptied; cells: what was used.
    coef: (q,). cell_weights: (q, G, T) with coef = sum over cells of cell_weights * adjusted_mean; exact given the
    covariate slopes. adjusted_mean: (G, T) cell means with covariates moved to the panel's average, NaN in empty cells.
    cluster: labels; cluster_of: (G,) position of each municipality's cluster.
    cluster_scores: (C, q) contribution of each cluster to the coefficients (bread times score), summing to zero.
    n_observations: N; n_parameters: K of the small-sample factor (slopes, year effects and the constant);
    residual_df: N less every estimated parameter, municipality effects included.
    n_treated: (q,) treated clusters behind each coefficient. support_treated, support_control: (q,) smallest number of
    observations in an arm and year that carries weight in the coefficient.
    left_out: municipalities not used, by reason ("always_treated", "empty").
    """

    estimator: str
    panel: Panel
    cells: Panel
    design: Design
    coef: FloatArray
    cell_weights: FloatArray
    adjusted_mean: FloatArray
    cluster: tuple[str, ...]
    cluster_of: IntArray
    cluster_scores: FloatArray
    n_observations: float
    n_parameters: int
    residual_df: float
    n_treated: IntArray
    support_treated: FloatArray
    support_control: FloatArray
    left_out: Mapping[str, tuple[str, ...]]
    equations: NormalEquations

    def __post_init__(self) -> None:
        _freeze(self)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The q coefficients in order."""
        return self.design.terms

    @property
    def n_smaller_arm(self) -> IntArray:
        """(q,) clusters behind each coefficient on its smaller side.

        Treated ones, or those outside the largest group that starts in one year: what residuals are judged by fails
        with few comparison clusters as it does with few treated ones.
        """
        first = np.unique(self.cluster_of, return_index=True)[1]
        dates = self.panel.adoption[first]
        together = np.unique(dates[np.isfinite(dates)], return_counts=True)[1]
        return np.minimum(self.n_treated, len(dates) - int(together.max(initial=0)))

    @property
    def n_clusters(self) -> int:
        """G of every t(G - 1): clusters in the estimation."""
        return len(self.cluster)

    @property
    def n_treated_clusters(self) -> int:
        """Clusters that adopt inside the window."""
        return len(np.unique(self.cluster_of[self.panel.treated]))


def _freeze(record: NormalEquations | Estimate) -> None:
    """Arrays of a frozen record are read-only."""
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
