"""A band that holds for all coefficients of an event study at once, from the panel model.

The joint confidence distribution is a mixture of multivariate normals over the grid of shocks. The critical value is
the quantile, at the level, of the largest |coefficient - its mean| / standard error among draws of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.options import Options
from ipscausal.inference.shock.panel_model import prepare_model
from ipscausal.panel import FloatArray

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """estimate, std_error, low, high: (q,); critical: of all coefficients together; draws, seed of the simulation."""

    estimate: FloatArray
    std_error: FloatArray
    low: FloatArray
    high: FloatArray
    critical: float
    draws: int
    seed: int


def sup_t_band(estimate: Estimate, options: Options = DEFAULT) -> Band | None:
    """The band at `options.level`; None where the panel model is not computed."""
    model = prepare_model(estimate, options)
    if isinstance(model, str):
        return None
    outcomes = own_outcomes(estimate)
    weight = model.weight(outcomes)[0]
    q = len(estimate.terms)
    mean = np.broadcast_to(model.coefficients(outcomes)[0], (len(weight), q))
    rng = np.random.default_rng(options.seed)
    counts = rng.multinomial(options.draws, weight)
    used = np.flatnonzero(counts)
    value, vector = np.linalg.eigh(model.covariance[used])
    root = vector * np.sqrt(np.maximum(value, 0.0))[:, None, :]
    draws = np.concatenate(
        [mean[k] + rng.standard_normal((counts[k], q)) @ one.T for k, one in zip(used, root, strict=True)]
    )
    centre = weight @ mean
    between = weight @ (mean - centre) ** 2
    error = np.sqrt(weight @ np.einsum("kqq->kq", model.covariance) + between)
    critical = float(np.quantile((np.abs(draws - centre) / error).max(axis=1), options.level))
    return Band(centre, error, centre - critical * error, centre + critical * error, critical, options.draws,
                options.seed)  # fmt: skip
