"""The public calls of the estimators beyond two-way fixed effects: the same functions of the panel, with inference."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from ipscausal import estimate as estimators
from ipscausal.advisor import Advice
from ipscausal.api.result import Result
from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import Choice, Options
from ipscausal.panel import Panel
from ipscausal.results import Notice

DEFAULT = Options()
ASKED = (
    inspect.Parameter("options", inspect.Parameter.KEYWORD_ONLY, default=DEFAULT, annotation="Options"),
    inspect.Parameter("choice", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="Choice | Advice | None"),
)
OPTIONS = """

    options: level of the intervals, draws and seed where a distribution is sampled. choice: `advise(panel)`, or methods
    in order; without it the decision guide chooses from counts. Returns a Result; effects by cohort and year are
    averaged by its `aggregate`.
    """


def _with_inference(estimator: Callable[..., Estimate]) -> Callable[..., Result]:
    """The estimator with its own options and documentation, its estimate judged."""

    @wraps(estimator)
    def call(
        panel: Panel, *others: Panel, options: Options = DEFAULT, choice: Choice | Advice | None = None, **asked: Any
    ) -> Result:
        for one in (panel, *others):
            if not isinstance(one, Panel):
                raise UsageError(f"a {type(one).__name__} is no panel", remedy="make one with ips.Panel.from_frame")
        unknown = set(asked) - set(inspect.signature(estimator).parameters)
        if unknown:
            known = ", ".join(name for name in inspect.signature(call).parameters if name != "panel")
            raise UsageError(f"{estimator.__name__} has no option {sorted(unknown)[0]!r}", remedy=f"options: {known}")
        return Result.of(estimator(panel, *others, **asked), options, choice)

    own = inspect.signature(estimator)
    signature = own.replace(parameters=[*own.parameters.values(), *ASKED], return_annotation="Result")
    setattr(call, "__signature__", signature)  # noqa: B010 - no such attribute in the type of a function
    call.__doc__ = (estimator.__doc__ or "").rstrip() + OPTIONS
    return call


att_gt = _with_inference(estimators.att_gt)
sun_abraham = _with_inference(estimators.sun_abraham)
etwfe = _with_inference(estimators.etwfe)
etwfe_poisson = _with_inference(estimators.etwfe_poisson)
imputation = _with_inference(estimators.imputation)
two_stage = _with_inference(estimators.two_stage)
stacked = _with_inference(estimators.stacked)
switching = _with_inference(estimators.switching)
efficient = _with_inference(estimators.efficient)


_difference_of_two = _with_inference(estimators.triple)


@wraps(_difference_of_two)
def triple(panel: Panel, other: Panel, **asked: Any) -> Result:
    """See `ipscausal.estimate.triple`."""
    found = _difference_of_two(panel, other, **asked)
    return replace(found, notices=(Notice("identifies_triple", "note", {}), *found.notices))


dose_response = _with_inference(estimators.dose_response)
