"""A regression told in other coefficients, so that averages of effects keep everything a regression has."""

from __future__ import annotations

import numpy as np
from scipy.linalg import qr

from ipscausal.estimate.model import NormalEquations
from ipscausal.panel import FloatArray


def reexpress(equations: NormalEquations, combination: FloatArray, names: tuple[str, ...]) -> NormalEquations:
    """The same regression with `combination` (r, q) of its first q coefficients as its first r.

    r effects, chosen for large weights, give way to the combinations; the other q - r follow under their own names,
    and so does the rest of the columns. With P b the new coefficients, columns are X P^-1: gram P'^-1 A P^-1, moment
    P'^-1 b, bread P M P'. Variances, jackknife and bootstrap of the combinations are therefore those of the regression
    as it ran, weights of the averages taken as known.
    names: r. The rows of `combination` are linearly independent, as averages over disjoint sets of effects are.
    """
    r, q = combination.shape
    p = len(equations.columns)
    rest = np.sort(qr(combination, mode="economic", pivoting=True)[2][r:])
    change = np.zeros((p, p))
    change[:r, :q] = combination
    change[np.arange(r, q), rest] = 1.0
    change[np.arange(q, p), np.arange(q, p)] = 1.0
    back = np.linalg.inv(change)
    of_cells = np.ix_(equations.of_cells, equations.of_cells)
    return NormalEquations(
        (*names, *(equations.columns[i] for i in rest), *equations.columns[q:]),
        back.T @ equations.gram @ back,
        equations.moment @ back,
        change @ equations.bread @ change.T,
        change @ equations.solution,
        equations.scores @ back,
        equations.cells @ back[of_cells],
        equations.of_cells,
        equations.controls,
    )
