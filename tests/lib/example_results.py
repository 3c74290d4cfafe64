"""Results of an invented study: one treated of eleven municipalities, 2010-2019, start in 2016.

The numbers agree with each other: N = 521 is the mean of the treated recipients of the four exposed
years, and 5.6 and 10.5 workdays give 12.7 and 23.8 work-years at 230 days (domain notes 1.4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lib import example_design, example_effects

from ipscausal.results import Notice, Results

START, YEARS = 2016, tuple(range(2010, 2020))
TREATED, CONTROLS = "1804", ("1103", "1505", "1506", "1806", "1833", "3005", "4204", "5001", "5006", "5401")
PERSONS = {
    "treated": (431, 442, 458, 470, 479, 492, 503, 516, 527, 538),
    "control": (3310, 3384, 3402, 3455, 3508, 3561, 3590, 3644, 3671, 3702),
}
MEANS = {
    "workdays": ((61.2, 62.0, 60.8, 63.1, 62.4, 63.7, 65.6, 69.1, 72.8, 76.9),
                 (66.4, 66.9, 66.1, 68.0, 67.8, 68.9, 69.6, 70.5, 70.9, 71.6)),
    "employed": ((0.462, 0.468, 0.459, 0.471, 0.470, 0.476, 0.486, 0.502, 0.517, 0.531),
                 (0.481, 0.486, 0.480, 0.489, 0.491, 0.495, 0.497, 0.500, 0.503, 0.505)),
    "employment_days": ((118.4, 119.9, 117.6, 121.0, 120.2, 122.3, 125.4, 130.9, 136.0, 141.7),
                        (126.0, 127.1, 125.8, 128.4, 128.2, 129.7, 130.6, 131.9, 132.4, 133.3)),
    "benefit_days": ((262.1, 261.0, 262.8, 259.9, 260.3, 259.2, 257.0, 253.8, 250.4, 247.3),
                     (255.9, 255.2, 256.0, 254.1, 254.3, 253.2, 252.8, 252.1, 251.8, 251.0)),
}  # fmt: skip
UNITS = {"workdays": "days", "employed": "share", "employment_days": "days", "benefit_days": "days"}
EFFECTS = {
    "workdays": {-4: (-0.4, 4.1), -3: (0.3, 4.0), -2: (-0.2, 3.9), -1: (0.0, None),
                 0: (1.2, 4.3), 1: (3.7, 4.6), 2: (7.0, 5.2), 3: (10.5, 5.4)},
    "employed": {-4: (-0.001, 0.02), -3: (0.001, 0.02), -2: (-0.002, 0.019), -1: (0.0, None),
                 0: (0.008, 0.021), 1: (0.021, 0.023), 2: (0.033, 0.026), 3: (0.045, 0.027)},
}  # fmt: skip
ATT = {"workdays": (5.6, 3.1), "employed": (0.0272, 0.015), "employment_days": (9.1, 5.0), "benefit_days": (-5.8, 4.4)}
T9 = 2.2621571628
N_WORK_YEARS, DAYS = 521, 230
PLACE = "/".join(("", "home", "analyst", "study"))
SUPPORT = {"support_treated": 431, "support_control": 3310, "residual_df": 40063}
SIZE = {"n_persons": 17482, "n_person_years": 40083, "n_municipalities": 11, "n_treated": 1}
CLUSTERS = {"n_clusters": 11, "n_treated_clusters": 1}


def work_years(effect: float | None, persons: float = N_WORK_YEARS, days: float = DAYS) -> float | None:
    return None if effect is None else effect * persons / days


def example(persons: float = N_WORK_YEARS, days: float = DAYS) -> Results:
    """The whole study; `persons` and `days` are those of the work-years."""
    return Results(
        tables={
            "headline": _headline(persons, days),
            "estimates": _estimates(persons, days),
            "event_study": event_study_rows("workdays"),
            "vcov": _vcov(),
            "flow": _flow(),
            "baseline": _baseline(),
            "trends": _trends(),
            "diagnostics": example_design.diagnostics(),
            "calibration": example_design.calibration(),
            "placebo": example_design.placebo(),
            "leave_one_out": example_design.leave_one_out(),
            **dict.fromkeys(example_effects.TABLES, ()),
        },
        facts=example_design.FACTS
        | {
            "treated": [TREATED], "controls": list(CONTROLS), "n_treated": 1, "n_municipalities": 11,
            "first_year": 2010, "last_year": 2019, "adoption_years": {TREATED: START},
            "movers_share": 0.031, "receipt": "any day in the year",
            "estimand": "average among each year's recipients",
            "not_declared": 123456789,
        },
        notices=(
            Notice("few_treated", "warning", {"treated": 1, "municipalities": 11, "rate": 0.385, "level": 0.95}),
            Notice("composition_may_change", "note", {}),
            Notice("start_year_partial", "note", {}),
            Notice("movers", "note", {"share": 0.031}),
        ),
        study=study(days),
        provenance={
            "software": {"name": "ipscausal", "version": "0.1.0"}, "python": "3.11.7",
            "engine": {"name": "duckdb", "version": "2.0.0"},
            "packages": {"numpy": "2.3.5", "scipy": "1.16.3"}, "seed": 20261121,
            "started": "2026-11-22T02:10:00+00:00", "finished": "2026-11-22T02:10:48+00:00",
            "study_fingerprint": "9f2c" * 16,
            "inputs": [{"table": "persons", "rows": 20411, "sha256": "ab12" * 16, "path": f"{PLACE}/p.parquet"}],
            "sql": {"person_year": "cd34" * 16}, "user": "analyst", "working_directory": PLACE,
        },
    )  # fmt: skip


_EXTRACTS = ("persons", "residence", "employment", "benefits", "rollout")


def study(days: float = DAYS) -> dict[str, Any]:
    extract = {"path": f"{PLACE}/persons.parquet", "layout": "spells", "end_date": "inclusive", "columns": {}}
    return {
        "schema_version": 1,
        "study": {
            "id": "reference-study", "title": {"en": "IPS for young adults", "nb": "IPS for unge voksne"},
            "plan": {"status": "draft", "registered": "2026-11-21", "url": ""},
        },
        "extracts": dict.fromkeys(_EXTRACTS, extract) | {"municipalities": None},
        "population": {
            "years": [2010, 2019], "ages": [18, 29], "age_rule": "1 January", "benefit": "WAA",
            "receipt": "any day in the year", "residence": "1 January", "deaths": "keep",
            "municipalities": "as registered",
        },
        "outcome": {
            "name": "workdays", "also": ["employed", "employment_days", "benefit_days"], "country": "NO",
            "days": "working days", "measure": "position", "cap": True,
        },
        "design": {
            "treated": "rollout", "comparison": "listed", "comparison_municipalities": list(CONTROLS),
            "programme": None, "cluster": "municipality", "first_treated_year": "year of start",
            "after_end": "error", "anticipation": 0, "event_window": [-4, 3], "outside": "bin", "reference": -1,
            "covariates": [], "estimators": ["twfe"],
        },
        "inference": {"level": 0.95, "seed": 20261121, "draws": 9999},
        "work_years": {
            "days_per_work_year": days, "persons": "treated, mean of exposed years", "period": "per calendar year",
        },
        "disclosure": {"ruleset": "ssb", "min_persons": 10, "min_residual_df": 10, "exception": ""},
        "verify": {"run": False},
        "report": {"languages": ["en", "nb"], "formats": ["html"], "checklists": ["TARGET", "RECORD"]},
    }  # fmt: skip


def changed(results: Results, table: str, where: Callable[[Mapping[str, Any]], bool], **values: Any) -> Results:
    """The same results with values replaced in the rows that `where` picks (at least one)."""
    assert any(where(row) for row in results.tables[table])
    rows = tuple({**row, **values} if where(row) else row for row in results.tables[table])
    return replace(results, tables={**results.tables, table: rows})


def with_disclosure(results: Results, **values: Any) -> Results:
    return replace(results, study={**results.study, "disclosure": {**results.study["disclosure"], **values}})


def _interval(estimate: float, error: float) -> dict[str, float]:
    half = T9 * error
    return {
        "estimate": estimate,
        "std_error": error,
        "df": 9,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }


def _carried(row: dict[str, Any], persons: float, days: float) -> dict[str, Any]:
    return {
        **row,
        "work_years": work_years(row["estimate"], persons, days),
        "work_years_low": work_years(row.get("conf_low"), persons, days),
        "work_years_high": work_years(row.get("conf_high"), persons, days),
    }


def _headline(persons: float, days: float) -> tuple[dict[str, Any], ...]:
    rows = []
    for term, time, effect, p in (("att", None, ATT["workdays"], 0.104), ("event_3", 3, EFFECTS["workdays"][3], 0.083)):
        row = {
            "term": term, "event_time": time, "label": None if time is None else str(time),
            "outcome": "workdays", "unit": "days", "estimator": "twfe",
            "method": "panel", "status": "ok", "level": 0.95, "p_value": p, "p_floor": 0.0,
            "work_year_persons": persons, "days_per_work_year": days, "period": "per calendar year", **SIZE,
            **_interval(effect[0], effect[1] or 0.0), **SUPPORT,
        }  # fmt: skip
        rows.append(_carried(row, persons, days))
    return tuple(rows)


def _estimates(persons: float, days: float) -> tuple[dict[str, Any], ...]:
    rows: list[dict[str, Any]] = []

    def add(outcome: str, term: str, method: str, status: str, **values: Any) -> None:
        row = {
            "term": term, "outcome": outcome, "unit": UNITS.get(outcome, "log"), "estimator": "twfe", "method": method,
            "role": "other", "status": status, "level": 0.95, "event_time": None, "cohort": None, "small_sample": "",
            "estimate": None, "std_error": None, "statistic": None, "df": None, "p_value": None,
            "conf_low": None, "conf_high": None, "p_floor": 0.0, "rank": None, "rank_of": None,
            **SIZE, **CLUSTERS, **SUPPORT, **values,
        }  # fmt: skip
        rows.append(_carried(row, persons, days) if outcome == "workdays" else row)

    for outcome, (estimate, error) in ATT.items():
        for role, method, wider, p in (("primary", "panel", 1.0, 0.104), ("companion", "re_did", 1.08, 0.129)):
            told = _interval(estimate, wider * error)
            add(outcome, "att", method, "ok", role=role, statistic=estimate / (wider * error), p_value=p, **told)
        add(outcome, "att", "sup_t", "conservative", p_value=0.21, **_interval(estimate, 1.4 * error))
        add(
            outcome, "att", "ri", "cannot_reject", estimate=estimate, rank=1, rank_of=11, p_value=1 / 11, p_floor=1 / 11
        )
        add(outcome, "att", "cr3", "not_identified", estimate=estimate)
        conventional = {"std_error": error / 2.4, "df": 10, "statistic": 2.4 * estimate / error}
        add(outcome, "att", "cr1", "known_invalid", estimate=estimate, **conventional)
        ordinary = {"std_error": error / 1.8, "df": 40063, "p_value": 0.001, "role": "conventional"}
        add(outcome, "att", "hc1", "known_invalid", estimate=estimate, **ordinary)
        ranked = {"rank": 9, "rank_of": 11, "p_value": 9 / 11, "p_floor": 1 / 11}
        add(outcome, "pre_trend", "joint_rank", "cannot_reject", statistic=0.8, **ranked)
        add(outcome, "pre_trend", "cr1_wald", "known_invalid", statistic=3.1, df=3)
    add("log_recipients", "att", "sup_t", "ok", role="primary", statistic=0.5, p_value=0.61, **_interval(0.021, 0.04))
    return tuple(rows)


def event_study_rows(outcome: str) -> tuple[dict[str, Any], ...]:
    """The event study as a run with this primary outcome writes it (no run writes another outcome's)."""
    rows = []
    treated = dict(zip(YEARS, PERSONS["treated"], strict=True))
    for time, (estimate, error) in EFFECTS[outcome].items():
        years = [year for year in YEARS if year - START == time or (time == -4 and year - START < time)]
        base = {
            "term": f"event_{time}", "event_time": time,
            "label": "≤ -4" if time == -4 else str(time), "outcome": outcome,
            "unit": UNITS[outcome], "method": "panel", "status": "ok", "is_reference": error is None,
            "n_treated_persons": round(sum(treated[year] for year in years) / len(years)), **SUPPORT,
        }  # fmt: skip
        numbers = {
            "estimate": 0.0,
            "std_error": None,
            "df": None,
            "conf_low": None,
            "conf_high": None,
            "p_value": None,
            "band_low": None,
            "band_high": None,
        }
        if error is not None:
            wide = 1.3 * T9 * error
            together = {"band_low": estimate - wide, "band_high": estimate + wide}
            numbers = {**_interval(estimate, error), "p_value": 0.2, **together}
        rows.append({**base, **numbers})
    return tuple(rows)


def _vcov() -> tuple[dict[str, Any], ...]:
    effects = [row for row in event_study_rows("workdays") if not row["is_reference"]]
    terms, errors = [row["term"] for row in effects], [row["std_error"] for row in effects]
    return tuple(
        {
            "outcome": "workdays",
            "method": "collapse",
            "term_i": a,
            "term_j": b,
            "value": x * y * (1.0 if a == b else 0.5),
        }
        for a, x in zip(terms, errors, strict=True)
        for b, y in zip(terms, errors, strict=True)
    )


def _flow() -> tuple[dict[str, Any], ...]:
    arms = {arm: sum(counts) for arm, counts in PERSONS.items()}
    total = sum(arms.values())
    steps = (
        (1, "persons_with_benefit", {"treated": (7011, 19402), "control": (48210, 135577), "all": (402110, 1131002)}),
        (2, "age", {"treated": (2390, 5021), "control": (16702, 36040), "all": (131550, 287113)}),
        (3, "resident", {"treated": (2377, 4990), "control": (16604, 35811), "all": (130774, 285110)}),
        (
            4, "study_municipality",
            {"treated": (2279, arms["treated"]), "control": (15603, arms["control"]), "all": (17482, total)},
        ),
    )  # fmt: skip
    return tuple(
        {"step": step, "rule": rule, "arm": arm, "persons": persons, "person_years": person_years}
        for step, rule, arms_counts in steps
        for arm, (persons, person_years) in arms_counts.items()
    )


def _baseline() -> tuple[dict[str, Any], ...]:
    n = {arm: sum(counts[:6]) for arm, counts in PERSONS.items()}
    values = (
        ("age", "mean", 24.1, 3.3, 24.3, 3.2, -0.06), ("women", "share", 0.512, None, 0.547, None, -0.07),
        ("workdays", "mean", 62.2, 84.1, 67.4, 86.2, -0.06), ("employed", "share", 0.468, None, 0.487, None, -0.04),
        ("employment_days", "mean", 120.0, 142.9, 127.6, 144.0, -0.05),
        ("benefit_days", "mean", 260.8, 118.4, 254.7, 119.3, 0.05),
    )  # fmt: skip
    return tuple(
        {
            "variable": name, "kind": kind, "treated_mean": mean_1, "treated_sd": sd_1, "control_mean": mean_0,
            "control_sd": sd_0, "std_difference": gap, "n_treated": n["treated"], "n_control": n["control"],
            "period_from": 2010, "period_to": 2015,
            "support_treated": min(PERSONS["treated"][:6]), "support_control": min(PERSONS["control"][:6]),
        }
        for name, kind, mean_1, sd_1, mean_0, sd_0, gap in values
    )  # fmt: skip


def _trends() -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "outcome": outcome, "unit": UNITS[outcome], "year": year, "arm": arm,
            "persons": PERSONS[arm][place], "municipalities": 1 if arm == "treated" else 10, "mean": means[side][place],
        }
        for outcome, means in MEANS.items()
        for side, arm in enumerate(("treated", "control"))
        for place, year in enumerate(YEARS)
    )  # fmt: skip
