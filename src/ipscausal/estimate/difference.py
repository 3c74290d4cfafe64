"""Two estimates of one panel and their difference, which is linear in the same cell means."""

from __future__ import annotations

import numpy as np

from ipscausal.estimate.assemble import effects_from_weights
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.model import Estimate
from ipscausal.panel import FloatArray, Panel


def difference(panel: Panel, first: Estimate, second: Estimate) -> Estimate:
    """The one effect of `first` less that of `second`; both were estimated on `panel`.

    Cell weights and contributions subtract, so that the covariance of the two is in every error that is computed from
    them. Covariates are taken out with the slopes of `first`.
    """
    weights = _on(panel, first, first.cell_weights[0]) - _on(panel, second, second.cell_weights[0])
    contributions = _on(panel, first, first.contributions[:, 0]) - _on(panel, second, second.contributions[:, 0])
    used = np.abs(weights).sum(axis=1) > 0
    kept = panel.select(used)
    # what a difference is about is all that either is about
    term, before = Term("difference", None, 0, np.inf), Term("before", None, -np.inf, -1)
    design = Design((term,), before, first.design.anticipation)
    return effects_from_weights(
        "difference",
        kept,
        design,
        weights[None, used],
        contributions[used, None],
        refit=lambda other: difference(other, first.refit(other), second.refit(other)),
        coef=first.coef[:1] - second.coef[:1],
        slopes=first.slopes,
        weights_from="outcomes" if "outcomes" in (first.weights_from, second.weights_from) else "design",
    )


def _on(panel: Panel, estimate: Estimate, values: FloatArray) -> FloatArray:
    """(G, ...) values of the municipalities of an estimate, zero for those it does not use."""
    place = {code: g for g, code in enumerate(panel.municipality)}
    out = np.zeros((len(panel.municipality), *values.shape[1:]))
    out[[place[code] for code in estimate.panel.municipality]] = values
    return out
