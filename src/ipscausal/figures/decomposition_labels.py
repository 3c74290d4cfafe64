"""Words of the figures that take two-way fixed effects apart."""

from __future__ import annotations

from collections.abc import Sequence

from ipscausal.figures.decomposition import MARKS, BaconLabels, WeightsLabels
from ipscausal.figures.labels import Row, axis_tick, display_scale
from ipscausal.language import Catalogue


def bacon_labels(words: Catalogue, outcome: str, coefficient: float, rows: Sequence[Row]) -> BaconLabels:
    """Labels of the comparisons (kind, weight, estimate) and of the coefficient that they add up to."""
    t, scale = words.text, display_scale(outcome)
    kinds = {kind: words.raw(f"decomposition.kind.{kind}") for kind in MARKS}
    parts = []
    for kind, name in kinds.items():
        own = [row for row in rows if row["kind"] == kind]
        share = sum(row["weight"] for row in own)
        if own:
            average = scale * sum(row["weight"] * row["estimate"] for row in own) / share
            parts.append(t("decomposition.bacon.alt_kind", kind=name, share=share, estimate=average))
    total = scale * coefficient
    return BaconLabels(
        title=t("decomposition.bacon.title"),
        alt=t("decomposition.bacon.alt", count=len(rows), kinds="; ".join(parts), coefficient=total),
        axis=words.name_of("outcome", outcome, "axis"),
        weight=t("decomposition.bacon.weight"),
        coefficient=t("decomposition.bacon.coefficient", coefficient=total),
        kinds=kinds,
        tick=axis_tick(words),
        percent=lambda value: words.style.percent(value),
        scale=scale,
    )


def weights_labels(words: Catalogue, rows: Sequence[Row], sentence: str) -> WeightsLabels:
    """Labels of the weights by cohort and year. sentence: whether and how many weights are negative."""
    t = words.text
    largest = max(rows, key=lambda row: abs(row["weight"]))
    return WeightsLabels(
        title=t("decomposition.weights.title"),
        alt=t(
            "decomposition.weights.alt", sentence=sentence, largest=largest["weight"], cohort=largest["cohort"],
            year=largest["year"],
        ),
        rows=t("decomposition.weights.rows"),
        columns=t("decomposition.weights.columns"),
        above_zero=t("decomposition.weights.above_zero"),
        below_zero=t("decomposition.weights.below_zero"),
        notes=t("decomposition.weights.area", sentence=sentence),
        period_name=words.period_name,
    )  # fmt: skip
