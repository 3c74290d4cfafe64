"""The whole report in order: the answer, figure, table, what they mean, then how they came about."""

from __future__ import annotations

import math

from ipscausal.language import Catalogue, nearest_words
from ipscausal.report import caveats, design, doubt, drawn, estimators, headline, method, parts, provenance, tables
from ipscausal.report.checklists import checklists
from ipscausal.report.composition import composition
from ipscausal.report.deviations import deviations
from ipscausal.report.document import Block, Document, Paragraph, Section
from ipscausal.report.reach import reach_note
from ipscausal.report.released import Released
from ipscausal.report.second_population import second_population
from ipscausal.report.target_trial import target_trial


def document(words: Catalogue, released: Released) -> Document:
    """The document of one language."""
    title = released.study["study"]["title"]
    box = headline.headline(words, released)
    listed: Listed = (
        ("event-study", "report.event_heading", _event_study(words, released)),
        ("trends", "report.trends_heading", (drawn.trends(words, released, released.outcome),)),
        ("methods", "report.main_heading", _main(words, released)),
        ("evidence", "report.evidence_heading", headline.evidence(words, released)),
        ("meaning", "report.can_heading", caveats.caveats(words, released)),
        ("flow", "report.flow_heading", (Paragraph(words.raw("report.flow_text")), drawn.flow(words, released))),
        ("baseline", "report.baseline_heading", _baseline(words, released)),
        ("estimators", "report.estimators_heading", estimators.estimators(words, released)),
        ("checks", "report.checks_heading", doubt.doubt(words, released)),
        ("second-population", "report.second_heading", second_population(words, released)),
        ("design", "report.design_heading", design.design(words, released)),
        ("outcomes", "report.others_heading", _others(words, released)),
        ("subgroups", "report.subgroups_heading", parts.subgroups(words, released)),
        ("doses", "report.doses_heading", parts.by_dose(words, released)),
        ("municipalities", "report.municipalities_heading", _municipalities(words, released)),
        ("recipients", "report.recipients_heading", _recipients(words, released)),
        ("definitions", "report.definitions_heading", method.definitions(words, released)),
        ("target-trial", "report.trial_heading", target_trial(words, released)),
        ("deviations", "report.deviations_heading", deviations(words, released)),
        ("withheld", "report.withheld_heading", _withheld(words, released)),
        ("provenance", "report.provenance_heading", _provenance(words, released)),
    )
    sections = _sections(words, listed)
    # the checklists point to the sections, and stand before the page of origins
    lists = _sections(words, (("checklists", "report.checklists_heading", checklists(words, released, sections)),))
    sections = (*sections[:-1], *lists, sections[-1])
    return Document(
        language=words.language,
        made=provenance.made(released),
        producer=f"ipscausal {provenance.version(released)}".strip(),
        description=box.question,
        kicker=words.raw("report.kicker"),
        title=nearest_words(title, words.language),
        subtitle=provenance.subtitle(words, released),
        headline=box,
        sections=sections,
        skip_label=words.raw("report.skip"),
        contents_label=words.raw("report.contents"),
        data_label=words.raw("report.data_table"),
        scroll_label=words.raw("report.scroll_hint"),
        footer=words.text(
            "report.footer", version=provenance.version(released), study=str(released.study["study"]["id"])
        ),
    )


Listed = tuple[tuple[str, str, tuple[Block | None, ...]], ...]
"""Address, key of the heading, and blocks of each section."""


def _sections(words: Catalogue, listed: Listed) -> tuple[Section, ...]:
    """Those that have something to show."""
    return tuple(
        Section(anchor, words.raw(heading), kept)
        for anchor, heading, blocks in listed
        if (kept := tuple(block for block in blocks if block is not None))
    )


def _event_study(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    return drawn.event_study(words, released, released.outcome), reach_note(words, released)


def _municipalities(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    shown = parts.by_municipality(words, released)
    return (*shown, reach_note(words, released)) if shown else ()


def _baseline(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    level = next((row for row in released.tables["baseline"] if row["variable"] == released.outcome), None)
    sentence = None
    if level is not None and level["treated_mean"] is not None and level["kind"] == "mean":
        unit = words.name_of("outcome", released.outcome, "effect")
        sentence = Paragraph(
            words.text("report.baseline_level", treated=released.treated, level=level["treated_mean"], unit=unit)
        )
    return sentence, tables.baseline(words, released), Paragraph(words.raw("report.baseline_text"), "note")


def _main(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    return (
        Paragraph(words.raw("report.main_text")),
        tables.methods(words, released),
        reach_note(words, released),
        Paragraph(words.raw("report.methods_assume"), "subheading"),
        method.assumptions(words, released),
        Paragraph(words.raw("report.status_heading"), "subheading"),
        method.statuses(words, released),
    )


def _others(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    table = tables.other_outcomes(words, released)
    return () if table is None else (Paragraph(words.raw("report.others_text")), table, reach_note(words, released))


def _recipients(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    row = released.effect("log_recipients")
    sentence = None
    if row is not None and row["estimate"] is None:
        sentence = Paragraph(words.raw("report.log_withheld"))
    elif row is not None:
        change = words.text("report.percent_change", value=100 * math.expm1(row["estimate"]))
        low, high = row["conf_low"], row["conf_high"]
        interval = (
            words.raw("report.no_interval")
            if low is None or high is None
            else words.text(
                "report.interval",
                level=row["level"],
                low=words.style.number(low, 3),
                high=words.style.number(high, 3),
            )
        )
        sentence = Paragraph(
            words.text("report.log_estimate", estimate=row["estimate"], change=change, interval=interval)
        )
    told = (Paragraph(words.raw("report.recipients_text")), tables.recipients(words, released), sentence)
    return *told, composition(words, released)


def _withheld(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    table = provenance.withheld(words, released)
    if table is None:
        return (Paragraph(words.raw("report.withheld_none")),)
    return Paragraph(words.raw("report.withheld_text")), table


def _provenance(words: Catalogue, released: Released) -> tuple[Block | None, ...]:
    limits = words.text("report.provenance_limits", heading=words.raw("report.can_heading"))
    return Paragraph(f"{words.raw('report.provenance_text')} {limits}"), provenance.provenance(words, released)
