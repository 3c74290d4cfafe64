"""Least squares with weights that are not negative and add up to one: the exact solution.

min ||A x - b||^2 + ridge ||x||^2 over x >= 0, sum x = 1. With sum x = 1 the objective is x'Hx, where H =
(A - b1')'(A - b1') + ridge I. Along every direction u of the simplex, x = cu, the problem min x'Hx + (1'x - 1)^2 over
x >= 0 has the value q / (1 + q), q = u'Hu, which increases in q: its solution points to that of the simplex. So the
constrained problem is non-negative least squares, solved by the active sets of Lawson and Hanson (1974), and a
rescaling.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from ipscausal.panel import FloatArray

STEPS = 30  # changes of the active set allowed, in multiples of the number of weights


def simplex_least_squares(a: FloatArray, b: FloatArray, ridge: float) -> FloatArray:
    """(p,) weights of the columns of `a` (n, p) that come closest to `b` (n,).

    ridge: penalty on the sum of squared weights, in the squared unit of `b`; with 0 the solution need not be the only
    one.
    """
    p = a.shape[1]
    if p == 1:
        return np.ones(1)
    away = np.concatenate([a - b[:, None], np.sqrt(ridge) * np.eye(p)])
    length = np.sqrt(np.einsum("ij,ij->j", away, away))
    # in units of the closest column q is at most one; a column without any distance is the solution
    scale = float(length.min()) if length.min() > 0 else float(length.max()) or 1.0
    system = np.concatenate([away / scale, np.ones((1, p))])
    target = np.zeros(len(system))
    target[-1] = 1.0
    weights = np.asarray(nnls(system, target, maxiter=STEPS * p)[0], dtype=np.float64)
    return weights / weights.sum()
