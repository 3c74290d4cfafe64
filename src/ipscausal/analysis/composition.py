"""Who comes and who goes, by arm and year, and whether that changed where the programme started.

Each year's persons are chosen by something that the programme may change. Comparing arms then also compares those who
are chosen; the table shows who, and the share who go is put through the same difference in differences.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ipscausal.municipality_year import Cells
from ipscausal.panel import BoolArray, Panel
from ipscausal.results import Row

INFLOW, OUTFLOW = ("stayed", "came", "came_moved"), ("gone", "gone_moved", "gone_died")


def composition(cells: Cells) -> tuple[Row, ...]:
    """Rows of `composition`. Only municipalities with persons in both of two years are compared between them.

    The first year has nothing before it and the last nothing after it: None.
    """
    if cells.composition is None:
        return ()
    treated = np.isfinite(cells.adoption)
    before, after = _both_years(cells)
    return tuple(
        {
            "year": int(year),
            "arm": arm,
            **_counts(cells, INFLOW, mask & before[:, t], t),
            **_counts(cells, OUTFLOW, mask & after[:, t], t),
        }
        for t, year in enumerate(cells.years)
        for arm, mask in (("treated", treated), ("control", ~treated))
    )


def leaving(cells: Cells, panel: Panel) -> Panel | None:
    """The share of a year's persons who are not there the year after, as a panel; None where nothing is counted.

    panel: of any outcome of the cells, for its design.
    """
    if cells.composition is None:
        return None
    _, after = _both_years(cells)
    seen = after & panel.observed
    n = np.where(seen, cells.persons, 0).astype(np.float64)
    gone = np.where(seen, cells.composition.gone, 0).astype(np.float64)
    share = np.divide(gone, n, out=np.zeros_like(n), where=n > 0)
    variance = np.divide(n * share * (1 - share), n - 1, out=np.full_like(n, np.nan), where=n > 1)
    g, t = n.shape
    return replace(
        panel, outcome="leaving", unit="share", weight=n, persons=n, y=gone, yy=gone, covariates=(),
        x=np.zeros((g, t, 0)), xx=np.zeros((g, t, 0, 0)), xy=np.zeros((g, t, 0)), within_variance=variance,
        mean_covariance=None, outcome_covariate_covariance=None, covariate_covariance=None, person_groups=None,
    ).of_years(np.arange(t) < t - 1)  # fmt: skip


def _both_years(cells: Cells) -> tuple[BoolArray, BoolArray]:
    """(G, T) whether the cell and the one before it, and the one after it, have persons."""
    seen = cells.persons > 0
    pairs = seen[:, 1:] & seen[:, :-1]
    none = np.zeros((len(seen), 1), dtype=bool)
    return np.hstack([none, pairs]), np.hstack([pairs, none])


def _counts(cells: Cells, names: tuple[str, ...], which: BoolArray, t: int) -> dict[str, Any]:
    if not which.any():
        return dict.fromkeys(names)
    return {name: int(getattr(cells.composition, name)[which, t].sum()) for name in names}
