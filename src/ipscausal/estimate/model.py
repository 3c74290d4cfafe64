"""What an estimator hands on: coefficients and everything that inference needs of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate.controls import Controls
from ipscausal.estimate.design import Design, Term
from ipscausal.panel import FloatArray, IntArray, Panel, read_only

TWO_WAY = "twfe"
PERSON_EFFECTS = "twfe_person"
# residuals of all cohorts are alike
COMMON_EFFECT = (TWO_WAY, PERSON_EFFECTS, "twfe_adjusted", "dose_two_way", "dose_slope")


@dataclass(frozen=True, slots=True, eq=False)
class NormalEquations:
    """Least squares with municipality effects absorbed, summed per municipality.

    columns: p names (terms, covariates, years, controls). gram: (G, p, p) A_g; moment: (G, p) b_g; bread: (p, p)
    inverse of sum A_g; solution: (p,); scores: (G, p) s_g = b_g - A_g solution.
    cells: (G, T, m) weighted columns D, those that are the same for all persons of a cell: their moments are D'y of
    the cell means y. of_cells: (m,) their positions among the columns, the terms first. controls: the last columns.
    """

    columns: tuple[str, ...]
    gram: FloatArray
    moment: FloatArray
    bread: FloatArray
    solution: FloatArray
    scores: FloatArray
    cells: FloatArray
    of_cells: IntArray
    controls: Controls

    def __post_init__(self) -> None:
        read_only(self)


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """q effects, linear in the (G, T) covariate-adjusted cell means.

    panel: the municipalities in the estimation, before cells outside the window are emptied; cells: what was used.
    coef: (q,). cell_weights: (q, G, T) with coef = sum over cells of cell_weights * adjusted_mean; exact given the
    covariate slopes and, where an estimator takes weights from the data, given those. adjusted_mean: (G, T) cell means
    with covariates moved to the panel's average by `slopes` (K,), NaN in empty cells.
    cluster: labels; cluster_of: (G,) position of each municipality's cluster.
    contributions: (G, q) influence values of the municipalities, coefficient less truth = their sum; for least squares
    bread times score. They sum to zero.
    n_observations: N; n_parameters: K of the small-sample factor (slopes, year effects and the constant);
    residual_df: N less every estimated parameter, municipality effects included.
    n_treated: (q,) treated clusters behind each coefficient. support_treated, support_control: (q,) smallest number of
    observations in an arm and year that carries weight in the coefficient.
    left_out: municipalities not used, by reason ("always_treated", "empty").
    refit: the same estimator with the same options on another panel.
    weights_from: what the cell weights depend on; where it is outcomes (synthetic controls), the noise of the weights
    themselves is in no formula that takes them as given.
    equations: of an estimator that is one regression with municipality effects absorbed, else None.
    share: (q,) weights of group-time effects in their averages, share_scores: (G, q) influence values of these weights
    where they count as estimated; both None where there is nothing to average.
    """

    estimator: str
    panel: Panel
    cells: Panel
    design: Design
    coef: FloatArray
    cell_weights: FloatArray
    adjusted_mean: FloatArray
    slopes: FloatArray
    cluster: tuple[str, ...]
    cluster_of: IntArray
    contributions: FloatArray
    n_observations: float
    n_parameters: int
    residual_df: float
    n_treated: IntArray
    support_treated: FloatArray
    support_control: FloatArray
    left_out: Mapping[str, tuple[str, ...]]
    refit: Callable[[Panel], Estimate]
    weights_from: Literal["design", "outcomes"] = "design"
    equations: NormalEquations | None = None
    share: FloatArray | None = None
    share_scores: FloatArray | None = None

    def __post_init__(self) -> None:
        read_only(self)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The q coefficients in order."""
        return self.design.terms

    @property
    def regression(self) -> NormalEquations:
        """The regression behind the estimate. Raises UsageError for an estimator that is none."""
        if self.equations is None:
            raise UsageError(f"{self.estimator} is not one regression", remedy="use a method that does not need one")
        return self.equations

    @property
    def is_two_way(self) -> bool:
        """Two-way fixed effects: the terms are all that the model says of treatment effects."""
        return self.estimator == TWO_WAY

    @property
    def is_of_cell_means(self) -> bool:
        """Whether the means it is linear in are those of the panel's cells, not of persons held fixed."""
        return self.estimator != PERSON_EFFECTS

    @property
    def cluster_scores(self) -> FloatArray:
        """(C, q) contribution of each cluster to the coefficients."""
        out = np.zeros((self.n_clusters, len(self.coef)))
        np.add.at(out, self.cluster_of, self.contributions)
        return out

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
    def n_residual(self) -> IntArray:
        """(q,) clusters whose residuals tell the noise of each coefficient, on the side that has fewest.

        Where every cohort has effects of its own a cluster is only judged by the others of its cohort: those of the
        smallest one count.
        """
        if self.estimator in COMMON_EFFECT:
            return self.n_smaller_arm
        first = np.unique(self.cluster_of, return_index=True)[1]
        cells = (self.design.focus(self.cells.event_time, self.cells.adoption) & self.cells.observed).any(axis=2)
        reached = np.zeros((len(first), len(self.coef)))
        np.add.at(reached, self.cluster_of, cells.T)
        cohort = np.unique(self.panel.adoption[first], return_inverse=True)[1].ravel()
        sizes = (reached.T > 0).astype(np.float64) @ (cohort[:, None] == np.arange(cohort.max() + 1))
        smallest = np.where(sizes > 0, sizes, np.inf).min(axis=1)
        return np.minimum(self.n_smaller_arm, np.where(np.isfinite(smallest), smallest, 0)).astype(np.int64)

    @property
    def n_clusters(self) -> int:
        """G of every t(G - 1): clusters in the estimation."""
        return len(self.cluster)

    @property
    def n_treated_municipalities(self) -> IntArray:
        """(q,) treated municipalities behind each coefficient; several may act as one cluster."""
        if self.n_clusters == len(self.panel.municipality):
            return self.n_treated
        cells = self.cells
        focus = self.design.focus(cells.event_time, cells.adoption) & cells.observed & (self.cell_weights != 0)
        return focus.any(axis=2).sum(axis=1)

    @property
    def n_treated_clusters(self) -> int:
        """Clusters that adopt inside the window."""
        return len(np.unique(self.cluster_of[self.panel.treated]))
