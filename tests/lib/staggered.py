"""Staggered rollouts for tests: drawn panels, person rows as dummies, and what must not move an estimate."""

from dataclasses import replace

import numpy as np
import pandas as pd
import statsmodels.api as sm
from hypothesis import strategies as st
from lib.panels import panel_of_means

from ipscausal.panel import Panel

INF = np.inf
YEARS = 7
COHORTS = [2012.0, 2012.0, 2013.0, 2013.0, 2015.0, INF, INF, INF]


def drawn(seed: int, sizes: bool = True, holes: int = 0, adoption: list[float] | None = None) -> Panel:
    """Noise with municipality, year and growing effects; sizes of cells differ, and `holes` of them are empty."""
    rng = np.random.default_rng(seed)
    first = COHORTS if adoption is None else adoption
    g = len(first)
    year = 2010 + np.arange(YEARS)
    time = year - np.array(first)[:, None]
    mean = rng.normal(0, 5, (g, 1)) + rng.normal(0, 2, YEARS) + rng.normal(size=(g, YEARS))
    mean += np.where(time >= 0, 2 + 0.5 * np.nan_to_num(time, neginf=0), 0.0)
    size = rng.integers(20, 200, (g, YEARS)).astype(float) if sizes else None
    panel = panel_of_means(mean, first, size)
    if not holes:
        return panel
    # the years around adoption stay: every cohort keeps its reference
    free = np.argwhere(~((time >= -1) & (time <= 0)) & (np.arange(g) < g - 1)[:, None])
    empty = np.zeros((g, YEARS), dtype=bool)
    empty[tuple(free[rng.choice(len(free), holes, replace=False)].T)] = True
    return panel.without(empty)


PANELS = st.builds(drawn, st.integers(0, 10_000), st.booleans(), st.integers(0, 4))


def reordered(panel: Panel, seed: int) -> Panel:
    """The same municipalities in another order under other names."""
    order = np.random.default_rng(seed).permutation(len(panel.municipality))
    names = tuple(f"x{i}" for i in range(len(order)))
    fields = ("adoption", "weight", "persons", "y", "yy", "x", "xx", "xy")
    return replace(
        panel, municipality=names, cluster=names, **{name: getattr(panel, name)[order] for name in fields}
    )  # fmt: skip


def shifted(panel: Panel, seed: int) -> Panel:
    """Three times the outcome with constants of municipalities and years added."""
    rng = np.random.default_rng(seed)
    g, t = panel.weight.shape
    constants = rng.normal(0, 100, (g, 1)) + rng.normal(0, 100, (1, t))
    return replace(panel, y=3 * (panel.y + panel.weight * constants))


def ols_of_rows(rows: pd.DataFrame, columns: pd.DataFrame, effects: tuple[str, ...]) -> sm.regression.linear_model.OLS:
    """Least squares of y with a dummy per level of each effect, clustered by municipality."""
    dummies = [
        pd.get_dummies(rows[effect].astype(str), prefix=effect, dtype=float).iloc[:, int(i > 0) :]
        for i, effect in enumerate(effects)
    ]
    groups = rows["municipality"].astype("category").cat.codes
    return sm.OLS(rows["y"], pd.concat([columns, *dummies], axis=1)).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
