"""Panels for tests: simulated persons and their exact cells, and frames of municipality-years."""

import numpy as np
import pandas as pd

from ipscausal.panel import Panel


def simulated_persons(
    seed: int, adoption: dict[str, int], municipalities: int = 9, years: range = range(2010, 2017), mean_size: int = 25
) -> pd.DataFrame:
    """Person rows: municipality, year, y, age, woman, first (NaN = never). Sizes differ by municipality and year."""
    rng = np.random.default_rng(seed)
    parts = []
    for g in range(municipalities):
        code = f"m{g:02d}"
        for year in years:
            n = int(rng.integers(mean_size // 3, 2 * mean_size))
            age, woman = rng.integers(18, 30, n), rng.integers(0, 2, n)
            first = adoption.get(code, np.nan)
            effect = 4.0 * (year >= first)
            y = (
                50
                + 3 * g
                + 0.7 * (year - 2010)
                + 0.9 * age
                - 5 * woman
                + effect
                + rng.normal(0, 3)
                + rng.normal(0, 20, n)
            )
            parts.append(
                pd.DataFrame({"municipality": code, "year": year, "y": y, "age": age, "woman": woman, "first": first})
            )
    return pd.concat(parts, ignore_index=True)


def panel_of_persons(persons: pd.DataFrame, covariates: tuple[str, ...] = ()) -> Panel:
    """The exact cells of person rows, added up with NumPy."""
    codes, g = np.unique(persons["municipality"].to_numpy(dtype=str), return_inverse=True)
    years, t = np.unique(persons["year"].to_numpy(), return_inverse=True)
    y, x = (
        persons["y"].to_numpy(float),
        persons[list(covariates)].to_numpy(float).reshape(len(persons), len(covariates)),
    )

    def cell(values: np.ndarray) -> np.ndarray:
        out = np.zeros((len(codes), len(years), *values.shape[1:]))
        np.add.at(out, (g, t), values)
        return out

    first = persons.groupby("municipality")["first"].first().loc[list(codes)].to_numpy(float)
    n = cell(np.ones(len(y)))
    return Panel(
        municipality=tuple(codes),
        years=years.astype(np.int64),
        adoption=np.where(np.isnan(first), np.inf, first),
        outcome="y",
        unit="days",
        weighting="persons",
        weight=n,
        persons=n,
        y=cell(y),
        yy=cell(y**2),
        covariates=covariates,
        x=cell(x),
        xx=cell(x[:, :, None] * x[:, None, :]),
        xy=cell(x * y[:, None]),
        cluster=tuple(codes),
    )


def panel_of_means(
    mean: np.ndarray, adoption: list[float], size: np.ndarray | None = None, first_year: int = 2010
) -> Panel:
    """A panel from a (G, T) array of cell means; adoption inf = never; size: persons, or one row per cell."""
    g, t = mean.shape
    frame = pd.DataFrame(
        {
            "g": np.repeat([f"m{i:03d}" for i in range(g)], t),
            "year": np.tile(np.arange(first_year, first_year + t), g),
            "y": mean.ravel(),
            "first": np.repeat(adoption, t),
            "n": np.ones(g * t) if size is None else np.broadcast_to(size, (g, t)).ravel(),
        }
    )
    return Panel.from_frame(
        frame, municipality="g", year="year", outcome="y", adoption="first", persons=None if size is None else "n"
    )
