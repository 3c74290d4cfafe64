"""The answer taken apart: what two-way fixed effects would average, effects by subgroup, effects by municipality."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import stats

from ipscausal.advisor import EstimatorChoice
from ipscausal.analysis.estimators import asked
from ipscausal.api import Result
from ipscausal.api.tables import count
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, bacon, dose_response, twfe_weights
from ipscausal.estimate.adjusted import without_covariates
from ipscausal.estimate.dose.response import Form
from ipscausal.estimate.model import TWO_WAY
from ipscausal.estimate.named import average_effect
from ipscausal.inference import Inference, Options
from ipscausal.municipality_year import Cells
from ipscausal.panel import Panel
from ipscausal.results import Row
from ipscausal.sensitivity.heterogeneity import LevelEffect, declared_dimensions, heterogeneity
from ipscausal.sensitivity.municipality_effects import municipality_effects
from ipscausal.study import Study


def decomposition(panel: Panel, chosen: EstimatorChoice, support: Row) -> tuple[tuple[Row, ...], dict[str, Any]]:
    """Rows of `decomposition` (comparisons by kind) and the fact `twfe_weights`; nothing with one starting year.

    support: a row of which the supports are taken: all treated and all comparison municipalities stand behind each.
    """
    if chosen.dates < 2:
        return (), {}
    try:
        kinds, weights = bacon(panel), twfe_weights(panel)
    except IdentificationError:
        return (), {}
    about = {name: support[name] for name in ("outcome", "support_treated", "support_control", "residual_df")}
    rows = tuple(
        {"kind": one.kind, "count": one.count, "weight": one.weight, "estimate": _number(one.estimate), **about}
        for one in kinds.kinds
    )
    return rows, {
        "twfe_weights": {
            "n_weights": weights.n_treated_cells,
            "n_negative": weights.n_negative,
            "sum_negative": weights.sum_negative,
            "sigma": _number(weights.sigma_zero),
            "coefficient": weights.coefficient,
        }
    }


def subgroups(study: Study, cells: Cells, chosen: EstimatorChoice, options: Options) -> tuple[Row, ...]:
    """Rows of `subgroups`: the average effect at every level of the study's dimensions, tested and adjusted."""
    dimensions = [cells.subgroups(study.outcome.name, one) for one in study.heterogeneity.by]
    if not dimensions:
        return ()
    found = heterogeneity(
        dimensions, _effect_of(study, chosen), declared=declared_dimensions(study), options=options
    )  # fmt: skip
    tests = {one.dimension: one for one in found.interactions}
    persons = {(of.dimension, level): of.panels[k] for of in dimensions for k, level in enumerate(of.levels)}
    return tuple(
        _level(effect, persons[effect.dimension, effect.level])
        | {"p_interaction": tests[effect.dimension].p_value, "p_interaction_holm": tests[effect.dimension].p_holm}
        for effect in found.effects
    )


def by_dose(study: Study, panel: Panel, options: Options) -> tuple[Row, ...]:
    """Rows of `dose`: effects by group of doses (between the cut points) and along the dose; none without doses.

    Fidelity and reach are measured after the start: what differs between them is description.
    """
    if panel.dose is None:
        return ()
    adjusted = without_covariates(panel, asked(study).years_before)
    forms: list[tuple[Form, tuple[float, ...]]] = [("slope", ())]
    if study.design.dose_cuts:
        forms.insert(0, ("groups", study.design.dose_cuts))
    rows: list[Row] = []
    for form, cuts in forms:
        try:
            fit = dose_response(
                adjusted, form=form, cuts=cuts, comparison=asked(study).comparison,
                anticipation=asked(study).years_before,
            )  # fmt: skip
        except IdentificationError:
            continue
        rows += _of_doses(Result.of(fit, options))
    return tuple(rows)


def by_municipality(study: Study, panel: Panel, chosen: EstimatorChoice, options: Options) -> tuple[Row, ...]:
    """Rows of `municipality_effects`, drawn towards their mean, the largest first; none with two treated or one."""
    try:
        found = municipality_effects(
            panel, _effect_of(study, chosen), anticipation=study.design.anticipation, options=options
        )
    except (UsageError, IdentificationError):
        return ()
    shrunken = found.shrunken
    half = float(stats.norm.ppf((1 + options.level) / 2)) * shrunken.std_error
    size = _smallest(panel)
    order = np.argsort(-shrunken.value, kind="stable")
    return tuple(
        {
            "position": place,
            "municipality": found.cluster[q],
            "estimate": float(found.estimate[q]),
            "shrunken": float(shrunken.value[q]),
            "conf_low": float(shrunken.value[q] - half[q]),
            "conf_high": float(shrunken.value[q] + half[q]),
            "mean": shrunken.mean,
            "spread": shrunken.tau,
            "outcome": found.outcome,
            "support_treated": size.get(found.cluster[q]),
            "support_control": None,
        }
        for place, q in enumerate(order, start=1)
    )


def _effect_of(study: Study, chosen: EstimatorChoice) -> Callable[[Panel], Estimate]:
    """The quoted estimator; one that fits weights to outcomes gives way to two-way fixed effects."""
    name = TWO_WAY if chosen.primary.startswith("synthetic") else chosen.primary
    return partial(average_effect, name, asked=asked(study))


def _of_doses(result: Result) -> list[Row]:
    fit = result.estimate
    supports = zip(fit.support_treated, fit.support_control, strict=True)
    return [
        {
            "term": term.name,
            "label": term.label or None,
            "estimator": fit.estimator,
            "estimate": row.estimate,
            "conf_low": row.conf_low,
            "conf_high": row.conf_high,
            "method": row.method,
            "status": row.status,
            "n_treated": int(treated),
            "outcome": fit.panel.outcome,
            "support_treated": count(own),
            # a slope compares the treated with each other: no other persons stand behind it
            "support_control": count(others if np.isfinite(others) else own),
            "residual_df": fit.residual_df,
        }
        for term, row, treated, (own, others) in zip(
            fit.terms,
            map(result.primary, (one.name for one in fit.terms)),
            fit.n_treated_municipalities,
            supports,
            strict=True,
        )
    ]


def _level(effect: LevelEffect, panel: Panel) -> dict[str, Any]:
    row: Inference | None = None if effect.row is None else effect.row.hidden
    fit = effect.estimate
    return {
        "dimension": effect.dimension,
        "level": effect.level,
        "declared": effect.standing == "declared",
        "estimate": None if fit is None else float(fit.coef[0]),
        "conf_low": None if row is None else row.conf_low,
        "conf_high": None if row is None else row.conf_high,
        "method": None if row is None else row.method,
        "p_value": None if row is None else row.p_value,
        "p_holm": effect.p_holm,
        "p_romano_wolf": effect.p_romano_wolf,
        "n_person_years": int(panel.n_observations),
        "outcome": panel.outcome,
        "support_treated": 0.0 if fit is None else count(fit.support_treated[0]),
        "support_control": 0.0 if fit is None else count(fit.support_control[0]),
        "residual_df": 0.0 if fit is None else fit.residual_df,
    }


def _smallest(panel: Panel) -> dict[str, float]:
    """Observations in the smallest year of each cluster (municipality), 0 without any."""
    sizes = {}
    for label in dict.fromkeys(panel.cluster):
        inside = np.array([one == label for one in panel.cluster])
        year = panel.persons[inside].sum(axis=0)[panel.observed[inside].any(axis=0)]
        sizes[label] = float(year.min()) if len(year) else 0.0
    return sizes


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
