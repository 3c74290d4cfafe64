"""What the example study can tell: diagnostics, calibration, placebo and leave-one-out, as a run writes them."""

from __future__ import annotations

from typing import Any

Rows = tuple[dict[str, Any], ...]
BEHIND = {"support_treated": 431, "support_control": 3310, "residual_df": 40063}
SMALLEST = {
    "1804": 431, "1103": 902, "1505": 61, "1506": 118, "1806": 74, "1833": 55, "3005": 440, "4204": 390,
    "5001": 861, "5006": 45, "5401": 364,
}  # fmt: skip
"""Recipients in the smallest year of each municipality."""
CONTRASTS = {
    "1804": 5.6, "5006": -4.9, "1833": 4.1, "1505": -3.4, "1806": -2.8, "5401": 2.2, "1506": -1.7, "4204": 1.1,
    "3005": -0.9, "5001": 0.5, "1103": 0.2,
}  # fmt: skip
CHANGES = {
    "1103": 0.05, "1505": -0.31, "1506": -0.18, "1806": -0.22, "1833": 0.36, "3005": -0.11, "4204": 0.16,
    "5001": 0.08, "5006": -0.33, "5401": 0.28,
}  # fmt: skip

_DIAGNOSTICS = (
    ("clusters", 11, None, None, "amber"), ("treated_clusters", 1, None, None, "red"),
    ("control_clusters", 10, None, None, "green"), ("p_floor_ri", 1 / 11, None, None, "red"),
    ("p_floor_wcr", 1 / 1024, None, None, "green"), ("effective_clusters", 1.21, None, None, "red"),
    ("partial_leverage", 0.91, None, None, "red"), ("leverage", 4.2, None, None, "amber"),
    ("cr2_df", 9.0, None, None, "amber"), ("influence", 0.064, 5.24, 5.96, "red"),
    ("size_cv", 0.83, None, None, "amber"), ("icc_year", 0.0006, None, None, "context"),
    ("moulton", 1.35, None, None, "amber"), ("implied_rate", 0.147, 0.07, 0.27, "amber"),
    ("wcr_wcu", 0.41, None, None, "red"), ("volatility_ratio", 1.05, 0.5, 2.1, "amber"),
    ("breakdown_sd", 0.9, None, None, "red"), ("shock_sd", 2.0, 1.2, 3.1, "context"),
    ("shock_rho", 0.4, 0.0, 0.8, "context"), ("breakdown_ratio", 0.62, None, None, "red"),
    ("breakdown_lau_li", 0.44, None, None, "red"),
)  # fmt: skip
_CALIBRATION = (
    ("panel", "primary", 0.038, 0.030, 0.047, 0.49, 8.0), ("re_did", "companion", 0.035, 0.028, 0.044, 0.39, 9.4),
    ("sup_t", "other", 0.011, 0.007, 0.018, 0.15, 14.8), ("ri", "other", 0.0, 0.0, 0.0, 0.0, None),
    ("ri_size", "other", 0.0, 0.0, 0.0, 0.0, None), ("collapse_n", "other", 0.084, 0.055, 0.142, 0.63, 7.2),
    ("wcr_s", "other", 0.004, 0.001, 0.009, 0.07, None), ("cr2", "other", 0.31, 0.28, 0.37, 0.85, 5.1),
    ("cr1", "other", 0.385, 0.36, 0.45, 0.89, 4.6), ("hc1", "conventional", 0.147, 0.07, 0.27, 0.77, 6.0),
)  # fmt: skip

FACTS = {
    "advice": {
        "primary": "panel", "companion": "re_did", "digest": "5d0e" * 16, "draws": 2000,
        "decided_on": "calibration",
    },
    "primary_method": "panel", "cr1_false_positive_rate": 0.385, "conventional_method": "hc1",
    "conventional_rate": 0.147, "conventional_rate_low": 0.07, "conventional_rate_high": 0.27,
    "power_at_estimate": 0.49, "mde": 8.0,
}  # fmt: skip


def diagnostics() -> Rows:
    return tuple(
        {"diagnostic": key, "value": value, "low": low, "high": high, "level": level, "outcome": "workdays", **BEHIND}
        for key, value, low, high, level in _DIAGNOSTICS
    )


def calibration() -> Rows:
    return tuple(
        {
            "method": method, "role": role, "false_positive_rate": rate, "rate_low": low, "rate_high": high,
            "monte_carlo_se": 0.004, "power": power, "effect": 5.6, "mde": mde, "draws": 2000,
            "placebo_space_k": round(10 * rate), "placebo_space_n": 10, "placebo_time_k": round(22 * rate),
            "placebo_time_n": 22, "outcome": "workdays", **BEHIND,
        }
        for method, role, rate, low, high, power, mde in _CALIBRATION
    )  # fmt: skip


def placebo() -> Rows:
    return tuple(
        {
            "position": position, "contrast": contrast, "studentised": contrast / 3.1, "is_treated": code == "1804",
            "outcome": "workdays", "support_treated": SMALLEST[code], "support_control": 3000,
        }
        for position, (code, contrast) in enumerate(CONTRASTS.items(), start=1)
    )  # fmt: skip


def leave_one_out() -> Rows:
    rows: list[dict[str, Any]] = [
        {
            "left_out": "1804", "arm": "treated", "status": "not_identified", "outcome": "workdays",
            "support_treated": SMALLEST["1804"], "support_control": 3310,
            **dict.fromkeys(("estimate", "conf_low", "conf_high", "change", "flips_sign", "flips_verdict")),
        }
    ]  # fmt: skip
    for code, change in CHANGES.items():
        estimate = 5.6 + change
        rows.append(
            {
                "left_out": code, "arm": "control", "status": "ok", "outcome": "workdays", "estimate": estimate,
                "conf_low": estimate - 7.2, "conf_high": estimate + 7.2, "change": change, "flips_sign": False,
                "flips_verdict": False, "support_treated": 431, "support_control": SMALLEST[code],
            }
        )  # fmt: skip
    return tuple(rows)
