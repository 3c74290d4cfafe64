"""The effect among persons whom the programme is not for, and the difference between the two effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ipscausal.advisor import Advice, EstimatorChoice
from ipscausal.analysis.estimators import asked, judged
from ipscausal.api import Result
from ipscausal.api.tables import count
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate
from ipscausal.estimate.model import PERSON_EFFECTS, TWO_WAY
from ipscausal.estimate.named import average_effect
from ipscausal.estimate.triple import triple
from ipscausal.panel import Panel
from ipscausal.results import Row
from ipscausal.study import Study

SECOND = "second_population"
PLACEBO, TRIPLE = "placebo", "triple"


def second_population(
    study: Study, panel: Panel, other: Panel | None, chosen: EstimatorChoice, advice: Advice, primary: Result
) -> tuple[Row, ...]:
    """Rows of `second_population`: its own effect, and the first's less the second's; none without such a population.

    other: None where it could not be counted. Both by the quoted estimator without person covariates (two-way fixed
    effects where it fits weights to outcomes) and judged by the quoted method. An effect that the design does not
    identify keeps its row.
    """
    if study.second_population is None:
        return ()
    if other is None:
        return tuple(_refused(kind, primary) for kind in (PLACEBO, TRIPLE))
    name = TWO_WAY if chosen.primary.startswith("synthetic") or chosen.primary == PERSON_EFFECTS else chosen.primary
    estimate_of = partial(average_effect, name, asked=asked(study))
    first, second = _alike(_bare(panel), _bare(other))
    fits: tuple[tuple[str, Callable[[], Estimate]], ...] = (
        (PLACEBO, lambda: estimate_of(second)),
        (TRIPLE, lambda: triple(first, second, estimate_of=estimate_of)),
    )
    return tuple(_row(kind, fit, advice, primary) for kind, fit in fits)


def _alike(first: Panel, second: Panel) -> tuple[Panel, Panel]:
    """Both in the municipalities and years that both have."""
    codes = set(first.municipality) & set(second.municipality)
    years = np.intersect1d(first.years, second.years)
    one, other = (
        panel.select(np.array([code in codes for code in panel.municipality])).of_years(np.isin(panel.years, years))
        for panel in (first, second)
    )
    return one, other


def _bare(panel: Panel) -> Panel:
    """Without person covariates, which differences of cell means cannot hold."""
    g, t = panel.persons.shape
    return replace(
        panel, covariates=(), x=np.zeros((g, t, 0)), xx=np.zeros((g, t, 0, 0)), xy=np.zeros((g, t, 0)),
        outcome_covariate_covariance=None, covariate_covariance=None, person_groups=None,
    )  # fmt: skip


def _row(kind: str, fit_of: Callable[[], Estimate], advice: Advice, primary: Result) -> dict[str, Any]:
    try:
        fit = fit_of()
    except (IdentificationError, UsageError):
        return _refused(kind, primary)
    row = judged(fit, advice.choice.primary, primary.options)
    return {
        "kind": kind,
        "outcome": fit.panel.outcome,
        "unit": fit.panel.unit,
        "estimator": fit.estimator,
        "method": row.method,
        "status": row.status,
        "level": row.level,
        "estimate": float(fit.coef[0]),
        "conf_low": row.conf_low,
        "conf_high": row.conf_high,
        "n_municipalities": len(fit.panel.municipality),
        "n_treated": int(fit.n_treated_municipalities[0]),
        "support_treated": count(fit.support_treated[0]),
        "support_control": count(fit.support_control[0]),
        "residual_df": fit.residual_df,
    }


def _refused(kind: str, primary: Result) -> dict[str, Any]:
    fit = primary.estimate
    nothing = dict.fromkeys(("method", "estimate", "conf_low", "conf_high"))
    return {
        "kind": kind, "outcome": fit.panel.outcome, "unit": fit.panel.unit, "estimator": fit.estimator, **nothing,
        "status": "not_identified", "level": primary.options.level, "n_municipalities": len(fit.panel.municipality),
        "n_treated": int(fit.n_treated_municipalities[0]), "support_treated": count(fit.support_treated[0]),
        "support_control": count(fit.support_control[0]), "residual_df": fit.residual_df,
    }  # fmt: skip
