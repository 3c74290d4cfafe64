"""What a reader must be told beside an estimate."""

from __future__ import annotations

import numpy as np

from ipscausal.estimate import Estimate, variance_cost
from ipscausal.estimate.model import PERSON_EFFECTS, TWO_WAY
from ipscausal.estimate.twfe import ADJUSTED
from ipscausal.inference import FEW_TREATED, Verdicts, cr1_false_positive_rate, sampling_covariance
from ipscausal.inference.sampling import FEW_PERSONS
from ipscausal.results import Notice

OF_DOSES = ("switching", "dose_groups", "dose_slope", "dose_two_way")
IDENTIFIES = {
    "switching": "identifies_switching", "dose_groups": "identifies_dose_groups",
    "dose_slope": "identifies_dose_slope", "dose_two_way": "identifies_dose_two_way",
}  # fmt: skip
"""What an estimator identifies, where its numbers are easily read as more."""


LEFT_OUT = {
    "always_treated": "always_treated_left_out", "never_treated": "never_treated_left_out",
    "without_reference": "without_reference_left_out", "outside_window": "outside_window_left_out",
    "missing_covariate": "missing_covariate_left_out",
}  # fmt: skip
"""Why an estimator does without a municipality, and how that is told."""


def notices_of(fit: Estimate, verdicts: Verdicts, level: float) -> tuple[Notice, ...]:
    """Few treated, several dates, ranks, who is left out, empty cells, and what stands in for sampling noise."""
    notes = []
    if fit.estimator in IDENTIFIES:
        notes.append(Notice(IDENTIFIES[fit.estimator], "note", {}))
    if (
        fit.panel.dose is not None
        and fit.estimator not in OF_DOSES
        and not np.array_equal(
            np.where(fit.panel.observed, fit.panel.dose, 0), np.where(fit.panel.observed, fit.panel.exposed, 0)
        )
    ):
        notes.append(Notice("dose_as_step", "warning", {}))
    treated, g = fit.n_treated_clusters, fit.n_clusters
    if treated < FEW_TREATED and g >= 3:
        rate = cr1_false_positive_rate(g, treated, level) if treated < g and fit.equations is not None else None
        values = {"treated": treated, "municipalities": g, "level": level, "rate": rate}
        notes.append(Notice("few_treated", "warning", values))
    if fit.estimator in (TWO_WAY, PERSON_EFFECTS) and len(set(fit.panel.adoption[fit.panel.treated])) > 1:
        notes.append(Notice("staggered_twfe", "warning", {}))
    for row in verdicts.rows:
        if row.method == "ri" and row.status == "cannot_reject" and len(fit.terms) == 1:
            values = {"rank": row.rank, "of": row.rank_of, "floor": row.p_floor}
            notes.append(Notice("rank_floor", "note", values))
    first = verdicts.rows[0]
    if len(fit.terms) == 1 and first.n_dropped and first.df is not None:
        notes.append(Notice("dropped_controls", "warning", {"count": first.n_dropped, "df": first.df}))
    for reason, code in LEFT_OUT.items():
        if left_out := fit.left_out.get(reason):
            notes.append(Notice(code, "note", {"count": len(left_out)}))
    if fit.estimator == ADJUSTED:
        notes.append(_cost(fit))
    if empty := int((~fit.panel.observed).sum()):
        notes.append(Notice("empty_cells", "note", {"count": empty}))
    return (*notes, *_of_sampling(fit))


def _cost(fit: Estimate) -> Notice:
    """What trends and interactions cost in variance; of several coefficients the one that pays most."""
    cost = variance_cost(fit)
    ratio, covariates = float(cost.ratio.max()), ", ".join(cost.interacted)
    if cost.trends == "none":
        return Notice("variance_cost_interacted", "note", {"ratio": ratio, "covariates": covariates})
    if not covariates:
        return Notice("variance_cost_trends", "note", {"ratio": ratio})
    return Notice("variance_cost_both", "note", {"ratio": ratio, "covariates": covariates})


def _of_sampling(fit: Estimate) -> tuple[Notice, ...]:
    """What stands in for the persons' own covariance where that is not known."""
    known = sampling_covariance(fit)
    if known is None:
        return (Notice("sampling_unknown", "note", {}),)
    notes = [Notice("years_independent", "note", {})] if known.source == "persons within cells" else []
    if known.n_pooled:
        notes.append(Notice("pooled_variances", "note", {"count": known.n_pooled, "limit": FEW_PERSONS}))
    return tuple(notes)
