"""Words of the figures from the catalogue and the same rows that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ipscausal.figures.candidates import CandidateLabels
from ipscausal.figures.event_study import EventStudyLabels
from ipscausal.figures.style import event_label
from ipscausal.figures.trends import TrendsLabels
from ipscausal.language import WITHHELD, Catalogue
from ipscausal.outcomes import is_share

Row = Mapping[str, Any]
_ENDS = (("low", "conf_low"), ("high", "conf_high"))


def event_study_labels(
    words: Catalogue, outcome: str, level: float, rows: Sequence[Row], estimates: Sequence[Row] = ()
) -> EventStudyLabels:
    """Labels of the event study of one outcome.

    level: of the intervals; estimates: rows of the table `estimates`, for the joint pre-trend test.
    """
    t = words.text
    scale = display_scale(outcome)
    ordered = sorted(rows, key=lambda row: row["event_time"])
    *earlier, last = [_point(words, row, scale) for row in ordered if not row.get("is_reference")] or [""]
    described = "; ".join((*earlier, t("figure.alt_last", point=last)))
    pretrend = pretrend_text(words, outcome, estimates)
    name = words.name_of("outcome", outcome, "name")
    return EventStudyLabels(
        title=f"{words.raw('table.event_study')}: {name}",
        alt=t(
            "figure.alt_event_study", outcome=name, first=event_label(ordered[0]),
            last=event_label(ordered[-1]), level=level, axis=words.name_of("outcome", outcome, "axis"),
            pretrend=pretrend or t("figure.no_pretrend"), average=_average(words, outcome, estimates, scale),
            points=f"{described}.",
        ),
        axis=words.name_of("outcome", outcome, "axis"),
        since_start=t("figure.since_start"),
        rollout=f"{t('figure.rollout')} →",
        interval=t("figure.interval", level=level),
        band=t("figure.band", level=level) if any(row.get("band_low") is not None for row in rows) else "",
        reference=t("figure.reference"),
        strip=t("figure.strip"),
        pretrend=pretrend,
        gap=t("figure.gap") if any(_withheld(row, "estimate") for row in rows) else "",
        persons=count_text(words),
        tick=axis_tick(words),
        scale=scale,
    )  # fmt: skip


def trends_labels(
    words: Catalogue, outcome: str, rows: Sequence[Row], adoption: Sequence[int], treated: int,
    breaks: Sequence[int] = (),
) -> TrendsLabels:  # fmt: skip
    """Labels of the trend figure; adoption: first exposed years; treated: number of municipalities; breaks: years in
    which what is measured breaks, of which those between two years of the figure are drawn."""
    t = words.text
    scale = display_scale(outcome)
    years = sorted(int(row["year"]) for row in rows)
    drawn = tuple(sorted({year for year in breaks if years[0] < year <= years[-1]}))
    broken = t("figure.broken", count=len(drawn), years=[words.period_name(year) for year in drawn]) if drawn else ""
    return TrendsLabels(
        title=f"{words.raw('table.trends')}: {words.name_of('outcome', outcome, 'name')}",
        alt=t(
            "figure.alt_trends", outcome=words.name_of("outcome", outcome, "name"), first=years[0], last=years[-1],
            treated=_span(words, rows, "treated", scale), control=_span(words, rows, "control", scale),
        )
        + (f" {broken}." if broken else ""),
        axis=words.name_of("outcome", outcome, "level"),
        calendar_year=t("figure.calendar_year"),
        rollout=f"{t('figure.rollout')} →",
        treated=t("arm_long.treated_one" if treated == 1 else "arm_long.treated_many"),
        control=t("arm_long.control"),
        strip_treated=t("figure.strip_treated"),
        strip_control=t("figure.strip_control"),
        gap=t("figure.gap") if any(_withheld(row, "mean") for row in rows) else "",
        adoption=tuple(sorted(set(adoption))),
        persons=count_text(words),
        tick=axis_tick(words),
        period_name=words.period_name,
        scale=scale,
        breaks=drawn,
        broken=broken,
    )  # fmt: skip


def candidates_labels(words: Catalogue, outcome: str, rows: Sequence[Row]) -> CandidateLabels:
    """Labels of the candidates figure."""
    t, name = words.text, words.name_of("outcome", outcome, "name")
    return CandidateLabels(
        title=t("figure.candidates_title"),
        alt=t("figure.alt_candidates", count=len(rows), outcome=name),
        level=t("figure.candidates_x", outcome=words.name_of("outcome", outcome, "level")),
        trend=t("figure.candidates_y", outcome=words.name_of("outcome", outcome, "level")),
        area=t("figure.candidates_size"),
        treated=t("figure.candidates_treated"),
        listed=t("figure.candidates_listed"),
        candidate=t("figure.candidates_other"),
        tick=axis_tick(words),
        scale=display_scale(outcome),
    )


def pretrend_text(words: Catalogue, outcome: str, estimates: Sequence[Row]) -> str:
    """The joint test of the years before the start in words; empty where no valid one is released."""
    for row in estimates:
        if row["term"] == "pre_trend" and row["outcome"] == outcome and row.get("p_value") is not None:
            if row.get("rank") is None:
                return words.text("figure.pretrend_p", p=row["p_value"])
            return words.text(
                "figure.pretrend_rank", rank=row["rank"], of=row["rank_of"], p=row["p_value"], floor=row["p_floor"]
            )
    return ""


def _average(words: Catalogue, outcome: str, estimates: Sequence[Row], scale: float) -> str:
    """The main effect in words; empty where it is not released or has no interval."""
    for row in estimates:
        if (row["term"], row["outcome"], row["role"]) == ("att", outcome, "primary"):
            shown = {name: row[column] for name, column in (("estimate", "estimate"), *_ENDS)}
            if all(value is not None for value in shown.values()):
                return words.text("figure.alt_average", **{name: scale * value for name, value in shown.items()})
    return ""


def display_scale(outcome: str) -> float:
    """Factor from a released number to the one that is shown: shares as percent, effects on them in points of it."""
    return 100.0 if is_share(outcome) else 1.0


def _point(words: Catalogue, row: Row, scale: float) -> str:
    if row["estimate"] is None:
        return words.text("figure.alt_withheld", label=event_label(row))
    low, high = (None if row.get(name) is None else scale * row[name] for name in ("conf_low", "conf_high"))
    return words.text("figure.alt_point", label=event_label(row), estimate=scale * row["estimate"], low=low, high=high)


def _span(words: Catalogue, rows: Sequence[Row], arm: str, scale: float) -> str:
    means = [row["mean"] for row in sorted(rows, key=lambda row: int(row["year"])) if row["arm"] == arm]
    known = [scale * mean for mean in means if mean is not None]
    if not known:
        return WITHHELD
    return words.text("figure.alt_trend_span", first=known[0], last=known[-1])


def _withheld(row: Row, column: str) -> bool:
    return row.get(column) is None and row.get("state", "released") != "released"


def count_text(words: Catalogue) -> Callable[[float | None], str]:
    """How a number of persons is written in a figure; None is withheld."""
    return lambda count: WITHHELD if count is None else words.style.number(count, 0)


def axis_tick(words: Catalogue) -> Callable[[float], str]:
    """How a value on an axis is written: a decimal only where there is a fraction."""
    return lambda value: words.style.number(value, 0 if float(value).is_integer() else 1)
