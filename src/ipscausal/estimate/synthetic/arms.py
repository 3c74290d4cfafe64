"""Who is compared with whom, over which years: each adoption date against the municipalities never treated.

Synthetic comparisons need every cell: municipalities without a cell in a year in which others have one are left out
("incomplete"), and so are adoption dates with too few years before them ("too_few_years_before"). Municipalities of
other adoption dates are no donors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.adjusted import untreated_slopes
from ipscausal.estimate.assemble import in_estimation
from ipscausal.estimate.least_squares import adjusted_means
from ipscausal.panel import BoolArray, FloatArray, IntArray, Panel

Average = Literal["municipalities", "persons"]


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One adoption date. treated, donors: positions in the panel; treated_weight: (n1,), sums to one.

    years: (S,) positions of the years in use; before, after: (S,) True in the years that the comparison is fitted on
    and in the treated ones; years of anticipation are neither. size: what the date counts in averages over dates.
    """

    cohort: int
    treated: IntArray
    treated_weight: FloatArray
    donors: IntArray
    years: IntArray
    before: BoolArray
    after: BoolArray
    size: float


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """The panel in use, its adoption dates, (G, T) outcomes adjusted for person covariates by `slopes` (K,)."""

    panel: Panel
    arms: tuple[Arm, ...]
    outcome: FloatArray
    slopes: FloatArray
    left_out: dict[str, tuple[str, ...]]


def arms_of(panel: Panel, anticipation: int, average: Average, years_before: int) -> Arms:
    """Every adoption date with at least `years_before` years before it.

    Raises IdentificationError without treated municipalities, with fewer than two donors, or without enough years.
    """
    panel, left_out = in_estimation(panel)
    in_use = panel.observed.any(axis=0)
    incomplete = ~panel.observed[:, in_use].all(axis=1)
    calendar = panel.years[in_use]
    dates = np.unique(panel.adoption[panel.treated & ~incomplete])
    enough = {date: int((calendar < date - anticipation).sum()) >= years_before for date in dates}
    too_few = np.array([not enough.get(date, True) for date in panel.adoption])
    for reason, mask in (("incomplete", incomplete), ("too_few_years_before", too_few & ~incomplete)):
        if mask.any():
            left_out[reason] = tuple(panel.municipality[g] for g in np.flatnonzero(mask))
    used = panel.select(~incomplete & ~too_few)
    _require(used, left_out)
    slopes = untreated_slopes(used, anticipation)
    donors = np.flatnonzero(~used.treated)
    arms = []
    for date in np.unique(used.adoption[used.treated]):
        treated = np.flatnonzero(used.adoption == date)
        after = calendar >= date
        persons = used.persons[treated][:, in_use][:, after].mean(axis=1)
        weight = persons if average == "persons" else np.ones(len(treated))
        arms.append(
            Arm(
                cohort=int(date), treated=treated, treated_weight=weight / weight.sum(), donors=donors,
                years=np.flatnonzero(in_use), before=calendar < date - anticipation, after=after,
                size=float(weight.sum()),
            )
        )  # fmt: skip
    return Arms(used, tuple(arms), adjusted_means(used, slopes), slopes, left_out)


def _require(panel: Panel, left_out: dict[str, tuple[str, ...]]) -> None:
    donors = int((~panel.treated).sum())
    if panel.treated.any() and donors >= 2:
        return
    said = ", ".join(f"{reason}: {len(codes)}" for reason, codes in left_out.items()) or "none"
    what = f"{donors} never-treated" if panel.treated.any() else "no treated"
    raise IdentificationError(
        f"a synthetic comparison needs a treated and two never-treated municipalities; there is {what} one with every "
        f"year (left out: {said})",
        remedy="leave out years with empty cells, or add years before adoption and municipalities that are never "
        "treated",
    )  # fmt: skip


def require_options(options: object, **counts: int) -> None:
    """Raises UsageError naming every field that is none of its choices, and every count that is no count."""
    problems = [
        f"{name}={getattr(options, name)!r}: one of {', '.join(map(repr, get_args(kind)))}"
        for name, kind in get_type_hints(type(options)).items()
        if get_origin(kind) is Literal and getattr(options, name) not in get_args(kind)
    ]
    problems += [f"{name}={value!r}: 0 or more" for name, value in counts.items() if value < 0]
    if problems:
        raise UsageError("a synthetic comparison was asked something it cannot do", problems=tuple(problems))
