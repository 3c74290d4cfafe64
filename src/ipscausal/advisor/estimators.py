"""Which estimator a study quotes, and which stand beside it: decided from dates and counts, never from outcomes.

One starting year: two-way fixed effects and every robust estimator ask the same question, and the plain regression is
quoted. Several starting years: two-way fixed effects also compares late starters with early ones, so group-time effects
are quoted. One treated municipality with enough comparison municipalities and years before: synthetic
difference-in-differences stands beside the average of all comparison municipalities. Person effects stand beside them
where the study asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.estimate import in_estimation
from ipscausal.estimate.model import PERSON_EFFECTS, TWO_WAY
from ipscausal.estimate.named import ESTIMATORS
from ipscausal.panel import Panel

Why = Literal["plan", "one_date", "several_dates"]
WhyCompanion = Literal["donors", "staggered", "none"]
ENOUGH_DONORS = 8
ENOUGH_YEARS_BEFORE = 4
OF_ONE_DATE = ("att_gt", "imputation", "synthetic_did", "synthetic_control")
OF_SEVERAL_DATES = (
    "sun_abraham", "etwfe", "imputation", "two_stage", "stacked", "switching", "efficient", "synthetic_did", TWO_WAY,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EstimatorChoice:
    """The estimator to quote and why, the one that stands beside it and why, and the others that apply.

    dates: starting years among treated municipalities; donors: never treated; years_before: of the first starter.
    """

    primary: str
    why: Why
    companion: str | None
    why_companion: WhyCompanion
    others: tuple[str, ...]
    dates: int
    donors: int
    years_before: int

    @property
    def names(self) -> tuple[str, ...]:
        """All estimators, the primary first."""
        return tuple(dict.fromkeys((self.primary, *([self.companion] if self.companion else []), *self.others)))


def choose_estimators(panel: Panel, named: Sequence[str] = ()) -> EstimatorChoice:
    """The choice for a panel. named: estimators of a plan, the first to be quoted and no other run but that with
    person effects, which a study asks for by counting them.

    Raises UsageError for an unknown name.
    """
    unknown = [name for name in named if name not in ESTIMATORS]
    if unknown:
        raise UsageError(f"no estimator {unknown[0]!r}", remedy=f"the estimators are: {', '.join(ESTIMATORS)}")
    used, _ = in_estimation(panel)
    dates = np.unique(used.adoption[used.treated])
    donors = int((~used.treated).sum())
    before = int((used.years < dates.min()).sum()) if len(dates) else 0
    donors_serve = donors >= ENOUGH_DONORS and before >= ENOUGH_YEARS_BEFORE
    why: Why = "plan" if named else "one_date" if len(dates) <= 1 else "several_dates"
    primary = named[0] if named else TWO_WAY if why == "one_date" else "att_gt"
    pool = tuple(named) or (OF_ONE_DATE if why == "one_date" else OF_SEVERAL_DATES)
    if not donors_serve and not named:
        pool = tuple(name for name in pool if not name.startswith("synthetic"))
    if int(used.treated.sum()) != 1 and not named:
        pool = tuple(name for name in pool if name != "synthetic_control")
    if panel.person_groups is not None and PERSON_EFFECTS not in pool:
        pool = (*pool, PERSON_EFFECTS)
    others = tuple(name for name in pool if name != primary)
    companion, reason = _companion(others, int(used.treated.sum()), len(dates), donors_serve)
    return EstimatorChoice(primary, why, companion, reason, others, len(dates), donors, before)


def _companion(
    others: Sequence[str], treated: int, dates: int, donors_serve: bool
) -> tuple[str | None, WhyCompanion]:  # fmt: skip
    if treated == 1 and donors_serve and "synthetic_did" in others:
        return "synthetic_did", "donors"
    if dates > 1 and "imputation" in others:
        return "imputation", "staggered"
    return None, "none"
