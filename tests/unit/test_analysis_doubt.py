"""The attacks and parts of an answer as tables, on cells that break one assumption or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lib.hand_study import OUTCOMES

from ipscausal.analysis import analyse, choose_methods
from ipscausal.municipality_year import Cells
from ipscausal.person_year import AttritionRow, Population, StudyUnits, Unit
from ipscausal.results import Results
from ipscausal.study import Study

YEARS = np.arange(2011, 2021)
SD = 40  # of persons


def cells(adoption: list[float], effect: np.ndarray, seed: int = 1, persons: int = 400) -> Cells:
    """Cells of municipalities alike but for `effect` (G, T), shocks of one day and persons' chance."""
    rng = np.random.default_rng(seed)
    g, t = len(adoption), len(YEARS)
    size = np.full((g, t), persons)
    mean = 60 + rng.normal(0, 1, (g, t)) + effect
    total = np.rint(mean * persons * 10**4).astype(object)
    whole = {name: total.copy() for name in OUTCOMES}
    squares = {name: np.rint((SD**2 + mean**2) * persons * 10**8).astype(object) for name in OUTCOMES}
    return Cells(
        municipality=tuple(f"{code:04d}" for code in range(1, g + 1)),
        arm=tuple("treated" if np.isfinite(date) else "control" for date in adoption),
        adoption=np.array(adoption),
        years=YEARS.copy(),
        persons=size,
        women=size // 2,
        age_sum=size * 22,
        age_sumsq=size * 22**2,
        outcome_sum=whole,
        outcome_sumsq=squares,
        covariates=(),
        x=np.zeros((g, t, 0), dtype=object),
        xx=np.zeros((g, t, 0, 0), dtype=object),
        xy={name: np.zeros((g, t, 0), dtype=object) for name in OUTCOMES},
        person_count=g * persons,
        movers=0,
    )


def results(found: Cells, others: dict[str, Cells] | None = None, **sections: Any) -> Results:
    tables = ("persons", "residence", "employment", "benefits", "rollout")
    study = Study.model_validate(
        {
            "schema_version": 1,
            "study": {"id": "s", "title": {"en": "S"}},
            "extracts": {name: {"path": f"{name}.parquet"} for name in tables},
            "population": {"years": [int(YEARS[0]), int(YEARS[-1])], "benefit": "WAA"},
            "outcome": {"also": []},
            "design": {"comparison": "never"},
            "inference": {"calibration_draws": 0, "draws": 199},
            **sections,
        }
    )
    units = tuple(
        Unit(code, "treated", int(date)) if np.isfinite(date) else Unit(code, "control")
        for code, date in zip(found.municipality, found.adoption, strict=True)
    )
    first = int(found.adoption[np.isfinite(found.adoption)].min())
    rows = (AttritionRow(1, "persons_with_benefit", "all", 120, 430),)
    population = Population(rows, StudyUnits(units, first), (), (int(YEARS[0]), int(YEARS[-1])), {})
    return analyse(study, population, found, choose_methods(study, found), {}, others=others or {})


def verdicts(found: Results) -> dict[str, str]:
    return {row["check"]: row["verdict"] for row in found.tables["sensitivity"]}


ONE_DATE = [2016.0] * 6 + [np.inf] * 12
STEP = (YEARS >= 2016) * 8.0
TREATED = np.isfinite(ONE_DATE)[:, None]


def test_a_clear_effect_passes_what_can_tell() -> None:
    found = verdicts(results(cells(ONE_DATE, TREATED * STEP)))
    assert "not passed" not in found.values()
    for check in ("pretrend_power", "placebo_municipalities", "without_municipality", "without_year", "anticipation"):
        assert found[check] == "passed", check


def test_diverging_trends_and_an_early_start_are_said() -> None:
    trend = TREATED * 1.5 * (YEARS - 2011)
    found = verdicts(results(cells(ONE_DATE, TREATED * STEP + trend)))
    assert found["placebo_dates"] == found["pretrend_power"] == "not passed"
    early = verdicts(results(cells(ONE_DATE, TREATED * (STEP + 5.0 * (YEARS == 2015)))))
    assert early["anticipation"] == "not passed"


def test_declared_alternatives_are_asked_the_same_and_enter_the_curve() -> None:
    main, other = cells(ONE_DATE, TREATED * STEP), cells(ONE_DATE, TREATED * STEP * 0.1, seed=2)
    checks = [{"check": "movers"}, {"check": "years_excluded", "years": [2020], "name": "no 2020"},
              {"check": "placebo_population", "ages": [50, 60], "name": "older"}]  # fmt: skip
    found = results(main, {"movers": other, "older": other}, sensitivity=checks)
    said = verdicts(found)
    assert said["movers"] == "not passed"  # a tenth of the effect is left
    assert said["no 2020"] == "passed"
    assert said["older"] in ("passed", "cannot tell")
    curve = found.tables["specification_curve"]
    assert {row["data"] for row in curve} == {"main", "movers", "no 2020"}
    assert [row["estimate"] for row in curve] == sorted(row["estimate"] for row in curve)
    assert sum(row["is_main"] for row in curve) == 1
    agree = found.facts["specifications"]
    main_row = next(row for row in curve if row["is_main"])
    others = [row for row in curve if not row["is_main"]]
    assert agree["count"] == len(curve)
    assert agree["same_sign"] == pytest.approx(np.mean([row["estimate"] * main_row["estimate"] > 0 for row in others]))


def test_estimators_stand_beside_each_other_with_the_uncertainty_of_their_difference() -> None:
    found = results(cells(ONE_DATE, TREATED * STEP))
    rows = {row["estimator"]: row for row in found.tables["estimators"]}
    assert next(iter(rows)) == "twfe"
    assert rows["twfe"]["role"] == "primary"
    assert rows["twfe"]["estimate"] == found.tables["headline"][0]["estimate"]
    assert rows["imputation"]["difference"] == pytest.approx(0, abs=1e-9)
    assert {row["differs"] for name, row in rows.items() if name != "twfe"} == {"no"}
    trend = results(cells(ONE_DATE, TREATED * (STEP + 2.0 * (YEARS - 2011))))
    last_year_only = next(row for row in trend.tables["estimators"] if row["estimator"] == "att_gt")
    assert last_year_only["differs"] == "yes"
    assert last_year_only["difference"] < 0


def test_several_starts_quote_group_time_effects_and_take_two_way_fixed_effects_apart() -> None:
    adoption = [2013.0] * 6 + [2018.0] * 6 + [np.inf] * 2
    years = np.maximum(YEARS[None, :] - np.array(adoption)[:, None] + 1, 0)
    effect = np.where(np.isfinite(years), years, 0) * np.where(np.array(adoption) == 2013, 4.0, 1.0)[:, None]
    found = results(cells(adoption, effect))
    assert found.facts["estimator_choice"]["primary"] == "att_gt"
    headline = found.tables["headline"][0]
    exposed = np.isfinite(adoption)[:, None] & (years > 0)
    assert headline["estimate"] == pytest.approx(effect[exposed].mean(), abs=1.5)
    kinds = {row["kind"]: row for row in found.tables["decomposition"]}
    assert sum(row["weight"] for row in kinds.values()) == pytest.approx(1)
    plain = next(row for row in found.tables["estimators"] if row["estimator"] == "twfe")
    assert sum(row["weight"] * row["estimate"] for row in kinds.values()) == pytest.approx(plain["estimate"], rel=1e-8)
    assert found.facts["twfe_weights"]["n_negative"] > 0
    assert len(found.tables["municipality_effects"]) == 12
    assert [row["position"] for row in found.tables["municipality_effects"]] == list(range(1, 13))


def test_an_answer_that_is_none_settles_nothing() -> None:
    found = results(cells(ONE_DATE, np.zeros((18, 10)), seed=9))
    assert set(verdicts(found).values()) <= {"cannot tell", "not passed"}
    assert verdicts(found)["without_municipality"] == "cannot tell"
    assert found.tables["decomposition"] == ()


def test_doses_give_effects_by_group_and_a_slope() -> None:
    adoption = [2016.0] * 8 + [np.inf] * 10
    dose = np.where(np.arange(18) < 4, 60.0, 110.0)[:, None] * (YEARS[None, :] >= np.array(adoption)[:, None])
    found = replace(cells(adoption, dose / 10), dose=dose)
    rows = results(found, design={"comparison": "never", "dose": "fidelity", "dose_cuts": [75]}).tables["dose"]
    by = {(row["estimator"], row["term"]): row for row in rows}
    assert by["dose_groups", "dose_below_75"]["estimate"] == pytest.approx(6, abs=2)
    assert by["dose_groups", "dose_from_75"]["estimate"] == pytest.approx(11, abs=2)
    assert by["dose_slope", "slope"]["estimate"] == pytest.approx(0.1, abs=0.04)
    assert by["dose_groups", "dose_below_75"]["n_treated"] == 4
    assert results(cells(adoption, dose / 10)).tables["dose"] == ()


def test_with_one_treated_a_trend_is_found_though_no_rank_could_find_it() -> None:
    adoption = [2016.0] + [np.inf] * 10
    trend = np.isfinite(adoption)[:, None] * 6.0 * (YEARS - 2011)
    found = results(cells(adoption, trend))
    assert verdicts(found)["pretrend_power"] == "not passed"
    row = next(row for row in found.tables["sensitivity"] if row["check"] == "pretrend_power")
    assert row["p"] < 0.05


def test_estimators_that_cannot_leave_years_of_anticipation_out_are_not_identified() -> None:
    adoption = [2014.0] * 5 + [2017.0] * 5 + [np.inf] * 8
    exposed = YEARS[None, :] >= np.array(adoption)[:, None]
    found = results(cells(adoption, exposed * 5.0), design={"comparison": "never", "anticipation": 1, "reference": -2})
    rows = {row["estimator"]: row for row in found.tables["estimators"]}
    assert {name for name, row in rows.items() if row["status"] == "not_identified"} == {"switching", "efficient"}
    assert rows["att_gt"]["estimate"] == pytest.approx(5, abs=1.5)
