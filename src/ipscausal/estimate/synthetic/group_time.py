"""Group-time effects of a synthetic comparison: gap of each adoption date in each year, as weights of cells.

The effect on cohort a in year t is (Y_tr,t - Y_syn,t) - sum_s lambda_s (Y_tr,s - Y_syn,s) with lambda the baseline
weights of the years before (Ciccia 2024, "A short note on event-study synthetic difference-in-differences estimators");
years before adoption have effects too, which show the pre-fit. The mean of the effects of a cohort's treated years is
its synthetic difference-in-differences.

Contributions take the weights as given: a treated municipality's is its weight times the distance of its own change
from the mean of the treated, a donor's minus its weight times the distance of its change from the donors' weighted
mean. With one treated municipality its own is zero, and they say nothing of its noise.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ipscausal.estimate.assemble import effects_from_weights
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.synthetic.fit import Counterfactual, SyntheticFit
from ipscausal.panel import FloatArray, Panel


def effects_of(fit: SyntheticFit, refit: Callable[[Panel], Estimate]) -> Estimate:
    """Group-time effects; several counterfactuals of one date are averaged by the size of what they explain.

    share: treated municipalities (or persons a year) of the cohort, so that the average over treated cells is the one
    of Clarke, Pailanir, Athey and Imbens (2024).
    """
    panel, years = fit.arms.panel, fit.years
    terms: list[Term] = []
    weights, contributions, share = [], [], []
    for cohort in dict.fromkeys(part.arm.cohort for part in fit.parts):
        parts = [part for part in fit.parts if part.arm.cohort == cohort]
        size = sum(part.arm.size for part in parts)
        signed = _signed_weights(len(panel.municipality), parts, size)
        # rows: years; the effect of a year is its cells less the baseline's
        moves = np.eye(len(years)) - parts[0].year_weight
        own = np.zeros((len(years), *panel.weight.shape))
        own[:, :, parts[0].arm.years] = signed[None, :, None] * moves[:, None, :]
        weights.append(own)
        contributions.append(_contributions(signed, fit.arms.outcome[:, parts[0].arm.years] @ moves.T))
        terms += [Term.of_group_time(cohort, int(year)) for year in years]
        share += [size] * len(years)
    return effects_from_weights(
        fit.estimator,
        panel,
        Design(tuple(terms), Term("before", None, -np.inf, -1 - fit.anticipation), fit.anticipation),
        np.concatenate(weights),
        np.concatenate(contributions, axis=1),
        refit=refit,
        slopes=fit.arms.slopes,
        share=np.array(share),
        left_out=fit.arms.left_out,
        weights_from="outcomes",
    )


def _signed_weights(municipalities: int, parts: list[Counterfactual], size: float) -> FloatArray:
    """(G,) weights of one date: the treated add to one, the donors to minus one."""
    out = np.zeros(municipalities)
    for part in parts:
        out[part.arm.treated] += part.arm.size / size * part.arm.treated_weight
        out[part.arm.donors] -= part.arm.size / size * part.donor_weight
    return out


def _contributions(signed: FloatArray, change: FloatArray) -> FloatArray:
    """(G, S) influence values with the weights (G,) as given, from changes (G, S) against the baseline."""
    out = np.zeros(change.shape)
    for arm in (signed > 0, signed < 0):
        weight = signed[arm, None]
        out[arm] = weight * (change[arm] - (weight * change[arm]).sum(axis=0) / weight.sum())
    return out
