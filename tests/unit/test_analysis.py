"""The tables of a study, worked by hand on four small municipalities."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from lib.hand_study import CODES, MEANS, OUTCOMES, PERSONS, cells, population, study

from ipscausal.analysis import analyse, choose_methods, conversion
from ipscausal.analysis.analyse import _period
from ipscausal.analysis.describe import baseline, trends
from ipscausal.analysis.work_years import Conversion
from ipscausal.municipality_year import Cells
from ipscausal.person_year import Population
from ipscausal.results import Notice, Results
from ipscausal.study import Study


def results_of(study: Study, population: Population, cells: Cells, provenance: dict, *delivery: tuple) -> Results:
    return analyse(study, population, cells, choose_methods(study, cells), provenance, *delivery)


def analysed(**changes: dict) -> Results:
    return results_of(study(**changes), population(), cells(), {"seed": 1})


def test_the_published_pair_of_work_years() -> None:
    published = Conversion(521, 230, "per calendar year")
    row = {"outcome": "workdays", "unit": "days", "conf_low": 2.7, "conf_high": 8.4}
    average = published.columns(row | {"estimate": 5.6})
    third = published.columns(row | {"estimate": 10.5})
    assert [round(average[name] or 0, 1) for name in ("work_years", "work_years_low", "work_years_high")] == [
        12.7,
        6.1,
        19.0,
    ]
    assert round(third["work_years"] or 0, 1) == 23.8
    other = Conversion(500, 220, "per calendar year")
    assert round(other.columns(row | {"estimate": 10.5})["work_years"] or 0, 1) == 23.9


def test_only_workdays_convert_and_no_number_stays_no_number() -> None:
    rule = Conversion(521, 230, "per calendar year")
    row = {"outcome": "employed", "unit": "share", "estimate": 0.1, "conf_low": 0.0, "conf_high": 0.2}
    assert set(rule.columns(row).values()) == {None}
    hidden = {"outcome": "workdays", "unit": "days", "estimate": 5.6, "conf_low": None, "conf_high": None}
    assert rule.columns(hidden)["work_years_low"] is None


def test_persons_are_the_mean_of_exposed_years_in_whole_persons() -> None:
    panel = cells().panel("workdays")
    assert conversion(panel, study().work_years).persons == 22.0  # (22 + 21) / 2 = 21.5, half up
    assert conversion(panel, study(work_years={"persons": 521}).work_years).persons == 521


def test_headline_is_the_average_and_the_last_event_time() -> None:
    average, last = analysed().tables["headline"]
    assert (average["term"], last["term"]) == ("att", "event_1")
    assert average["estimate"] == pytest.approx(3.0, abs=1e-10)
    assert last["estimate"] == pytest.approx(3.0, abs=1e-10)
    assert average["work_year_persons"] == 22.0
    assert average["work_years"] == pytest.approx(3 * 22 / 230, abs=1e-10)
    assert (average["support_treated"], average["support_control"]) == (20, 82)


def test_recipients_are_compared_on_the_log_scale_one_row_per_cell() -> None:
    row = next(row for row in analysed().tables["estimates"] if row["outcome"] == "log_recipients")
    assert row["estimate"] == pytest.approx((log(22 / 20) + log(21 / 20)) / 2, abs=1e-12)
    assert row["n_person_years"] == 16
    assert row["work_years"] is None


def test_a_cohort_fixed_beforehand_has_no_recipients_to_compare() -> None:
    results = analysed(population={"years": [2014, 2017], "benefit": "WAA", "receipt": "baseline cohort"})
    assert not [row for row in results.tables["estimates"] if row["outcome"] == "log_recipients"]
    assert "composition_may_change" not in {notice.code for notice in results.notices}


def test_anticipation_takes_the_year_before_out_of_the_comparison() -> None:
    before = np.array([[10, 15, 17, 19], *MEANS[1:]])
    changed = cells()
    sums = (PERSONS * before * 10**4).astype(object)
    squares = changed.outcome_sumsq["workdays"] + (PERSONS * (before**2 - MEANS**2) * 10**8).astype(object)
    moved = replace(
        changed,
        outcome_sum=changed.outcome_sum | {"workdays": sums},
        outcome_sumsq=changed.outcome_sumsq | {"workdays": squares},
    )
    plain = results_of(study(), population(), moved, {}).tables["headline"][0]["estimate"]
    design = {"comparison_municipalities": list(CODES[1:]), "event_window": [-2, 1], "anticipation": 1, "reference": -2}
    apart = results_of(study(design=design), population(), moved, {}).tables["headline"][0]["estimate"]
    assert apart == pytest.approx(3.0, abs=1e-10)
    assert plain == pytest.approx(1.5, abs=0.01)


def test_baseline_by_hand() -> None:
    rows = {row["variable"]: row for row in baseline(cells(), OUTCOMES, 2016)}
    treated = np.repeat([10.0, 12.0], 20)
    control = np.concatenate([np.repeat([20.0, 22.0], 30), np.repeat([30.0, 32.0], 40), np.repeat([5.0, 7.0], 12)])
    row = rows["workdays"]
    assert row["treated_mean"] == pytest.approx(treated.mean())
    assert row["control_sd"] == pytest.approx(control.std(ddof=1))
    spread = sqrt((treated.var(ddof=1) + control.var(ddof=1)) / 2)
    assert row["std_difference"] == pytest.approx((treated.mean() - control.mean()) / spread)
    assert (row["n_treated"], row["n_control"]) == (40, 164)
    assert (row["period_from"], row["period_to"]) == (2014, 2015)
    assert rows["age"]["std_difference"] is None  # everybody is 20
    assert rows["women"]["kind"] == rows["employed"]["kind"] == "share"


def test_trends_weight_municipalities_by_persons() -> None:
    rows = trends(cells(), ("workdays",))
    assert [row["mean"] for row in rows if row["arm"] == "treated"] == pytest.approx([10, 12, 17, 19])
    first = next(row for row in rows if row["arm"] == "control")
    assert first["mean"] == pytest.approx((30 * 20 + 40 * 30 + 12 * 5) / 82)
    assert (first["persons"], first["municipalities"]) == (82, 3)


def test_a_year_without_persons_has_no_row_and_no_log() -> None:
    persons = PERSONS.copy()
    persons[3, 1] = 0
    results = results_of(study(), population(), cells(persons), {})
    rows = [row for row in results.tables["trends"] if row["outcome"] == "workdays" and row["year"] == 2015]
    assert {row["arm"]: row["municipalities"] for row in rows} == {"treated": 1, "control": 2}
    assert (
        next(row for row in results.tables["estimates"] if row["outcome"] == "log_recipients")["n_person_years"] == 15
    )


def test_the_p_of_ordinary_regression_is_handed_on_for_disclosure_to_judge() -> None:
    found = {
        row["outcome"]: (row["status"], row["p_value"] is None, row["conf_low"])
        for row in analysed().tables["estimates"]
        if row["role"] == "conventional" and row["term"] == "att"
    }
    assert found["workdays"] == ("known_invalid", False, None)
    # its rate is not calibrated
    assert found["log_recipients"] == ("known_invalid", True, None)


def test_results_survive_their_file() -> None:
    results = analysed()
    again = Results.from_json(results.to_json())
    assert again.to_json() == results.to_json()
    assert {name: len(rows) for name, rows in again.tables.items()} == {
        name: len(rows) for name, rows in results.tables.items()
    }


def test_each_notice_is_given_once_and_the_few_treated_first() -> None:
    codes = [notice.code for notice in analysed().notices]
    assert codes[0] == "few_treated"
    assert len(codes) == len(set(codes))


def test_what_the_delivery_warns_of_reaches_the_notices() -> None:
    warned = (Notice("years_without_start", "warning", {"count": 5}),)
    results = results_of(study(), population(), cells(), {}, warned)
    assert warned[0] in results.notices


def covariate(values: np.ndarray) -> Cells:
    """The hand-made cells with one covariate: its sum in each cell, all of it in persons with the value 1 or 2."""
    from ipscausal.municipality_year import DesignColumn

    total = values.astype(object)[:, :, None]
    return replace(
        cells(),
        covariates=(DesignColumn(1, "prior", "prior", 1, 1),),
        x=total,
        xx=total[..., None],
        xy={name: np.zeros_like(total) for name in OUTCOMES},
    )


def test_a_number_that_is_zero_or_one_for_everybody_is_a_share() -> None:
    few = np.ones_like(PERSONS)
    row = next(row for row in baseline(covariate(few), OUTCOMES, 2016) if row["variable"] == "prior")
    assert row["kind"] == "share"
    twos = replace(covariate(few), xx=2 * covariate(few).xx)
    assert next(row for row in baseline(twos, OUTCOMES, 2016) if row["variable"] == "prior")["kind"] == "mean"


def test_baseline_rows_carry_the_smallest_year_of_each_arm() -> None:
    for row in baseline(cells(), OUTCOMES, 2017):
        assert (row["support_treated"], row["support_control"]) == (20, 82)


def test_controls_without_a_needed_year_are_told_of() -> None:
    persons = PERSONS.copy()
    persons[3, 1] = 0
    notices = {note.code: note.values for note in results_of(study(), population(), cells(persons), {}).notices}
    assert notices["dropped_controls"] == {"count": 1, "df": 1}
    assert "dropped_controls" not in {note.code for note in analysed().notices}


def test_work_years_of_entrants_are_not_of_a_calendar_year() -> None:
    document = study().model_dump(mode="python")
    document["population"] |= {"receipt": "entry", "follow_up_months": 6, "residence": "at entry"}
    entrants = type(study()).model_validate(document)
    assert _period(study()) == "per calendar year"
    assert _period(entrants) == "per year of entry, 6 months from entry"
