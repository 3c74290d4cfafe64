"""The figures about the effect that a study has: which can be drawn from its released rows, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf
from statistics import median

from ipscausal.figures.breakdown import breakdown
from ipscausal.figures.caterpillar import caterpillar
from ipscausal.figures.effect_labels import estimators_labels
from ipscausal.figures.forest import forest
from ipscausal.figures.of_design import DesignFigure
from ipscausal.figures.sensitivity_labels import breakdown_labels, specification_labels
from ipscausal.figures.specification_curve import specification_curve
from ipscausal.figures.style import Row
from ipscausal.figures.subgroup_labels import caterpillar_labels, subgroups_labels
from ipscausal.language import Catalogue, specification_name

OF_EFFECTS = ("estimators", "honest", "specification_curve", "subgroups", "municipality_effects")
"""Tables that are drawn, each in a figure of its own name."""


def effect_figures(
    words: Catalogue, outcome: str, level: float, tables: Mapping[str, Sequence[Row]]
) -> tuple[DesignFigure, ...]:
    """The figures of one outcome that have released numbers. level: of the intervals; tables: those of `OF_EFFECTS`."""
    made: Mapping[str, Callable[[Catalogue, str, float, list[Row]], DesignFigure | None]] = {
        "estimators": _estimators, "honest": _honest, "specification_curve": _specifications,
        "subgroups": _subgroups, "municipality_effects": _municipalities,
    }  # fmt: skip
    about = {name: [row for row in tables.get(name, ()) if row["outcome"] == outcome] for name in OF_EFFECTS}
    return tuple(found for name, rows in about.items() if (found := made[name](words, outcome, level, rows)))


def _estimators(words: Catalogue, outcome: str, level: float, rows: list[Row]) -> DesignFigure | None:
    known = [row for row in rows if row["estimate"] is not None]
    if len(known) < 2:
        return None
    labels = estimators_labels(words, outcome, level, known)
    return DesignFigure("estimators", labels, partial(forest, known, labels))


def _honest(words: Catalogue, outcome: str, level: float, rows: list[Row]) -> DesignFigure | None:
    """Intervals by M, and where zero enters: None in a released row is "nowhere that was looked at"."""
    if not rows or any(row["m"] is None for row in rows):
        return None
    drawn = [{**row, "size": row["m"]} for row in rows]
    enters = inf if rows[0]["breakdown"] is None else float(rows[0]["breakdown"])
    at = "average" if rows[0]["term"] == "att" else int(str(rows[0]["term"]).removeprefix("event_"))
    labels = breakdown_labels(words, outcome, str(rows[0]["restriction"]), at, enters, drawn)
    return DesignFigure("honest", labels, partial(breakdown, drawn, None if enters == inf else enters, labels))


def _specifications(words: Catalogue, outcome: str, level: float, rows: list[Row]) -> DesignFigure | None:
    known = [row for row in rows if row["estimate"] is not None]
    if len(known) < 2 or not any(row["is_main"] for row in known):
        return None
    drawn = [{**row, "choices": _choices(words, row)} for row in known]
    labels = specification_labels(words, outcome, drawn, median(row["estimate"] for row in known))
    return DesignFigure("specification_curve", labels, partial(specification_curve, drawn, labels))


def _choices(words: Catalogue, row: Row) -> dict[str, str]:
    return {
        words.raw("report.specification_estimator"): words.name_of("estimator", str(row["estimator"]), "short"),
        words.raw("report.specification_data"): specification_name(words, str(row["data"])),
    }


def _subgroups(words: Catalogue, outcome: str, level: float, rows: list[Row]) -> DesignFigure | None:
    """Withheld levels keep their place without a mark."""
    if not any(row["estimate"] is not None for row in rows):
        return None
    drawn = [
        {**row, "role": "primary" if row["declared"] else "other",
         "subgroup": row["level"], "standing": "declared" if row["declared"] else "exploratory"}
        for row in rows
    ]  # fmt: skip
    labels = subgroups_labels(words, outcome, level, drawn)
    return DesignFigure("subgroups", labels, partial(forest, drawn, labels))


def _municipalities(words: Catalogue, outcome: str, level: float, rows: list[Row]) -> DesignFigure | None:
    """By place, without codes."""
    known = [{**row, "municipality": row["position"]} for row in rows if row["shrunken"] is not None]
    if len(known) < 2:
        return None
    labels = caterpillar_labels(words, outcome, level, known, float(known[0]["mean"]))
    return DesignFigure("municipality_effects", labels, partial(caterpillar, known, labels))
