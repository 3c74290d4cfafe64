"""The attacks on the answer: every check of the study, trends that differ, and the specification curve, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ipscausal import periods, sensitivity
from ipscausal.advisor import Advice, EstimatorChoice
from ipscausal.analysis.estimators import asked, judged
from ipscausal.api import Result
from ipscausal.api.tables import count
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate
from ipscausal.estimate.named import average_effect
from ipscausal.inference import Options
from ipscausal.inference.row import unreachable
from ipscausal.municipality_year import Cells
from ipscausal.panel import Panel
from ipscausal.results import Row
from ipscausal.sensitivity import (
    Check,
    EventCoefficients,
    HonestDiD,
    Specification,
    SpecificationCurve,
    Subject,
    event_coefficients,
    honest_did,
    pretrend_power,
    primary_judge,
    specification_curve,
)
from ipscausal.study import Study
from ipscausal.study_sensitivity import SensitivityCheck, with_standard

Progress = Callable[[int, int], None]
SIZES = tuple(step / 4 for step in range(9))  # multiples of what was seen before adoption: 0 to 2
LIKELY = 0.8  # the power at which a trend "would have been found"
NUMBERS = ("effect", "slope", "power", "p", "at", "count", "years", "sharp", "rank", "of", "floor", "without", "lost",
           "year", "restriction")  # fmt: skip


def in_doubt(study: Study, panel: Panel, chosen: EstimatorChoice, advice: Advice, primary: Result) -> Subject:
    """The average effect by the estimator and the method that are quoted."""
    judge = primary_judge(primary.options, advice.choice)
    estimate_of = partial(average_effect, chosen.primary, asked=asked(study))
    return Subject(panel, estimate_of, judge, primary.estimate, judge(primary.estimate))


def checks(
    study: Study, answer: Subject, events: Result, cells: Cells, others: Mapping[str, Cells], progress: Progress
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Rows of the tables `sensitivity` and `honest`.

    others: by label of the check, cells counted with its choice made otherwise. A check that the design does not allow
    keeps its row, without a verdict.
    """
    trends = _trends(events)
    wanted = with_standard(study.sensitivity, study.outcome.break_years)
    rows = []
    for done, one in enumerate(wanted):
        progress(done, len(wanted))
        found = _checked(study, one, answer, trends, cells, others.get(one.label))
        counted = others.get(one.label)
        rows.append(_row(found, answer, study.outcome.name) | _smallest(answer, counted, study.outcome.name))
    return tuple(rows), _honest_rows(trends, answer)


@dataclass(frozen=True, slots=True, eq=False)
class _Trends:
    """What the event study says of trends that differ."""

    coefficients: EventCoefficients
    honest: HonestDiD
    events: Result


def _trends(events: Result) -> _Trends | None:
    """None where the event times, or what is known of their noise, do not let it speak of them."""
    try:
        found = event_coefficients(events.estimate, events.options)
        honest = honest_did(
            found.coef, found.covariance, found.n_pre, len(found.after), found.average_after(),
            sizes=SIZES, level=events.options.level,
        )  # fmt: skip
    except (UsageError, IdentificationError):
        return None
    return _Trends(found, honest, events)


def _checked(
    study: Study, one: SensitivityCheck, answer: Subject, trends: _Trends | None, cells: Cells, other: Cells | None
) -> Check:
    nothing = Check(one.label, one.check, "cannot tell", None, None, None, {"effect": answer.effect})
    try:
        return _of_trends(one, answer, trends) or _of_panel(study, one, answer, cells, other) or nothing
    except IdentificationError:
        return nothing


def _of_trends(one: SensitivityCheck, answer: Subject, trends: _Trends | None) -> Check | None:
    if trends is None:
        return None
    if one.check == "honest_did":
        return sensitivity.honest_check(trends.honest, trends.coefficients, one.label)
    if one.check == "pretrend_power":
        found, events = trends.coefficients, trends.events
        (tried,) = pretrend_power(
            found.coef, found.covariance, *found.from_reference, found.average_after(), powers=(LIKELY,), test="joint",
            level=events.options.level,
        )  # fmt: skip
        return sensitivity.pretrend_check(
            tried, answer.effect, _p_before(trends), events.options.level, one.label
        )  # fmt: skip
    return None


def _p_before(trends: _Trends) -> float:
    """p of the event study's joint test of all years before, where that could find anything.

    A rank among few municipalities could not; then of the joint test whose power is told.
    """
    level = trends.events.options.level
    for row in trends.events.pre_trend:
        if row.hidden.p_value is not None and row.status == "ok" and not unreachable(row.p_floor, level):
            return row.hidden.p_value
    return trends.coefficients.joint_p_before


def _of_panel(study: Study, one: SensitivityCheck, answer: Subject, cells: Cells, other: Cells | None) -> Check | None:
    name = one.label
    if one.check == "placebo_dates":
        return sensitivity.placebo_dates(answer, name)
    if one.check == "placebo_municipalities":
        return sensitivity.placebo_municipalities(answer, name=name)
    if one.check == "without_municipality":
        return sensitivity.without_municipality(answer, name)
    if one.check == "without_year":
        return sensitivity.without_year(answer, name)
    if one.check == "anticipation":
        return sensitivity.anticipation(answer, one.years_before or 2, name)
    period = study.population.period
    if one.check == "window" and one.years is not None:
        return sensitivity.window(answer, *periods.span(one.years, period), name)
    if one.check == "years_excluded" and one.years is not None:
        return sensitivity.years_excluded(answer, periods.of_years(one.years, period), name)
    if one.check == "break_year" and one.year is not None:
        return sensitivity.break_year(answer, periods.firsts((one.year,), period)[0], name)
    if one.check == "placebo_outcome" and one.outcome is not None:
        return sensitivity.untouched(answer, cells.panel(one.outcome), "placebo_outcome", name, one.effect)
    if one.check == "spillover" and cells.spill_over is not None:
        return sensitivity.spillover(answer, cells.spill_over, name)
    if other is None:
        return None
    outcome = one.outcome or study.outcome.name
    if one.check == "placebo_population":
        return sensitivity.untouched(answer, other.panel(outcome), "placebo_population", name, one.effect)
    if one.check in ("comparison_group", "movers", "baseline_cohort", "outcome_definition"):
        return sensitivity.otherwise(answer, other.panel(outcome), one.check, name)
    return None


def curve(
    study: Study,
    answer: Subject,
    chosen: EstimatorChoice,
    others: Mapping[str, Cells],
    options: Options,
    progress: Progress,
) -> tuple[SpecificationCurve | None, tuple[Row, ...]]:
    """The specification curve over estimators and declared alternatives, and rows of `specification_curve`.

    None and no rows where there is nothing to vary.
    """
    panels = {"main": answer.panel} | _panels(study, answer, others)
    ways = [(data, name) for data in panels for name in chosen.names]
    if len(ways) < 2:
        return None, ()
    specifications = []
    for done, (data, name) in enumerate(ways):
        progress(done, len(ways))
        estimate = _or_none(partial(average_effect, name, asked=asked(study)), panels[data])
        specifications.append(Specification(f"{name}, {data}", {"estimator": name, "data": data}, estimate))
    by = answer.row.method
    found = specification_curve(specifications, lambda fit: judged(fit, by, options))
    supports = {one.name: one.estimate for one in specifications}
    rows = []
    for position, row in enumerate(found.rows, start=1):
        fit = supports[row.name]
        if fit is None:
            continue
        rows.append(
            {
                "position": position,
                "estimator": row.choices["estimator"],
                "data": row.choices["data"],
                "outcome": fit.panel.outcome,
                "unit": fit.panel.unit,
                "estimate": row.estimate,
                "conf_low": row.conf_low,
                "conf_high": row.conf_high,
                "method": row.method,
                "side": row.side,
                "is_main": row.is_main,
                **_support(fit),
            }
        )
    return found, tuple(rows)


def _panels(study: Study, answer: Subject, others: Mapping[str, Cells]) -> dict[str, Panel]:
    """By label, the panels of alternatives that put the same question; placebos put another."""
    panel, period, found = answer.panel, study.population.period, {}
    for one in study.sensitivity:
        if one.check == "window" and one.years is not None:
            first, last = periods.span(one.years, period)
            found[one.label] = panel.of_years((panel.years >= first) & (panel.years <= last))
        elif one.check == "years_excluded" and one.years is not None:
            found[one.label] = panel.of_years(~np.isin(panel.years, periods.of_years(one.years, period)))
        elif one.label in others and one.check != "placebo_population":
            found[one.label] = others[one.label].panel(one.outcome or study.outcome.name)
    return found


def _or_none(estimate_of: Callable[[Panel], Estimate], panel: Panel) -> Estimate | None:
    try:
        return estimate_of(panel)
    except IdentificationError:
        return None


def _row(check: Check, answer: Subject, outcome: str) -> dict[str, Any]:
    return {
        "check": check.name,
        "question": check.question,
        "verdict": check.verdict,
        "value": check.value,
        "low": check.low,
        "high": check.high,
        **{name: check.values.get(name) for name in NUMBERS},
        "outcome": outcome,
        **_support(answer.estimate),
    }


def _honest_rows(trends: _Trends | None, answer: Subject) -> tuple[Row, ...]:
    if trends is None:
        return ()
    found, outcome = trends.honest, answer.panel.outcome
    about = {"restriction": found.restriction, "breakdown": _finite(found.breakdown), "term": "att", "outcome": outcome}
    about |= _support(answer.estimate)
    return tuple(
        {"m": one.size, "conf_low": _finite(one.low), "conf_high": _finite(one.high), **about}
        for one in found.intervals
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _smallest(answer: Subject, counted: Cells | None, outcome: str) -> dict[str, float]:
    """Persons in the smallest year of each arm, of the answer or of the cells counted otherwise if these are fewer."""
    own = {name: value for name, value in _support(answer.estimate).items() if name != "residual_df"}
    if counted is None:
        return own
    panel = counted.panel(outcome)
    arms = {"support_treated": panel.treated, "support_control": ~panel.treated}
    in_year = {name: panel.persons[arm].sum(axis=0) for name, arm in arms.items()}
    return {name: min(own[name], float(years[years > 0].min(initial=np.inf))) for name, years in in_year.items()}


def _support(fit: Estimate) -> dict[str, Any]:
    return {
        "support_treated": count(fit.support_treated[0]),
        "support_control": count(fit.support_control[0]),
        "residual_df": fit.residual_df,
    }
