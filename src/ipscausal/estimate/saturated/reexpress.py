"""A regression told in other coefficients, so that averages of effects keep everything a regression has."""

from __future__ import annotations

import numpy as np
from scipy.linalg import null_space

from ipscausal.estimate.model import NormalEquations
from ipscausal.panel import FloatArray


def reexpress(equations: NormalEquations, combination: FloatArray, names: tuple[str, ...]) -> NormalEquations:
    """The same regression with `combination` (r, q) of its first q coefficients as its first r.

    The other q - r directions, orthogonal to the combinations, follow ("other_1", ...); the rest of the columns stays.
    With P = (combination, its complement) the coefficients are P b, so columns are X P^-1: gram P'^-1 A P^-1, moment
    P'^-1 b, bread P M P'. Variances, jackknife and bootstrap of P b are therefore those of the regression as it ran.
    names: r. The rows of `combination` are linearly independent, as averages over disjoint sets of effects are.
    """
    r, q = combination.shape
    complement = null_space(combination)
    change = np.vstack([combination, complement.T])
    back = np.hstack([np.linalg.pinv(combination), complement])
    cells = equations.cells.copy()
    cells[..., :q] = cells[..., :q] @ back
    gram = equations.gram.copy()
    gram[:, :, :q] = gram[:, :, :q] @ back
    gram[:, :q] = back.T @ gram[:, :q]
    moment, scores = equations.moment.copy(), equations.scores.copy()
    moment[:, :q], scores[:, :q] = moment[:, :q] @ back, scores[:, :q] @ back
    bread, solution = equations.bread.copy(), equations.solution.copy()
    bread[:q] = change @ bread[:q]
    bread[:, :q] = bread[:, :q] @ change.T
    solution[:q] = change @ solution[:q]
    others = tuple(f"other_{i + 1}" for i in range(q - r))
    return NormalEquations(
        (*names, *others, *equations.columns[q:]), gram, moment, bread, solution, scores, cells,
        equations.of_cells, equations.controls,
    )  # fmt: skip
