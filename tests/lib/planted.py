"""The example study with numbers of persons drawn anew: small ones in it, and every sum an outsider knows holds."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

from lib import example_effects
from lib.example_results import START, YEARS, example

from ipscausal.results import Results

ARMS = ("treated", "control")
FIRST_EXPOSED = YEARS.index(START)
Name = tuple[object, ...]


class Planted:
    """Counts under the names that `lib.outsider` gives them, and the results they stand in."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  reproducible, nothing secret
        self.truth: dict[Name, int] = {}
        for arm, size in (("treated", 45), ("control", 240)):
            self._draw_arm(arm, size)
        self._draw_moves()
        self._draw_flow()
        self._draw_levels()
        self.results = self._results()

    def _few(self) -> int:
        """Mostly enough persons, sometimes few or nobody."""
        return self._random.choice((0, 1, 4, 7, 9, 10, 14, 22, 31))

    def _draw_arm(self, arm: str, size: int) -> None:
        small = self._random.sample(YEARS, self._random.choice((0, 1, 1, 2)))
        for year in YEARS:
            few = year in small and (arm == "treated" or self._random.random() < 0.3)
            self.truth["persons", arm, year] = self._random.randint(1, 9) if few else size + self._few()

    def _draw_moves(self) -> None:
        n = self.truth
        for before, year in pairwise(YEARS):
            for arm in ARMS:
                both = min(n["persons", arm, before], n["persons", arm, year])
                n["stayed", arm, year] = max(0, both - self._few())
                n["came", arm, year] = n["persons", arm, year] - n["stayed", arm, year]
                n["gone", arm, before] = n["persons", arm, before] - n["stayed", arm, year]
            for here, there in (ARMS, ARMS[::-1]):
                moved = min(n["came", here, year], n["gone", there, before], self._few())
                n["came_moved", here, year] = n["gone_moved", there, before] = moved
            for arm in ARMS:
                left = n["gone", arm, before] - n["gone_moved", arm, before]
                n["gone_died", arm, before] = min(left, self._few())

    def _draw_flow(self) -> None:
        n = self.truth
        for arm in ARMS:
            n["person_years", arm, 4] = sum(n["persons", arm, year] for year in YEARS)
            came = sum(n["came", arm, year] for year in YEARS[1:])
            largest = max(n["persons", arm, year] for year in YEARS)
            n["distinct", arm, 4] = max(largest, n["persons", arm, YEARS[0]] + came - self._few())
        between = min(self._few(), n["distinct", "treated", 4])
        n["distinct", "all", 4] = n["distinct", "treated", 4] + n["distinct", "control", 4] - between
        n["person_years", "all", 4] = n["person_years", "treated", 4] + n["person_years", "control", 4]
        for step in (3, 2, 1):
            for arm in ("all", *ARMS):
                fell = self._few()
                n["distinct", arm, step] = n["distinct", arm, step + 1] + fell
                n["person_years", arm, step] = n["person_years", arm, step + 1] + fell * self._random.randint(1, 3)

    def _draw_levels(self) -> None:
        n = self.truth
        for dimension in ("sex", "age band"):
            known = n["person_years", "all", 4] - self._few()
            first = self._random.choice((known // 2, known - self._few(), known // 3))
            levels = [level for of, level in example_effects.LEVELS if of == dimension]
            for level, count in zip(levels, (first, known - first), strict=True):
                n["level", dimension, level] = count
            n["unknown level", dimension] = n["person_years", "all", 4] - known

    def _results(self) -> Results:
        results, n = example(), self.truth
        persons = {arm: [n["persons", arm, year] for year in YEARS] for arm in ARMS}
        support = {f"support_{arm}": min(persons[arm]) for arm in ARMS}
        size = {"n_persons": n["distinct", "all", 4], "n_person_years": n["person_years", "all", 4]}
        exposed = persons["treated"][FIRST_EXPOSED:]
        mean = round(sum(exposed) / len(exposed))
        tables: dict[str, Any] = {**results.tables, "subgroups": example_effects.subgroups()}
        small: dict[str, Any] = {**dict.fromkeys(support, 12), "residual_df": 500}

        def every(table: str, new: Any) -> None:
            tables[table] = tuple({**row, **new(row)} for row in tables[table])

        every("trends", lambda row: {"persons": n["persons", row["arm"], row["year"]]})
        every("estimates", lambda row: {**size, **small})
        every("headline", lambda row: {**size, **small, "work_year_persons": mean})
        every("event_study", lambda row: {**self._of_event(row["event_time"]), "residual_df": 500})
        every("flow", lambda row: {
            name: n[kind, row["arm"], row["step"]]
            for name, kind in (("persons", "distinct"), ("person_years", "person_years"))
        })  # fmt: skip
        every("baseline", lambda row: {
            **{f"n_{arm}": sum(persons[arm][:FIRST_EXPOSED]) for arm in ARMS},
            **{f"support_{arm}": min(persons[arm][:FIRST_EXPOSED]) for arm in ARMS},
        })  # fmt: skip
        every("subgroups", lambda row: {"n_person_years": n["level", row["dimension"], row["level"]], **small})
        moves = ("stayed", "came", "came_moved", "gone", "gone_moved", "gone_died")
        tables["composition"] = tuple(
            {"year": year, "arm": arm, **{name: n.get((name, arm, year)) for name in moves}}
            for arm in ARMS
            for year in YEARS
        )
        return replace(results, tables=tables)

    def _of_event(self, time: int) -> dict[str, int]:
        at = [year for year in YEARS if year - START == time or (time == -4 and year - START < time)]
        treated = [self.truth["persons", "treated", year] for year in at]
        control = [self.truth["persons", "control", year] for year in at]
        return {
            "n_treated_persons": round(sum(treated) / len(at)), "support_treated": min(treated),
            "support_control": min(control),
        }  # fmt: skip
