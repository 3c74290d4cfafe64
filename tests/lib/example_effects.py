"""What puts the effect of the example study in doubt or takes it apart, as a run writes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lib.example_design import BEHIND

from ipscausal.results import Results

Rows = tuple[dict[str, Any], ...]
TABLES = (
    "estimators", "decomposition", "sensitivity", "honest", "specification_curve", "subgroups", "dose",
    "municipality_effects",
)  # fmt: skip
CHOICE = {
    "primary": "twfe", "why": "one_date", "companion": "synthetic_did", "why_companion": "donors",
    "others": ["att_gt", "imputation", "synthetic_did", "synthetic_control"], "dates": 1, "donors": 10,
    "years_before": 6,
}  # fmt: skip
STAGGERED = {
    "primary": "att_gt", "why": "several_dates", "companion": "imputation", "why_companion": "staggered",
    "others": ["sun_abraham", "imputation", "twfe"], "dates": 3, "donors": 10, "years_before": 6,
}  # fmt: skip
LEVELS = {("sex", "woman"): 17390, ("sex", "man"): 22693, ("age band", "18-24"): 15021, ("age band", "25-29"): 25062}
"""Person-years of each level; those of a dimension sum to the whole."""
EFFECTS = (9.1, 7.4, 6.2, 5.5, 3.1, -0.8)
"""Effects of treated municipalities, the largest first."""


def estimators(primary: str = "twfe") -> Rows:
    """The primary, two that agree, one that differs, one that cannot be told, one that the design does not identify."""
    rows = (
        (primary, "primary", "panel", "ok", 5.6, -1.4, 12.6, None, None, None, None),
        ("synthetic_did", "companion", "panel", "ok", 5.1, -1.6, 11.8, -0.5, -2.4, 1.4, "no"),
        ("imputation", "other", "panel", "ok", 5.6, -1.4, 12.6, 0.0, -0.2, 0.2, "no"),
        ("stacked", "other", "panel", "ok", 2.2, -2.0, 6.4, -3.4, -5.9, -0.9, "yes"),
        ("efficient", "other", "multiplier", "ok", 4.0, 1.0, 7.0, -1.6, None, None, "unknown"),
        ("synthetic_control", "other", None, "not_identified", None, None, None, None, None, None, None),
    )
    return tuple(
        {
            "estimator": name, "role": role, "outcome": "workdays", "unit": "days", "term": "att", "method": method,
            "status": status, "estimate": estimate, "conf_low": low, "conf_high": high, "difference": gap,
            "difference_low": gap_low, "difference_high": gap_high, "differs": differs, "n_municipalities": 11,
            "n_treated": 1, "reason_not_identified": "1804 has no donor" if estimate is None else None, **BEHIND,
        }
        for name, role, method, status, estimate, low, high, gap, gap_low, gap_high, differs in rows
    )  # fmt: skip


_CHECKS: tuple[tuple[str, str, str, float | None, float | None, float | None, dict[str, Any]], ...] = (
    ("honest_did", "honest_did", "cannot tell", 0.0, -4.0, 15.0, {"restriction": "RM", "at": 1.0}),
    ("pretrend_power", "pretrend_power", "cannot tell", 7.9, 6.8, 7.9, {"slope": 2.1, "power": 0.8, "p": 0.82}),
    ("placebo_dates", "placebo_dates", "cannot tell", 1.9, -4.2, 8.0, {"count": 3, "years": 2, "sharp": 1}),
    ("placebo_municipalities", "placebo_municipalities", "cannot tell", 0.09, None, None,
     {"rank": 1, "of": 11, "floor": 1 / 11}),
    ("without_municipality", "without_municipality", "cannot tell", 5.96, 5.27, 5.96,
     {"count": 11, "lost": 1, "without": "1833"}),
    ("without_year", "without_year", "passed", 4.4, 4.4, 6.3, {"count": 10, "lost": 0, "without": "2019"}),
    ("anticipation", "anticipation", "passed", 0.4, -3.0, 3.8, {"count": 2, "years": 1, "sharp": 2}),
    ("Without movers", "movers", "not passed", -0.3, -6.0, 2.0, {}),
    ("Reform of 2018", "break_year", "cannot tell", 3.4, -2.0, 8.8, {"year": 2018}),
    ("Same persons", "baseline_cohort", "cannot tell", None, None, None, {}),
)  # fmt: skip
_NUMBERS = (
    "effect", "slope", "power", "p", "at", "count", "years", "sharp", "rank", "of", "floor", "without", "lost", "year",
    "restriction",
)  # fmt: skip


def sensitivity() -> Rows:
    return tuple(
        {
            "check": name, "question": question, "verdict": verdict, "value": value, "low": low, "high": high,
            **dict.fromkeys(_NUMBERS), "effect": 5.6, **others, "outcome": "workdays", **BEHIND,
        }
        for name, question, verdict, value, low, high, others in _CHECKS
    )  # fmt: skip


def honest(breakdown: float | None = 0.6) -> Rows:
    return tuple(
        {
            "restriction": "RM", "term": "att", "outcome": "workdays", "m": m, "conf_low": 2.0 - 4 * m,
            "conf_high": 9.2 + 4 * m, "breakdown": breakdown, **BEHIND,
        }
        for m in (0.0, 0.5, 1.0, 1.5, 2.0)
    )  # fmt: skip


def specification_curve() -> Rows:
    ways = (
        ("stacked", "main", 2.2, "not told apart"), ("twfe", "Without movers", -0.3, "not told apart"),
        ("twfe", "main", 5.6, "not told apart"), ("imputation", "main", 5.7, "not told apart"),
        ("twfe", "Same persons", 6.4, "above"),
    )  # fmt: skip
    ordered = sorted(ways, key=lambda way: way[2])
    return tuple(
        {
            "position": position, "estimator": name, "data": data, "outcome": "workdays", "unit": "days",
            "estimate": estimate, "conf_low": estimate - 6, "conf_high": estimate + 6, "method": "panel",
            "side": side, "is_main": (name, data) == ("twfe", "main"), **BEHIND,
        }
        for position, (name, data, estimate, side) in enumerate(ordered, start=1)
    )  # fmt: skip


SPECIFICATIONS = {
    "count": 5, "same_sign": 0.75, "same_verdict": 0.75, "median": 5.6, "lowest": -0.3, "highest": 6.4,
}  # fmt: skip


def subgroups() -> Rows:
    numbers = {"woman": (4.1, 0.2), "man": (6.9, 0.04), "18-24": (7.2, 0.03), "25-29": (4.5, 0.3)}
    return tuple(
        {
            "dimension": dimension, "level": level, "declared": False, "estimate": numbers[level][0],
            "conf_low": numbers[level][0] - 7, "conf_high": numbers[level][0] + 7, "method": "panel",
            "p_value": numbers[level][1], "p_holm": {0.03: 0.12, 0.04: 0.12}.get(numbers[level][1], 0.4),
            "p_romano_wolf": None, "p_interaction": 0.31 if dimension == "sex" else 0.27, "p_interaction_holm": 0.54,
            "n_person_years": count, "outcome": "workdays", "support_treated": round(431 * count / 40083),
            "support_control": round(3310 * count / 40083), "residual_df": count - 20,
        }
        for (dimension, level), count in LEVELS.items()
    )  # fmt: skip


def decomposition() -> Rows:
    kinds = (("treated_never", 3, 0.62, 7.1), ("earlier_later", 3, 0.21, 4.0), ("later_earlier", 3, 0.17, -2.2))
    return tuple(
        {"kind": kind, "count": count, "weight": weight, "estimate": estimate, "outcome": "workdays", **BEHIND}
        for kind, count, weight, estimate in kinds
    )


WEIGHTS = {"n_weights": 41, "n_negative": 6, "sum_negative": -0.08, "sigma": 3.4, "coefficient": 4.9}


def dose() -> Rows:
    """Two groups of doses, the average and the slope."""
    numbers = (
        ("dose_groups", "dose_below_100", "< 100", 4.9, 7.0),
        ("dose_groups", "dose_from_100", "≥ 100", 6.2, 7.5),
        ("dose_slope", "att", None, 5.6, 6.9),
        ("dose_slope", "slope", None, 0.041, 0.12),
    )
    return tuple(
        {
            "term": term, "label": label, "estimator": estimator, "estimate": value, "conf_low": value - half,
            "conf_high": value + half, "method": "panel", "status": "ok", "n_treated": 3, "outcome": "workdays",
            **BEHIND,
        }
        for estimator, term, label, value, half in numbers
    )  # fmt: skip


def municipality_effects() -> Rows:
    return tuple(
        {
            "position": place, "municipality": f"18{place:02d}", "estimate": effect, "shrunken": 5 + (effect - 5) / 2,
            "conf_low": 1 + (effect - 5) / 2, "conf_high": 9 + (effect - 5) / 2, "mean": 5.0, "spread": 2.1,
            "outcome": "workdays", "support_treated": 40 + place, "support_control": None,
        }
        for place, effect in enumerate(EFFECTS, start=1)
    )  # fmt: skip


def in_doubt(results: Results) -> Results:
    """The example with other estimators, checks, trends that differ, declared alternatives and subgroups."""
    tables = {
        "estimators": estimators(), "sensitivity": sensitivity(), "honest": honest(), "subgroups": subgroups(),
        "dose": dose(),
        "specification_curve": specification_curve(),
    }  # fmt: skip
    facts = {"estimator_choice": CHOICE, "specifications": SPECIFICATIONS}
    study = {**results.study, "design": {**results.study["design"], "dose": "fidelity"}}
    return replace(results, tables={**results.tables, **tables}, facts={**results.facts, **facts}, study=study)


def staggered(results: Results) -> Results:
    """The same as if its six treated municipalities had started in three years, quoted by group-time effects."""
    starts = {"1801": 2014, "1802": 2014, "1803": 2015, "1804": 2016, "1805": 2016, "1806": 2016}
    facts = {
        "treated": list(starts), "n_treated": 6, "n_municipalities": 16, "adoption_years": starts,
        "estimator_choice": STAGGERED, "twfe_weights": WEIGHTS,
    }  # fmt: skip
    doubted = in_doubt(results)
    tables = {
        name: tuple({**row, "estimator": "att_gt"} if row.get("estimator") == "twfe" else row for row in rows)
        for name, rows in doubted.tables.items()
    }
    of_effects = {
        "estimators": estimators("att_gt"), "decomposition": decomposition(), "placebo": (),
        "municipality_effects": municipality_effects(),
    }  # fmt: skip
    return replace(doubted, tables={**tables, **of_effects}, facts={**doubted.facts, **facts})
