"""What is known of the municipalities reaches the panel: covariates, doses, borders; cells of cohorts and stayers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lib import delivery
from lib.delivery import CONTROL, OTHER, TREATED, day

from ipscausal import municipality_year, person_year
from ipscausal.errors import UsageError
from ipscausal.municipality_year import Cells
from ipscausal.person_year import Population

PLACES = {
    "municipality": [TREATED, CONTROL, CONTROL, "9999"],
    "year": ["", "", "2013", ""],
    "size": [1.5, 2.0, 4.0, 9.0],
}
ROLLOUT = {
    "municipality": [TREATED, TREATED],
    "start_date": [day("2013-07-01"), day("2014-01-01")],
    "end_date": [day("2013-12-31"), None],
    "fidelity": [100.0, 73.0],
    "participants": [1.0, 3.0],
}
BORDERS = {"municipality": [CONTROL], "neighbour": [TREATED]}
PATHS: dict[str, Any] = {"neighbours": {"path": "neighbours.parquet"}}
DESIGN = {"municipality_covariates": ["size"]}


def counted(folder: Path, changes: dict[str, Any] | None = None, **tables: Any) -> tuple[Population, Cells]:
    chosen = delivery.study(**({"population": {"ages": "any"}} | (changes or {})))
    written = delivery.columns() | {"neighbours": BORDERS} | tables
    with delivery.registered(delivery.write(folder, written), chosen) as warehouse:
        population = person_year.build(warehouse, chosen)
        return population, municipality_year.build(warehouse, chosen, population)


def test_covariates_are_by_year_where_delivered_so_and_unknown_is_told(tmp_path: Path) -> None:
    _, cells = counted(tmp_path, {"design": DESIGN}, municipalities=PLACES)
    panel = cells.panel("workdays")
    assert (panel.unit_covariates, cells.municipality) == (("size",), (TREATED, CONTROL))
    assert panel.z is not None
    assert panel.z[:, :, 0].tolist() == [[1.5] * 4, [2.0, 2.0, 4.0, 2.0]]
    assert "municipality_covariates_unknown" not in {notice.code for notice in cells.notices}
    less = {**PLACES, "size": [1.5, None, 4.0, 9.0]}
    _, fewer = counted(tmp_path, {"design": DESIGN}, municipalities=less)
    unknown = next(notice for notice in fewer.notices if notice.code == "municipality_covariates_unknown")
    assert fewer.z is not None
    assert np.isnan(fewer.z[1, :, 0]).tolist() == [True, True, False, True]
    # in 2011 nobody of the comparison municipality receives, so of its three unknown years two are counted
    assert fewer.persons[1].tolist() == [0, 1, 2, 2]
    assert unknown.values["count"] == 2


def test_fidelity_is_averaged_over_the_days_of_the_year(tmp_path: Path) -> None:
    _, cells = counted(tmp_path, {"design": {"dose": "fidelity"}}, rollout=ROLLOUT)
    assert cells.dose is not None
    assert cells.dose[0].tolist() == [0.0, 0.0, pytest.approx(100 * 184 / 365, rel=1e-15), 73.0]
    assert cells.dose[1].tolist() == [0.0] * 4
    assert np.array_equal(cells.panel("employed").dose, cells.dose)  # type: ignore[arg-type]


def test_reach_is_participants_over_the_persons_of_the_year(tmp_path: Path) -> None:
    _, cells = counted(tmp_path, {"design": {"dose": "reach"}}, rollout=ROLLOUT)
    assert cells.dose is not None
    assert cells.persons[0].tolist() == [2, 2, 2, 2]
    assert cells.dose[0].tolist() == [0.0, 0.0, pytest.approx(184 / 365 / 2, rel=1e-15), 1.5]


def test_comparison_municipalities_next_to_the_programme_are_marked(tmp_path: Path) -> None:
    _, cells = counted(tmp_path, {"extracts": PATHS})
    assert cells.bordering is not None
    assert cells.spill_over is not None
    assert (cells.bordering.tolist(), cells.spill_over.tolist()) == ([np.inf, 2013.0], [False, True])
    _, alone = counted(tmp_path)
    assert (alone.bordering, alone.spill_over, alone.z, alone.dose) == (None, None, None, None)


def test_subgroups_carry_covariates_and_doses_and_an_unknown_dimension_is_refused(tmp_path: Path) -> None:
    changes = {"design": {**DESIGN, "dose": "reach"}, "heterogeneity": {"by": ["sex"]}}
    _, cells = counted(tmp_path, changes, rollout=ROLLOUT, municipalities=PLACES)
    found = cells.subgroups("workdays", "sex")
    assert found.levels == ("man", "woman")
    for panel in found.panels:
        assert np.array_equal(panel.dose, cells.dose)  # type: ignore[arg-type]
        assert np.array_equal(panel.z, cells.z)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="not counted by 'age band'"):
        cells.subgroups("workdays", "age band")


def test_movers_leave_whole_and_are_a_step_of_the_selection(tmp_path: Path) -> None:
    residence = delivery.columns()["residence"]
    residence["end_date"][1] = day("2013-06-30")
    moved = {"person_id": 2, "municipality": OTHER, "start_date": day("2013-07-01"), "end_date": None}
    residence = {name: [*cells, moved[name]] for name, cells in residence.items()}
    kept, before = counted(tmp_path, residence=residence)
    left, after = counted(tmp_path, {"population": {"ages": "any", "movers": "exclude"}}, residence=residence)
    assert "movers" not in {row.rule for row in kept.attrition}
    steps = {row.rule: row for row in left.attrition if row.arm == "all"}
    assert (steps["movers"].persons, steps["movers"].person_years) == (after.person_count, int(after.persons.sum()))
    # person 2 counts in the municipality until the year of the move, or not at all
    assert before.persons[0].tolist() == [2, 2, 2, 1]
    assert after.persons[0].tolist() == [1, 1, 1, 1]
    assert (before.movers, after.movers) == (0, 0)


def test_a_baseline_cohort_is_followed_to_the_cells(tmp_path: Path) -> None:
    population, cells = counted(tmp_path, {"population": {"ages": "any", "receipt": "baseline cohort"}})
    # recipients of 2012, the year before the start, in all years: persons 1, 2 and 3; person 4 comes later
    assert cells.persons.tolist() == [[2] * 4, [1] * 4]
    assert "baseline_cohort" in {row.rule for row in population.attrition}
