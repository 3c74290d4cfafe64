"""What may leave: every released table with its columns, each declared once with a role.

The role does the suppressing. A column that is not declared here cannot be released.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipscausal.disclosure.effect_tables import OF_EFFECTS
from ipscausal.disclosure.roles import ReleasedTable, columns_of
from ipscausal.outcomes import is_share


def _baseline_shares(row: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    if row.get("kind") != "share":
        return ()
    pairs = ((row.get("treated_mean"), row.get("n_treated")), (row.get("control_mean"), row.get("n_control")))
    return tuple((share, persons) for share, persons in pairs if share is not None and persons is not None)


def _trend_shares(row: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    known = row.get("mean") is not None and row.get("persons") is not None
    return ((row["mean"], row["persons"]),) if known and is_share(str(row.get("outcome"))) else ()


MOVEMENTS = ("stayed", "came", "came_moved", "gone", "gone_moved", "gone_died")
_INTERVAL = "estimate std_error df p_value p_floor conf_low conf_high work_years work_years_low work_years_high"

RELEASED_TABLES = (
    ReleasedTable(
        "headline",
        columns_of(
            key="term event_time label outcome unit estimator method status level days_per_work_year period",
            statistic=_INTERVAL, count="n_persons n_person_years work_year_persons",
            key2="n_municipalities n_treated",
            support="support_treated support_control residual_df",
        ),
        "regression", "CorrelationCoefficients", "difference-in-differences",
    ),
    ReleasedTable(
        "estimates",
        columns_of(
            key="term outcome unit estimator method role status level event_time cohort small_sample rank_of",
            statistic=f"{_INTERVAL} statistic rank",
            count="n_persons n_person_years", key2="n_municipalities n_treated n_clusters n_treated_clusters",
            support="support_treated support_control residual_df",
        ),
        "regression", "CorrelationCoefficients", "difference-in-differences",
    ),
    ReleasedTable(
        "event_study",
        columns_of(
            key="term event_time label outcome unit method status is_reference",
            statistic="estimate std_error df conf_low conf_high p_value band_low band_high",
            count="n_treated_persons",
            support="support_treated support_control residual_df",
        ),
        "regression", "CorrelationCoefficients", "event study",
    ),
    ReleasedTable(
        "vcov",
        columns_of(key="term_i term_j outcome method", statistic="value"),
        "regression", "CorrelationCoefficients", "covariance of event-study estimates",
    ),
    ReleasedTable(
        "flow", columns_of(key="step rule arm", count="persons person_years"), "table", "Frequencies", "counts",
    ),
    ReleasedTable(
        "baseline",
        columns_of(
            key="variable kind period_from period_to",
            statistic="treated_mean treated_sd control_mean control_sd std_difference", count="n_treated n_control",
            support="support_treated support_control",
        ),
        "table", "LinearAggregations", "means and standard deviations", _baseline_shares,
    ),
    ReleasedTable(
        "trends",
        columns_of(key="year outcome unit arm municipalities", statistic="mean", count="persons"),
        "table", "LinearAggregations", "means by period", _trend_shares,
    ),
    ReleasedTable(
        "diagnostics",
        # the level is read off the value, so it is no key
        columns_of(
            key="diagnostic outcome", statistic="value low high level",
            support="support_treated support_control residual_df",
        ),
        "regression", "CorrelationCoefficients", "diagnostics of the design",
    ),
    ReleasedTable(
        "calibration",
        columns_of(
            key="method role outcome draws placebo_space_n placebo_time_n",
            statistic="false_positive_rate rate_low rate_high monte_carlo_se power effect mde "
            "placebo_space_k placebo_time_k",
            support="support_treated support_control residual_df",
        ),
        "regression", "CorrelationCoefficients", "methods tried on simulated copies of the panel",
    ),
    ReleasedTable(
        "placebo",
        # the position tells how large a contrast is, so it is no key
        columns_of(
            key="outcome is_treated", statistic="position contrast studentised",
            support="support_treated support_control",
        ),
        "regression", "CorrelationCoefficients", "the effect with each municipality taken as treated",
    ),
    ReleasedTable(
        "leave_one_out",
        columns_of(
            key="left_out arm outcome status",
            statistic="estimate conf_low conf_high change flips_sign flips_verdict",
            support="support_treated support_control",
        ),
        "regression", "CorrelationCoefficients", "the effect with each municipality left out",
    ),
    ReleasedTable(
        "composition",
        columns_of(key="year arm", statistic=" ".join(MOVEMENTS)),
        "table", "Frequencies", "who stays, comes and goes between periods", parts=MOVEMENTS,
    ),
    *OF_EFFECTS,
)  # fmt: skip

SINGLE_MUNICIPALITIES = ("placebo", "leave_one_out")
"""Tables whose rows rest on one municipality each."""

EFFECT_TABLES = ("diagnostics", "calibration", *SINGLE_MUNICIPALITIES, *(table.name for table in OF_EFFECTS))
"""Tables that are about the average effect on an outcome and go with it."""

WITHOUT_FILE = ("composition", *(table.name for table in OF_EFFECTS))
"""Tables that a study has only where its design or its plan asks for them: without rows there is no file."""

RELEASED_FACTS = (
    "treated", "controls", "n_treated", "n_municipalities", "first_year", "last_year", "adoption_years",
    "movers_share", "receipt", "estimand", "primary_method", "advice", "estimator_choice",
)  # fmt: skip
"""Facts of the design that the report words; any other fact stays behind."""

EFFECT_FACTS = (
    "cr1_false_positive_rate", "conventional_method", "conventional_rate", "conventional_rate_low",
    "conventional_rate_high", "power_at_estimate", "mde", "twfe_weights",
    "specifications",
)  # fmt: skip
"""Facts about the average effect on the primary outcome; they leave only with it."""

NOTICE_DESIGN_FIELDS = (
    "treated", "municipalities", "rate", "level", "count", "rank", "of", "floor", "limit", "year", "first", "method",
    "estimate", "low", "high", "df", "ratio", "codes", "units",
)  # fmt: skip
"""Fields of notices that are years, municipalities, thresholds or estimates checked elsewhere.
Any other number in a notice is taken for persons and must reach the minimum."""
