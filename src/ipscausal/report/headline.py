"""Page one in numbers and plain words."""

from __future__ import annotations

from ipscausal.figures import display_scale
from ipscausal.language import WITHHELD, Catalogue, effect_period, who, work_years_rule
from ipscausal.report.answer import PAGE_ONE, answer
from ipscausal.report.cells import Cells
from ipscausal.report.document import Block, Definitions, Headline, KeyFigure
from ipscausal.report.released import Released, Row


def headline(words: Catalogue, released: Released) -> Headline:
    """The box: question, answer, key figures, rule of the work-years."""
    rows = [row for row in released.tables["headline"] if row["outcome"] == released.outcome]
    return Headline(
        question_label=words.raw("report.question_label"),
        question=question(words, released),
        answer_label=words.raw("report.answer_label"),
        answer=tuple(line for line in answer(words, released) if line.key in PAGE_ONE),
        figures_label=words.raw("report.figures_label"),
        figures=tuple(_figure(words, released, row) for row in rows),
        rule=work_years_rule(words, released.study, rows),
    )


def evidence(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """What the answer rests on: the lines that do not stand on page one."""
    lines = [line for line in answer(words, released) if line.key not in PAGE_ONE]
    return (Definitions(tuple((line.label, " ".join(line.sentences)) for line in lines)),) if lines else ()


def question(words: Catalogue, released: Released) -> str:
    """The question that the study asks, from its population and its treated municipalities."""
    population = released.study["population"]
    ages = population["ages"]
    aged = "" if ages == "any" else words.text("report.ages", low=ages[0], high=ages[1])
    persons = who(words, population)
    if released.treated == 1:
        return words.text("report.question_one", who=persons, ages=aged, place=str(released.facts["treated"][0]))
    return words.text("report.question_many", who=persons, ages=aged, count=released.treated)


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
