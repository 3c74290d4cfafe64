"""Page one in numbers and plain words."""

from __future__ import annotations

from typing import Any

from ipscausal.figures import display_scale
from ipscausal.language import WITHHELD, Catalogue, effect_period, work_years_rule
from ipscausal.report.cells import Cells
from ipscausal.report.document import Headline, KeyFigure
from ipscausal.report.released import Released, Row

FEW_TREATED = 5
SAMPLED = "none: sampled"
"""Begins the small-sample entry of a rank among drawn assignments instead of all."""


def headline(words: Catalogue, released: Released) -> Headline:
    """The box: question, key figures, rule of the work-years, certainty."""
    rows = [row for row in released.tables["headline"] if row["outcome"] == released.outcome]
    return Headline(
        question_label=words.raw("report.question_label"),
        question=question(words, released),
        figures_label=words.raw("report.answer_label"),
        figures=tuple(_figure(words, released, row) for row in rows),
        rule=work_years_rule(words, released.study, rows),
        certainty_label=words.raw("report.certainty"),
        certainty=_certainty(words, released, rows),
    )


def question(words: Catalogue, released: Released) -> str:
    """The question that the study asks, from its population and its treated municipalities."""
    population = released.study["population"]
    ages = population["ages"]
    aged = "" if ages == "any" else words.text("report.ages", low=ages[0], high=ages[1])
    benefit = words.name("benefit", population["benefit"])
    if released.treated == 1:
        return words.text("report.question_one", benefit=benefit, ages=aged, place=str(released.facts["treated"][0]))
    return words.text("report.question_many", benefit=benefit, ages=aged, count=released.treated)


def _figure(words: Catalogue, released: Released, row: Row) -> KeyFigure:
    t, cells = words.text, Cells(words)
    period = effect_period(words, released.study, released.facts, row)
    unit = words.name_of("outcome", str(row["outcome"]), "effect")
    if row["estimate"] is None:
        return KeyFigure(period, WITHHELD, words.raw("report.withheld_headline"), "", "", "", "")
    work = ("", "", "")
    if row["work_years"] is not None:
        carried = row["work_years_low"] is not None and row["work_years_high"] is not None
        work = (
            t("report.work_years", estimate=row["work_years"]),
            t("report.work_years_period"),
            t("report.work_years_interval", low=row["work_years_low"], high=row["work_years_high"]) if carried else "",
        )
    return KeyFigure(
        period, cells.signed(row, "estimate"), t("report.effect_unit", unit=unit),
        interval_text(words, row), *work,
    )  # fmt: skip


def interval_text(words: Catalogue, row: Row) -> str:
    """The interval with its level, or that there is none."""
    if row["conf_low"] is None or row["conf_high"] is None:
        return words.raw("report.no_interval")
    scale = display_scale(str(row["outcome"]))
    low, high = (words.style.number(scale * row[name], 1) for name in ("conf_low", "conf_high"))
    return words.text("report.interval", level=row["level"], low=low, high=high)


def _certainty(words: Catalogue, released: Released, rows: list[Row]) -> tuple[str, ...]:
    sentences: list[str] = []
    main: dict[str, Any] = dict(rows[0]) if rows else {}
    if main.get("conf_low") is not None and main.get("conf_high") is not None:
        scale = display_scale(released.outcome)
        low, high = scale * main["conf_low"], scale * main["conf_high"]
        unit = words.name_of("outcome", released.outcome, "effect")
        inside = "zero_inside" if low <= 0 <= high else "zero_outside"
        written = {"low": words.style.number(low, 1), "high": words.style.number(high, 1), "unit": unit}
        sentences.append(words.text(f"report.{inside}", **written))
        sentences.append(words.raw(f"method.{main['method']}.short"))
    effects = released.rows("estimates", outcome=released.outcome, term="att")
    ranked = [row for row in effects if row["rank"] is not None and row["p_value"] is not None]
    sentences += [_rank(words, released, row) for row in ranked[:1]]
    rate = released.facts.get("cr1_false_positive_rate")
    if released.treated < FEW_TREATED and rate is not None:
        level = released.study["inference"]["level"]
        sentences.append(words.text("report.conventional", level=level, rate=rate))
    return tuple(sentences)


def _rank(words: Catalogue, released: Released, row: Row) -> str:
    sampled = str(row["small_sample"]).startswith(SAMPLED)
    key = "rank_sampled" if sampled else "rank_one" if released.treated == 1 else "rank_many"
    return words.text(f"report.{key}", rank=row["rank"], of=row["rank_of"], p=row["p_value"], floor=row["p_floor"])
