"""The public calls: `advise`, `calibrate`, `power`; `did`, `event_study`, `infer`, and the `Result` they return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from ipscausal import estimate as estimators
from ipscausal.advisor import Advice
from ipscausal.api.advising import Calibration, advise, calibrate, power
from ipscausal.api.heterogeneity import MunicipalityEffects, SubgroupEffects, heterogeneity, municipality_effects
from ipscausal.api.result import Result
from ipscausal.api.staggered import (
    att_gt,
    dose_response,
    efficient,
    etwfe,
    etwfe_poisson,
    imputation,
    stacked,
    sun_abraham,
    switching,
    triple,
    two_stage,
)
from ipscausal.errors import UsageError
from ipscausal.estimate.adjustment import Trends
from ipscausal.inference import METHODS, Choice, Options, apply
from ipscausal.inference.options import Estimand, Signs
from ipscausal.panel import Panel

__all__ = [
    "Calibration",
    "MunicipalityEffects",
    "Result",
    "SubgroupEffects",
    "advise",
    "att_gt",
    "calibrate",
    "did",
    "dose_response",
    "efficient",
    "etwfe",
    "etwfe_poisson",
    "event_study",
    "heterogeneity",
    "imputation",
    "infer",
    "municipality_effects",
    "power",
    "stacked",
    "sun_abraham",
    "switching",
    "triple",
    "two_stage",
]

DEFAULT = Options()
Effects = Literal["municipality", "person"]
"""Whose effects a regression has, besides those of years."""


def did(
    panel: Panel,
    *,
    effects: Effects = "municipality",
    anticipation: int = 0,
    trends: Trends = "none",
    interacted: tuple[str, ...] = (),
    options: Options = DEFAULT,
    choice: Choice | Advice | None = None,
) -> Result:
    """Two-way fixed effects difference-in-differences with honest inference.

    effects: besides those of years, of each "municipality", or of each "person", exactly as on the person rows; the
    panel then comes from a study with person_effects, and trends and covariates have no place.
    anticipation: so many years before adoption are neither before nor after.
    trends: "municipality" gives each municipality a linear trend of its own. interacted: covariates of persons or
    municipalities whose slopes differ by year. What either costs in variance is among the notices.
    options: level of the intervals, draws and seed where a distribution is sampled.
    choice: `advise(panel)`, or methods in order; without it the decision guide chooses from counts.
    Raises IdentificationError with the reason when the panel does not identify the effect.
    """
    if _of_persons(effects, trends, interacted):
        return Result.of(estimators.did_of_persons(_panel(panel), anticipation), options, choice)
    fit = estimators.did(_panel(panel), anticipation, trends=trends, interacted=interacted)
    return Result.of(fit, options, choice)


def event_study(
    panel: Panel,
    window: tuple[int, int] = (-4, 3),
    reference: int = -1,
    outside: Literal["bin", "drop"] = "bin",
    *,
    effects: Effects = "municipality",
    anticipation: int = 0,
    trends: Trends = "none",
    interacted: tuple[str, ...] = (),
    options: Options = DEFAULT,
    choice: Choice | Advice | None = None,
) -> Result:
    """Two-way fixed effects event study relative to `reference`, with the joint test before adoption.

    outside: event times beyond the window are pooled into its end points ("bin") or not used ("drop").
    anticipation: so many years before adoption stay out of the joint test and cannot be the reference.
    effects, trends, interacted: as in `did`; trends need years beyond the window, pooled into its end points.
    Raises IdentificationError as `did`, UsageError for a window without its reference.
    """
    if _of_persons(effects, trends, interacted):
        found = estimators.event_study_of_persons(_panel(panel), window, reference, outside, anticipation)
        return Result.of(found, options, choice)
    fit = estimators.event_study(
        _panel(panel), window, reference, outside, anticipation, trends=trends, interacted=interacted
    )
    return Result.of(fit, options, choice)


def infer(
    subject: Result | Panel,
    method: str,
    *,
    level: float | None = None,
    draws: int | None = None,
    seed: int | None = None,
    shock_ratio: float = 1.0,
    estimand: Estimand = "person",
    signs: Signs | None = None,
    strata: Mapping[str, str] | None = None,
    show_invalid: Literal[True, False] = False,
) -> Result:
    """The same estimate with one method only, one of `ipscausal.inference.METHODS`. A panel is taken to `did` first.

    level, draws, seed: as in `subject` unless given. shock_ratio: standard deviation of the treated municipalities'
    shocks relative to the comparison's, for methods that can be asked. estimand: weights of the treated municipalities
    by persons, equally, or by precision. signs: bootstrap weights. strata: cluster -> stratum, for randomisation.
    show_invalid: also give p and interval of a row whose status says that they mean nothing.
    Raises UsageError for another method.
    """
    if method not in METHODS:
        raise UsageError(f"no method {method!r}", remedy=f"the methods are: {', '.join(METHODS)}")
    result = did(subject) if isinstance(subject, Panel) else subject
    asked = result.options
    options = Options(
        level=asked.level if level is None else level,
        draws=asked.draws if draws is None else draws,
        seed=asked.seed if seed is None else seed,
        shock_ratio=shock_ratio,
        estimand=estimand,
        signs=signs,
        strata=_strata(strata),
    )
    rows = tuple(replace(row, role="primary") for row in apply(method, result.estimate, options))
    return replace(result, inference=rows, options=options, show_invalid=show_invalid)


def _of_persons(effects: str, trends: str, interacted: tuple[str, ...]) -> bool:
    """Whether person effects are asked for. Raises UsageError for others, and for what has no place beside them."""
    if effects not in ("municipality", "person"):
        raise UsageError(f"effects={effects!r} is not known", remedy='use "municipality" or "person"')
    if effects == "person" and (trends != "none" or interacted):
        raise UsageError(
            "with person effects there are no trends of municipalities and no covariates",
            remedy='leave trends and interacted out, or use effects="municipality"',
        )
    return effects == "person"


def _panel(subject: object) -> Panel:
    if not isinstance(subject, Panel):
        raise UsageError(f"a {type(subject).__name__} is no panel", remedy="make one with ips.Panel.from_frame")
    return subject


def _strata(strata: Mapping[str, str] | None) -> tuple[tuple[str, str], ...] | None:
    if strata is None:
        return None
    if not isinstance(strata, Mapping):
        raise UsageError("strata must say which stratum each cluster is in", remedy='{"0301": "large", ...}')
    return tuple(sorted(strata.items()))
