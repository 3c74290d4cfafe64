"""An outsider with a release folder and a linear programme: what the numbers in it tell of the numbers that are not.

Written from the files alone and sharing no line with the audit of the disclosure room. The outsider knows what the
tables count, so that years add up to person-years, arms to all, levels to the whole; and the rounding, which
`config.json` says.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

Name = tuple[object, ...]
ARMS = ("treated", "control")
MARGIN = {"none": (0, 0), "base 3": (1, 1), "base 5": (2, 2), "midpoint 6": (2, 3)}
"""How far the true count may lie below and above what is printed."""


class Outsider:
    """Bounds of every count and the sums between them, as the folder tells them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.below, self.above = MARGIN[json.loads((folder / "config.json").read_text())["rounding"]]
        self.bounds: dict[Name, tuple[float, float]] = {}
        self.sums: list[tuple[dict[Name, float], float, float]] = []
        facts = json.loads((folder / "facts.json").read_text())["facts"]
        starts = {_number(str(told)) for told in facts["adoption_years"].values()}
        study = json.loads((folder / "study.json").read_text())
        self.in_a_year = 4 if study["population"].get("period") == "quarter" else 1
        self.start = starts.pop() if len(starts) == 1 else None
        self._read()

    def interval(self, name: Name) -> tuple[float, float]:
        """The smallest and largest number that fits everything in the folder."""
        place = {known: column for column, known in enumerate(self.bounds)}
        lines, right = [], []
        for coefficients, low, high in self.sums:
            line = np.zeros(len(place))
            for one, weight in coefficients.items():
                line[place[one]] += weight
            for side, limit in ((line, high), (-line, -low)):
                if np.isfinite(limit):
                    lines.append(side)
                    right.append(limit)
        found = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(place))
            cost[place[name]] = sign
            told = linprog(cost, np.array(lines), np.array(right), bounds=list(self.bounds.values()), method="highs")
            assert told.status in (0, 3), f"the files contradict each other: {told.message}"
            found.append(sign * told.fun if told.status == 0 else np.inf)
        return found[0], found[1]

    def _read(self) -> None:
        trends = self._rows("trends")
        years = {arm: sorted({_number(row["year"]) for row in trends if row["arm"] == arm}) for arm in ARMS}
        for row in trends:
            self._count(("persons", row["arm"], _number(row["year"])), row["persons"])
        last = max((int(row["step"]) for row in self._rows("flow")), default=0)
        for row in self._rows("flow"):
            self._count(("distinct", row["arm"], int(row["step"])), row["persons"])
            self._count(("person_years", row["arm"], int(row["step"])), row["person_years"])
        for row in self._rows("estimates"):
            if row["n_person_years"]:
                self._count(("person_years", "all", last), row["n_person_years"])
                self._count(("distinct", "all", last), row["n_persons"])
                break
        for arm in ARMS:
            self._total(("person_years", arm, last), [("persons", arm, year) for year in years[arm]])
        self._total(("person_years", "all", last), [("person_years", arm, last) for arm in ARMS])
        for row in self._rows("baseline"):
            for arm in ARMS:
                whole: Name = ("before", arm)
                self._count(whole, row[f"n_{arm}"])
                span = range(_number(row["period_from"]), _number(row["period_to"]) + 1)
                self._total(whole, [("persons", arm, year) for year in span if year in years[arm]])
        if self.start is not None:
            self._by_event_time(years["treated"], self.start)
        self._composition(years)
        self._levels(("person_years", "all", last))

    def _by_event_time(self, years: list[int], start: int) -> None:
        for row in self._rows("event_study"):
            time, label = int(row["event_time"]), row["label"]
            at = [
                y for y in years if y - start == time or (label[0] in "≤≥" and (y - start < time) is (label[0] == "≤"))
            ]
            if row["n_treated_persons"] and at:
                self._mean(("event", time), row["n_treated_persons"], [("persons", "treated", year) for year in at])
        for row in self._rows("headline"):
            exposed: list[Name] = [("persons", "treated", year) for year in years if year >= start]
            if row["work_year_persons"]:
                self._mean(("work years",), row["work_year_persons"], exposed)
            elif row["work_years"] and float(row["estimate"]):
                by = float(row["work_years"]) * float(row["days_per_work_year"]) / float(row["estimate"])
                by /= self.in_a_year
                self._mean(("work years",), str(by), exposed)

    def _composition(self, years: Mapping[str, list[int]]) -> None:
        shapes = {"stayed": 0, "came": 0, "gone": 1}
        rows = self._rows("composition")
        for row in rows:
            arm, year = row["arm"], _number(row["year"])
            for column in (*shapes, "came_moved", "gone_moved", "gone_died"):
                self._count((column, arm, year), row[column])
            self._sum({("came", arm, year): 1, ("came_moved", arm, year): -1}, 0, np.inf)
            self._sum({("gone", arm, year): 1, ("gone_moved", arm, year): -1, ("gone_died", arm, year): -1}, 0, np.inf)
        for row in rows:
            arm, year = row["arm"], _number(row["year"])
            if year - 1 in years[arm] and ("stayed", arm, year - 1) in self.bounds:
                self._total(("persons", arm, year), [("stayed", arm, year), ("came", arm, year)])
                self._total(("persons", arm, year - 1), [("stayed", arm, year), ("gone", arm, year - 1)])

    def _levels(self, whole: Name) -> None:
        levels: dict[str, list[Name]] = {}
        for row in self._rows("subgroups"):
            name: Name = ("level", row["dimension"], row["level"])
            self._count(name, row["n_person_years"])
            levels.setdefault(row["dimension"], []).append(name)
        for dimension, names in levels.items():
            unknown: Name = ("unknown level", dimension)
            self._count(unknown, "")
            self._total(whole, [*dict.fromkeys(names), unknown])

    def _rows(self, table: str) -> list[dict[str, str]]:
        path = self.folder / f"{table}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def _count(self, name: Name, printed: str) -> None:
        """A count, and what is printed of it anywhere."""
        low, high = self.bounds.get(name, (0.0, np.inf))
        if printed:
            low, high = max(low, float(printed) - self.below), min(high, float(printed) + self.above)
        self.bounds[name] = (low, high)

    def _total(self, whole: Name, parts: Iterable[Name]) -> None:
        """Parts that add up; a printed total of rounded parts is as far from the truth as all of them."""
        told = list(parts)
        if not told:
            return
        if whole in self.bounds and self.below + self.above:
            low, high = self.bounds[whole]
            self.bounds[whole] = (low - self.below * len(told), high + self.above * len(told))
        self._sum({whole: -1.0, **dict.fromkeys(told, 1.0)}, 0.0, 0.0)

    def _mean(self, name: Name, printed: str, parts: list[Name]) -> None:
        """A mean, printed as a whole number."""
        self._count(name, printed)
        self._sum({name: -float(len(parts)), **dict.fromkeys(parts, 1.0)}, -len(parts) / 2, len(parts) / 2)

    def _sum(self, coefficients: Mapping[Name, float], low: float, high: float) -> None:
        for name in coefficients:
            self.bounds.setdefault(name, (0.0, np.inf))
        self.sums.append((dict(coefficients), low, high))


def _number(told: str) -> int:
    """A year, or a quarter such as 2016Q1, as a number that the next one follows."""
    year, _, quarter = told.partition("Q")
    return 4 * int(year) + int(quarter) - 1 if quarter else int(year)
