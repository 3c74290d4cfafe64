"""A second population in the same run: who may be one, its placebo effect and the triple difference, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lib.hand_study import CODES, MEANS, PERSONS, cells, population, study
from pydantic import ValidationError

from ipscausal.analysis import SECOND, alternative, analyse, choose_methods, needed, of_second_population
from ipscausal.analysis.composition import composition, leaving
from ipscausal.municipality_year import Cells
from ipscausal.municipality_year.composition import Composition
from ipscausal.results import Row
from ipscausal.study import Study
from ipscausal.study.second_population import with_receipt

FIRST = {"years": [2014, 2017], "benefit": "WAA", "ages": [18, 29]}
OLDER = {"name": {"en": "Older recipients"}, "ages": [30, 45]}


def with_second(second: dict[str, Any] = OLDER, **first: Any) -> Study:
    return study(population=FIRST | first, second_population=second)


def counted(means: np.ndarray, persons: np.ndarray = PERSONS) -> Cells:
    """Cells of other persons with these workdays each."""
    sums = {"workdays": (persons * means * 10**4).astype(object)}
    squares = {"workdays": (persons * means**2 * 10**8).astype(object)}
    base = cells(persons)
    return replace(base, outcome_sum=base.outcome_sum | sums, outcome_sumsq=base.outcome_sumsq | squares)


def rows_of(other: Cells | None) -> dict[str, Row]:
    chosen, first = with_second(), cells()
    others = {} if other is None else {SECOND: other}
    results = analyse(chosen, population(), first, choose_methods(chosen, first), {}, others=others)
    return {row["kind"]: row for row in results.tables["second_population"]}


def test_the_effect_elsewhere_is_a_placebo_and_what_both_share_leaves_the_triple_difference() -> None:
    # among others the workdays rise by 1 where the programme started; the effect of the study is 3
    shared = np.array([[40, 43, 47, 50], [10, 13, 16, 19], [7, 10, 13, 16], [31, 34, 37, 40]])
    rows = rows_of(counted(shared, np.array([[30] * 4, [15, 16, 17, 18], [50] * 4, [22] * 4])))
    assert rows["placebo"]["estimate"] == pytest.approx(1)
    assert rows["triple"]["estimate"] == pytest.approx(2)
    assert {row["outcome"] for row in rows.values()} == {"workdays"}
    assert rows["triple"]["support_treated"] <= rows["placebo"]["support_treated"]


def test_nothing_that_both_share_remains_where_both_change_alike() -> None:
    assert rows_of(counted(MEANS + 100))["triple"]["estimate"] == pytest.approx(0, abs=1e-9)


def test_only_municipalities_of_both_are_compared() -> None:
    fewer = counted(MEANS)
    kept = [0, 1, 3]
    fewer = replace(
        fewer, municipality=tuple(CODES[g] for g in kept), arm=("treated", "control", "control"),
        adoption=fewer.adoption[kept], persons=fewer.persons[kept], women=fewer.women[kept],
        age_sum=fewer.age_sum[kept], age_sumsq=fewer.age_sumsq[kept], x=fewer.x[kept], xx=fewer.xx[kept],
        outcome_sum={name: values[kept] for name, values in fewer.outcome_sum.items()},
        outcome_sumsq={name: values[kept] for name, values in fewer.outcome_sumsq.items()},
        xy={name: values[kept] for name, values in fewer.xy.items()},
    )  # fmt: skip
    rows = rows_of(fewer)
    assert {row["n_municipalities"] for row in rows.values()} == {3}
    assert rows["triple"]["estimate"] == pytest.approx(0, abs=1e-9)


def test_a_second_population_that_could_not_be_counted_keeps_its_rows() -> None:
    rows = rows_of(None)
    assert {kind: (row["estimate"], row["status"]) for kind, row in rows.items()} == {
        "placebo": (None, "not_identified"), "triple": (None, "not_identified"),
    }  # fmt: skip


def test_a_study_without_one_has_no_rows() -> None:
    chosen = study()
    assert analyse(chosen, population(), cells(), choose_methods(chosen, cells()), {}).tables["second_population"] == ()


@pytest.mark.parametrize(
    ("second", "first", "fault"),
    [
        ({"name": {"en": "Same"}}, {}, "name alone"),
        (OLDER | {"ages": [29, 45]}, {}, "must hold other persons"),
        (OLDER | {"ages": [45, 30]}, {}, "ages must be"),
        ({"name": {"en": "All"}, "receipt": "everyone"}, {}, "must hold other persons"),
        ({"name": {"en": "Out"}, "receipt": "no benefit"}, {"receipt": "baseline cohort"}, "must hold other persons"),
        (OLDER | {"receipt": "on a date"}, {}, "receipt_day goes with"),
        (OLDER | {"receipt": "entry", "follow_up_months": 12, "residence": "at entry"}, {}, "both have it or neither"),
    ],
)
def test_populations_that_cannot_be_compared_are_told(
    second: dict[str, Any], first: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ValidationError, match=fault):
        with_second(second, **first)


@pytest.mark.parametrize(
    "second", [OLDER, {"name": {"en": "Out"}, "receipt": "no benefit"}, {"name": {"en": "Other"}, "benefit": "SICK"}]
)
def test_the_second_population_differs_in_what_it_says_and_nothing_else(second: dict[str, Any]) -> None:
    base = with_second(second)
    other = of_second_population(base)
    differing = {
        key for key in type(base.population).model_fields
        if getattr(base.population, key) != getattr(other.population, key)
    }  # fmt: skip
    assert differing == set(second) - {"name"}
    assert (other.second_population, other.sensitivity, other.outcome) == (None, (), base.outcome)


def test_another_kind_of_receipt_lets_go_of_what_belongs_to_the_first() -> None:
    entered = FIRST | {
        "receipt": "entry", "follow_up_months": 12, "residence": "at entry", "age_rule": "receipt day",
    }  # fmt: skip
    base = study(population=entered)
    changed = with_receipt(base.population.model_dump(), {"receipt": "baseline cohort"})
    assert type(base.population).model_validate(changed).receipt == "baseline cohort"
    document = base.model_dump(mode="python") | {"sensitivity": [{"check": "baseline_cohort"}]}
    asked = Study.model_validate(document)
    (declared,) = needed(asked)
    cohort = alternative(asked, declared).population
    assert (cohort.receipt, cohort.residence, cohort.age_rule, cohort.follow_up_months) == (
        "baseline cohort", "1 January", "1 January", None,
    )  # fmt: skip


def with_composition(gone: np.ndarray, stayed: np.ndarray) -> Cells:
    none = np.zeros_like(gone)
    came = PERSONS - stayed
    return replace(cells(), composition=Composition(stayed, came, none, gone, none, none))


GONE = np.array([[4, 4, 8, 21], [6, 6, 6, 30], [8, 8, 8, 40], [3, 3, 3, 12]])
STAYED = np.array([[0, 16, 16, 14], [0, 24, 24, 24], [0, 32, 32, 32], [0, 9, 9, 9]])


def test_who_comes_and_goes_is_summed_by_arm_between_the_years_of_the_study() -> None:
    rows = {(row["arm"], row["year"]): row for row in composition(with_composition(GONE, STAYED))}
    assert rows["treated", 2014] == {
        "year": 2014, "arm": "treated", "stayed": None, "came": None, "came_moved": None, "gone": 4, "gone_moved": 0,
        "gone_died": 0,
    }  # fmt: skip
    assert (rows["control", 2016]["stayed"], rows["control", 2016]["gone"]) == (65, 17)
    assert (rows["treated", 2017]["came"], rows["treated", 2017]["gone"]) == (7, None)
    assert composition(cells()) == ()


def test_the_share_who_go_is_an_outcome_of_the_years_that_have_a_later_one() -> None:
    counted_cells = with_composition(GONE, STAYED)
    panel = leaving(counted_cells, counted_cells.panel("workdays"))
    assert panel is not None
    assert panel.years.tolist() == [2014, 2015, 2016]
    assert panel.mean[0].tolist() == pytest.approx([4 / 20, 4 / 20, 8 / 22])
    assert panel.within_variance is not None
    assert panel.within_variance[0, 0] == pytest.approx(20 * 0.2 * 0.8 / 19)
    assert leaving(cells(), cells().panel("workdays")) is None


def test_the_reader_is_told_where_more_go_from_the_start_on() -> None:
    chosen = study()

    def told(gone: np.ndarray) -> bool:
        first = with_composition(gone, STAYED)
        results = analyse(chosen, population(), first, choose_methods(chosen, first), {})
        return "leaving_differs" in {notice.code for notice in results.notices}

    varying = np.array([[4, 5, 5, 21], [6, 9, 6, 30], [8, 6, 10, 40], [3, 4, 3, 12]])
    more = varying.copy()
    more[0, 2] = 20
    assert not told(varying)
    assert told(more)
