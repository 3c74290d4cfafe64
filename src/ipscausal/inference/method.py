"""Every method behind one signature: an estimate and options in, one row per coefficient out.

A method may also be prepared for one coefficient of a design: what then remains is a function from simulated
outcomes to p-values, which is how a method is calibrated on the user's own panel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference
from ipscausal.inference.t_trial import Trial, no_trial

Needs = Literal["two-way", "regression", "weights", "contrasts", "contributions", "refit"]
NOT_TWO_WAY = "Not computed: worked out for two-way fixed effects only."
NO_REGRESSION = "Not computed: the estimator is not one regression."
NO_MEAN = "Not computed: the coefficient is not a mean of effects, and the method compares means of municipalities."
WEIGHTED_CONTROLS = "Not computed: the estimator weights its comparison by covariates, the method takes its plain mean."
UNEVEN = 0.1  # share of the comparison's weight that stands elsewhere than sizes, or equal counting, would have it
FROM_OUTCOMES = "Not computed: the weights of the comparison come from outcomes, and the method takes them as given."


def _chosen_controls(estimate: Estimate) -> bool:
    """Whether the never treated count otherwise than by their sizes or equally, as covariates make them."""
    cells, first = estimate.cells, np.unique(estimate.cluster_of, return_index=True)[1]
    never = ~cells.treated[first]
    weight, size = (np.zeros(estimate.n_clusters) for _ in range(2))
    np.add.at(weight, estimate.cluster_of, np.abs(estimate.cell_weights).sum(axis=(0, 2)))
    np.add.at(size, estimate.cluster_of, cells.weight.sum(axis=1))
    if not never.any() or not weight[never].sum() > 0:
        return False
    own = weight[never] / weight[never].sum()
    alike = (size[never] / size[never].sum(), np.full(never.sum(), 1 / never.sum()))
    return all(1 - np.minimum(own, other).sum() > UNEVEN for other in alike)


@dataclass(frozen=True, slots=True)
class Method:
    """name: as in the catalogues. infer: one row per coefficient.

    about: what the rows speak of: the coefficient itself, or a difference of contrasts in which municipalities count
    otherwise than persons do (the two are equal where all cells are of one size).

    needs: what an estimate must have. "weights": cell weights that do not depend on outcomes. "contrasts": these,
    comparison municipalities that all count, and a coefficient that is a mean of effects. "contributions": influence
    values. "refit": nothing but the estimator. "regression": normal equations. "two-way": those of two-way fixed
    effects.

    prepare: (estimate, position of the coefficient, options) -> Trial. It reads the design, the sizes and the sampling
    covariance of the estimate, never its outcomes. None where a method cannot be calibrated.
    """

    name: str
    infer: Callable[[Estimate, Options], tuple[Inference, ...]]
    prepare: Callable[[Estimate, int, Options], Trial] | None = None
    about: Literal["coefficient", "contrast"] = "coefficient"
    needs: Needs = "regression"

    def lacks(self, estimate: Estimate) -> str | None:
        """Why the method has nothing to say of an estimate, None where it has."""
        if self.needs == "two-way" and not estimate.is_two_way:
            return NOT_TWO_WAY
        if self.needs == "regression" and estimate.equations is None:
            return NO_REGRESSION
        if self.needs == "contrasts" and not estimate.is_two_way and _chosen_controls(estimate):
            return WEIGHTED_CONTROLS
        if self.needs in ("weights", "contrasts") and estimate.weights_from == "outcomes":
            return FROM_OUTCOMES
        return None

    def lacks_for(self, estimate: Estimate, j: int) -> str | None:
        """The same for the coefficient at position j."""
        if self.needs == "contrasts" and estimate.terms[j].form == "combination":
            return NO_MEAN
        return self.lacks(estimate)

    def trial(self, estimate: Estimate, j: int, options: Options) -> Trial:
        """The method prepared for coefficient j; no p-values where it cannot be, or lacks something."""
        if self.prepare is None or self.lacks_for(estimate, j) is not None:
            return no_trial
        return self.prepare(estimate, j, options)
