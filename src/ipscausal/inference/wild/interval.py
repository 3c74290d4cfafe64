"""Confidence intervals of the wild cluster bootstrap by inversion: every null value whose p exceeds 1 - level.

Along the null value the residuals are affine, hence so are numerators and J. With x = |t| a vector v is at least as
extreme as the data while

    (a0 + a1 x)^2 - (1 - ties)^2 x^2 || n0 + n1 x ||^2 >= 0,

a polynomial of degree four. The roots of all vectors are the only points where p changes: the ends are exact, not
searched. Percentile-t intervals are the case a1 = n1 = 0 (null not imposed).
"""

from __future__ import annotations

import numpy as np

from ipscausal.inference.wild.scores import TIES, WildDesign, WildScores
from ipscausal.inference.wild.signs import Signs
from ipscausal.panel import BoolArray, FloatArray

FLAT = 1e-9  # relative size of || n1 || or || n0 || that counts as zero


def interval(design: WildDesign, scores: WildScores, signs: Signs, level: float) -> tuple[float, float]:
    """Lowest and highest null value with p > 1 - level, of one outcome with a norm above 0.

    Infinite on a side where no value is rejected. Where the values not rejected fall into several stretches, this is
    the whole range from the first to the last.
    """
    estimate, unit = float(scores.estimate), float(scores.norm) / design.root_information
    z = scores.z / scores.norm
    a0, at_zero = design.draw(z, signs.vectors)
    a1, slope = design.draw(design.slope, signs.vectors)
    n0, n01, n1 = (at_zero**2).sum(axis=0), (at_zero * slope).sum(axis=0), (slope**2).sum(axis=0)
    size = FLAT**2 * (signs.vectors**2).max(axis=0)
    still, flat = n0 <= size * (z**2).sum(), n1 <= size * (design.slope**2).sum()
    n0, n01, n1 = np.where(still, 0.0, n0), np.where(still | flat, 0.0, n01), np.where(flat, 0.0, n1)
    # delta = x below the estimate and -x above it
    down = _reach(a0, a1, n0, n01, n1, signs, 1 - level)
    up = _reach(a0, -a1, n0, -n01, n1, signs, 1 - level)
    return estimate - down * unit, estimate + up * unit


def _reach(
    a0: FloatArray, a1: FloatArray, n0: FloatArray, n01: FloatArray, n1: FloatArray, signs: Signs, alpha: float
) -> float:
    """Largest x with p(x) > alpha."""
    tie = (1 - TIES) ** 2
    polynomial = np.stack([a0**2, 2 * a0 * a1, a1**2 - tie * n0, -2 * tie * n01, -tie * n1])
    roots = _positive_roots(polynomial, n1 == 0)
    between = _between(roots)
    extreme = np.polynomial.polynomial.polyval(between, polynomial[:, None], tensor=False) >= 0
    change = np.diff(extreme.astype(np.int64), axis=0)
    change[~np.isfinite(roots)] = 0
    moves = np.flatnonzero(change)
    moves = moves[np.argsort(roots.ravel()[moves])]
    count = int(extreme[0].sum()) + np.concatenate([[0], np.cumsum(change.ravel()[moves])])
    kept = np.flatnonzero(signs.p_value(count) > alpha)
    if len(kept) == 0:
        return 0.0
    ends = np.append(roots.ravel()[moves], np.inf)
    return float(ends[kept[-1]])


def _positive_roots(polynomial: FloatArray, flat: BoolArray) -> FloatArray:
    """(4, n) real parts of the roots, increasing, inf in place of those that are not positive.

    The real part of a complex pair does no harm: the sign is the same on both sides of it.
    """
    roots = np.full((4, polynomial.shape[1]), np.inf)
    c, b, a = polynomial[:3, flat]
    with np.errstate(divide="ignore", invalid="ignore"):
        # stable for a near 0: b = 2 a0 a1, c = a0^2 >= 0
        half = -(b + np.where(b >= 0, 1.0, -1.0) * np.sqrt(np.maximum(b**2 - 4 * a * c, 0.0))) / 2
        roots[:2, flat] = np.stack([half / a, c / half])
    full = polynomial[:, ~flat]
    companion = np.zeros((full.shape[1], 4, 4))
    companion[:, [1, 2, 3], [0, 1, 2]] = 1
    companion[:, :, 3] = (-full[:4] / full[4]).T
    roots[:, ~flat] = np.linalg.eigvals(companion).real.T
    roots[~(roots > 0)] = np.inf
    return np.asarray(np.sort(roots, axis=0))


def _between(roots: FloatArray) -> FloatArray:
    """(5, n) a point before, between and after the roots; after the last finite one all points are the same."""
    low = np.concatenate([np.zeros((1, roots.shape[1])), roots])
    high = np.concatenate([roots, np.full((1, roots.shape[1]), np.inf)])
    finite = np.where(np.isfinite(low), low, 0.0).max(axis=0)
    return np.where(np.isfinite(high), (low + np.where(np.isfinite(high), high, 0.0)) / 2, 2 * finite + 1)
