"""Words of the figures of doubt: differing trends, hidden trends, specifications."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf

from ipscausal.figures.breakdown import BreakdownLabels
from ipscausal.figures.hidden_trend import HiddenTrendLabels
from ipscausal.figures.labels import Row, axis_tick, display_scale
from ipscausal.figures.specification_curve import SpecificationLabels
from ipscausal.language import Catalogue


def restriction_text(words: Catalogue, restriction: str) -> str:
    """What a restriction on differences in trends allows."""
    family = next(name for name in ("SDRM", "SD", "RM") if restriction.startswith(name))
    suffix = restriction.removeprefix(family)
    own = words.raw(f"sensitivity.restriction.{suffix}") if suffix else ""
    return words.raw(f"sensitivity.restriction.{family}") + own


def target_text(words: Catalogue, at: int | str) -> str:
    """Which effect is asked for: the average, or that of one event time."""
    return words.text("sensitivity.honest.average" if isinstance(at, str) else "sensitivity.honest.at", time=at)


def breakdown_text(words: Catalogue, enters: float) -> str:
    """Where zero enters."""
    if enters == 0:
        return words.raw("sensitivity.honest.breakdown_zero")
    if isinf(enters):
        return words.raw("sensitivity.honest.breakdown_none")
    return words.text("sensitivity.honest.breakdown", size=enters)


def breakdown_labels(
    words: Catalogue, outcome: str, restriction: str, at: int | str, enters: float, rows: Sequence[Row]
) -> BreakdownLabels:
    """Labels of the intervals by M; rows: `size` (None for parallel trends), `conf_low`, `conf_high`."""
    t, scale = words.text, display_scale(outcome)
    by_size = sorted((row for row in rows if row["size"] is not None), key=lambda row: row["size"])
    first, last = by_size[0], by_size[-1]
    sentence = breakdown_text(words, enters)

    def end(row: Row, name: str) -> float | None:
        return None if row[name] is None else scale * row[name]

    return BreakdownLabels(
        title=t("sensitivity.honest.title"),
        alt=t(
            "sensitivity.honest.alt", target=target_text(words, at), outcome=words.name_of("outcome", outcome, "name"),
            first=first["size"], low=end(first, "conf_low"), high=end(first, "conf_high"), last=last["size"],
            last_low=end(last, "conf_low"), last_high=end(last, "conf_high"),
            breakdown=sentence[:1].upper() + sentence[1:],
        ),
        axis=words.name_of("outcome", outcome, "axis"),
        size=t("sensitivity.honest.axis", restriction=restriction_text(words, restriction)),
        parallel=t("sensitivity.honest.parallel"),
        line="" if isinf(enters) else t("sensitivity.honest.line", size=enters),
        tick=axis_tick(words),
        scale=scale,
    )  # fmt: skip


def hidden_trend_labels(words: Catalogue, outcome: str, level: float, row: Row) -> HiddenTrendLabels:
    """Labels of the hidden trend; row: power, slope, bias and estimate of the effect asked for."""
    t, scale = words.text, display_scale(outcome)
    return HiddenTrendLabels(
        title=t("sensitivity.power.title"),
        alt=t(
            "sensitivity.power.alt", outcome=words.name_of("outcome", outcome, "name"), power=row["power"],
            slope=scale * row["slope"], bias=scale * row["bias"], estimate=scale * row["estimate"],
        ),
        axis=words.name_of("outcome", outcome, "axis"),
        since_start=t("figure.since_start"),
        interval=t("figure.interval", level=level),
        trend=t("sensitivity.power.trend", power=row["power"]),
        conditional=t("sensitivity.power.conditional"),
        tick=axis_tick(words),
        scale=scale,
    )  # fmt: skip


def specification_labels(words: Catalogue, outcome: str, rows: Sequence[Row], median: float) -> SpecificationLabels:
    """Labels of the specification curve; median: of the estimates."""
    t, scale = words.text, display_scale(outcome)
    known = [row["estimate"] for row in rows if row["estimate"] is not None]
    main = next(row["estimate"] for row in rows if row["is_main"])
    return SpecificationLabels(
        title=t("sensitivity.curve.title"),
        alt=t(
            "sensitivity.curve.alt", count=len(known), outcome=words.name_of("outcome", outcome, "name"),
            lowest=scale * min(known), highest=scale * max(known), median=scale * median, estimate=scale * main,
        ),
        axis=words.name_of("outcome", outcome, "axis"),
        order=t("sensitivity.curve.order"),
        main=t("sensitivity.curve.main"),
        tick=axis_tick(words),
        scale=scale,
    )  # fmt: skip
