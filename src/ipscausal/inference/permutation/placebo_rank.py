"""Where the treated lie among placebo treatments: the numbers behind the picture.

With one treated cluster each cluster is taken as the treated one in turn and the regression solved again, which gives
one placebo coefficient a cluster. With several there are too many sets to name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate import Estimate
from ipscausal.inference.contrast.contrasts import own_outcomes
from ipscausal.inference.options import Options
from ipscausal.inference.permutation.randomisation import reassign
from ipscausal.inference.permutation.size_studentised import differences, drawn_from, pool
from ipscausal.panel import FloatArray

DEFAULT = Options()


@dataclass(frozen=True, slots=True)
class Placebo:
    """One cluster taken as the treated one. position: 1 = largest absolute contrast.

    contrast: its coefficient; studentised: its contrast over what its size lets it vary, None where that is not known;
    support_treated: persons in its smallest cell; support_control: in the smallest year of all the others.
    """

    position: int
    cluster: str
    contrast: float
    studentised: float | None
    is_treated: bool
    support_treated: float
    support_control: float


def placebo_ranks(estimate: Estimate, j: int = 0, options: Options = DEFAULT) -> tuple[Placebo, ...]:
    """Every cluster as the treated one, by the absolute size of its coefficient; empty with several treated.

    Clusters that cannot be taken as treated (no years before or after, another stratum) are not there.
    """
    if estimate.n_treated_clusters != 1:
        return ()
    outcome = reassign(estimate, options.draws, options.seed, strata=options.strata)
    clusters = np.argmax(outcome.drawn.table != 0, axis=1)
    coef, ratio = outcome.coef[:, j], _studentised(estimate, j, options)
    own, others = _support(estimate)
    known = np.flatnonzero(np.isfinite(coef))
    ordered = known[np.argsort(-np.abs(coef[known]), kind="stable")]
    return tuple(
        Placebo(
            position,
            estimate.cluster[clusters[row]],
            float(coef[row]),
            ratio.get(int(clusters[row])),
            bool(row == outcome.observed),
            float(own[clusters[row]]),
            float(others[clusters[row]]),
        )
        for position, row in enumerate(ordered, start=1)
    )


def _studentised(estimate: Estimate, j: int, options: Options) -> dict[int, float]:
    """Signed size-studentised statistic by cluster; empty where sampling variances are unknown."""
    members = pool(estimate, j)
    if isinstance(members, str):
        return {}
    drawn = drawn_from(members, estimate, options)
    ratio = differences(members, drawn.table, own_outcomes(estimate))[1][0]
    taken = members.position[np.argmax(drawn.table != 0, axis=1)]
    return {int(cluster): float(value) for cluster, value in zip(taken, ratio, strict=True)}


def _support(estimate: Estimate) -> tuple[FloatArray, FloatArray]:
    """(C,) persons in the smallest cell of each cluster, and in the smallest year of all the others."""
    persons = np.zeros((estimate.n_clusters, len(estimate.cells.years)))
    np.add.at(persons, estimate.cluster_of, estimate.cells.persons)
    rest = persons.sum(axis=0) - persons
    smallest = [np.where(size > 0, size, np.inf).min(axis=1) for size in (persons, rest)]
    return smallest[0], smallest[1]
