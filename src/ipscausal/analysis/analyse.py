"""From cells to `Results`: every outcome by every method, the event study, recipients, and the descriptive tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np

from ipscausal.advisor import Advice, Calibration, EstimatorChoice, advise, choose_estimators
from ipscausal.analysis import doubt, honesty, parts
from ipscausal.analysis.composition import composition, leaving
from ipscausal.analysis.describe import baseline, flow, trends
from ipscausal.analysis.estimators import asked, beside_each_other
from ipscausal.analysis.reach import reach
from ipscausal.analysis.second_population import SECOND, second_population
from ipscausal.analysis.work_years import Conversion, conversion
from ipscausal.api import Result
from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.named import Asked, average_effect, effects_over_time
from ipscausal.inference import Choice, Options
from ipscausal.municipality_year import Cells
from ipscausal.panel import Panel
from ipscausal.person_year import Population
from ipscausal.results import Notice, Results, Row
from ipscausal.sensitivity import SpecificationCurve
from ipscausal.study import Study
from ipscausal.study.population import WITHOUT_BENEFIT

Progress = Callable[[int, int], None]
NO_OTHERS: Mapping[str, Cells] = {}
ALWAYS = "always_treated_left_out"
WITHOUT_MUNICIPALITY_COVARIATES = (
    "twfe", "imputation", "two_stage", "sun_abraham", "stacked", "switching", "efficient", "synthetic_did",
)  # fmt: skip
"""Estimators that have no place for what is known of a municipality itself."""
ESTIMANDS = {
    "any day in the year": "average among each {period}'s recipients",
    "1 January": "average among those receiving on {first_day} of each {period}",
    "on a date": "average among those receiving on one day of each {period}",
    "baseline cohort": "average among the cohort fixed before the rollout",
    "entry": "average among those who begin to receive in each {period}",
    "everyone": "average among all residents of each {period}",
    "no benefit": "average among each {period}'s residents without the benefit",
}


def no_progress(step: str, done: int, total: int) -> None:
    """Tell nobody."""


def analyse(
    study: Study,
    population: Population,
    cells: Cells,
    advice: Advice,
    provenance: Mapping[str, Any],
    delivery: tuple[Notice, ...] = (),
    *,
    others: Mapping[str, Cells] = NO_OTHERS,
    progress: Callable[[str, int, int], None] = no_progress,
) -> Results:
    """All numbers of one run, unsuppressed. `delivery`: what the reader must know of the extracts.

    advice: of `choose_methods`, made before any outcome after adoption was used. others: cells counted with a choice
    made otherwise, by the label of the check that asks for it. progress is told (step, done, total).
    Raises IdentificationError where the design does not identify the effect of the primary outcome.
    """
    chosen = choose_estimators(cells.panel(study.outcome.name), study.design.estimators)
    effects = {name: _average(study, cells.panel(name), chosen, advice.choice) for name in study.outcome.all_names}
    primary = effects[study.outcome.name]
    panel = cells.panel(study.outcome.name)
    events = Result.of(effects_over_time(chosen.primary, panel, asked(study)), _options(study), advice.choice)
    answer = doubt.in_doubt(study, panel, chosen, advice, primary)
    attacks, honest = doubt.checks(study, answer, events, cells, others, partial(progress, "sensitivity"))
    specified, specifications = doubt.curve(
        study, answer, chosen, others, primary.options, partial(progress, "specifications")
    )
    kinds, weights = parts.decomposition(panel, chosen, primary.rows()[0])
    years = conversion(primary.estimate.cells, study.work_years)
    recipients = _recipients(study, cells, chosen)
    rows = [row | _ordinary_p(result, row) for result in effects.values() for row in result.rows()]
    if recipients is not None:
        rows += [row | _persons_behind(rows[0]) for row in recipients.rows()]
    rows += events.rows()
    return Results(
        tables={
            "headline": _headline(study, primary, events, years),
            "estimates": tuple(row | years.columns(row) for row in rows),
            "event_study": tuple(events.event_rows()),
            "estimators": beside_each_other(study, panel, chosen, primary, advice, partial(progress, "estimators")),
            "sensitivity": attacks,
            "honest": honest,
            "specification_curve": specifications,
            "decomposition": kinds,
            "subgroups": parts.subgroups(study, cells, chosen, primary.options),
            "dose": parts.by_dose(study, panel, primary.options),
            "municipality_effects": parts.by_municipality(study, panel, chosen, primary.options),
            SECOND: second_population(study, panel, _other(study, others), chosen, advice, primary),
            "vcov": _vcov(events),
            "diagnostics": honesty.diagnostics(primary, advice),
            "calibration": honesty.calibration(primary, advice),
            "placebo": honesty.placebo(primary),
            "leave_one_out": honesty.left_out(primary),
            "flow": flow(population),
            "baseline": baseline(
                cells, study.outcome.all_names, population.units.first_start - study.design.anticipation
            ),
            "composition": composition(cells),
            "trends": trends(cells, study.outcome.all_names, study.outcome.earnings_cap),
        },
        facts=_facts(study, cells, primary) | honesty.facts(primary, advice) | _chosen(chosen, specified) | weights,
        notices=_notices(study, population, cells, primary, recipients, _leaving(study, cells, chosen), delivery),
        study=study.model_dump(mode="json"),
        provenance=provenance,
    )


def _options(study: Study) -> Options:
    return Options(level=study.inference.level, draws=study.inference.draws, seed=study.inference.seed)


def choose_methods(
    study: Study, cells: Cells, progress: Progress | None = None, calibration: Calibration | None = None
) -> Advice:
    """The advisor's choice for the primary outcome; outcomes after adoption are not used.

    progress is told (done, total) data sets of the calibration. calibration: that of an earlier run with the same
    cells and the same study. Raises IdentificationError as `analyse`.
    """
    named, panel = study.inference.primary, cells.panel(study.outcome.name)
    estimator = choose_estimators(panel, study.design.estimators).primary
    return advise(
        panel, draws=study.inference.calibration_draws, options=_options(study),
        anticipation=study.design.anticipation, average=partial(average_effect, estimator, asked=_masked(study)),
        primary=None if named == "advise" else named, progress=progress, calibration=calibration,
    )  # fmt: skip


def _masked(study: Study) -> Asked:
    """What is asked of the panel that methods are tried on, from which person covariates are taken out."""
    design = study.design
    kept = tuple(name for name in design.interacted if name in design.municipality_covariates)
    return replace(asked(study), interacted=kept)


def _average(study: Study, panel: Panel, chosen: EstimatorChoice, choice: Choice | None = None) -> Result:
    return Result.of(average_effect(chosen.primary, panel, asked(study)), _options(study), choice)


def _recipients(study: Study, cells: Cells, chosen: EstimatorChoice) -> Result | None:
    """The effect on log recipients, one row per municipality-year; none where persons are no recipients of the year."""
    if study.population.receipt in ("baseline cohort", *WITHOUT_BENEFIT):
        return None
    panel = cells.panel(study.outcome.name)
    seen = panel.observed.astype(np.float64)
    log = np.log(np.where(panel.observed, panel.persons, 1.0))
    g, t = seen.shape
    counted = replace(
        panel, outcome="log_recipients", unit="log points", weighting="rows", weight=seen, persons=seen,
        y=log, yy=log**2, covariates=(), x=np.zeros((g, t, 0)), xx=np.zeros((g, t, 0, 0)), xy=np.zeros((g, t, 0)),
        within_variance=None, mean_covariance=None, outcome_covariate_covariance=None, covariate_covariance=None,
    )  # fmt: skip
    return _average(study, counted, chosen)


def _other(study: Study, others: Mapping[str, Cells]) -> Panel | None:
    return others[SECOND].panel(study.outcome.name) if SECOND in others else None


def _leaving(study: Study, cells: Cells, chosen: EstimatorChoice) -> Result | None:
    """The effect on the share who go, where it can be estimated. Those of a cohort go whatever they receive."""
    panel = leaving(cells, cells.panel(study.outcome.name))
    if panel is None or study.population.receipt == "baseline cohort":
        return None
    try:
        return _average(study, panel, chosen)
    except (IdentificationError, UsageError):
        return None


def _changed(result: Result) -> bool:
    row = result.inference[0]
    return row.conf_low is not None and row.conf_high is not None and not row.conf_low <= 0 <= row.conf_high


def _ordinary_p(result: Result, row: Row) -> dict[str, Any]:
    """The p-value of ordinary regression, valid or not; it leaves only beside the rate at which it misleads."""
    if (row["role"], row["term"]) != ("conventional", "att"):
        return {}
    return {"p_value": next(one.p_value for one in result.inference if one.role == "conventional")}


def _persons_behind(effect: Row) -> dict[str, Any]:
    """The recipients whose number is compared are those behind the effect: they guard its release."""
    return {name: effect[name] for name in ("n_persons", "support_treated", "support_control")}


def _headline(study: Study, primary: Result, events: Result, years: Conversion) -> tuple[Row, ...]:
    """The average effect and that of the last event time of the window, each by its primary method."""
    average = next(row for row in primary.rows() if row["term"] == "att")
    last = max((row for row in events.rows() if row["event_time"] is not None), key=lambda row: row["event_time"])
    first_of_last = next(row for row in events.rows() if row["term"] == last["term"])
    common = {"days_per_work_year": years.days_per_work_year, "period": _period(study)}
    rows = [average] if first_of_last["event_time"] < 0 else [average, first_of_last]
    label = {term.name: term.label for term in events.estimate.terms}
    return tuple(
        row | years.columns(row) | common | {"work_year_persons": years.persons, "label": label.get(row["term"])}
        for row in rows
    )


def _period(study: Study) -> str:
    """What the work-years are of: what those who enter in one year do in their own months is no calendar year's."""
    months = study.population.follow_up_months
    return study.work_years.period if months is None else f"per year of entry, {months} months from entry"


def _vcov(events: Result) -> tuple[Row, ...]:
    names = [term.name for term in events.estimate.terms]
    method, covariance = events.joint
    about = {"outcome": events.estimate.panel.outcome, "method": method}
    return tuple(
        {**about, "term_i": one, "term_j": other, "value": float(value) if np.isfinite(value) else None}
        for one, line in zip(names, covariance, strict=True)
        for other, value in zip(names, line, strict=True)
    )


def _chosen(chosen: EstimatorChoice, specified: SpecificationCurve | None) -> dict[str, Any]:
    """Which estimator is quoted and why, and how many ways of asking agree with it."""
    found: dict[str, Any] = {"estimator_choice": asdict(chosen)}
    if specified is not None:
        found["specifications"] = {
            "count": specified.count, "same_sign": specified.same_sign, "same_verdict": specified.same_verdict,
            "median": specified.median, "lowest": specified.lowest, "highest": specified.highest,
        }  # fmt: skip
    return found


def _clusters(cells: Cells) -> dict[str, str]:
    """Municipality -> what treatment acts on, where that is another unit."""
    acting = dict(zip(cells.municipality, cells.cluster or cells.municipality, strict=True))
    return {code: unit for code, unit in acting.items() if unit != code}


def _facts(study: Study, cells: Cells, primary: Result) -> dict[str, Any]:
    treated = np.isfinite(cells.adoption)
    codes = np.array(cells.municipality)
    return {
        "treated": codes[treated].tolist(),
        "clusters": _clusters(cells),
        "controls": codes[~treated].tolist(),
        "n_treated": int(treated.sum()),
        "n_municipalities": len(codes),
        "first_year": study.first_period,
        "last_year": int(cells.years[-1]),
        "adoption_years": dict(zip(codes[treated].tolist(), cells.adoption[treated].astype(int).tolist(), strict=True)),
        "movers_share": cells.movers_share,
        "receipt": study.population.receipt,
        "estimand": ESTIMANDS[study.population.receipt].format(
            period=study.population.period,
            first_day="1 January" if study.population.period == "year" else "the first day",
        ),
        "primary_method": primary.inference[0].method,
        "reach": reach(cells, study.population.receipt),
    }


def _always_treated(primary: Result, population: Population) -> tuple[Notice, ...]:
    """Those of the rollout table and those without persons in any year before their start, together."""
    both = [note for note in (*population.notices, *primary.notices) if note.code == ALWAYS]
    return (Notice(ALWAYS, "warning", {"count": sum(note.values["count"] for note in both)}),) if both else ()


def _notices(
    study: Study,
    population: Population,
    cells: Cells,
    primary: Result,
    recipients: Result | None,
    left: Result | None,
    delivery: tuple[Notice, ...],
) -> tuple[Notice, ...]:
    """What the reader must be told, what endangers the reading first; each code once."""
    # the cells know which of them the design leaves out, the estimate only sees them missing
    found = [note for note in primary.notices if note.code not in ("empty_cells", ALWAYS)]
    found += [*delivery, *_always_treated(primary, population)]
    if recipients is not None:
        found.append(Notice("composition_may_change", "warning", {}))
        row = recipients.inference[0]
        if row.conf_low is not None:
            values = {"estimate": row.estimate, "low": row.conf_low, "high": row.conf_high, "level": row.level}
            found.append(Notice("log_recipients", "note", values))
    if left is not None and _changed(left):
        found.append(Notice("leaving_differs", "warning", {}))
    found += [*population.notices, *cells.notices]
    limit = study.disclosure.fewest_told
    small = int(((cells.persons > 0) & (cells.persons < limit)).any(axis=1).sum())
    if small:
        found.append(Notice("small_municipalities", "note", {"count": small, "limit": limit}))
    known = study.design.municipality_covariates
    if known and primary.estimate.estimator in WITHOUT_MUNICIPALITY_COVARIATES:
        found.append(Notice("municipality_covariates_unused", "note", {"names": ", ".join(known)}))
    if cells.person_groups is not None:
        found.append(Notice(f"person_effects_{study.design.person_effects}", "note", {}))
    if cells.movers:
        found.append(Notice("movers", "note", {"share": cells.movers_share}))
    return tuple({notice.code: notice for notice in reversed(found)}.values())[::-1]
