"""Placebo studies: each never-treated cluster in the place of the treated, the treated left out, new weights.

With several treated each stands alone in the place of all, at every adoption date in turn, averaged over the dates as
the treated are. Works on any estimator that can be run again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.estimate import Estimate
from ipscausal.inference.options import Options
from ipscausal.inference.sampling import municipality_sampling
from ipscausal.panel import FloatArray, Panel

MOST, LEAST = 99, 20  # placebo municipalities where there are more; each is the whole estimator again
REFITS = 300  # times that it runs, with several adoption dates fewer municipalities

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Placebos:
    """m placebo studies of q effects; NaN where an effect is not identified.

    cluster: m labels. effect, spread: (m, q) tau_j and k_j; noise: (m, q) s_j^2 or None where it is unknown.
    own_spread, own_noise: (q,) of the effects themselves.
    """

    cluster: tuple[str, ...]
    effect: FloatArray
    spread: FloatArray
    noise: FloatArray | None
    own_spread: FloatArray
    own_noise: FloatArray | None


def synthetic_placebos(estimate: Estimate, options: Options = DEFAULT) -> Placebos:
    """Every never-treated cluster in the place of the treated, a seeded sample where there are many.

    options: the seed; shock_ratio enters the spread of the effects themselves.
    """
    return _placebos(estimate, options.seed, options.shock_ratio)


@lru_cache(maxsize=2)  # t and rank of the same estimate follow each other
def _placebos(estimate: Estimate, seed: int, shock_ratio: float) -> Placebos:
    panel, of = estimate.panel, estimate.cluster_of
    dates, weight = _dates(estimate)
    free, most = np.unique(of[~panel.treated]), min(MOST, max(LEAST, REFITS // max(len(dates), 1)))
    if len(free) > most:
        free = np.sort(np.random.default_rng(seed).choice(free, most, replace=False))
    known = municipality_sampling(estimate)
    covariance = None if known is None else known.covariance
    g, q = len(panel.municipality), len(estimate.terms)
    place = {code: i for i, code in enumerate(panel.municipality)}
    effect, spread = np.full((len(free), q), np.nan), np.full((len(free), q), np.nan)
    noise = np.full((len(free), q), np.nan)
    for row, cluster in enumerate(free):
        total, weights = np.zeros(q), np.zeros((q, g, len(panel.years)))
        for date, share in zip(dates, weight, strict=True):
            used = share > 0
            again = _in_place_of(estimate, _never(estimate, int(cluster), date))
            if again is None:
                total[used] = np.nan
                continue
            position = {term.name: i for i, term in enumerate(again.terms)}
            at = np.array([position.get(term.name, -1) for term in estimate.terms])
            total[used] += np.where(at[used] < 0, np.nan, share[used] * again.coef[at[used]])
            rows = np.array([place[code] for code in again.panel.municipality])
            weights[np.ix_(np.flatnonzero(used), rows)] += share[used, None, None] * again.cell_weights[at[used]]
        effect[row] = total
        spread[row], noise[row] = _spread(estimate, weights, 1.0), _noise(weights, covariance)
    own = estimate.cell_weights
    return Placebos(
        tuple(estimate.cluster[c] for c in free), effect, spread, None if known is None else noise,
        _spread(estimate, own, shock_ratio), None if known is None else _noise(own, covariance),
    )  # fmt: skip


def _dates(estimate: Estimate) -> tuple[FloatArray, FloatArray]:
    """(D,) adoption dates and (D, q) the weight of each in the effects, adding to one."""
    panel = estimate.panel
    weight = np.abs(estimate.cell_weights).sum(axis=2)
    dates = np.unique(panel.adoption[panel.treated])
    share = np.stack([weight[:, panel.adoption == date].sum(axis=1) for date in dates])
    total = share.sum(axis=0)
    return dates, np.divide(share, total, out=np.zeros(share.shape), where=total > 0)


def _never(estimate: Estimate, cluster: int, date: float) -> Panel:
    """The never-treated municipalities, those of the cluster adopting at `date` (with a dose path of that date)."""
    panel = estimate.panel
    moved = estimate.cluster_of == cluster
    dose = panel.dose
    if dose is not None:
        example = int(np.flatnonzero(panel.adoption == date)[0])
        dose = np.where(moved[:, None], dose[example], dose)
    adoption = np.where(moved, date, panel.adoption)
    return replace(panel, adoption=adoption, dose=dose).select(~panel.treated)


def _in_place_of(estimate: Estimate, panel: Panel) -> Estimate | None:
    """The estimator on a placebo panel, None where it is not identified there."""
    try:
        return estimate.refit(panel)
    except IdentificationError:
        return None


def _spread(estimate: Estimate, weights: FloatArray, ratio: float) -> FloatArray:
    """(q,) sum over clusters of the squared weight of each: half the sum of its absolute cell weights (q, G, T).

    ratio: shocks of the treated clusters relative to the others' (standard deviations).
    """
    by_cluster = np.zeros((estimate.n_clusters, *weights[:, 0].shape))
    np.add.at(by_cluster, estimate.cluster_of, weights.transpose(1, 0, 2))
    each = np.abs(by_cluster).sum(axis=2) / 2
    each[estimate.cluster_of[estimate.panel.treated]] *= ratio
    return np.asarray((each**2).sum(axis=0))


def _noise(weights: FloatArray, covariance: FloatArray | None) -> FloatArray:
    """(q,) sampling variance of the effects with cell weights (q, G, T); NaN where nothing is known."""
    if covariance is None:
        return np.full(len(weights), np.nan)
    return np.asarray(np.einsum("qgt,gts,qgs->q", weights, covariance, weights, optimize=True))
