"""The effect in each treated municipality, with the noise that all of them share, and drawn towards their mean.

Each treated municipality alone is compared with all others in the years before these adopt, by any estimator of one
effect. That is linear in the cell means; so the covariance of all effects follows from that of the means: sampling
noise, known from the persons, and shocks to municipality-years, judged by untreated cells only (outcomes after adoption
would count differing effects as shocks). Comparison municipalities make noise common to all effects.

Where sampling noise is not known, every municipality is taken to vary over years as the never treated do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, did
from ipscausal.inference import Options, combination_covariance
from ipscausal.inference.shock.panel_model import combined
from ipscausal.panel import FloatArray, Panel
from ipscausal.sensitivity.shrinkage import FEWEST, Shrunken, shrink

DEFAULT = Options()
FEWEST_COMPARED = 5  # never-treated municipalities whose changes over years are a covariance
NoiseFrom = Literal["persons and untreated cells", "never treated"]
EffectOf = Callable[[Panel], Estimate]


@dataclass(frozen=True, slots=True, eq=False)
class MunicipalityEffects:
    """q treated clusters in the order of the panel.

    cluster: labels. estimate: (q,), covariance: (q, q); shrunken: what remains of them. persons: (q,) observations in
    the exposed cells. noise_from: what the covariance rests on. left_out: clusters without an effect, with the reason.
    """

    outcome: str
    unit: str
    estimator: str
    level: float
    cluster: tuple[str, ...]
    adoption: FloatArray
    persons: FloatArray
    estimate: FloatArray
    covariance: FloatArray
    noise_from: NoiseFrom
    shrunken: Shrunken
    left_out: Mapping[str, str]

    @property
    def std_error(self) -> FloatArray:
        """(q,) of the estimates before they are shrunken."""
        return np.sqrt(np.diag(self.covariance))


def municipality_effects(
    panel: Panel, effect_of: EffectOf = did, *, anticipation: int = 0, options: Options = DEFAULT
) -> MunicipalityEffects:
    """Effects of all treated clusters by an estimator of one effect, and shrunken.

    anticipation: years before adoption in which other treated municipalities are no comparison any more.
    Raises UsageError for an estimator of several effects or with weights from outcomes, IdentificationError where
    fewer than three clusters have an effect, or nothing is known of the noise.
    """
    base = did(panel, anticipation)
    used, of = base.panel, base.cluster_of
    found: dict[str, tuple[float, FloatArray]] = {}
    left_out: dict[str, str] = {}
    name = ""
    for c in np.unique(of[used.treated]):
        try:
            fit = effect_of(_alone(used, of == c, anticipation))
        except IdentificationError as reason:
            left_out[base.cluster[c]] = reason.message
            continue
        _require_one_linear_effect(fit)
        name = fit.estimator
        found[base.cluster[c]] = float(fit.coef[0]), _by_cluster(base, fit)
    if len(found) < FEWEST:
        raise IdentificationError(
            f"{len(found)} treated municipalities have an effect of their own; {FEWEST} are needed to judge the spread",
            problems=tuple(f"{label}: {reason}" for label, reason in left_out.items()),
        )
    estimate = np.array([value for value, _ in found.values()])
    covariance, noise_from = _covariance(base, np.stack([weights for _, weights in found.values()]), options)
    place = [base.cluster.index(label) for label in found]
    persons = np.zeros(base.n_clusters)
    np.add.at(persons, of, (used.persons * (used.exposed > 0)).sum(axis=1))
    first = np.unique(of, return_index=True)[1]
    return MunicipalityEffects(
        outcome=panel.outcome,
        unit=panel.unit,
        estimator=name,
        level=options.level,
        cluster=tuple(found),
        adoption=used.adoption[first][place],
        persons=persons[place],
        estimate=estimate,
        covariance=covariance,
        noise_from=noise_from,
        shrunken=shrink(estimate, covariance, options.level),
        left_out=left_out,
    )


def _alone(panel: Panel, chosen: np.ndarray, anticipation: int) -> Panel:
    """The panel with one treated cluster; the others are untreated and end where they adopt or anticipate."""
    others = panel.treated & ~chosen
    ahead = panel.years[None, :] >= panel.adoption[:, None] - anticipation
    emptied = panel.without(others[:, None] & ahead)
    return replace(emptied, adoption=np.where(others, np.inf, panel.adoption))


def _require_one_linear_effect(fit: Estimate) -> None:
    if len(fit.terms) != 1:
        raise UsageError(
            f"{fit.estimator} estimates {len(fit.terms)} effects; one per municipality is needed",
            remedy='average them first, for instance with aggregate(..., "simple")',
        )
    if fit.weights_from == "outcomes":
        raise UsageError(
            f"{fit.estimator} chooses its weights by outcomes, whose noise is in no known covariance",
            remedy="use an estimator whose weights come from the design",
        )


def _by_cluster(base: Estimate, fit: Estimate) -> FloatArray:
    """(C, T) cell weights of an effect, summed over the municipalities of each cluster."""
    place = dict(zip(base.panel.municipality, base.cluster_of, strict=True))
    out = np.zeros((base.n_clusters, len(base.panel.years)))
    np.add.at(out, [place[code] for code in fit.panel.municipality], fit.cell_weights[0])
    return out


def _covariance(base: Estimate, weights: FloatArray, options: Options) -> tuple[FloatArray, NoiseFrom]:
    """(q, q) covariance of effects with weights (q, C, T)."""
    known = combination_covariance(base, weights, options)
    if known is not None:
        return known, "persons and untreated cells"
    first = np.unique(base.cluster_of, return_index=True)[1]
    never = ~base.panel.treated[first]
    mean = _cluster_means(base)
    rows = never & np.isfinite(mean).all(axis=1)
    if rows.sum() < FEWEST_COMPARED:
        raise IdentificationError(
            f"nothing is known of sampling noise, and {int(rows.sum())} municipalities are never treated and observed "
            f"in all years; {FEWEST_COMPARED} are needed to judge noise by",
            remedy="give within_variance or mean_covariance with the panel",
        )
    spread = mean[rows] - mean[rows].mean(axis=0)
    by_year = spread.T @ spread / (len(spread) - 1)
    return combined(weights, np.broadcast_to(by_year, (base.n_clusters, *by_year.shape))), "never treated"


def _cluster_means(base: Estimate) -> FloatArray:
    """(C, T) adjusted means of clusters, NaN where none of their cells is observed."""
    weight, total = base.cells.weight, np.zeros((base.n_clusters, len(base.panel.years)))
    sums = np.zeros(total.shape)
    np.add.at(total, base.cluster_of, weight)
    np.add.at(sums, base.cluster_of, weight * np.nan_to_num(base.adjusted_mean))
    return np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0)
