"""A panel by quarter: what a person does in the quarters of a year is what the person does in the year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
from generative.crowd import crowd
from generative.engine import engine_person_years, load
from generative.registries import BASE, study_of

import ipscausal as ips
from ipscausal import municipality_year, person_year
from ipscausal.study import Study
from ipscausal.warehouse import open_warehouse

SUMS = ("workdays_e4", "employment_days", "benefit_days")
REGISTRY = crowd(5, 200)


def study(period: str) -> Study:
    # nobody moves or comes and goes by the period: everyone, where they lived before the first start
    chosen = study_of(replace(BASE, ages=None, receipt="everyone", residence="before rollout"))
    document = chosen.model_dump(mode="python")
    document["population"] |= {"period": period}
    return Study.model_validate(document)


def person_rows(period: str) -> dict[tuple[int, int], dict[str, object]]:
    with open_warehouse([], threads=1) as warehouse:
        load(warehouse, REGISTRY)
        person_year.build(warehouse, study(period))
        return engine_person_years(warehouse)


def test_quarters_of_a_person_add_up_to_the_year() -> None:
    years, quarters = person_rows("year"), person_rows("quarter")
    found: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    counted: dict[tuple[int, int], int] = defaultdict(int)
    for (person, quarter), row in quarters.items():
        counted[person, quarter // 4] += 1
        for name in SUMS:
            found[person, quarter // 4][name] += int(str(row[name]))
    whole = [key for key, count in counted.items() if count == 4 and key in years]
    assert len(whole) > 200
    for key in whole:
        assert found[key] == {name: years[key][name] for name in SUMS}
    assert any(found[key]["workdays_e4"] for key in whole)


def test_exposure_begins_with_the_quarter_of_the_start() -> None:
    with open_warehouse([], threads=1) as warehouse:
        load(warehouse, REGISTRY)
        chosen = study("quarter")
        population = person_year.build(warehouse, chosen)
        panel = municipality_year.build(warehouse, chosen, population).panel("workdays")
    starts = {code: min(start for place, start, _ in REGISTRY.rollout if place == code)
              for code, *_ in REGISTRY.rollout}  # fmt: skip
    treated = [code for code, first in zip(panel.municipality, panel.adoption, strict=True) if np.isfinite(first)]
    assert treated
    for code in treated:
        first = panel.adoption[panel.municipality.index(code)]
        assert first == 4 * starts[code].year + (starts[code].month - 1) // 3
    assert panel.period == "quarter"
    assert panel.period_labels[0] == f"{chosen.first_year}Q1"
    assert len(panel.years) == 4 * (chosen.last_year - chosen.first_year + 1)
    result = ips.event_study(panel, window=(-4, 3), reference=-1)
    assert f"{chosen.first_year}Q1 to {chosen.last_year}Q4" in result.summary()
    axes = result.plot().axes[0]
    assert axes.get_xlabel().startswith("Quarters since the start")
