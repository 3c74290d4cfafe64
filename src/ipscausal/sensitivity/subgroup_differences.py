"""Joint tests of effects in subgroups: covariance of the levels of a dimension, and adjusted p-values. See
`heterogeneity` for what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from ipscausal.estimate import Estimate
from ipscausal.inference import FEW_TREATED, Options, joint_covariance
from ipscausal.inference.wild.multiple import holm, romano_wolf_min_p
from ipscausal.inference.wild.scores import TIES
from ipscausal.inference.wild.signs import Signs, choose_signs
from ipscausal.panel import FloatArray
from ipscausal.subgroups import Subgroups

SINGULAR = 1e-10  # share of the largest variance below which a combination of levels has none
Basis = Literal["contributions", "levels"]


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """Of M effects in the same C clusters. scores: (C, M), zero where a cluster is not in an effect; signs: random."""

    scores: FloatArray
    signs: Signs

    @classmethod
    def of(cls, fits: Sequence[Estimate], options: Options) -> Contributions:
        """The contributions of each estimate of one effect, clusters matched by label."""
        labels = list(dict.fromkeys(label for fit in fits for label in fit.cluster))
        place = {label: c for c, label in enumerate(labels)}
        scores = np.zeros((len(labels), len(fits)))
        for j, fit in enumerate(fits):
            scores[[place[label] for label in fit.cluster], j] = fit.cluster_scores[:, 0]
        return cls(scores, choose_signs(len(labels), options))

    def covariance(self, of: Sequence[int]) -> FloatArray:
        """C / (C - 1) sum of products of the contributions of effects `of`."""
        chosen, clusters = self.scores[:, list(of)], len(self.scores)
        return np.asarray(clusters / (clusters - 1) * chosen.T @ chosen)

    def draws(self, combined: FloatArray) -> FloatArray:
        """(n,) W of combinations (r, M) of effects that are all zero, for each draw of signs, studentised anew."""
        scores, c = self.scores @ combined.T, len(self.scores)
        vectors = self.signs.vectors
        drawn = vectors.T @ scores
        squares = np.einsum("cn,ci,cj->nij", vectors**2, scores, scores, optimize=True)
        raw = np.einsum("ni,ni->n", drawn, np.linalg.solve(squares, drawn[..., None])[..., 0])
        # the variance about the mean of the signed scores takes drawn drawn'/C off (Sherman and Morrison)
        left = np.maximum(1 - raw / c, np.finfo(float).eps)
        return np.asarray(raw / left * (c - 1) / c)


def carried(fits: Sequence[Estimate]) -> bool:
    """Whether every effect rests on enough clusters on both sides for contributions to say how sure it is."""
    return all(int(fit.n_residual[0]) >= FEW_TREATED for fit in fits)


@dataclass(frozen=True, slots=True, eq=False)
class LevelCovariance:
    """(K, K) covariance of the effects at K levels. df: of its variances, None = known; see `Basis`."""

    matrix: FloatArray
    df: float | None
    basis: Basis


def level_covariance(
    of: Subgroups, levels: Sequence[int], fits: Sequence[Estimate], known: FloatArray, options: Options
) -> LevelCovariance:
    """Covariance of the effects of levels. known: that of their contributions."""
    smallest = min(int(fit.n_residual[0]) for fit in fits)
    if carried(fits) and smallest - 1 - len(fits) + 2 >= 1:
        return LevelCovariance(known, smallest - 1.0, "contributions")
    methods, own = zip(*(joint_covariance(fit, options) for fit in fits), strict=True)
    matrix = np.diag([float(one[0, 0]) for one in own])
    if set(methods) != {"panel"}:
        # pooled over all clusters, or resting on the residuals of the fewer side
        pooled = min(fit.n_clusters for fit in fits) - 2.0
        return LevelCovariance(matrix, max(1.0, smallest - 1.0 if "cr2" in methods else pooled), "levels")
    if of.covariance is not None:
        weights = [_on(of, fit) for fit in fits]
        for i in range(len(fits)):
            for j in range(i):
                between = of.covariance[levels[i], levels[j]]
                matrix[i, j] = matrix[j, i] = np.einsum("gt,gts,gs->", weights[i], between, weights[j])
    return LevelCovariance(_nonnegative(matrix), None, "levels")


def equality(values: FloatArray, covariance: LevelCovariance) -> tuple[float, int, float | None, float] | None:
    """Statistic, df1, df2 (None: chi-square) and p of equal effects (K,); None where differences have no variance."""
    apart = differences(len(values))
    variance = apart @ covariance.matrix @ apart.T
    if (
        not np.isfinite(variance).all()
        or np.linalg.eigvalsh(variance)[0] <= SINGULAR * np.diag(covariance.matrix).max()
    ):
        return None
    gap = apart @ values
    wald, df1 = float(gap @ np.linalg.solve(variance, gap)), len(gap)
    if covariance.df is None:
        return wald, df1, None, float(stats.chi2.sf(wald, df1))
    hotelling = covariance.basis == "contributions"
    df2 = covariance.df - df1 + 1 if hotelling else covariance.df
    statistic = wald * df2 / (covariance.df * df1) if hotelling else wald / df1
    return statistic, df1, df2, float(stats.f.sf(statistic, df1, df2))


def differences(levels: int) -> FloatArray:
    """(K - 1, K) each level after the first less the first."""
    return np.hstack([-np.ones((levels - 1, 1)), np.eye(levels - 1)])


def adjusted(
    p: Sequence[float | None], draws: Sequence[Callable[[], FloatArray]] | None, signs: Signs
) -> list[tuple[float | None, float | None]]:
    """Holm's and Romano and Wolf's p of hypotheses; None where one has no p, the latter without draws of statistics.

    Romano and Wolf's step-down starts from the p-values given: each hypothesis is as extreme among its own draws as its
    p says, so that draws tell only how hypotheses move together. An adjusted p is never below its own.
    """
    tested = [i for i, value in enumerate(p) if value is not None]
    if not tested:
        return [(None, None)] * len(p)
    own = np.array([p[i] for i in tested], dtype=np.float64)
    by_holm = dict(zip(tested, holm(own), strict=True))
    joint: dict[int, float] = {}
    if draws is not None:
        drawn = np.stack([draws[i]() for i in tested])
        seen = np.array([_as_extreme(*one) for one in zip(own, drawn, strict=True)])
        joint = dict(zip(tested, np.maximum(own, romano_wolf_min_p(seen, drawn, signs)), strict=True))
    return [(_float(by_holm.get(i)), _float(joint.get(i))) for i in range(len(p))]


def _as_extreme(p: float, draws: FloatArray) -> float:
    """The value that a share p of the draws reach; beyond all of them where p is less than one draw."""
    reached = int(np.ceil(p * len(draws) - TIES))
    return float(np.sort(draws)[len(draws) - reached]) if reached else float("inf")


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _on(of: Subgroups, fit: Estimate) -> FloatArray:
    """(G, T) cell weights of an effect in the rows of the dimension's panels."""
    place = {code: g for g, code in enumerate(of.panels[0].municipality)}
    out = np.zeros(of.panels[0].weight.shape)
    out[[place[code] for code in fit.panel.municipality]] = fit.cell_weights[0]
    return out


def _nonnegative(matrix: FloatArray) -> FloatArray:
    """The matrix, or the nearest without negative variances: parts of it were pooled where persons are few."""
    value, vector = np.linalg.eigh(matrix)
    if value[0] >= 0:
        return matrix
    return np.asarray((vector * np.maximum(value, 0.0)) @ vector.T)
