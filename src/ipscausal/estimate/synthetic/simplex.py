"""Least squares with weights that are not negative and add up to one: the exact solution.

min ||A x - b||^2 + ridge ||x||^2 over x >= 0, sum x = 1. With sum x = 1 the objective is x'Hx, where H =
(A - b1')'(A - b1') + ridge I. Along every direction u of the simplex, x = cu, the problem min x'Hx + (1'x - 1)^2 over
x >= 0 has the value q / (1 + q), q = u'Hu, which increases in q: its solution points to that of the simplex. So the
constrained problem is non-negative least squares, solved by the active sets of Lawson and Hanson (1974), and a
rescaling.

They take one weight after the other. With a ridge to speak of most donors carry weight, and with many donors of few
years it is faster to guess the set whole: given the residual e = b - Ax and the multiplier mu of the sum, the solution
is x = max(A'e + mu, 0) / ridge; given the set, e and mu solve n + 1 linear equations. Repeated until the set stays
(Hintermueller, Ito and Kunisch 2002), which is the minimum; where it does not come to rest the first way is taken.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from ipscausal.panel import FloatArray

STEPS = 30  # changes of the active set allowed, in multiples of the number of weights
GUESSES = 30  # of the whole set; it takes about six
ALIKE = 1e-14  # columns that differ by less, relatively, are one: all weights fit equally well
TO_SPEAK_OF = 1e-4  # ridge in units of the largest squared column; below it the guesses lose digits


def simplex_least_squares(a: FloatArray, b: FloatArray, ridge: float) -> FloatArray:
    """(p,) weights of the columns of `a` (n, p) that come closest to `b` (n,).

    ridge: penalty on the sum of squared weights, in the squared unit of `b`; with 0 the solution need not be the only
    one.
    """
    p = a.shape[1]
    if np.ptp(a, axis=1).max() <= ALIKE * np.abs(a).max():
        return np.full(p, 1 / p)
    if ridge > TO_SPEAK_OF * float(np.einsum("ij,ij->j", a, a).max()):
        guessed = _by_whole_sets(a, b, ridge)
        if guessed is not None:
            return guessed
    away = np.concatenate([a - b[:, None], np.sqrt(ridge) * np.eye(p)])
    length = np.sqrt(np.einsum("ij,ij->j", away, away))
    # in units of the closest column q is at most one; a column without any distance is the solution
    scale = float(length.min()) if length.min() > 0 else float(length.max()) or 1.0
    system = np.concatenate([away / scale, np.ones((1, p))])
    target = np.zeros(len(system))
    target[-1] = 1.0
    weights = np.asarray(nnls(system, target, maxiter=STEPS * p)[0], dtype=np.float64)
    return weights / weights.sum()


def _by_whole_sets(a: FloatArray, b: FloatArray, ridge: float) -> FloatArray | None:
    """(p,) weights by guessing which are positive, None where the guesses do not come to rest."""
    n, p = a.shape
    inside = np.ones(p, dtype=bool)
    system = np.empty((n + 1, n + 1))
    for _ in range(GUESSES):
        own = a[:, inside]
        # (I + A A'/ridge) e + A 1 mu/ridge = b and 1'A'e + |set| mu = ridge, over the columns in the set
        system[:n, :n] = np.eye(n) + own @ own.T / ridge
        system[n, :n] = own.sum(axis=1)
        system[:n, n] = system[n, :n] / ridge
        system[n, n] = own.shape[1]
        solution = np.linalg.solve(system, np.append(b, ridge))
        pull = solution[:n] @ a + solution[n]
        again = pull > 0
        if np.array_equal(again, inside):
            weights = np.where(inside, pull, 0.0)
            return np.asarray(weights / weights.sum())
        if not again.any():
            return None
        inside = again
    return None
