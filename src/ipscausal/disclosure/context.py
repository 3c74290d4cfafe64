"""context.md: the questions an output checker asks, answered beside the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipscausal.disclosure.rules import Rules
from ipscausal.disclosure.tables import RELEASED_TABLES
from ipscausal.language import Catalogue, codes_told, who


def context_text(
    words: Catalogue,
    study: Mapping[str, Any],
    facts: Mapping[str, Any],
    rules: Rules,
    behind: Mapping[str, float | None],
    withheld: int,
    files: Sequence[str],
) -> str:
    """Markdown of the context.

    behind: persons, person_years and df of the main estimate, None where withheld; withheld: number
    of rows withheld; files: names in the folder.
    """
    t = words.text
    population, about = study["population"], study["study"]
    first, last = population["years"]
    outcomes = dict.fromkeys((study["outcome"]["name"], *study["outcome"]["also"]))
    treated = int(facts["n_treated"])
    control = int(facts["n_municipalities"]) - treated
    counted = {
        name: words.raw("report.withheld_value") if value is None else words.style.number(value, 0)
        for name, value in behind.items()
    }
    lines = [
        f"# {t('context.title')}",
        "",
        t(
            "context.study",
            title=about["title"].get(words.language) or next(iter(about["title"].values())),
            id=about["id"],
        ),
        "",
        t("context.what"),
        "",
        f"## {t('context.population_heading')}",
        "",
        t(
            "context.population_text",
            who=who(words, population),
            first=first,
            last=last,
            municipalities=facts["n_municipalities"],
            treated=treated,
            codes=codes_told(words, facts["treated"]),
        ),
        t("context.population_n", **counted),
        "",
        f"## {t('context.variables_heading')}",
        "",
        *(f"- {words.raw(f'variable.{name}')}" for name in outcomes),
        "",
        f"## {t('context.relation_heading')}",
        "",
        t("context.relation_text"),
        "",
        f"## {t('context.controls_heading')}",
        "",
        "- " + t("context.controls_rules", ruleset=rules.ruleset, persons=rules.min_persons, df=rules.min_residual_df),
        "- " + t("context.controls_withheld", count=withheld),
        "- "
        + t(
            "context.controls_review",
            treated=treated,
            control=control,
            limit=rules.min_municipalities,
            count=sum(n < rules.min_municipalities for n in (treated, control)),
        ),
        *(["- " + t("context.exception", text=rules.exception)] if rules.exception else []),
        "",
        f"## {t('context.files_heading')}",
        "",
        *(f"- {name}: {_describe(words, name)}" for name in files),
    ]
    return "\n".join(lines) + "\n"


def _describe(words: Catalogue, file: str) -> str:
    stem, _, suffix = file.partition(".")
    if suffix == "png":
        return words.text("context.file_figure", table=stem)
    columns = {table.name: table.released_columns for table in RELEASED_TABLES}
    described = words.raw(f"context.file_{stem}")
    if stem in columns:
        return f"{described}; {words.text('context.columns', columns=', '.join(columns[stem]))}"
    return described
