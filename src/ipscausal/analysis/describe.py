"""Descriptive tables from cells: who remains, baseline by arm, means by year."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import numpy as np

from ipscausal.municipality_year import Cells
from ipscausal.outcomes import is_share, kind_of
from ipscausal.panel import BoolArray, FloatArray
from ipscausal.person_year import Population


def flow(population: Population) -> tuple[dict[str, Any], ...]:
    """One row per step of the selection and arm: what remains after it."""
    return tuple(
        {"step": row.step, "rule": row.rule, "arm": row.arm, "persons": row.persons, "person_years": row.person_years}
        for row in population.attrition
    )


def trends(cells: Cells, outcomes: tuple[str, ...], cap: float | None = None) -> tuple[dict[str, Any], ...]:
    """Persons and person-weighted mean by outcome, year and arm; a year without persons of the arm has no row.

    cap: what an amount without a natural limit counts up to, for the bound on what two persons hold of a sum.
    """
    treated = np.isfinite(cells.adoption)
    rows = []
    for outcome in outcomes:
        panel = cells.panel(outcome)
        for t, year in enumerate(cells.years):
            for arm, mask in (("treated", treated), ("control", ~treated)):
                persons = int(cells.persons[mask, t].sum())
                if persons:
                    rows.append(
                        {
                            "outcome": outcome,
                            "unit": kind_of(outcome).unit,
                            "year": int(year),
                            "arm": arm,
                            "persons": persons,
                            "municipalities": int((cells.persons[mask, t] > 0).sum()),
                            "mean": float(panel.y[mask, t].sum() / persons),
                            "two_largest": _two_largest(outcome, float(panel.y[mask, t].sum()), cap),
                        }
                    )
    return tuple(rows)


def _two_largest(outcome: str, total: float, cap: float | None) -> float | None:
    """The largest share of a sum that two persons can hold; None for outcomes that a year bounds by itself."""
    if not kind_of(outcome).unbounded:
        return None
    return 1.0 if cap is None or total <= 2 * cap else 2 * cap / total


def baseline(cells: Cells, outcomes: tuple[str, ...], until: int) -> tuple[dict[str, Any], ...]:
    """Both arms in the study years before `until`: mean, standard deviation, standardised difference.

    The difference is divided by sqrt((s1^2 + s0^2) / 2) (Austin 2009). `until` is the year of the first start less
    the years of anticipation, the same for both arms; no rows where no study year lies before it.
    """
    before = cells.years < until
    if not before.any():
        return ()
    treated = np.isfinite(cells.adoption)
    smallest = {
        f"support_{arm}": int(cells.persons[mask][:, before].sum(axis=0).min())
        for arm, mask in (("treated", treated), ("control", ~treated))
    }
    span = {"period_from": int(cells.years[before].min()), "period_to": int(cells.years[before].max())}
    rows = []
    for name, total, squares in _variables(cells, outcomes):
        arms = [_moments(cells, total, squares, mask, before) for mask in (treated, ~treated)]
        (n1, m1, s1), (n0, m0, s0) = arms
        spread = sqrt((s1**2 + s0**2) / 2)
        rows.append(
            {
                "variable": name,
                "kind": "share" if _is_share(cells, name) else "mean",
                "treated_mean": m1,
                "treated_sd": s1,
                "control_mean": m0,
                "control_sd": s0,
                "std_difference": (m1 - m0) / spread if spread > 0 else None,
                "n_treated": n1,
                "n_control": n0,
                **span,
                **smallest,
            }
        )
    return tuple(rows)


def _is_share(cells: Cells, name: str) -> bool:
    """Whether the variable is 0 or 1 for every person, so that its mean is a count in disguise.

    A covariate of whole numbers is, exactly when its sum is its sum of squares in every cell.
    """
    if name == "women" or is_share(name):
        return True
    positions = [k for k, column in enumerate(cells.covariates) if column.name == name]
    return any(bool((cells.x[:, :, k] == cells.xx[:, :, k, k]).all()) for k in positions)


def _variables(cells: Cells, outcomes: tuple[str, ...]) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """(name, (G, T) sum, (G, T) sum of squares); covariates that repeat age or sex are not shown twice."""
    yield "age", cells.age_sum.astype(float), cells.age_sumsq.astype(float)
    yield "women", cells.women.astype(float), cells.women.astype(float)
    for outcome in outcomes:
        panel = cells.panel(outcome)
        yield outcome, panel.y, panel.yy
    panel = cells.panel(outcomes[0])
    for k, column in enumerate(cells.covariates):
        if column.covariate not in ("age", "sex"):
            yield column.name, panel.x[:, :, k], panel.xx[:, :, k, k]


def _moments(
    cells: Cells, total: FloatArray, squares: FloatArray, arm: BoolArray, years: BoolArray
) -> tuple[int, float, float]:
    """Person-years, mean and standard deviation (n - 1) of one arm in the years of the mask."""
    inside = np.ix_(arm, years)
    n = int(cells.persons[inside].sum())
    if n == 0:
        return 0, float("nan"), float("nan")
    mean = float(total[inside].sum()) / n
    variance = (float(squares[inside].sum()) - n * mean**2) / (n - 1) if n > 1 else 0.0
    return n, mean, sqrt(max(variance, 0.0))
