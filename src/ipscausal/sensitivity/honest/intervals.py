"""Confidence sets for the effect under a restriction on differences in trends, and where they break down.

For each M the set of accepted values is found on a grid inside the bounds that the first stage sets and its ends are
bisected, so that no end is a grid point. A union is accepted where any of its polyhedra is. Moments of years before
the reference alone are not used (`restrictions`); kappa is a tenth of the size, as the authors recommend.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, nan
from typing import Literal

import numpy as np
from scipy.stats import norm

from ipscausal.errors import UsageError
from ipscausal.panel import BoolArray, FloatArray
from ipscausal.sensitivity.covariance import require_positive_definite
from ipscausal.sensitivity.honest.conditional import Corners, accepted, corners, least_favourable, multipliers
from ipscausal.sensitivity.honest.flci import FixedLength, shortest_interval
from ipscausal.sensitivity.honest.restrictions import Restriction, family_of, polyhedra, second_differences

HonestMethod = Literal["FLCI", "conditional", "C-F", "C-LF"]
DRAWS = 50_000
SEED = 20261121
GRID = 401
HALVINGS = 45
FAR = 8.0  # standard errors beyond which the conditional test is first looked at
WIDEST = 12  # doublings of that distance before an end counts as infinite
DEFAULT_SIZES = tuple(step / 10 for step in range(21))
DEEPEST = 40.0  # in multiples of the earlier changes, or of their size: where the search for a breakdown ends


@dataclass(frozen=True, slots=True)
class HonestInterval:
    """At one M: interval of the effect, NaN where every value is rejected; identified: set at the estimates."""

    size: float
    low: float
    high: float
    identified_low: float
    identified_high: float

    def holds(self, value: float) -> bool:
        """Whether the value is not rejected; False for an empty interval."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, eq=False)
class HonestDiD:
    """Sensitivity of one effect to differences in trends.

    estimate, std_error, conf_low, conf_high: target'(coefficients after) under exactly parallel trends.
    intervals: one per M. breakdown: smallest M at which 0 is not rejected; 0 where it is not rejected to begin with,
    infinite where it is rejected at every M looked at. n_pre: K; target: weights of the P coefficients after.
    """

    restriction: Restriction
    method: HonestMethod
    level: float
    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    intervals: tuple[HonestInterval, ...]
    breakdown: float
    n_pre: int
    target: tuple[float, ...]


def honest_did(
    betahat: FloatArray,
    sigma: FloatArray,
    n_pre: int,
    n_post: int,
    l_vec: FloatArray | None = None,
    *,
    restriction: Restriction = "RM",
    sizes: Sequence[float] | None = None,
    method: HonestMethod | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> HonestDiD:
    """Intervals that hold when trends differ no more than the restriction says (Rambachan and Roth 2023).

    betahat: (K + P,) event-study coefficients in order of time, the reference (between the K before and the P after)
    left out; sigma: (K + P, K + P) covariance. l_vec: (P,) weights of the effect asked for, None = the first year.
    sizes: values of M (in the outcome's unit for SD, in multiples of earlier changes otherwise), None = 0, 0.1, .. 2
    times 1, or for SD times `largest_slope_change`. method: None = FLCI for SD, C-F for SD
    with a sign or a direction, C-LF otherwise. draws, seed: of the least favourable critical value.

    Raises UsageError for a method that the restriction does not have, negative sizes, shapes that do not fit;
    IdentificationError for a covariance that is not positive definite.
    """
    target = np.eye(n_post)[0] if l_vec is None else np.asarray(l_vec, dtype=np.float64)
    betahat, sigma = np.asarray(betahat, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    chosen = _method(restriction, method)
    _check(betahat, sigma, n_pre, n_post, target)
    question = _Question(betahat, sigma, n_pre, target, restriction, chosen, 1 - level, draws, seed)
    unit = largest_slope_change(betahat, sigma, n_pre, level) if family_of(restriction) == "SD" else 1.0
    asked = [size * unit for size in DEFAULT_SIZES] if sizes is None else [float(size) for size in sizes]
    if not asked or min(asked) < 0 or not np.isfinite(asked).all():
        raise UsageError("sizes must be numbers, 0 or above", remedy="write sizes=[0, 0.5, 1]")
    interval = question.prepared()
    intervals = tuple(interval(size) for size in sorted(asked))
    estimate = float(target @ betahat[n_pre:])
    error = float(np.sqrt(target @ sigma[n_pre:, n_pre:] @ target))
    half = float(norm.isf((1 - level) / 2)) * error
    return HonestDiD(
        restriction, chosen, level, estimate, error, estimate - half, estimate + half, intervals,
        _breakdown(interval, intervals, unit), n_pre, tuple(target.tolist()),
    )  # fmt: skip


def largest_slope_change(betahat: FloatArray, sigma: FloatArray, n_pre: int, level: float = 0.95) -> float:
    """Upper bound of the largest change of slope before the reference: estimate plus one-sided error of the largest.

    With a single year before there is none to see: its standard error.
    """
    before, covariance = betahat[:n_pre], sigma[:n_pre, :n_pre]
    if n_pre == 1:
        return float(np.sqrt(covariance[0, 0]))
    change = second_differences(n_pre, 1)[:-1, :n_pre]
    error = np.sqrt(np.einsum("ij,jk,ik->i", change, covariance, change))
    return float((np.abs(change @ before) + norm.isf(1 - level) * error).max())


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    betahat: FloatArray
    sigma: FloatArray
    n_pre: int
    target: FloatArray
    restriction: Restriction
    method: HonestMethod
    alpha: float
    draws: int
    seed: int

    def prepared(self) -> Callable[[float], HonestInterval]:
        """The interval as a function of M; corners and draws, which are the same at every M, are made once."""
        n_post = len(self.target)
        rays = multipliers(polyhedra(self.restriction, 1.0, self.n_pre, n_post)[0], self.n_pre, self.target)
        normals = np.empty((0, len(self.betahat)))
        if self.method == "C-LF":
            rng = np.random.default_rng(self.seed)
            normals = rng.standard_normal((self.draws, len(self.betahat))) @ np.linalg.cholesky(self.sigma).T

        def interval(size: float) -> HonestInterval:
            parts = [
                corners(self.betahat, self.sigma, self.n_pre, self.target, one, rays)
                for one in polyhedra(self.restriction, size, self.n_pre, n_post)
            ]
            identified = _hull([part.at_most(0.0) for part in parts])
            return HonestInterval(size, *_hull([self.ends(part, size, normals) for part in parts]), *identified)

        return interval

    def ends(self, part: Corners, size: float, normals: FloatArray) -> tuple[float, float]:
        """Ends of the accepted values under one polyhedron; low > high where there are none."""
        kappa, alpha = self.alpha / 10, self.alpha
        stage: float | FixedLength = inf
        if self.method == "FLCI":
            short = shortest_interval(self.sigma, self.n_pre, self.target, size, alpha)
            centre = float(short.weights @ self.betahat)
            return centre - short.half, centre + short.half
        if self.method == "conditional":
            return self._searched(part, alpha)
        if self.method == "C-F":
            stage = shortest_interval(self.sigma, self.n_pre, self.target, size, kappa)
            centre = float(stage.weights @ self.betahat)
            low, high = centre - stage.half, centre + stage.half
        else:
            stage = least_favourable(part, normals, kappa)
            low, high = part.at_most(stage)
        return self._bisected(part, (alpha - kappa) / (1 - kappa), stage, low, high)

    def _searched(self, part: Corners, alpha: float) -> tuple[float, float]:
        """Without a first stage nothing bounds the accepted values: look further out until they end."""
        low, high = part.at_most(FAR)
        for _ in range(WIDEST):
            ends = self._bisected(part, alpha, inf, low, high)
            if ends[0] > ends[1] or (low < ends[0] and ends[1] < high):
                return ends
            low, high = low - (high - low) / 2, high + (high - low) / 2
        return (-inf if ends[0] <= low else ends[0]), (inf if ends[1] >= high else ends[1])

    def _bisected(
        self, part: Corners, alpha: float, stage: float | FixedLength, low: float, high: float
    ) -> tuple[float, float]:
        if not low <= high:
            return inf, -inf

        def test(theta: FloatArray) -> BoolArray:
            return accepted(part, theta, self.betahat, self.sigma, alpha, stage)

        inside = [edge for edge in part.at_most(0.0) if low < edge < high]
        grid = np.unique(np.concatenate([np.linspace(low, high, GRID), inside, [part.lowest(low, high)]]))
        kept = np.flatnonzero(test(grid))
        if not len(kept):
            return inf, -inf
        first, last = kept[0], kept[-1]
        lower = grid[first] if first == 0 else _edge(test, grid[first - 1], grid[first])
        upper = grid[last] if last == len(grid) - 1 else _edge(test, grid[last + 1], grid[last])
        return float(lower), float(upper)


def _edge(test: Callable[[FloatArray], BoolArray], rejected: float, kept: float) -> float:
    """The last kept value between a rejected and a kept one, by bisection."""
    for _ in range(HALVINGS):
        middle = (rejected + kept) / 2
        if test(np.array([middle]))[0]:
            kept = middle
        else:
            rejected = middle
    return kept


def _hull(ends: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The smallest interval that holds them all, NaN where all are empty."""
    there = [(low, high) for low, high in ends if low <= high]
    if not there:
        return nan, nan
    return min(low for low, _ in there), max(high for _, high in there)


def _breakdown(interval: Callable[[float], HonestInterval], known: Sequence[HonestInterval], unit: float) -> float:
    """The smallest M whose interval holds 0, to a thousandth of its unit; empty intervals reject it."""
    holding = [one.size for one in known if one.holds(0.0)]
    rejecting = [one.size for one in known if not one.holds(0.0) and one.size < min(holding, default=inf)]
    low, high = max(rejecting, default=0.0), min(holding, default=inf)
    if not rejecting and interval(0.0).holds(0.0):
        return 0.0
    while high == inf:
        further = max(2 * low, unit)
        if further > DEEPEST * unit:
            return inf
        low, high = (low, further) if interval(further).holds(0.0) else (further, inf)
    while high - low > unit / 1000:
        middle = (low + high) / 2
        low, high = (low, middle) if interval(middle).holds(0.0) else (middle, high)
    return high


def _method(restriction: Restriction, method: HonestMethod | None) -> HonestMethod:
    family = family_of(restriction)
    smooth: tuple[HonestMethod, ...] = ("FLCI",) if restriction == "SD" else ()
    bounded: tuple[HonestMethod, ...] = ("C-F",) if family == "SD" else ()
    every: tuple[HonestMethod, ...] = (*smooth, *bounded, "C-LF", "conditional")
    if method is not None and method not in every:
        raise UsageError(
            f"the restriction {restriction} has no method {method!r}", remedy=f"its methods are: {', '.join(every)}"
        )
    return method or every[0]


def _check(betahat: FloatArray, sigma: FloatArray, n_pre: int, n_post: int, target: FloatArray) -> None:
    q = n_pre + n_post
    if n_post < 1 or betahat.shape != (q,) or sigma.shape != (q, q) or target.shape != (n_post,) or not target.any():
        raise UsageError(
            f"{n_pre} and {n_post} coefficients before and after do not fit betahat {betahat.shape}, sigma "
            f"{sigma.shape} and l_vec {target.shape}",
            remedy="give the coefficients in order of time without the reference, and weights that are not all 0",
        )
    require_positive_definite(sigma)
