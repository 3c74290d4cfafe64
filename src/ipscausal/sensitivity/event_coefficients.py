"""Event-study coefficients as questions about trends need them: in order of time, against the last year before.

Whatever the reference of the estimate, coefficients are re-expressed against the last year in which nothing can have
happened; pooled end points are not used, since the change to a pool is not the change of one year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate import Estimate, Term
from ipscausal.inference import Options, joint_covariance
from ipscausal.panel import FloatArray

DEFAULT = Options()


@dataclass(frozen=True, slots=True, eq=False)
class EventCoefficients:
    """coef: (K + P,), covariance: (K + P, K + P); before: K event times, after: P, the reference between them.

    covariance_method: how the covariance was found (`joint_covariance`). years of anticipation are among `after`.
    """

    coef: FloatArray
    covariance: FloatArray
    before: tuple[int, ...]
    after: tuple[int, ...]
    reference: int
    covariance_method: str

    @property
    def n_pre(self) -> int:
        """K."""
        return len(self.before)

    @property
    def times(self) -> tuple[int, ...]:
        """Event times of the coefficients in order, the reference left out."""
        return (*self.before, *self.after)

    @property
    def joint_p_before(self) -> float:
        """p of the joint test that the K coefficients before are zero, chi-square with their covariance."""
        before, covariance = self.coef[: self.n_pre], self.covariance[: self.n_pre, : self.n_pre]
        return float(chi2.sf(before @ np.linalg.solve(covariance, before), self.n_pre))

    @property
    def from_reference(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Years from the reference of the coefficients before (below 0) and after."""
        return (
            tuple(time - self.reference for time in self.before),
            tuple(time - self.reference for time in self.after),
        )

    def average_after(self) -> FloatArray:
        """(P,) weights of the plain mean of the effects from adoption on."""
        exposed = np.array([time >= 0 for time in self.after], dtype=np.float64)
        return np.asarray(exposed / exposed.sum())

    def at(self, event_time: int) -> FloatArray:
        """(P,) weights of one effect. Raises UsageError for an event time that is not after the reference."""
        if event_time not in self.after:
            raise UsageError(
                f"no effect at event time {event_time}", remedy=f"one of {', '.join(map(str, self.after))}"
            )
        return np.array([time == event_time for time in self.after], dtype=np.float64)


def event_coefficients(estimate: Estimate, options: Options = DEFAULT) -> EventCoefficients:
    """The coefficients of an event study with the covariance that inference with few treated can stand behind.

    Raises UsageError for an estimate without event times or without one year of reference; IdentificationError where
    no year before the reference or after adoption is left, years are missing in between, or there is no covariance.
    """
    base = estimate.design.base.event_time
    if base is None:
        raise UsageError(
            f"{estimate.estimator} has no coefficients against one year of reference",
            remedy='use an event study, or att_gt(..., base_period="universal") averaged by event time',
        )
    found = {term.event_time: j for j, term in enumerate(estimate.terms) if _of_one_event_time(estimate, term)}
    times = np.array(sorted([*(time for time in found if time is not None), base]), dtype=np.int64)
    reference = -1 - estimate.design.anticipation
    before, after = times[times < reference], times[times > reference]
    whole = len(times) == times[-1] - times[0] + 1
    if reference not in times or not len(before) or not (after >= 0).any() or not whole:
        raise IdentificationError(
            "trends need event times without gaps: a year of reference, one before it and one from adoption on",
            problems=(f"event times of single years: {', '.join(map(str, times.tolist()))}",),
            remedy="use a longer window; end points that pool years do not count",
        )
    method, covariance = joint_covariance(estimate, options)
    place = {time: i for i, time in enumerate(times.tolist())}
    # columns of the estimate to event times, the estimate's own reference at 0; then against the new reference
    spread = np.zeros((len(times), len(estimate.coef)))
    for time, j in found.items():
        if time is not None:
            spread[place[time], j] = 1.0
    against = np.delete(spread - spread[place[reference]], place[reference], axis=0)
    joint = against @ covariance @ against.T
    if not np.isfinite(joint).all():
        raise IdentificationError(
            "the coefficients have no joint covariance: too few municipalities have all of their years",
            remedy="use a shorter window, or a panel whose sampling noise is known",
        )
    return EventCoefficients(
        against @ estimate.coef, joint, tuple(before.tolist()), tuple(after.tolist()), reference, method
    )


def _of_one_event_time(estimate: Estimate, term: Term) -> bool:
    """Whether the term is about one event time of all cohorts, and pools none that the panel holds."""
    if term.event_time is None or term.cohort is not None or term.year is not None:
        return False
    seen = estimate.cells.event_time[estimate.cells.observed]
    return bool(np.all(seen[(seen >= term.first) & (seen <= term.last)] == term.event_time))
