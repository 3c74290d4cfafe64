"""The treated municipality's contrast among those of every municipality at every circular shift of the years.

With G municipalities and S years there are G x S contrasts of one municipality with the mean of the others, of which
one was acted upon. It is a picture (how large is this contrast among so many that should be zero?) and a companion, not
the verdict: years are exchanged as if their course could have begun in any of them. Where sampling variances are known
each contrast of municipality j is divided by sqrt(A + s_j^2), A between municipalities by Paule and Mandel, averaged
over the shifts; without them small municipalities look extreme and large ones never. In simulated municipal panels the
studentised version rejects true nulls in 4 to 6 per cent at a nominal 5 where the treated municipality is small or of
middle size, in 5 to 11 where it is large.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import cluster_means, own_outcomes
from ipscausal.inference.contrast.paule_mandel import paule_mandel
from ipscausal.inference.method import Method, Trial
from ipscausal.inference.options import Options
from ipscausal.inference.permutation.randomisation import count_larger
from ipscausal.inference.permutation.year_shifts import CommonContrast, common_contrast, shifts, tied
from ipscausal.inference.row import Inference, Status, no_number, unreachable
from ipscausal.inference.sampling import sampling_covariance
from ipscausal.inference.t_trial import no_trial
from ipscausal.panel import FloatArray, IntArray

ASSUMPTIONS = (
    "No effect in any year; municipalities exchangeable, yearly shocks stationary so that their course could have "
    "begun in any year. Approximate: a picture and a companion, not the verdict."
)
STUDENTISED = "none: contrasts over their standard deviations, sampling variance known"
RAW = "none: raw contrasts, sampling variances unknown: small municipalities look extreme, large ones never"
ONE_TREATED = "For one treated municipality; with several, their assignments are ranked instead."

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Placebos:
    """m clusters at S shifts, the treated one first.

    contrast: CommonContrast; position: (m,) clusters; vectors: (S, years) shifted contrast vectors, shift 0 the actual.
    sampling: (m, S) known sampling variances, or None. p_floor: smallest attainable p.
    """

    contrast: CommonContrast
    position: IntArray
    vectors: FloatArray
    sampling: FloatArray | None
    p_floor: float


@dataclass(frozen=True, slots=True, eq=False)
class SpaceTime:
    """The m x S placebo contrasts of one coefficient, for a figure.

    cluster: m labels, the treated one first, its actual contrast at [0, 0]. raw: (m, S) contrast of each cluster with
    the mean of the others, shifted by 0 to S - 1 years; studentised: (m, S) over its standard deviation, or None.
    """

    cluster: tuple[str, ...]
    raw: FloatArray
    studentised: FloatArray | None
    p_raw: float
    p_studentised: float | None
    p_floor: float


def placebos(estimate: Estimate, j: int) -> Placebos | str:
    """The placebo design of the coefficient at position j, or the reason why there is none."""
    contrast = common_contrast(estimate, j)
    if isinstance(contrast, str):
        return contrast
    if len(contrast.treated) != 1:
        return ONE_TREATED
    position, vectors = np.concatenate([contrast.treated, contrast.control]), shifts(contrast.vector)
    known, sampling = sampling_covariance(estimate), None
    if known is not None:
        own = known.covariance[position][:, contrast.years][:, :, contrast.years]
        sampling = np.einsum("si,mij,sj->ms", vectors, own, vectors, optimize=True)
    return Placebos(contrast, position, vectors, sampling, tied(vectors, 0) / (len(position) * len(vectors)))


def statistics(design: Placebos, outcomes: FloatArray) -> tuple[FloatArray, FloatArray | None]:
    """(B, m, S) contrasts with the mean of the others, raw and over their standard deviations (None: unknown)."""
    means = cluster_means(design.contrast.forms, outcomes)[:, design.position][:, :, design.contrast.years]
    own = means @ design.vectors.T
    m = own.shape[1]
    raw = (own - own.mean(axis=1, keepdims=True)) * (m / (m - 1))
    if design.sampling is None:
        return raw, None
    between = np.mean([paule_mandel(own[:, :, s], design.sampling[:, s]) for s in range(own.shape[2])], axis=0)
    variance = between[:, None, None] + design.sampling
    scaled = np.divide(
        raw, np.sqrt(variance), out=np.where(raw == 0, 0.0, np.copysign(np.inf, raw)), where=variance > 0
    )
    return raw, scaled


def space_time_placebos(estimate: Estimate, j: int = 0) -> SpaceTime | None:
    """Contrasts for a figure, None where the design has no placebos."""
    design = placebos(estimate, j)
    if isinstance(design, str):
        return None
    raw, scaled = statistics(design, own_outcomes(estimate))
    return SpaceTime(
        tuple(estimate.cluster[c] for c in design.position),
        raw[0],
        None if scaled is None else scaled[0],
        float(_p_value(raw)[0]),
        None if scaled is None else float(_p_value(scaled)[0]),
        design.p_floor,
    )


def space_time(estimate: Estimate, options: Options = DEFAULT) -> tuple[Inference, ...]:
    """One row per coefficient: rank among the studentised contrasts, the raw ones without sampling variances."""
    return tuple(_row(estimate, j, options) for j in range(len(estimate.terms)))


def _row(estimate: Estimate, j: int, options: Options) -> Inference:
    name, design = estimate.terms[j].name, placebos(estimate, j)
    if isinstance(design, str):
        return no_number(name, "space_time", design, options.level)
    raw, scaled = statistics(design, own_outcomes(estimate))
    used = raw if scaled is None else scaled
    p, points = float(_p_value(used)[0]), raw[0].size
    status: Status = "cannot_reject" if unreachable(design.p_floor, options.level) else "ok"
    return Inference(
        name,
        "space_time",
        float(raw[0, 0, 0]),
        status,
        ASSUMPTIONS,
        options.level,
        statistic=abs(float(used[0, 0, 0])),
        p_value=p,
        p_floor=design.p_floor,
        small_sample=RAW if scaled is None else STUDENTISED,
        rank=round(p * points),
        rank_of=points,
        n_dropped=design.contrast.n_dropped,
    )


def _p_value(statistic: FloatArray) -> FloatArray:
    """(B,) share of the (B, m, S) statistics at least as large as the first in absolute value."""
    flat = np.abs(statistic.reshape(len(statistic), -1))
    return np.asarray(count_larger(flat, 0) / flat.shape[1])


def _prepare(estimate: Estimate, j: int, options: Options) -> Trial:
    design = placebos(estimate, j)
    if isinstance(design, str):
        return no_trial

    def trial(outcomes: FloatArray) -> FloatArray:
        raw, scaled = statistics(design, outcomes)
        return _p_value(raw if scaled is None else scaled)

    return trial


METHODS = (Method("space_time", space_time, _prepare, "contrast", "contrasts"),)
