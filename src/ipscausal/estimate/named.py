"""The estimators by name, each as one average effect and as effects over event time, asked the same questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.adjusted import without_covariates
from ipscausal.estimate.aggregate import aggregate
from ipscausal.estimate.design import Term
from ipscausal.estimate.group_time import att_gt
from ipscausal.estimate.imputed import imputation, two_stage
from ipscausal.estimate.model import PERSON_EFFECTS, TWO_WAY, Estimate
from ipscausal.estimate.person_effects import did_of_persons, event_study_of_persons
from ipscausal.estimate.random_timing import efficient
from ipscausal.estimate.saturated.etwfe import etwfe
from ipscausal.estimate.saturated.stacked import stacked
from ipscausal.estimate.saturated.sun_abraham import sun_abraham
from ipscausal.estimate.switching import switching
from ipscausal.estimate.synthetic import synthetic_control, synthetic_did
from ipscausal.estimate.twfe import did, event_study
from ipscausal.panel import IntArray, Panel


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study asks of whichever estimator.

    comparison: municipalities never treated, or all that are not treated yet, for estimators that can tell them apart.
    anticipation: years before adoption that are no longer "before". window, reference, outside: of event times.
    trends, interacted: of two-way fixed effects, straight lines of municipalities and covariates with slopes by year.
    """

    comparison: Literal["never", "not_yet"] = "never"
    anticipation: int = 0
    window: tuple[int, int] = (-4, 3)
    reference: int = -1
    outside: Literal["bin", "drop"] = "bin"
    trends: Literal["none", "municipality"] = "none"
    interacted: tuple[str, ...] = ()

    @property
    def years_before(self) -> int:
        """Years between the reference and adoption: what an estimator without a reference takes as anticipation."""
        return max(self.anticipation, -self.reference - 1)


Effects = Callable[[Panel, Asked], Estimate]
ALL = Asked()


def average_effect(name: str, panel: Panel, asked: Asked = ALL) -> Estimate:
    """One effect, `att`: the average over treated municipality-years, as the estimator named weights them.

    Raises UsageError for an unknown name, IdentificationError as the estimator does.
    """
    if name == TWO_WAY:
        return did(panel, asked.anticipation, trends=asked.trends, interacted=asked.interacted)
    if name == PERSON_EFFECTS:
        return did_of_persons(panel, asked.anticipation)
    fit = _average(name, _taken(name, panel, asked), asked)
    return replace(fit, refit=partial(average_effect, name, asked=asked))


def effects_over_time(name: str, panel: Panel, asked: Asked = ALL) -> Estimate:
    """One effect for each event time of the window. Raises as `average_effect`."""
    if name == TWO_WAY:
        return event_study(
            panel, asked.window, asked.reference, asked.outside, asked.anticipation,
            trends=asked.trends, interacted=asked.interacted,
        )  # fmt: skip
    if name == PERSON_EFFECTS:
        return event_study_of_persons(panel, asked.window, asked.reference, asked.outside, asked.anticipation)
    fit = _over_time(name, _taken(name, panel, asked), asked)
    return replace(fit, refit=partial(effects_over_time, name, asked=asked))


def _without_anticipation(name: str, asked: Asked) -> None:
    """Raises IdentificationError where an estimator that compares with the last year before is to leave it out."""
    if asked.years_before:
        raise IdentificationError(
            f"{name} compares with the last year before adoption and cannot leave {asked.years_before} of them out"
        )


def _average(name: str, panel: Panel, asked: Asked) -> Estimate:
    if name in LAST_YEAR_ONLY:
        _without_anticipation(name, asked)
    if name == "switching":
        fit = switching(panel, comparison=_switched(asked))
        return selected(fit, lambda term: term.name == "average_total_effect", "att")
    if name == "efficient":
        return efficient(panel, estimand="simple", controls=_random(asked))
    return aggregate(_named(name)(panel, asked), "simple")


def _over_time(name: str, panel: Panel, asked: Asked) -> Estimate:
    low, high = asked.window
    if name in LAST_YEAR_ONLY:
        _without_anticipation(name, asked)
    if name == "switching":
        fit = switching(panel, effects=high + 1, placebos=max(0, -low - 1), comparison=_switched(asked))
        return selected(fit, lambda term: term.event_time is not None)
    if name == "efficient":
        fit = efficient(panel, estimand="event", controls=_random(asked))
        return selected(fit, lambda term: term.event_time is not None and low <= term.event_time <= high)
    return aggregate(_named(name)(panel, asked), "event", window=asked.window)


def selected(estimate: Estimate, wanted: Callable[[Term], bool], name: str | None = None) -> Estimate:
    """The estimate of some of its effects, the one that is left under another name if given.

    Raises IdentificationError where none is.
    """
    keep: IntArray = np.array([j for j, term in enumerate(estimate.terms) if wanted(term)], dtype=np.int64)
    if not len(keep):
        raise IdentificationError(f"{estimate.estimator}: none of the effects asked for is identified")
    terms = tuple(estimate.terms[j] for j in keep)
    terms = terms if name is None else (replace(terms[0], name=name),)
    return replace(
        estimate,
        design=replace(estimate.design, terms=terms),
        coef=estimate.coef[keep],
        cell_weights=estimate.cell_weights[keep],
        contributions=estimate.contributions[:, keep],
        n_treated=estimate.n_treated[keep],
        support_treated=estimate.support_treated[keep],
        support_control=estimate.support_control[keep],
        refit=lambda panel: selected(estimate.refit(panel), wanted, name),
        equations=None,
        share=None,
        share_scores=None,
    )


def _named(name: str) -> Effects:
    if name not in GROUP_TIME:
        raise UsageError(f"no estimator {name!r}", remedy=f"the estimators are: {', '.join(ESTIMATORS)}")
    return GROUP_TIME[name]


def _taken(name: str, panel: Panel, asked: Asked) -> Panel:
    """What an estimator has no place for is taken out: person covariates, and doses, since all are asked of a step."""
    panel = replace(panel, dose=None)
    return without_covariates(panel, asked.years_before) if name in WITHOUT_COVARIATES else panel


def _switched(asked: Asked) -> Literal["not yet switched", "never switched"]:
    return "never switched" if asked.comparison == "never" else "not yet switched"


def _random(asked: Asked) -> Literal["not_yet", "last"]:
    """Random timing gives every cohort to compare with; the never treated are the last to be treated."""
    return "last" if asked.comparison == "never" else "not_yet"


GROUP_TIME: Mapping[str, Effects] = {
    "att_gt": lambda panel, asked: att_gt(
        panel, comparison=asked.comparison, anticipation=asked.years_before, base_period="universal",
        impossible="leave_out",
    ),
    "sun_abraham": lambda panel, asked: sun_abraham(
        panel, comparison="never" if (~panel.treated).any() else "last cohort", reference=-1 - asked.years_before,
        anticipation=asked.anticipation,
    ),
    "etwfe": lambda panel, asked: etwfe(panel, comparison=asked.comparison, anticipation=asked.years_before),
    "imputation": lambda panel, asked: imputation(panel, anticipation=asked.years_before),
    "two_stage": lambda panel, asked: two_stage(panel, anticipation=asked.years_before),
    "stacked": lambda panel, asked: stacked(
        panel, window=asked.window, comparison=asked.comparison, anticipation=asked.years_before
    ),
    "synthetic_did": lambda panel, asked: synthetic_did(panel, anticipation=asked.years_before, average="persons"),
    "synthetic_control": lambda panel, asked: synthetic_control(
        panel, anticipation=asked.years_before, average="persons"
    ),
}  # fmt: skip
ESTIMATORS = (TWO_WAY, *GROUP_TIME, "switching", "efficient", PERSON_EFFECTS)
"""Names of the estimators, as in study files and catalogues."""
LAST_YEAR_ONLY = ("switching", "efficient")
WITHOUT_COVARIATES = ("att_gt", "switching", "efficient", "stacked")
