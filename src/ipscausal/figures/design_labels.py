"""Words of the figures about the design: calibration, placebo, leave-one-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ipscausal.figures.calibration import CalibrationLabels, has_power
from ipscausal.figures.labels import Row, axis_tick, display_scale
from ipscausal.figures.leave_one_out import LeaveOneOutLabels, most_changed
from ipscausal.figures.placebo import PlaceboLabels
from ipscausal.language import Catalogue

ROLES = ("primary", "companion", "conventional")
"""Roles that are written beside a method."""


def calibration_labels(words: Catalogue, outcome: str, level: float, rows: Sequence[Row]) -> CalibrationLabels:
    """Labels of the calibration figure; level: of the intervals, so that the test promises 1 - level."""
    t = words.text
    described = [row for row in rows if row["false_positive_rate"] is not None]
    effect = next((row["effect"] for row in described if row["effect"] is not None), None)
    written = None if effect is None else words.style.number(display_scale(outcome) * abs(effect), 1)
    named = {"effect": written, "unit": words.name_of("outcome", outcome, "effect")}
    powered = "" if has_power(described) else "_rates"
    points = "; ".join(
        t(
            f"figure.alt_calibration_point{powered}", method=_method(words, row), rate=row["false_positive_rate"],
            low=row["rate_low"], high=row["rate_high"], power=row["power"],
        )
        for row in described
    )  # fmt: skip
    return CalibrationLabels(
        title=words.raw("table.calibration"),
        alt=t(f"figure.alt_calibration{powered}", count=len(described), points=f"{points}.", **named),
        rate=t("figure.calibration_rate"),
        power=t("figure.calibration_power", **named),
        nominal=t("figure.calibration_nominal", level=level),
        notes=t("figure.calibration_notes"),
        level=1 - level,
        name=lambda row: _method(words, row),
        percent=words.style.percent,
    )


def placebo_labels(words: Catalogue, outcome: str, rows: Sequence[Row], treated: int) -> PlaceboLabels:
    """Labels of the placebo figure; treated: number of treated municipalities."""
    t, scale = words.text, display_scale(outcome)
    ordered = sorted(rows, key=lambda row: -abs(row["contrast"]))
    rank = next((place for place, row in enumerate(ordered, start=1) if row["is_treated"]), None)
    actual = next((scale * row["contrast"] for row in ordered if row["is_treated"]), None)
    numbers = {"rank": rank, "of": len(rows), "estimate": actual, "treated": treated}
    return PlaceboLabels(
        title=words.raw("table.placebo"),
        alt=t(
            "figure.alt_placebo", outcome=words.name_of("outcome", outcome, "name"),
            low=min((scale * row["contrast"] for row in rows), default=None),
            high=max((scale * row["contrast"] for row in rows), default=None), **numbers,
        ),
        axis=words.name_of("outcome", outcome, "axis"),
        order=t("figure.placebo_order"),
        actual=t("figure.placebo_actual", **numbers),
        tick=axis_tick(words),
        scale=scale,
    )  # fmt: skip


def space_time_labels(words: Catalogue, outcome: str, rows: Sequence[Row]) -> PlaceboLabels:
    """Labels of the same figure for contrasts at every municipality and every shift of the years."""
    labels = placebo_labels(words, outcome, rows, 1)
    return replace(labels, title=words.raw("figure.space_time_title"), order=words.raw("figure.space_time_order"),
                   alt=words.text("figure.alt_space_time", of=len(rows), actual=labels.actual))  # fmt: skip


def leave_one_out_labels(words: Catalogue, outcome: str, rows: Sequence[Row], full: float) -> LeaveOneOutLabels:
    """Labels of the leave-one-out figure; full: the estimate with all municipalities."""
    t, scale = words.text, display_scale(outcome)
    known = [scale * row["estimate"] for row in rows if row["estimate"] is not None]
    gaps = [str(row["left_out"]) for row in rows if row["estimate"] is None]
    drawn = len(most_changed(rows))
    return LeaveOneOutLabels(
        title=words.raw("table.leave_one_out"),
        alt=t(
            "figure.alt_leave_one_out", count=len(rows), outcome=words.name_of("outcome", outcome, "name"),
            full=scale * full, low=min(known, default=None), high=max(known, default=None),
            gaps=t("figure.alt_leave_one_out_gaps", codes=gaps) if gaps else "",
        ),
        axis=words.name_of("outcome", outcome, "axis"),
        left_out=t("figure.left_out"),
        full_text=t("figure.left_out_full", full=scale * full),
        full=full,
        no_number=t("figure.left_out_gap"),
        notes=t("figure.left_out_some", drawn=drawn, count=len(rows)) if drawn < len(rows) else "",
        name=lambda row: str(row["left_out"]) + (f" {t('figure.left_out_treated')}" if row["arm"] == "treated" else ""),
        tick=axis_tick(words),
        scale=scale,
    )  # fmt: skip


def _method(words: Catalogue, row: Row) -> str:
    name = words.name_of("method", str(row["method"]), "name")
    role = str(row["role"])
    return f"{name} ({words.raw(f'role.{role}.name')})" if role in ROLES else name
