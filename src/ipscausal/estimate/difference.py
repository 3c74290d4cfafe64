"""Two estimates of one panel and their difference, which is linear in the same cell means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipscausal.estimate.model import Estimate
from ipscausal.panel import FloatArray, Panel


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """value: of one effect less another. cell_weights: (G, T) and contributions: (G,) over the panel's municipalities.

    Cell weights and contributions of the two subtract, so that what they have in common leaves the error.
    """

    value: float
    cell_weights: FloatArray
    contributions: FloatArray


def difference(panel: Panel, first: Estimate, second: Estimate) -> Difference:
    """The first effect of `first` less that of `second`; both were estimated on `panel`."""
    return Difference(
        float(first.coef[0] - second.coef[0]),
        _on(panel, first, first.cell_weights[0]) - _on(panel, second, second.cell_weights[0]),
        _on(panel, first, first.contributions[:, 0]) - _on(panel, second, second.contributions[:, 0]),
    )


def _on(panel: Panel, estimate: Estimate, values: FloatArray) -> FloatArray:
    """(G, ...) values of the municipalities of an estimate, zero for those it does not use."""
    place = {code: g for g, code in enumerate(panel.municipality)}
    out = np.zeros((len(panel.municipality), *values.shape[1:]))
    out[[place[code] for code in estimate.panel.municipality]] = values
    return out
