"""Persons followed over years, some of whom move: rows, and the panel made from them in Python."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
from lib.panels import panel_of_persons

from ipscausal.panel import Panel
from ipscausal.person_groups import PersonGroups

ADOPTION = {"m00": 2013, "m01": 2013, "m02": 2014, "m03": 2015}


def followed_persons(
    seed: int,
    adoption: dict[str, int] = ADOPTION,
    *,
    municipalities: int = 9,
    years: range = range(2010, 2017),
    people: int = 14,
    share: float = 0.7,
    moving: float = 0.15,
) -> pd.DataFrame:
    """Rows person, municipality, year, y, first (of the municipality). share: of years seen; moving: a year."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(municipalities * people):
        home, level = int(rng.integers(municipalities)), rng.normal(60, 30)
        for year in years:
            if rng.random() < moving:
                home = int(rng.integers(municipalities))
            if rng.random() >= share:
                continue
            code = f"m{home:02d}"
            first = adoption.get(code, np.nan)
            effect = 5.0 * (year >= first)
            y = level + 2.0 * home + 0.8 * (year - 2010) + effect + 8 * np.sin(home + year) + rng.normal(0, 9)
            rows.append((f"p{person:04d}", code, year, y, first))
    return pd.DataFrame(rows, columns=["person", "municipality", "year", "y", "first"])


def by_rule(rows: pd.DataFrame, rule: str) -> pd.DataFrame:
    """The rows with `unit`, who has an effect of its own, and `municipality` as the rule has it."""
    first_treated = rows.groupby("municipality")["first"].first()
    out = rows.sort_values(["person", "year"]).copy()
    if rule == "separate":
        return out.assign(unit=out["person"] + "/" + out["municipality"])
    out["unit"] = out["person"]
    if rule == "exclude":
        return out[out.groupby("person")["municipality"].transform("nunique") == 1]
    out["municipality"] = out.groupby("person")["municipality"].transform("first")
    return out.assign(first=out["municipality"].map(first_treated))


def seen_again(rows: pd.DataFrame) -> pd.DataFrame:
    """Without units that have one row."""
    return rows[rows.groupby("unit")["year"].transform("size") > 1]


def panel_with_groups(rows: pd.DataFrame, rule: str) -> Panel:
    """The cells of the rows where they are, and the groups of persons under the rule."""
    panel = panel_of_persons(rows)
    codes = {code: g for g, code in enumerate(panel.municipality)}
    years = {int(year): t for t, year in enumerate(panel.years)}
    sums: dict[tuple[int, tuple[int, ...]], list[dict[int, float]]] = defaultdict(list)
    for (_, code), own in by_rule(rows, rule).groupby(["unit", "municipality"]):
        values = {years[int(year)]: float(y) for year, y in zip(own["year"], own["y"], strict=True)}
        sums[codes[code], tuple(sorted(values))].append(values)
    r, t = len(sums), len(years)
    seen, y, yy = np.zeros((r, t), dtype=bool), np.zeros((r, t)), np.zeros((r, t))
    for i, ((_, present), people) in enumerate(sums.items()):
        seen[i, list(present)] = True
        for values in people:
            for place, value in values.items():
                y[i, place] += value
                yy[i, place] += value**2
    groups = PersonGroups(
        np.array([g for g, _ in sums], dtype=np.int64), seen,
        np.array([float(len(people)) for people in sums.values()]), y, yy,
    )  # fmt: skip
    return replace(panel, person_groups=groups)
