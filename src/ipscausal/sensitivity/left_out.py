"""Does the answer hang on one municipality, or on one year?"""

from __future__ import annotations

import numpy as np

from ipscausal.estimate.assemble import coefficients_of
from ipscausal.inference import leave_one_out
from ipscausal.panel import FloatArray
from ipscausal.sensitivity.check import Check, Question, of_changes
from ipscausal.sensitivity.subject import Subject


def without_municipality(subject: Subject, name: str = "without_municipality") -> Check:
    """The effect without each municipality (cluster) in turn. value: the one that changes it most; low, high: range.

    A single treated municipality cannot be spared: whether the answer hangs on it cannot be told.
    """
    estimates = leave_one_out(subject.estimate)[:, 0]
    return _of(subject, estimates, subject.estimate.cluster, "without_municipality", name)


def without_year(subject: Subject, name: str = "without_year") -> Check:
    """The effect without each year, or quarter, in turn. value: the one that changes it most; low, high: range."""
    panel = subject.panel
    estimates = [coefficients_of(subject.estimate, panel.of_years(panel.years != year))[0] for year in panel.years]
    return _of(subject, np.array(estimates), panel.period_labels, "without_year", name)


def _of(subject: Subject, estimates: FloatArray, labels: tuple[str, ...], question: Question, name: str) -> Check:
    known = np.flatnonzero(np.isfinite(estimates))
    worst = int(known[np.abs(estimates[known] - subject.effect).argmax()]) if len(known) else None
    return Check(
        name,
        question,
        of_changes(subject.row, estimates),
        None if worst is None else float(estimates[worst]),
        float(estimates[known].min()) if len(known) else None,
        float(estimates[known].max()) if len(known) else None,
        {
            "effect": subject.effect,
            "without": None if worst is None else labels[worst],
            "count": len(estimates),
            "lost": len(estimates) - len(known),
        },
    )
