"""How well and how far each municipality parts from its own synthetic comparison (Abadie, Diamond, Hainmueller 2010).

Every donor takes the treated municipality's place among the other donors, the treated left out. The ratio of the root
mean square gap after adoption to that before it ranks them: a comparison that did not fit before says little after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from ipscausal.estimate.synthetic.fit import Counterfactual, SyntheticFit
from ipscausal.panel import Panel

TIES = 1e-9  # relative


@dataclass(frozen=True, slots=True)
class PlaceboFit:
    """One municipality and its synthetic comparison, in the unit of the outcome.

    effect: mean gap of the treated years. rmspe_before, rmspe_after: root mean square gaps; ratio: the second over the
    first. rank: 1 = largest ratio among them all, ties counted against.
    """

    municipality: str
    cohort: int
    is_treated: bool
    effect: float
    rmspe_before: float
    rmspe_after: float
    ratio: float
    rank: int


def placebo_fits(
    fit: SyntheticFit, part: Counterfactual, estimator: Callable[[Panel], SyntheticFit]
) -> tuple[PlaceboFit, ...]:
    """The part of one treated municipality, and each of its donors in its place, by rank.

    estimator: the one that made the fit.
    """
    panel = fit.arms.panel
    others = panel.select(~panel.treated)
    rows = [_row(fit.treated_names(part)[0], part, is_treated=True)]
    for donor in others.municipality:
        adoption = np.where(np.array(others.municipality) == donor, float(part.arm.cohort), inf)
        rows.append(_row(donor, estimator(replace(others, adoption=adoption)).parts[0], is_treated=False))
    ratio = np.array([row.ratio for row in rows])
    ranked = [replace(row, rank=int((ratio >= row.ratio * (1 - TIES)).sum())) for row in rows]
    return tuple(sorted(ranked, key=lambda row: (row.rank, not row.is_treated, row.municipality)))


def _row(municipality: str, part: Counterfactual, *, is_treated: bool) -> PlaceboFit:
    before, after = part.rmspe_before, part.rmspe_after
    ratio = after / before if before > 0 else (inf if after > 0 else 0.0)
    return PlaceboFit(municipality, part.arm.cohort, is_treated, part.effect, before, after, ratio, 0)
