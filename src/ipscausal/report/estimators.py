"""Which estimator is quoted and why, the others beside it, and which of them differ by more than chance."""

from __future__ import annotations

from collections.abc import Sequence

from ipscausal.figures import display_scale
from ipscausal.language import MISSING, Catalogue
from ipscausal.report.cells import Cells, withheld_note
from ipscausal.report.document import Block, Paragraph, Table, TableRow
from ipscausal.report.drawn import of_effect
from ipscausal.report.released import Released, Row

TWO_WAY = "twfe"


def estimators(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """The blocks of the section; none where the release does not say which estimator is quoted."""
    source = released.rows("estimators", outcome=released.outcome)
    choice = released.facts.get("estimator_choice")
    if choice is None or not source:
        return ()
    blocks: list[Block] = [Paragraph(_choice(words, released))]
    table = _table(words, released, source)
    caption = words.text(
        "report.estimators_caption", outcome=words.name_of("outcome", released.outcome, "name"), level=released.level
    )
    figure = of_effect(words, released, "estimators", caption, table)
    # one row alone is the headline again
    blocks += [figure] if figure is not None else [table] if len(source) > 1 else []
    blocks += [Paragraph(text) for text in _agreement(words, released, source)]
    return (*blocks, *_two_way(words, released))


def _choice(words: Catalogue, released: Released) -> str:
    """Why this estimator is quoted, and why another stands beside it."""
    choice = released.facts["estimator_choice"]
    primary = name_of(words, choice["primary"])
    texts = [words.text(f"report.estimators_{choice['why']}", primary=primary, dates=choice["dates"],
                        means=_means(words, choice["primary"]))]  # fmt: skip
    if choice["companion"] is not None and choice["why_companion"] != "none":
        texts.append(
            words.text(
                f"report.estimators_{choice['why_companion']}", companion=name_of(words, choice["companion"]),
                means=_means(words, choice["companion"]), donors=choice["donors"], years=choice["years_before"],
            )
        )  # fmt: skip
    return " ".join(texts)


def name_of(words: Catalogue, estimator: str) -> str:
    """An estimator as the catalogue calls it."""
    return words.name_of("estimator", estimator, "name")


def _means(words: Catalogue, estimator: str) -> str:
    return words.name_of("estimator", estimator, "means")


def _agreement(words: Catalogue, released: Released, source: Sequence[Row]) -> list[str]:
    """How many of the others agree, what those that differ do otherwise, and what cannot be told."""
    others = [row for row in source if row["role"] != "primary"]
    known = [row for row in others if row["differs"] is not None]
    differing = [row for row in known if row["differs"] == "yes"]
    judged = [row for row in known if row["differs"] != "unknown"]
    unit, scale = words.name_of("outcome", released.outcome, "effect"), display_scale(released.outcome)
    texts = []
    if differing:
        texts.append(words.text("report.estimators_some", count=len(differing), of=len(known)))
    elif judged:
        texts.append(words.text("report.estimators_agree", count=len(judged)))
    for row in differing:
        low, high = (words.style.signed(scale * row[f"difference_{end}"], 1) for end in ("low", "high"))
        texts.append(
            words.text(
                f"report.estimators_{'more' if row['difference'] > 0 else 'less'}", unit=unit, low=low, high=high,
                name=name_of(words, row["estimator"]), means=_means(words, row["estimator"]),
                size=words.style.number(abs(scale * row["difference"]), 1),
            )
        )  # fmt: skip
    for key, rows in (
        ("unknown", [row for row in known if row["differs"] == "unknown"]),
        ("refused", [row for row in others if row["status"] == "not_identified" and row["estimate"] is None]),
    ):
        if rows:
            names = [words.text("report.quoted_name", name=name_of(words, row["estimator"])) for row in rows]
            texts.append(words.text(f"report.estimators_{key}", names=names, count=len(rows)))
    return texts


def _table(words: Catalogue, released: Released, source: Sequence[Row]) -> Table:
    cells = Cells(words)
    rows = tuple(
        TableRow(
            (
                name_of(words, row["estimator"]), cells.signed(row, "estimate"), cells.interval(row),
                cells.signed(row, "difference"),
                cells.interval(row, "difference_low", "difference_high"),
                _differs(words, row),
            ),
            row["role"] if row["role"] == "primary" else "muted" if row["status"] == "not_identified" else "plain",
        )
        for row in source
    )  # fmt: skip
    return Table(
        caption=words.raw("table.estimators"),
        columns=(
            words.raw("report.estimator"), words.raw("report.estimate"),
            words.text("report.interval_column", level=released.level), words.raw("report.difference"),
            words.raw("report.difference_interval"), words.raw("report.agrees"),
        ),
        rows=rows,
        note=withheld_note(words, source),
        text_columns=(5,),
    )  # fmt: skip


def _differs(words: Catalogue, row: Row) -> str:
    if row["role"] == "primary":
        return words.raw("report.quoted")
    return MISSING if row["differs"] is None else words.raw(f"report.differs_{row['differs']}")


def _two_way(words: Catalogue, released: Released) -> tuple[Block, ...]:
    """What two-way fixed effects makes of several starting years."""
    weights, choice = released.facts.get("twfe_weights"), released.facts["estimator_choice"]
    source = released.rows("decomposition", outcome=released.outcome)
    if weights is None and not source:
        return ()
    heading = "report.twfe_heading_quoted" if choice["primary"] == TWO_WAY else "report.twfe_heading"
    texts = [] if weights is None else [_weights(words, weights)]
    later = [row for row in source if row["kind"] == "later_earlier" and row["weight"]]
    texts += [words.text("report.twfe_later", share=row["weight"]) for row in later]
    if weights is not None and weights["sigma"] is not None and weights["n_negative"]:
        scale, unit = display_scale(released.outcome), words.name_of("outcome", released.outcome, "effect")
        sigma = words.style.number(scale * weights["sigma"], 1)
        texts.append(words.text("report.twfe_sigma", sigma=sigma, unit=unit))
    blocks: list[Block] = [Paragraph(words.raw(heading), "subheading"), Paragraph(" ".join(texts))]
    return (*blocks, _comparisons(words, source)) if source else tuple(blocks)


def _weights(words: Catalogue, weights: Row) -> str:
    cells, negative = weights["n_weights"], weights["n_negative"]
    if not negative:
        return words.text("report.twfe_positive", cells=cells)
    share, total = negative / cells, weights["sum_negative"]
    return words.text("report.twfe_negative", cells=cells, count=negative, share=share, total=total)


def _comparisons(words: Catalogue, source: Sequence[Row]) -> Table:
    cells = Cells(words)
    rows = tuple(
        TableRow(
            (
                words.raw(f"decomposition.kind.{row['kind']}"), cells.plain(row, "count"), cells.share(row, "weight"),
                cells.signed(row, "estimate"),
            )
        )
        for row in source
    )  # fmt: skip
    return Table(
        caption=words.raw("table.decomposition"),
        columns=tuple(words.raw(f"report.{name}") for name in ("comparison", "comparisons", "weight", "estimate")),
        rows=rows,
        note=withheld_note(words, source),
    )
