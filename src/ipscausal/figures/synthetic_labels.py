"""Words of the figure of a synthetic comparison."""

from __future__ import annotations

from collections.abc import Sequence

from ipscausal.figures.labels import Row, axis_tick, display_scale
from ipscausal.figures.synthetic import SHOWN, SyntheticLabels
from ipscausal.language import Catalogue


def synthetic_labels(
    words: Catalogue, estimator: str, outcome: str, path: Sequence[Row], donors: Sequence[Row], treated: int
) -> SyntheticLabels:
    """Labels for the rows that are drawn; treated: number of municipalities whose mean the path is."""
    t, scale = words.text, display_scale(outcome)
    after = [row for row in path if row["is_after"]]
    carrying = [row for row in donors if row["weight"] != 0]
    return SyntheticLabels(
        title=words.name_of("estimator", estimator, "name"),
        alt=t(
            "figure.alt_synthetic", outcome=words.name_of("outcome", outcome, "name"), first=path[0]["year"],
            last=path[-1]["year"], donors=len(carrying), observed=scale * after[-1]["observed"],
            synthetic=scale * after[-1]["synthetic"], end=after[-1]["year"],
        ),
        axis=words.name_of("outcome", outcome, "level"),
        calendar_year=t("figure.calendar_year"),
        rollout=f"{t('figure.rollout')} →",
        treated=t("arm_long.treated_one" if treated == 1 else "arm_long.treated_many"),
        synthetic=t("figure.synthetic_comparison"),
        years=t("figure.synthetic_years"),
        donors=t("figure.synthetic_donors", shown=min(SHOWN, len(donors)), count=len(carrying)),
        tick=axis_tick(words),
        percent=words.style.percent,
        period_name=words.period_name,
        scale=scale,
    )  # fmt: skip
