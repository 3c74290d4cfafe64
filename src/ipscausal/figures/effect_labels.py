"""Words of forests: group-time effects and their averages, and estimators beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from ipscausal.figures.forest import ForestLabels
from ipscausal.figures.labels import Row, axis_tick, display_scale
from ipscausal.figures.style import event_label
from ipscausal.language import Catalogue


def effects_labels(words: Catalogue, outcome: str, level: float, rows: Sequence[Row]) -> ForestLabels:
    """Labels of effects by cohort, year or event time; rows as in the table `estimates`."""
    return _labels(words, "figure.effects", outcome, level, rows)


def estimators_labels(words: Catalogue, outcome: str, level: float, rows: Sequence[Row]) -> ForestLabels:
    """Labels of the average effect by several estimators, rows of the table `estimators`."""
    return _labels(words, "figure.estimators", outcome, level, rows)


def effect_name(words: Catalogue, row: Row) -> str:
    """What an effect is of: a cohort in a year, a cohort, an event time, a calendar year, or all of them."""
    kind, _, rest = str(row["term"]).partition("_")
    if kind == "att" and rest:
        cohort, year = rest.split("_")
        return words.text("effect.group_time", cohort=words.period_name(int(cohort)), year=words.period_name(int(year)))
    if kind == "event":
        return words.text("effect.event", time=event_label({"event_time": rest}))
    key = f"effect.{kind}"
    of = words.period_name(int(rest)) if rest.isdigit() else rest
    return words.text(key, of=of) if words.has(key) else str(row["term"])


def _labels(words: Catalogue, group: str, outcome: str, level: float, rows: Sequence[Row]) -> ForestLabels:
    t, scale = words.text, display_scale(outcome)
    by_estimator = group == "figure.estimators"

    def name(row: Row) -> str:
        return words.name_of("estimator", str(row["estimator"]), "name") if by_estimator else effect_name(words, row)

    known = [row for row in rows if row["estimate"] is not None]
    points = "; ".join(
        t("figure.alt_effect", name=name(row), estimate=scale * row["estimate"],
          low=None if row["conf_low"] is None else scale * row["conf_low"],
          high=None if row["conf_high"] is None else scale * row["conf_high"])
        for row in known
    )  # fmt: skip
    named = words.name_of("outcome", outcome, "name")
    return ForestLabels(
        title=words.raw(f"{group}_title"),
        alt=t(f"{group}_alt", outcome=named, count=len(rows), points=f"{points}."),
        above=t(f"{group}_above"),
        axis=words.name_of("outcome", outcome, "axis"),
        notes=t("figure.interval", level=level) + (f". {t('figure.quoted')}" if by_estimator else ""),
        name=name,
        tick=axis_tick(words),
        scale=scale,
    )
