"""What a synthetic comparison is made of: weights of municipalities and years, the two paths and how close they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate.synthetic.arms import Arm, Arms
from ipscausal.panel import FloatArray, IntArray, read_only


@dataclass(frozen=True, slots=True, eq=False)
class Counterfactual:
    """Treated municipalities of one adoption date and their synthetic comparison, S years in use, n0 donors.

    donor_weight: (n0,) adds to one. year_weight: (S,) baseline, adds to one over the years before adoption, or all zero
    where the level of the comparison is to match by itself. donor_ridge, year_ridge: penalties zeta on the weights, in
    the unit of the outcome (root of the penalty per fitted value); bias_ridge: penalty of the bias correction, None
    without. observed: (S,) mean of the treated; raw: (S,) weighted mean of the donors.
    """

    arm: Arm
    donor_weight: FloatArray
    year_weight: FloatArray
    donor_ridge: float
    year_ridge: float
    bias_ridge: float | None
    observed: FloatArray
    raw: FloatArray

    def __post_init__(self) -> None:
        read_only(self)

    @property
    def synthetic(self) -> FloatArray:
        """(S,) the donors' path, moved to the level of the treated in the baseline years."""
        return self.raw + self.year_weight @ (self.observed - self.raw)

    @property
    def gap(self) -> FloatArray:
        """(S,) effect by year: treated less synthetic; before adoption what the fit leaves."""
        return self.observed - self.synthetic

    @property
    def effect(self) -> float:
        """Mean gap of the treated years."""
        return float(self.gap[self.arm.after].mean())

    @property
    def rmspe_before(self) -> float:
        """Root mean square of the gap in the years fitted on: the pre-fit, in the unit of the outcome."""
        return _root_mean_square(self.gap[self.arm.before])

    @property
    def rmspe_after(self) -> float:
        """Root mean square of the gap in the treated years."""
        return _root_mean_square(self.gap[self.arm.after])

    @property
    def effective_donors(self) -> float:
        """1 / sum of squared donor weights: so many municipalities of equal weight."""
        return float(1 / (self.donor_weight @ self.donor_weight))


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticFit:
    """One counterfactual per adoption date (synthetic difference-in-differences) or treated municipality."""

    estimator: str
    arms: Arms
    parts: tuple[Counterfactual, ...]
    anticipation: int

    @property
    def years(self) -> IntArray:
        """(S,) calendar years in use."""
        return self.arms.panel.years[self.parts[0].arm.years]

    def treated_names(self, part: Counterfactual) -> tuple[str, ...]:
        """Municipalities whose mean the part explains."""
        return tuple(self.arms.panel.municipality[g] for g in part.arm.treated)

    def donor_weights(self, part: Counterfactual) -> dict[str, float]:
        """Weight of each donor by municipality, the largest first."""
        order = np.argsort(-part.donor_weight, kind="stable")
        return {self.arms.panel.municipality[part.arm.donors[j]]: float(part.donor_weight[j]) for j in order}


def counterfactual(
    arms: Arms,
    arm: Arm,
    donor_weight: FloatArray,
    year_weight: FloatArray,
    ridges: tuple[float, float, float | None],
) -> Counterfactual:
    """The record of an arm; ridges: of donors, of years, of the bias correction."""
    return Counterfactual(
        arm, donor_weight, year_weight, *ridges, observed=treated_path(arms, arm),
        raw=donor_weight @ donor_paths(arms, arm),
    )  # fmt: skip


def treated_path(arms: Arms, arm: Arm) -> FloatArray:
    """(S,) mean of the treated."""
    return np.asarray(arm.treated_weight @ arms.outcome[np.ix_(arm.treated, arm.years)])


def donor_paths(arms: Arms, arm: Arm) -> FloatArray:
    """(n0, S) outcomes of the donors."""
    return np.asarray(arms.outcome[np.ix_(arm.donors, arm.years)])


def _root_mean_square(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))
