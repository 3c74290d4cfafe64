"""Tables that put the average effect in doubt or take it apart: other estimators, checks, parts of the whole."""

from __future__ import annotations

from ipscausal.disclosure.roles import ReleasedTable, columns_of

_SUPPORT = "support_treated support_control residual_df"

# a position, a verdict and a restriction's size are read off the numbers, so they are no keys
OF_EFFECTS = (
    ReleasedTable(
        "estimators",
        columns_of(
            key="estimator role outcome unit term method status n_municipalities n_treated",
            statistic="estimate conf_low conf_high difference difference_low difference_high differs",
            support=_SUPPORT,
        ),
        "regression", "CorrelationCoefficients", "the average effect by several estimators",
    ),
    ReleasedTable(
        "decomposition",
        columns_of(key="kind count outcome", statistic="weight estimate", support=_SUPPORT),
        "regression", "CorrelationCoefficients", "comparisons behind two-way fixed effects",
    ),
    ReleasedTable(
        "sensitivity",
        columns_of(
            key="check question year restriction outcome",
            statistic="verdict value low high effect count of rank floor p power at slope years sharp lost without",
            support=_SUPPORT,
        ),
        "regression", "CorrelationCoefficients", "checks of the average effect",
    ),
    ReleasedTable(
        "honest",
        columns_of(
            key="restriction term outcome", statistic="m conf_low conf_high breakdown", support=_SUPPORT
        ),
        "regression", "CorrelationCoefficients", "intervals of the effect that allow for trends that differ",
    ),
    ReleasedTable(
        "specification_curve",
        columns_of(
            key="estimator data outcome unit method is_main",
            statistic="position estimate conf_low conf_high side", support=_SUPPORT,
        ),
        "regression", "CorrelationCoefficients", "the average effect asked for in every declared way",
    ),
    ReleasedTable(
        "subgroups",
        columns_of(
            key="dimension level outcome method declared",
            statistic="estimate conf_low conf_high p_value p_holm p_romano_wolf p_interaction p_interaction_holm",
            count="n_person_years", support=_SUPPORT,
        ),
        "regression", "CorrelationCoefficients", "the average effect by subgroup",
    ),
    ReleasedTable(
        "dose",
        columns_of(
            key="term label estimator outcome method status n_treated", statistic="estimate conf_low conf_high",
            support=_SUPPORT,
        ),
        "regression", "CorrelationCoefficients", "the effect by how much of the programme was received",
    ),
    ReleasedTable(
        "second_population",
        columns_of(
            key="kind outcome unit estimator method status level n_municipalities n_treated",
            statistic="estimate conf_low conf_high", support=_SUPPORT,
        ),
        "regression", "CorrelationCoefficients", "the effect among other persons, and the triple difference",
    ),
    ReleasedTable(
        "municipality_effects",
        columns_of(
            key="outcome", statistic="position estimate shrunken conf_low conf_high mean spread",
            support="support_treated",
        ),
        "regression", "CorrelationCoefficients", "the effect in each treated municipality, without codes",
    ),
)  # fmt: skip

OF_THE_ANSWER = ("sensitivity", "specification_curve")
"""Tables about the answer whose rows may rest on another outcome."""

RESTS_ON_ONE = ("placebo", "leave_one_out", "municipality_effects")
"""Tables whose rows rest on one municipality each."""
