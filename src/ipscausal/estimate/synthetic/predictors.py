"""What a synthetic control has to match: outcomes before adoption and, if asked, what is known of the municipality."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.synthetic.arms import Arm, Arms
from ipscausal.estimate.synthetic.fit import donor_paths, treated_path
from ipscausal.panel import FloatArray, Panel

Level = Literal["matched", "shifted"]


def predictors(arms: Arms, arm: Arm, covariates: tuple[str, ...], level: Level) -> tuple[FloatArray, FloatArray]:
    """(n0, m) predictors of the donors and (m,) of the treated, in the unit of the outcome.

    Outcomes of the years before as they are ("matched") or less each municipality's own mean of them ("shifted",
    Ferman and Pinto 2021). Each municipality covariate is its mean over the years before, scaled so that it spreads
    over municipalities as the outcome does in an average year: it counts as much as a year of outcomes.
    """
    donors, treated = donor_paths(arms, arm)[:, arm.before], treated_path(arms, arm)[arm.before]
    if level == "shifted":
        donors, treated = donors - donors.mean(axis=1, keepdims=True), treated - treated.mean()
    if not covariates:
        return donors, treated
    z = _covariate_means(arms.panel, arm, covariates)
    of_donors, of_treated = z[arm.donors], arm.treated_weight @ z[arm.treated]
    spread = np.sqrt(np.mean(donors.var(axis=0)))
    own = of_donors.std(axis=0)
    scale = np.divide(spread, own, out=np.zeros(len(own)), where=own > 0)
    return np.concatenate([donors, of_donors * scale], axis=1), np.concatenate([treated, of_treated * scale])


def _covariate_means(panel: Panel, arm: Arm, covariates: tuple[str, ...]) -> FloatArray:
    """(G, k) means over the years before. Raises for names the panel does not hold and for missing values."""
    unknown = [name for name in covariates if name not in panel.unit_covariates]
    if unknown or panel.z is None:
        raise UsageError(
            f"the panel holds no municipality covariates {', '.join(unknown)}",
            remedy=f"it holds: {', '.join(panel.unit_covariates) or 'none'}",
        )
    columns = [panel.unit_covariates.index(name) for name in covariates]
    values = panel.z[:, arm.years[arm.before]][:, :, columns]
    known = np.isfinite(values)
    used = np.concatenate([arm.treated, arm.donors])
    nothing = ~known[used].any(axis=1)
    if nothing.any():
        raise IdentificationError(
            "a municipality covariate is missing in every year before adoption",
            problems=tuple(
                f"{covariates[m]}: {panel.municipality[used[g]]}" for g, m in np.argwhere(nothing)[:5]
            ),
            remedy="leave the covariate out, or the municipality",
        )  # fmt: skip
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.asarray(total / np.maximum(known.sum(axis=1), 1))
