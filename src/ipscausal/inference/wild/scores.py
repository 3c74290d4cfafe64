"""The wild cluster bootstrap of a linear regression from its cross-products per cluster, without refitting.

Any least squares with cluster cross-products A_g (p x p) and b_g (p) will do. Coordinates are chosen so that
sum A_g = I and the coefficient of interest is the last: then the others alone are the restricted model, and with
H_g = A_g, m_g = b_g in these coordinates and delta = (coefficient - null) in units of its root information

    score of the fit s_g = m_g - H_g sum m,  with the null imposed s_g + delta H_g e_p
    residuals in use z_g = T_g score: T_g = I, or the cluster's own fit left out (its inverse of I - H_g)
    numerator of t* = sum_g v_g z_g[p];  denominator = || J v ||,  (J v)_h = v_h l_h'z_h - l_h'H_h sum_g v_g z_g
    l_h = e_p (CV1), or row p of (I - H_h)^-1 (CV3, the jackknife in every draw)

Sources: Roodman, MacKinnon, Nielsen and Webb 2019; MacKinnon, Nielsen and Webb, "Fast and reliable jackknife and
bootstrap methods" (2023), whose variants C, S, V and B these are. Constant small-sample factors cancel and are left
out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import solve_triangular

from ipscausal.panel import BoolArray, FloatArray, IntArray

TIES = 1e-9  # |t*| counts as at least |t| within this relative tolerance
LOST = 1e-10  # eigenvalue of I - H_g that means: without the cluster nothing is left in that direction
ROUNDING = 1e-12  # relative size below which a norm is rounding error of zero
CHUNK_NUMBERS = 250_000  # numbers of the largest intermediate array: 2 MB stay in the cache

Tail = Literal["two_sided", "equal_tailed", "less", "greater"]


@dataclass(frozen=True, slots=True)
class Variant:
    """null: imposed on the residuals or not. residuals: of the fit, or of the fit without the own cluster.

    denominator: of t and t*, from the scores (CV1) or from the leave-one-out coefficients (CV3).
    """

    null: Literal["imposed", "free"]
    residuals: Literal["fit", "left_out"]
    denominator: Literal["cv1", "cv3"]


@dataclass(frozen=True, slots=True, eq=False)
class WildDesign:
    """What one coefficient's bootstrap needs of the design; outcomes enter as moments only.

    to_moment: (p, p) map of b_g to m_g; root_information: square root of the coefficient's information; hat: (C, p, p)
    H_g; transform: (C, p, p) T_g; weight: (C, p) l_h; pulled: (C, p) l_h'H_h; slope: (C, p) what delta = 1 adds to z.
    """

    to_moment: FloatArray
    root_information: float
    hat: FloatArray
    transform: FloatArray
    weight: FloatArray
    pulled: FloatArray
    slope: FloatArray

    def draw(self, z: FloatArray, vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Numerators (..., n) and J v (..., C, n) of residual cross-products z (..., C, p) and weights (C, n)."""
        total = np.swapaxes(z, -1, -2) @ vectors
        own = np.einsum("ci,...ci->...c", self.weight, z)
        return total[..., -1, :], own[..., None] * vectors - self.pulled @ total


@dataclass(frozen=True, slots=True, eq=False)
class WildScores:
    """Of B outcomes (leading axes, may be none): estimate (...,), norm (...,) so that t = delta / norm, 0 where the
    regression fits every cluster exactly, and z (..., C, p) at delta = 0."""

    estimate: FloatArray
    norm: FloatArray
    z: FloatArray


def wild_design(gram: FloatArray, position: int, variant: Variant) -> WildDesign | None:
    """From (C, p, p) cross-products; None where a leave-one-out coefficient that the variant needs does not exist."""
    p = gram.shape[-1]
    order = np.array([*(i for i in range(p) if i != position), position])
    total = gram.sum(axis=0)[np.ix_(order, order)]
    scale = 1 / np.sqrt(np.diag(total))
    factor = np.linalg.cholesky(total * scale[:, None] * scale)
    to_moment = np.zeros((p, p))
    to_moment[:, order] = solve_triangular(factor, np.diag(scale), lower=True)
    hat = to_moment @ gram @ to_moment.T
    hat = (hat + np.swapaxes(hat, 1, 2)) / 2
    weight = np.zeros((len(gram), p))
    weight[:, -1] = 1
    if variant.denominator == "cv3":
        rest, lost = _without(hat)
        if lost.any():
            return None
        weight = rest[:, -1]
    transform = np.broadcast_to(np.eye(p), hat.shape)
    if variant.residuals == "left_out":
        free = p if variant.null == "free" else p - 1
        transform = transform + hat[:, :, :free] @ _without(hat[:, :free, :free])[0] @ np.eye(free, p)
    imposed = hat[:, :, -1] if variant.null == "imposed" else np.zeros((len(gram), p))
    pulled = np.einsum("ci,cij->cj", weight, hat)
    root_information = float(factor[-1, -1] / scale[-1])
    return WildDesign(to_moment, root_information, hat, transform, weight, pulled, _apply(transform, imposed))


def wild_scores(design: WildDesign, moment: FloatArray) -> WildScores:
    """Bootstrap material of outcomes with cross-products (..., C, p)."""
    m = moment @ design.to_moment.T
    total = m.sum(axis=-2)
    score = m - np.einsum("cij,...j->...ci", design.hat, total)
    norm = np.sqrt((np.einsum("ci,...ci->...c", design.weight, score) ** 2).sum(axis=-1))
    norm = np.where(norm > ROUNDING * np.sqrt((m**2).sum(axis=(-1, -2))), norm, 0.0)
    return WildScores(total[..., -1] / design.root_information, norm, _apply(design.transform, score))


def t_draws(
    design: WildDesign, scores: WildScores, vectors: FloatArray, null: float = 0.0
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """delta (...,), and numerator and denominator (..., n) of t* for the sign vectors (C, n) under the null value."""
    delta = (scores.estimate - null) * design.root_information
    z = scores.z + delta[..., None, None] * design.slope
    numerator, deviations = design.draw(z, vectors)
    denominator = np.sqrt(np.einsum("...cn,...cn->...n", deviations, deviations))
    size = np.sqrt((z**2).sum(axis=(-1, -2)))[..., None] * np.sqrt((vectors**2).max(axis=0))
    return delta, numerator, np.where(denominator > ROUNDING * size, denominator, 0.0)


def count_extreme(
    design: WildDesign, scores: WildScores, vectors: FloatArray, null: float = 0.0, tail: Tail = "two_sided"
) -> IntArray:
    """(...,) number of vectors whose t* is at least as extreme as t, ties included.

    The comparison |t*| >= |t| is made without division: |numerator| norm >= |delta| denominator. "equal_tailed" is
    twice the smaller of the one-sided numbers, at most all.
    """
    delta, numerator, denominator = t_draws(design, scores, vectors, null)
    seen, drawn = delta[..., None] * denominator, numerator * scores.norm[..., None]
    slack = TIES * np.abs(seen)
    if tail == "two_sided":
        return np.asarray((np.abs(drawn) >= np.abs(seen) - slack).sum(axis=-1))
    greater = np.asarray((drawn >= seen - slack).sum(axis=-1))
    less = np.asarray((drawn <= seen + slack).sum(axis=-1))
    if tail == "equal_tailed":
        return np.minimum(2 * np.minimum(greater, less), vectors.shape[1])
    return greater if tail == "greater" else less


def count_many(design: WildDesign, moment: FloatArray, vectors: FloatArray) -> IntArray:
    """(B,) two-sided counts for B outcomes (B, C, p), in pieces of bounded memory."""
    step = max(1, CHUNK_NUMBERS // vectors.size)
    return np.concatenate(
        [count_extreme(design, wild_scores(design, moment[i : i + step]), vectors) for i in range(0, len(moment), step)]
    )


def _apply(transform: FloatArray, score: FloatArray) -> FloatArray:
    return np.einsum("cij,...cj->...ci", transform, score)


def _without(hat: FloatArray) -> tuple[FloatArray, BoolArray]:
    """(C, k, k) inverse of I - H_g, zero in directions that only cluster g informs, and (C,) whether the last
    coefficient has a part in such a direction."""
    values, vectors = np.linalg.eigh(np.eye(hat.shape[-1]) - hat)
    alive = values > LOST
    inner = np.divide(1.0, values, out=np.zeros_like(values), where=alive)
    lost = (vectors[:, -1] ** 2 * ~alive).sum(axis=-1) > LOST
    return np.einsum("civ,cv,cjv->cij", vectors, inner, vectors), lost
