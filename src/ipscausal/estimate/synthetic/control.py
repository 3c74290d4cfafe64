"""Synthetic control (Abadie, Diamond and Hainmueller 2010) for one or several treated municipalities.

Donor weights on the simplex bring the predictors as close as they can come to the treated municipality's, all outcomes
before adoption by default, each counting alike. A ridge of (1e-6 sigma)^2 per fitted value picks the most even of
equal fits. Each treated municipality has a synthetic control of its own; the effects of one adoption date are averaged
(Abadie and L'Hour 2021). Without `level="shifted"` the level has to be matched too: municipality constants do not
leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ipscausal.estimate.model import Estimate
from ipscausal.estimate.synthetic.arms import Arm, Arms, Average, arms_of, require_options
from ipscausal.estimate.synthetic.augment import augmented_weights
from ipscausal.estimate.synthetic.difference import (
    NEXT_TO_NOTHING,
    PRECISION,
    Solver,
    fitted_weights,
    noise_level,
)
from ipscausal.estimate.synthetic.fit import Counterfactual, SyntheticFit, counterfactual, donor_paths
from ipscausal.estimate.synthetic.group_time import effects_of
from ipscausal.estimate.synthetic.predictors import Level, predictors
from ipscausal.panel import FloatArray, Panel

BiasCorrection = Literal["none", "ridge"]


@dataclass(frozen=True, slots=True)
class SyntheticControl:
    """The estimator with its options.

    covariates: municipality covariates to match besides the outcomes. level: the donors must match the treated's level
    ("matched"), or its changes around its own mean ("shifted", Doudchenko and Imbens 2016, Ferman and Pinto 2021).
    bias_correction: "ridge" makes up what the weights leave of the predictors, see `augment`. anticipation, average,
    solver: as in `SyntheticDid`.
    """

    covariates: tuple[str, ...] = ()
    level: Level = "matched"
    bias_correction: BiasCorrection = "none"
    anticipation: int = 0
    average: Average = "municipalities"
    solver: Solver = "exact"

    def __post_init__(self) -> None:
        require_options(self, anticipation=self.anticipation)

    def fit(self, panel: Panel) -> SyntheticFit:
        """Weights and paths, one counterfactual for each treated municipality.

        Raises IdentificationError without two donors, two years before adoption (three with a bias correction), or
        covariates known there; UsageError for covariates that the panel does not hold.
        """
        arms = arms_of(panel, self.anticipation, self.average, years_before=2 if self.bias_correction == "none" else 3)
        parts = (self._part(arms, one) for arm in arms.arms for one in _one_by_one(arm))
        return SyntheticFit("synthetic_control", arms, tuple(parts), self.anticipation)

    def __call__(self, panel: Panel) -> Estimate:
        """Group-time effects. Raises as `fit`."""
        return effects_of(self.fit(panel), self)

    def _part(self, arms: Arms, arm: Arm) -> Counterfactual:
        of_donors, of_treated = predictors(arms, arm, self.covariates, self.level)
        sigma = noise_level(donor_paths(arms, arm)[:, arm.before], "pooled")

        def fitter(x: FloatArray, x1: FloatArray) -> FloatArray:
            return fitted_weights(x.T, x1, NEXT_TO_NOTHING * sigma, PRECISION * sigma, self.solver)

        years = int(arm.before.sum())
        if self.bias_correction == "ridge":
            weights, penalty = augmented_weights(of_donors, of_treated, years, self.level, fitter)
        else:
            weights, penalty = fitter(of_donors, of_treated), None
        baseline = np.zeros(len(arm.years))
        if self.level == "shifted":
            baseline[arm.before] = 1 / years
        return counterfactual(arms, arm, weights, baseline, (NEXT_TO_NOTHING * sigma, 0.0, penalty))


def synthetic_control(
    panel: Panel,
    *,
    covariates: tuple[str, ...] = (),
    level: Level = "matched",
    bias_correction: BiasCorrection = "none",
    anticipation: int = 0,
    average: Average = "municipalities",
    solver: Solver = "exact",
) -> Estimate:
    """Group-time effects by synthetic control; options and errors as in `SyntheticControl`."""
    return SyntheticControl(covariates, level, bias_correction, anticipation, average, solver)(panel)


def _one_by_one(arm: Arm) -> list[Arm]:
    """The arm with each of its treated municipalities alone."""
    return [
        replace(arm, treated=arm.treated[[i]], treated_weight=np.ones(1), size=arm.size * float(arm.treated_weight[i]))
        for i in range(len(arm.treated))
    ]
