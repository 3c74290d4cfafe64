"""Synthetic difference-in-differences (Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021).

Donor weights omega make the donors' path before adoption parallel to that of the treated, up to a constant; year
weights lambda make the donors' years before predict their mean of the years after, up to a constant:

    omega: min sum_t (omega_0 + sum_j omega_j Y_jt - Y_tr,t)^2 + zeta^2 T0 ||omega||^2, zeta = (N1 T1)^(1/4) sigma
    lambda: min sum_j (lambda_0 + sum_t lambda_t Y_jt - Y_j,after)^2 + (1e-6 sigma)^2 N0 ||lambda||^2

over the simplex (their equations 4 to 6), sigma the standard deviation of the donors' yearly changes before adoption.
Several adoption dates: each against the never treated (Clarke, Pailanir, Athey and Imbens 2024).

The exact minimum differs from what the R package synthdid prints in the fourth digit: its steps stop after 10,000,
short of the minimum; `solver="frank_wolfe"` gives its numbers. sigma is around the mean of all changes, as published,
so that year effects that are not a straight line raise it and the penalty with it; `noise="within_year"` takes each
year's own mean, and nothing then depends on year effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.estimate.model import Estimate
from ipscausal.estimate.synthetic.arms import Arm, Arms, Average, arms_of, require_options
from ipscausal.estimate.synthetic.fit import Counterfactual, SyntheticFit, counterfactual, donor_paths, treated_path
from ipscausal.estimate.synthetic.frank_wolfe import frank_wolfe_weights
from ipscausal.estimate.synthetic.group_time import effects_of
from ipscausal.estimate.synthetic.simplex import simplex_least_squares
from ipscausal.panel import FloatArray, Panel

Solver = Literal["exact", "frank_wolfe"]
Noise = Literal["pooled", "within_year"]
Weights = Literal["synthetic", "equal"]
NEXT_TO_NOTHING = 1e-6  # ridge of year weights and of synthetic controls in units of sigma: among equals the most even
PRECISION = 1e-5  # in units of sigma, of the iterative solver


@dataclass(frozen=True, slots=True)
class SyntheticDid:
    """The estimator with its options.

    anticipation: so many years before adoption are neither fitted on nor treated. average: the treated of one date, and
    the dates, count by municipalities or by persons a year. donor_weights, year_weights: "equal" for one or both gives
    difference-in-differences with equally weighted donors, years or both. noise: how sigma is taken. solver: the exact
    minimum, or the steps of the R package.
    """

    anticipation: int = 0
    average: Average = "municipalities"
    donor_weights: Weights = "synthetic"
    year_weights: Weights = "synthetic"
    noise: Noise = "pooled"
    solver: Solver = "exact"

    def __post_init__(self) -> None:
        require_options(self, anticipation=self.anticipation)

    def fit(self, panel: Panel) -> SyntheticFit:
        """Weights and paths, one counterfactual for each adoption date.

        Raises IdentificationError without two donors or two years before adoption.
        """
        arms = arms_of(panel, self.anticipation, self.average, years_before=2)
        return SyntheticFit("synthetic_did", arms, tuple(self._part(arms, arm) for arm in arms.arms), self.anticipation)

    def __call__(self, panel: Panel) -> Estimate:
        """Group-time effects. Raises as `fit`."""
        return effects_of(self.fit(panel), self)

    def _part(self, arms: Arms, arm: Arm) -> Counterfactual:
        donors, treated = donor_paths(arms, arm), treated_path(arms, arm)
        before, after = donors[:, arm.before], donors[:, arm.after].mean(axis=1)
        sigma = noise_level(before, self.noise)
        ridges = ((len(arm.treated) * int(arm.after.sum())) ** 0.25 * sigma, NEXT_TO_NOTHING * sigma)
        omega, over_years = np.full(len(donors), 1 / len(donors)), np.zeros(len(arm.years))
        over_years[arm.before] = 1 / before.shape[1]
        if self.donor_weights == "synthetic":
            omega = fitted_weights(
                centred(before.T), centred(treated[arm.before]), ridges[0], PRECISION * sigma, self.solver
            )
        if self.year_weights == "synthetic":
            over_years[arm.before] = fitted_weights(
                centred(before), centred(after), ridges[1], PRECISION * sigma, self.solver
            )
        return counterfactual(arms, arm, omega, over_years, (*ridges, None))


def synthetic_did(
    panel: Panel,
    *,
    anticipation: int = 0,
    average: Average = "municipalities",
    donor_weights: Weights = "synthetic",
    year_weights: Weights = "synthetic",
    noise: Noise = "pooled",
    solver: Solver = "exact",
) -> Estimate:
    """Group-time effects by synthetic difference-in-differences; options and errors as in `SyntheticDid`."""
    return SyntheticDid(anticipation, average, donor_weights, year_weights, noise, solver)(panel)


def noise_level(before: FloatArray, noise: Noise) -> float:
    """Standard deviation of yearly changes (n0, T0) of donors, around their overall mean or that of each year."""
    change = np.diff(before, axis=1)
    if noise == "pooled":
        return float(change.std(ddof=1))
    free = change.size - change.shape[1]
    return float(np.sqrt(((change - change.mean(axis=0)) ** 2).sum() / free))


def fitted_weights(a: FloatArray, b: FloatArray, zeta: float, min_decrease: float, solver: Solver) -> FloatArray:
    """(p,) simplex weights of the columns of a (n, p) for b (n,), penalty n zeta^2 ||x||^2."""
    if solver == "exact":
        return simplex_least_squares(a, b, len(b) * zeta**2)
    return frank_wolfe_weights(a[None], b[None], np.array([zeta]), np.array([min_decrease]))[0]


def centred(values: FloatArray) -> FloatArray:
    """Less the mean over rows."""
    return values - values.mean(axis=0)
