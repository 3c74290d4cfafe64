"""Words of the figures of heterogeneity: the forest of subgroups and the caterpillar of municipalities."""

from __future__ import annotations

from collections.abc import Sequence

from ipscausal.figures.caterpillar import CaterpillarLabels
from ipscausal.figures.forest import ForestLabels
from ipscausal.figures.labels import Row, axis_tick, display_scale
from ipscausal.language import Catalogue


def subgroup_name(words: Catalogue, row: Row) -> str:
    """`Sex: women`, in the words of the catalogue or of the data."""
    return f"{words.name('dimension', str(row['dimension']))}: {words.name('subgroup', str(row['subgroup']))}"


def subgroups_labels(words: Catalogue, outcome: str, level: float, rows: Sequence[Row]) -> ForestLabels:
    """Labels of the forest of subgroups; rows with `dimension`, `subgroup`, `standing` and the effect."""
    t, scale = words.text, display_scale(outcome)
    declared = any(row["standing"] == "declared" for row in rows)
    points = "; ".join(
        t("figure.alt_effect", name=subgroup_name(words, row), estimate=scale * row["estimate"],
          low=None if row["conf_low"] is None else scale * row["conf_low"],
          high=None if row["conf_high"] is None else scale * row["conf_high"])
        for row in rows if row["estimate"] is not None
    )  # fmt: skip
    note = t(f"figure.subgroups_{'declared' if declared else 'exploratory'}")
    return ForestLabels(
        title=words.raw("figure.subgroups_title"),
        alt=t("figure.subgroups_alt", outcome=words.name_of("outcome", outcome, "name"), count=len(rows),
              points=f"{points}."),
        above=t("figure.subgroups_above"),
        axis=words.name_of("outcome", outcome, "axis"),
        notes=f"{t('figure.interval', level=level)}. {note}",
        name=lambda row: subgroup_name(words, row),
        tick=axis_tick(words),
        scale=scale,
    )  # fmt: skip


def caterpillar_labels(
    words: Catalogue, outcome: str, level: float, rows: Sequence[Row], mean: float
) -> CaterpillarLabels:
    """Labels of the caterpillar; rows with `municipality` and `shrunken`; mean: of all effects."""
    t, scale = words.text, display_scale(outcome)
    known = [scale * row["shrunken"] for row in rows]
    return CaterpillarLabels(
        title=words.raw("figure.caterpillar_title"),
        alt=t("figure.caterpillar_alt", outcome=words.name_of("outcome", outcome, "name"), count=len(rows),
              mean=scale * mean, low=min(known, default=None), high=max(known, default=None)),
        above=t("figure.caterpillar_above"),
        axis=words.name_of("outcome", outcome, "axis"),
        shrunken=t("figure.caterpillar_shrunken", level=level),
        raw=t("figure.caterpillar_raw"),
        mean_text=t("figure.caterpillar_mean", mean=scale * mean),
        mean=mean,
        name=lambda row: str(row["municipality"]),
        tick=axis_tick(words),
        scale=scale,
    )  # fmt: skip
