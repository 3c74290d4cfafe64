"""The weights of the wild cluster bootstrap: every vector of signs, or a seeded sample of vectors.

A vector v and its mirror image -v give the same |t|, so Rademacher vectors are enumerated with the first sign fixed.
Webb's six points replace the two signs where these give too few distinct vectors (Webb 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.inference.monte_carlo import draws_interval
from ipscausal.inference.options import Options
from ipscausal.panel import FloatArray, IntArray

TRIAL_ENUMERATE = 2**11  # so many over simulated data sets
ENUMERATE = 2**16  # so many sign vectors (17 clusters) are all counted
RESOLUTION = 0.01  # enumerated p-values further apart than this (fewer than 8 clusters) call for Webb's points
WEBB = np.sqrt(np.array([1.5, 1.0, 0.5, 0.5, 1.0, 1.5])) * np.array([-1, -1, -1, 1, 1, 1])


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """vectors: (C, n) bootstrap weights by cluster. words: what they are. seed: None when every vector is there.

    different: how many vectors there are to draw from, up to their sign (infinitely many unless points are given).
    """

    vectors: FloatArray
    words: str
    seed: int | None
    different: float = np.inf

    @property
    def n(self) -> int:
        """Vectors counted."""
        return int(self.vectors.shape[1])

    @property
    def floor(self) -> float:
        """Smallest p: the observed data are one of the vectors, or one more draw; few vectors are drawn again."""
        return max(float(self.p_value(np.array(0))), 1 / self.different)

    def p_value(self, count: IntArray) -> FloatArray:
        """p for `count` vectors (any shape) at least as extreme as the data.

        Enumerated: count / n, and never below 1/n. With the null imposed and plain residuals the vector of ones is
        the data themselves and always counts; with other residuals it need not, yet no p of zero can come from n
        vectors. Sampled: (1 + count) / (1 + n), the exact Monte Carlo test.
        """
        if self.seed is None:
            return np.maximum(count, 1) / self.n
        return (1 + np.asarray(count)) / (1 + self.n)

    def monte_carlo(self, count: int) -> tuple[float, float] | None:
        """95 % Clopper-Pearson interval of the p that all vectors would give; None when all are there."""
        if self.seed is None:
            return None
        return draws_interval(count, self.n)


def every_sign(clusters: int) -> Signs:
    """All 2^(C-1) Rademacher vectors with the first sign fixed; the vector of ones comes first."""
    n = 2 ** (clusters - 1)
    bits = np.arange(n)[None, :] >> np.arange(clusters - 1)[:, None] & 1
    vectors = np.concatenate([np.ones((1, n)), 1.0 - 2.0 * bits])
    return Signs(vectors, f"all {n} Rademacher vectors", None, n)


def drawn(clusters: int, points: FloatArray, draws: int, seed: int, words: str) -> Signs:
    """`draws` independent vectors, each cluster's weight one of `points` with equal probability."""
    rng = np.random.default_rng(seed)
    return Signs(
        points[rng.integers(0, len(points), (clusters, draws))],
        f"{draws} {words} vectors",
        seed,
        float(len(points)) ** clusters / 2,
    )


def choose_signs(clusters: int, options: Options, most: int = ENUMERATE) -> Signs:
    """The weights of `options.signs`; None: Rademacher where p-values are RESOLUTION apart or closer, else Webb.

    most: so many vectors are all counted, more are sampled.
    """
    distinct = 2 ** (clusters - 1)
    if options.signs == "webb" or (options.signs is None and distinct < 1 / RESOLUTION):
        return drawn(clusters, WEBB, options.draws, options.seed, "Webb six-point")
    if distinct <= most:
        return every_sign(clusters)
    return drawn(clusters, np.array([-1.0, 1.0]), options.draws, options.seed, "Rademacher")
